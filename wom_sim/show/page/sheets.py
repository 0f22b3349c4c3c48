"""Tables of the page: a caption, heads and cells, all of them text."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from wom_sim.guide.telling import number
from wom_sim.show.text import clean
from wom_sim.show.wording import UNKNOWN


class Sheet(NamedTuple):
    """A table; the first column names its rows."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def cell(value: Any) -> str:
    """A cell: numbers, also those of a table's text, to four digits; a dash for what is unknown."""
    if isinstance(value, bool) or value in _WORDS:
        return _WORDS[str(value).lower()]
    try:
        return number(float(value)) if math.isfinite(float(value)) else UNKNOWN
    except (TypeError, ValueError):
        return clean(str(value))


_WORDS = {"-inf": "below all", "inf": "above all", "true": "yes", "false": "no", "": UNKNOWN}
