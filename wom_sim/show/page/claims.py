"""The claims of the articles in the page: what is said, what came of it, and where it flips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from wom_sim.show.flipping import Flip, line
from wom_sim.show.page.kept import Kept, Row
from wom_sim.show.scoreboard import MARKS, interval, sign
from wom_sim.show.text import clean
from wom_sim.study.results import Board

LOOKS = {"holds": "holds", "does not hold": "fails", "depends": "depends"}
"""How a verdict is set; anything else is an input."""
FLAGS = ("asserted", "holds", "contrary", "clearly_short")


class Verdict(NamedTuple):
    """A verdict in one preset and its first test: effect with its interval, what became of it."""

    preset: str
    word: str
    look: str
    effect: str


class Judged(NamedTuple):
    """A claim as the article says it, a verdict for each preset, and where it flips if known."""

    number: str
    quotation: str
    source: str
    verdicts: tuple[Verdict, ...]
    flips: tuple[str, ...]


def board(kept: Kept) -> list[Judged]:
    """The claims of `claims.csv`, in the order of their numbers."""
    found: dict[str, list[Row]] = {}
    for row in kept.rows("claims"):
        found.setdefault(row["claim"], []).append(row)
    return [
        Judged(number, clean(rows[0]["quotation"]), clean(rows[0]["source"]), _verdicts(rows),
               _flips(rows, flips(kept)))
        for number, rows in sorted(found.items(), key=lambda item: int(item[0]))
    ]


def flips(kept: Kept) -> Sequence[Flip]:
    """The flips that a folder of claims holds; none where no search is at hand."""
    return kept.results.flips if isinstance(kept.results, Board) else ()


def _flips(rows: list[Row], known: Sequence[Flip]) -> tuple[str, ...]:
    return tuple(line(one, is_input=bool(rows[0]["input"]))
                 for one in known if one.claim == int(rows[0]["claim"]))


def _verdicts(rows: list[Row]) -> tuple[Verdict, ...]:
    first = {row["preset"]: row for row in reversed(rows)}
    return tuple(
        Verdict(preset, clean(row["verdict"]), LOOKS.get(row["verdict"], "input"), _effect(row))
        for preset, row in sorted(first.items())
    )


def _effect(row: Row) -> str:
    effect, low, high = (float(row[key] or "nan") for key in ("effect", "ci_low", "ci_high"))
    asserted, holds, contrary, missed = (row[key] == "true" for key in FLAGS)
    became = sign(asserted, holds, contrary, missed, float(row["p"]))
    return f"{clean(row['test'])}: {interval(effect, low, high)}, {MARKS[became]}"
