"""What a run will take: wall time, memory and disk, estimated before anything is simulated.

The work of one world is a sum of few terms, each a count of a scenario times a coefficient:

    ties      ties that NetworkX builds, once for each world that arms differ in; those of
              networks grown in arrays count for less
    cells     people times trades: needs drawn ahead, once for each such world
    copies    the same for every arm, which starts on a copy of the town
    needs     needs decided, in history and in every arm
    weeks     weeks simulated, in history and in every arm
    pairs     weeks with partners times trades squared

`tests/benchmarks/estimate.py` measures the coefficients; they hold on a machine like the one
that `REFERENCE` tells of.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from wom_sim.scenario.parameters import Arm, Parameters, Scenario
from wom_sim.scenario.partnered import has_partners
from wom_sim.scenario.registry import NETWORKS, PEOPLE, Place, networks


class Cost(NamedTuple):
    """Wall seconds, bytes of memory of all processes at their peak, bytes of the results."""

    seconds: float
    memory_bytes: float
    disk_bytes: float
    processes: int = 1


class Work(NamedTuple):
    """Counts of one world's work, by the names of the terms above."""

    ties: float
    cells: float
    copies: float
    needs: float
    weeks: float
    pairs: float


MICROSECONDS = Work(ties=1.4, cells=0.0493, copies=0.0128, needs=0.112, weeks=155.0, pairs=0.195)
"""Processor time of one of each."""

MEASURES = 60
"""About as many numbers are kept for each week."""

START_UP, TABLES, DRAWING = 2.0, 0.2, 6.0
"""Seconds to start and import, for each arm's tables, and for the figures, side by side."""

READING = 0.015
"""Seconds to read a scenario once more, as a point of a sweep."""

POINT = 90.0 * MEASURES
"""Bytes of the tables for each arm of a point, besides its worlds."""

FOLLOWED = 10
"""Worlds of one arm that are run again for their stories; `results.FOLLOWED`."""

FIGURES = 4
"""Figures that can be drawn at the same time."""

REFERENCE = 0.052
"""Seconds that the benchmark's loop of plain Python takes on the machine that was measured."""

PROCESS, WORKER = 235e6, 58e6
"""Bytes of the first process with its libraries, and of each worker besides where there are any."""

CELL, NEED, TIE = 63.0, 28.0, 350.0
"""Bytes a worker needs for each cell, need and tie of a world."""

RECORD, SPARE = 530.0, 2.0
"""Bytes a worker needs for each week of each business, in the history and in every arm of a world,
whose records are held until it ends; and how many arms' records are there besides, while laws are
checked and businesses averaged.
"""

TIES = 6.0
"""Ties for each person, of networks that do not tell their own number."""

GROWN = 0.15
"""What a tie of a network grown in arrays takes of one that NetworkX builds, time and memory."""

PICTURES, DRAWN = 0.5e6, 0.25e6
"""Bytes of the figures, and of what each arm adds to them."""

WEEK, BUSINESS, WORLD = 115.0 * MEASURES, 84.0 * MEASURES, 570.0
"""Bytes of the tables for each arm: a week, a business, a world."""


def cost(scenario: Scenario, workers: int) -> Cost:
    """Estimated cost of `wom_sim run` on `workers` processes, figures and all."""
    crew = max(1, min(workers, scenario.replications))
    one = world_seconds(scenario)
    arms, rounds = len(scenario.arms), math.ceil(scenario.replications / crew)
    # One arm of the worlds nearest the median is run again, watched, for its stories.
    watched = math.ceil(min(FOLLOWED, scenario.replications) / crew)
    worlds = (rounds + watched / max(1, arms)) * one
    seconds = START_UP + arms * TABLES + DRAWING / min(crew, FIGURES) + worlds
    return Cost(seconds, _memory(scenario, crew), _disk(scenario), crew)


def sweep_cost(points: Iterable[Scenario], workers: int) -> Cost:
    """Estimated cost of `wom_sim sweep` over the scenarios of all its points."""
    seconds, memory, disk, jobs = START_UP + DRAWING, 0.0, PICTURES, 0
    for scenario in points:
        crew = max(1, workers)
        jobs += scenario.replications
        one, arms = world_seconds(scenario), len(scenario.arms)
        # Every point is read twice here, and its worlds and intervals are made by the workers.
        seconds += 2 * READING + (scenario.replications * one + arms * TABLES) / crew
        memory = max(memory, min(crew, jobs) * _world(scenario))
        disk += arms * (scenario.replications * WORLD + POINT)
    crew = max(1, min(workers, jobs))
    kept = 2 * (disk - PICTURES)
    libraries = PROCESS + (crew * WORKER if crew > 1 else 0.0)
    return Cost(seconds, libraries + memory + kept, disk, crew)


def world_seconds(scenario: Scenario) -> float:
    """Seconds that one world takes, its histories and all its arms."""
    work = work_of(scenario)
    return sum(count * each for count, each in zip(work, MICROSECONDS, strict=True)) * 1e-6


def in_words(estimate: Cost) -> str:
    """`about 1 min 20 s on 2 processes, 0.5 GB of memory, 3 MB of results`."""
    crew = "1 process" if estimate.processes == 1 else f"{estimate.processes} processes"
    return (
        f"about {_time(estimate.seconds)} on {crew}, {of_bytes(estimate.memory_bytes)} of memory,"
        f" {of_bytes(estimate.disk_bytes)} of results"
    )


