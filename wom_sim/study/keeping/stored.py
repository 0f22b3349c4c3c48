"""Results read back from their folder: what figures and words are made from, of each kind."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wom_sim.market import record
from wom_sim.scenario.parameters import Claim, Scenario
from wom_sim.scenario.parameters.claim import Trial
from wom_sim.scenario.registry import outcomes
from wom_sim.study.claims.taken import flips_in
from wom_sim.study.claims.verdicts import Outcome, Verdict
from wom_sim.study.months import KEPT, in_weeks
from wom_sim.study.results import (
    Board,
    Effect,
    Estimate,
    Floats,
    Happening,
    Measure,
    Reached,
    Results,
    Sensitivity,
    Swept,
)
from wom_sim.study.stories import storied_arm
from wom_sim.study.tables import ResultsError, read_csv
from wom_sim.study.varying.design import Design, design_of
from wom_sim.study.varying.sweep import COMPARISON, SUMMARY

Rows = list[dict[str, Any]]

_CLAIM_TEXTS = {
    "quotation", "preset", "verdict", "consequences", "input", "test", "variant", "measure",
    "against", "effect_is", "rule", "arms",
}
_SENSITIVITY_TEXTS = {"parameter", "index"}
_LINE = ("answer_at_low", "answer_at_high", "change")
_NOISE = "noise_share"


def run_of(folder: Path, scenario: Scenario, manifest: Mapping[str, Any]) -> Results:
    """The results of a run, with its weeks month by month: what `Results.monthly` is.

    Raises ResultsError where the folder is damaged or of a version that kept less.
    """
    arms, worlds = len(scenario.arms), int(manifest["replications"])
    rows = _rows(folder, "months")
    kept = [name for name in KEPT if name in rows[0]]
    months = _numbers(rows, kept).reshape(arms, worlds, -1, len(kept))
    told = _rows(folder, "replications")
    names = [name for name in told[0] if name not in ("arm", "replication")]
    if not names or not kept:
        raise _too_old(folder)
    stories, numbers = _stories(folder)
    return Results(
        scenario=scenario,
        weekly_measures=tuple(Measure(*one) for one in record.MEASURES if one.name in kept),
        weekly=in_weeks(_in_order(months, kept), int(manifest["weeks"])),
        outcomes=_outcomes(names, _rows(folder, "summary")),
        values=_numbers(told, names).reshape(arms, worlds, len(names)),
        businesses=np.zeros((arms, worlds, 0, len(kept))),
        stories=stories,
        story_replication=numbers,
        reached=_reached(folder, scenario),
        facts={key: manifest[key] for key in ("graph_hashes", "precision") if key in manifest},
    )


def swept_of(folder: Path, scenario: Scenario, manifest: Mapping[str, Any]) -> Swept:
    """The outcomes of every point of a sweep, or of a sensitivity study. Raises ResultsError."""
    design = _design(folder, scenario)
    points, arms = len(design.rows), len(scenario.arms)
    told = _rows(folder, "replications")
    names = [name for name in told[0] if name not in ("point", "arm", "replication")]
    means = _rows(folder, "outcomes")
    shape = (points, arms, len(names))
    return Swept(
        scenario, design, _outcomes(names, means),
        _numbers(told, names).reshape(points, arms, -1, len(names)),
        _numbers(means, SUMMARY).reshape(*shape, len(SUMMARY)),
        _compared(read_csv(folder / "comparison.csv"), scenario, shape),
        {"graph_hashes": manifest.get("graph_hashes", [])},
    )


def sensitivity_of(folder: Path, manifest: Mapping[str, Any]) -> Sensitivity:
    """What moves the answer, as `sensitivity.csv` has it. Raises ResultsError."""
    asked = manifest.get("options", {})
    if "method" not in asked:
        raise _too_old(folder)
    effects: dict[str, Rows] = {}
    noise = math.nan
    for row in _rows(folder, "sensitivity", _SENSITIVITY_TEXTS):
        if row["index"] == _NOISE:
            noise = float(row["value"])
        else:
            effects.setdefault(row["parameter"], []).append(row)
    *found, dummy = [_effect(name, rows) for name, rows in effects.items()]
    answer = math.nan if asked["answer"] is None else float(asked["answer"])
    return Sensitivity(
        asked["method"], asked["outcome"], asked["arm"], asked["against"], answer, tuple(found),
        dummy, noise, int(asked["rows"]), int(asked["worlds"]), int(asked["undefined"]),
    )


def board_of(folder: Path) -> Board:
    """The verdicts on claims and their flips, as the tables have them. Raises ResultsError."""
    groups: dict[tuple[str, int], Rows] = {}
    for row in _rows(folder, "claims", _CLAIM_TEXTS):
        groups.setdefault((row["preset"], row["claim"]), []).append(row)
    verdicts = tuple(_verdict(rows) for rows in groups.values())
    return Board(verdicts, tuple(flips_in(folder)))


def _rows(folder: Path, table: str, texts: Collection[str] = ()) -> Rows:
    rows = _read(folder, table, texts)
    if not rows:
        raise ResultsError(f"{folder / table}.csv is empty; run it again")
    return rows


def _read(folder: Path, table: str, texts: Collection[str] = ()) -> Rows:
    path = folder / f"{table}.csv"
    try:
        return read_csv(path, texts)
    except FileNotFoundError:
        raise _too_old(folder, path.name) from None
    except (OSError, ValueError, StopIteration) as error:
        raise ResultsError(f"{path} cannot be read ({error}); run it again") from None


def _too_old(folder: Path, missing: str = "") -> ResultsError:
    what = f" has no {missing}" if missing else " lacks a part"
    return ResultsError(f"{folder}{what}: it is damaged, or of an earlier version; run it again")


def _numbers(rows: Rows, columns: Sequence[str]) -> Floats:
    return np.array([[float(row[column]) for column in columns] for row in rows])


def _in_order(months: Floats, kept: Sequence[str]) -> Floats:
    """The measures in the order of the record."""
    order = [kept.index(one.name) for one in record.MEASURES if one.name in kept]
    found: Floats = months[..., order]
    return found


def _outcomes(names: Sequence[str], rows: Rows) -> tuple[Measure, ...]:
    units = {row["outcome"]: row["unit"] for row in rows}
    meanings = {name: outcomes[name].meaning for name in names if name in outcomes}
    return tuple(Measure(name, units[name], meanings.get(name, name)) for name in names)


def _stories(folder: Path) -> tuple[dict[str, tuple[Happening, ...]], dict[str, int]]:
    stories: dict[str, list[Happening]] = {}
    numbers = {}
    for row in _read(folder, "story"):
        numbers[row["arm"]] = row["replication"]
        stories.setdefault(row["arm"], []).append(Happening(
            row["week"], row["event"], row["person"], row["via"], row["source"]))
    return {arm: tuple(told) for arm, told in stories.items()}, numbers


def _reached(folder: Path, scenario: Scenario) -> dict[str, tuple[Reached, ...]]:
    reached: dict[str, list[Reached]] = {storied_arm(scenario).name: []}
    for row in _read(folder, "reach"):
        reached.setdefault(row["arm"], []).append(
            Reached(row["replication"], row["valence"], row["people"]))
    return {arm: tuple(told) for arm, told in reached.items()}


def _design(folder: Path, scenario: Scenario) -> Design:
    if scenario.sweep is not None and not (folder / "sensitivity.csv").exists():
        return design_of(scenario)
    rows = _rows(folder, "design")
    columns = tuple(column for column in rows[0] if column != "point")
    return Design(columns, tuple(tuple(row[column] for column in columns) for row in rows))


def _compared(rows: Rows, scenario: Scenario, shape: tuple[int, int, int]) -> Floats:
    """`Swept.comparison`: the baseline, which has no rows, is NaN."""
    found = np.full((*shape, len(COMPARISON)), np.nan)
    others = [k for k, arm in enumerate(scenario.arms) if arm.name != scenario.baseline]
    numbers = _numbers(rows, COMPARISON) if rows else np.zeros((0, len(COMPARISON)))
    found[:, others] = numbers.reshape(shape[0], len(others), shape[2], len(COMPARISON))
    return found


def _effect(name: str, rows: Rows) -> Effect:
    told = {row["index"]: _estimate(row) for row in rows}
    at_low, at_high, change = (told.pop(index) for index in _LINE)
    first = rows[0]
    return Effect(name, float(first["low"]), float(first["high"]), told, at_low, at_high, change,
                  bool(first["above_noise"]))


def _estimate(row: Mapping[str, Any]) -> Estimate:
    columns = ("value", "ci_low", "ci_high", "value_half")
    return Estimate(*(float(row[column]) for column in columns))


def _verdict(rows: Rows) -> Verdict:
    first = rows[0]
    claim = Claim(
        number=first["claim"], quotation=first["quotation"], source=first["source"],
        input=first["input"], tests={row["test"]: _trial(row) for row in rows},
    )
    tests = tuple(map(_outcome, rows))
    return Verdict(claim, first["preset"], first["verdict"], first["consequences"], tests,
                   int(first["tested_in_preset"]))


def _trial(row: Mapping[str, Any]) -> Trial:
    to = float(row["to"])
    variant = "" if row["variant"] == row["test"] else row["variant"]
    return Trial(
        measure=row["measure"], against=row["against"], contrast=row["arms"].split(" | "),
        effect=row["effect_is"], rule=row["rule"], value=float(row["value"]),
        to=None if math.isnan(to) else to, variant=variant, asserted=row["asserted"],
    )


def _outcome(row: Mapping[str, Any]) -> Outcome:
    effect, low, high, p = (float(row[column]) for column in ("effect", "ci_low", "ci_high", "p"))
    return Outcome(row["test"], row["variant"], effect, low, high, p, int(row["worlds"]),
                   row["contrary"], row["clearly_short"], row["holds"])
