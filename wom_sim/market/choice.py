"""Choice: loyalty, then all the evidence that reaches a person, one decision, one source."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.chance import CHOICE, LOYALTY, ORDER, TURN, draw2, draws
from wom_sim.market.compiled import borrowing, index, inlined
from wom_sim.market.evidence import heard, minded, named, own_doubt, vote
from wom_sim.market.friends import Fading, knowing, rivals, turn_to_friends
from wom_sim.market.needs import Ordinals, Persons, TradeIds, job_size
from wom_sim.market.network import Ties
from wom_sim.market.persuasion import (
    COUNTS,
    Evidence,
    against_rivals,
    attribute,
    chances,
    clear,
    fresh_evidence,
    swayed,
)
from wom_sim.market.referral import Doors, referred
from wom_sim.market.state import (
    BUSINESS,
    BY_PARTNER,
    DELIGHTED,
    DISSATISFIED,
    NO_SOURCE,
    NOBODY,
    REPEAT,
    REQUESTED,
    REST,
    SATISFIED,
    UNKNOWN,
    UNPROMPTED,
    Floats,
    Ints,
    People,
    State,
    World,
)

ONCE = 1
"""Place of the word in the declaration of `trades.needs`."""


FETCHED = 32
"""Rows of ties fetched together."""


class Decisions(NamedTuple):
    """What became of a week's needs; arrays (needs,) in the order of `Needs`.

    open: 1 where loyalty did not keep it; provider: BUSINESS, REST, or NOBODY where a one-off
    need stays open; rejected: 1 where a one-off need ended by deciding against; turned: 1 where
    the business had no hours left; source: see SOURCES, -1 where the business did not get it;
    new: 1 for a first or returning client; grudge and drift: 1 where a dissatisfied or another
    client left; lost: clients expected to be lost to negative word of mouth; size: the business's
    job relative to the trade's median, else 0.
    referrer: trade that passed a referral, -1 without; tier: 1-3, 0 without; duplicate: further
    partners willing to pass.
    teller: the friend whose message or cue weighed most, -1 without.
    """

    open: NDArray[np.uint8]
    provider: NDArray[np.uint8]
    rejected: NDArray[np.uint8]
    turned: NDArray[np.uint8]
    source: NDArray[np.int8]
    new: NDArray[np.uint8]
    grudge: NDArray[np.uint8]
    drift: NDArray[np.uint8]
    lost: Floats
    size: Floats
    referrer: NDArray[np.int16]
    tier: NDArray[np.uint8]
    duplicate: NDArray[np.int16]
    teller: NDArray[np.int32]


def _stays(u: float, p: int, j: int, people: People, rules: Any) -> bool:
    """Whether the last provider keeps the need without a look around; `u` decides.

        P(stays | delighted)    = loyalty.delighted
        P(stays | satisfied)    = loyalty.satisfied
        P(stays | dissatisfied) = 1 - loyalty.grudge
    """
    provider = people.provider[p, j]
    if provider == NOBODY:
        return False
    experience = people.own[p, j] if provider == BUSINESS else people.rest[p, j]
    if experience == DELIGHTED:
        chance = rules.loyalty.delighted
    elif experience == SATISFIED:
        chance = rules.loyalty.satisfied
    else:
        chance = 1.0 - rules.loyalty.grudge
    return u < chance


stays = inlined(_stays)


def _win(n: int, source: int, before: int, out: Decisions) -> None:
    """The business wins a need from `source`; `before` is the person's provider so far."""
    out.provider[n] = BUSINESS
    out.source[n] = source
    out.new[n] = before != BUSINESS


win = inlined(_win)


