"""The chance that a random world of an arm exceeds a random world of the baseline."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from wom_sim.study.statistics.intervals import LEVEL, Floats


class Superiority(NamedTuple):
    """The chance, ties half, and its 95 % interval; NaN where it is not known."""

    chance: float
    low: float
    high: float


def superiority(arm_values: ArrayLike, baseline_values: ArrayLike) -> Superiority:
    """P(arm > baseline) + P(equal) / 2 of independent worlds, from worlds paired by number.

    The estimate is Mann and Whitney's U / n^2 (1947), the variance that of DeLong, DeLong and
    Clarke-Pearson (1988) with the two placements of a world added up before squaring, as worlds
    share their luck (clusters of Obuchowski 1997), the interval Student's t of the logit. Where
    all pairs of worlds agree the variance is no guide: Wilson's bound (1927) for n of n. Below
    two worlds there is no interval. Both have shape (n,); NaN is left out of its own side.
    """
    arm, baseline = (np.asarray(x, dtype=np.float64) for x in (arm_values, baseline_values))
    one, other = ~np.isnan(arm), ~np.isnan(baseline)
    if not one.any() or not other.any():
        return Superiority(math.nan, math.nan, math.nan)
    above = _placements(arm[one], baseline[other])
    below = 1 - _placements(baseline[other], arm[one])
    chance = math.fsum(above) / len(above)
    n = int((one | other).sum())
    if n < 2:
        return Superiority(chance, math.nan, math.nan)
    influence = np.zeros(len(arm))
    influence[one] += (above - chance) / len(above)
    influence[other] += (below - chance) / len(below)
    error = math.sqrt(n / (n - 1) * float(np.square(influence).sum()))
    return Superiority(chance, *_bounds(chance, error, n))


def _placements(values: Floats, others: Floats) -> Floats:
    """For each value the share of the others below it, ties half."""
    ordered = np.sort(others)
    left = np.searchsorted(ordered, values, side="left")
    right = np.searchsorted(ordered, values, side="right")
    found: Floats = (left + right) / 2 / len(others)
    return found


def _bounds(chance: float, error: float, n: int) -> tuple[float, float]:
    from scipy.special import expit, logit, ndtri, stdtrit

    if chance in (0.0, 1.0):
        least = n / (n + float(ndtri((1 + LEVEL) / 2)) ** 2)
        return (least, 1.0) if chance else (0.0, 1 - least)
    half = float(stdtrit(n - 1, (1 + LEVEL) / 2)) * error / (chance * (1 - chance))
    centre = float(logit(chance))
    return float(expit(centre - half)), float(expit(centre + half))
