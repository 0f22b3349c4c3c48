"""What a run says: the readings of results that figures and words share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from wom_sim.scenario.parameters import Scenario
from wom_sim.study.results import MONTH, QUARTER, Floats, Results, marks

FEW = 10
"""Fewer worlds than this decide nothing."""

ROUNDING = 1e-9
"""Relative differences below this come from the order of additions."""

UNPROMPTED = ("won_asked_friend", "won_word_of_mouth")
CUSTOMERS = (*UNPROMPTED, "won_requested")
YEAR = 52

__all__ = ["MONTH", "QUARTER", "marks"]

Kind = Literal["ahead", "behind", "tie", "same", "few", "alone", "unsettled"]


class Lead(NamedTuple):
    """How an arm stands against the baseline in clients won.

    `low` and `high` bound the mean difference, together with those of the other arms where
    `together` are compared. `chance` is that a random world of the arm beats an independent one
    of the baseline. Where the mean is unsettled the median with its bounds is told, and `off`,
    the share of the arm's worlds that took off, with its bounds.
    """

    kind: Kind
    arm: str
    baseline: str
    worlds: int
    difference: float = 0.0
    low: float = 0.0
    high: float = 0.0
    chance: float = 0.5
    together: int = 1
    median: float = math.nan
    median_low: float = math.nan
    median_high: float = math.nan
    off: tuple[float, float, float] = (math.nan, math.nan, math.nan)


class Tally(NamedTuple):
    """Worlds in which an arm wins more clients than the baseline, fewer, and as many."""

    ahead: int
    behind: int
    tied: int


class Takeover(NamedTuple):
    """Whether one running total passes another for good, and by the end of which week surely."""

    kind: Literal["never", "settled", "unsettled"]
    week: int


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
    """The arm furthest clearly ahead of the baseline; failing that, furthest from it.

    Of several arms the one named is the best of many, so its interval is one of those that hold
    for all of them together.
    """
    records = against(results)
    if not records:
        arm = results.arms[0]
        return Lead("alone", arm, arm, worlds(results))
    ahead = [record for record in records if record["simultaneous_low"] > 0]
    return _judged(results, _furthest(ahead or records), len(records))


def widest(results: Results) -> Lead:
    """The arm whose mean differs most from the baseline's, whichever way."""
    records = against(results)
    if not records:
        return lead(results)
    return _judged(results, _furthest(records), len(records))


def judge(record: Mapping[str, Any], together: int = 1) -> Lead:
    """What one record of a comparison amounts to, among `together` compared."""
    return Lead(
        _kind(record),
        record["arm"],
        record["baseline"],
        int(record["n"]),
        float(record["difference"]),
        float(record["simultaneous_low"]),
        float(record["simultaneous_high"]),
        float(record["probability_greater"]),
        together,
        float(record["median"]),
        float(record["median_low"]),
        float(record["median_high"]),
    )


def _judged(results: Results, record: Mapping[str, Any], together: int) -> Lead:
    arm = next(
        one for one in results.summary
        if (one["arm"], one["outcome"]) == (record["arm"], record["outcome"])
    )
    off = (arm["took_off"], arm["took_off_low"], arm["took_off_high"])
    return judge(record, together)._replace(off=off)


def against(results: Results) -> list[Mapping[str, Any]]:
    """The comparison of clients won: a record for every arm but the baseline."""
    return [record for record in results.comparison if record["outcome"] == "clients_won"]


def tally(results: Results, arm: str) -> Tally:
    """How often the arm wins more clients than the baseline, worlds paired."""
    gap = _gap(results, arm, "clients_won")
    return Tally(int((gap > 0).sum()), int((gap < 0).sum()), int((gap == 0).sum()))


def measured(results: Results, arm: str, name: str) -> Floats:
    """An outcome of an arm, or the total of a weekly measure, shape (replications,)."""
    if any(outcome.name == name for outcome in results.outcomes):
        return results.value(arm, name)
    return np.asarray(results.series(arm, name).sum(axis=1))


def mean(results: Results, arm: str, name: str) -> float:
    """The mean of what `measured` gives, over the worlds in which it is defined."""
    values = measured(results, arm, name)
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan


def unsettled(results: Results, arm: str, name: str) -> bool:
    """Whether a few worlds carry that mean, so that it is not to be relied on."""
    return not results.settled(measured(results, arm, name))


def resolved(results: Results, name: str) -> list[float]:
    """Sizes of the arms' differences from the baseline, of those whose interval excludes zero."""
    records = [record for record in results.comparison if record["outcome"] == name]
    if any(outcome.name == name for outcome in results.outcomes):
        sizes = [abs(r["difference"]) for r in records if r["ci_low"] > 0 or r["ci_high"] < 0]
    else:
        gaps = [_gap(results, arm, name) for arm in results.arms]
        sizes = [abs(float(gap.mean())) for gap in gaps if clear(gap)]
    least = ROUNDING * max((abs(mean(results, arm, name)) for arm in results.arms), default=0.0)
    return [size for size in sizes if size > least]


def partner_arm(scenario: Scenario) -> str | None:
    """The arm with most hours a week for partners, the last of equals, as the one whose story is
    told; None if none has any.
    """
    arm = max(reversed(scenario.arms), key=lambda one: one.parameters.effort.partners)
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


def running(series: Floats, at: Sequence[int]) -> Floats:
    """Running totals of a weekly series at the ends of the weeks `at`."""
    start = np.zeros((*series.shape[:-1], 1))
    return np.concatenate([start, np.cumsum(series, axis=-1)], axis=-1)[..., list(at)]


def takeover(results: Results, later: Floats, earlier: Floats) -> Takeover:
    """When the running total of `later` passes that of `earlier`, both (replications, weeks).

    Its mean must trail somewhere before and lead in the end; the week is the first from which
    on the band over all weeks lies above zero.
    """
    gap = results.running_gap(later, earlier)
    mean = np.where(np.isclose(gap.mean, 0.0, atol=ROUNDING), 0.0, gap.mean)
    if len(later) < FEW or mean[-1] <= 0 or not (mean < 0).any():
        return Takeover("never", 0)
    sure = np.flatnonzero(~(gap.low > 0))
    week = int(sure[-1]) + 2
    return Takeover("settled", week) if week <= len(mean) else Takeover("unsettled", 0)


def clear(values: Floats) -> int:
    """1 or -1 where the mean of `values` lies two standard errors off zero, else 0."""
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.inf
    mean = values.mean()
    return int(np.sign(mean)) if abs(mean) > 2 * error else 0


def _gap(results: Results, arm: str, name: str) -> Floats:
    """What an arm has more than the baseline, world by world; rounding is no difference."""
    after = measured(results, arm, name)
    before = measured(results, results.scenario.baseline, name)
    return np.where(np.isclose(after, before, rtol=ROUNDING, atol=0.0), 0.0, after - before)


def _furthest(records: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return max(records, key=lambda record: abs(record["difference"]))


def _unrounded(x: float) -> float:
    return 0.0 if abs(x) < ROUNDING else x


def _kind(record: Mapping[str, Any]) -> Kind:
    if record["n"] < FEW:
        return "few"
    if not record["settled"]:
        return "unsettled"
    bounds = (record["simultaneous_low"], record["simultaneous_high"])
    low, high = map(_unrounded, bounds)
    if low > 0:
        return "ahead"
    if high < 0:
        return "behind"
    return "same" if low == high == 0 else "tie"
