"""Choice: loyalty, the evidence that reaches a person with a need, persuasion, attribution."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.chance import (
    CHOICE,
    FRIEND,
    LOYALTY,
    MASK,
    MIND,
    PARTNER,
    SIGNAL,
    TURN,
    draw,
    draw2,
    half,
    hazard,
)
from wom_sim.market.compiled import compiled, inlined
from wom_sim.market.needs import Needs, job_size
from wom_sim.market.network import Ties
from wom_sim.market.state import (
    BUSINESS,
    DELIGHTED,
    DISSATISFIED,
    NOBODY,
    REST,
    SATISFIED,
    Floats,
    People,
    State,
    World,
)

REPEAT, BY_PARTNER, ASKED_FRIEND, WORD_OF_MOUTH, REQUESTED, PUBLIC_RECORD, UNPROMPTED = range(7)
"""Sources of a job: kept by loyalty, or one of the six sources of a won client."""

NO_SOURCE = -1

SOURCES = ("repeat", "partner", "asked_friend", "word_of_mouth", "requested", "public_record",
           "unprompted")

VETO, COMPETE, COUNTS = 0, 1, 2


class Decisions(NamedTuple):
    """What became of a week's needs; arrays (needs,) in the order of `Needs`.

    open: 1 where loyalty did not keep it; provider: BUSINESS or REST; source: see SOURCES, -1
    where the rest got it; new: 1 for a first or returning client; grudge: 1 where a
    dissatisfied client left; lost: clients expected to be lost to negative word of mouth;
    size: job relative to the trade's median. referrer: trade that passed a referral, -1
    without; tier: 1-3, 0 without; duplicate: further partners willing to pass.
    teller: the friend whose message or cue weighed most, -1 without; strength: hazard heard.
    """

    open: NDArray[np.uint8]
    provider: NDArray[np.uint8]
    source: NDArray[np.int8]
    new: NDArray[np.uint8]
    grudge: NDArray[np.uint8]
    lost: Floats
    size: Floats
    referrer: NDArray[np.int16]
    tier: NDArray[np.uint8]
    duplicate: NDArray[np.int16]
    teller: NDArray[np.int32]


class Doors(NamedTuple):
    """This week's standing of businesses, read by every decision.

    door: (K, K) row j, column i: chance that partner i, when a need of j comes up and is
    recognised, passes it (0 without a link); training: (K, K) of i for j in row j;
    any: (K,) whether anybody refers to j; good, bad: (K,) hazards of j's public record.
    """

    door: Floats
    training: Floats
    any: NDArray[np.uint8]
    good: Floats
    bad: Floats


def _signal(
    key: np.uint64, person: int, number: int, week: int, trade: int, ordinal: int, h: float
) -> bool:
    """Whether a positive message of hazard `h` convinces, drawn on its own (rule counts)."""
    return draw2(key, person, number, week, SIGNAL, trade, ordinal)[0] < 1.0 - math.exp(-h)


signal = inlined(_signal)


def _doubt(
    key: np.uint64, person: int, number: int, week: int, trade: int, ordinal: int, h: float
) -> bool:
    """Whether a negative message of hazard `h` puts off, drawn on its own (rule counts)."""
    return draw2(key, person, number, week, SIGNAL, trade, ordinal)[1] < 1.0 - math.exp(-h)


doubt = inlined(_doubt)


def _persuaded(plus: float, minus: float, rule: int) -> float:
    """Chance to be won by hazards `plus` and `minus` (model, section 3).

    veto: p+ (1 - p-). compete: p+ (1 - p-) + a p+ p-, a = p+ / (p+ + p-) (Goldenberg, Libai,
    Moldovan & Muller 2007).
    """
    if plus <= 0.0:
        return 0.0
    p, n = -math.expm1(-plus), -math.expm1(-minus)
    won = p * (1.0 - n)
    if rule == COMPETE:
        won += p * n * p / (p + n)
    return won


persuaded = inlined(_persuaded)


def _against_rivals(plus: float, rest: float, competition: float) -> float:
    """Share of a persuaded prospect that rivals' recommendations leave, H+ / (H+ + c H_rest)."""
    return plus / (plus + competition * rest) if plus > 0.0 else 0.0


against_rivals = inlined(_against_rivals)


def _negative(q: float, weight: float) -> float:
    """Hazard of a negative message: weight times as strong as a positive one, at most .99."""
    return hazard(min(weight * q, 0.99))


