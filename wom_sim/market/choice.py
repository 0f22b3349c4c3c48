"""Choice: loyalty, then all the evidence that reaches a person, one decision, one source."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.chance import CHOICE, LOYALTY, ORDER, draw2, draws
from wom_sim.market.compiled import borrowing, inlined
from wom_sim.market.evidence import heard, minded, named, own_doubt, vote
from wom_sim.market.friends import Fading, rivals, turn_to_friends
from wom_sim.market.needs import Ordinals, Persons, TradeIds, job_size
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
    key: np.uint64, week: int, n: int, p: int, j: int, o: int, asks: bool, world: World,
    people: People, doors: Doors, linked: NDArray[np.uint8], cued: NDArray[np.uint8], rules: Any,
    firms: Any, evidence: Evidence, fading: Fading, out: Decisions,
) -> None:
    """Decide one open need: gather the evidence, choose, attribute.

        needs: recurring    P(the rest) = 1 - P
        needs: once         P(decides against) = P(swayed) - P, for good
                            P(a rival) = P * (1 - H+ / (H+ + competition * H_rest))
                            else the need stays open for another week
    """
    plus = evidence.plus
    clear(evidence)
    asked = strong = 0
    if asks:
        asked, strong = turn_to_friends(
            key, week, p, j, o, world.ties, rules.friends.number, rules.population.ties.met,
            evidence.friends
        )
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
    against_record, settled = minded(key, week, p, j, o, doors, rules, evidence)
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
    u, share = draw2(key, p, 0, week, CHOICE, j, o)
    rest = 0.0
    if u < chance or chance != without:
        rest = rivals(key, week, p, j, o, asked, strong, people, rules, evidence, fading)
    left = against_rivals(total, rest, rules.choice.competition)
    out.lost[n] = (without - chance) * left
    if u < chance * left:
        win(n, attribute(share, plus), people.provider[p, j], out)
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


def _decide(
    key: np.uint64, week: int, person: NDArray[np.int32], trade: NDArray[np.int16],
    ordinal: NDArray[np.int32], world: World, people: People, doors: Doors,
    linked: NDArray[np.uint8], cued: NDArray[np.uint8], book: Any, firms: Any,
    evidence: Evidence, fading: Fading, foreseen: Foreseen, out: Decisions,
) -> None:
    """Decide every need of a week; results go to `out`.

    Together: on what was known at the week's start. One by one: each on what those before it
    chose, and how their jobs are foreseen.

        P(asks friends | open need) = ask_around
    """
    rules = book[0]
    for n in range(person.size):
        p, j, o = int(person[n]), int(trade[n]), int(ordinal[n])
        keep = ask = 0.0  # where nobody could keep it, and asking around is certain
        if people.provider[p, j] != NOBODY or 0.0 < rules.friends.ask_around < 1.0:
            keep, ask = draw2(key, p, 0, week, LOYALTY, j, o)
        mine = people.provider[p, j] == BUSINESS
        if stays(keep, p, j, people, rules):
            out.provider[n] = people.provider[p, j]
            out.source[n] = REPEAT if mine else NO_SOURCE
        else:
            out.open[n] = 1
            open_need(key, week, n, p, j, o, ask < rules.friends.ask_around, world, people,
                      doors, linked, cued, rules, firms, evidence, fading, out)
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
            fresh_evidence(world.trades, number), fading, foreseen, decisions,
        )
    return decisions
