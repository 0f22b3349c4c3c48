"""What a sweep prints: its first points with one outcome of every arm, for 80 columns."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from wom_sim.scenario.columns import columns
from wom_sim.scenario.parameters.sweep import Value
from wom_sim.show.text import clean, level, middle, wrap
from wom_sim.show.wording import UNKNOWN, counted, number
from wom_sim.study.results import Swept

GAP = 2
MOST_POINTS = 12
NAME_ROOM = 16


def size(swept: Swept) -> str:
    """`27 points × 2 arms × 20 worlds × 156 weeks`."""
    points, arms, worlds, _ = swept.values.shape
    parts = (points, "point"), (arms, "arm"), (worlds, "world"), (swept.scenario.weeks, "week")
    return " × ".join(counted(*part).replace("\N{NO-BREAK SPACE}", " ") for part in parts)


def opening(command: str, swept: Swept, settings: Sequence[str], width: int) -> Iterator[str]:
    """What a command prints first: what was run, what was set, the question."""
    scenario = swept.scenario
    yield from wrap(f"wom_sim {command} {clean(scenario.stem)}", width)
    yield f"{size(swept)}, seed {scenario.seed}, preset {scenario.preset}"
    if settings:
        yield from wrap(f"Set: {', '.join(map(clean, settings))}", width)
    yield ""
    if scenario.question:
        yield from [*wrap(clean(scenario.question), width), ""]


def words(outcome: str) -> str:
    """An outcome's name as words: `clients won`."""
    return outcome.replace("_", " ")


def shown(value: Value) -> str:
    """A swept value in a table or a label; a number exact to 4 digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return clean(value) if isinstance(value, str) else f"{value:.4g}" if value % 1 else f"{value:g}"


def short_names(names: Sequence[str]) -> list[str]:
    """The last word of each dotted name, or the whole name where others end alike."""
    ends = [name.rpartition(".")[2] for name in names]
    pairs = zip(names, ends, strict=True)
    return [clean(name if ends.count(end) > 1 else end) for name, end in pairs]


def table(swept: Swept, outcome: str, width: int = 80) -> str:
    """The first points, each with the mean of `outcome` in every arm; arms as far as they fit."""
    means = swept.told(outcome)[:MOST_POINTS, :, 1]
    rows = swept.design.rows[:MOST_POINTS]
    heads = [["point"], *([name] for name in map(_head, short_names(swept.design.columns)))]
    cells = [[str(point) for point in range(len(rows))]]
    cells += [[shown(row[k]) for row in rows] for k in range(len(swept.design.columns))]
    room = width - _width(heads, cells)
    fitting = 0
    for arm, column in zip(swept.arms, means.T.tolist(), strict=True):
        head, told = wrap(middle(clean(arm), 3 * NAME_ROOM), NAME_ROOM), list(map(_mean, column))
        room -= GAP + _widest(head, told)
        if room < 0 and fitting:
            break
        heads, cells, fitting = [*heads, head], [*cells, told], fitting + 1
    widths = [_widest(*pair) for pair in zip(heads, cells, strict=True)]
    lines = [f"{words(outcome).capitalize()}, means of {_worlds(swept)}:", ""]
    lines += level(heads, widths, GAP, low=True)
    lines.append("─" * (sum(widths) + GAP * (len(widths) - 1)))
    for row in zip(*cells, strict=True):
        lines += level([[cell] for cell in row], widths, GAP)
    return "\n".join([*lines, *_rest(swept, len(rows), fitting)])


def _rest(swept: Swept, points: int, arms: int) -> list[str]:
    more = [
        counted(many, f"more {noun}")
        for many, noun in (
            (len(swept.design.rows) - points, "point"), (len(swept.arms) - arms, "arm")
        )
        if many
    ]
    return [f"{' and '.join(more)} in outcomes.csv"] if more else []


def _worlds(swept: Swept) -> str:
    return counted(swept.values.shape[2], "world")


def _head(name: str) -> str:
    return middle(name, NAME_ROOM + 8)


def _mean(value: float) -> str:
    return number(value) if math.isfinite(value) else UNKNOWN


def _widest(head: Sequence[str], cells: Sequence[str]) -> int:
    return max(map(columns, (*head, *cells)))


def _width(heads: Sequence[Sequence[str]], cells: Sequence[Sequence[str]]) -> int:
    widths = [_widest(*pair) for pair in zip(heads, cells, strict=True)]
    return sum(widths) + GAP * (len(widths) - 1)