negative = inlined(_negative)


def _stays(
    key: np.uint64, week: int, p: int, j: int, o: int, people: People, rules: Any
) -> bool:
    """Whether the last provider keeps the need without a look around."""
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
    return draw(key, p, 0, week, LOYALTY, j, o) < chance


stays = inlined(_stays)


def _friend_says(
    key: np.uint64, week: int, p: int, j: int, o: int, f: int, strong: bool,
    people: People, rules: Any,
) -> tuple[float, float, float]:
    """Hazards for the business, against it and for the rest that one asked friend adds.

    Clients recommend, the dissatisfied warn, clients of the rest recommend the rest, and who
    has no experience relays what was heard. One uniform says whether the friend speaks.
    """
    says, own, heard = rules.friends, people.own[f, j], people.heard[f, j]
    q = says.strong if strong else says.weak
    plus = minus = rest = 0.0
    provider = people.provider[f, j]
    if provider == NOBODY:
        fade = says.relay * half(week - heard, rules.talk.memory_half_life)
        return people.good[f, j] * fade, people.bad[f, j] * fade, 0.0
    u = draw(key, p, f, week, FRIEND, j, o)
    if own == DISSATISFIED:
        if u < says.warn:
            minus = negative(q, rules.choice.negative_weight)
            minus *= half(week - people.own_week[f, j], says.recall_half_life)
    elif provider == BUSINESS and u < recommends(int(own), rules):
        plus = hazard(q) * half(week - people.own_week[f, j], says.recall_half_life)
    if provider == REST and u < recommends(int(people.rest[f, j]), rules):
        rest = hazard(q) * half(week - people.rest_week[f, j], says.recall_half_life)
    return plus, minus, rest


def _recommends(experience: int, rules: Any) -> float:
    """Chance that a client of this experience recommends when asked."""
    if experience == DELIGHTED:
        return rules.friends.recommend_delighted
    return rules.friends.recommend_satisfied if experience == SATISFIED else 0.0


recommends = inlined(_recommends)
friend_says = inlined(_friend_says)


def _ask_friends(
    key: np.uint64, week: int, p: int, j: int, o: int, ties: Ties, people: People, rules: Any,
    heard: Floats,
) -> int:
    """Sum what asked friends say into `heard` (for, against, rest, signals for, against).

    Strong ties first, from a starting place of their own. Returns the friend who
    recommended most strongly, -1 when none did.
    """
    u, v = draw2(key, p, 0, week, TURN, j, o)
    best, best_h = -1, 0.0
    left = rules.friends.number
    for kind in range(2):
        first = ties.start[p] if kind == 0 else ties.weak[p]
        size = (ties.weak[p] if kind == 0 else ties.start[p + 1]) - first
        turn = int((u if kind == 0 else v) * size)
        for a in range(min(left, size)):
            f = int(ties.friend[first + (turn + a) % size])
            plus, minus, rest = friend_says(key, week, p, j, o, f, kind == 0, people, rules)
            heard[0] += plus
            heard[1] += minus
            heard[2] += rest
            if rules.choice.rule == COUNTS:
                heard[3] += signal(key, p, f, week, j, o, plus)
                heard[4] += doubt(key, p, f, week, j, o, minus)
            if plus > best_h:
                best, best_h = f, plus
        left -= min(left, size)
    return best


ask_friends = inlined(_ask_friends)


def _named(
    key: np.uint64, week: int, p: int, j: int, o: int, ties: Ties, people: People, firms: Any,
    cued: bool,
) -> tuple[float, int]:
    """Hazard of having been named by asked clients, and the client whose cue spoke (-1)."""
    asking = firms[j].asking
    h, by = 0.0, -1
    if people.request[p, j] > 0.0:
        h = people.request[p, j] * half(week - people.requested[p, j], asking.request_half_life)
    if cued:
        for place in range(ties.start[p], ties.start[p + 1]):
            f = int(ties.friend[place])
            if people.cue[f, j] == ties.circle[place] + 1:
                chance = asking.cue * half(week - people.cue_week[f, j], asking.cue_half_life)
                if draw2(key, p, f, week, FRIEND, j, o)[1] < chance:
                    h += hazard(asking.persuade)
                    by = f
    return h, by


named = inlined(_named)


