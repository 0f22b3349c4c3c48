"""One business drawn as a butterfly: customers and their hearers left, partners right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wom_sim.scenario.registry import figures
from wom_sim.show import findings, roles, story, style
from wom_sim.show.shape import Numbers
from wom_sim.show.story import NEVER, Count, Person, Side
from wom_sim.show.style import Axes, Figure
from wom_sim.show.wording import NBSP, counted, name, number, span
from wom_sim.study.results import Floats, Results

GOLDEN = 0.6180339887
CROSS = "\N{MULTIPLICATION X}"
LEGEND = (
    "● the business",
    "○ customers, whom they told",
    "□ partners, whom they sent",
    f"{CROSS} heard a bad story",
)
EMPTY, FAINT = "#D2D2D2", "#EDEDED"


def headline(results: Results) -> str:
    """The figure's message."""
    arm = _arm(results)
    if arm is None:
        return title(None, 0, "")
    told = results.stories[arm]
    count = story.count(told)
    return title(count, len(story.partners(told)), span(findings.weeks(results)))


def title(count: Count | None, partners: int, horizon: str) -> str:
    """What the story comes to; `count` is None where no story was kept."""
    if count is None:
        return "No story of a single business was kept in this run"
    if not any(count):
        return f"In {horizon}, nobody is won and nobody hears a bad story"
    if partners:
        sent = f"{counted(count.partners, 'client')} won through {counted(partners, 'partner')}"
        through = f"{sent}, {number(count.customers)}{NBSP}through customers"
    else:
        through = f"{counted(count.customers, 'client')} won through customers"
    heard = "nobody hears" if not count.bad else _hear(count.bad)
    return f"One business in {horizon}: {through}{NBSP}– and {heard} a bad story"


def alt(results: Results) -> str:
    """The figure in words, for those who cannot see it."""
    arm = _arm(results)
    if arm is None:
        return f"{headline(results)}."
    count = story.count(results.stories[arm])
    return (
        f"{headline(results)}. A map of one simulated business under {name(arm)} at four moments:"
        f" customers and the people they told on the left, partners and the people they sent on"
        f" the right. Clients won through customers: {number(count.customers)}, through partners:"
        f" {number(count.partners)}, otherwise: {number(count.others)}; {number(count.bad)} people"
        " hear a bad story."
    )


def sentence(results: Results) -> str:
    """How to read it."""
    return ("One business chosen because its world is the middle"
            " one: it shows how stories and referrals travel, not how often.")


def numbers(results: Results) -> Numbers:
    """What the business has come to at each of the moments shown."""
    arm, horizon = _arm(results), findings.weeks(results)
    told = [] if arm is None else results.stories[arm]
    rows = [
        (_when(week), *map(number, story.count(story.until(told, week, horizon))))
        for week in moments(horizon)
    ]
    heads = ("after", "won via customers", "won via partners", "came otherwise",
             "heard a bad story")
    return Numbers(heads, tuple(rows) if told else ())


@figures.register("network", headline=headline, alt=alt, sentence=sentence, numbers=numbers)
@style.look()
def draw(results: Results) -> Figure:
    """The business in the median world of an arm, at four moments."""
    arm = _arm(results)
    if arm is None:
        return style.page(
            headline(results), "Run again with stories to see one", style.source(results)
        ).figure
    told, horizon = results.stories[arm], findings.weeks(results)
    left, right = story.left(told), story.right(told)
    sheet = style.page(
        headline(results),
        f"{NBSP * 3} ".join(entry.replace(" ", NBSP) for entry in LEGEND),
        style.source(results, *_said(results, arm, left, right)),
    )
    since = 0
    for place, week in enumerate(moments(horizon)):
        area = _still(sheet, place)
        _map(area, left, right, since, week if week < horizon else NEVER)
        _captions(area, week, story.count(story.until(told, week, horizon)))
        since = week
    return sheet.figure


def moments(horizon: int) -> list[int]:
    """Four weeks to stop at: 1, 6, 12 months and the end, or shares of a shorter run."""
    if horizon >= 18 * findings.MONTH:
        return [round(month * findings.MONTH) for month in (1, 6, 12)] + [horizon]
    return sorted({max(1, round(horizon * share)) for share in (1 / 8, 1 / 4, 1 / 2, 1)})


def _hear(people: int) -> str:
    return f"1{NBSP}person hears" if people == 1 else f"{people:,}{NBSP}people hear"


def _arm(results: Results) -> str | None:
    """The arm with most hours for partners, else the last; another only if that has no story."""
    wanted = findings.partner_arm(results.scenario) or results.arms[-1]
    arms = (wanted, *reversed(results.arms))
    return next((arm for arm in arms if results.stories.get(arm)), None)


def _said(results: Results, arm: str, left: Side, right: Side) -> list[str]:
    hidden, unseen = left.hidden + right.hidden, left.unseen + right.unseen
    people = len(left.people) + len(right.people)
    said = [f"one business, in the median world of {name(arm)}", "dark lines: new"]
    if hidden:
        said.append(f"{people} of {people + hidden:,} people drawn, those won first")
    if unseen:
        said.append(f"{unseen:,} tellers not drawn")
    return said


