"""Service and judgement: capacity, quality by hours, and whether expectations were met."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import wom_sim.market.judgement  # noqa: F401 - registers the judgement rules
from wom_sim.market.chance import ASKED, JOB, draw, draws, inverse_normal
from wom_sim.market.choice import Decisions, Foreseen, fresh_decisions, turn_away
from wom_sim.market.compiled import borrowing, compiled, inlined
from wom_sim.market.state import (
    BUSINESS,
    BY_PARTNER,
    DELIGHTED,
    DISSATISFIED,
    NOBODY,
    REPEAT,
    REQUESTED,
    SATISFIED,
    UNKNOWN,
    Businesses,
    Columns,
    Floats,
    Ids,
    Ints,
    People,
    State,
)
from wom_sim.scenario.parameters.service import Judgement
from wom_sim.scenario.registry import judgements

DURING = 0


class Jobs(NamedTuple):
    """The week's jobs; arrays (needs,) in the order of decisions, or (K,) where noted.

    asked: 1 where the client was asked during the job; quality: of the business's jobs, else
    NaN; judgement: experience code of the business's jobs, else 0; hours_per_job: (K,), those
    planned in a week without jobs.
    """

    asked: NDArray[np.uint8]
    quality: Floats
    judgement: NDArray[np.uint8]
    hours_per_job: Floats


def _fresh_jobs(size: int, trades: int) -> Jobs:
    return Jobs(
        np.zeros(size, np.uint8), np.full(size, np.nan), np.zeros(size, np.uint8),
        np.zeros(trades),
    )


def judged(rule: Mapping[str, Any], quality: Floats, expectation: Floats) -> NDArray[np.uint8]:
    """Experience codes by the judgement rule; PlugFailed where a user's own gives no codes.

        judgement = rule(quality, expectation)
    """
    codes: NDArray[np.uint8] = judgements.call(rule, quality, expectation)
    plug = judgements[rule["kind"]]
    if plug.file and (
        np.shape(codes) != quality.shape
        or not np.isin(codes, (DISSATISFIED, SATISFIED, DELIGHTED)).all()
    ):
        raise plug.refuse("must answer DISSATISFIED, SATISFIED or DELIGHTED for each job")
    return codes


def return_hours(businesses: Businesses, own: Columns) -> None:
    """Hours put aside for asking and partners that exceed a week's worth go back to service.

    Kept are a week's hours, or enough for one ask, one meeting or one one-to-one where that is
    more.

        excess = max(put aside - max(hours a week, hours of one ask or contact), 0)
    """
    give_back(businesses.ask_bank, own.asking, own.ask_hours, businesses.returned)
    give_back(businesses.partner_bank, own.partners, own.contact_hours, businesses.returned)


def _give_back(bank: Floats, weekly: Floats, least: Floats, returned: Floats) -> None:
    for j in range(bank.size):
        excess = max(bank[j] - max(weekly[j], least[j]), 0.0)
        bank[j] -= excess
        returned[j] += excess


give_back = borrowing(_give_back)


def places_of(businesses: Businesses, own: Columns, hours: Floats) -> Ints:
    """Jobs that each business has `hours` for this week, (K,), with what last week left over.

        places = floor((hours + left over) / least_hours)
    """
    return np.floor((hours + businesses.spare) / own.least_hours).astype(np.int64)


def _take_on(
    trade: NDArray[np.int16], provider: NDArray[np.uint8], places: Ints, hours: Floats,
    least_hours: Floats, spare: Floats, jobs: Ints,
) -> None:
    """Count the jobs that each business is chosen for, (K,), and keep hours that are left over.

        hours left over := min(left over + hours - least_hours * min(jobs, places), least_hours)
    """
    for n in range(trade.size):
        jobs[trade[n]] += provider[n] == BUSINESS
    for j in range(jobs.size):
        left = spare[j] + hours[j] - least_hours[j] * min(jobs[j], places[j])
        spare[j] = min(left, least_hours[j])


take_on = borrowing(_take_on)


def admit(
    key: np.uint64, week: int, person: Ids, trade: Ids, ordinal: Ids, own: Columns,
    hours: Floats, decisions: Decisions, businesses: Businesses,
) -> None:
    """Turn away whom the hours of a business cannot serve, in keyed order, repeat clients last.

    Planning hours that could have begun one more job are kept for the next week.
    """
    places, jobs = places_of(businesses, own, hours), np.zeros(len(own.service), np.int64)
    take_on(trade, decisions.provider, places, hours, own.least_hours, businesses.spare, jobs)
    for j in np.flatnonzero(jobs > places):
        waiting = np.flatnonzero((decisions.provider == BUSINESS) & (trade == j))
        queue = draws(key, person[waiting], week, JOB, trade=trade[waiting],
                      ordinal=ordinal[waiting])[:, 1]
        queue += decisions.source[waiting] != REPEAT
        turn_away(waiting[np.argsort(queue, kind="stable")[places[j] :]], decisions)


def _ask_during(
    week: int, order: NDArray[np.int64], person: NDArray[np.int32], trade: NDArray[np.int16],
    quota: NDArray[np.int64], firms: Any, people: People, asked: NDArray[np.uint8],
) -> None:
    """Ask clients in `order` as far as their business's quota (K,) goes.

        asked if week - week of the last ask >= pause
    """
    for n in order:
        p, j = int(person[n]), int(trade[n])
        if quota[j] > 0 and week - people.memory.asked[p, j] >= firms[j].asking.pause:
            asked[n] = 1
            people.memory.asked[p, j] = week
            quota[j] -= 1


ask_during_jobs = borrowing(_ask_during)


def ask_during(
    key: np.uint64, week: int, person: Ids, trade: Ids, ordinal: Ids, own: Columns,
    firms: Any, decisions: Decisions, state: State, asked: NDArray[np.uint8],
) -> None:
    """Spend hours for asking on this week's clients, in keyed random order.

        when during:  asks <= floor(hours put aside / hours_during)
    """
    bank = state.businesses.ask_bank
    quota = np.floor(bank / own.ask_hours).astype(np.int64) * (own.asks_at == DURING)
    if not quota.any():
        return
    clients = np.flatnonzero((decisions.provider == BUSINESS) & (quota[trade] > 0))
    turn = draws(key, person[clients], week, ASKED, trade=trade[clients],
                 ordinal=ordinal[clients])[:, 0]
    left = quota.copy()
    ask_during_jobs(week, clients[np.argsort(turn, kind="stable")], person, trade, left, firms,
                    state.people, asked)
    bank -= own.ask_hours * (quota - left)


def _plan_hours(
    trade: NDArray[np.int16], firms: Any, hours: Floats, decisions: Decisions, load: Floats,
    hours_per_job: Floats,
) -> None:
    """Load and hours per job (K,), from the week's jobs.

        load := smoothing * load + (1 - smoothing) * jobs
        h = hours / max(load, jobs, 1)
    """
    served = np.zeros(len(firms), np.int64)
    for n in range(trade.size):
        served[trade[n]] += decisions.provider[n] == BUSINESS
    for j in range(len(firms)):
        smoothing = firms[j].service.smoothing
        load[j] = smoothing * load[j] + (1.0 - smoothing) * served[j]
        hours_per_job[j] = hours[j] / max(load[j], served[j], 1.0)


plan_hours = compiled(_plan_hours)


def _rate(
    key: np.uint64, week: int, person: NDArray[np.int32], trade: NDArray[np.int16],
    ordinal: NDArray[np.int32], firms: Any, decisions: Decisions, expectation: Floats,
    referred: float, jobs: Jobs, expected: Floats,
) -> None:
    """Quality and expectation of the business's jobs, by their hours per job.

        Q = level + gain * (1 - exp(-h / hours_scale))
          - intrusion * asked + noise * z
        E = expectation + referred (came by a partner, a friend, a story or by name)
    """
    for n in range(person.size):
        if decisions.provider[n] != BUSINESS:
            continue
        j = int(trade[n])
        service = firms[j].service
        z = inverse_normal(draw(key, int(person[n]), 0, week, JOB, j, int(ordinal[n])))
        quality = service.level - firms[j].asking.intrusion * jobs.asked[n] + service.noise * z
        quality += service.gain * (1.0 - math.exp(-jobs.hours_per_job[j] / service.hours_scale))
        jobs.quality[n] = quality
        came = decisions.source[n]
        expected[n] = expectation[j]
        if BY_PARTNER <= came <= REQUESTED:
            expected[n] += referred


rate = compiled(_rate)


def _work(
    key: np.uint64, week: int, person: NDArray[np.int32], trade: NDArray[np.int16],
    ordinal: NDArray[np.int32], firms: Any, hours: Floats, decisions: Decisions, load: Floats,
    expectation: Floats, referred: float, jobs: Jobs, expected: Floats,
) -> None:
    """The week's jobs: their hours, then their quality and what was expected."""
    plan_hours(trade, firms, hours, decisions, load, jobs.hours_per_job)
    rate(key, week, person, trade, ordinal, firms, decisions, expectation, referred, jobs,
         expected)


