"""Where the time of a replication goes: kernels, bookkeeping, SimPy's calendar, the network.

    python tests/benchmarks/shares.py

All figures come from one process, so that their ratios hold on any machine. SimPy's share is
the time of the same calendar with every action replaced by nothing.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import wom_sim
from wom_sim.market import calendar, choice
from wom_sim.market.calendar import Market
from wom_sim.market.network import edges_of
from wom_sim.study.replicate import history_of, past_parameters, replicate, run_arm

ROOT = Path(__file__).parents[2]
ACTIONS = ("market_week", "asking_round", "one_to_ones", "meeting", "close_week")


def seconds(work: Callable[[], object], times: int = 5) -> float:
    """Median CPU seconds of a piece of work."""
    found = []
    for _ in range(times):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return statistics.median(found)


class Empty(Market):
    """A market whose calendar runs and in which nothing happens."""


for action in ACTIONS:
    setattr(Empty, action, lambda self, week: None)


def main() -> None:
    scenario = wom_sim.load(ROOT / "scenarios" / "customers_or_partners.yaml")
    replicate(scenario, 0)
    whole = seconds(lambda: replicate(scenario, 1))
    arm = scenario.arms[-1]
    before = past_parameters(scenario, arm)
    past = history_of(scenario, before, 1)
    history = seconds(lambda: history_of(scenario, before, 1))
    one = seconds(lambda: run_arm(scenario, past, arm, before))
    network = seconds(
        lambda: edges_of(before.population.network, before.population.size, past.world.key)
    )
    spent: list[float] = []
    decide = choice.decide

    def timed(*arguments: object) -> None:
        start = time.process_time()
        decide(*arguments)
        spent.append(time.process_time() - start)

    choice.decide = timed
    run_arm(scenario, past, arm, before)
    choice.decide = decide
    empty = Empty(past.world, past.state, past.needs, 0, scenario.weeks, None, past=0)
    empty.set_parameters = None  # never reached: the calendar is all that runs
    empty.parameters = arm.parameters
    simpy = seconds(lambda: calendar.Market.run(empty))
    print(f"one replication of {len(scenario.arms)} arms   {whole:.3f} s of CPU")
    print(f"  its history                  {history:.3f} s ({history / whole:.0%})")
    print(f"    of it NetworkX             {network:.3f} s ({network / whole:.0%})")
    print(f"  one arm ({arm.name})            {one:.3f} s")
    print(f"    of it the choice kernel    {sum(spent):.3f} s ({sum(spent) / one:.0%})")
    print(f"    of it SimPy                {simpy:.3f} s ({simpy / one:.1%})")


if __name__ == "__main__":
    main()
