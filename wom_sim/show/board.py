"""The scoreboard of claims as slides: quotation, verdicts, and effects as dots."""

from __future__ import annotations

import math
from collections.abc import Sequence

from wom_sim.scenario.parameters.claim import Trial
from wom_sim.show import style
from wom_sim.show.scoreboard import (
    DEPENDS,
    FAILS,
    HOLDS,
    INPUT,
    MARKS,
    Judged,
    Row,
    Tested,
    headline,
    mark,
    reached,
    rows,
    short,
)
from wom_sim.show.style import HEIGHT, INK, SOFT, WIDTH, Axes, Figure
from wom_sim.show.text import clean
from wom_sim.show.wording import counted

MOST_ROWS = 8
"""Claims on a slide; with more, type would be too small for the last row of a room."""
FARTHEST = 16.0
"""Most that the axis shows, as a multiple of what a claim needs, or a share of it."""
NUMBER, QUOTE, PILLS, LEFT, RIGHT, TOLD = 35.0, 68.0, (536.0, 660.0), 800.0, 944.0, 970.0
"""Places across the page in points: number, quotation, pills, axis, values."""
PILL, PALE = 116.0, "#8C8C8C"
TYPE, TIGHT, LEAST = 15.0, 14.0, 13.0
"""Sizes of type: of rows, of what must be narrow, and of quotations that are long."""
WRONG = ("✗", "≠")
"""Marks that a value bears, where a claim is more than not shown."""


def parts(board: Sequence[Row]) -> list[Sequence[Row]]:
    """Rows slide by slide, on as few slides as hold them, as evenly as may be."""
    each = math.ceil(len(board) / math.ceil(len(board) / MOST_ROWS)) if board else 1
    return [board[at : at + each] for at in range(0, len(board), each)]


@style.look()
def page(verdicts: Sequence[Judged], place: int) -> Figure:
    """A slide of the scoreboard, by its place among `parts`."""
    board = parts(rows(verdicts))[place]
    worlds = max(test.worlds for one in verdicts for test in one.tests)
    presets = list(dict.fromkeys(one.preset for one in verdicts))
    dots = ", ".join(f"{dot} {preset}" for dot, preset in zip("●○", presets, strict=False))
    slide = style.page(
        headline(verdicts),
        f"{which(board)}: the first test as a multiple of what it needs, {dots}."
        " Right of 1: on its side",
        f"{counted(worlds, 'world')} per preset, same luck in all arms · bars: 95 % intervals"
        " · Holm over each preset · pale: consequences of an assumption · of this model's town"
        f" · {' · '.join(f'{one} {MARKS[one]}' for one in WRONG)}{_undotted(board)}",
    )
    area, top, low = sheet(slide, lines=2)
    _head(area, presets, top, low)
    step = (top - low) / len(board)
    for line, row in enumerate(board):
        _line(area, row, presets, top - (line + 0.5) * step, step)
    return slide.figure


def _undotted(board: Sequence[Row]) -> str:
    """What a row without dots means, where there is one."""
    tests = [_first(one) for row in board for one in row]
    undrawn = any(math.isnan(reached(test.effect, trial)) for test, trial in tests)
    return " · no dot: no multiple of what is needed" if undrawn else ""


def _first(one: Judged) -> tuple[Tested, Trial]:
    """The first test of a claim that is judged, and its rule."""
    name, trial = next((n, t) for n, t in one.claim.tests.items() if not t.asserted)
    return next(test for test in one.tests if test.test == name), trial


def which(board: Sequence[Row]) -> str:
    """`Claims 1 to 8`, or `Claim 3`."""
    numbers = [row[0].claim.number for row in board]
    return f"Claim {numbers[0]}" if len(numbers) == 1 else f"Claims {numbers[0]} to {numbers[-1]}"


def sheet(page: style.Page, lines: int = 1) -> tuple[Axes, float, float]:
    """An area over the whole page in points, and where rows begin below their head, and end.

    lines: of the source below the rows.
    """
    area = style.axes(page.figure, 0, 0, 1, 1)
    area.set_xlim(0, WIDTH)
    area.set_ylim(0, HEIGHT)
    area.axis("off")
    return area, page.top * HEIGHT - 22, style.FLOOR * HEIGHT - 30 + 16 * lines


