"""Beyond one machine: what a country would take, by extrapolation, and what breaks first."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, get_args, get_type_hints

import numpy as np

from wom_sim.market.needs import Needs
from wom_sim.scenario.parameters.population import Population
from wom_sim.study.bench.towns import Timed

PEOPLE, ARMS, WORLDS, NIGHT = 100_000_000, 4, 100, 8.0
"""A country, and a question put to it: arms, worlds, and hours within which it is to be answered.
"""


class Limit(NamedTuple):
    """What bounds the people of one town, and at how many."""

    what: str
    people: float


class Country(NamedTuple):
    """What it takes: people, weeks, arms, worlds; towns it is cut into; hours of one core.

    machine_bytes and cores are those of the machine that was measured; whole_bytes is what the
    country would need in one worker if it were one town; machines answer in `hours`.
    """

    people: int
    weeks: int
    arms: int
    worlds: int
    town: int
    core_hours: float
    machine_bytes: float
    cores: int
    whole_bytes: float
    hours: float
    machines: float
    limits: tuple[Limit, ...]

    @property
    def towns(self) -> int:
        """Towns of the largest size that a worker has room for."""
        return math.ceil(self.people / self.town)


def country(one: Timed, growth: float, cores: int, memory: float) -> Country:
    """Extrapolate from one replication of a large town.

    growth: exponent of time in people, used where it is above 1; cores and memory (bytes): of a
    machine, whose cores are kept busy. A worker, one a core, runs one world of one town at a time,
    since a town is not divided.
    """
    each = one.more / one.town.people
    found = limits(each, memory / cores)
    town = int(min(PEOPLE, *(limit.people for limit in found)))
    dearer = max(1.0, (town / one.town.people) ** (max(growth, 1.0) - 1.0))
    hours = one.total / one.town.people * dearer * PEOPLE * ARMS * WORLDS / 3600.0
    machines = hours / (cores * NIGHT)
    return Country(PEOPLE, one.town.weeks, ARMS, WORLDS, town, hours, memory, cores,
                   each * PEOPLE, NIGHT, machines, found)


def limits(each: float, room: float) -> tuple[Limit, ...]:
    """What bounds a town, the tightest first; `each` bytes a person, `room` bytes a worker."""
    ids = _type_of_ids()
    found = [
        Limit("the format's largest population.size", _largest()),
        Limit("memory of a worker", room / each),
        Limit(f"people numbered in {8 * ids.itemsize} bits", float(np.iinfo(ids).max)),
        Limit("ties coded as one number of 64 bits", math.sqrt(float(np.iinfo(np.int64).max))),
    ]
    return tuple(sorted(found, key=lambda limit: limit.people))


def _type_of_ids() -> np.dtype[Any]:
    """The type in which needs name people."""
    _, kind = get_args(get_type_hints(Needs)["person"])
    found: np.dtype[Any] = np.dtype(get_args(kind)[0])
    return found


def _largest() -> float:
    """The upper bound that the format declares."""
    bounds = (getattr(known, "le", None) for known in Population.model_fields["size"].metadata)
    return float(next(bound for bound in bounds if bound is not None))
