"""What a command is asked for and cannot do, found before anything runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wom_sim.scenario.parameters import Scenario


class Objection(Exception):
    """Why an option asks for what cannot be had, and what to do, in one line."""


def refuse_unknown_outcomes(wanted: Iterable[str]) -> None:
    """Raise Objection for the first of these outcomes that is none; an empty name asks nothing."""
    from wom_sim.scenario.faults import quoted, suggestion
    from wom_sim.scenario.registry import outcomes

    for name in filter(None, wanted):
        if name not in outcomes:
            raise Objection(f"no outcome {quoted(name)}; {suggestion(name, outcomes)}")


def refuse_unknown_arm(scenario: Scenario, wanted: str) -> None:
    """Raise Objection where the scenario has no arm of this name; an empty one asks nothing."""
    from wom_sim.scenario.faults import quoted, suggestion

    arms = [arm.name for arm in scenario.arms]
    if wanted and wanted not in arms:
        raise Objection(f"no arm {quoted(wanted)}; {suggestion(wanted, arms)}")
