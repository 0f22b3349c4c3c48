"""Claims run: equal worlds are simulated once, however many claims ask of them.

Every arm of every claim meets the same worlds (same seed and replication numbers), so that
differences are paired by world also between files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.calendar import Market, Week
from wom_sim.scenario.parameters import Arm, Parameters, Scenario
from wom_sim.scenario.registry import measures, outcomes
from wom_sim.study.claims.measures import Seen, wants_events
from wom_sim.study.ensemble import MEASURES, Progress, compile_first, workforce
from wom_sim.study.estimate import MICROSECONDS, work_of
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
    total = 0.0
    for arena in arenas(scenarios):
        work = work_of(arena.scenario)
        each = sum(count * cost for count, cost in zip(work, MICROSECONDS, strict=True)) * 1e-6
        total += arena.scenario.replications * each
    return total


def run_claims(
    scenarios: Sequence[Scenario], *, workers: int = 1, numbers: range | None = None,
    progress: Progress = lambda done, total: None, say: Callable[[str], None] = lambda text: None,
) -> Samples:
    """Every measure that the claims of these scenarios want, in their worlds.

    `numbers` are the replications, the first ones unless given. Results do not depend on
    `workers`. Raises NetworkError, LawBroken, PlugFailed and WorkerDied.
    """
    shared = arenas(scenarios)
    chosen = numbers or range(scenarios[0].replications)
    jobs = [(place, number) for place in range(len(shared)) for number in chosen]
    found: dict[tuple[int, int], list[list[float]]] = {}
    with workforce(None, workers) as crew:
        compile_first(crew, say)
        progress(0, len(jobs))
        if crew.executor is None:
            for place, number in jobs:
                found[place, number] = observe(shared[place], number)
                progress(len(found), len(jobs))
        else:
            waiting = {crew.executor.submit(observe, shared[place], number): (place, number)
                       for place, number in jobs}
            for future in as_completed(waiting):
                found[waiting[future]] = future.result()
                progress(len(found), len(jobs))
    return _samples(shared, chosen, found)


def _samples(
    shared: Sequence[Arena], chosen: range, found: Mapping[tuple[int, int], list[list[float]]]
) -> Samples:
    samples: dict[tuple[str, str, Wanted], Floats] = {}
    for place, arena in enumerate(shared):
        for stem, arms in arena.names.items():
            for name, arm in arms.items():
                for k, wanted in enumerate(arena.wanted[arm]):
                    values = [found[place, number][arm][k] for number in chosen]
                    samples[stem, name, wanted] = np.array(values)
    return samples


def observe(arena: Arena, number: int) -> list[list[float]]:
    """What is wanted of each arm in world `number`; what a worker does."""
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
    return Seen(record, weekly, market.world, market.state, weeks, scenario.seed, number)


def _number(seen: Seen, wanted: Wanted) -> float:
    later = seen.since(wanted.first_week)
    if wanted.measure in measures:
        return float(measures[wanted.measure](later))
    return float(outcomes[wanted.measure](later.weekly))
