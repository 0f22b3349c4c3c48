"""Needs arise: a Poisson process for every person and trade, drawn ahead into weeks."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.chance import NEED, draw2, inverse_normal
from wom_sim.market.compiled import compiled

Persons = NDArray[np.int32]
TradeIds = NDArray[np.int16]
Ordinals = NDArray[np.int32]


class Needs(NamedTuple):
    """Needs sorted by week, then person, trade, ordinal.

    first: (weeks + 1,) place of each week's first need; person, trade, ordinal: (needs,).
    """

    first: NDArray[np.int64]
    person: NDArray[np.int32]
    trade: NDArray[np.int16]
    ordinal: NDArray[np.int32]


def _week_of(need: float, until: NDArray[np.float64]) -> int:
    """The week whose span of accumulated rate `until` holds `need`, len(until) - 1 past the end."""
    low, high = 0, until.size - 1
    while low < high:
        middle = (low + high) // 2
        if until[middle + 1] > need:
            high = middle
        else:
            low = middle + 1
    return low


week_of = compiled(_week_of)


def _arise(
    key: np.uint64,
    seat: NDArray[np.int16],
    until: NDArray[np.float64],
    week: NDArray[np.int16],
    person: NDArray[np.int32],
    trade: NDArray[np.int16],
    ordinal: NDArray[np.int32],
) -> int:
    """Note the needs of every person and trade, as far as there is room; returns their number."""
    weeks, count = until.shape[1] - 1, 0
    for p in range(seat.size):
        for j in range(until.shape[0]):
            time, o = 0.0, 0
            while seat[p] != j:
                time -= math.log1p(-draw2(key, p, 0, 0, NEED, j, o)[0])
                when = week_of(time, until[j])
                if when >= weeks:
                    break
                if count < person.size:
                    week[count], person[count], trade[count], ordinal[count] = when, p, j, o
                count += 1
                o += 1
    return count


arise = compiled(_arise)


def schedule(key: np.uint64, seat: NDArray[np.int16], rates: NDArray[np.float64]) -> Needs:
    """All needs of a run; `rates` (weeks, K) are needs per person and year in each week.

    Waits are exponential in accumulated rate, so that a rate that changes in some week
    moves later needs and leaves earlier ones. An owner has no need of the own trade.

        needs of a person in a trade: Poisson, need_rate / 52 a week
    """
    weeks = len(rates)
    until = np.zeros((rates.shape[1], weeks + 1))
    np.cumsum(rates.T / 52.0, axis=1, out=until[:, 1:])
    mean = until[:, -1].sum() * seat.size
    room = int(mean + 6.0 * math.sqrt(mean)) + 16
    while True:
        week, trade = np.empty(room, np.int16), np.empty(room, np.int16)
        person, ordinal = np.empty(room, np.int32), np.empty(room, np.int32)
        count = arise(key, seat, until, week, person, trade, ordinal)
        if count <= room:
            break
        room = count
    order = np.argsort(week[:count], kind="stable")
    first = np.zeros(weeks + 1, np.int64)
    np.cumsum(np.bincount(week[:count], minlength=weeks), out=first[1:])
    return Needs(first, person[order], trade[order], ordinal[order])


def of_week(needs: Needs, place: int) -> tuple[Persons, TradeIds, Ordinals]:
    """Person, trade and ordinal of the needs that arise in calendar place `place`."""
    span = slice(int(needs.first[place]), int(needs.first[place + 1]))
    return needs.person[span], needs.trade[span], needs.ordinal[span]


def _job_size(key: np.uint64, person: int, trade: int, ordinal: int, spread: float) -> float:
    """Size of a need's job relative to the trade's median: lognormal by inversion.

        size = exp(job_spread * z),  z standard normal
    """
    if spread == 0.0:
        return 1.0
    return math.exp(spread * inverse_normal(draw2(key, person, 0, 0, NEED, trade, ordinal)[1]))


job_size = compiled(_job_size)
