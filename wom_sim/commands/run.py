"""`run`: a scenario simulated, its results written whole or not at all."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wom_sim.commands.attempt import attempt
from wom_sim.commands.keeping import keeping
from wom_sim.commands.progress import Progress
from wom_sim.commands.reading import load
from wom_sim.commands.telling import OK, tell_failed

if TYPE_CHECKING:
    from wom_sim.scenario.parameters import Scenario
    from wom_sim.study.results import Results

WIDTH = 80
LONG = 60.0
"""Seconds by the estimate from which on a run says beforehand how long it may take."""


def main(arguments: argparse.Namespace) -> int:
    """Run the scenario `arguments.file`."""
    return attempt(
        lambda: _simulate(load(arguments.file, arguments), arguments), arguments.file
    )


def _simulate(scenario: Scenario, arguments: argparse.Namespace) -> int:
    from wom_sim.study.cluster import workers_of
    from wom_sim.study.ensemble import run_ensemble
    from wom_sim.study.keeping import folder as place
    from wom_sim.study.parquet import require_parquet
    from wom_sim.study.tables import slug

    if arguments.keep:
        require_parquet()
    started, clock = datetime.now(UTC), time.perf_counter()
    name = slug(scenario.stem)
    earlier = os.path.exists(arguments.out / name / place.MANIFEST)
    progress = Progress(f"worlds, {len(scenario.arms)} arms each", arguments.quiet)
    with keeping(arguments, name, scenario, progress) as (beside, worlds):
        crew = _crew(scenario, arguments, progress)
        with workers_of(arguments.cluster, crew) as (executor, workers):
            results = run_ensemble(
                scenario, workers=workers, executor=executor,
                progress=progress.at, say=progress.say, worlds=worlds,
                time_limit=arguments.time_limit,
            )
        failed = write(results, beside, arguments, progress)
        progress.say("writing the page")
        tell(results, beside, arguments.out)
        place.sign(results, beside, started, time.perf_counter() - clock)
    if not arguments.quiet:
        told = [*_found(results, arguments.settings), *_place(arguments.out / name, earlier)]
        print("\n".join([*told, f"Done in {time.perf_counter() - clock:.1f} s."]))
    tell_failed(failed)
    return OK


def _crew(scenario: Scenario, arguments: argparse.Namespace, progress: Progress) -> int:
    """As many processes as are asked for and this machine's memory holds, by the estimate.

    A run that takes long, and one that may not fit, is told beforehand.
    """
    from wom_sim.study import machine
    from wom_sim.study.estimate import cost, in_words, of_bytes

    wanted: int = max(1, min(arguments.workers, scenario.replications))
    if arguments.cluster:
        return wanted
    room = machine.memory()
    crew = machine.most_workers(scenario, wanted, room)
    found = cost(scenario, max(1, crew))
    if crew == 0:
        progress.say(f"about {of_bytes(found.memory_bytes)} of memory needed even on one process,"
                     f" and this machine has {of_bytes(room)}: it may never end; try a smaller"
                     " population.size or fewer worlds")
    elif crew < wanted:
        progress.say(f"on {crew} of {wanted} processes: more would need"
                     f" {of_bytes(cost(scenario, crew + 1).memory_bytes)} of memory, and this"
                     f" machine has {of_bytes(room)}")
    if found.seconds > LONG:
        progress.say(f"estimated: {in_words(found)}")
    return max(1, crew)


def write(
    results: Results, folder: Path, arguments: argparse.Namespace, progress: Progress
) -> dict[str, str]:
    """Write scenario, tables and figures; returns the figures that failed, with the reason."""
    from wom_sim.scenario.dump import dump
    from wom_sim.study.parquet import write_weekly_parquet
    from wom_sim.study.tables import write_tables

    (folder / "scenario.yaml").write_text(dump(results.scenario), encoding="utf-8", newline="\n")
    write_tables(results, folder)
    if arguments.keep:
        write_weekly_parquet(results, folder)
    if arguments.no_figures:
        return {}
    from wom_sim.show.draw import draw_all

    progress.say("drawing figures")
    return draw_all(results, folder / "figures", workers=arguments.workers).failed


def tell(results: Results, folder: Path, beside: Path) -> None:
    """Write the answer in words and the page; `beside` is where the folder will lie."""
    from wom_sim.commands.reporting import made, write_report
    from wom_sim.show.wording import precision, verdict
    from wom_sim.study.tables import slug

    scenario = results.scenario
    said = [verdict(results)]
    if scenario.precision is not None:
        said.append(precision(results))
    how = made(scenario, replications=results.values.shape[1])
    write_report(folder, slug(scenario.stem), scenario, results, said, how, beside)


def _found(results: Results, settings: Sequence[str]) -> Iterator[str]:
    """What a run prints of itself: what was set, question, verdict, table and differences."""
    from wom_sim.show.printed import differences, table
    from wom_sim.show.text import clean, wrap
    from wom_sim.show.wording import precision, size, verdict

    scenario = results.scenario
    yield from wrap(f"wom_sim {clean(scenario.stem)}", WIDTH)
    yield f"{size(results)}, seed {scenario.seed}, preset {scenario.preset}"
    if settings:
        yield from wrap(f"Set: {', '.join(map(clean, settings))}", WIDTH)
    if scenario.sweep is not None:
        points = scenario.sweep.points
        yield f"It holds a sweep of {points} points, not run here: python -m wom_sim sweep FILE"
    yield ""
    if scenario.question:
        yield from [*wrap(clean(scenario.question), WIDTH), ""]
    yield from [*wrap(verdict(results), WIDTH), ""]
    if scenario.precision is not None:
        yield from [*wrap(precision(results), WIDTH), ""]
    for block in (table(results, WIDTH), differences(results, WIDTH)):
        if block:
            yield f"{block}\n"


def _place(folder: Path, earlier: bool) -> Iterator[str]:
    """Where the files are and what they are."""
    yield f"{folder}{os.sep}{'  (replaces an earlier run)' if earlier else ''}"
    for line in _contents(folder):
        yield f"  {line}"


def _contents(folder: Path) -> Iterator[str]:
    from wom_sim.commands.reporting import CUSTOMARY

    yield CUSTOMARY
    figures = len(list((folder / "figures").glob("*.png")))
    if figures:
        yield f"figures{os.sep}          {figures} figures: PNG 1920×1080 for slides, SVG for print"
    yield "summary.csv       every outcome of every arm, with intervals"
    yield "comparison.csv    every arm against the baseline, worlds paired"
    yield "months.csv        every world, month by month: what figures are drawn from"
    yield "replications.csv  weekly.csv  curves.csv  businesses.csv  story.csv  reach.csv"
    yield "scenario.yaml     what was run, every default written out"
    yield "manifest.json     versions, seed and fingerprints"
