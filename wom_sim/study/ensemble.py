"""Arms times replications on any executor; results do not depend on how they were spread."""

from __future__ import annotations

import importlib
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market import record
from wom_sim.market.compiled import is_cached
from wom_sim.scenario import plugins
from wom_sim.scenario.parameters import Arm, Scenario
from wom_sim.scenario.registry import Plug, outcomes
from wom_sim.study.crew import Crew, Task, WorkerDied, workforce
from wom_sim.study.keeping.blocks import blocks_of, gather, limit_for
from wom_sim.study.keeping.chunks import Block, Chunk, Worlds, pack
from wom_sim.study.keeping.identity import key_of
from wom_sim.study.keeping.shelf import Rows
from wom_sim.study.replicate import replicate, treated_of
from wom_sim.study.results import Measure, Results
from wom_sim.study.statistics.stopping import further, reached
from wom_sim.study.stories import Told, nearest, storied_arm, told

__all__ = ["Crew", "WorkerDied", "run_ensemble", "workforce"]

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

MEASURES = tuple(Measure(*measure) for measure in record.MEASURES)

def known_outcomes() -> tuple[Measure, ...]:
    """The registered outcomes: name, unit, and the first line of each docstring."""
    return tuple(
        Measure(name, outcomes[name].facts["unit"], outcomes[name].meaning)
        for name in outcomes
    )


class Part(NamedTuple):
    """One replication, reduced: weekly (arms, weeks, measures) means over treated businesses,
    totals (arms, K, measures) over weeks, fingerprints of the arms' networks.
    """

    number: int
    weekly: Floats
    totals: tuple[Floats, ...]
    fingerprints: tuple[str, ...]


def run_ensemble(
    scenario: Scenario,
    *,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress = lambda done, total: None,
    say: Callable[[str], None] = lambda text: None,
    worlds: Worlds | None = None,
    time_limit: float | None = None,
) -> Results:
    """Run all arms in all worlds; `progress` is told how many worlds are done, of how many.

    `say` is told what takes long besides. An `executor` of the caller's is used instead of
    `workers` processes and left open. `worlds` keeps what is done, and spares what it has; the
    results do not depend on it. A block of worlds may take `time_limit` seconds, 0 for no limit,
    unless given 10 minutes and 100 times its estimate; then its worker is killed, and the block
    tried again, three times in all. A single process gives up the first time; workers of an
    `executor` are not ended. Raises NetworkError, LawBroken, PlugFailed, WorkerDied and, with
    `worlds`, ResultsError.
    """
    with workforce(executor, workers) as crew:
        compile_first(crew, say)
        found = _enough(scenario, crew, progress, worlds, time_limit)
        values, arm = found.of("values"), storied_arm(scenario)
        place, won = scenario.arms.index(arm), list(outcomes).index("clients_won")
        stories = _follow(crew, scenario, arm, nearest(values[place, :, won]))
    treated = np.flatnonzero(treated_of(scenario, scenario.base.trades.count))
    return Results(
        scenario=scenario,
        weekly_measures=MEASURES,
        weekly=found.of("weekly"),
        outcomes=known_outcomes(),
        values=values,
        businesses=found.of("businesses"),
        stories={arm.name: next(iter(stories.values())).happenings},
        story_replication={arm.name: next(iter(stories))},
        reached={arm.name: tuple(one for each in stories.values() for one in each.reached)},
        facts={
            "graph_hashes": sorted(found.fingerprints),
            "treated": [int(trade) for trade in treated],
            **_precision(scenario, found),
        },
    )


def _follow(crew: Crew, scenario: Scenario, arm: Arm, numbers: list[int]) -> dict[int, Told]:
    """The stories of worlds of an arm, in the order of `numbers`."""
    tasks = [Task(number, tell, (scenario, arm, number)) for number in numbers]
    found = {task.name: stories for task, stories in crew.each(tasks)}
    return {number: found[number] for number in numbers}


