"""Unquoted values of a scenario file: text, numbers and words, and what only looks like them."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from wom_sim.scenario.faults import quoted, shortened

MOST_DIGITS = 20
"""Digits of the largest seed, 2^64 - 1."""
QUOTES = "or put quotes around it"


class Refusal(NamedTuple):
    """What is wrong with a scalar, and what to write instead."""

    problem: str
    remedy: str = QUOTES


Scalar: TypeAlias = str | int | float | bool | None


def plain(text: str) -> Scalar | Refusal:
    """The value of an unquoted scalar: null, a truth value, a number or text."""
    if text in _WORDS:
        return _WORDS[text]
    if text.isascii() and text[:1].isalpha() and not _MAYBE_ODD_WORD.match(text):
        return text
    if _WHOLE.fullmatch(text):
        return _whole(text)
    if _DECIMAL.fullmatch(text):
        return _decimal(text)
    return next((say(text) for form, say in _TRAPS if form.fullmatch(text)), None) or _odd(text)


def _whole(text: str) -> int | Refusal:
    digits = text.lstrip("+-")
    if len(digits) > MOST_DIGITS:
        start = f"the number {digits[:12]}... has {len(digits)} digits"
        return Refusal(start, f"at most {MOST_DIGITS} are allowed")
    if len(digits) > 1 and digits.startswith("0"):
        return Refusal(f"{text} starts with a zero", f"write {int(text)}, {QUOTES}")
    return int(text)


def _decimal(text: str) -> float | Refusal:
    number = float(text)
    if math.isinf(number):
        return Refusal(f"the number {shortened(text)} is too large", "give a smaller one")
    if number == 0 and re.search("[1-9]", re.split("[eE]", text)[0]):
        return Refusal(f"the number {shortened(text)} is too small", "write 0")
    # -0.0 equals 0.0 but would print, and so hash, differently.
    return number + 0.0


def _odd(text: str) -> str | Refusal:
    """Text, unless it is a number in characters that only look like digits and signs."""
    digits = "".join(str(unicodedata.digit(c, c)) for c in text)
    straight = unicodedata.normalize("NFKC", digits).translate(_LOOKALIKES)
    if _SPACED.fullmatch(straight):
        straight = straight.replace(" ", "")
    if straight == text or not (_WHOLE.fullmatch(straight) or _DECIMAL.fullmatch(straight)):
        return text
    odd = next(c for c in text if not c.isascii())
    problem = f"{quoted(text)} holds the odd character U+{ord(odd):04X}"
    return Refusal(problem, f"write {shortened(straight)}, {QUOTES}")


def _based(text: str) -> Refusal:
    digits = text.lstrip("+-")
    value = str(int(digits, 0)) if len(digits) <= MOST_DIGITS else "a decimal number"
    return Refusal(f"{quoted(text)} is not a decimal number", f"write {value}, {QUOTES}")


def _instead(
    problem: str, remedy: Callable[[str], str], or_text: str = ""
) -> Callable[[str], Refusal]:
    def say(text: str) -> Refusal:
        return Refusal(f"{quoted(text)} {problem}", f"write {shortened(remedy(text))}{or_text}")

    return say


def _percent(text: str) -> str:
    number = text.rstrip("% percnt").replace(",", ".")
    return f"{float(number) / 100:g}"


_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_MAYBE_ODD_WORD = re.compile(r"(y|n|yes|no|on|off|nan|inf|infinity)$", re.IGNORECASE)
_WHOLE = re.compile(r"[-+]?[0-9]+")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPACED = re.compile(r"[-+]?[0-9]{1,3}( [0-9]{3})+")
_LOOKALIKES = {ord(c): "-" for c in "−‐‑‒–—"}

_TRAPS: tuple[tuple[re.Pattern[str], Callable[[str], Refusal]], ...] = (
    (
        re.compile(r"y|n|yes|no|on|off", re.IGNORECASE),
        _instead("is ambiguous in YAML", lambda _: "true or false", f", {QUOTES}"),
    ),
    (
        re.compile(r"[-+]?\.?(nan|inf|infinity)", re.IGNORECASE),
        lambda text: Refusal(f"{text} is not allowed", f"give a finite number, {QUOTES}"),
    ),
    (re.compile(r"[-+]?0([xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)"), _based),
    (
        re.compile(r"[-+]?([0-9]+([.,][0-9]+)?|[.,][0-9]+) ?(%|percent|per cent|pct)"),
        _instead("is not a plain number", _percent),
    ),
    (
        re.compile(r"[-+]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?"),
        _instead("has a comma", lambda text: text.replace(",", "")),
    ),
    (
        re.compile(r"[-+]?[0-9]*,[0-9]+"),
        _instead("has a comma", lambda text: text.replace(",", ".")),
    ),
    (
        re.compile(r"[-+]?([0-9]+([_'][0-9]+)+|[0-9]{1,3}( [0-9]{3})+)(\.[0-9]*)?"),
        _instead("is not a plain number", lambda text: re.sub("[_' ]", "", text)),
    ),
    (
        re.compile(r"[-+]?[0-9]+(:[0-9]+)+(\.[0-9]*)?"),
        _instead("is a time", lambda _: "a plain number"),
    ),
    (
        re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?"),
        _instead("is a date", lambda _: "a number such as 26; weeks count from 0"),
    ),
)
