"""Examples in YAML that load as they stand, for every name that can be explained."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from wom_sim.guide.names import Path, plugs, sections, value
from wom_sim.scenario import registry
from wom_sim.scenario.quantities import bounds
from wom_sim.scenario.registry import Plug

FRIENDS, OTHER, OWN_RULE = "friends.csv", "other.yaml", "my_rule.py"
"""Files that examples name."""

_STRONG = "strong_by: shared_neighbours, shared_neighbours"

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
    "preset": "preset: articles  # default evidence\n",
    "extends": f"extends: {OTHER}\ntalk:\n  negativity_ratio: 2\n",
    "seed": "seed: 2  # default 1\n",
    "replications": "replications: 30  # default 100\n",
    "weeks": "weeks: 52  # default 156\n",
    "history_weeks": "history_weeks: 0  # default 104\n",
    "treated": "treated: one  # default all\n",
    "baseline": f"baseline: Partners  # default Service only, the first\n{_ARMS}",
    "allow_unequal_effort": """\
allow_unequal_effort: true  # default false
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
    "sweep": """\
sweep:
  friends.weak: [0.1, 0.2, 0.4]
  talk.negativity_ratio: {linspace: [1, 4, 4]}  # with the above, 12 points
""",
    "precision": "precision: {outcome: clients_won, half_width: 2, most: 1000}\n",
    "claim": """\
arms: {As is: {}, Better: {service: {level: 0.5}}}
claim:
  number: 1
  quotation: what was said
  source: who said it
  tests:
    jobs won: {measure: clients_won, contrast: [Better, As is], rule: above, value: 0}
""",
    "observed": """\
observed:
  new_clients_a_year: {value: 60, give_or_take: 8}
  customer_share: 0.6
  unhappy_share: 0.05
  hold_out: [unhappy_share]
""",
    "explore": """\
explore:
  sliders:
    friends.ask_around: {range: [0, 1], says: "{} of people in need ask friends"}
    talk.negativity_ratio: {}
  presets:
    What if nobody asks friends?: {friends.ask_around: 0}
""",
    "plugins": f"plugins: [{OWN_RULE}]\n",
    "partners.strategies": """\
partners:
  strategies:  # default reciprocator alone
    giver: 0.5
    taker: 0.2
    reciprocator: {share: 0.3, scale: 2}
""",
    "population.network": """\
population:
  network: {kind: scale_free, links: 4}  # default small_world
""",
    "population.professionals": """\
population:
  professionals: {kind: small_world, neighbours: 4}  # default complete
""",
    "population.ties": f"population:\n  ties: {{{_STRONG}: 3}}  # default strong_by: share\n",
    "population.ties.strong_by": f"population:\n  ties: {{{_STRONG}: 3}}  # default share\n",
    "population.ties.shared_neighbours": f"population:\n  ties: {{{_STRONG}: 2}}  # default 3\n",
    "judgement.rule": """\
judgement:
  rule: {kind: zone_of_tolerance, below: 1, above: 0.5}  # default below 1.4, above 0.4
""",
    "effort": "effort: {service: 30, asking: 6}  # default 36 of service\n",
    "effort.asking": "effort: {service: 32, asking: 4}  # default 36 and 0\n",
    "effort.partners": """\
effort: {service: 32, partners: 4}  # default 36 and 0
partners: {group: true}
""",
    "partners": """\
effort: {service: 32, partners: 4}
partners: {group: true, attendance: 0.8}  # default false and 0.92
""",
    "partners.count": """\
effort: {service: 32, partners: 4}
partners: {count: 3}  # default 0
""",
    "partners.group": """\
effort: {service: 32, partners: 4}
partners: {group: true}  # default false
""",
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
    return _nested(path, f"{_another(path)}{_remark(path)}")


def setting(name: str) -> str:
    """What follows `--set` on the command line for `name`, '' where nothing does."""
    place, key = plugs().get(name.split(".")[0], ("", None))[0], name.partition(".")[2]
    if place and not example(name):
        return ""
    if place:
        return _plug_setting(name.split(".")[0], place, key)
    path = tuple(name.split("."))
    if path in sections() or path[0] in _NEVER_SET:
        return ""
    lines = example(name).splitlines()
    written = [line for line in lines if line.strip().startswith(f"{path[-1]}: ")]
    if len(lines) == len(path) and written and "{" not in written[0]:
        return f"{name}={_said(written[0])}"
    return _OPTIONS.get(name, "")


