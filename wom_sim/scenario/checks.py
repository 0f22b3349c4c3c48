"""A tree against the declared parameters: types, ranges and plugs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, Field, ValidationError
from pydantic.fields import FieldInfo

from wom_sim.scenario.faults import MOST_FAULTS, Fault, Slip, quoted, suggestion, worded
from wom_sim.scenario.hints import remedy_for
from wom_sim.scenario.parameters import Parameters
from wom_sim.scenario.quantities import Section, bounds
from wom_sim.scenario.reader import Node
from wom_sim.scenario.registry import Registry
from wom_sim.scenario.scalars import Refusal

SUM_TOLERANCE = 1e-9
_DEFAULTS = Parameters()


S = TypeVar("S", bound=Section)


class Portion(Section):
    """The share of businesses that follow one strategy."""

    share: float = Field(ge=0.0, le=1.0)


def refuse(log: list[Fault], node: Node, problem: str, remedy: str = "") -> None:
    """Add a fault at the place of `node`."""
    log.append(Fault(*node.mark, node.name, problem, remedy))


def values(node: Node) -> Any:
    """The plain value of a tree."""
    if isinstance(node.value, dict):
        return {key: values(child) for key, child in node.value.items()}
    return [values(child) for child in node.value] if isinstance(node.value, list) else node.value


def find(tree: Node, path: Iterable[str]) -> Node | None:
    """The node at `path` below `tree`, None if it is not written."""
    for key in path:
        if not isinstance(tree.value, dict) or key not in tree.value:
            return None
        tree = tree.value[key]
    return tree


def sift(section: type[S], tree: Node, log: list[Fault]) -> tuple[Node, S | None]:
    """`tree` without the values that `section` refuses, and the section it makes.

    Each refused value adds one fault to `log`. The section is None where a required one lacks.
    """
    clean = _given(tree, section, log) or tree._replace(value={})
    try:
        return clean, section.model_validate(values(clean))
    except ValidationError as error:
        # What is missing goes last: where something near is at fault, that was meant for it.
        slips = sorted(error.errors(include_url=False), key=lambda slip: slip["type"] == "missing")
        paths = [_said(section, clean, slip, log) for slip in slips]
    for path in paths:
        clean = without(clean, path)
    try:
        return clean, section.model_validate(values(clean))
    except ValidationError:
        return clean, None


def keys_below(node: Node | None, expected: str, log: list[Fault]) -> dict[str, Node] | None:
    """The keys written below an optional key; None, after a fault, where it has something else."""
    if node is None or isinstance(node.value, Refusal):
        return None
    if node.value is None:
        refuse(log, node, "no value given", "write one or remove the line")
        return None
    if not isinstance(node.value, dict):
        refuse(log, node, f"expected {expected}, not {written(node)}")
        return None
    return node.value


def refuse_unknown(key: str, node: Node, known: Iterable[str], log: list[Fault]) -> None:
    """Add a fault for an unknown key, at the place of the key."""
    # Looking for the nearest name takes a millisecond; nobody reads the hundredth hint.
    inside = node.value if isinstance(node.value, dict) else ()
    near = len(log) < MOST_FAULTS
    remedy = remedy_for(key, node.name, tuple(known), inside) if near else ""
    log.append(Fault(*node.key, node.name, "unknown", remedy))


def _given(node: Node, kind: Any, log: list[Fault]) -> Node | None:
    """`node` without refused and empty values; 3.0 becomes 3 where a whole number is due."""
    if isinstance(node.value, Refusal):
        return None
    if node.value is None:
        usual = "write {} for the usual values, " if _fields(kind) else "write one "
        refuse(log, node, "no value given", f"{usual}or remove the line")
        return None
    if isinstance(node.value, dict):
        below = {key: _given(child, _kind(kind, key), log) for key, child in node.value.items()}
        if all(below[key] is child for key, child in node.value.items()):
            return node
        return node._replace(value={key: child for key, child in below.items() if child})
    if isinstance(node.value, list):
        items = [_given(child, _item(kind), log) for child in node.value]
        if all(item is child for item, child in zip(items, node.value, strict=True)):
            return node
        kept = [item for item in items if item]
        return node._replace(value=kept) if len(kept) == len(items) else None
    if isinstance(node.value, float) and node.value.is_integer() and _is_whole(kind):
        return node._replace(value=int(node.value))
    return node


def _kind(kind: Any, key: str) -> Any:
    fields = _fields(kind)
    return fields[key].annotation if key in fields else None


def _item(kind: Any) -> Any:
    """The type of the items of a list, or of the list among several types."""
    lists = [part for part in (kind, *get_args(kind)) if get_origin(part) is list]
    return get_args(lists[0])[0] if lists else None


def _fields(kind: Any) -> Mapping[str, FieldInfo]:
    models = [part for part in (kind, *get_args(kind)) if isinstance(part, type)]
    found = next((part for part in models if issubclass(part, BaseModel)), None)
    return found.model_fields if found else {}


def _is_whole(kind: Any) -> bool:
    kinds = (kind, *get_args(kind))
    return int in kinds and float not in kinds


def _said(section: type[Section], tree: Node, slip: Any, log: list[Fault]) -> list[str]:
    """Add the fault that pydantic's error `slip` is about; the path of what to leave out."""
    path, node, kind, field = _followed(section, tree, slip["loc"])
    if _other_alternative(slip["loc"], path, node):
        return []
    if slip["type"] == "extra_forbidden":
        refuse_unknown(path[-1], node, _fields(kind), log)
    elif slip["type"] == "missing":
        name = f"{node.name}.{slip['loc'][-1]}"
        if not any(fault.name.startswith(f"{node.name}.") for fault in log):
            log.append(Fault(*node.mark, name, "missing", "give it a value"))
        return []
    else:
        refuse(log, node, *worded(slip["type"], _slip(node, field), slip["msg"]))
    return path


