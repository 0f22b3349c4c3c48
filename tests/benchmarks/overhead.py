"""What keeping worlds costs: processor time beside simulating, and memory by replications.

    python tests/benchmarks/overhead.py [--replications 4] [--most 10000]

Both figures are ratios from one process on one machine: seconds of everything but `replicate` to
seconds of `replicate`, for the default scenario and its chunks, checksums and tables; and the
memory that is not backed by a file, at its peak, of ten times as many worlds of a tiny town.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import wom_sim
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.resolve import read_text
from wom_sim.study import ensemble
from wom_sim.study.keeping.chunks import Worlds, worlds_of
from wom_sim.study.keeping.identity import plan_of
from wom_sim.study.tables import write_tables
from wom_sim.study.varying.design import design_of
from wom_sim.study.varying.sweep import run_sweep
from wom_sim.study.varying.tables import write_swept

ROOT = Path(__file__).parents[2]
TINY = """
weeks: 4
history_weeks: 0
population: {size: 20, network: {kind: small_world, neighbours: 2}}
trades: {count: 2}
group: {size: 2}
arms: {one: {}, other: {talk: {weak: 0.3}}}
sweep: {friends.weak: [0.1, 0.2]}
"""


@contextmanager
def folder(scenario: Scenario) -> Iterator[tuple[Path, Worlds]]:
    """A folder for tables, and worlds beside it, on the disk of this checkout."""
    with (
        tempfile.TemporaryDirectory(dir=ROOT / "results") as made,
        worlds_of(Path(made), "x", plan_of(scenario)) as worlds,
    ):
        tables = Path(made) / "tables"
        tables.mkdir()
        yield tables, worlds


def kept(scenario: Scenario) -> None:
    """A run with all that keeps its worlds, and its tables."""
    with folder(scenario) as (tables, worlds):
        write_tables(ensemble.run_ensemble(scenario, worlds=worlds), tables)


def swept(scenario: Scenario) -> None:
    """The same of a sweep."""
    design = design_of(scenario)
    points = [
        read_text(TINY, "tiny.yaml", settings=design.settings(point),
                  replications=scenario.replications)
        for point in range(len(design.rows))
    ]
    with folder(scenario) as (tables, worlds):
        write_swept(run_sweep(scenario, design, points.__getitem__, worlds=worlds), tables)


def overhead(replications: int) -> float:
    """Processor time of all but simulating, for each second of simulating."""
    scenario = wom_sim.load(ROOT / "scenarios" / "customers_or_partners.yaml",
                            replications=replications)
    ensemble.run_ensemble(scenario.model_copy(update={"replications": 1}))
    spent: list[float] = []
    simulate, tell = ensemble.replicate, ensemble.tell_story

    def timed(work: Callable[..., object]) -> Callable[..., object]:
        def one(*given: object) -> object:
            start = time.process_time()
            found = work(*given)
            spent.append(time.process_time() - start)
            return found
        return one

    ensemble.replicate, ensemble.tell_story = timed(simulate), timed(tell)
    start = time.process_time()
    try:
        kept(scenario)
    finally:
        ensemble.replicate, ensemble.tell_story = simulate, tell
    return (time.process_time() - start) / sum(spent) - 1


def peak(work: Callable[[], object]) -> float:
    """The most MB that the work takes besides what files back (Linux)."""
    most, over = [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            most[0] = max(most[0], memory())

    before = memory()
    watching = threading.Thread(target=watch)
    watching.start()
    try:
        work()
    finally:
        over.set()
        watching.join()
    return most[0] - before


def memory() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--replications", type=int, default=4)
    parser.add_argument("--most", type=int, default=10_000)
    given = parser.parse_args()
    share = overhead(given.replications)
    print(f"chunks, checksums and tables, of the simulation's time   {share:.1%}"
          f" ({given.replications} worlds of the default scenario)")
    few, many = given.most // 10, given.most
    for name, work in (("run", kept), ("sweep", swept)):
        work(read_text(TINY, "tiny.yaml", replications=50))
        found = [
            peak(partial(work, read_text(TINY, "tiny.yaml", replications=worlds)))
            for worlds in (few, many)
        ]
        print(f"memory of a {name}: {found[0]:.0f} MB for {few:,} worlds,"
              f" {found[1]:.0f} MB for {many:,}")


if __name__ == "__main__":
    main()
