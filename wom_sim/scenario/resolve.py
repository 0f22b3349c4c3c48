"""A scenario file resolved: defaults < preset < the file < `--set` < an arm's overrides."""

from __future__ import annotations

import hashlib
import json
import os
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from wom_sim.scenario import registry
from wom_sim.scenario.checks import (
    cross_check,
    find,
    kind_by_default,
    plug,
    refuse,
    refuse_unknown,
    sift,
    strategies,
    without,
    words,
    written,
)
from wom_sim.scenario.faults import Fault, ScenarioError, nearest, quoted, shortened, suggestion
from wom_sim.scenario.parameters import Arm, Event, Parameters, Scenario, preset
from wom_sim.scenario.reader import MOST_BYTES, Mark, Node, Refusal, parse, plain

SCHEMA = 1
LONGEST_NAME = 80
# An arm or a change takes a millisecond to check; a file is to be answered within one second.
MOST_ARMS = 300
MOST_ARM_EVENTS = 400
"""Largest number of events, counted once for each arm they happen in."""

RUN_KEYS = (
    "schema",
    "question",
    "preset",
    "seed",
    "replications",
    "weeks",
    "history_weeks",
    "treated",
    "baseline",
    "allow_unequal_effort",
)
SECTIONS = tuple(Parameters.model_fields)
_BEFORE_WEEK_0 = ("population", "trades.count", "trades.spheres", *RUN_KEYS, "events", "arms")


class Registries(NamedTuple):
    """The plugs that a scenario may name."""

    networks: registry.Registry = registry.networks
    judgements: registry.Registry = registry.judgements
    strategies: registry.Registry = registry.strategies


DEFAULT = Registries()


class _State(NamedTuple):
    """Parameters in force from a week on, with the tree they come from."""

    week: int
    tree: Node
    parameters: Parameters


class _Plan(NamedTuple):
    """An arm being resolved: its states in order of week, and its events with their nodes."""

    arm: Arm
    node: Node
    states: tuple[_State, ...]
    dated: tuple[tuple[Event, Node], ...]


def read(
    path: str | os.PathLike[str],
    *,
    settings: Sequence[str] = (),
    seed: int | None = None,
    replications: int | None = None,
    registries: Registries = DEFAULT,
) -> Scenario:
    """The scenario in the file at `path`; the other arguments are those of `read_text`.

    Raises ScenarioError with every fault of the file, or one for a file that cannot be read.
    """
    text = _content(Path(path))
    return read_text(
        text,
        os.fspath(path),
        settings=settings,
        seed=seed,
        replications=replications,
        registries=registries,
    )


def read_text(
    text: str | bytes,
    name: str,
    *,
    settings: Sequence[str] = (),
    seed: int | None = None,
    replications: int | None = None,
    registries: Registries = DEFAULT,
) -> Scenario:
    """The scenario in `text`; `name` is the file's name, for faults and for `Scenario.stem`.

    `settings` are texts `dotted.name=value`, as if written at the top level of the file, or in
    an arm with `arms.NAME.dotted.name=value`. `seed` and `replications` win over all of them.
    Raises ScenarioError with every fault, in the order of the file.
    """
    numbers = {"seed": seed, "replications": replications}
    options = [(f"--set {setting}", setting) for setting in settings]
    options += [(f"--{k} {v}", f"{k}={v}") for k, v in numbers.items() if v is not None]
    log: list[Fault] = []
    tree = _mapping(parse(text, Mark(name), log), log, name)
    tree = overlay(tree, _options_tree(options, tree, log), deep=True)
    scenario = _Resolution(tree, Path(name).stem, registries, log).scenario()
    if log:
        raise ScenarioError(_in_order(log, name))
    return scenario


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
    return upper._replace(value=merged)


def dump(scenario: Scenario) -> str:
    """The scenario as YAML with every default written out; reading it gives the scenario again."""
    top = {"schema": SCHEMA, **{key: getattr(scenario, key) for key in RUN_KEYS[1:]}}
    arms = {arm.name: arm.overrides for arm in scenario.arms}
    events = [_written_event(event) for event in scenario.events]
    whole = {**top, **scenario.base.model_dump(), "events": events, "arms": arms}
    return "\n".join(_yaml(whole, "")) + "\n"


def canonical(scenario: Scenario) -> str:
    """The resolved values as JSON, the same however the file was written; without `stem`."""
    content = scenario.model_dump(exclude={"stem": True, "arms": {"__all__": {"overrides"}}})
    return json.dumps(content, sort_keys=True, allow_nan=False, separators=(",", ":"))


