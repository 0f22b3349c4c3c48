"""Bounds of the mean of a sample in which few worlds differ from the commonest value.

Of such samples, early weeks of a curve above all, Student's interval and the bootstrap know too
little: the worlds that would carry the mean are mostly not among them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wom_sim.study.statistics.intervals import Floats


def few_differ(samples: Floats, few: int) -> NDArray[np.bool_]:
    """Columns, (worlds, k), in which a value is held by most and fewer than `few` differ."""
    n = (~np.isnan(samples)).sum(axis=0)
    many = differing(samples)
    found: NDArray[np.bool_] = (many < few) & (2 * many < n)
    return found


def differing(samples: Floats) -> NDArray[np.int64]:
    """How many worlds of each column, (worlds, k), differ from the value that most share."""
    found: NDArray[np.int64] = (~np.isnan(samples) & (samples != _middle(samples))).sum(axis=0)
    return found


def stringer(samples: Floats, missed: float) -> tuple[Floats, Floats]:
    """Bounds of the mean of each column, (worlds, k), beyond which it lies with chance `missed`.

    Stringer's bound (1963; Bickel 1992), of auditing, where most items are without error: with
    sizes z of the differences from the commonest value, largest first, and Clopper and Pearson's
    bound (1934) of the share of worlds in which j of n differ by that much,

        upper = sum over j of p_upper(j) (z_j - z_j+1)

    which is that of a share where all sizes are equal. The lower bound is made likewise, and
    differences downward are taken off those upward. Sizes beyond the largest that is seen, on
    either side, are taken not to occur, so a mean carried by larger ones is held less often.
    Every column needs a defined value.
    """
    middle = _middle(samples)
    bounds = [_column(column[~np.isnan(column)], missed / 2) for column in (samples - middle).T]
    low, high = np.reshape(bounds, (-1, 2)).T
    return middle + low, middle + high


def _middle(samples: Floats) -> Floats:
    """The lower median of each column: the commonest value where most share one."""
    if not len(samples):
        return np.full(samples.shape[1], np.nan)
    n = (~np.isnan(samples)).sum(axis=0)
    places = np.maximum(n - 1, 0)[None] // 2
    found: Floats = np.take_along_axis(np.sort(samples, axis=0), places, axis=0)[0]
    return found


def _column(gaps: Floats, missed: float) -> tuple[float, float]:
    reach = float(np.abs(gaps).max())
    more, less = _one_way(gaps, reach, missed), _one_way(-gaps, reach, missed)
    return more[0] - less[1], more[1] - less[0]


def _one_way(gaps: Floats, reach: float, missed: float) -> tuple[float, float]:
    """Bounds of the mean of what lies above 0, each missed with chance `missed`."""
    from scipy.special import betaincinv

    n = len(gaps)
    steps = -np.diff([reach, *np.sort(gaps[gaps > 0])[::-1], 0.0])
    j = np.arange(len(steps))
    upper = betaincinv(j + 1, n - j, 1 - missed)
    lower = np.append(0.0, betaincinv(j[1:], n - j[1:] + 1, missed))
    return float(steps @ lower), float(steps @ upper)
