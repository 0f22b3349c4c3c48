"""Evidence: what reaches a person with a need, channel by channel, before anything is chosen.

Each function adds hazards of messages for the business, against it, or for the rest.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.chance import (
    FRIEND,
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
from wom_sim.market.needs import job_size
from wom_sim.market.network import Ties
from wom_sim.market.state import (
    ASKED_FRIEND,
    BUSINESS,
    BY_PARTNER,
    DELIGHTED,
    DISSATISFIED,
    NOBODY,
    PUBLIC_RECORD,
    REQUESTED,
    REST,
    SATISFIED,
    UNPROMPTED,
    WORD_OF_MOUTH,
    Floats,
    People,
    World,
)
from wom_sim.scenario.parameters import Parameters

COUNTS = 2
"""Place of the choice rule that draws messages one by one."""


class Evidence(NamedTuple):
    """Scratch for one need.

    plus: (7,) hazard for the business by source; votes: (3,) messages drawn for, against, and
    own doubts (rule counts); friends: (number,) ties asked, strong ones first; near: (K,) 1
    where the owner is a tie.
    """

    plus: Floats
    votes: NDArray[np.int64]
    friends: NDArray[np.int64]
    near: NDArray[np.uint8]


def fresh_evidence(trades: int, friends: int) -> Evidence:
    """Scratch for a town of `trades` trades whose people ask up to `friends` ties."""
    return Evidence(
        np.zeros(UNPROMPTED + 1), np.zeros(3, np.int64), np.zeros(friends, np.int64),
        np.zeros(trades, np.uint8),
    )


def _clear(evidence: Evidence) -> None:
    """Forget the last need."""
    for source in range(UNPROMPTED + 1):
        evidence.plus[source] = 0.0
    for vote in range(3):
        evidence.votes[vote] = 0


clear = inlined(_clear)


class Fading(NamedTuple):
    """What is left of experiences and stories by age in whole weeks; arrays (ages,).

    strong, weak: hazard of a fresh recommendation over a tie.
    """

    recall: Floats
    memory: Floats
    strong: float
    weak: float


def fading_of(parameters: Parameters, ages: int) -> Fading:
    """Tables for ages 0 to `ages` - 1."""
    friends, memory = parameters.friends, parameters.talk.memory_half_life
    recall = np.array([0.5 ** (age / friends.recall_half_life) for age in range(ages)])
    heard = np.array([0.5 ** (age / memory) for age in range(ages)])
    return Fading(recall, heard, hazard(friends.strong), hazard(friends.weak))


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


signal = compiled(_signal, "b1(u8, i8, i8, i8, i8, i8, f8)")


def _doubt(
    key: np.uint64, person: int, number: int, week: int, trade: int, ordinal: int, h: float
) -> bool:
    """Whether a negative message of hazard `h` puts off, drawn on its own (rule counts)."""
    return draw2(key, person, number, week, SIGNAL, trade, ordinal)[1] < 1.0 - math.exp(-h)


doubt = compiled(_doubt, "b1(u8, i8, i8, i8, i8, i8, f8)")


def _negative(q: float, weight: float) -> float:
    """Hazard of a negative message: weight times as strong as a positive one, at most .99."""
    return hazard(min(weight * q, 0.99))


negative = compiled(_negative, "f8(f8, f8)")


def _recommends(experience: int, rules: Any) -> float:
    """Chance that a client of this experience recommends when asked."""
    if experience == DELIGHTED:
        return rules.friends.recommend_delighted
    return rules.friends.recommend_satisfied if experience == SATISFIED else 0.0


recommends = inlined(_recommends)


def _friend_says(
    key: np.uint64, week: int, p: int, j: int, o: int, f: int, strong: bool, people: People,
    rules: Any, fading: Fading,
) -> tuple[float, float]:
    """Hazards for and against the business that one asked friend adds.

    Clients recommend, the dissatisfied warn, and who has no experience relays what was
    heard.
    """
    says, own, provider = rules.friends, people.own[f, j], people.provider[f, j]
    if provider == NOBODY:
        if people.good[f, j] == 0.0 and people.bad[f, j] == 0.0:
            return 0.0, 0.0
        weight = says.relay * fading.memory[week - people.heard[f, j]]
        return people.good[f, j] * weight, people.bad[f, j] * weight
    if own != DISSATISFIED and provider == REST:
        return 0.0, 0.0
    u = draw(key, p, f, week, FRIEND, j, o)
    recall = fading.recall[week - people.own_week[f, j]]
    if own != DISSATISFIED:
        h = fading.strong if strong else fading.weak
        return h * recall if u < recommends(int(own), rules) else 0.0, 0.0
    if u >= says.warn:
        return 0.0, 0.0
    q = says.strong if strong else says.weak
    return 0.0, negative(q, rules.choice.negative_weight) * recall


friend_says = inlined(_friend_says)


def _turn_to_friends(
    key: np.uint64, week: int, p: int, j: int, o: int, ties: Ties, number: int,
    friends: NDArray[np.int64],
) -> tuple[int, int]:
    """Whom a person asks: strong ties first, each kind from a starting place of its own.

    Fills `friends`; returns how many are asked, and how many of them are strong ties.
    """
    turns = draw2(key, p, 0, week, TURN, j, o)
    asked = strong = 0
    for kind in range(2):
        first = ties.start[p] if kind == 0 else ties.weak[p]
        size = (ties.weak[p] if kind == 0 else ties.start[p + 1]) - first
        turn = int(turns[kind] * size)
        for a in range(min(number - asked, size)):
            place = turn + a if turn + a < size else turn + a - size
            friends[asked + a] = ties.friend[first + place]
        asked += min(number - asked, size)
        if kind == 0:
            strong = asked
    return asked, strong


turn_to_friends = inlined(_turn_to_friends)


def _ask_friends(
    key: np.uint64, week: int, p: int, j: int, o: int, asked: int, strong: int,
    seat: NDArray[np.int16], people: People, rules: Any, evidence: Evidence, fading: Fading,
) -> tuple[float, float, int]:
    """Hazards for and against the business from all friends asked, votes where rules count.

    Also returns the friend who recommended most strongly, -1 when none did. An owner is no
    witness of the own business.
    """
    plus = minus = best_h = 0.0
    best = -1
    for a in range(asked):
        f = evidence.friends[a]
        if seat[f] == j:
            continue
        good, bad = friend_says(key, week, p, j, o, f, a < strong, people, rules, fading)
        plus += good
        minus += bad
        if rules.choice.rule == COUNTS:
            evidence.votes[0] += signal(key, p, f, week, j, o, good)
            evidence.votes[1] += doubt(key, p, f, week, j, o, bad)
        if good > best_h:
            best, best_h = f, good
    return plus, minus, best


ask_friends = inlined(_ask_friends)


def _rivals(
    key: np.uint64, week: int, p: int, j: int, o: int, asked: int, strong: int, people: People,
    rules: Any, evidence: Evidence, fading: Fading,
) -> float:
    """Hazard for the rest from its clients among the friends asked.

    The uniform that says whether a friend speaks is the one of `friend_says`.
    """
    rest = 0.0
    for a in range(asked):
        f = evidence.friends[a]
        if people.provider[f, j] != REST:
            continue
        if draw(key, p, f, week, FRIEND, j, o) < recommends(int(people.rest[f, j]), rules):
            h = fading.strong if a < strong else fading.weak
            rest += h * fading.recall[week - people.rest_week[f, j]]
    return rest


rivals = inlined(_rivals)


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
            happy = people.provider[f, j] == BUSINESS and people.own[f, j] >= SATISFIED
            if happy and people.cue[f, j] == ties.circle[place] + 1:
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
    key: np.uint64, week: int, p: int, j: int, o: int, spread: float, doors: Doors,
    world: World, linked: NDArray[np.uint8], near: NDArray[np.uint8], people: People, rules: Any,
) -> tuple[int, int, int]:
    """The partner who passes this need, the tier, and how many more were willing; -1, 0, 0."""
    first, first_u, tier, willing, size = -1, 2.0, 0, 0, 0.0
    for i in range(world.trades):
        if people.provider[p, i] != BUSINESS and near[i] == 0 and world.seat[p] < 0:
            continue
        if doors.door[j, i] <= 0.0 or people.deaf[p, i]:
            continue
        contact, level = contact_of(week, p, i, near, world, linked, people, rules)
        if contact <= 0.0:
            continue
        size = job_size(key, p, j, o, spread) if size == 0.0 else size
        chance = contact * doors.door[j, i] * recognition(doors.training[j, i], size, rules)
        u, turn = draw2(key, p, i, week, PARTNER, j, o)
        if u < chance:
            willing += 1
            if turn < first_u:
                first, first_u, tier = i, turn, level
    return first, tier, max(willing - 1, 0)


ask_partners = inlined(_ask_partners)


def _heard(
    key: np.uint64, week: int, p: int, j: int, o: int, asked: int, strong: int,
    seat: NDArray[np.int16], people: People, rules: Any, evidence: Evidence, fading: Fading,
) -> tuple[float, int]:
    """Memory and asked friends; a story counts once, so that the stronger of the two speaks.

    Enters the hazard for the business; returns the one against it, and the friend behind a
    recommendation (-1 without).
    """
    plus, votes = evidence.plus, evidence.votes
    good = bad = 0.0
    if people.good[p, j] > 0.0 or people.bad[p, j] > 0.0:
        fade = fading.memory[week - people.heard[p, j]]
        good, bad = people.good[p, j] * fade, people.bad[p, j] * fade
    told_good, told_bad, friend = ask_friends(
        key, week, p, j, o, asked, strong, seat, people, rules, evidence, fading
    )
    counts = rules.choice.rule == COUNTS
    number = MASK - WORD_OF_MOUTH
    if told_good > good:
        plus[ASKED_FRIEND] = told_good
    else:
        plus[WORD_OF_MOUTH], friend = good, -1
        votes[0] = counts and signal(key, p, number, week, j, o, good)
    if told_bad <= bad:
        votes[1] = counts and doubt(key, p, number, week, j, o, bad)
    return max(bad, told_bad), friend


heard = inlined(_heard)


def _referred(
    key: np.uint64, week: int, p: int, j: int, o: int, spread: float, doors: Doors,
    world: World, linked: NDArray[np.uint8], people: People, rules: Any, evidence: Evidence,
) -> tuple[int, int, int]:
    """The first willing partner's pitch; returns that partner (-1), tier and duplicates."""
    for place in range(world.near_start[p], world.near_start[p + 1]):
        evidence.near[world.near[place]] = 1
    i, tier, duplicates = ask_partners(
        key, week, p, j, o, spread, doors, world, linked, evidence.near, people, rules
    )
    for place in range(world.near_start[p], world.near_start[p + 1]):
        evidence.near[world.near[place]] = 0
    if i >= 0:
        pitch = rules.referral.close_untrained
        pitch += (rules.referral.close_trained - pitch) * doors.training[j, i]
        evidence.plus[BY_PARTNER] = hazard(pitch)
    return i, tier, duplicates


