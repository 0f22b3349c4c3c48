"""95 % intervals for means: Student's t, and bootstrap-t where a sample is skewed.

A sample is one number for each replication (an independent world), shape (n,). Undefined values
(NaN: a ratio without a denominator) are dropped before anything else, and n counts what is left.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LEVEL = 0.95
RESAMPLES = 2000
TAIL = 50
"""Resamples beyond either bound."""
FEW = 10
"""Below this many worlds resampling has too little to draw from."""
ENOUGH = 30
"""From this many worlds on Student's t serves samples without much skew."""
MANY = 2000
"""From this many worlds on the skew of a mean no longer matters, and resampling costs."""
KEPT = 200
"""Most worlds whose resamples are kept from one interval to the next, 3 MB."""

_KEY = b"wom_sim/statistics/1"
_BLOCK = 400_000
"""Most draws held at a time."""


class Interval(NamedTuple):
    """Bounds of a 95 % interval and how it was made.

    `method` is `undefined` (no value), `none` (one value), `identical` (all values equal),
    `t` or `bootstrap-t`.
    """

    low: float
    high: float
    method: str


class Intervals(NamedTuple):
    """Student intervals of many samples at once; see `student_intervals`."""

    n: NDArray[np.int64]
    mean: Floats
    low: Floats
    high: Floats
    method: NDArray[np.str_]


def mean_interval(values: ArrayLike, *, seed: int) -> Interval:
    """95 % interval for the mean of a sample.

    Student's t (1908) for 30 worlds or more with |skewness| < 1, otherwise bootstrap-t (Efron
    1981; Hall 1988) with 2,000 resamples, also for 10 to 29 worlds, where skewness is hard to
    see: it covers 95 % of normal samples and more of skewed ones than t. It needs something to
    draw from, so below 10 worlds t is used whatever the skew: read those as rough. From 2,000
    worlds on t is used again, where the two agree; and where all worlds but a few are equal, so
    that 2.5 % or more of the resamples have no spread and bootstrap-t no bound. One value, or
    none, has no interval; equal values are their own.

    Resamples are drawn by Philox keyed by a hash of `seed` (non-negative, below 2**128) and by
    nothing else: the same sample and seed give the same bytes, in any order of the sample, and
    the mirrored sample gives the mirrored interval.
    """
    sample = defined(values)
    resampled = _bootstrap_t(sample, seed) if needs_resampling(sample) else None
    return resampled or _student(sample)


def student_intervals(values: Floats) -> Intervals:
    """Student's t intervals of the means along axis 0, for tables too long to resample.

    Arrays of the result have the shape of `values` without axis 0, and the methods of
    `Interval` but `bootstrap-t`.
    """
    defined = ~np.isnan(values)
    n = defined.sum(axis=0)
    lowest = np.where(defined, values, np.inf).min(axis=0, initial=np.inf)
    highest = np.where(defined, values, -np.inf).max(axis=0, initial=-np.inf)
    same = (n > 1) & (lowest == highest)
    mean, half = _mean_and_half_width(values, defined, n)
    # The point itself: a mean of equal numbers may be rounded off it.
    mean, half = np.where(same, lowest, mean), np.where(same, 0.0, half)
    methods = np.select([n == 0, n == 1, same], ["undefined", "none", "identical"], "t")
    return Intervals(n, mean, mean - half, mean + half, methods)


def defined(values: ArrayLike) -> Floats:
    """The sample sorted, without NaN."""
    sample = np.asarray(values, dtype=np.float64)
    return np.sort(sample[~np.isnan(sample)])


def mean_of(sample: Floats) -> float:
    """The mean, summed exactly, so that the order of worlds does not matter; NaN of none."""
    return math.fsum(sample) / len(sample) if len(sample) else math.nan


def sd_of(sample: Floats) -> float:
    """Standard deviation with n - 1 below the line; NaN of fewer than two."""
    if len(sample) < 2:
        return math.nan
    return float(np.std(sample, ddof=1)) if np.ptp(sample) > 0 else 0.0


def skewness_of(sample: Floats) -> float:
    """Moment coefficient g1 (Fisher 1929); NaN of fewer than three or equal values."""
    if len(sample) < 3 or np.ptp(sample) == 0:
        return math.nan
    # Scaled first: cubes of tiny or huge values leave the range of a float.
    deviations = (sample - mean_of(sample)) / np.ptp(sample)
    return float(np.mean(deviations**3) / np.mean(deviations**2) ** 1.5)


def needs_resampling(sample: Floats) -> bool:
    """Whether `mean_interval` resamples this sorted sample."""
    n = len(sample)
    if not FEW <= n < MANY or sample[0] == sample[-1]:
        return False
    return n < ENOUGH or abs(skewness_of(sample)) >= 1


def pivots(deviations: Floats, seed: int, resamples: int = RESAMPLES) -> Floats:
    """Means of resamples of a centred sample over their standard errors, shape (resamples,).

    Infinite, with the sign of the mean, where a resample has no spread.
    """
    n = len(deviations)
    found = [_studentised(deviations[places], n) for places in _places(n, seed, resamples)]
    return np.concatenate(found)


