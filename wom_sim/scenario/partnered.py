"""Who refers to whom at all: whether a town has a group, or partners, at any time of an arm."""

from __future__ import annotations

from collections.abc import Iterator

from wom_sim.scenario.parameters import Arm, Scenario
from wom_sim.scenario.parameters.partners import Partners


def has_group(scenario: Scenario, arm: Arm) -> bool:
    """Whether anybody in the arm's town meets in a group at any time, or joins one."""
    joins = any(event.join is not None for event in arm.events)
    return joins or any(partners.group for partners in _kept(scenario, arm))


def has_partners(scenario: Scenario, arm: Arm) -> bool:
    """Whether anybody in the arm's town has partners at any time."""
    counted = any(partners.count > 0 for partners in _kept(scenario, arm))
    return counted or has_group(scenario, arm)


def _kept(scenario: Scenario, arm: Arm) -> Iterator[Partners]:
    """What the treated keep, and what the others do where one alone is treated."""
    yield arm.parameters.partners
    if scenario.treated == "one":
        yield scenario.base.partners
