"""Measure how often the intervals hold what they should, on the tool's own outcomes.

    python tests/coverage_of_intervals.py [--samples 1000] [--workers 2]

Runs `tests/scenarios/coverage.yaml` once (4,000 worlds of a small town, three arms, a year; some
minutes, kept in `results/coverage`), takes these worlds for all there are, draws samples of 10 to
100 of them with replacement, and counts how often nominal 95 % intervals hold the truth: of each
outcome's mean in each arm, of each arm's paired difference from the baseline and of its chance
of superiority, of both arms' differences at once, and of a whole curve. Writes
`results/gallery/coverage.csv` and the README's table. With 1,000 samples a coverage of 0.95 has
a standard error of 0.007. Outcomes of which fewer than 5 % of all worlds differ from the commonest
value are left out. Where all values of a sample are equal it has a point and no interval: such
samples are counted apart (`equal`), and such weeks of a curve, and arms of several, not judged.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from wom_sim.study.statistics.curves import running_gap
from wom_sim.study.statistics.intervals import mean_interval, skewness_of, student_intervals
from wom_sim.study.statistics.simultaneous import band
from wom_sim.study.statistics.superiority import superiority
from wom_sim.study.tables import cell, read_csv

Floats = NDArray[np.float64]

ROOT = Path(__file__).parents[1]
SCENARIO = ROOT / "tests" / "scenarios" / "coverage.yaml"
FOLDER = ROOT / "results" / "coverage"
TABLE = ROOT / "results" / "gallery" / "coverage.csv"
SIZES = (10, 20, 50, 100)
LEAST_DIFFERING = 0.05
COLUMNS = ("of", "arm", "outcome", "skewness", "interval", "n", "samples", "equal", "coverage",
           "above", "width")
TITLES = {
    ("mean", "t"): "mean of an outcome, Student's t",
    ("mean", "as printed"): "**mean of an outcome, as printed**",
    ("difference", "t"): "difference from the baseline, paired t",
    ("difference", "as printed"): "**difference from the baseline, as printed**",
    ("superiority", "as printed"): "**chance of superiority**",
    ("all differences", "as printed"): "**both differences at once**",
    ("curve", "as printed"): "**a curve in all 52 weeks**",
}


class Population(NamedTuple):
    """All worlds: values (arms, worlds, outcomes) and clients won (arms, worlds, weeks)."""

    arms: tuple[str, ...]
    outcomes: tuple[str, ...]
    values: Floats
    won: Floats


class Asked(NamedTuple):
    """A quantity with its truth: `data` (worlds, columns), as its intervals are made from."""

    of: str
    arm: str
    outcome: str
    data: Floats
    truth: Floats


def population() -> Population:
    """Every world of the scenario, which is run where it has not been."""
    if not FOLDER.exists():
        command = [sys.executable, "-m", "wom_sim", str(SCENARIO), "--keep", "weekly",
                   "--no-figures", "--out", str(FOLDER.parent)]
        subprocess.run(command, cwd=ROOT, check=True)
    import pyarrow.parquet as pq

    rows = read_csv(FOLDER / "replications.csv")
    arms = tuple(dict.fromkeys(row["arm"] for row in rows))
    outcomes = tuple(name for name in rows[0] if name not in ("arm", "replication"))
    values = np.array([[row[name] for name in outcomes] for row in rows], dtype=np.float64)
    weekly = pq.read_table(FOLDER / "weekly_by_replication.parquet", columns=["won"])
    worlds = len(rows) // len(arms)
    won = weekly.column("won").to_numpy().reshape(len(arms), worlds, -1)
    return Population(arms, outcomes, values.reshape(len(arms), worlds, -1), won)


def asked(every: Population) -> Iterator[Asked]:
    """What intervals are made of, the baseline first."""
    for k, outcome in enumerate(every.outcomes):
        columns = every.values[:, :, k]
        gaps = (columns[1:] - columns[0]).T
        for arm, column in zip(every.arms, columns, strict=True):
            if differs(column):
                yield Asked("mean", arm, outcome, column[:, None], mean(column[:, None]))
        for place, arm in enumerate(every.arms[1:]):
            if differs(gaps[:, place]):
                yield Asked("difference", arm, outcome, gaps[:, place : place + 1],
                            mean(gaps[:, place : place + 1]))
                pair = columns[[place + 1, 0]].T
                yield Asked("superiority", arm, outcome, pair, chance(*pair.T))
        if all(differs(gap) for gap in gaps.T):
            yield Asked("all differences", "", outcome, gaps, mean(gaps))
    for arm, won in zip(every.arms[1:], every.won[1:], strict=True):
        gap = won - every.won[0]
        yield Asked("curve", arm, "cumulative_won", gap, np.cumsum(mean(gap)))


def differs(column: Floats) -> bool:
    """Whether enough of all worlds, and enough that are defined, differ from the commonest."""
    known = column[~np.isnan(column)]
    counts = np.unique(known, return_counts=True)[1]
    return bool(len(counts)) and len(known) - counts.max() >= LEAST_DIFFERING * len(column)


def mean(columns: Floats) -> Floats:
    return np.asarray(np.nanmean(columns, axis=0))


def chance(arm: Floats, baseline: Floats) -> Floats:
    """P(arm > baseline), ties half, of independent worlds, by ranks."""
    one, other = arm[~np.isnan(arm)], baseline[~np.isnan(baseline)]
    ranks = rankdata(np.concatenate([one, other]))[: len(one)]
    return np.array([(ranks.sum() / len(one) - (len(one) + 1) / 2) / len(other)])


def intervals(one: Asked, sample: Floats, seed: int) -> dict[str, tuple[Floats, Floats]]:
    """Low and high bounds of a sample, by the name of the interval."""
    if one.of == "superiority":
        _, low, high = superiority(*sample.T)
        return {"as printed": (np.array([low]), np.array([high]))}
    if one.of in ("curve", "all differences"):
        curve = one.of == "curve"
        found = running_gap(sample, np.zeros_like(sample), seed) if curve else band(sample, seed)
        flat = found.method == "identical"
        low, high = (np.where(flat, far, bound) for bound, far in
                     ((found.low, -np.inf), (found.high, np.inf)))
        return {"as printed": (low, high)}
    plain = student_intervals(sample)
    printed = mean_interval(sample[:, 0], seed=seed)
    return {
        "t": (plain.low, plain.high),
        "as printed": (np.array([printed.low]), np.array([printed.high])),
    }


def measured(one: Asked, samples: int) -> list[list[object]]:
    """Rows of the table for one quantity; samples without an interval are left out."""
    # Samples of its own for each quantity, so that chance does not move all of them together.
    rng = np.random.default_rng([7, *f"{one.of}/{one.arm}/{one.outcome}".encode()])
    known = one.data[~np.isnan(one.data).any(axis=1), 0]
    skewness = skewness_of(np.sort(known)) if one.of in ("mean", "difference") else float("nan")
    rows: list[list[object]] = []
    for n in SIZES:
        told: dict[str, list[tuple[bool, bool, float]]] = {}
        for seed in range(samples):
            sample = one.data[rng.integers(len(one.data), size=n)]
            for name, (low, high) in intervals(one, sample, seed).items():
                if not np.isnan(low).any() and ((low < high) & np.isfinite(low)).any():
                    held = bool(((low <= one.truth) & (one.truth <= high)).all())
                    above = bool((one.truth > high).any())
                    wide = float(np.mean((high - low)[np.isfinite(low)]))
                    told.setdefault(name, []).append((held, above, wide))
        for name, found in told.items():
            held, above, width = np.mean(found, axis=0).tolist()
            rows.append([one.of, one.arm, one.outcome, skewness, name, n, len(found),
                         samples - len(found), held, above, width])
    return rows


def readme(rows: Sequence[dict[str, str]]) -> str:
    """For each kind of interval and size: the middle of the outcomes' coverages, and the least."""
    lines = ["| 95 % interval of | " + " | ".join(f"n = {n}" for n in SIZES) + " |",
             "|---|" + "---:|" * len(SIZES)]
    order = list(TITLES)
    kind = [(order.index((row["of"], row["interval"])), row) for row in rows]
    for place, group in groupby(sorted(kind, key=lambda pair: pair[0]), key=lambda pair: pair[0]):
        own = [row for _, row in group]
        cells = []
        for n in SIZES:
            found = sorted(float(row["coverage"]) for row in own if int(row["n"]) == n)
            cells.append(f"{100 * float(np.median(found)):.1f} ({100 * found[0]:.0f})")
        lines.append(f"| {TITLES[order[place]]} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    from gallery import rewrite

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    every = list(asked(population()))
    with ProcessPoolExecutor(options.workers) as pool:
        found = list(pool.map(partial(measured, samples=options.samples), every))
    with TABLE.open("w", encoding="utf-8", newline="\n") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [COLUMNS, *([cell(value) for value in row] for rows in found for row in rows)]
        )
    with TABLE.open(encoding="utf-8", newline="") as file:
        told = readme(list(csv.DictReader(file)))
    print(told)
    rewrite("coverage", told)


if __name__ == "__main__":
    main()
