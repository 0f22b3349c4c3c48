"""The form of `claim:` as JSON Schema: what was said, and the tests of it."""

from __future__ import annotations

from typing import Any

from wom_sim.scenario.claim import known_measures
from wom_sim.scenario.parameters.claim import LONGEST_LABEL, MOST_TESTS, Saying, Trial
from wom_sim.scenario.reader import LONGEST_LIST, LONGEST_TEXT

Form = dict[str, Any]

MEANINGS = {
    "number": "number of the claim",
    "quotation": "the claim in its author's words",
    "source": "where it was said",
    "input": "which parameters assert it, so that it is no finding",
    "measure": "an outcome, or a measure of claims",
    "against": "another measure of the same kind, held against the first",
    "contrast": "the arms that are compared, the one the claim favours first",
    "effect": "what is made of the arms",
    "rule": "what must hold of the effect",
    "value": "the effect must be above, below, or within this and `to`",
    "to": "upper end of within",
    "first_week": "weeks before it are not counted",
    "asserted": "true for what a parameter asserts: shown, never judged",
    "variant": "tests of one variant must hold together",
}


def claim_form() -> Form:
    """What the reader takes under `claim:`; that arms are there, it checks itself."""
    said = _form(Saying)
    named = {"maxLength": LONGEST_LABEL}
    tests = {
        "description": "the tests by name",
        "type": "object",
        "minProperties": 1,
        "maxProperties": MOST_TESTS,
        "propertyNames": named,
        "additionalProperties": _trial(),
    }
    return {
        **said,
        "properties": {**said["properties"], "tests": tests},
        "required": [*said["required"], "tests"],
    }


def _trial() -> Form:
    form = _form(Trial)
    keys = form["properties"]
    for key in ("measure", "against"):
        keys[key] |= {"enum": [*known_measures(), *([""] if key == "against" else [])]}
    keys["variant"] |= {"maxLength": LONGEST_LABEL}
    keys["contrast"] |= {"maxItems": LONGEST_LIST}
    keys["to"] = {"type": "number", "description": MEANINGS["to"]}
    return form


def _form(section: type[Saying] | type[Trial]) -> Form:
    declared = section.model_json_schema()
    keys = {key: _key(key, form) for key, form in declared["properties"].items()}
    return {
        "type": "object",
        "properties": keys,
        "required": declared["required"],
        "additionalProperties": False,
    }


def _key(key: str, form: Form) -> Form:
    kept = {name: part for name, part in form.items() if name != "title"}
    longest = {"maxLength": LONGEST_TEXT} if form.get("type") == "string" else {}
    return {"description": MEANINGS[key], **kept, **longest}
