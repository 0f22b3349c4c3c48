"""What a file writes under `arms` and `events`: their names, number and form."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from wom_sim.scenario.checks import find, refuse, refuse_unknown, sift, without, written
from wom_sim.scenario.dump import FILE_KEYS, RUN_KEYS
from wom_sim.scenario.faults import Fault, quoted
from wom_sim.scenario.layers import at, overlay, picked
from wom_sim.scenario.parameters import Arm, Event, Parameters
from wom_sim.scenario.reader import MOST_DEPTH, Node
from wom_sim.scenario.scalars import Refusal

LONGEST_NAME = 80
# An arm or a change takes a millisecond to check; a file is to be answered within one second.
MOST_ARMS = 300
MOST_ARM_EVENTS = 250
"""Largest number of events, counted once for each arm they happen in."""

BEFORE_WEEK_0 = (
    "population",
    "trades.count",
    "trades.spheres",
    "partners.group",
    "partners.count",
    "partners.strategies",
    "group.size",
    *RUN_KEYS,
    *FILE_KEYS,
    "events",
    "arms",
)

Dated: TypeAlias = tuple[Event, Node]
"""An event with the node that writes it."""


class State(NamedTuple):
    """Parameters in force from a week on, with the tree they come from."""

    week: int
    tree: Node
    parameters: Parameters


class Plan(NamedTuple):
    """An arm being resolved: its states in order of week, and its events with their nodes."""

    arm: Arm
    node: Node
    states: tuple[State, ...]
    dated: tuple[Dated, ...]


def arms(tree: Node, node: Node | None, log: list[Fault]) -> list[tuple[str, Node]]:
    """The arms that `node` writes, by name; one named base where there is no such node."""
    if node is None:
        return [("base", tree._replace(value={}, name="arms.base"))]
    if node.value is None or isinstance(node.value, Refusal):
        _note_empty(node, log)
        return []
    if not isinstance(node.value, dict):
        refuse(log, node, f"expected arms as 'name: ...' lines, not {written(node)}")
        return []
    if not node.value and log:
        # A name that is refused leaves no arm behind.
        return []
    if not 1 <= len(node.value) <= MOST_ARMS:
        problem = f"expected 1 to {MOST_ARMS} arms, got {len(node.value)}"
        none = "remove the line: without 'arms' there is one, named base"
        refuse(log, node, problem, "leave some out" if node.value else none)
        return []
    _refuse_names(node.value, log)
    return list(node.value.items())


def overrides(node: Node, log: list[Fault]) -> Node:
    """The sections that an arm writes, without its events."""
    if isinstance(node.value, Refusal):
        return node._replace(value={})
    if node.value is None:
        refuse(log, node, "no value given", "write {} for an arm that changes nothing")
        return node._replace(value={})
    if not isinstance(node.value, dict):
        expected = "expected overrides such as 'effort: ...', or {} for the base"
        refuse(log, node, f"{expected}, not {written(node)}")
        return node._replace(value={})
    for key in set(node.value).intersection((*RUN_KEYS, *FILE_KEYS)):
        refuse(log, node.value[key], "is the same for all arms", "write it at the top")
    own = (*RUN_KEYS, *FILE_KEYS, "events")
    return node._replace(value={k: v for k, v in node.value.items() if k not in own})


def events(node: Node | None, weeks: int, log: list[Fault]) -> tuple[Dated, ...]:
    """The events that `node` writes for a run of `weeks`; those at fault are left out."""
    if node is None or node.value is None or isinstance(node.value, Refusal):
        _note_empty(node, log)
        return ()
    if not isinstance(node.value, list):
        expected = "expected a list of events ('- week: 10' ...)"
        refuse(log, node, f"{expected}, not {written(node)}")
        return ()
    found = [_event(item, weeks, log) for item in node.value]
    return tuple(pair for pair in found if pair)


def few_events(
    named: list[tuple[str, Node]], shared: int, top: Node, log: list[Fault]
) -> list[tuple[str, Node]]:
    """The arms, or none where all their events are too many; `shared` is the number at the top."""
    own = [find(node, ("events",)) for _, node in named]
    counts = [len(n.value) if n and isinstance(n.value, list) else shared for n in own]
    if sum(counts) <= MOST_ARM_EVENTS:
        return named
    node = find(top, ("events",)) or find(top, ("arms",)) or top
    problem = f"the arms have {sum(counts)} events together, more than {MOST_ARM_EVENTS}"
    refuse(log, node, problem, "leave some out")
    return []


def refuse_reach(dated: Iterable[Dated], people: int, log: list[Fault]) -> None:
    """Add a fault for each complaint that more people hear than there are."""
    for event, node in dated:
        place = find(node, ("complaint", "reach"))
        if place is not None and event.complaint is not None and event.complaint.reach > people:
            refuse(log, place, f"the town has {people} people, got {event.complaint.reach}")


def refuse_trades(dated: Iterable[Dated], trades: int, log: list[Fault]) -> None:
    """Add a fault for each event in a trade that is not there."""
    for event, node in dated:
        for key in ("join", "leave"):
            trade = getattr(event, key)
            if trade is not None and trade >= trades:
                problem = f"there are {trades} trades, 0 to {trades - 1}; got {trade}"
                refuse(log, find(node, (key,)) or node, problem)


def normal(dated: Iterable[Dated], states: Sequence[State]) -> tuple[Event, ...]:
    """The events, what they set as nested values of the declared types."""
    later = iter(states[1:])
    full = {
        id(node): next(later).parameters.model_dump()
        for event, node in sorted(dated, key=lambda pair: pair[0].week)
        if event.set is not None
    }
    return tuple(
        event.model_copy(update={"set": picked(full[id(node)], node.value["set"])})
        if event.set is not None and isinstance(node.value, dict)
        else event
        for event, node in dated
    )


def refuse_unequal_effort(plans: Sequence[Plan], log: list[Fault]) -> None:
    """Add a fault at the first arm that spends other hours than the first one."""
    spent = [_hours(plan.states) for plan in plans]
    totals = [[(week, total) for week, total, _ in hours] for hours in spent]
    odd = next((k for k, hours in enumerate(totals) if hours != totals[0]), None)
    if odd is None:
        return
    told = ", ".join(
        f"{quoted(plans[k].arm.name)} {' and '.join(text for _, _, text in spent[k])}"
        for k in (0, odd)
    )
    node = find(plans[odd].node, ("effort",)) or plans[odd].node
    problem = f"arms spend different hours a week: {told}"
    remedy = "make them equal or set allow_unequal_effort: true"
    log.append(Fault(*node.key, node.name, problem, remedy))


def _refuse_names(named: Mapping[str, Node], log: list[Fault]) -> None:
    seen: set[str] = set()
    for name, node in named.items():
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
        problem = _name_problem(name, folded in seen)
        if problem:
            log.append(Fault(*node.key, "arms", problem, "choose another name"))
        seen.add(folded)


def _name_problem(name: str, used: bool) -> str:
    if not name.strip() or name != name.strip():
        return f"the name {quoted(name)} is blank or has blanks around it"
    if len(name) > LONGEST_NAME:
        return f"the name {quoted(name)} has {len(name)} characters, more than {LONGEST_NAME}"
    return f"the name {quoted(name)} is used twice" if used else ""


def _note_empty(node: Node | None, log: list[Fault]) -> None:
    if node is not None and node.value is None:
        refuse(log, node, "no value given", "write one or remove the line")


def _event(node: Node, weeks: int, log: list[Fault]) -> Dated | None:
    if node.value is None or isinstance(node.value, Refusal):
        _note_empty(node, log)
        return None
    if not isinstance(node.value, dict):
        refuse(log, node, f"expected 'week: ...' and what happens, not {written(node)}")
        return None
    node = _with_set(node, log)
    before = len(log)
    clean, event = sift(Event, node, log)
    if event is None or len(log) > before:
        return None
    kinds = [k for k in ("complaint", "join", "leave", "set") if getattr(event, k) is not None]
    if len(kinds) != 1:
        given = " and ".join(kinds) or "none"
        problem = f"expected one of complaint, join, leave, set; got {given}"
        refuse(log, node, problem, "write one event for each")
    if event.week >= weeks:
        place = find(clean, ("week",)) or clean
        problem = f"week {event.week} is after the last week, {weeks - 1}"
        refuse(log, place, problem, "choose an earlier week or a longer run")
    return event, clean


def _with_set(node: Node, log: list[Fault]) -> Node:
    change = find(node, ("set",))
    if change is None or not isinstance(change.value, dict):
        return node
    nested = change._replace(value={})
    if not change.value:
        refuse(log, change, "changes nothing", "write dotted.name: value")
    _refuse_twice(change.value, log)
    for key, child in change.value.items():
        if key.count(".") >= MOST_DEPTH:
            refuse_unknown(key, child, (), log)
            continue
        nested = overlay(nested, at(change, key.split("."), child), deep=True)
    for name in BEFORE_WEEK_0:
        early = find(nested, name.split("."))
        if early is not None:
            problem = f"'{name}' decides the world before week 0"
            joins = ", or use 'join' and 'leave'" if name == "partners.group" else ""
            refuse(log, early, problem, f"make it an arm instead{joins}")
            nested = without(nested, name.split("."))
    below = node.value if isinstance(node.value, dict) else {}
    return node._replace(value={**below, "set": nested})


def _refuse_twice(change: Mapping[str, Node], log: list[Fault]) -> None:
    """Add a fault for what is set by its dotted name and in its section too."""
    ends: set[tuple[str, ...]] = set()
    above: set[tuple[str, ...]] = set()
    for key, child in change.items():
        for path, node in list(_leaves(tuple(key.split(".")), child)):
            ways = {path[:length] for length in range(1, len(path))}
            if path in ends or path in above or ways & ends:
                refuse(log, node, "is set twice", "remove one")
            ends.add(path)
            above |= ways


def _leaves(path: tuple[str, ...], node: Node) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Values below a node, with their paths."""
    if not isinstance(node.value, dict) or not node.value:
        yield path, node
        return
    for key, child in node.value.items():
        yield from _leaves((*path, key), child)


def _hours(states: Iterable[State]) -> list[tuple[int, float, str]]:
    """Weekly hours from each week on that they change: the week, the total, and both in words."""
    found: list[tuple[int, float, str]] = []
    for week, _, parameters in states:
        hours = {key: value for key, value in parameters.effort.model_dump().items() if value}
        total = round(sum(hours.values()), 9)
        if not found or found[-1][1] != total:
            parts = " + ".join(f"{key} {value:g}" for key, value in hours.items())
            told = f"{total:g} h ({parts})" if len(hours) > 1 else f"{total:g} h"
            found.append((week, total, f"{told} from week {week}" if found else told))
    return found
