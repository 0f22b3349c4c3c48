"""The form of `explore:` as JSON Schema."""

from __future__ import annotations

from typing import Any

from wom_sim.scenario.parameters.explore import (
    LONGEST_WORDS,
    MOST_PRESETS,
    MOST_SLIDERS,
    Move,
    Terms,
)

Form = dict[str, Any]

_MEANINGS = {
    "compare": "two arms whose worlds are held against each other, the headline's second",
    "people": "inhabitants of the page's town",
    "range": "from, to",
    "says": "the label, {} standing for the value and (s) for a plural",
}


def explore_form() -> Form:
    """What the reader takes under `explore:`; that it fits the arms, it checks itself."""
    slider = {"type": "object", "properties": _properties(Move), "additionalProperties": False}
    preset = {"type": "object", "additionalProperties": {"type": "number"}}
    return {
        "type": "object",
        "properties": {
            **_properties(Terms),
            "sliders": {
                "description": "names of numbers that can be moved",
                "type": "object",
                "maxProperties": MOST_SLIDERS,
                "additionalProperties": slider,
            },
            "presets": {
                "description": "questions, each with the sliders that it sets",
                "type": "object",
                "maxProperties": MOST_PRESETS,
                "propertyNames": {"maxLength": LONGEST_WORDS},
                "additionalProperties": preset,
            },
        },
        "additionalProperties": False,
    }


def _properties(section: type[Move] | type[Terms]) -> Form:
    declared = section.model_json_schema()["properties"]
    return {key: _property(key, form) for key, form in declared.items()}


def _property(key: str, form: Form) -> Form:
    own = {name: value for name, value in form.items() if name != "title"}
    if own["type"] == "array":
        own |= {"minItems": 2, "maxItems": 2}
    return {"description": _MEANINGS[key], **own}
