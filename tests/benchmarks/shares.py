"""Where the time of a replication goes: random numbers, kernels, SimPy, the network, bookkeeping.

    python tests/benchmarks/shares.py

All figures come from one process, so that their ratios hold on any machine; `wom_sim bench`
prints the same lines among others.
"""

from __future__ import annotations

from pathlib import Path

import wom_sim
from wom_sim.show.bench import table
from wom_sim.study.bench import shares, yardsticks

SCENARIO = Path(__file__).parents[2] / "scenarios" / "customers_or_partners.yaml"


def main() -> None:
    draws = shares.count_draws(wom_sim.load(SCENARIO, settings=shares.COUNTED))
    known = yardsticks.yardsticks()
    print(table(list(shares.default_world(wom_sim.load(SCENARIO), draws, known, 5))))


if __name__ == "__main__":
    main()
