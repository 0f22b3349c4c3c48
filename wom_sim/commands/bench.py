"""`bench`: how fast this machine simulates, beside yardsticks of the same process."""

from __future__ import annotations

import argparse
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wom_sim.commands.attempt import attempt
from wom_sim.commands.objections import Objection
from wom_sim.commands.telling import OK, note

if TYPE_CHECKING:
    from wom_sim.study.bench.plan import Bench, Sizes

NAME, SCENARIO, FIGURE = "bench", "customers_or_partners", "growth"


def main(arguments: argparse.Namespace) -> int:
    """Measure, print the table, write tables, figure and manifest."""
    return attempt(lambda: _measure(arguments))


def _measure(arguments: argparse.Namespace) -> int:
    from wom_sim.study.bench import plan
    from wom_sim.study.keeping.folder import fresh_folder, sign_plain

    _refuse_what_tells_nothing()
    sizes = plan.QUICK if arguments.quick else plan.FULL
    started, clock = datetime.now(UTC), time.perf_counter()
    with fresh_folder(arguments.out, NAME) as beside:
        found = _found(sizes, max(1, arguments.workers))
        _write(found, beside)
        sign_plain(beside, started, time.perf_counter() - clock, quick=arguments.quick,
                   load=found.load, load_after=found.load_after, cores=os.cpu_count(),
                   notes=found.notes)
    _tell(found, arguments, time.perf_counter() - clock)
    return OK


def _refuse_what_tells_nothing() -> None:
    """Raise Objection where there is no load to tell, or the model would run as plain Python."""
    from wom_sim.market.compiled import SETTINGS

    if not hasattr(os, "getloadavg"):
        raise Objection("bench needs Linux or macOS, which tell load and workers' processor time")
    if SETTINGS.DISABLE_JIT:
        raise Objection("NUMBA_DISABLE_JIT is set, so the model is not compiled; unset it")


def _found(sizes: Sizes, workers: int) -> Bench:
    from wom_sim import face
    from wom_sim.guide.shipped import find
    from wom_sim.study.bench import plan, shares

    file = find(SCENARIO) or f"{SCENARIO}.yaml"
    usual, small = face.load(file), face.load(file, settings=shares.COUNTED)
    return plan.bench(sizes, usual, small, workers, note)


def _write(found: Bench, folder: Path) -> None:
    from wom_sim.show import bench as shown
    from wom_sim.show.forms import save
    from wom_sim.study.bench.plan import tables
    from wom_sim.study.tables import write_csv

    for name, table in tables(found).items():
        write_csv(folder / f"{name}.csv", table)
    figure = shown.draw(found.growths, found.about)
    save(figure, folder, FIGURE, shown.headline(found.growths), shown.alt(found.growths))


def _tell(found: Bench, arguments: argparse.Namespace, seconds: float) -> None:
    from wom_sim.show import bench as shown
    from wom_sim.show.text import wrap

    print(shown.table(found.rows))
    for told in found.notes:
        print("\n".join(["", *wrap(told, shown.WIDTH)]))
    print("\n".join(["", "BEYOND ONE MACHINE", *wrap(shown.beyond(found.country), shown.WIDTH)]))
    print("\n".join(["", *wrap(f"{shown.headline(found.growths)}.", shown.WIDTH)]))
    print(f"\n{os.cpu_count()} cores, load {found.load:.1f} at the start and"
          f" {found.load_after:.1f} at the end. Done in {seconds:.0f} s.")
    print(f"{arguments.out / NAME}{os.sep} holds bench.csv, growth.csv, country.csv and the"
          " figure growth.")
