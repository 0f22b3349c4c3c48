"""Friends: whom a person asks, and what they say for the business, against it, for the rest."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.chance import FRIEND, MEET, draw, hazard
from wom_sim.market.compiled import index, inlined
from wom_sim.market.network import Ties
from wom_sim.market.persuasion import COUNTS, Evidence, doubt, negative, signal
from wom_sim.market.state import (
    DELIGHTED,
    DISSATISFIED,
    HEARD,
    NOBODY,
    REST,
    SATISFIED,
    UNKNOWN,
    Floats,
    People,
)
from wom_sim.scenario.parameters import Parameters

MOST_ATTEMPTS = 64
"""Times that a meeting is drawn anew before nobody is met, where nearly all are ties."""


class Fading(NamedTuple):
    """What is left of experiences and stories by age in whole weeks; arrays (ages,).

    strong, weak: hazard of a fresh recommendation over a tie; mind: of coming to mind.
    """

    recall: Floats
    memory: Floats
    strong: float
    weak: float
    mind: float


def fading_of(parameters: Parameters, ages: int) -> Fading:
    """Tables for ages 0 to `ages` - 1.

        left of an experience after `age` weeks = 0.5^(age / recall_half_life)
        h of coming to mind = -ln(1 - close_unprompted)
    """
    friends, memory = parameters.friends, parameters.talk.memory_half_life
    recall = np.array([0.5 ** (age / friends.recall_half_life) for age in range(ages)])
    heard = np.array([0.5 ** (age / memory) for age in range(ages)])
    mind = hazard(parameters.choice.close_unprompted)
    return Fading(recall, heard, hazard(friends.strong), hazard(friends.weak), mind)


def _recommends(experience: int, rules: Any) -> float:
    """Chance that a client of this experience recommends when asked.

        P(recommends | delighted) = recommend_delighted
        P(recommends | satisfied) = recommend_satisfied
    """
    if experience == DELIGHTED:
        return rules.friends.recommend_delighted
    return rules.friends.recommend_satisfied if experience == SATISFIED else 0.0


recommends = inlined(_recommends)


def _friend_says(
    key: np.uint64, week: int, p: int, j: int, o: int, f: int, strong: bool, people: People,
    rules: Any, fading: Fading,
) -> tuple[float, float]:
    """Hazards for and against the business that one asked friend adds.

    Clients recommend, the dissatisfied warn, who decided against may warn too, and who has no
    experience relays what was heard.

        recommends:          h+ = -ln(1 - q) * r
        warns (chance warn, or rejecters_warn if never a client):
                             h- = -ln(1 - min(negative_weight * q, 0.99)) * r
        q = friends.strong over a strong tie, friends.weak over a weak one
        r = 0.5^(age / recall_half_life)
        has no experience:   h+, h- = relay * what is left of what was heard
    """
    says, provider = rules.friends, people.provider[f, j]
    if provider == NOBODY:
        if says.relay <= 0.0 or not people.news[f, j] & HEARD:
            return 0.0, 0.0
        weight = says.relay * fading.memory[week - people.memory.heard[f, j]]
        return people.memory.good[f, j] * weight, people.memory.bad[f, j] * weight
    own = people.own[f, j]
    rejecter = provider == REST and people.rest[f, j] == UNKNOWN
    happy = own != DISSATISFIED and not rejecter
    if happy and provider == REST:
        return 0.0, 0.0
    chance = recommends(int(own), rules) if happy else says.warn
    if rejecter:
        chance = says.rejecters_warn
    # What is certain, or cannot be, is not drawn.
    if chance < 1.0 and (chance <= 0.0 or draw(key, p, f, week, FRIEND, j, o) >= chance):
        return 0.0, 0.0
    since = people.rest_week[f, j] if rejecter else people.own_week[f, j]
    recall = fading.recall[week - since]
    if happy:
        return (fading.strong if strong else fading.weak) * recall, 0.0
    q = says.strong if strong else says.weak
    return 0.0, negative(q, rules.choice.negative_weight) * recall


friend_says = inlined(_friend_says)


def _is_known(q: int, p: int, friends: NDArray[np.uint32], asked: int) -> bool:
    """Whether q is p, or among the first `asked` of `friends`."""
    known = q == p
    for a in range(asked):
        known = known or friends[a] == q
    return known


is_known = inlined(_is_known)


def _meet(
    key: np.uint64, week: int, p: int, size: int, number: int, asked: int,
    friends: NDArray[np.uint32],
) -> bool:
    """Whether p meets somebody new, who then stands at place `asked` of `friends`.

    All ties of p stand there already: people are met only after all ties.
    """
    for attempt in range(MOST_ATTEMPTS):
        q = int(draw(key, p, number, week, MEET, 0, attempt) * size)
        if not is_known(q, p, friends, asked):
            friends[asked] = q
            return True
    return False


meet = inlined(_meet)


def _turn_to_friends(
    key: np.uint64, week: int, p: int, turns: tuple[float, float], ties: Ties, number: int,
    met: int, friends: NDArray[np.uint32],
) -> tuple[int, int]:
    """Whom a person asks: strong ties first, each kind from a starting place of its own, then
    people met this week by chance.

    Fills `friends`; returns how many are asked, and how many of them are strong ties.

        asked = min(number, ties + met)
    """
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
    for meeting in range(min(met, number - asked)):
        asked += meet(key, week, p, ties.start.size - 1, meeting, asked, friends)
    return asked, strong


turn_to_friends = inlined(_turn_to_friends)


def _knowing(
    j: int, first: int, end: int, kept: int, people: People, relays: bool,
    friends: NDArray[np.uint32],
) -> int:
    """Friends asked from place `first` to `end` who may have something to say, from `kept` on.

    Each is written where the next will be, and stays if needed: guesses at who has something to
    say would fail half of the time. Returns the place after the last.
    """
    next_one = index(kept)
    for a in range(first, end):
        f = friends[a]
        friends[next_one] = f
        says = people.provider[f, j] != NOBODY
        if relays:
            says = says or people.news[f, j] & HEARD != 0
        next_one = index(next_one + says)
    return int(next_one)


knowing = inlined(_knowing)


def _ask_friends(
    key: np.uint64, week: int, p: int, j: int, o: int, asked: int, strong: int,
    owner: int, people: People, rules: Any, evidence: Evidence, fading: Fading,
) -> tuple[float, float, int]:
    """Hazards for and against the business from all friends asked, votes where rules count.

    Also returns the friend who recommended most strongly, -1 when none did. An owner is no
    witness of the own business.
    """
    plus = minus = best_h = 0.0
    best = -1
    for a in range(asked):
        f = evidence.friends[a]
        good, bad = friend_says(key, week, p, j, o, f, a < strong, people, rules, fading)
        if f == owner:
            continue
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
        chance = recommends(int(people.rest[f, j]), rules)
        if chance < 1.0 and (chance <= 0.0 or draw(key, p, f, week, FRIEND, j, o) >= chance):
            continue
        h = fading.strong if a < strong else fading.weak
        rest += h * fading.recall[week - people.rest_week[f, j]]
    return rest


rivals = inlined(_rivals)
