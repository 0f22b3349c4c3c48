"""Calibrate assumed parameters on published patterns, openly.

    python tests/calibrate.py [--points 15] [--replications 8] [--workers 2]

Draws points from the search space below (a Sobol' sequence: the same points each time), runs the
worlds of the patterns marked `calibrate` at each of them under the same luck, and writes
`results/gallery/calibration.csv`: the point, each pattern's value, how many lie in their bands,
and the distance: the sum over patterns of the squared distance from the middle of the band, in
half widths, where a band without an upper end counts only what lacks to its lower end. The first
row is the preset as it stands. Patterns marked `validate` are never looked at. Whether a point is
taken over into the declarations is decided by hand, and only for parameters marked assumed.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from scipy.stats import qmc

from wom_sim import face
from wom_sim.guide.shipped import find
from wom_sim.scenario.dump import flat
from wom_sim.scenario.parameters import Parameters
from wom_sim.scenario.quantities import declarations
from wom_sim.study.patterns import PATTERNS, SCENARIOS, Shown, Worlds, show, told

SPACE = {
    "talk.satisfied": (0.03, 0.15),
    "talk.delighted": (0.15, 0.35),
    "friends.recommend_satisfied": (0.3, 0.7),
    "choice.competition": (0.1, 0.3),
}
"""Assumed parameters that are searched, and between which values."""

TABLE = Path(__file__).parents[1] / "results" / "gallery" / "calibration.csv"
CALIBRATED = [pattern for pattern in PATTERNS if pattern.use == "calibrate"]
NEEDED = ("seasoned", "sizes", "unprompted")


def shipped() -> dict[str, float]:
    """The preset as it stands, read from a scenario of the patterns."""
    file, _ = SCENARIOS["seasoned"]
    base = flat(face.load(find(file) or file).base.model_dump())
    return {name: base[name] for name in SPACE}


def points(number: int) -> Iterator[dict[str, float]]:
    """The preset as it stands, then `number` points of the search space."""
    known = {entry.name: entry for entry in declarations(Parameters)}
    assert all("assumed" in known[name].source for name in SPACE)
    yield shipped()
    drawn = qmc.scale(qmc.Sobol(len(SPACE), scramble=False).random(number + 1)[1:],
                      *zip(*SPACE.values(), strict=True))
    for row in drawn:
        yield {name: float(f"{value:.3g}") for name, value in zip(SPACE, row, strict=True)}


def shown_at(point: dict[str, float], replications: int, workers: int) -> list[Shown]:
    """The patterns to calibrate on, as the worlds of a point show them."""
    settings = [f"{name}={value}" for name, value in point.items()]
    results = {}
    for name in NEEDED:
        file, own = SCENARIOS[name]
        scenario = face.load(find(file) or file, settings=[*own, *settings],
                             replications=replications)
        results[name] = face.run(scenario, workers=workers)
    worlds = Worlds(results, told(results["seasoned"], "Alone"))
    return [show(pattern, worlds) for pattern in CALIBRATED]


def distance(shown: Sequence[Shown]) -> float:
    """Squared distances from the middles of the bands, in half widths, summed."""
    total = 0.0
    for one in shown:
        low, high = one.pattern.low, one.pattern.high
        if math.isinf(high):
            total += max(0.0, (low - one.value) / low) ** 2
        else:
            total += ((one.value - (low + high) / 2) / ((high - low) / 2)) ** 2
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=15)
    parser.add_argument("--replications", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow([*SPACE, *(pattern.name for pattern in CALIBRATED), "in_band", "distance"])
        for point in points(options.points):
            shown = shown_at(point, options.replications, options.workers)
            inside = sum(one.inside for one in shown)
            row = [*point.values(), *(f"{one.value:.4g}" for one in shown), inside,
                   f"{distance(shown):.4g}"]
            rows.writerow(row)
            file.flush()
            print(*row, sep="  ", flush=True)


if __name__ == "__main__":
    main()
