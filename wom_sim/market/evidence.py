"""Evidence that is no friend's and no partner's: memory, being named, the record, oneself."""

from __future__ import annotations

from typing import Any

import numpy as np

from wom_sim.market.chance import FRIEND, MASK, MIND, draw2, half, hazard
from wom_sim.market.compiled import inlined
from wom_sim.market.friends import Fading, ask_friends
from wom_sim.market.network import Ties
from wom_sim.market.persuasion import COUNTS, Evidence, doubt, signal
from wom_sim.market.referral import Doors
from wom_sim.market.state import (
    ASKED_FRIEND,
    BUSINESS,
    BY_PARTNER,
    DISSATISFIED,
    HEARD,
    NAMED,
    PUBLIC_RECORD,
    REQUESTED,
    SATISFIED,
    UNPROMPTED,
    WORD_OF_MOUTH,
    People,
)

DECIDES = 1
"""Place of the word in the declaration of `choice.unprompted`."""


def _named(
    key: np.uint64, week: int, p: int, j: int, o: int, ties: Ties, people: People, firms: Any,
    cued: bool,
) -> tuple[float, int]:
    """Hazard of having been named by asked clients, and the client whose cue spoke (-1).

        h = h_named * 0.5^(age / request_half_life)
        P(a cue speaks) = cue * 0.5^(age / cue_half_life): h += -ln(1 - persuade)
    """
    asking, memory = firms[j].asking, people.memory
    h, by = 0.0, -1
    if people.news[p, j] & NAMED:
        h = memory.request[p, j] * half(week - memory.requested[p, j], asking.request_half_life)
    if cued:
        for place in range(ties.start[p], ties.start[p + 1]):
            f = int(ties.friend[place])
            happy = people.provider[f, j] == BUSINESS and people.own[f, j] >= SATISFIED
            if happy and memory.cue[f, j] == ties.circle[place] + 1:
                chance = asking.cue * half(week - memory.cue_week[f, j], asking.cue_half_life)
                if draw2(key, p, f, week, FRIEND, j, o)[1] < chance:
                    h += hazard(asking.persuade)
                    by = f
    return h, by


named = inlined(_named)


def _heard(
    key: np.uint64, week: int, p: int, j: int, o: int, asked: int, strong: int,
    owner: int, people: People, rules: Any, evidence: Evidence, fading: Fading,
) -> tuple[float, int]:
    """Memory and asked friends; a story counts once, so that the stronger of the two speaks.

    Enters the hazard for the business; returns the one against it, and the friend behind a
    recommendation (-1 without).
    """
    plus, votes = evidence.plus, evidence.votes
    good = bad = 0.0
    if people.news[p, j] & HEARD:
        fade = fading.memory[week - people.memory.heard[p, j]]
        good, bad = people.memory.good[p, j] * fade, people.memory.bad[p, j] * fade
    told_good, told_bad, friend = ask_friends(
        key, week, p, j, o, asked, strong, owner, people, rules, evidence, fading
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


def _minded(
    key: np.uint64, week: int, p: int, j: int, o: int, doors: Doors, rules: Any,
    evidence: Evidence, fading: Fading,
) -> tuple[float, bool]:
    """What comes to mind unprompted and what the record says.

    Returns the hazard against, and whether the choice is settled by what came to mind.

        P(comes to mind) = awareness in that week
        unprompted: persuades    then h = -ln(1 - close_unprompted)
                    decides      then the business is chosen, whatever else was heard
        P(looks up the record) = look_up
    """
    mind = look = 0.0  # where both are certain
    if 0.0 < doors.awareness < 1.0 or 0.0 < rules.record.look_up < 1.0:
        mind, look = draw2(key, p, 0, week, MIND, j, o)
    settled = False
    if mind < doors.awareness:
        evidence.plus[UNPROMPTED] = fading.mind
        settled = rules.choice.unprompted == DECIDES
    if look >= rules.record.look_up:
        return 0.0, settled
    evidence.plus[PUBLIC_RECORD] = doors.good[j]
    if rules.choice.rule == COUNTS:
        evidence.votes[1] += doubt(key, p, MASK - PUBLIC_RECORD, week, j, o, doors.bad[j])
    return doors.bad[j], settled


minded = inlined(_minded)


def _own_doubt(
    week: int, p: int, j: int, people: People, rules: Any, fading: Fading
) -> float:
    """Hazard that a person's own bad experience sets against coming back.

        h = -ln(1 - own_bad) * 0.5^(age / recall_half_life)
    """
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
