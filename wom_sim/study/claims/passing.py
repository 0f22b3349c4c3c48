"""Measures of claims: what customers and partners pass on, and from when on partners bring more.

Each gets what was `Seen`. Ratios over nothing, and weeks that never come, are NaN (undefined).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.state import REQUESTED, WORD_OF_MOUTH
from wom_sim.scenario.registry import measures
from wom_sim.study.claims.measures import Seen, dispersion
from wom_sim.study.outcomes import overtake_week, ratio, total

Floats = NDArray[np.float64]
FREE_RIDER = "taker"
POSITIVE = 3.0
"""Good stories for each bad one, as studies found (East, Hammond & Wright 2007)."""


@measures.register("heard_a_bad_job", unit="hearings per job")
def heard_a_bad_job(seen: Seen) -> float:
    """Times a bad story was heard for each job that left the client dissatisfied."""
    return ratio(total(seen.weekly, "heard_negative"), total(seen.weekly, "dissatisfied"))


@measures.register("heard_a_good_job", unit="hearings per job")
def heard_a_good_job(seen: Seen) -> float:
    """Times a good story was heard for each job that left the client satisfied or delighted."""
    happy = total(seen.weekly, "satisfied", "delighted")
    return ratio(total(seen.weekly, "heard_positive"), happy)


@measures.register("unhappy_at_three_to_one", unit="share")
def unhappy_at_three_to_one(seen: Seen) -> float:
    """Share of dissatisfied jobs at which three good stories would be heard for each bad one.

        1 / (1 + 3 r),  r = heard_a_bad_job / heard_a_good_job
        as volumes are (1 - u) / (u r) at a share u; r is taken to stay as it is
    """
    return _unhappy_at(seen, POSITIVE)


@measures.register("unhappy_at_equality", unit="share")
def unhappy_at_equality(seen: Seen) -> float:
    """Share of dissatisfied jobs at which as many bad stories would be heard as good ones.

        1 / (1 + r),  r = heard_a_bad_job / heard_a_good_job
    """
    return _unhappy_at(seen, 1.0)


def _unhappy_at(seen: Seen, volumes: float) -> float:
    return 1.0 / (1.0 + volumes * ratio(heard_a_bad_job(seen), heard_a_good_job(seen)))


@measures.register("recommended_by_customers", unit="people", events=True)
def recommended_by_customers(seen: Seen) -> float:
    """People with an open need for whom a customer's recommendation of the business weighed most.

    The counterpart of `referrals_received`: a friend who was asked or reminded recommended it,
    whether or not the business won. Of stories heard before and of names given when asked only
    those count that won, so that customers pass at least this.
    """
    return float(_recommended(seen).mean(axis=1).sum())


@measures.register("dispersion_of_recommending", unit="variance / mean", events=True)
def dispersion_of_recommending(seen: Seen) -> float:
    """Variance over mean of people whom customers recommended a business to, month by month."""
    return dispersion(_recommended(seen))


def _recommended(seen: Seen) -> Floats:
    """Recommendations of the treated by customers, (weeks, businesses)."""
    found = np.zeros((len(seen.weeks), seen.treated.size))
    for place, week in enumerate(seen.weeks):
        made = week.decisions
        won = (made.source == WORD_OF_MOUTH) | (made.source == REQUESTED)
        found[place] = np.bincount(
            week.trade[(made.teller >= 0) | won], minlength=seen.treated.size)
    return found[:, seen.treated]


@measures.register("passed_by_favoured", unit="referrals per partner")
def passed_by_favoured(seen: Seen) -> float:
    """Referrals received from each partner to whom the business passed one or more.

    All weeks count. What each partner brought in value is not kept by pair.
    """
    return _passed(seen, favoured=True)


@measures.register("passed_by_others", unit="referrals per partner")
def passed_by_others(seen: Seen) -> float:
    """Referrals received from each partner to whom the business passed none."""
    return _passed(seen, favoured=False)


def _passed(seen: Seen, *, favoured: bool) -> float:
    given, linked = seen.state.partners.given, seen.state.partners.linked > 0
    chosen = linked & ((given > 0) == favoured) & seen.treated[:, np.newaxis]
    return ratio(float(given.T[chosen].sum()), float(chosen.sum()))


@measures.register("received_by_free_riders", unit="referrals per business")
def received_by_free_riders(seen: Seen) -> float:
    """Referrals that a business received which never feels that it owes one (`taker`).

    All weeks and all businesses count.
    """
    return _received(seen, riding=True)


@measures.register("received_by_others", unit="referrals per business")
def received_by_others(seen: Seen) -> float:
    """Referrals that a business received which follows any strategy but `taker`."""
    return _received(seen, riding=False)


def _received(seen: Seen, *, riding: bool) -> float:
    codes = [code for code, name in enumerate(seen.strategies) if name == FREE_RIDER]
    chosen = np.isin(seen.state.partners.strategy, codes) == riding
    return ratio(float(seen.state.partners.given[:, chosen].sum()), float(chosen.sum()))


@measures.register("credibility_with_partners", unit="share")
def credibility_with_partners(seen: Seen) -> float:
    """Credibility of a business in its partners' eyes, on average over weeks."""
    return float(seen.weekly["credibility"].mean())


