"""What the live page says: headline, dots, curves and sliders, as values that JSON can hold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from wom_sim.scenario.explore import ladder, moved_arms, own_value
from wom_sim.scenario.parameters import Parameters, Scenario
from wom_sim.scenario.parameters.explore import VALUE, Explore, Slider
from wom_sim.scenario.quantities import Declaration, declarations
from wom_sim.show import findings, roles, sayings, wording
from wom_sim.show.text import clean
from wom_sim.show.wording import NBSP, name, number, percent, quoted, span
from wom_sim.study.results import Floats

if TYPE_CHECKING:
    from wom_sim.study.live import Picture

Told = dict[str, Any]

AHEAD, BEHIND, TIED = "a", "b", "t"
DARK = {
    roles.CUSTOMERS: "#F0B429", roles.PARTNERS: "#56B4E9", roles.BOTH: "#E8E8E8",
    roles.OTHER: "#8F98A3", roles.BAD: "#F0743E", roles.SPIN_OFF: "#7CC4EE",
}
"""Lines and text of an arm on a dark page, each at least 4.5 : 1 on it."""
MOST_BANDS = 3
"""With more arms than this, only the two that are compared have bands."""


def setup(
    scenario: Scenario, page: Explore, steps: Mapping[str, Sequence[float]], people: int
) -> Told:
    """What never changes while the page is open.

    `steps` are the stops of each slider by name, and `people` how many live in the scenario's own
    town, of which that of `scenario` is the smaller copy.
    """
    lead, other = page.compare[1], page.compare[0]
    colours = roles.colours(scenario)
    return {
        "question": clean(scenario.question) if scenario.question else clean(scenario.stem),
        "town": town(scenario, people),
        "measure": "Clients won per business so far. Line: average of the worlds; band: 90 % of"
                   " worlds’ outcomes".replace(" %", f"{NBSP}%"),
        "arms": [
            {"name": name(arm.name), "fill": colours[arm.name].fill,
             "text": colours[arm.name].text, "dark": DARK[colours[arm.name]]}
            for arm in scenario.arms
        ],
        "compare": [_place(scenario, other), _place(scenario, lead)],
        "sliders": [_slider(scenario, page, one, steps[one.name]) for one in page.sliders],
        "presets": [_preset(one.question, one.settings, page, scenario, steps)
                    for one in page.presets],
        "weeks": findings.marks(scenario.weeks),
        "ticks": ticks(scenario.weeks),
    }


def town(scenario: Scenario, people: int) -> str:
    """How large the page's town is, for how long it is watched, and what it stands for."""
    own, trades = scenario.base.population.size, scenario.base.trades.count
    businesses = f"{trades}{NBSP}business{'' if trades == 1 else 'es'}"
    said = f"Town of {number(own)} people with {businesses}, {span(scenario.weeks)}"
    return f"{said} (the scenario’s own has {number(people)} people)" if people != own else said


def stops(scenario: Scenario, page: Explore) -> dict[str, tuple[float, ...]]:
    """The values that each slider stops at, the scenario's own among them."""
    return {one.name: ladder(one, own_value(scenario, one.name)) for one in page.sliders}


def tell(picture: Picture, worlds: int) -> Told:
    """What the page shows of one setting, of which `worlds` are to be run in the end."""
    weeks = picture.weekly.shape[-1]
    at = findings.marks(weeks)
    lead = findings.judge({
        **picture.comparison,
        "simultaneous_low": picture.comparison["ci_low"],
        "simultaneous_high": picture.comparison["ci_high"],
    })
    if lead.arm == lead.baseline:
        lead = lead._replace(kind="alone")
    gaps = _gaps(picture, lead.arm, lead.baseline)
    return {
        "worlds": picture.worlds,
        "of": worlds,
        "headline": live_headline(lead, gaps, span(weeks)),
        "sure": _sure(lead),
        "dots": _dots(gaps),
        "luck": luck(lead, gaps),
        "arms": [_curve(picture, arm, at, lead) for arm in picture.arms],
    }


def live_headline(lead: findings.Lead, gaps: Floats, horizon: str) -> str:
    """The answer as a title; of few worlds only how many point which way."""
    if lead.kind != "few":
        return wording.headline(lead, horizon)
    worlds, ahead = len(gaps), int((gaps > 0).sum())
    behind = int((gaps < 0).sum())
    if ahead == behind:
        return f"{quoted(lead.arm)} and {quoted(lead.baseline)} are level so far"
    winner, loser = (lead.arm, lead.baseline) if ahead > behind else (lead.baseline, lead.arm)
    often = max(ahead, behind)
    first = f"the first {worlds} worlds" if worlds > 1 else "the first world"
    how = f"in {often} of {first}" if worlds > 1 and often < worlds else f"in {first}"
    return f"{quoted(winner)} wins more clients than {quoted(loser)} {how}"


def luck(lead: findings.Lead, gaps: Floats) -> Told:
    """What a dot is, and how many there are of each kind."""
    if lead.kind == "alone":
        return {"what": "Each dot is one simulated world.", "ahead": "", "behind": "", "tied": ""}
    ahead, behind = int((gaps > 0).sum()), int((gaps < 0).sum())
    tied = len(gaps) - ahead - behind
    return {
        "what": "Each dot is one simulated world, lived through with both strategies under the"
                " same luck; its colour says which wins more clients.",
        "ahead": f"{quoted(lead.arm)}: {ahead}",
        "behind": f"{quoted(lead.baseline)}: {behind}",
        "tied": f"level: {tied}" if tied else "",
    }


