"""How many partners it takes to bring more clients than all customers together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wom_sim.scenario.dump import flat
from wom_sim.scenario.registry import figures
from wom_sim.show import findings, roles, sayings, style
from wom_sim.show.answers import named, of_arm
from wom_sim.show.shape import Numbers
from wom_sim.show.style import Axes, Figure
from wom_sim.show.swept import shown
from wom_sim.show.wording import NBSP, counted, few, name, number, quoted, span
from wom_sim.study.results import Floats, Mapped, Swept

COUNT = "partners.count"
CLAIMED = (1, 2)
"""What the articles say it takes: one or two partners (003)."""
MOST_SHOWN = 14
WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
         "eleven", "twelve")
LABELS, NAMES = 170.0, 190.0
"""Points at the left for the names of rows, and at the right for those of bars and band."""
CHIP, PLAIN = roles.PARTNERS.fill, "#EDEDED"


class Counts(NamedTuple):
    """Clients won in each world by so many partners and by all customers.

    counts: (n,), ascending; partners and customers: (n, worlds). `where` says at which value of a
    second name that was swept, empty if there is none.
    """

    arm: str
    counts: Sequence[int]
    partners: Floats
    customers: Floats
    where: str


def headline(results: Mapped) -> str:
    """The figure's message."""
    return title(_counts(results.swept))


def title(told: Counts) -> str:
    """From how many partners on they surely bring more, by means two standard errors apart."""
    worlds = told.partners.shape[1]
    if worlds < findings.FEW:
        return f"{few(worlds)} to say how many partners it takes"
    if not told.partners.any() and not told.customers.any():
        return "Neither partners nor customers bring any client"
    sides = [findings.clear(gap) for gap in told.partners - told.customers]
    ahead = _from(sides)
    most = _many(told.counts[-1])
    if ahead is None:
        if sides[-1] < 0 or not told.partners[-1].any():
            verb = "brings" if told.counts[-1] == 1 else "bring"
            return f"Not even {most} {verb} more clients than all customers together"
        return (f"It is not settled whether {most} can bring more clients than all customers"
                " together")
    count = told.counts[ahead]
    if count in CLAIMED:
        verb = "is" if count == 1 else "are"
        return (f"Here {_many(count)} {verb} enough to bring more clients than all customers"
                " together")
    if ahead and told.counts[ahead - 1] < count - 1:
        return (f"Here it takes more than {_many(told.counts[ahead - 1])} to bring more clients"
                f" than all customers together; {_word(count)} are enough")
    return (f"Here it takes {_many(count)}{NBSP}– not one or two{NBSP}– to bring more clients than"
            " all customers together")


def _from(sides: Sequence[int]) -> int | None:
    """The first place from which on every side is 1; None if the last is not."""
    others = [k for k, side in enumerate(sides) if side != 1]
    start = others[-1] + 1 if others else 0
    return start if start < len(sides) else None


def _word(count: int) -> str:
    return WORDS[count] if count < len(WORDS) else f"{count:,}"


def _many(count: int) -> str:
    return f"{_word(count)} partner{'' if count == 1 else 's'}"


