"""How many people a story reaches: a dot a story, bad ones above good ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wom_sim.scenario.registry import figures
from wom_sim.show import findings, roles, style
from wom_sim.show.shape import Numbers
from wom_sim.show.style import Axes, Figure
from wom_sim.show.wording import name, number, span
from wom_sim.study.results import FOLLOWED, Floats, Results

ENOUGH = 5
"""Fewer stories of a kind than this say nothing of it."""
MOST_DOTS = 100
STRIP = 0.36
"""Half of a strip's height, where strips are 1 apart."""


class Reach(NamedTuple):
    """People that each bad and each good story reached, ascending."""

    bad: list[int]
    good: list[int]


def headline(results: Results) -> str:
    """The figure's message."""
    return title(_reach(results))


def title(reach: Reach | None) -> str:
    """What a typical story reaches, by the median; `reach` is None where no story was kept."""
    if reach is None:
        return "No story was kept in this run"
    if not reach.bad and not reach.good:
        return "Nobody tells a story here, good or bad"
    for kind, mine, others in (("bad", reach.bad, reach.good), ("good", reach.good, reach.bad)):
        if not mine:
            other = {"bad": "good", "good": "bad"}[kind]
            return f"No {kind} story is told here; a typical {other} one reaches {_people(others)}"
    few = [len(mine) for mine in reach if len(mine) < ENOUGH]
    if few:
        kind = "bad" if len(reach.bad) < ENOUGH else "good"
        many = len(reach.bad if kind == "bad" else reach.good)
        noun, verb = ("story", "was") if many == 1 else ("stories", "were")
        return f"Only {many} {kind} {noun} {verb} told, too few to compare what each kind reaches"
    if np.median(reach.bad) == np.median(reach.good):
        return f"A typical bad story reaches {_people(reach.bad)}, and so does a typical good one"
    return (f"A typical bad story reaches {_people(reach.bad)}, a typical good one"
            f" {number(float(np.median(reach.good)))}")


def _people(reached: Sequence[int]) -> str:
    many = number(float(np.median(reached)))
    return f"{many} person" if many == "1" else f"{many} people"


def alt(results: Results) -> str:
    """The figure in words, for those who cannot see it."""
    reach = _reach(results)
    if reach is None:
        return f"{headline(results)}."
    told = "; ".join(
        f"{len(mine)} {kind} {'story' if len(mine) == 1 else 'stories'}"
        + (f", median {number(float(np.median(mine)))}, farthest {max(mine):,}" if mine else "")
        for kind, mine in zip(("bad", "good"), reach, strict=True)
    )
    return (f"{headline(results)}. Two strips of dots on a logarithmic axis, one dot a story:"
            f" {told}.")


def sentence(results: Results) -> str:
    """How to read it."""
    left_out = " A complaint that goes viral is left out." if _complained(results) else ""
    return ("Each mark is a story that a customer of the business told, retellings and posts"
            f" included; how far it goes differs far more than its median shows.{left_out}")


def numbers(results: Results) -> Numbers:
    """Count and quantiles of what stories reach, by kind."""
    reach = _reach(results) or Reach([], [])
    rows = [
        (kind, len(mine), *(number(float(np.quantile(mine, q))) for q in (0.05, 0.5, 0.95)),
         f"{max(mine):,}")
        for kind, mine in zip(("bad", "good"), reach, strict=True) if mine
    ]
    return Numbers(("stories", "told", "5 % reach at most", "median", "95 % reach at most",
                    "farthest"), tuple(rows))


@figures.register("reach", headline=headline, alt=alt, sentence=sentence, numbers=numbers)
@style.look()
def draw(results: Results) -> Figure:
    """People reached by each story of one business in some worlds, bad and good."""
    reach = _reach(results)
    if reach is None:
        return style.page(headline(results), "Run again with stories to see one",
                          style.source(results)).figure
    sheet = style.page(
        headline(results),
        f"People who heard each story, told on and posted included, in"
        f" {span(findings.weeks(results))}; {_marks(reach)}{_left_out(results)}",
        _source(results, reach),
    )
    low = style.FLOOR + 66 / style.HEIGHT
    left = style.LEFT + 150 / style.WIDTH
    area = style.axes(sheet.figure, left, low, style.RIGHT - left - 0.02, sheet.top - low)
    _frame(area, max([1, *reach.bad, *reach.good]))
    for row, (mine, colour, mark) in enumerate(
        ((reach.good, roles.CUSTOMERS, "o"), (reach.bad, roles.BAD, "X"))
    ):
        _strip(area, row, mine, colour, mark)
        _name(area, row, ("good", "bad")[row], len(mine), _followed(results), colour)
    return sheet.figure


