"""Numbers of the model as people say them: `70 % of people in need ask friends`."""

from __future__ import annotations

from functools import cache

from wom_sim.scenario.parameters import Parameters
from wom_sim.scenario.parameters.explore import USUAL, VALUE
from wom_sim.scenario.quantities import Declaration, declarations
from wom_sim.show.wording import NBSP, number, signed

SHARES = ("share", "chance")
MANY = "(s)"
"""What a saying ends with where one and many differ."""


def words(saying: str, entry: Declaration, value: float) -> str:
    """A saying with its value in it."""
    return _filled(saying, value_words(entry, value), one=value == 1)


def value_words(entry: Declaration, value: float) -> str:
    """A value as people say it: shares in percent, what may be negative with its sign."""
    if entry.unit in SHARES:
        return f"{number(100 * value)}{NBSP}%"
    return signed(value) if entry.low is not None and entry.low < 0 else number(value)


def known(dotted: str, value: float) -> tuple[str, str]:
    """A parameter that people talk about at a value, within a sentence, and the value alone.

    Both are empty where there are no words for it.
    """
    saying, entry = _sayings().get(dotted), _entries().get(dotted)
    if saying is None or entry is None:
        return "", ""
    told = words(saying, entry, value)
    return told[:1].lower() + told[1:], value_words(entry, value)


def counted(dotted: str, value: str) -> str:
    """`3 referral partners`, of a value that is told already; empty where nothing is counted."""
    saying, entry = _sayings().get(dotted, ""), _entries().get(dotted)
    if entry is None or entry.unit in SHARES or not saying.startswith(VALUE):
        return ""
    return _filled(saying, value, one=value == "1")


def _filled(saying: str, told: str, *, one: bool) -> str:
    return saying.replace(MANY, "" if one else "s").replace(VALUE, told)


@cache
def _sayings() -> dict[str, str]:
    return {usual.name: usual.says for usual in USUAL}


@cache
def _entries() -> dict[str, Declaration]:
    return {entry.name: entry for entry in declarations(Parameters)}
