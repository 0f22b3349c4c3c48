"""`claim:` read and checked: keys, then measures and arms, then whether it can fail at all."""

from __future__ import annotations

from collections.abc import Sequence

from wom_sim.scenario.checks import find, keys_below, refuse, sift, written
from wom_sim.scenario.faults import Fault, quoted, suggestion
from wom_sim.scenario.parameters.claim import (
    ARMS_OF,
    LONGEST_LABEL,
    MOST_TESTS,
    Claim,
    Saying,
    Trial,
)
from wom_sim.scenario.reader import Node
from wom_sim.scenario.registry import measures, outcomes
from wom_sim.scenario.scalars import Refusal

EXAMPLE = "closed: {measure: clients_won, contrast: [A, B], rule: above, value: 0}"


def known_measures() -> tuple[str, ...]:
    """What a test may measure: measures of claims, and outcomes."""
    return (*measures, *outcomes)


def written_claim(node: Node | None, log: list[Fault]) -> Claim | None:
    """The claim that `node` writes; None where there is none or a part is at fault."""
    given = keys_below(node, "number, quotation, source and tests", log)
    if node is None or given is None:
        return None
    before = len(log)
    own = {key: child for key, child in given.items() if key != "tests"}
    _, saying = sift(Saying, node._replace(value=own), log)
    tests = _tests(given.get("tests"), node, log)
    if len(log) > before or saying is None:
        return None
    return Claim(**saying.model_dump(), tests=tests)


def _tests(node: Node | None, claim: Node, log: list[Fault]) -> dict[str, Trial]:
    if node is not None and isinstance(node.value, Refusal):
        return {}
    if node is None or not isinstance(node.value, dict) or not node.value:
        refuse(log, node or claim, "names no test", f"write tests: {{{EXAMPLE}}}")
        return {}
    if len(node.value) > MOST_TESTS:
        refuse(log, node, f"{len(node.value)} tests; at most {MOST_TESTS} are allowed")
        return {}
    found = {name: _trial(name, child, log) for name, child in node.value.items()}
    return {name: trial for name, trial in found.items() if trial is not None}


def _trial(name: str, node: Node, log: list[Fault]) -> Trial | None:
    if not isinstance(node.value, (dict, Refusal)):
        refuse(log, node, f"expected a test such as '{EXAMPLE}', not {written(node) or 'nothing'}")
        return None
    _, trial = sift(Trial, node, log)
    if trial is not None:
        _refuse_measures(trial, node, log)
    longest = max(len(name), len(trial.variant) if trial else 0)
    if longest > LONGEST_LABEL:
        refuse(log, node, f"a name of {longest} characters; at most {LONGEST_LABEL} are allowed")
    return trial


def _refuse_measures(trial: Trial, place: Node, log: list[Fault]) -> None:
    known = known_measures()
    for key in ("measure", "against"):
        name = getattr(trial, key)
        if name and name not in known:
            at = find(place, (key,)) or place
            refuse(log, at, f"no measure {quoted(name)}", suggestion(name, known))


def refuse_claim(claim: Claim, node: Node, arms: Sequence[str], weeks: int,
                 log: list[Fault]) -> None:
    """Add a fault for each test that names what is not there, or that could not fail."""
    before = len(log)
    for name, trial in claim.tests.items():
        place = find(node, ("tests", name)) or node
        _refuse_arms(trial, place, arms, log)
        _refuse_form(trial, place, weeks, log)
    if len(log) == before:
        _refuse_idle(claim, node, log)


def _refuse_arms(trial: Trial, place: Node, arms: Sequence[str], log: list[Fault]) -> None:
    at = find(place, ("contrast",)) or place
    for name in trial.contrast:
        if name not in arms:
            refuse(log, at, f"no arm {quoted(name)}", suggestion(name, arms))
            return
    if len(set(trial.contrast)) < len(trial.contrast):
        refuse(log, at, "an arm is held against itself", "name different arms")


def _refuse_form(trial: Trial, place: Node, weeks: int, log: list[Fault]) -> None:
    takes = ARMS_OF[trial.effect]
    at = find(place, ("contrast",)) or place
    if len(trial.contrast) not in takes:
        wanted = " or ".join(map(str, takes))
        problem = f"{trial.effect} takes {wanted} arms, got {len(trial.contrast)}"
        refuse(log, at, problem)
    elif trial.effect == "ratio" and len(trial.contrast) == 1 and not trial.against:
        refuse(log, at, "a ratio of one arm needs a measure to divide by", "write against: ...")
    at = find(place, ("to",)) or find(place, ("value",)) or place
    if trial.rule == "within" and (trial.to is None or trial.to <= trial.value):
        refuse(log, at, "within needs value and a larger to", "write both ends")
    elif trial.rule != "within" and trial.to is not None:
        refuse(log, at, "to is for the rule within", "remove it")
    if trial.first_week >= weeks:
        at = find(place, ("first_week",)) or place
        refuse(log, at, f"the run has {weeks} weeks, 0 to {weeks - 1}; got {trial.first_week}")


def _refuse_idle(claim: Claim, node: Node, log: list[Fault]) -> None:
    """Refuse a variant that an arm would pass against itself: it would find nothing out."""
    if not claim.variants:
        refuse(log, find(node, ("tests",)) or node, "all tests are asserted", "add one that is not")
    for label, names in claim.variants.items():
        trials = [claim.tests[name] for name in names]
        if all(len(t.contrast) > 1 and t.satisfied_by(nothing(t)) for t in trials):
            place = find(node, ("tests", names[0])) or node
            problem = f"{quoted(label)} would hold of an arm against itself"
            refuse(log, place, problem, "change value, or add a test of a change")


def nothing(trial: Trial) -> float:
    """The effect between equal arms."""
    return 1.0 if trial.effect == "ratio" else 0.0
