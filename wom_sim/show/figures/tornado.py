"""The figure of a sensitivity study: the answer at both ends of each parameter's range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from wom_sim.scenario.parameters import Parameters
from wom_sim.scenario.quantities import declarations
from wom_sim.scenario.registry import figures
from wom_sim.show import style
from wom_sim.show.moved import (
    MOST_SHOWN,
    answer,
    end,
    headline,
    interval,
    known,
    own_name,
    parameter,
    symbol,
    unit,
)
from wom_sim.show.shape import Numbers
from wom_sim.show.style import Axes, Figure
from wom_sim.show.wording import NBSP, counted, name, number, span
from wom_sim.study.results import Effect, Estimate, Ranked, Sensitivity, Swept

LOW_END, HIGH_END, BAR, PALE, BAND = (
    "#E69F00", "#0072B2", "#B5B5B5", "#D6D6D6", "#EFEFEF"
)
LOW_TEXT, HIGH_TEXT = "#8A5A00", "#005A8C"
NAMES, INDEX = 452.0, 190.0
"""Points at the left for the names, and at the right for the index."""
TALL = 28.5
"""Points that a row needs to say besides its name what it means."""
APART = 0.13
"""Of a row, how far the ends lie above and below its middle, so that intervals do not overlap."""


@style.look()
def draw(swept: Swept, found: Sensitivity) -> Figure:
    """The strongest parameters, each a bar from its low to its high value, with 95 % intervals.

    The grey band is the noise floor: what a dummy does that changes nothing but the luck.
    """
    effects = found.effects[:MOST_SHOWN]
    sheet = style.page(headline(swept, found), _subtitle(swept, found), _source(swept, found))
    head = sheet.top - 22 / style.HEIGHT
    left, right = style.LEFT + NAMES / style.WIDTH, style.RIGHT - INDEX / style.WIDTH
    bottom = style.FLOOR + 28 / style.HEIGHT
    area = style.axes(sheet.figure, left, bottom, right - left, head - bottom)
    area.grid(visible=True, axis="x")
    area.grid(visible=False, axis="y")
    area.set_yticks([])
    area.set_ylim(len(effects) - 0.5, -0.5)
    _band(area, found)
    for k, effect in enumerate(effects):
        _bar(area, k, effect)
    _across(area, found, effects)
    _names(sheet.figure, swept, found, effects, (bottom, head))
    _heads(sheet.figure, swept, found, left, right, head)
    return sheet.figure


def _subtitle(swept: Swept, found: Sensitivity) -> str:
    told = answer(found)
    return (f"{told[:1].upper()}{told[1:]} in {span(swept.scenario.weeks)}, from each parameter's"
            " low to its high value")


def _source(swept: Swept, found: Sensitivity) -> str:
    kind = "trajectory" if found.method == "morris" else "base row"
    rows = f"{found.rows} trajectories (Morris)" if kind == "trajectory" else \
        f"{counted(found.rows, kind)} (Sobol')"
    told = [
        f"Simulated scenario {name(swept.scenario.stem)}",
        f"{rows}, {counted(found.worlds, 'world')} at each point, same luck",
        f"all others vary too; lines: 95{NBSP}% interval of the change",
        f"{len(found.above)} of {counted(len(found.effects), 'parameter')} above noise",
    ]
    left_out = len(found.effects) - MOST_SHOWN
    if left_out > 0:
        told.append(f"{counted(left_out, 'weaker parameter')} in sensitivity.csv")
    return " · ".join(told)


def _band(area: Axes, found: Sensitivity) -> None:
    """As wide as the dummy may move the answer, around the answer's mean."""
    low, high = _span(found)
    area.axvspan(low, high, color=BAND, linewidth=0, zorder=0)
    area.axvline(found.answer, color=style.AXIS, linewidth=1.5, zorder=1)


def _span(found: Sensitivity) -> tuple[float, float]:
    """The noise floor in the answer's unit."""
    change = found.dummy.change
    far = max(abs(known(change.low)), abs(known(change.high))) / 2
    return found.answer - far, found.answer + far


def _whiskers(effect: Effect) -> tuple[tuple[float, float], tuple[float, float]]:
    """How far each end may lie from where it is drawn, if the change alone is unsure."""
    change = effect.change
    off = [known(bound - change.value) / 2 for bound in (change.low, change.high)]
    low, high = effect.at_low.value, effect.at_high.value
    return (low - off[0], low - off[1]), (high + off[0], high + off[1])


def _bar(area: Axes, k: int, effect: Effect) -> None:
    bar = BAR if effect.above_noise else PALE
    area.plot([effect.at_low.value, effect.at_high.value], [k, k], color=bar, linewidth=9,
              solid_capstyle="butt", zorder=2)
    for told, whisker, colour, y in zip(
        (effect.at_low, effect.at_high), _whiskers(effect), (LOW_END, HIGH_END),
        (k - APART, k + APART), strict=True,
    ):
        area.plot(whisker, [y, y], color=colour, linewidth=2, zorder=3)
        area.plot([told.value], [y], color=colour if effect.above_noise else "white", marker="o",
                  ms=9, mec="white" if effect.above_noise else colour, mew=1.5, zorder=4)


