"""`precision:` read and checked against the rest of the scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wom_sim.scenario.checks import keys_below, refuse, refuse_plug, sift
from wom_sim.scenario.faults import Fault
from wom_sim.scenario.parameters.precision import Precision
from wom_sim.scenario.reader import Node
from wom_sim.scenario.registry import Registry

EXAMPLE = "precision: {outcome: clients_won, half_width: 2}"


def precision_of(
    top: Mapping[str, Node], arms: int, outcomes: Registry, log: list[Fault]
) -> Precision | None:
    """The precision that the keys `top` of a file ask for; None, perhaps after faults, if none."""
    node = top.get("precision")
    given = keys_below(node, f"'{EXAMPLE}'", log)
    if node is None or given is None:
        return None
    before = len(log)
    _, found = sift(Precision, node, log)
    if found is None or len(log) > before:
        return None
    if found.outcome not in outcomes:
        at = given["outcome"]
        refuse_plug(found.outcome, at._replace(key=at.mark), outcomes, log)
    for key, problem, remedy in _conflicts(found, top, max(1, arms)):
        refuse(log, top.get(key) or given.get(key) or node, problem, remedy)
    return found if len(log) == before else None


def _conflicts(
    found: Precision, top: Mapping[str, Node], arms: int
) -> Iterator[tuple[str, str, str]]:
    """Keys at fault, each with the problem and what to do."""
    if "replications" in top:
        yield ("replications", "precision decides how many worlds are run",
               "remove one of the two")
    if "sweep" in top:
        yield ("precision", "a sweep runs as many worlds at each point", "write replications")
    if found.half_width is not None and found.relative is not None:
        yield "relative", "there is half_width already", "remove one of the two"
    elif arms > 1 and found.relative is not None:
        yield ("relative", "a difference may be zero, of which there is no share",
               "write half_width, in the outcome's unit")
    elif found.half_width is None and found.relative is None:
        more = "" if arms > 1 else ", or relative for a share of the mean"
        yield "precision", "no precision given", f"write half_width, in the outcome's unit{more}"
    if found.most < found.least:
        yield "most", f"{found.most} is fewer than least ({found.least})", "raise it"
