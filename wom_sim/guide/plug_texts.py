"""How to write plugs of one's own, as `explain` prints it."""

from __future__ import annotations

from collections.abc import Iterator

from wom_sim.guide.layout import cell, fact, indented, kept, paragraphs, row
from wom_sim.guide.plug_kinds import FILE, KINDS, PARAMETERS, USE, Kind
from wom_sim.guide.plug_outcomes import measures

WHERE = {
    "network": "population.network",
    "judgement": "judgement.rule",
    "strategy": "partners.strategies",
    "outcome": "outcomes",
    "figure": "figures",
}
"""The name under which each kind is listed, and at which a scenario sets it."""


def of_kind(kind: str, width: int) -> Iterator[str]:
    """How to write a plug of one kind; a scenario and a plugin that run as they stand."""
    yield from _kind(kind, KINDS[kind], width)
    pointer = (
        f"explain plugins tells how parameters are declared and plugins allowed;"
        f" explain {WHERE[kind]} lists what there is."
    )
    yield from ["", *indented("\n".join(cell(pointer, width - 2)), 2)]


def of_plugins(width: int) -> Iterator[str]:
    """All there is to know for writing plugs of any kind."""
    title = "writing plugs of your own"
    yield from [title, "─" * len(title)]
    about = (
        "A plug is a function with a decorator; a file of them is a plugin. Its docstring is its"
        f" meaning, its first line stands in tables. There are {len(KINDS)} kinds:"
    )
    yield from indented("\n".join(cell(about, width - 2)), 2)
    for kind, known in KINDS.items():
        yield from fact(kind, known.what.partition(": ")[2], width)
    yield from ["", "  how a scenario uses a plugin", *paragraphs(USE, width)]
    yield from ["", "  parameters", *paragraphs(PARAMETERS, width)]
    for kind, known in KINDS.items():
        yield from ["", "", *_kind(kind, known, width)]


def _kind(kind: str, known: Kind, width: int) -> Iterator[str]:
    title = f"to write {known.what}"
    lines = cell(title, width)
    yield from [*lines, "─" * max(map(len, lines)), *indented(known.head, 4), ""]
    facts = (*known.receives, ("answers", known.answers))
    longest = max(len(name) for name, _ in facts)
    for name, about in facts:
        lines = cell(about, width - longest - 4)
        yield from indented("\n".join(row(([name], lines), (longest, 0))), 2)
    for note in known.notes:
        yield from ["", *indented("\n".join(cell(note, width - 2)), 2)]
    yield from ["", f"  {FILE}", *indented(known.code, 4)]
    yield from ["", "  in a scenario, run with --allow-plugins"]
    yield from indented(f"plugins: [{FILE}]\n{known.scenario}", 4)
    if kind == "outcome":
        yield from ["", "  measures of a week"]
        yield from kept("\n".join(cell(", ".join(measures()), width - 4)), width)
