"""A sweep as tables: the points, the outcomes of every world, and what they say of means.

By the rules of `tables`; `point` counts from 0 and joins them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wom_sim.study.results import BreakEven, Sensitivity, Swept
from wom_sim.study.tables import Row, Table, write_csv
from wom_sim.study.varying.sweep import COMPARISON, SUMMARY


def write_swept(swept: Swept, folder: Path) -> None:
    """Write every table into `folder`. Raises FileExistsError where one is there already."""
    for name, one in swept_tables(swept).items():
        write_csv(folder / f"{name}.csv", one)


def swept_tables(swept: Swept) -> dict[str, Table]:
    """All tables by name; each is a file `<name>.csv` in the folder of a sweep."""
    names = tuple(outcome.name for outcome in swept.outcomes)
    return {
        "design": Table(("point", *swept.design.columns), _design(swept)),
        "replications": Table(("point", "arm", "replication", *names), _replications(swept)),
        "outcomes": Table(("point", "arm", "outcome", "unit", *SUMMARY), _outcomes(swept)),
        "comparison": Table(
            ("point", "arm", "baseline", "outcome", *COMPARISON), _comparison(swept)
        ),
    }


def break_even_tables(swept: Swept, found: BreakEven) -> dict[str, Table]:
    """The edges of a map, a row each, and its cells; edges beyond the map are infinite."""
    first, *second = swept.design.columns
    about = found.contrast
    what = (about.arm, about.outcome, about.other_arm, about.other_outcome)
    heads = ("arm", "outcome", "other_arm", "other_outcome", *second)
    ahead = "ahead_from" if found.rising else "ahead_up_to"
    return {
        "breakeven": Table((*heads, f"{ahead} {first}", "ci_low", "ci_high", "changes"), (
            (*what, *([y] if second else ()), *edge)
            for y, edge in zip(found.y.tolist(), found.edges, strict=True)
        )),
        "breakeven_points": Table(
            (*heads, first, "point", "difference", "ci_low", "ci_high"), _cells(found, what, second)
        ),
    }


def _cells(found: BreakEven, what: Row, second: list[str]) -> Iterator[Row]:
    for y, points, row in zip(found.y.tolist(), found.points.tolist(), found.difference,
                              strict=True):
        for x, point, told in zip(found.x.tolist(), points, row.tolist(), strict=True):
            yield (*what, *([y] if second else ()), x, point, *told)


def _design(swept: Swept) -> Iterator[Row]:
    for point, row in enumerate(swept.design.rows):
        yield (point, *row)


def _replications(swept: Swept) -> Iterator[Row]:
    for point, arms in enumerate(swept.values):
        for arm, worlds in zip(swept.arms, arms, strict=True):
            for replication, values in enumerate(worlds.tolist()):
                yield (point, arm, replication, *values)


def _outcomes(swept: Swept) -> Iterator[Row]:
    for point, arms in enumerate(swept.summary):
        for arm, rows in zip(swept.arms, arms.tolist(), strict=True):
            for (outcome, unit, _), (n, *told) in zip(swept.outcomes, rows, strict=True):
                yield (point, arm, outcome, unit, int(n), *told)


def _comparison(swept: Swept) -> Iterator[Row]:
    baseline = swept.scenario.baseline
    for point, arms in enumerate(swept.comparison):
        for arm, rows in zip(swept.arms, arms.tolist(), strict=True):
            if arm == baseline:
                continue
            for (outcome, _, _), told in zip(swept.outcomes, rows, strict=True):
                yield (point, arm, baseline, outcome, *told)


def sensitivity_table(found: Sensitivity) -> Table:
    """A row for each index of each parameter, the strongest first, then the dummy's."""
    columns = ("parameter", "low", "high", "index", "value", "ci_low", "ci_high", "value_half",
               "above_noise")
    return Table(columns, _indices(found))


def _indices(found: Sensitivity) -> Iterator[Row]:
    for effect in (*found.effects, found.dummy):
        line = {"answer_at_low": effect.at_low, "answer_at_high": effect.at_high,
                "change": effect.change}
        for index, told in {**effect.indices, **line}.items():
            yield (effect.name, effect.low, effect.high, index, *told, effect.above_noise)
    nothing = (math.nan,) * 3
    yield ("", math.nan, math.nan, "noise_share", found.noise, *nothing, False)


def asked_of(found: Sensitivity) -> dict[str, Any]:
    """What the manifest says of a sensitivity study besides its table."""
    answer = found.answer if math.isfinite(found.answer) else None
    return {
        "method": found.method, "outcome": found.outcome, "arm": found.arm,
        "against": found.against, "answer": answer, "rows": found.rows, "worlds": found.worlds,
        "undefined": found.undefined,
    }