def _followed(
    section: type[Section], tree: Node, place: tuple[str | int, ...]
) -> tuple[list[str], Node, Any, FieldInfo | None]:
    """Keys down to the value at pydantic's `place`, the value, its parent's type, its field."""
    path: list[str] = []
    node, parent, field = tree, section, None
    kind: Any = section
    for step in place:
        if isinstance(step, str) and isinstance(node.value, dict) and step in node.value:
            node, parent = node.value[step], kind
            field = _fields(kind).get(step)
            kind = field.annotation if field else None
            path.append(step)
        elif isinstance(step, int) and isinstance(node.value, list):
            node = node.value[step]
    return path, node, parent, field


def _other_alternative(place: tuple[str | int, ...], path: list[str], node: Node) -> bool:
    """Whether the error is about the alternative of `Rate | list[Rate]` that was not meant."""
    tags = [step for step in place if isinstance(step, str) and step not in path]
    about_list = any(tag.startswith("list[") for tag in tags)
    inside = isinstance(place[-1], int)
    return bool(tags) and about_list != (inside or isinstance(node.value, list))


def without(tree: Node, path: list[str]) -> Node:
    """`tree` without the value at `path`."""
    if not path or not isinstance(tree.value, dict) or path[0] not in tree.value:
        return tree
    below = dict(tree.value)
    child = below.pop(path[0])
    if len(path) > 1:
        below = {**tree.value, path[0]: without(child, path[1:])}
    return tree._replace(value=below)


def _slip(node: Node, field: FieldInfo | None) -> Slip:
    low, high = bounds(field) if field else (None, None)
    extra = field.json_schema_extra if field else None
    unit = str(extra["unit"]) if isinstance(extra, dict) and "unit" in extra else ""
    return Slip(values(node), written(node), low, high, _options(field) if field else (), unit)


def written(node: Node) -> str:
    """The value of `node` for a message."""
    if isinstance(node.value, (dict, list)):
        return "a mapping" if isinstance(node.value, dict) else "a list"
    return quoted(node.value) if isinstance(node.value, str) else node.text


def _options(field: FieldInfo) -> tuple[str, ...]:
    if get_origin(field.annotation) is Literal:
        return get_args(field.annotation)
    default = field.get_default(call_default_factory=True)
    if default is None and _fields(field.annotation):
        default = {key: inner.default for key, inner in _fields(field.annotation).items()}
    pairs = dict(default).items() if isinstance(default, (BaseModel, dict)) else ()
    simple = [f"{key}: {value}" for key, value in pairs if isinstance(value, (int, float, str))]
    return tuple(simple[:1])


def kind_by_default(place: str) -> str:
    """The kind of plug at `place`, such as `population.network`, where no other is written."""
    section, key = place.split(".")
    return str(getattr(getattr(_DEFAULTS, section), key)["kind"])


