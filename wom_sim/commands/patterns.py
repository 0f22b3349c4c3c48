"""`patterns`: what studies published, beside what the simulated worlds show."""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wom_sim.commands.attempt import attempt
from wom_sim.commands.telling import OK, note

if TYPE_CHECKING:
    from wom_sim.study.patterns import Shown
    from wom_sim.study.results import Results

COLUMNS = ("pattern", "use", "published", "source", "band_low", "band_high", "simulated",
           "ci_low", "ci_high", "worlds", "inside")


def main(arguments: argparse.Namespace) -> int:
    """Run the worlds, print the table, write `patterns.csv`, a figure and the manifest."""
    return attempt(lambda: _compare(arguments))


def _compare(arguments: argparse.Namespace) -> int:
    from wom_sim.show.patterns import table
    from wom_sim.study.keeping.folder import fresh_folder, sign_plain

    started, clock = datetime.now(UTC), time.perf_counter()
    with fresh_folder(arguments.out, "patterns") as beside:
        shown = _shown(arguments)
        _write(shown, beside)
        sign_plain(beside, started, time.perf_counter() - clock)
    print(table(shown))
    print(f"\n{arguments.out / 'patterns'} holds patterns.csv and the figure.")
    return OK


def _shown(arguments: argparse.Namespace) -> list[Shown]:
    from wom_sim.study.patterns import PATTERNS, SCENARIOS, Worlds, show, told

    results = {}
    for number, (name, (file, settings)) in enumerate(SCENARIOS.items(), 1):
        note(f"worlds {number} of {len(SCENARIOS)}: {name}")
        results[name] = _results(file, (*settings, *arguments.settings), arguments)
    note("telling some worlds event by event")
    worlds = Worlds(results, told(results["seasoned"], "Alone"))
    return [show(pattern, worlds) for pattern in PATTERNS]


def _results(file: str, settings: Sequence[str], arguments: argparse.Namespace) -> Results:
    from wom_sim import face
    from wom_sim.guide.shipped import find

    scenario = face.load(find(file) or f"{file}.yaml", settings=settings, seed=arguments.seed,
                         replications=arguments.replications)
    return face.run(scenario, workers=arguments.workers)


def _write(shown: Sequence[Shown], folder: Path) -> None:
    from wom_sim.show.forms import save
    from wom_sim.show.patterns import draw

    with (folder / "patterns.csv").open("x", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows(_row(one) for one in shown)
    save(draw(shown), folder, "patterns")


def _row(one: Shown) -> list[str]:
    known = one.pattern
    numbers = (known.low, known.high, one.value, one.low, one.high)
    told = [json.dumps(number) if abs(number) < float("inf") else "" for number in numbers]
    return [known.name, known.use, known.published, known.source, *told, str(one.worlds),
            str(one.inside).lower()]
