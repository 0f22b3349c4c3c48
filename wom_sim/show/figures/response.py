"""The figure of a sweep: an outcome against what is swept, a line an arm with its intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from wom_sim.scenario.parameters import Parameters
from wom_sim.scenario.parameters.sweep import Value
from wom_sim.scenario.quantities import declarations
from wom_sim.scenario.registry import figures, networks
from wom_sim.show import roles, style
from wom_sim.show.answers import headline, named, of_arm
from wom_sim.show.shape import Numbers
from wom_sim.show.style import Axes, Figure
from wom_sim.show.swept import shown, words
from wom_sim.show.wording import NBSP, counted, name, number, span
from wom_sim.study.results import Floats, Mapped, Swept

__all__ = ["draw", "drawable", "headline"]

MOST_PANELS = 6
IN_A_ROW = 3
MOST_TICKS = 6
GAP = 0.012
"""Between the end of a line and its label, as a share of the page's width."""
MEAN, HIGH = 1, 3
"""Places in `Swept.summary`."""
WIDE = 8.0
"""Values that are spread over more than this factor, evenly in logarithm, get a log axis."""


class Panel(NamedTuple):
    """One drawing area: the value of the second name, and the points along the first."""

    head: str
    points: list[int]


def drawable(swept: Swept) -> bool:
    """Whether the sweep has response curves: a grid of one or two numbers."""
    sweep = swept.scenario.sweep
    return sweep is not None and sweep.is_numeric_grid


@style.look()
def draw(swept: Swept, outcome: str) -> Figure:
    """Response curves: the mean of each arm with its 95 % interval, a panel a second value."""
    panels, left_out = _panels(swept)
    first = swept.design.columns[0]
    sheet = style.page(
        headline(swept, outcome),
        f"{measured(swept, outcome)} at each value of {named(swept, first)}:"
        f" means with 95{NBSP}% intervals",
        _source(swept, left_out),
    )
    told = swept.told(outcome)
    low, high = _range(told[[point for panel in panels for point in panel.points]])
    alone = len(panels) == 1
    about = style.wrapped(label(swept, first), 0.8 * style.WIDTH, 16, 2, balanced=True)
    bottom = style.FLOOR + (42 + 20 * len(about)) / style.HEIGHT
    top = sheet.top - (0.0 if alone else _key(sheet.figure, swept, sheet.top))
    left = style.margin(low, high)
    right = style.RIGHT - (_room(swept) / style.WIDTH + GAP if alone else 0.0)
    for panel, box in zip(panels, _boxes(len(panels), left, right, bottom, top), strict=True):
        area = style.axes(sheet.figure, *box)
        _curves(area, swept, told, panel, 1.0 if alone else 0.7)
        style.scale(area, low, high, labels=box[0] == left)
        _across(area, [_first(swept, point) for point in panel.points], box[1] == bottom)
        if panel.head:
            style.write(sheet.figure, box[0], box[1] + box[3] + 6 / style.HEIGHT,
                        style.shortened(panel.head, box[2] * style.WIDTH, 16), 16, va="bottom")
        if alone:
            _ends(area, swept, told, panel)
    style.write(sheet.figure, (left + right) / 2, style.FLOOR - 4 / style.HEIGHT, about, 16,
                style.SOFT, ha="center", va="bottom", linespacing=1.15)
    return sheet.figure


def label(swept: Swept, swept_name: str) -> str:
    """A swept name with its meaning and unit, as they are declared."""
    meaning, unit = _declared(swept, swept_name)
    units = f" ({unit})" if unit and unit != "choice" else ""
    return f"{named(swept, swept_name)}{units}{': ' if meaning else ''}{meaning}"


def _declared(swept: Swept, swept_name: str) -> tuple[str, str]:
    """Meaning and unit of a parameter, also of one of a network; empty where none is declared."""
    arm, dotted = of_arm(swept, swept_name)
    for entry in declarations(Parameters):
        if entry.name == dotted:
            return entry.meaning, entry.unit
    if dotted.startswith("population.network."):
        found = {one.name: one.parameters for one in swept.scenario.arms}
        parameters = found.get(arm, swept.scenario.arms[0].parameters)
        section = networks[parameters.population.network["kind"]].section
        field = section.model_fields.get(dotted.rpartition(".")[2])
        extra = field.json_schema_extra if field else None
        if field and isinstance(extra, dict):
            return field.description or "", str(extra.get("unit", ""))
    return "", "weeks" if dotted.endswith("weeks") else ""


