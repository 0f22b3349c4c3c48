"""What the machine itself can do, in the process that is measured: the yardsticks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.chance import NEED, draw2, draws, key_of
from wom_sim.market.compiled import compiled
from wom_sim.study.bench.measured import seconds

COPIED, FETCHED, DRAWN = "GB copied", "byte fetched at random", "Philox draw"
NAMES = (COPIED, FETCHED, DRAWN)
CELL = "byte a person and trade"
PROPORTION, CORES = "proportion", "all cores busy"


class Yardsticks(NamedTuple):
    """Seconds of one of each: a GB copied, a byte fetched of a random neighbour, a Philox draw."""

    copied: float
    fetched: float
    drawn: float


def _fetch(state: NDArray[np.uint8], neighbours: NDArray[np.int32]) -> int:
    """The sum of one byte of each neighbour."""
    total = 0
    for n in range(neighbours.size):
        total += state[neighbours[n]]
    return total


fetch = compiled(_fetch)


def _luck(key: np.uint64, count: int) -> float:
    """The sum of the first doubles of `count` Philox blocks (Salmon et al. 2011)."""
    total = 0.0
    for n in range(count):
        total += draw2(key, n, 0, 0, NEED, 0, 0)[0]
    return total


luck = compiled(_luck)


def yardsticks(people: int = 1_000_000, runs: int = 5) -> Yardsticks:
    """Medians of processor time; `people` are those among whom neighbours are drawn."""
    key, ties = key_of(0, 0), 4 * people
    state = np.ones(people, np.uint8)
    uniform = draws(key, np.arange(ties), 0, NEED)[:, 0]
    neighbours = (uniform * people).astype(np.int32)
    source = np.ones(25 * people)
    goal = source.copy()
    fetch(state, neighbours)
    luck(key, 1)
    return Yardsticks(
        seconds(lambda: np.copyto(goal, source), runs) / source.nbytes * 1e9,
        seconds(lambda: fetch(state, neighbours), runs) / ties,
        seconds(lambda: luck(key, ties), runs) / ties,
    )
