"""`sweep`: a scenario at every point of its sweep, the results written whole or not at all."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from wom_sim.commands.attempt import attempt
from wom_sim.commands.keeping import keeping
from wom_sim.commands.objections import (
    Objection,
    refuse_unknown_arm,
    refuse_unknown_outcomes,
)
from wom_sim.commands.points import Points
from wom_sim.commands.progress import Progress
from wom_sim.commands.reading import ask, load
from wom_sim.commands.reporting import CUSTOMARY
from wom_sim.commands.telling import OK, tell_failed

if TYPE_CHECKING:
    from wom_sim.scenario.parameters import Scenario
    from wom_sim.study.results import BreakEven, Contrast, Swept
    from wom_sim.study.varying.design import Design

WIDTH = 80
SHOWN = ("outcome", "arm", "against")
"""Options that say what figures and maps show; the manifest keeps them."""


def main(arguments: argparse.Namespace) -> int:
    """Run the sweep in the scenario `arguments.file`."""
    return attempt(lambda: _sweep(arguments), arguments.file)


def _sweep(arguments: argparse.Namespace) -> int:
    from wom_sim.study.varying.design import design_of

    # The user is asked once about a plugin, not at each point.
    permit = cache(ask)
    scenario = load(arguments.file, arguments, permit=permit)
    _refuse(scenario, arguments)
    design = design_of(scenario)
    points = Points(arguments, design, permit)
    # Each is read before anything runs or is written, so that no fault comes late.
    for _ in points:
        pass
    return _simulate(scenario, design, points, arguments)


def _refuse(scenario: Scenario, arguments: argparse.Namespace) -> None:
    """Raise Objection where there is nothing to run or to show."""
    if scenario.sweep is None:
        raise Objection(
            "the file has no sweep; write one (wom_sim explain sweep), or run it as it is")
    refuse_unknown_outcomes((arguments.outcome, arguments.against))
    refuse_unknown_arm(scenario, arguments.arm)
    if arguments.arm == scenario.baseline and not arguments.against:
        raise Objection(
            f"--arm {arguments.arm} is the baseline; name another, or add --against OUTCOME")
    for setting in arguments.settings:
        name = setting.partition("=")[0].strip()
        if name in scenario.sweep.names:
            raise Objection(
                f"{name} is swept; leave out --set {name}, or write --set sweep.{name}=[...]")


def _simulate(
    scenario: Scenario, design: Design, points: Points, arguments: argparse.Namespace
) -> int:
    from wom_sim.study.cluster import workers_of
    from wom_sim.study.keeping import folder as place
    from wom_sim.study.tables import slug
    from wom_sim.study.varying.sweep import run_sweep

    started, clock = datetime.now(UTC), time.perf_counter()
    name = slug(f"{scenario.stem}-sweep")
    earlier = os.path.exists(arguments.out / name / place.MANIFEST)
    arms, many = len(scenario.arms), len(design.rows)
    each = f"{arms} arm{'s' * (arms > 1)} each"
    progress = Progress(f"worlds at {many} points, {each}", arguments.quiet)
    with keeping(arguments, name, scenario, progress) as (beside, worlds):
        crew = max(1, min(arguments.workers, scenario.replications * many))
        with workers_of(arguments.cluster, crew) as (executor, workers):
            swept = run_sweep(
                scenario, design, points.at, workers=workers, executor=executor,
                progress=progress.at, say=progress.say, worlds=worlds,
                time_limit=arguments.time_limit,
            )
        map_ = mapped(swept, arguments)
        write(swept, map_, beside, arguments, progress)
        tell(swept, map_, beside, arguments, arguments.out)
        place.sign(swept, beside, started, time.perf_counter() - clock,
                   {name: getattr(arguments, name) for name in SHOWN})
    if not arguments.quiet:
        told = [*_found(swept, map_, arguments), *_place(arguments.out / name, earlier)]
        print("\n".join([*told, f"Done in {time.perf_counter() - clock:.1f} s."]))
    return OK


def mapped(swept: Swept, arguments: argparse.Namespace) -> BreakEven | None:
    """Where the answer flips, for a grid of one or two numbers and something to compare."""
    from wom_sim.study.varying.breakeven import break_even

    contrast, sweep = _contrast(swept, arguments), swept.scenario.sweep
    if contrast is None or sweep is None or not sweep.is_numeric_grid:
        return None
    return break_even(swept, contrast)


def _contrast(swept: Swept, arguments: argparse.Namespace) -> Contrast | None:
    from wom_sim.study.results import Contrast

    baseline, outcome, against = swept.scenario.baseline, arguments.outcome, arguments.against
    if against:
        arm = arguments.arm or swept.arms[-1]
        return Contrast(arm, outcome, arm, against)
    others = [arm for arm in swept.arms if arm != baseline]
    arm = arguments.arm or (others[-1] if others else "")
    return Contrast(arm, outcome, baseline, outcome) if arm else None


def write(
    swept: Swept, map_: BreakEven | None, folder: Path, arguments: argparse.Namespace,
    progress: Progress,
) -> None:
    """Write scenario and tables, and the figures that the sweep has."""
    from wom_sim.scenario.dump import dump
    from wom_sim.study.tables import write_csv
    from wom_sim.study.varying.tables import break_even_tables, write_swept

    (folder / "scenario.yaml").write_text(dump(swept.scenario), encoding="utf-8", newline="\n")
    write_swept(swept, folder)
    for name, table in break_even_tables(swept, map_).items() if map_ else ():
        write_csv(folder / f"{name}.csv", table)
    if arguments.no_figures:
        return
    from wom_sim.show.draw import draw_all
    from wom_sim.show.shape import offered
    from wom_sim.study.results import Mapped

    shown = Mapped(swept, arguments.outcome, map_)
    if offered(shown):
        progress.say("drawing figures")
        tell_failed(draw_all(shown, folder / "figures").failed)


def tell(
    swept: Swept, map_: BreakEven | None, folder: Path, arguments: argparse.Namespace, beside: Path
) -> None:
    """Write the answer in words and the page; `beside` is where the folder will lie."""
    from wom_sim.commands.reporting import made, write_report
    from wom_sim.study.results import Mapped
    from wom_sim.study.tables import slug

    options = {name: getattr(arguments, name) for name in SHOWN}
    how = made(swept.scenario, replications=swept.values.shape[-2], options=options)
    name = slug(f"{swept.scenario.stem}-sweep")
    results = Mapped(swept, arguments.outcome, map_)
    said = _said(swept, map_, arguments.outcome)
    write_report(folder, name, swept.scenario, results, said, how, beside)


def _said(swept: Swept, map_: BreakEven | None, outcome: str) -> Iterator[str]:
    """The messages of a sweep, whole sentences."""
    from wom_sim.show.figures import breakeven
    from wom_sim.show.figures.response import drawable, headline
    from wom_sim.show.swept import size

    yield f"{headline(swept, outcome) if drawable(swept) else size(swept)}."
    if map_:
        yield f"{breakeven.headline(swept, map_)}: {'; '.join(breakeven.sentences(swept, map_))}."


def _found(
    swept: Swept, map_: BreakEven | None, arguments: argparse.Namespace
) -> Iterator[str]:
    """What a sweep prints of itself: what was set, question, messages and the first points."""
    from wom_sim.show.figures import breakeven
    from wom_sim.show.figures.response import drawable, headline
    from wom_sim.show.swept import opening, table
    from wom_sim.show.text import clean, wrap

    yield from opening("sweep", swept, arguments.settings, WIDTH)
    if drawable(swept):
        yield from [*wrap(f"{headline(swept, arguments.outcome)}.", WIDTH), ""]
    if map_:
        yield from wrap(f"{breakeven.headline(swept, map_)}:", WIDTH)
        yield from (line for text in breakeven.sentences(swept, map_)
                    for line in wrap(f"  {clean(text)}", WIDTH))
        yield ""
    yield f"{table(swept, arguments.outcome, WIDTH)}\n"


def _place(folder: Path, earlier: bool) -> Iterator[str]:
    """Where the files are and what they are."""
    yield f"{folder}{os.sep}{'  (replaces an earlier sweep)' if earlier else ''}"
    yield f"  {CUSTOMARY}"
    if (folder / "figures").is_dir():
        names = ", ".join(sorted(file.stem for file in (folder / "figures").glob("*.png")))
        yield f"  figures{os.sep}          {names}: PNG 1920×1080 for slides, SVG for print"
    yield "  design.csv        the points: what each name is there"
    yield "  outcomes.csv      every outcome of every arm and point, with intervals"
    yield "  comparison.csv    every arm against the baseline, worlds paired"
    if (folder / "breakeven.csv").exists():
        yield "  breakeven.csv     where the answer flips; breakeven_points.csv the map"
    yield "  replications.csv  every world"
    yield "  scenario.yaml     what was run, every default written out"
    yield "  manifest.json     versions, seed and fingerprints"
