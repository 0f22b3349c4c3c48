"""What a run prints: a table of its arms and their differences, for a terminal of 80 columns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

from wom_sim.scenario.columns import columns
from wom_sim.show import findings
from wom_sim.show.findings import Tally
from wom_sim.show.text import clean, level, middle, pad, wrap
from wom_sim.show.wording import (
    LONGEST_WHOLE,
    MINUS,
    NBSP,
    UNKNOWN,
    counted,
    decimals,
    number,
    span,
    ties,
    whole,
)
from wom_sim.study.results import Results

NAME_ROOM = 20
GAP = 2
MOST_DECIMALS = 3
LUCK_ALONE = ("Intervals are of simulated luck alone: whether the assumptions are right they cannot"
              " say.")
UNITS = (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3), ("", 1.0))


class Column(NamedTuple):
    """A column of the table: an outcome or weekly measure, and the lines of its header.

    An `extra` one is shown only where it tells the arms apart and there is room.
    """

    name: str
    header: tuple[str, ...]
    extra: bool = False


class Scale(NamedTuple):
    """How the numbers of a column are written: in which unit, and with how many decimals."""

    unit: float
    letter: str
    decimals: int


COLUMNS = (
    Column("clients_won", ("clients", "won")),
    Column("won_by_customers", ("by", "customers")),
    Column("won_requested", ("of them", "by asking"), extra=True),
    Column("won_by_partners", ("by", "partners")),
    Column("won_by_record", ("by public", "record"), extra=True),
    Column("referrals_received", ("referrals", "received"), extra=True),
    Column("repeat_jobs", ("kept by", "loyalty"), extra=True),
    Column("lost_to_negative", ("lost to", "bad talk")),
    Column("heard_negative", ("bad", "stories", "heard"), extra=True),
    Column("turned_away", ("turned", "away"), extra=True),
    Column("margin", ("margin",)),
    Column("hours_per_client", ("hours a", "client")),
)
LOST = "lost_to_negative"
UNSETTLED = "*"
"""Behind a mean that a few worlds carry."""


def table(results: Results, width: int = 80) -> str:
    """The means of every arm, names whole, in at most `width` columns, and what they count."""
    names = _names(results.arms)
    shown = _chosen(results, width - min(max(map(columns, ["arm", *names])), NAME_ROOM))
    cells = [_cells(results, column) for column in shown]
    widths = [_widest(column, some) for column, some in zip(shown, cells, strict=True)]
    room = width - sum(widths) - GAP * len(widths)
    folded = [wrap(name, room) for name in names]
    widths.insert(0, max(columns(line) for line in ["arm", *(part for n in folded for part in n)]))
    lines = level([("arm",), *(column.header for column in shown)], widths, GAP, low=True)
    lines.append("─" * (sum(widths) + GAP * len(shown)))
    for lines_of_name, *row in zip(folded, *cells, strict=True):
        lines += level([lines_of_name, *([cell] for cell in row)], widths, GAP)
    return "\n".join([*lines, *_note(results, shown, width)])


def differences(results: Results, width: int = 80) -> str:
    """Every arm against the baseline in clients won, with intervals; empty for one arm."""
    records = findings.against(results)
    if not records:
        return ""
    too_few = findings.worlds(results) < findings.FEW
    cells = _gaps(records) if not too_few else _gaps(records)[:1]
    cells.append(_counts([findings.tally(results, record["arm"]) for record in records]))
    widths = [max(map(columns, column)) for column in cells]
    room = width - sum(widths) - GAP * len(widths)
    folded = [wrap(name, room) for name in _names([record["arm"] for record in records])]
    widths.insert(0, max(columns(line) for lines in folded for line in lines))
    said = wrap(_heading(results, records, too_few), width)
    for lines, *row in zip(folded, *cells, strict=True):
        said += level([lines, *([cell] for cell in row)], widths, GAP)
    if too_few:
        said.append(f"No intervals from so few worlds: run at least {findings.FEW}, better 100.")
        return "\n".join(said)
    return "\n".join([*said, *wrap(_shape(records), width), *wrap(LUCK_ALONE, width)])


def _heading(results: Results, records: Sequence[Any], too_few: bool) -> str:
    together = f" that hold for all {len(records)} together" if len(records) > 1 else ""
    how = "" if too_few else f" with 95{NBSP}% intervals{together}"
    baseline = whole(results.scenario.baseline)
    return f"Clients won against {baseline}{how}, worlds paired under the same luck:"


def _shape(records: Sequence[Any]) -> str:
    """Skewness of the differences, and which of them are medians."""
    found = [number(record["skewness"]) for record in records]
    said = f"Skewness of the differences: {', '.join(found)}."
    if all(math.isnan(record["skewness"]) for record in records):
        said = ""
    if any(not record["settled"] for record in records):
        said += (
            f" {UNSETTLED} The median with its interval, as the mean is not settled: a few worlds"
            " carry it."
        )
    return said.strip()


def _names(arms: Sequence[str]) -> list[str]:
    """Names for a table; whole, but in the middle of long ones if they stay different."""
    names = [clean(arm) for arm in arms]
    shorter = [middle(name, LONGEST_WHOLE) for name in names]
    return shorter if len(set(shorter)) == len(set(names)) else names


def _chosen(results: Results, room: int) -> list[Column]:
    """Columns that say something and fit: the usual ones, then those that differ most."""
    extras = [one for one in COLUMNS if one.extra and findings.resolved(results, one.name)]
    extras.sort(key=lambda one: -_spread(results, one.name))
    chosen: set[Column] = set()
    for column in [*(one for one in COLUMNS if not one.extra), *extras]:
        says = any(mean and math.isfinite(mean) for mean in _means(results, column.name))
        takes = GAP + _widest(column, _cells(results, column))
        if column is COLUMNS[0] or (says and takes <= room):
            chosen.add(column)
            room -= takes
    return [column for column in COLUMNS if column in chosen]


def _means(results: Results, name: str) -> list[float]:
    return [findings.mean(results, arm, name) for arm in results.arms]


def _spread(results: Results, name: str) -> float:
    """Largest minus smallest mean, over the largest."""
    means = _means(results, name)
    return (max(means) - min(means)) / max(map(abs, means))


def _cells(results: Results, column: Column) -> list[str]:
    """An arm's mean each, with decimals enough to see the differences that are clear."""
    means = _means(results, column.name)
    sizes = findings.resolved(results, column.name)
    how = _scale(means, min(sizes, default=math.inf) / 2)
    doubtful = [findings.unsettled(results, arm, column.name) for arm in results.arms]
    # Digits stay in line below one another.
    blank = " " if any(doubtful) else ""
    return [
        _written(mean, how) + (UNSETTLED if doubt else blank)
        for mean, doubt in zip(means, doubtful, strict=True)
    ]


