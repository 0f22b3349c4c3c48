"""The talk of the network (Goldenberg, Libai & Muller 2001) on ties that stay, by many means.

    python tests/benchmarks/talk_of_the_network.py [SIZE ...] [--runs 5] [--patience 8]

The general engine from a scenario, against a plain and a tuned Numba kernel, NumPy, SciPy's sparse
product and plain Python for this model alone, and the agent and network tools that are installed
(`peers/`), on the same ties: seconds until 95 % have adopted (medians, ties already built), and
ratios to the tuned kernel. `python -m wom_sim bench` measures the same.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numba
import numpy as np
import peers
from numpy.typing import NDArray
from peers.edges import rows
from scipy import sparse

from wom_sim.market.network import Ties
from wom_sim.show.bench import table
from wom_sim.study.bench.rivals import TUNED, Timed, rows_of, timed
from wom_sim.study.bench.talk import ENOUGH, OUTSIDE, STRONG, WEAK, Means, Run, clocked

SIZES = (1_000, 10_000, 100_000, 1_000_000)
Weeks = Callable[[int], int]
"""Weeks until enough have adopted, by a seed."""


def hazards(ties: Ties) -> NDArray[np.float64]:
    """The hazard a week of each tie, shape (ties,)."""
    weak = np.arange(ties.friend.size) >= np.repeat(ties.weak, np.diff(ties.start))
    return np.where(weak, -np.log1p(-WEAK), -np.log1p(-STRONG))


def with_numpy(ties: Ties) -> Weeks:
    """NumPy: messages of the week's adopters added up at their ties."""
    h, degree = hazards(ties), np.diff(ties.start)

    def weeks(seed: int) -> int:
        size, passed = degree.size, 0
        left = np.random.default_rng(seed).exponential(size=size)
        rate, waits = np.full(size, -np.log1p(-OUTSIDE)), np.ones(size, bool)
        while waits.sum() > (1 - ENOUGH) * size:
            left -= rate
            new = waits & (left < 0.0)
            waits &= ~new
            row = np.repeat(new, degree)
            np.add.at(rate, ties.friend[row], h[row])
            passed += 1
        return passed
    return weeks


def with_scipy(ties: Ties) -> Weeks:
    """SciPy: a sparse product a week."""
    size = ties.start.size - 1
    matrix = sparse.csr_array((hazards(ties), ties.friend, ties.start), shape=(size, size))

    def weeks(seed: int) -> int:
        rng, adopted, passed = np.random.default_rng(seed), np.zeros(size), 0
        while adopted.sum() < ENOUGH * size:
            hazard = matrix @ adopted - np.log1p(-OUTSIDE)
            adopted[rng.random(size) < -np.expm1(-hazard)] = 1.0
            passed += 1
        return passed
    return weeks


def with_python(ties: Ties) -> Weeks:
    """Plain Python: each adopter tells each tie once, and the chance to wait on is kept."""
    strong, weak = rows(ties)
    size = len(strong)

    def weeks(seed: int) -> int:
        draw = random.Random(seed).random
        waits, waiting, passed = [1 - OUTSIDE] * size, list(range(size)), 0
        while len(waiting) > (1 - ENOUGH) * size:
            before, waiting, new = waiting, [], []
            for person in before:
                (waiting if draw() < waits[person] else new).append(person)
            for person in new:
                for other in strong[person]:
                    waits[other] *= 1 - STRONG
                for other in weak[person]:
                    waits[other] *= 1 - WEAK
            passed += 1
        return passed
    return weeks


@numba.njit(nogil=True)
def plain_push(start: Any, weak: Any, friend: Any, left: Any, heard: Any) -> int:
    """Weeks by a plain kernel: adopters add their hazard to that of their ties."""
    size, adopters, weeks = heard.size, 0, 0
    new = np.empty(size, np.int64)
    outside, by_weak, by_strong = -np.log1p(-OUTSIDE), -np.log1p(-WEAK), -np.log1p(-STRONG)
    waits = np.ones(size, np.bool_)
    while adopters < ENOUGH * size:
        count = 0
        weeks += 1
        for p in range(size):
            if waits[p]:
                left[p] -= outside + heard[p]
                if left[p] < 0.0:
                    waits[p] = False
                    new[count] = p
                    count += 1
        adopters += count
        for n in range(count):
            for place in range(start[new[n]], start[new[n] + 1]):
                h = by_strong if place < weak[new[n]] else by_weak
                heard[friend[place]] += h
    return weeks


