"""How much of a terminal's line a text takes: wide characters two columns, marks none."""

from __future__ import annotations

import unicodedata
from itertools import accumulate

WIDE = {"W", "F"}
INVISIBLE = {"Cf", "Mn", "Me"}


def columns(text: str) -> int:
    """Columns of a terminal that `text` takes."""
    return sum(map(_columns, text))


def beginning(text: str, width: int) -> str:
    """The longest beginning of `text` that takes at most `width` columns."""
    ends = accumulate(map(_columns, text))
    return text[: sum(end <= width for end in ends)]


def _columns(character: str) -> int:
    if unicodedata.category(character) in INVISIBLE:
        return 0
    return 2 if unicodedata.east_asian_width(character) in WIDE else 1
