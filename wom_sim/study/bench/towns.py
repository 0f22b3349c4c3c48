"""Towns of every size: what one replication takes, part by part, and its memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from wom_sim.market import state
from wom_sim.market.calendar import Market
from wom_sim.market.record import PLACE
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.resolve import read_text
from wom_sim.study import replicate as worlds
from wom_sim.study.bench import measured, yardsticks
from wom_sim.study.bench.measured import Measured, Stopwatch, Target
from wom_sim.study.bench.yardsticks import Yardsticks

CUSTOMERS = 1200
"""Aware people for each business, more or less, that keep it near its capacity."""

PARTS = (
    ("graph", state, "edges_of"), ("ties", state, "ties_of"),
    ("state", worlds, "build_world"), ("state", worlds, "fresh_state"),
    ("state", worlds, "copy_state"), ("needs", worlds, "schedule"), ("weeks", Market, "run"),
)
NAMES = (*dict.fromkeys(part for part, _, _ in PARTS), "rest")
MOST_SECONDS, MOST_BYTES, MOST_DEARER = 60.0, 8e9, 3.0


class Town(NamedTuple):
    """A town of the preset evidence with one arm, which asks and has partners."""

    people: int = 100_000
    trades: int = 27
    weeks: int = 52
    degree: int = 12
    replications: int = 1

    @property
    def words(self) -> str:
        return f"{self.people:,} people, {self.trades} trades, {self.weeks} weeks"


def scenario_of(town: Town) -> Scenario:
    """The scenario; awareness shrinks as the town grows, as no business grows with it."""
    text = (
        f"preset: evidence\nweeks: {town.weeks}\nhistory_weeks: 0\n"
        f"replications: {town.replications}\n"
        f"population: {{size: {town.people},"
        f" network: {{kind: small_world, neighbours: {town.degree}}}}}\n"
        f"trades: {{count: {town.trades}}}\n"
        "effort: {service: 28, asking: 4, partners: 4}\n"
        "asking: {frame: framed, when: appointment}\npartners: {group: true}\n"
        "arms: {Both: {}}\n"
    )
    known = read_text(text, "town.yaml")
    aware = known.base.choice.awareness * min(1.0, CUSTOMERS / town.people)
    return read_text(text, "town.yaml", settings=(f"choice.awareness={aware:.15f}",))


class Run(NamedTuple):
    """One replication: seconds of each part, needs decided, bytes at the peak and above before;
    system: those of all the seconds that the system took.
    """

    seconds: Mapping[str, float]
    needs: float
    peak: float
    more: float
    system: float

    @property
    def total(self) -> float:
        return sum(self.seconds.values())


def run(town: Town) -> Run:
    """Run one replication of a town in this process, with a stopwatch on its parts."""
    scenario, watch = scenario_of(town), Stopwatch()
    measured.forget_peak()
    before, spent = measured.resident(), measured.system()
    with watch.on(PARTS):
        done = watch.timed("rest", worlds.replicate)(scenario, 0)
    most = measured.peak()
    needs = float(done.record[0][:, :, PLACE["needs"]].sum())
    return Run(watch.seconds, needs, most, most - before, measured.system() - spent)


class Timed(NamedTuple):
    """Medians over the runs of a town: parts by name, total, weeks a need, bytes, and the total
    without what the system took.
    """

    town: Town
    runs: int
    parts: dict[str, float]
    total: float
    each: float
    peak: float
    more: float
    own: float


def timed(town: Town, runs: int) -> Timed:
    """Run a town so many times."""
    found = [run(town) for _ in range(runs)]
    return Timed(
        town, runs, measured.medians([one.seconds for one in found]),
        float(np.median([one.total for one in found])),
        float(np.median([one.seconds["weeks"] / one.needs for one in found])),
        float(np.median([one.peak for one in found])),
        float(np.median([one.more for one in found])),
        float(np.median([one.total - one.system for one in found])),
    )


def events(towns: list[Timed], known: Yardsticks) -> Iterator[Measured]:
    """Need events a second (choice, service, talk) in each town, and how much dearer the last."""
    for one in towns:
        at = f"{one.town.people:,} people"
        yield Measured("events", "need events a second", at, 1.0 / one.each, "events/s",
                       one.each / known.drawn, f"{yardsticks.DRAWN}s an event", one.runs)
    dearer = towns[-1].each / towns[0].each
    at = f"{towns[-1].town.people:,} against {towns[0].town.people:,} people"
    yield Measured("events", "an event in the largest town", at, dearer, "times", dearer,
                   "an event in the smallest", towns[0].runs, Target("most", MOST_DEARER))


def replication(one: Timed, known: Yardsticks) -> Iterator[Measured]:
    """Seconds of one replication, part by part, and its peak of memory."""
    at = one.town.words
    for part in NAMES:
        spent = one.parts.get(part, 0.0)
        yield Measured("replication", part, at, spent, "s", spent / known.copied,
                       yardsticks.COPIED, one.runs)
    yield Measured("replication", "one replication", at, one.total, "s",
                   one.total / known.copied, yardsticks.COPIED, one.runs,
                   Target("most", MOST_SECONDS))
    yield Measured("replication", "peak memory", at, one.peak / 1e9, "GB",
                   one.peak / (one.town.people * one.town.trades), yardsticks.CELL, one.runs,
                   Target("most", MOST_BYTES / 1e9))