_NEVER_SET = (
    "arms", "claim", "events", "explore", "extends", "observed", "plugins", "precision", "question",
    "sweep",
)

_OPTIONS = {
    "population.ties.strong_by": "population.ties.strong_by=shared_neighbours",
    "population.ties.shared_neighbours": "population.ties.shared_neighbours=2",
    "allow_unequal_effort": "allow_unequal_effort=true",
    "population.network": "population.network.kind=scale_free",
    "population.professionals": '"population.professionals={kind: random, mean_degree: 4}"',
    "judgement.rule": "judgement.rule.below=1",
    "partners.strategies": '"partners.strategies={giver: 0.5, taker: 0.5}"',
    "effort.asking": "effort.asking=4",
    "effort.partners": "effort.partners=4",
    "partners.count": "partners.count=3",
    "partners.group": "partners.group=true",
}


def _said(line: str) -> str:
    """The value that a line writes, without the remark behind it."""
    return line.partition(": ")[2].partition("  #")[0]


def _nested(path: Path, written: str) -> str:
    lines = [f"{'  ' * depth}{key}:" for depth, key in enumerate(path)]
    return "\n".join(lines) + f" {written}\n"


def _some_of(path: Path) -> str:
    """The first few plain values of a section, in one line."""
    fields = sections()[path].model_fields
    plain = [k for k in fields if isinstance(fields[k].default, int | float | str)][:2]
    if not plain:
        return "{}"
    given = ", ".join(f"{key}: {_another((*path, key))}" for key in plain)
    return f"{{{given}}}  # default {' and '.join(value(fields[key].default) for key in plain)}"


def _another(path: Path) -> str:
    """A value to write, another than the default."""
    return _other(sections()[path[:-1]].model_fields[path[-1]])


def _other(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    if isinstance(default, bool):
        return value(not default)
    if get_origin(field.annotation) is Literal:
        return str(next(word for word in get_args(field.annotation) if word != default))
    if isinstance(default, int | float):
        return value(_other_number(default, *bounds(field)))
    if isinstance(default, list) and all(isinstance(item, int) for item in default):
        return value([item // 2 for item in default])
    return value(default)


def _other_number(default: float, low: float | None, high: float | None) -> float:
    """Half the number, or twice it, or another within its range; whole where it is."""
    half = default // 2 if isinstance(default, int) else float(f"{default / 2:.2g}")
    first = 1 if isinstance(default, int) or (high or 2) > 1 else 0.1
    fitting = [
        number for number in (half, 2 * default, first)
        if number != default and (low is None or low <= number) and (high is None or number <= high)
    ]
    return fitting[0]


def _remark(path: Path) -> str:
    default = value(
        sections()[path[:-1]].model_fields[path[-1]].get_default(call_default_factory=True)
    )
    return f"  # default {default}" if default else ""


def _plug_example(place: str, plug: Plug, key: str) -> str:
    section, below = place.split(".")
    given = [f"{name}: {_plain(plug, name)}" for name in _shown(plug, key)]
    remark = _plug_remark(plug, key)
    if place == "partners.strategies":
        settings = f"{{{', '.join(['share: 1', *given])}}}" if given else "1"
        return f"{section}:\n  {below}:\n    {plug.name}: {settings}{remark}\n"
    return f"{section}:\n  {below}: {{{', '.join([f'kind: {plug.name}', *given])}}}{remark}\n"


def _plug_remark(plug: Plug, key: str) -> str:
    fields = plug.section.model_fields
    known = [k for k in _shown(plug, key) if not fields[k].is_required() and fields[k].default]
    return f"  # default {' and '.join(value(fields[k].default) for k in known)}" if known else ""


def _shown(plug: Plug, key: str) -> list[str]:
    """The parameter asked about, or all of a plug; always those that have no default."""
    fields = plug.section.model_fields
    return [k for k in fields if k == key or fields[k].is_required() or (not key and _has(plug, k))]


def _has(plug: Plug, key: str) -> bool:
    return plug.section.model_fields[key].default not in (None, "")


def _plain(plug: Plug, key: str) -> str:
    field = plug.section.model_fields[key]
    return FRIENDS if field.is_required() else _other(field)


def _plug_setting(plug: str, place: str, key: str) -> str:
    written = example(f"{plug}.{key}" if key else plug).splitlines()[-1].strip()
    written = written.partition("  #")[0]
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
