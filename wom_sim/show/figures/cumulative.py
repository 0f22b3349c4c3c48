"""Clients won so far: a line an arm, with bands of what worlds may bring."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from wom_sim.scenario.registry import figures
from wom_sim.show import findings, roles, style
from wom_sim.show.findings import Lead, Takeover
from wom_sim.show.shape import Numbers
from wom_sim.show.style import Axes, Figure
from wom_sim.show.wording import NBSP, name, number, quoted, span
from wom_sim.show.wording import headline as compared
from wom_sim.study.results import Floats, Results

GAP = 0.012
"""Between the end of a line and its label, as a share of the page's width."""
MANY = 6
"""More arms than this have short labels of one line."""
MOST_LABELS = 24
NEVER = Takeover("never", 0)
VISIBLE = 0.02
"""A lead smaller than this share of the final height is too small to see overtaken."""


class Crossing(NamedTuple):
    """From where on one arm is surely ahead of another that it trailed before."""

    week: int
    height: float
    winner: str
    loser: str


def headline(results: Results) -> str:
    """The figure's message."""
    arm = findings.partner_arm(results.scenario)
    when = NEVER if arm is None else _takeover(results, arm)
    return title(findings.lead(results), findings.weeks(results), arm, when)


def title(lead: Lead, horizon: int, arm: str | None, when: Takeover) -> str:
    """Who wins more clients, and from when on partners lead customers within `arm`.

    `arm` is None where no arm has partners.
    """
    first = compared(lead, span(horizon))
    if lead.kind == "few" or arm is None or when.kind == "never":
        return first
    own = lead.kind == "ahead" and arm == lead.arm
    partners, customers = ("its partners", "its customers") if own else ("partners", "customers")
    said = f"{partners} lead {customers} {_since(when.week, horizon)}"
    if when.kind == "unsettled":
        said = f"whether {partners} overtake {customers} is not settled"
    return f"{first}{NBSP}– {said if own else f'with {quoted(arm)}, {said}'}"


def alt(results: Results) -> str:
    """The figure in words, for those who cannot see it."""
    ends = "; ".join(f"{name(arm)}: {_range(results, arm)}" for arm in results.arms)
    return f"{headline(results)}. Lines of clients won so far, one an arm. At the end {ends}."


def sentence(results: Results) -> str:
    """How to read it."""
    return ("Lines are averages over worlds with the same luck; bands hold what single worlds may"
            " bring, which is much more than the doubt about the averages.")


def numbers(results: Results) -> Numbers:
    """Clients won so far by each arm at a few moments, and in how many of 100 worlds."""
    at = findings.marks(findings.weeks(results))
    some = sorted({round(share * (len(at) - 1)) for share in (0.25, 0.5, 0.75, 1.0)})
    rows = []
    for arm in results.arms:
        means = findings.running(results.series(arm, "won"), at).mean(axis=0)
        rows.append((name(arm), *(number(float(means[k])) for k in some), _range(results, arm)))
    unit = "week" if findings.weeks(results) < 2 * findings.QUARTER else "month"
    heads = (f"after {unit} {k}" for k in some)
    return Numbers(("arm", *heads, "in the end, with 90 % of worlds"), tuple(rows))


@figures.register("cumulative", headline=headline, alt=alt, sentence=sentence, numbers=numbers)
@style.look()
def draw(results: Results) -> Figure:
    """Running totals of clients won, the mean of each arm and bands of outcomes."""
    horizon = findings.weeks(results)
    at = findings.marks(horizon)
    totals = {arm: findings.running(results.series(arm, "won"), at) for arm in results.arms}
    means = {arm: total.mean(axis=0) for arm, total in totals.items()}
    crossing = _crossing(results, means)
    sheet = style.page(
        headline(results),
        "Clients won per business so far (running total)",
        style.source(results, "lines: averages", *_named(results, crossing)),
    )
    low, high = style.FLOOR + 34 / style.HEIGHT, _high(results, totals)
    left, right = style.margin(0.0, high), style.RIGHT - _room(results) / style.WIDTH - GAP
    area = style.axes(sheet.figure, left, low, right - left, sheet.top - low)
    _bands(area, results, at, totals)
    _lines(area, results, at, totals)
    style.scale(area, 0.0, high)
    _time(area, horizon)
    _ends(area, results, totals)
    if crossing:
        _mark(area, crossing, means, at)
    return sheet.figure


