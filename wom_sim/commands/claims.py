"""`claims`: what the articles say, put to the test in both presets."""

from __future__ import annotations

import argparse
import csv
import math
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wom_sim.commands.attempt import attempt
from wom_sim.commands.progress import Progress
from wom_sim.commands.telling import OK, USAGE, note

if TYPE_CHECKING:
    from wom_sim.scenario.parameters import Scenario
    from wom_sim.study.claims.verdicts import Verdict
    from wom_sim.study.claims.worlds import Samples

PRESETS = ("evidence", "articles")
COLUMNS = (
    "claim", "quotation", "source", "preset", "verdict", "consequences", "input", "test", "variant",
    "measure", "against", "effect_is", "unit", "rule", "value", "to", "asserted", "arms", "effect",
    "ci_low", "ci_high", "p", "worlds", "holds", "contrary", "tested_in_preset",
)


def main(arguments: argparse.Namespace) -> int:
    """Test the claims, print the scoreboard, write tables, a figure and the manifest."""
    chosen = _numbers(arguments.only)
    if chosen is None:
        note(f"--only {arguments.only}: expected numbers of claims such as 3,6,7")
        return USAGE
    files = claim_files(chosen)
    unknown = sorted(chosen - {number for number, _ in files})
    if unknown or not files:
        note(f"no claim {', '.join(map(str, unknown)) or 'is installed'};"
             f" there are {', '.join(str(number) for number, _ in claim_files(set()))}")
        return USAGE
    if arguments.flips:
        from wom_sim.commands.flips import search

        return attempt(lambda: search([path for _, path in files], arguments))
    return attempt(lambda: _test([path for _, path in files], arguments))


def _numbers(text: str) -> set[int] | None:
    """Numbers in `3,6,7`; an empty set for all, None where it is something else."""
    parts = [part.strip() for part in text.split(",")] if text else []
    if not all(part.isascii() and part.isdigit() for part in parts):
        return None
    return set(map(int, parts))


def claim_files(chosen: set[int]) -> list[tuple[int, Path]]:
    """Numbers and files of the claims that ship, all of them for an empty set."""
    from wom_sim.guide.shipped import shipped

    named = [entry.path for entry in shipped() if entry.name.startswith("claims/")]
    found = [(int(path.stem[:2]), path) for path in named if path.stem[:2].isdigit()]
    return sorted(pair for pair in found if not chosen or pair[0] in chosen)


def read(
    files: Sequence[Path], preset: str, arguments: argparse.Namespace,
    settings: Sequence[str] = (),
) -> list[Scenario]:
    """The claims' scenarios in a preset, under the options and further settings.

    Raises ScenarioError.
    """
    from wom_sim.commands.reading import load

    named = argparse.Namespace(**{
        **vars(arguments), "settings": [f"preset={preset}", *arguments.settings, *settings]})
    return [load(str(path), named) for path in files]


def _test(files: Sequence[Path], arguments: argparse.Namespace) -> int:
    from wom_sim.commands.flipped import save_pages, taken_from, write_flips
    from wom_sim.show import board, flipped
    from wom_sim.show.scoreboard import table
    from wom_sim.study.claims.worlds import seconds_of
    from wom_sim.study.keeping.folder import fresh_folder

    started, clock = datetime.now(UTC), time.perf_counter()
    with fresh_folder(arguments.out, "claims") as beside:
        read_in = {preset: read(files, preset, arguments) for preset in PRESETS}
        seconds = sum(map(seconds_of, read_in.values()))
        crew = max(1, arguments.workers)
        note(f"{len(files)} claims, {len(PRESETS)} presets, {_worlds(read_in)} worlds:"
             f" about {max(1, round(seconds / crew / 60))} min on {crew} processes")
        kept: list[Samples] = []
        verdicts = [one for preset in PRESETS for one in verdicts_of(
            read_in[preset], preset, crew, arguments, seen=kept.append)]
        flips = taken_from(arguments.out / "claims-flips", read_in[PRESETS[0]], kept[0])
        _write(verdicts, beside)
        write_flips(flips, beside)
        save_pages(board.pages(verdicts), beside, "scoreboard")
        save_pages(flipped.pages(verdicts, flips), beside, "flips")
        _sign(read_in, beside, started, time.perf_counter() - clock)
    print(table(verdicts, flips))
    print(f"\n{arguments.out / 'claims'} holds the tables and figures.")
    return OK


def _worlds(read_in: dict[str, list[Scenario]]) -> int:
    return next(iter(read_in.values()))[0].replications


def verdicts_of(
    scenarios: Sequence[Scenario], preset: str, workers: int, arguments: argparse.Namespace,
    numbers: range | None = None, quiet: bool = False,
    seen: Callable[[Samples], None] = lambda samples: None,
) -> list[Verdict]:
    """The verdicts of one preset, Holm over all claims of `scenarios`; `seen` gets the samples."""
    from wom_sim.study.claims.verdicts import judged, outcomes_of
    from wom_sim.study.claims.worlds import run_claims

    progress = Progress(f"groups of worlds, preset {preset}", quiet)
    samples = run_claims(scenarios, workers=workers, numbers=numbers, progress=progress.at,
                         say=progress.say)
    seen(samples)
    return judged(preset, [
        (one.claim, outcomes_of(one.stem, one.claim, samples, one.seed))
        for one in scenarios if one.claim is not None
    ])


def _write(verdicts: Sequence[Verdict], folder: Path) -> None:
    from wom_sim.study.tables import cell

    with (folder / "claims.csv").open("x", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        for verdict in verdicts:
            rows.writerows([*map(cell, row)] for row in _rows(verdict))


def _rows(verdict: Verdict) -> list[list[Any]]:
    claim = verdict.claim
    head = [claim.number, claim.quotation, claim.source, verdict.preset, verdict.word,
            verdict.consequences, claim.input]
    found = []
    for one in verdict.tests:
        trial = claim.tests[one.test]
        unit = "ratio" if trial.effect == "ratio" else unit_of(trial.measure)
        found.append([
            *head, one.test, one.variant, trial.measure, trial.against, trial.effect, unit,
            trial.rule, trial.value, math.nan if trial.to is None else trial.to, trial.asserted,
            " | ".join(trial.contrast), one.effect, one.low, one.high, one.p, one.worlds,
            one.holds, one.contrary, verdict.tested,
        ])
    return found


def unit_of(measure: str) -> str:
    """Unit of an outcome or of a measure of claims."""
    from wom_sim.scenario.registry import measures, outcomes

    known = measures[measure] if measure in measures else outcomes[measure]
    return str(known.facts["unit"])


def _sign(
    read_in: dict[str, list[Scenario]], folder: Path, started: datetime, seconds: float
) -> None:
    from wom_sim.market.chance import RNG_VERSION
    from wom_sim.scenario.dump import scenario_hash
    from wom_sim.study.keeping.folder import sign_plain

    first = read_in[PRESETS[0]][0]
    sign_plain(
        folder, started, seconds, replications=first.replications, rng=RNG_VERSION,
        scenario_hashes={
            preset: {one.stem: scenario_hash(one) for one in scenarios}
            for preset, scenarios in read_in.items()
        },
        seed=first.seed,
    )


