"""The points of a sensitivity study: two arms, ranges that the reader takes, and the luck."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from wom_sim.commands.points import Points
from wom_sim.commands.reading import load

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wom_sim.scenario.faults import ScenarioError
    from wom_sim.scenario.parameters import Scenario
    from wom_sim.scenario.parameters.sweep import Axis
    from wom_sim.study.varying.design import Design

HALVINGS = 20
"""After so many steps towards the scenario's own value a range is given up."""


class Study(NamedTuple):
    """What is to be run: the scenario with the arms compared, and a design over the axes.

    `arm` is held against `against`, empty where there is one arm. `told` says in one line what
    is varied, and what it will cost.
    """

    scenario: Scenario
    method: str
    axes: tuple[Axis, ...]
    units: NDArray[np.float64]
    design: Design
    at: Callable[[int], Scenario]
    arm: str
    against: str
    told: str = ""


def study(
    scenario: Scenario, arguments: argparse.Namespace, permit: Callable[[str], bool]
) -> Study:
    """The study that the options ask for; every point has been read. Raises CannotVary, PointError.
    """
    from wom_sim.study.estimate import in_words, sweep_cost

    arm, against = _compared(scenario, arguments.arm)
    scenario = with_arms(scenario, arm, against)
    axes, narrowed = readable(_axes(scenario, arguments.names), scenario, arguments, permit)
    many = _points(arguments.method, arguments.points, axes, scenario)
    found = study_over(
        axes, scenario, arguments.method, arguments.points, (arm, against),
        lambda design: Points(arguments, design, permit).at,
    )
    cost = in_words(sweep_cost(map(found.at, range(many)), arguments.workers))
    count = f"{len(axes)} parameter{'s' * (len(axes) > 1)}"
    return found._replace(told=f"{count} varied{narrowed}; estimated: {cost}")


def _points(method: str, rows: int, axes: Sequence[Axis], scenario: Scenario) -> int:
    """How many points there are. Raises CannotVary where these are too many."""
    from wom_sim.scenario.parameters.sweep import MOST_POINTS
    from wom_sim.scenario.relations import large_sweep
    from wom_sim.scenario.varied import CannotVary
    from wom_sim.study.varying.screening import steps

    many = rows * steps(method, len(axes) + 1)
    large = large_sweep(many, scenario)
    if many > MOST_POINTS or large:
        why = ": ".join(large) if large else f"{many} points, more than {MOST_POINTS}"
        raise CannotVary(f"{why}; use fewer --points or --names")
    return many


def study_over(
    axes: tuple[Axis, ...], scenario: Scenario, method: str, rows: int, arms: tuple[str, str],
    reader: Callable[[Design], Callable[[int], Scenario]],
) -> Study:
    """The study of these axes in so many rows; `arms` are those compared, the baseline last.

    `reader` says how the points of a design are read, before arms are left out and luck changes.
    """
    from wom_sim.study.varying.design import Design
    from wom_sim.study.varying.screening import cube, design, other_luck

    units = cube(method, rows, len(axes) + 1, scenario.seed)
    whole = design(axes, units)
    own = Design(whole.columns[:-1], tuple(row[:-1] for row in whole.rows))
    read, luck = reader(own), other_luck(scenario.seed)

    def at(point: int) -> Scenario:
        found = with_arms(read(point), *arms).model_copy(
            update={"replications": scenario.replications, "precision": None})
        return found.model_copy(update={"seed": luck}) if whole.rows[point][-1] else found

    return Study(scenario, method, axes, units, whole, at, *arms)


def _compared(scenario: Scenario, wanted: str) -> tuple[str, str]:
    """The arm that the answer is about, and the one it is held against, empty for none."""
    others = [arm.name for arm in scenario.arms if arm.name != scenario.baseline]
    if not others:
        return scenario.baseline, ""
    return wanted or others[-1], scenario.baseline


def with_arms(scenario: Scenario, arm: str, against: str) -> Scenario:
    """The scenario with these arms alone, without a sweep of its own or what is said of others."""
    arms = tuple(one for one in scenario.arms if one.name in (arm, against))
    known = scenario.observed
    observed = known if known is not None and known.arm in (arm, against) else None
    return scenario.model_copy(
        update={"arms": arms, "sweep": None, "claim": None, "observed": observed})


def _axes(scenario: Scenario, names: str) -> tuple[Axis, ...]:
    from wom_sim.guide.notes import acts
    from wom_sim.scenario.varied import assumed, named

    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if wanted:
        return named(scenario, wanted)
    return assumed(scenario, lambda name: acts(name, scenario))


def readable(
    axes: tuple[Axis, ...], scenario: Scenario, arguments: argparse.Namespace,
    permit: Callable[[str], bool],
) -> tuple[tuple[Axis, ...], str]:
    """The axes, narrowed until the scenario with all at their ends can be read; and which were.

    What the reader limits together are products and sums, which are largest at the high ends. A
    range is narrowed towards the scenario's own value, and never a single point left out.
    """
    from wom_sim.scenario.faults import ScenarioError

    before = axes
    for end in ("high", "low"):
        for _ in range(HALVINGS):
            try:
                _read(axes, end, arguments, permit)
                break
            except ScenarioError as error:
                closer = _closer(axes, end, scenario, error)
                if closer == axes:
                    raise
                axes = closer
    changed = [f"{new.name} to {new.low:.4g}-{new.high:.4g}"
               for old, new in zip(before, axes, strict=True) if old != new]
    return axes, f" (narrowed, to be a scenario: {', '.join(changed)})" if changed else ""


def _read(
    axes: Sequence[Axis], end: str, arguments: argparse.Namespace, permit: Callable[[str], bool]
) -> None:
    from wom_sim.scenario.dump import scalar

    ends = [(axis.name, getattr(axis, end), axis.whole) for axis in axes]
    texts = [f"{name}={scalar(int(value) if whole else value)}" for name, value, whole in ends]
    load(arguments.file, arguments, settings=texts, permit=permit)


def _closer(
    axes: tuple[Axis, ...], end: str, scenario: Scenario, error: ScenarioError
) -> tuple[Axis, ...]:
    """The axes with one end of those that the faults speak of halfway to the scenario's value."""
    from wom_sim.scenario.relations import words

    spoken = words(error.faults) | {
        word for fault in error.faults for word in fault.problem.replace(",", " ").split()}
    return tuple(
        axis.model_copy(update={end: (getattr(axis, end) + own_value(axis, scenario)) / 2})
        if axis.name.rpartition(".")[2] in spoken and not axis.whole else axis
        for axis in axes
    )


def own_value(axis: Axis, scenario: Scenario) -> float:
    """The scenario's own value of what an axis varies."""
    from wom_sim.scenario.dump import flat

    arms = {f"arms.{arm.name}.": arm.parameters for arm in scenario.arms}
    prefix = max((one for one in arms if axis.name.startswith(one)), key=len, default="")
    known = flat((arms[prefix] if prefix else scenario.base).model_dump())
    return float(known[axis.name.removeprefix(prefix)])
