"""Published patterns beside simulated ones: a table for the terminal, and a figure."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import Protocol

from wom_sim.show import style
from wom_sim.show.style import Axes, Figure

INSIDE, OUTSIDE = "in", "OUT"


class Known(Protocol):
    """What was published; `wom_sim.study.patterns.Pattern`."""

    @property
    def name(self) -> str: ...
    @property
    def published(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def use(self) -> str: ...


class Shown(Protocol):
    """What was simulated; `wom_sim.study.patterns.Shown`."""

    @property
    def pattern(self) -> Known: ...
    @property
    def value(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def inside(self) -> bool: ...


def headline(shown: Sequence[Shown]) -> str:
    """How many of the patterns of each use are shown."""
    told = []
    for use, words in (("calibrate", "calibrated on"), ("validate", "kept for validation")):
        those = [one for one in shown if one.pattern.use == use]
        told.append(f"{sum(one.inside for one in those)} of {len(those)} {words}")
    return f"Published patterns that the simulated town shows: {' and '.join(told)}"


def table(shown: Sequence[Shown], width: int = 100) -> str:
    """The patterns as text: published value, band, simulated value with interval, in or out."""
    lines = [headline(shown), ""]
    head = f"{'pattern':44}  {'published':12}  {'band':>11}  {'simulated (95 %)':>22}"
    for use, title in (("calibrate", "calibrated on"), ("validate", "for validation only"),
                       ("show", "what the model must be able to say")):
        lines += [f"{title.upper()}", head, "─" * width]
        for one in shown:
            if one.pattern.use == use:
                lines += _lines(one)
        lines.append("")
    return "\n".join(lines).rstrip()


def _lines(one: Shown) -> list[str]:
    name, *more = textwrap.wrap(f"{one.pattern.name} ({one.pattern.source})", 44)
    simulated = f"{plain(one.value)} ({plain(one.low)} to {plain(one.high)})"
    band = f"{plain(one.pattern.low)} to {plain(one.pattern.high)}"
    told = INSIDE if one.inside else OUTSIDE
    return [f"{name:44}  {one.pattern.published:12}  {band:>11}  {simulated:>22}  {told}",
            *(f"{line:44}" for line in more)]


def plain(value: float) -> str:
    """Three significant digits."""
    if math.isinf(value):
        return "∞"
    return "–" if math.isnan(value) else f"{value:.3g}"


def draw(shown: Sequence[Shown]) -> Figure:
    """A line for each pattern: its band, and the simulated value with its interval."""
    page = style.page(
        headline(shown),
        "Grey: the published band, from and to. Dot: simulated, with its 95 % interval.",
        "Each line has its own scale: the band fills the same width everywhere.",
    )
    area = style.axes(page.figure, 0.42, 0.07, 0.38, page.top - 0.07)
    for place, one in enumerate(shown):
        _line(area, len(shown) - 1 - place, one)
    area.set_xlim(-0.6, 1.6)
    area.set_ylim(-0.6, len(shown) - 0.2)
    area.set_xticks([])
    area.set_yticks([])
    for side in area.spines.values():
        side.set_visible(False)
    return page.figure


def _line(area: Axes, height: int, one: Shown) -> None:
    low, high = one.pattern.low, one.pattern.high
    if math.isinf(high):
        high = max(2 * low, 1.2 * one.value)

    def at(value: float) -> float:
        return min(1.55, max(-0.55, (value - low) / (high - low)))

    area.barh(height, 1.0, left=0.0, height=0.4, color="#dcdcdc")
    colour = "#0b6e4f" if one.inside else "#b3261e"
    if not math.isnan(one.low):
        area.plot([at(one.low), at(one.high)], [height, height], color=colour, linewidth=3)
    area.plot(at(one.value), height, "o", color=colour, markersize=11)
    area.text(-0.62, height, one.pattern.name, ha="right", va="center", fontsize=13)
    area.text(1.65, height, plain(one.value), ha="left", va="center", fontsize=13, color=colour)
    band = f"{plain(low)} to {plain(one.pattern.high)}"
    area.text(2.05, height, band, ha="left", va="center", fontsize=13, color="#555555")
