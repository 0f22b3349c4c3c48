"""Weeks taken together: what each month of a world brought, of the measures that figures show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MONTH = 52 / 12
QUARTER = 13
KEPT = (
    "won", "won_partner", "won_asked_friend", "won_word_of_mouth", "won_requested",
    "won_public_record", "won_unprompted", "won_tier1", "won_tier2", "won_tier3", "lost_negative",
    "hours_service", "hours_asking", "hours_partners",
)
"""Weekly measures that are kept month by month for every world."""

CUMULATIVE = {
    "cumulative_won": ("won",),
    "cumulative_won_partner": ("won_partner",),
    "cumulative_won_customers": ("won_asked_friend", "won_word_of_mouth", "won_requested"),
    "cumulative_margin": ("margin",),
    "cumulative_lost_negative": ("lost_negative",),
}
"""Running totals in the weekly table and the weekly measures each adds up."""


def marks(horizon: int) -> list[int]:
    """Ends of the months in weeks: 0, every month (week in runs below two quarters), the last."""
    if horizon < 2 * QUARTER:
        return list(range(horizon + 1))
    months = [round(month * MONTH) for month in range(int(horizon / MONTH) + 1)]
    return months if months[-1] == horizon else [*months, horizon]


def brought(weekly: Floats, places: Sequence[int]) -> Floats:
    """What each month brought of the measures at `places`, (..., months, places).

    weekly: (..., weeks, measures).
    """
    starts = marks(weekly.shape[-2])[:-1]
    # Weeks side by side in memory, so that a sum has the same order in one world and in many.
    series = np.ascontiguousarray(np.moveaxis(weekly[..., list(places)], -2, -1))
    found: Floats = np.moveaxis(np.add.reduceat(series, starts, axis=-1), -1, -2)
    return found


def in_weeks(months: Floats, horizon: int) -> Floats:
    """A weekly series in which each month's sum stands in its last week, (..., weeks, measures)."""
    ends = np.array(marks(horizon)[1:]) - 1
    weekly = np.zeros((*months.shape[:-2], horizon, months.shape[-1]))
    weekly[..., ends, :] = months
    return weekly


def month_rows(
    arms: Sequence[str], weekly: Floats, places: Sequence[int]
) -> Iterator[tuple[Any, ...]]:
    """Rows of the table `months`: arm, replication, last week of the month, what it brought.

    weekly: (arms, replications, weeks, measures).
    """
    ends = marks(weekly.shape[2])[1:]
    for arm, whole in zip(arms, weekly, strict=True):
        for replication, world in enumerate(whole):
            for week, counts in zip(ends, brought(world, places).tolist(), strict=True):
                yield (arm, replication, week, *counts)
