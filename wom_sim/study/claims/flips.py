"""Where a verdict flips: the nearest change of one assumed parameter that reverses it.

A screening moves each parameter alone to either end of its range (one at a time, as in Morris
1991) and keeps the five that move a claim most; along these the change at which the claim's side
changes is found by bisection. The answer is confirmed on worlds that the search has not seen,
because the best of many trials looks better than it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from wom_sim.scenario.dump import flat, scenario_hash
from wom_sim.scenario.parameters import Parameters, Scenario
from wom_sim.scenario.parameters.claim import Claim, Trial
from wom_sim.scenario.quantities import ASSUMED, declarations
from wom_sim.study.claims.verdicts import Outcome

STRONGEST = 5
HALVINGS = 4
FOLD = 4.0
"""Numbers that are no shares are searched from a quarter to four times what they are."""
QUALITY = 2.0
"""Those that may be negative, by as much up and down: two spreads of quality between jobs."""
DESIGN = ("population.size", "effort.", "partners.count")
"""What a claim's arms hold fixed, so that it is not moved."""


def searched_in(confirming: int) -> int:
    """Worlds of the search, where so many confirm what it finds."""
    return max(2, confirming // 5)


def first_variant(scenario: Scenario) -> Scenario:
    """The scenario with those tests of its claim alone that a flip is searched for."""
    claim = scenario.claim
    if claim is None:
        return scenario
    names = next(iter(claim.variants.values()))
    tests = {name: claim.tests[name] for name in names}
    return scenario.model_copy(update={"claim": claim.model_copy(update={"tests": tests})})


def asked(scenario: Scenario) -> str:
    """Hash of what a search goes out from, in however many worlds it is run."""
    return scenario_hash(first_variant(scenario).model_copy(update={"replications": 1}))


class Span(NamedTuple):
    """A parameter, where it is, the ends it is searched between, and whether by factors."""

    name: str
    start: float
    low: float
    high: float
    log: bool
    whole: bool

    def farthest(self, sign: int) -> float:
        """How far it can move up (1) or down (-1), as a share of its range."""
        end = self.high if sign > 0 else self.low
        return abs(self._scaled(end) - self._scaled(self.start)) / self._width

    def at(self, sign: int, share: float) -> float | int:
        """Its value after a move of this share of its range."""
        moved = self._scaled(self.start) + sign * share * self._width
        value = math.exp(moved) if self.log else moved
        value = min(max(value, self.low), self.high)
        return round(value) if self.whole else float(f"{value:.6g}")

    @property
    def _width(self) -> float:
        return self._scaled(self.high) - self._scaled(self.low)

    def _scaled(self, value: float) -> float:
        return math.log(value) if self.log else value


def spans(scenario: Scenario) -> list[Span]:
    """The assumed numbers of the base that no arm of the scenario sets, with their ranges."""
    own = {name for arm in scenario.arms for name in flat(arm.overrides)}
    base = flat(scenario.base.model_dump())
    found = []
    for entry in declarations(Parameters):
        start = base.get(entry.name)
        if not isinstance(start, (int, float)) or isinstance(start, bool):
            continue
        fixed = entry.name.startswith(DESIGN) or entry.name in own
        if ASSUMED in entry.source and not fixed:
            found.append(_span(entry.name, start, entry.low, entry.high))
    return [one for one in found if one.high > one.low]


def _span(name: str, start: float, low: float | None, high: float | None) -> Span:
    """Shares and chances over their whole range; others as far as `FOLD` and `QUALITY` say."""
    least = -math.inf if low is None else low
    most = math.inf if high is None else high
    whole = isinstance(start, int)
    if least < 0:
        ends = max(least, start - QUALITY), min(most, start + QUALITY)
        return Span(name, start, ends[0], ends[1], log=False, whole=whole)
    if most <= 1:
        return Span(name, start, least, most, log=False, whole=whole)
    if start <= 0:
        return Span(name, start, start, start, log=False, whole=whole)
    ends = max(least, start / FOLD), min(most, start * FOLD)
    if whole:
        ends = math.ceil(ends[0]), math.floor(ends[1])
    return Span(name, start, ends[0], ends[1], log=True, whole=whole)


def margin(trial: Trial, effect: float) -> float:
    """How far an effect is on the rule's side, in its unit; negative on the other."""
    upper = trial.value if trial.to is None else trial.to
    return {
        "above": effect - trial.value,
        "below": trial.value - effect,
        "within": min(effect - trial.value, upper - effect),
    }[trial.rule]


def score(claim: Claim, tests: Sequence[Outcome], at_start: Sequence[Outcome] = ()) -> float:
    """The claim's side: above 0 where its first variant holds as means stand, NaN if undefined.

    The least margin of the variant's tests, each in units of what it was at the start.
    """
    names = next(iter(claim.variants.values()))
    before = {one.test: one.effect for one in at_start or tests}
    margins = []
    for one in tests:
        if one.test in names:
            size = abs(margin(claim.tests[one.test], before[one.test]))
            margins.append(margin(claim.tests[one.test], one.effect) / (size or 1.0))
    return math.nan if any(map(math.isnan, margins)) else min(margins)


class Move(NamedTuple):
    """A parameter to be moved one way, and how far the screening says it moves the score."""

    name: str
    sign: int
    change: float


def strongest(moves: Sequence[Move], start: float, most: int = STRONGEST) -> list[Move]:
    """Of the parameters that move a claim most, the moves that lead towards the other side."""
    known = [move for move in moves if math.isfinite(move.change)]
    size: dict[str, float] = {}
    for move in known:
        size[move.name] = max(size.get(move.name, 0.0), abs(move.change))
    chosen = sorted(size, key=lambda name: (-size[name], name))[:most]
    away = -1 if start > 0 else 1
    return sorted(
        (move for move in known if move.name in chosen and move.change * away > 0),
        key=lambda move: -abs(move.change),
    )


class Flip(NamedTuple):
    """The nearest change found: parameter, direction, share of its range."""

    name: str
    sign: int
    share: float


Side = Callable[[str, int, float], bool | None]
"""Whether a claim holds after a move of a parameter; None where it cannot be said."""


def nearest(
    holds: bool, moves: Sequence[Move], farthest: Mapping[tuple[str, int], float], side: Side,
    halvings: int = HALVINGS,
) -> Flip | None:
    """The smallest share of a parameter's range at which the side changes, None if none does.

    Each move is tried as far as the best one so far, and from there halved `halvings` times; a
    move that flips only in between is not seen.
    """
    best: Flip | None = None
    for move in moves:
        reach = farthest[move.name, move.sign]
        far = min(reach, best.share if best else reach)
        if far <= 0 or side(move.name, move.sign, far) is not (not holds):
            continue
        near = 0.0
        for _ in range(halvings):
            middle = (near + far) / 2
            if side(move.name, move.sign, middle) is (not holds):
                far = middle
            else:
                near = middle
        if best is None or far < best.share:
            best = Flip(move.name, move.sign, far)
    return best


def confirmed(claim: Claim, tests: Sequence[Outcome], holds: bool) -> bool:
    """Whether fresh worlds leave no doubt of the new side: by the 95 % intervals of its tests."""
    names = next(iter(claim.variants.values()))
    own = [one for one in tests if one.test in names]
    if holds:
        return any(one.contrary or one.short for one in own)
    return all(
        min(margin(claim.tests[one.test], one.low), margin(claim.tests[one.test], one.high)) > 0
        for one in own
    )
