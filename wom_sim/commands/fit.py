"""`fit`: assumed numbers moved until the simulated business agrees with what was observed."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from wom_sim.commands.attempt import attempt
from wom_sim.commands.keeping import keeping
from wom_sim.commands.points import Points
from wom_sim.commands.progress import Progress
from wom_sim.commands.reading import ask, load
from wom_sim.commands.telling import FAILED, OK, USAGE, note

if TYPE_CHECKING:
    from wom_sim.commands.fitting import Asked, Fitting
    from wom_sim.scenario.parameters import Scenario
    from wom_sim.scenario.parameters.sweep import Axis
    from wom_sim.study.results import Fit

WIDTH = 80
REPLICATIONS = 20
"""Worlds at each point, unless asked for otherwise."""
POINTS = 64
"""Points of each of two batches, unless asked for otherwise."""
EACH = 4
"""Fewest worlds more than points of a batch for each number fitted to, so that it tells how these
scatter together."""


def main(arguments: argparse.Namespace) -> int:
    """Fit the scenario `arguments.file` to what it says was observed."""
    return attempt(lambda: _fit(arguments), arguments.file)


def _fit(arguments: argparse.Namespace) -> int:
    from wom_sim.commands.fitting import Asked, axes_of
    from wom_sim.scenario.varied import CannotVary
    from wom_sim.study.fit.fitting import CannotFit

    worlds = REPLICATIONS if arguments.replications is None else arguments.replications
    points = POINTS if arguments.points is None else arguments.points
    # The fitted scenario keeps its own number of worlds.
    arguments.replications = None
    permit = cache(ask)
    scenario = load(arguments.file, arguments, permit=permit)
    try:
        axes = axes_of(scenario, arguments, permit)
        objection = _objection(scenario, axes if arguments.names else (), worlds, points)
    except CannotVary as error:
        objection = str(error)
    if objection:
        note(f"{arguments.file}: {objection}")
        return USAGE
    try:
        asked = Asked(axes, not arguments.names, worlds, points)
        return _simulate(scenario, asked, arguments, permit)
    except CannotFit as error:
        note(f"{arguments.file}: {error}; no results were written, what was simulated is kept for"
             " --resume")
        return FAILED


def _objection(scenario: Scenario, axes: Sequence[Axis], worlds: int, points: int) -> str:
    """Why this cannot be asked, in one line; empty if it can."""
    from wom_sim.commands.fitting import MOST_MOVED
    from wom_sim.study.fit.fitting import fewest_points

    names = len(axes) or MOST_MOVED
    if scenario.observed is None:
        return "nothing observed; write observed: (python -m wom_sim explain observed)"
    if worlds < 2:
        return f"--replications {worlds} cannot tell luck from effect; use at least 2, better 20"
    if points & (points - 1) or points < fewest_points(names):
        least = 1 << (fewest_points(names) - 1).bit_length()
        return (f"--points {points} will not do for {names} parameter{'s' * (names > 1)}; use a"
                f" power of 2, at least {least}")
    fitted = sum(not one.held_out for one in scenario.observed.summaries(scenario.weeks))
    if points * (worlds - 1) < EACH * fitted:
        return (f"--replications {worlds} will not do for {fitted} numbers fitted to; use at least"
                f" {1 + -(-EACH * fitted // points)}, or more --points")
    return ""


def _simulate(
    scenario: Scenario, asked: Asked, arguments: argparse.Namespace,
    permit: Callable[[str], bool],
) -> int:
    from wom_sim.commands.fitting import Fitting
    from wom_sim.study.cluster import workers_of
    from wom_sim.study.crew import workforce
    from wom_sim.study.ensemble import compile_first
    from wom_sim.study.keeping import folder as place
    from wom_sim.study.tables import slug

    started, clock = datetime.now(UTC), time.perf_counter()
    name = slug(f"{scenario.stem}-fit")
    earlier = os.path.exists(arguments.out / name / place.MANIFEST)
    progress = Progress("worlds", arguments.quiet)
    with keeping(arguments, name, scenario, progress) as (beside, worlds):
        study = Fitting(scenario, asked, lambda design: Points(arguments, design, permit).at,
                        worlds)
        progress.say(study.told(arguments.workers))
        with (workers_of(arguments.cluster, arguments.workers) as (executor, workers),
              workforce(executor, max(1, workers)) as crew):
            compile_first(crew, progress.say)
            fit = study.run(crew, progress)
        write(fit, study, beside, arguments, progress)
        tell(fit, study.fitted(fit), beside, arguments.out)
        _sign(fit, asked, beside, started, time.perf_counter() - clock)
    if not arguments.quiet:
        told = [*_found(fit), *_place(arguments.out / name, earlier)]
        print("\n".join([*told, f"Done in {time.perf_counter() - clock:.1f} s."]))
    return OK


def write(
    fit: Fit, study: Fitting, folder: Path, arguments: argparse.Namespace, progress: Progress
) -> None:
    """Write the scenario before and after the fit, the tables and the figure."""
    from wom_sim.scenario.dump import dump
    from wom_sim.scenario.remarks import remarked
    from wom_sim.study.fit.tables import fit_tables
    from wom_sim.study.tables import write_csv

    remarks = {
        one.name: f"fitted, 95 % range {one.low:.4g} to {one.high:.4g}; was {one.start:.4g}"
        + ("" if one.identified else "; not identified")
        for one in fit.moved
    }
    (folder / "scenario.yaml").write_text(dump(fit.scenario), encoding="utf-8", newline="\n")
    text = remarked(dump(study.fitted(fit)), remarks)
    (folder / "fitted.yaml").write_text(text, encoding="utf-8", newline="\n")
    for name, one in fit_tables(fit).items():
        write_csv(folder / f"{name}.csv", one)
    if not arguments.no_figures:
        from wom_sim.show.fitted import alt, draw, headline
        from wom_sim.show.forms import save

        progress.say("drawing the figure")
        save(draw(fit), folder / "figures", "fit", headline(fit), alt(fit))


def tell(fit: Fit, fitted: Scenario, folder: Path, beside: Path) -> None:
    """Write the answer in words and the page; `beside` is where the folder will lie."""
    from wom_sim.commands.reporting import made, write_report
    from wom_sim.show.fitted import headline, which_identified
    from wom_sim.study.tables import slug

    how = made(fit.scenario, replications=fit.worlds)
    said = [f"{headline(fit)}.", f"{which_identified(fit)}."]
    write_report(folder, slug(f"{fit.scenario.stem}-fit"), fitted, None, said, how, beside)


def _sign(fit: Fit, asked: Asked, folder: Path, started: datetime, seconds: float) -> None:
    from wom_sim.market.chance import RNG_VERSION
    from wom_sim.scenario.dump import scenario_hash
    from wom_sim.study.keeping.folder import files_named, hashes, versions, write_manifest

    write_manifest({
        "command": "fit",
        "files": hashes(folder),
        "final_replications": fit.final_worlds,
        "inputs": dict(sorted(files_named(fit.scenario).items())),
        "moved": [one.name for one in fit.moved],
        "points": len(fit.design.rows),
        "replications": fit.worlds,
        "rng": RNG_VERSION,
        "options": {
            "axes": [axis.model_dump(exclude={"values"}) for axis in asked.axes],
            "points": asked.points, "screening": asked.screening, "worlds": asked.worlds,
        },
        "scenario": fit.scenario.stem,
        "scenario_hash": scenario_hash(fit.scenario),
        "seconds": seconds,
        "seed": fit.scenario.seed,
        "started": started.isoformat(timespec="seconds"),
        "versions": dict(versions()),
    }, folder)


def _found(fit: Fit) -> Iterator[str]:
    from wom_sim.show.fitted import headline, moved_table, series_used, table, which_identified
    from wom_sim.show.text import clean, wrap

    yield from wrap(f"wom_sim fit {clean(fit.scenario.stem)}", WIDTH)
    yield (f"{len(fit.design.rows)} points × {fit.worlds} worlds, seed {fit.scenario.seed},"
           f" preset {fit.scenario.preset}\n")
    yield from [*wrap(f"{headline(fit)}.", WIDTH), "", *table(fit), ""]
    for sentence in series_used(fit):
        yield from [*wrap(f"{sentence}.", WIDTH), ""]
    yield from [*wrap(f"{which_identified(fit)}.", WIDTH), "", *moved_table(fit), ""]


def _place(folder: Path, earlier: bool) -> Iterator[str]:
    yield f"{folder}{os.sep}{'  (replaces an earlier one)' if earlier else ''}"
    yield "  report.html     open this first; answer.txt has the answer in words"
    if (folder / "figures").is_dir():
        yield f"  figures{os.sep}        fit: PNG 1920×1080 for slides, SVG for print"
    yield "  fitted.yaml     the scenario with fitted values; each says its range"
    yield "  observed.csv    every quantity: observed, simulated before and after, predicted"
    yield "  identified.csv  every parameter moved: its value and range, identified or not"
    yield "  fit.csv         every point simulated, and how far it is from what was observed"
    if (folder / "screening.csv").exists():
        yield "  screening.csv   which assumed numbers move the observed ones most"
    yield "  scenario.yaml   what was fitted, every default written out"
    yield "  manifest.json   versions, seed and fingerprints"
