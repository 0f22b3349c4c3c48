"""Text in columns of a terminal: cells that wrap, rows, and facts with a label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

GAP = "  "
LABEL = 10
"""Columns of a fact's label."""


def cell(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns; words longer than that break after `_` or `.`."""
    lines, line = [], ""
    for word in text.split():
        for place, part in enumerate(_parts(word, width)):
            gap = " " if line and place == 0 else ""
            if len(line) + len(gap) + len(part) > width:
                lines.append(line)
                line, gap = "", ""
            line += gap + part
    return [*lines, line]


def row(cells: Sequence[Sequence[str]], widths: Sequence[int]) -> Iterator[str]:
    """Lines of one row: `cells` are lines already wrapped, each column `widths` wide."""
    for parts in zip_longest(*cells, fillvalue=""):
        padded = (part.ljust(width) for part, width in zip(parts, widths, strict=True))
        yield GAP.join(padded).rstrip()


def longest_word(texts: Sequence[str]) -> int:
    """Columns of the longest word in any of the texts, 0 without one."""
    return max((len(word) for text in texts for word in text.split()), default=0)


def fact(label: str, text: str, width: int) -> Iterator[str]:
    """A label and its text, indented by two and wrapped beside the label."""
    lines = cell(text, width - LABEL - len(GAP) - 2)
    yield from indented("\n".join(row(([label], lines), (LABEL, 0))), 2)


def kept(text: str, width: int, by: int = 4) -> Iterator[str]:
    """Lines `by` columns further in; one that is too long goes on below, further in still."""
    for line in text.splitlines():
        if len(line) + by <= width:
            yield from indented(line, by)
        else:
            start = by + len(line) - len(line.lstrip())
            first, *more = cell(line, width - start - 4)
            yield from indented(first, start)
            yield from indented("\n".join(more), start + 4)


def paragraphs(text: str, width: int, by: int = 4) -> Iterator[str]:
    """Text by paragraphs: lines that begin with blanks stay as they are, others are wrapped."""
    for place, block in enumerate(text.strip("\n").split("\n\n")):
        if place:
            yield ""
        if block.startswith("    "):
            yield from indented(block, by)
        else:
            yield from indented("\n".join(cell(block, width - by)), by)


def indented(text: str, by: int = 4) -> Iterator[str]:
    """Lines as they are, `by` columns further in."""
    return (f"{' ' * by}{line}".rstrip() for line in text.splitlines())


def _parts(word: str, width: int) -> list[str]:
    if len(word) <= width:
        return [word]
    pieces = re.findall(r"[^_.]+[_.]?|[_.]", word)
    return [piece[n : n + width] for piece in pieces for n in range(0, len(piece), width)]
