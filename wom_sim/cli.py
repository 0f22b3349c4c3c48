"""The door: the command line. It loads the rooms that a command needs, and no others."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wom_sim.scenario.parameters import Scenario
    from wom_sim.study.results import Results

WIDTH = 80
COMMANDS = ("run",)
OK, FAILED, USAGE, DISK, STOPPED = 0, 1, 2, 3, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns 0 done, 1 failed, 2 wrong input, 3 disk, 130 stopped."""
    given = list(sys.argv[1:] if argv is None else argv)
    if given and given[0] not in COMMANDS and not given[0].startswith("-"):
        given.insert(0, "run")
    arguments = _parser().parse_args(given)
    if arguments.command is None:
        _parser().print_help()
        return OK
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        _note("stopped; nothing was written")
        return STOPPED
    except BrokenPipeError:
        # The reader of our output has gone; what was asked for is on disk.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="wom_sim",
        description="Simulate word of mouth against referral partners, under a YAML scenario.",
        epilog="'wom_sim FILE' is short for 'wom_sim run FILE'.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    run = commands.add_parser("run", help="run a scenario and write its results")
    run.add_argument("file", metavar="FILE", help="scenario, such as scenarios/one_bad_week.yaml")
    run.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="settings",
        help="set a parameter by its dotted name, such as talk.negativity_ratio=5; repeatable",
    )
    run.add_argument("--replications", type=_whole, metavar="N", help="independent worlds")
    run.add_argument("--seed", type=_whole, metavar="N", help="root of all random numbers")
    run.add_argument("--workers", type=_whole, metavar="N", default=os.cpu_count() or 1,
                     help="processes (default: the cores)")
    run.add_argument("--out", type=Path, default=Path("results"), metavar="DIR",
                     help="where results go (default: results)")
    run.add_argument("--no-figures", action="store_true", help="write tables only")
    run.add_argument("--quiet", action="store_true", help="print nothing but errors")
    run.add_argument("--keep", choices=["weekly"], metavar="weekly",
                     help="also keep every replication's weeks (needs wom-sim[data])")
    return parser


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"expected a whole number, got {text!r}")
    return int(text)


def _run(arguments: argparse.Namespace) -> int:
    from wom_sim import face
    from wom_sim.market.graphs import NetworkError
    from wom_sim.scenario.faults import ScenarioError
    from wom_sim.study.ensemble import WorkerDied
    from wom_sim.study.tables import ResultsError

    try:
        scenario = face.load(arguments.file, settings=arguments.settings, seed=arguments.seed,
                             replications=arguments.replications)
        return _simulate(scenario, arguments)
    except ScenarioError as error:
        _note(str(error))
        return USAGE
    except NetworkError as error:
        _note(f"{arguments.file}: {error}")
        return USAGE
    except ResultsError as error:
        _note(str(error))
        return DISK
    except WorkerDied as error:
        _note(f"{error}; nothing was written")
        return FAILED
    except MemoryError:
        _note("out of memory; try a smaller population.size, or fewer --workers")
        return FAILED


def _simulate(scenario: Scenario, arguments: argparse.Namespace) -> int:
    from wom_sim.study import folder as place
    from wom_sim.study.ensemble import run_ensemble
    from wom_sim.study.tables import require_parquet, slug

    if arguments.keep:
        require_parquet()
    started, clock = datetime.now(UTC), time.perf_counter()
    name = slug(scenario.stem)
    with place.fresh_folder(arguments.out, name) as beside:
        progress = _Progress(scenario, arguments.quiet)
        results = run_ensemble(
            scenario, workers=max(1, min(arguments.workers, scenario.replications)),
            progress=progress.at, say=progress.say,
        )
        failed = _write(results, beside, arguments, progress)
        place.write_manifest(
            _manifest(results, beside, started, time.perf_counter() - clock), beside
        )
    if not arguments.quiet:
        with contextlib.suppress(UnicodeEncodeError):
            print("\n".join(_report(results, arguments.out / name, time.perf_counter() - clock)))
    for figure, reason in failed.items():
        _note(f"figure {figure} could not be drawn: {reason}")
    return OK


