"""Persuasion: one algebra for every message (model, section 3).

A message that would convince alone with probability q adds hazard -ln(1 - q); hazards add.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.chance import SIGNAL, draw2, hazard
from wom_sim.market.compiled import compiled, inlined
from wom_sim.market.state import BY_PARTNER, NO_SOURCE, UNPROMPTED, Floats

COMPETE, COUNTS = 1, 2
"""Places of two choice rules in their declaration; the first is veto."""


class Evidence(NamedTuple):
    """Scratch for one need.

    plus: (7,) hazard for the business by source; votes: (3,) messages drawn for, against, and
    own doubts (rule counts); friends: (number,) ties asked, strong ones first; near: (K,) 1
    where the owner is a tie.
    """

    plus: Floats
    votes: NDArray[np.int64]
    friends: NDArray[np.uint32]
    near: NDArray[np.uint8]


def fresh_evidence(trades: int, friends: int) -> Evidence:
    """Scratch for a town of `trades` trades whose people ask up to `friends` ties."""
    return Evidence(
        np.zeros(UNPROMPTED + 1), np.zeros(3, np.int64), np.zeros(friends, np.uint32),
        np.zeros(trades, np.uint8),
    )


def _clear(evidence: Evidence) -> None:
    """Forget the last need."""
    for source in range(UNPROMPTED + 1):
        evidence.plus[source] = 0.0
    for vote in range(3):
        evidence.votes[vote] = 0


clear = inlined(_clear)


def _signal(
    key: np.uint64, person: int, number: int, week: int, trade: int, ordinal: int, h: float
) -> bool:
    """Whether a positive message of hazard `h` convinces, drawn on its own (rule counts)."""
    if h <= 0.0:
        return False
    return draw2(key, person, number, week, SIGNAL, trade, ordinal)[0] < 1.0 - math.exp(-h)


signal = compiled(_signal, "b1(u8, i8, i8, i8, i8, i8, f8)")


def _doubt(
    key: np.uint64, person: int, number: int, week: int, trade: int, ordinal: int, h: float
) -> bool:
    """Whether a negative message of hazard `h` puts off, drawn on its own (rule counts)."""
    if h <= 0.0:
        return False
    return draw2(key, person, number, week, SIGNAL, trade, ordinal)[1] < 1.0 - math.exp(-h)


doubt = compiled(_doubt, "b1(u8, i8, i8, i8, i8, i8, f8)")


def _negative(q: float, weight: float) -> float:
    """Hazard of a negative message: weight times as strong as a positive one, at most .99.

        q- = min(negative_weight * q, 0.99);  h- = -ln(1 - q-)
        acts on:  bad stories heard over ties, in posts and as complaints;
                  warnings of friends who are asked; bad entries of the record
        not on:   an own bad experience (own_bad), nor any good message
    """
    return hazard(min(weight * q, 0.99))


negative = compiled(_negative, "f8(f8, f8)")


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


persuaded = compiled(_persuaded, "f8(f8, f8, i8)")


def _against_rivals(plus: float, rest: float, competition: float) -> float:
    """Share of a persuaded prospect that rivals' recommendations leave, H+ / (H+ + c H_rest).

        P := P * H+ / (H+ + competition * H_rest)
    """
    return plus / (plus + competition * rest) if plus > 0.0 else 0.0


against_rivals = compiled(_against_rivals, "f8(f8, f8, f8)")


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


def _chances(
    total: float, own: float, against: float, votes: NDArray[np.int64], rule: int
) -> tuple[float, float]:
    """Chance to be won with and without what was heard against the business.

    veto, compete: see `persuaded`. counts: messages drawn for over all messages drawn.

        rule veto:     P = p+ (1 - p-)
        rule compete:  P = p+ (1 - p-) + p+ p- p+ / (p+ + p-)   (Goldenberg 2007)
        rule counts:   P = n+ / (n+ + n-), and 0 where n+ = 0
        p+ = 1 - exp(-H+),  H+ the sum of hazards for the business
        p- = 1 - exp(-H-),  H- = own bad experience + record's bad entries
                                 + the stronger of memory and friends' warnings
        n+, n-: messages for and against that act when each is drawn on its own,
                with chance 1 - exp(-h): friends who are asked, one by one (or memory,
                where it is stronger), partner, being named, record, own experience
        each rule:     P is then times H+ / (H+ + competition * H_rest)
    """
    if rule != COUNTS:
        chance = persuaded(total, own + against, rule)
        return chance, persuaded(total, own, rule) if against > 0.0 else chance
    if votes[0] == 0:
        return 0.0, 0.0
    return votes[0] / (votes[0] + votes[1] + votes[2]), votes[0] / (votes[0] + votes[2])


chances = inlined(_chances)


def _swayed(
    total: float, against: float, votes: NDArray[np.int64], rule: int
) -> float:
    """Chance that something decides, for or against; who is not swayed by anything waits.

        needs: once    P(decides against) = P(swayed) - P
        rule veto, compete:  P(swayed) = 1 - exp(-(H+ + H-))
        rule counts:         P(swayed) = 1 if a message acts, else 0
    """
    if rule != COUNTS:
        return -math.expm1(-(total + against))
    return 1.0 if votes[0] + votes[1] + votes[2] > 0 else 0.0


swayed = inlined(_swayed)
