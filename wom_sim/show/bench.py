"""How fast the simulator is: a table for the terminal, what a country takes, the growth law."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from wom_sim.show import roles, style
from wom_sim.show.style import Axes, Figure
from wom_sim.show.text import wrap
from wom_sim.show.wording import UNKNOWN, number

WIDTH = 100
STEEP = 1.1
"""An exponent above this is named: more than growth in proportion and noise."""


class Goal(Protocol):
    """What a value should be; `wom_sim.study.bench.measured.Target`."""

    @property
    def bound(self) -> str: ...
    @property
    def value(self) -> float: ...


class Row(Protocol):
    """One measurement; `wom_sim.study.bench.measured.Measured`."""

    @property
    def part(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def at(self) -> str: ...
    @property
    def value(self) -> float: ...
    @property
    def unit(self) -> str: ...
    @property
    def ratio(self) -> float: ...
    @property
    def yardstick(self) -> str: ...
    @property
    def target(self) -> Goal | None: ...
    @property
    def met(self) -> bool | None: ...


class Growth(Protocol):
    """What grows with a size; `wom_sim.study.bench.growth.Growth`."""

    @property
    def words(self) -> str: ...
    @property
    def sizes(self) -> Sequence[int]: ...
    @property
    def seconds(self) -> Sequence[float]: ...
    @property
    def bytes(self) -> Sequence[float]: ...
    @property
    def of_time(self) -> float: ...
    @property
    def of_own(self) -> float: ...
    @property
    def of_memory(self) -> float: ...


class Limit(Protocol):
    """What bounds a town; `wom_sim.study.bench.country.Limit`."""

    @property
    def what(self) -> str: ...
    @property
    def people(self) -> float: ...


class Country(Protocol):
    """What a country takes; `wom_sim.study.bench.country.Country`."""

    @property
    def people(self) -> int: ...
    @property
    def weeks(self) -> int: ...
    @property
    def arms(self) -> int: ...
    @property
    def worlds(self) -> int: ...
    @property
    def town(self) -> int: ...
    @property
    def towns(self) -> int: ...
    @property
    def core_hours(self) -> float: ...
    @property
    def machine_bytes(self) -> float: ...
    @property
    def cores(self) -> int: ...
    @property
    def whole_bytes(self) -> float: ...
    @property
    def hours(self) -> float: ...
    @property
    def machines(self) -> float: ...
    @property
    def limits(self) -> Sequence[Limit]: ...


def plain(value: float) -> str:
    """Three significant digits, thousands apart."""
    if not math.isfinite(value):
        return UNKNOWN
    if abs(value) >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}" if abs(value) >= 1e-3 or value == 0.0 else f"{value:.1e}"


def table(rows: Sequence[Row]) -> str:
    """The measurements, part by part: value, multiples of its yardstick, and the target."""
    lines: list[str] = []
    for part in dict.fromkeys(row.part for row in rows):
        lines += ["", part.upper(), "─" * WIDTH]
        before = ""
        for row in (row for row in rows if row.part == part):
            lines += [f"  {row.at}"] if row.at != before and part != "growth" else []
            before = row.at
            lines += _lines(row)
    return "\n".join(lines[1:])


def _lines(row: Row) -> Iterator[str]:
    value = f"{plain(row.value):>11} {row.unit:8}"
    first, *more = wrap(_named(row), 40)
    yield f"    {first:40}{value} {plain(row.ratio):>8} × {row.yardstick}"
    yield from (f"    {line}" for line in more)
    if row.target:
        yield f"{'':56}{goal(row)}"


def _named(row: Row) -> str:
    return f"{row.name} ({row.at})" if row.part == "growth" else row.name


def goal(row: Row) -> str:
    """`target: at most 60, met`; empty without a target."""
    if row.target is None:
        return ""
    told = "met" if row.met else "NOT met" if math.isfinite(row.value) else "not measured"
    return f"target: at {row.target.bound} {plain(row.target.value)}, {told}"


def beyond(one: Country) -> str:
    """What a country takes and what breaks first, in sentences."""
    first, *others = one.limits
    after = "; ".join(f"{limit.what}: {plain(limit.people)}" for limit in others)
    return (
        f"{one.people:,} people for {one.weeks} weeks, {one.arms} arms in {one.worlds} worlds:"
        f" {plain(one.core_hours)} core hours, which {_machines(one.machines)} like this one"
        f" ({one.cores} cores, {plain(one.machine_bytes / 1e9)} GB), kept busy,"
        f" {_answer(one.machines)} in {plain(one.hours)} hours as workers of a Dask scheduler."
        " Workers share worlds, not a world: one town of the whole country would take"
        f" {plain(one.whole_bytes / 1e9)} GB in one worker. So it is cut into {_towns(one)},"
        " between which nobody talks. What breaks"
        f" first as a town grows is {first.what}, at {plain(first.people)} people; then {after}."
    )


def _machines(many: float) -> str:
    whole = max(1, math.ceil(many))
    return f"{whole:,} machine{'s' * (whole > 1)}"


def _answer(many: float) -> str:
    return "answer" if many > 1 else "answers"


def _towns(one: Country) -> str:
    return f"{one.towns:,} town{'s' * (one.towns > 1)} of at most {plain(one.town)} people"


class Law(NamedTuple):
    """How time or memory (`what`) grows with `words`; own: without the system, NaN of memory."""

    what: str
    words: str
    exponent: float
    own: float


def steep(growths: Sequence[Growth]) -> list[Law]:
    """What grows faster than in proportion."""
    return [one for one in _laws(growths) if one.exponent > STEEP]


def _laws(growths: Sequence[Growth]) -> list[Law]:
    found = [law for one in growths for law in (
        Law("time", one.words, one.of_time, one.of_own),
        Law("memory", one.words, one.of_memory, math.nan),
    )]
    return [law for law in found if math.isfinite(law.exponent)]


def headline(growths: Sequence[Growth]) -> str:
    """Whether time and memory grow faster than in proportion to anything, and to what."""
    known, found = _laws(growths), steep(growths)
    if not known:
        return "Nothing was measured that grows"
    if found:
        told = ", ".join(f"{law.what} with {law.words} (exponent {law.exponent:.2f}{_own(law)})"
                         for law in found)
        return f"Growing faster than in proportion: {told}"
    most = max(known, key=lambda law: law.exponent)
    kinds = " and ".join(sorted({law.what for law in known}, reverse=True))
    return (f"{kinds.capitalize()} grow{'s' * ('and' not in kinds)} at most about in proportion"
            f" to the town: the largest exponent is {most.exponent:.2f}, of {most.what} in"
            f" {most.words}")


def _own(law: Law) -> str:
    """What is left of a steep growth of time without the system, which hands out memory."""
    if not law.own <= STEEP:
        return ""
    return f"; without the system, which hands out memory, {law.own:.2f}"


def alt(growths: Sequence[Growth]) -> str:
    """The figure in words."""
    told = "; ".join(f"{law.what} with {law.words} {law.exponent:.2f}" for law in _laws(growths))
    return (f"{headline(growths)}. Small panels on logarithmic axes, each with its points and a"
            f" dashed line of growth in proportion. Exponents: {told}.")


@style.look()
def draw(growths: Sequence[Growth], source: str) -> Figure:
    """Time and memory of a replication against each size, a panel each."""
    page = style.page(
        headline(growths),
        "Each panel: one size of a town grows, both axes logarithmic; dashed: growth in proportion",
        source,
    )
    first, gap, low, head = 0.1, 0.08, 0.175, 40 / style.HEIGHT
    width = (style.RIGHT - 0.01 - first - gap * (len(growths) - 1)) / len(growths)
    between = head + 44 / style.HEIGHT
    height = (page.top - low - between - head) / 2
    for row, what in ((1, "Processor time"), (0, "Memory beyond that of the process at rest")):
        y = low + row * (height + between)
        style.write(page.figure, style.LEFT, y + height + 12 / style.HEIGHT, what, style.TICK,
                    style.INK, bold=True, va="bottom")
        for place, one in enumerate(growths):
            area = style.axes(page.figure, first + place * (width + gap), y, width, height)
            if row:
                _panel(area, one.sizes, one.seconds, one.of_time, "s", 1.0, roles.PARTNERS)
                continue
            _panel(area, one.sizes, one.bytes, one.of_memory, "MB", 1e6, roles.CUSTOMERS)
            style.write(page.figure, first + place * (width + gap) + width / 2,
                        low - 30 / style.HEIGHT, one.words, style.TICK, style.SOFT, ha="center",
                        va="top")
    return page.figure


def _panel(
    area: Axes, sizes: Sequence[int], values: Sequence[float], exponent: float, unit: str,
    scale: float, colour: roles.Colour,
) -> None:
    area.grid(visible=False)
    area.set_xscale("log")
    area.set_yscale("log")
    area.minorticks_off()
    area.set_xlim(sizes[0] / 1.25, sizes[-1] * 1.25)
    ends = (sizes[0], sizes[-1])
    area.set_xticks(ends, [f"{size:,}" for size in ends], fontsize=13)
    area.minorticks_off()
    if not math.isfinite(exponent):
        area.set_yticks([])
        style.write(area, 0.5, 0.5, "not told", 15, style.SOFT, ha="center", va="center",
                    transform=area.transAxes)
        return
    start, steps = values[0], sizes[-1] / sizes[0]
    area.plot(ends, (start, start * steps), "--", color=style.AXIS, linewidth=2)
    area.plot(sizes, values, "-o", color=colour.fill, linewidth=3, markersize=8)
    top = max(max(values), start * steps)
    bottom = min(values)
    area.set_ylim(bottom / 1.4, top * (top / bottom) ** 0.35 * 1.2)
    marks = (start, values[-1]) if values[-1] > 1.6 * start else (start,)
    area.set_yticks(marks, [f"{number(value / scale)} {unit}" for value in marks], fontsize=13)
    area.minorticks_off()
    style.write(area, 0.04, 0.97, f"exponent {exponent:.2f}", 15, colour.text, bold=True,
                va="top", transform=area.transAxes)