def _across(area: Axes, found: Sensitivity, effects: Sequence[Effect]) -> None:
    drawn = [x for effect in effects for whisker in _whiskers(effect) for x in whisker]
    drawn += [x.value for effect in effects for x in (effect.at_low, effect.at_high)]
    finite = [x for x in (*drawn, *_span(found)) if math.isfinite(x)]
    low, high = min(finite), max(finite)
    room = 0.04 * (high - low) or abs(high) * 0.1 or 1.0
    area.set_xlim(low - room, high + room)
    values = style.ticks(low - room, high + room, 6)
    area.set_xticks(values, [style.tick_label(value) for value in values])
    if found.against and low < 0 < high:
        area.axvline(0, color=style.INK, linewidth=1.2, zorder=1)


def _names(
    figure: Figure, swept: Swept, found: Sensitivity, effects: Sequence[Effect],
    room: tuple[float, float],
) -> None:
    """Each parameter's name and range, what it means, and at the right its index."""
    bottom, top = room
    tall = (top - bottom) / len(effects)
    meanings = {entry.name: entry.meaning for entry in declarations(Parameters)}
    wide = NAMES - 14
    for k, effect in enumerate(effects):
        y = top - (k + 0.5) * tall
        ends = f"{end(effect.low)} – {end(effect.high)}"
        for_ends = style.measured(ends, 14) + 12
        meaning = meanings.get(own_name(effect), "") if tall * style.HEIGHT >= TALL else ""
        lift = 8 / style.HEIGHT if meaning else 0.0
        style.write(figure, style.LEFT, y + lift,
                    style.shortened(parameter(effect), wide - for_ends, 14.5, bold=True), 14.5,
                    style.INK if effect.above_noise else style.SOFT, bold=True, va="center")
        style.write(figure, style.LEFT + wide / style.WIDTH, y + lift, ends, 14, style.SOFT,
                    ha="right", va="center")
        style.write(figure, style.LEFT, y - 8.5 / style.HEIGHT,
                    style.shortened(meaning, wide, 12), 12, style.SOFT, va="center")
        told = f"{number(effect.leading.value)}  ({_bounds(effect.leading)})"
        style.write(figure, style.RIGHT, y, style.shortened(told, INDEX - 12, 14), 14,
                    style.INK if effect.above_noise else style.SOFT, ha="right", va="center")


def _bounds(one: Estimate) -> str:
    return interval(one).replace(" to ", f"{NBSP}to{NBSP}")


def _heads(
    figure: Figure, swept: Swept, found: Sensitivity, left: float, right: float, top: float
) -> None:
    """What stands in each column, in the colours of the ends."""
    y = top + 8 / style.HEIGHT
    more: dict[str, Any] = {"va": "bottom"}
    style.write(figure, style.LEFT, y, "Parameter, strongest first", 13, style.SOFT, **more)
    style.write(figure, left - 14 / style.WIDTH, y, "low – high", 13, style.SOFT, ha="right",
                **more)
    x = left
    legend = [("● at low", LOW_TEXT), ("● at high", HIGH_TEXT),
              ("○ in noise", style.SOFT), ("■ noise floor", style.SOFT)]
    told = f"Answer ({unit(swept, found)}):"
    if style.measured(told, 13) < 130:
        legend.insert(0, (told, style.SOFT))
    for text, colour in legend:
        style.write(figure, x, y, text, 13, colour, bold=True, **more)
        x += (style.measured(text, 13, bold=True) + 16) / style.WIDTH
    style.write(figure, style.RIGHT, y, f"{symbol(found)} (95{NBSP}%)", 13, style.SOFT, ha="right",
                **more)


def message(results: Ranked) -> str:
    """The figure's message."""
    return headline(results.swept, results.found)


def alt(results: Ranked) -> str:
    """The figure in words, for those who cannot see it."""
    told = "; ".join(
        f"{parameter(effect)}: {number(effect.at_low.value)} to {number(effect.at_high.value)}"
        for effect in results.found.effects[:3]
    )
    return (f"{message(results)}. Bars from the answer at the low to that at the high value of each"
            f" parameter, the strongest first: {told}.")


def sentence(results: Ranked) -> str:
    """How to read it."""
    return ("The longer a bar, the more this assumption moves the answer; bars within the grey band"
            " cannot be told from luck.")


def numbers(results: Ranked) -> Numbers:
    """Range, ends and index of each parameter."""
    rows = [
        (parameter(one), end(one.low), end(one.high), number(one.at_low.value),
         number(one.at_high.value), number(one.leading.value), interval(one.leading),
         "yes" if one.above_noise else "no")
        for one in results.found.effects
    ]
    heads = ("parameter", "low", "high", "answer at low", "answer at high",
             symbol(results.found), "95 % interval", "above noise")
    return Numbers(heads, tuple(rows))


@figures.register(
    "tornado", headline=message, alt=alt, sentence=sentence, numbers=numbers, of="sensitivity",
    needs="a sensitivity study: python -m wom_sim sensitivity FILE",
)
def drawn(results: Ranked) -> Figure:
    """What moves the answer, and how much."""
    return draw(results.swept, results.found)
