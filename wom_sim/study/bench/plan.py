"""What `bench` measures, at which sizes, and all of it in order."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from wom_sim.scenario.parameters import Scenario
from wom_sim.study import machine
from wom_sim.study.bench import country, crews, growth, rivals, shares, towns, yardsticks
from wom_sim.study.bench.country import Country
from wom_sim.study.bench.growth import Growth
from wom_sim.study.bench.measured import Measured
from wom_sim.study.bench.towns import Town
from wom_sim.study.bench.yardsticks import Yardsticks
from wom_sim.study.ensemble import warm_up
from wom_sim.study.tables import Row, Table


class Sizes(NamedTuple):
    """How large and how often: runs are medians, `worlds` those of the ensemble.

    neighbours: people among whom the yardsticks fetch; events: towns whose need events are timed,
    the last of them the large one; base and many: towns that growth starts from; talk: people of
    the talk of the network, and patience: seconds that one of its runs may be expected to take.
    """

    runs: int
    neighbours: int
    events: tuple[Town, ...]
    worlds: int
    base: Town
    many: Town
    growing: Mapping[str, Sequence[int]]
    grown: int
    talk: Sequence[int]
    patience: float


FULL = Sizes(
    runs=5, neighbours=1_000_000,
    events=(Town(10_000), Town(100_000), Town(1_000_000)),
    worlds=60, base=Town(100_000), many=Town(1_000, weeks=26),
    growing={"people": (50_000, 100_000, 200_000, 400_000, 1_000_000), "trades": (9, 27, 54, 108),
             "weeks": (26, 52, 104, 208), "degree": (6, 12, 24, 48),
             "replications": (25, 50, 100, 200)},
    grown=3, talk=(1_000, 10_000, 100_000, 1_000_000), patience=8.0,
)
QUICK = Sizes(
    runs=1, neighbours=200_000,
    events=(Town(10_000, weeks=26), Town(50_000, weeks=26), Town(200_000, weeks=26)),
    worlds=8, base=Town(50_000, weeks=13), many=Town(1_000, weeks=13),
    growing={"people": (50_000, 100_000, 200_000), "trades": (9, 27, 54), "weeks": (13, 26, 52),
             "degree": (6, 12, 24), "replications": (5, 10, 20)},
    grown=1, talk=(1_000, 10_000), patience=1.0,
)


class Bench(NamedTuple):
    """All that was measured, on what, and what follows for a country.

    known: the yardsticks as measured just before each part, since the machine's pace drifts; load
    and load_after: processes that were running or waiting, before and after, in the mean of
    a minute; notes: what a reader must know of the rivals.
    """

    rows: tuple[Measured, ...]
    growths: tuple[Growth, ...]
    country: Country
    known: Mapping[str, Yardsticks]
    load: float
    load_after: float
    base: Town
    many: Town
    notes: tuple[str, ...]

    @property
    def about(self) -> str:
        """What the growth law was measured on."""
        return (f"Preset evidence, one arm, one replication of {self.base.words},"
                f" {self.base.degree} ties a person, but for the size that varies; replications:"
                f" {self.many.words}. Measured on {os.cpu_count()} cores at load {self.load:.1f}")


def bench(
    sizes: Sizes, usual: Scenario, small: Scenario, workers: int, say: Callable[[str], None]
) -> Bench:
    """Measure everything; `usual` is the default world, `small` the same in a small town."""
    load = os.getloadavg()[0]
    warm_up()
    known: dict[str, Yardsticks] = {}

    def beside(part: str) -> Yardsticks:
        say(f"the yardsticks, before: {part}")
        known[part] = yardsticks.yardsticks(sizes.neighbours)
        return known[part]

    before = beside("towns")
    timed = []
    for town in sizes.events:
        say(f"one replication of {town.words}")
        towns.run(town._replace(people=sizes.events[0].people))
        timed.append(towns.timed(town, sizes.runs))
    rows = [*towns.events(timed, before), *towns.replication(timed[-1], before)]
    draws = shares.count_draws(small)
    rows += shares.default_world(usual, draws, beside("the default world"), sizes.runs)
    several = usual.model_copy(update={"replications": sizes.worlds})
    before = beside("an ensemble")
    rows += crews.ensemble(several, crews.worked(several, workers), before)
    found = growth.grown(sizes.base, sizes.many, sizes.growing, sizes.grown, say)
    rows += growth.laws(found, sizes.grown)
    rivalry = rivals.compared(sizes.talk, sizes.runs, sizes.patience, say)
    rows += rivalry.rows
    beyond = country.country(timed[-1], found[0].of_time, os.cpu_count() or 1,
                             machine.memory())
    return Bench(tuple(rows), tuple(found), beyond, known, load,
                 os.getloadavg()[0], sizes.base, sizes.many, rivalry.notes)


def tables(found: Bench) -> dict[str, Table]:
    """The tables that are kept: bench, yardsticks, growth, country, limits."""
    return {
        "bench": Table(
            ("part", "measure", "at", "value", "unit", "ratio", "yardstick", "runs", "bound",
             "target", "met"), list(_rows(found.rows))),
        "yardsticks": Table(
            ("before", "yardstick", "seconds"),
            [(part, name, value) for part, each in found.known.items()
             for name, value in zip(yardsticks.NAMES, each, strict=True)]),
        "growth": Table(
            ("varied", "size", "seconds", "bytes", "own_seconds"),
            [(one.words, *point) for one in found.growths
             for point in zip(one.sizes, one.seconds, one.bytes, one.own, strict=True)]),
        "country": Table(
            ("people", "weeks", "arms", "worlds", "town", "towns", "core_hours", "machine_bytes",
             "cores", "whole_bytes", "hours", "machines"), [_country(found.country)]),
        "limits": Table(("limit", "people"), found.country.limits),
    }


def _rows(rows: Sequence[Measured]) -> Iterator[Row]:
    for one in rows:
        bound, value = one.target or ("", math.nan)
        yield (one.part, one.name, one.at, one.value, one.unit, one.ratio, one.yardstick, one.runs,
               bound, value, "" if one.met is None else one.met)


def _country(one: Country) -> Row:
    return (one.people, one.weeks, one.arms, one.worlds, one.town, one.towns, one.core_hours,
            one.machine_bytes, one.cores, one.whole_bytes, one.hours, one.machines)
