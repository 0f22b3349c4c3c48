"""What Python callers use: `load` a scenario, `run` it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING

import wom_sim.plugs  # noqa: F401 - fills the registries
from wom_sim.scenario import plugins
from wom_sim.scenario.files import Permission
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.resolve import read

if TYPE_CHECKING:
    from wom_sim.study.results import Results


def load(
    path: str | os.PathLike[str], *, settings: Sequence[str] = (), seed: int | None = None,
    replications: int | None = None, allow_files: bool = False,
    allow_plugins: bool | Callable[[str], bool] = False,
) -> Scenario:
    """The scenario in a YAML file; `settings` are texts such as `talk.negativity_ratio=5`.

    A scenario may name files outside its folder only with `allow_files`, and plugins, which
    run code, only with `allow_plugins` (a function is asked with the path of each). Raises
    ScenarioError with every fault of the file.
    """
    ask = allow_plugins if callable(allow_plugins) else lambda path: bool(allow_plugins)
    return read(path, settings=settings, seed=seed, replications=replications,
                allowed=Permission(allow_files, ask))


def run(
    scenario: Scenario, *, workers: int | None = None, executor: Executor | None = None
) -> Results:
    """Run a scenario on `workers` processes (default: this one) or on an executor of yours.

    Equal scenarios give equal results, however the work is spread. Raises NetworkError where
    a network cannot be built and WorkerDied where a worker process ends early.
    """
    from wom_sim.study.ensemble import run_ensemble

    plugins.use(scenario.plugins)
    return run_ensemble(scenario, workers=workers or 1, executor=executor)
