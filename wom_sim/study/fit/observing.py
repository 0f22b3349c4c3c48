"""Simulated businesses observed as a real one was: each summary of each business and world."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.graphs import NetworkError
from wom_sim.market.record import PLACE
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.parameters.observed import Summary
from wom_sim.scenario.registry import PlugFailed
from wom_sim.study.crew import Crew, Task
from wom_sim.study.ensemble import Progress, prepare
from wom_sim.study.keeping.blocks import blocks_of, gather, limit_for
from wom_sim.study.keeping.chunks import Block, Chunk, Worlds, pack
from wom_sim.study.keeping.identity import key_of
from wom_sim.study.replicate import replicate, treated_of
from wom_sim.study.varying.design import Design

Floats = NDArray[np.float64]
At = Callable[[int], Scenario]


def observe(
    summaries: Sequence[Summary], at: At, design: Design, numbers: range, crew: Crew,
    progress: Progress, worlds: Worlds | None = None,
) -> Floats:
    """Every summary, (points, worlds, businesses, summaries), in the worlds `numbers` from 0 on.

    `at` gives the scenario of a point of `design`, with one arm. All points share seed and world
    numbers, and so their luck. `worlds` keeps what is done, and spares what it has. NaN where a
    share is of nothing, and beyond a point's businesses. Raises NetworkError, PlugFailed,
    LawBroken, WorkerDied and, with `worlds`, ResultsError.
    """
    points, total, done = range(len(design.rows)), len(design.rows) * len(numbers), 0
    key = key_of(at(0), design.columns, design.rows, [measured(one) for one in summaries])

    def task(block: Block) -> Task:
        given = [at(point) for point in block.points]
        whole = (given, tuple(summaries), key, block)
        return Task(block, work_observed, whole, limit_for(given[0], block))

    found: list[tuple[Block, Floats]] = []
    progress(0, total)
    for block, chunk in gather(blocks_of(at(0), points, numbers), crew, task, key, worlds):
        found.append((block, chunk.arrays["values"]))
        done += len(block.points) * len(block.numbers)
        progress(done, total)
    most = max(seen.shape[1] for _, seen in found)
    whole = np.full((len(points), len(numbers), most, len(summaries)), np.nan)
    for block, seen in found:
        here = slice(block.points.start, block.points.stop)
        apart = seen.reshape(len(block.points), len(block.numbers), *seen.shape[1:])
        whole[here, block.numbers.start : block.numbers.stop, : seen.shape[1]] = apart
    return whole


def measured(one: Summary) -> list[object]:
    """What of a summary decides what is counted in a world, but not what was observed."""
    return [one.counted, one.of, one.per, list(one.weeks)]


def work_observed(
    given: Sequence[Scenario], summaries: Sequence[Summary], key: str, block: Block
) -> bytes:
    """Summaries of the businesses in a block's worlds as the content of a chunk file, worlds of
    the first point first; what a worker does.
    """
    try:
        found = [_seen(scenario, summaries, number)
                 for scenario in map(_prepared, given) for number in block.numbers]
    except (NetworkError, PlugFailed) as error:
        raise type(error)(f"{block}: {error}") from None
    values = np.full((len(found), max(map(len, found)), len(summaries)), np.nan)
    for row, seen in zip(values, found, strict=True):
        row[: len(seen)] = seen
    return pack(Chunk({"values": values}, [[]] * len(found)), key, block)


def _prepared(scenario: Scenario) -> Scenario:
    prepare(scenario)
    return scenario


def _seen(scenario: Scenario, summaries: Sequence[Summary], number: int) -> Floats:
    (record,) = replicate(scenario, number).record
    own = record[:, treated_of(scenario, record.shape[1])]
    return np.stack([counted(own, one) for one in summaries], axis=1)


def counted(record: Floats, one: Summary) -> Floats:
    """A summary of a record (weeks, businesses, measures); NaN for a share of nothing."""
    totals = record[list(one.weeks)].sum(axis=0)
    amount: Floats = totals[:, [PLACE[name] for name in one.counted]].sum(axis=1)
    if not one.of:
        return amount * (one.per / len(one.weeks))
    whole = totals[:, [PLACE[name] for name in one.of]].sum(axis=1)
    found: Floats = np.divide(amount, whole, out=np.full(len(amount), np.nan), where=whole > 0)
    return found
