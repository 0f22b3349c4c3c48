"""When there are worlds enough: sequential stopping on the width of an interval.

The rule sees the ordered prefix of worlds and nothing else, so that workers, their order of
arrival and interruptions stop at the same number. It never sees who is ahead.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from wom_sim.scenario.parameters import Precision
from wom_sim.study.statistics.intervals import Floats, mean_interval
from wom_sim.study.statistics.simultaneous import band

BATCH = 10
"""Worlds that are run before the rule is asked again."""
AHEAD = 5
"""Worlds, or percent of them above 100, over which precision must last: Hoad, Robinson and
Davies (2010) call it kLimit."""


class Reached(NamedTuple):
    """How precisely an outcome is known after `worlds`, and whether that is what was asked.

    `half_width` is half the interval, of several differences the widest; `asked` in the same
    unit; both NaN where they are not defined.
    """

    worlds: int
    half_width: float
    asked: float
    enough: bool


def further(precision: Precision, values: Floats, baseline: int, seed: int) -> range:
    """Numbers of the worlds to run next; empty where it is enough, or where `most` have run.

    values: the outcome in the worlds run so far, numbers from 0 on, (arms, worlds).
    """
    done = values.shape[1]
    if done < precision.least:
        return range(done, min(precision.least, precision.most))
    if done >= precision.most or reached(precision, values, baseline, seed).enough:
        return range(done, done)
    return range(done, min(done + BATCH, precision.most))


def reached(precision: Precision, values: Floats, baseline: int, seed: int) -> Reached:
    """What the worlds run so far say of the precision asked for.

    Enough where it holds after this world and after each of the last 5 (of the last 5 %, above
    100), as a width that happens to be small once passes; the look-ahead of Hoad, Robinson and
    Davies (2010). At least `least` worlds come first; at `most` the look back ends there.
    """
    done = values.shape[1]
    first = min(_look_back(done), done)
    if done >= precision.most:
        first = max(first, min(precision.least, done))
    width, asked = _width(precision, values, baseline, seed)
    enough = first >= precision.least and all(
        _precise(precision, values[:, :n], baseline, seed) for n in range(done, first - 1, -1)
    )
    return Reached(done, width, asked, enough)


def _look_back(done: int) -> int:
    """The number of worlds after which precision must have lasted ever since."""
    return done - AHEAD if done <= 100 else math.floor(done / (1 + AHEAD / 100))


def _precise(precision: Precision, values: Floats, baseline: int, seed: int) -> bool:
    width, asked = _width(precision, values, baseline, seed)
    return width <= asked


def _width(
    precision: Precision, values: Floats, baseline: int, seed: int
) -> tuple[float, float]:
    """Half the widest interval, and how wide it may be."""
    if len(values) > 1:
        gaps = np.delete(values - values[baseline], baseline, axis=0).T
        if gaps.shape[1] > 1:
            together = band(gaps, seed)
            return float(np.max(together.high - together.low)) / 2, _asked(precision, math.nan)
        values = gaps.T
    low, high, _ = mean_interval(values[0], seed=seed)
    known = values[0][~np.isnan(values[0])]
    mean = float(known.mean()) if len(known) else math.nan
    return (high - low) / 2, _asked(precision, mean)


def _asked(precision: Precision, mean: float) -> float:
    """The half-width asked for; of a relative one Law and Kelton's, as the mean is estimated.

    A share g of the true mean is kept by g / (1 + g) of the estimated one (Law and Kelton 1991,
    section 9.4.1). NaN, so never reached, for a mean that is not positive.
    """
    if precision.relative is None:
        return math.nan if precision.half_width is None else precision.half_width
    return precision.relative / (1 + precision.relative) * mean if mean > 0 else math.nan
