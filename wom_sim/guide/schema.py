"""The form of a scenario file as JSON Schema: what an editor completes, explains and marks.

The schema is made from the declarations and registries that the reader itself goes by. It says
all that a single value, name or list must be. What must fit together is left to the reader:
shares that sum to one, weeks within the run, arms of equal effort, files that are there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from wom_sim.guide.keys import KEYS
from wom_sim.guide.schema_claim import claim_form
from wom_sim.guide.schema_explore import explore_form
from wom_sim.guide.schema_observed import observed_form
from wom_sim.guide.schema_precision import precision_form
from wom_sim.guide.schema_sweep import sweep_form
from wom_sim.scenario import arms, registry
from wom_sim.scenario.checks import Portion, kind_by_default
from wom_sim.scenario.dump import RUN_KEYS, SCHEMA, SECTIONS
from wom_sim.scenario.parameters import Event, Parameters, Scenario
from wom_sim.scenario.permitted import MOST_PLUGINS
from wom_sim.scenario.quantities import FILE
from wom_sim.scenario.reader import LONGEST_TEXT
from wom_sim.scenario.registry import PLACES, Place, Plug, Registry

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAME = f"urn:wom-sim:scenario:{SCHEMA}"

Form = dict[str, Any]


_FILE = {"type": "string", "maxLength": LONGEST_TEXT, "pattern": r"^[^\u0000]*\S[^\u0000]*$"}
_FINGERPRINT = {"type": "string", "pattern": "^[0-9a-f]{64}$", "maxLength": 64}
_NOT_NULL = {"not": {"type": "null"}}
_TOLD = ("unit", "source", "articles", "articles_source", "plausible")


def schema() -> Form:
    """JSON Schema (draft 2020-12) of a scenario file, with the plugs registered by now."""
    return {
        "$schema": DIALECT,
        "$id": NAME,
        "title": "Scenario",
        "description": "A question about word of mouth: parameters, arms and events."
        " Whatever is not written has the value of the preset.",
        "type": "object",
        "properties": {
            **_run_keys(),
            **_file_keys(),
            **{key: _ref(_section_name(key)) for key in SECTIONS},
            "events": _ref("Events"),
            "arms": _arms(),
        },
        "additionalProperties": False,
        "allOf": list(_about_layers()),
        "$defs": _definitions(),
    }


def _run_keys() -> Form:
    declared = Scenario.model_json_schema()["properties"]
    found = {key: _tidy(declared[key]) for key in RUN_KEYS if key in declared}
    found = {"schema": {"const": SCHEMA, "default": SCHEMA}, **found}
    return {key: {"description": _meaning(key), **form} for key, form in found.items()}


def _meaning(key: str) -> str:
    return KEYS[key].meaning if key in KEYS else ""


def _file_keys() -> Form:
    plugin = {**_only({"path": _FILE, "sha256": _FINGERPRINT}), "required": ["path"]}
    return {
        "extends": {**_FILE, "description": "scenario file that this one starts from"},
        "plugins": {
            "description": "Python files with plugs of one's own; run only with permission",
            "type": "array",
            "maxItems": MOST_PLUGINS,
            "items": {"anyOf": [_FILE, plugin]},
        },
        "outcomes": {**_settings(registry.outcomes), "description": "parameters of outcomes"},
        "figures": {**_settings(registry.figures), "description": "parameters of figures"},
        "sweep": {**sweep_form(), "description": _meaning("sweep")},
        "precision": {**precision_form(), "description": _meaning("precision")},
        "claim": {**claim_form(), "description": _meaning("claim")},
        "observed": {**observed_form(_FILE), "description": _meaning("observed")},
        "explore": {**explore_form(), "description": _meaning("explore")},
    }


def _settings(plugs: Registry) -> Form:
    """Parameters by name of the plug. Whether a name is known, `_registered` says."""
    known = {name: _setting(plugs[name]) for name in plugs}
    return {"type": "object", "properties": known, "additionalProperties": {"type": "object"}}


def _setting(plug: Plug) -> Form:
    if plug.section.model_fields:
        return _ref(f"{plug.kind}.{plug.name}")
    return {"description": plug.meaning, "type": "object", "maxProperties": 0}


def _arms() -> Form:
    name = {"maxLength": arms.LONGEST_NAME, "pattern": r"^\S(.*\S)?$"}
    return {
        "description": "Alternatives to compare, each with what it changes; {} for none.",
        "type": "object",
        "maxProperties": arms.MOST_ARMS,
        "propertyNames": name,
        "additionalProperties": {"anyOf": [_ref("Arm"), {"type": "null"}]},
    }


def _definitions() -> Form:
    """Sections by the name of their class, plugs by `kind.name`, and the parts of arms."""
    declared = Parameters.model_json_schema()
    found = {name: _tidy(form) for name, form in declared["$defs"].items()}
    for place in PLACES:
        shown = found[_section_name(place.section)]["properties"]
        shown[place.key] = {**shown[place.key], **_ref(place.name)}
        found |= _plugs_at(place)
    plugs = registry.strategies
    found |= {f"{plugs.kind}.{name}": _with_share(plugs[name]) for name in plugs}
    for plugs in (registry.outcomes, registry.figures):
        named = {f"{plugs.kind}.{name}": plugs[name] for name in plugs}
        found |= {n: _plug_form(plug, n) for n, plug in named.items() if plug.section.model_fields}
    share = Portion.model_json_schema()["properties"]["share"]
    found["Share"] = {**_tidy(share), "description": "share of businesses that follow it"}
    partners = found["Partners"]["properties"]
    partners["strategies"] = {**partners["strategies"], **_ref("Strategies")}
    found["Strategies"] = _strategies()
    found["Events"] = {"type": "array", "items": _ref("Event")}
    found |= {"Arm": _arm(), "Change": _change(), "Registered": _registered()}
    event = Event.model_json_schema()
    found |= {name: _tidy(form) for name, form in event.pop("$defs").items()}
    return {**found, "Event": _event(_tidy(event))}


def _strategies() -> Form:
    """Strategies by name, each its share alone or the share among its parameters."""
    share = _ref("Share")
    plugs = registry.strategies
    known = {name: _ref(f"{plugs.kind}.{name}") for name in plugs}
    for name in plugs:
        if not _needed(plugs[name]):
            known[name] = {"anyOf": [share, known[name]]}
    foreign = {"type": "object", **_needing("share", share)}
    return {**_only(known), "additionalProperties": {"anyOf": [share, foreign]}}


def _with_share(plug: Plug) -> Form:
    form = _plug_form(plug, f"{plug.kind}.{plug.name}")
    known = {"share": _ref("Share"), **form["properties"]}
    return {**form, "properties": known, "required": ["share", *form.get("required", [])]}


def _arm() -> Form:
    changed = {key: _ref(_section_name(key)) for key in SECTIONS}
    meaning = "What this arm changes; events of its own replace those at the top."
    return {"description": meaning, **_only({**changed, "events": _ref("Events")})}


def _event(form: Form) -> Form:
    shown = form["properties"]
    shown["set"] = {**_ref("Change"), "description": shown["set"]["description"]}
    kinds = [{"required": [key]} for key in shown if key != "week"]
    return {**form, "oneOf": kinds}


def _change() -> Form:
    """Sections or dotted names, without those that decide the world before week 0."""
    known = {key: _without(_ref(_section_name(key)), key) for key in SECTIONS if not _is_early(key)}
    for name, form in _dotted(Parameters, "", "#/$defs/Parameters"):
        if not _is_early(name):
            known[name] = form
    # A plugin's rule may have any parameters.
    free = {_own_parameter(place): _NOT_NULL for place in _late_places()}
    return {**_only(known), "patternProperties": free, "minProperties": 1}


def _dotted(section: type[BaseModel], prefix: str, above: str) -> Iterator[tuple[str, Form]]:
    """Names of two or more words, each with a reference to where its form stands."""
    for key, field in section.model_fields.items():
        name = f"{prefix}{key}"
        kind = field.annotation
        if prefix:
            yield name, {"$ref": f"{above}/properties/{key}"}
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _dotted(kind, f"{name}.", f"#/$defs/{kind.__name__}")
        for place in PLACES:
            if place.name == name:
                yield from _dotted_plug(place)


def _dotted_plug(place: Place) -> Iterator[tuple[str, Form]]:
    yield f"{place.name}.kind", {"type": "string"}
    forms: dict[str, list[Form]] = {}
    for name in place.plugs:
        for key in place.plugs[name].section.model_fields:
            own = {"$ref": f"#/$defs/{place.name}.{name}/properties/{key}"}
            forms.setdefault(f"{place.name}.{key}", []).append(own)
    yield from ((name, {"anyOf": found}) for name, found in forms.items())


def _registered() -> Form:
    """That all plugs are among those known here, wherever in a file or an arm they are named."""
    sections: dict[str, Form] = {"partners": _inside("strategies", _named(registry.strategies))}
    change: dict[str, Form] = {}
    for place in PLACES:
        known = _ref(f"{place.name}.registered")
        _put(sections, place, known)
        if place in _late_places():
            _put(change, place, known)
            change[place.name] = known
            change[f"{place.name}.kind"] = {"enum": list(place.plugs)}
    names = [
        {
            "if": {"pattern": _own_parameter(place)},
            "then": {"enum": list(dict(_dotted_plug(place)))},
        }
        for place in _late_places()
    ]
    events = {"items": _inside("set", {"properties": change, "propertyNames": {"allOf": names}})}
    return {
        "properties": {
            **sections,
            "outcomes": _named(registry.outcomes),
            "figures": _named(registry.figures),
            "precision": _inside("outcome", {"enum": list(registry.outcomes)}),
            "events": events,
            "arms": {"additionalProperties": _ref("Registered")},
        }
    }


def _about_layers() -> Iterator[Form]:
    """What depends on the file being the lowest layer, or on knowing all of its plugs."""
    lowest = [{"properties": {"arms": {"minProperties": 1}}}]
    for place in PLACES:
        default = kind_by_default(place.name)
        if default in place.plugs:
            lowest.append(_at(place, _ref(f"{place.name}.over.{default}")))
        if len(list(place.plugs)) > 1:
            lowest.extend(_arms_over(place, name, name == default) for name in place.plugs)
    # Written as null, an arm of the extended file is left out.
    lowest.append(_inside("arms", {"additionalProperties": _NOT_NULL}))
    yield {"if": {"required": ["extends"]}, "else": {"allOf": lowest}}
    foreign = [{"required": ["extends"]}, _needing("plugins", {"minItems": 1})]
    yield {"if": {"anyOf": foreign}, "else": _ref("Registered")}


def _arms_over(place: Place, kind: str, default: bool) -> Form:
    """What arms may write at `place` where the file below them has a plug of `kind` there."""
    chosen = {"not": {"const": kind}} if default else {"const": kind}
    found = _needing(place.section, _needing(place.key, _needing("kind", chosen)))
    arm = _at(place, _ref(f"{place.name}.over.{kind}"))
    then = _inside("arms", {"additionalProperties": arm})
    return {"if": {"not": found} if default else found, "then": then}


def _over(place: Place, kind: str) -> Form:
    """A plug in part where it is of `kind`, in full where it is another."""
    ways: list[Form] = []
    for name in place.plugs:
        needed = ["kind", *_needed(place.plugs[name])]
        whole = {**_ref(f"{place.name}.{name}"), "required": needed}
        ways.append(_ref(f"{place.name}.{name}") if name == kind else whole)
    return {"anyOf": [*ways, {**_ref(f"{place.name}.of_a_plugin"), "required": ["kind"]}]}


def _plugs_at(place: Place) -> Form:
    """Forms of what may stand at `place`: any plug, one registered here, or a certain one."""
    known, foreign = f"{place.name}.registered", f"{place.name}.of_a_plugin"
    kind = {"type": "string", "not": {"enum": list(place.plugs)}}
    return {
        place.name: {"anyOf": [_ref(known), _ref(foreign)]},
        known: {"anyOf": [_ref(f"{place.name}.{name}") for name in place.plugs]},
        foreign: {"type": "object", **_inside("kind", kind), "additionalProperties": _NOT_NULL},
        **{f"{place.name}.over.{name}": _over(place, name) for name in place.plugs},
        **{f"{place.name}.{name}": _with_kind(place, place.plugs[name]) for name in place.plugs},
    }


def _with_kind(place: Place, plug: Plug) -> Form:
    """The parameters of one plug; which of them must be written depends on the layers below."""
    form = _plug_form(plug, f"{place.name}.{plug.name}")
    kind = {"const": plug.name, "description": plug.meaning}
    if plug.name == kind_by_default(place.name):
        kind["default"] = plug.name
    whole = {key: value for key, value in form.items() if key != "required"}
    return {**whole, "properties": {"kind": kind, **form["properties"]}}


def _plug_form(plug: Plug, name: str) -> Form:
    inner = f"#/$defs/{name}/$defs/{{model}}"
    form = _tidy(plug.section.model_json_schema(ref_template=inner))
    return {**form, "properties": form.get("properties", {}), "description": plug.meaning}


def _needed(plug: Plug) -> list[str]:
    """Parameters without a default."""
    return [key for key, field in plug.section.model_fields.items() if field.is_required()]


def _late_places() -> list[Place]:
    """Places that an event may change."""
    return [place for place in PLACES if not _is_early(place.name)]


def _own_parameter(place: Place) -> str:
    return "^" + place.name.replace(".", r"\.") + r"\.[^.]+$"


def _is_early(name: str) -> bool:
    early = arms.BEFORE_WEEK_0
    return any(name == other or name.startswith(f"{other}.") for other in early)


def _without(form: Form, section: str) -> Form:
    keys = [name.split(".") for name in arms.BEFORE_WEEK_0]
    early = {path[1]: False for path in keys if len(path) == 2 and path[0] == section}
    return {**form, "properties": early} if early else form


def _section_name(key: str) -> str:
    return str(getattr(Parameters.model_fields[key].annotation, "__name__", key))


def _ref(name: str) -> Form:
    return {"$ref": f"#/$defs/{name}"}


def _only(known: Form) -> Form:
    return {"type": "object", "properties": known, "additionalProperties": False}


def _at(place: Place, form: Form) -> Form:
    return _inside(place.section, _inside(place.key, form))


def _put(sections: dict[str, Form], place: Place, form: Form) -> None:
    """Add what must hold at `place`, beside other keys of its section."""
    sections.setdefault(place.section, {"properties": {}})["properties"][place.key] = form


def _inside(key: str, form: Form) -> Form:
    return {"properties": {key: form}}


def _needing(key: str, form: Form) -> Form:
    return {"required": [key], "properties": {key: form}}


def _named(plugs: Registry) -> Form:
    return {"propertyNames": {"enum": list(plugs)}}


def _tidy(form: Mapping[str, Any]) -> Form:
    """What pydantic says of a parameter, without empty values, and its source told in words."""
    kept = {key: value for key, value in form.items() if key not in ("title", *_TOLD)}
    if "anyOf" in kept:
        ways = [_tidy(way) for way in kept.pop("anyOf") if way != {"type": "null"}]
        kept = {**kept, **(ways[0] if len(ways) == 1 else {"anyOf": ways})}
    for group in ("properties", "$defs"):
        if group in kept:
            kept[group] = {key: _tidy(value) for key, value in kept[group].items()}
    if "items" in kept:
        kept["items"] = _tidy(kept["items"])
    if kept.get("default") is None or isinstance(kept["default"], dict):
        kept.pop("default", None)
    if kept.get("type") == "string" and "enum" not in kept:
        kept["maxLength"] = min(LONGEST_TEXT, kept.get("maxLength", LONGEST_TEXT))
        kept |= _FILE if form.get("unit") == FILE else {}
    told = _told(form)
    return {**kept, "description": told} if told else kept


def _told(form: Mapping[str, Any]) -> str:
    """Meaning, unit, and the value of both presets with its source."""
    meaning = str(form.get("description", "")).strip()
    if not form.get("unit") or "default" not in form:
        return meaning
    default, articles = form["default"], form["articles"]
    lines = [f"{meaning} [{form['unit']}]", f"Default: {_shown(default)} ({form['source']})"]
    if articles != default:
        lines[1] = f"Preset evidence: {_shown(default)} ({form['source']})"
        lines.append(f"Preset articles: {_shown(articles)} ({form['articles_source']})")
    if "plausible" in form:
        lines.append("Plausible: {} to {}".format(*map(_shown, form["plausible"])))
    return "\n\n".join(lines)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
