"""Whether more worlds would change the answer: the estimate after so many worlds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wom_sim.scenario.registry import figures
from wom_sim.show import findings, roles, style
from wom_sim.show.findings import Lead
from wom_sim.show.shape import Numbers
from wom_sim.show.style import Axes, Figure
from wom_sim.show.wording import NBSP, few, number, quoted, signed, span
from wom_sim.study.results import Band, Floats, Results

SHOWN_FROM = 4
"""Worlds from which on the band is looked at; before it is wider than the page."""


class Settled(NamedTuple):
    """The mean after all worlds, half of its interval, and the mean after half of the worlds."""

    mean: float
    half_width: float
    halfway: float

    @property
    def steady(self) -> bool:
        """Whether half of the worlds gave a mean that all of them still find likely."""
        return abs(self.halfway - self.mean) <= self.half_width


def headline(results: Results) -> str:
    """The figure's message."""
    lead = findings.widest(results)
    return title(lead, _settled(results, lead))


def title(lead: Lead, found: Settled | None) -> str:
    """How surely the answer is known, and whether it still moves; None of fewer than two worlds."""
    what = "difference" if lead.kind != "alone" else "mean"
    if found is None or lead.worlds < findings.FEW:
        return f"{few(lead.worlds)} to say whether the {what} has settled"
    after = f"After {lead.worlds:,} worlds"
    if lead.kind == "same" or not found.half_width > 0:
        return f"{after} every world says the same: more of them add nothing"
    if lead.kind == "unsettled":
        return f"{after} the {what} is not settled: a few worlds carry it"
    known = f"{after} the {what} is known to ±{number(found.half_width)} clients"
    if not found.steady:
        return f"{known}, but half of them said {_value(lead, found.halfway)}: it still moves"
    if lead.kind == "tie":
        return f"{known}, not enough to tell it from zero"
    return f"{known}; half of them said {_value(lead, found.halfway)}, too"


def _value(lead: Lead, value: float) -> str:
    return number(value) if lead.kind == "alone" else signed(value)


def alt(results: Results) -> str:
    """The figure in words, for those who cannot see it."""
    lead = findings.widest(results)
    found = _settled(results, lead)
    told = "" if found is None else (
        f" It is {_value(lead, found.mean)} after all worlds, {_value(lead, found.halfway)} after"
        f" half of them, with an interval of ±{number(found.half_width)}.")
    return (f"{headline(results)}. A line of the running mean against the number of worlds, with a"
            f" band that narrows to the right.{told}")


def sentence(results: Results) -> str:
    """How to read it."""
    return ("Where the band no longer moves, more worlds make the answer more precise and do not"
            " change it; what it assumes is another matter.")


def numbers(results: Results) -> Numbers:
    """The running mean and its interval after some numbers of worlds."""
    lead = findings.widest(results)
    values = _values(results, lead)
    if len(values) < 2:
        return Numbers(("worlds", "mean", "low", "high"), ())
    band = results.settling(values)
    some = np.unique(np.linspace(0, len(band.mean) - 1, min(10, len(band.mean))).round())
    rows = [
        (int(band.n[k]), *map(number, (band.mean[k], band.low[k], band.high[k])))
        for k in some.astype(int)
    ]
    return Numbers(("worlds", "mean", "low", "high"), tuple(rows))


@figures.register("convergence", headline=headline, alt=alt, sentence=sentence, numbers=numbers)
@style.look()
def draw(results: Results) -> Figure:
    """The running mean of the difference that the answer rests on, world by world."""
    lead = findings.widest(results)
    values = _values(results, lead)
    sheet = style.page(
        headline(results), _subtitle(results, lead),
        style.source(results, f"band: 95{NBSP}% interval of the mean (Student), one by one",
                     "dots: single worlds"),
    )
    if len(values) < 2:
        return sheet.figure
    band = results.settling(values)
    low, high = _range(values, band, lead)
    bottom = style.FLOOR + 66 / style.HEIGHT
    left, right = style.margin(low, high), style.RIGHT - 170 / style.WIDTH
    area = style.axes(sheet.figure, left, bottom, right - left, sheet.top - bottom)
    colour = roles.colours(results.scenario)[lead.arm]
    _draw(area, values, band, colour)
    style.scale(area, low, high)
    _across(area, len(values))
    if low < 0 < high:
        area.axhline(0, color=style.INK, linewidth=2, zorder=1)
    _end(area, lead, band, colour)
    return sheet.figure


