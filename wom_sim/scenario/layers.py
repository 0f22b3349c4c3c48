"""Layers of a scenario as trees: defaults < preset < the file < `--set` < an arm's overrides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wom_sim.scenario.checks import find, kind_by_default
from wom_sim.scenario.faults import Fault, suggestion
from wom_sim.scenario.parameters import preset
from wom_sim.scenario.reader import MOST_DEPTH, Mark, Node, parse
from wom_sim.scenario.registry import PLACES

_PLUGGED = tuple(place.name for place in PLACES)


def overlay(lower: Node, upper: Node, place: str = "", *, deep: bool = False) -> Node:
    """`lower` with what `upper` writes; a plug of another kind replaces the lower one whole.

    Strategies are replaced whole too, but merged with `deep`: options name them one by one.
    """
    if not isinstance(lower.value, dict) or not isinstance(upper.value, dict):
        return upper
    if _replaces(lower.value, upper.value, place, deep):
        return upper
    merged = dict(lower.value)
    for key, child in upper.value.items():
        below = f"{place}.{key}"
        merged[key] = overlay(merged[key], child, below, deep=deep) if key in merged else child
    if place.endswith(_PLUGGED) and "path" in upper.value:
        # The fingerprint below is that of another file.
        merged = {k: v for k, v in merged.items() if k != "sha256" or k in upper.value}
    return upper._replace(value=merged)


def options_tree(options: Iterable[tuple[str, str]], top: Node, log: list[Fault]) -> Node:
    """What the options write, as a tree to be laid over `top`; later options win."""
    tree = Node({}, top.mark, top.mark, "")
    for option, setting in options:
        name, sign, text = setting.partition("=")
        path = path_of(name.strip(), top)
        if not sign or not path or not all(path) or len(path) > MOST_DEPTH:
            problem, remedy = "not a setting", "write dotted.name=value"
            if sign and not path:
                problem, remedy = "no such arm", arm_near(name.strip(), _arms(top))
            log.append(Fault(option, 0, 0, "", problem, remedy))
            continue
        value = _option_tree(option, ".".join(path), text, log)
        tree = overlay(tree, at(tree, path, value), deep=True)
    return tree


def preset_tree(name: str) -> Node:
    """What the preset `name` overrides, as a tree from nowhere."""
    return _as_tree(preset(name), "")


def at(above: Node, path: Sequence[str], value: Node) -> Node:
    """A tree that holds `value` at `path`, named as parts of `above`."""
    if not path:
        return value
    name = f"{above.name}.{path[0]}" if above.name else path[0]
    child = at(Node({}, value.mark, value.key, name), path[1:], value)
    return Node({path[0]: child}, value.mark, value.key, above.name)


def picked(full: Any, tree: Node) -> Any:
    """The values of `full` that `tree` writes."""
    if not isinstance(tree.value, dict) or not isinstance(full, dict):
        return full
    return {key: picked(full[key], child) for key, child in tree.value.items() if key in full}


def _option_tree(option: str, name: str, text: str, log: list[Fault]) -> Node:
    mark = Mark(option)
    return parse(text, mark, log, name) or Node(None, mark, mark, name)


def path_of(name: str, top: Node) -> list[str]:
    """The keys of a dotted name; names of arms may hold dots. Empty for an unknown arm.

    What is swept is known by its whole dotted name.
    """
    keys = name.split(".")
    if keys[0] == "sweep" and len(keys) > 2:
        return ["sweep", name.removeprefix("sweep.")]
    if keys[0] != "arms" or len(keys) == 1:
        return keys
    rest = name.removeprefix("arms.")
    fitting = [arm for arm in _arms(top) if rest == arm or rest.startswith(f"{arm}.")]
    if not fitting:
        return []
    arm = max(fitting, key=len)
    return ["arms", arm, *rest[len(arm) + 1 :].split(".")] if rest != arm else ["arms", arm]


def arm_near(name: str, known: Iterable[str]) -> str:
    """The remedy for a dotted name in an arm that is not there: the nearest arm, or all."""
    return suggestion(name.removeprefix("arms.").split(".")[0], known)


def _arms(top: Node) -> Iterable[str]:
    """Names of the arms; a scenario without any has one, called base."""
    arms = find(top, ("arms",))
    return arms.value if arms and isinstance(arms.value, dict) else ("base",)


def _replaces(lower: Mapping[str, Node], upper: Mapping[str, Node], place: str, deep: bool) -> bool:
    if place.endswith("partners.strategies"):
        return not deep
    if place.startswith(".sweep."):
        return True
    for plugged in _PLUGGED:
        if place.endswith(plugged) and "kind" in upper:
            kind = lower["kind"].value if "kind" in lower else kind_by_default(plugged)
            return upper["kind"].value != kind
    return False


def _as_tree(value: Any, name: str) -> Node:
    nowhere = Mark("")
    if isinstance(value, Mapping):
        below = {k: _as_tree(v, f"{name}.{k}" if name else k) for k, v in value.items()}
        return Node(below, nowhere, nowhere, name)
    return Node(value, nowhere, nowhere, name, str(value))
