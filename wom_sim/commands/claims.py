"""`claims`: what the articles say, put to the test in both presets."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wom_sim.commands.attempt import attempt
from wom_sim.commands.keeping import keeping
from wom_sim.commands.progress import Progress
from wom_sim.commands.telling import OK, USAGE, note, tell_failed

if TYPE_CHECKING:
    from wom_sim.scenario.parameters import Scenario
    from wom_sim.study.claims.taken import Flipped
    from wom_sim.study.claims.verdicts import Verdict
    from wom_sim.study.claims.worlds import Samples
    from wom_sim.study.tables import Row

    ReadIn = Mapping[str, Sequence[Scenario]]
    """The claims' scenarios by preset."""

PRESETS = ("evidence", "articles")
DIGITS = 9
"""Most digits of the number of a claim; Python itself refuses some thousands."""
SCENARIOS = "scenarios"
"""The folder of the scenarios in a folder of results."""
COLUMNS = (
    "claim", "quotation", "source", "preset", "verdict", "consequences", "input", "test", "variant",
    "measure", "against", "effect_is", "unit", "rule", "value", "to", "asserted", "arms", "effect",
    "ci_low", "ci_high", "p", "worlds", "holds", "contrary", "clearly_short",
    "tested_in_preset",
)


def main(arguments: argparse.Namespace) -> int:
    """Test the claims, print the scoreboard, write tables, a figure and the manifest."""
    chosen = _numbers(arguments.only)
    if chosen is None:
        from wom_sim.scenario.faults import shortened

        note(f"--only {shortened(arguments.only)}: expected numbers of claims such as 3,6,7")
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
    if not all(part.isascii() and part.isdigit() and len(part) <= DIGITS for part in parts):
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
    from wom_sim.commands.flipped import taken_from, write_flips
    from wom_sim.show.scoreboard import table
    from wom_sim.study.claims.worlds import run_groups, seconds_of
    from wom_sim.study.cluster import workers_of

    started, clock = datetime.now(UTC), time.perf_counter()
    read_in = {preset: read(files, preset, arguments) for preset in PRESETS}
    progress = Progress("worlds in all", quiet=False)
    named = {f"{preset} {one.stem}": one for preset, own in read_in.items() for one in own}
    with keeping(arguments, "claims", named, progress) as (beside, worlds):
        with workers_of(arguments.cluster, max(1, arguments.workers)) as (executor, workers):
            seconds = sum(map(seconds_of, read_in.values()))
            note(f"{len(files)} claims, {len(PRESETS)} presets, {_worlds(read_in)} worlds: about"
                 f" {max(1, round(seconds / workers / 60))} min on {workers} processes")
            found = run_groups(list(read_in.values()), executor=executor, workers=workers,
                               worlds=worlds, progress=progress.at, say=progress.say)
        verdicts = verdicts_of(read_in, found)
        flips = taken_from(arguments.out / "claims-flips", read_in[PRESETS[0]], found[0])
        write(read_in, verdicts, beside)
        write_flips(flips, beside)
        draw_board(verdicts, flips, beside)
        tell(verdicts, flips, read_in, beside, arguments.out)
        _sign(read_in, beside, started, time.perf_counter() - clock)
    print(table(verdicts, flips))
    print(f"\n{arguments.out / 'claims'} holds report.html, tables, figures and scenarios.")
    return OK


def tell(
    verdicts: Sequence[Verdict], flips: Sequence[Flipped], read_in: ReadIn, folder: Path,
    beside: Path,
) -> None:
    """Write the answer in words and the page; `beside` is where the folder will lie."""
    from wom_sim.commands.reporting import tools, write_report
    from wom_sim.show.scoreboard import headline
    from wom_sim.study.results import Board

    first = next(iter(read_in.values()))[0]
    how = {"replications": first.replications, "seed": first.seed, **tools()}
    results = Board(tuple(verdicts), tuple(flips))
    write_report(folder, "claims", None, results, [f"{headline(verdicts)}."], how, beside)


def _worlds(read_in: ReadIn) -> int:
    return next(iter(read_in.values()))[0].replications


def verdicts_of(read_in: ReadIn, found: Sequence[Samples]) -> list[Verdict]:
    """The verdicts of every preset from its samples, Holm over all its claims."""
    from wom_sim.study.claims.verdicts import judged, outcomes_of

    return [
        verdict for (preset, scenarios), samples in zip(read_in.items(), found, strict=True)
        for verdict in judged(preset, [
            (one.claim, outcomes_of(one.stem, one.claim, samples, one.seed))
            for one in scenarios if one.claim is not None
        ])
    ]


def write(read_in: ReadIn, verdicts: Sequence[Verdict], folder: Path) -> None:
    """Write the table, and every scenario as it was resolved in each preset."""
    from wom_sim.study.tables import Table, write_csv

    for preset, scenarios in read_in.items():
        write_scenarios(scenarios, folder / SCENARIOS / preset)
    rows = (row for verdict in verdicts for row in _rows(verdict))
    write_csv(folder / "claims.csv", Table(COLUMNS, rows))


def write_scenarios(scenarios: Sequence[Scenario], folder: Path) -> None:
    """Write the scenarios with every default written out, each by its stem."""
    from wom_sim.scenario.dump import dump

    folder.mkdir(parents=True)
    for one in scenarios:
        (folder / f"{one.stem}.yaml").write_text(dump(one), encoding="utf-8", newline="\n")


def draw_board(verdicts: Sequence[Verdict], flips: Sequence[Flipped], folder: Path) -> None:
    """Draw the scoreboard, and where verdicts flip if that is known, into the folder."""
    from wom_sim.show.draw import draw_all
    from wom_sim.study.results import Board

    tell_failed(draw_all(Board(tuple(verdicts), tuple(flips)), folder).failed)


def _rows(verdict: Verdict) -> Iterator[Row]:
    claim = verdict.claim
    head = (claim.number, claim.quotation, claim.source, verdict.preset, verdict.word,
            verdict.consequences, claim.input)
    for one in verdict.tests:
        trial = claim.tests[one.test]
        unit = "ratio" if trial.effect == "ratio" else unit_of(trial.measure)
        yield (
            *head, one.test, one.variant, trial.measure, trial.against, trial.effect, unit,
            trial.rule, trial.value, math.nan if trial.to is None else trial.to, trial.asserted,
            " | ".join(trial.contrast), one.effect, one.low, one.high, _upwards(one.p),
            one.worlds, one.holds, one.contrary, one.short, verdict.tested,
        )


def _upwards(p: float) -> float:
    """A chance in ten-thousandths, rounded up; Holm asks for no more, and no more is known."""
    return max(math.ceil(p * 10_000), 1) / 10_000


def unit_of(measure: str) -> str:
    """Unit of an outcome or of a measure of claims."""
    from wom_sim.scenario.registry import measures, outcomes

    known = measures[measure] if measure in measures else outcomes[measure]
    return str(known.facts["unit"])


def _sign(read_in: ReadIn, folder: Path, started: datetime, seconds: float) -> None:
    from wom_sim.market.chance import RNG_VERSION
    from wom_sim.scenario.dump import scenario_hash
    from wom_sim.study.keeping.folder import sign_plain

    first = read_in[PRESETS[0]][0]
    sign_plain(
        folder, started, seconds, command="claims", replications=first.replications,
        rng=RNG_VERSION, seed=first.seed,
        scenario_hashes={
            preset: {one.stem: scenario_hash(one) for one in scenarios}
            for preset, scenarios in read_in.items()
        },
    )


