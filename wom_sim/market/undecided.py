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
from wom_sim.market.compiled import borrowing, index, inlined
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

BLOCK = 1024
"""Needs looked at together, or those of one person where these are more."""


class Around(NamedTuple):
    """Ties that are clients, not dissatisfied: strong and weak ones of each person, in each trade,
    (N, K).

    strong is UNBOUND where there are more, or where one may warn.
    """

    strong: NDArray[np.uint8]
    weak: NDArray[np.uint8]


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


class Block(NamedTuple):
    """Scratch for all needs of some people, one after the other, (needs,).

    person: counted from the first of them; trade; most: hazard from all but ties; luck: uniforms
    that choose; may: whether a need is open and this may decide it.
    """

    person: NDArray[np.int32]
    trade: NDArray[np.int16]
    most: Floats
    luck: Floats
    may: NDArray[np.bool_]


def fresh_block(trades: int) -> Block:
    """A block of as many whole people as it has room for, one at least."""
    people = max(BLOCK // trades, 1)
    person = np.repeat(np.arange(people, dtype=np.int32), trades)
    trade = np.tile(np.arange(trades, dtype=np.int16), people)
    return Block(person, trade, np.empty(person.size), np.zeros(person.size),
                 np.empty(person.size, np.bool_))


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
    around: Around, left: Ints,
) -> None:
    """Those who decided are noticed by their ties; a client of the rest says nothing."""
    for n in range(person.size):
        p, j = index(person[n]), index(trade[n])
        left[j] -= 1
        own, rest = people.own[p, j], people.rest[p, j]
        happy = people.provider[p, j] == BUSINESS and own >= SATISFIED
        if people.provider[p, j] == REST and own != DISSATISFIED and rest != UNKNOWN:
            continue
        for place in range(ties.start[p], ties.weak[p]):
            one_more(index(ties.friend[place]), j, happy, around.strong, around.strong)
        for place in range(ties.weak[p], ties.start[p + 1]):
            one_more(index(ties.friend[place]), j, happy, around.weak, around.strong)


def _one_more(
    f: int, j: int, happy: bool, clients: NDArray[np.uint8], strong: NDArray[np.uint8]
) -> None:
    """One more tie of f has decided in trade j, of the kind that `clients` counts."""
    if happy and clients[f, j] < UNBOUND - 1:
        clients[f, j] += 1
    else:
        strong[f, j] = UNBOUND


one_more = inlined(_one_more)
notice = borrowing(_notice)


def _draw_all(key: np.uint64, week: int, first: int, size: int, block: Block) -> None:
    """The uniforms that choose; a loop of nothing else works on several at once."""
    for n in range(size):
        p, j = first + int(block.person[n]), int(block.trade[n])
        block.luck[n] = draw(key, p, 0, week, CHOICE, j, 0)


draw_all = inlined(_draw_all)


def _hold_against(
    provider: NDArray[np.uint8], news: NDArray[np.uint8], strong: NDArray[np.uint8],
    weak: NDArray[np.uint8], fading: Fading, block: Block,
) -> None:
    """Mark in `block` the open needs of its people that may be decided, going by H alone.

    Sums and comparisons without a question, so that several are done at once.
    """
    for n in range(provider.size):
        h = block.most[n] + (strong[n] * fading.strong + weak[n] * fading.weak)
        may = (strong[n] == UNBOUND) | (news[n] != 0) | (block.luck[n] < h * ROUNDING)
        block.may[n] = may & (provider[n] == NOBODY)


hold_against = inlined(_hold_against)


def _surely_waits(p: int, j: int, u: float, most: float, people: People, around: Around,
                  fading: Fading) -> bool:
    """Whether a need stays open, whatever ties say.

        H <= most + strong ties that are clients * h strong + weak ones * h weak
        waits if u >= 1 - exp(-H), since u < P or u < P(swayed) otherwise
    """
    if most == math.inf or around.strong[p, j] == UNBOUND or people.news[p, j] != 0:
        return False
    h = around.strong[p, j] * fading.strong + around.weak[p, j] * fading.weak
    return u >= -math.expm1(-(most + h) * ROUNDING) * ROUNDING


surely_waits = inlined(_surely_waits)


def _may_decide(
    key: np.uint64, week: int, people: People, seat: NDArray[np.int16], around: Around,
    most: Floats, fading: Fading, block: Block, room: Room, first: int, count: int, waiting: Ints,
) -> tuple[int, int]:
    """Note who may decide, from person `first` on, behind `count` who are noted; the others wait.

    Returns the person after the last who was looked at, where there may be no more room, and how
    many are noted. waiting: (K,) open needs, less those noted. Most are told by 1 - exp(-H) <= H.
    """
    trades, told = most.size, False
    for j in range(trades):
        told = told or most[j] < math.inf
    provider, news = people.provider.reshape(-1), people.news.reshape(-1)
    strong, weak = around.strong.reshape(-1), around.weak.reshape(-1)
    while first < seat.size and count + block.may.size <= room.person.size:
        start = first * trades
        end = min(start + block.may.size, provider.size)
        if told:
            draw_all(key, week, first, end - start, block)
        hold_against(provider[start:end], news[start:end], strong[start:end], weak[start:end],
                     fading, block)
        for n in range(end - start):
            if not block.may[n]:
                continue
            p, j = index(first + int(block.person[n])), index(block.trade[n])
            if seat[p] != j and not surely_waits(p, j, block.luck[n], most[j], people, around,
                                                 fading):
                room.person[count], room.trade[count] = p, j
                waiting[j] -= 1
                count += 1
        first += block.may.size // trades
    return first, count


may_decide = borrowing(_may_decide)


class Undecided:
    """The one-off needs of an arm that are still open, week after week.

        needs: once    a need of each person in each trade but the own, open every week until
                       decided; need_rate is not used
    """

    def __init__(self, world: World, state: State) -> None:
        self._world, self._people = world, state.people
        self._block = fresh_block(world.trades)
        size = self._block.may.size
        self._room = Room(np.empty(size, np.int32), np.empty(size, np.int16))
        self._around = Around(*np.zeros((2, world.size, world.trades), np.uint8))
        owners = np.bincount(world.seat[world.seat >= 0], minlength=world.trades)
        self._left = world.size - owners
        person, trade = np.nonzero(state.people.provider)
        self.notice(person.astype(np.int32), trade.astype(np.int16))

    def notice(self, person: Persons, trade: TradeIds) -> None:
        """These have decided."""
        notice(person, trade, self._world.ties, self._people, self._around, self._left)

    def of_week(self, week: int, most: Floats, fading: Fading) -> Due:
        """The needs to decide this week; `most` is the most hazard from all but ties, (K,).

        Where it is infinite, all that are open.
        """
        world, waiting = self._world, self._left.copy()
        self._block.most.reshape(-1, world.trades)[:] = most
        first = count = 0
        while True:
            first, count = may_decide(
                world.key, week, self._people, world.seat, self._around, most, fading,
                self._block, self._room, first, count, waiting)
            if first >= world.size:
                break
            more = 2 * self._room.person.size
            self._room = Room(np.resize(self._room.person, more),
                              np.resize(self._room.trade, more))
        person, trade = self._room.person[:count].copy(), self._room.trade[:count].copy()
        return Due(person, trade, np.zeros(count, np.int32), waiting)