@numba.njit(nogil=True)
def tuned(
    key: int, start: Any, weak: Any, friend: Any, around: Any, waiting: Any, new: Any,
    below: Any,
) -> int:
    """Weeks by a kernel tuned for this model: bytes pushed, a table of chances, hashed draws.

    around: (N, 2) zeros, strong and weak ties that have adopted; waiting: (N,) all people;
    new: (N,) scratch; below: (256, 256) chance of so many adopters around, of 2^32.
    """
    size, left, weeks = waiting.size, waiting.size, 0
    while left > (1.0 - ENOUGH) * size:
        kept = count = 0
        for n in range(left):
            p = waiting[n]
            x = np.uint64(p) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(key + weeks)
            x = (x ^ (x >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
            x = (x ^ (x >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
            adopts = (x >> np.uint64(32)) < below[around[p, 0], around[p, 1]]
            waiting[kept] = p
            new[count] = p
            kept += not adopts
            count += adopts
        left = kept
        weeks += 1
        for n in range(count):
            p = new[n]
            for place in range(start[p], weak[p]):
                around[friend[place], 0] += 1
            for place in range(weak[p], start[p + 1]):
                around[friend[place], 1] += 1
    return weeks


def chances(steps: int = 1) -> NDArray[np.uint64]:
    """The table that `tuned` reads, where a week is so many steps."""
    strong, weak = np.arange(256)[:, None], np.arange(256)[None, :]
    waits = (1 - OUTSIDE) * (1 - STRONG) ** strong * (1 - WEAK) ** weak
    return np.asarray((1 - waits ** (1 / steps)) * 2**32, np.uint64)


def with_push(ties: Ties) -> Weeks:
    """The plain kernel."""
    def weeks(seed: int) -> int:
        size = ties.start.size - 1
        left = np.random.default_rng(seed).exponential(size=size)
        return int(plain_push(ties.start, ties.weak, ties.friend, left, np.zeros(size)))
    return weeks


def with_tuned(ties: Ties, steps: int = 1) -> Weeks:
    """The tuned kernel, which tells steps where a week is more than one."""
    below = chances(steps)

    def weeks(seed: int) -> int:
        size = ties.start.size - 1
        around, waiting = np.zeros((size, 2), np.uint8), np.arange(size, dtype=np.uint32)
        new = np.empty(size, np.uint32)
        return int(tuned(seed << 20, ties.start, ties.weak, ties.friend, around, waiting, new,
                         below))
    return weeks


def each(ready: Callable[[Ties], Weeks]) -> Callable[[Ties, Iterable[int]], Iterator[Run]]:
    """The runs of a means that is made ready for some ties."""
    def runs(ties: Ties, seeds: Iterable[int]) -> Iterator[Run]:
        weeks = ready(ties)
        for seed in seeds:
            yield clocked(lambda seed=seed: weeks(seed))
    return runs


OWN = {TUNED: with_tuned, "plain kernel": with_push, "NumPy": with_numpy, "SciPy": with_scipy,
       "plain Python": with_python}


def means() -> tuple[tuple[Means, ...], tuple[str, ...]]:
    """All means but the general engine that are at hand, and what is to be said of the others."""
    tools, notes = peers.installed()
    return (*(Means(name, each(ready)) for name, ready in OWN.items()), *tools), notes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, metavar="SIZE")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--patience", type=float, default=8.0)
    arguments = parser.parse_args()
    known, notes = means()
    found: list[list[Timed]] = []
    for size in arguments.sizes:
        found.append(timed(size, known, found, arguments.runs, arguments.patience))
        print(table(list(rows_of(size, found[-1], arguments.runs))), flush=True)
    print("\n".join(notes))


if __name__ == "__main__":
    main()
