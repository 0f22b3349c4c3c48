"""Parameters fitted to observations: a quadratic surrogate of means over worlds, least squares in
the box of their ranges, and ranges from profiles of the distance.

Places are shares of the way through each parameter's range, between 0 and 1. The distance of a
place is chi-square: residuals over all that makes them unsure, correlations included.
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STARTS = 8
"""Best simulated points from which the minimum is sought."""
GRID = 41
"""Places at which a profile is computed."""
LEVEL, WIDE = 0.95, 0.9999
"""Confidence of the ranges told, and of the box in which the second batch of points is drawn."""
PAD = 0.05
"""Share of a range by which that box is wider at each side."""
SMALLEST = 1e-6
"""Directions of less variance than this share of what independent ones would have are left out,
as of shares that sum to 1."""
ROUNDING = 1e-6


class CannotFit(Exception):
    """Observations that say nothing here; the message is one line that says why."""


class Problem(NamedTuple):
    """What is fitted: places (points, names), simulated means and noise, and what was observed.

    means: (points, quantities). noise: (quantities, quantities), covariance of the observations
    around such means. observed: (quantities,).
    """

    units: Floats
    means: Floats
    noise: Floats
    observed: Floats


class Surrogate(NamedTuple):
    """Polynomials of the second degree, (terms, quantities), and the mean square they miss by.

    They tell square roots, which bend less than numbers and shares that fall towards zero; below
    zero a square keeps its sign, so that a way down stays one.
    """

    coefficients: Floats
    crossed: bool
    missed: Floats

    def at(self, units: Floats) -> Floats:
        """Quantities at places (points, names)."""
        root = terms(units, self.crossed) @ self.coefficients
        found: Floats = root * np.abs(root)
        return found


class Minimum(NamedTuple):
    """Where the distance is least, the distance there, and for each name its range, (names, 2)."""

    place: Floats
    distance: float
    ranges: Floats


def noise_of(values: Floats, stated: Floats) -> Floats:
    """How far an observation lies from a simulated mean: stated error, one business, few worlds.

    values: (points, worlds, businesses, quantities). stated: (quantities,), standard errors.
    """
    means = np.nanmean(values, axis=(1, 2), keepdims=True)
    apart = (values - means).reshape(-1, values.shape[-1])
    whole = apart[np.isfinite(apart).all(axis=1)]
    one = whole.T @ whole / max(1, len(whole) - len(values))
    # A world in which a quantity is undefined everywhere says nothing of it.
    defined = np.maximum(np.isfinite(values).sum(axis=2), 1)
    worlds = (np.nansum(values - means, axis=2) / defined).reshape(-1, values.shape[-1])
    few = worlds.T @ worlds / len(worlds) / max(1, values.shape[1] - 1)
    found: Floats = np.diag(stated**2) + one + few
    return found


def whitening(noise: Floats) -> Floats:
    """A matrix (directions, quantities) that makes residuals independent, of variance 1."""
    scale = np.sqrt(noise.diagonal())
    spread, turned = np.linalg.eigh(noise / np.outer(scale, scale))
    kept = spread > SMALLEST
    found: Floats = (turned[:, kept] / np.sqrt(spread[kept])).T / scale
    return found


def distances(problem: Problem) -> Floats:
    """The distance of each simulated point, (points,)."""
    apart = (problem.means - problem.observed) @ whitening(problem.noise).T
    found: Floats = (apart**2).sum(axis=1)
    return found


def terms(units: Floats, crossed: bool) -> Floats:
    """1, each place, its square and (`crossed`) products of two, (points, terms)."""
    centred = 2 * units - 1
    pairs = combinations(range(units.shape[1]), 2) if crossed else ()
    products = [centred[:, i] * centred[:, j] for i, j in pairs]
    return np.column_stack([np.ones(len(units)), centred, centred**2, *products])


def fewest_points(names: int) -> int:
    """How many points the smallest surrogate of so many names takes, twice its terms."""
    return 2 * (2 * names + 1)


def surrogate(units: Floats, means: Floats) -> Surrogate:
    """The least-squares polynomial; products of places only with twice as many points as terms."""
    names = units.shape[1]
    crossed = len(units) >= (names + 1) * (names + 2)
    given = terms(units, crossed)
    solved, *_ = np.linalg.lstsq(given, np.sqrt(means), rcond=None)
    coefficients = solved.astype(np.float64)
    rough = Surrogate(coefficients, crossed, np.zeros(means.shape[1]))
    left = means - rough.at(units)
    free = max(1, len(units) - given.shape[1])
    return rough._replace(missed=(left**2).sum(axis=0) / free)


def minimum(problem: Problem, box: Floats, level: float = LEVEL) -> Minimum:
    """The least distance in `box` (names, 2), and the range of each name at a level.

    A range holds the values at which the distance, all other names at their best, is at most the
    quantile of chi-square with one degree of freedom above the least (Venzon & Moolgavkar 1988).
    """
    from scipy.stats import chi2

    rough = surrogate(problem.units, problem.means)
    noise = problem.noise + np.diag(rough.missed)
    white = whitening(noise)
    near = np.argsort(distances(problem._replace(noise=noise)), kind="stable")[:STARTS]
    found = [_least(rough, white, problem.observed, start, box) for start in problem.units[near]]
    place, distance = min(found, key=lambda pair: pair[1])
    most = distance + float(chi2.ppf(level, 1))
    ranges = [_range(rough, white, problem.observed, place, box, k, most)
              for k in range(len(box))]
    return Minimum(place, distance, np.array(ranges))


def _least(
    rough: Surrogate, white: Floats, observed: Floats, start: Floats, box: Floats,
    free: NDArray[np.bool_] | None = None,
) -> tuple[Floats, float]:
    """Place and distance of the minimum over the `free` names, from `start`."""
    from scipy.optimize import least_squares

    moved: NDArray[np.bool_] = np.ones(len(start), np.bool_) if free is None else free

    def residuals(some: Floats) -> Floats:
        whole = start.copy()
        whole[moved] = some
        found: Floats = white @ (rough.at(whole[None])[0] - observed)
        return found

    place = start.copy()
    low, high = box[moved].T
    inside = np.clip(start[moved], low + ROUNDING * (high - low), high - ROUNDING * (high - low))
    if moved.any():
        place[moved] = least_squares(residuals, inside, bounds=(low, high)).x
    return place, float((residuals(place[moved]) ** 2).sum())


def _range(
    rough: Surrogate, white: Floats, observed: Floats, place: Floats, box: Floats, k: int,
    most: float,
) -> tuple[float, float]:
    """The lowest and the highest value of name k whose profile is at most `most`."""
    free: NDArray[np.bool_] = np.array([name != k for name in range(len(place))])
    grid = np.unique(np.append(np.linspace(box[k, 0], box[k, 1], GRID), place[k]))
    middle = int(np.searchsorted(grid, place[k]))
    profile = np.empty(len(grid))
    for walk in (range(middle, len(grid)), range(middle, -1, -1)):
        start = place.copy()
        for step in walk:
            start[k] = grid[step]
            start, profile[step] = _least(rough, white, observed, start, box, free)
    inside = np.flatnonzero(profile <= most)
    first, last = int(inside[0]), int(inside[-1])
    return _crossing(grid, profile, first, -1, most), _crossing(grid, profile, last, 1, most)


def _crossing(grid: Floats, profile: Floats, at: int, way: int, most: float) -> float:
    """Where the profile passes `most`, on a straight line from step `at` to the next one."""
    after = at + way
    if not 0 <= after < len(grid):
        return float(grid[at])
    share = (most - profile[at]) / (profile[after] - profile[at])
    return float(grid[at] + share * (grid[after] - grid[at]))


def box_around(found: Minimum) -> Floats:
    """Where the second batch is drawn: the ranges of a first fit, a little wider, (names, 2)."""
    wider: Floats = np.clip(found.ranges + np.array([-PAD, PAD]), 0.0, 1.0)
    return wider


def within(units: Floats, box: Floats) -> NDArray[np.bool_]:
    """Which places lie in a box, (points,)."""
    inside: NDArray[np.bool_] = np.all((units >= box[:, 0]) & (units <= box[:, 1]), axis=1)
    return inside


def identified(span: Floats) -> bool:
    """Whether a range ends before both ends of what was assumed."""
    return bool(span[0] > ROUNDING and span[1] < 1 - ROUNDING)
