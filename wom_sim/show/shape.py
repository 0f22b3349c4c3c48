"""What a figure is besides its drawing: a message, words for the blind, a sentence, numbers.

Only the drawing function is asked of a figure. What else is known of it stands as facts beside
its registration: `headline`, `alt` and `sentence`, functions from results to a text; `numbers`,
from results to `Numbers`; `of`, the kind of results that it is drawn from; `fits`, whether it can
be drawn from these; and `needs`, what would give it, in one line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from wom_sim.scenario.registry import Plug, figures
from wom_sim.show.text import clean
from wom_sim.study.results import Board, Mapped, Ranked, Results

Kind = Literal["run", "sweep", "sensitivity", "claims"]

COMMANDS: dict[Kind, str] = {
    "run": "python -m wom_sim run FILE",
    "sweep": "python -m wom_sim sweep FILE",
    "sensitivity": "python -m wom_sim sensitivity FILE",
    "claims": "python -m wom_sim claims",
}
"""What makes results of each kind."""


class Numbers(NamedTuple):
    """The numbers behind a figure: heads of columns, and rows of texts and numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class Words(NamedTuple):
    """A figure in words: its message, a description, and a sentence on how to read it."""

    title: str
    alt: str
    sentence: str


def kind_of(results: Any) -> Kind:
    """The kind of results: of a run (also a user's own), a sweep, a sensitivity study or claims."""
    kinds: dict[type, Kind] = {Mapped: "sweep", Ranked: "sensitivity", Board: "claims"}
    return kinds.get(type(results), "run")


def kind(name: str) -> Kind:
    """The kind of results that a figure is drawn from."""
    found: Kind = figures[name].facts.get("of", "run")
    return found


def offered(results: Any) -> list[str]:
    """Names of the figures that can be drawn from these results, in the order of the story."""
    return [name for name in figures if not lacking(name, results)]


def lacking(name: str, results: Any) -> str:
    """Why a figure cannot be drawn from these results, and what would give it; empty if it can."""
    facts = figures[name].facts
    fits: Callable[[Any], bool] = facts.get("fits", lambda _: True)
    if kind(name) == kind_of(results) and fits(results):
        return ""
    needs = facts.get("needs") or f"results of {COMMANDS[kind(name)]}"
    return f"figure {name} needs {needs}"


def drawn_from(name: str, results: Any) -> Any:
    """What a figure is drawn from: of a run, what its folder holds of every world.

    So a figure drawn again from the folder is the same. A user's own gets all there is.
    """
    if isinstance(results, Results) and not figures[name].file:
        return results.monthly
    return results


def words(name: str, results: Any) -> Words:
    """A figure in words; of a user's own that has none, what its docstring says."""
    plug, results = figures[name], drawn_from(name, results)
    title = _said(plug, "headline", results) or clean(plug.meaning).rstrip(".")
    alt = _said(plug, "alt", results) or f"{title}. Figure {name}."
    return Words(title, alt, _said(plug, "sentence", results))


def numbers(name: str, results: Any) -> Numbers | None:
    """The numbers behind a figure; None where it tells none."""
    make: Callable[[Any], Numbers] | None = figures[name].facts.get("numbers")
    return None if make is None else make(drawn_from(name, results))


def _said(plug: Plug, fact: str, results: Any) -> str:
    say: Callable[[Any], str] | None = plug.facts.get(fact)
    return "" if say is None else say(results)