def _takeover(results: Results, arm: str) -> Takeover:
    partners, customers = findings.by_partners(results, arm), findings.by_customers(results, arm)
    return findings.takeover(results, partners, customers)


def _since(week: int, horizon: int) -> str:
    """From the end of the week, or of the month in which that is, on."""
    if horizon < 2 * findings.QUARTER:
        return f"from the end of week{NBSP}{week} on"
    return f"from the end of month{NBSP}{math.ceil(week / findings.MONTH - 1e-9)} on"


def _range(results: Results, arm: str) -> str:
    won = results.series(arm, "won").sum(axis=1)
    if len(won) < findings.FEW:
        return number(float(won.mean()))
    low, high = np.quantile(won, [0.05, 0.95])
    return f"{number(float(won.mean()))} (90{NBSP}%: {number(low)}–{number(high)})"


def _compared(results: Results) -> list[str]:
    """The arms that get bands: all of up to three, else the two compared; none of few worlds."""
    if findings.worlds(results) < findings.FEW:
        return []
    if len(results.arms) <= 3:
        return list(results.arms)
    lead = findings.lead(results)
    return [lead.baseline, lead.arm]


def _named(results: Results, crossing: Crossing | None) -> list[str]:
    """What the bands are, where there are any, and how sure a lead is that is told of."""
    arm = findings.partner_arm(results.scenario)
    told = ["bands: middle 50 % and 90 % of worlds’ outcomes"] if _compared(results) else []
    if crossing or (arm is not None and _takeover(results, arm).kind == "settled"):
        told.append(f"“from … on”: 95{NBSP}% sure, all weeks together")
    return told


def _bands(area: Axes, results: Results, at: list[int], totals: dict[str, Floats]) -> None:
    colours = roles.colours(results.scenario)
    for arm in _compared(results):
        for low, high, alpha in ((0.05, 0.95, 0.13), (0.25, 0.75, 0.22)):
            edges = np.quantile(totals[arm], [low, high], axis=0)
            area.fill_between(at, *edges, color=colours[arm].fill, alpha=alpha, linewidth=0)


def _high(results: Results, totals: dict[str, Floats]) -> float:
    tops = [np.quantile(totals[arm][:, -1], 0.95) for arm in _compared(results)]
    means = [total[:, -1].mean() for total in totals.values()]
    return float(max([*tops, *means]) * 1.05 or 1.0)


def _lines(area: Axes, results: Results, at: list[int], totals: dict[str, Floats]) -> None:
    colours = roles.colours(results.scenario)
    for arm, total in totals.items():
        mean = total.mean(axis=0)
        area.plot(at, mean, color="white", linewidth=7.5)
        area.plot(at, mean, color=colours[arm].fill)


def _time(area: Axes, horizon: int) -> None:
    if horizon < 2 * findings.QUARTER:
        unit, last, word = 1.0, float(horizon), "weeks"
    elif horizon <= 6 * findings.YEAR:
        unit, last, word = findings.MONTH, horizon / findings.MONTH, "months"
    else:
        unit, last, word = float(findings.YEAR), horizon / findings.YEAR, "years"
    step = _step(last)
    values = np.arange(0, last + 1e-9, step)
    labels = ["start", *(f"{value:g}" for value in values[1:])]
    if len(labels) > 1:
        labels[1] += f"{NBSP}{word[:-1] if step == 1 else word}"
    area.set_xticks(values * unit, labels)
    area.set_xlim(0, horizon)
    area.tick_params(axis="x", length=6, width=1.5)


def _step(last: float) -> float:
    steps = (1, 2, 3, 6, 12, 24, 50, 100)
    return float(next((step for step in steps if last / step <= 6), 1000))


class Label(NamedTuple):
    """What stands at the end of a line: the arm's name and under it what it comes to."""

    name: list[str]
    value: str
    size: float


