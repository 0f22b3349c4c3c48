"""Where clients come from: stacked bars by source, a panel an arm, lost clients below zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from wom_sim.scenario.registry import figures
from wom_sim.show import findings, roles, style
from wom_sim.show.findings import Period
from wom_sim.show.shape import Numbers
from wom_sim.show.style import Axes, Figure
from wom_sim.show.wording import NBSP, few, name, number, percent, quoted, span
from wom_sim.study.results import Band, Floats, Results


class Layer(NamedTuple):
    """A layer of the stack: its label, its colour and the measures it sums."""

    label: str
    colour: roles.Colour
    measures: tuple[str, ...]


LAYERS = (
    Layer("Customers, unprompted", roles.CUSTOMERS, findings.UNPROMPTED),
    Layer("Customers, when asked", roles.ASKED, ("won_requested",)),
    Layer("Others: record, own search", roles.OTHER, ("won_public_record", "won_unprompted")),
    Layer("Partners", roles.PARTNERS, ("won_tier1", "won_tier2")),
    Layer("Partners, spin-off", roles.SPIN_OFF, ("won_tier3",)),
)
LOST = Layer("Lost to bad word of mouth", roles.BAD, ("lost_negative",))
MOST_PANELS = 8
KEY = 0.81
"""Where the labels begin, as a share of the page's width."""


def headline(results: Results) -> str:
    """The figure's message, computed from the arm with most hours for partners."""
    span_of = findings.period(findings.weeks(results))
    arm = _told(results)
    partners = findings.grouped(findings.by_partners(results, arm), span_of.weeks)
    customers = findings.grouped(findings.by_customers(results, arm), span_of.weeks)
    won = float(results.series(arm, "won").sum(axis=1).mean())
    return title(partners, customers, won, span_of.word, results.band(partners - customers))


def title(partners: Floats, customers: Floats, won: float, word: str, gap: Band) -> str:
    """Partners against customers; arrays are (worlds, periods), `won` all clients won.

    `gap` is the difference, with a band over all periods, which carries what is said of them.
    """
    if len(partners) < findings.FEW:
        return f"{few(len(partners))} to say who sends more clients"
    if not partners.any():
        if not customers.any():
            return "Neither customers nor partners send any client"
        share = customers.sum(axis=1).mean() / won
        return f"No partner sends clients here; customers send {percent(float(share))} of them"
    for side, low, high in ((1, gap.low, gap.high), (-1, -gap.high, -gap.low)):
        start = _surely_from(low)
        if start is not None:
            first = _SIDES[side][0 if start == 0 else 1 if (high[:start] < 0).any() else 2]
            return first.format(word=word, since=f"{word}{NBSP}{start + 1}", dash=f"{NBSP}–")
    return _IN_ALL[findings.clear((partners - customers).sum(axis=1))].format(word=word)


def _surely_from(low: Floats) -> int | None:
    """The first period from which on all of `low` is above zero; None if that never comes."""
    others = np.flatnonzero(~(low > 0))
    start = int(others[-1]) + 1 if len(others) else 0
    return start if start < len(low) else None


_SIDES = {
    1: (
        "Partners bring more clients than customers from the first {word} on",
        "Partners bring fewer clients at first{dash} from {since} they bring more than customers",
        "From {since} on, partners bring more clients than customers",
    ),
    -1: (
        "Customers bring more clients than partners in every {word}",
        "Partners bring more clients at first{dash} from {since} customers bring more",
        "From {since} on, customers bring more clients than partners",
    ),
}
_IN_ALL = {
    1: "Partners bring more clients than customers in all; in which {word}s is not settled",
    -1: "Customers bring more clients than partners in all; in which {word}s is not settled",
    0: "In all, partners and customers bring about as many clients",
}