referred = inlined(_referred)


def _minded(
    key: np.uint64, week: int, p: int, j: int, o: int, doors: Doors, rules: Any,
    evidence: Evidence,
) -> float:
    """What comes to mind unprompted and what the record says; returns the hazard against."""
    mind, look = draw2(key, p, 0, week, MIND, j, o)
    if mind < rules.choice.awareness:
        evidence.plus[UNPROMPTED] = hazard(rules.choice.close_unprompted)
    if look >= rules.record.look_up:
        return 0.0
    evidence.plus[PUBLIC_RECORD] = doors.good[j]
    if rules.choice.rule == COUNTS:
        evidence.votes[1] += doubt(key, p, MASK - PUBLIC_RECORD, week, j, o, doors.bad[j])
    return doors.bad[j]


minded = inlined(_minded)


def _own_doubt(
    week: int, p: int, j: int, people: People, rules: Any, fading: Fading
) -> float:
    """Hazard that a person's own bad experience sets against coming back."""
    if people.own[p, j] != DISSATISFIED:
        return 0.0
    return hazard(rules.choice.own_bad) * fading.recall[week - people.own_week[p, j]]


own_doubt = inlined(_own_doubt)


def _vote(
    key: np.uint64, week: int, p: int, j: int, o: int, own: float, evidence: Evidence
) -> None:
    """Draw the messages that are not drawn yet one by one (rule counts)."""
    for source in (BY_PARTNER, REQUESTED, PUBLIC_RECORD, UNPROMPTED):
        h = evidence.plus[source]
        evidence.votes[0] += signal(key, p, MASK - source, week, j, o, h)
    evidence.votes[2] = doubt(key, p, MASK, week, j, o, own)


vote = inlined(_vote)
