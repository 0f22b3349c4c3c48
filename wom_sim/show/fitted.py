"""A fit in words, as a table, and as a figure: observed beside simulated, before and after."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from wom_sim.show import style
from wom_sim.show.style import Axes, Figure
from wom_sim.show.swept import words
from wom_sim.show.text import clean, level, middle
from wom_sim.show.wording import NBSP, counted, name, number
from wom_sim.study.results import Agreement, Fit

BAND, BEFORE, AFTER, OBSERVED, OUT = "#DCDCDC", "#E69F00", "#0072B2", "#222222", "#B3261E"
GAP = 2
NAME_ROOM = 40
NAMES, VALUES = 475.0, 250.0
"""Points at the left for the names, and at the right for the numbers."""
MOST_NAMED = 2
"""Most missed quantities that the headline names."""
MOST_LINES = 14
"""Most quantities that are drawn; those outside come first."""
SIDE = 1.0
"""Widths of the grey band that are drawn on each side of it; what lies farther is at the edge."""


def headline(fit: Fit) -> str:
    """The fit's message: held out quantities where there are any, or else those fitted to."""
    held = [one for one in fit.agreements if one.held_out]
    used = [one for one in fit.agreements if not one.held_out]
    agreeing = f"The fitted business agrees with {_of(used)} fitted to"
    if not held:
        return f"{agreeing}; nothing was held out to test it"
    missed = [one for one in held if not one.inside]
    if not missed:
        return f"{agreeing} and predicts {_of(held)} held out"
    if len(missed) > MOST_NAMED:
        return f"{agreeing} but misses {len(missed)} of {len(held)} numbers held out"
    return f"{agreeing} but misses {', '.join(label(one) for one in missed)}, held out"


def _of(some: Sequence[Agreement]) -> str:
    inside = sum(one.inside for one in some)
    if len(some) == 1:
        return "the one number" if inside else "not even the one number"
    if inside == len(some):
        return f"all {len(some)} numbers"
    return f"{inside or 'none'} of {len(some)} numbers"


def which_identified(fit: Fit) -> str:
    """Which of the parameters the observations tell, and which they leave as they were."""
    known = [one.name for one in fit.moved if one.identified]
    if not known:
        return "No parameter is identified: each range touches an end of what was assumed"
    if len(known) == len(fit.moved):
        one = len(known) == 1
        return f"{'The parameter' if one else 'All parameters'} moved {'is' if one else 'are'}" \
            " identified"
    return (f"Identified: {', '.join(map(clean, known))}; the other ranges touch an end of what"
            " was assumed")


def series_used(fit: Fit) -> Iterator[str]:
    """How each weekly series enters the fit."""
    known = fit.scenario.observed
    for one in known.series if known else ():
        spans, weeks = len(one.spans), one.weeks[-1] - one.weeks[0] + 1
        each = f"{counted(spans, 'mean')} over about {counted(round(weeks / spans), 'week')}"
        yield (f"The series {words(one.name)} is used as {each}{' each' * (spans > 1)}, not week by"
               " week; how these scatter and go together is taken from single simulated"
               " businesses")


def label(one: Agreement) -> str:
    """A quantity's name, with its unit where that is not in it."""
    name = words(one.name)
    return name.replace(" weeks ", " a week, weeks ", 1) if one.unit.endswith("a week") else name


def alt(fit: Fit) -> str:
    """The figure in words, for those who cannot see it."""
    told = "; ".join(
        f"{words(one.name)} observed {shown(one.observed)}, simulated {shown(one.before)} before"
        f" and {shown(one.after)} after" for one in fit.agreements
    )
    return f"{headline(fit)}. A line for each quantity: {told}."


def table(fit: Fit) -> Iterator[str]:
    """Every quantity: observed, simulated before and after, and what one business may have."""
    heads = ["", "observed", "before", "after", "predicted (95 %)", ""]
    rows = [
        [label(one), shown(one.observed), shown(one.before), shown(one.after),
         f"{shown(one.low)} to {shown(one.high)}", _verdict(one)]
        for one in fit.agreements
    ]
    yield from _table(heads, rows)


def moved_table(fit: Fit) -> Iterator[str]:
    """Every parameter moved: its value before and after, and its range."""
    heads = ["", "start", "fitted", "range (95 %)", ""]
    yield from _table(heads, [
        [middle(clean(one.name), NAME_ROOM), f"{one.start:.4g}", f"{one.fitted:.4g}",
         f"{one.low:.4g} to {one.high:.4g}", "identified" if one.identified else "not identified"]
        for one in fit.moved
    ])


