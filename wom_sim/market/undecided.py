"""One-off needs that are still open: who may decide this week, and who surely waits.

Most people who have not decided hear of nobody who could move them. The uniform that chooses is
held against the most that a person's ties can say; who waits whatever they say is not looked at
any further. Every draw keeps its address, so that nothing comes out otherwise.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.chance import CHOICE, draw, hazard
from wom_sim.market.compiled import borrowing
from wom_sim.market.friends import Fading
from wom_sim.market.needs import Ordinals, Persons, TradeIds
from wom_sim.market.network import Ties
from wom_sim.market.referral import Doors
from wom_sim.market.state import (
    BUSINESS,
    DISSATISFIED,
    HEARD,
    NOBODY,
    REST,
    SATISFIED,
    UNKNOWN,
    Floats,
    Ints,
    People,
    State,
    World,
)
from wom_sim.scenario.parameters import Parameters

UNBOUND = 255
"""Around somebody of whom it cannot be told at a glance what the ties may say."""

ROUNDING = 1.0 + 1e-9
"""More than sums of hazards in another order, and their exponentials, can differ by."""

Around = NDArray[np.uint8]
"""Ties that are clients, not dissatisfied: strong and weak ones of each person, in each trade,
(N, K, 2). UNBOUND, in the first of the two, where there are more or one may warn."""


class Due(NamedTuple):
    """The needs of a week that somebody may decide, and how many more wait in each trade, (K,)."""

    person: Persons
    trade: TradeIds
    ordinal: Ordinals
    waiting: Ints


class Room(NamedTuple):
    """Scratch for the needs of a week, (room,)."""

    person: NDArray[np.int32]
    trade: NDArray[np.int16]


def fresh_room(size: int) -> Room:
    """Scratch for `size` needs."""
    return Room(np.empty(size, np.int32), np.empty(size, np.int16))


def can_be_told(parameters: Parameters) -> bool:
    """Whether what ties say at most can be told from who they are, whatever the week brings.

    Not where people decide one by one, within the week, where messages count one by one, nor where
    people are met who are no ties.
    """
    choice, friends = parameters.choice, parameters.friends
    asks = friends.ask_around > 0.0 and friends.number > 0
    met = asks and parameters.population.ties.met > 0
    return choice.updating == "together" and choice.rule != "counts" and not met


def most_unheard(state: State, doors: Doors, parameters: Parameters) -> Floats:
    """Most hazard for each trade's business from all but ties and own memory, (K,).

    Infinite where partners may refer, where ties may name or tell, and where the record is bad.
    """
    choice = parameters.choice
    most = np.zeros(doors.good.size)
    if doors.awareness > 0.0:
        most += math.inf if choice.unprompted == "decides" else hazard(choice.close_unprompted)
    if parameters.record.look_up > 0.0:
        most += np.where(doors.bad > 0.0, math.inf, doors.good)
    told = np.zeros(most.size, np.bool_)
    if parameters.friends.relay > 0.0:
        told |= (state.people.news & HEARD).any(axis=0)
    most[(doors.any > 0) | (state.businesses.cued > 0) | told] = math.inf
    return most


def _notice(
    person: NDArray[np.int32], trade: NDArray[np.int16], ties: Ties, people: People,
    around: Around,
) -> None:
    """Those who decided are noticed by their ties; a client of the rest says nothing."""
    for n in range(person.size):
        p, j = int(person[n]), int(trade[n])
        own, rest = people.own[p, j], people.rest[p, j]
        happy = people.provider[p, j] == BUSINESS and own >= SATISFIED
        if people.provider[p, j] == REST and own != DISSATISFIED and rest != UNKNOWN:
            continue
        for place in range(ties.start[p], ties.start[p + 1]):
            f, kind = int(ties.friend[place]), 0 if place < ties.weak[p] else 1
            known = around[f, j, kind]
            if happy and known < UNBOUND - 1:
                around[f, j, kind] = known + 1
            else:
                around[f, j, 0] = UNBOUND


notice = borrowing(_notice)


def _may_decide(
    key: np.uint64, week: int, people: People, seat: NDArray[np.int16], around: Around,
    most: Floats, fading: Fading, room: Room, waiting: Ints,
) -> int:
    """Note who may decide, as far as there is room, and count the others; returns their number.

        H <= most + strong ties that are clients * h strong + weak ones * h weak
        waits if u >= 1 - exp(-H), since u < P or u < P(swayed) otherwise
    """
    count = 0
    waiting[:] = 0
    for p in range(seat.size):
        for j in range(most.size):
            if people.provider[p, j] != NOBODY or seat[p] == j:
                continue
            if most[j] < math.inf and around[p, j, 0] < UNBOUND and people.news[p, j] == 0:
                h = around[p, j, 0] * fading.strong + around[p, j, 1] * fading.weak
                h = (most[j] + h) * ROUNDING
                u = draw(key, p, 0, week, CHOICE, j, 0)
                if u >= h or u >= -math.expm1(-h) * ROUNDING:
                    waiting[j] += 1
                    continue
            if count < room.person.size:
                room.person[count], room.trade[count] = p, j
            count += 1
    return count


may_decide = borrowing(_may_decide)


class Undecided:
    """The one-off needs of an arm that are still open, week after week.

        needs: once    a need of each person in each trade but the own, open every week until
                       decided; need_rate is not used
    """

    def __init__(self, world: World, state: State) -> None:
        self._world, self._people = world, state.people
        self._room = fresh_room(1024)
        self._around = np.zeros((world.size, world.trades, 2), np.uint8)
        person, trade = np.nonzero(state.people.provider)
        self.notice(person.astype(np.int32), trade.astype(np.int16))

    def notice(self, person: Persons, trade: TradeIds) -> None:
        """These have decided."""
        notice(person, trade, self._world.ties, self._people, self._around)

    def of_week(self, week: int, most: Floats, fading: Fading) -> Due:
        """The needs to decide this week; `most` is the most hazard from all but ties, (K,).

        Where it is infinite, all that are open.
        """
        waiting = np.zeros(most.size, np.int64)
        while True:
            count = may_decide(self._world.key, week, self._people, self._world.seat,
                               self._around, most, fading, self._room, waiting)
            if count <= self._room.person.size:
                break
            self._room = fresh_room(2 * count)
        person, trade = self._room.person[:count].copy(), self._room.trade[:count].copy()
        return Due(person, trade, np.zeros(count, np.int32), waiting)
