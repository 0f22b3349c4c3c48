"""Which settings a file for the disk holds, what they will take, and the worlds of all of them.

An arm is run once for all settings that are the same to it, so that a slider which moves the
partners alone costs the other arms nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from math import ceil, prod
from typing import NamedTuple

import numpy as np

from wom_sim.explore.asked import Asked, Refused
from wom_sim.scenario.explore import moved_arms, own_value
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.parameters.explore import Explore
from wom_sim.show.live.business import tell_business
from wom_sim.show.live.telling import Told, nearest, tell
from wom_sim.study.crew import Crew, Task
from wom_sim.study.ensemble import Progress
from wom_sim.study.keeping.blocks import gather, limit_for
from wom_sim.study.keeping.chunks import Block, Chunk, Worlds, pack
from wom_sim.study.keeping.shelf import Floats, room
from wom_sim.study.live import KEPT, alone, business_of, picture, work_live

FEWEST, MOST = 20, 100
"""Worlds of each setting."""
AIMED = 50
"""Worlds that a finer grid is not bought with."""
MOST_SETTINGS, LEAST_STOPS = 1_500, 3
SHARE = 0.75
"""Of the time given, what is planned with; timing one world is no exact measure."""
TOGETHER = 10
"""Worlds that a worker simulates at a time."""

Stops = dict[str, tuple[float, ...]]


class TooLong(ValueError):
    """The coarsest grid takes longer than is allowed; the message says how long."""


class Plan(NamedTuple):
    """The stops of every slider, how many worlds each setting has, and seconds for all."""

    stops: Stops
    worlds: int
    seconds: float

    @property
    def settings(self) -> int:
        """How many settings the page holds."""
        return prod(map(len, self.stops.values()))


class Timed(NamedTuple):
    """Processor seconds of one world: its history, and each arm after it."""

    history: float
    arms: Mapping[str, float]


def timed(scenario: Scenario) -> Timed:
    """One world run here, after another one that does what is done once only.

    In processor time: what else the machine does now says little of the next half-hour.
    """
    own = [alone(scenario, place) for place in range(len(scenario.arms))]
    work_live(own[0], 0)
    arms = {
        arm.name: _seconds(single, 0) for arm, single in zip(scenario.arms, own, strict=True)
    }
    return Timed(max(0.0, _seconds(own[0], 1) - arms[scenario.arms[0].name]), arms)


def _seconds(single: Scenario, number: int) -> float:
    started = time.process_time()
    work_live(single, number)
    return time.process_time() - started


def plan(
    scenario: Scenario, page: Explore, steps: Mapping[str, Sequence[float]], one: Timed,
    seconds: float, workers: int,
) -> Plan:
    """The finest grid, and then the most worlds, that fit into `seconds`. Raises TooLong."""
    forced = {name: _forced(scenario, page, name, stops) for name, stops in steps.items()}
    counts = {name: min(len(steps[name]), max(LEAST_STOPS, len(forced[name]))) for name in steps}

    def cost(counts: Mapping[str, int], worlds: int) -> float:
        points = {arm: prod(counts[name] for name in names) for arm, names in moving.items()}
        arms = sum(points[arm] * one.arms[arm] for arm in points)
        return worlds * (arms + workers * one.history) / workers

    moving = {
        arm.name: [name for name in steps if arm.name in moved_arms(scenario, name)]
        for arm in scenario.arms
    }
    room_for = SHARE * seconds
    worlds = next((many for many in (AIMED, 30, FEWEST) if cost(counts, many) <= room_for), None)
    if worlds is None:
        minutes = ceil(cost(counts, FEWEST) / SHARE / 60)
        raise TooLong(f"the coarsest page may take {minutes} minutes; give --minutes {minutes},"
                      " fewer sliders or a smaller explore.people")
    for name in _turns(counts, steps):
        finer = {**counts, name: counts[name] + 1}
        if cost(finer, worlds) <= room_for and prod(finer.values()) <= MOST_SETTINGS:
            counts = finer
    while worlds < MOST and cost(counts, worlds + 10) <= room_for:
        worlds += 10
    stops = {name: _spread(steps[name], forced[name], counts[name]) for name in steps}
    return Plan(stops, min(worlds, MOST), cost(counts, worlds))


def _turns(counts: Mapping[str, int], steps: Mapping[str, Sequence[float]]) -> Iterator[str]:
    """Names of sliders that may get another stop, those with fewest first."""
    most = max(map(len, steps.values()))
    for size in range(min(counts.values()), most):
        yield from (name for name in steps if counts[name] <= size < len(steps[name]))


def _forced(
    scenario: Scenario, page: Explore, name: str, stops: Sequence[float]
) -> frozenset[int]:
    """Places of the stops that the page starts at and that its buttons go to."""
    wanted = [own_value(scenario, name)]
    wanted += [one.settings[name] for one in page.presets if name in one.settings]
    return frozenset(nearest(stops, value) for value in wanted)


def _spread(stops: Sequence[float], forced: frozenset[int], many: int) -> tuple[float, ...]:
    """`many` stops, the forced among them, each next one furthest from those there are."""
    chosen = set(forced)
    while len(chosen) < many:
        chosen.add(max(
            (place for place in range(len(stops)) if place not in chosen),
            key=lambda place: min(abs(place - other) for other in chosen)))
    return tuple(stops[place] for place in sorted(chosen))


class Grid:
    """All settings of a plan: which arm is run under what, and what they come to."""

    def __init__(self, asked: Asked, worlds: int) -> None:
        self._asked, self._worlds = asked, worlds
        self._arms = [arm.name for arm in asked.start.arms]
        self._moving = [
            [arm in moved_arms(asked.start, name) for name in asked.steps] for arm in self._arms
        ]
        self.ats = list(product(*(range(len(own)) for own in asked.steps.values())))
        self.problems: dict[tuple[int, ...], str] = {}
        self.points: list[tuple[int, tuple[int, ...]]] = []
        self._places: dict[tuple[int, tuple[int, ...]], int] = {}
        for at in self.ats:
            self._add(at)

    def simulate(
        self, crew: Crew, key: str, worlds: Worlds, progress: Progress
    ) -> Floats:
        """The worlds of every point, (points, worlds, measures, weeks); kept ones are spared."""
        weeks = self._asked.start.weeks
        found = room((len(self.points), self._worlds, len(KEPT), weeks))
        blocks = [
            Block(range(point, point + 1), range(first, min(self._worlds, first + TOGETHER)))
            for first in range(0, self._worlds, TOGETHER) for point in range(len(self.points))
        ]
        done, worlds.total = 0, len(self.points) * self._worlds
        progress(0, worlds.total)
        task = self._task(key)
        for block, chunk in gather(blocks, crew, task, key, worlds):
            numbers = slice(block.numbers.start, block.numbers.stop)
            found[block.points.start, numbers] = chunk.arrays["weekly"]
            done += len(block.numbers)
            progress(done, worlds.total)
        return found

    def pictures(self, found: Floats) -> Iterator[Told]:
        """What the page shows at every setting, in their order."""
        start, rivals = self._asked.start, self._asked.page.compare
        for at in self.ats:
            if at in self.problems:
                yield {"problem": self.problems[at]}
                continue
            own = [self._places[place, self._own(place, at)] for place in range(len(self._arms))]
            yield tell(picture(start, rivals, np.stack([found[point] for point in own])),
                       self._worlds)

    def business(self, found: Floats, crew: Crew) -> Told:
        """One business in the median world at the scenario's own setting."""
        start, arm = self._asked.start, self._asked.page.compare[1]
        place = [one.name for one in start.arms].index(arm)
        at = tuple(list(stops).index(own_value(start, name))
                   for name, stops in self._asked.steps.items())
        own = found[self._places[place, self._own(place, at)], :, KEPT.index("won")]
        return tell_business(business_of(crew, start, arm, own.sum(axis=-1)), start.weeks)

    def _add(self, at: tuple[int, ...]) -> None:
        try:
            self._asked.scenario(at)
        except Refused as error:
            self.problems[at] = str(error)
            return
        for place in range(len(self._arms)):
            point = place, self._own(place, at)
            if point not in self._places:
                self._places[point] = len(self.points)
                self.points.append((place, at))

    def _own(self, place: int, at: tuple[int, ...]) -> tuple[int, ...]:
        """The stops that mean something to an arm."""
        return tuple(
            stop if moves else -1 for stop, moves in zip(at, self._moving[place], strict=True))

    def _task(self, key: str) -> Callable[[Block], Task]:
        def task(block: Block) -> Task:
            place, at = self.points[block.points.start]
            single = alone(self._asked.scenario(at), place)
            limit = limit_for(single, block)
            return Task(block, work_block, (single, key, block), limit)

        return task


def work_block(scenario: Scenario, key: str, block: Block) -> bytes:
    """The worlds of a block as the content of a chunk file; what a worker does."""
    weekly = np.array([work_live(scenario, number) for number in block.numbers])
    return pack(Chunk({"weekly": weekly}, [[] for _ in block.numbers]), key, block)
