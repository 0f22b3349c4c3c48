"""The talk of the network (Goldenberg, Libai & Muller 2001) on ties that stay, by five means.

    python tests/benchmarks/talk_of_the_network.py [SIZE ...] [--runs 5]

The general engine from a scenario, against NumPy, SciPy's sparse product, a plain and a tuned
Numba kernel for this model alone, on the same ties in one process: seconds until 95 % have adopted
(least of several runs, ties already built), and ratios to the tuned kernel.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from wom_sim.market.network import Ties
from wom_sim.market.record import PLACE
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.resolve import read_text
from wom_sim.study.replicate import history_of, past_parameters, run_arm

SIZES = (1_000, 10_000, 100_000, 1_000_000)
ENOUGH = 0.95
OUTSIDE, WEAK, STRONG = 0.001, 0.01, 0.03
"""Chances a week: by advertising, by one weak tie and by one strong tie."""

MOST_WEEKS = 60
SCENARIO = """
weeks: {weeks}
history_weeks: 0
population:
  size: {size}
  network: {{kind: degree_sequence, degrees: [20]}}
  ties: {{strong_share: 0.6}}
  owners: elsewhere
trades: {{count: 1, needs: once, job_spread: 0}}
choice: {{awareness: 1, close_unprompted: {outside}, competition: 0}}
friends:
  ask_around: 1
  number: 1000
  recommend_delighted: 1
  recommend_satisfied: 1
  strong: {strong}
  weak: {weak}
  relay: 0
  recall_half_life: 1e9
record: {{look_up: 0}}
talk: {{delighted: 0, satisfied: 0}}
service: {{least_hours: 0.0001}}
effort: {{service: 168}}
judgement: {{rule: {{below: 50}}}}
arms: {{talk: {{}}}}
"""
"""Work A: 20 ties each, 12 of them strong in the mean; everybody is served, nobody is unhappy."""

Bytes = NDArray[np.uint8]


def scenario(size: int, weeks: int) -> Scenario:
    """The model as a scenario of the general engine."""
    return read_text(SCENARIO.format(
        size=size, weeks=weeks, outside=OUTSIDE, strong=STRONG, weak=WEAK),
        "the talk of the network")


def with_numpy(ties: Ties, seed: int) -> int:
    """Weeks by NumPy: messages of the week's adopters added up at their ties."""
    rng, size = np.random.default_rng(seed), ties.start.size - 1
    degree = np.diff(ties.start)
    weak = np.arange(ties.friend.size) >= np.repeat(ties.weak, degree)
    h = np.where(weak, -np.log1p(-WEAK), -np.log1p(-STRONG))
    left, rate = rng.exponential(size=size), np.full(size, -np.log1p(-OUTSIDE))
    waits, weeks = np.ones(size, bool), 0
    while waits.sum() > (1 - ENOUGH) * size:
        left -= rate
        new = waits & (left < 0.0)
        waits &= ~new
        row = np.repeat(new, degree)
        np.add.at(rate, ties.friend[row], h[row])
        weeks += 1
    return weeks


def with_scipy(ties: Ties, seed: int) -> int:
    """Weeks by SciPy: a sparse product a week."""
    rng, size = np.random.default_rng(seed), ties.start.size - 1
    weak = np.arange(ties.friend.size) >= np.repeat(ties.weak, np.diff(ties.start))
    h = np.where(weak, -np.log1p(-WEAK), -np.log1p(-STRONG))
    matrix = sparse.csr_array((h, ties.friend, ties.start), shape=(size, size))
    adopted, weeks = np.zeros(size), 0
    while adopted.sum() < ENOUGH * size:
        hazard = matrix @ adopted - np.log1p(-OUTSIDE)
        adopted[rng.random(size) < -np.expm1(-hazard)] = 1.0
        weeks += 1
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


def chances() -> NDArray[np.uint64]:
    """The table that `tuned` reads."""
    strong, weak = np.arange(256)[:, None], np.arange(256)[None, :]
    chance = 1 - (1 - OUTSIDE) * (1 - STRONG) ** strong * (1 - WEAK) ** weak
    return np.asarray(chance * 2**32, np.uint64)


def with_push(ties: Ties, seed: int) -> int:
    size = ties.start.size - 1
    left = np.random.default_rng(seed).exponential(size=size)
    return int(plain_push(ties.start, ties.weak, ties.friend, left, np.zeros(size)))


def with_tuned(ties: Ties, seed: int, below: NDArray[np.uint64] = chances()) -> int:  # noqa: B008
    size = ties.start.size - 1
    around, waiting = np.zeros((size, 2), np.uint8), np.arange(size, dtype=np.uint32)
    new = np.empty(size, np.uint32)
    return int(tuned(seed << 20, ties.start, ties.weak, ties.friend, around, waiting, new, below))


def weeks_of(record: NDArray[np.float64], size: int) -> int:
    """Weeks of a record until enough have adopted."""
    return int(np.argmax(record[:, 0, PLACE["won"]].cumsum() >= ENOUGH * size)) + 1


def measure(size: int, runs: int) -> dict[str, tuple[float, float]]:
    """Least seconds and mean weeks of each means, on one network of `size` people."""
    plan = scenario(size, MOST_WEEKS)
    arm = plan.arms[0]
    before = past_parameters(plan, arm)
    past = history_of(plan, before, 0)
    weeks = weeks_of(run_arm(plan, past, arm, before).record, size)
    plan = scenario(size, weeks)
    past = history_of(plan, before, 0)
    state = run_arm(plan, past, arm, before).state

    def general(_: Ties, __: int) -> int:
        run_arm(plan, past, arm, before, state)
        return weeks

    found = {}
    means: dict[str, Callable[[Ties, int], int]] = {
        "tuned kernel": with_tuned, "plain kernel": with_push, "NumPy": with_numpy,
        "SciPy": with_scipy, "wom_sim": general,
    }
    for name, run in means.items():
        run(past.world.ties, 0)
        taken, lasted = [], []
        for seed in range(1, runs + 1):
            start = time.perf_counter()
            lasted.append(run(past.world.ties, seed))
            taken.append(time.perf_counter() - start)
        found[name] = min(taken), float(np.mean(lasted))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, metavar="SIZE")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    print(f"{'people':>9}  {'by':14} {'seconds':>9}  {'of the tuned kernel':>19}  weeks")
    for size in arguments.sizes:
        found = measure(size, arguments.runs)
        least = found["tuned kernel"][0]
        for name, (seconds, weeks) in found.items():
            print(f"{size:9,}  {name:14} {seconds:9.5f}  {seconds / least:19.1f}  {weeks:.1f}",
                  flush=True)


if __name__ == "__main__":
    main()
