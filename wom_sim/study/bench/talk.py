"""The talk of the network (Goldenberg, Libai & Muller 2001) on ties that stay, by any means.

Each week a person who has not adopted does so with chance
1 - (1 - OUTSIDE) (1 - WEAK)^weak (1 - STRONG)^strong, where weak and strong are that person's ties
to people who adopted in an earlier week, until 95 % have adopted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from wom_sim.market.network import Ties
from wom_sim.market.record import PLACE
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.resolve import read_text
from wom_sim.study.replicate import history_of, past_parameters, run_arm

ENOUGH = 0.95
OUTSIDE, WEAK, STRONG = 0.001, 0.01, 0.03
"""Chances a week: by advertising, by one weak tie and by one strong tie."""

MOST_WEEKS = 60
SCENARIO = """
weeks: {weeks}
history_weeks: 0
population:
  size: {size}
  network: {{kind: degree_sequence, degrees: [20]}}
  ties: {{strong_share: 0.6}}
  owners: elsewhere
trades: {{count: 1, needs: once, job_spread: 0}}
choice: {{awareness: 1, close_unprompted: {outside}, competition: 0}}
friends:
  ask_around: 1
  number: 1000
  recommend_delighted: 1
  recommend_satisfied: 1
  strong: {strong}
  weak: {weak}
  relay: 0
  recall_half_life: 1e9
record: {{look_up: 0}}
talk: {{delighted: 0, satisfied: 0}}
service: {{least_hours: 0.0001}}
effort: {{service: 168}}
judgement: {{rule: {{below: 50}}}}
arms: {{talk: {{}}}}
"""
"""20 ties each, 12 of them strong in the mean; everybody is served, nobody is unhappy."""


class Run(NamedTuple):
    """One run: wall seconds until enough have adopted, and the week in which they had."""

    seconds: float
    weeks: float


class Means(NamedTuple):
    """A program for the model: its runs, one for each seed, on the ties of one network.

    runs: builds what it needs, then yields a run for each seed, timing the weeks alone; tool:
    whether it is an agent or network tool; differs: in what, if its model is another.
    """

    name: str
    runs: Callable[[Ties, Iterable[int]], Iterator[Run]]
    tool: bool = False
    differs: str = ""


def clocked(work: Callable[[], float]) -> Run:
    """Time a piece of work that tells its weeks."""
    before = time.perf_counter()
    weeks = work()
    return Run(time.perf_counter() - before, weeks)


def scenario(size: int, weeks: int) -> Scenario:
    """The model as a scenario of the general engine."""
    return read_text(SCENARIO.format(
        size=size, weeks=weeks, outside=OUTSIDE, strong=STRONG, weak=WEAK),
        "the talk of the network")


class Engine(NamedTuple):
    """The general engine, ready to run one world: its ties, its weeks, and the run."""

    ties: Ties
    weeks: int
    work: Callable[[], float]

    def runs(self, _: Ties, seeds: Iterable[int]) -> Iterator[Run]:
        """As often as there are seeds, the same world."""
        return (clocked(self.work) for _ in seeds)


def weeks_of(size: int, replication: int) -> int:
    """Weeks that a world of the general engine takes."""
    plan = scenario(size, MOST_WEEKS)
    arm = plan.arms[0]
    before = past_parameters(plan, arm)
    record = run_arm(plan, history_of(plan, before, replication), arm, before).record
    return int(np.argmax(record[:, 0, PLACE["won"]].cumsum() >= ENOUGH * size)) + 1


def engine(size: int) -> Engine:
    """The first world, whose weeks are found out by running it."""
    weeks = weeks_of(size, 0)
    plan = scenario(size, weeks)
    arm = plan.arms[0]
    before = past_parameters(plan, arm)
    past = history_of(plan, before, 0)
    state = run_arm(plan, past, arm, before).state

    def work() -> float:
        run_arm(plan, past, arm, before, state)
        return weeks

    return Engine(past.world.ties, weeks, work)
