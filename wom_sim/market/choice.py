"""Choice: loyalty, then all the evidence that reaches a person, one decision, one source."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.chance import CHOICE, LOYALTY, draw2
from wom_sim.market.compiled import borrowing, inlined
from wom_sim.market.evidence import heard, minded, named, own_doubt, vote
from wom_sim.market.friends import Fading, rivals, turn_to_friends
from wom_sim.market.needs import Needs, job_size
from wom_sim.market.persuasion import (
    COUNTS,
    Evidence,
    against_rivals,
    attribute,
    chances,
    clear,
    fresh_evidence,
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
    UNPROMPTED,
    Floats,
    People,
    State,
    World,
)


class Decisions(NamedTuple):
    """What became of a week's needs; arrays (needs,) in the order of `Needs`.

    open: 1 where loyalty did not keep it; provider: BUSINESS or REST; source: see SOURCES, -1
    where the rest got it; new: 1 for a first or returning client; grudge and drift: 1 where
    a dissatisfied or another client left; lost: clients expected to be lost to negative word
    of mouth; size: the business's job relative to the trade's median, else 0.
    referrer: trade that passed a referral, -1 without; tier: 1-3, 0 without; duplicate: further
    partners willing to pass.
    teller: the friend whose message or cue weighed most, -1 without.
    """

    open: NDArray[np.uint8]
    provider: NDArray[np.uint8]
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


def _open_need(
    key: np.uint64, week: int, n: int, p: int, j: int, o: int, asks: bool, world: World,
    people: People, doors: Doors, linked: NDArray[np.uint8], cued: NDArray[np.uint8], rules: Any,
    firms: Any, evidence: Evidence, fading: Fading, out: Decisions,
) -> None:
    """Decide one open need: gather the evidence, choose, attribute."""
    plus = evidence.plus
    clear(evidence)
    asked = strong = 0
    if asks:
        asked, strong = turn_to_friends(
            key, week, p, j, o, world.ties, rules.friends.number, evidence.friends
        )
    if doors.any[j]:
        out.referrer[n], out.tier[n], out.duplicate[n] = referred(
            key, week, p, j, o, rules.trades.job_spread, doors, world, linked, people, rules,
            evidence,
        )
    against, friend = heard(
        key, week, p, j, o, asked, strong, world.seat, people, rules, evidence, fading
    )
    plus[REQUESTED], by = named(key, week, p, j, o, world.ties, people, firms, cued[j] > 0)
    out.teller[n] = by if by >= 0 else friend
    against += minded(key, week, p, j, o, doors, rules, evidence)
    total = 0.0
    for source in range(BY_PARTNER, UNPROMPTED + 1):
        total += plus[source]
    out.provider[n] = REST
    if total <= 0.0:
        return
    own = own_doubt(week, p, j, people, rules, fading)
    if rules.choice.rule == COUNTS:
        vote(key, week, p, j, o, own, evidence)
    chance, without = chances(total, own, against, evidence.votes, rules.choice.rule)
    rest = rivals(key, week, p, j, o, asked, strong, people, rules, evidence, fading)
    left = against_rivals(total, rest, rules.choice.competition)
    out.lost[n] = (without - chance) * left
    u, share = draw2(key, p, 0, week, CHOICE, j, o)
    if u < chance * left:
        out.provider[n] = BUSINESS
        out.source[n] = attribute(share, plus)
        out.new[n] = people.provider[p, j] != BUSINESS


open_need = inlined(_open_need)


def _decide(
    key: np.uint64, week: int, person: NDArray[np.int32], trade: NDArray[np.int16],
    ordinal: NDArray[np.int32], world: World, people: People, doors: Doors,
    linked: NDArray[np.uint8], cued: NDArray[np.uint8], book: Any, firms: Any,
    evidence: Evidence, fading: Fading, out: Decisions,
) -> None:
    """Decide every need of a week on what was known at its start; results go to `out`.

        P(asks friends | open need) = ask_around
    """
    rules = book[0]
    for n in range(person.size):
        p, j, o = int(person[n]), int(trade[n]), int(ordinal[n])
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


decide = borrowing(_decide)


def fresh_decisions(size: int) -> Decisions:
    """Decisions about `size` needs before any is taken."""
    return Decisions(
        open=np.zeros(size, np.uint8),
        provider=np.zeros(size, np.uint8),
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


def choose(
    world: World, state: State, needs: Needs, place: int, week: int, doors: Doors, book: Any,
    firms: Any, fading: Fading,
) -> tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.int32], Decisions]:
    """Decide the needs in calendar place `place`; returns person, trade, ordinal, decisions."""
    span = slice(int(needs.first[place]), int(needs.first[place + 1]))
    person, trade, ordinal = needs.person[span], needs.trade[span], needs.ordinal[span]
    decisions = fresh_decisions(person.size)
    if not person.size:
        return person, trade, ordinal, decisions
    decide(
        world.key, week, person, trade, ordinal, world, state.people,
        doors, state.partners.linked, state.businesses.cued, book, firms,
        fresh_evidence(world.trades, int(book["friends"]["number"][0])), fading, decisions,
    )
    return person, trade, ordinal, decisions
