"""Where the time of a replication goes: kernels and their luck, SimPy, network, bookkeeping."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import wom_sim.market
from wom_sim.market import chance, needs, state
from wom_sim.market.calendar import Market
from wom_sim.market.record import PLACE
from wom_sim.scenario.parameters import Scenario
from wom_sim.study import estimate
from wom_sim.study import replicate as worlds
from wom_sim.study.bench import measured, yardsticks
from wom_sim.study.bench.measured import Measured, Stopwatch, Target
from wom_sim.study.bench.yardsticks import Yardsticks

ACTIONS = ("market_week", "asking_round", "one_to_ones", "meeting", "close_week")
MOST = 0.15
"""Seconds of processor time that a replication and arm of the default world may take."""

COUNTED = ("population.size=400", "weeks=12", "history_weeks=12")
"""The town in which draws are counted: run as plain Python, it is small."""


class Draws(NamedTuple):
    """Philox blocks: of the schedule, for each person and trade; and of the rest, for each need."""

    cell: float
    need: float


def kernels() -> list[tuple[str, Any, str]]:
    """Every compiled function of the market, where Python finds it, as places of a stopwatch."""
    names = [part.name for part in pkgutil.iter_modules(wom_sim.market.__path__)]
    modules = [importlib.import_module(f"wom_sim.market.{name}") for name in names]
    return [("kernels", module, name) for module in modules
            for name, value in vars(module).items() if hasattr(value, "py_func")]


def parts_of(scenario: Scenario) -> Stopwatch:
    """The processor time of one replication: network, kernels, simpy, bookkeeping."""
    watch = Stopwatch()
    places = [("network", state, "edges_of"), ("simpy", Market, "run"),
              *(("bookkeeping", Market, name) for name in ACTIONS), *kernels()]
    # The same world first: no kernel can be compiled while others are timed.
    worlds.replicate(scenario, 1)
    with watch.on(places):
        watch.timed("bookkeeping", worlds.replicate)(scenario, 1)
    return watch


def draws_of(scenario: Scenario) -> Draws:
    """Count the draws of one world; the model must not be compiled (NUMBA_DISABLE_JIT)."""
    count, place = [0, 0], [1]
    philox, schedule = chance.philox, needs.schedule
    replicating: Any = worlds

    def counted(*given: Any) -> Any:
        count[place[0]] += 1
        return philox(*given)

    def scheduled(*given: Any) -> Any:
        place[0] = 0
        found = schedule(*given)
        place[0] = 1
        return found

    chance.philox, replicating.schedule = counted, scheduled  # type: ignore[assignment]
    try:
        done = worlds.replicate(scenario, 0)
    finally:
        chance.philox, replicating.schedule = philox, schedule
    work = estimate.work_of(scenario)
    before = scenario.history_weeks / scenario.weeks / len(done.record)
    decided = sum(float(arm[:, :, PLACE["needs"]].sum()) for arm in done.record) * (1.0 + before)
    return Draws(count[0] / work.cells, count[1] / decided)


def tell_draws(text: str) -> None:
    """Print the draws of a scenario, given as JSON, for the process that asks."""
    print(json.dumps(draws_of(Scenario.model_validate_json(text))))


def count_draws(small: Scenario) -> Draws:
    """The draws of a small scenario, counted by a process that runs the model as plain Python."""
    code = "import sys, wom_sim.plugs; from wom_sim.study.bench.shares import tell_draws;" \
        " tell_draws(sys.stdin.read())"
    done = subprocess.run([sys.executable, "-c", code], input=small.model_dump_json(), text=True,
                          capture_output=True, check=True,
                          env={**os.environ, "NUMBA_DISABLE_JIT": "1"})
    return Draws(*json.loads(done.stdout))


def default_world(
    scenario: Scenario, draws: Draws, known: Yardsticks, runs: int
) -> Iterator[Measured]:
    """Processor seconds of a replication and arm, by what they were spent on."""
    found = measured.medians([parts_of(scenario).seconds for _ in range(runs)])
    yield from shared(scenario, found, draws, known, runs)


def shared(
    scenario: Scenario, found: dict[str, float], draws: Draws, known: Yardsticks, runs: int
) -> Iterator[Measured]:
    """The lines of `default_world`, from seconds of one replication by part."""
    work, arms, total = estimate.work_of(scenario), len(scenario.arms), sum(found.values())
    luck = (draws.cell * work.cells + draws.need * work.needs) * known.drawn
    at = f"{scenario.stem}, {arms} arms"
    parts = {"random numbers (draws by yardstick)": luck,
             "kernels besides": found["kernels"] - luck, "SimPy": found["simpy"],
             "NetworkX": found["network"], "bookkeeping": found["bookkeeping"]}
    for name, spent in parts.items():
        yield Measured("default world", name, at, spent / arms, "s", spent / total,
                       "a replication and arm", runs)
    yield Measured("default world", "a replication and arm", at, total / arms, "s",
                   total / arms / known.drawn / 1e6, f"million {yardsticks.DRAWN}s", runs,
                   Target("most", MOST))
