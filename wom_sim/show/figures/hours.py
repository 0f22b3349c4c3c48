"""What clients cost in hours: clients won so far against hours spent on getting them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wom_sim.scenario.registry import figures
from wom_sim.show import findings, roles, style
from wom_sim.show.shape import Numbers
from wom_sim.show.style import Axes, Figure
from wom_sim.show.wording import NBSP, few, name, number, span
from wom_sim.study.results import Floats, Results, marks

PARTNERS = ("partners", "hours_partners", ("won_partner",))
ASKING = ("asking", "hours_asking", ("won_requested",))
CHANNELS = (PARTNERS, ASKING)
"""What hours are spent on, the hours, and the clients that this brings."""
MOST_LINES = 4
CIRCLE, ROOM = 26.0, 165.0
"""Points of a circle, and of the names at the ends of lines."""
NICE = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
"""Hours per client that lines may stand for."""


class Spent(NamedTuple):
    """Hours and clients of an arm so far, at the ends of months, each (worlds, months + 1)."""

    hours: Floats
    clients: Floats

    def per_client(self, start: int = 0, end: int = -1) -> float:
        """Hours per client between two months, of totals over worlds; infinite without any."""
        hours = float((self.hours[:, end] - self.hours[:, start]).sum())
        clients = float((self.clients[:, end] - self.clients[:, start]).sum())
        return hours / clients if clients > 0 else math.inf


class Box(NamedTuple):
    """A place on the page that is taken, in shares of it."""

    x0: float
    y0: float
    x1: float
    y1: float

    def over(self, other: Box) -> bool:
        """Whether two boxes have a place in common."""
        across = self.x0 < other.x1 and other.x0 < self.x1
        return across and self.y0 < other.y1 and other.y0 < self.y1


class Price(NamedTuple):
    """Hours per client: in the first year, the second (NaN in shorter runs), and in all."""

    first: float
    second: float
    whole: float


def headline(results: Results) -> str:
    """The figure's message."""
    partners, asking = (_price(results, channel) for channel in CHANNELS)
    return title(partners, asking, findings.worlds(results), findings.weeks(results))


def title(partners: Price | None, asking: Price | None, worlds: int, weeks: int) -> str:
    """What a client costs, a year against the next; None for what no arm spends hours on."""
    if partners is None and asking is None:
        return "No arm spends hours on asking or on partners"
    if worlds < findings.FEW:
        return f"{few(worlds)} to say what a client costs in hours"
    told = [
        f"a client through {what} costs {_costs(price, weeks)}"
        for what, price in (("partners", partners), ("asking", asking)) if price is not None
    ]
    if partners is not None and asking is not None and weeks >= 2 * findings.YEAR:
        years = (asking.first, asking.second)
        if all(map(math.isfinite, (*years, partners.first, partners.second))):
            told[1] = f"through asking {number(asking.first)} and {number(asking.second)}"
    told[1:] = [other.replace("a client", "one") for other in told[1:]]
    said = f"{NBSP}– ".join(told)
    return said[:1].upper() + said[1:]


def _costs(price: Price, weeks: int) -> str:
    """`10 hours in the first year, 4 in the second`."""
    if weeks < 2 * findings.YEAR:
        return _hours(price.whole) if math.isfinite(price.whole) else "hours, and none is won"
    if math.isinf(price.first) and math.isinf(price.second):
        return "hours, and none is won in two years"
    if math.isinf(price.first):
        return f"{_hours(price.second)} in the second year; in the first none is won"
    if math.isinf(price.second):
        return f"{_hours(price.first)} in the first year; in the second none is won"
    if number(price.first) == number(price.second):
        return f"{_hours(price.first)} in the first year and in the second"
    return f"{_hours(price.first)} in the first year, {number(price.second)} in the second"


def _hours(many: float) -> str:
    return f"{number(many)} {'hour' if number(many) == '1' else 'hours'}"


def alt(results: Results) -> str:
    """The figure in words, for those who cannot see it."""
    told = "; ".join(
        f"{name(arm)}: {number(float(spent.clients[:, -1].mean()))} clients for"
        f" {number(float(spent.hours[:, -1].mean()))} hours"
        for arm, spent in list(_spending(results).items())[:3]
    )
    return (f"{headline(results)}. Lines of clients won so far against hours spent so far, one an"
            f" arm, with circles for the months. In the end {told or 'nothing is spent'}.")


def sentence(results: Results) -> str:
    """How to read it."""
    return ("The steeper a line, the fewer hours a client costs; only hours for asking and partners"
            " count, and only the clients that these bring.")