def words(slider: Slider, entry: Declaration, value: float) -> str:
    """A slider's label at a value: `2 referral partners`, `70 % of people in need ask friends`."""
    return clean(sayings.words(slider.says or f"{_last(entry.name)}: {VALUE}", entry, value))


def ticks(weeks: int) -> list[tuple[int, str]]:
    """Marks of the time axis: years in long runs, else half-years, quarters or weeks."""
    if weeks < 2 * findings.QUARTER:
        step = max(1, weeks // 6)
        return [(week, f"week {week}" if week else "start") for week in range(0, weeks + 1, step)]
    months = 12 if weeks > 2 * findings.YEAR else 6 if weeks > findings.YEAR else 3
    marks = range(0, int(weeks / findings.MONTH + 1e-9) + 1, months)
    return [(round(month * findings.MONTH), _month(month)) for month in marks]


def _month(month: int) -> str:
    return f"{month}{NBSP}months" if month else "start"


def _slider(
    scenario: Scenario, page: Explore, slider: Slider, steps: Sequence[float]
) -> Told:
    entry = _declaration(scenario, slider.name)
    own = own_value(scenario, slider.name)
    arms = moved_arms(scenario, slider.name)
    whom = "" if len(arms) == len(scenario.arms) else f"in {_and([quoted(arm) for arm in arms])}"
    about = entry.meaning[:1].upper() + entry.meaning[1:]
    return {
        "name": slider.name,
        "steps": list(steps),
        "says": [words(slider, entry, value) for value in steps],
        "start": list(steps).index(own),
        "about": f"{about}, {whom}" if whom else about,
        # Service is a scale of its own; what it does to clients says more.
        "unhappy": f"Jobs that leave a client unhappy in {quoted(page.compare[0])}:"
        if entry.name.startswith("service.") else "",
    }


def _preset(
    question: str, settings: Mapping[str, float], page: Explore, scenario: Scenario,
    steps: Mapping[str, Sequence[float]],
) -> Told:
    """A button: the stop of every slider, the nearest to what is asked."""
    wanted = {one.name: own_value(scenario, one.name) for one in page.sliders} | dict(settings)
    places = [nearest(steps[one.name], wanted[one.name]) for one in page.sliders]
    return {"question": clean(question), "at": places}


def nearest(steps: Sequence[float], value: float) -> int:
    """The place of the stop that is nearest to a value."""
    return min(range(len(steps)), key=lambda place: abs(steps[place] - value))


def _curve(picture: Picture, arm: str, at: Sequence[int], lead: findings.Lead) -> Told:
    totals = findings.running(picture.won(arm), at)
    told: Told = {"mean": _rounded(totals.mean(axis=0)), "unhappy": _told(picture.unhappy(arm))}
    banded = len(picture.arms) <= MOST_BANDS or arm in (lead.arm, lead.baseline)
    end = number(float(totals[:, -1].mean()))
    if picture.worlds >= findings.FEW:
        low, high = np.quantile(totals, [0.05, 0.95], axis=0)
        if banded:
            told |= {"low": _rounded(low), "high": _rounded(high)}
        end = f"{end} ({number(float(low[-1]))} to {number(float(high[-1]))})"
    return {**told, "end": end}


def _sure(lead: findings.Lead) -> str:
    """How sure the headline is, in small print."""
    if lead.kind in ("few", "alone"):
        return ""
    if lead.kind == "same":
        return f"in each of {lead.worlds} worlds"
    if lead.kind == "tie":
        return f"{quoted(lead.arm)}: {wording.signed(lead.difference)}, {wording.interval(lead)}"
    return wording.interval(lead) if lead.kind == "unsettled" else wording.winning_interval(lead)


def _gaps(picture: Picture, arm: str, baseline: str) -> Floats:
    """Clients won by an arm less those of the other, a number a world."""
    after, before = picture.won(arm).sum(axis=-1), picture.won(baseline).sum(axis=-1)
    same = np.isclose(after, before, rtol=findings.ROUNDING, atol=0.0)
    return np.where(same, 0.0, after - before)


def _dots(gaps: Floats) -> str:
    """A letter a world: those in which the second arm is ahead first, level ones between."""
    ahead, behind = int((gaps > 0).sum()), int((gaps < 0).sum())
    return AHEAD * ahead + TIED * (len(gaps) - ahead - behind) + BEHIND * behind


def _declaration(scenario: Scenario, slider: str) -> Declaration:
    names = {entry.name: entry for entry in declarations(Parameters)}
    while slider not in names:
        # Names of arms may hold dots.
        slider = slider.partition(".")[2]
    return names[slider]


def _last(dotted: str) -> str:
    return dotted.replace(".", " ").replace("_", " ")


def _place(scenario: Scenario, arm: str) -> int:
    return [one.name for one in scenario.arms].index(arm)


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _told(share: float) -> str:
    return percent(share) if math.isfinite(share) else ""


def _rounded(values: Floats) -> list[float]:
    """Three digits are more than a pixel."""
    return [float(f"{value:.4g}") for value in values]
