"""What `explain` prints: the table of all parameters, and one entry for any name.

The registries must be filled by the caller; what is not registered is not explained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from wom_sim.guide.acts import places
from wom_sim.guide.entries import among, of_plug, of_section, of_setting, prose
from wom_sim.guide.layout import cell, longest_word, row
from wom_sim.guide.names import (
    PLACES,
    RUN,
    Setting,
    UnknownName,
    candidates,
    plugs,
    remedy,
    sections,
    settings,
)
from wom_sim.scenario.faults import suggestion
from wom_sim.scenario.parameters import Event, Parameters

__all__ = ["UnknownName", "entry", "names", "parts", "table"]

_HEADS = ("name", "evidence", "articles", "unit, range", "meaning; source; where it acts")
_MOST = (22, 13, 13, 14)
_LEAST = (8, 8, 8, 11)


def names() -> tuple[str, ...]:
    """Every name that has an entry: keys, sections, parameters, plugs and their parameters."""
    inner = [".".join(path) for path in sections() if path]
    return tuple(dict.fromkeys((*settings(), *inner, *plugs())))


def parts() -> tuple[str, ...]:
    """The parts of the table: keys of a run, sections, events, and each kind of plug."""
    return (RUN, *Parameters.model_fields, "events", *PLACES)


def table(width: int = 100, sections: Sequence[str] = ()) -> str:
    """All parameters by section, or those of some of `parts`, in lines of at most `width`.

    Raises UnknownName for a part there is not.
    """
    for name in sections:
        if name not in parts():
            raise UnknownName(name, suggestion(name, parts()))
    found = settings()
    blocks = [_part(part, found, width) for part in sections or parts()]
    return "\n\n".join("\n".join(block) for block in blocks)


def entry(name: str, width: int = 80) -> str:
    """All that is known about one name, in lines of at most `width` where its examples allow.

    A last word such as `negativity_ratio` will do where it is the only one; of several, they
    are listed. Raises UnknownName for a name that nothing has.
    """
    name = name.strip()
    found = settings()
    if name in found:
        listed = [table(width, (name,))] if name in ("events", *PLACES) else []
        return "\n\n".join([_text(of_setting(found[name], width)), *listed])
    if tuple(name.split(".")) in sections() and name:
        return _text(_of_section(name, width))
    if name in plugs():
        return _text(of_plug(*plugs()[name], width))
    if name == RUN:
        return table(width, (RUN,))
    near = candidates(name) if name else []
    if len(near) == 1:
        return entry(near[0], width)
    if near:
        return _text(among(name, [found[key] for key in near if key in found], width))
    raise UnknownName(name, remedy(name))


def _of_section(name: str, width: int) -> Iterator[str]:
    if name in parts():
        yield table(width, (name,))
    else:
        own = [known for key, known in settings().items() if key.startswith(f"{name}.")]
        yield from [*_heading(name, sections()[tuple(name.split("."))].__doc__, width), ""]
        yield from _rows([_cells(known) for known in own], width)
    yield from of_section(name, width)


def _part(part: str, found: dict[str, Setting], width: int) -> Iterator[str]:
    if part in PLACES:
        title = f"the {PLACES[part].kind} plugs that `{part}` may name"
        yield from [*_heading(part, title, width), ""]
        yield from _rows(list(_plug_cells(part, found)), width)
        return
    about = "keys of the file besides sections" if part == RUN else _meaning(part)
    own = [known for known in found.values() if known.section == part]
    yield from [*_heading(part, about, width), ""]
    yield from _rows([_cells(known) for known in own], width)


def _meaning(part: str) -> str:
    section = Event if part == "events" else sections()[(part,)]
    return section.__doc__ or ""


def _heading(name: str, about: str | None, width: int) -> list[str]:
    first = (about or "").strip().split("\n\n")[0]
    lines = cell(f"{name}: {first}", width)
    return [*lines, "─" * max(map(len, lines))]


Cells = tuple[str, str, str, list[str], list[str]]
"""Name, both values, unit and range, and the texts of a row."""


def _cells(known: Setting) -> Cells:
    name = known.name.removeprefix(f"{known.section}.")
    articles = known.articles if known.articles != known.evidence else ""
    acting = places(known.name)
    texts = [known.meaning, f"source: {known.source}" if known.source else ""]
    if known.articles_source != known.source:
        texts.append(f"in articles: {known.articles_source}")
    if acting:
        texts.append(f"acts in {acting[0].file.split('/')[-1]}: {acting[0].function}")
    return name, known.evidence, articles, [known.unit, known.range], texts


def _plug_cells(place: str, found: dict[str, Setting]) -> Iterator[Cells]:
    for name, (where, plug) in plugs().items():
        if where == place:
            yield name, "", "", [], [prose(plug)]
            for key in plug.section.model_fields:
                _, evidence, articles, sizes, texts = _cells(found[f"{name}.{key}"])
                yield f"{name}.{key}", evidence, articles, sizes, texts


def _rows(rows: Sequence[Cells], width: int) -> Iterator[str]:
    widths = _widths(rows, width)
    yield from row([cell(head, room) for head, room in zip(_HEADS, widths, strict=True)], widths)
    for name, evidence, articles, sizes, texts in rows:
        columns = [[name], [evidence], [articles], sizes, texts]
        wrapped = [
            [line for text in column if text for line in cell(text, room)] or [""]
            for column, room in zip(columns, widths, strict=True)
        ]
        yield from row(wrapped, widths)


def _widths(rows: Sequence[Cells], width: int) -> list[int]:
    columns: tuple[Callable[[Cells], list[str]], ...] = (
        lambda cells: [cells[0]],
        lambda cells: [cells[1]],
        lambda cells: [cells[2]],
        lambda cells: cells[3],
    )
    widths = []
    for column, least, most in zip(columns, _LEAST, _MOST, strict=True):
        needed = longest_word([text for cells in rows for text in column(cells)])
        widths.append(min(max(needed, least), most if width >= 100 else most - 3))
    return [*widths, max(width - sum(widths) - 2 * len(widths), 20)]


def _text(lines: Iterator[str]) -> str:
    return "\n".join(lines)
