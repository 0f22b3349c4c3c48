"""The form of `observed:` as JSON Schema."""

from __future__ import annotations

from typing import Any

from wom_sim.scenario.parameters.observed import MOST_OBSERVED, QUANTITIES, Quantity
from wom_sim.scenario.parameters.series import WEEKLY, Weekly
from wom_sim.scenario.quantities import HORIZON
from wom_sim.scenario.reader import LONGEST_TEXT
from wom_sim.scenario.series import MOST_WEEKS

Form = dict[str, Any]


def observed_form(file: Form) -> Form:
    """What the reader takes under `observed:`; that it fits the arms, it checks itself.

    `file` is the form of a file's name.
    """
    terms: dict[str, Form] = {
        "arm": {"description": "the arm that the business really is in (default: the baseline)",
                "type": "string", "maxLength": LONGEST_TEXT},
        "from_week": {"description": "week from which on the business was watched",
                      "type": "integer", "minimum": 0, "maximum": HORIZON - 1, "default": 0},
        "hold_out": {"description": "quantities, series or spans of series that are not"
                     " fitted to, but predicted",
                     "type": "array", "items": {"type": "string", "maxLength": LONGEST_TEXT}},
    }
    weekly = {name: _series(one, file) for name, one in WEEKLY.items()}
    terms["series"] = {"description": "weekly series of the business, by name", "type": "object",
                       "properties": weekly, "additionalProperties": False}
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


def _series(one: Weekly, file: Form) -> Form:
    path = {"description": "CSV file with a column week and one for the series", **file}
    column = {"description": "its column (default: the name of the series)", "type": "string",
              "maxLength": LONGEST_TEXT}
    week = {"type": "integer", "minimum": 0, "maximum": HORIZON - 1}
    value = {"type": "number", "minimum": 0, "maximum": MOST_OBSERVED}
    return {
        "description": one.meaning,
        "anyOf": [
            path,
            {"type": "object", "properties": {"path": path, "column": column},
             "required": ["path"], "additionalProperties": False},
            {"type": "object", "properties": {"weeks": _list(week), "values": _list(value)},
             "required": ["weeks", "values"], "additionalProperties": False},
        ],
    }


def _list(items: Form) -> Form:
    return {"type": "array", "items": items, "minItems": 1, "maxItems": MOST_WEEKS}