def _write(
    results: Results, folder: Path, arguments: argparse.Namespace, progress: _Progress
) -> dict[str, str]:
    """Write scenario, tables and figures; returns the figures that failed, with the reason."""
    from wom_sim.scenario.dump import dump
    from wom_sim.study.tables import write_tables, write_weekly_parquet

    (folder / "scenario.yaml").write_text(dump(results.scenario), encoding="utf-8", newline="\n")
    write_tables(results, folder)
    if arguments.keep:
        write_weekly_parquet(results, folder)
    if arguments.no_figures:
        return {}
    import wom_sim.show.figures  # noqa: F401 - fills the registry
    from wom_sim.show.draw import draw_all

    progress.say("drawing figures")
    (folder / "figures").mkdir()
    return draw_all(results, folder / "figures", workers=arguments.workers).failed


def _manifest(
    results: Results, folder: Path, started: datetime, seconds: float
) -> dict[str, object]:
    from wom_sim.market.chance import RNG_VERSION
    from wom_sim.scenario.dump import scenario_hash
    from wom_sim.study.folder import manifest, versions

    return manifest(
        results, folder, started=started, seconds=seconds, versions=versions(),
        rng=RNG_VERSION, scenario_hash=scenario_hash(results.scenario),
    )


def _report(results: Results, folder: Path, seconds: float) -> Iterator[str]:
    """What a run prints: question, verdict, table, and where the files are."""
    from wom_sim.show.wording import table, verdict

    scenario = results.scenario
    yield f"wom_sim {scenario.stem}"
    yield (f"{len(scenario.arms)} arms × {scenario.replications} worlds × {scenario.weeks} weeks,"
           f" seed {scenario.seed}, preset {scenario.preset}")
    yield ""
    yield from textwrap.wrap(scenario.question, WIDTH)
    yield ""
    yield from textwrap.wrap(verdict(results), WIDTH)
    yield ""
    yield table(results, WIDTH)
    yield ""
    yield f"{folder}{os.sep}"
    for line in _contents(folder):
        yield f"  {line}"
    yield ""
    yield f"Done in {seconds:.1f} s."


def _contents(folder: Path) -> Iterator[str]:
    figures = len(list((folder / "figures").glob("*.png")))
    if figures:
        yield f"figures{os.sep}          {figures} figures: PNG 1920×1080 for slides, SVG for print"
    yield "summary.csv       every outcome of every arm, with intervals"
    yield "comparison.csv    every arm against the baseline, worlds paired"
    yield "replications.csv  weekly.csv  businesses.csv  story.csv"
    yield "scenario.yaml     what was run, every default written out"
    yield "manifest.json     versions, seed and fingerprints"


class _Progress:
    """Progress on stderr: one line that moves on a terminal, a few plain lines elsewhere."""

    def __init__(self, scenario: Scenario, quiet: bool) -> None:
        self.arms, self.quiet = len(scenario.arms), quiet
        self.moving = sys.stderr.isatty()
        self.told = -1

    def say(self, text: str) -> None:
        """Tell what takes a while."""
        if not self.quiet:
            _note(text, clear=self.moving)

    def at(self, done: int, total: int) -> None:
        """Tell how many worlds are done."""
        if self.quiet:
            return
        if self.moving:
            filled = 24 * done // total
            bar = "━" * filled + "┄" * (24 - filled)
            end = "\r" if done < total else "\r\x1b[K"
            sys.stderr.write(f"\r{bar} {done}/{total} worlds, {self.arms} arms each{end}")
            sys.stderr.flush()
        elif 4 * done // total > self.told:
            self.told = 4 * done // total
            _note(f"{done} of {total} worlds, {self.arms} arms each")


def _note(text: str, clear: bool = False) -> None:
    sys.stderr.write(f"{chr(13) + chr(27) + '[K' if clear else ''}{text}\n")
    sys.stderr.flush()
