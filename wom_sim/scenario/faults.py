"""What is wrong with a scenario, in words: one line a fault, with its place and its remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

LONGEST_LIST = 105
"""Characters of names that are listed where none is near."""
MOST_FAULTS = 100
"""Faults shown for one scenario; the rest are counted."""

_LONGEST = 60
_FRACTION = re.compile(r"(\d+) ?/ ?(\d+)", re.ASCII)
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)


class Fault(NamedTuple):
    """One fault; line and column count from 1, and 0 where the fault has no line.

    `file` is the file's name, or the option such as `--set talk.delighted=2`. `name` is the
    dotted name of the parameter. `str` gives `FILE:LINE:COL: name: problem; remedy`.
    """

    file: str
    line: int
    column: int
    name: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        said = "; ".join(part for part in (self.problem, self.remedy) if part)
        return visible(": ".join(part for part in (place, self.short_name, said) if part))

    @property
    def short_name(self) -> str:
        """The name, its middle left out where it is long."""
        whole = len(self.name) <= 2 * _LONGEST
        return self.name if whole else f"{self.name[:_LONGEST]}...{self.name[-_LONGEST:]}"


class ScenarioError(Exception):
    """A scenario that cannot be used; `str` is one line for each fault.

    `texts` holds the files read, by name, to show the lines at fault.
    """

    def __init__(self, faults: Iterable[Fault], texts: Mapping[str, str] | None = None) -> None:
        self.faults, self.texts = tuple(faults), dict(texts or {})
        super().__init__(self.faults, self.texts)

    def __str__(self) -> str:
        lines = [str(fault) for fault in self.faults[:MOST_FAULTS]]
        more = len(self.faults) - MOST_FAULTS
        return "\n".join([*lines, f"... and {more} more"] if more > 0 else lines)


class Slip(NamedTuple):
    """A value that a field refuses, as `worded` sees it.

    `written` is the value as the file shows it, `low` and `high` the field's inclusive range,
    `options` the words or keys that would be right, `unit` the field's unit.
    """

    value: Any
    written: str
    low: float | None
    high: float | None
    options: tuple[str, ...]
    unit: str = ""


def visible(text: str) -> str:
    """`text` with every character that would not print escaped."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def shortened(text: str) -> str:
    """`text`, visible, cut to a length that fits a message."""
    text = visible(text[: 2 * _LONGEST])
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def quoted(text: str) -> str:
    """`text` shortened, in single quotes."""
    return f"'{shortened(text)}'"


def nearest(word: str, options: Iterable[str]) -> str | None:
    """The option most like `word`, whatever the case, or None if none is like it."""
    # difflib takes quadratic time, and no name of ours is that long.
    folded = {option.casefold(): option for option in options}
    close = get_close_matches(word.casefold()[:_LONGEST], folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def suggestion(word: str, options: Iterable[str]) -> str:
    """The remedy for an unknown word: the nearest option, or all of them."""
    known = tuple(options)
    near = nearest(word, known)
    if near is not None:
        return f"did you mean '{shortened(near)}'?"
    shown = [shortened(option) for option in known[:12]]
    while len(", ".join(shown)) > LONGEST_LIST and len(shown) > 1:
        shown.pop()
    more = ", ..." if len(shown) < len(known) else ""
    return f"known here: {', '.join(shown)}{more}" if known else "remove it"


def worded(kind: str, slip: Slip, message: str) -> tuple[str, str]:
    """Problem and remedy for the pydantic error `kind`; `message` is pydantic's own text."""
    words = _WORDS.get(kind)
    return words(slip) if words else (message[:1].lower() + message[1:], "")


def limits(low: float | None, high: float | None) -> str:
    """An inclusive range in words, such as `between 0 and 1`."""
    if low is not None and high is not None:
        return f"between {_plain(low)} and {_plain(high)}"
    if low is not None:
        return f"at least {_plain(low)}"
    return f"at most {_plain(high)}" if high is not None else "a number"


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else str(number)


def _range(slip: Slip) -> tuple[str, str]:
    problem = f"must be {limits(slip.low, slip.high)}, got {slip.written}"
    is_share = slip.low == 0 and slip.high is not None and slip.high <= 1
    if is_share and slip.high is not None and 2 <= slip.value <= 100 * slip.high:
        return problem, f"for {slip.value:g} % write {slip.value / 100:g}"
    return problem, ""


def _number(slip: Slip) -> tuple[str, str]:
    if isinstance(slip.value, str):
        return _text_for_number(slip.value, slip.unit)
    if isinstance(slip.value, (list, dict)):
        return f"expected a number, not {slip.written}", ""
    return f"{slip.written} is not a number", ""


def _text_for_number(text: str, unit: str) -> tuple[str, str]:
    if _NUMBER.fullmatch(text):
        return f"{quoted(text)} is text", "remove the quotes"
    fraction = _FRACTION.fullmatch(text)
    remedy = ""
    if fraction and float(fraction[2]):
        remedy = f"write {float(fraction[1]) / float(fraction[2]):.3g}"
    elif unit == "trade":
        remedy = "write the number of a trade, from 0; 0 is the treated one"
    elif unit and text[:1].isdigit():
        remedy = f"write a number alone; its unit is {unit}"
    return f"{quoted(text)} is text, not a number", remedy


def _whole(slip: Slip) -> tuple[str, str]:
    if isinstance(slip.value, float):
        return f"{slip.written} is not a whole number", ""
    return _number(slip)


def _list(slip: Slip) -> tuple[str, str]:
    return f"expected a list such as [1, 2, 3], not {slip.written}", ""


def _empty(slip: Slip) -> tuple[str, str]:
    return "the list is empty", "give it at least one value"


def _yes_or_no(slip: Slip) -> tuple[str, str]:
    return f"expected true or false, not {slip.written}", ""


def _text(slip: Slip) -> tuple[str, str]:
    if isinstance(slip.value, (list, dict)):
        return f"expected text, not {slip.written}", ""
    return f"{slip.written} is not text", "put quotes around it"


def _word(slip: Slip) -> tuple[str, str]:
    if isinstance(slip.value, str):
        return f"{quoted(slip.value)} is unknown", suggestion(slip.value, slip.options)
    words = " or ".join(f"'{option}'" for option in slip.options)
    return f"expected {words}, not {slip.written}", ""


def _settings(slip: Slip) -> tuple[str, str]:
    example = f" such as '{slip.options[0] if slip.options else 'talk.weak: 0.1'}'"
    named = example.startswith(" such as 'kind:") and isinstance(slip.value, str)
    remedy = f"write {{kind: {shortened(slip.value)}}}" if named else ""
    return f"expected settings{example}, not {slip.written}", remedy


_WORDS: Mapping[str, Callable[[Slip], tuple[str, str]]] = {
    "bool_type": _yes_or_no,
    "dict_type": _settings,
    "float_type": _number,
    "greater_than_equal": _range,
    "int_type": _whole,
    "less_than_equal": _range,
    "list_type": _list,
    "literal_error": _word,
    "model_type": _settings,
    "string_type": _text,
    "too_short": _empty,
}
