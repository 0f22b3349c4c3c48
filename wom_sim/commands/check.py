"""`check`: whether scenarios are valid, what their arms differ in, and what they cost."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from wom_sim.commands.reading import ask, load
from wom_sim.commands.telling import OK, USAGE, note, tell_faults

if TYPE_CHECKING:
    from wom_sim.scenario.parameters import Scenario

FIRST_RUN = "\n(the first run of all compiles the model besides, about half a minute)"


def main(arguments: argparse.Namespace) -> int:
    """Check the scenarios `arguments.files`; 2 if one of them has a fault."""
    answers = [_check(file, arguments) for file in arguments.files]
    return OK if all(answers) else USAGE


def _check(file: str, arguments: argparse.Namespace) -> bool:
    from wom_sim.guide.compare import side_by_side, summary_line
    from wom_sim.guide.notes import noted
    from wom_sim.scenario.faults import ScenarioError
    from wom_sim.study.estimate import cost, in_words

    try:
        scenario = load(file, arguments)
    except ScenarioError as error:
        tell_faults(error, arguments.plain)
        return False
    print(summary_line(scenario))
    if not arguments.quiet:
        print(f"\n{side_by_side(scenario)}\n")
        found = noted(scenario)
        if found:
            print("\n".join(["Notes", *found, ""]))
        print(f"Estimated: {in_words(cost(scenario, arguments.workers))}{FIRST_RUN}\n")
        if scenario.precision is not None:
            most = scenario.model_copy(update={"replications": scenario.precision.most})
            worlds = f"{scenario.precision.most:,} worlds, if that many are needed"
            print(f"At most: {in_words(cost(most, arguments.workers))}, for {worlds}\n")
    return scenario.sweep is None or _check_sweep(file, scenario, arguments)


def _check_sweep(file: str, scenario: Scenario, arguments: argparse.Namespace) -> bool:
    """Read every point, and tell of the first that is no scenario."""
    from wom_sim.commands.points import PointError, Points
    from wom_sim.scenario.faults import visible
    from wom_sim.study.estimate import in_words, sweep_cost
    from wom_sim.study.varying.design import design_of

    design = design_of(scenario)
    points = Points(argparse.Namespace(**{**vars(arguments), "file": file}), design, ask)
    try:
        estimate = in_words(sweep_cost(points, arguments.workers))
    except PointError as error:
        note(f"{file}: {error}")
        return False
    names = ", ".join(map(visible, design.columns))
    print(f"Sweep: {len(design.rows)} points of {names}")
    if not arguments.quiet:
        print(f"Estimated for the sweep: {estimate}\n")
    return True
