"""What is counted each week for each business, and the laws that the counts must obey."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.choice import Decisions
from wom_sim.market.compiled import borrowing
from wom_sim.market.service import Jobs
from wom_sim.market.state import (
    BUSINESS,
    BY_PARTNER,
    DISSATISFIED,
    NOBODY,
    REPEAT,
    REQUESTED,
    REST,
    Floats,
    Ints,
    State,
)
from wom_sim.market.talk import Told


class Measure(NamedTuple):
    """A weekly count of a business: name, unit, one-line meaning."""

    name: str
    unit: str
    meaning: str


MEASURES = tuple(
    Measure(*line)
    for line in (
        ("needs", "needs", "needs of the trade that arose, or one-off needs that were open"),
        ("open_needs", "needs", "needs that loyalty did not keep"),
        ("won", "clients", "open needs won"),
        ("new_clients", "clients", "open needs won from people who were not clients"),
        ("repeat", "jobs", "needs kept by loyalty and served"),
        ("to_rest", "needs", "needs that the rest of the market served"),
        ("rejected", "people", "one-off needs that ended by deciding against the business"),
        ("waiting", "needs", "one-off needs that stay open for another week"),
        ("won_partner", "clients", "won with a partner as the source"),
        ("won_asked_friend", "clients", "won through a friend who was asked"),
        ("won_word_of_mouth", "clients", "won through word of mouth heard before"),
        ("won_requested", "clients", "won through a client asked for referrals"),
        ("won_public_record", "clients", "won through the public record"),
        ("won_unprompted", "clients", "won without any recommendation"),
        ("new_partner", "clients", "new clients with a partner as the source"),
        ("new_asked_friend", "clients", "new clients through a friend who was asked"),
        ("new_word_of_mouth", "clients", "new clients through word of mouth heard before"),
        ("new_requested", "clients", "new clients through a client asked for referrals"),
        ("new_public_record", "clients", "new clients through the public record"),
        ("new_unprompted", "clients", "new clients without any recommendation"),
        ("won_tier1", "clients", "won by a referral among partners themselves"),
        ("won_tier2", "clients", "won by a referral of a partner's contact"),
        ("won_tier3", "clients", "won by a referral of a contact that came by referral"),
        ("lost_grudge", "clients", "dissatisfied clients who left for the rest"),
        ("lost_drift", "clients", "other clients who left for the rest"),
        ("lost_negative", "clients", "clients expected to be lost to negative word of mouth"),
        ("turned_away", "clients", "people turned away for lack of hours"),
        ("dissatisfied", "jobs", "jobs that left the client dissatisfied"),
        ("satisfied", "jobs", "jobs that left the client satisfied"),
        ("delighted", "jobs", "jobs that delighted the client"),
        ("talkers_positive", "stories", "clients who told a good story"),
        ("talkers_negative", "stories", "clients who told a bad story"),
        ("tellers_positive", "tellings", "people who told a good story, retellers included"),
        ("tellers_negative", "tellings", "people who told a bad story, retellers included"),
        ("heard_positive", "hearings", "times a good story was heard"),
        ("heard_negative", "hearings", "times a bad story was heard"),
        ("posts_positive", "posts", "good stories posted"),
        ("posts_negative", "posts", "bad stories posted"),
        ("referrals_passed", "referrals", "referrals passed to partners"),
        ("referrals_received", "referrals", "referrals received from partners"),
        ("referrals_duplicate", "referrals", "further partners who would have passed the same"),
        ("cost_passing", "money", "what passing referrals cost who passed them"),
        ("referrals_closed", "referrals", "referrals received that won the client"),
        ("won_after_referral", "clients", "clients won with a referral among other reasons"),
        ("asks", "asks", "clients asked for referrals"),
        ("named", "names", "people whom asked clients named"),
        ("testimonials", "testimonials", "testimonials given to the public record"),
        ("hours_service", "hours", "hours spent on service"),
        ("hours_asking", "hours", "hours spent on asking"),
        ("hours_partners", "hours", "hours spent on partners"),
        ("hours_unspent", "hours", "hours for asking and partners put aside this week"),
        ("hours_per_job", "hours per job", "hours that a job gets at this week's load"),
        ("revenue", "money", "value of jobs served"),
        ("margin", "money", "margin on jobs served"),
        ("value_partner", "money", "value of clients won by partners"),
        ("value_tier1", "money", "of these, by a referral among partners themselves"),
        ("value_tier2", "money", "of these, by a referral of a partner's contact"),
        ("value_tier3", "money", "of these, by a referral of a contact that came by referral"),
        ("value_customers", "money", "value of clients won by customers"),
        ("visibility", "share", "mean visibility in partners' eyes"),
        ("credibility", "share", "mean credibility in partners' eyes"),
        ("training", "share", "mean training of partners to refer"),
        ("record_good", "entries", "good entries in the public record"),
        ("record_bad", "entries", "bad entries in the public record"),
    )
)

PLACE = {measure.name: place for place, measure in enumerate(MEASURES)}

LEVELS = ("hours_per_job", "visibility", "credibility", "training", "record_good", "record_bad")
"""Measures that are levels, not counts: over weeks they are averaged, not summed."""

NEEDS, OPEN, WON, NEW = (PLACE[n] for n in ("needs", "open_needs", "won", "new_clients"))
REPEATED, TO_REST = PLACE["repeat"], PLACE["to_rest"]
REJECTED, WAITING, COST = (PLACE[n] for n in ("rejected", "waiting", "cost_passing"))
WON_FROM, NEW_FROM = PLACE["won_partner"] - BY_PARTNER, PLACE["new_partner"] - BY_PARTNER
TIER, JUDGED = PLACE["won_tier1"] - 1, PLACE["dissatisfied"] - DISSATISFIED
VALUE_TIER = PLACE["value_tier1"] - 1
GRUDGE, DRIFT = PLACE["lost_grudge"], PLACE["lost_drift"]
LOST, TURNED = PLACE["lost_negative"], PLACE["turned_away"]
PASSED, RECEIVED = PLACE["referrals_passed"], PLACE["referrals_received"]
DUPLICATE, CLOSED = PLACE["referrals_duplicate"], PLACE["referrals_closed"]
AFTER, REVENUE, MARGIN = PLACE["won_after_referral"], PLACE["revenue"], PLACE["margin"]
# Talkers, tellers, heard and posts stand side by side, each good and bad, as in Told.
TALK = slice(PLACE["talkers_positive"], PLACE["posts_negative"] + 1)
VISIBILITY, CREDIBILITY = PLACE["visibility"], PLACE["credibility"]
TRAINING = PLACE["training"]
VALUE_PARTNER, VALUE_CUSTOMERS = PLACE["value_partner"], PLACE["value_customers"]


def _tally(
    trade: NDArray[np.int16], decisions: Decisions, jobs: Jobs, value: Floats, margin: Floats,
    cost: float, row: Floats,
) -> None:
    """Count a week's decisions and jobs into `row` (K, measures).

        margin of a job = margin * value
        cost of passing = referral.cost for each referral passed
    """
    for n in range(trade.size):
        j, source, i = trade[n], decisions.source[n], decisions.referrer[n]
        row[j, NEEDS] += 1
        row[j, OPEN] += decisions.open[n]
        row[j, GRUDGE] += decisions.grudge[n]
        row[j, DRIFT] += decisions.drift[n]
        row[j, LOST] += decisions.lost[n]
        row[j, TURNED] += decisions.turned[n]
        row[j, REJECTED] += decisions.rejected[n]
        row[j, TO_REST] += decisions.provider[n] == REST and not decisions.rejected[n]
        row[j, WAITING] += decisions.provider[n] == NOBODY
        row[j, DUPLICATE] += decisions.duplicate[n]
        if i >= 0:
            row[i, PASSED] += 1
            row[i, COST] += cost
            row[j, RECEIVED] += 1
        if decisions.provider[n] != BUSINESS:
            continue
        row[j, JUDGED + jobs.judgement[n]] += 1
        row[j, REVENUE] += value[n]
        row[j, MARGIN] += value[n] * margin[j]
        if source == REPEAT:
            row[j, REPEATED] += 1
            continue
        row[j, WON] += 1
        row[j, NEW] += decisions.new[n]
        row[j, WON_FROM + source] += 1
        row[j, NEW_FROM + source] += decisions.new[n]
        row[j, AFTER] += i >= 0
        if source == BY_PARTNER:
            row[j, CLOSED] += 1
            row[j, TIER + decisions.tier[n]] += 1
            row[j, VALUE_PARTNER] += value[n]
            row[j, VALUE_TIER + decisions.tier[n]] += value[n]
        elif source <= REQUESTED:
            row[j, VALUE_CUSTOMERS] += value[n]


tally = borrowing(_tally)


def _count_waiting(waiting: Ints, row: Floats) -> None:
    """Enter needs that nobody looked at any further, (K,), into `row` (K, measures)."""
    for j in range(waiting.size):
        row[j, NEEDS] += waiting[j]
        row[j, OPEN] += waiting[j]
        row[j, WAITING] += waiting[j]


count_waiting = borrowing(_count_waiting)


def count_talk(told: Told, row: Floats) -> None:
    """Enter a week's word of mouth into `row` (K, measures)."""
    row[:, TALK] += np.concatenate((told.talkers, told.tellers, told.heard, told.posts), axis=1)


