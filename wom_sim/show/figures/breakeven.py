"""The break-even map: where one thing comes to exceed another on a grid of two parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from wom_sim.scenario.dump import flat
from wom_sim.scenario.registry import figures
from wom_sim.show import findings, sayings, style
from wom_sim.show.answers import named, of_arm
from wom_sim.show.figures.response import label, measured
from wom_sim.show.shape import Numbers
from wom_sim.show.style import Axes, Figure
from wom_sim.show.swept import shown, words
from wom_sim.show.wording import NBSP, counted, few, name, number, quoted, signed, span
from wom_sim.study.results import BreakEven, Edge, Floats, Mapped, Swept

CLEARLY_AHEAD, AHEAD, LEVEL, BEHIND, CLEARLY_BEHIND = (
    "#8EC3E6", "#DDEEF9", "#FFFFFF", "#FCEDCF", "#F3C26B"
)
MOST_COLUMNS, MOST_ROWS = 14, 12
"""With more values than this some are left out of the figure, evenly."""
EVERYWHERE, NOWHERE = "everywhere", "nowhere"
EDGES = 190.0
"""Points at the right for each row's edge and its interval."""


class Cells(NamedTuple):
    """Places of the columns and rows that are drawn."""

    columns: tuple[int, ...]
    rows: tuple[int, ...]


def headline(swept: Swept, found: BreakEven) -> str:
    """The map's message: where the answer flips, at the lowest and the highest second value."""
    first = _named(swept, found, 0)
    worlds = swept.values.shape[2]
    if worlds < findings.FEW:
        return f"{few(worlds)} to say where the answer flips"
    places = [_where(swept, found, edge) for edge in found.edges]
    low, high = shown(float(found.x[0])), shown(float(found.x[-1]))
    if set(places) <= {EVERYWHERE, NOWHERE} and len(set(places)) == 1:
        ends = f" between {first} {low} and {high}" if len(places) == 1 else " on this map"
        return f"{_claim(found)} {places[0]}{ends}"
    if len(places) == 1:
        return f"{_claim(found)} {_with_name(swept, found, places[0])}"
    return f"{_claim(found)} {_by_row(swept, found, places)}"


def _by_row(swept: Swept, found: BreakEven, places: Sequence[str]) -> str:
    """Where it flips in the first and last rows where it does, and where it never holds."""
    second = _named(swept, found, 1)
    values = [shown(float(y)) for y in found.y]
    if len(set(places)) == 1:
        return (f"{_with_name(swept, found, places[0])} at every {second}"
                f" from {values[0]} to {values[-1]}")
    last = len(places) - 1
    flips = [row for row, place in enumerate(places) if place not in (EVERYWHERE, NOWHERE)]
    never = {row for row in (0, last) if places[row] == NOWHERE}
    rows = sorted({flips[0], flips[-1]} | never if flips else {0, last})
    first, *others = (_second(swept, found, float(found.y[row])) for row in rows)
    told = [f"{_with_name(swept, found, places[rows[0]])} where {first[0]}"]
    again = {EVERYWHERE: "at every one", NOWHERE: "at none"}
    told += [f"{again.get(places[row], places[row])} where it is {value}"
             for row, (_, value) in zip(rows[1:], others, strict=True)]
    return ", ".join(told)


def _second(swept: Swept, found: BreakEven, value: float) -> tuple[str, str]:
    """A value of the second name in a sentence, and alone."""
    second = _named(swept, found, 1)
    said, alone = sayings.known(second, value)
    return (said, alone) if said else (f"{second} is {shown(value)}", shown(value))


def _named(swept: Swept, found: BreakEven, place: int) -> str:
    """A swept name in a sentence about one arm, whose name needs not be said again."""
    column = swept.design.columns[place]
    arm, dotted = of_arm(swept, column)
    return dotted if arm == found.contrast.arm else named(swept, column)


def _claim(found: BreakEven) -> str:
    """The contrast as the beginning of a sentence."""
    arm, outcome, other, against = found.contrast
    if arm == other:
        return f"With {quoted(arm)}, {_thing(outcome)} exceed {_thing(against)}"
    if outcome == against == "clients_won":
        return f"{quoted(arm)} wins more clients than {quoted(other)}"
    if outcome == against:
        return f"{quoted(arm)} has higher {words(outcome)} than {quoted(other)}"
    first, second = words(outcome).capitalize(), words(against)
    return f"{first} of {quoted(arm)} exceed {second} of {quoted(other)}"