def _label(results: Results, arm: str, room: float) -> Label:
    if len(results.arms) > MANY:
        won = number(float(results.series(arm, "won").sum(axis=1).mean()))
        return Label([f"{style.shortened(name(arm), room - 60, 13, bold=True)} {won}"], "", 13)
    lines = style.wrapped(name(arm), room, 18, 2 if len(results.arms) <= 4 else 1, bold=True)
    return Label(lines, style.shortened(_range(results, arm), room, 15), 18)


def _room(results: Results) -> float:
    """Points that the labels at the ends of lines need, within reason."""
    values = max(style.measured(_range(results, arm), 15) for arm in results.arms)
    names = max(style.measured(name(arm), 18, bold=True) for arm in results.arms)
    return min(max(values, min(names, 250)) + 2, 320)


def _ends(area: Axes, results: Results, totals: dict[str, Floats]) -> None:
    box, high, room = area.get_position(), area.get_ylim()[1], _room(results)
    unit = high / (box.height * style.HEIGHT)
    arms = list(totals)[:MOST_LABELS]
    labels = [_label(results, arm, room) for arm in arms]
    tall = [(len(one.name) * one.size * 1.2 + (26 if one.value else 3)) * unit for one in labels]
    wanted = [float(totals[arm][:, -1].mean()) for arm in arms]
    places = style.apart(wanted, tall, -24 * unit, high + 10 * unit)
    colours = roles.colours(results.scenario)
    for arm, label, y, height in zip(arms, labels, places, tall, strict=True):
        top = box.y0 + (y + height / 2) / high * box.height
        _end(area, label, top, colours[arm].text)


def _end(area: Axes, label: Label, top: float, colour: str) -> None:
    x = area.get_position().x1 + GAP
    more: dict[str, Any] = {"va": "top", "linespacing": 1.1}
    head = style.write(area.figure, x, top, label.name, label.size, colour, bold=True, **more)
    if label.value:
        under = style.bottom(head) - 3 / style.HEIGHT
        style.write(area.figure, x, under, label.value, 15, colour, **more)


def _crossing(results: Results, means: dict[str, Floats]) -> Crossing | None:
    """The takeover to tell of: of the arm that ends highest, the last one that is settled."""
    best = max(means, key=lambda arm: means[arm][-1])
    found = []
    for other in (arm for arm in means if arm != best):
        behind = max(0.0, float((means[other] - means[best]).max()))
        if behind <= VISIBLE * means[best][-1]:
            continue
        won = results.series(best, "won")
        when = findings.takeover(results, won, results.series(other, "won"))
        if when.kind == "settled":
            height = float(won[:, : when.week].sum(axis=1).mean())
            found.append(Crossing(when.week, height, best, other))
    return max(found, default=None, key=lambda crossing: crossing.week)


def _mark(area: Axes, crossing: Crossing, means: dict[str, Floats], at: list[int]) -> None:
    """A ring where the lead is settled, and words to the left of it, above every line."""
    high, box = area.get_ylim()[1], area.get_position()
    area.plot(
        crossing.week, crossing.height, "o", ms=15, mfc="white", mec=style.INK, mew=3.5, zorder=5
    )
    said = f"{name(crossing.winner)} leads {name(crossing.loser)}"
    lines = style.wrapped(f"{said} {_since(crossing.week, at[-1])}", 270, 17, 3, balanced=True)
    wide = max(style.measured(line, 17) for line in lines) / (box.width * style.WIDTH) * at[-1]
    x = max(crossing.week - 0.07 * at[-1] - wide, 0.02 * at[-1])
    before = [week <= max(crossing.week, x + wide) for week in at]
    ceiling = max(float(mean[before].max()) for mean in means.values())
    y = min(max(ceiling, crossing.height + 0.06 * high) + 0.1 * high, 0.8 * high)
    area.plot(
        [min(x + wide * 0.8, crossing.week), crossing.week],
        [y - 0.02 * high, crossing.height + 0.03 * high],
        color=style.INK,
        linewidth=2,
        zorder=4,
    )
    style.write(area, x, y, lines, 17, halo=True, va="bottom", linespacing=1.2)
