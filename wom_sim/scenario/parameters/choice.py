"""`loyalty:`, `choice:` and `friends:` how a person with a need picks a provider."""

from __future__ import annotations

from typing import Literal

from wom_sim.scenario import quantities as q
from wom_sim.scenario.quantities import Section


class Loyalty(Section):
    """Does the last provider keep the next need?"""

    satisfied: float = q.share(0.6, "chance that a satisfied client returns without looking around")
    delighted: float = q.share(0.8, "chance that a delighted client returns without looking around")
    grudge: float = q.share(
        0.8, "chance that a dissatisfied client looks for someone else next time"
    )


class Choice(Section):
    """Persuasion: hazards of messages add, then one rule decides (model, section 3)."""

    rule: Literal["veto", "compete", "counts"] = q.choice(
        "veto",
        "how positive and negative messages combine",
        "veto: assumed; compete: Goldenberg et al. 2007; counts: their public re-implementation",
    )
    updating: Literal["together", "one_by_one"] = q.choice(
        "together",
        "whether a week's needs are decided on what was known when it began, or one after another"
        " in random order, each seeing what those before it chose",
        "one_by_one: asynchronous updating (Huberman & Glance 1993)",
    )
    awareness: float = q.share(
        0.08, "chance that the business comes to mind unprompted when a need opens"
    )
    awareness_left: float = q.share(
        1.0,
        "share of awareness left after each week from week 0 on, as of advertising that fades",
        "0.9 a week in Goldenberg et al. 2007 as re-implemented; 1 (none fades) by default",
    )
    unprompted: Literal["persuades", "decides"] = q.choice(
        "persuades",
        "whether coming to mind is one message among others, or settles the choice alone",
        "decides: advertising in Goldenberg et al. 2007 as re-implemented",
    )
    close_unprompted: float = q.chance(
        0.12,
        "chance to win a prospect who came without any recommendation, with unprompted: persuades",
    )
    competition: float = q.amount(
        0.2,
        "weight",
        "weight of the recommendations for rivals against those for the business",
        high=100.0,
    )
    negative_weight: float = q.amount(
        1.0,
        "times",
        "strength of a negative message against a positive one (m): a bad story, a friend's"
        " warning, a bad entry of the record; not of an own bad experience",
        "East et al.: about 1 over 13 studies of brand choice",
        high=100.0,
        articles=2.0,
        articles_source="modelling convention (Goldenberg et al. 2007 as re-implemented)",
    )
    own_bad: float = q.chance(
        0.7, "chance that an own bad experience alone keeps a person from coming back"
    )


class Friends(Section):
    """Asking ties before choosing, and what they say."""

    ask_around: float = q.share(
        0.7,
        "chance that a person with an open need asks ties for advice",
        "72 % of opinions come from family and friends (Keller Fay 2006); number assumed",
    )
    number: int = q.count(8, "ties", "ties asked, strong ones first", low=0, high=1000)
    recommend_delighted: float = q.share(
        0.85,
        "chance that a delighted client who is asked, by a friend or by the business, recommends",
    )
    recommend_satisfied: float = q.share(
        0.5, "chance that a satisfied client who is asked recommends"
    )
    warn: float = q.share(0.85, "chance that a dissatisfied client asked warns")
    rejecters_warn: float = q.share(
        0.0,
        "chance that who decided against, with needs: once, warns when asked, though never a"
        " client",
        "1 in Goldenberg et al. 2007 as re-implemented; off by default",
    )
    strong: float = q.chance(
        0.7,
        "chance that one message from a strong tie would convince alone",
        "chance to buy rises by .20 with a positive message (East et al. 2008); number assumed,"
        " since advice asked for and from a close friend may do more",
        plausible=(0.2, 0.8),
    )
    weak: float = q.chance(
        0.45,
        "chance that one message from a weak tie would convince alone",
        "chance to buy rises by .20 with a positive message (East et al. 2008); number assumed,"
        " since advice asked for may do more",
        plausible=(0.1, 0.6),
    )
    relay: float = q.share(
        0.5, "weight at which a tie without own experience passes on what it remembers hearing"
    )
    recall_half_life: float = q.weeks(
        104.0,
        "weeks until an experience, told to a friend or one's own, counts half (1e9: never)",
        high=1e9,
    )