def alt(results: Results) -> str:
    """The figure in words, for those who cannot see it."""
    parts = [
        f"{name(arm)}: {number(_mean(results, arm, ('won',)))} won,"
        f" {number(_mean(results, arm, findings.CUSTOMERS))} through customers,"
        f" {number(_mean(results, arm, ('won_partner',)))} through partners,"
        f" {number(_mean(results, arm, LOST.measures))} lost to bad word of mouth"
        for arm in results.arms
    ]
    return f"{headline(results)}. Stacked bars, one panel an arm. " + "; ".join(parts) + "."


def sentence(results: Results) -> str:
    """How to read it."""
    return ("Customers talk in every arm; what differs is how much is added by asking them and by"
            " partners, and what is lost to bad stories.")


def numbers(results: Results) -> Numbers:
    """Clients won by each arm from each source, and clients lost, over the whole run."""
    layers = (*LAYERS, LOST)
    rows = [
        (name(arm), *(number(_mean(results, arm, layer.measures)) for layer in layers))
        for arm in results.arms
    ]
    return Numbers(("arm", *(layer.label for layer in layers)), tuple(rows))


@figures.register("sources", headline=headline, alt=alt, sentence=sentence, numbers=numbers)
@style.look()
def draw(results: Results) -> Figure:
    """Clients won by source and period, a panel an arm."""
    horizon = findings.weeks(results)
    span_of = findings.period(horizon)
    arms = results.arms[:MOST_PANELS]
    sheet = style.page(
        headline(results),
        f"Clients won per {span_of.word} and business, by source (headline:"
        f" {quoted(_told(results))}); below zero: expected clients lost",
        style.source(results, "averages over worlds", *_cut(results, span_of)),
    )
    stacks = {arm: _stack(results, arm, span_of) for arm in arms}
    losses = {arm: -_periods(results, arm, LOST, span_of) for arm in arms}
    high = max(float(stack.sum(axis=0).max()) for stack in stacks.values()) * 1.04 or 1.0
    low = min(min(float(loss.min()) for loss in losses.values()) * 1.1, -0.05 * high)
    for place, arm in enumerate(arms):
        area = _panel(sheet, place, len(arms), style.margin(low, high))
        _bars(area, stacks[arm], losses[arm])
        _frame(area, span_of, (low, high), first=_column(place, len(arms)) == 0)
        _name(area, results, arm)
    shown = [any(stack[i].any() for stack in stacks.values()) for i in range(len(LAYERS))]
    shown.append(any(loss.any() for loss in losses.values()))
    _key(area, [*stacks[arms[-1]][:, -1], losses[arms[-1]][-1]], shown)
    return sheet.figure


def _told(results: Results) -> str:
    """The arm that the headline is about."""
    return findings.partner_arm(results.scenario) or results.arms[-1]


def _mean(results: Results, arm: str, measures: Sequence[str]) -> float:
    return float(findings.total(results, arm, measures).sum(axis=1).mean())


def _periods(results: Results, arm: str, layer: Layer, span_of: Period) -> Floats:
    series = findings.total(results, arm, layer.measures)
    return findings.grouped(series.mean(axis=0), span_of.weeks)


def _stack(results: Results, arm: str, span_of: Period) -> Floats:
    return np.array([_periods(results, arm, layer, span_of) for layer in LAYERS])


def _cut(results: Results, span_of: Period) -> list[str]:
    left = findings.weeks(results) % span_of.weeks
    said = [f"last {left} weeks, a part of a {span_of.word}, not shown"] if left else []
    hidden = len(results.arms) - MOST_PANELS
    return [*said, f"{hidden} more arms not shown"] if hidden > 0 else said


def _per_row(panels: int) -> int:
    return panels if panels <= 4 else (panels + 1) // 2


def _column(place: int, panels: int) -> int:
    return place % _per_row(panels)