def _thing(outcome: str) -> str:
    return f"clients {words(outcome)}" if outcome.startswith("won_") else words(outcome)


def _where(swept: Swept, found: BreakEven, edge: Edge) -> str:
    """`everywhere`, `nowhere`, `from 5 on` or `up to 0.3`."""
    if math.isinf(edge.at):
        return EVERYWHERE if (edge.at < 0) == found.rising else NOWHERE
    value = told(swept, found, edge.at)
    return f"from {value} on" if found.rising else f"up to {value}"


def _with_name(swept: Swept, found: BreakEven, place: str) -> str:
    """The place with the name of what it is a value of: `from 3 referral partners on`."""
    first = _named(swept, found, 0)
    if place in (EVERYWHERE, NOWHERE):
        return f"at {'every' if place == EVERYWHERE else 'no'} {first}"
    value = place.removeprefix("from ").removeprefix("up to ").removesuffix(" on")
    return place.replace(value, sayings.counted(first, value) or f"{first} {value}")


def told(swept: Swept, found: BreakEven, x: float) -> str:
    """An edge as a number; of a whole parameter the first value on the far side of it."""
    sweep = swept.scenario.sweep
    if sweep is not None and sweep.axes[0].whole:
        return shown(math.ceil(x) if found.rising else math.floor(x))
    return number(x)


def interval(swept: Swept, found: BreakEven, edge: Edge) -> str:
    """The 95 % interval of an edge: `5 to 8`, `below 1`, `5 or more`."""
    low, high = edge.low, edge.high
    lowest, highest = (shown(float(found.x[place])) for place in (0, -1))
    if math.isinf(low) and math.isinf(high):
        if low == high:
            return f"below {lowest}" if low < 0 else f"above {highest}"
        return "anywhere"
    if math.isinf(low):
        return f"{told(swept, found, high)} or less"
    if math.isinf(high):
        return f"{told(swept, found, low)} or more"
    return f"{told(swept, found, low)} to {told(swept, found, high)}"


def sentences(swept: Swept, found: BreakEven) -> list[str]:
    """One line for each row of the map: where the answer flips, with its interval."""
    second = swept.design.columns[1] if len(swept.design.columns) > 1 else ""
    lines = []
    for y, edge in zip(found.y.tolist(), found.edges, strict=True):
        row = f"{named(swept, second)} {shown(y)}: " if second else ""
        more = f"; the sign changes {edge.changes} times" if edge.changes > 1 else ""
        sure = f"95{NBSP}% interval {interval(swept, found, edge)}"
        lines.append(f"{row}{_where(swept, found, edge)} ({sure}{more})")
    return lines


@style.look()
def draw(swept: Swept, found: BreakEven) -> Figure:
    """The map of two names: the mean difference in every cell, a heavy line where it flips."""
    cells = Cells(_some(len(found.x), MOST_COLUMNS), _some(len(found.y), MOST_ROWS))
    source = _source(swept, found, cells)
    sheet = style.page(headline(swept, found), _subtitle(swept, found), source)
    names = swept.design.columns
    about = style.wrapped(label(swept, names[0]), 0.8 * style.WIDTH, 16, 2, balanced=True)
    low = style.FLOOR + (44 + 20 * len(about)) / style.HEIGHT
    tall = (sheet.top - low) * style.HEIGHT - 26
    beside = style.wrapped(label(swept, names[1]), tall, 14, 3, balanced=True)
    values = [shown(float(found.y[row])) for row in cells.rows]
    wide = max(style.measured(value, style.TICK) for value in values)
    left = style.LEFT + (wide + 16 + 18 * len(beside)) / style.WIDTH
    width = style.RIGHT - EDGES / style.WIDTH - left
    area = style.axes(sheet.figure, left, low, width, tall / style.HEIGHT)
    _paint(area, found, cells)
    _stairs(area, found, cells)
    _box_base(area, swept, found, cells)
    _frame(area, found, cells)
    _tell_edges(sheet.figure, area, swept, found, cells)
    style.write(sheet.figure, left + width / 2, style.FLOOR - 4 / style.HEIGHT, about, 16,
                style.SOFT, ha="center", va="bottom", linespacing=1.15)
    style.write(sheet.figure, style.LEFT, low + tall / 2 / style.HEIGHT, beside, 14, style.SOFT,
                rotation=90, ha="left", va="center", linespacing=1.15)
    return sheet.figure