def _open_need(
    key: np.uint64, week: int, n: int, p: int, j: int, o: int, world: World, people: People,
    doors: Doors, linked: NDArray[np.uint8], cued: NDArray[np.uint8], rules: Any, firms: Any,
    evidence: Evidence, fading: Fading, luck: Luck, out: Decisions,
) -> None:
    """Decide one open need: gather the evidence, choose, attribute.

        P(asks friends | open need) = ask_around
        needs: recurring    P(the rest) = 1 - P
        needs: once         P(decides against) = P(swayed) - P, for good
                            P(a rival) = P * (1 - H+ / (H+ + c * H_rest))
                            else the need stays open for another week
    """
    plus = evidence.plus
    clear(evidence)
    asked = strong = 0
    if luck.ask[n] < rules.friends.ask_around:
        asked, strong = turn_to_friends(
            key, week, p, (luck.strong[n], luck.weak[n]), world.ties, rules.friends.number,
            rules.population.ties.met, evidence.friends
        )
        relays = rules.friends.relay > 0.0
        kept = knowing(j, 0, strong, 0, people, relays, evidence.friends)
        asked, strong = knowing(j, strong, asked, kept, people, relays, evidence.friends), kept
    if doors.any[j]:
        out.referrer[n], out.tier[n], out.duplicate[n] = referred(
            key, week, p, j, o, rules.trades.job_spread, doors, world, linked, people, rules,
            evidence,
        )
    against, friend = heard(
        key, week, p, j, o, asked, strong, int(world.owner[j]), people, rules, evidence, fading
    )
    plus[REQUESTED], by = named(key, week, p, j, o, world.ties, people, firms, cued[j] > 0)
    out.teller[n] = by if by >= 0 else friend
    against_record, settled = minded(key, week, p, j, o, doors, rules, evidence, fading)
    against += against_record
    total = 0.0
    for source in range(BY_PARTNER, UNPROMPTED + 1):
        total += plus[source]
    once = rules.trades.needs == ONCE
    out.provider[n] = NOBODY if once else REST
    if settled:
        win(n, UNPROMPTED, people.provider[p, j], out)
        return
    if total <= 0.0 and not once:
        return
    own = own_doubt(week, p, j, people, rules, fading)
    if rules.choice.rule == COUNTS:
        vote(key, week, p, j, o, own, evidence)
    chance, without = chances(total, own, against, evidence.votes, rules.choice.rule)
    u = luck.choose[n]
    rest = 0.0
    if rules.choice.competition > 0.0 and (u < chance or chance != without):
        rest = rivals(key, week, p, j, o, asked, strong, people, rules, evidence, fading)
    left = against_rivals(total, rest, rules.choice.competition)
    out.lost[n] = (without - chance) * left
    if u < chance * left:
        win(n, attribute(luck.share[n], plus), people.provider[p, j], out)
    elif once:
        either = swayed(total, own + against, evidence.votes, rules.choice.rule)
        out.rejected[n] = chance <= u < either
        out.provider[n] = REST if u < either else NOBODY


open_need = inlined(_open_need)


def turn_away(n: Any, out: Decisions) -> None:
    """A business has no hours left for a need, or an array of needs: they go to the rest."""
    out.turned[n] = 1
    out.provider[n] = REST
    out.source[n] = NO_SOURCE
    out.new[n] = 0


# Kernels write it into themselves; called alone, it would be compiled anew in each process.
turn_one_away = inlined(turn_away)


class Foreseen(NamedTuple):
    """What those who decide one by one know of the jobs of the week; see `service.foresee`.

    places: (K,) jobs that can still be taken on; own: (needs, 2) how the need's job by the
    business will be judged, not referred and referred; rest: (needs,) and by the rest.
    """

    places: Ints
    own: NDArray[np.uint8]
    rest: NDArray[np.uint8]


NOTHING_FORESEEN = Foreseen(
    np.zeros(0, np.int64), np.zeros((0, 2), np.uint8), np.zeros(0, np.uint8)
)


def _at_once(
    week: int, n: int, p: int, j: int, foreseen: Foreseen, people: People, out: Decisions
) -> None:
    """Others learn of a decision before the week is over, and of how its job will turn out.

        updating: one_by_one    first come, first served: who finds no hours left goes to the rest
    """
    if out.provider[n] == BUSINESS:
        if foreseen.places[j] > 0:
            foreseen.places[j] -= 1
            people.provider[p, j] = BUSINESS
            came = BY_PARTNER <= out.source[n] <= REQUESTED
            people.own[p, j] = foreseen.own[n, 1 if came else 0]
            people.own_week[p, j] = week
            return
        turn_one_away(n, out)
    people.provider[p, j] = out.provider[n]
    if out.provider[n] == REST:
        people.rest[p, j] = UNKNOWN if out.rejected[n] else foreseen.rest[n]
        people.rest_week[p, j] = week


at_once = inlined(_at_once)


class Luck(NamedTuple):
    """Uniforms of each need, (needs,), drawn together: a loop of nothing else works on several at
    once.

    stay: whether loyalty keeps it; ask: whether friends are asked; strong, weak: from whom on, of
    each kind; choose: the business or not; share: from which source. row: see `fetch`.
    """

    stay: Floats
    ask: Floats
    strong: Floats
    weak: Floats
    choose: Floats
    share: Floats
    row: Ints


def fresh_luck(size: int) -> Luck:
    """Room for the uniforms of `size` needs."""
    stay, ask, strong, weak, choose, share = np.empty((6, size))
    return Luck(stay, ask, strong, weak, choose, share, np.empty(FETCHED, np.int64))