def tell(scenario: Scenario, arm: Arm, number: int) -> Told:
    """The stories of one world of an arm; what a worker does."""
    prepare(scenario)
    return told(scenario, arm, number)


def _precision(scenario: Scenario, gathered: _Gathered) -> dict[str, dict[str, Any]]:
    """What was asked for and what was reached, for the manifest; None where undefined."""
    if scenario.precision is None:
        return {}
    values = gathered.outcome(scenario.precision.outcome)
    found = reached(scenario.precision, values, *_rule(scenario))
    told = {
        name: value if math.isfinite(value) else None for name, value in found._asdict().items()
    }
    return {"precision": {"outcome": scenario.precision.outcome, **told}}


def compile_first(crew: Crew, say: Callable[[str], None]) -> None:
    """Compile in one worker before the others start, so that they find the code on disk."""
    if crew.one(is_cached):
        return
    say("compiling the model, once; later runs start at once")
    if crew.executor is None:
        warm_up()
        return
    halves = [Task("compiling", warm_up, (f"trades.need_rate={rate}",)) for rate in (8, 0)]
    for _ in crew.each(halves):
        pass


def warm_up(*settings: str) -> None:
    """Run a town of a few people with every mechanism on, so that all kernels are compiled.

    Without any need the kernel of choice, half of the work, is left to the other worker.
    """
    from wom_sim.study.smallest import smallest

    replicate(smallest(settings), 0)


def work(scenario: Scenario, numbers: Iterable[int]) -> list[Part]:
    """Replications `numbers`, reduced; what a worker does."""
    prepare(scenario)
    return [_reduce(scenario, number) for number in numbers]


_preparing = threading.Lock()


def prepare(scenario: Scenario) -> None:
    """Make known the plugs that ship and the scenario's own; a worker may know none yet."""
    with _preparing:
        importlib.import_module("wom_sim.plugs")
        plugins.use(scenario.plugins)
        outcomes.fill()


def work_outcomes(scenario: Scenario, numbers: Iterable[int]) -> tuple[Floats, list[list[str]]]:
    """Outcomes alone of replications `numbers`, (replications, arms, outcomes), and each one's
    fingerprints; what a worker does in a sweep.
    """
    parts = work(scenario, numbers)
    values = np.array([_values(scenario, part) for part in parts])
    return values, [sorted(set(part.fingerprints)) for part in parts]


def work_values(scenario: Scenario, numbers: Iterable[int]) -> tuple[Floats, set[str]]:
    """Outcomes alone, (arms, replications, outcomes), and all fingerprints."""
    values, prints = work_outcomes(scenario, numbers)
    return values.transpose(1, 0, 2), {known for own in prints for known in own}


def _reduce(scenario: Scenario, number: int) -> Part:
    done = replicate(scenario, number)
    weekly, totals = [], []
    for arm in done.record:
        treated = treated_of(scenario, arm.shape[1])
        weekly.append(arm[:, treated].mean(axis=1))
        totals.append(_totals(arm))
    return Part(number, np.array(weekly), tuple(totals), done.fingerprints)


def _totals(arm: Floats) -> Floats:
    """Each business's totals (K, measures): levels averaged over weeks, counts summed."""
    totals: Floats = arm.sum(axis=0)
    for name in record.LEVELS:
        totals[:, record.PLACE[name]] = arm[:, :, record.PLACE[name]].mean(axis=0)
    return totals


