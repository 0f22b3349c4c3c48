"""What a run says: the readings of results that figures and words share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from wom_sim.scenario.parameters import Scenario
from wom_sim.study.results import Floats, Results

FEW = 10
"""Fewer worlds than this decide nothing."""

UNPROMPTED = ("won_asked_friend", "won_word_of_mouth")
CUSTOMERS = (*UNPROMPTED, "won_requested")
MONTH = 52 / 12
QUARTER = 13
YEAR = 52

Kind = Literal["ahead", "behind", "tie", "same", "few", "alone"]


class Lead(NamedTuple):
    """How an arm stands against the baseline in clients won.

    `chance` is that a random world of the arm beats an independent one of the baseline.
    """

    kind: Kind
    arm: str
    baseline: str
    worlds: int
    difference: float = 0.0
    low: float = 0.0
    high: float = 0.0
    chance: float = 0.5


class Period(NamedTuple):
    """What the weeks are grouped into: a word for it, a mark for axes and its weeks."""

    word: str
    mark: str
    weeks: int


def worlds(results: Results) -> int:
    """Number of replications of each arm."""
    return int(results.values.shape[1])


def weeks(results: Results) -> int:
    """Number of weeks counted."""
    return int(results.weekly.shape[2])


def lead(results: Results) -> Lead:
    """The arm furthest clearly ahead of the baseline; failing that, furthest from it."""
    records = _records(results)
    if not records:
        arm = results.arms[0]
        return Lead("alone", arm, arm, worlds(results))
    ahead = [record for record in records if record["ci_low"] > 0]
    return judge(_furthest(ahead or records))


def widest(results: Results) -> Lead:
    """The arm whose mean differs most from the baseline's, whichever way."""
    records = _records(results)
    return judge(_furthest(records)) if records else lead(results)


def judge(record: Mapping[str, Any]) -> Lead:
    """What one record of a comparison amounts to."""
    return Lead(
        _kind(record),
        record["arm"],
        record["baseline"],
        int(record["n"]),
        float(record["difference"]),
        float(record["ci_low"]),
        float(record["ci_high"]),
        float(record["probability_greater"]),
    )


def partner_arm(scenario: Scenario) -> str | None:
    """The arm with most hours a week for partners, the first of equals; None if none has any."""
    arm = max(scenario.arms, key=lambda one: one.parameters.effort.partners)
    return arm.name if arm.parameters.effort.partners > 0 else None


def by_partners(results: Results, arm: str) -> Floats:
    """Clients won through partners, shape (replications, weeks)."""
    return results.series(arm, "won_partner")


def by_customers(results: Results, arm: str) -> Floats:
    """Clients won through customers, told, asked or naming, shape (replications, weeks)."""
    return total(results, arm, CUSTOMERS)


def total(results: Results, arm: str, measures: Sequence[str]) -> Floats:
    """The sum of weekly measures of an arm, shape (replications, weeks)."""
    parts = np.array([results.series(arm, measure) for measure in measures])
    return np.asarray(parts.sum(axis=0))


def period(horizon: int) -> Period:
    """Quarters, or weeks in a run too short for two of them, or years in a very long one."""
    if horizon < 2 * QUARTER:
        return Period("week", "W", 1)
    return Period("quarter", "Q", QUARTER) if horizon <= 6 * YEAR else Period("year", "Y", YEAR)


def grouped(series: Floats, length: int) -> Floats:
    """Sums over whole periods of `length` weeks along the last axis; a short last one is cut."""
    whole = series.shape[-1] // length
    parts: Floats = series[..., : whole * length].reshape(*series.shape[:-1], whole, length)
    return np.asarray(parts.sum(axis=-1))


def marks(horizon: int) -> list[int]:
    """Weeks at which running totals are shown: 0, every month (week in short runs), the last."""
    if horizon < 2 * QUARTER:
        return list(range(horizon + 1))
    months = [round(month * MONTH) for month in range(int(horizon / MONTH) + 1)]
    return months if months[-1] == horizon else [*months, horizon]


def running(series: Floats, at: Sequence[int]) -> Floats:
    """Running totals of a weekly series at the ends of the weeks `at`."""
    start = np.zeros((*series.shape[:-1], 1))
    return np.concatenate([start, np.cumsum(series, axis=-1)], axis=-1)[..., list(at)]


def overtakes(behind: Floats, ahead: Floats) -> int | None:
    """First place from which `behind` leads for good after trailing before; None if never."""
    gap = np.sign(np.where(np.isclose(behind, ahead), 0.0, behind - ahead))
    if gap[-1] <= 0 or not (gap < 0).any():
        return None
    return int(np.flatnonzero(gap <= 0)[-1]) + 1


def clear(values: Floats) -> int:
    """1 or -1 where the mean of `values` lies two standard errors off zero, else 0."""
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.inf
    mean = values.mean()
    return int(np.sign(mean)) if abs(mean) > 2 * error else 0


def _records(results: Results) -> list[Mapping[str, Any]]:
    return [record for record in results.comparison if record["outcome"] == "clients_won"]


def _furthest(records: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return max(records, key=lambda record: abs(record["difference"]))


def _kind(record: Mapping[str, Any]) -> Kind:
    if record["n"] < FEW:
        return "few"
    if record["ci_low"] > 0:
        return "ahead"
    if record["ci_high"] < 0:
        return "behind"
    return "same" if record["ci_low"] == record["ci_high"] == 0 else "tie"
