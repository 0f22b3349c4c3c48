"""The talk of the network by the general engine, beside kernels and the tools of others.

These stand in `tests/benchmarks/` of the repository, since no simulation needs them.
"""

from __future__ import annotations

import gc
import importlib.util
import math
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import wom_sim
from wom_sim.study.bench import talk
from wom_sim.study.bench.measured import Clock, Measured, Target, exponent
from wom_sim.study.bench.talk import Engine, Means, Run

PART, TUNED, OURS = "talk of the network", "tuned kernel", "wom_sim"
SCRIPT = Path(wom_sim.__file__).parents[1] / "tests" / "benchmarks" / "talk_of_the_network.py"
MOST, FROM, AHEAD = 8.0, 100_000, 1.0
"""Times the tuned kernel that the general engine may take, from so many people on; and times the
general engine that every tool should take at least.
"""

ENOUGH_SECONDS = 5.0
"""Wall seconds, with those of building what is run, after which a means is not run again."""


class Compared(NamedTuple):
    """The lines of the table, and what a reader must know of them."""

    rows: tuple[Measured, ...]
    notes: tuple[str, ...]


def program() -> Any:
    """The benchmark's script as a module, None where there is no checkout."""
    if not SCRIPT.exists():
        return None
    spec = importlib.util.spec_from_file_location("talk_of_the_network", SCRIPT)
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(SCRIPT.parent))  # the tools of others stand in a package beside it
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(SCRIPT.parent))
    return module


class Timed(NamedTuple):
    """A means at one size: median seconds over so many runs; of none, seconds expected of one.

    failed: the error with which a tool ended, which may be of a version that is not known here;
    its seconds are NaN.
    """

    size: int
    means: Means
    seconds: float
    runs: int
    failed: str = ""


def compared(
    sizes: Sequence[int], runs: int, patience: float, say: Callable[[str], None]
) -> Compared:
    """Run the model at each size by all means at hand.

    runs: at most so many of each; patience: seconds a run that a means must not be expected to
    take, from its smaller sizes, to be run.
    """
    known = program()
    if known is None:
        return Compared((), (
            f"The {PART} was left out: its kernels stand in tests/benchmarks of the repository,"
            " and this installation is not one.",))
    means, notes = known.means()
    found: list[list[Timed]] = []
    for size in sizes:
        say(f"the {PART}, {size:,} people")
        found.append(timed(size, means, found, runs, patience))
    rows = [row for size, one in zip(sizes, found, strict=True) for row in rows_of(size, one, runs)]
    differ = [f"{one.name} {one.differs}." for one in means if one.differs]
    return Compared(tuple(rows), (*differ, *notes))


def timed(
    size: int, means: Sequence[Means], before: Sequence[Sequence[Timed]], runs: int,
    patience: float,
) -> list[Timed]:
    """Each means at one size, the general engine first; `before`: all of them at smaller sizes."""
    own = talk.engine(size)
    return [_timed(size, one, own, expected(size, one.name, before), runs, patience)
            for one in (Means(OURS, own.runs), *means)]


def _timed(
    size: int, means: Means, own: Engine, awaited: float, runs: int, patience: float
) -> Timed:
    if awaited > patience:
        return Timed(size, means, awaited, 0)
    # The first run warms up, where one is short: it compiles and fetches.
    seeds = range(runs + (awaited < 1.0))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what other tools warn of is not our reader's concern
            taken = seconds_of(means.runs(own.ties, seeds))
    except Exception as error:
        if not means.tool:
            raise
        return Timed(size, means, math.nan, 0, type(error).__name__)
    gc.collect()  # else the objects of one means are collected while the next is timed
    taken = taken[len(taken) > runs:]
    return Timed(size, means, statistics.median(taken), len(taken))


def expected(size: int, name: str, before: Sequence[Sequence[Timed]]) -> float:
    """Seconds a run at a larger size: as they grew lately, at least in proportion; 0 at first."""
    past = [one for found in before for one in found if one.means.name == name and one.runs]
    if not past:
        return 0.0
    last, lately = past[-1], past[-2:]
    growth = exponent([one.size for one in lately], [one.seconds for one in lately]) \
        if len(lately) > 1 else 1.0
    return float(last.seconds * (size / last.size) ** max(1.0, growth))


def seconds_of(runs: Iterator[Run], clock: Clock = time.perf_counter) -> list[float]:
    """Seconds of each run, until enough time has passed."""
    start, taken = clock(), list[float]()
    for run in runs:
        taken.append(run.seconds)
        if clock() - start > ENOUGH_SECONDS:
            break
    return taken


def rows_of(size: int, found: Sequence[Timed], runs: int) -> Iterator[Measured]:
    """The lines of one size: each means, of `runs` runs or as it says, and what they come to."""
    at, by_name = f"{size:,} people", {one.means.name: one for one in found}
    tuned, ours = by_name[TUNED].seconds, by_name[OURS]
    for one in found:
        yield Measured(PART, one.means.name + _often(one, runs), at, one.seconds, "s",
                       one.seconds / tuned, TUNED, one.runs)
    if size >= FROM:
        ratio = ours.seconds / tuned
        yield Measured(PART, f"{OURS} beside the {TUNED}", at, ratio, "times", ratio, TUNED,
                       ours.runs, Target("most", MOST))
    tools = [one for one in found if one.means.tool and one.runs]
    if tools:
        first = min(tools, key=lambda one: one.seconds)
        ratio = first.seconds / ours.seconds
        yield Measured(PART, f"fastest agent or network tool: {first.means.name}", at, ratio,
                       "times", ratio, OURS, first.runs, Target("least", AHEAD))


def _often(one: Timed, asked: int) -> str:
    if one.failed:
        return f" (failed: {one.failed})"
    if one.runs == 0:
        return " (not run: seconds expected)"
    if one.runs == asked:
        return ""
    return " (once)" if one.runs == 1 else f" (median of {one.runs})"
