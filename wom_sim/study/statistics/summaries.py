"""What replications say about a mean, a difference and a chance, and how surely.

A sample is one number for each replication (an independent world), shape (n,). Undefined values
(NaN: a ratio without a denominator) are dropped before anything else, and n counts what is left.
Every interval is a nominal 95 % interval.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from wom_sim.study.statistics.intervals import (
    LEVEL,
    RESAMPLES,
    Floats,
    Interval,
    Intervals,
    defined,
    mean_interval,
    mean_of,
    resampled_places,
    sd_of,
    skewness_of,
    student_intervals,
)
from wom_sim.study.statistics.superiority import superiority
from wom_sim.study.statistics.tails import median_interval, tail_alarm, took_off

__all__ = [
    "LEVEL",
    "RESAMPLES",
    "Interval",
    "Intervals",
    "compare",
    "crossing_week",
    "mean_interval",
    "resampled_places",
    "same_luck_share",
    "student_intervals",
    "summarise",
    "tail_alarm",
]


def summarise(values: ArrayLike, seed: int) -> dict[str, Any]:
    """Mean with its interval, spread, quantiles and shape of a sample.

    `sd` has n - 1 below the line, `skewness` is the moment coefficient g1 (Fisher 1929), and
    quantiles interpolate linearly (type 7 of Hyndman and Fan 1996). `settled` is whether the
    mean may be relied on (`tails.tail_alarm`); where it is not, read the median, and the share
    of worlds that took off (`tails.took_off`).
    """
    sample = defined(values)
    low, high, method = mean_interval(sample, seed=seed)
    q05, median, q95 = _quantiles(sample)
    median_low, median_high = median_interval(sample)
    share, share_low, share_high = took_off(sample)
    return {
        "n": len(sample),
        "mean": mean_of(sample),
        "ci_low": low,
        "ci_high": high,
        "sd": sd_of(sample),
        "median": median,
        "median_low": median_low,
        "median_high": median_high,
        "q05": q05,
        "q95": q95,
        "skewness": skewness_of(sample),
        "settled": not tail_alarm(values),
        "took_off": share,
        "took_off_low": share_low,
        "took_off_high": share_high,
        "method": method,
    }


def compare(arm_values: ArrayLike, baseline_values: ArrayLike, seed: int) -> dict[str, Any]:
    """Difference of an arm from the baseline, paired by world, with its interval.

    `relative` is the difference over the size of the baseline's mean in the same worlds, so
    that it has the sign of the difference; NaN where that mean is 0. `probability_greater` is
    the chance that a random world of the arm exceeds a random world of the baseline, ties half
    (`superiority`): unpaired, and so a property of the model and not of how its random numbers
    are shared; `cliffs_delta` (Cliff 1993) is twice that less 1, and its bounds follow likewise.
    There is no standardised paired effect, as its size is that of the sharing. Median, skewness
    and `settled` are those of the paired differences. Raises ValueError where the worlds do not
    match.
    """
    arm, baseline = _paired(arm_values, baseline_values)
    differences = arm - baseline
    low, high, method = mean_interval(differences, seed=seed)
    difference, reference = mean_of(defined(differences)), abs(mean_of(baseline))
    median_low, median_high = median_interval(differences)
    greater = superiority(arm_values, baseline_values)
    return {
        "n": len(differences),
        "difference": difference,
        "ci_low": low,
        "ci_high": high,
        "relative": difference / reference if reference else math.nan,
        "median": float(np.median(differences)) if len(differences) else math.nan,
        "median_low": median_low,
        "median_high": median_high,
        "skewness": skewness_of(defined(differences)),
        "settled": not tail_alarm(differences),
        "probability_greater": greater.chance,
        "probability_low": greater.low,
        "probability_high": greater.high,
        "cliffs_delta": 2 * greater.chance - 1,
        "method": method,
    }


def same_luck_share(arm_values: ArrayLike, baseline_values: ArrayLike) -> float:
    """Share of worlds in which the arm exceeds the baseline with the same luck, ties half.

    This depends on the coupling: the same two models gave 0.66, 0.80 and 0.98 under three ways
    of sharing random numbers. It describes these runs, not the model; `compare` has the chance
    that does not depend on it. NaN without a world; raises ValueError where worlds do not match.
    """
    arm, baseline = _paired(arm_values, baseline_values)
    return mean_of((np.sign(arm - baseline) + 1.0) / 2.0)


def crossing_week(mean_a_cumulative: ArrayLike, mean_b_cumulative: ArrayLike) -> int | None:
    """First week (from 0) from which a stays above b till the end, None where it never does.

    Both have shape (weeks,). Equal is not above. Raises ValueError where the weeks differ.
    """
    a, b = _same_shape(mean_a_cumulative, mean_b_cumulative)
    not_above = np.flatnonzero(~(a > b))
    week = int(not_above[-1]) + 1 if len(not_above) else 0
    return week if week < len(a) else None


def _same_shape(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError(f"samples do not match: shapes {first.shape} and {second.shape}")
    return first, second


def _paired(arm_values: ArrayLike, baseline_values: ArrayLike) -> tuple[Floats, Floats]:
    arm, baseline = _same_shape(arm_values, baseline_values)
    both = ~(np.isnan(arm) | np.isnan(baseline))
    return arm[both], baseline[both]


def _quantiles(sample: Floats) -> list[float]:
    if len(sample) == 0:
        return [math.nan] * 3
    found: list[float] = np.quantile(sample, [0.05, 0.5, 0.95]).tolist()
    return found