def _panel(sheet: style.Page, place: int, panels: int, left: float) -> Axes:
    columns, rows = _per_row(panels), 1 if panels <= 4 else 2
    gap, head, foot = 0.022, 62 / style.HEIGHT, 34 / style.HEIGHT
    width = (KEY - 0.015 - left - gap * (columns - 1)) / columns
    cell = (sheet.top - style.FLOOR) / rows
    low = sheet.top - cell * (place // columns + 1) + foot
    x = left + (width + gap) * _column(place, panels)
    return style.axes(sheet.figure, x, low, width, cell - head - foot)


def _bars(area: Axes, stack: Floats, loss: Floats) -> None:
    x = np.arange(stack.shape[1])
    border: dict[str, Any] = {"edgecolor": "white", "linewidth": 1.4 if len(x) <= 13 else 0.4}
    floor = np.zeros(len(x))
    for layer, heights in zip(LAYERS, stack, strict=True):
        area.bar(x, heights, 0.86, floor, color=layer.colour.fill, **border)
        floor = floor + heights
    area.bar(x, loss, 0.86, color=LOST.colour.fill, **border)
    area.axhline(0, color=style.INK, linewidth=1.8)


def _frame(area: Axes, span_of: Period, ends: tuple[float, float], *, first: bool) -> None:
    bars = len(area.containers[0])
    area.set_xlim(-0.6, bars - 0.4)
    style.scale(area, *ends, labels=first)
    area.spines["bottom"].set_visible(False)
    area.set_xticks([-0.43, bars - 0.57], [f"{span_of.mark}1", f"{span_of.mark}{bars}"])
    first_label, last_label = area.get_xticklabels()
    first_label.set_horizontalalignment("left")
    last_label.set_horizontalalignment("right")
    last_label.set_visible(bars > 1)
    area.tick_params(axis="x", length=0)


def _name(area: Axes, results: Results, arm: str) -> None:
    box = area.get_position()
    size = style.LABEL if len(results.arms) <= 3 else 16
    room = box.width * style.WIDTH
    won = number(_mean(results, arm, ("won",)))
    figure = area.figure
    total = f"{won} clients in {span(findings.weeks(results))}"
    if style.measured(total, size - 2) > room:
        total = style.shortened(f"{won} clients", room, size - 2)
    style.write(figure, box.x0, box.y1 + 12 / style.HEIGHT, total, size - 2, style.SOFT)
    label = style.shortened(name(arm), room, size, bold=True)
    style.write(figure, box.x0, box.y1 + 37 / style.HEIGHT, label, size, bold=True)


def _key(area: Axes, heights: Sequence[float], shown: Sequence[bool]) -> None:
    """Labels beside the last bar for the layers `shown`, near their place in it."""
    size, box = 15, area.get_position()
    low, high = area.get_ylim()
    unit = (high - low) / (box.height * style.HEIGHT)
    layers = [layer for layer, kept in zip((*LAYERS, LOST), shown, strict=True) if kept]
    room = (style.RIGHT - KEY) * style.WIDTH
    lines = [
        style.wrapped(layer.label, room, size, 2, bold=True, balanced=True) for layer in layers
    ]
    tall = [(len(one) * size * 1.2 + 7) * unit for one in lines]
    wanted = [y for y, kept in zip(_middles(heights), shown, strict=True) if kept]
    floor = low - (box.y0 - style.FLOOR) * style.HEIGHT * unit
    places = style.apart(wanted, tall, floor, high + 60 * unit)
    for y, layer, text in zip(places, layers, lines, strict=True):
        up, colour = box.y0 + (y - low) / (high - low) * box.height, layer.colour.text
        style.write(
            area.figure, KEY, up, text, size, colour, bold=True, va="center", linespacing=1.1
        )


def _middles(heights: Sequence[float]) -> list[float]:
    """Middles of the layers, a hair apart where layers are empty so that their order holds."""
    *stack, loss = heights
    hair = 1e-6 * (sum(stack) or 1.0)
    middles = np.cumsum(stack) - np.array(stack) / 2 + np.arange(len(stack)) * hair
    return [*middles, min(loss / 2, middles[0] - hair)]
