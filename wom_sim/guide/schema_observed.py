"""The form of `observed:` as JSON Schema."""

from __future__ import annotations

from typing import Any

from wom_sim.scenario.parameters.observed import QUANTITIES, Quantity
from wom_sim.scenario.quantities import HORIZON
from wom_sim.scenario.reader import LONGEST_TEXT

Form = dict[str, Any]


def observed_form() -> Form:
    """What the reader takes under `observed:`; that it fits the arms, it checks itself."""
    terms: dict[str, Form] = {
        "arm": {"description": "the arm that the business really is in (default: the baseline)",
                "type": "string", "maxLength": LONGEST_TEXT},
        "from_week": {"description": "week from which on the business was watched",
                      "type": "integer", "minimum": 0, "maximum": HORIZON - 1, "default": 0},
        "hold_out": {"description": "quantities that are not fitted to, but predicted",
                     "type": "array", "items": {"type": "string", "maxLength": LONGEST_TEXT}},
    }
    known = {name: _quantity(one) for name, one in QUANTITIES.items()}
    return {"type": "object", "properties": {**terms, **known}, "additionalProperties": False}


def _quantity(one: Quantity) -> Form:
    number = {"type": "number", "minimum": 0, "maximum": one.most}
    error = {"description": "its standard error", **number, "default": 0}
    return {
        "description": one.meaning,
        "anyOf": [
            number,
            {"type": "object", "properties": {"value": number, "give_or_take": error},
             "required": ["value"], "additionalProperties": False},
        ],
    }
