"""Where verdicts on claims flip: how far one assumption must move, on a slide or two."""

from __future__ import annotations

from wom_sim.scenario.registry import figures
from wom_sim.show import flipped
from wom_sim.show.flipping import headline, told
from wom_sim.show.shape import Numbers
from wom_sim.show.style import Figure
from wom_sim.show.text import clean
from wom_sim.study.results import Board

NEEDS = "a search for flips beside the claims: python -m wom_sim claims --flips, then claims"


def message(results: Board) -> str:
    """The figure's message."""
    return headline(results.flips)


def sentence(results: Board) -> str:
    """How to read it."""
    return ("Each line is one assumed parameter moved alone; the shorter it is, the less must be"
            " otherwise for the verdict to be another.")


def _alt(results: Board, place: int) -> str:
    shown = [row[0].claim.number for row in _parts(results)[place]]
    lines = "; ".join(f"claim {one.claim}: {told(one)}" for one in results.flips
                      if one.claim in shown)
    return (f"{message(results)}. A table of claims with a bar each for how far one parameter must"
            f" move: {lines}.")


def _numbers(results: Board, place: int) -> Numbers:
    shown = [row[0].claim.number for row in _parts(results)[place]]
    found = [
        (one.claim, "holds" if one.holds else "does not hold", one.parameter,
         *((one.start, one.to, one.unit) if one.parameter else ("", "", "")),
         "yes" if one.confirmed else "no", clean(", ".join(one.searched)))
        for one in results.flips if one.claim in shown
    ]
    heads = ("claim", "as it is", "parameter", "from", "to", "unit", "confirmed", "searched")
    return Numbers(heads, tuple(found))


def _parts(results: Board) -> list[flipped.Rows]:
    return flipped.parts_of(results.verdicts, results.flips)


def _slides(results: Board) -> int:
    return len(_parts(results))


@figures.register(
    "flips", headline=message, alt=lambda results: _alt(results, 0), sentence=sentence,
    numbers=lambda results: _numbers(results, 0), of="claims",
    fits=lambda results: _slides(results) > 0, needs=NEEDS,
)
def first(results: Board) -> Figure:
    """Where verdicts flip."""
    return flipped.page(results.verdicts, results.flips, 0)


@figures.register(
    "flips_2", headline=message, alt=lambda results: _alt(results, 1), sentence=sentence,
    numbers=lambda results: _numbers(results, 1), of="claims",
    fits=lambda results: _slides(results) > 1, needs=f"more than eight flips of {NEEDS}",
)
def second(results: Board) -> Figure:
    """The second half of where verdicts flip."""
    return flipped.page(results.verdicts, results.flips, 1)
