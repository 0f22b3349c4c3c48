"""A sweep run: points times replications on one pool; only outcomes are kept.

All points share seed and replication numbers, so that world n has the same luck at each.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.graphs import NetworkError
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.registry import PlugFailed
from wom_sim.study.design import Design
from wom_sim.study.ensemble import (
    Crew,
    Progress,
    compile_first,
    known_outcomes,
    work_values,
    workforce,
)
from wom_sim.study.results import Swept
from wom_sim.study.statistics import compare, summarise

Floats = NDArray[np.float64]
At = Callable[[int], Scenario]

SUMMARY = ("n", "mean", "ci_low", "ci_high", "median")
COMPARISON = ("difference", "ci_low", "ci_high")
AHEAD = 4
"""Pieces of work that wait for each worker: enough to keep it busy, few enough to be small."""
PIECE = 4
"""Most replications in one piece of work."""


class Piece(NamedTuple):
    """A part of the work: some replications of one point, or, where there are none, its words."""

    point: int
    numbers: range


def run_sweep(
    scenario: Scenario,
    design: Design,
    at: At,
    *,
    workers: int = 1,
    progress: Progress = lambda done, total: None,
    say: Callable[[str], None] = lambda text: None,
) -> Swept:
    """Run every point of `design`; `at` gives the scenario of each, by its place.

    `at` is asked when a point's turn comes, so that points need not all be held at once.
    `progress` is told how many worlds are done, of how many. The results do not depend on
    `workers`. Raises NetworkError, PlugFailed, LawBroken and WorkerDied.
    """
    with workforce(None, workers) as crew:
        compile_first(crew, say)
        points, worlds = len(design.rows), scenario.replications
        task = _Task(scenario, design)
        progress(0, points * worlds)
        for piece, found in _spread(_pieces(points, worlds, crew.workers), task, at, crew):
            if task.keep(piece, found):
                progress(task.done, points * worlds)
    return Swept(
        scenario, design, known_outcomes(), task.values, task.summary, task.comparison,
        {"graph_hashes": sorted(task.fingerprints)},
    )


class _Task:
    """What has been found so far, in arrays that are filled as work comes back."""

    def __init__(self, scenario: Scenario, design: Design) -> None:
        self.design, points = design, len(design.rows)
        arms, outcomes = len(scenario.arms), len(known_outcomes())
        self.seed, self.worlds = scenario.seed, scenario.replications
        self.baseline = [arm.name for arm in scenario.arms].index(scenario.baseline)
        self.values = np.full((points, arms, self.worlds, outcomes), np.nan)
        self.summary = np.full((points, arms, outcomes, len(SUMMARY)), np.nan)
        self.comparison = np.full((points, arms, outcomes, len(COMPARISON)), np.nan)
        self.left = [self.worlds] * points
        self.fingerprints: set[str] = set()
        self.done = 0

    def named(self, point: int, error: Exception) -> Exception:
        """The error of a point's world with what the point is."""
        about = f"point {point} ({', '.join(self.design.settings(point))})"
        return type(error)(f"{about}: {error}")

    def keep(self, piece: Piece, found: Any) -> bool:
        """Put away what a piece of work gave; whether it was worlds."""
        if not piece.numbers:
            self.summary[piece.point], self.comparison[piece.point] = found
            return False
        values, prints = found
        self.values[piece.point][:, piece.numbers] = values
        self.fingerprints |= prints
        self.left[piece.point] -= len(piece.numbers)
        self.done += len(piece.numbers)
        return True


def _pieces(points: int, worlds: int, workers: int) -> Iterator[Piece]:
    """The work, point by point; large pieces only where there are many."""
    size = max(1, min(PIECE, worlds, math.ceil(points * worlds / (16 * workers))))
    for point in range(points):
        for first in range(0, worlds, size):
            yield Piece(point, range(first, min(first + size, worlds)))


def _spread(
    pieces: Iterator[Piece], task: _Task, at: At, crew: Crew
) -> Iterator[tuple[Piece, Any]]:
    """Each piece with what it gave, as it comes; the words of a point once its worlds are done."""
    held: tuple[int, Scenario] | None = None
    if crew.executor is None:
        for piece in pieces:
            held = _turn(held, piece.point, at)
            yield piece, _found(task, piece, partial(work_values, held[1], piece.numbers))
            if not task.left[piece.point]:
                yield Piece(piece.point, range(0)), _told(task, piece.point)
        return
    running: dict[Future[Any], Piece] = {}
    while True:
        while len(running) < AHEAD * crew.workers and (coming := next(pieces, None)):
            held = _turn(held, coming.point, at)
            running[crew.executor.submit(work_values, held[1], coming.numbers)] = coming
        if not running:
            return
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            piece = running.pop(future)
            yield piece, _found(task, piece, future.result)
            if piece.numbers and not task.left[piece.point]:
                told = crew.executor.submit(
                    tell, task.values[piece.point], task.baseline, task.seed
                )
                running[told] = Piece(piece.point, range(0))


def _found(task: _Task, piece: Piece, work: Callable[[], Any]) -> Any:
    """What the work gives; what a user's network or plug fails with names the point."""
    try:
        return work()
    except (NetworkError, PlugFailed) as error:
        raise task.named(piece.point, error) from None


def _turn(held: tuple[int, Scenario] | None, point: int, at: At) -> tuple[int, Scenario]:
    """The point whose turn it is, with its scenario, less what a worker does not need.

    The pieces of a point come one after another, so holding one scenario is enough.
    """
    if held is not None and held[0] == point:
        return held
    return point, at(point).model_copy(update={"sweep": None})


def _told(task: _Task, point: int) -> tuple[Floats, Floats]:
    return tell(task.values[point], task.baseline, task.seed)


def tell(values: Floats, baseline: int, seed: int) -> tuple[Floats, Floats]:
    """`Swept.summary` and `Swept.comparison` of one point from its values.

    values: (arms, replications, outcomes).
    """
    arms, _, outcomes = values.shape
    summary = np.full((arms, outcomes, len(SUMMARY)), np.nan)
    comparison = np.full((arms, outcomes, len(COMPARISON)), np.nan)
    for arm in range(arms):
        for k in range(outcomes):
            own = values[arm, :, k]
            facts = summarise(own, seed)
            summary[arm, k] = [facts[column] for column in SUMMARY]
            if arm != baseline:
                gap = compare(own, values[baseline, :, k], seed)
                comparison[arm, k] = [gap[column] for column in COMPARISON]
    return summary, comparison
