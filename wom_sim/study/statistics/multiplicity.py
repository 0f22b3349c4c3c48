"""Families of claims: Holm's adjustment of their p-values for how many there are."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


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
