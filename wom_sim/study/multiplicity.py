"""Families of claims: one p-value each, and Holm's adjustment for how many there are."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from wom_sim.study.intervals import (
    RESAMPLES,
    TAIL,
    Floats,
    defined,
    mean_of,
    needs_resampling,
    pivots,
    sd_of,
    skewness_of,
)

FINE = 20 * RESAMPLES
"""Resamples behind a p-value below `SMALL`."""
SMALL = 0.02


def holm(p_values: ArrayLike) -> list[float]:
    """Holm's adjusted p-values (1979), in the order given.

    To call those at most 0.05 keeps the chance of any false claim in the family at 5 %, whatever
    their dependence. NaN, a claim that could not be tested, stays NaN and still counts. Raises
    ValueError for a p-value outside 0 to 1.
    """
    given = np.asarray(p_values, dtype=np.float64).ravel()
    if ((given < 0) | (given > 1)).any():
        raise ValueError("p-values lie between 0 and 1")
    order = np.argsort(given, kind="stable")
    steps = np.minimum(given[order] * np.arange(len(given), 0, -1), 1.0)
    adjusted = np.empty_like(given)
    adjusted[order] = np.maximum.accumulate(steps)
    found: list[float] = adjusted.tolist()
    return found


def p_value(differences: ArrayLike, seed: int) -> float:
    """Two-sided p-value of a mean difference of zero, of differences paired by world.

    From the same pivots as `mean_interval`, by the same policy: Student's paired t, or bootstrap-t
    with (b + 1) / (B + 1) for a tail that b of B resamples reach (Davison and Hinkley 1997, eq.
    4.11), so that it is below 0.05 exactly where the 95 % interval leaves zero out. Values below
    0.02 are from 40,000 resamples, so the smallest is 0.00005. Equal differences have the sign
    test's, 2 / 2^n, or 1 where they are zero. NaN of fewer than two worlds.
    """
    sample = defined(differences)
    if len(sample) < 2:
        return math.nan
    if sample[0] == sample[-1]:
        return 2.0 ** (1 - len(sample)) if sample[0] else 1.0
    ratio = mean_of(sample) * math.sqrt(len(sample)) / sd_of(sample)
    found = _resampled(sample, ratio, seed) if needs_resampling(sample) else None
    return _student(ratio, len(sample)) if found is None else found


def _resampled(sample: Floats, ratio: float, seed: int) -> float | None:
    """None where `mean_interval` has no bootstrap-t interval either."""
    # The same way up as the interval's, so that both see the same resamples.
    sign = -1.0 if skewness_of(sample) < 0 else 1.0
    upright = np.sort(sign * sample)
    centred = upright - mean_of(upright)
    found = pivots(centred, seed)
    if max(np.isposinf(found).sum(), np.isneginf(found).sum()) >= TAIL:
        return None
    p = _two_sided(found, sign * ratio)
    return p if p >= SMALL else _two_sided(pivots(centred, seed, FINE), sign * ratio)


def _two_sided(found: Floats, ratio: float) -> float:
    reached = min(int((found >= ratio).sum()), int((found <= ratio).sum()))
    return min(1.0, 2 * (reached + 1) / (len(found) + 1))


def _student(ratio: float, n: int) -> float:
    from scipy.special import stdtr

    return float(2 * stdtr(n - 1, -abs(ratio)))
