"""`sensitivity`: what moves the answer, by a designed sweep over the assumed numbers."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wom_sim.commands.attempt import attempt
from wom_sim.commands.keeping import keeping
from wom_sim.commands.objections import (
    Objection,
    refuse_unknown_arm,
    refuse_unknown_outcomes,
)
from wom_sim.commands.progress import Progress
from wom_sim.commands.reading import ask, load
from wom_sim.commands.reporting import CUSTOMARY
from wom_sim.commands.telling import FAILED, OK, note, tell_failed

if TYPE_CHECKING:
    from wom_sim.commands.varying import Study
    from wom_sim.scenario.parameters import Scenario
    from wom_sim.study.results import Sensitivity, Swept

WIDTH = 80
REPLICATIONS = 10
"""Worlds at each point, unless asked for otherwise: enough to tell luck from effect."""
POINTS = {"morris": 4, "sobol": 64}


def main(arguments: argparse.Namespace) -> int:
    """Find what moves the answer of the scenario `arguments.file`."""
    return attempt(lambda: _sensitivity(arguments), arguments.file)


def _sensitivity(arguments: argparse.Namespace) -> int:
    from wom_sim.commands.varying import study
    from wom_sim.study.varying.sensitivity import Undefined

    worlds = REPLICATIONS if arguments.replications is None else arguments.replications
    # As many worlds at each point, whatever the scenario says of its own, or of precision.
    arguments.replications = None
    if arguments.points is None:
        arguments.points = POINTS[arguments.method]
    permit = cache(ask)
    scenario = load(arguments.file, arguments, permit=permit).model_copy(
        update={"replications": worlds, "precision": None})
    _refuse(scenario, arguments)
    try:
        return _simulate(study(scenario, arguments, permit), arguments)
    except Undefined as error:
        note(f"{arguments.file}: {error}; no results were written, its worlds are kept:"
             " ask for another --outcome with --resume")
        return FAILED


def _refuse(scenario: Scenario, arguments: argparse.Namespace) -> None:
    """Raise Objection where this cannot be asked."""
    from wom_sim.study.varying.sensitivity import FEWEST_ROWS, FEWEST_WORLDS

    points = arguments.points
    refuse_unknown_outcomes([arguments.outcome])
    refuse_unknown_arm(scenario, arguments.arm)
    if arguments.arm == scenario.baseline and len(scenario.arms) > 1:
        raise Objection(f"--arm {arguments.arm} is the baseline; name another")
    if scenario.replications < FEWEST_WORLDS:
        raise Objection(f"--replications {scenario.replications} cannot tell luck from effect; use"
                        f" at least {FEWEST_WORLDS}, better {REPLICATIONS}")
    if points < FEWEST_ROWS:
        raise Objection(f"--points {points} is too few; use at least {FEWEST_ROWS}")
    if arguments.method == "sobol" and points & (points - 1):
        below = 1 << (points.bit_length() - 1)
        raise Objection(
            f"--points {points} is no power of 2, as sobol needs; use {below} or {2 * below}")


def _simulate(wanted: Study, arguments: argparse.Namespace) -> int:
    from wom_sim.study.cluster import workers_of
    from wom_sim.study.keeping import folder as place
    from wom_sim.study.tables import study_folder
    from wom_sim.study.varying.sweep import run_sweep
    from wom_sim.study.varying.tables import asked_of

    started, clock = datetime.now(UTC), time.perf_counter()
    scenario, many = wanted.scenario, len(wanted.design.rows)
    name = study_folder(scenario.stem)
    earlier = os.path.exists(arguments.out / name / place.MANIFEST)
    arms = len(scenario.arms)
    each = f"{arms} arm{'s' * (arms > 1)} each"
    progress = Progress(f"worlds at {many} points, {each}", arguments.quiet)
    asked = {"method": wanted.method, "points": arguments.points,
             "names": [axis.name for axis in wanted.axes]}
    with keeping(arguments, name, scenario, progress, asked) as (beside, worlds):
        progress.say(wanted.told)
        crew = max(1, min(arguments.workers, scenario.replications * many))
        with workers_of(arguments.cluster, crew) as (executor, workers):
            swept = run_sweep(
                scenario, wanted.design, wanted.at, workers=workers, executor=executor,
                progress=progress.at, say=progress.say, worlds=worlds,
            )
        found = write(swept, wanted, beside, arguments, progress)
        options = {**settings_of(wanted, arguments), **asked_of(found)}
        tell(swept, found, options, beside, arguments.out)
        place.sign(swept, beside, started, time.perf_counter() - clock, options, "sensitivity")
    if not arguments.quiet:
        told = [*_found(swept, found, arguments), *_place(arguments.out / name, earlier)]
        print("\n".join([*told, f"Done in {time.perf_counter() - clock:.1f} s."]))
    return OK


def settings_of(wanted: Study, arguments: argparse.Namespace) -> dict[str, Any]:
    """What was asked besides the scenario, as the manifest keeps it: enough to ask it again."""
    return {
        "arm": wanted.arm, "against": wanted.against, "method": wanted.method,
        "outcome": arguments.outcome, "points": arguments.points,
        "axes": [axis.model_dump(exclude={"values"}) for axis in wanted.axes],
    }


def write(
    swept: Swept, wanted: Study, folder: Path, arguments: argparse.Namespace, progress: Progress
) -> Sensitivity:
    """Write scenario, tables and the figure; returns what was found. Raises Undefined."""
    from wom_sim.scenario.dump import dump
    from wom_sim.study.tables import write_csv
    from wom_sim.study.varying.sensitivity import sensitivity
    from wom_sim.study.varying.tables import sensitivity_table, write_swept

    progress.say("resampling rows and worlds")
    found = sensitivity(swept, wanted.axes, wanted.units, wanted.method, arguments.outcome,
                        wanted.arm, wanted.against)
    (folder / "scenario.yaml").write_text(dump(swept.scenario), encoding="utf-8", newline="\n")
    write_swept(swept, folder)
    write_csv(folder / "sensitivity.csv", sensitivity_table(found))
    if arguments.no_figures:
        return found
    from wom_sim.show.draw import draw_all
    from wom_sim.study.results import Ranked

    progress.say("drawing the figure")
    tell_failed(draw_all(Ranked(swept, found), folder / "figures").failed)
    return found


def tell(
    swept: Swept, found: Sensitivity, options: Mapping[str, Any], folder: Path, beside: Path
) -> None:
    """Write the answer in words and the page; `beside` is where the folder will lie."""
    from wom_sim.commands.reporting import made, write_report
    from wom_sim.show.moved import cautions, headline
    from wom_sim.study.results import Ranked
    from wom_sim.study.tables import study_folder

    scenario = swept.scenario
    how = made(scenario, replications=swept.values.shape[-2], options=options)
    name, said = study_folder(scenario.stem), [f"{headline(swept, found)}."]
    said += cautions(found)
    write_report(folder, name, scenario, Ranked(swept, found), said, how, beside)


def _found(
    swept: Swept, found: Sensitivity, arguments: argparse.Namespace
) -> Iterator[str]:
    """What is printed: the question, the message, the strongest parameters and how sure it is."""
    from wom_sim.show.moved import cautions, headline, table
    from wom_sim.show.swept import opening
    from wom_sim.show.text import wrap

    yield from opening("sensitivity", swept, arguments.settings, WIDTH)
    yield from [*wrap(f"{headline(swept, found)}.", WIDTH), ""]
    yield f"{table(swept, found, WIDTH)}\n"
    for caution in cautions(found):
        yield from wrap(caution, WIDTH)
    yield ""


def _place(folder: Path, earlier: bool) -> Iterator[str]:
    yield f"{folder}{os.sep}{'  (replaces an earlier one)' if earlier else ''}"
    yield f"  {CUSTOMARY}"
    if (folder / "figures").is_dir():
        yield f"  figures{os.sep}          tornado: PNG 1920×1080 for slides, SVG for print"
    yield "  sensitivity.csv   every parameter: indices with intervals, above noise or not"
    yield "  design.csv        the points: what each name is there"
    yield "  outcomes.csv      every outcome of every arm and point; comparison.csv paired"
    yield "  replications.csv  every world"
    yield "  scenario.yaml     what was run, every default written out"
    yield "  manifest.json     versions, seed and fingerprints"
