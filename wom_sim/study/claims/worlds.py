"""Claims run: equal worlds are simulated once, however many claims ask of them.

Every arm of every claim meets the same worlds (same seed and replication numbers), so that
differences are paired by world also between files. Arenas are the points of the blocks that are
handed out and kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.calendar import Market, Week
from wom_sim.scenario.parameters import Arm, Parameters, Scenario
from wom_sim.scenario.registry import measures, outcomes
from wom_sim.study.claims.measures import Seen, wants_events
from wom_sim.study.crew import Task, workforce
from wom_sim.study.ensemble import MEASURES, Progress, compile_first, prepare
from wom_sim.study.estimate import world_seconds
from wom_sim.study.keeping.blocks import blocks_of, gather, limit_for
from wom_sim.study.keeping.chunks import Block, Chunk, Worlds, pack
from wom_sim.study.keeping.identity import content, digest
from wom_sim.study.replicate import Past, history_of, past_parameters, run_arm, treated_of

Floats = NDArray[np.float64]
TRACE = 200_000
"""Rows of word of mouth that are kept of a week; a town has far fewer."""


class Wanted(NamedTuple):
    """A measure from some week on."""

    measure: str
    first_week: int


class Arena(NamedTuple):
    """Arms that share their worlds: a scenario with all of them, and what is wanted of each.

    names: for each file, by its stem, the place of each of its arms.
    """

    scenario: Scenario
    wanted: tuple[tuple[Wanted, ...], ...]
    names: Mapping[str, Mapping[str, int]]


Samples = Mapping[tuple[str, str, Wanted], Floats]
"""By file, arm and measure: one number a replication."""


def arenas(scenarios: Sequence[Scenario]) -> list[Arena]:
    """The scenarios put together where their worlds are the same, equal arms only once."""
    groups: dict[str, list[Scenario]] = {}
    for scenario in scenarios:
        groups.setdefault(_world_key(scenario), []).append(scenario)
    return [_arena(group) for group in groups.values()]


def _world_key(scenario: Scenario) -> str:
    own = {"seed", "replications", "weeks", "history_weeks", "treated"}
    told = scenario.model_dump(include={*own, "base", "events", "plugins"})
    return json.dumps([told, scenario.folder], sort_keys=True)


def _arena(group: Sequence[Scenario]) -> Arena:
    arms: dict[str, int] = {}
    kept: list[Arm] = []
    wanted: list[dict[Wanted, None]] = []
    names: dict[str, dict[str, int]] = {}
    for scenario in group:
        for arm in scenario.arms:
            key = arm.model_dump_json(exclude={"name", "overrides"})
            if key not in arms:
                arms[key] = len(kept)
                kept.append(arm.model_copy(update={"name": f"arm {len(kept)}"}))
                wanted.append({})
            names.setdefault(scenario.stem, {})[arm.name] = arms[key]
            wanted[arms[key]] |= dict.fromkeys(_wanted_of(scenario, arm.name))
    kept_for = [place for place, asked in enumerate(wanted) if asked]
    moved = {place: new for new, place in enumerate(kept_for)}
    whole = group[0].model_copy(update={
        "arms": tuple(kept[place] for place in kept_for), "baseline": kept[kept_for[0]].name,
        "claim": None, "sweep": None,
    })
    places = {stem: {arm: moved[p] for arm, p in own.items() if p in moved}
              for stem, own in names.items()}
    return Arena(whole, tuple(tuple(wanted[place]) for place in kept_for), places)


def _wanted_of(scenario: Scenario, arm: str) -> Iterator[Wanted]:
    if scenario.claim is None:
        return
    for trial in scenario.claim.tests.values():
        if arm in trial.contrast:
            for name in filter(None, (trial.measure, trial.against)):
                yield Wanted(name, trial.first_week)


def seconds_of(scenarios: Sequence[Scenario]) -> float:
    """Processor seconds that these claims take, estimated as for a run."""
    return sum(arena.scenario.replications * world_seconds(arena.scenario)
               for arena in arenas(scenarios))


def run_claims(
    scenarios: Sequence[Scenario], *, workers: int = 1, executor: Executor | None = None,
    numbers: range | None = None,
) -> Samples:
    """Every measure that the claims of these scenarios want, in their worlds.

    `numbers` are the replications, the first ones unless given. Results do not depend on
    `workers`, or on an `executor` of the caller's. Raises NetworkError, LawBroken, PlugFailed and
    WorkerDied.
    """
    (samples,) = run_groups([scenarios], workers=workers, executor=executor, numbers=numbers)
    return samples


def run_groups(
    groups: Sequence[Sequence[Scenario]], *, workers: int = 1, executor: Executor | None = None,
    numbers: range | None = None, progress: Progress = lambda done, total: None,
    say: Callable[[str], None] = lambda text: None, worlds: Worlds | None = None,
) -> list[Samples]:
    """The samples of each group of claims, as `run_claims` gives them; stems may recur in groups.

    `progress` is told how many worlds of arenas are done, of how many. `worlds` keeps what is done,
    and spares what it has; results do not depend on it. Raises what `run_claims` raises and, with
    `worlds`, ResultsError.
    """
    shared = [arenas(group) for group in groups]
    task = _Observing([arena for group in shared for arena in group],
                      numbers or range(groups[0][0].replications))
    total, done = len(task.arenas) * len(task.numbers), 0
    with workforce(executor, workers) as crew:
        compile_first(crew, say)
        progress(0, total)
        if worlds:
            worlds.total = total
        for block, chunk in gather(task.blocks(), crew, task.simulated, task.key, worlds):
            task.keep(block, chunk)
            done += len(block.numbers)
            progress(done, total)
    found = iter(task.values)
    return [_samples(group, found) for group in shared]


class _Observing:
    """Arenas in worlds `numbers`, and what has been found so far.

    values: of each arena, (worlds, what is wanted of its arms one after another).
    """

    def __init__(self, arenas: Sequence[Arena], numbers: range) -> None:
        self.arenas, self.numbers = arenas, numbers
        self.key = digest([[content(arena.scenario), arena.wanted] for arena in arenas])
        self.values = [
            np.full((len(numbers), sum(map(len, arena.wanted))), np.nan) for arena in arenas]

    def blocks(self) -> Iterator[Block]:
        """The blocks of every arena."""
        for place, arena in enumerate(self.arenas):
            first, *others = arena.names
            of = f"{first}{f' and {len(others)} more' if others else ''}, {arena.scenario.preset}"
            for block in blocks_of(arena.scenario, range(place, place + 1), self.numbers):
                yield block._replace(of=of)

    def simulated(self, block: Block) -> Task:
        """How to simulate a block."""
        arena = self.arenas[block.points.start]
        limit = limit_for(arena.scenario, block)
        return Task(block, work_arena, (arena, self.key, block), limit)

    def keep(self, block: Block, chunk: Chunk) -> None:
        """Put away what a block gave."""
        first = block.numbers.start - self.numbers.start
        own = self.values[block.points.start]
        own[first : first + len(block.numbers)] = chunk.arrays["values"]


def _samples(shared: Sequence[Arena], values: Iterator[Floats]) -> Samples:
    samples: dict[tuple[str, str, Wanted], Floats] = {}
    for arena, own in zip(shared, values, strict=False):
        starts = np.cumsum([0, *map(len, arena.wanted)])
        for stem, arms in arena.names.items():
            for name, arm in arms.items():
                for k, wanted in enumerate(arena.wanted[arm]):
                    samples[stem, name, wanted] = own[:, starts[arm] + k].copy()
    return samples


def work_arena(arena: Arena, key: str, block: Block) -> bytes:
    """What is wanted of an arena in a block's worlds, as the content of a chunk file; what a
    worker does.
    """
    prepare(arena.scenario)
    rows = [[value for arm in observe(arena, number) for value in arm] for number in block.numbers]
    return pack(Chunk({"values": np.array(rows)}, [[] for _ in rows]), key, block)


def observe(arena: Arena, number: int) -> list[list[float]]:
    """What is wanted of each arm in world `number`."""
    scenario = arena.scenario
    pasts: list[tuple[Parameters, Past]] = []
    rows = []
    for arm, wanted in zip(scenario.arms, arena.wanted, strict=True):
        before = past_parameters(scenario, arm)
        past = next((known for own, known in pasts if own == before), None)
        if past is None:
            past = history_of(scenario, before, number)
            pasts.append((before, past))
        weeks: list[Week] = []
        watching: dict[str, Any] = {}
        if wants_events({one.measure for one in wanted}):
            watching = {"watch": _keeper(weeks), "trace": TRACE}
        market = run_arm(scenario, past, arm, before, **watching)
        seen = _seen(scenario, market, tuple(weeks), number)
        rows.append([_number(seen, one) for one in wanted])
    return rows


def _keeper(weeks: list[Week]) -> Callable[[Week], None]:
    """What puts each week into `weeks`, with those rows of its trace that are used."""
    def keep(week: Week) -> None:
        told = week.told
        used = told._replace(trace=told.trace[: told.traced[0]].copy())
        weeks.append(week._replace(told=used))

    return keep


def _seen(scenario: Scenario, market: Market, weeks: tuple[Week, ...], number: int) -> Seen:
    treated = treated_of(scenario, market.record.shape[1])
    record = market.record[:, treated]
    means = record.mean(axis=1)
    weekly = {measure.name: means[:, place] for place, measure in enumerate(MEASURES)}
    strategies = tuple(name for name, _ in market.strategies)
    return Seen(record, weekly, treated, strategies, market.world, market.state, weeks,
                scenario.seed, number)


def _number(seen: Seen, wanted: Wanted) -> float:
    later = seen.since(wanted.first_week)
    if wanted.measure in measures:
        return float(measures[wanted.measure](later))
    return float(outcomes[wanted.measure](later.weekly))
