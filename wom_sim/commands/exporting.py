"""`explore --export`: the page as one file, its settings simulated beforehand."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wom_sim.commands.exploring import objection, reader
from wom_sim.commands.keeping import saying
from wom_sim.commands.progress import Progress
from wom_sim.commands.telling import OK, USAGE, note

if TYPE_CHECKING:
    from wom_sim.commands.exploring import Read
    from wom_sim.explore.beforehand import Plan
    from wom_sim.scenario.parameters import Scenario
    from wom_sim.scenario.parameters.explore import Explore
    from wom_sim.study.crew import Crew
    from wom_sim.study.keeping.chunks import Worlds


def export(arguments: argparse.Namespace) -> int:
    """Write the page of the scenario `arguments.file` to `arguments.export`."""
    from wom_sim.explore.beforehand import TooLong
    from wom_sim.study.crew import workforce
    from wom_sim.study.ensemble import compile_first

    started = time.perf_counter()
    scenario, page, read = reader(arguments)
    problem = objection(scenario, page) or in_the_way(arguments.export)
    if problem:
        note(f"{arguments.file}: {problem}")
        return USAGE
    progress = Progress("worlds of an arm", arguments.quiet)
    with workforce(None, arguments.workers) as crew:
        compile_first(crew, progress.say)
        try:
            found, size = _write(arguments, scenario, page, read, crew, progress)
        except TooLong as error:
            note(str(error))
            return USAGE
    if not arguments.quiet:
        print(f"{arguments.export}  {size / 1e6:.1f} MB, {found.settings} settings,"
              f" {found.worlds} worlds each; open it in a browser\n"
              f"Done in {time.perf_counter() - started:.1f} s.")
    return OK


def _write(
    arguments: argparse.Namespace, scenario: Scenario, page: Explore, read: Read, crew: Crew,
    progress: Progress,
) -> tuple[Plan, int]:
    """Simulate what the page holds and write it; what it holds, and its size in bytes."""
    from wom_sim.explore.asked import Asked
    from wom_sim.explore.beforehand import Grid, plan, timed
    from wom_sim.show.live.single import single_file
    from wom_sim.show.live.telling import setup, stops
    from wom_sim.study.keeping.chunks import write_whole
    from wom_sim.study.keeping.folder import plain_errors
    from wom_sim.study.keeping.identity import key_of
    from wom_sim.study.live import Live

    steps, start = stops(scenario, page), read(())
    before = earlier(arguments, start, steps)
    found = before or plan(
        start, page, steps, timed(start), 60.0 * arguments.minutes, crew.workers)
    progress.say(said(found, crew.workers))
    grid = Grid(Asked(read, page, found.stops, Live(crew)), found.worlds)
    with kept(arguments, start, found, before is not None, progress) as worlds:
        key = key_of(start, found.stops)
        simulated = grid.simulate(crew, key, worlds, progress.at)
        pictures = list(grid.pictures(simulated))
        told = setup(start, page, found.stops, scenario.base.population.size)
        text = single_file(told, pictures, grid.business(simulated, crew)).encode()
        with plain_errors(arguments.export):
            arguments.export.parent.mkdir(parents=True, exist_ok=True)
            write_whole(arguments.export, text)
        clear(worlds)
    return found, len(text)


def in_the_way(target: Path) -> str:
    """Why the page cannot be written there, in one line; empty if it can."""
    from wom_sim.show.live.single import MARK

    if target.is_symlink() or target.is_dir():
        return f"{target} is in the way; name another file"
    if target.suffix.lower() not in (".html", ".htm"):
        return f"{target} does not end in .html; name a page"
    if target.exists() and MARK.encode() not in target.read_bytes()[:4096]:
        return f"{target} is no page of wom_sim's; move it or name another file"
    return ""


def said(found: Plan, workers: int) -> str:
    """What will be simulated, and for how long."""
    from wom_sim.show.wording import counted

    stops = " × ".join(str(len(own)) for own in found.stops.values())
    minutes = max(1, round(found.seconds / 60))
    text = (f"{found.settings} settings ({stops} stops) in {found.worlds} worlds: about"
            f" {counted(minutes, 'minute')} on {counted(workers, 'free core')}")
    return text.replace("\N{NO-BREAK SPACE}", " ")


def earlier(
    arguments: argparse.Namespace, start: Scenario, steps: Mapping[str, Sequence[float]]
) -> Plan | None:
    """The plan of an export that was stopped, where it is of the same scenario and minutes.

    What a world takes is timed anew each time, and another grid could not use what is kept.
    """
    from wom_sim.explore.beforehand import Plan
    from wom_sim.study.keeping.chunks import PLAN
    from wom_sim.study.keeping.identity import difference, plan_of

    folder, name = _place(arguments.export)
    try:
        known = json.loads((folder / f".{name}.worlds" / PLAN).read_bytes())
        stops = {key: tuple(known["stops"][key]) for key in steps}
        found = Plan(stops, int(known["worlds"]), float(known["seconds"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    same = not difference(known, plan_of(start)) and known["minutes"] == arguments.minutes
    fits = all(set(stops[key]) <= set(steps[key]) for key in steps)
    return found if same and fits else None


@contextmanager
def kept(
    arguments: argparse.Namespace, start: Scenario, found: Plan, again: bool, progress: Progress
) -> Iterator[Worlds]:
    """A folder beside the page in which worlds are kept until it is written.

    Those of another plan are of no use, and cleared unless it goes on `again`.
    """
    from wom_sim.study.keeping.chunks import worlds_of
    from wom_sim.study.keeping.identity import plan_of

    folder, name = _place(arguments.export)
    plan = {**plan_of(start), "stops": found.stops, "worlds": found.worlds,
            "seconds": found.seconds, "minutes": arguments.minutes}
    with (
        worlds_of(folder, name, plan, resume=again, afresh=not again, say=progress.say) as worlds,
        saying(worlds, "the same command goes on"),
    ):
        yield worlds


def clear(worlds: Worlds) -> None:
    """Remove what was kept, as the page holds what was made of it."""
    for path in worlds.folder.glob("*.chunk"):
        path.unlink()


def _place(target: Path) -> tuple[Path, str]:
    from wom_sim.study.tables import slug

    return target.parent, f"{slug(target.stem)}-explore"
