"""What was probably meant by a key that is unknown where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from wom_sim.scenario.faults import nearest, suggestion
from wom_sim.scenario.parameters import Parameters
from wom_sim.scenario.quantities import declarations
from wom_sim.scenario.registry import PLACES

_MEANT = {
    **dict.fromkeys(("months", "years", "duration", "horizon", "steps", "ticks"), "weeks"),
    **dict.fromkeys(("random_seed", "rng", "rng_seed"), "seed"),
    **dict.fromkeys(("runs", "worlds", "repetitions", "iterations", "repeats"), "replications"),
    **dict.fromkeys(("scenario", "name", "title", "description"), "question"),
    **dict.fromkeys(("agents", "people", "consumers", "n_agents", "town"), "population.size"),
    **dict.fromkeys(("network", "graph", "topology"), "population.network"),
    **dict.fromkeys(("professionals", "colleagues"), "population.professionals"),
    **dict.fromkeys(("ties",), "population.ties"),
    **dict.fromkeys(("strategy", "strategies"), "partners.strategies"),
    **dict.fromkeys(("rule",), "judgement.rule"),
    **dict.fromkeys(("word_of_mouth", "wom"), "talk"),
    **dict.fromkeys(("alternatives", "arm"), "arms"),
    **dict.fromkeys(("warm_up", "warmup", "burn_in"), "history_weeks"),
    "event": "events",
    **dict.fromkeys(("scenarios", "variants", "cases", "conditions", "treatments"), "arms"),
    "inherits": "extends",
    "include": "extends",
    "plugin": "plugins",
}
"""Words of other tools and of everyday speech, at the top or in an arm."""

_CHOSEN_BY_KIND = tuple(place.name for place in PLACES)
_NEEDLESS = ("parameters", "params", "base", "defaults", "settings", "scenario", "simulation")


def remedy_for(key: str, name: str, known: tuple[str, ...], holds: Iterable[str]) -> str:
    """The remedy for an unknown `key` that stands at the dotted `name` and holds keys itself.

    `known` are the keys that would be right in its place.
    """
    names, inside = _declared(), set(holds)
    section = name.rpartition(".")[0]
    if known and section.endswith(_CHOSEN_BY_KIND):
        known = ("kind", *known)
    arm = section.startswith("arms.") and section.count(".") == 1
    top = arm or "arms" in known
    folded = {word.casefold(): word for word in known}
    if key.casefold() in folded:
        return f"did you mean '{folded[key.casefold()]}'?"
    if "complaint" in known:
        return _in_event(key, known)
    if top and key in _NEEDLESS and inside:
        return "write its settings here, without it"
    if "arms" in known and inside and inside <= set(Parameters.model_fields) | {"events"}:
        return "indent it below 'arms', or remove it"
    dotted = _nested(key, name, names)
    if dotted:
        return dotted
    if key == "hours" and section in ("service", "asking", "partners"):
        return f"did you mean 'effort.{section}'?"
    if top and key in _MEANT and (not arm or _in_arms(_MEANT[key])):
        return f"did you mean '{_MEANT[key]}'?"
    return _elsewhere(key, section, known, names) or suggestion(key, known)


def _in_event(key: str, known: tuple[str, ...]) -> str:
    section = key.split(".")[0]
    if section in ("partners", "group"):
        return "write 'join' or 'leave' with the number of a trade, or 'set: {effort: ...}'"
    if section in Parameters.model_fields:
        return f"parameters change below 'set': set: {{{key}: ...}}"
    if key in ("when", "at", "date", "month", "day", "time", "year", "start"):
        return "did you mean 'week'? weeks count from 0"
    return suggestion(key, known)


def _of_plug(section: str) -> bool:
    return section.endswith(_CHOSEN_BY_KIND) or "partners.strategies" in section


def _in_arms(name: str) -> bool:
    return name.split(".")[0] in (*Parameters.model_fields, "events")


def _nested(key: str, name: str, names: tuple[str, ...]) -> str:
    """The remedy for a dotted name that is written as one key."""
    whole = next((full for full in names if f".{name}".endswith(f".{full}")), None)
    if whole is None or "." not in key:
        return ""
    above, _, last = key.rpartition(".")
    return f"write '{last}' below '{above}'"


def _elsewhere(key: str, section: str, known: tuple[str, ...], names: tuple[str, ...]) -> str:
    """The remedy for a key that is right in another section, first in one below this."""
    if _of_plug(section):
        return ""
    fitting = [] if key == "share" else [full for full in names if full.endswith(f".{key}")]
    own = section.rpartition(".")[2]
    near = [full for full in fitting if f".{own}." in f".{full}"]
    chosen = near or fitting
    if not chosen or (len(chosen) > 3 and nearest(key, known)):
        return ""
    *most, last = (f"'{full}'" for full in chosen[:3])
    return f"did you mean {', '.join(most)}{' or ' if most else ''}{last}?"


@cache
def _declared() -> tuple[str, ...]:
    return tuple(entry.name for entry in declarations(Parameters))
