"""The form of `precision:` as JSON Schema."""

from __future__ import annotations

from typing import Any

from wom_sim.scenario.parameters import Precision

Form = dict[str, Any]

_MEANINGS = {
    "outcome": "the outcome that is to be known",
    "half_width": "half the 95 % interval of each difference (one arm: of its mean), in its unit",
    "relative": "error of a positive mean, as a share of it; for one arm",
    "least": "worlds that are run in any case",
    "most": "worlds after which the run ends, known or not",
}


def precision_form() -> Form:
    """What the reader takes under `precision:`; that it fits the arms, it checks itself."""
    declared = Precision.model_json_schema()["properties"]
    return {
        "type": "object",
        "properties": {key: _property(key, form) for key, form in declared.items()},
        "additionalProperties": False,
    }


def _property(key: str, form: Form) -> Form:
    own = {name: value for name, value in form.items() if name not in ("title", "anyOf")}
    parts: list[Form] = form.get("anyOf", [])
    number = next((one for one in parts if one.get("type") == "number"), {})
    if own.get("default", 0) is None:
        del own["default"]
    return {"description": _MEANINGS[key], **own, **number}
