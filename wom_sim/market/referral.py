"""Referral: which partner meets a person's need, sees that it fits, and passes it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.chance import PARTNER, draw2, hazard
from wom_sim.market.compiled import inlined
from wom_sim.market.needs import job_size
from wom_sim.market.persuasion import Evidence
from wom_sim.market.state import BUSINESS, BY_PARTNER, SATISFIED, Floats, People, World


class Doors(NamedTuple):
    """This week's standing of businesses, read by every decision.

    door: (K, K) row j, column i: chance that partner i, when a need of j comes up and is
    recognised, passes it (0 without a link); training: (K, K) of i for j in row j;
    any: (K,) whether anybody refers to j; good, bad: (K,) hazards of j's public record;
    awareness: chance that a business comes to mind this week.
    """

    door: Floats
    training: Floats
    any: NDArray[np.uint8]
    good: Floats
    bad: Floats
    awareness: float


def _contact(
    week: int, p: int, i: int, near: NDArray[np.uint8], world: World, linked: NDArray[np.uint8],
    people: People, rules: Any,
) -> tuple[float, int]:
    """Chance that partner i meets this person's need, and the tier of such a referral.

    Tier 1: the person is a partner too; 2: a contact of the partner; 3: a contact that itself
    came by a referral. The closest contact counts.

        contact = max of those that apply: client (within window, not dissatisfied),
                  friend, member
    """
    contact = rules.referral.contact
    seat = world.seat[p]
    best, tier = 0.0, 0
    if (
        people.provider[p, i] == BUSINESS
        and people.own[p, i] >= SATISFIED
        and week - people.own_week[p, i] <= rules.referral.window
    ):
        best, tier = contact.client, 2 + people.memory.via[p, i]
    if near[i] and contact.friend > best:
        best, tier = contact.friend, 2
    if seat >= 0 and (seat == i or linked[seat, i]) and contact.member > best:
        best, tier = contact.member, 1
    return best, tier


contact_of = inlined(_contact)


def _recognition(training: float, size: float, rules: Any) -> float:
    """Chance that a partner sees that the need fits: grows with training and the job's size.

        seen = recognise_untrained
             + (recognise_trained - recognise_untrained) * training
        P(recognises) = 1 - (1 - seen)^(size^size_effect)
    """
    referral = rules.referral
    seen = referral.recognise_untrained
    seen += (referral.recognise_trained - referral.recognise_untrained) * training
    return 1.0 - (1.0 - seen) ** (size**referral.size_effect)


recognition = inlined(_recognition)


def _ask_partners(
    key: np.uint64, week: int, p: int, j: int, o: int, spread: float, doors: Doors,
    world: World, linked: NDArray[np.uint8], near: NDArray[np.uint8], people: People, rules: Any,
) -> tuple[int, int, int]:
    """The partner who passes this need, the tier, and how many more were willing; -1, 0, 0.

        P(i passes) = contact * sphere * visibility * credibility
                    * willingness * P(recognises)
    """
    first, first_u, tier, willing, size = -1, 2.0, 0, 0, 0.0
    for i in range(world.trades):
        if people.provider[p, i] != BUSINESS and near[i] == 0 and world.seat[p] < 0:
            continue
        if doors.door[j, i] <= 0.0 or people.memory.deaf[p, i]:
            continue
        contact, level = contact_of(week, p, i, near, world, linked, people, rules)
        if contact <= 0.0:
            continue
        u, turn = draw2(key, p, i, week, PARTNER, j, o)
        passes = contact * doors.door[j, i]
        if u >= passes:
            continue
        size = job_size(key, p, j, o, spread) if size == 0.0 else size
        seen = recognition(doors.training[j, i], size, rules)
        if u < passes * seen:
            willing += 1
            if turn < first_u:
                first, first_u, tier = i, turn, level
    return first, tier, max(willing - 1, 0)


ask_partners = inlined(_ask_partners)


def _referred(
    key: np.uint64, week: int, p: int, j: int, o: int, spread: float, doors: Doors,
    world: World, linked: NDArray[np.uint8], people: People, rules: Any, evidence: Evidence,
) -> tuple[int, int, int]:
    """The first willing partner's pitch; returns that partner (-1), tier and duplicates.

        q = close_untrained + (close_trained - close_untrained) * training
        h = -ln(1 - q)
    """
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