def draws(
    n: int, seed: int, resamples: int = RESAMPLES, purpose: bytes = _KEY
) -> Iterator[NDArray[np.uint64]]:
    """Places of the values of each resample of n worlds, some rows of resamples at a time."""
    key = hashlib.blake2b(purpose + seed.to_bytes(16, "big"), digest_size=16).digest()
    bits = np.random.Philox(key=int.from_bytes(key, "big"))
    rows = max(1, min(RESAMPLES, _BLOCK // n))
    for first in range(0, resamples, rows):
        many = min(rows, resamples - first)
        # Raw bits, since NumPy promises those and not the draws it makes from them (NEP 19).
        places = ((bits.random_raw(many * n) >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32)
        yield places.reshape(many, n)


def _places(n: int, seed: int, resamples: int) -> Iterable[NDArray[np.uint64]]:
    """As `draws`; of few worlds, which all outcomes of a run share, they are kept."""
    return _few_places(n, seed, resamples) if n <= KEPT else draws(n, seed, resamples)


@lru_cache(maxsize=2)
def _few_places(n: int, seed: int, resamples: int) -> tuple[NDArray[np.uint64], ...]:
    return tuple(draws(n, seed, resamples))


def resampled_places(
    n: int, seed: int, resamples: int = RESAMPLES, purpose: bytes = _KEY
) -> NDArray[np.uint64]:
    """Places of samples with replacement of n worlds, (resamples, n), others by `purpose`."""
    return np.concatenate(list(draws(n, seed, resamples, purpose)))


def expanded_levels(n: int) -> tuple[float, float]:
    """Levels at which the quantiles of resamples bound a nominal 95 % interval from n units.

    Resamples of few units spread too little: percentiles further out make up for that, so that
    means of normal samples get intervals as wide as Student's (the expanded percentile interval
    of Hesterberg 2015).
    """
    from scipy.special import ndtr, stdtrit

    far = math.sqrt(n / (n - 1)) * float(stdtrit(n - 1, (1 + LEVEL) / 2))
    return float(ndtr(-far)), float(ndtr(far))


def _studentised(resamples: Floats, n: int) -> Floats:
    varied = (resamples != resamples[:, :1]).any(axis=1)
    found = np.copysign(np.inf, resamples[:, 0])
    some = resamples if varied.all() else resamples[varied]
    mean = some.mean(axis=1)
    spread = np.sqrt(np.square(some - mean[:, None]).sum(axis=1) / (n - 1))
    found[varied] = mean * math.sqrt(n) / spread
    return found


def _mean_and_half_width(
    values: Floats, defined: NDArray[np.bool_], n: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    from scipy.special import stdtrit

    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(defined, values, 0.0).sum(axis=0) / n
        squares = np.square(np.where(defined, values - mean, 0.0)).sum(axis=0)
        half = stdtrit(n - 1.0, (1 + LEVEL) / 2) * np.sqrt(squares / (n - 1.0) / n)
    return mean, np.where(n > 1, half, np.nan)


def _student(sample: Floats) -> Interval:
    found = student_intervals(sample)
    return Interval(float(found.low), float(found.high), str(found.method))


def _bootstrap_t(sample: Floats, seed: int) -> Interval | None:
    """The interval, None where resamples without spread reach into its bounds."""
    # Always the same way up, so that swapping arm and baseline mirrors the interval.
    sign = -1.0 if skewness_of(sample) < 0 else 1.0
    upright = np.sort(sign * sample)
    mean, error = mean_of(upright), sd_of(upright) / math.sqrt(len(upright))
    ordered = np.sort(pivots(upright - mean, seed))
    below, above = float(ordered[TAIL - 1]), float(ordered[-TAIL])
    if math.isinf(below) or math.isinf(above):
        return None
    low, high = sorted((sign * (mean - above * error), sign * (mean - below * error)))
    return Interval(low, high, "bootstrap-t")


def one_sided(values: ArrayLike, *, seed: int) -> float:
    """Chance of a mean as far above 0, or farther, if the true mean were 0.

    By the method of `mean_interval`: Student's t, or the share of bootstrap-t pivots beyond the
    observed one. 1 for fewer than two values; equal values give 0 where they are above 0, else 1.
    """
    from scipy.special import stdtr

    sample = defined(values)
    n = len(sample)
    if n < 2 or sample[0] == sample[-1]:
        return 0.0 if n > 1 and sample[0] > 0 else 1.0
    mean = mean_of(sample)
    pivot = mean * math.sqrt(n) / sd_of(sample)
    if needs_resampling(sample) and _bootstrap_t(sample, seed) is not None:
        found = pivots(sample - mean, seed)
        return float((1 + (found >= pivot).sum()) / (1 + len(found)))
    return float(stdtr(n - 1.0, -pivot))