def _values(results: Results, lead: Lead) -> Floats:
    """What the answer is the mean of, world by world."""
    own = results.value(lead.arm, "clients_won")
    found: Floats = own if lead.kind == "alone" else own - results.value(
        lead.baseline, "clients_won")
    return found


def _settled(results: Results, lead: Lead) -> Settled | None:
    values = _values(results, lead)
    if len(values) < 2:
        return None
    band = results.settling(values)
    mean, high = float(band.mean[-1]), float(band.high[-1])
    exact = np.allclose(values, values[0], rtol=findings.ROUNDING)
    return Settled(mean, 0.0 if exact else high - mean,
                   float(values[: max(len(values) // 2, 1)].mean()))


def _subtitle(results: Results, lead: Lead) -> str:
    horizon = span(findings.weeks(results))
    if lead.kind == "alone":
        return f"Clients won by {quoted(lead.arm)} in {horizon}: mean over the first worlds"
    return (f"Clients won by {quoted(lead.arm)} less those by {quoted(lead.baseline)} in {horizon}:"
            " mean over the first worlds")


def _range(values: Floats, band: Band, lead: Lead) -> tuple[float, float]:
    """From what the band spans after its first worlds; zero where that is near."""
    seen = slice(min(SHOWN_FROM, len(band.mean) - 1), None)
    ends = [*np.quantile(values, [0.02, 0.98]), band.low[seen].min(), band.high[seen].max()]
    if lead.kind != "alone":
        ends.append(0.0)
    low, high = float(min(ends)), float(max(ends))
    room = 0.08 * (high - low) or abs(high) * 0.1 or 1.0
    return low - room, high + room


def _draw(area: Axes, values: Floats, band: Band, colour: roles.Colour) -> None:
    size = 9.0 if len(values) <= 120 else 5.0
    area.plot(np.arange(1, len(values) + 1), values, "o", ms=size, mfc="#BDBDBD", mec="white",
              mew=0.5, linestyle="none", zorder=1)
    area.fill_between(band.n, band.low, band.high, color=colour.fill, alpha=0.22, linewidth=0,
                      zorder=2)
    area.plot(band.n, band.mean, color="white", linewidth=7.5, zorder=2)
    area.plot(band.n, band.mean, color=colour.fill, zorder=3)


def _across(area: Axes, worlds: int) -> None:
    area.set_xlim(0, worlds + 0.5)
    values = [value for value in style.ticks(0, worlds, 7) if value == round(value)]
    area.set_xticks(values, [style.tick_label(value) for value in values])
    area.tick_params(axis="x", length=6, width=1.5)
    box = area.get_position()
    style.write(area.figure, box.x0 + box.width / 2, box.y0 - 36 / style.HEIGHT,
                "worlds simulated", style.TICK, style.SOFT, ha="center", va="top")


def _end(area: Axes, lead: Lead, band: Band, colour: roles.Colour) -> None:
    """Right of the line what it comes to."""
    box, (low, high) = area.get_position(), area.get_ylim()
    mean, bounds = float(band.mean[-1]), (float(band.low[-1]), float(band.high[-1]))
    at = box.y0 + (min(max(mean, low), high) - low) / (high - low) * box.height
    at = min(max(at, box.y0 + 26 / style.HEIGHT), box.y1 - 26 / style.HEIGHT)
    x = box.x1 + 12 / style.WIDTH
    style.write(area.figure, x, at, _value(lead, mean), 22, colour.text, bold=True, va="bottom")
    style.write(area.figure, x, at - 6 / style.HEIGHT,
                style.shortened(f"{number(bounds[0])} to {number(bounds[1])}", 150, 15), 15,
                colour.text, va="top")
