"""Intervals that hold together: several arms against one baseline, or every week of a curve.

The chance that any of them misses what it should hold is 5 %, not 5 % each.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.study.statistics.intervals import (
    FEW,
    KEPT,
    LEVEL,
    RESAMPLES,
    Floats,
    draws,
    student_intervals,
)
from wom_sim.study.statistics.rare import differing, few_differ, stringer

_TINY = 1e-12
"""Variance, in units of the sample's, below which a resample has no spread."""


class Band(NamedTuple):
    """Means and their simultaneous 95 % bounds, each of shape (k,).

    `method` is `max-t`, `stringer` or `t` (the last two at Bonferroni's level), or one of those
    of `Interval` without bounds of their own: `undefined`, `none`, `identical`.
    """

    n: NDArray[np.int64]
    mean: Floats
    low: Floats
    high: Floats
    method: NDArray[np.str_]


def band(samples: Floats, seed: int) -> Band:
    """Simultaneous intervals for the means of the columns of `samples`, shape (worlds, k).

    Bootstrap-t of all columns at once (the studentised step of Romano and Wolf 2005; for curves
    the sup-t band of Montiel Olea and Plagborg-Moller 2019): 2,000 resamples of whole worlds, so
    that what columns share is kept, and of each the largest and the smallest pivot over columns.
    Columns in which fewer than 10 worlds differ from a value that most share have Stringer's
    bounds, which see that the worlds that count may be missing, and others of fewer than 10
    worlds Student's, each at Bonferroni's level; the kinds share the 5 % by their numbers.
    Undefined values (NaN) are left out column by column; equal values are their own interval,
    and take no share. Resamples are drawn as in `mean_interval`, worlds in their order.
    """
    # One layout, as the order of additions follows it.
    samples = np.ascontiguousarray(samples, dtype=np.float64)
    plain = student_intervals(samples)
    uncertain = plain.method == "t"
    rare = uncertain & few_differ(samples, FEW)
    resampled = uncertain & (differing(samples) >= FEW)
    pair = _extremes(samples[:, resampled], _share(resampled, uncertain), seed)
    if pair is None:
        resampled = np.zeros_like(uncertain)
    each = (1 - LEVEL) / max(1, int(uncertain.sum()))
    below, above = _student(plain.n, each)
    if pair is not None:
        below, above = np.where(resampled, pair[0], below), np.where(resampled, pair[1], above)
    error = _errors(samples, plain.n)
    with np.errstate(invalid="ignore"):
        low = np.where(uncertain, plain.mean - above * error, plain.low)
        high = np.where(uncertain, plain.mean - below * error, plain.high)
    low[rare], high[rare] = stringer(samples[:, rare], each)
    method = np.select([rare, resampled], ["stringer", "max-t"], plain.method)
    return Band(plain.n, plain.mean, low, high, method)


def _share(resampled: NDArray[np.bool_], uncertain: NDArray[np.bool_]) -> float:
    return float(resampled.sum() / max(1, uncertain.sum()))


def _errors(samples: Floats, n: NDArray[np.int64]) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(samples, axis=0) / n
        return np.asarray(np.sqrt(np.nansum((samples - mean) ** 2, axis=0) / (n - 1.0) / n))


def _student(n: NDArray[np.int64], missed: float) -> tuple[Floats, Floats]:
    from scipy.special import stdtrit

    with np.errstate(invalid="ignore"):
        half = np.asarray(stdtrit(n - 1.0, 1 - missed / 2))
    return -half, half


def _extremes(samples: Floats, share: float, seed: int) -> tuple[float, float] | None:
    """Bounds of the smallest and of the largest pivot; None where there are none."""
    worlds, columns = samples.shape
    rank = math.floor((1 - LEVEL) / 2 * share * RESAMPLES)
    if not columns or not rank:
        return None
    known = ~np.isnan(samples)
    centred = np.where(known, samples - np.nanmean(samples, axis=0), 0.0)
    centred /= np.sqrt(np.square(centred).sum(axis=0) / known.sum(axis=0))
    parts = np.hstack([centred, np.square(centred)])
    # Where everything is known each resample has all its worlds, and nobody counts them.
    ones = None if known.all() else known.astype(float)
    least, most = [], []
    for weights in _resamples(worlds, seed):
        n = float(worlds) if ones is None else weights @ ones
        pivots = _pivots(n, weights @ parts, columns)
        least.append(pivots.min(axis=1))
        most.append(pivots.max(axis=1))
    low, high = np.sort(np.concatenate(least))[rank - 1], np.sort(np.concatenate(most))[-rank]
    if not np.isfinite([low, high]).all():
        return None
    # Matrix products may differ in their last digits from machine to machine.
    return float(f"{low:.9g}"), float(f"{high:.9g}")


@lru_cache(maxsize=1)
def _few_resamples(worlds: int, seed: int) -> tuple[Floats, ...]:
    return tuple(map(_weights, draws(worlds, seed)))


def _resamples(worlds: int, seed: int) -> Iterable[Floats]:
    """The weights of the worlds in each resample, some rows of resamples at a time."""
    # All bands of a run have the same ones; of few worlds they are kept.
    if worlds <= KEPT:
        return _few_resamples(worlds, seed)
    return map(_weights, draws(worlds, seed))


def _weights(places: NDArray[np.uint64]) -> Floats:
    """How often each resample holds each world, shape (resamples, worlds)."""
    rows, worlds = places.shape
    cells = places + np.arange(rows, dtype=np.uint64)[:, None] * np.uint64(worlds)
    counts = np.bincount(cells.ravel().astype(np.int64), minlength=rows * worlds)
    return counts.reshape(rows, worlds).astype(np.float64)


def _pivots(n: Floats | float, sums: Floats, columns: int) -> Floats:
    """Means over their standard errors from numbers of worlds, and sums of values and squares."""
    total, squares = sums[:, :columns], sums[:, columns:]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / n
        variance = (squares - n * mean**2) / (n - 1)
        pivots = mean / np.sqrt(variance / n)
    # Undefined in a resample of one world or none of this column: it says nothing of it.
    pivots = np.where(n > 1, pivots, 0.0)
    flat = (n > 1) & (variance < _TINY)
    found: Floats = np.where(flat, np.copysign(np.inf, mean), pivots)
    return found
