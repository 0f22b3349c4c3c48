"""Running totals of two arms, or of two sources, compared week by week with a band."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from wom_sim.study.statistics.intervals import Floats
from wom_sim.study.statistics.simultaneous import Band, band
from wom_sim.study.statistics.summaries import crossing_week

COLUMNS = ("n", "difference", "band_low", "band_high", "method")


def running_gap(after: Floats, before: Floats, seed: int) -> Band:
    """What `after` has more than `before` by the end of each week, with a band over all weeks.

    Both have shape (worlds, weeks), are paired by world and hold what each week adds. The band
    is `simultaneous.band`: with a chance of 95 % it holds the mean difference of every week.
    """
    return band(np.cumsum(after - before, axis=1), seed)


def ahead_from(gap: Band) -> int | None:
    """First week (from 0) from whose end on the band lies above zero till the last.

    None where it does not: who is ahead in the end is then not settled. Where the first holds,
    a claim "ahead from week k on" is wrong in at most 5 of 100 studies, whatever k.
    """
    return crossing_week(gap.low, np.zeros_like(gap.low))


def settling(values: Floats) -> Band:
    """Mean of the first 2, 3, ... of `values`, (n,), each with its 95 % interval (Student 1908).

    Shape (n - 1,) each; the intervals hold one by one, not together.
    """
    from scipy.special import stdtrit

    n = np.arange(2, len(values) + 1)
    centred = values - values[0]
    sums, squares = np.cumsum(centred)[1:], np.cumsum(centred**2)[1:]
    spread = np.maximum(squares - sums**2 / n, 0.0) / (n - 1)
    half = stdtrit(n - 1, 0.975) * np.sqrt(spread / n)
    mean = values[0] + sums / n
    return Band(n, mean, mean - half, mean + half, np.full(n.shape, "t"))


def curve_rows(
    weekly: Mapping[str, Floats], totals: Mapping[str, Sequence[int]], baseline: str, seed: int
) -> Iterator[tuple[Any, ...]]:
    """Rows of every arm but the baseline: arm, week, total, then `COLUMNS`.

    weekly: arm name -> (worlds, weeks, measures). totals: name -> places of its measures.
    """
    reference = weekly.get(baseline)
    for arm, series in weekly.items():
        if reference is None or arm == baseline:
            continue
        gaps = {
            name: running_gap(_sum(series, places), _sum(reference, places), seed)
            for name, places in totals.items()
        }
        for week in range(series.shape[1]):
            for name, gap in gaps.items():
                yield (arm, week, name, *(column[week].item() for column in gap))


def _sum(series: Floats, places: Sequence[int]) -> Floats:
    found: Floats = series[:, :, list(places)].sum(axis=2)
    return found