work = compiled(_work)


def _judged_of_rest(
    key: np.uint64, week: int, p: int, j: int, o: int, rules: Any
) -> int:
    """How a client of the rest judges its job: by fixed shares.

        a job of the rest:  P(dissatisfied) = rest.dissatisfied
                            P(delighted) = rest.delighted
    """
    u = draw(key, p, 0, week, JOB, j, o)
    if u < rules.rest.dissatisfied:
        return DISSATISFIED
    return DELIGHTED if u < rules.rest.dissatisfied + rules.rest.delighted else SATISFIED


judged_of_rest = inlined(_judged_of_rest)


def _judge_rest(
    key: np.uint64, week: int, person: NDArray[np.int32], trade: NDArray[np.int16],
    ordinal: NDArray[np.int32], book: Any, out: NDArray[np.uint8],
) -> None:
    """How each need's job would be judged if the rest did it, into `out` (needs,)."""
    rules = book[0]
    for n in range(person.size):
        p, j, o = int(person[n]), int(trade[n]), int(ordinal[n])
        out[n] = judged_of_rest(key, week, p, j, o, rules)


judge_rest = borrowing(_judge_rest)


def _remember(
    key: np.uint64, week: int, person: NDArray[np.int32], trade: NDArray[np.int16],
    ordinal: NDArray[np.int32], decisions: Decisions, jobs: Jobs, people: People, book: Any,
) -> None:
    """Each person keeps who served it last and how; who decided against knows no job."""
    rules = book[0]
    for n in range(person.size):
        if decisions.provider[n] == NOBODY:
            continue
        p, j = int(person[n]), int(trade[n])
        people.provider[p, j] = decisions.provider[n]
        if decisions.provider[n] == BUSINESS:
            people.own[p, j] = jobs.judgement[n]
            people.own_week[p, j] = week
            if decisions.new[n]:
                people.memory.via[p, j] = decisions.source[n] == BY_PARTNER
            continue
        people.rest_week[p, j] = week
        people.rest[p, j] = UNKNOWN
        if not decisions.rejected[n]:
            o = int(ordinal[n])
            people.rest[p, j] = judged_of_rest(key, week, p, j, o, rules)


