"""`observed:` read and checked against the rest of the scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wom_sim.scenario.checks import (
    SUM_TOLERANCE,
    find,
    keys_below,
    refuse,
    refuse_unknown,
    sift,
    written,
)
from wom_sim.scenario.faults import Fault, quoted, suggestion
from wom_sim.scenario.files import Surroundings
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.parameters.observed import (
    QUANTITIES,
    SOURCES,
    Amount,
    Observation,
    Observed,
    Portion,
    Terms,
)
from wom_sim.scenario.reader import Node
from wom_sim.scenario.scalars import Refusal
from wom_sim.scenario.series import series_of

EXAMPLE = "observed: {new_clients_a_year: 60}"


def observed_of(
    node: Node | None, scenario: Scenario, around: Surroundings, log: list[Fault]
) -> Observed | None:
    """What `node` says was observed; None, perhaps after faults, if nothing."""
    below = keys_below(node, f"'{EXAMPLE}'", log)
    if node is None or below is None:
        return None
    before = len(log)
    given = {key: child for key, child in below.items() if key in Terms.model_fields}
    held = given.get("hold_out")
    if held is not None and isinstance(held.value, (str, int, float, dict)):
        expected = f"expected a list of names such as [{next(iter(QUANTITIES))}]"
        refuse(log, held, f"{expected}, not {written(held)}")
        return None
    _, terms = sift(Terms, node._replace(value=given), log)
    series = series_of(below.get("series"), around, scenario.weeks, log)
    left = {k: v for k, v in below.items() if k not in given and k != "series"}
    found = tuple(_quantities(left, log))
    if terms is None or len(log) > before:
        return None
    known = Observed(
        arm=terms.arm or scenario.baseline, from_week=terms.from_week,
        hold_out=tuple(terms.hold_out), quantities=found, series=series,
    )
    for key, problem, remedy in _conflicts(known, scenario):
        refuse(log, find(node, (key,)) or node, problem, remedy)
    return known if len(log) == before else None


def _quantities(given: Mapping[str, Node], log: list[Fault]) -> Iterator[Observation]:
    for name, node in given.items():
        if name not in QUANTITIES:
            refuse_unknown(name, node, (*Terms.model_fields, "series", *QUANTITIES), log)
        elif node.value is None:
            refuse(log, node, "no value given", "write one or remove the line")
        elif not isinstance(node.value, (dict, Refusal)):
            yield from _quantity(name, node._replace(value={"value": node}), log)
        else:
            yield from _quantity(name, node, log)


def _quantity(name: str, node: Node, log: list[Fault]) -> Iterator[Observation]:
    found: Amount | Portion | None
    if QUANTITIES[name].of:
        _, found = sift(Portion, node, log)
    else:
        _, found = sift(Amount, node, log)
    if found is not None:
        yield Observation(name=name, **found.model_dump())


def _conflicts(known: Observed, scenario: Scenario) -> Iterator[tuple[str, str, str]]:
    """Keys at fault, each with the problem and what to do."""
    summaries, arms = known.summaries(scenario.weeks), [arm.name for arm in scenario.arms]
    names = dict.fromkeys([*(one.name for one in known.series), *(one.name for one in summaries)])
    if arms and known.arm not in arms:
        yield "arm", f"no arm {quoted(known.arm)}", suggestion(known.arm, arms)
    if known.from_week >= scenario.weeks:
        yield ("from_week", f"week {known.from_week} is not before the end, week"
               f" {scenario.weeks}", "lower it or raise weeks")
    for name in known.hold_out:
        if name not in names:
            yield "hold_out", f"{quoted(name)} is not observed", suggestion(name, names)
    if all(one.held_out for one in summaries):
        yield "", "nothing observed to fit to", f"write a quantity, such as '{EXAMPLE}'"
    shares = [one.value for one in known.quantities if one.name in SOURCES]
    total = sum(shares)
    if total > 1 + SUM_TOLERANCE:
        yield "", f"shares of new clients sum to {total:.10g}, more than 1", "change a share"
    elif len(shares) == len(SOURCES) and total < 1 - SUM_TOLERANCE:
        yield ("", f"shares of new clients sum to {total:.10g}, must be 1",
               "change a share, or leave one out")
