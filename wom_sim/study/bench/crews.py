"""The ensemble: how soon workers are there, and how busy they keep the cores."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from typing import NamedTuple

from wom_sim.scenario.parameters import Scenario
from wom_sim.study.bench import yardsticks
from wom_sim.study.bench.measured import Measured, Target
from wom_sim.study.bench.yardsticks import Yardsticks
from wom_sim.study.crew import Task, workforce
from wom_sim.study.ensemble import run_ensemble

BUSY, LATE = 90.0, 2.0
"""Percent of the cores that should be busy, and seconds to start all workers."""


class Worked(NamedTuple):
    """Wall and processor seconds of a run on so many workers, and wall seconds to start them.

    load: processes that ran or waited before, which take their share of the cores.
    """

    workers: int
    start: float
    wall: float
    processor: float
    load: float

    @property
    def busy(self) -> float:
        """Percent of the workers' time that was worked."""
        return 100.0 * self.processor / (self.wall * self.workers)


def started(workers: int) -> float:
    """Wall seconds until as many worker processes have each answered."""
    before, came = time.perf_counter(), set[int]()
    with workforce(None, workers) as crew:
        while len(came) < workers:
            tasks = [Task("starting", _answer, ()) for _ in range(workers)]
            came |= {process for _, process in crew.each(tasks)}
        return time.perf_counter() - before


def _answer() -> int:
    # Long enough that one worker does not answer for all.
    time.sleep(0.01)
    return os.getpid()


def worked(scenario: Scenario, workers: int) -> Worked:
    """Run an ensemble of worlds on worker processes."""
    load, start = os.getloadavg()[0], started(workers)
    before, clock = _processor(), time.perf_counter()
    run_ensemble(scenario, workers=workers)
    return Worked(workers, start, time.perf_counter() - clock, _processor() - before, load)


def _processor() -> float:
    """Processor seconds of this process and of its children that have ended."""
    own = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in own)


def ensemble(scenario: Scenario, found: Worked, known: Yardsticks) -> Iterator[Measured]:
    """How busy the cores are and how soon the workers start."""
    at = f"{scenario.stem}, {scenario.replications} worlds on {found.workers} processes,"\
        f" load {found.load:.1f} before"
    yield Measured("ensemble", "the cores' time that is worked", at, found.busy, "%",
                   found.busy / 100.0, yardsticks.CORES, 1, Target("least", BUSY))
    yield Measured("ensemble", "start of all workers", at, found.start, "s",
                   found.start / known.copied, yardsticks.COPIED, 1, Target("most", LATE))
