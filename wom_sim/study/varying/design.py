"""The points of a sweep: every combination of a grid, or a random design of NumPy and SciPy."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.scenario.dump import scalar
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.parameters.sweep import Axis, Value

Floats = NDArray[np.float64]

_KEY = b"wom_sim/sweep/1"


class Design(NamedTuple):
    """What is varied and its values: names of columns, and a row for each point."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]

    def settings(self, point: int) -> tuple[str, ...]:
        """The point as texts for `--set`."""
        pairs = zip(self.columns, self.rows[point], strict=True)
        return tuple(f"{name}={scalar(value)}" for name, value in pairs)


def design_of(scenario: Scenario) -> Design:
    """The points of the scenario's sweep; equal scenarios have equal points.

    On a grid the last name varies fastest. Drawn points depend on the scenario's `seed`, by a
    key that no world has. Raises ValueError where the scenario has no sweep.
    """
    sweep = scenario.sweep
    if sweep is None:
        raise ValueError(f"{scenario.stem} has no sweep")
    if sweep.design == "grid":
        return Design(sweep.names, tuple(product(*(axis.values for axis in sweep.axes))))
    shares = places(sweep.design, sweep.points, len(sweep.axes), generator(scenario.seed))
    columns = [between(axis, shares[:, k]) for k, axis in enumerate(sweep.axes)]
    return Design(sweep.names, tuple(zip(*columns, strict=True)))


def places(design: str, points: int, names: int, chance: np.random.Generator) -> Floats:
    """Places in the unit cube, (points, names), in a drawn `design`.

    Latin hypercube sampling (McKay, Beckman & Conover 1979); Sobol's sequence with Owen's
    scrambling in the way of Matousek (1998).
    """
    from scipy.stats import qmc

    kind = qmc.Sobol if design == "sobol" else qmc.LatinHypercube
    try:
        engine: Any = kind(names, rng=chance)
    except TypeError:  # SciPy before 1.15
        engine = kind(names, seed=chance)
    found: Floats = engine.random(points)
    return found


def generator(seed: int, key: bytes = _KEY) -> np.random.Generator:
    """Chance for one purpose, `key`, that no world has."""
    digest = hashlib.blake2b(key + seed.to_bytes(16, "big"), digest_size=16).digest()
    # SciPy spawns generators from this one, for which NumPy wants a sequence of seeds.
    return np.random.default_rng(np.random.SeedSequence(int.from_bytes(digest, "big")))


def between(axis: Axis, shares: Floats) -> Sequence[Value]:
    """Values at these shares of the way from the axis's low to its high end."""
    if axis.whole:
        return [_whole(axis, share) for share in shares.tolist()]
    return [_at(axis, axis.low, axis.high, share) for share in shares.tolist()]


def _at(axis: Axis, low: float, high: float, share: float) -> float:
    if axis.log:
        between = math.exp((1 - share) * math.log(low) + share * math.log(high))
    else:
        between = (1 - share) * low + share * high
    # Rounding of the last digit may lead out of the range.
    return min(max(between, low), high)


def _whole(axis: Axis, share: float) -> int:
    """A whole number: each has the same room, those at the ends too; on a log axis the nearest."""
    first, last = math.ceil(axis.low), math.floor(axis.high)
    if axis.log:
        return min(max(round(_at(axis, axis.low, axis.high, share)), first), last)
    return min(first + int(share * (last - first + 1)), last)
