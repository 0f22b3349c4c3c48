"""Which colour an arm has: by what it spends hours on, where that tells arms apart."""

from __future__ import annotations

from typing import NamedTuple

from wom_sim.scenario.parameters import Arm, Scenario


class Colour(NamedTuple):
    """A fill for bars and lines, and its darker twin for text (at least 4.5 : 1 on white)."""

    fill: str
    text: str


CUSTOMERS = Colour("#E69F00", "#8A5A00")
ASKED = Colour("#F7D98A", "#8A5A00")
PARTNERS = Colour("#0072B2", "#005A8C")
SPIN_OFF = Colour("#7CC4EE", "#2A76A5")
BOTH = Colour("#222222", "#222222")
BAD = Colour("#A3320B", "#A3320B")
OTHER = Colour("#9A9A9A", "#5F5F5F")

ORDER = (OTHER, CUSTOMERS, PARTNERS, BOTH, BAD, SPIN_OFF)
"""The colours of arms. Worst pair: 29 apart in CIELAB, under any severe colour blindness."""


def colours(scenario: Scenario) -> dict[str, Colour]:
    """A colour for each arm: its role's if still free, else the next free one, else grey."""
    lowest = {activity: _lowest(scenario, activity) for activity in ("asking", "partners")}
    free = list(ORDER)
    taken: dict[str, Colour] = {}
    for arm in scenario.arms:
        wanted = _wanted(arm, lowest)
        colour = wanted if wanted in free else (free or [OTHER])[0]
        taken[arm.name] = colour
        free = [other for other in free if other != colour]
    return taken


def _lowest(scenario: Scenario, activity: str) -> float:
    hours = {getattr(arm.parameters.effort, activity) for arm in scenario.arms}
    return min(hours) if len(hours) > 1 else 0.0


def _wanted(arm: Arm, lowest: dict[str, float]) -> Colour:
    effort = arm.parameters.effort
    asks, meets = effort.asking > lowest["asking"], effort.partners > lowest["partners"]
    if asks and meets:
        return BOTH
    if meets:
        return PARTNERS
    return CUSTOMERS if asks else OTHER