def told_of(results: Results) -> str | None:
    """The arm whose stories were kept."""
    return next((arm for arm in reversed(results.arms) if arm in results.reached), None)


def _reach(results: Results) -> Reach | None:
    arm = told_of(results)
    if arm is None:
        return None
    bad, good = (sorted(one.people for one in results.reached[arm] if one.valence == valence)
                 for valence in ("bad", "good"))
    return Reach(bad, good)


def _source(results: Results, reach: Reach) -> str:
    worlds = _worlds(_followed(results))
    more = [f"one business of {name(told_of(results) or '')}, in the {worlds} nearest the median",
            "bar: median"]
    return style.source(results, *more)


def _marks(reach: Reach) -> str:
    if max(map(len, reach)) <= MOST_DOTS:
        return "each mark is one story"
    return f"at most {MOST_DOTS} marks a kind"


def _left_out(results: Results) -> str:
    return ", without the viral complaint" if _complained(results) else ""


def _complained(results: Results) -> bool:
    """Whether a complaint goes viral under the arm whose stories were kept."""
    arm = next((one for one in results.scenario.arms if one.name == told_of(results)), None)
    return arm is not None and any(event.complaint is not None for event in arm.events)


def _followed(results: Results) -> int:
    return min(FOLLOWED, int(results.values.shape[1]))


def _worlds(many: int) -> str:
    return "world" if many == 1 else f"{many} worlds"


def _frame(area: Axes, farthest: int) -> None:
    high = 10.0 ** np.ceil(np.log10(max(farthest, 10) * 1.15))
    area.set_xscale("log")
    area.set_xlim(0.8, high)
    ends = [10.0**k for k in range(int(np.log10(high)) + 1)]
    area.set_xticks(ends, [f"{round(end):,}" for end in ends])
    area.minorticks_off()
    area.set_yticks([])
    area.set_ylim(-0.5, 1.5)
    area.grid(visible=False, axis="y")
    area.grid(visible=True, axis="x")
    area.tick_params(axis="x", length=6, width=1.5)
    area.get_xticklabels()[-1].set_horizontalalignment("right")
    box = area.get_position()
    style.write(area.figure, box.x0 + box.width / 2, box.y0 - 36 / style.HEIGHT,
                "people reached by one story (each step is ten times as many)", style.TICK,
                style.SOFT, ha="center", va="top")


def _strip(area: Axes, row: int, reached: list[int], colour: roles.Colour, mark: str) -> None:
    if not reached:
        return
    values = np.array(reached, float)
    if len(values) > MOST_DOTS:
        values = np.quantile(values, (np.arange(MOST_DOTS) + 0.5) / MOST_DOTS,
                             method="inverted_cdf")
    heights = _spread(values)
    size = 15.0 if len(values) <= 60 else 11.0
    area.plot(values, row + heights, mark, ms=size, mfc=colour.fill, mec="white", mew=1.0,
              linestyle="none", zorder=3)
    if len(reached) < ENOUGH:
        return
    middle = float(np.median(reached))
    area.plot([middle, middle], [row - STRIP - 0.05, row + STRIP + 0.05], color=style.INK,
              linewidth=5, zorder=2)
    style.write(area, middle, row + STRIP + 0.065, number(middle), 18, bold=True, halo=True,
                ha="center", va="bottom", zorder=5)


def _spread(values: Floats) -> Floats:
    """Heights around a strip's middle: equal values side by side, none drawn over another."""
    heights = np.zeros(len(values))
    bins = np.round(np.log10(values) * 28)
    most = max(np.unique(bins, return_counts=True)[1].max(), 6)
    for one in np.unique(bins):
        inside = np.flatnonzero(bins == one)
        order = (np.arange(len(inside)) + 1) // 2 * np.where(np.arange(len(inside)) % 2, 1, -1)
        heights[inside] = order / most * 2 * STRIP * 0.95
    return heights


def _name(area: Axes, row: int, kind: str, many: int, worlds: int, colour: roles.Colour) -> None:
    box = area.get_position()
    at = box.y0 + (row + 0.5) / 2 * box.height
    style.write(area.figure, style.LEFT, at, [f"{kind}", "stories"], 21, colour.text, bold=True,
                va="bottom", linespacing=1.1)
    told = [f"{many:,} told", f"in {_worlds(worlds)}"]
    style.write(area.figure, style.LEFT, at - 6 / style.HEIGHT, told, 17, style.SOFT, va="top",
                linespacing=1.2)
