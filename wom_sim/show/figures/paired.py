"""The same worlds under two arms: a line a world, and the differences as dots."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wom_sim.scenario.registry import figures
from wom_sim.show import findings, roles, style
from wom_sim.show.findings import Lead
from wom_sim.show.shape import Numbers
from wom_sim.show.style import Axes, Figure
from wom_sim.show.wording import (
    NBSP,
    counted,
    few,
    interval,
    name,
    number,
    of_hundred,
    quoted,
    signed,
    span,
    winning_interval,
)
from wom_sim.study.results import Floats, Results

MOST_LINES = 40
MOST_DOTS = 100
LARGEST_DOT = 22


class Pair(NamedTuple):
    """Clients won in the same worlds under the baseline and under an arm."""

    before: Floats
    after: Floats

    @property
    def difference(self) -> Floats:
        """What the arm wins more than the baseline, world by world."""
        return self.after - self.before


def headline(results: Results) -> str:
    """The figure's message."""
    return title(findings.widest(results))


def title(lead: Lead) -> str:
    """The mean difference with its interval."""
    arm, baseline = quoted(lead.arm), quoted(lead.baseline)
    if lead.kind == "alone":
        return f"There is only one arm, {arm}: nothing to compare"
    if lead.kind == "few":
        return f"{few(lead.worlds)} to compare {arm} with {baseline}"
    if lead.kind == "same":
        return f"{arm} and {baseline} win exactly as many clients in every world"
    if lead.kind == "tie":
        return (
            f"No clear difference between {arm} and {baseline}: {signed(lead.difference)} clients"
            f" ({interval(lead)})"
        )
    if lead.kind == "unsettled":
        return (
            f"Median difference between {arm} and {baseline}: {signed(lead.median)} clients"
            f" ({interval(lead)}); the mean is not settled"
        )
    winner, loser = (arm, baseline) if lead.kind == "ahead" else (baseline, arm)
    more = f"{number(abs(lead.difference))} more clients"
    return f"{winner} wins {more} than {loser} ({winning_interval(lead)})"


def alt(results: Results) -> str:
    """The figure in words, for those who cannot see it."""
    lead = findings.widest(results)
    if lead.kind == "alone":
        return f"{headline(results)}."
    pair = _pair(results, lead)
    return (
        f"{headline(results)}. Left, a line a world from {name(lead.baseline)} to"
        f" {name(lead.arm)}; right, a dot plot of the differences. Means"
        f" {number(float(pair.before.mean()))} and {number(float(pair.after.mean()))}, difference"
        f" {signed(lead.difference)}{' (not settled)' if lead.kind == 'unsettled' else ''};"
        f" {_pairs(pair, lead)}."
    )


def sentence(results: Results) -> str:
    """How to read it."""
    return ("Each world is run once with each arm and the same people, needs and chances, so that a"
            " difference comes from the arms and not from luck.")


def numbers(results: Results) -> Numbers:
    """Means of both arms and of the difference, and how often the arm is ahead."""
    lead = findings.widest(results)
    if lead.kind == "alone":
        return Numbers(("what", "clients won"), ())
    pair = _pair(results, lead)
    rows = [
        (name(lead.baseline), number(float(pair.before.mean()))),
        (name(lead.arm), number(float(pair.after.mean()))),
        ("difference", signed(lead.difference)),
        (f"95{NBSP}% interval", f"{number(lead.low)} to {number(lead.high)}"),
        ("worlds ahead, behind, tied", ", ".join(map(str, findings.tally(results, lead.arm)))),
    ]
    return Numbers(("what", "clients won"), tuple(rows))


