"""Whether a few worlds carry a mean, and what to say instead: median, and how many took off."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from wom_sim.study.statistics.intervals import LEVEL, Floats, defined, mean_of, sd_of

TAIL_SAMPLE = 20
"""Fewest worlds of which one in a hundred can be said to weigh too much."""
TAKE_OFF = 2.0
"""A world has taken off where it comes to more than so many medians."""


class Share(NamedTuple):
    """A share of worlds and its 95 % interval; NaN where it is not known."""

    share: float
    low: float
    high: float


def tail_alarm(values: ArrayLike) -> bool:
    """Whether a few worlds carry the mean, so that it is not settled by these replications.

    True where the largest 1 % of the worlds (at least one; by size, whatever the sign) carry
    more than a quarter of the sum, or where the first and second half differ by more than three
    standard errors (on a normal sample once in 370). Below 20 worlds always False.
    """
    sample = np.asarray(values, dtype=np.float64)
    sample = sample[~np.isnan(sample)]
    return len(sample) >= TAIL_SAMPLE and (_few_carry_it(sample) or _halves_disagree(sample))


def median_interval(values: ArrayLike) -> tuple[float, float]:
    """95 % interval of the median: two of the worlds themselves (Thompson 1936).

    Holds for every distribution; the k-th from either end, k the largest with at most 2.5 %
    beyond it in n throws of a coin. NaN below 6 worlds, where even the extremes hold less.
    """
    sample = defined(values)
    k = _rank(len(sample))
    return (float(sample[k - 1]), float(sample[-k])) if k else (math.nan, math.nan)


def took_off(values: ArrayLike) -> Share:
    """Share of worlds that took off: that come to more than twice the median of all worlds.

    Where the median is 0, those above 0; NaN where it is negative, as nothing takes off from
    below zero. The interval is Wilson's (1927) for a share whose bar is known.
    """
    sample = defined(values)
    median = float(np.median(sample)) if len(sample) else math.nan
    if not median >= 0:
        return Share(math.nan, math.nan, math.nan)
    return wilson(int((sample > TAKE_OFF * median).sum()), len(sample))


def wilson(successes: int, n: int) -> Share:
    """A share of n and Wilson's 95 % interval (1927). Raises ValueError without any."""
    if not 0 <= successes <= n or n < 1:
        raise ValueError(f"no share: {successes} of {n}")
    from scipy.special import ndtri

    z = float(ndtri((1 + LEVEL) / 2))
    share = successes / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    low = 0.0 if successes == 0 else centre - half
    return Share(share, low, 1.0 if successes == n else centre + half)


@lru_cache(maxsize=64)
def _rank(n: int) -> int:
    if n == 0:
        return 0
    from scipy.special import bdtr

    return int((bdtr(np.arange(n), n, 0.5) <= (1 - LEVEL) / 2).sum())


def _few_carry_it(sample: Floats) -> bool:
    sizes = np.sort(np.abs(sample))
    few = math.ceil(len(sizes) / 100)
    return bool(sizes[-few:].sum() > 0.25 * sizes.sum())


def _halves_disagree(sample: Floats) -> bool:
    first, second = sample[: len(sample) // 2], sample[len(sample) // 2 :]
    error = math.hypot(*(sd_of(half) / math.sqrt(len(half)) for half in (first, second)))
    return abs(mean_of(first) - mean_of(second)) > 3 * error
