"""Text that others wrote, made safe to print and to draw: names may hold anything."""

from __future__ import annotations

import re
import unicodedata

UNNAMED = "(unnamed)"
WIDE = {"W", "F"}
INVISIBLE = {"Cf", "Mn", "Me"}


def clean(text: str) -> str:
    """`text` on one line, without control and format characters, never empty."""
    kept = "".join(map(_safe, text))
    return re.sub(r"[ \t\r\n\f\v]+", " ", kept).strip() or UNNAMED


def columns(text: str) -> int:
    """Columns of a terminal that `text` takes."""
    return sum(map(_columns, text))


def clip(text: str, width: int) -> str:
    """`text` in at most `width` columns; what does not fit becomes an ellipsis."""
    if columns(text) <= width:
        return text
    kept = ""
    for character in text:
        if columns(kept + character) > width - 1:
            break
        kept += character
    return kept.rstrip() + "…"


def fold(text: str, width: int, most: int) -> list[str]:
    """`text` as at most `most` lines of `width` columns, broken between words."""
    lines: list[str] = []
    words = text.split(" ")
    while words and len(lines) < most - 1:
        line = clip(words.pop(0), width)
        while words and columns(f"{line} {words[0]}") <= width:
            line = f"{line} {words.pop(0)}"
        lines.append(line)
    return [*lines, clip(" ".join(words), width)] if words else lines


def pad(text: str, width: int, right: bool = True) -> str:
    """`text` with blanks up to `width` columns, before it or (`right` false) behind it."""
    blanks = " " * (width - columns(text))
    return blanks + text if right else text + blanks


def _safe(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in {"Cc", "Zl", "Zp"}:
        return " "
    if kind == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    if kind == "Cf" or "\ufe00" <= character <= "\ufe0f":
        return ""
    return character


def _columns(character: str) -> int:
    if unicodedata.category(character) in INVISIBLE:
        return 0
    return 2 if unicodedata.east_asian_width(character) in WIDE else 1
