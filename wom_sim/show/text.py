"""Text that others wrote, made safe to print and to draw: names may hold anything."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from wom_sim.scenario.columns import beginning, columns

UNNAMED = "(unnamed)"


def clean(text: str) -> str:
    """`text` on one line, without control and format characters, never empty."""
    kept = "".join(map(_safe, text))
    return re.sub(r"[ \t\r\n\f\v]+", " ", kept).strip() or UNNAMED


def middle(text: str, width: int) -> str:
    """`text` in at most `width` columns; what does not fit becomes an ellipsis in its middle."""
    if columns(text) <= width:
        return text
    head = beginning(text, width // 2).rstrip()
    tail = beginning(text[::-1], width - 1 - columns(head))[::-1]
    return f"{head}…{tail.lstrip()}"


def wrap(text: str, width: int) -> list[str]:
    """All of `text` in lines of `width` columns; only words wider than a line are broken."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and columns(f"{lines[-1]} {word}") <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.extend(_pieces(word, width))
    return lines


def pad(text: str, width: int, right: bool = True) -> str:
    """`text` with blanks up to `width` columns, before it or (`right` false) behind it."""
    blanks = " " * (width - columns(text))
    return blanks + text if right else text + blanks


def level(
    cells: Sequence[Sequence[str]], widths: Sequence[int], gap: int, low: bool = False
) -> list[str]:
    """Cells of several lines side by side, the first flush left; `low` sets short ones low."""
    height = max(map(len, cells))
    full = [_filled(cell, height, low) for cell in cells]
    flush = [False, *([True] * (len(cells) - 1))]
    rows = [map(pad, row, widths, flush) for row in zip(*full, strict=True)]
    return [(" " * gap).join(row).rstrip() for row in rows]


def _filled(lines: Sequence[str], height: int, low: bool) -> list[str]:
    blank = [""] * (height - len(lines))
    return [*blank, *lines] if low else [*lines, *blank]


def _pieces(word: str, width: int) -> list[str]:
    pieces = []
    while columns(word) > width:
        first = beginning(word, width) or word[0]
        pieces.append(first)
        word = word[len(first) :]
    return [*pieces, word] if word or not pieces else pieces


def _safe(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in {"Cc", "Zl", "Zp"}:
        return " "
    if kind == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    if kind == "Cf" or "\ufe00" <= character <= "\ufe0f":
        return ""
    return character
