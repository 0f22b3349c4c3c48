"""What `explore` and its export share: the page's scenario, and whether there is anything to do."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from wom_sim.commands.reading import ask, load

if TYPE_CHECKING:
    from wom_sim.scenario.parameters import Scenario
    from wom_sim.scenario.parameters.explore import Explore

    Read = Callable[[Sequence[str]], Scenario]


def reader(arguments: argparse.Namespace) -> tuple[Scenario, Explore, Read]:
    """The scenario as written, its page, and how to read it in the page's town under settings."""
    from wom_sim.scenario.explore import usual_page
    from wom_sim.scenario.faults import ScenarioError

    # The user is asked once about a plugin, not at each setting.
    permit = cache(ask)
    scenario = load(arguments.file, arguments, permit=permit)
    page = scenario.explore or usual_page(scenario)
    town = [f"population.size={min(page.people, scenario.base.population.size)}"]
    try:
        load(arguments.file, arguments, settings=town, permit=permit, plain=True)
    except ScenarioError:
        # A network that is read from a file, for one, has a size of its own.
        town = []

    def read(settings: Sequence[str]) -> Scenario:
        return load(arguments.file, arguments, settings=(*town, *settings), permit=permit,
                    plain=True)

    return scenario, page, read


def objection(scenario: Scenario, page: Explore) -> str:
    """Why there is nothing to explore, in one line; empty if there is."""
    if not page.sliders:
        return "no slider moves anything here; name some under explore: (wom_sim explain explore)"
    odd = next((arm.name for arm in scenario.arms if "=" in arm.name), None)
    return "" if odd is None else f"the arm {odd!r} cannot be set by name; rename it"
