"""One entry: what a parameter, a section or a plug is, how to set it, and what it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from wom_sim.guide.acts import Place, places
from wom_sim.guide.keys import KEYS, MORE
from wom_sim.guide.layout import cell, fact, indented, kept
from wom_sim.guide.names import LISTED_AT, Setting, plugs, sections, settings
from wom_sim.guide.rooms import equation, home, prose_of, unindented
from wom_sim.guide.snippets import example, setting
from wom_sim.scenario.parameters import Parameters
from wom_sim.scenario.quantities import ASSUMED, declarations
from wom_sim.scenario.registry import Plug

MOST_RELATED = 6
FILES = ("file",)
"""Plugs that read a file: their docstrings end with an example of one."""


def of_setting(known: Setting, width: int) -> Iterator[str]:
    """A parameter, a key of the file or a parameter of a plug."""
    yield known.name
    yield from indented("\n".join(cell(known.meaning, width - 2)), 2)
    more = KEYS[known.name].more if known.name in KEYS else MORE.get(known.name)
    if more:
        yield from ["", *indented("\n".join(cell(more, width - 2)), 2)]
    facts = [*_values(known, width), *_kinds(known.name, width)]
    yield from ["", *facts] if facts else []
    yield from _how_to_set(known.name)
    place = next(iter(places(known.name)), None)
    if place:
        yield from _acting(place, width)
    elif known.section in plugs():
        yield from ["", *fact("acts in", home(plugs()[known.section][1].function), width)]
    related = _related(known)
    if related:
        yield from ["", *fact("related", ", ".join(related), width)]


def of_section(name: str, width: int) -> Iterator[str]:
    """An example of a section and the equations of the functions where it acts."""
    yield from _how_to_set(name)
    own = [key for key in settings() if key.startswith(f"{name}.")]
    acting = {(p.file, p.function): p for key in own for p in places(key)[:1]}
    if acting:
        yield from ["", "  where its parameters act"]
    for place in acting.values():
        yield from ["", f"  {place.file}:{place.line}, {place.function}"]
        yield from kept(equation(place.docstring), width)


def of_plug(place: str, plug: Plug, width: int) -> Iterator[str]:
    """A registered network, rule or strategy."""
    yield f"{plug.name}: a {plug.kind}, for {place}"
    yield from _described(plug, width)
    for key in plug.section.model_fields:
        known = settings()[f"{plug.name}.{key}"]
        yield from ["", f"  {key}"]
        yield from indented("\n".join(cell(known.meaning, width - 4)), 4)
        yield from indented("\n".join(_values(known, width - 2)), 2)
    yield from _how_to_set(plug.name)
    yield from ["", *fact("stands in", home(plug.function), width)]
    if plug.name not in FILES:
        yield from kept(equation(_docstring(plug)), width)


def of_file(plug: Plug, width: int) -> Iterator[str]:
    """What a file that a plug reads must hold."""
    yield f"{plug.name}: {{kind: {plug.name}, path: ...}}"
    yield from _described(plug, width)


def brief(plug: Plug) -> str:
    """What a plug is, in one line: the beginning of its docstring, of a network its mean ties."""
    text = _docstring(plug)
    about = prose_of(text.split("\n\n")[0]) if plug.name in FILES else prose_of(text)
    return " ".join([about, *_mean_ties(plug)])


def _described(plug: Plug, width: int) -> Iterator[str]:
    text = " ".join([prose_of(_docstring(plug)), *_mean_ties(plug)])
    yield from indented("\n".join(cell(text, width - 2)), 2)
    if plug.name in FILES:
        yield from ["", *kept(equation(_docstring(plug)), width)]


def _mean_ties(plug: Plug) -> Iterator[str]:
    """Ties a person that a network has at its defaults, where it says how many it makes."""
    fields = plug.section.model_fields
    if "ties" in plug.facts and not plug.file:
        size = Parameters().population.size
        ties = plug.facts["ties"](size, **{key: fields[key].default for key in fields})
        yield f"Ties a person at the defaults: {2 * ties / size:.0f} on average."


def among(name: str, found: Sequence[Setting], width: int) -> Iterator[str]:
    """Several names that end alike."""
    yield from cell(f"'{name}' may be one of these; ask for one by its whole name:", width)
    longest = max(len(known.name) for known in found)
    for known in found:
        lines = cell(known.meaning, max(width - longest - 4, 20))
        yield f"  {known.name.ljust(longest)}  {lines[0]}"
        yield from indented("\n".join(lines[1:]), longest + 4)


def _values(known: Setting, width: int) -> Iterator[str]:
    if known.unit:
        yield from fact("unit", known.unit, width)
    if known.range:
        yield from fact("range", known.range, width)
    if known.varied:
        yield from fact("varied", known.varied, width)
    differs = known.articles != known.evidence
    if known.evidence and not known.source:
        yield from fact("default", known.evidence, width)
    elif known.source:
        yield from fact("evidence" if differs else "value", _valued(known), width)
        yield from fact("source", _said(known.source), width)
    if differs:
        yield from fact("articles", known.articles, width)
        yield from fact("source", _said(known.articles_source), width)


def _valued(known: Setting) -> str:
    same = known.articles == known.evidence
    return f"{known.evidence} in both presets, evidence and articles" if same else known.evidence


def _said(source: str) -> str:
    return "assumed: nobody has measured it; vary it" if source == ASSUMED else source


def _kinds(name: str, width: int) -> Iterator[str]:
    """The plugs that a parameter may name."""
    listed = LISTED_AT.get(name, name)
    own = [plug for plug, (place, _) in plugs().items() if place == listed]
    if own:
        yield from fact("known", ", ".join(own), width)


def _how_to_set(name: str) -> Iterator[str]:
    lines, option = example(name), setting(name)
    if lines:
        yield from ["", "  in a file", *indented(lines, 4)]
    if option:
        yield from ["", "  on the command line", f"    --set {option}"]


def _acting(place: Place, width: int) -> Iterator[str]:
    yield from ["", *fact("acts in", f"{place.file}:{place.line}, {place.function}", width)]
    yield from kept(place.text, width)
    stated = equation(place.docstring)
    if stated:
        yield from ["", "  equation", *kept(stated, width)]


def _related(known: Setting) -> list[str]:
    """Names that act in the same function, then the nearest of the same section; a few."""
    if known.name in KEYS:
        return list(KEYS[known.name].related)
    acting = places(known.name)[:1]
    here = _acting_in().get((acting[0].file, acting[0].function), []) if acting else []
    whole = [key for key, other in settings().items() if other.section == known.section]
    at = whole.index(known.name)
    near = [*here, *sorted(whole, key=lambda name: abs(whole.index(name) - at))]
    last = known.name.split(".")[-1]
    alike = [".".join(path) for path in sections() if path[-1:] == (last,)]
    return [name for name in dict.fromkeys([*alike, *near]) if name != known.name][:MOST_RELATED]


@cache
def _acting_in() -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for declared in declarations(Parameters):
        for place in places(declared.name)[:1]:
            found.setdefault((place.file, place.function), []).append(declared.name)
    return found


def _docstring(plug: Plug) -> str:
    return unindented(plug.function.__doc__ or "", 4)