def _stand(
    linked: NDArray[np.uint8], visibility: Floats, credibility: Floats, training: Floats,
    row: Floats,
) -> None:
    """Means over those who are linked to a business, 0 where nobody is, into `row`."""
    for j in range(len(linked)):
        links = 0
        seen = trusted = trained = 0.0
        for i in range(len(linked)):
            if linked[i, j]:
                links += 1
                seen += visibility[i, j]
                trusted += credibility[i, j]
                trained += training[i, j]
        links = max(links, 1)
        row[j, VISIBILITY], row[j, CREDIBILITY] = seen / links, trusted / links
        row[j, TRAINING] = trained / links


stand = borrowing(_stand)


def count_standing(state: State, row: Floats) -> None:
    """Enter visibility, credibility, training and the record as they stand, into `row`."""
    partners, businesses = state.partners, state.businesses
    stand(partners.linked, partners.visibility, partners.credibility, partners.training, row)
    row[:, PLACE["record_good"]] = businesses.record_good
    row[:, PLACE["record_bad"]] = businesses.record_bad


class LawBroken(Exception):
    """A conservation law of the model does not hold: a defect of the program, never of input."""


class Ledger(Protocol):
    """What the laws are checked on; `calendar.Market` is one.

    record: (weeks, K, measures); budget: (weeks, K) hours given; capacity: (weeks, K) most
    jobs a week.
    """

    record: Floats
    budget: Floats
    capacity: Floats
    state: State


