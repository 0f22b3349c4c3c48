"""What `explain` prints: the table of all parameters, and one entry for any name.

The registries must be filled by the caller; what is not registered is not explained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from wom_sim.guide import plug_outcomes, plug_words
from wom_sim.guide.acts import places
from wom_sim.guide.entries import FILES, among, brief, of_file, of_plug, of_section, of_setting
from wom_sim.guide.layout import cell, longest_word, row
from wom_sim.guide.names import (
    PLACES,
    RUN,
    Setting,
    UnknownName,
    candidates,
    choosing,
    plugs,
    remedy,
    sections,
    settings,
)
from wom_sim.guide.plug_texts import WHERE, of_kind, of_plugins
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

    The whole table begins with an index. Raises UnknownName for a part there is not.
    """
    for name in sections:
        if name not in parts():
            raise UnknownName(name, suggestion(name, parts()))
    found = settings()
    blocks = [_part(part, found, width) for part in sections or parts()]
    if not sections:
        blocks.insert(0, _index(width))
    return "\n\n".join("\n".join(block) for block in blocks)


def entry(name: str, width: int = 80) -> str:
    """All that is known about one name, in lines of at most `width` where its examples allow.

    A last word such as `negativity_ratio` will do where it is the only one; of several, they
    are listed. For a word that is no name, names and meanings with it are listed. Raises
    UnknownName where there are none either.
    """
    name = name.strip()
    return _exact(name, width) or _short(name, width) or _searched(name, width)


def _exact(name: str, width: int) -> str:
    """The entry of a whole name, '' where nothing has it."""
    found, kind = settings(), name if name in WHERE else ""
    if name in found:
        return "\n\n".join([_text(of_setting(found[name], width)), *_further(name, width)])
    if tuple(name.split(".")) in sections() and name:
        more = [_text(of_kind(kind, width))] if kind else []
        return "\n\n".join([_text(_of_section(name, width)), *more])
    if name in plugs():
        return _text(of_plug(*plugs()[name], width))
    if name == RUN:
        return table(width, (RUN,))
    if name == "plugin":
        return _text(of_plugins(width))
    # `network` is short for the parameter that names networks.
    return _text(of_kind(kind, width)) if kind and kind != "network" else ""


def _further(name: str, width: int) -> Iterator[str]:
    """What is listed below an entry: the table of a part, what is registered, how to write one."""
    if name in ("events", *PLACES):
        yield table(width, (name,))
    if name == "plugins":
        yield _text(of_plugins(width))
    if name in plug_outcomes.REGISTRIES:
        yield _text(plug_outcomes.listed(name, width))
    yield from (_text(of_file(plugs()[plug][1], width)) for plug in FILES
                if plug in plugs() and plugs()[plug][0] == name)
    kind = next((kind for kind, where in WHERE.items() if where == name), "")
    if kind:
        yield _text(of_kind(kind, width))


def _short(name: str, width: int) -> str:
    """The entry that a last word or a choice leads to, '' where there is none."""
    found, near = settings(), candidates(name) if name else []
    chosen = choosing(name) if name and not near else []
    if chosen:
        head = f"'{name}' is a choice of {' and of '.join(chosen)}"
        return "\n\n".join([head, *(_text(of_setting(found[key], width)) for key in chosen)])
    further = plug_outcomes.also(name) if near else ""
    if len(near) == 1:
        told = entry(near[0], width)
    else:
        alike = [found[key] for key in near if key in found]
        told = _text(among(name, alike, width)) if near else ""
    return f"{told}\n\n{further}" if further else told


def _searched(name: str, width: int) -> str:
    """What is found for a word that is no name of the format; outcomes and figures come last."""
    known = plug_words.everyday(name)
    if known:
        return _text(plug_words.told_everyday(name, known, width))
    here = [] if plug_outcomes.is_shipped(name) else plug_words.search(name)
    if here:
        return _text(plug_words.told(name, here, width))
    result = plug_outcomes.registered(name)
    if result:
        return _text(plug_outcomes.of_result(*result, width))
    everywhere = plug_words.search(name, late=True)
    if everywhere:
        return _text(plug_words.told(name, everywhere, width))
    raise UnknownName(name, remedy(plug_words.closest(name)))


def _index(width: int) -> Iterator[str]:
    yield from _heading("explain", "what may be asked for, and then all of it as a table", width)
    told = {RUN: "keys of the file: arms, weeks, seed and others"}
    told |= {part: _lines(_meaning(part)) for part in (*Parameters.model_fields, "events")}
    told |= {place: f"{', '.join(kind)}; how to write one" for place, kind in PLACES.items()}
    told |= _ASKED
    longest = max(map(len, told))
    for name, about in told.items():
        yield from row([[name], cell(about, max(width - longest - 2, 20))], (longest, 0))
    yield from ["", *cell(_HOW, width)]


_ASKED = {
    "outcomes": "what a run is reduced to, such as clients_won",
    "figures": "what is drawn",
    "plugins": "how to write a network, strategy, judgement rule, outcome or figure",
}
_HOW = (
    "Ask by explain NAME: a section (explain talk), a parameter (explain talk.retell, or"
    " negativity_ratio), a choice (veto), an outcome (clients_won), a word (gossip), or a file for"
    " its week in English (explain my_question.yaml)."
)

def _lines(text: str) -> str:
    return " ".join(text.strip().split("\n\n")[0].split())


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
            yield name, "", "", [], [brief(plug)]
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