def _head(area: Axes, presets: Sequence[str], top: float, low: float) -> None:
    for preset, x in zip(presets, PILLS, strict=False):
        style.write(area, x + PILL / 2 - 2, top + 4, preset, TYPE, SOFT, ha="center", va="bottom")
    for value, told in ((1 / FARTHEST, "1/16"), (0.25, "1/4"), (1.0, "1"), (4.0, "4"),
                        (FARTHEST, "16")):
        area.plot([_at(value)] * 2, [low, top], color=INK if value == 1 else style.GRID,
                  linewidth=1.4, zorder=1)
        style.write(area, _at(value), top + 4, told, TYPE, SOFT, ha="center", va="bottom")
    style.write(area, TOLD, top + 4, "value ● / ○", TYPE, SOFT, va="bottom")


def _at(multiple: float) -> float:
    """Place of a multiple on the axis, in points; beyond its ends at its ends."""
    bounded = min(max(multiple, 1 / FARTHEST), FARTHEST)
    share = (math.log(bounded) / math.log(FARTHEST) + 1) / 2
    return LEFT + share * (RIGHT - LEFT)


def _line(area: Axes, row: Row, presets: Sequence[str], y: float, step: float) -> None:
    claim = row[0].claim
    opening(area, claim.number, claim.quotation, y, step, PILLS[0] - QUOTE - 14)
    values = []
    for k, one in enumerate(row):
        told = "an input" if one.word == INPUT else one.word
        pill(area, PILLS[presets.index(one.preset)], y, told, one.word)
        test, trial = _first(one)
        shift = min(step, 50) * (0.17 if k == 0 else -0.17) if len(row) > 1 else 0.0
        _dot(area, test, trial, y + shift, k == 0, one.word == INPUT)
        became = mark(test, trial)
        values.append(f"{short(test.effect)} {became}" if became in WRONG else short(test.effect))
    style.write(area, TOLD, y, " / ".join(values), TIGHT, va="center")


def opening(
    area: Axes, number: int, quotation: str, y: float, step: float, room: float
) -> None:
    """A line above a row, the claim's number, and its quotation in as many lines as fit."""
    area.plot([NUMBER, 0.97 * WIDTH], [y + step / 2] * 2, color=style.GRID, linewidth=1, zorder=0)
    style.write(area, NUMBER, y, str(number), TYPE, SOFT, va="center_baseline")
    told = f"“{clean(quotation)}”"
    for size, most in ((TYPE, 2), (TIGHT, 2), (LEAST, 2), (LEAST, 3)):
        lines = style.wrapped(told, room, size, max(1, min(most, int(step / (size * 1.19)))))
        if not lines[-1].endswith("…"):
            break
    style.write(area, QUOTE, y, lines, size, va="center", linespacing=1.1)


def pill(area: Axes, x: float, y: float, told: str, word: str) -> None:
    """A verdict: filled, grey, outlined, or dashed."""
    from matplotlib.patches import FancyBboxPatch

    face, edge, ink, dashes = {
        HOLDS: (INK, INK, "white", "-"),
        DEPENDS: ("#D9D9D9", "#D9D9D9", INK, "-"),
        FAILS: ("white", INK, INK, "-"),
        INPUT: ("white", PALE, SOFT, (0, (4, 3))),
    }[word]
    area.add_patch(FancyBboxPatch(
        (x + 2, y - 10), PILL - 8, 20, boxstyle="round,pad=1,rounding_size=5", facecolor=face,
        edgecolor=edge, linestyle=dashes, linewidth=1.5))
    text = style.write(area, x + PILL / 2 - 2, y, told, TIGHT, ink, ha="center",
                       va="center_baseline")
    text.set_gid("pill")


def _dot(
    area: Axes, test: Tested, trial: Trial, y: float, filled: bool, pale: bool
) -> None:
    """An effect with its interval; nothing where it is no multiple of what is needed."""
    at = reached(test.effect, trial)
    if math.isnan(at):
        return
    ends = [reached(x, trial) for x in (test.low, test.high) if math.isfinite(x)]
    colour = PALE if pale else INK
    if len(ends) == 2:
        area.plot([_at(end) if end > 0 else LEFT for end in ends], [y, y], color=colour,
                  linewidth=2.5, zorder=2)
    area.plot(_at(at), y, "o", markersize=8, markeredgewidth=1.8, markeredgecolor=colour,
              color=colour if filled else "white", zorder=3)