def scenario_hash(scenario: Scenario) -> str:
    """SHA-256 of the canonical form, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(scenario).encode()).hexdigest()


class _Resolution:
    """One scenario being resolved; faults go to `log`, and what is at fault is left out."""

    def __init__(self, tree: Node, stem: str, plugs: Registries, log: list[Fault]) -> None:
        self._top = dict(tree.value) if isinstance(tree.value, dict) else {}
        self._tree, self._stem, self._plugs, self._log = tree, stem, plugs, log

    def scenario(self) -> Scenario:
        self._refuse_unknown_keys()
        self._refuse_schema()
        run = self._run()
        base = self._settled(overlay(_preset_tree(run.preset), self._part(SECTIONS)))
        dated = self._events(self._top.get("events"), run)
        arms = self._few_events(self._arms(), len(dated))
        plans = [self._plan(name, node, base, dated, run) for name, node in arms]
        self._cross_check(plans, run)
        states = self._states(base.tree, base.parameters, dated if arms else ())
        parts = {
            "base": base.parameters,
            "events": _normal(dated if arms else (), states),
            "arms": tuple(plan.arm for plan in plans),
            "baseline": self._baseline(run, plans),
        }
        return run.model_copy(update=parts)

    def _part(self, keys: Iterable[str]) -> Node:
        chosen = {key: self._top[key] for key in keys if key in self._top}
        return self._tree._replace(value=chosen)

    def _refuse_unknown_keys(self) -> None:
        known = (*RUN_KEYS, *SECTIONS, "events", "arms")
        for key, node in self._top.items():
            if key not in known:
                refuse_unknown(key, node, known, self._log)

    def _refuse_schema(self) -> None:
        node = self._top.get("schema")
        if node is None or isinstance(node.value, Refusal):
            return
        if node.value == SCHEMA and node.value is not True:
            return
        newer = isinstance(node.value, int) and node.value > SCHEMA
        problem = f"{written(node)} is newer than this program ({SCHEMA})"
        remedy = "update wom_sim"
        if not newer:
            problem, remedy = f"must be {SCHEMA}, got {written(node)}", ""
        refuse(self._log, node, problem, remedy)

    def _run(self) -> Scenario:
        part = self._part(RUN_KEYS[1:])
        stem = Node(self._stem, self._tree.mark, self._tree.mark, "stem")
        keys = part.value if isinstance(part.value, dict) else {}
        _, run = sift(Scenario, part._replace(value={**keys, "stem": stem}), self._log)
        return run or Scenario(stem=self._stem)

    def _settled(self, tree: Node, week: int = 0) -> _State:
        clean, found = sift(Parameters, tree, self._log)
        settled = found or Parameters()
        network = plug(clean, "population.network", self._plugs.networks, self._log)
        rule = plug(clean, "judgement.rule", self._plugs.judgements, self._log)
        shares = strategies(clean, self._plugs.strategies, self._log)
        resolved = {
            "population": _with(settled.population, "network", network),
            "judgement": _with(settled.judgement, "rule", rule),
            "partners": _with(settled.partners, "strategies", shares),
        }
        return _State(week, clean, settled.model_copy(update=resolved))

    def _events(self, node: Node | None, run: Scenario) -> tuple[tuple[Event, Node], ...]:
        if node is None or node.value is None or isinstance(node.value, Refusal):
            self._note_empty(node)
            return ()
        if not isinstance(node.value, list):
            expected = "expected a list of events ('- week: 10' ...)"
            refuse(self._log, node, f"{expected}, not {written(node)}")
            return ()
        found = [self._event(item, run) for item in node.value]
        return tuple(pair for pair in found if pair)

    def _note_empty(self, node: Node | None) -> None:
        if node is not None and node.value is None:
            refuse(self._log, node, "no value given", "write one or remove the line")

    def _event(self, node: Node, run: Scenario) -> tuple[Event, Node] | None:
        if isinstance(node.value, Refusal):
            return None
        if not isinstance(node.value, dict):
            refuse(self._log, node, f"expected 'week: ...' and what happens, not {written(node)}")
            return None
        node = self._with_set(node)
        before = len(self._log)
        clean, event = sift(Event, node, self._log)
        if event is None or len(self._log) > before:
            return None
        kinds = [k for k in ("complaint", "join", "leave", "set") if getattr(event, k) is not None]
        if len(kinds) != 1:
            given = " and ".join(kinds) or "none"
            problem = f"expected one of complaint, join, leave, set; got {given}"
            refuse(self._log, node, problem, "write one event for each")
        if event.week >= run.weeks:
            week = find(clean, ("week",)) or clean
            problem = f"week {event.week} is after the last week, {run.weeks - 1}"
            refuse(self._log, week, problem, "choose an earlier week or a longer run")
        return event, clean

    def _with_set(self, node: Node) -> Node:
        change = find(node, ("set",))
        if change is None or not isinstance(change.value, dict):
            return node
        nested = change._replace(value={})
        for key, child in change.value.items():
            nested = overlay(nested, _at(change, key.split("."), child), deep=True)
        for name in _BEFORE_WEEK_0:
            early = find(nested, name.split("."))
            if early is not None:
                problem = f"'{name}' decides the world before week 0"
                refuse(self._log, early, problem, "make it an arm instead")
                nested = without(nested, name.split("."))
        below = node.value if isinstance(node.value, dict) else {}
        return node._replace(value={**below, "set": nested})

    def _arms(self) -> list[tuple[str, Node]]:
        node = self._top.get("arms")
        if node is None:
            return [("base", self._tree._replace(value={}, name="arms.base"))]
        if node.value is None or isinstance(node.value, Refusal):
            self._note_empty(node)
            return []
        if not isinstance(node.value, dict):
            refuse(self._log, node, f"expected arms as 'name: ...' lines, not {written(node)}")
            return []
        if not node.value and self._log:
            # A name that is refused leaves no arm behind.
            return []
        if not 1 <= len(node.value) <= MOST_ARMS:
            problem = f"expected 1 to {MOST_ARMS} arms, got {len(node.value)}"
            refuse(self._log, node, problem, "without 'arms' there is one, named base")
            return []
        self._refuse_names(node.value)
        return list(node.value.items())

    def _few_events(self, arms: list[tuple[str, Node]], shared: int) -> list[tuple[str, Node]]:
        own = [find(node, ("events",)) for _, node in arms]
        counts = [len(n.value) if n and isinstance(n.value, list) else shared for n in own]
        if sum(counts) <= MOST_ARM_EVENTS:
            return arms
        node = self._top.get("events", self._top.get("arms", self._tree))
        problem = f"the arms have {sum(counts)} events together, more than {MOST_ARM_EVENTS}"
        refuse(self._log, node, problem, "leave some out")
        return []

    def _refuse_names(self, arms: Mapping[str, Node]) -> None:
        seen: set[str] = set()
        for name, node in arms.items():
            folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
            problem = _name_problem(name, folded in seen)
            if problem:
                self._log.append(Fault(*node.key, "arms", problem, "choose another name"))
            seen.add(folded)

    def _plan(
        self,
        name: str,
        node: Node,
        base: _State,
        dated: tuple[tuple[Event, Node], ...],
        run: Scenario,
    ) -> _Plan:
        above = self._overrides(node)
        state = self._settled(overlay(base.tree, above))
        own = node.value.get("events") if isinstance(node.value, dict) else None
        dated = self._events(own, run) if own else dated
        states = self._states(state.tree, state.parameters, dated)
        self._refuse_trades(dated, state.parameters)
        events = _normal(dated, states)
        overrides = _picked(state.parameters.model_dump(), above)
        if own:
            overrides["events"] = [_written_event(event) for event in events]
        in_force = {later.week: later.parameters for later in states[1:]}
        arm = Arm(
            name=name,
            overrides=overrides,
            parameters=state.parameters,
            events=events,
            changes=tuple(in_force.items()),
        )
        return _Plan(arm, node, states, dated)

    def _overrides(self, node: Node) -> Node:
        if node.value is None or isinstance(node.value, Refusal):
            return node._replace(value={})
        if not isinstance(node.value, dict):
            expected = "expected overrides such as 'effort: ...', or {} for the base"
            refuse(self._log, node, f"{expected}, not {written(node)}")
            return node._replace(value={})
        for key in set(node.value).intersection(RUN_KEYS):
            refuse(self._log, node.value[key], "is the same for all arms", "write it at the top")
        own = (*RUN_KEYS, "events")
        return node._replace(value={k: v for k, v in node.value.items() if k not in own})

    def _states(
        self, tree: Node, parameters: Parameters, dated: Iterable[tuple[Event, Node]]
    ) -> tuple[_State, ...]:
        """The state at the start and after each event `set`, in order of week."""
        states = [_State(0, tree, parameters)]
        for event, node in sorted(dated, key=lambda pair: pair[0].week):
            change = find(node, ("set",))
            if change is not None:
                above = overlay(states[-1].tree, change)
                states.append(self._settled(above, event.week))
        return tuple(states)

    def _refuse_trades(self, dated: Iterable[tuple[Event, Node]], parameters: Parameters) -> None:
        trades = parameters.trades.count
        for event, node in dated:
            for key in ("join", "leave"):
                trade = getattr(event, key)
                if trade is not None and trade >= trades:
                    problem = f"there are {trades} trades, 0 to {trades - 1}; got {trade}"
                    refuse(self._log, find(node, (key,)) or node, problem)

    def _cross_check(self, plans: Sequence[_Plan], run: Scenario) -> None:
        doubtful = words(self._log)
        for plan in plans:
            for state in plan.states:
                self._log += cross_check(state.tree, state.parameters, doubtful)
        if not run.allow_unequal_effort and "effort" not in doubtful:
            self._refuse_unequal_effort(plans)

    def _refuse_unequal_effort(self, plans: Sequence[_Plan]) -> None:
        spent = [(plan.arm.name, _hours(plan.states)) for plan in plans]
        odd = next((k for k, (_, hours) in enumerate(spent) if hours != spent[0][1]), None)
        if odd is None:
            return
        told = ", ".join(f"{quoted(name)} {hours}" for name, hours in (spent[0], spent[odd]))
        node = find(plans[odd].node, ("effort",)) or plans[odd].node
        problem = f"arms spend different hours a week: {told}"
        remedy = "make them equal or set allow_unequal_effort: true"
        self._log.append(Fault(*node.key, node.name, problem, remedy))

    def _baseline(self, run: Scenario, plans: Sequence[_Plan]) -> str:
        names = [plan.arm.name for plan in plans]
        if not run.baseline and names:
            return names[0]
        if names and run.baseline not in names:
            node = self._top.get("baseline", self._tree)
            problem = f"no arm {quoted(run.baseline)}"
            refuse(self._log, node, problem, suggestion(run.baseline, names))
        return run.baseline


def _content(path: Path) -> bytes:
    """At most one byte more than a scenario may have, from a regular file."""
    problem, remedy = "", ""
    try:
        if path.is_file():
            with path.open("rb") as file:
                return file.read(MOST_BYTES + 1)
        problem = "is a folder" if path.is_dir() else "is not a file"
        if not path.exists():
            problem, remedy = "not found", _similar(path)
    except (OSError, ValueError) as error:
        problem = f"cannot be read ({getattr(error, 'strerror', None) or error})"
    raise ScenarioError([Fault(str(path), 0, 0, "", problem, remedy)])


def _similar(path: Path) -> str:
    try:
        names = sorted(entry.name for entry in path.parent.iterdir() if entry.is_file())
    except (OSError, ValueError):
        return ""
    near = nearest(path.name, names)
    return f"did you mean '{shortened(str(path.parent / near))}'?" if near else ""


def _mapping(tree: Node | None, log: list[Fault], name: str) -> Node:
    if tree is None or tree.value is None:
        raise ScenarioError([*log, Fault(name, 0, 0, "", "the file is empty")])
    if isinstance(tree.value, Refusal):
        raise ScenarioError(log)
    if not isinstance(tree.value, dict):
        kind = "a list" if isinstance(tree.value, list) else "one value"
        problem = f"the file must hold 'key: value' lines, not {kind}"
        raise ScenarioError([*log, Fault(*tree.mark, "", problem)])
    return tree


def _in_order(log: Iterable[Fault], name: str) -> list[Fault]:
    unlike = dict.fromkeys(log)
    return sorted(unlike, key=lambda fault: (fault.file != name, fault.line, fault.column))


def _option_tree(option: str, name: str, text: str, log: list[Fault]) -> Node:
    mark = Mark(option)
    return parse(text, mark, log, name) or Node(None, mark, mark, name)


def _options_tree(options: Iterable[tuple[str, str]], top: Node, log: list[Fault]) -> Node:
    """What the options write, as a tree to be laid over `top`; later options win."""
    tree = Node({}, top.mark, top.mark, "")
    for option, setting in options:
        name, sign, text = setting.partition("=")
        path = _path(name.strip(), top)
        if not sign or not path or not all(path):
            problem = "no such arm" if sign and not path else "not a setting"
            log.append(Fault(option, 0, 0, "", problem, "write dotted.name=value"))
            continue
        value = _option_tree(option, ".".join(path), text, log)
        tree = overlay(tree, _at(tree, path, value), deep=True)
    return tree


def _path(name: str, top: Node) -> list[str]:
    """The keys of a dotted name; names of arms may hold dots. Empty for an unknown arm."""
    keys = name.split(".")
    if keys[0] != "arms" or len(keys) == 1:
        return keys
    arms = find(top, ("arms",))
    known = arms.value if arms and isinstance(arms.value, dict) else {"base": top}
    rest = name.removeprefix("arms.")
    fitting = [arm for arm in known if rest == arm or rest.startswith(f"{arm}.")]
    if not fitting:
        return []
    arm = max(fitting, key=len)
    return ["arms", arm, *rest[len(arm) + 1 :].split(".")] if rest != arm else ["arms", arm]


def _at(above: Node, path: Sequence[str], value: Node) -> Node:
    """A tree that holds `value` at `path`, named as parts of `above`."""
    if not path:
        return value
    name = f"{above.name}.{path[0]}" if above.name else path[0]
    child = _at(Node({}, value.mark, value.key, name), path[1:], value)
    return Node({path[0]: child}, value.mark, value.key, above.name)


def _replaces(lower: Mapping[str, Node], upper: Mapping[str, Node], place: str, deep: bool) -> bool:
    if place.endswith("partners.strategies"):
        return not deep
    for plugged in ("population.network", "judgement.rule"):
        if place.endswith(plugged) and "kind" in upper:
            kind = lower["kind"].value if "kind" in lower else kind_by_default(plugged)
            return upper["kind"].value != kind
    return False


def _preset_tree(name: str) -> Node:
    return _as_tree(preset(name), "")


def _as_tree(value: Any, name: str) -> Node:
    nowhere = Mark("")
    if isinstance(value, Mapping):
        below = {k: _as_tree(v, f"{name}.{k}" if name else k) for k, v in value.items()}
        return Node(below, nowhere, nowhere, name)
    return Node(value, nowhere, nowhere, name, str(value))


def _with(section: Any, key: str, value: Any) -> Any:
    return section if value is None else section.model_copy(update={key: value})


def _picked(full: Any, tree: Node) -> Any:
    """The values of `full` that `tree` writes."""
    if not isinstance(tree.value, dict) or not isinstance(full, dict):
        return full
    return {key: _picked(full[key], child) for key, child in tree.value.items() if key in full}


def _normal(dated: Iterable[tuple[Event, Node]], states: Sequence[_State]) -> tuple[Event, ...]:
    """The events, what they set as nested values of the declared types."""
    later = iter(states[1:])
    full = {
        id(node): next(later).parameters.model_dump()
        for event, node in sorted(dated, key=lambda pair: pair[0].week)
        if event.set is not None
    }
    return tuple(
        event.model_copy(update={"set": _picked(full[id(node)], node.value["set"])})
        if event.set is not None and isinstance(node.value, dict)
        else event
        for event, node in dated
    )


def _name_problem(name: str, used: bool) -> str:
    if not name.strip() or name != name.strip():
        return f"the name {quoted(name)} is blank or has blanks around it"
    if len(name) > LONGEST_NAME:
        return f"the name {quoted(name)} has {len(name)} characters, more than {LONGEST_NAME}"
    return f"the name {quoted(name)} is used twice" if used else ""


def _hours(states: Iterable[_State]) -> str:
    """Weekly hours in words, with each change."""
    told: list[str] = []
    last = None
    for week, _, parameters in states:
        effort = parameters.effort
        total = round(effort.service + effort.asking + effort.partners, 9)
        if total != last:
            told.append(f"{total:g} h from week {week}" if told else f"{total:g} h")
        last = total
    return " and ".join(told)


def _written_event(event: Event) -> dict[str, Any]:
    return event.model_dump(exclude_none=True)


def _yaml(value: Mapping[str, Any], indent: str) -> Iterator[str]:
    """Lines of a mapping. None is left out: it only stands for a plug's default."""
    for key, item in value.items():
        head = f"{indent}{_text(key)}:"
        if isinstance(item, Mapping) and item:
            yield head
            yield from _yaml(item, f"{indent}  ")
        elif isinstance(item, (list, tuple)) and item and isinstance(item[0], Mapping):
            yield head
            for entry in item:
                first, *rest = _yaml(entry, f"{indent}    ")
                yield from (f"{indent}  - {first.strip()}", *rest)
        elif item is not None:
            yield f"{head} {_flow(item)}"


def _flow(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_flow(item) for item in value)}]"
    if isinstance(value, Mapping):
        return "{}"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    """`text` as a scalar that reads back as the same text."""
    if text.isascii() and text.replace("_", "").isalpha() and plain(text) == text:
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(c: str) -> str:
    if c in '"\\':
        return f"\\{c}"
    return c if c.isprintable() else f"\\U{ord(c):08x}"
