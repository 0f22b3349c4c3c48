"""Outcomes: what a replication of an arm comes to, one number each.

An outcome is a function of the weekly measures, name -> (weeks,), means over treated
businesses. Its docstring is its meaning; a share or a rate of nothing is NaN (undefined).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from wom_sim.scenario.registry import outcomes

Weekly = Mapping[str, NDArray[np.float64]]

CUSTOMERS = ("asked_friend", "word_of_mouth", "requested")
"""Sources that are customers; the public record is kept apart."""


def total(weekly: Weekly, *names: str) -> float:
    """Sum of weekly measures over the run."""
    return float(sum(weekly[name].sum() for name in names))


def ratio(part: float, whole: float) -> float:
    """part / whole, NaN where there is nothing to divide by."""
    return part / whole if whole else float("nan")


@outcomes.register("clients_won", unit="clients")
def clients_won(weekly: Weekly) -> float:
    """Open needs won, whatever the source; clients kept by loyalty are counted apart."""
    return total(weekly, "won")


@outcomes.register("new_clients", unit="clients")
def new_clients(weekly: Weekly) -> float:
    """Clients won who were not clients before, or had left."""
    return total(weekly, "new_clients")


@outcomes.register("repeat_jobs", unit="jobs")
def repeat_jobs(weekly: Weekly) -> float:
    """Jobs kept by loyalty."""
    return total(weekly, "repeat")


@outcomes.register("jobs", unit="jobs")
def jobs(weekly: Weekly) -> float:
    """Jobs served, won or kept."""
    return total(weekly, "won", "repeat")


@outcomes.register("won_by_customers", unit="clients")
def won_by_customers(weekly: Weekly) -> float:
    """Clients won through asked friends, word of mouth heard and requested referrals."""
    return total(weekly, *(f"won_{source}" for source in CUSTOMERS))


@outcomes.register("won_by_partners", unit="clients")
def won_by_partners(weekly: Weekly) -> float:
    """Clients won with a partner as the source."""
    return total(weekly, "won_partner")


@outcomes.register("won_by_record", unit="clients")
def won_by_record(weekly: Weekly) -> float:
    """Clients won through the public record."""
    return total(weekly, "won_public_record")


@outcomes.register("won_unprompted", unit="clients")
def won_unprompted(weekly: Weekly) -> float:
    """Clients won without any recommendation."""
    return total(weekly, "won_unprompted")


@outcomes.register("customer_share", unit="share")
def customer_share(weekly: Weekly) -> float:
    """Share of clients won that customers brought."""
    return ratio(won_by_customers(weekly), clients_won(weekly))


@outcomes.register("partner_share", unit="share")
def partner_share(weekly: Weekly) -> float:
    """Share of clients won that partners brought."""
    return ratio(won_by_partners(weekly), clients_won(weekly))


@outcomes.register("new_customer_share", unit="share")
def new_customer_share(weekly: Weekly) -> float:
    """Share of new clients that customers brought."""
    return ratio(total(weekly, *(f"new_{s}" for s in CUSTOMERS)), new_clients(weekly))


@outcomes.register("new_partner_share", unit="share")
def new_partner_share(weekly: Weekly) -> float:
    """Share of new clients that partners brought."""
    return ratio(total(weekly, "new_partner"), new_clients(weekly))


@outcomes.register("lost_to_negative", unit="clients")
def lost_to_negative(weekly: Weekly) -> float:
    """Clients expected to be lost to negative word of mouth at the moment of choice."""
    return total(weekly, "lost_negative")


@outcomes.register("lost_to_grudge", unit="clients")
def lost_to_grudge(weekly: Weekly) -> float:
    """Dissatisfied clients who left for the rest of the market."""
    return total(weekly, "lost_grudge")


@outcomes.register("lost_to_drift", unit="clients")
def lost_to_drift(weekly: Weekly) -> float:
    """Other clients who left for the rest of the market."""
    return total(weekly, "lost_drift")


@outcomes.register("turned_away", unit="clients")
def turned_away(weekly: Weekly) -> float:
    """People turned away for lack of hours."""
    return total(weekly, "turned_away")


@outcomes.register("referrals_passed", unit="referrals")
def referrals_passed(weekly: Weekly) -> float:
    """Referrals the business passed to its partners."""
    return total(weekly, "referrals_passed")


@outcomes.register("referrals_received", unit="referrals")
def referrals_received(weekly: Weekly) -> float:
    """Referrals partners passed to the business."""
    return total(weekly, "referrals_received")


@outcomes.register("referrals_closed", unit="referrals")
def referrals_closed(weekly: Weekly) -> float:
    """Referrals received that were the source of a client won."""
    return total(weekly, "referrals_closed")


@outcomes.register("won_after_referral", unit="clients")
def won_after_referral(weekly: Weekly) -> float:
    """Clients won for whom a referral was among the reasons."""
    return total(weekly, "won_after_referral")


@outcomes.register("referrals_duplicate", unit="referrals")
def referrals_duplicate(weekly: Weekly) -> float:
    """Partners who would have passed a referral that another had passed already."""
    return total(weekly, "referrals_duplicate")


@outcomes.register("revenue", unit="money")
def revenue(weekly: Weekly) -> float:
    """Value of all jobs served."""
    return total(weekly, "revenue")


@outcomes.register("margin", unit="money")
def margin(weekly: Weekly) -> float:
    """Margin on all jobs served."""
    return total(weekly, "margin")


@outcomes.register("hours", unit="hours")
def hours(weekly: Weekly) -> float:
    """Hours given to service, asking and partners."""
    spent = ("hours_service", "hours_asking", "hours_partners", "hours_unspent")
    return round(total(weekly, *spent), 9)


@outcomes.register("hours_per_client", unit="hours per client")
def hours_per_client(weekly: Weekly) -> float:
    """Hours given for each client won."""
    return ratio(hours(weekly), clients_won(weekly))


@outcomes.register("margin_per_hour", unit="money per hour")
def margin_per_hour(weekly: Weekly) -> float:
    """Margin for each hour given."""
    return ratio(margin(weekly), hours(weekly))


@outcomes.register("referral_value", unit="money per referral")
def referral_value(weekly: Weekly) -> float:
    """Value of clients won by partners for each referral received."""
    return ratio(total(weekly, "value_partner"), referrals_received(weekly))


@outcomes.register("value_per_partner_client", unit="money per client")
def value_per_partner_client(weekly: Weekly) -> float:
    """Value of the first job of a client won by a partner."""
    return ratio(total(weekly, "value_partner"), won_by_partners(weekly))


@outcomes.register("value_per_customer_client", unit="money per client")
def value_per_customer_client(weekly: Weekly) -> float:
    """Value of the first job of a client won by customers."""
    return ratio(total(weekly, "value_customers"), won_by_customers(weekly))


@outcomes.register("unhappy_share", unit="share")
def unhappy_share(weekly: Weekly) -> float:
    """Share of jobs that left the client dissatisfied."""
    return ratio(total(weekly, "dissatisfied"), jobs(weekly))


@outcomes.register("delighted_share", unit="share")
def delighted_share(weekly: Weekly) -> float:
    """Share of jobs that delighted the client."""
    return ratio(total(weekly, "delighted"), jobs(weekly))


@outcomes.register("heard_positive", unit="hearings")
def heard_positive(weekly: Weekly) -> float:
    """Times a good story was heard."""
    return total(weekly, "heard_positive")


@outcomes.register("heard_negative", unit="hearings")
def heard_negative(weekly: Weekly) -> float:
    """Times a bad story was heard."""
    return total(weekly, "heard_negative")


@outcomes.register("asks", unit="asks")
def asks(weekly: Weekly) -> float:
    """Clients asked for referrals."""
    return total(weekly, "asks")


@outcomes.register("testimonials", unit="testimonials")
def testimonials(weekly: Weekly) -> float:
    """Testimonials given to the public record."""
    return total(weekly, "testimonials")


@outcomes.register("overtake_week", unit="week")
def overtake_week(weekly: Weekly) -> float:
    """First week from which partners have brought more clients than customers till the end."""
    customers = sum(weekly[f"won_{source}"] for source in CUSTOMERS)
    ahead = np.cumsum(weekly["won_partner"]) > np.cumsum(customers)
    if not ahead[-1]:
        return float("nan")
    behind = np.flatnonzero(~ahead)
    return float(behind[-1] + 1 if behind.size else 0)


@outcomes.register("steadiness", unit="coefficient of variation")
def steadiness(weekly: Weekly) -> float:
    """Spread over mean of clients won in four-week months; falls as 1 / sqrt(clients) by itself.

    Clients who come independently have a spread of the square root of their mean, so that smaller
    is steadier only between arms that win about as many.
    """
    months = weekly["won"][: len(weekly["won"]) // 4 * 4].reshape(-1, 4).sum(axis=1)
    return ratio(float(months.std()), float(months.mean())) if months.size else float("nan")


@outcomes.register("rejected", unit="people")
def rejected(weekly: Weekly) -> float:
    """People who decided against the business for good, where needs come once."""
    return total(weekly, "rejected")


@outcomes.register("weeks_to_95", unit="weeks")
def weeks_to_95(weekly: Weekly) -> float:
    """Weeks until 95 % of those undecided in week 0 are clients, where needs come once.

    T95 of Goldenberg, Libai & Muller 2001.
    """
    return _weeks_to(0.95, weekly)


@outcomes.register("weeks_to_50", unit="weeks")
def weeks_to_50(weekly: Weekly) -> float:
    """Weeks until half of those undecided in week 0 are clients, where needs come once."""
    return _weeks_to(0.5, weekly)


def _weeks_to(share: float, weekly: Weekly) -> float:
    won, goal = np.cumsum(weekly["won"]), share * weekly["needs"][0]
    if not weekly["waiting"].any() or won[-1] < goal:
        return float("nan")
    return float(np.argmax(won >= goal) + 1)


@outcomes.register("partner_gain", unit="money")
def partner_gain(weekly: Weekly) -> float:
    """Value of clients won by partners, less what passing referrals to them cost."""
    return total(weekly, "value_partner") - total(weekly, "cost_passing")