def plug(tree: Node, place: str, registry: Registry, log: list[Fault]) -> dict[str, Any] | None:
    """The plug written at `place`, its parameters in full; None where it is refused."""
    node = find(tree, place.split(".")) or tree._replace(value={}, name=place)
    below = dict(node.value) if isinstance(node.value, dict) else {}
    named = below.pop("kind", None)
    kind = named.value if named else kind_by_default(place)
    if not isinstance(kind, str) or kind not in registry:
        _refuse_plug(named or node, kind, registry, log)
        return None
    _, found = sift(registry[kind].section, node._replace(value=below), log)
    return {"kind": kind, **found.model_dump()} if found else None


def _refuse_plug(node: Node, kind: Any, registry: Registry, log: list[Fault]) -> None:
    if not isinstance(kind, str):
        known = ", ".join(registry)
        refuse(log, node, f"expected the name of a {registry.kind}, not {written(node)}",
               f"known here: {known}")
        return
    refuse(log, node, f"no {registry.kind} {quoted(kind)}", suggestion(kind, registry))


def strategies(tree: Node, registry: Registry, log: list[Fault]) -> dict[str, Any] | None:
    """The strategies by name, each with `share` and its parameters; None where refused."""
    default = {name: tree._replace(value=1.0) for name in _DEFAULTS.partners.strategies}
    node = find(tree, ("partners", "strategies")) or tree._replace(
        value=default, name="partners.strategies"
    )
    chosen = node.value if isinstance(node.value, dict) else {}
    found = {name: _strategy(name, chosen[name], registry, log) for name in sorted(chosen)}
    sound = {name: entry for name, entry in found.items() if entry is not None}
    if len(sound) < len(found):
        return None
    if not sound and any(fault.name.startswith(f"{node.name}.") for fault in log):
        return None
    total = sum(entry["share"] for entry in sound.values())
    if abs(total - 1) > SUM_TOLERANCE:
        refuse(log, node, f"shares sum to {total:.10g}, must be 1", "change a share")
        return None
    return sound


def plug_settings(
    node: Node | None, registry: Registry, log: list[Fault]
) -> dict[str, dict[str, Any]]:
    """Parameters by name of the registry's plugs that have any; `node` writes some of them."""
    if node is not None and node.value is None:
        refuse(log, node, "no value given", "write one or remove the line")
    if node is None or node.value is None or isinstance(node.value, Refusal):
        node = None
    elif not isinstance(node.value, dict):
        refuse(log, node, f"expected '{registry.kind}: {{parameter: value}}', not {written(node)}")
        node = None
    given = node.value if node is not None and isinstance(node.value, dict) else {}
    for name in given:
        if name not in registry:
            refuse_plug(name, given[name], registry, log)
    known = {plug.name: plug.section for plug in registry.settable()}
    known.update({name: registry[name].section for name in given if name in registry})
    found = {name: _set(section, name, given.get(name), log) for name, section in known.items()}
    return {name: setting for name, setting in found.items() if setting}


def _set(
    section: type[Section], name: str, node: Node | None, log: list[Fault]
) -> dict[str, Any]:
    if node is None:
        return section().model_dump()
    if node.value is None:
        refuse(log, node, "no value given", "write one or remove the line")
        return {}
    if not isinstance(node.value, (dict, Refusal)):
        refuse(log, node, f"expected parameters of '{name}', not {written(node)}")
        return {}
    _, chosen = sift(section, node, log)
    return chosen.model_dump() if chosen else {}


def refuse_plug(name: str, node: Node, registry: Registry, log: list[Fault]) -> None:
    """Add a fault for a name that is not registered, at the place of the key."""
    # Looking for the nearest name takes a millisecond; nobody reads the hundredth hint.
    remedy = suggestion(name, registry) if len(log) < MOST_FAULTS else ""
    log.append(Fault(*node.key, node.name, f"no {registry.kind} {quoted(name)}", remedy))


def _strategy(name: str, node: Node, registry: Registry, log: list[Fault]) -> dict[str, Any] | None:
    if name not in registry:
        refuse_plug(name, node, registry, log)
        return None
    below = dict(node.value) if isinstance(node.value, dict) else {"share": node}
    share = {key: below.pop(key) for key in ("share",) if key in below}
    _, portion = sift(Portion, node._replace(value=share), log)
    _, given = sift(registry[name].section, node._replace(value=below), log)
    return {**portion.model_dump(), **given.model_dump()} if portion and given else None
