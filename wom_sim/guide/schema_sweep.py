"""The form of `sweep:` as JSON Schema: a design, and names with their values."""

from __future__ import annotations

from typing import Any

from wom_sim.scenario.parameters.sweep import MOST_POINTS, MOST_VALUES, Plan
from wom_sim.scenario.reader import LONGEST_TEXT

Form = dict[str, Any]

_NUMBER: Form = {"type": "number"}
_ABOVE_ZERO: Form = {"type": "number", "exclusiveMinimum": 0}
_HOW_MANY: Form = {"type": "integer", "minimum": 2, "maximum": MOST_VALUES}


def sweep_form() -> Form:
    """What the reader takes under `sweep:`; that names and values fit, it checks itself."""
    designs = Plan.model_json_schema()["properties"]["design"]["enum"]
    return {
        "type": "object",
        "properties": {
            "design": {
                "description": "every combination of the values, or points drawn at random",
                "enum": designs,
                "default": "grid",
            },
            "points": {
                "description": "how many points are drawn; for sobol a power of two",
                "type": "integer",
                "minimum": 1,
                "maximum": MOST_POINTS,
            },
        },
        "additionalProperties": {"anyOf": [_values(), *_forms()]},
    }


def _values() -> Form:
    words = {"type": "string", "maxLength": LONGEST_TEXT}
    return {
        "description": "the values of a name",
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_VALUES,
        "items": {"anyOf": [_NUMBER, {"type": "boolean"}, words]},
    }


def _forms() -> list[Form]:
    return [
        _one("linspace", "from, to, how many: even steps", [_NUMBER, _NUMBER, _HOW_MANY]),
        _one("logspace", "from, to, how many: even factors",
             [_ABOVE_ZERO, _ABOVE_ZERO, _HOW_MANY]),
        _one("range", "from, to: drawn evenly", [_NUMBER, _NUMBER]),
        _one("log_range", "from, to: drawn evenly in logarithm", [_ABOVE_ZERO, _ABOVE_ZERO]),
    ]


def _one(form: str, meaning: str, items: list[Form]) -> Form:
    exactly = {"type": "array", "prefixItems": items, "items": False, "minItems": len(items)}
    return {
        "type": "object",
        "properties": {form: {"description": meaning, **exactly}},
        "required": [form],
        "additionalProperties": False,
    }
