"""`sweep:` read and checked: which names a file varies, over which values, in which design."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from wom_sim.scenario.checks import find, keys_below, refuse, sift, written
from wom_sim.scenario.dump import RUN_KEYS, SECTIONS, flat
from wom_sim.scenario.faults import MOST_FAULTS, Fault, quoted, suggestion
from wom_sim.scenario.layers import arm_near, at, path_of
from wom_sim.scenario.parameters import Arm, Parameters, Scenario
from wom_sim.scenario.parameters.sweep import (
    FORMS,
    MOST_NAMES,
    MOST_POINTS,
    MOST_VALUES,
    Axis,
    Plan,
    Sweep,
    Value,
    spaced,
)
from wom_sim.scenario.quantities import declarations
from wom_sim.scenario.reader import Node
from wom_sim.scenario.relations import large_sweep
from wom_sim.scenario.scalars import Refusal

GRID, DRAWN = ("list", "linspace", "logspace"), ("range", "log_range")
EVERYWHERE = ("seed", "replications")
"""The same at every point, so that points share their random numbers."""
SWEPT_RUN_KEYS = ("preset", "weeks", "history_weeks", "treated", "allow_unequal_effort")
PLUGGED = ("population.network.", "judgement.rule.", "partners.strategies.")
EXAMPLE = "[0.1, 0.2]"


class Raw(NamedTuple):
    """A name with its values as written: the node, the form, and the values or its numbers."""

    name: str
    node: Node
    form: str
    items: tuple[Value, ...]
    nodes: tuple[Node, ...]

    @property
    def many(self) -> int:
        """How many values a grid would take of it."""
        spacing = self.form in ("linspace", "logspace")
        return int(self.items[2]) if spacing else len(self.items)


class Written(NamedTuple):
    """A sweep as written, each part of it well formed."""

    node: Node
    plan: Plan
    names: tuple[Raw, ...]


def written_sweep(node: Node | None, log: list[Fault]) -> Written | None:
    """What `node` writes under `sweep:`; None where there is none or a part is at fault."""
    given = keys_below(node, f"names with their values, such as 'friends.weak: {EXAMPLE}'", log)
    if node is None or given is None:
        return None
    before = len(log)
    own = {key: child for key, child in given.items() if key in Plan.model_fields}
    _, plan = sift(Plan, node._replace(value=own), log)
    found = [_raw(key, child, log) for key, child in given.items() if key not in own]
    if len(log) > before or plan is None:
        return None
    names = tuple(raw for raw in found if raw is not None)
    # What could not be read as YAML is already reported.
    return Written(node, plan, names) if len(names) == len(found) else None


def fitting(
    swept: Written, tree: Node, scenario: Scenario, log: list[Fault]
) -> Sweep | None:
    """The sweep resolved for `scenario`, which `tree` writes; None, after faults, if it is none.

    Its values are held against what is declared, one at a time; whether they fit together, and
    parameters of plugs, is seen when a point is read.
    """
    before = len(log)
    _refuse_design(swept, log)
    _refuse_names(swept, tree, scenario, log)
    if len(log) > before:
        return None
    points = swept.plan.points or math.prod(raw.many for raw in swept.names)
    if points > MOST_POINTS:
        problem = f"{points} points, more than {MOST_POINTS}"
        refuse(log, swept.node, problem, "give some names fewer values, or draw points at random")
        return None
    large = large_sweep(points, scenario)
    if large:
        refuse(log, swept.node, *large)
    axes = [_axis(raw, swept, tree, scenario, log) for raw in swept.names]
    if len(log) > before:
        return None
    return Sweep(design=swept.plan.design, points=points, axes=tuple(axes))


def _raw(name: str, node: Node, log: list[Fault]) -> Raw | None:
    if isinstance(node.value, Refusal):
        return None
    if isinstance(node.value, list):
        return _listed(name, node, log)
    if isinstance(node.value, dict):
        return _formed(name, node, node.value, log)
    if node.value is None:
        refuse(log, node, "no value given", "write one or remove the line")
        return None
    problem = f"expected a list of values such as {EXAMPLE}, not {written(node)}"
    refuse(log, node, problem, "or {linspace: [from, to, how many]}")
    return None


def _listed(name: str, node: Node, log: list[Fault]) -> Raw | None:
    items: list[Node] = node.value if isinstance(node.value, list) else []
    if not items:
        refuse(log, node, "the list is empty", "give it at least one value")
        return None
    found: list[Value] = []
    for item in items:
        if isinstance(item.value, Refusal):
            return None
        if item.value is None or isinstance(item.value, (list, dict)):
            refuse(log, item, f"expected a number or a word, not {written(item) or 'nothing'}")
            return None
        found.append(item.value)
    return Raw(name, node, "list", tuple(found), tuple(items))


def _formed(name: str, node: Node, given: Mapping[str, Node], log: list[Fault]) -> Raw | None:
    """A name with one of `FORMS`."""
    for key, child in given.items():
        if key not in FORMS:
            remedy = f"write '{name}.{key}: ...'" if name in SECTIONS else suggestion(key, FORMS)
            log.append(Fault(*child.key, child.name, "unknown", remedy))
            return None
    if len(given) != 1:
        several = " and ".join(given) or "none"
        refuse(log, node, f"expected one of {', '.join(FORMS)}; got {several}")
        return None
    form, child = next(iter(given.items()))
    if isinstance(child.value, Refusal):
        return None
    return _spelled(name, node, form, child, log)


def _spelled(name: str, node: Node, form: str, child: Node, log: list[Fault]) -> Raw | None:
    """A name with the numbers of a form."""
    how = "[from, to]" if form in DRAWN else "[from, to, how many]"
    items: list[Node] = child.value if isinstance(child.value, list) else []
    values = [item.value for item in items]
    if any(isinstance(value, Refusal) for value in values):
        return None
    numbers = [x for x in values if isinstance(x, (int, float)) and not isinstance(x, bool)]
    if not len(items) == len(numbers) == how.count(",") + 1:
        given = "" if isinstance(child.value, list) else f", not {written(child)}"
        refuse(log, child, f"expected {'two' if form in DRAWN else 'three'} numbers {how}{given}")
        return None
    fault = _numbers_at_fault(form, numbers)
    if fault:
        place, problem, remedy = fault
        refuse(log, items[place], problem, remedy)
        return None
    return Raw(name, node, form, tuple(numbers), tuple(items) if form in DRAWN else ())


def _numbers_at_fault(form: str, numbers: Sequence[float]) -> tuple[int, str, str] | None:
    """Which number of a form cannot be used: its place, the problem and the remedy."""
    for place, number in enumerate(numbers[:2]):
        if form in ("logspace", "log_range") and number <= 0:
            other = "linspace" if form == "logspace" else "range"
            return place, f"{form} needs numbers above 0, got {number:g}", f"use {other}"
    if len(numbers) == 3 and not (numbers[2] == int(numbers[2]) and 2 <= numbers[2] <= MOST_VALUES):
        problem = f"how many must be a whole number between 2 and {MOST_VALUES}"
        return 2, f"{problem}, got {numbers[2]:g}", ""
    return None


def _refuse_design(swept: Written, log: list[Fault]) -> None:
    """Add the faults of a design that does not go with its points or forms."""
    node, (_, plan, names) = swept.node, swept
    if not names:
        refuse(log, node, "names nothing to vary", f"write 'friends.weak: {EXAMPLE}'")
    if len(names) > MOST_NAMES:
        refuse(log, node, f"{len(names)} names; at most {MOST_NAMES} are allowed")
    where = find(node, ("points",)) or find(node, ("design",)) or node
    if plan.design == "grid" and plan.points is not None:
        problem = "a grid has as many points as its values make"
        refuse(log, where, problem, "leave it out, or choose design: latin_hypercube")
    elif plan.design != "grid" and plan.points is None:
        refuse(log, where, f"{plan.design} needs a number of points", "write points: 64")
    elif plan.design == "sobol" and (many := plan.points or 1) & (many - 1):
        lower = 2 ** (many.bit_length() - 1)
        remedy = f"write {lower}" + (f" or {2 * lower}" if 2 * lower <= MOST_POINTS else "")
        refuse(log, where, f"sobol needs a power of two, got {many}", remedy)
    for raw in names:
        if plan.design == "grid" and raw.form in DRAWN:
            fitting = f"use {'linspace' if raw.form == 'range' else 'logspace'}"
            problem = f"{raw.form} is for points drawn at random"
            refuse(log, raw.node, problem, f"{fitting}, or add design: latin_hypercube")
        elif plan.design != "grid" and raw.form in GRID:
            problem = f"{plan.design} draws its values"
            refuse(log, raw.node, problem, "write {range: [from, to]}, or {log_range: ...}")


def _refuse_names(swept: Written, tree: Node, scenario: Scenario, log: list[Fault]) -> None:
    """Add a fault for each name that `--set` would not know, or that all points must share."""
    known = _values_of(scenario)
    for raw in swept.names[: MOST_NAMES + 1]:
        path = path_of(raw.name, tree)
        inner = path[2:] if path[:1] == ["arms"] else path
        own = ".".join(inner)
        if raw.name in EVERYWHERE:
            problem = "is the same at every point, so that all share their luck"
            log.append(Fault(*raw.node.key, raw.node.name, problem, "remove it"))
        elif raw.name.startswith("arms.") and (not path or "=" in raw.name):
            near = _arms_near(raw, scenario)
            log.append(Fault(*raw.node.key, raw.node.name, "no such arm", near))
        elif not (own in known and (inner is path or inner[0] in SECTIONS)) and not (
            own.startswith(PLUGGED)
        ):
            names = [entry.name for entry in declarations(Parameters)]
            remedy = suggestion(own, names) if len(log) < MOST_FAULTS else ""
            log.append(Fault(*raw.node.key, raw.node.name, "no parameter that can vary", remedy))
        elif inner is path and scenario.arms and all(sets(arm, own) for arm in scenario.arms):
            remedy = f"vary arms.{scenario.arms[-1].name}.{own}, or another arm's"
            problem = "would change nothing: every arm sets its own"
            log.append(Fault(*raw.node.key, raw.node.name, problem, remedy))


def sets(arm: Arm, name: str) -> bool:
    """Whether an arm overrides a parameter, or all of the section or plug it is in."""
    own = flat(arm.overrides)
    return any(name == key or name.startswith(f"{key}.") for key in own)


def _arms_near(raw: Raw, scenario: Scenario) -> str:
    if "=" in raw.name:
        return "a name with '=' cannot be set; rename the arm"
    return arm_near(raw.name, [arm.name for arm in scenario.arms])


def _values_of(scenario: Scenario) -> dict[str, Any]:
    """What the base gives every name that may vary."""
    run = {key: getattr(scenario, key) for key in SWEPT_RUN_KEYS}
    return {**run, **flat(scenario.base.model_dump())}


def _axis(
    raw: Raw, swept: Written, tree: Node, scenario: Scenario, log: list[Fault]
) -> Axis:
    whole = _is_whole(raw.name, tree, scenario)
    log_scale = raw.form in ("logspace", "log_range")
    if raw.form in DRAWN:
        low, high = float(raw.items[0]), float(raw.items[1])
        if low >= high:
            refuse(log, raw.node, f"{low:g} is not below {high:g}", "write the smaller one first")
        odd = next((x for x in raw.items if whole and x != int(x)), None)
        if odd is not None:
            refuse(log, raw.node, f"{odd:g} is not a whole number")
        else:
            _refuse_values(raw, raw.items, tree, log)
        return Axis(name=raw.name, low=low, high=high, log=log_scale, whole=whole)
    values: Sequence[Value] = raw.items
    if raw.form != "list":
        first, last, many = (float(x) for x in raw.items)
        numbers = spaced(first, last, int(many), log=log_scale)
        values = [round(x) for x in numbers] if whole else numbers
    twice = next((x for k, x in enumerate(values) if _in(x, values[:k])), None)
    if twice is not None:
        remedy = "remove one" if raw.form == "list" else "ask for fewer, or others"
        refuse(log, raw.node, f"holds {_told(twice)} twice", remedy)
    _refuse_values(raw, values, tree, log)
    return Axis(name=raw.name, values=tuple(values), whole=whole)


def _in(value: Value, others: Sequence[Value]) -> bool:
    return any(value == x and isinstance(value, bool) == isinstance(x, bool) for x in others)


def _told(value: Value) -> str:
    return quoted(value) if isinstance(value, str) else f"{value:g}"


def _is_whole(name: str, tree: Node, scenario: Scenario) -> bool:
    """Whether the parameter is a whole number, by the value it has without the sweep."""
    path = path_of(name, tree)
    known = _values_of(scenario)
    if path[0] == "arms":
        arm = next((one for one in scenario.arms if one.name == path[1]), scenario.arms[0])
        known, path = flat(arm.parameters.model_dump()), path[2:]
    value = known.get(".".join(path))
    return isinstance(value, int) and not isinstance(value, bool)


def _refuse_values(raw: Raw, values: Sequence[Value], tree: Node, log: list[Fault]) -> None:
    """Add the fault of the first value that the parameter would refuse by itself."""
    path = path_of(raw.name, tree)
    path = path[2:] if path[0] == "arms" else path
    section: Callable[[Node], Any] = _run_checked(log) if path[0] in RUN_KEYS else _checked(log)
    for place, value in enumerate(values):
        near = raw.nodes[place] if len(raw.nodes) == len(values) else raw.node
        text = near.text if near.text else str(value)
        before = len(log)
        # Named as the parameter is, so that the message speaks of it.
        section(at(Node({}, near.mark, near.mark, ""), path, near._replace(
            value=value, text=text, name=f"sweep.{raw.name}")))
        if len(log) > before:
            return


def _checked(log: list[Fault]) -> Callable[[Node], Any]:
    return lambda node: sift(Parameters, node, log)


def _run_checked(log: list[Fault]) -> Callable[[Node], Any]:
    def check(node: Node) -> None:
        below = node.value if isinstance(node.value, dict) else {}
        sift(Scenario, node._replace(value={"stem": node._replace(value="x"), **below}), log)

    return check