def _some(many: int, most: int) -> tuple[int, ...]:
    """At most so many places, spread evenly, both ends among them."""
    return tuple(np.unique(np.linspace(0, many - 1, min(many, most)).round().astype(int)).tolist())


def colour(difference: Floats) -> str:
    """The colour of a cell: whose side, and whether the interval leaves zero."""
    mean, low, high = difference.tolist()
    if low > 0:
        return CLEARLY_AHEAD
    if high < 0:
        return CLEARLY_BEHIND
    if mean > 0:
        return AHEAD
    return BEHIND if mean < 0 else LEVEL


def _paint(area: Axes, found: BreakEven, cells: Cells) -> None:
    from matplotlib.patches import Rectangle

    room = area.get_position().width * style.WIDTH / len(cells.columns) - 4
    drawn = found.difference[np.ix_(cells.rows, cells.columns)][..., 0]
    texts = [signed(mean) for mean in drawn.ravel().tolist()]
    widest = max(texts, key=len)
    size = next((s for s in (19, 17, 15, 13.5) if style.measured(widest, s) <= room), 12.0)
    for (j, r), (i, c) in product(enumerate(cells.rows), enumerate(cells.columns)):
        area.add_patch(Rectangle((i, j), 1, 1, facecolor=colour(found.difference[r, c]),
                                 edgecolor="white", linewidth=1.5))
        text = signed(float(found.difference[r, c, 0]))
        style.write(area, i + 0.5, j + 0.5, style.shortened(text, room, size), size,
                    ha="center", va="center")


def _stairs(area: Axes, found: BreakEven, cells: Cells) -> None:
    """A heavy line between neighbours on different sides."""
    ahead = found.difference[np.ix_(cells.rows, cells.columns)][..., 0] > 0
    for j, i in np.argwhere(ahead[:, 1:] != ahead[:, :-1]):
        area.plot([i + 1, i + 1], [j, j + 1], color=style.INK, linewidth=4)
    for j, i in np.argwhere(ahead[1:] != ahead[:-1]):
        area.plot([i, i + 1], [j + 1, j + 1], color=style.INK, linewidth=4)


def _box_base(area: Axes, swept: Swept, found: BreakEven, cells: Cells) -> None:
    """A dashed box around the cell of the scenario's own values, where there is one."""
    from matplotlib.patches import Rectangle

    place = base_cell(swept, found, cells)
    if place is not None:
        area.add_patch(Rectangle(
            (place[0] + 0.06, place[1] + 0.06), 0.88, 0.88, fill=False, edgecolor=style.INK,
            linewidth=2, linestyle=(0, (4, 3)), zorder=5,
        ))


def base_cell(swept: Swept, found: BreakEven, cells: Cells) -> tuple[int, int] | None:
    """Column and row of the cell that holds what the scenario says without its sweep."""
    own = []
    for column in swept.design.columns:
        arm, dotted = of_arm(swept, column)
        parameters = {one.name: one.parameters for one in swept.scenario.arms}.get(
            arm, swept.scenario.base)
        value = flat(parameters.model_dump()).get(dotted, getattr(swept.scenario, dotted, None))
        own.append(value if isinstance(value, (int, float)) else math.nan)
    drawn = [found.x[list(cells.columns)], found.y[list(cells.rows)]]
    places = [np.flatnonzero(np.isclose(values, value))
              for values, value in zip(drawn, own, strict=True)]
    return (int(places[0][0]), int(places[1][0])) if all(map(len, places)) else None


def _frame(area: Axes, found: BreakEven, cells: Cells) -> None:
    area.set(xlim=(0, len(cells.columns)), ylim=(0, len(cells.rows)))
    area.grid(visible=False)
    area.spines["bottom"].set_visible(False)
    for axis, values, places in ((area.xaxis, found.x, cells.columns),
                                 (area.yaxis, found.y, cells.rows)):
        axis.set_ticks([k + 0.5 for k in range(len(places))],
                       [shown(float(values[place])) for place in places])
    area.tick_params(length=0)


