"""A sweep run: points times replications on one pool; only outcomes are kept.

All points share seed and replication numbers, so that world n has the same luck at each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.graphs import NetworkError
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.registry import PlugFailed
from wom_sim.study.crew import Task, workforce
from wom_sim.study.ensemble import Progress, compile_first, known_outcomes, work_outcomes
from wom_sim.study.keeping.blocks import blocks_of, gather, limit_for
from wom_sim.study.keeping.chunks import Block, Chunk, Worlds, pack
from wom_sim.study.keeping.identity import key_of
from wom_sim.study.results import Swept
from wom_sim.study.statistics.summaries import compare, summarise
from wom_sim.study.varying.design import Design

Floats = NDArray[np.float64]
At = Callable[[int], Scenario]

SUMMARY = ("n", "mean", "ci_low", "ci_high", "median")
COMPARISON = ("difference", "ci_low", "ci_high")


def run_sweep(
    scenario: Scenario,
    design: Design,
    at: At,
    *,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress = lambda done, total: None,
    say: Callable[[str], None] = lambda text: None,
    worlds: Worlds | None = None,
    time_limit: float | None = None,
) -> Swept:
    """Run every point of `design`; `at` gives the scenario of each, by its place.

    `at` is asked when a point's turn comes, so that points need not all be held at once.
    `progress` is told how many worlds are done, of how many. An `executor` of the caller's is
    used instead of `workers` processes and left open. `worlds` keeps what is done, and spares
    what it has; `time_limit` as in `run_ensemble`. The results depend on none of these. Raises
    NetworkError, PlugFailed, LawBroken, WorkerDied and, with `worlds`, ResultsError.
    """
    points, numbers = range(len(design.rows)), range(scenario.replications)
    task, total = _Sweep(scenario, design, at, time_limit), len(points) * len(numbers)
    with workforce(executor, workers) as crew:
        compile_first(crew, say)
        progress(0, total)
        if worlds:
            worlds.total = total
        blocks, done = blocks_of(scenario, points, numbers), 0
        for block, chunk in gather(blocks, crew, task.simulated, task.key, worlds):
            task.keep(block, chunk)
            done += len(block.points) * len(block.numbers)
            progress(done, total)
        for told, found in crew.each(map(task.told, points)):
            task.summary[told.name], task.comparison[told.name] = found
    return Swept(
        scenario, design, known_outcomes(), task.values, task.summary, task.comparison,
        {"graph_hashes": sorted(task.fingerprints)},
    )


class _Sweep:
    """What has been found so far, in arrays that are filled as work comes back."""

    def __init__(
        self, scenario: Scenario, design: Design, at: At, time_limit: float | None
    ) -> None:
        self.design, self.at, points = design, at, len(design.rows)
        self.limit = partial(limit_for, scenario, asked=time_limit)
        arms, outcomes = len(scenario.arms), len(known_outcomes())
        self.seed, self.key = scenario.seed, key_of(scenario, design.columns, design.rows)
        self.baseline = [arm.name for arm in scenario.arms].index(scenario.baseline)
        self.values = np.full((points, arms, scenario.replications, outcomes), np.nan)
        self.summary = np.full((points, arms, outcomes, len(SUMMARY)), np.nan)
        self.comparison = np.full((points, arms, outcomes, len(COMPARISON)), np.nan)
        self.fingerprints: set[str] = set()
        self.held: dict[int, Scenario] = {}

    def simulated(self, block: Block) -> Task:
        """How to simulate a block."""
        for point in [point for point in self.held if point not in block.points]:
            del self.held[point]
        for point in block.points:
            if point not in self.held:
                # A worker does not need the sweep.
                self.held[point] = self.at(point).model_copy(update={"sweep": None})
        given = [
            (self.held[point], f"point {point} ({', '.join(self.design.settings(point))})")
            for point in block.points
        ]
        return Task(block, work_points, (given, self.key, block), self.limit(block))

    def keep(self, block: Block, chunk: Chunk) -> None:
        """Put away what a block gave."""
        values = chunk.arrays["values"]
        apart = values.reshape(len(block.points), len(block.numbers), *values.shape[1:])
        at = slice(block.points.start, block.points.stop)
        self.values[at, :, block.numbers.start : block.numbers.stop] = apart.swapaxes(1, 2)
        self.fingerprints.update(known for own in chunk.prints for known in own)

    def told(self, point: int) -> Task:
        """How to say what a point's worlds say of means."""
        return Task(point, tell, (self.values[point], self.baseline, self.seed))


def work_points(given: Sequence[tuple[Scenario, str]], key: str, block: Block) -> bytes:
    """The outcomes of a block as the content of a chunk file; what a worker does.

    `given` are the scenario and the name of each point. A name goes before what a user's network
    or plug fails with there.
    """
    found: list[Floats] = []
    prints: list[list[str]] = []
    for scenario, name in given:
        try:
            values, known = work_outcomes(scenario, block.numbers)
        except (NetworkError, PlugFailed) as error:
            raise type(error)(f"{name}: {error}") from None
        found.append(values)
        prints += known
    return pack(Chunk({"values": np.concatenate(found)}, prints), key, block)


def tell(values: Floats, baseline: int, seed: int) -> tuple[Floats, Floats]:
    """`Swept.summary` and `Swept.comparison` of one point from its values.

    values: (arms, replications, outcomes).
    """
    arms, _, outcomes = values.shape
    summary = np.full((arms, outcomes, len(SUMMARY)), np.nan)
    comparison = np.full((arms, outcomes, len(COMPARISON)), np.nan)
    for arm in range(arms):
        for k in range(outcomes):
            own = values[arm, :, k]
            facts = summarise(own, seed)
            summary[arm, k] = [facts[column] for column in SUMMARY]
            if arm != baseline:
                gap = compare(own, values[baseline, :, k], seed)
                comparison[arm, k] = [gap[column] for column in COMPARISON]
    return summary, comparison