@figures.register("paired", headline=headline, alt=alt, sentence=sentence, numbers=numbers)
@style.look()
def draw(results: Results) -> Figure:
    """Baseline against the arm that differs most, in the same worlds."""
    lead = findings.widest(results)
    if lead.kind == "alone":
        return _nothing(results)
    pair = _pair(results, lead)
    worlds = len(pair.before)
    sheet = style.page(
        headline(results),
        f"Clients won in {span(findings.weeks(results))}; {_pairs(pair, lead)}",
        style.source(results, *_said(lead, worlds)),
    )
    low = style.FLOOR + 62 / style.HEIGHT
    height = sheet.top - 42 / style.HEIGHT - low
    ends = _ends(pair)
    x = style.margin(*ends)
    left = style.axes(sheet.figure, x, low, 0.46 - x, height)
    right = style.axes(sheet.figure, 0.53, low, 0.43, height)
    shown = min(worlds, MOST_LINES)
    _heading(left, "Each line is one world" + (f" ({shown} shown)" if shown < worlds else ""))
    _slopes(left, results, lead, Pair(pair.before[:shown], pair.after[:shown]), ends)
    every = "Each dot is one world’s difference"
    _heading(right, every if worlds <= MOST_DOTS else "Each dot is 1 % of the worlds’ differences")
    _dots(right, results, lead, pair.difference)
    return sheet.figure


def _nothing(results: Results) -> Figure:
    sheet = style.page(
        headline(results), "A second arm is needed for a comparison", style.source(results)
    )
    return sheet.figure


def _pair(results: Results, lead: Lead) -> Pair:
    return Pair(results.value(lead.baseline, "clients_won"), results.value(lead.arm, "clients_won"))


def _pairs(pair: Pair, lead: Lead) -> str:
    """How often the arm is ahead: with the same luck, which the coupling shapes, and without."""
    ahead, ties = int((pair.difference > 0).sum()), int((pair.difference == 0).sum())
    tied = f" ({counted(ties, 'tie')})" if ties else ""
    said = f"{quoted(lead.arm)} ahead in {ahead} of {len(pair.before)} same-luck pairs{tied}"
    return said if lead.kind == "few" else f"{said}, in {of_hundred(lead.chance)} random pairs"


def _said(lead: Lead, worlds: int) -> list[str]:
    if worlds < 2:
        return []
    centre = "median" if lead.kind == "unsettled" else "mean"
    dots = [] if worlds <= MOST_DOTS else ["dots: quantiles of the differences"]
    return [*dots, f"diamond: {centre} difference; bar: its 95{NBSP}% interval"]


def _heading(area: Axes, text: str) -> None:
    box = area.get_position()
    style.write(area.figure, box.x0, box.y1 + 18 / style.HEIGHT, text, 18, style.SOFT)


def _ends(pair: Pair) -> tuple[float, float]:
    least, most = float(min(map(np.min, pair))), float(max(map(np.max, pair)))
    margin = 0.06 * (most - least) or max(0.1 * abs(most), 0.5)
    return max(least - margin, min(0.0, least)), most + margin


def _slopes(
    area: Axes, results: Results, lead: Lead, pair: Pair, ends: tuple[float, float]
) -> None:
    colours = roles.colours(results.scenario)
    before, after = colours[lead.baseline], colours[lead.arm]
    for y0, y1 in zip(pair.before, pair.after, strict=True):
        winner = before if y0 > y1 else after if y1 > y0 else roles.Colour(style.GRID, style.SOFT)
        area.plot([0, 1], [y0, y1], color=winner.fill, alpha=0.4, linewidth=1.8)
    for x, values, colour in ((0, pair.before, before), (1, pair.after, after)):
        area.plot([x] * len(values), values, "o", color=colour.fill, ms=9, mec="white", mew=0.8)
    style.scale(area, *ends)
    area.set_xlim(-0.42, 1.42)
    area.set_xticks([])
    area.spines["bottom"].set_visible(False)
    box = area.get_position()
    for x, arm, colour in ((0, lead.baseline, before), (1, lead.arm, after)):
        lines = style.wrapped(name(arm), box.width * style.WIDTH * 0.48, 17, 2, bold=True)
        at = box.x0 + box.width * (x + 0.42) / 1.84
        style.write(
            area.figure,
            at,
            box.y0 - 12 / style.HEIGHT,
            lines,
            17,
            colour.text,
            bold=True,
            ha="center",
            va="top",
            linespacing=1.1,
        )