def _draw_all(
    key: np.uint64, week: int, person: NDArray[np.int32], trade: NDArray[np.int16],
    ordinal: NDArray[np.int32], stream: int, first: Floats, second: Floats,
) -> None:
    """Both uniforms of each need in one stream."""
    for n in range(person.size):
        p, j, o = int(person[n]), int(trade[n]), int(ordinal[n])
        first[n], second[n] = draw2(key, p, 0, week, stream, j, o)


draw_all = inlined(_draw_all)


def _fetch(first: int, person: NDArray[np.int32], ties: Ties, luck: Luck) -> None:
    """Look at the rows of ties of people from place `first` on, who are about to decide.

    These lie anywhere in memory: in a loop of nothing else, several come at once.
    """
    for n in range(first, min(first + FETCHED, person.size)):
        p = index(person[n])
        start, end = index(ties.start[p]), index(ties.start[p + 1])
        if start < end:
            luck.row[n - first] = ties.friend[start] ^ ties.friend[index(end - 1)]


fetch = inlined(_fetch)


def _decide(
    key: np.uint64, week: int, person: NDArray[np.int32], trade: NDArray[np.int16],
    ordinal: NDArray[np.int32], world: World, people: People, doors: Doors,
    linked: NDArray[np.uint8], cued: NDArray[np.uint8], book: Any, firms: Any,
    evidence: Evidence, fading: Fading, foreseen: Foreseen, luck: Luck, out: Decisions,
) -> None:
    """Decide every need of a week; results go to `out`.

    Together: on what was known at the week's start. One by one: each on what those before it
    chose, and how their jobs are foreseen.
    """
    rules = book[0]
    draw_all(key, week, person, trade, ordinal, LOYALTY, luck.stay, luck.ask)
    draw_all(key, week, person, trade, ordinal, TURN, luck.strong, luck.weak)
    draw_all(key, week, person, trade, ordinal, CHOICE, luck.choose, luck.share)
    for n in range(person.size):
        if n % FETCHED == 0:
            fetch(n, person, world.ties, luck)
        p, j, o = index(person[n]), index(trade[n]), int(ordinal[n])
        mine = people.provider[p, j] == BUSINESS
        if stays(luck.stay[n], p, j, people, rules):
            out.provider[n] = people.provider[p, j]
            out.source[n] = REPEAT if mine else NO_SOURCE
        else:
            out.open[n] = 1
            open_need(key, week, n, p, j, o, world, people, doors, linked, cued, rules, firms,
                      evidence, fading, luck, out)
        if out.provider[n] == BUSINESS:
            out.size[n] = job_size(key, p, j, o, rules.trades.job_spread)
        elif mine:
            unhappy = people.own[p, j] == DISSATISFIED
            out.grudge[n], out.drift[n] = unhappy, not unhappy
        if foreseen.places.size:
            at_once(week, n, p, j, foreseen, people, out)


decide = borrowing(_decide)


def fresh_decisions(size: int) -> Decisions:
    """Decisions about `size` needs before any is taken."""
    return Decisions(
        open=np.zeros(size, np.uint8),
        provider=np.zeros(size, np.uint8),
        rejected=np.zeros(size, np.uint8),
        turned=np.zeros(size, np.uint8),
        source=np.full(size, NO_SOURCE, np.int8),
        new=np.zeros(size, np.uint8),
        grudge=np.zeros(size, np.uint8),
        drift=np.zeros(size, np.uint8),
        lost=np.zeros(size),
        size=np.zeros(size),
        referrer=np.full(size, -1, np.int16),
        tier=np.zeros(size, np.uint8),
        duplicate=np.zeros(size, np.int16),
        teller=np.full(size, -1, np.int32),
    )


def in_turn(
    key: np.uint64, week: int, person: Persons, trade: TradeIds, ordinal: Ordinals
) -> Ints:
    """The keyed random order in which a week's needs are decided one by one, (needs,)."""
    turn = draws(key, person, week, ORDER, trade=trade, ordinal=ordinal)[:, 0]
    return np.argsort(turn, kind="stable")


def choose(
    world: World, state: State, week: int, person: Persons, trade: TradeIds, ordinal: Ordinals,
    doors: Doors, book: Any, firms: Any, fading: Fading, foreseen: Foreseen = NOTHING_FORESEEN,
) -> Decisions:
    """Decide a week's needs, in their order."""
    decisions = fresh_decisions(person.size)
    if person.size:
        number = int(book["friends"]["number"][0])
        decide(
            world.key, week, person, trade, ordinal, world, state.people,
            doors, state.partners.linked, state.businesses.cued, book, firms,
            fresh_evidence(world.trades, number), fading, foreseen, fresh_luck(person.size),
            decisions,
        )
    return decisions