def alt(results: Mapped) -> str:
    """The figure in words, for those who cannot see it."""
    told = _counts(results.swept)
    some = sorted({0, len(told.counts) // 2, len(told.counts) - 1})
    parts = "; ".join(
        f"{_many(told.counts[k])}: {number(float(np.median(told.partners[k])))} clients, ahead in"
        f" {_ahead(told)[k]} of {told.partners.shape[1]} worlds" for k in some
    )
    customers = number(float(np.median(told.customers[-1])))
    return (f"{headline(results)}. Interval bars of clients won through partners by their number,"
            f" over a band of those won through customers (median {customers}): {parts}.")


def sentence(results: Mapped) -> str:
    """How to read it."""
    return ("Thick bars hold the middle half of the worlds, thin ones 90 of 100; the chips below"
            " count the worlds in which partners bring more than all customers.")


def numbers(results: Mapped) -> Numbers:
    """Medians and how often partners are ahead, by their number."""
    told = _counts(results.swept)
    rows = [
        (count, number(float(np.median(own))), number(float(np.median(others))), f"{won} of"
         f" {len(own)}")
        for count, own, others, won in zip(
            told.counts, told.partners, told.customers, _ahead(told), strict=True)
    ]
    heads = ("partners", "clients through partners (median)", "through customers (median)",
             "partners ahead")
    return Numbers(heads, tuple(rows))


def fits(results: Mapped) -> bool:
    """Whether the number of partners is swept, alone or with one more number."""
    sweep = results.swept.scenario.sweep
    names = [of_arm(results.swept, one)[1] for one in results.swept.design.columns]
    known = {"won_by_partners", "won_by_customers"} <= {o.name for o in results.swept.outcomes}
    return sweep is not None and sweep.is_numeric_grid and COUNT in names and known


@figures.register(
    "howmany", headline=headline, alt=alt, sentence=sentence, numbers=numbers, of="sweep",
    fits=fits, needs="a sweep over partners.count, such as sweep: {partners.count: [0, 1, 2, 3, 4,"
    " 6, 8]}: python -m wom_sim sweep FILE",
)
@style.look()
def draw(results: Mapped) -> Figure:
    """Clients through partners by their number, against those through all customers."""
    told = _thinned(_counts(results.swept))
    worlds = told.partners.shape[1]
    horizon = span(results.swept.scenario.weeks)
    where = f", where {told.where}" if told.where else ""
    sheet = style.page(
        headline(results),
        f"Clients won in {horizon} by {quoted(told.arm)}: through its partners (bars) and through"
        f" all its customers (orange){where}",
        f"Simulated scenario {name(results.swept.scenario.stem)} · {counted(worlds, 'world')} each,"
        f" same luck · {horizon} · bars and bands: middle 50{NBSP}% and 90{NBSP}% of worlds’"
        " outcomes; line across: median",
    )
    low = style.FLOOR + 106 / style.HEIGHT
    left = style.LEFT + LABELS / style.WIDTH
    width = style.RIGHT - NAMES / style.WIDTH - left
    area = style.axes(sheet.figure, left, low, width, sheet.top - low)
    high = float(max(np.quantile(told.partners, 0.95, axis=1).max(),
                     np.quantile(told.customers, 0.95, axis=1).max())) * 1.08 or 1.0
    _claim(area, told.counts, high)
    _band(area, told)
    _frame(area, told, high)
    for k, own in enumerate(told.partners):
        _bar(area, k, own)
    _chips(area, told)
    _names(area, told, high)
    return sheet.figure


def _counts(swept: Swept) -> Counts:
    columns = swept.design.columns
    place = next(k for k, one in enumerate(columns) if of_arm(swept, one)[1] == COUNT)
    arm = of_arm(swept, columns[place])[0] or findings.partner_arm(swept.scenario) or swept.arms[-1]
    points, where = _points(swept, place)
    points.sort(key=lambda point: float(swept.design.rows[point][place]))
    at = swept.arms.index(arm)
    counts = [int(swept.design.rows[point][place]) for point in points]
    return Counts(arm, counts, swept.value("won_by_partners")[points, at],
                  swept.value("won_by_customers")[points, at], where)


def _points(swept: Swept, place: int) -> tuple[list[int], str]:
    """The points of one value of the other name: the scenario's own, or else the middle one."""
    rows, columns = swept.design.rows, swept.design.columns
    if len(columns) == 1:
        return list(range(len(rows))), ""
    other = 1 - place
    values = sorted({float(row[other]) for row in rows})
    own = flat(swept.scenario.base.model_dump()).get(of_arm(swept, columns[other])[1])
    near = [value for value in values if isinstance(own, (int, float)) and math.isclose(value, own)]
    value = near[0] if near else values[len(values) // 2]
    points = [k for k, row in enumerate(rows) if float(row[other]) == value]
    told = named(swept, columns[other])
    return points, sayings.known(told, value)[0] or f"{told} is {shown(value)}"


def _thinned(told: Counts) -> Counts:
    """At most `MOST_SHOWN` counts, evenly chosen."""
    many = len(told.counts)
    kept = np.unique(np.linspace(0, many - 1, min(many, MOST_SHOWN)).round().astype(int)).tolist()
    return told._replace(counts=[told.counts[k] for k in kept], partners=told.partners[kept],
                         customers=told.customers[kept])


def _ahead(told: Counts) -> list[int]:
    """Worlds in which partners bring more, by their number."""
    found: list[int] = (told.partners > told.customers).sum(axis=1).tolist()
    return found


def _claim(area: Axes, counts: Sequence[int], high: float) -> None:
    """Shade what the articles claim, and quote it."""
    places = [k for k, count in enumerate(counts) if count in CLAIMED]
    if not places:
        return
    area.axvspan(places[0] - 0.5, places[-1] + 0.5, color="#F1F1F1", linewidth=0, zorder=0)
    wide = area.get_position().width * style.WIDTH / len(counts) * len(places)
    lines = ["the claim:", "“one or two”"] if style.measured("“one or two”", 15) < wide - 6 else []
    middle = (places[0] + places[-1]) / 2
    if lines:
        style.write(area, middle, high * 0.985, lines, 15, style.SOFT, ha="center", va="top",
                    halo=True, fontstyle="italic", zorder=6)


def _band(area: Axes, told: Counts) -> None:
    x = np.arange(len(told.counts))
    wide = np.concatenate([[-0.5], x, [x[-1] + 0.5]])
    for low, high, alpha in ((0.05, 0.95, 0.16), (0.25, 0.75, 0.3)):
        edges = np.quantile(told.customers, [low, high], axis=1)
        area.fill_between(wide, *np.pad(edges, ((0, 0), (1, 1)), mode="edge"),
                          color=roles.CUSTOMERS.fill, alpha=alpha, linewidth=0, zorder=1)
    median = np.pad(np.median(told.customers, axis=1), 1, mode="edge")
    area.plot(wide, median, color=roles.CUSTOMERS.fill, zorder=1)


def _bar(area: Axes, k: int, own: Floats) -> None:
    q05, q25, q50, q75, q95 = np.quantile(own, [0.05, 0.25, 0.5, 0.75, 0.95])
    fill = roles.PARTNERS.fill
    if not own.any():
        area.plot(k, 0, "o", ms=12, color=fill, zorder=3, clip_on=False)
        return
    area.plot([k, k], [q05, q95], color=fill, linewidth=6, alpha=0.5, solid_capstyle="butt",
              zorder=3)
    area.plot([k, k], [q25, q75], color=fill, linewidth=18, solid_capstyle="butt", zorder=3)
    tall = (q75 - q25) / area.get_ylim()[1] * area.get_position().height * style.HEIGHT
    # A white line would hide a bar that is hardly taller than itself.
    area.plot(k, q50, "_", ms=18 if tall > 14 else 26, mew=3.5, zorder=4,
              color="white" if tall > 14 else fill)


def _frame(area: Axes, told: Counts, high: float) -> None:
    style.scale(area, 0, high)
    area.set_xlim(-0.5, len(told.counts) - 0.5)
    area.set_xticks(range(len(told.counts)), [f"{count:,}" for count in told.counts])
    area.tick_params(axis="x", length=0, pad=10)
    box = area.get_position()
    style.write(area.figure, style.LEFT, box.y0 - 14 / style.HEIGHT, "Partners", 16, style.SOFT,
                va="top")


def _chips(area: Axes, told: Counts) -> None:
    """Below each count, in how many worlds partners bring more than customers."""
    from matplotlib.patches import FancyBboxPatch

    figure, box, worlds = area.figure, area.get_position(), told.partners.shape[1]
    y = box.y0 - 72 / style.HEIGHT
    step = box.width / len(told.counts)
    size = 16 if step * style.WIDTH > 60 else 13
    wide = (max(style.measured(str(won), size, True) for won in _ahead(told)) + 16) / style.WIDTH
    style.write(figure, style.LEFT, y, ["Partners ahead in", f"… of {worlds:,} worlds"], 14,
                style.SOFT, va="center", linespacing=1.15)
    for k, won in enumerate(_ahead(told)):
        x, more = box.x0 + (k + 0.5) * step, 2 * won > worlds
        figure.add_artist(FancyBboxPatch(
            (x - wide / 2, y - 15 / style.HEIGHT), wide, 30 / style.HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.006", mutation_aspect=style.WIDTH / style.HEIGHT,
            facecolor=CHIP if more else PLAIN, edgecolor="none", transform=figure.transFigure,
        ))
        style.write(figure, x, y, f"{won:,}", size, "white" if more else style.INK, bold=more,
                    ha="center", va="center_baseline", zorder=5)


def _names(area: Axes, told: Counts, high: float) -> None:
    """Right of the area what the last bar and the band are, with their medians."""
    box = area.get_position()
    unit = high / (box.height * style.HEIGHT)
    ends = (told.partners[-1], told.customers[-1])
    heads = (f"{told.counts[-1]:,} partner{'' if told.counts[-1] == 1 else 's'}:",
             "All customers:")
    medians = [float(np.median(own)) for own in ends]
    places = style.apart(medians, [52 * unit] * 2, 0, high)
    for head, middle, y, colour in zip(heads, medians, places,
                                       (roles.PARTNERS, roles.CUSTOMERS), strict=True):
        style.write(area.figure, box.x1 + 14 / style.WIDTH, box.y0 + y / high * box.height,
                    [head, counted(middle, "client")], 18, colour.text, bold=True, va="center",
                    linespacing=1.15)