class _Gathered:
    """Worlds as they come, reduced: arrays with a row for each, and the prints of networks."""

    def __init__(self, scenario: Scenario) -> None:
        precision = scenario.precision
        self.arms = len(scenario.arms)
        self.rows = Rows(scenario.replications if precision is None else precision.most)
        self.worlds = 0
        self.fingerprints: set[str] = set()

    def put(self, block: Block, chunk: Chunk) -> None:
        totals = [chunk.arrays[f"totals {place}"] for place in range(self.arms)]
        for name in ("weekly", "values"):
            self.rows.put(name, block.numbers.start, chunk.arrays[name])
        self.rows.put("businesses", block.numbers.start, _side_by_side(totals))
        self.fingerprints.update(known for own in chunk.prints for known in own)
        self.worlds += len(block.numbers)

    def of(self, name: str) -> Floats:
        """`weekly`, `values` or `businesses`, (arms, worlds, ...)."""
        return self.rows.of(name)[: self.worlds].swapaxes(0, 1)

    def outcome(self, name: str) -> Floats:
        """One outcome, (arms, worlds)."""
        if not self.worlds:
            return np.empty((self.arms, 0))
        return np.ascontiguousarray(self.of("values")[:, :, list(outcomes).index(name)])


def _side_by_side(totals: list[Floats]) -> Floats:
    """(worlds, arms, K, measures); arms with fewer trades than others are padded with NaN."""
    most = max(arm.shape[1] for arm in totals)
    table = np.full((len(totals[0]), len(totals), most, len(MEASURES)), np.nan)
    for place, arm in enumerate(totals):
        table[:, place, : arm.shape[1]] = arm
    return table


def _enough(
    scenario: Scenario, crew: Crew, progress: Progress, worlds: Worlds | None,
    time_limit: float | None,
) -> _Gathered:
    """All replications, or as many as the precision asked for takes."""
    found, key = _Gathered(scenario), key_of(scenario) if worlds else ""
    task = partial(_task, scenario, key, time_limit)
    for numbers in _rounds(scenario, found):
        before = found.worlds
        progress(before, numbers.stop)
        if worlds:
            worlds.total = numbers.stop
        blocks = blocks_of(scenario, range(1), numbers)
        for block, chunk in gather(blocks, crew, task, key, worlds):
            found.put(block, chunk)
            progress(found.worlds, numbers.stop)
    return found


def _rounds(scenario: Scenario, found: _Gathered) -> Iterator[range]:
    """Numbers of the worlds to run, asked again after those of each range are found."""
    precision = scenario.precision
    if precision is None:
        yield range(scenario.replications)
        return
    while numbers := further(precision, found.outcome(precision.outcome), *_rule(scenario)):
        yield numbers


def _rule(scenario: Scenario) -> tuple[int, int]:
    """Place of the baseline among the arms, and the seed of resampling."""
    return [arm.name for arm in scenario.arms].index(scenario.baseline), scenario.seed


def _task(scenario: Scenario, key: str, time_limit: float | None, block: Block) -> Task:
    limit = limit_for(scenario, block, time_limit)
    return Task(block, work_block, (scenario, key, block), limit)


def work_block(scenario: Scenario, key: str, block: Block) -> bytes:
    """The worlds of a block as the content of a chunk file; what a worker does."""
    parts = work(scenario, block.numbers)
    arrays = {
        "weekly": np.array([part.weekly for part in parts]),
        "values": np.array([_values(scenario, part) for part in parts]),
    }
    for place in range(len(scenario.arms)):
        arrays[f"totals {place}"] = np.array([part.totals[place] for part in parts])
    return pack(Chunk(arrays, [part.fingerprints for part in parts]), key, block)


def _values(scenario: Scenario, part: Part) -> Floats:
    """Outcomes of each arm of a replication, (arms, outcomes)."""
    rows = []
    for arm in part.weekly:
        weekly = {measure.name: arm[:, place] for place, measure in enumerate(MEASURES)}
        rows.append([_value(outcomes[name], weekly, scenario) for name in outcomes])
    return np.array(rows)


def _value(outcome: Plug, weekly: Mapping[str, Floats], scenario: Scenario) -> float:
    """One number; raises PlugFailed where a user's own outcome gives something else."""
    found = outcome(weekly, **scenario.outcomes.get(outcome.name, {}))
    try:
        return float(found)
    except (TypeError, ValueError):
        raise outcome.refuse(f"must answer a number, not {type(found).__name__}") from None
