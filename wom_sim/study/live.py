"""Worlds for a page that answers while a hand moves: few at once, more while it rests.

A slider acts from week 0 on, so the history of a world is run once and kept, in each process. All
settings share the worlds' numbers, and so their luck.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from wom_sim.market.record import PLACE
from wom_sim.scenario.parameters import Parameters, Scenario
from wom_sim.study.crew import Crew, Task
from wom_sim.study.ensemble import prepare, tell
from wom_sim.study.replicate import Floats, Past, history_of, past_parameters, run_arm, treated_of
from wom_sim.study.results import Happening
from wom_sim.study.statistics.summaries import compare
from wom_sim.study.stories import nearest

KEPT = ("won", "dissatisfied", "satisfied", "delighted")
"""Weekly measures that a page is made of."""
MOST_PASTS = 50
"""Histories that each process keeps, of the first worlds: of 1,000 people they take 6 MB each."""

_PASTS: OrderedDict[tuple[str, int], Past] = OrderedDict()


class Picture(NamedTuple):
    """What a page shows of one setting.

    weekly: (arms, worlds, measures, weeks), `KEPT`, means over treated businesses. `comparison`
    is `summaries.compare` of clients won in the second of two arms against the first, with their
    names as `arm` and `baseline`.
    """

    arms: tuple[str, ...]
    weekly: Floats
    comparison: Mapping[str, Any]

    @property
    def worlds(self) -> int:
        """How many worlds were run."""
        return int(self.weekly.shape[1])

    def won(self, arm: str) -> Floats:
        """Clients won a week, (worlds, weeks)."""
        found: Floats = self.weekly[self.arms.index(arm), :, KEPT.index("won")]
        return found

    def unhappy(self, arm: str) -> float:
        """Share of jobs that left the client dissatisfied; NaN where there was none."""
        judged = self.weekly[self.arms.index(arm), :, 1:].sum(axis=(0, 2))
        return float(judged[0] / judged.sum()) if judged.sum() else float("nan")


class Business(NamedTuple):
    """What happened to one business under `arm` in the median one of so many worlds."""

    arm: str
    worlds: int
    told: tuple[Happening, ...]


class Live:
    """Worlds simulated so far, by arm and what it is run under, and who simulates more."""

    def __init__(self, crew: Crew, most_kept: int = 400) -> None:
        self._crew, self._most = crew, most_kept
        self._known: OrderedDict[str, dict[int, Floats]] = OrderedDict()

    def run(
        self, scenario: Scenario, rivals: tuple[str, str], worlds: int, enough: Callable[[], bool]
    ) -> Picture:
        """All arms in `worlds` worlds, or in those that are done once `enough` says so, at least 1.

        `rivals` are the arms that are compared. Raises NetworkError, PlugFailed and WorkerDied.
        """
        keys = [_key(alone(scenario, place)) for place in range(len(scenario.arms))]
        missing = self._missing(scenario, keys, worlds)
        while True:
            some = list(islice(missing, max(1, self._crew.workers)))
            if not some:
                break
            for task, found in self._crew.each(some):
                key, number = task.name
                self._room(key)[number] = found
            if enough() and self._whole(keys):
                break
        return self._picture(scenario, rivals, keys, min(worlds, self._whole(keys)))

    def business(
        self, scenario: Scenario, rivals: tuple[str, str], worlds: int, enough: Callable[[], bool]
    ) -> Business:
        """The business to show of the second of `rivals`; as `run`, and raises the same."""
        found = self.run(scenario, rivals, worlds, enough)
        return business_of(self._crew, scenario, rivals[1], found.won(rivals[1]).sum(axis=-1))

    def _missing(self, scenario: Scenario, keys: Sequence[str], worlds: int) -> Iterator[Task]:
        """What is to be run, world by world."""
        for number in range(worlds):
            for place, key in enumerate(keys):
                if number not in self._room(key):
                    yield Task((key, number), work_live, (alone(scenario, place), number))

    def _room(self, key: str) -> dict[int, Floats]:
        room = self._known.setdefault(key, {})
        self._known.move_to_end(key)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return room

    def _whole(self, keys: Sequence[str]) -> int:
        """How many worlds, from the first on, every arm has been run in."""
        rooms = [self._room(key) for key in keys]
        number = 0
        while all(number in room for room in rooms):
            number += 1
        return number

    def _picture(
        self, scenario: Scenario, rivals: tuple[str, str], keys: Sequence[str], worlds: int
    ) -> Picture:
        weekly = np.array([[self._room(key)[n] for n in range(worlds)] for key in keys])
        return picture(scenario, rivals, weekly)


def picture(scenario: Scenario, rivals: tuple[str, str], weekly: Floats) -> Picture:
    """What is shown of worlds run: weekly (arms, worlds, measures, weeks)."""
    names = tuple(arm.name for arm in scenario.arms)
    totals = weekly[:, :, KEPT.index("won")].sum(axis=-1)
    first, second = (totals[names.index(name)] for name in rivals)
    found = {**compare(second, first, scenario.seed), "baseline": rivals[0], "arm": rivals[1]}
    return Picture(names, weekly, found)


def business_of(crew: Crew, scenario: Scenario, arm: str, won: Floats) -> Business:
    """The business under `arm` in the median world by clients `won`, (worlds,)."""
    place = [one.name for one in scenario.arms].index(arm)
    single = alone(scenario, place)
    told = crew.one(tell, single, single.arms[0], nearest(won)[0])
    return Business(arm, len(won), told.happenings)


def work_live(scenario: Scenario, number: int) -> Floats:
    """`KEPT` measures of the one arm of `scenario` in one world, (measures, weeks)."""
    prepare(scenario)
    (arm,) = scenario.arms
    before = past_parameters(scenario, arm)
    market = run_arm(scenario, past_of(scenario, before, number), arm, before)
    treated = treated_of(scenario, market.record.shape[1])
    found = market.record[:, treated].mean(axis=1)[:, [PLACE[name] for name in KEPT]]
    return np.ascontiguousarray(found.T)


def past_of(scenario: Scenario, before: Parameters, number: int) -> Past:
    """The history of a world, run once in each process; the same numbers come out."""
    key = (_print(scenario, before.model_dump_json()), number)
    if key in _PASTS:
        return _PASTS[key]
    past = history_of(scenario, before, number)
    # Worlds come in their order, so that keeping the latest would keep none for the next setting.
    if number < MOST_PASTS:
        _PASTS[key] = past
    while len(_PASTS) > MOST_PASTS:
        _PASTS.popitem(last=False)
    return past


def remember(scenario: Scenario, worlds: int) -> None:
    """Run the histories of the first worlds here, for processes that are forked from this one."""
    for number in range(min(worlds, MOST_PASTS)):
        for arm in scenario.arms:
            past_of(scenario, past_parameters(scenario, arm), number)


def alone(scenario: Scenario, place: int) -> Scenario:
    """The scenario with one of its arms, and without what no world depends on."""
    arm = scenario.arms[place]
    without = {"sweep": None, "explore": None, "observed": None, "claim": None, "precision": None}
    # What an arm overrides stands in its parameters already.
    own = arm.model_copy(update={"overrides": {}})
    return scenario.model_copy(update={"arms": (own,), "baseline": arm.name, **without})


def _key(scenario: Scenario) -> str:
    (arm,) = scenario.arms
    return _print(scenario, scenario.base.model_dump_json(), arm.model_dump_json())


def _print(scenario: Scenario, *more: str) -> str:
    about = (scenario.seed, scenario.weeks, scenario.history_weeks, scenario.treated,
             scenario.folder, *more)
    return hashlib.blake2b(repr(about).encode(), digest_size=16).hexdigest()
