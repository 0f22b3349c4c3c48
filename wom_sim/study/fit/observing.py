"""Simulated businesses observed as a real one was: each quantity of each business and world."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.graphs import NetworkError
from wom_sim.market.record import PLACE
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.parameters.observed import A_YEAR, QUANTITIES, Observed, Quantity
from wom_sim.scenario.registry import PlugFailed
from wom_sim.study.crew import Crew, Task
from wom_sim.study.ensemble import Progress, prepare
from wom_sim.study.keeping.chunks import Block
from wom_sim.study.replicate import replicate, treated_of

Floats = NDArray[np.float64]
At = Callable[[int], Scenario]

TOGETHER = 5
"""Worlds of one point that a worker simulates at a time."""


def observe(
    observed: Observed, at: At, points: int, worlds: int, crew: Crew, progress: Progress
) -> Floats:
    """Every quantity of `observed`, (points, worlds, businesses, quantities).

    `at` gives the scenario of a point, with one arm. All points share seed and world numbers,
    and so their luck. NaN where a share is of nothing, and beyond a point's businesses.
    Raises NetworkError, PlugFailed, LawBroken and WorkerDied.
    """
    found: dict[tuple[int, int], Floats] = {}
    progress(0, points * worlds)
    for task, seen in crew.each(_tasks(observed, at, points, worlds)):
        block: Block = task.name
        found[block.points.start, block.numbers.start] = seen
        progress(sum(map(len, found.values())), points * worlds)
    most = max(seen.shape[1] for seen in found.values())
    whole = np.full((points, worlds, most, len(observed.quantities)), np.nan)
    for (point, first), seen in found.items():
        whole[point, first : first + len(seen), : seen.shape[1]] = seen
    return whole


def _tasks(observed: Observed, at: At, points: int, worlds: int) -> Iterator[Task]:
    for point in range(points):
        scenario = at(point)
        for first in range(0, worlds, TOGETHER):
            numbers = range(first, min(worlds, first + TOGETHER))
            block = Block(range(point, point + 1), numbers)
            yield Task(block, work_observed, (scenario, observed, block))


def work_observed(scenario: Scenario, observed: Observed, block: Block) -> Floats:
    """Quantities of the businesses in a block's worlds, (worlds, businesses, quantities); what a
    worker does.
    """
    prepare(scenario)
    try:
        return np.array([_seen(scenario, observed, number) for number in block.numbers])
    except (NetworkError, PlugFailed) as error:
        raise type(error)(f"{block}: {error}") from None


def _seen(scenario: Scenario, observed: Observed, number: int) -> Floats:
    (record,) = replicate(scenario, number).record
    treated = treated_of(scenario, record.shape[1])
    totals = record[observed.from_week :, treated].sum(axis=0)
    weeks = len(record) - observed.from_week
    return np.stack(
        [counted(totals, QUANTITIES[one.name], weeks) for one in observed.quantities], axis=1)


def counted(totals: Floats, quantity: Quantity, weeks: int) -> Floats:
    """A quantity from totals (businesses, measures) over so many weeks; NaN for a share of none."""
    amount = totals[:, [PLACE[name] for name in quantity.counted]].sum(axis=1)
    if not quantity.of:
        yearly: Floats = amount * (A_YEAR / weeks)
        return yearly
    whole = totals[:, [PLACE[name] for name in quantity.of]].sum(axis=1)
    found: Floats = np.divide(amount, whole, out=np.full(len(amount), np.nan), where=whole > 0)
    return found
