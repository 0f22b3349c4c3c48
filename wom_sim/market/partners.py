"""Partners: visibility, credibility, training and reciprocity between businesses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.chance import (
    DROP,
    IMITATION,
    MEETING,
    ONE_TO_ONE,
    PAIR,
    RENEWAL,
    TESTIFY,
    draw,
    draw2,
    draws,
)
from wom_sim.market.choice import Decisions
from wom_sim.market.compiled import borrowing, compiled
from wom_sim.market.reciprocity import Strategy, willingness
from wom_sim.market.referral import Doors
from wom_sim.market.service import Jobs
from wom_sim.market.state import (
    BY_PARTNER,
    DELIGHTED,
    DISSATISFIED,
    ELSEWHERE,
    Columns,
    Floats,
    Ints,
    PartnerTies,
    People,
    State,
    World,
)
from wom_sim.scenario.parameters import Parameters
from wom_sim.scenario.parameters.partners import Referral


def doors(
    state: State, spheres: Floats, hazards: tuple[Floats, Floats],
    strategies_known: Sequence[Strategy], parameters: Parameters, week: int,
) -> Doors:
    """This week's chances to pass, before contact and recognition, hazards of the record, and
    how readily businesses come to mind.

        awareness in week w = awareness * awareness_left^max(w, 0)
    """
    partners = state.partners
    awareness = parameters.choice.awareness * parameters.choice.awareness_left ** max(week, 0)
    if not partners.linked.any():
        nobody = np.zeros_like(partners.training)
        return Doors(nobody, nobody, np.zeros(len(nobody), np.uint8), *hazards, awareness)
    door = partners.linked * spheres * partners.visibility * partners.credibility
    if door.any():
        door = door * willingness(partners, strategies_known, parameters)
    turned = np.ascontiguousarray(door.T)
    some = np.any(turned > 0.0, axis=1)
    training = np.ascontiguousarray(partners.training.T)
    return Doors(turned, training, np.asarray(some, np.uint8), *hazards, awareness)


def _take_pairs(
    pairs: NDArray[np.int64], wanted: Ints, requester: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Link pairs (pairs, 2) in their order while both sides want more partners.

    Where `requester` (K,) is set the other side takes part as a guest, wanted or not.

        linked while each side has fewer than its partners.count, or is a guest;
        hours do not count here, but each one-to-one costs both sides hours
    """
    left = wanted.copy()
    linked = np.zeros((wanted.size, wanted.size), np.uint8)
    for n in range(len(pairs)):
        i, j = pairs[n, 0], pairs[n, 1]
        both = (left[i] > 0 or requester[j]) and (left[j] > 0 or requester[i])
        if both and (left[i] > 0 or left[j] > 0):
            linked[i, j] = linked[j, i] = 1
            left[i] -= 1
            left[j] -= 1
    return linked


take_pairs = compiled(_take_pairs)


def partners_without_group(
    key: np.uint64, wanted: Ints, requester: NDArray[np.bool_], spheres: int
) -> NDArray[np.uint8]:
    """Links (K, K) of businesses that keep `wanted` (K,) partners: own sphere first, then luck.

        order of pairs: u + (0 if both are in one of the spheres, else 1)
    """
    i, j = np.triu_indices(len(wanted), 1)
    rank = draws(key, i, 0, PAIR, whom=j)[:, 0] + (i % spheres != j % spheres)
    order = np.argsort(rank, kind="stable")
    return take_pairs(np.column_stack((i, j))[order], wanted, requester)


def join_up(
    world: World, state: State, own: Columns, treated: NDArray[np.bool_], parameters: Parameters
) -> None:
    """Seat the group's members and pair up partners, before week 0.

    The group seats trades from 0 upwards; a business without a seat trades with nobody there.
    A treated business that alone wants partners or a group finds the others as guests, whose
    hours are not charged unless they keep partners of their own.

        seats: trades below group.size, where partners.group holds
    """
    partners = state.partners
    alone = treated & (treated.sum() == 1) & (len(treated) > 1)
    invited = (own.group > 0) | bool((alone & (own.group > 0)).any())
    partners.member[:] = invited & (np.arange(world.trades) < parameters.group.size)
    partners.keeps[:] = (own.group > 0) | (own.pairs > 0)
    spheres = parameters.trades.spheres
    inviting = alone & (own.pairs > 0)
    partners.linked[:] = partners_without_group(world.key, own.pairs, inviting, spheres)
    _meet(state, np.ones_like(partners.linked), parameters)
    for trade in np.flatnonzero(partners.member):
        seat(state, int(trade), parameters)


def _meet(state: State, who: NDArray[np.uint8], parameters: Parameters) -> None:
    """Those marked in `who` (K, K) know each other as people who have just met.

        visibility := visibility_start
        credibility := credibility_start
        training := 0
    """
    partners, start, new = state.partners, parameters.referral, who > 0
    partners.visibility[new] = start.visibility_start
    partners.credibility[new] = start.credibility_start
    partners.training[new] = 0.0


