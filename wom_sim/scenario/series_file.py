"""A weekly series read from a CSV file: a column that numbers the weeks, and one of values."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import NamedTuple

from wom_sim.scenario.faults import MOST_FAULTS, Fault, limits, quoted, shortened, suggestion
from wom_sim.scenario.parameters.observed import MOST_OBSERVED

WEEK = "week"
"""The column that numbers the weeks, from 0."""
LONGEST_LINE = 10_000
"""Most characters of a line."""

_DELIMITERS = (",", ";", "\t")
_ENDS = re.compile(r"\r\n?|\n")
_WEEK = re.compile(r"\d{1,9}", re.ASCII)
_NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)", re.ASCII)
_COMMA = re.compile(r"-?\d+,\d+", re.ASCII)


class Cell(NamedTuple):
    """A cell of a CSV file; line and column count from 1."""

    text: str
    line: int
    column: int


class Content(NamedTuple):
    """A CSV file's text, its name and that of the parameter in messages, and where faults go."""

    file: str
    name: str
    text: str
    log: list[Fault]

    def refuse(self, cell: Cell, problem: str, remedy: str = "") -> None:
        self.log.append(Fault(self.file, cell.line, cell.column, self.name, problem, remedy))


def read_weeks(table: Content, wanted: str, weeks: int) -> dict[int, float]:
    """Values of a column by week, in order, up to the first MOST_FAULTS faults."""
    for number, line in enumerate(_ENDS.split(table.text), 1):
        if len(line) > LONGEST_LINE:
            table.refuse(Cell("", number, 1), f"more than {LONGEST_LINE} characters in a line")
            return {}
    rows = _rows(table.text)
    head = next(rows, [])
    if not head:
        table.refuse(Cell("", 0, 0), "the file is empty",
                     f"write a line '{WEEK},{wanted}', and a line a week")
        return {}
    places = [_place(table, head, name) for name in (WEEK, wanted)]
    found: dict[int, float] = {}
    lines: dict[int, int] = {}
    stop = len(table.log) + MOST_FAULTS
    for row in rows if None not in places else ():
        if len(table.log) >= stop:
            break
        if len(row) != len(head):
            table.refuse(row[0], f"{len(row)} values, {len(head)} in the first line",
                         "write one for each column")
            continue
        at, cell = (row[place] for place in places if place is not None)
        week, value = _week(table, at, weeks, lines), _value(table, cell)
        if week is not None and value is not None:
            found[week] = value
    return dict(sorted(found.items()))


def _rows(text: str) -> Iterator[list[Cell]]:
    """The lines that hold anything, as cells; the first says what stands between two."""
    lines = [pair for pair in enumerate(_ENDS.split(text), 1) if pair[1].strip()]
    if not lines:
        return
    between = max(_DELIMITERS, key=lambda mark: (lines[0][1].count(mark), mark == ","))
    for number, line in lines:
        row, start = [], 0
        for cell in next(csv.reader([line], delimiter=between)):
            at = max(start, line.find(cell, start))
            row.append(Cell(cell.strip(), number, at + len(cell) - len(cell.lstrip()) + 1))
            # A quoted cell ends before the next mark.
            start = line.find(between, at + len(cell)) + 1 or len(line)
        yield row


def _place(table: Content, head: list[Cell], name: str) -> int | None:
    """Where a column stands; None, after a fault, where there is none or two."""
    found = [place for place, cell in enumerate(head) if cell.text == name]
    if len(found) == 1:
        return found[0]
    if found:
        table.refuse(head[found[1]], f"two columns {quoted(name)}", "rename one")
    else:
        table.refuse(head[0], f"no column {quoted(name)}",
                     suggestion(name, [cell.text for cell in head]))
    return None


def _week(table: Content, cell: Cell, weeks: int, lines: dict[int, int]) -> int | None:
    """The week of a line, noted in `lines`; None after a fault."""
    if not _WEEK.fullmatch(cell.text):
        table.refuse(cell, f"{quoted(cell.text)} is not a week", "number them: 0 is the first")
        return None
    week = int(cell.text)
    if week >= weeks:
        table.refuse(cell, f"week {week} is not before the end, week {weeks}",
                     "remove the line or raise weeks")
        return None
    if week in lines:
        table.refuse(cell, f"week {week} stands in line {lines[week]} already", "remove one")
        return None
    lines[week] = cell.line
    return week


def _value(table: Content, cell: Cell) -> float | None:
    """The value of a line; None where it is missing, or after a fault."""
    if not cell.text:
        return None
    if not _NUMBER.fullmatch(cell.text):
        remedy = "write the number alone; leave the cell empty where it is not known"
        if _COMMA.fullmatch(cell.text):
            remedy = f"write {cell.text.replace(',', '.')}"
        table.refuse(cell, f"{quoted(cell.text)} is not a number", remedy)
        return None
    value = float(cell.text)
    if not 0 <= value <= MOST_OBSERVED:
        table.refuse(cell, f"must be {limits(0, MOST_OBSERVED)}, got {shortened(cell.text)}")
        return None
    return value
