"""How few unhappy customers drown the happy ones out: arithmetic, no simulation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wom_sim.scenario.parameters import Parameters
from wom_sim.scenario.registry import figures
from wom_sim.show import roles, style
from wom_sim.show.shape import Numbers
from wom_sim.show.style import Axes, Figure
from wom_sim.show.wording import NBSP, name, number, percent, quoted
from wom_sim.study.results import Floats, Results

GOOD, BAD = roles.CUSTOMERS, roles.BAD
SHOWN = 0.3
"""Share of unhappy customers that the axis reaches at least."""
WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NEAR = 0.02
"""A share this close to one in so many, relatively, is said so."""


class Talkers(NamedTuple):
    """How often an unhappy and a happy (delighted) customer tell others: chances."""

    unhappy: float
    happy: float

    @property
    def ratio(self) -> float:
        """How many times as often the unhappy one talks; infinite where the other never does."""
        if self.happy > 0:
            return self.unhappy / self.happy
        return float("inf") if self.unhappy > 0 else float("nan")

    def bad(self, unhappy: Floats) -> Floats:
        """Share of stories that are bad where these shares of customers are unhappy."""
        said = self.unhappy * unhappy
        found: Floats = said / np.maximum(said + self.happy * (1 - unhappy), 1e-300)
        return found

    @property
    def even(self) -> float:
        """Share of unhappy customers at which there are as many bad stories as good ones."""
        both = self.unhappy + self.happy
        return self.happy / both if both > 0 else float("nan")


def headline(results: Results) -> str:
    """The figure's message."""
    return title(talkers(results))


def title(said: Talkers) -> str:
    """How many unhappy customers are as loud as all others."""
    if said.unhappy == said.happy == 0:
        return "Where nobody talks, no story drowns out another"
    if said.unhappy == 0:
        return "If unhappy customers keep silent, bad stories never drown out the good ones"
    if said.happy == 0:
        return "If happy customers keep silent, one unhappy customer is enough to be heard alone"
    if abs(said.ratio - 1) < NEAR:
        return ("If unhappy customers talk no more than happy ones, half must be unhappy to be as"
                " loud")
    often = f"{number(said.ratio)} times as often"
    if said.ratio > 1:
        return (f"If unhappy customers talk {often}, {_share(said.even)} is enough to drown out the"
                " happy ones")
    return (f"If unhappy customers talk only {often}, it takes {_share(said.even)} of all to drown"
            " out the happy ones")


def _share(share: float) -> str:
    """`one in twelve`, or `45 %` where it is no such share."""
    several = round(1 / share)
    if 2 <= several <= len(WORDS) + 1 and abs(share * several - 1) < NEAR:
        return f"one in {WORDS[several - 2]}"
    return percent(share)


def talkers(results: Results) -> Talkers:
    """As the baseline's parameters say; a chance is never above 1."""
    talk = _baseline(results).talk
    return Talkers(min(talk.negativity_ratio * talk.delighted, 1.0), talk.delighted)


def alt(results: Results) -> str:
    """The figure in words, for those who cannot see it."""
    said = talkers(results)
    shares = np.array([0.05, 0.1])
    told = [percent(float(share)) for share in said.bad(shares)]
    return (f"{headline(results)}. An area of 100 stories, split by a curve into good and bad ones,"
            f" against the share of unhappy customers: with 5{NBSP}% unhappy {told[0]} of stories"
            f" are bad, with 10{NBSP}% {told[1]}; as many of both at {percent(said.even)}.")


def sentence(results: Results) -> str:
    """How to read it."""
    return ("The curve is arithmetic on how often each kind of customer talks; whom a story"
            " convinces, and what that costs, is for the simulation to say.")


def numbers(results: Results) -> Numbers:
    """Bad stories of 100 at shares of unhappy customers."""
    shares = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5])
    bad = 100 * talkers(results).bad(shares)
    rows = [(percent(float(u)), number(float(b))) for u, b in zip(shares, bad, strict=True)]
    return Numbers(("customers unhappy", "bad stories of 100"), tuple(rows))


@figures.register("noise", headline=headline, alt=alt, sentence=sentence, numbers=numbers)
@style.look()
def draw(results: Results) -> Figure:
    """Good and bad stories of 100, by the share of unhappy customers."""
    said = talkers(results)
    known = said.even if np.isfinite(said.even) else 0.0
    end = SHOWN if known <= 0.8 * SHOWN else min(1.0, max(2 * known, SHOWN))
    sheet = style.page(
        headline(results), "Of 100 stories that customers tell, how many are good and bad",
        f"Arithmetic, not simulated · scenario {name(results.scenario.stem)}, arm"
        f" {quoted(results.scenario.baseline)}: an unhappy customer tells others with a chance of"
        f" {percent(said.unhappy)}, a happy (delighted) one of {percent(said.happy)}; all are one"
        " or the other",
    )
    low = style.FLOOR + 66 / style.HEIGHT
    left = style.margin(0, 100)
    area = style.axes(sheet.figure, left, low, style.RIGHT - left - 0.01, sheet.top - low)
    unhappy = np.linspace(0, end, 601)
    bad = 100 * said.bad(unhappy)
    if said.unhappy or said.happy:
        area.fill_between(unhappy, 0, bad, color=BAD.fill, linewidth=0)
        area.fill_between(unhappy, bad, 100, color=GOOD.fill, linewidth=0)
        area.plot(unhappy, bad, color="white", linewidth=3)
    _frame(area, end)
    _names(area, said, end)
    _even(area, said, end)
    return sheet.figure


def _frame(area: Axes, end: float) -> None:
    area.grid(visible=False)
    style.scale(area, 0, 100)
    area.set_xlim(0, end)
    values = style.ticks(0, end, 7)
    area.set_xticks(values, [percent(value) for value in values])
    area.tick_params(axis="x", length=6, width=1.5)
    first, *_, last = area.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right" if values[-1] > 0.98 * end else "center")
    box = area.get_position()
    style.write(area.figure, box.x0 + box.width / 2, box.y0 - 36 / style.HEIGHT,
                "share of customers who are unhappy", style.TICK, style.SOFT, ha="center", va="top")


def _names(area: Axes, said: Talkers, end: float) -> None:
    """Each kind of story named where there is room for it: good ones left, bad ones right."""
    at = 0.985 * end
    bad = 100 * float(said.bad(np.array([0.8 * end]))[0])
    if said.happy:
        style.write(area, 0.015 * end, 96, "good stories", 24, bold=True, va="top")
    if bad > 22:
        style.write(area, at, 4, "bad stories", 24, "white", bold=True, ha="right", va="bottom")


def _even(area: Axes, said: Talkers, end: float) -> None:
    """A dot where the two are as many, and what it stands for."""
    if not 0 < said.even < end:
        return
    area.plot([said.even, said.even], [0, 50], color="white", linewidth=2, linestyle=(0, (2, 2)))
    area.plot(said.even, 50, "o", ms=17, mfc="white", mec=style.INK, mew=3, zorder=5)
    told = f"as many of both: {percent(said.even)} unhappy"
    wide = style.measured(told, 18, bold=True) / (area.get_position().width * style.WIDTH) * end
    right = said.even + 0.02 * end + wide < end
    style.write(area, said.even + (0.02 if right else -0.02) * end, 50, told, 18,
                "white" if right else style.INK, bold=True, ha="left" if right else "right",
                va="center")


def _baseline(results: Results) -> Parameters:
    return next(arm.parameters for arm in results.scenario.arms
                if arm.name == results.scenario.baseline)