def _tell_edges(
    figure: Figure, area: Axes, swept: Swept, found: BreakEven, cells: Cells
) -> None:
    """Right of each row: where it flips, and the interval."""
    box = area.get_position()
    x, tall = box.x1 + 12 / style.WIDTH, box.height / len(cells.rows)
    style.write(figure, x, box.y1 + 8 / style.HEIGHT, f"ahead (95{NBSP}% interval)", 14,
                style.SOFT, va="bottom")
    for j, row in enumerate(cells.rows):
        edge = found.edges[row]
        lines = [_where(swept, found, edge), f"({interval(swept, found, edge)})"]
        if tall * style.HEIGHT < 42:
            lines = [style.shortened(" ".join(lines), EDGES - 14, 14)]
        style.write(figure, x, box.y0 + (j + 0.5) * tall, lines, 14, va="center", linespacing=1.15)


def _subtitle(swept: Swept, found: BreakEven) -> str:
    arm, outcome, other, against = found.contrast
    if arm == other:
        what = f"{_thing(outcome).capitalize()} less {_thing(against)}"
    else:
        second = quoted(other) if outcome == against else f"{words(against)} of {quoted(other)}"
        what = f"{measured(swept, outcome)} of {quoted(arm)} less {second}"
    return (
        f"{what}: means; blue: ahead, orange: behind, pale: too close to call"
        f" (95{NBSP}% interval includes zero); heavy line: where it flips"
    )


def _source(swept: Swept, found: BreakEven, cells: Cells) -> str:
    told = [
        f"Simulated scenario {name(swept.scenario.stem)}",
        f"{counted(swept.values.shape[2], 'world')} per cell, same luck in each",
        span(swept.scenario.weeks),
    ]
    if base_cell(swept, found, cells) is not None:
        told.append("dashed: the scenario's own values")
    left_out = found.difference.shape[0] * found.difference.shape[1]
    left_out -= len(cells.columns) * len(cells.rows)
    if left_out:
        told.append(f"{counted(left_out, 'more cell')} in breakeven_points.csv")
    return " · ".join(told)


def _message(results: Mapped) -> str:
    return headline(results.swept, _map(results))


def alt(results: Mapped) -> str:
    """The figure in words, for those who cannot see it."""
    found = _map(results)
    ends = (found.difference[0, 0, 0], found.difference[-1, -1, 0])
    told = sentences(results.swept, found)
    return (
        f"{_message(results)}. A heat map with a number in every cell and a heavy line where the"
        f" answer flips: {told[0]}; {told[-1]}. The mean difference is {signed(float(ends[0]))} at"
        f" the lowest values of both and {signed(float(ends[1]))} at the highest."
    )


def sentence(results: Mapped) -> str:
    """How to read it."""
    return ("Each cell is a scenario of its own, simulated in the same worlds: on the blue side of"
            " the heavy line the first thing is ahead, on the orange side the other.")


def numbers(results: Mapped) -> Numbers:
    """The edge of each row of the map, with its interval."""
    swept, found = results.swept, _map(results)
    rows = [
        (shown(float(y)), _where(swept, found, edge), interval(swept, found, edge))
        for y, edge in zip(found.y, found.edges, strict=True)
    ]
    return Numbers((named(swept, swept.design.columns[1]), "ahead", "95 % interval"), tuple(rows))


def fits(results: Mapped) -> bool:
    """Whether there is a map: two swept numbers and something to hold against another."""
    return results.found is not None and len(results.found.y) > 1


def _map(results: Mapped) -> BreakEven:
    if results.found is None:
        raise ValueError("this sweep has no map")
    return results.found


@figures.register(
    "breakeven", headline=_message, alt=alt, sentence=sentence, numbers=numbers, of="sweep",
    fits=fits, needs="a sweep over two numbers, such as sweep: {partners.count: [1, 2, 4],"
    " friends.ask_around: [0.1, 0.3]}: python -m wom_sim sweep FILE",
)
def drawn(results: Mapped) -> Figure:
    """Where one thing comes to exceed another, over two swept numbers."""
    return draw(results.swept, _map(results))