def seat(state: State, trade: int, parameters: Parameters) -> None:
    """A business takes a seat: linked to all members, its partner ties and ledger start anew.

    Clients, load and record stay: a newcomer takes the seat with the trade's business.
    """
    partners = state.partners
    partners.member[trade] = 1
    new = np.zeros_like(partners.linked)
    others = np.flatnonzero(partners.member)
    new[trade, others] = new[others, trade] = 1
    new[trade, trade] = 0
    partners.linked[new > 0] = 1
    partners.given[new > 0] = 0
    partners.score[trade] = partners.year_value[trade] = 0.0
    _meet(state, new, parameters)


def unseat(state: State, trade: int) -> None:
    """A member leaves the group; its links to members end."""
    partners = state.partners
    others = np.flatnonzero(partners.member)
    partners.member[trade] = partners.keeps[trade] = 0
    partners.linked[trade, others] = partners.linked[others, trade] = 0


def meeting(
    world: World, state: State, week: int, parameters: Parameters, own: Columns, spent: Floats
) -> None:
    """A group meeting: who attends becomes more visible to the others; some testify.

    Members come if their hours for partners allow it, guests at no charge. Adds
    hours to `spent` (K,).
    """
    present = np.zeros(world.trades, np.bool_)
    group = parameters.group
    gather(world.key, week, group.meeting_hours, group.visibility_gain, own.attendance,
           state.partners, state.businesses.partner_bank, spent, present)
    if group.testify > 0.0:
        testimonies(world.key, week, parameters.referral.window, group.testify, group.testimony,
                    world.owner, state.people, state.partners.credibility, present)


def _gather(
    key: np.uint64, week: int, cost: float, gain: float, attendance: Floats,
    partners: PartnerTies, bank: Floats, spent: Floats, present: NDArray[np.bool_],
) -> None:
    """Who of the members comes, at what charge, and how visible they become to each other.

        P(attends) = attendance, if meeting_hours have been put aside
        visibility += visibility_gain * (1 - visibility)
    """
    size = present.size
    for j in range(size):
        if not partners.member[j] or (partners.keeps[j] and bank[j] < cost):
            continue
        if draw(key, j, 0, week, MEETING, 0, 0) < attendance[j]:
            present[j] = True
            bank[j] -= cost * partners.keeps[j]
            spent[j] += cost * partners.keeps[j]
    for i in range(size):
        for j in range(size):
            if present[i] and present[j]:
                partners.visibility[i, j] += gain * (1.0 - partners.visibility[i, j])


gather = borrowing(_gather)


def _testimonies(
    key: np.uint64, week: int, window: float, testify: float, gain: float, owner: Ints,
    people: People, credibility: Floats, present: NDArray[np.bool_],
) -> None:
    """Members delighted as clients praise; every listener's view of the praised moves a little.

        P(testifies | delighted, last job within window) = testify
        credibility += testimony * (1 - credibility)
    """
    for i in range(owner.size):
        for j in range(owner.size):
            p = owner[i]
            if p == ELSEWHERE or not (present[i] and present[j]):
                continue
            if people.own[p, j] != DELIGHTED:
                continue
            if week - people.own_week[p, j] > window:
                continue
            if draw(key, i, j, week, TESTIFY, 0, 0) >= testify:
                continue
            for hearer in range(owner.size):
                if present[hearer] and hearer != j:
                    credibility[hearer, j] += gain * (1.0 - credibility[hearer, j])


testimonies = borrowing(_testimonies)


def _pair_up(
    pairs: NDArray[np.int64], keeps: NDArray[np.uint8], bank: Floats, cost: float
) -> NDArray[np.bool_]:
    """Which one-to-ones of a round, in their order, the hours of both sides allow.

    A business that keeps no partners of its own takes part as a guest at no charge.
    """
    met = np.zeros(len(pairs), np.bool_)
    for n in range(len(pairs)):
        i, j = pairs[n, 0], pairs[n, 1]
        if (keeps[i] and bank[i] < cost) or (keeps[j] and bank[j] < cost):
            continue
        bank[i] -= cost * keeps[i]
        bank[j] -= cost * keeps[j]
        met[n] = True
    return met


pair_up = compiled(_pair_up)


def _round(world: World, state: State, week: int, cost: float) -> tuple[Ints, Ints]:
    """The pairs that meet this round, drawn in keyed order among linked businesses."""
    partners = state.partners
    i, j = np.nonzero(np.triu(partners.linked, 1))
    paid = (partners.keeps[i] | partners.keeps[j]) > 0
    i, j = i[paid], j[paid]
    order = np.argsort(draws(world.key, i, week, ONE_TO_ONE, whom=j)[:, 0], kind="stable")
    i, j = i[order], j[order]
    met = pair_up(np.column_stack((i, j)), partners.keeps, state.businesses.partner_bank, cost)
    return i[met], j[met]