def shown(value: float) -> str:
    """Three significant digits; a dash if unknown."""
    return number(value) if value >= 100 or not math.isfinite(value) else f"{value:.3g}"


def _verdict(one: Agreement) -> str:
    return ("inside" if one.inside else "OUTSIDE") + (", held out" if one.held_out else "")


def _table(heads: list[str], rows: list[list[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        yield from (line.rstrip() for line in level([[cell] for cell in row], widths, GAP))


@style.look()
def draw(fit: Fit) -> Figure:
    """A line for each quantity, on its own scale: grey is what one business may have after it."""
    shown_here = drawn(fit)
    page = style.page(
        headline(fit),
        "Diamond: observed, with its stated error. Circles: simulated before (hollow) and after"
        f" the fit. Grey: 95{NBSP}% of single simulated businesses.{_left_out(fit)}",
        _source(fit),
    )
    left, right = style.LEFT + NAMES / style.WIDTH, style.RIGHT - VALUES / style.WIDTH
    area = style.axes(page.figure, left, style.FLOOR, right - left, page.top - style.FLOOR)
    area.set_xlim(-SIDE - 0.1, 1 + SIDE + 0.1)
    area.set_ylim(len(shown_here) - 0.4, -0.9)
    area.grid(visible=False)
    area.set_xticks([])
    area.set_yticks([])
    area.spines["bottom"].set_visible(False)
    style.write(area, 1 + SIDE + 0.2, -0.7, "observed, before → after", style.TICK, style.SOFT,
                va="center", ha="left")
    for row, one in enumerate(shown_here):
        _line(area, row, one)
    return page.figure


def drawn(fit: Fit) -> list[Agreement]:
    """The quantities that the figure shows, in their order: all, or those outside before others."""
    first = sorted(fit.agreements, key=lambda one: (one.inside, not one.held_out))[:MOST_LINES]
    return [one for one in fit.agreements if one in first]


def _left_out(fit: Fit) -> str:
    more = len(fit.agreements) - MOST_LINES
    return f" {more} more in observed.csv." if more > 0 else ""


def _source(fit: Fit) -> str:
    return " · ".join([
        f"Simulated scenario {name(fit.scenario.stem)}",
        f"{counted(len(fit.moved), 'assumed parameter')} moved",
        f"{counted(len(fit.design.rows), 'point')} of {counted(fit.worlds, 'world')},"
        f" {counted(fit.final_worlds, 'world')} before and after, same luck",
        "each line has its own scale; what lies far off stands at its edge",
    ])


def _line(area: Axes, row: int, one: Agreement) -> None:
    width = one.high - one.low or max(abs(one.observed - one.low), 1e-12)

    def at(value: float) -> float:
        return min(1 + SIDE, max(-SIDE, (value - one.low) / width))

    right = at(one.high)
    area.barh(row, right, left=0.0, height=0.42, color=BAND, zorder=1)
    error = [at(one.observed - one.give_or_take), at(one.observed + one.give_or_take)]
    area.plot(error, [row, row], color=OBSERVED, linewidth=3, zorder=2)
    area.plot(at(one.before), row, "o", color="white", markeredgecolor=BEFORE, markeredgewidth=3,
              markersize=13, zorder=3)
    area.plot(at(one.after), row, "o", color=AFTER, markersize=13, zorder=4)
    area.plot(at(one.observed), row, "D", color=OBSERVED if one.inside else OUT, markersize=11,
              zorder=5)
    ends = ((one.low, 0.0), (one.high, right))
    for value, place in ends if one.low < one.high else ends[:1]:
        style.write(area, place, row + 0.25, shown(value), style.SMALL, style.SOFT, va="top",
                    ha="right" if place == 0.0 else "left")
    text = label(one) + (" (held out)" if one.held_out else "")
    style.write(area, -SIDE - 0.2, row, text, style.TICK, va="center", ha="right")
    told = f"{shown(one.observed)}, {shown(one.before)} → {shown(one.after)}"
    style.write(area, 1 + SIDE + 0.2, row, told, style.TICK, va="center", ha="left",
                colour=style.INK if one.inside else OUT)
