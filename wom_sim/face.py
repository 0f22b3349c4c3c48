"""What Python callers use: `load` a scenario, `run` it, `simulate` single points."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from functools import cache
from typing import TYPE_CHECKING, Any

import wom_sim.plugs  # noqa: F401 - fills the registries
from wom_sim.scenario import plugins
from wom_sim.scenario.dump import scalar
from wom_sim.scenario.files import Permission
from wom_sim.scenario.parameters import Parameters, Scenario
from wom_sim.scenario.quantities import declarations
from wom_sim.scenario.resolve import read, read_text

if TYPE_CHECKING:
    from wom_sim.study.results import Results


def load(
    path: str | os.PathLike[str], *, settings: Sequence[str] = (), seed: int | None = None,
    replications: int | None = None, allow_files: bool = False,
    allow_plugins: bool | Callable[[str], bool] = False, plain: bool = False,
) -> Scenario:
    """The scenario in a YAML file; `settings` are texts such as `talk.negativity_ratio=5`.

    A scenario may name files outside its folder only with `allow_files`, and plugins, which
    run code, only with `allow_plugins` (a function is asked with the path of each). With
    `plain` its sweep, claim, observations and live page are left out. Raises
    ScenarioError with every fault of the file.
    """
    ask = allow_plugins if callable(allow_plugins) else lambda path: bool(allow_plugins)
    return read(path, settings=settings, seed=seed, replications=replications,
                allowed=Permission(allow_files, ask), plain=plain)


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


def simulate(
    parameters: Mapping[str, Any], seed: int = 1, *, file: str | os.PathLike[str] | None = None,
    arm: str = "", replications: int = 1,
) -> dict[str, float]:
    """Outcomes of one arm under `parameters` by dotted name, for samplers and optimisers.

    SALib, EMA workbench, Optuna or a notebook call it as a function of numbers; keys of the run
    such as `weeks` count as parameters. Numbers for whole-number parameters are rounded. It starts
    from the scenario in `file`, or from the preset's town with one business in each trade; `arm`
    is one of the file's (its baseline unless named). Equal seeds share their luck decision by
    decision, so that differences between points are the parameters' own. Returns each outcome's
    mean over those of `replications` worlds in which it is defined, as a run tells it, and NaN
    where it is defined in none. Raises ScenarioError as `load` does.
    """
    from wom_sim.scenario.registry import outcomes
    from wom_sim.study.ensemble import work_values
    from wom_sim.study.statistics.intervals import defined, mean_of

    settings = [f"{name}={scalar(_plain(name, value))}" for name, value in parameters.items()]
    if file is None:
        scenario = read_text("arms: {simulated: {}}\nreplications: 1\n", "simulate.yaml",
                             settings=settings, seed=seed)
    else:
        scenario = load(file, settings=settings, seed=seed)
    plugins.use(scenario.plugins)
    names = [known.name for known in scenario.arms]
    if (arm or scenario.baseline) not in names:
        raise ValueError(f"no arm {arm!r}; there are {', '.join(names)}")
    place = names.index(arm or scenario.baseline)
    alone = scenario.model_copy(
        update={"arms": (scenario.arms[place],), "baseline": names[place]})
    values, _ = work_values(alone, range(replications))
    means = [mean_of(defined(sample)) for sample in values[0].T]
    return dict(zip(outcomes, means, strict=True))


@cache
def _whole() -> frozenset[str]:
    """Names of the parameters that are whole numbers."""
    return frozenset(
        entry.name for entry in declarations(Parameters)
        if isinstance(entry.default, int) and not isinstance(entry.default, bool)
    )


def _plain(name: str, value: Any) -> Any:
    """A number of NumPy as Python's own, and a whole one where the parameter is whole."""
    number = value.item() if hasattr(value, "item") else value
    return round(number) if name in _whole() and isinstance(number, float) else number
