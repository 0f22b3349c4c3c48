"""What can be explained: parameters, sections, keys of a file and registered plugs, by name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic.fields import FieldInfo

from wom_sim.guide.keys import KEYS
from wom_sim.scenario import registry
from wom_sim.scenario.faults import limits, quoted
from wom_sim.scenario.parameters import Event, Parameters, Scenario
from wom_sim.scenario.quantities import RULE, Declaration, Section, bounds, declarations
from wom_sim.scenario.registry import Plug, Registry

Path = tuple[str, ...]

PLACES: dict[str, Registry] = {
    "population.network": registry.networks,
    "judgement.rule": registry.judgements,
    "partners.strategies": registry.strategies,
}
"""Parameters that name plugs, one for each kind of plug: it is listed there."""

LISTED_AT = {
    place.name: next(name for name, plugs in PLACES.items() if plugs is place.plugs)
    for place in registry.PLACES
}
"""Where the plugs are listed that a parameter may name."""

RUN = "run"
"""The name under which keys that are no section's are listed together."""

OR = " or "
"""Between the words that a choice may be."""

_LARGEST_SEED = 2**64 - 1


class UnknownName(Exception):
    """A name that nothing has; `str` is one line with what is near."""

    def __init__(self, name: str, remedy: str) -> None:
        self.name, self.remedy = name, remedy
        super().__init__(name, remedy)

    def __str__(self) -> str:
        return f"no parameter {quoted(self.name)}; {self.remedy}"


class Setting(NamedTuple):
    """One value that a file may set, in words; `section` is the heading it stands under.

    `articles` is the value in that preset; `source` is empty where no number needs one.
    `varied` is the range that `sensitivity` varies it over, of a number that is assumed.
    """

    name: str
    section: str
    unit: str
    range: str
    evidence: str
    articles: str
    meaning: str
    source: str
    articles_source: str
    varied: str = ""


def sections() -> dict[Path, type[Section]]:
    """Every section by its path; the root is `()`, and events are among them."""
    return dict(_sections())


def plugs() -> dict[str, tuple[str, Plug]]:
    """Registered networks, rules and strategies by name, each with the parameter that names it."""
    return {name: (place, kind[name]) for place, kind in PLACES.items() for name in kind}


def settings() -> dict[str, Setting]:
    """All that a file may set, by dotted name; parameters of plugs as `small_world.rewiring`."""
    found = {key: _run_key(key) for key in KEYS}
    found |= {setting.name: setting for setting in _declared()}
    for name, (_, plug) in plugs().items():
        own = _of_section((name,), plug.section, name)
        found |= {setting.name: setting for setting in own}
    return found


def candidates(name: str) -> list[str]:
    """Names that end in `name`: `negativity_ratio` or `told.negative` of `talk.told.negative`."""
    known = settings()
    below = [key for place in {**PLACES, **LISTED_AT} for key in _plugged(place, name)]
    return below or [key for key in known if key.endswith(f".{name}")]


def choosing(word: str) -> list[str]:
    """Parameters and keys that `word` may be the value of: `veto`, `appointment`, `articles`."""
    if word in ("true", "false"):
        return []
    ranges = {key: known.range for key, known in settings().items()}
    return [key for key, words in ranges.items() if OR in words and word in words.split(OR)]


def remedy(near: str | None) -> str:
    """What to say about a name that nothing has; `near` is spelt nearly like it."""
    if near:
        return f"did you mean '{near}'?"
    tops = (*Parameters.model_fields, *KEYS)[:12]
    return f"known here: {', '.join(tops)}, ...; explain alone lists all"


def value(given: Any) -> str:
    """A value as a file would write it, in short."""
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, float):
        return f"{given:.10g}"
    if isinstance(given, dict):
        pairs = [(key, item) for key, item in given.items() if item is not None]
        return (
            value(given["kind"])
            if "kind" in given
            else ", ".join(f"{key}: {value(item)}" for key, item in pairs)
        )
    if isinstance(given, list | tuple):
        return f"[{', '.join(map(value, given))}]"
    return "" if given is None or given is ... else str(given)


