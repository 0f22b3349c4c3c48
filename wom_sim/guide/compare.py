"""Arms side by side: only what differs between them, as tables that fit a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wom_sim.guide.telling import (
    clip,
    columns,
    counted,
    flat,
    happening,
    hours,
    number,
    pad,
    shown,
    wrapped,
)
from wom_sim.scenario.faults import visible
from wom_sim.scenario.parameters import Arm, Scenario

ABSENT = "–"
MOST_ARMS = 40
"""Arms shown; the rest are counted."""
WIDEST_CELLS = (20, 14, 10)
"""Widths of a column that are tried; of those with fewest tables the widest is taken."""
WIDEST_NAME, HEAD_LINES = 44, 3


class Row(NamedTuple):
    """A line of the table: a dotted name and its value in each arm."""

    name: str
    cells: tuple[str, ...]


def summary_line(scenario: Scenario) -> str:
    """The scenario in one line, for a file that holds no fault."""
    arms, history = scenario.arms, scenario.history_weeks
    people = _range([arm.parameters.population.size for arm in arms])
    trades = [arm.parameters.trades.count for arm in arms]
    spent = [hours(arm.parameters) for arm in arms]
    each = " in every arm" if len(arms) > 1 and len(set(spent)) == 1 else ""
    before = f" (+{number(history)} of history)" if history else ""
    trade = "trade" if set(trades) == {1} else "trades"
    return (
        f"{visible(scenario.stem)}.yaml: valid; {counted(len(arms), 'arm')} ×"
        f" {counted(scenario.replications, 'world')} × {counted(scenario.weeks, 'week')}{before};"
        f" {people} people, {_range(trades)} {trade}; {_range(spent)} h a week{each}"
    )


def side_by_side(scenario: Scenario, width: int = 80) -> str:
    """Tables of the parameters, hours and events that differ between arms.

    No line is wider than `width`, which is at least 40. One line where there is nothing to show.
    """
    arms = scenario.arms[:MOST_ARMS]
    if len(scenario.arms) == 1:
        return f"one arm, {clip(visible(arms[0].name), width - 31)}: nothing to compare"
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
    """Weekly hours by activity and in all, where an activity differs."""
    efforts = [arm.parameters.effort for arm in arms]
    if len(set(map(str, efforts))) == 1:
        return
    for activity in ("service", "asking", "partners"):
        yield Row(f"effort.{activity}", tuple(number(getattr(e, activity)) for e in efforts))
    yield Row("hours a week", tuple(number(hours(arm.parameters)) for arm in arms))


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
    return min((list(_split(rows, arms, width, most)) for most in WIDEST_CELLS), key=len)


def _split(rows: Sequence[Row], arms: Sequence[Arm], width: int, most: int) -> Iterator[list[str]]:
    """Tables with columns of at most `most`, each with as many arms as fit."""
    longest = max(columns(visible(row.name)) for row in rows)
    first = min(longest, WIDEST_NAME, width - most - 2)
    heads = [_head(arm.name, most) for arm in arms]
    wide = [
        min(most, max(map(columns, (*head, *(row.cells[k] for row in rows)))))
        for k, head in enumerate(heads)
    ]
    start = 0
    while start < len(arms):
        end, taken = start + 1, first + 2 + wide[start]
        while end < len(arms) and taken + 2 + wide[end] <= width:
            taken, end = taken + 2 + wide[end], end + 1
        yield _table(rows, heads[start:end], wide[start:end], first, start)
        start = end


def _head(name: str, most: int) -> list[str]:
    """An arm's name over at most three lines."""
    lines = wrapped(visible(name), most)
    if len(lines) > HEAD_LINES:
        lines = [*lines[: HEAD_LINES - 1], clip(" ".join(lines[HEAD_LINES - 1 :]), most)]
    return lines


def _table(
    rows: Sequence[Row], heads: Sequence[list[str]], wide: Sequence[int], first: int, start: int
) -> list[str]:
    """One table: heads, a rule, and a line for each row; `start` is the place of its first arm."""
    depth = max(map(len, heads))
    lifted = [[""] * (depth - len(head)) + head for head in heads]
    lines = [_line("", [head[level] for head in lifted], first, wide) for level in range(depth)]
    lines.append("─" * (first + sum(wide) + 2 * len(wide)))
    for row in rows:
        cells = row.cells[start : start + len(wide)]
        lines.append(_line(clip(visible(row.name), first), cells, first, wide))
    return lines


def _line(name: str, cells: Sequence[str], first: int, wide: Sequence[int]) -> str:
    padded = [pad(clip(cell, size), size) for cell, size in zip(cells, wide, strict=True)]
    return "  ".join([pad(name, first), *padded])


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
