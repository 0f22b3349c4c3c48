"""Where verdicts flip, as slides: how far one parameter must move, and which."""

from __future__ import annotations

from collections.abc import Sequence

from wom_sim.show import style
from wom_sim.show.board import (
    PALE,
    PILL,
    QUOTE,
    TIGHT,
    TYPE,
    opening,
    parts,
    pill,
    sheet,
    which,
)
from wom_sim.show.flipping import Flip, after, change, headline
from wom_sim.show.scoreboard import FAILS, HOLDS, Judged, Row, rows
from wom_sim.show.style import INK, SOFT, WIDTH, Axes, Figure
from wom_sim.show.wording import counted

STATE, LEFT, RIGHT, TOLD = 420.0, 560.0, 706.0, 756.0
"""Places across the page in points: the side before, the axis, words. See `board`."""


Rows = Sequence[Row]
"""The claims on a slide."""


def parts_of(verdicts: Sequence[Judged], flips: Sequence[Flip]) -> list[Rows]:
    """The claims whose flips are at hand, slide by slide; none where no search is."""
    known = {one.claim for one in flips}
    return parts([row for row in rows(verdicts) if row[0].claim.number in known])


@style.look()
def page(verdicts: Sequence[Judged], flips: Sequence[Flip], place: int) -> Figure:
    """A slide of flips, by its place among `parts_of`."""
    board, own = parts_of(verdicts, flips)[place], {one.claim: one for one in flips}
    most = max(one.worlds for one in flips)
    confirming = f"confirmed by {counted(most, 'fresh world')}" if any(
        one.parameter for one in flips) else f"searched in {counted(most, 'world')}"
    slide = style.page(
        headline(flips),
        f"{which(board)}: how far one assumed parameter must move, as a share of its range,"
        " ● confirmed, ○ not",
        f"Searched in preset {flips[0].preset} only, from each claim's first variant as means"
        " stand, along the parameters that a screening finds strongest ·"
        f" {confirming} · pale: consequences of an assumption",
    )
    area, top, low = sheet(slide, lines=2)
    _head(area, top, low)
    step = (top - low) / len(board)
    for line, row in enumerate(board):
        _line(area, row, own[row[0].claim.number], top - (line + 0.5) * step, step)
    return slide.figure


def _head(area: Axes, top: float, low: float) -> None:
    style.write(area, STATE + PILL / 2 - 2, top + 4, "as it is", TYPE, SOFT, ha="center",
                va="bottom")
    for share, told in ((0.0, "0"), (0.5, "50 %"), (1.0, "100 %")):
        area.plot([_at(share)] * 2, [low, top], color=INK if not share else style.GRID,
                  linewidth=1.4, zorder=1)
        style.write(area, _at(share), top + 4, told, TYPE, SOFT, ha="center", va="bottom")
    style.write(area, TOLD, top + 4, "where it flips", TYPE, SOFT, va="bottom")


def _at(share: float) -> float:
    return LEFT + share * (RIGHT - LEFT)


def _line(area: Axes, row: Row, flip: Flip, y: float, step: float) -> None:
    claim = row[0].claim
    opening(area, claim.number, claim.quotation, y, step, STATE - QUOTE - 14)
    colour = PALE if claim.input else INK
    pill(area, STATE, y, HOLDS if flip.holds else FAILS, HOLDS if flip.holds else FAILS)
    if flip.parameter:
        area.plot([LEFT, _at(flip.share)], [y, y], color=colour, linewidth=2.5, zorder=2)
        area.plot(_at(flip.share), y, "o", markersize=9, markeredgewidth=1.8,
                  markeredgecolor=colour, color=colour if flip.confirmed else "white", zorder=3)
    room, lines = 0.97 * WIDTH - TOLD, told_lines(flip)
    spread = [part for line in lines for part in style.wrapped(line, room, TIGHT, 2)]
    style.write(area, TOLD, y, spread[:3], TIGHT, SOFT if claim.input else INK, va="center",
                linespacing=1.1)


def told_lines(flip: Flip) -> list[str]:
    """What a row says: parameter and change, what comes of it; or what was searched."""
    if not flip.parameter:
        return ["none within the ranges searched",
                f"of {counted(len(flip.searched), 'parameter')}"]
    return [flip.parameter, f"{change(flip)}: {after(flip)}"]