def _panels(swept: Swept) -> tuple[list[Panel], int]:
    """The panels, evenly chosen where there are too many, and how many are left out."""
    rows, columns = swept.design.rows, swept.design.columns
    order = sorted(range(len(rows)), key=lambda point: _first(swept, point))
    if len(columns) == 1:
        return [Panel("", order)], 0
    seconds = sorted({row[1] for row in rows}, key=_float)
    places = np.linspace(0, len(seconds) - 1, min(len(seconds), MOST_PANELS)).round()
    chosen = [seconds[int(place)] for place in places]
    about = named(swept, columns[1])
    panels = [
        Panel(f"{about} {shown(value)}", [point for point in order if rows[point][1] == value])
        for value in chosen
    ]
    return panels, len(seconds) - len(chosen)


def _first(swept: Swept, point: int) -> float:
    return _float(swept.design.rows[point][0])


def _float(value: Value) -> float:
    return float(value)


def _boxes(
    many: int, left: float, right: float, bottom: float, top: float
) -> list[tuple[float, float, float, float]]:
    """Places of the panels, row by row: left, low, width, height."""
    if many == 1:
        return [(left, bottom, right - left, top - bottom)]
    across = many if many <= IN_A_ROW else math.ceil(many / 2)
    down = math.ceil(many / across)
    head, gap, between = 30 / style.HEIGHT, 26 / style.WIDTH, 14 / style.HEIGHT
    width = (right - left - gap * (across - 1)) / across
    height = (top - bottom - between * (down - 1)) / down - head
    return [
        (left + (k % across) * (width + gap),
         bottom + (down - 1 - k // across) * (height + head + between), width, height)
        for k in range(many)
    ]


def _range(told: Floats) -> tuple[float, float]:
    """The vertical range: from zero where the numbers come near it, else what they span."""
    known = told[..., MEAN : HIGH + 1]
    known = known[np.isfinite(known)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    room = 0.06 * (high - low) or abs(high) * 0.1 or 1.0
    start = 0.0 if 0 <= low < 0.5 * high else low - room
    return start, high + room


def _curves(area: Axes, swept: Swept, told: Floats, panel: Panel, size: float) -> None:
    """Bands first, so that none lies over a line; `size` is that of lines and dots."""
    colours = roles.colours(swept.scenario)
    at = [_first(swept, point) for point in panel.points]
    for k, arm in enumerate(swept.arms):
        _, _, low, high, _ = told[panel.points, k].T
        area.fill_between(at, low, high, color=colours[arm].fill, alpha=0.22, linewidth=0)
    for k, arm in enumerate(swept.arms):
        mean = told[panel.points, k, MEAN]
        area.plot(at, mean, color="white", linewidth=7 * size)
        area.plot(at, mean, color=colours[arm].fill, linewidth=4 * size, marker="o", ms=9 * size)


def _across(area: Axes, at: Sequence[float], labels: bool) -> None:
    """The horizontal axis: ticks at the values where they are few."""
    if is_logarithmic(at):
        area.set_xscale("log")
        area.minorticks_off()
    elif len(at) > MOST_TICKS:
        at = style.ticks(min(at), max(at), MOST_TICKS - 1)
    step = math.ceil(len(at) / MOST_TICKS)
    values = list(at)[::step]
    area.set_xticks(values, [shown(value) for value in values] if labels else [""] * len(values))
    area.tick_params(axis="x", length=6, width=1.5)


def is_logarithmic(values: Sequence[float]) -> bool:
    """Whether values are spread widely and about evenly in logarithm."""
    if len(values) < 3 or min(values) <= 0 or max(values) < WIDE * min(values):
        return False
    steps = np.diff(np.log(values))
    return bool(steps.max() < 1.5 * steps.min())


def _room(swept: Swept) -> float:
    """Points that the labels at the ends of the curves need, within reason."""
    return min(max(style.measured(name(arm), 18, bold=True) for arm in swept.arms), 250) + 2


def _ends(area: Axes, swept: Swept, told: Floats, panel: Panel) -> None:
    """Names of the arms at the ends of their curves, none over another."""
    colours, box, (low, high) = roles.colours(swept.scenario), area.get_position(), area.get_ylim()
    unit = (high - low) / (box.height * style.HEIGHT)
    defined = [k for k in range(len(swept.arms)) if np.isfinite(told[panel.points, k, MEAN]).any()]
    lines = [style.wrapped(name(swept.arms[k]), _room(swept), 18, 2, bold=True) for k in defined]
    tall = [len(some) * 18 * 1.25 * unit for some in lines]
    last = [told[panel.points, k, MEAN] for k in defined]
    wanted = [float(ends[np.isfinite(ends)][-1]) for ends in last]
    places = style.apart(wanted, tall, low, high)
    for k, some, y in zip(defined, lines, places, strict=True):
        at = box.y0 + (y - low) / (high - low) * box.height
        style.write(area.figure, box.x1 + GAP, at, some, 18, colours[swept.arms[k]].text,
                    bold=True, va="center", linespacing=1.1)


def _key(figure: Figure, swept: Swept, top: float) -> float:
    """Names of the arms in their colours, in a row under the subtitle; the height they take."""
    colours, x, y = roles.colours(swept.scenario), style.LEFT, top
    room = (style.RIGHT - style.LEFT) / min(len(swept.arms), 4) * style.WIDTH - 24
    more: dict[str, Any] = {"va": "top"}
    for arm in swept.arms:
        text = style.shortened(f"● {name(arm)}", room, 17, bold=True)
        wide = (style.measured(text, 17, bold=True) + 26) / style.WIDTH
        if x + wide > style.RIGHT + 26 / style.WIDTH:
            x, y = style.LEFT, y - 24 / style.HEIGHT
        style.write(figure, x, y, text, 17, colours[arm].text, bold=True, **more)
        x += wide
    return top - y + 30 / style.HEIGHT


def measured(swept: Swept, outcome: str) -> str:
    """The outcome with its unit, where its name does not say it."""
    unit = next(measure.unit for measure in swept.outcomes if measure.name == outcome)
    told = words(outcome).capitalize()
    return told if unit in words(outcome) else f"{told} ({unit})"


def _source(swept: Swept, left_out: int) -> str:
    worlds = counted(swept.values.shape[2], "world")
    told = [
        f"Simulated scenario {name(swept.scenario.stem)}",
        f"{worlds} per arm and point, same luck in each",
        span(swept.scenario.weeks),
    ]
    if left_out:
        told.append(f"{counted(left_out, 'more value')} of {named(swept, swept.design.columns[1])}"
                    " in outcomes.csv")
    return " · ".join(told)


def message(results: Mapped) -> str:
    """The figure's message."""
    return headline(results.swept, results.outcome)


def alt(results: Mapped) -> str:
    """The figure in words, for those who cannot see it."""
    swept, told = results.swept, results.swept.told(results.outcome)[..., MEAN]
    order = sorted(range(len(swept.design.rows)), key=lambda point: _first(swept, point))
    ends = "; ".join(
        f"{name(arm)}: {number(float(told[order[0], k]))} to {number(float(told[order[-1], k]))}"
        for k, arm in enumerate(swept.arms)
    )
    return (f"{message(results)}. Lines of means with 95 % intervals, one an arm. From the lowest"
            f" to the highest {named(swept, swept.design.columns[0])}, {ends}.")


def sentence(results: Mapped) -> str:
    """How to read it."""
    return "Each dot is the mean over worlds that have the same luck at every value."


def numbers(results: Mapped) -> Numbers:
    """The mean of each arm at every point, with its interval."""
    swept, told = results.swept, results.swept.told(results.outcome)
    columns = (*(named(swept, one) for one in swept.design.columns), "arm", "mean", "low", "high")
    rows = [
        (*map(shown, row), name(arm), *map(number, told[point, k, MEAN : HIGH + 1].tolist()))
        for point, row in enumerate(swept.design.rows) for k, arm in enumerate(swept.arms)
    ]
    return Numbers(columns, tuple(rows))


@figures.register(
    "response", headline=message, alt=alt, sentence=sentence, numbers=numbers, of="sweep",
    fits=lambda results: drawable(results.swept),
    needs="a sweep over a grid of one or two numbers: python -m wom_sim sweep FILE",
)
def drawn(results: Mapped) -> Figure:
    """An outcome of each arm against what is swept."""
    return draw(results.swept, results.outcome)