def numbers(results: Results) -> Numbers:
    """Hours, clients and hours per client of every arm in the end."""
    rows = [
        (name(arm), number(float(spent.hours[:, -1].mean())),
         number(float(spent.clients[:, -1].mean())), _told(spent.per_client()))
        for arm, spent in _spending(results).items()
    ]
    return Numbers(("arm", "hours spent", "clients won by them", "hours per client"), tuple(rows))


@figures.register("hours", headline=headline, alt=alt, sentence=sentence, numbers=numbers)
@style.look()
def draw(results: Results) -> Figure:
    """Clients won through asking and partners, against the hours spent on both."""
    spending = dict(list(_spending(results).items())[:MOST_LINES])
    sheet = style.page(
        headline(results),
        f"Clients won so far through asking and partners, against hours spent on them so far, in"
        f" {span(findings.weeks(results))}",
        style.source(results, *_said(results, spending)),
    )
    if not spending:
        return sheet.figure
    high = max(_tops(results, spent) for spent in spending.values()) * 1.06 or 1.0
    far = max(float(spent.hours[:, -1].mean()) for spent in spending.values()) * 1.03
    low, left = style.FLOOR + 66 / style.HEIGHT, style.margin(0, high)
    width = style.RIGHT - (ROOM + 26) / style.WIDTH - left
    area = style.axes(sheet.figure, left, low, width, sheet.top - low - 8 / style.HEIGHT)
    area.set_xlim(0, far)
    style.scale(area, 0, high)
    _across(area, far)
    taken = _prices(area, far, high)
    colours = roles.colours(results.scenario)
    for arm, spent in spending.items():
        _line(area, spent, colours[arm], findings.worlds(results) >= findings.FEW)
    for arm, spent in spending.items():
        _circles(area, spent, colours[arm], taken)
    _names(area, spending, colours, taken)
    return sheet.figure


def _spending(results: Results) -> dict[str, Spent]:
    """The arms that spend hours on asking or partners, and what comes of that."""
    at = marks(findings.weeks(results))
    found = {}
    for arm in results.arms:
        parts = [(hours, won) for _, hours, won in CHANNELS if _any(results, arm, hours)]
        if parts:
            hours = findings.total(results, arm, [hours for hours, _ in parts])
            won = findings.total(results, arm, [one for _, won in parts for one in won])
            found[arm] = Spent(findings.running(hours, at), findings.running(won, at))
    return found


def _any(results: Results, arm: str, hours: str) -> bool:
    return bool(results.series(arm, hours).any())


def _price(results: Results, channel: tuple[str, str, tuple[str, ...]]) -> Price | None:
    """What a client costs through one channel, in the arm that spends most hours on it."""
    _, hours, won = channel
    means = {arm: float(results.series(arm, hours).sum(axis=1).mean()) for arm in results.arms}
    arm = max(means, key=lambda one: means[one])
    if not means[arm] > 0:
        return None
    weeks = findings.weeks(results)
    at = [0, min(findings.YEAR, weeks), min(2 * findings.YEAR, weeks), weeks]
    spent = Spent(findings.running(results.series(arm, hours), at),
                  findings.running(findings.total(results, arm, won), at))
    return Price(spent.per_client(0, 1), spent.per_client(1, 2), spent.per_client(0, 3))


def _tops(results: Results, spent: Spent) -> float:
    last = spent.clients[:, -1]
    if findings.worlds(results) < findings.FEW:
        return float(last.mean())
    return float(max(np.quantile(last, 0.95), last.mean()))


def _said(results: Results, spending: dict[str, Spent]) -> list[str]:
    idle = len(results.arms) - len(_spending(results))
    hidden = len(_spending(results)) - len(spending)
    unit = "weeks" if findings.weeks(results) < 2 * findings.QUARTER else "months"
    told = [f"lines: averages; circles: {unit}"] if spending else []
    if spending and findings.worlds(results) >= findings.FEW:
        told.append(f"bands: 90{NBSP}% of worlds’ outcomes")
    if spending and idle:
        told.append(f"{idle} {'arm spends' if idle == 1 else 'arms spend'} no such hours")
    return [*told, f"{hidden} more arms not shown"] if hidden else told


def _across(area: Axes, far: float) -> None:
    values = style.ticks(0, far, 7)
    area.set_xticks(values, [style.tick_label(value) for value in values])
    area.tick_params(axis="x", length=6, width=1.5)
    area.get_xticklabels()[0].set_horizontalalignment("left")
    box = area.get_position()
    style.write(area.figure, box.x0 + box.width / 2, box.y0 - 36 / style.HEIGHT,
                "hours spent so far on asking and partners", style.TICK, style.SOFT, ha="center",
                va="top")


