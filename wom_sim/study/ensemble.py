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
from wom_sim.market.state import BUSINESS, BY_PARTNER, SOURCES, WORD_OF_MOUTH
from wom_sim.market.talk import GOOD
from wom_sim.scenario import plugins
from wom_sim.scenario.parameters import Arm, Scenario
from wom_sim.scenario.registry import Plug, outcomes
from wom_sim.study.crew import Crew, Task, WorkerDied, workforce
from wom_sim.study.keeping.blocks import blocks_of, gather
from wom_sim.study.keeping.chunks import Block, Chunk, Worlds, pack
from wom_sim.study.keeping.identity import key_of
from wom_sim.study.keeping.shelf import Rows, stacked
from wom_sim.study.replicate import FOCAL, Story, replicate, tell_story, treated_of
from wom_sim.study.results import Happening, Measure, Results
from wom_sim.study.statistics.stopping import further, reached

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
) -> Results:
    """Run all arms in all worlds; `progress` is told how many worlds are done, of how many.

    `say` is told what takes long besides. An `executor` of the caller's is used instead of
    `workers` processes and left open. `worlds` keeps what is done, and spares what it has; the
    results do not depend on it. Raises NetworkError, LawBroken, WorkerDied and, with `worlds`,
    ResultsError.
    """
    with workforce(executor, workers) as crew:
        compile_first(crew, say)
        parts = _enough_parts(scenario, crew, progress, worlds)
        values = np.array([_values(scenario, part) for part in parts]).transpose(1, 0, 2)
        arm = storied_arm(scenario)
        number = parts[_median_world(values[scenario.arms.index(arm)])].number
        story = crew.one(happenings, scenario, arm, number)
    treated = np.flatnonzero(treated_of(scenario, scenario.base.trades.count))
    return Results(
        scenario=scenario,
        weekly_measures=MEASURES,
        weekly=stacked([part.weekly for part in parts]).swapaxes(0, 1),
        outcomes=known_outcomes(),
        values=values,
        businesses=stacked([_of_businesses(part) for part in parts]).swapaxes(0, 1),
        stories={arm.name: story},
        story_replication={arm.name: number},
        facts={
            "graph_hashes": sorted({print_ for part in parts for print_ in part.fingerprints}),
            "treated": [int(trade) for trade in treated],
            **_precision(scenario, parts),
        },
    )


def _precision(scenario: Scenario, parts: list[Part]) -> dict[str, dict[str, Any]]:
    """What was asked for and what was reached, for the manifest; None where undefined."""
    if scenario.precision is None:
        return {}
    values = _outcome(scenario, parts, scenario.precision.outcome)
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


def _enough_parts(
    scenario: Scenario, crew: Crew, progress: Progress, worlds: Worlds | None
) -> list[Part]:
    """All replications, or as many as the precision asked for takes."""
    precision = scenario.precision
    if precision is None:
        return _all_parts(scenario, range(scenario.replications), crew, progress, worlds)
    parts: list[Part] = []
    values = np.empty((len(scenario.arms), 0))
    while numbers := further(precision, values, *_rule(scenario)):
        told = partial(_further_on, progress, numbers.start)
        more = _all_parts(scenario, numbers, crew, told, worlds)
        parts += more
        values = np.hstack([values, _outcome(scenario, more, precision.outcome)])
    return parts


def _further_on(progress: Progress, before: int, done: int, total: int) -> None:
    progress(before + done, before + total)


def _outcome(scenario: Scenario, parts: list[Part], name: str) -> Floats:
    """One outcome of each arm of replications, (arms, replications)."""
    plug = outcomes[name]
    found = np.empty((len(scenario.arms), len(parts)))
    for column, part in enumerate(parts):
        for arm, series in enumerate(part.weekly):
            weekly = {measure.name: series[:, k] for k, measure in enumerate(MEASURES)}
            found[arm, column] = _value(plug, weekly, scenario)
    return found


def _rule(scenario: Scenario) -> tuple[int, int]:
    """Place of the baseline among the arms, and the seed of resampling."""
    return [arm.name for arm in scenario.arms].index(scenario.baseline), scenario.seed


