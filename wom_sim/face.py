"""What Python callers use: `load` a scenario, `run` it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Executor

import wom_sim.market.graphs
import wom_sim.market.judgement
import wom_sim.market.strategies
import wom_sim.study.outcomes  # noqa: F401 - these imports fill the registries
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.resolve import read
from wom_sim.study.results import Results


def load(
    path: str | os.PathLike[str], *, settings: Sequence[str] = (), seed: int | None = None,
    replications: int | None = None,
) -> Scenario:
    """The scenario in a YAML file; `settings` are texts such as `talk.negativity_ratio=5`.

    Raises ScenarioError with every fault of the file.
    """
    return read(path, settings=settings, seed=seed, replications=replications)


def run(
    scenario: Scenario, *, workers: int | None = None, executor: Executor | None = None
) -> Results:
    """Run a scenario on `workers` processes (default: this one) or on an executor of yours.

    Equal scenarios give equal results, however the work is spread. Raises NetworkError where
    a network cannot be built and WorkerDied where a worker process ends early.
    """
    from wom_sim.study.ensemble import run_ensemble

    return run_ensemble(scenario, workers=workers or 1, executor=executor)