def _contact(
    week: int, p: int, i: int, near: NDArray[np.uint8], world: World, linked: NDArray[np.uint8],
    people: People, rules: Any,
) -> tuple[float, int]:
    """Chance that partner i meets this person's need, and the tier of such a referral.

    Tier 1: the person is a partner too; 2: a contact of the partner; 3: a contact that itself
    came by a referral. The closest contact counts.
    """
    contact = rules.referral.contact
    seat = world.seat[p]
    best, tier = 0.0, 0
    if (
        people.provider[p, i] == BUSINESS
        and people.own[p, i] >= SATISFIED
        and week - people.own_week[p, i] <= rules.referral.window
    ):
        best, tier = contact.client, 2 + people.via[p, i]
    if near[i] and contact.friend > best:
        best, tier = contact.friend, 2
    if seat >= 0 and (seat == i or linked[seat, i]) and contact.member > best:
        best, tier = contact.member, 1
    return best, tier


contact_of = inlined(_contact)


def _recognition(training: float, size: float, rules: Any) -> float:
    """Chance that a partner sees that the need fits: grows with training and the job's size."""
    referral = rules.referral
    seen = referral.recognise_untrained
    seen += (referral.recognise_trained - referral.recognise_untrained) * training
    return 1.0 - (1.0 - seen) ** (size**referral.size_effect)


recognition = inlined(_recognition)


def _ask_partners(
    key: np.uint64, week: int, p: int, j: int, o: int, size: float, doors: Doors, world: World,
    linked: NDArray[np.uint8], near: NDArray[np.uint8], people: People, rules: Any,
) -> tuple[int, int, int]:
    """The partner who passes this need, the tier, and how many more were willing; -1, 0, 0."""
    first, first_u, tier, willing = -1, 2.0, 0, 0
    for i in range(world.trades):
        if doors.door[j, i] <= 0.0 or i == j or people.deaf[p, i]:
            continue
        contact, level = contact_of(week, p, i, near, world, linked, people, rules)
        if contact <= 0.0:
            continue
        chance = contact * doors.door[j, i] * recognition(doors.training[j, i], size, rules)
        u, turn = draw2(key, p, i, week, PARTNER, j, o)
        if u < chance:
            willing += 1
            if turn < first_u:
                first, first_u, tier = i, turn, level
    return first, tier, max(willing - 1, 0)


ask_partners = inlined(_ask_partners)


def _attribute(u: float, plus: Floats) -> int:
    """The source whose running share of the positive hazards exceeds u."""
    total = 0.0
    for source in range(BY_PARTNER, UNPROMPTED + 1):
        total += plus[source]
    running, last = 0.0, NO_SOURCE
    for source in range(BY_PARTNER, UNPROMPTED + 1):
        if plus[source] > 0.0:
            running += plus[source]
            last = source
            if running > u * total:
                break
    return last


attribute = inlined(_attribute)


