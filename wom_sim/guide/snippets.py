"""Examples in YAML that load as they stand, for every name that can be explained."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from wom_sim.guide.names import Path, plugs, sections, value
from wom_sim.scenario import registry
from wom_sim.scenario.registry import Plug

FRIENDS, OTHER, OWN_RULE = "friends.csv", "other.yaml", "my_rule.py"
"""Files that examples name."""

_ARMS = """\
arms:
  Service only: {}
  Ask customers:
    effort: {service: 32, asking: 4}
    asking: {frame: framed, when: appointment}
  Partners:
    effort: {service: 32, partners: 4}
    partners: {group: true}
"""

_EVENTS = """\
events:
  - {week: 26, complaint: {reach: 500, entries: 5}}
  - {week: 40, join: 3}
  - {week: 52, set: {talk.retell: 0.1, effort: {service: 36}}}
  - {week: 90, leave: 3}
"""

_WRITTEN = {
    "schema": "schema: 1\n",
    "question": "question: Where do referrals come from, customers or partners?\n",
    "preset": "preset: articles\n",
    "extends": f"extends: {OTHER}\ntalk:\n  negativity_ratio: 2\n",
    "seed": "seed: 1\n",
    "replications": "replications: 100\n",
    "weeks": "weeks: 156\n",
    "history_weeks": "history_weeks: 104\n",
    "treated": "treated: one\n",
    "baseline": f"baseline: Service only\n{_ARMS}",
    "allow_unequal_effort": """\
allow_unequal_effort: true
arms:
  Service only: {}
  Four hours more: {effort: {partners: 4}, partners: {group: true}}
""",
    "arms": _ARMS,
    "events": _EVENTS,
    "events.week": "events:\n  - {week: 26, complaint: {reach: 500}}\n",
    "events.complaint": "events:\n  - {week: 26, complaint: {reach: 500, entries: 5}}\n",
    "events.complaint.reach": "events:\n  - {week: 26, complaint: {reach: 500}}\n",
    "events.complaint.entries": "events:\n  - {week: 26, complaint: {entries: 5}}\n",
    "events.join": "events:\n  - {week: 40, join: 3}\n",
    "events.leave": "events:\n  - {week: 90, leave: 3}\n",
    "events.set": """\
events:
  - {week: 52, set: {talk.retell: 0.1}}
  - week: 60
    set:
      talk: {retell: 0.03}
""",
    "plugins": f"plugins: [{OWN_RULE}]\n",
    "partners.strategies": """\
partners:
  strategies:
    giver: 0.5
    taker: 0.2
    reciprocator: {share: 0.3, scale: 2}
""",
    "population.network": "population:\n  network: {kind: scale_free, links: 4}\n",
    "judgement.rule": "judgement:\n  rule: {kind: zone_of_tolerance, below: 1, above: 0.5}\n",
    "effort.asking": "effort: {service: 32, asking: 4}\n",
    "effort.partners": "effort: {service: 32, partners: 4}\npartners: {group: true}\n",
    "partners.count": "effort: {service: 32, partners: 4}\npartners: {count: 3}\n",
    "partners.group": "effort: {service: 32, partners: 4}\npartners: {group: true}\n",
}


def example(name: str) -> str:
    """A file, or the part of one, that sets `name`: a parameter, section, key or plug.

    Ends with a line break; empty where there is nothing to set.
    """
    if name in _WRITTEN:
        return _WRITTEN[name]
    if name in ("outcomes", "figures"):
        return _settings_of(name)
    plug = plugs().get(name.split(".")[0])
    if plug is not None:
        key = name.partition(".")[2]
        return _plug_example(*plug, key) if not key or _has(plug[1], key) else ""
    path = tuple(name.split("."))
    if path in sections():
        return _nested(path, _some_of(path))
    return _nested(path, _another(path))


def setting(name: str) -> str:
    """What follows `--set` on the command line for `name`, '' where nothing does."""
    place, key = plugs().get(name.split(".")[0], ("", None))[0], name.partition(".")[2]
    if place and not example(name):
        return ""
    if place:
        return _plug_setting(name.split(".")[0], place, key)
    path = tuple(name.split("."))
    if path in sections() or path[0] in ("arms", "events", "extends", "plugins", "question"):
        return ""
    lines = example(name).splitlines()
    written = [line for line in lines if line.strip().startswith(f"{path[-1]}: ")]
    if len(lines) == len(path) and written and "{" not in written[0]:
        return f"{name}={written[0].partition(': ')[2]}"
    return _OPTIONS.get(name, "")


_OPTIONS = {
    "allow_unequal_effort": "allow_unequal_effort=true",
    "population.network": "population.network.kind=scale_free",
    "judgement.rule": "judgement.rule.below=1",
    "partners.strategies": '"partners.strategies={giver: 0.5, taker: 0.5}"',
    "effort.asking": "effort.asking=4",
    "effort.partners": "effort.partners=4",
    "partners.count": "partners.count=3",
    "partners.group": "partners.group=true",
}


def _nested(path: Path, written: str) -> str:
    lines = [f"{'  ' * depth}{key}:" for depth, key in enumerate(path)]
    return "\n".join(lines) + f" {written}\n"


def _some_of(path: Path) -> str:
    """The first few plain numbers of a section, in one line."""
    fields = sections()[path].model_fields
    plain = [k for k in fields if isinstance(fields[k].default, int | float | str)]
    return f"{{{', '.join(f'{key}: {_another((*path, key))}' for key in plain[:2])}}}"


def _another(path: Path) -> str:
    """A value to write: the other one of two words, the default of a number."""
    field = sections()[path[:-1]].model_fields[path[-1]]
    default = field.get_default(call_default_factory=True)
    if isinstance(default, bool):
        return value(not default)
    if get_origin(field.annotation) is Literal:
        return str(next(word for word in get_args(field.annotation) if word != default))
    return value(default)


def _plug_example(place: str, plug: Plug, key: str) -> str:
    section, below = place.split(".")
    given = [f"{name}: {_plain(plug, name)}" for name in _shown(plug, key)]
    if place == "partners.strategies":
        settings = f"{{{', '.join(['share: 1', *given])}}}" if given else "1"
        return f"{section}:\n  {below}:\n    {plug.name}: {settings}\n"
    return f"{section}:\n  {below}: {{{', '.join([f'kind: {plug.name}', *given])}}}\n"


def _shown(plug: Plug, key: str) -> list[str]:
    """The parameter asked about, or all of a plug; always those that have no default."""
    fields = plug.section.model_fields
    return [k for k in fields if k == key or fields[k].is_required() or (not key and _has(plug, k))]


def _has(plug: Plug, key: str) -> bool:
    return plug.section.model_fields[key].default not in (None, "")


def _plain(plug: Plug, key: str) -> str:
    field = plug.section.model_fields[key]
    return FRIENDS if field.is_required() else value(field.default)


def _plug_setting(plug: str, place: str, key: str) -> str:
    written = example(f"{plug}.{key}" if key else plug).splitlines()[-1].strip()
    if place == "partners.strategies":
        return f'"{place}={{{written}}}"'
    settings = written.partition(": ")[2]
    return f'"{place}={settings}"' if "," in settings else f"{place}.kind={plug}"


def _settings_of(kind: str) -> str:
    """Settings of one outcome or figure that takes any, '' where none does."""
    known: Any = registry.outcomes if kind == "outcomes" else registry.figures
    for plug in known.settable():
        given = ", ".join(f"{key}: {_plain(plug, key)}" for key in plug.section.model_fields)
        return f"{kind}:\n  {plug.name}: {{{given}}}\n"
    return ""