def _still(sheet: style.Page, place: int) -> Axes:
    cell = (sheet.top + 8 / style.HEIGHT - style.FLOOR) / 2
    low = style.FLOOR + cell * (1 - place // 2) + 48 / style.HEIGHT
    height = cell - 86 / style.HEIGHT
    area = style.axes(sheet.figure, style.LEFT + 0.49 * (place % 2), low, 0.45, height)
    area.set_axis_off()
    area.set_xlim(-1, 1)
    area.set_ylim(-0.03, 1.03)
    return area


def _map(area: Axes, left: Side, right: Side, since: float, now: float) -> None:
    area.plot(0, 0.5, "o", ms=30, color=style.INK, zorder=5)
    for side, out, colour, mark in (
        (left, -1, roles.CUSTOMERS, "o"),
        (right, 1, roles.PARTNERS, "s"),
    ):
        hubs = _hub_places(side, out)
        spots = _people_places(side, out)
        _threads(area, [((0.0, 0.5), spot) for spot in hubs.values()], style.GRID, 1.0)
        _edges(area, side, hubs, spots, colour, since, now)
        _people(area, side.people, spots, colour, now)
        size = min(15.0, 150 / max(len(hubs), 1)) if out > 0 else min(9.0, 260 / max(len(hubs), 1))
        x, y = np.array(list(hubs.values()) or np.zeros((0, 2))).T
        area.plot(
            x,
            y,
            mark,
            ms=max(size, 5.0),
            mfc="white",
            mec=colour.fill,
            mew=2.6,
            zorder=4,
            linestyle="none",
        )


def _hub_places(side: Side, out: int) -> dict[int, tuple[float, float]]:
    n = len(side.hubs)
    return {
        hub: (out * (0.3 + 0.045 * (place % 2) * (n > 8)), 1 - (place + 0.5) / n)
        for place, hub in enumerate(side.hubs)
    }


def _people_places(side: Side, out: int) -> Floats:
    rank = np.arange(len(side.people))
    x = out * (0.46 + 0.52 * ((rank + 0.5) * GOLDEN % 1.0))
    return np.column_stack([x, 1 - (rank + 0.5) / max(len(rank), 1)])


def _edges(
    area: Axes,
    side: Side,
    hubs: dict[int, tuple[float, float]],
    spots: Floats,
    colour: roles.Colour,
    since: float,
    now: float,
) -> None:
    kinds: dict[tuple[str, float, float], list[Sequence[Sequence[float]]]] = {}
    for person, spot in zip(side.people, spots, strict=True):
        if person.hub in hubs:
            kinds.setdefault(_edge(person, colour, since, now), []).append((hubs[person.hub], spot))
    for (fill, width, alpha), lines in kinds.items():
        thin = min(1.0, max(0.45, 40 / len(lines)))
        _threads(area, lines, fill, width * thin, alpha * thin)


def _edge(
    person: Person, colour: roles.Colour, since: float, now: float
) -> tuple[str, float, float]:
    for week, fill in ((person.won, colour.fill), (person.bad, roles.BAD.fill)):
        if week < now:
            return (fill, 2.6, 1.0) if week >= since else (fill, 1.3, 0.35)
    return FAINT, 0.9, 1.0


def _threads(
    area: Axes,
    lines: Sequence[Sequence[Sequence[float]]],
    colour: str,
    width: float,
    alpha: float = 1.0,
) -> None:
    from matplotlib.collections import LineCollection

    area.add_collection(
        LineCollection(
            [np.array(line) for line in lines],
            colors=colour,
            linewidths=width,
            alpha=alpha,
            zorder=1 if colour in (FAINT, style.GRID) else 2,
        )
    )


def _people(
    area: Axes, people: Sequence[Person], spots: Floats, colour: roles.Colour, now: float
) -> None:
    won = np.array([p.won < now for p in people], dtype=bool)
    bad = np.array([p.bad < now for p in people], dtype=bool) & ~won
    size = 9.0 if len(people) <= 80 else 7.0
    for chosen, mark, fill, scale in (
        (~won & ~bad, "o", EMPTY, 0.8),
        (bad, "X", roles.BAD.fill, 1.15),
        (won, "o", colour.fill, 1.2),
    ):
        area.plot(
            spots[chosen, 0],
            spots[chosen, 1],
            mark,
            ms=size * scale,
            color=fill,
            mec="white",
            mew=0.6,
            linestyle="none",
            zorder=1.5 if fill == EMPTY else 3,
        )


def _captions(area: Axes, week: int, count: Count) -> None:
    """The moment above, and what it comes to below: customers left, partners right."""
    box, figure, size = area.get_position(), area.figure, 16
    up, line = 7 / style.HEIGHT, 22 / style.HEIGHT
    style.write(figure, box.x0, box.y1 + up, _when(week), 19, bold=True)
    for x, side, lines in (
        (
            box.x0,
            "left",
            (
                (f"{count.customers:,} won via customers", roles.CUSTOMERS),
                (f"{CROSS} {count.bad:,} heard a bad story", roles.BAD),
            ),
        ),
        (
            box.x1,
            "right",
            (
                (f"{count.partners:,} won via partners", roles.PARTNERS),
                (f"{count.others:,} came otherwise", roles.OTHER),
            ),
        ),
    ):
        for row, (text, colour) in enumerate(lines):
            style.write(
                figure,
                x,
                box.y0 - up - row * line,
                text,
                size,
                colour.text,
                bold=True,
                ha=side,
                va="top",
            )


def _when(week: int) -> str:
    months = week / findings.MONTH
    if week % findings.YEAR and week >= 4 and abs(months - round(months)) < 0.1:
        return counted(round(months), "month")
    return "12 months".replace(" ", NBSP) if week == findings.YEAR else span(week)
