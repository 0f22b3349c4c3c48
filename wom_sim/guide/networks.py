"""Networks told as sentences, and what notes say of them: who knows whom, who can refer to whom."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wom_sim.guide.telling import rough, shown
from wom_sim.scenario import registry
from wom_sim.scenario.faults import visible
from wom_sim.scenario.parameters import Arm, Parameters
from wom_sim.scenario.registry import PEOPLE, PROFESSIONALS, Place

USUAL = "Every business can refer to every other."
"""Said only where arms differ in it."""

_KINDS = {
    "small_world": "each tied to {neighbours} neighbours on a ring, a share of {rewiring} rewired",
    "scale_free": "each newcomer ties to {links} of the well connected",
    "random": "every two tied with the same chance, {mean_degree} ties a {one} on average",
    "complete": "everybody knows everybody",
    "cliques": "cliques of {members} who all know each other and nobody else",
    "degree_sequence": "random ties, {degrees} a {one} in turn",
    "file": "ties read from {path}",
}


def network(p: Parameters) -> str:
    """Who knows whom, in a few words."""
    return f"{_words(PEOPLE, p, 'person')}{_mean_ties(PEOPLE, p, 'person')}"


def professionals(p: Parameters) -> str:
    """Who can refer to whom, in a sentence."""
    spec = PROFESSIONALS.of(p)
    if spec["kind"] == "complete":
        return USUAL
    if spec["kind"] == "file":
        return f"Who can refer to whom is read from {visible(str(spec['path']))} (directed)."
    text = f"{_words(PROFESSIONALS, p, 'business')}{_mean_ties(PROFESSIONALS, p, 'business')}"
    return f"Who can refer to whom, both ways: {text}."


def _words(place: Place, p: Parameters, one: str) -> str:
    spec = place.of(p)
    settings = {key: shown(value) for key, value in spec.items() if key != "kind"}
    known = _KINDS.get(spec["kind"])
    if known is not None and (settings or spec["kind"] == "complete"):
        return known.format(one=one, **settings)
    more = ", ".join(f"{key} {value}" for key, value in settings.items())
    return f"network {visible(spec['kind'])}{f' ({more})' if more else ''}"


def _mean_ties(place: Place, p: Parameters, one: str) -> str:
    """Ties one has on average, for a network that tells and does not say so itself."""
    spec, size = place.of(p), place.number(p)
    kind, settings = spec["kind"], {key: value for key, value in spec.items() if key != "kind"}
    if kind in ("small_world", "random") or kind not in registry.networks:
        return ""
    ties = registry.networks[kind].facts.get("ties")
    if not ties:
        return ""
    return f", {rough(2 * float(ties(size, **settings)) / size)} ties a {one} on average"


def left_out(arm: Arm, folder: str) -> Iterator[str]:
    """People of a file of professionals beyond the trades; `folder` is that of the scenario."""
    spec, trades = PROFESSIONALS.of(arm.parameters), PROFESSIONALS.number(arm.parameters)
    people = _people(spec, folder)
    if people > trades:
        first = f"first {trades} are the trades" if trades > 1 else "first is the trade"
        rest = people - trades
        others = f"other {rest} are ignored" if rest > 1 else "last is ignored"
        yield (f"{PROFESSIONALS.name}: {visible(str(spec['path']))} holds {people} people: the"
               f" {first}, the {others}.")


def _people(spec: dict[str, Any], folder: str) -> int:
    """People in the file of a network, 0 where there is none that says how many."""
    kind = spec["kind"]
    facts = registry.networks[kind].facts if kind in registry.networks else {}
    if "people" not in facts or "path" not in spec:
        return 0
    try:
        return int(facts["people"](Path(folder) / spec["path"]))
    except (OSError, ValueError):  # gone or changed since it was read: the run will say so
        return 0


def weak_ties(arm: Arm) -> Iterator[str]:
    """That few ties can be strong, for want of triangles."""
    ties, spec = arm.parameters.population.ties, PEOPLE.of(arm.parameters)
    common = _in_common(spec, arm.parameters.population.size)
    if ties.strong_by == "shared_neighbours" and common < ties.shared_neighbours:
        yield (f"with population.ties.strong_by: shared_neighbours few ties are strong in a"
               f" {visible(spec['kind'])} network: hardly any two people with a tie have"
               f" {ties.shared_neighbours} neighbours in common; lower shared_neighbours, or"
               " use strong_by: share.")


def _in_common(network: dict[str, Any], size: int) -> float:
    """Neighbours that two people with a tie may well have in common, in a network known here.

    Where there are no triangles but by chance, twice the mean (fitted for scale_free).
    """
    kind = network["kind"]
    if kind == "small_world":
        return float(network["neighbours"] - 2)
    if kind == "cliques":
        return float(network["members"] - 2)
    if kind == "scale_free":
        return 0.9 * (float(network["links"]) * math.log(size)) ** 2 / size
    if kind == "random":
        return 2 * float(network["mean_degree"]) ** 2 / size
    if kind == "degree_sequence" and any(network["degrees"]):
        degrees = network["degrees"]
        mean = sum(degrees) / len(degrees)
        further = sum(k * (k - 1) for k in degrees) / sum(degrees)
        return float(2 * further**3 / (size * mean))
    return math.inf
