"""The growth law: time and memory against people, trades, weeks, ties a person, replications."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from wom_sim.study.bench import measured, yardsticks
from wom_sim.study.bench.measured import Measured, exponent, seconds
from wom_sim.study.bench.towns import Town, scenario_of, timed
from wom_sim.study.ensemble import run_ensemble

WORDS = {"people": "people", "trades": "trades", "weeks": "weeks",
         "degree": "ties a person", "replications": "replications"}
"""What a town is varied in, and how that is said."""

OWN = "time without the system's"


class Growth(NamedTuple):
    """What grows: sizes, and processor seconds and bytes above the process at rest, of each.

    own: the seconds without those of the system, which hands out memory.
    """

    name: str
    sizes: tuple[int, ...]
    seconds: tuple[float, ...]
    bytes: tuple[float, ...]
    own: tuple[float, ...]

    @property
    def words(self) -> str:
        return WORDS[self.name]

    @property
    def of_time(self) -> float:
        """Exponent of time."""
        return exponent(self.sizes, self.seconds)

    @property
    def of_own(self) -> float:
        """Exponent of time without that of the system."""
        return exponent(self.sizes, self.own)

    @property
    def of_memory(self) -> float:
        """Exponent of memory, NaN where it was not told."""
        return exponent(self.sizes, self.bytes)


def grown(
    town: Town, many: Town, sizes: Mapping[str, Sequence[int]], runs: int,
    say: Callable[[str], None],
) -> list[Growth]:
    """Vary one size of `town` at a time; replications those of `many`, a smaller town."""
    found = []
    for name, each in sizes.items():
        say(f"growth with {WORDS[name]}")
        work = partial(_ensemble, many) if name == "replications" else partial(_one, town, runs)
        points = [work(name, size) for size in each]
        found.append(Growth(name, tuple(each), *zip(*points, strict=True)))
    return found


def _one(town: Town, runs: int, name: str, size: int) -> tuple[float, float, float]:
    found = timed(town._replace(**{name: size}), runs)
    return found.total, found.more, found.own


def _ensemble(town: Town, name: str, size: int) -> tuple[float, float, float]:
    """So many worlds in this process, with all that is kept of them."""
    scenario = scenario_of(town._replace(**{name: size}))
    measured.forget_peak()
    before, system = measured.resident(), measured.system()
    spent = seconds(lambda: run_ensemble(scenario), 1)
    return spent, measured.peak() - before, spent - (measured.system() - system)


def laws(found: Sequence[Growth], runs: int) -> Iterator[Measured]:
    """The exponents: value = size^exponent, 1 being growth in proportion."""
    for one in found:
        at = f"{one.sizes[0]:,} to {one.sizes[-1]:,}"
        of = 1 if one.name == "replications" else runs
        for what, value in (("time", one.of_time), (OWN, one.of_own), ("memory", one.of_memory)):
            yield Measured("growth", f"{what} with {one.words}", at, value, "exponent",
                           value, yardsticks.PROPORTION, of)
