"""Flips that an earlier search found, taken up where it started from what is found here.

A search goes out from each claim's first variant in its first worlds. Where these worlds, run
anew, give the effect that it went out from to the last digit, model, seed and settings are those
of the search, wherever it ran. Where the search left hashes of its scenarios, they agree, too.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from wom_sim.scenario.dump import flat
from wom_sim.scenario.parameters import Parameters, Scenario
from wom_sim.scenario.quantities import declarations
from wom_sim.study.claims.flips import asked, first_variant, score, searched_in
from wom_sim.study.claims.verdicts import outcomes_of
from wom_sim.study.claims.worlds import Samples
from wom_sim.study.tables import read_csv, unguarded

CLOSE = 1e-9
"""Relative difference that writing a number down and reading it back may make."""


COLUMNS = ("claim", "preset", "variant", "holds_before", "parameter", "unit", "meaning", "from",
           "to", "share_of_range", "confirmed", "worlds", "searched")
"""Columns of flips.csv in a folder of claims, in the order of `Flipped`."""
TEXTS = ("preset", "variant", "parameter", "unit", "meaning", "searched")


class Flipped(NamedTuple):
    """Where the first variant of a claim flips; `parameter` is empty where a search found nothing.

    holds: its side before, as means stand; share: how far, as a share of the parameter's range;
    worlds: fresh ones that confirmed it or did not, or those that were searched; searched: the
    parameters that a screening found strongest.
    """

    claim: int
    preset: str
    variant: str
    holds: bool
    parameter: str
    unit: str
    meaning: str
    start: float
    to: float
    share: float
    confirmed: bool
    worlds: int
    searched: tuple[str, ...]


class Found(NamedTuple):
    """A row of a search's flips.csv; `start`, `to` and `share` are NaN where nothing was found."""

    claim: int
    quotation: str
    preset: str
    holds: bool
    parameter: str
    start: float
    to: float
    share: float
    confirmed: bool
    before: float
    worlds: int
    screened: tuple[str, ...]

    @property
    def none(self) -> bool:
        """Whether the search found no flip."""
        return math.isnan(self.to)

    @property
    def searched(self) -> int:
        """Worlds that the search went out from."""
        return self.worlds if self.none else searched_in(self.worlds)


def flips_in(folder: Path) -> list[Flipped]:
    """The flips that a folder of claims holds; none where it has no flips.csv."""
    path = folder / "flips.csv"
    found = []
    for row in read_csv(path, TEXTS) if path.exists() else ():
        *values, searched = (row[name] for name in COLUMNS)
        found.append(Flipped._make((*values, tuple(searched.split(", ")) if searched else ())))
    return found


def read_flips(path: Path) -> list[Found]:
    """The rows of a search's flips.csv. Raises KeyError or ValueError where it is none."""
    with path.open(encoding="utf-8", newline="") as file:
        return [_found(row) for row in csv.DictReader(file)]


def _found(row: Mapping[str, str]) -> Found:
    start, to, share, before = (
        float(row[key] or "nan") for key in ("from", "to", "share_of_range", "effect_before"))
    return Found(
        int(row["claim"]), unguarded(row["quotation"]), row["preset"],
        row["holds_before"] == "true", row["parameter"], start, to, share,
        row["confirmed"] == "true", before, int(row["worlds"]),
        tuple(row["screened"].split(", ")) if row["screened"] else (),
    )


def taken_up(
    rows: Sequence[Found], scenarios: Sequence[Scenario], samples: Samples,
    hashes: Mapping[str, str] | None = None,
) -> tuple[list[Flipped], list[int]]:
    """The flips that go out from these samples, and the numbers of claims whose flips do not.

    scenarios: the claims run, all in the preset of `samples`; rows of other claims are left aside.
    hashes: by stem, what `flips.asked` said of the scenarios when the search was made.
    """
    found, strange = [], []
    known = {one.claim.number: one for one in scenarios if one.claim is not None}
    for row in rows:
        scenario = known.get(row.claim)
        if scenario is None:
            continue
        same = not hashes or hashes.get(scenario.stem) == asked(scenario)
        if same and _agrees(row, scenario, samples):
            found.append(_flipped(row, scenario))
        else:
            strange.append(row.claim)
    return found, strange


def _agrees(row: Found, scenario: Scenario, samples: Samples) -> bool:
    claim = first_variant(scenario).claim
    if claim is None or (row.quotation, row.preset) != (claim.quotation, scenario.preset):
        return False
    known = {key: values[: row.searched] for key, values in samples.items()
             if key[0] == scenario.stem}
    if any(values.size < row.searched for values in known.values()):
        return False
    tests = outcomes_of(scenario.stem, claim, known, scenario.seed)
    same = math.isclose(tests[0].effect, row.before, rel_tol=CLOSE)
    stands = row.none or flat(scenario.base.model_dump()).get(row.parameter) == row.start
    return same and stands and (score(claim, tests) > 0) == row.holds


def _flipped(row: Found, scenario: Scenario) -> Flipped:
    claim = scenario.claim
    assert claim is not None
    told = next((one for one in declarations(Parameters) if one.name == row.parameter), None)
    name, unit, meaning = ("", "", "") if told is None else (told.name, told.unit, told.meaning)
    return Flipped(
        claim.number, scenario.preset, next(iter(claim.variants)), row.holds, name, unit, meaning,
        row.start, row.to, row.share, row.confirmed, row.worlds, row.screened,
    )
