"""Arms side by side: only what differs between them, as tables that fit a terminal."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from wom_sim.guide.telling import (
    NBSP,
    changing,
    counted,
    happening,
    hours,
    hours_over_time,
    number,
    pad,
    shown,
    wrapped,
)
from wom_sim.scenario.columns import columns
from wom_sim.scenario.dump import flat
from wom_sim.scenario.faults import visible
from wom_sim.scenario.parameters import Arm, Parameters, Scenario

INDENT = "  "
MOST_ARMS = 40
"""Arms shown; the rest are counted."""
MOST_COURSES = 3
"""Ways that hours change, told one by one in the summary; of more the range is told."""
CELL_WIDTHS = (20, 14, 10)
"""Widths of a column that are tried; of those with fewest tables the widest is taken."""
WIDEST_NAME, LEAST_CELL, WIDEST_WORD = 44, 14, 30
"""Columns of the names, those left to values, and of a word that is kept whole in a column."""


class Row(NamedTuple):
    """A row of the table: a dotted name and its value in each arm, which may have lines."""

    name: str
    cells: tuple[str, ...]


def summary_line(scenario: Scenario) -> str:
    """The scenario in one line, for a file that holds no fault."""
    arms, history = scenario.arms, scenario.history_weeks
    people = _range([arm.parameters.population.size for arm in arms])
    trades = [arm.parameters.trades.count for arm in arms]
    before = f" (+{number(history)} of history)" if history else ""
    trade = "trade" if set(trades) == {1} else "trades"
    return (
        f"{visible(scenario.stem)}.yaml: valid; {counted(len(arms), 'arm')} ×"
        f" {worlds_of(scenario)} × {counted(scenario.weeks, 'week')}{before};"
        f" {people} people, {_range(trades)} {trade}; {_spent(arms)}"
    )


def worlds_of(scenario: Scenario) -> str:
    """`100 worlds`, or `30 to 1,000 worlds` where precision decides."""
    if scenario.precision is None:
        return counted(scenario.replications, "world")
    return f"{scenario.precision.least:,} to {counted(scenario.precision.most, 'world')}"


def _spent(arms: Sequence[Arm]) -> str:
    """Hours a week in all arms: one number, a range, or how they change."""
    spent = Counter(map(hours_over_time, arms))
    if len(spent) == 1:
        told = _course(next(iter(spent)))
        comma = "," if "," in told else ""
        return f"{told}{comma} in every arm" if len(arms) > 1 else told
    if all(len(course) == 1 for course in spent):
        return f"{_range([course[0][1] for course in spent])} h a week"
    if len(spent) > MOST_COURSES:
        return f"{_range([amount for course in spent for _, amount in course])} h a week, changing"
    parts = [f"{_course(course)} (in {counted(many, 'arm')})" for course, many in spent.items()]
    return ", or ".join(parts)


def _course(course: Sequence[tuple[int, float]]) -> str:
    """`36 h a week, from week 52: 24 h`."""
    first, *later = course
    return ", ".join([f"{number(first[1])} h a week",
                      *(f"from week {week}: {number(amount)} h" for week, amount in later)])


def side_by_side(scenario: Scenario, width: int = 80) -> str:
    """Tables of the parameters, hours and events that differ between arms.

    No line is wider than `width`, which is at least 40. One line where there is nothing to show.
    """
    arms = scenario.arms[:MOST_ARMS]
    if len(scenario.arms) == 1:
        return "\n".join(wrapped(f"one arm, {visible(arms[0].name)}: nothing to compare", width))
    rows = [*_hours(arms), *_parameters(arms)]
    events = _events(arms, width)
    if not rows and not events:
        return "the arms are equal"
    lines = [line for table in _tables(rows, arms, width) for line in (*table, "")]
    lines += events
    if len(scenario.arms) > len(arms):
        lines.append(f"{counted(len(scenario.arms) - len(arms), 'more arm')} not shown")
    return "\n".join(line.rstrip() for line in lines).rstrip("\n")


def _range(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return number(low) if low == high else f"{number(low)} to {number(high)}"


def _hours(arms: Sequence[Arm]) -> Iterator[Row]:
    """Weekly hours by activity and in all, where an activity differs, with each change."""
    activities: dict[str, Callable[[Parameters], float]] = {
        "effort.service": lambda p: p.effort.service,
        "effort.asking": lambda p: p.effort.asking,
        "effort.partners": lambda p: p.effort.partners,
        "hours a week": hours,
    }
    rows = [Row(name, tuple(_hours_cell(arm, of) for arm in arms))
            for name, of in activities.items()]
    if any(len(set(row.cells)) > 1 for row in rows):
        yield from rows


def _hours_cell(arm: Arm, of: Callable[[Parameters], float]) -> str:
    """A number, and below it those of later weeks."""
    first, *later = changing((0, of(arm.parameters)), *((w, of(p)) for w, p in arm.changes))
    return "\n".join([number(first[1]), *(f"week{NBSP}{w}:{NBSP}{number(x)}" for w, x in later)])


def _parameters(arms: Sequence[Arm]) -> Iterator[Row]:
    """Other parameters that are not the same in all arms."""
    values = [flat(arm.parameters.model_dump()) for arm in arms]
    for name in dict.fromkeys(name for each in values for name in each):
        given = [each.get(name) for each in values]
        same = all(value == given[0] and type(value) is type(given[0]) for value in given)
        if not same and not name.startswith("effort."):
            yield Row(name, tuple(shown(value) for value in given))


def _tables(rows: Sequence[Row], arms: Sequence[Arm], width: int) -> list[list[str]]:
    """As few tables as it takes to show every arm in `width` columns."""
    if not rows:
        return []
    return min((list(_split(rows, arms, width, most)) for most in CELL_WIDTHS), key=len)


def _split(rows: Sequence[Row], arms: Sequence[Arm], width: int, most: int) -> Iterator[list[str]]:
    """Tables, each with as many arms as fit; columns beyond `most` only for a whole word."""
    longest = max(columns(visible(row.name)) for row in rows)
    first = min(longest, WIDEST_NAME, width - LEAST_CELL - 2)
    texts = [[visible(arm.name), *(row.cells[k] for row in rows)] for k, arm in enumerate(arms)]
    wide = [min(_column(cells, most), width - first - 2) for cells in texts]
    start = 0
    while start < len(arms):
        end, taken = start + 1, first + 2 + wide[start]
        while end < len(arms) and taken + 2 + wide[end] <= width:
            taken, end = taken + 2 + wide[end], end + 1
        heads = [cells[0] for cells in texts[start:end]]
        yield _table(rows, heads, wide[start:end], first, start)
        start = end


def _column(cells: Sequence[str], most: int) -> int:
    """Columns that cells take with `most`, or more for a word that would be broken."""
    lines = [line for cell in cells for line in cell.split("\n")]
    words = [columns(word) for line in lines for word in line.split(" ")]
    return max(min(most, max(map(columns, lines))), min(max(words), WIDEST_WORD))


def _table(
    rows: Sequence[Row], heads: Sequence[str], wide: Sequence[int], first: int, start: int
) -> list[str]:
    """One table: heads, a rule, and each row; `start` is the place of its first arm."""
    tops = [wrapped(head, size) for head, size in zip(heads, wide, strict=True)]
    depth = max(map(len, tops))
    lines = list(_lines([""], [[""] * (depth - len(top)) + top for top in tops], first, wide))
    lines.append("─" * (first + sum(wide) + 2 * len(wide)))
    for row in rows:
        given = row.cells[start : start + len(wide)]
        cells = [_cell(text, size) for text, size in zip(given, wide, strict=True)]
        lines += _lines(_name(visible(row.name), first), cells, first, wide)
    return lines


def _cell(text: str, size: int) -> list[str]:
    return [line for part in text.split("\n") for line in wrapped(part, size)]


def _name(name: str, size: int) -> list[str]:
    """A dotted name over as many lines as it takes, broken behind its dots."""
    if columns(name) <= size:
        return [name]
    lines = [""]
    for part in re.findall(r"[^.]*\.?", name):
        if lines[-1] and columns(lines[-1] + part) > size - len(INDENT):
            lines.append("")
        lines[-1] += part
    return [piece for place, line in enumerate(lines)
            for piece in wrapped(line, size, INDENT if place else "", INDENT)]


def _lines(
    name: Sequence[str], cells: Sequence[Sequence[str]], first: int, wide: Sequence[int]
) -> Iterator[str]:
    """The lines of a row whose name and cells have lines of their own."""
    for parts in zip_longest(name, *cells, fillvalue=""):
        sized = zip(parts, (first, *wide), strict=True)
        yield "  ".join(pad(part, size) for part, size in sized)


def _events(arms: Sequence[Arm], width: int) -> list[str]:
    """The events of each arm, where they differ."""
    told = [
        "; ".join(f"week {event.week}: {happening(event)}" for event in arm.events) or "none"
        for arm in arms
    ]
    if len(set(told)) == 1:
        return []
    lines = ["events"]
    for arm, text in zip(arms, told, strict=True):
        lines += wrapped(f"{visible(arm.name)}: {text}", width, "  ", "    ")
    return lines