def _gaps(records: Sequence[Any]) -> list[list[str]]:
    """Columns of the differences and of their intervals; of the median where that is told."""
    told = [
        ("difference", "simultaneous_low", "simultaneous_high")
        if record["settled"]
        else ("median", "median_low", "median_high")
        for record in records
    ]
    rows = [[record[key] for key in keys] for record, keys in zip(records, told, strict=True)]
    widths = [high - low for _, low, high in rows if high - low > findings.ROUNDING]
    how = _scale(chain(*rows), min(widths, default=math.inf) / 10)
    marks = [UNSETTLED if not record["settled"] else "" for record in records]
    ranges = [
        f"[{_gap(low, how)}, {_gap(high, how)}]{mark}"
        for (_, low, high), mark in zip(rows, marks, strict=True)
    ]
    return [[_gap(row[0], how) for row in rows], ranges]


def _gap(x: float, how: Scale) -> str:
    if abs(x) < findings.ROUNDING:
        x = 0.0
    return f"+{_written(x, how)}" if x > 0 else _written(x, how)


def _counts(tallies: Sequence[Tally]) -> list[str]:
    most = max(len(str(one.ahead)) for one in tallies)
    said = [
        f"ahead in {one.ahead:>{most}} of {counted(sum(one), 'world')}{ties(one)}"
        for one in tallies
    ]
    return [pad(text, max(map(columns, said)), right=False) for text in said]


def _widest(column: Column, cells: Iterable[str]) -> int:
    return max(map(columns, (*column.header, *cells)))


def _note(results: Results, shown: Sequence[Column], width: int) -> list[str]:
    note = (
        f"Per business over {span(findings.weeks(results))}, means of {_averaged(results)}. Won:"
        " open needs won; clients kept by loyalty are apart."
    )
    if any(column.name == LOST for column in shown):
        note += (
            " Lost to bad talk: the chances lost at the moment of choice, summed; later effects"
            " are not in it."
        )
    if any(cell.endswith(UNSETTLED) for column in shown for cell in _cells(results, column)):
        note += (
            f" {UNSETTLED} Not settled: a few worlds carry this mean; see the median in"
            " summary.csv, or run more."
        )
    return wrap(note, width)


def _averaged(results: Results) -> str:
    """`27 businesses in each of 100 worlds`: a world's number is a mean where all are treated."""
    worlds = counted(findings.worlds(results), "world")
    trades = sorted({arm.parameters.trades.count for arm in results.scenario.arms})
    if results.scenario.treated != "all" or trades == [1]:
        return worlds
    each = " to ".join(map(str, dict.fromkeys((trades[0], trades[-1]))))
    return f"{each} businesses in each of {worlds}"


def _scale(values: Iterable[float], step: float) -> Scale:
    """One way to write all of `values` that shows steps of `step`."""
    size = max((abs(x) for x in values if math.isfinite(x)), default=0.0)
    letter, unit = next((pair for pair in UNITS if size >= 9.9995 * pair[1]), UNITS[-1])
    finer = math.ceil(-math.log10(step / unit) - 1e-9) if math.isfinite(step) else 0
    return Scale(unit, letter, min(max(decimals(size / unit), finer), MOST_DECIMALS))


def _written(x: float, how: Scale) -> str:
    if not math.isfinite(x):
        return UNKNOWN
    text = f"{abs(x) / how.unit:,.{how.decimals}f}"
    return f"{MINUS if x < 0 else ''}{text}{how.letter if x else ''}"
