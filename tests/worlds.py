"""Worlds for the tests of the kernels: builders, exact tests, and runs in other processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy import stats

# Importing these registers the networks, judgements and strategies that scenarios name.
from wom_sim.market import chance, record
from wom_sim.market.calendar import Market, Week
from wom_sim.market.needs import Needs
from wom_sim.market.state import HEARD, NAMED, State, World, build_world, fresh_state
from wom_sim.scenario.files import Permission
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.resolve import read_text
from wom_sim.study import replicate

ALPHA = 5e-9
"""False-alarm rate of one statistical assertion."""

SPENT: list[float] = []
"""False-alarm rates of the statistical checks made so far; conftest.py adds them up."""

POWER = 0.999
"""Chance to see an error as large as the one an assertion says it detects."""

PAST = 200
"""Weeks before week 0 in which the state of a `Stage` may say that something happened."""

Tree = dict[str, Any]

SMALL: Tree = {
    "seed": 11,
    "weeks": 12,
    "history_weeks": 6,
    "allow_unequal_effort": True,
    "population": {"size": 150},
    "trades": {"count": 5, "need_rate": 6.0, "spheres": 2},
    "group": {"size": 5},
}

EVERYTHING: Tree = {
    **SMALL,
    "weeks": 55,
    "population": {"size": 120, "ties": {"circles": 3}},
    "trades": {"count": 5, "need_rate": 4.0, "spheres": 2},
    "choice": {"rule": "counts"},
    "effort": {"service": 14.0, "asking": 4.0, "partners": 6.0},
    "asking": {"frame": "framed", "when": "appointment", "pause": 10.0, "frame_fit": 0.5},
    "testimonials": {"give": 0.8, "inauthentic": 0.5, "found_out": 0.1, "expert": 0.3},
    "talk": {"delighted": 0.5, "satisfied": 0.2, "retell": 0.3, "posts": {"share": 0.5}},
    "partners": {
        "group": True,
        "strategies": {
            "giver": 0.4,
            "reciprocator": {"share": 0.2, "scale": 2.0},
            "image_scorer": {"share": 0.2, "threshold": 0.5},
            "taker": 0.2,
        },
    },
    "group": {"size": 5, "renewal": 0.9, "imitation": 0.9, "testify": 0.5},
    "events": [
        {"week": 2, "complaint": {"reach": 30, "entries": 5.0}},
        {"week": 5, "leave": 1},
        {"week": 9, "join": 1},
    ],
}
"""A world in which every mechanism acts; an arm may still ask during jobs, or broadly."""


def merged(*trees: Mapping[str, Any]) -> Tree:
    """The trees laid over each other, later ones winning; plugs of another kind replace."""
    whole: Tree = {}
    for tree in trees:
        for key, value in tree.items():
            below = whole.get(key)
            both = isinstance(value, Mapping) and isinstance(below, dict)
            other = both and value.get("kind", below.get("kind")) != below.get("kind")
            merge = both and not other and key != "strategies"
            whole[key] = merged(below, value) if merge else value
    return whole


def dotted(settings: Mapping[str, Any]) -> Tree:
    """Settings with dotted names as a nested tree."""
    tree: Tree = {}
    for name, value in settings.items():
        nested: Any = value
        for key in reversed(name.split(".")):
            nested = {key: nested}
        tree = merged(tree, nested)
    return tree


def scenario(*trees: Mapping[str, Any], **dots: Any) -> Scenario:
    """The scenario of the trees laid over each other, through the reader.

    Further settings are dotted names with a double underscore for the dot.
    """
    more = dotted({name.replace("__", "."): value for name, value in dots.items()})
    return read_text(yaml.safe_dump(merged(*trees, more), sort_keys=False), "test.yaml",
                     allowed=Permission(files=True))


def run(plan: Scenario, number: int = 0, place: int = 0, **watching: Any) -> Market:
    """One arm of a world with its history, as `replicate` runs it."""
    arm = plan.arms[place]
    before = replicate.past_parameters(plan, arm)
    past = replicate.history_of(plan, before, number)
    return replicate.run_arm(plan, past, arm, before, **watching)


def records(plan: Scenario, number: int = 0) -> list[bytes]:
    """The record of each arm of a world as bytes."""
    return [arm.tobytes() for arm in replicate.replicate(plan, number).record]


class Stage:
    """One arm of a world whose state a test sets by hand before the weeks are run.

    It has no history and no needs but one of every trade for everybody in `who` (all people
    unless named, owners too) in each of the weeks `needs`, counted from week `first`.
    """

    def __init__(
        self, plan: Scenario, needs: tuple[int, ...] = (0,), who: NDArray[Any] | None = None,
        first: int = 0,
    ) -> None:
        self.arm = plan.arms[0]
        self.parameters = self.arm.parameters
        self.world: World = build_world(self.parameters, chance.key_of(plan.seed, 0))[0]
        self.state = fresh_state(self.world, self.parameters, PAST + plan.weeks)
        self.people = people_of(self.state)
        self.businesses, self.partners = self.state.businesses, self.state.partners
        self.weeks: list[Week] = []
        those = np.arange(self.world.size) if who is None else who
        everybody = np.ones(self.world.trades, np.bool_)
        self.market = Market(
            self.world, self.state, same_needs(those, self.world.trades, plan.weeks, needs), first,
            plan.weeks, everybody, past=PAST, watch=self.weeks.append, trace=300_000,
        )
        self.market.set_parameters(self.parameters, self.parameters)
        self.market.start_arms(self.parameters)

    def play(self) -> Week:
        """Run the weeks; returns the first."""
        people = self.people
        people.news[(people.good > 0) | (people.bad > 0)] |= HEARD
        people.news[people.request > 0] |= NAMED
        self.market.run(self.arm.events)
        return self.weeks[0]

    def column(self, name: str) -> NDArray[np.float64]:
        """A measure as recorded, (weeks, K)."""
        measure: NDArray[np.float64] = self.market.record[:, :, record.PLACE[name]]
        return measure


def people_of(state: State) -> Any:
    """What people know, by name: `people_of(state).own[p, j]`."""
    people = state.people
    remembered = {name: people.memory[name] for name in people.memory.dtype.names}
    return SimpleNamespace(
        provider=people.provider, own=people.own, rest=people.rest, news=people.news,
        own_week=people.own_week, rest_week=people.rest_week, **remembered
    )


def same_needs(
    people: NDArray[Any], trades: int, weeks: int, when: tuple[int, ...]
) -> Needs:
    """One need of every trade for each of the people in each week of `when`."""
    each = len(people) * trades
    first = np.zeros(weeks + 1, np.int64)
    for week in when:
        first[week + 1 :] += each
    return Needs(
        first,
        np.tile(np.repeat(people, trades), len(when)).astype(np.int32),
        np.tile(np.arange(trades), len(when) * len(people)).astype(np.int16),
        np.repeat(np.arange(len(when)), each).astype(np.int32),
    )


def kernel(name: str) -> Callable[..., Any]:
    """The kernel of this name, in whatever room of the market it lives."""
    rooms = (room for place, room in sys.modules.items() if place.startswith("wom_sim.market."))
    return next(getattr(room, name) for room in rooms if hasattr(room, name))


def other_process(code: str, *arguments: str, folder: Path | None = None, **env: str) -> str:
    """What Python prints for `code` in a process of its own with further environment."""
    tests = Path(__file__).parent
    path = os.pathsep.join([str(tests), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": path, **env}, capture_output=True, text=True,
        cwd=folder or tests.parent, timeout=900, check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def close(seen: Any, expected: Any, rel: float = 1e-12) -> None:
    """Every number equals the expected one up to `rel` of it."""
    np.testing.assert_allclose(seen, np.broadcast_to(expected, np.shape(seen)), rtol=rel, atol=0)


def alpha(rate: float = ALPHA) -> float:
    """A false-alarm rate to be spent on one statistical check."""
    SPENT.append(rate)
    return rate


def agrees(seen: float, n: int, p: float, detects: float) -> None:
    """Exact binomial test of `seen` among `n` at ALPHA; fails too where it would see too little.

    The smallest shift of p that it sees is computed and must not exceed `detects`.
    """
    law, half = stats.binom(n, p), alpha() / 2
    low, high = law.ppf(half), law.isf(half)
    smallest = detectable(lambda shifted: stats.binom(n, shifted), p, low, high, 0.0, 1.0)
    assert smallest <= detects, f"{n} draws detect only a shift of {smallest:.4g} from {p:.4g}"
    assert low <= seen <= high, f"{seen} of {n}: expected {n * p:.1f} ({low:.0f} to {high:.0f})"


def agrees_with_poisson(seen: float, mean: float, detects: float) -> None:
    """Exact Poisson test at ALPHA; `detects` is the relative error of the mean that it sees."""
    law, half = stats.poisson(mean), alpha() / 2
    low, high = law.ppf(half), law.isf(half)
    smallest = detectable(stats.poisson, mean, low, high, 0.0, 2 * mean) / mean
    assert smallest <= detects, f"a mean of {mean:.4g} detects only {smallest:.3g} of it"
    assert low <= seen <= high, f"{seen}: expected {mean:.1f} ({low:.0f} to {high:.0f})"


def detectable(
    law: Callable[[float], Any], centre: float, low: float, high: float, least: float, most: float
) -> float:
    """Smallest shift of a law's parameter, to its worse side, that leaves [low, high] with POWER.

    The parameter lies between `least` and `most`; where even these are not seen, they are it.
    """
    worst = 0.0
    for end in (least, most):
        unseen, seen = 0.0, end - centre
        for _ in range(24):
            middle = (unseen + seen) / 2
            moved = law(centre + middle)
            if moved.cdf(high) - moved.cdf(low - 1) > 1.0 - POWER:
                unseen = middle
            else:
                seen = middle
        worst = max(worst, abs(seen))
    return worst
