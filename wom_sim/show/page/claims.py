"""The claims of the articles in the page: what is said, and what came of it in both presets."""

from __future__ import annotations

from typing import NamedTuple

from wom_sim.show.page.kept import Kept, Row
from wom_sim.show.page.sheets import cell
from wom_sim.show.text import clean

LOOKS = {"holds": "holds", "does not hold": "fails", "depends": "depends"}
"""How a verdict is set; anything else is an input."""


class Verdict(NamedTuple):
    """A verdict in one preset and its first test: effect with its interval."""

    preset: str
    word: str
    look: str
    effect: str


class Judged(NamedTuple):
    """A claim as the article says it, with a verdict for each preset."""

    number: str
    quotation: str
    source: str
    verdicts: tuple[Verdict, ...]


def board(kept: Kept) -> list[Judged]:
    """The claims of `claims.csv`, in the order of their numbers."""
    found: dict[str, list[Row]] = {}
    for row in kept.rows("claims"):
        found.setdefault(row["claim"], []).append(row)
    return [
        Judged(number, clean(rows[0]["quotation"]), clean(rows[0]["source"]), _verdicts(rows))
        for number, rows in sorted(found.items(), key=lambda item: int(item[0]))
    ]


def _verdicts(rows: list[Row]) -> tuple[Verdict, ...]:
    first = {row["preset"]: row for row in reversed(rows)}
    return tuple(
        Verdict(preset, clean(row["verdict"]), LOOKS.get(row["verdict"], "input"), _effect(row))
        for preset, row in sorted(first.items())
    )


def _effect(row: Row) -> str:
    what = clean(row["test"])
    interval = f" [{cell(row['ci_low'])}, {cell(row['ci_high'])}]" if row["ci_low"] else ""
    return f"{what}: {cell(row['effect'])}{interval}"
