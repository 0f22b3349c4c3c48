"""Asking clients for referrals: whom to ask, whom they name, and the cue a frame leaves."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.chance import APPOINTMENT, FRAME, NAMING, draw, draw2, half, hazard
from wom_sim.market.compiled import borrowing, compiled, inlined
from wom_sim.market.friends import recommends
from wom_sim.market.network import Ties
from wom_sim.market.reviews import testify
from wom_sim.market.state import (
    BUSINESS,
    DELIGHTED,
    NAMED,
    SATISFIED,
    Columns,
    Floats,
    Ids,
    Ints,
    People,
    State,
)
from wom_sim.scenario.parameters import Parameters

BROAD, FRAMED = 0, 1
APPOINTMENTS = 1


def _largest_circle(ties: Ties, client: int, circles: int) -> int:
    """The circle with most of the client's ties, the lowest of equals."""
    sizes = np.zeros(circles, np.int64)
    for place in range(ties.start[client], ties.start[client + 1]):
        sizes[ties.circle[place]] += 1
    largest = 0
    for circle in range(1, circles):
        if sizes[circle] > sizes[largest]:
            largest = circle
    return largest


largest_circle = compiled(_largest_circle)


def _name(
    key: np.uint64, week: int, clients: Ints, trades: Ints, circles: int, ties: Ties,
    people: People, book: Any, firms: Any, cued: NDArray[np.uint8], named: Ints,
) -> None:
    """Each asked client who would recommend names the ties that come to mind.

    Broad: any tie, poorly recalled. Framed: the ties of one circle, well recalled, and a cue
    stays; a frame that does not fit is a circle at random. Counts go to `named` (K,).

        frame broad:   a tie is named with chance recall_broad
        frame framed:  a tie of the circle with chance recall_framed; the circle is
                       the largest with chance frame_fit, else one at random
        h := h * 0.5^(age / request_half_life) - ln(1 - persuade)
    """
    rules = book[0]
    for n in range(clients.size):
        c, j = clients[n], trades[n]
        asking = firms[j].asking
        if draw(key, c, c, week, NAMING, j, 0) >= recommends(int(people.own[c, j]), rules):
            continue
        framed, circle = asking.frame == FRAMED, -1
        if framed:
            fits, other = draw2(key, c, 0, week, FRAME, j, 0)
            circle = int(other * circles)
            if fits < asking.frame_fit:
                circle = largest_circle(ties, c, circles)
            people.memory.cue[c, j] = circle + 1
            people.memory.cue_week[c, j] = week
            cued[j] = 1
        recall = asking.recall_framed if framed else asking.recall_broad
        for place in range(ties.start[c], ties.start[c + 1]):
            f = int(ties.friend[place])
            if framed and ties.circle[place] != circle:
                continue
            if draw(key, c, f, week, NAMING, j, 0) < recall:
                memory = people.memory
                fade = half(week - memory.requested[f, j], asking.request_half_life)
                memory.request[f, j] = memory.request[f, j] * fade + hazard(asking.persuade)
                memory.requested[f, j] = week
                people.news[f, j] |= NAMED
                named[j] += 1


name = compiled(_name)


def ask(
    key: np.uint64, ties: Ties, state: State, week: int, place: int, clients: Ints, trades: Ints,
    parameters: Parameters, book: Any, firms: Any, counts: dict[str, Ints],
) -> None:
    """What asking `clients` of `trades` leads to: names, cues, testimonials.

    clients, trades: (asks,). Adds to counts["asks"], ["named"] and ["testimonials"], (K,).
    """
    counts["asks"] += np.bincount(trades, minlength=len(firms))
    circles = parameters.population.ties.circles
    name(key, week, clients, trades, circles, ties, state.people, book, firms,
         state.businesses.cued, counts["named"])
    delighted = state.people.own[clients, trades] == DELIGHTED
    testify(key, week, place, clients[delighted], trades[delighted], state.businesses.record_good,
            state.businesses.exposures, parameters.record.half_life, firms,
            counts["testimonials"])


def _may_be_asked(week: int, p: int, j: int, own: Columns, people: People) -> bool:
    """Whether p is a recent and not dissatisfied client of j, and was not asked lately.

        week - last job <= window  and  week - last ask >= pause
    """
    if people.provider[p, j] != BUSINESS or people.own[p, j] < SATISFIED:
        return False
    recent = week - people.own_week[p, j] <= own.ask_window[j]
    return recent and week - people.memory.asked[p, j] >= own.ask_pause[j]


may_be_asked = inlined(_may_be_asked)


def _pick(
    key: np.uint64, week: int, person: NDArray[np.int32], trade: NDArray[np.int16], quota: Ints,
    own: Columns, people: People, chosen: Ints, turn: Floats,
) -> None:
    """For each trade the clients with the smallest keyed uniforms, as many as its quota.

    chosen, turn: (K, most) clients in ascending order of their uniforms, -1 and 2 where empty.
    """
    for n in range(person.size):
        p, j = int(person[n]), int(trade[n])
        if quota[j] == 0 or not may_be_asked(week, p, j, own, people):
            continue
        u = draw(key, p, 0, week, APPOINTMENT, j, 0)
        place = quota[j]
        while place > 0 and u < turn[j, place - 1]:
            place -= 1
        if place == quota[j] or (place > 0 and chosen[j, place - 1] == p):
            continue
        for later in range(quota[j] - 1, place, -1):
            chosen[j, later], turn[j, later] = chosen[j, later - 1], turn[j, later - 1]
        chosen[j, place], turn[j, place] = p, u


pick = borrowing(_pick)


def appointments(
    key: np.uint64, state: State, week: int, person: Ids, trade: Ids, own: Columns
) -> tuple[Ints, Ints]:
    """Recent clients asked by appointment this round, and their trades.

    person, trade: (visits,) who was served lately and where. As many as the hours buy are
    asked, in keyed random order; nobody twice, nobody dissatisfied, nobody before the pause.

        when appointment:  asks <= floor(hours put aside / hours_appointment)
    """
    bank = state.businesses.ask_bank
    quota = np.floor(bank / own.ask_hours).astype(np.int64) * (own.asks_at == APPOINTMENTS)
    shape = (len(quota), int(quota.max()) + 1)
    chosen, turn = np.full(shape, -1), np.full(shape, 2.0)
    pick(key, week, person, trade, quota, own, state.people, chosen, turn)
    trades, _ = places = np.nonzero(chosen >= 0)
    clients = chosen[places]
    state.people.memory["asked"][clients, trades] = week
    bank -= own.ask_hours * np.bincount(trades, minlength=len(bank))
    return clients, trades
