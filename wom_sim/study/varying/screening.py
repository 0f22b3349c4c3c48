"""The points at which sensitivity is measured: Morris's trajectories and Saltelli's matrices.

A design is a cube of places between 0 and 1, (rows, steps, names): its rows are independent of
one another, and from step to step of a row one name moves at a time. The last name is a dummy,
which acts on nothing but the luck: at its upper half other worlds are simulated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.scenario.parameters.sweep import Axis, Value
from wom_sim.study.varying.design import Design, between, generator, places

Floats = NDArray[np.float64]

DUMMY = "dummy"
STEP = 2 / 3
"""How far a name moves on Morris's grid of four levels: 0 to 2/3, or 1/3 to 1."""

_KEY = b"wom_sim/sensitivity/1"


class Moves(NamedTuple):
    """How far each name moves in each row, (rows, names), and from which step to which."""

    far: Floats
    start: NDArray[np.int64]
    end: NDArray[np.int64]


def steps(method: str, names: int) -> int:
    """Points in a row of a design for so many names, the dummy among them."""
    return names + (1 if method == "morris" else 2)


def cube(method: str, rows: int, names: int, seed: int) -> Floats:
    """The design of a method for so many names, the dummy among them; equal for equal seeds.

    `morris`: trajectories (Morris 1991) in which every name starts equally often at each of its
    levels, of names + 1 steps. `sobol`: A, B and the A_B of each name (Saltelli et al. 2010)
    from one Sobol' sequence, names + 2 steps; `rows` is then a power of 2.
    """
    chance = generator(seed, _KEY)
    if method == "morris":
        return _trajectories(rows, names, chance)
    both = places("sobol", rows, 2 * names, chance)
    first, second = both[:, :names], both[:, names:]
    mixed = np.repeat(first[:, None], names, axis=1)
    diagonal = np.arange(names)
    mixed[:, diagonal, diagonal] = second
    return np.concatenate([first[:, None], second[:, None], mixed], axis=1)


def _trajectories(rows: int, names: int, chance: np.random.Generator) -> Floats:
    blocks = np.tile(np.arange(4), -(-rows // 4)).reshape(-1, 4)
    starts = np.stack(
        [chance.permuted(blocks, axis=1).ravel()[:rows] for _ in range(names)], axis=1)
    order = chance.permuted(np.tile(np.arange(names), (rows, 1)), axis=1)
    # The step after which each name has moved: 1 for the first of the order.
    turn = np.argsort(order, axis=1) + 1
    moved = np.arange(names + 1)[None, :, None] >= turn[:, None, :]
    low, down = (starts % 2 / 3)[:, None], (starts >= 2)[:, None]
    found: Floats = low + np.where(moved != down, STEP, 0.0)
    return found


def moves(method: str, units: Floats) -> Moves:
    """Which pairs of steps of a design differ in one name alone, for each of its names."""
    rows, _, names = units.shape
    if method == "morris":
        change = np.diff(units, axis=1)
        start = np.abs(change).argmax(axis=1)
        return Moves(change.sum(axis=1), start, start + 1)
    start = np.zeros((rows, names), dtype=np.int64)
    end = start + np.arange(2, names + 2)
    return Moves(units[:, 1] - units[:, 0], start, end)


def design(axes: Sequence[Axis], units: Floats) -> Design:
    """The points of a cube, row by row, with values of the axes and of the dummy, 0 or 1."""
    flat = units.reshape(-1, units.shape[2])
    columns: list[Sequence[Value]] = [between(axis, flat[:, k]) for k, axis in enumerate(axes)]
    columns.append([int(share >= 0.5) for share in flat[:, -1]])
    names = (*(axis.name for axis in axes), DUMMY)
    return Design(names, tuple(zip(*columns, strict=True)))


def other_luck(seed: int) -> int:
    """The seed of the worlds at the upper half of the dummy."""
    digest = hashlib.blake2b(_KEY + b"luck" + seed.to_bytes(16, "big"), digest_size=8).digest()
    return int.from_bytes(digest, "big")