def one_to_ones(
    world: World, state: State, week: int, parameters: Parameters, own: Columns, spent: Floats
) -> None:
    """A round of one-to-ones: training up to the partner's message specificity, visibility.

    Adds hours to `spent` (K,).

        training += training_gain * max(message_specificity - training, 0)
        visibility += visibility_gain * (1 - visibility)
        hours spent += one_to_ones.hours for each one-to-one, a meeting's hours first
        a pair whose hours put aside are fewer does not meet in this round
    """
    partners, talk = state.partners, parameters.one_to_ones
    first, second = _round(world, state, week, talk.hours)
    met = np.concatenate((first, second))
    spent += talk.hours * np.bincount(met, minlength=len(spent)) * partners.keeps
    for i, j in ((first, second), (second, first)):
        ceiling = own.specificity[j]
        gap = np.maximum(ceiling - partners.training[i, j], 0.0)
        partners.training[i, j] += talk.training_gain * gap
        partners.visibility[i, j] += talk.visibility_gain * (1.0 - partners.visibility[i, j])


def fade(partners: PartnerTies, referral: Referral) -> None:
    """A week without contact: visibility, training and the score of giving fade.

        score := 0.5^(1 / score_half_life) * score
    """
    wear_off(partners.visibility, partners.training, partners.score, referral.visibility_fade,
             referral.training_fade, 0.5 ** (1.0 / referral.score_half_life))


def _wear_off(
    visibility: Floats, training: Floats, score: Floats, visibility_fade: float,
    training_fade: float, score_fade: float,
) -> None:
    """What is left of visibility, training (K, K) and score (K,) after a week.

        visibility := visibility_fade * visibility
        training := training_fade * training
    """
    for i in range(score.size):
        score[i] *= score_fade
        for j in range(score.size):
            visibility[i, j] *= visibility_fade
            training[i, j] *= training_fade


wear_off = borrowing(_wear_off)


def _follow_up(
    key: np.uint64, week: int, person: NDArray[np.int32], trade: NDArray[np.int16],
    ordinal: NDArray[np.int32], decisions: Decisions, jobs: Jobs, value: Floats,
    partners: PartnerTies, people: People, book: Any,
) -> None:
    """Ledger entries for referrals passed, at a cost; a referred client's judgement moves the
    referrer.

    Down more than up: a bad outcome costs a share of credibility, a delight adds a share of
    what is missing; and a client with a bad outcome may stop listening to the referrer.

        gained in a year = value of clients won by partners - referral.cost * referrals passed
        dissatisfied:  credibility := (1 - credibility_loss) * credibility
                       P(stops listening) = drop_referrer
        delighted:     credibility += credibility_gain * (1 - credibility)
    """
    referral = book[0].referral
    for n in range(person.size):
        i, j = int(decisions.referrer[n]), int(trade[n])
        if i < 0:
            continue
        partners.given[i, j] += 1
        partners.score[i] += 1.0
        partners.year_value[i] -= referral.cost
        if jobs.judgement[n] == 0:
            continue
        if decisions.source[n] == BY_PARTNER:
            partners.year_value[j] += value[n]
        if jobs.judgement[n] == DISSATISFIED:
            partners.credibility[i, j] *= 1.0 - referral.credibility_loss
            u = draw(key, int(person[n]), i, week, DROP, j, int(ordinal[n]))
            if u < referral.drop_referrer:
                people.memory.deaf[person[n], i] = 1
        elif jobs.judgement[n] == DELIGHTED:
            gap = 1.0 - partners.credibility[i, j]
            partners.credibility[i, j] += referral.credibility_gain * gap


follow_up = borrowing(_follow_up)


def anniversary(world: World, state: State, week: int, parameters: Parameters) -> None:
    """Once a year members may copy who gained more, leave, and be replaced by newcomers.

        P(copies a member at random, if it gained more) = imitation
        P(leaves) = renewal * exp(-max(gained, 0) / group.cost)
    """
    partners, group = state.partners, parameters.group
    members = [int(trade) for trade in np.flatnonzero(partners.member)]
    value, strategy = partners.year_value.copy(), partners.strategy.copy()
    for place, trade in enumerate(members):
        u, whom = draw2(world.key, trade, 0, week, IMITATION, 0, 0)
        if len(members) > 1 and u < group.imitation:
            others = members[:place] + members[place + 1 :]
            model = others[int(whom * len(others))]
            if value[model] > value[trade]:
                partners.strategy[trade] = strategy[model]
    for trade in members:
        leaves = group.renewal * np.exp(-max(value[trade], 0.0) / group.cost)
        if draw(world.key, trade, 0, week, RENEWAL, 0, 0) < leaves:
            seat(state, trade, parameters)
    partners.year_value[:] = 0.0
