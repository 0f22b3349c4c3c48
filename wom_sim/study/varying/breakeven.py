"""Break-even: from which value of a parameter on one thing exceeds another, and how surely.

Worlds are resampled whole, at all points of the map at once, since they share their luck there:
what moves one point moves its neighbours too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wom_sim.study.results import BreakEven, Contrast, Edge, Swept
from wom_sim.study.statistics.summaries import LEVEL, mean_interval, resampled_places

Floats = NDArray[np.float64]


def break_even(swept: Swept, contrast: Contrast) -> BreakEven:
    """The map of a contrast over the grid of a sweep that `is_numeric_grid`.

    Intervals of a point as `statistics.mean_interval`; of an edge the percentile bootstrap (Efron
    1979) over worlds. Raises KeyError for unknown outcomes and ValueError for unknown arms.
    """
    x, y, points = _grid(swept)
    gaps = _gaps(swept, contrast)[points]
    seed = swept.scenario.seed
    difference = np.array([[_told(gap, seed) for gap in row] for row in gaps])
    means = _means(gaps, np.arange(gaps.shape[-1])[None])[0]
    rising = bool(np.nansum(means[:, -1] - means[:, 0]) >= 0)
    again = _means(gaps, resampled_places(gaps.shape[-1], seed))
    edges = tuple(
        _edge(x, means[row], again[:, row], rising) for row in range(len(y))
    )
    return BreakEven(contrast, x, y, points, difference, rising, edges)


def _grid(swept: Swept) -> tuple[Floats, Floats, NDArray[np.int64]]:
    rows = np.array([[float(value) for value in row] for row in swept.design.rows])
    x = np.unique(rows[:, 0])
    second = rows[:, 1] if rows.shape[1] == 2 else np.full(len(rows), np.nan)
    y = np.unique(second)
    order = np.lexsort((rows[:, 0], second))
    return x, y, order.reshape(len(y), len(x))


def _gaps(swept: Swept, contrast: Contrast) -> Floats:
    """Differences of every point, (points, replications)."""
    first, second = swept.arms.index(contrast.arm), swept.arms.index(contrast.other_arm)
    gaps: Floats = (
        swept.value(contrast.outcome)[:, first] - swept.value(contrast.other_outcome)[:, second]
    )
    return gaps


def _told(gap: Floats, seed: int) -> tuple[float, float, float]:
    low, high, _ = mean_interval(gap, seed=seed)
    known = gap[~np.isnan(gap)]
    return (float(known.mean()) if len(known) else np.nan), low, high


def _means(gaps: Floats, places: NDArray[np.integer]) -> Floats:
    """Mean differences of resampled worlds, (resamples, ny, nx); NaN where none is defined.

    places: (resamples, replications).
    """
    worlds = gaps.shape[-1]
    often = np.array([np.bincount(row, minlength=worlds) for row in places.astype(np.int64)])
    flat = gaps.reshape(-1, worlds)
    known = ~np.isnan(flat)
    total = often @ np.where(known, flat, 0.0).T
    with np.errstate(invalid="ignore", divide="ignore"):
        means: Floats = total / (often @ known.T)
    return means.reshape(len(places), *gaps.shape[:-1])


def _edge(x: Floats, means: Floats, again: Floats, rising: bool) -> Edge:
    """The edge of a row; means: (nx,), again: (resamples, nx)."""
    at = _crossings(x, means[None], rising)
    found = np.sort(_crossings(x, again, rising))
    # Whole ranks: between an infinite and a finite edge there is nothing to interpolate.
    beyond = int(len(found) * (1 - LEVEL) / 2)
    ahead = means > 0
    changes = int((ahead[1:] != ahead[:-1]).sum())
    return Edge(float(at[0]), float(found[beyond]), float(found[-1 - beyond]), changes)


def _crossings(x: Floats, means: Floats, rising: bool) -> Floats:
    """Where each row of means, (rows, nx), comes to stay above zero; between points linearly."""
    if not rising:
        return -_crossings(-x[::-1], means[:, ::-1], True)
    stays = np.logical_and.accumulate((means > 0)[:, ::-1], axis=1).sum(axis=1)
    first = len(x) - stays
    upper = np.clip(first, 1, len(x) - 1)
    rows = np.arange(len(means))
    below, above = means[rows, upper - 1], means[rows, upper]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(np.isnan(below), 1.0, -below / (above - below))
    between = x[upper - 1] + share * (x[upper] - x[upper - 1])
    return np.where(first == 0, -np.inf, np.where(first == len(x), np.inf, between))
