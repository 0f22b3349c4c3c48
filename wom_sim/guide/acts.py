"""Where in the market a parameter acts: file, line and function, found in the sources."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from wom_sim.guide.flow import PLUG, Flows, Source, Tracer, Use
from wom_sim.guide.rooms import equation, rooms

_WORD = re.compile(r"\w+")


class Place(NamedTuple):
    """A line where a parameter acts.

    file: path such as `wom_sim/market/talk.py`; line: from 1; function: the name it is called
    by; text: the line, without indentation; docstring: of the function, '' without; called: the
    parameter's name on that line, mostly the last word of its dotted name.
    """

    file: str
    line: int
    function: str
    text: str
    docstring: str
    called: str


def places(name: str) -> tuple[Place, ...]:
    """Where `talk.negativity_ratio` or a plug's `small_world.rewiring` acts, the best place first.

    One place for each function; first comes the one whose equation names the parameter. Empty
    for a name that the market never uses.
    """
    flows = _flows()
    source = tuple(name.split("."))
    if source not in flows.onward and source not in flows.uses:
        source = (PLUG, *source)
    best: dict[tuple[str, str], Place] = {}
    for use in _uses(flows, source):
        key, place = (use.room, use.function), _place(use)
        if key not in best or _rank(place, name) < _rank(best[key], name):
            best[key] = place
    return tuple(sorted(best.values(), key=lambda place: _rank(place, name)))


@cache
def _flows() -> Flows:
    return Tracer().trace()


def _uses(flows: Flows, source: Source) -> Iterator[Use]:
    """Uses of a source and of everything it is handed on to, the nearest first."""
    queue, known = [source], {source}
    for current in queue:
        yield from flows.uses.get(current, ())
        fresh = [to for to in flows.onward.get(current, ()) if to not in known]
        known.update(fresh)
        queue.extend(fresh)


def _place(use: Use) -> Place:
    room = rooms()[use.room]
    line, called = use.mention
    text = room.lines[line - 1].strip()
    return Place(room.file, line, use.function, text, use.docstring, called)


def _rank(place: Place, name: str) -> tuple[bool, bool]:
    """What sorts places: an equation that names the parameter, then a line that does."""
    word = name.split(".")[-1]
    return word not in _words(equation(place.docstring)), word not in _words(place.text)


@cache
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))