@measures.register("overtakes_closed", unit="share of worlds")
def overtakes_closed(seen: Seen) -> float:
    """1 where partners have brought more clients than customers by the last week, else 0."""
    return float(not np.isnan(overtake_week(seen.weekly)))


@measures.register("week_of_overtaking_passed", unit="week", events=True)
def week_of_overtaking_passed(seen: Seen) -> float:
    """First week from which partners have passed more than customers till the end."""
    return _overtaking(seen.weekly["referrals_received"], _recommended(seen).mean(axis=1))


@measures.register("overtakes_passed", unit="share of worlds", events=True)
def overtakes_passed(seen: Seen) -> float:
    """1 where partners have passed more than customers by the last week, else 0."""
    return float(not np.isnan(week_of_overtaking_passed(seen)))


@measures.register("week_of_overtaking_value", unit="week")
def week_of_overtaking_value(seen: Seen) -> float:
    """First week from which partners have brought more value than customers till the end."""
    return _overtaking(seen.weekly["value_partner"], seen.weekly["value_customers"])


@measures.register("overtakes_value", unit="share of worlds")
def overtakes_value(seen: Seen) -> float:
    """1 where partners have brought more value than customers by the last week, else 0."""
    return float(not np.isnan(week_of_overtaking_value(seen)))


@measures.register("week_of_overtaking_hourly", unit="week")
def week_of_overtaking_hourly(seen: Seen) -> float:
    """First week from which an hour for partners has brought more value than one for customers.

    Value by partners over hours given to partners, against value by customers over all hours of
    service and asking, both from the first week on.
    """
    weekly = seen.weekly
    partners = np.cumsum(weekly["hours_partners"])
    customers = np.cumsum(weekly["hours_service"] + weekly["hours_asking"])
    # Multiplied crosswise, so that no hours need no division.
    return _first_ahead(np.cumsum(weekly["value_partner"]) * customers,
                        np.cumsum(weekly["value_customers"]) * partners)


@measures.register("overtakes_hourly", unit="share of worlds")
def overtakes_hourly(seen: Seen) -> float:
    """1 where an hour for partners has brought more value by the last week, else 0."""
    return float(not np.isnan(week_of_overtaking_hourly(seen)))


def _overtaking(partners: Floats, customers: Floats) -> float:
    return _first_ahead(np.cumsum(partners), np.cumsum(customers))


def _first_ahead(first: Floats, second: Floats) -> float:
    """First place from which `first` is above `second` till the end, NaN if it is not there."""
    behind = np.flatnonzero(first <= second)
    if behind.size and behind[-1] == first.size - 1:
        return float("nan")
    return float(behind[-1] + 1 if behind.size else 0)