def work_of(scenario: Scenario) -> Work:
    """The counts of one world: its histories and all its arms."""
    total = Work(*(0.0 for _ in Work._fields))
    pasts: list[Parameters] = []
    for arm in scenario.arms:
        past = _past(scenario.base, arm.parameters)
        if past not in pasts:
            pasts.append(past)
            total = _plus(total, _history(scenario, past))
        total = _plus(total, _arm(scenario, arm))
    return total


def _past(base: Parameters, own: Parameters) -> Parameters:
    """What an arm's history runs under: the base, in the arm's population and trades."""
    world = {"population": own.population}
    trades = {} if own.trades.count == base.trades.count else {"trades": own.trades}
    return base.model_copy(update={**world, **trades})


def _plus(one: Work, other: Work) -> Work:
    return Work(*(a + b for a, b in zip(one, other, strict=True)))


def _history(scenario: Scenario, p: Parameters) -> Work:
    weeks = scenario.history_weeks
    cells = float(p.population.size * p.trades.count)
    return Work(_ties(p), cells, 0.0, _needs_a_week(p) * weeks, weeks, 0.0)


def _arm(scenario: Scenario, arm: Arm) -> Work:
    p, weeks = arm.parameters, scenario.weeks
    pairs = p.trades.count**2 if has_partners(scenario, arm) else 0
    copies = float(p.population.size * p.trades.count)
    return Work(0.0, 0.0, copies, _needs_a_week(p) * weeks, weeks, weeks * pairs)


def _needs_a_week(p: Parameters) -> float:
    """With needs once, as many as if half of the people were undecided all the time."""
    if p.trades.needs == "once":
        return p.population.size * p.trades.count / 2
    rates = p.trades.need_rate
    total = sum(rates) if isinstance(rates, list) else rates * p.trades.count
    return total * p.population.size / 52


def _ties(p: Parameters) -> float:
    """Ties of the networks; complete professionals are not built."""
    complete = p.population.professionals["kind"] == "complete"
    return sum(_ties_at(place, p) for place in ((PEOPLE,) if complete else NETWORKS))


def _ties_at(place: Place, p: Parameters) -> float:
    """Ties of a network; for a kind that does not tell, as many as people have by default."""
    spec, size = place.of(p), place.number(p)
    settings = {key: value for key, value in spec.items() if key != "kind"}
    kind = spec["kind"]
    told = networks[kind].facts.get("ties") if kind in networks else None
    given = networks.resolve(kind, settings) if told else {}
    ties = float(told(size, **given)) if told else TIES * size
    grown_from = networks[kind].facts.get("grown_from", math.inf) if kind in networks else math.inf
    return GROWN * ties if size >= grown_from else ties


def _memory(scenario: Scenario, crew: int) -> float:
    """Bytes: libraries, a world in each worker, and all numbers."""
    kept = scenario.replications * len(scenario.arms)
    numbers = kept * (scenario.weeks + max(_trades(scenario))) * MEASURES * 8
    workers = crew * WORKER if crew > 1 else 0.0
    return PROCESS + workers + crew * _world(scenario) + 2 * numbers


def _world(scenario: Scenario) -> float:
    """Bytes of a past and an arm of the largest town, and of the records of all arms."""
    trades = _trades(scenario)
    weeks = scenario.weeks * (sum(trades) + SPARE * max(trades))
    records = RECORD * (weeks + scenario.history_weeks * max(trades))
    return max(_town(scenario, arm.parameters) for arm in scenario.arms) + records


def _trades(scenario: Scenario) -> list[int]:
    """How many trades each arm has."""
    return [arm.parameters.trades.count for arm in scenario.arms]


def _town(scenario: Scenario, p: Parameters) -> float:
    weeks = scenario.history_weeks + scenario.weeks
    needs = _needs_a_week(p) * weeks
    return CELL * p.population.size * p.trades.count + NEED * needs + TIE * _ties(p)


def _disk(scenario: Scenario) -> float:
    """Bytes of figures and tables: each arm's weeks, businesses and worlds."""
    trades = max(_trades(scenario))
    arm = scenario.weeks * WEEK + trades * BUSINESS + scenario.replications * WORLD + DRAWN
    return PICTURES + len(scenario.arms) * arm


def _time(seconds: float) -> str:
    """Two units at most, rounded to what such an estimate can tell."""
    if seconds < 60:
        return f"{max(1, round(seconds / 5) * 5 if seconds > 15 else round(seconds))} s"
    if seconds < 5400:
        minutes, rest = divmod(round(seconds / 10) * 10, 60)
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{round(seconds / 60)} min"
    hours, minutes = divmod(round(seconds / 600) * 10, 60)
    if hours < 10 and minutes:
        return f"{hours} h {minutes} min"
    if hours < 48:
        return f"{round(seconds / 3600)} h"
    return f"{round(seconds / 86400)} days"


def of_bytes(size: float) -> str:
    """`2.9 GB`, `30 MB`."""
    if size >= 0.095e9:
        return f"{size / 1e9:.1f} GB" if size < 9.95e9 else f"{size / 1e9:,.0f} GB"
    return f"{max(1, round(size / 1e6))} MB"
