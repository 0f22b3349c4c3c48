"""`partners:`, `group:`, `one_to_ones:` and `referral:` reciprocal referral partners."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from wom_sim.scenario import quantities as q
from wom_sim.scenario.quantities import Section


class Partners(Section):
    """Whom a business trades referrals with, and how; hours come from `effort.partners`."""

    group: bool = q.choice(False, "member of the referral group")
    count: int = q.count(
        0, "partners", "partners kept without a group, own contact sphere first", high=199
    )
    strategies: dict[str, Any] = Field(
        default_factory=lambda: {"reciprocator": 1.0},
        description="share of businesses that follow each registered strategy",
    )
    message_specificity: float = q.share(
        0.6,
        "how specific the business is about what it does and for whom; ceiling of training",
        "'you need to be very specific' (article 001); number assumed",
    )
    attendance: float = q.share(
        0.92, "chance to attend a meeting that the hours allow", "absences 1-2 in 26 weeks (BNI)"
    )


class Group(Section):
    """The referral group, such as a chapter: one member a trade, meeting regularly."""

    size: int = q.count(
        27, "members", "seats in the group", "BNI 2015-2025: 26-30", low=2, high=200
    )
    every: int = q.count(
        1, "weeks", "weeks from meeting to meeting", "weekly (BNI)", low=1, high=52
    )
    meeting_hours: float = q.hours(1.5, "hours a meeting takes", "90 minutes (BNI)", low=0.01)
    visibility_gain: float = q.share(
        0.1, "share of the missing visibility that an attended meeting adds"
    )
    testify: float = q.share(
        0.1,
        "chance that a member delighted as a client testifies at a meeting",
        "'someone who has used your product or service tells the group' (article 001); number"
        " assumed",
    )
    testimony: float = q.share(
        0.02,
        "share of the missing credibility that such a testimony adds",
        "'can change how people view that service provider' (article 001); number assumed",
    )
    renewal: float = q.share(
        0.0,
        "chance a year that a member who received nothing leaves; falls with value over cost",
        "20-53 % leave in the first year (BNI); off by default",
    )
    cost: float = q.amount(
        9000.0,
        "money a year",
        "what membership costs: fees and about 200 hours",
        "AUD 3,894 and 196 h a year (BNI); their value assumed",
        low=0.01,
        high=1e9,
    )
    imitation: float = q.share(
        0.0, "chance a year that a member copies the strategy of one who gained more",
        plausible=(0.0, 0.2),
    )


class OneToOnes(Section):
    """Meetings of two partners."""

    every: int = q.count(
        1, "weeks", "weeks from round to round", "Power of One (BNI)", low=1, high=52
    )
    hours: float = q.hours(1.25, "hours a one-to-one takes", low=0.01)
    training_gain: float = q.share(
        0.4, "share of the gap to the partner's message specificity that a one-to-one closes"
    )
    visibility_gain: float = q.share(0.3, "share of the missing visibility that a one-to-one adds")


class Contact(Section):
    """How likely a need comes up between a person and a partner, by their contact."""

    client: float = q.share(
        0.6, "chance that the need of a recent client of the partner comes up with that partner"
    )
    friend: float = q.share(0.6, "chance that the need of a tie of the partner's owner comes up")
    member: float = q.share(0.9, "chance that the need of a person who is a partner too comes up")


class Referral(Section):
    """From a need that comes up to a referral passed, and what becomes of it."""

    contact: Contact = Contact()
    window: float = q.weeks(
        104.0,
        "weeks after a job in which a client is in touch with a business, or may testify for it",
    )
    recognise_untrained: float = q.share(
        0.3, "chance that an untrained partner sees that a need of median size fits"
    )
    recognise_trained: float = q.share(
        0.9, "chance that a fully trained partner sees that a need of median size fits"
    )
    size_effect: float = q.amount(
        0.5,
        "exponent",
        "how recognition grows with the size of the job (0: not at all)",
        "a professional's referral is worth up to 21 times a client's (Prince); assumed",
        high=10.0,
    )
    cost: float = q.amount(
        0.0,
        "money",
        "what passing a referral costs who passes it, in time and favours; taken off the value"
        " that imitation and renewal look at",
        "cost of giving (Nowak & Sigmund 1998); not counted by default",
        high=1e9,
    )
    willing: float = q.share(
        0.25, "willingness to pass a referral that owes nothing to reciprocity (w0)"
    )
    reciprocity: bool = q.choice(True, "whether partners' strategies act; off: willingness is w0")
    close_untrained: float = q.chance(
        0.3,
        "chance that an untrained partner's pitch would convince alone",
        "closing rate of member referrals not obtained; assumed, vary .2-.5",
        plausible=(0.2, 0.5),
    )
    close_trained: float = q.chance(
        0.55,
        "chance that a fully trained partner's pitch would convince alone",
        "as close_untrained; number assumed",
    )
    visibility_start: float = q.share(0.05, "visibility between partners who have just met")
    credibility_start: float = q.share(0.6, "credibility between partners who have just met")
    visibility_fade: float = q.share(0.985, "share of visibility left after a week without contact")
    training_fade: float = q.share(0.99, "share of training left after a week")
    credibility_gain: float = q.share(
        0.08, "share of the missing credibility that a delighted referred client adds"
    )
    credibility_loss: float = q.share(
        0.25,
        "share of credibility that a dissatisfied referred client destroys",
        "'Your own credibility would suffer' (article 001); number assumed",
    )
    drop_referrer: float = q.share(
        0.4, "chance that a referred client with a bad outcome stops listening to the referrer"
    )
    score_half_life: float = q.weeks(26.0, "weeks until a referral given counts half in reputation")