def _decide(
    key: np.uint64, week: int, person: NDArray[np.int32], trade: NDArray[np.int16],
    ordinal: NDArray[np.int32], spread: float, world: World, people: People, doors: Doors,
    linked: NDArray[np.uint8], cued: NDArray[np.uint8], rules: Any, firms: Any, out: Decisions,
) -> None:
    """Decide every need of a week on what was known at its start; results go to `out`."""
    near = np.zeros(world.trades, np.uint8)
    plus, heard = np.zeros(UNPROMPTED + 1), np.zeros(5)
    counts = rules.choice.rule == COUNTS
    for n in range(person.size):
        p, j, o = int(person[n]), int(trade[n]), int(ordinal[n])
        out.size[n] = job_size(key, p, j, o, spread)
        if stays(key, week, p, j, o, people, rules):
            out.provider[n] = people.provider[p, j]
            out.source[n] = REPEAT if out.provider[n] == BUSINESS else NO_SOURCE
            continue
        out.open[n] = 1
        client = people.provider[p, j] == BUSINESS
        out.grudge[n] = client and people.own[p, j] == DISSATISFIED
        plus[:] = 0.0
        heard[:] = 0.0
        against, own, signals, doubts = 0.0, 0.0, 0, 0
        mind, look = draw2(key, p, 0, week, MIND, j, o)
        if mind < rules.choice.awareness:
            plus[UNPROMPTED] = hazard(rules.choice.close_unprompted)
        if doors.any[j]:
            for place in range(world.near_start[p], world.near_start[p + 1]):
                near[world.near[place]] = 1
            i, out.tier[n], out.duplicate[n] = ask_partners(
                key, week, p, j, o, out.size[n], doors, world, linked, near, people, rules
            )
            for place in range(world.near_start[p], world.near_start[p + 1]):
                near[world.near[place]] = 0
            out.referrer[n] = i
            if i >= 0:
                pitch = rules.referral.close_untrained
                pitch += (rules.referral.close_trained - pitch) * doors.training[j, i]
                plus[BY_PARTNER] = hazard(pitch)
        fade = half(week - people.heard[p, j], rules.talk.memory_half_life)
        good, bad = people.good[p, j] * fade, people.bad[p, j] * fade
        asked = draw2(key, p, 0, week, LOYALTY, j, o)[1] < rules.friends.ask_around
        if asked:
            out.teller[n] = ask_friends(
                key, week, p, j, o, world.ties, people, rules, heard
            )
        if heard[0] > good:
            plus[ASKED_FRIEND] = heard[0]
            signals += int(heard[3])
        else:
            plus[WORD_OF_MOUTH] = good
            out.teller[n] = -1
            if counts:
                signals += signal(key, p, MASK - WORD_OF_MOUTH, week, j, o, good)
        if heard[1] > bad:
            against = heard[1]
            doubts += int(heard[4])
        else:
            against = bad
            if counts:
                doubts += doubt(key, p, MASK - WORD_OF_MOUTH, week, j, o, bad)
        plus[REQUESTED], by = named(
            key, week, p, j, o, world.ties, people, firms, cued[j] > 0
        )
        if by >= 0:
            out.teller[n] = by
        if look < rules.record.look_up:
            plus[PUBLIC_RECORD] = doors.good[j]
            against += doors.bad[j]
            if counts:
                doubts += doubt(key, p, MASK - PUBLIC_RECORD, week, j, o, doors.bad[j])
        if people.own[p, j] == DISSATISFIED:
            own = hazard(rules.choice.own_bad)
            own *= half(week - people.own_week[p, j], rules.friends.recall_half_life)
        total = 0.0
        for source in range(BY_PARTNER, UNPROMPTED + 1):
            total += plus[source]
        if counts:
            for source in (BY_PARTNER, REQUESTED, PUBLIC_RECORD, UNPROMPTED):
                signals += signal(key, p, MASK - source, week, j, o, plus[source])
            own_doubt = int(doubt(key, p, MASK, week, j, o, own))
            without = signals / (signals + own_doubt) if signals > 0 else 0.0
            chance = signals / (signals + own_doubt + doubts) if signals > 0 else 0.0
        else:
            without = persuaded(total, own, rules.choice.rule)
            chance = persuaded(total, own + against, rules.choice.rule)
        left = against_rivals(total, heard[2], rules.choice.competition)
        out.lost[n] = (without - chance) * left
        u, share = draw2(key, p, 0, week, CHOICE, j, o)
        if u < chance * left:
            out.provider[n] = BUSINESS
            out.source[n] = attribute(share, plus)
            out.new[n] = not client
        else:
            out.provider[n] = REST
            out.source[n] = NO_SOURCE


decide = compiled(_decide)


def fresh_decisions(size: int) -> Decisions:
    """Decisions about `size` needs before any is taken."""
    return Decisions(
        open=np.zeros(size, np.uint8),
        provider=np.zeros(size, np.uint8),
        source=np.full(size, NO_SOURCE, np.int8),
        new=np.zeros(size, np.uint8),
        grudge=np.zeros(size, np.uint8),
        lost=np.zeros(size),
        size=np.zeros(size),
        referrer=np.full(size, -1, np.int16),
        tier=np.zeros(size, np.uint8),
        duplicate=np.zeros(size, np.int16),
        teller=np.full(size, -1, np.int32),
    )


def choose(
    world: World, state: State, needs: Needs, place: int, week: int, doors: Doors, rules: Any,
    firms: Any,
) -> tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.int32], Decisions]:
    """Decide the needs in calendar place `place`; returns person, trade, ordinal, decisions."""
    span = slice(int(needs.first[place]), int(needs.first[place + 1]))
    person, trade, ordinal = needs.person[span], needs.trade[span], needs.ordinal[span]
    decisions = fresh_decisions(person.size)
    decide(
        world.key, week, person, trade, ordinal, rules.trades.job_spread, world, state.people,
        doors, state.partners.linked, state.businesses.cued, rules, firms, decisions,
    )
    return person, trade, ordinal, decisions
