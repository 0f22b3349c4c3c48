"""What replications say about a mean, a difference and a chance, and how surely.

A sample is one number for each replication (an independent world), shape (n,). Undefined values
(NaN: a ratio without a denominator) are dropped before anything else, and n counts what is left.
Every interval is a nominal 95 % interval.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any, NamedTuple

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
TAIL_SAMPLE = 20
"""Fewest worlds of which one in a hundred can be said to weigh too much."""

_KEY = b"wom_sim/statistics/1"


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
    sample = _defined(values)
    resampled = _bootstrap_t(sample, seed) if _needs_resampling(sample) else None
    return resampled or _student(sample)


def summarise(values: ArrayLike, seed: int) -> dict[str, Any]:
    """Mean with its interval, spread, quantiles and shape of a sample.

    `sd` has n - 1 below the line, `skewness` is the moment coefficient g1 (Fisher 1929), and
    quantiles interpolate linearly (type 7 of Hyndman and Fan 1996).
    """
    sample = _defined(values)
    low, high, method = mean_interval(sample, seed=seed)
    q05, median, q95 = _quantiles(sample)
    return {
        "n": len(sample),
        "mean": _mean(sample),
        "ci_low": low,
        "ci_high": high,
        "sd": _sd(sample),
        "median": median,
        "q05": q05,
        "q95": q95,
        "skewness": _skewness(sample),
        "method": method,
    }


def compare(arm_values: ArrayLike, baseline_values: ArrayLike, seed: int) -> dict[str, Any]:
    """Difference of an arm from the baseline, paired by world, with its interval.

    `relative` is the difference over the size of the baseline's mean in the same worlds, so
    that it has the sign of the difference; NaN where that mean is 0. `probability_greater` is
    the chance that a random world of the arm exceeds a random world of the baseline, ties half
    (Mann and Whitney 1947, U / n^2): unpaired, and so a property of the model and not of how
    its random numbers are shared. Raises ValueError where the worlds do not match.
    """
    arm, baseline = _paired(arm_values, baseline_values)
    differences = arm - baseline
    low, high, method = mean_interval(differences, seed=seed)
    difference, reference = _mean(_defined(differences)), abs(_mean(baseline))
    return {
        "n": len(differences),
        "difference": difference,
        "ci_low": low,
        "ci_high": high,
        "relative": difference / reference if reference else math.nan,
        "probability_greater": _probability_greater(_defined(arm_values), baseline_values),
        "method": method,
    }


def same_luck_share(arm_values: ArrayLike, baseline_values: ArrayLike) -> float:
    """Share of worlds in which the arm exceeds the baseline with the same luck, ties half.

    This depends on the coupling: the same two models gave 0.66, 0.80 and 0.98 under three ways
    of sharing random numbers. It describes these runs, not the model; `compare` has the chance
    that does not depend on it. NaN without a world; raises ValueError where worlds do not match.
    """
    arm, baseline = _paired(arm_values, baseline_values)
    return _mean((np.sign(arm - baseline) + 1.0) / 2.0)


def crossing_week(mean_a_cumulative: ArrayLike, mean_b_cumulative: ArrayLike) -> int | None:
    """First week (from 0) from which a stays above b till the end, None where it never does.

    Both have shape (weeks,). Equal is not above. Raises ValueError where the weeks differ.
    """
    a, b = _same_shape(mean_a_cumulative, mean_b_cumulative)
    not_above = np.flatnonzero(~(a > b))
    week = int(not_above[-1]) + 1 if len(not_above) else 0
    return week if week < len(a) else None


def tail_alarm(values: ArrayLike) -> bool:
    """Whether a few worlds carry the mean, so that it is not settled by these replications.

    True where the largest 1 % of the worlds (at least one; by size, whatever the sign) carry
    more than a quarter of the sum, or where the first and second half differ by more than three
    standard errors (on a normal sample once in 370). Below 20 worlds always False.
    """
    sample = np.asarray(values, dtype=np.float64)
    sample = sample[~np.isnan(sample)]
    return len(sample) >= TAIL_SAMPLE and (_few_carry_it(sample) or _halves_disagree(sample))


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


def _mean_and_half_width(
    values: Floats, defined: NDArray[np.bool_], n: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    from scipy.special import stdtrit

    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(defined, values, 0.0).sum(axis=0) / n
        squares = np.square(np.where(defined, values - mean, 0.0)).sum(axis=0)
        half = stdtrit(n - 1.0, (1 + LEVEL) / 2) * np.sqrt(squares / (n - 1.0) / n)
    return mean, np.where(n > 1, half, np.nan)


def _defined(values: ArrayLike) -> Floats:
    sample = np.asarray(values, dtype=np.float64)
    return np.sort(sample[~np.isnan(sample)])


def _same_shape(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError(f"samples do not match: shapes {first.shape} and {second.shape}")
    return first, second


def _paired(arm_values: ArrayLike, baseline_values: ArrayLike) -> tuple[Floats, Floats]:
    arm, baseline = _same_shape(arm_values, baseline_values)
    both = ~(np.isnan(arm) | np.isnan(baseline))
    return arm[both], baseline[both]


def _mean(sample: Floats) -> float:
    return math.fsum(sample) / len(sample) if len(sample) else math.nan


def _sd(sample: Floats) -> float:
    if len(sample) < 2:
        return math.nan
    return float(np.std(sample, ddof=1)) if np.ptp(sample) > 0 else 0.0


def _quantiles(sample: Floats) -> list[float]:
    if len(sample) == 0:
        return [math.nan] * 3
    found: list[float] = np.quantile(sample, [0.05, 0.5, 0.95]).tolist()
    return found


def _skewness(sample: Floats) -> float:
    if len(sample) < 3 or np.ptp(sample) == 0:
        return math.nan
    # Scaled first: cubes of tiny or huge values leave the range of a float.
    deviations = (sample - _mean(sample)) / np.ptp(sample)
    return float(np.mean(deviations**3) / np.mean(deviations**2) ** 1.5)


def _needs_resampling(sample: Floats) -> bool:
    n = len(sample)
    if not FEW <= n < MANY or sample[0] == sample[-1]:
        return False
    return n < ENOUGH or abs(_skewness(sample)) >= 1


def _student(sample: Floats) -> Interval:
    found = student_intervals(sample)
    return Interval(float(found.low), float(found.high), str(found.method))


def _bootstrap_t(sample: Floats, seed: int) -> Interval | None:
    """The interval, None where resamples without spread reach into its bounds."""
    # Always the same way up, so that swapping arm and baseline mirrors the interval.
    sign = -1.0 if _skewness(sample) < 0 else 1.0
    upright = np.sort(sign * sample)
    mean, error = _mean(upright), _sd(upright) / math.sqrt(len(upright))
    pivots = np.sort(_pivots(upright - mean, seed))
    below, above = float(pivots[TAIL - 1]), float(pivots[-TAIL])
    if math.isinf(below) or math.isinf(above):
        return None
    low, high = sorted((sign * (mean - above * error), sign * (mean - below * error)))
    return Interval(low, high, "bootstrap-t")


def _pivots(deviations: Floats, seed: int) -> Floats:
    n = len(deviations)
    resamples = deviations[resampled_places(n, seed)]
    varied = resamples.min(axis=1) < resamples.max(axis=1)
    pivots = np.copysign(np.inf, resamples[:, 0])
    spread = resamples[varied].std(axis=1, ddof=1)
    pivots[varied] = resamples[varied].mean(axis=1) * math.sqrt(n) / spread
    return pivots


def resampled_places(n: int, seed: int) -> NDArray[np.uint64]:
    """Places of `RESAMPLES` samples with replacement of n worlds, (RESAMPLES, n)."""
    key = hashlib.blake2b(_KEY + seed.to_bytes(16, "big"), digest_size=16).digest()
    # Raw bits, since NumPy promises those and not the draws it makes from them (NEP 19).
    bits = np.random.Philox(key=int.from_bytes(key, "big")).random_raw(RESAMPLES * n)
    places = ((bits >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32)
    return places.reshape(RESAMPLES, n)


def _probability_greater(arm: Floats, baseline_values: ArrayLike) -> float:
    baseline = _defined(baseline_values)
    if not len(arm) or not len(baseline):
        return math.nan
    below = np.searchsorted(baseline, arm, side="left").sum()
    not_above = np.searchsorted(baseline, arm, side="right").sum()
    return float(below + not_above) / 2 / (len(arm) * len(baseline))


def _few_carry_it(sample: Floats) -> bool:
    sizes = np.sort(np.abs(sample))
    few = math.ceil(len(sizes) / 100)
    return bool(sizes[-few:].sum() > 0.25 * sizes.sum())


def _halves_disagree(sample: Floats) -> bool:
    first, second = sample[: len(sample) // 2], sample[len(sample) // 2 :]
    error = math.hypot(*(_sd(half) / math.sqrt(len(half)) for half in (first, second)))
    return abs(_mean(first) - _mean(second)) > 3 * error
