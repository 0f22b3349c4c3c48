"""A scenario as text: the keys of a file, the file written out, the canonical form and its hash."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from wom_sim.scenario.parameters import Event, Parameters, Scenario
from wom_sim.scenario.reader import MOST_BYTES, MOST_NODES
from wom_sim.scenario.scalars import plain

FIRST_LINE = (
    "# Resolved by wom_sim: every default written out. Running this file gives the same results."
)
SCHEMA = 1
_BARE = re.compile("[A-Za-z_]+|[a-z][a-z_]*[0-9]+")

RUN_KEYS = (
    "schema",
    "question",
    "preset",
    "seed",
    "replications",
    "weeks",
    "history_weeks",
    "treated",
    "baseline",
    "allow_unequal_effort",
)
FILE_KEYS = (
    "extends", "plugins", "outcomes", "figures", "sweep", "precision", "claim", "observed",
    "explore",
)
"""Keys of a file besides those of a run, sections, events and arms."""

SECTIONS = tuple(Parameters.model_fields)


def dump(scenario: Scenario) -> str:
    """The scenario as YAML with every default written out; reading it gives the scenario again.

    It says nothing of where the file was: `stem` and `folder` are those of the new file.
    Where it would be too long to be read, `too_long` says so.
    """
    return _written(_content(scenario))


def too_long(scenario: Scenario) -> str:
    """Why the scenario could not be read again once it is dumped; empty where it could."""
    content = _content(scenario)
    values = _values(content)
    if values > MOST_NODES:
        return f"with every default written out it has {values} values, more than {MOST_NODES}"
    size = len(_written(content).encode())
    if size > MOST_BYTES:
        return f"with every default written out it is {size} bytes long, more than {MOST_BYTES}"
    return ""


def _written(content: Mapping[str, Any]) -> str:
    return "\n".join([FIRST_LINE, *_yaml(content, "")]) + "\n"


def _content(scenario: Scenario) -> dict[str, Any]:
    """What `dump` writes, by key in the order of the file."""
    top = {"schema": SCHEMA, **{key: getattr(scenario, key) for key in RUN_KEYS[1:]}}
    arms = {arm.name: arm.overrides for arm in scenario.arms}
    events = [written_event(event) for event in scenario.events]
    own = {
        "plugins": [plugin.model_dump(exclude={"text"}) for plugin in scenario.plugins],
        "outcomes": scenario.outcomes,
        "figures": scenario.figures,
        "sweep": written_sweep(scenario),
        "precision": scenario.precision and scenario.precision.model_dump(exclude_none=True),
        "claim": scenario.claim and scenario.claim.model_dump(exclude_defaults=True),
        "observed": written_observed(scenario),
        "explore": written_explore(scenario),
    }
    if scenario.precision is not None:
        del top["replications"]
    given = {key: value for key, value in own.items() if value}
    return {**top, **given, **scenario.base.model_dump(), "events": events, "arms": arms}


def _values(item: Any) -> int:
    """Values in what `_yaml` writes, as the reader counts them: without keys, with mappings."""
    if isinstance(item, Mapping):
        return 1 + sum(_values(below) for below in item.values() if below is not None)
    return 1 + sum(map(_values, item)) if isinstance(item, (list, tuple)) else 1


def canonical(scenario: Scenario) -> str:
    """The resolved values as JSON, the same however and wherever the file was written.

    Without `stem` and `folder`, and without what arms override, which their parameters hold.
    A file is known by its fingerprint, not by its place.
    """
    content = scenario.model_dump(
        exclude={
            "stem": True,
            "folder": True,
            "plugins": {"__all__": {"path", "text"}},
            "arms": {"__all__": {"overrides"}},
        }
    )
    for key in ("sweep", "precision", "claim", "observed", "explore"):
        if content[key] is None:
            # The form, and so the hash, is older than these keys.
            del content[key]
    if scenario.observed is not None and not scenario.observed.series:
        # As is this key.
        del content["observed"]["series"]
    return json.dumps(_placeless(content), sort_keys=True, allow_nan=False, separators=(",", ":"))


def scenario_hash(scenario: Scenario) -> str:
    """SHA-256 of the canonical form, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(scenario).encode()).hexdigest()


def _placeless(content: Any) -> Any:
    """Without the path of what has a fingerprint."""
    if isinstance(content, dict):
        known = content.get("sha256")
        kept = {key: item for key, item in content.items() if not (known and key == "path")}
        return {key: _placeless(item) for key, item in kept.items()}
    return [_placeless(item) for item in content] if isinstance(content, (list, tuple)) else content


def written_sweep(scenario: Scenario) -> dict[str, Any]:
    """The sweep as a file writes it, values of a grid as lists; empty where there is none."""
    sweep = scenario.sweep
    if sweep is None:
        return {}
    if sweep.design == "grid":
        return {axis.name: axis.values for axis in sweep.axes}
    drawn = {
        axis.name: {"log_range" if axis.log else "range": [axis.low, axis.high]}
        for axis in sweep.axes
    }
    return {"design": sweep.design, "points": sweep.points, **drawn}


def written_observed(scenario: Scenario) -> dict[str, Any]:
    """What was observed as a file writes it; empty where nothing is."""
    known = scenario.observed
    if known is None:
        return {}
    terms = {"arm": known.arm, "from_week": known.from_week, "hold_out": known.hold_out}
    quantities = {one.name: one.model_dump(exclude={"name"}) for one in known.quantities}
    series = {one.name: one.model_dump(exclude={"name"}) for one in known.series}
    return {**terms, **quantities, **({"series": series} if series else {})}


def written_explore(scenario: Scenario) -> dict[str, Any]:
    """The live page as a file writes it; empty where none is described."""
    page = scenario.explore
    if page is None:
        return {}
    sliders = {
        one.name: {"range": [one.low, one.high], **({"says": one.says} if one.says else {})}
        for one in page.sliders
    }
    presets = {one.question: one.settings for one in page.presets}
    return {"compare": page.compare, "people": page.people, "sliders": sliders, "presets": presets}


def flat(values: Any, prefix: str = "") -> dict[str, Any]:
    """Nested values as dotted names and their values, in the order given."""
    if not isinstance(values, dict):
        return {prefix: values}
    return {
        name: leaf
        for key, child in values.items()
        for name, leaf in flat(child, f"{prefix}.{key}" if prefix else str(key)).items()
    }


def written_event(event: Event) -> dict[str, Any]:
    return event.model_dump(exclude_none=True)


def _yaml(value: Mapping[str, Any], indent: str) -> Iterator[str]:
    """Lines of a mapping. None is left out: it only stands for a plug's default."""
    for key, item in value.items():
        head = f"{indent}{_text(key)}:"
        if isinstance(item, Mapping) and item:
            yield head
            yield from _yaml(item, f"{indent}  ")
        elif isinstance(item, (list, tuple)) and item and isinstance(item[0], Mapping):
            yield head
            for entry in item:
                first, *rest = _yaml(entry, f"{indent}    ")
                yield from (f"{indent}  - {first.strip()}", *rest)
        elif item is not None:
            yield f"{head} {scalar(item)}"


def scalar(value: Any) -> str:
    """A value, or a list of values, on one line; read as YAML it gives the value again."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(scalar(item) for item in value)}]"
    if isinstance(value, Mapping):
        return "{}"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    """`text` as a scalar that reads back as the same text."""
    if _BARE.fullmatch(text) and plain(text) == text:
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(c: str) -> str:
    if c in '"\\':
        return f"\\{c}"
    return c if c.isprintable() else f"\\U{ord(c):08x}"
