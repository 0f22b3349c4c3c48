"""Measure the coefficients of `wom_sim/study/estimate.py` and how well they predict.

    python tests/benchmarks/estimate.py

Times worlds of different size in this process, medians of `--runs`, and fits the coefficients
by least squares on positive terms, each world with the same weight. Prints the block of
constants to paste, predicted against measured times, and with `--memory` the peak of each alone.
Linux only (memory is read from /proc).
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import nnls

from wom_sim.face import load
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.resolve import read_text
from wom_sim.study import estimate
from wom_sim.study.replicate import replicate

SCENARIOS = Path(__file__).parents[2] / "scenarios"


class Size(NamedTuple):
    """A town and a run of it."""

    people: int
    trades: int
    need_rate: float
    weeks: int
    history: int
    partners: bool
    arms: int = 1


SIZES = (
    Size(500, 5, 0.45, 52, 26, False),
    Size(500, 30, 2.0, 52, 0, True),
    Size(2000, 27, 0.45, 104, 52, False),
    Size(2000, 27, 0.45, 104, 52, True),
    Size(2000, 40, 0.45, 208, 52, True),
    Size(5000, 10, 2.0, 52, 52, False),
    Size(5000, 27, 0.45, 156, 104, True),
    Size(10000, 20, 0.45, 52, 52, True),
    Size(20000, 5, 0.45, 52, 26, False),
    Size(20000, 27, 0.45, 52, 52, True),
    Size(5000, 27, 0.45, 104, 52, False, 5),
    Size(10000, 27, 0.2, 26, 13, True, 6),
    Size(1000, 10, 1.0, 104, 0, True, 4),
    Size(40000, 60, 0.05, 20, 0, False),
    Size(40000, 10, 0.05, 20, 0, False, 4),
)
SHIPPED = ("customers_or_partners", "one_bad_week", "give_first")


def scenario_of(size: Size) -> Scenario:
    """A scenario of that size; with partners its clients are asked too."""
    effort = "{service: 28, asking: 4, partners: 4}" if size.partners else "{service: 36}"
    return read_text(
        f"weeks: {size.weeks}\nhistory_weeks: {size.history}\nreplications: 1\n"
        f"population: {{size: {size.people}}}\n"
        f"trades: {{count: {size.trades}, need_rate: {size.need_rate}}}\n"
        f"effort: {effort}\npartners: {{group: {str(size.partners).lower()}}}\n"
        f"arms: {{{', '.join(f'{arm}: {{}}' for arm in 'abcdefgh'[: size.arms])}}}\n",
        "size.yaml",
    )


def seconds(scenario: Scenario, runs: int) -> float:
    """Median processor time of one world, in loops of `reference`: the machine's pace drifts."""
    found, before = [], reference()
    for number in range(runs):
        start = time.process_time()
        replicate(scenario, number)
        spent, after = time.process_time() - start, reference()
        found.append(2 * spent / (before + after))
        before = after
    return statistics.median(found)


def reference() -> float:
    """Seconds of a fixed loop of plain Python."""
    start, total = time.process_time(), 0
    for n in range(2_000_000):
        total += n & 7
    return time.process_time() - start


def peak(scenario: Scenario) -> int:
    """Peak bytes of a process of its own that runs one world."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return int(pool.apply(_peak_of, (scenario,)))


def _peak_of(scenario: Scenario) -> int:
    replicate(scenario, 0)
    # Not `ru_maxrss`, which a process takes over from the one that started it.
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def fitted(works: Any, times: Any) -> Any:
    """Microseconds of one of each, from counts (worlds, terms) and seconds (worlds,)."""
    scale = works.max(axis=0)
    found, _ = nnls(works / scale / times[:, None], np.ones(len(times)))
    return 1e6 * found / scale


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--memory", action="store_true", help="measure peak memory too")
    options = parser.parse_args()
    scenarios = [scenario_of(size) for size in SIZES]
    replicate(scenarios[1], 0)
    loop = statistics.median(reference() for _ in range(9))
    works = np.array([estimate.work_of(scenario) for scenario in scenarios])
    times = loop * np.array([seconds(scenario, options.runs) for scenario in scenarios])
    each = fitted(works, times)
    values = ", ".join(
        f"{name}={value:.3g}" for name, value in zip(estimate.Work._fields, each, strict=True)
    )
    print(f"MICROSECONDS = Work({values})\nREFERENCE = {loop:.3f}  # Python {sys.version[:6]}")
    print(f"{'one world of':44} measured s  predicted s  ratio")
    for name in SHIPPED:
        scenario = load(SCENARIOS / f"{name}.yaml")
        works = np.vstack((works, estimate.work_of(scenario)))
        times = np.append(times, loop * seconds(scenario, options.runs))
    for name, work, measured in zip((*map(str, map(tuple, SIZES)), *SHIPPED), works, times,
                                    strict=True):
        predicted = 1e-6 * float(work @ each)
        print(f"{name:44} {measured:10.3f}  {predicted:11.3f}  {predicted / measured:5.2f}")
    if options.memory:
        for size, scenario in zip(SIZES, scenarios, strict=True):
            world = estimate._world(scenario)
            print(f"{tuple(size)!s:44} {peak(scenario) / 1e6:7.0f} MB, world {world / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
