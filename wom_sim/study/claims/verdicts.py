"""Verdicts on claims: tests of paired differences, Holm over the family, and what they add up to.

A test holds in a preset if its one-sided hypothesis is rejected against the opposite at a
family-wise level of 5 % (Holm 1979) over all variants of all claims that are tested there; a
variant with several tests is as sure as the least sure of them (intersection-union; Berger
1982), and `within` is two one-sided tests (Schuirmann 1987).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.scenario.parameters.claim import Claim, Trial
from wom_sim.study.claims.worlds import Samples, Wanted
from wom_sim.study.statistics.intervals import mean_interval, one_sided
from wom_sim.study.statistics.multiplicity import holm

Floats = NDArray[np.float64]
LEVEL = 0.05
HOLDS, DEPENDS, FAILS, INPUT = "holds", "depends", "does not hold", "an input, not a finding"


class Outcome(NamedTuple):
    """A test in one preset: its effect with a 95 % interval, how surely it holds, worlds used.

    `p` is the chance of effects as far on the rule's side, were it just not to hold. Where the
    whole interval misses what the rule needs, it is `contrary` if it lies beyond no effect on the
    other side, else `short`: an effect on the claim's side that is smaller than its margin, or a
    level or an equivalence missed. `holds` is set by `judged`.
    """

    test: str
    variant: str
    effect: float
    low: float
    high: float
    p: float
    worlds: int
    contrary: bool
    short: bool = False
    holds: bool = False


class Verdict(NamedTuple):
    """A claim in one preset: the word, and each test."""

    claim: Claim
    preset: str
    word: str
    consequences: str
    tests: tuple[Outcome, ...]
    tested: int
    """Variants in the preset's family."""


Pair = tuple[Floats, Floats]
"""A test's two samples (n,): the effect is their difference, or the ratio of their totals."""


def tried(name: str, trial: Trial, values: Sequence[Floats], against: Floats | None,
          seed: int) -> Outcome:
    """A test on its samples: `values` of each arm of the contrast, `against` of the first arm."""
    first, second = pair(trial, values, against)
    defined = ~(np.isnan(first) | np.isnan(second))
    first, second = first[defined], second[defined]
    effect, low, high = _effect(trial, first, second, seed)
    # Fewer than half of the worlds say nothing of the others.
    enough = 2 * first.size > defined.size and not math.isnan(effect)
    p = _p(trial, first, second, seed) if enough else 1.0
    missed = enough and _missed(trial, low, high)
    contrary = missed and _contrary(trial, low, high)
    return Outcome(name, trial.variant or name, effect, low, high, p, first.size, contrary,
                   missed and not contrary)


def pair(trial: Trial, values: Sequence[Floats], against: Floats | None) -> Pair:
    """The two samples of a test: what the claim favours, and what that is held against."""
    if trial.effect == "interaction":
        return values[0] - values[1], values[2] - values[3]
    if trial.effect == "shapley":
        return _shared(values[::2]), _shared(values[1::2])
    if len(values) == 2:
        return values[0], values[1]
    return values[0], np.zeros_like(values[0]) if against is None else against


def _shared(values: Sequence[Floats]) -> Floats:
    """Mean over the orders of the factors: of two, or of three beside both, either and none."""
    weights = {2: (1 / 2, 1 / 2), 4: (1 / 3, 1 / 6, 1 / 6, 1 / 3)}[len(values)]
    total: Floats = sum((w * one for w, one in zip(weights, values, strict=True)), np.zeros(1))
    return total


def _effect(trial: Trial, first: Floats, second: Floats, seed: int) -> tuple[float, float, float]:
    if not first.size:
        return (math.nan,) * 3
    if trial.effect == "ratio":
        return ratio_interval(first, second, seed)
    low, high, _ = mean_interval(first - second, seed=seed)
    return float((first - second).mean()), low, high


def ratio_interval(first: Floats, second: Floats, seed: int) -> tuple[float, float, float]:
    """Ratio of two totals with its 95 % jackknife interval (Quenouille 1956; Miller 1974)."""
    n, top, below = first.size, float(first.sum()), float(second.sum())
    if below <= 0:
        return (math.nan,) * 3
    if n < 2:
        return top / below, math.nan, math.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        without = (top - first) / (below - second)
    low, high, _ = mean_interval(n * top / below - (n - 1) * without, seed=seed)
    return top / below, low, high


def _p(trial: Trial, first: Floats, second: Floats, seed: int) -> float:
    def beyond(value: float) -> Floats:
        # A ratio above v is a mean of a - v b above 0, where b has a positive mean.
        return first - value * second if trial.effect == "ratio" else first - second - value

    if trial.rule == "above":
        return one_sided(beyond(trial.value), seed=seed)
    if trial.rule == "below":
        return one_sided(-beyond(trial.value), seed=seed)
    upper = trial.value if trial.to is None else trial.to
    return max(one_sided(beyond(trial.value), seed=seed), one_sided(-beyond(upper), seed=seed))


def _ends(trial: Trial) -> tuple[float, float]:
    """What the rule needs the effect to lie between."""
    if trial.rule == "above":
        return trial.value, math.inf
    if trial.rule == "below":
        return -math.inf, trial.value
    return trial.value, trial.value if trial.to is None else trial.to


def _missed(trial: Trial, low: float, high: float) -> bool:
    """Whether the whole interval lies outside what the rule needs."""
    least, most = _ends(trial)
    return high < least or low > most


def _contrary(trial: Trial, low: float, high: float) -> bool:
    """Whether the whole interval lies on the other side of no effect: 1 of a ratio, else 0.

    Where the rule allows no effect, it must lie beyond what the rule allows, too; one that allows
    some on either side has no opposite.
    """
    none = 1.0 if trial.effect == "ratio" else 0.0
    least, most = _ends(trial)
    if trial.rule == "above" or least > none:
        return high < min(none, least)
    if trial.rule == "below" or most < none:
        return low > max(none, most)
    return False


def judged(preset: str, claims: Sequence[tuple[Claim, Sequence[Outcome]]]) -> list[Verdict]:
    """The verdicts of one preset on claims with their tests, Holm over all of them together."""
    family = [
        (place, label, max(one.p for one in tests if one.test in names))
        for place, (claim, tests) in enumerate(claims)
        for label, names in claim.variants.items()
    ]
    sure = [p <= LEVEL for p in holm([p for _, _, p in family])]
    holding = {(place, label) for (place, label, _), yes in zip(family, sure, strict=True) if yes}
    verdicts = []
    for place, (claim, tests) in enumerate(claims):
        told = tuple(
            one._replace(holds=(place, one.variant) in holding)
            for one in tests
        )
        word = _word([(place, label) in holding for label in claim.variants])
        verdicts.append(Verdict(
            claim, preset, INPUT if claim.input else word, word, told, len(family)))
    return verdicts


def _word(holding: Sequence[bool]) -> str:
    if all(holding):
        return HOLDS
    return DEPENDS if any(holding) else FAILS


def outcomes_of(
    stem: str, claim: Claim, samples: Samples, seed: int
) -> list[Outcome]:
    """Every test of a claim on the samples of `run_claims`."""
    found = []
    for name, trial in claim.tests.items():
        arms = trial.contrast
        values = [samples[stem, arm, Wanted(trial.measure, trial.first_week)] for arm in arms]
        against = None
        if trial.against:
            against = samples[stem, arms[-1], Wanted(trial.against, trial.first_week)]
            values = values[:1] if len(arms) <= 2 else values
        found.append(tried(name, trial, values, against, seed))
    return found