def check(run: Ledger) -> None:
    """Raise LawBroken unless the counts of a run obey the conservation laws."""
    for law, holds in laws(run.record, run.budget, run.capacity, run.state):
        if not holds:
            raise LawBroken(f"conservation law broken: {law}")


def laws(
    record: Floats, budget: Floats, capacity: Floats, state: State
) -> list[tuple[str, bool]]:
    """Each law in words and whether it holds; arguments as for `check`."""

    def of(*names: str) -> Floats:
        total: Floats = sum((record[:, :, PLACE[name]] for name in names), np.zeros(1))
        return total

    won = [f"won_{name}" for name in _SOURCES]
    new = [f"new_{name}" for name in _SOURCES]
    jobs = of("repeat", "won")
    hours = of("hours_service", "hours_asking", "hours_partners", "hours_unspent")
    partners = state.partners
    shares = (partners.visibility, partners.credibility, partners.training)
    return [
        ("every need is kept, won, served by the rest, decided against or still open",
         _same(of("needs"), of("repeat", "won", "to_rest", "rejected", "waiting"))),
        ("open needs are needs", bool((of("open_needs") <= of("needs")).all())),
        ("clients won have one source each", _same(of("won"), of(*won))),
        ("new clients have one source each", _same(of("new_clients"), of(*new))),
        ("new clients are won", bool((of("new_clients") <= of("won")).all())),
        ("clients won by partners have one tier each",
         _same(of("won_partner"), of("won_tier1", "won_tier2", "won_tier3"))),
        ("every job is judged once", _same(jobs, of("dissatisfied", "satisfied", "delighted"))),
        ("nobody is served beyond capacity", bool((jobs <= capacity).all())),
        ("talkers had a job that week",
         bool((of("talkers_positive", "talkers_negative") <= jobs).all())),
        ("those who dislike the job tell bad stories, the others good ones",
         bool((of("talkers_negative") <= of("dissatisfied")).all())),
        ("referrals passed are referrals received",
         _same(of("referrals_passed").sum(axis=1), of("referrals_received").sum(axis=1))),
        ("referrals closed are clients won by partners",
         _same(of("referrals_closed"), of("won_partner"))),
        ("referrals closed were received",
         bool((of("won_after_referral") <= of("referrals_received")).all())),
        ("hours given are spent, put aside or returned",
         bool(np.allclose(hours, budget, atol=1e-6))),
        ("hours put aside lie in the banks", _same_hours(of("hours_unspent"), state)),
        ("no losses below zero", bool((of("lost_negative") >= 0.0).all())),
        ("visibility, credibility and training lie in [0, 1]",
         all(bool(((x >= 0.0) & (x <= 1.0)).all()) for x in shares)),
        ("partner ties are mutual and to others",
         bool((partners.linked == partners.linked.T).all()) and not partners.linked.trace()),
        ("all counts are numbers", bool(np.isfinite(record).all())),
    ]


def _same_hours(unspent: Floats, state: State) -> bool:
    businesses = state.businesses
    banks = businesses.ask_bank + businesses.partner_bank + businesses.returned
    return bool(np.allclose(unspent.sum(axis=0), banks, atol=1e-6) and (banks >= -1e-9).all())


_SOURCES = ("partner", "asked_friend", "word_of_mouth", "requested", "public_record", "unprompted")


def _same(left: Floats, right: Floats) -> bool:
    return bool((left == right).all())