remember = borrowing(_remember)


def _adapt(
    trade: NDArray[np.int16], quality: Floats, expectation: Floats, adaptation: float
) -> None:
    """Expectation moves towards the mean quality met in the trade this week.

        E := E + adaptation * (mean Q of the week's jobs - E)
    """
    total, met = np.zeros(expectation.size), np.zeros(expectation.size)
    for n in range(trade.size):
        if not math.isnan(quality[n]):
            total[trade[n]] += quality[n]
            met[trade[n]] += 1.0
    for j in range(expectation.size):
        if met[j] > 0.0:
            expectation[j] += adaptation * (total[j] / met[j] - expectation[j])


adapt = compiled(_adapt)


def foresee(
    key: np.uint64, state: State, week: int, person: NDArray[np.int32],
    trade: NDArray[np.int16], ordinal: NDArray[np.int32], book: Any, firms: Any, own: Columns,
    hours: Floats, judgement: Judgement,
) -> Foreseen:
    """How each need's job would turn out, for those who decide one by one.

    Hours per job are those of the smoothed load, since the week's jobs are not known yet, and
    nobody is asked during the job; what is judged at the week's end holds from then on.

        h foreseen = hours / max(load, 1)
    """
    size = person.size
    supposed = fresh_decisions(size)
    supposed.provider[:] = BUSINESS
    jobs, expected = _fresh_jobs(size, len(firms)), np.zeros(size)
    jobs.hours_per_job[:] = hours / np.maximum(state.businesses.load, 1.0)
    rate(key, week, person, trade, ordinal, firms, supposed, state.businesses.expectation, 0.0,
         jobs, expected)
    codes = np.empty((size, 2), np.uint8)
    for place, more in enumerate((0.0, judgement.referred)):
        codes[:, place] = judged(judgement.rule, jobs.quality, expected + more)
    rest = np.empty(size, np.uint8)
    judge_rest(key, week, person, trade, ordinal, book, rest)
    return Foreseen(places_of(state.businesses, own, hours), codes, rest)


def serve(
    key: np.uint64, state: State, week: int, person: NDArray[np.int32],
    trade: NDArray[np.int16], ordinal: NDArray[np.int32], decisions: Decisions, book: Any,
    firms: Any, own: Columns, hours: Floats, judgement: Judgement,
) -> Jobs:
    """Serve the week's clients and let everybody judge; `judgement` says by which rule.

    hours: (K,) hours for service this week.
    Changes `decisions` where clients are turned away.
    """
    size, businesses = person.size, state.businesses
    jobs, expected = _fresh_jobs(size, len(firms)), np.zeros(size)
    admit(key, week, person, trade, ordinal, own, hours, decisions, businesses)
    ask_during(key, week, person, trade, ordinal, own, firms, decisions, state, jobs.asked)
    work(key, week, person, trade, ordinal, firms, hours, decisions, businesses.load,
         businesses.expectation, judgement.referred, jobs, expected)
    served = np.flatnonzero(decisions.provider == BUSINESS)
    jobs.judgement[served] = judged(judgement.rule, jobs.quality[served], expected[served])
    adapt(trade, jobs.quality, businesses.expectation, judgement.adaptation)
    remember(key, week, person, trade, ordinal, decisions, jobs, state.people, book)
    return jobs