def _dots(area: Axes, results: Results, lead: Lead, differences: Floats) -> None:
    colours = roles.colours(results.scenario)
    values = np.sort(differences)
    if len(values) > MOST_DOTS:
        values = np.quantile(values, (np.arange(MOST_DOTS) + 0.5) / MOST_DOTS)
    reach = float(max(values.max(), 0) - min(values.min(), 0)) or 1.0
    step = reach / min(25, 9 + len(values) // 6)
    places, levels = _stacks(values, step)
    low, high = min(values.min(), 0) - 0.09 * reach, max(values.max(), 0) + 0.09 * reach
    area.set_xlim(low, high)
    across = area.get_position().width * style.WIDTH * step / (high - low)
    up = (area.get_position().height * style.HEIGHT - 118) / (levels.max() + 1)
    size = min(across, up, LARGEST_DOT) * 0.92
    tall = size / 0.92
    area.set_ylim(0, area.get_position().height * style.HEIGHT)
    area.axvline(0, color=style.INK, linewidth=2.5, zorder=1)
    fills = [
        colours[lead.arm].fill if v > 0 else colours[lead.baseline].fill if v < 0 else style.AXIS
        for v in values
    ]
    x, y = places * step, (levels + 0.5) * tall + 3
    area.scatter(x, y, s=size**2, c=fills, linewidths=0, zorder=2)
    _centre(area, lead, float(differences.mean()))
    _sides(area, results, lead)
    _axis(area, low, high)


def _stacks(values: Floats, step: float) -> tuple[Floats, Floats]:
    """The bin of each sorted value, one bin centred on zero, and its place in the bin's stack."""
    bins = np.floor(values / step + 0.5)
    levels = np.zeros(len(values))
    for one in np.unique(bins):
        inside = np.flatnonzero(bins == one)
        levels[inside] = np.arange(len(inside))
    return bins, levels


def _centre(area: Axes, lead: Lead, mean: float) -> None:
    """The mean with its interval, or the median's where the mean is not settled."""
    top = area.get_ylim()[1]
    low, high = area.get_xlim()
    y, unsettled = top - 80, lead.kind == "unsettled"
    bounds = (lead.median_low, lead.median_high) if unsettled else (lead.low, lead.high)
    known = np.isfinite(bounds[0]) and lead.kind != "few"
    centre, word = (lead.median, "median") if unsettled else (mean, "mean")
    if known:
        area.plot(bounds, [y, y], color=style.INK, linewidth=5)
    area.plot(centre, y, "D", color=style.INK, ms=12)
    ends = f" ({number(bounds[0])} to {number(bounds[1])})" if known else ""
    said = f"{word} {signed(centre)}{ends}"
    half = style.measured(said, 17) / 2 / (area.get_position().width * style.WIDTH) * (high - low)
    x = min(max(centre, low + half), high - half)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 2}
    style.write(area, x, y + 14, said, 17, ha="center", va="bottom", zorder=3, bbox=box)


def _sides(area: Axes, results: Results, lead: Lead) -> None:
    """Who is ahead on which side of zero, above the dots and clear of one another."""
    colours = roles.colours(results.scenario)
    low, high = area.get_xlim()
    points = area.get_position().width * style.WIDTH
    zero = -low / (high - low) * points
    for arm, ahead in ((lead.baseline, False), (lead.arm, True)):
        room = (points - zero if ahead else zero) - 16
        if room < 110:
            continue
        text = style.shortened(f"{name(arm)} ahead", room, 16, bold=True)
        x = (zero + (10 if ahead else -10)) / points * (high - low) + low
        style.write(
            area,
            x,
            area.get_ylim()[1] - 6,
            text,
            16,
            colours[arm].text,
            bold=True,
            halo=True,
            ha="left" if ahead else "right",
            va="top",
        )


def _axis(area: Axes, low: float, high: float) -> None:
    area.grid(False)
    area.set_yticks([])
    values = style.ticks(low, high)
    area.set_xticks(values, [_tick(value) for value in values])
    area.tick_params(axis="x", length=6, width=1.5)
    box = area.get_position()
    style.write(
        area.figure,
        box.x0 + box.width / 2,
        box.y0 - 38 / style.HEIGHT,
        "difference in clients won",
        17,
        style.SOFT,
        ha="center",
        va="top",
    )


def _tick(value: float) -> str:
    if value == 0:
        return "equal"
    return style.tick_label(value) if value < 0 else f"+{style.tick_label(value)}"
