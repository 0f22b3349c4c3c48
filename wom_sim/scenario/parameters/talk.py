"""`talk:` and `record:` word of mouth after a job, posts, and the public record."""

from __future__ import annotations

from wom_sim.scenario import quantities as q
from wom_sim.scenario.quantities import Section


class Told(Section):
    """How many ties a talker tells."""

    positive: float = q.amount(
        4.0,
        "ties",
        "ties told by a talker with a good story (mean)",
        "4-5 by satisfied complainants (TARP, Washington Post 1984), 15 of a good experience (AmEx"
        " 2012); number assumed",
        high=1000.0,
        plausible=(3.0, 15.0),
    )
    negative: float = q.amount(
        6.4,
        "ties",
        "ties told by a talker with a bad story (mean)",
        "1.6 times the good story (AmEx 2012: 24 against 15)",
        high=1000.0,
        articles=10.0,
        articles_source="'It used to be said, that one bad experience with a business would be"
        " spread to 10 people. That was then' (article 002); what came since is talk.posts",
    )


class Posts(Section):
    """Stories posted in public: followers hear, the record gains an entry."""

    share: float = q.share(
        0.12,
        "chance that a talker also posts the story in public",
        articles=0.4,
        articles_source="'with one Tweet, Facebook post or Instagram photo' (article 002); assumed",
    )
    reach_least: float = q.amount(
        10.0, "followers", "fewest followers who see a post", low=1.0, high=1e6
    )
    reach_tail: float = q.amount(
        1.3,
        "exponent",
        "tail of the reach of posts (Pareto): smaller is heavier",
        "heavy tail, small mean: Goel, Watts & Goldstein 2012; number assumed",
        low=0.5,
        high=10.0,
    )
    persuade: float = q.chance(
        0.02, "chance that one post, or one viral complaint, would convince alone"
    )


class Talk(Section):
    """Who speaks after a job, to how many, and how long it is remembered."""

    delighted: float = q.share(
        0.22,
        "chance that a delighted client tells others",
        "most visits are told to nobody; number assumed, calibrated on published patterns",
        articles=0.08,
        articles_source="'will rarely be spoken of' (article 002); number assumed, so that 11 times"
        " as much stays below 1",
    )
    satisfied: float = q.share(
        0.12,
        "chance that a satisfied client tells others",
        "zone of tolerance: fewer words (Zeithaml, Berry & Parasuraman 1993); number assumed,"
        " calibrated on published patterns",
        articles=0.01,
        articles_source="'People don’t refer business to you because you meet their minimum"
        " expectations.' (article 001); number assumed",
    )
    negativity_ratio: float = q.amount(
        1.2,
        "times",
        "chance that a dissatisfied client talks, over that of a delighted one (talk.delighted)",
        "56 % tell of bad experiences, 47 % of good ones (AmEx 2012); against all happy clients, of"
        " whom the satisfied talk less than the delighted, it comes out as about 1.7",
        high=1000.0,
        articles=11.0,
        articles_source="'11 times more likely to talk' than happy customers (article 001, which"
        " names no source); against all happy clients, not the delighted alone, it comes out as"
        " about 25",
    )
    told: Told = Told()
    strong: float = q.chance(0.35, "chance that one story from a strong tie would convince alone")
    weak: float = q.chance(0.15, "chance that one story from a weak tie would convince alone")
    retell: float = q.share(
        0.03,
        "chance that a hearer tells the story on, to ties of its own",
        "number assumed, calibrated on 1.1-1.3 tellers a cascade (Goel, Watts & Goldstein 2012)",
    )
    max_hops: int = q.count(
        5,
        "hops",
        "longest chain of retelling: hop 1 is from the client, or a post, to who hears it; 1 is"
        " no retelling",
        low=1,
        high=100,
    )
    hearsay: float = q.share(
        0.6, "strength of a story after each hop of retelling; the first hop is in full strength"
    )
    memory_half_life: float = q.weeks(
        26.0,
        "weeks until a story heard is remembered half as strongly",
        "carry-over of word of mouth about 3 weeks (Trusov 2009), longer for services; assumed",
    )
    posts: Posts = Posts()


class Record(Section):
    """The public record: reviews and testimonials that anyone may look up."""

    look_up: float = q.share(0.35, "chance that a person with an open need looks up the record")
    persuade: float = q.chance(0.18, "chance that a long and spotless record would convince alone")
    saturation: float = q.amount(
        2.5, "entries", "entries at which a record has 63 % of its full weight", low=0.1, high=1e6
    )
    half_life: float = q.weeks(52.0, "weeks until an entry counts half")