def _prices(area: Axes, far: float, high: float) -> list[Box]:
    """Dotted lines of as many hours per client, each named where it leaves; where the names are."""
    box, steep, taken = area.get_position(), far / high, list[Box]()
    for price in [price for price in NICE if 0.3 * steep <= price <= 4 * steep][:3]:
        x, y = (far, far / price) if far / price <= high else (price * high, high)
        area.plot([0, x], [0, y], color=style.AXIS, linewidth=1.6, linestyle=(0, (1, 2.5)),
                  zorder=0)
        text = f"{price:g} h per client"
        wide, tall = style.measured(text, 14) / style.WIDTH, 20 / style.HEIGHT
        if y < 0.96 * high:
            at = Box(box.x1 + 8 / style.WIDTH, box.y0 + y / high * box.height - tall / 2, 0, 0)
        else:
            middle = min(box.x0 + x / far * box.width, style.RIGHT - wide / 2)
            at = Box(middle - wide / 2, box.y1 + 3 / style.HEIGHT, 0, 0)
        at = at._replace(x1=at.x0 + wide, y1=at.y0 + tall)
        taken.append(at)
        style.write(area.figure, at.x0, at.y0 + tall / 2, text, 14, style.SOFT, va="center")
    return taken


def _line(area: Axes, spent: Spent, colour: roles.Colour, band: bool) -> None:
    hours, clients = spent.hours.mean(axis=0), spent.clients.mean(axis=0)
    if band:
        low, high = np.quantile(spent.clients, [0.05, 0.95], axis=0)
        area.fill_between(hours, low, high, color=colour.fill, alpha=0.15, linewidth=0, zorder=1)
    area.plot(hours, clients, color="white", linewidth=7.5, zorder=2)
    area.plot(hours, clients, color=colour.fill, zorder=2)


def _circles(
    area: Axes, spent: Spent, colour: roles.Colour, taken: list[Box]
) -> None:
    """Four moments on a line, where there is room for them, with their months in them."""
    box = area.get_position()
    half = np.array([0.62 * CIRCLE / style.WIDTH, 0.62 * CIRCLE / style.HEIGHT])
    last = spent.hours.shape[1] - 1
    for share in (1.0, 0.75, 0.5, 0.25):
        k = round(share * last)
        place = np.array([spent.hours[:, k].mean(), spent.clients[:, k].mean()])
        on_page = np.array([box.x0, box.y0]) + place / [area.get_xlim()[1], area.get_ylim()[1]] * [
            box.width, box.height]
        here = Box(*(on_page - half), *(on_page + half))
        if k == 0 or any(here.over(other) for other in taken):
            continue
        taken.append(here)
        area.plot(*place.tolist(), "o", ms=CIRCLE, mfc="white", mec=colour.fill, mew=3, zorder=4,
                  clip_on=False)
        x, y = place.tolist()
        style.write(area, x, y, str(k), 13, colour.text, bold=True, ha="center",
                    va="center_baseline", zorder=5)


def _names(
    area: Axes, spending: dict[str, Spent], colours: dict[str, roles.Colour], taken: list[Box]
) -> None:
    """At the end of each line the arm and what a client costs it, clear of one another."""
    (_, far), (_, high), box = area.get_xlim(), area.get_ylim(), area.get_position()
    for arm, spent in spending.items():
        lines = style.wrapped(name(arm), ROOM, 16, 2, bold=True)
        price = _told(spent.per_client())
        wide = max(*(style.measured(line, 16, bold=True) for line in lines),
                   style.measured(price, 14)) / style.WIDTH
        tall = (len(lines) * 20 + 20) / style.HEIGHT
        x = box.x0 + float(spent.hours[:, -1].mean()) / far * box.width + 0.7 * CIRCLE / style.WIDTH
        middle = box.y0 + float(spent.clients[:, -1].mean()) / high * box.height
        top = _free(x, middle + tall / 2, wide, tall, (box.y0, box.y1 + 0.03), taken)
        taken.append(Box(x, top - tall, x + wide, top))
        ground = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1}
        head = style.write(area.figure, x, top, lines, 16, colours[arm].text, bold=True,
                           va="top", linespacing=1.1, bbox=ground)
        style.write(area.figure, x, style.bottom(head) - 2 / style.HEIGHT, price, 14,
                    colours[arm].text, va="top", bbox=ground)


def _free(
    x: float, wanted: float, wide: float, tall: float, ends: tuple[float, float],
    taken: Sequence[Box],
) -> float:
    """The top of a label nearest to `wanted`, between `ends`, where it is over nothing."""
    low, high = ends
    step = 4 / style.HEIGHT
    for k in range(200):
        for top in (wanted + k * step, wanted - k * step):
            here = Box(x, top - tall, x + wide, top)
            if low < here.y0 and top < high and not any(here.over(other) for other in taken):
                return top
    return wanted


def _told(price: float) -> str:
    return f"{number(price)} h per client" if math.isfinite(price) else "no client"