@cache
def _sections() -> tuple[tuple[Path, type[Section]], ...]:
    return (*_below((), Parameters), *_below(("events",), Event))


def _below(path: Path, section: type[Section]) -> Iterator[tuple[Path, type[Section]]]:
    yield path, section
    for key, field in section.model_fields.items():
        inner = _section_of(field)
        if inner is not None:
            yield from _below((*path, key), inner)


def _section_of(field: FieldInfo) -> type[Section] | None:
    kinds = (field.annotation, *get_args(field.annotation))
    own = (kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Section))
    return next(own, None)


@cache
def _declared() -> tuple[Setting, ...]:
    varied = {entry.name: _varied(entry) for entry in declarations(Parameters)}
    found = [
        s._replace(varied=varied.get(s.name, ""))
        for key in Parameters.model_fields for s in _of_field((key,), Parameters, key, key)
    ]
    # The week of an event is no number that anybody could have measured.
    dated = _of_section(("events",), Event, "events")
    found += [s._replace(source="") if s.name == "events.week" else s for s in dated]
    return tuple(found)


def _of_section(path: Path, section: type[Section], under: str) -> Iterator[Setting]:
    for key in section.model_fields:
        yield from _of_field((*path, key), section, key, under)


def _of_field(path: Path, owner: type[Section], key: str, under: str) -> Iterator[Setting]:
    field = owner.model_fields[key]
    inner = _section_of(field)
    if inner is not None:
        yield from _of_section(path, inner, under)
    else:
        yield _setting(".".join(path), under, field)


def _setting(name: str, under: str, field: FieldInfo) -> Setting:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    default = "" if field.is_required() else value(field.get_default(call_default_factory=True))
    articles = extra.get("articles")
    source = str(extra.get("source", ""))
    return Setting(
        name,
        under,
        "" if extra.get("unit") == "choice" else str(extra.get("unit", "")),
        _range(field),
        default,
        value(articles) or default,
        field.description or "",
        source,
        str(extra.get("articles_source") or source),
    )


def _range(field: FieldInfo) -> str:
    kinds = (field.annotation, *get_args(field.annotation))
    if get_origin(field.annotation) is Literal:
        return OR.join(map(str, get_args(field.annotation)))
    if bool in kinds:
        return "true or false"
    low, high = bounds(field)
    if high == _LARGEST_SEED:
        return "0 to 2^64 - 1"
    if low is None and high is None:
        return ""
    if low is not None and high is not None:
        return f"{_number(low)} to {_number(high)}"
    return limits(low, high)


def _varied(entry: Declaration) -> str:
    """The range that `sensitivity` varies an assumed number over, from its value as declared."""
    span = entry.around(entry.default) if entry.is_number and entry.assumed("evidence") else None
    if span is None:
        return ""
    odds = "the odds" if entry.unit in ("share", "chance") else "the value"
    why = "declared as plausible" if span == entry.plausible else f"{RULE} {odds}"
    return f"{span[0]:.3g} to {span[1]:.3g} by sensitivity ({why})"


def _number(bound: float) -> str:
    zeros = len(f"{bound:.0f}") - 1
    return f"10^{zeros}" if zeros >= 6 and bound == 10**zeros else f"{bound:,.10g}"


def _run_key(key: str) -> Setting:
    meaning, default, choices, *_ = KEYS[key]
    field = Scenario.model_fields.get(key)
    declared = _setting(key, RUN, field) if field else None
    if declared and declared.meaning:
        return declared._replace(source="", articles_source="")
    ranged = declared.range if declared and declared.range else choices
    return Setting(key, RUN, "", ranged, default, default, meaning, "", "")


def _plugged(place: str, name: str) -> Iterator[str]:
    """Parameters of plugs under the name of their place: `population.network.rewiring`."""
    if name.startswith(f"{place}."):
        rest = name.removeprefix(f"{place}.")
        for plug, (where, found) in plugs().items():
            if where != LISTED_AT.get(place, place):
                continue
            if rest in (plug, f"{plug}.share"):
                yield plug
            elif rest.removeprefix(f"{plug}.") in found.section.model_fields:
                yield f"{plug}.{rest.removeprefix(f'{plug}.')}"