def _all_parts(
    scenario: Scenario, numbers: range, crew: Crew, progress: Progress,
    worlds: Worlds | None = None,
) -> list[Part]:
    """Replications `numbers` in their order, from what `worlds` keeps or simulated now."""
    progress(0, len(numbers))
    if worlds:
        worlds.total = numbers.stop
    blocks = blocks_of(scenario, range(1), numbers)
    key = key_of(scenario) if worlds else ""
    parts, rows = list[Part](), Rows(len(numbers))
    for block, chunk in gather(blocks, crew, partial(_task, scenario, key), key, worlds):
        at = block.numbers.start - numbers.start
        arrays = {name: rows.put(name, at, array) for name, array in chunk.arrays.items()}
        parts += _parts(scenario, block, Chunk(arrays, chunk.prints))
        progress(len(parts), len(numbers))
    return sorted(parts, key=lambda part: part.number)


def _task(scenario: Scenario, key: str, block: Block) -> Task:
    return Task(block, work_block, (scenario, key, block))


def work_block(scenario: Scenario, key: str, block: Block) -> bytes:
    """The worlds of a block as the content of a chunk file; what a worker does."""
    parts = work(scenario, block.numbers)
    arrays = {"weekly": np.array([part.weekly for part in parts])}
    for place in range(len(scenario.arms)):
        arrays[f"totals {place}"] = np.array([part.totals[place] for part in parts])
    return pack(Chunk(arrays, [part.fingerprints for part in parts]), key, block)


def _parts(scenario: Scenario, block: Block, chunk: Chunk) -> Iterator[Part]:
    totals = [chunk.arrays[f"totals {place}"] for place in range(len(scenario.arms))]
    for n, number in enumerate(block.numbers):
        own = tuple(arm[n] for arm in totals)
        yield Part(number, chunk.arrays["weekly"][n], own, tuple(chunk.prints[n]))


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


def _of_businesses(part: Part) -> Floats:
    """(arms, K, measures); arms with fewer trades than others are padded with NaN."""
    most = max(len(totals) for totals in part.totals)
    table = np.full((len(part.totals), most, len(MEASURES)), np.nan)
    for arm, totals in enumerate(part.totals):
        table[arm, : len(totals)] = totals
    return table


def storied_arm(scenario: Scenario) -> Arm:
    """The arm whose story is told: most hours for partners, the last of equals."""
    return max(reversed(scenario.arms), key=lambda arm: arm.parameters.effort.partners)


def _median_world(values: Floats) -> int:
    """Place of the world whose clients won are nearest the median, the first of equals."""
    won = values[:, list(outcomes).index("clients_won")]
    return int(np.argmin(np.abs(won - np.median(won))))


def happenings(scenario: Scenario, arm: Arm, number: int) -> tuple[Happening, ...]:
    """What happened to the treated business in one world of an arm."""
    prepare(scenario)
    story = tell_story(scenario, arm, number)
    found = [Happening(0, "client", int(person), -1, "") for person in story.clients]
    return tuple(found + _followed(story))


def _followed(story: Story) -> list[Happening]:
    found: list[Happening] = []
    last_teller: dict[int, int] = {}
    for week in story.weeks:
        mine = np.flatnonzero(week.trade == FOCAL)
        for n in mine:
            person, by = int(week.person[n]), int(week.decisions.referrer[n])
            source = int(week.decisions.source[n])
            if by >= 0:
                found.append(Happening(week.week, "referral", person, by, "partner"))
            if week.decisions.provider[n] == BUSINESS and source >= BY_PARTNER:
                via = by if source == BY_PARTNER else int(week.decisions.teller[n])
                if source == WORD_OF_MOUTH:
                    via = last_teller.get(person, -1)
                found.append(Happening(week.week, "won", person, via, SOURCES[source]))
        for teller, listener, trade, valence in week.told.trace[: week.told.traced[0]]:
            if trade == FOCAL:
                event = "told_good" if valence == GOOD else "told_bad"
                found.append(Happening(week.week, event, int(listener), int(teller), ""))
                if valence == GOOD:
                    last_teller[int(listener)] = int(teller)
    return found
