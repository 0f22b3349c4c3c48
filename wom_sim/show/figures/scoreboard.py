"""What the articles claim, and what the simulated town says of it: a slide or two of claims."""

from __future__ import annotations

from wom_sim.scenario.registry import figures
from wom_sim.show import board
from wom_sim.show.scoreboard import MARKS, effect_of, headline, mark, needs, overall, rows
from wom_sim.show.shape import Numbers
from wom_sim.show.style import Figure
from wom_sim.show.text import clean
from wom_sim.study.results import Board

NEEDS = "the claims put to the test: python -m wom_sim claims"


def message(results: Board) -> str:
    """The figure's message."""
    return headline(results.verdicts)


def sentence(results: Board) -> str:
    """How to read it."""
    return ("A claim holds where every variant of its test is shown, in both presets; what a"
            " parameter asserts is an input and never a finding.")


def _alt(results: Board, place: int) -> str:
    part = board.parts(rows(results.verdicts))[place]
    told = "; ".join(f"claim {row[0].claim.number} {overall(row)}" for row in part)
    return (f"{message(results)}. A table of claims, each with its verdict in every preset and a"
            f" dot for its effect with a 95 % bar: {told}.")


def _numbers(results: Board, place: int) -> Numbers:
    """Every test of a slide's claims: what it needs and what it found."""
    found = [
        (one.claim.number, clean(one.claim.quotation), one.preset, one.word, clean(test.test),
         needs(one.claim.tests[test.test]), effect_of(test, one.claim.tests[test.test]),
         MARKS[mark(test, one.claim.tests[test.test])])
        for row in board.parts(rows(results.verdicts))[place] for one in row for test in one.tests
    ]
    heads = ("claim", "quotation", "preset", "verdict", "test", "needs", "effect", "which is")
    return Numbers(heads, tuple(found))


def two_slides(results: Board) -> bool:
    """Whether there are more claims than one slide holds."""
    return len(board.parts(rows(results.verdicts))) > 1


@figures.register(
    "scoreboard", headline=message, alt=lambda results: _alt(results, 0), sentence=sentence,
    numbers=lambda results: _numbers(results, 0), of="claims", needs=NEEDS,
)
def first(results: Board) -> Figure:
    """What the articles claim, and what the simulated town says of it."""
    return board.page(results.verdicts, 0)


@figures.register(
    "scoreboard_2", headline=message, alt=lambda results: _alt(results, 1), sentence=sentence,
    numbers=lambda results: _numbers(results, 1), of="claims", fits=two_slides,
    needs="more than eight claims put to the test: python -m wom_sim claims",
)
def second(results: Board) -> Figure:
    """The second half of the scoreboard."""
    return board.page(results.verdicts, 1)
