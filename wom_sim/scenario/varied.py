"""What `sensitivity` varies: assumed numbers, or those asked for, over their declared ranges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from wom_sim.scenario.dump import flat
from wom_sim.scenario.faults import quoted, suggestion
from wom_sim.scenario.parameters import Arm, Parameters, Scenario
from wom_sim.scenario.parameters.sweep import Axis
from wom_sim.scenario.quantities import Declaration, declarations
from wom_sim.scenario.sweep import sets

ARMS = "arms."


class CannotVary(ValueError):
    """A name that cannot be varied; the message is one line that says why and what to do."""


def assumed(scenario: Scenario, acts: Callable[[str], bool]) -> tuple[Axis, ...]:
    """Every number that its declaration marks as assumed, that no arm sets, and that acts.

    Left out are those for which `Declaration.around` knows no range (0, such as what is off by
    default) and those with a value for each trade. Raises CannotVary where nothing is left.
    """
    found = []
    for name, entry in _declared().items():
        value = flat(scenario.base.model_dump()).get(name)
        if not entry.assumed(scenario.preset) or not isinstance(value, (int, float)):
            continue
        if not any(sets(arm, name) for arm in scenario.arms) and acts(name):
            axis = _axis(name, entry, value)
            found += [axis] if axis else []
    if not found:
        raise CannotVary("no assumed number acts here; name some with --names")
    return tuple(found)


def named(scenario: Scenario, names: Sequence[str]) -> tuple[Axis, ...]:
    """The numbers of these names, `arms.NAME.` before that of one arm. Raises CannotVary."""
    for name in names:
        if names.count(name) > 1:
            raise CannotVary(f"{quoted(name)} is named twice")
    return tuple(_named(scenario, name) for name in names)


def refuse_known(scenario: Scenario, names: Sequence[str]) -> None:
    """Raise CannotVary for the first name whose value has a source, and is not assumed."""
    for name in names:
        entry = _declared()[_of_arm(scenario, name)[1]]
        if not entry.assumed(scenario.preset):
            raise CannotVary(f"{name} is not assumed, it has a source; fit moves assumed numbers"
                             " alone")


def number_of(scenario: Scenario, name: str) -> tuple[Declaration, float]:
    """The declaration of a single number by its dotted name, and its value. Raises CannotVary."""
    arm, own = _of_arm(scenario, name)
    entry = _declared().get(own)
    if entry is None:
        raise CannotVary(f"no number {quoted(name)}; {suggestion(own, _declared())}")
    value = flat((arm.parameters if arm else scenario.base).model_dump()).get(own)
    if not isinstance(value, (int, float)):
        raise CannotVary(f"{name} has a number for each trade; only single numbers can be varied")
    return entry, value


def _named(scenario: Scenario, name: str) -> Axis:
    entry, value = number_of(scenario, name)
    if not name.startswith(ARMS) and scenario.arms and all(
        sets(one, name) for one in scenario.arms
    ):
        last = scenario.arms[-1].name
        raise CannotVary(f"{name} would change nothing: every arm sets its own; vary"
                         f" {quoted(f'{ARMS}{last}.{name}')}")
    axis = _axis(name, entry, value)
    if axis is None:
        raise CannotVary(f"{name} is {value:g}, around which no range is declared; set another"
                         f" value with --set {name}=...")
    return axis


def _of_arm(scenario: Scenario, name: str) -> tuple[Arm | None, str]:
    """The arm that a name is of, and the name without it; names of arms may hold dots."""
    if not name.startswith(ARMS):
        return None, name
    own = [arm for arm in scenario.arms if name.startswith(f"{ARMS}{arm.name}.")]
    if not own:
        word = name.removeprefix(ARMS).split(".")[0]
        near = suggestion(word, [arm.name for arm in scenario.arms])
        raise CannotVary(f"no arm of {quoted(name)} is compared; {near}")
    arm = max(own, key=lambda one: len(one.name))
    return arm, name.removeprefix(f"{ARMS}{arm.name}.")


def _axis(name: str, entry: Declaration, value: float) -> Axis | None:
    span = entry.around(value)
    if span is None:
        return None
    low, high = span
    return Axis(name=name, low=low, high=high, log=entry.logarithmic(low),
                whole=isinstance(entry.default, int))


@cache
def _declared() -> dict[str, Declaration]:
    """Every number of the model by name."""
    return {entry.name: entry for entry in declarations(Parameters) if entry.is_number}
