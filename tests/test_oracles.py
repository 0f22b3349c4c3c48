"""Exact answers: reduced worlds whose outcome can be written down.

Every `agrees` is an exact test with a false-alarm rate of at most 5e-9; the number it is given
last is the error that it sees with a chance of .999, computed from the size of the sample.
Everything else here is equality.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from pathlib import Path
from statistics import NormalDist
from typing import Any, get_args

import numpy as np
import pytest
from worlds import (
    PAST,
    SMALL,
    Stage,
    Tree,
    agrees,
    agrees_with_poisson,
    alpha,
    close,
    kernel,
    merged,
    people_of,
    run,
    scenario,
)

from wom_sim.market import chance, needs, record, service
from wom_sim.market.calendar import Week
from wom_sim.market.partners import anniversary
from wom_sim.market.reciprocity import relative_score
from wom_sim.market.state import (
    ASKED_FRIEND,
    BUSINESS,
    BY_PARTNER,
    DELIGHTED,
    DISSATISFIED,
    NEVER,
    NO_SOURCE,
    NOBODY,
    PUBLIC_RECORD,
    REQUESTED,
    REST,
    SATISFIED,
    UNPROMPTED,
    WORD_OF_MOUTH,
)
from wom_sim.scenario.parameters.choice import Choice
from wom_sim.scenario.quantities import HORIZON

NORMAL = NormalDist()
hazard = chance.hazard

LONERS = {"kind": "cliques", "members": 1}
PAIRS = {"kind": "cliques", "members": 2}

QUIET: Tree = {
    "seed": 5,
    "weeks": 1,
    "history_weeks": 0,
    "population": {"size": 12_000, "network": LONERS, "ties": {"strong_share": 1.0}},
    "trades": {"count": 20, "spheres": 1},
    "loyalty": {"satisfied": 0.0, "delighted": 0.0, "grudge": 1.0},
    "choice": {"awareness": 0.0, "competition": 0.0},
    "friends": {"ask_around": 0.0},
    "record": {"look_up": 0.0, "half_life": 52.0},
    "effort": {"service": 168.0},
    "service": {"least_hours": 0.01},
    "talk": {"delighted": 0.0, "satisfied": 0.0, "negativity_ratio": 0.0},
    "group": {"size": 2},
}
"""Nobody has ties, nobody talks, nobody is turned away: each test switches on what it needs."""

ALL_REFER: Tree = {
    "partners": {"group": True, "strategies": {"taker": 1.0}},
    "referral": {
        "contact": {"client": 1.0, "friend": 1.0, "member": 1.0},
        "recognise_untrained": 1.0,
        "recognise_trained": 1.0,
        "size_effect": 0.0,
        "willing": 1.0,
        "visibility_start": 1.0,
        "credibility_start": 1.0,
    },
}
"""Every partner in touch with a person refers, whatever came back."""


def no_owner_near(stage: Stage, week: Week, members: int) -> Any:
    """Needs of people in whose clique (of `members`) nobody owns the business in question.

    An owner is no witness of the own business.
    """
    return week.person // members != stage.world.owner[week.trade] // members


def clients_of_all(stage: Stage, experience: int = SATISFIED) -> None:
    """Everybody is a client of every business, served in week 0 as `experience` says."""
    stage.people.provider[:] = BUSINESS
    stage.people.own[:] = experience
    stage.people.own_week[:] = 0


# Needs


def test_needs_are_a_poisson_process() -> None:
    """A wrong rate, week or trade of needs, or needs that hang together.

    Needs of a trade in a week are Poisson; people without any, or with one, are binomial. Sees
    20 % in one week of the rarest trade, 1.5 % in one that changes its rate, shares off by .02.
    """
    people, weeks = 20_000, 20
    rates = np.tile([0.5, 5.0, 2.0], (weeks, 1))
    rates[12:, 1] = 10.0
    seat = np.full(people, -1, np.int16)
    seat[:3] = range(3)
    drawn = needs.schedule(chance.key_of(3, 0), seat, rates)
    week = np.repeat(np.arange(weeks), np.diff(drawn.first))
    for trade in range(3):
        means = (people - 1) * rates[:, trade] / 52
        counts = np.bincount(week[drawn.trade == trade], minlength=weeks)
        for seen, mean in zip(counts, means, strict=True):
            agrees_with_poisson(seen, mean, 11 / math.sqrt(mean))
        agrees_with_poisson(counts.sum(), means.sum(), 10 / math.sqrt(means.sum()))
        each = np.bincount(drawn.person[drawn.trade == trade], minlength=people)
        mean = rates[:, trade].sum() / 52
        for number in (0, 1):
            share = math.exp(-mean) * mean**number
            others = np.delete(each, trade)
            agrees((others == number).sum(), people - 1, share, 0.035)
        assert each[trade] == 0, "an owner needs the own trade"


def test_needs_come_in_order() -> None:
    """Needs out of the order of week, person, trade and ordinal, an ordinal left out."""
    rates = np.full((30, 4), 8.0)
    drawn = needs.schedule(chance.key_of(4, 0), np.full(50, -1, np.int16), rates)
    week = np.repeat(np.arange(30), np.diff(drawn.first))
    rows = list(zip(week, drawn.person, drawn.trade, drawn.ordinal, strict=True))
    assert rows == sorted(rows)
    for person in range(50):
        for trade in range(4):
            mine = drawn.ordinal[(drawn.person == person) & (drawn.trade == trade)]
            assert mine.tolist() == list(range(mine.size))


def test_job_sizes_are_lognormal() -> None:
    """A spread, median or shape of job sizes that is not the lognormal's.

    Dvoretzky-Kiefer-Wolfowitz-Massart at 5e-9: sees any distance of .0065 between the
    distributions, which is 2 % of the spread.
    """
    stage = Stage(scenario(QUIET, trades__job_spread=0.6, loyalty__satisfied=1.0))
    clients_of_all(stage)
    logs = np.sort(np.log(stage.play().decisions.size)) / 0.6
    below = np.array([NORMAL.cdf(x) for x in logs])
    distance = np.abs(below - (np.arange(logs.size) + 0.5) / logs.size).max() + 0.5 / logs.size
    assert distance < math.sqrt(math.log(2 / alpha()) / (2 * logs.size)) < 0.0065


# Loyalty


@pytest.mark.parametrize("provider", [BUSINESS, REST])
def test_loyalty_keeps_the_share_it_says(provider: int) -> None:
    """A share of clients kept that is not the one of their experience, at either provider.

    Sees shares off by .02.
    """
    stage = Stage(scenario(QUIET, loyalty={"satisfied": 0.3, "delighted": 0.7, "grudge": 0.9}))
    stage.people.provider[:] = provider
    kept = stage.people.own if provider == BUSINESS else stage.people.rest
    kept[:] = 1 + np.arange(12_000)[:, None] % 3
    week = stage.play()
    stays = week.decisions.open == 0
    for experience, share in ((DISSATISFIED, 0.1), (SATISFIED, 0.3), (DELIGHTED, 0.7)):
        alike = 1 + week.person % 3 == experience
        agrees(stays[alike].sum(), int(alike.sum()), share, 0.02)
    assert (week.decisions.provider[stays] == provider).all()
    grudges = week.decisions.open * (provider == BUSINESS) * (week.person % 3 == 0)
    assert (week.decisions.grudge == grudges).all()


def test_who_has_no_provider_looks_around() -> None:
    """Loyalty to nobody."""
    assert Stage(scenario(QUIET, loyalty__satisfied=1.0)).play().decisions.open.all()


# Persuasion


def enumerated(rule: str, good: Mapping[str, Fraction], bad: Mapping[str, Fraction]) -> Fraction:
    """Chance to be won, by every combination of messages that convince or put off.

    veto: one good and no bad; compete: where both speak the good wins p+ of p+ + p-; counts:
    each of them has a vote.
    """
    messages = [*good.values(), *bad.values()]
    heard = 1 - math.prod(1 - q for q in good.values())
    warned = 1 - math.prod(1 - q for q in bad.values())
    total = Fraction(0)
    for outcome in product((0, 1), repeat=len(messages)):
        chances = (q if hit else 1 - q for q, hit in zip(messages, outcome, strict=True))
        pro, con = sum(outcome[: len(good)]), sum(outcome[len(good) :])
        share = Fraction(0)
        if pro and not con:
            share = Fraction(1)
        elif pro and con and rule == "compete":
            share = heard / (heard + warned)
        elif pro and con and rule == "counts":
            share = Fraction(pro, pro + con)
        total += math.prod(chances) * share
    return total


EVIDENCE = [
    ({"a": Fraction(2, 5)}, {}),
    ({"a": Fraction(2, 5)}, {"b": Fraction(1, 3)}),
    ({"a": Fraction(1, 10), "c": Fraction(7, 10)}, {"b": Fraction(1, 2), "d": Fraction(1, 9)}),
    ({"a": Fraction(99, 100), "b": Fraction(1, 2), "c": Fraction(1, 50)}, {"d": Fraction(9, 10)}),
    ({}, {"d": Fraction(1, 2)}),
]


@pytest.mark.parametrize(("good", "bad"), EVIDENCE)
@pytest.mark.parametrize("rule", ["veto", "compete"])
@pytest.mark.parametrize("form", ["persuaded", "_persuaded"])
def test_persuasion_is_what_enumeration_gives(
    form: str, rule: str, good: Tree, bad: Tree
) -> None:
    """An algebra of hazards that is not that of independent messages."""
    plus = sum(hazard(float(q)) for q in good.values())
    minus = sum(hazard(float(q)) for q in bad.values())
    code = get_args(Choice.model_fields["rule"].annotation).index(rule)
    close(kernel(form)(plus, minus, code), float(enumerated(rule, good, bad)))


def heard_both(rule: str) -> Stage:
    """Everybody was told good (.5) and bad (.3) stories, knows the business (.4), hates it (.6)."""
    stage = Stage(
        scenario(QUIET, choice={"rule": rule, "awareness": 1.0, "close_unprompted": 0.4,
                                "own_bad": 0.6})
    )
    stage.people.good[:], stage.people.bad[:] = hazard(0.5), hazard(0.3)
    stage.people.heard[:] = stage.people.own_week[:] = 0
    stage.people.own[:] = DISSATISFIED
    return stage


GOOD = {"memory": Fraction(1, 2), "mind": Fraction(2, 5)}
BAD = {"memory": Fraction(3, 10), "own": Fraction(3, 5)}


@pytest.mark.parametrize("rule", ["veto", "compete", "counts"])
def test_rules_win_what_enumeration_gives(rule: str) -> None:
    """A message left out of a decision, counted twice or on the wrong side. Sees .01."""
    won = heard_both(rule).play().decisions.source >= 0
    agrees(won.sum(), won.size, float(enumerated(rule, GOOD, BAD)), 0.01)


@pytest.mark.parametrize("rule", ["veto", "compete"])
def test_losses_are_the_difference_that_stories_make(rule: str) -> None:
    """Losses to negative word of mouth that count own experience, or miss the rivals."""
    lost = heard_both(rule).play().decisions.lost
    without = enumerated(rule, GOOD, {"own": BAD["own"]})
    close(lost, float(without - enumerated(rule, GOOD, BAD)))


def test_losses_by_counting_are_unbiased() -> None:
    """Losses under the rule counts that are not, on average, clients lost. Sees .01."""
    lost = heard_both("counts").play().decisions.lost
    without = enumerated("counts", GOOD, {"own": BAD["own"]})
    expected = float(without - enumerated("counts", GOOD, BAD))
    # Each lies in [-1, 1] (Hoeffding 1963).
    bound = math.sqrt(2 * math.log(2 / alpha()) / lost.size)
    assert bound < 0.015
    assert abs(lost.mean() - expected) < bound


def test_rivals_take_their_share() -> None:
    """A rival's recommendation that counts for nothing, or for the wrong side. Sees .01."""
    against_rivals = kernel("against_rivals")
    assert against_rivals(2.0, 3.0, 0.5) == 2.0 / 3.5
    assert against_rivals(2.0, 3.0, 0.0) == 1.0
    assert against_rivals(0.0, 3.0, 0.5) == 0.0
    stage = Stage(
        scenario(QUIET, population__network=PAIRS, friends={
            "ask_around": 1.0, "recommend_satisfied": 1.0, "strong": 0.7},
            choice={"awareness": 1.0, "close_unprompted": 0.5, "competition": 0.4})
    )
    stage.people.provider[:], stage.people.rest[:] = REST, SATISFIED
    stage.people.rest_week[:] = 0
    stage.people.bad[:], stage.people.heard[:] = hazard(0.2), 0
    decisions = stage.play().decisions
    left = hazard(0.5) / (hazard(0.5) + 0.4 * hazard(0.7))
    agrees((decisions.source >= 0).sum(), decisions.source.size, 0.5 * 0.8 * left, 0.01)
    close(decisions.lost, 0.5 * 0.2 * left)


def test_unhappy_clients_of_the_rest_recommend_nobody() -> None:
    """A rival's unhappy client who counts as a recommendation for the rival. Sees .01."""
    stage = Stage(
        scenario(QUIET, population__network=PAIRS, friends={"ask_around": 1.0},
                 choice={"awareness": 1.0, "close_unprompted": 0.5, "competition": 5.0})
    )
    stage.people.provider[:], stage.people.rest[:] = REST, DISSATISFIED
    stage.people.rest_week[:] = 0
    source = stage.play().decisions.source
    agrees((source >= 0).sum(), source.size, 0.5, 0.01)


# What friends say


@pytest.mark.parametrize(
    ("friend", "chance_won"),
    [
        ({"provider": BUSINESS, "own": DELIGHTED, "own_week": 0}, 0.8 * 0.7),
        ({"provider": BUSINESS, "own": SATISFIED, "own_week": 0}, 0.5 * 0.7),
        ({"provider": BUSINESS, "own": SATISFIED, "own_week": -10},
         0.5 * (1 - 0.3 ** 0.5 ** 0.5)),
        ({"provider": BUSINESS, "own": DISSATISFIED, "own_week": 0}, 0.0),
        ({"provider": REST, "own": SATISFIED, "own_week": 0, "rest": SATISFIED, "rest_week": 0},
         0.0),
        ({"provider": NOBODY, "good": hazard(0.6), "heard": 0}, 1 - 0.4**0.5),
        ({"provider": NOBODY, "good": hazard(0.6), "heard": -13}, 1 - 0.4 ** (0.5 * 0.5**0.5)),
    ],
    ids=["delighted", "satisfied", "long ago", "dissatisfied", "left", "relays", "relays old"],
)
def test_friends_speak_from_what_they_know(friend: Tree, chance_won: float) -> None:
    """A friend who speaks too often, too strongly, or of what is forgotten. Sees .015."""
    stage = Stage(
        scenario(QUIET, population__network=PAIRS, trades__count=10, talk__memory_half_life=26.0,
                 friends={"ask_around": 1.0, "recommend_satisfied": 0.5,
                          "recommend_delighted": 0.8, "strong": 0.7, "relay": 0.5,
                          "recall_half_life": 20.0}),
        who=np.arange(0, 12_000, 2),
    )
    for name, value in friend.items():
        getattr(stage.people, name)[1::2] = value
    week = stage.play()
    won = week.decisions.source[no_owner_near(stage, week, 2)]
    agrees((won >= 0).sum(), won.size, chance_won, 0.03)
    assert set(won[won >= 0]) <= {ASKED_FRIEND}
    assert set(week.decisions.teller) <= {-1, *range(1, 12_000, 2)}


@pytest.mark.parametrize("weight", [1.0, 2.0])
def test_friends_warn(weight: float) -> None:
    """A warning that is weaker or stronger than its weight says. Sees .015."""
    stage = Stage(
        scenario(QUIET, population__network=PAIRS, trades__count=10,
                 friends={"ask_around": 1.0, "warn": 0.6, "strong": 0.3},
                 choice={"awareness": 1.0, "close_unprompted": 0.5, "negative_weight": weight}),
        who=np.arange(0, 12_000, 2),
    )
    stage.people.provider[1::2], stage.people.own[1::2] = REST, DISSATISFIED
    stage.people.own_week[1::2] = stage.people.rest_week[1::2] = 0
    stage.people.rest[1::2] = DISSATISFIED
    week = stage.play()
    won = week.decisions.source[no_owner_near(stage, week, 2)] >= 0
    agrees(won.sum(), won.size, 0.5 * (1 - 0.6 * 0.3 * weight), 0.03)


def test_as_many_friends_are_asked_as_the_number_says() -> None:
    """More or fewer friends asked, or weak ones before strong ones. Sees .03."""
    stage = Stage(
        scenario(QUIET, population={"size": 600, "network": {"kind": "cliques", "members": 10},
                                    "ties": {"strong_share": 0.2}},
                 friends={"ask_around": 1.0, "number": 4, "recommend_delighted": 1.0,
                          "strong": 0.9, "weak": 0.01}, trades__count=60)
    )
    clients_of_all(stage, DELIGHTED)
    week = stage.play()
    ties = stage.world.ties
    strong = ties.weak - ties.start[:-1]
    apart = no_owner_near(stage, week, 10)
    asked_strong = np.minimum(strong, 4)[week.person[apart]]
    source = week.decisions.source[apart]
    plus = asked_strong * hazard(0.9) + (4 - asked_strong) * hazard(0.01)
    for number in range(3):
        alike = asked_strong == number
        chance_won = -math.expm1(-plus[alike][0])
        won = source[alike] >= 0
        agrees(won.sum(), int(alike.sum()), chance_won, 0.03)


# Attribution


def test_sources_share_clients_by_their_hazards() -> None:
    """A source that takes more or less than its share of the hazards. Sees shares off by .012."""
    stage = Stage(
        scenario(QUIET, ALL_REFER, choice={"awareness": 1.0, "close_unprompted": 0.1},
                 group__size=20, referral__close_untrained=0.5,
                 record={"look_up": 1.0, "persuade": 0.2, "saturation": 1.0})
    )
    clients_of_all(stage)
    stage.people.good[:], stage.people.heard[:] = hazard(0.4), 0
    stage.people.request[:], stage.people.requested[:] = hazard(0.3), 0
    stage.businesses.record_good[:] = 1000.0
    source = stage.play().decisions.source
    hazards = {
        BY_PARTNER: hazard(0.5), ASKED_FRIEND: 0.0,
        WORD_OF_MOUTH: hazard(0.4), REQUESTED: hazard(0.3),
        PUBLIC_RECORD: hazard(0.2), UNPROMPTED: hazard(0.1),
    }
    total = sum(hazards.values())
    won = int((source >= 0).sum())
    agrees(won, source.size, -math.expm1(-total), 0.01)
    for code, h in hazards.items():
        agrees((source == code).sum(), won, h / total, 0.012)


def test_attribute_splits_the_unit_interval() -> None:
    """A source without hazard, or none at all, drawn at an end of the interval."""
    plus = np.array([0.0, 2.0, 0.0, 1.0, 0.0, 0.0, 1.0])
    for form in ("attribute", "_attribute"):
        drawn = [kernel(form)(u, plus) for u in (0.0, 0.499, 0.5, 0.749, 0.75, 1 - 2**-53)]
        assert drawn == [1, 1, 3, 3, 6, 6]


@pytest.mark.parametrize(("told", "source"), [(0.5, ASKED_FRIEND),
                                               (0.9, WORD_OF_MOUTH)])
def test_a_story_counts_once(told: float, source: int) -> None:
    """Memory and asked friends added up: the stronger side of the two speaks. Sees .01."""
    stage = Stage(
        scenario(QUIET, population__network=PAIRS,
                 friends={"ask_around": 1.0, "recommend_delighted": 1.0, "strong": 0.7})
    )
    clients_of_all(stage, DELIGHTED)
    stage.people.good[:], stage.people.heard[:] = hazard(told), 0
    week = stage.play()
    drawn = week.decisions.source[no_owner_near(stage, week, 2)]
    agrees((drawn >= 0).sum(), drawn.size, max(told, 0.7), 0.01)
    assert set(drawn[drawn >= 0]) == {source}


# Word of mouth

HOPS = 3
BRANCHES = (3, 2, 2, 2)
TREE = 1 + 3 + 6 + 12 + 24
TREES = 200
STORIES = TREES * 100


@pytest.fixture(scope="module")
def forest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of trees: a root with three ties, then three generations with two more each."""
    lines = []
    for first in range(0, TREES * TREE, TREE):
        generation, free = [first], first + 1
        for branches in BRANCHES:
            below = []
            for parent in generation:
                children = list(range(free, free + branches))
                free += branches
                below += children
                lines += [f"{parent} {child}" for child in children]
            generation = below
    place = tmp_path_factory.mktemp("forest") / "trees.txt"
    place.write_text("\n".join(lines), encoding="utf-8")
    return place


def times(left: Counter[int], right: Counter[int]) -> Counter[int]:
    """The product of two polynomials, exponents to coefficients."""
    result: Counter[int] = Counter()
    for (a, x), (b, y) in product(left.items(), right.items()):
        result[a + b] += x * y
    return result


def cascade(hop: int, tell: Fraction, retell: Fraction, counted: str) -> Counter[int]:
    """Distribution of hearers (or tellers) that a teller at `hop` of the tree leads to."""
    whole: Counter[int] = Counter({1 if counted == "tellers" else 0: Fraction(1)})
    for _ in range(BRANCHES[hop]):
        told: Counter[int] = Counter({1 if counted == "hearers" else 0: tell})
        if hop + 1 < HOPS:
            further = cascade(hop + 1, tell, retell, counted)
            mixed = Counter({n: retell * p for n, p in further.items()})
            mixed[0] += 1 - retell
            told = times(told, mixed)
        told[0] += 1 - tell
        whole = times(whole, told)
    return whole


@pytest.mark.parametrize("valence", ["positive", "negative"])
def test_retelling_is_the_branching_process(forest: Path, valence: str) -> None:
    """Tellers and hearers of a story that are not those of the tree: a hop more or less, a tie
    told twice, a chance of telling or retelling that is off. Sees chances off by .035.

    And what hearers remember: the hazard of the tie, weakened once a hop, on what is left of
    earlier stories, in equality.
    """
    good = valence == "positive"
    stage = Stage(
        scenario(QUIET, population={"size": TREES * TREE,
                                    "network": {"kind": "file", "path": str(forest)}},
                 trades__count=100, loyalty={"delighted": 1.0, "grudge": 0.0},
                 service={"noise": 0.0, "level": 9.0 if good else -9.0},
                 choice__negative_weight=1.5,
                 talk={"delighted": 1.0 if good else 0.5, "negativity_ratio": 1.0 if good else 2.0,
                       "retell": 0.4, "told": {"positive": 1.5, "negative": 0.9}, "max_hops": HOPS,
                       "strong": 0.3, "hearsay": 0.6, "memory_half_life": 26.0,
                       "posts": {"share": 0.0}}),
        who=np.arange(0, TREES * TREE, TREE),
    )
    clients_of_all(stage, DELIGHTED if good else DISSATISFIED)
    stage.people.good[:], stage.people.bad[:], stage.people.heard[:] = 0.2, 0.4, -13
    told = stage.play().told
    rows = told.trace[: told.traced[0]]
    assert len(rows) < len(told.trace)
    assert (rows[:, 1] % TREE < 22).all(), "heard after more hops than are allowed"
    assert (rows[:, 3] == (0 if good else 1)).all()
    story = rows[:, 0] // TREE * 100 + rows[:, 2]
    hearers = np.bincount(story, minlength=STORIES)
    tell = Fraction(1, 2) if good else Fraction(3, 10)
    exact = cascade(0, tell, Fraction(2, 5), "hearers")
    for most in (0, 1, 3, 8):
        share = float(sum(p for n, p in exact.items() if n <= most))
        agrees((hearers <= most).sum(), STORIES, share, 0.035)
    exact = cascade(0, tell, Fraction(2, 5), "tellers")
    mean = float(sum(n * p for n, p in exact.items()))
    total = told.tellers[:, 0 if good else 1].sum()
    bound = (max(exact) - 1) * math.sqrt(math.log(2 / alpha()) / (2 * STORIES))
    assert bound < 0.21
    assert abs(total / STORIES - mean) < bound
    hop = np.searchsorted([1, 4, 10, 22], rows[:, 1] % TREE, side="right")
    q = 0.3 if good else 0.45
    faded = 0.5**0.5
    kept, other = (stage.people.good, stage.people.bad) if good else (
        stage.people.bad, stage.people.good)
    before = (0.2, 0.4) if good else (0.4, 0.2)
    place = rows[:, 1], rows[:, 2]
    close(kept[place], before[0] * faded + hazard(q) * 0.6 ** (hop - 1))
    close(other[place], before[1] * faded)
    assert (stage.people.heard[place] == 0).all()
    deaf = np.ones_like(kept, bool)
    deaf[place] = False
    assert (kept[deaf] == before[0]).all()
    assert (stage.people.heard[deaf] == -13).all()


@pytest.mark.parametrize(("judged", "level", "share"), [
    ("delighted", 9.0, 0.3), ("satisfied", 2.05, 0.12), ("dissatisfied", -9.0, 0.45)])
def test_clients_talk_as_often_as_their_judgement_says(
    judged: str, level: float, share: float
) -> None:
    """A chance to talk that belongs to another judgement. Sees .01."""
    stage = Stage(
        scenario(QUIET, loyalty__delighted=1.0,
                 service={"noise": 0.0, "level": level, "gain": 0.0}, judgement__expectation=2.05,
                 talk={"delighted": 0.3, "satisfied": 0.12, "negativity_ratio": 1.5,
                       "posts": {"share": 0.0}})
    )
    clients_of_all(stage, DELIGHTED)
    week = stage.play()
    assert stage.column(judged).sum() == 240_000
    valence = 1 if judged == "dissatisfied" else 0
    agrees(week.told.talkers[:, valence].sum(), 240_000, share, 0.01)
    assert week.told.talkers[:, 1 - valence].sum() == 0


def test_posts_reach_a_pareto_number_of_followers() -> None:
    """A reach without its tail, followers counted twice, a poster who hears himself. Sees .012.

    A post of reach m is heard by nobody else with chance N^-m, by one with
    (N - 1)((2/N)^m - N^-m); reaches above 40 have a chance of it below 1e-100.
    """
    people, tail = 1000, 0.8
    stage = Stage(
        scenario(QUIET, population__size=people, trades__count=100, loyalty__delighted=1.0,
                 service={"noise": 0.0, "level": 9.0},
                 talk={"delighted": 1.0, "negativity_ratio": 0.0, "retell": 0.0,
                       "told": {"positive": 0.0},
                       "posts": {"share": 1.0, "reach_least": 1.0, "reach_tail": tail}}),
        who=np.arange(0, people, 2),
    )
    clients_of_all(stage, DELIGHTED)
    told = stage.play().told
    assert told.posts[:, 0].sum() == 50_000
    # The trace holds the first stories whole.
    rows = told.trace[: told.traced[0]]
    stories = rows[:, 0] * 100 + rows[:, 2]
    last = stories[-1]
    sizes = np.bincount(stories[stories < last], minlength=last)
    posted = sizes.reshape(-1)[:last][np.arange(last) // 100 % 2 == 0]
    reach = [m**-tail - (m + 1) ** -tail for m in range(1, 41)]
    nobody = sum(p * people ** -float(m) for m, p in enumerate(reach, 1))
    one = sum(
        p * (people - 1) * ((2 / people) ** m - people ** -float(m))
        for m, p in enumerate(reach, 1)
    )
    agrees((posted == 0).sum(), posted.size, nobody, 0.03)
    agrees((posted == 1).sum(), posted.size, one, 0.09)


def test_complaints_reach_the_number_they_say() -> None:
    """A complaint heard by more or fewer, that leaves other entries, or helps. Sees .01."""
    stage = Stage(
        scenario(QUIET, talk={"retell": 0.0, "posts": {"persuade": 0.1}},
                 events=[{"week": 0, "complaint": {"reach": 3000, "entries": 7.0}}]), needs=()
    )
    stage.play()
    agrees(stage.column("heard_negative").sum(), 240_000, 0.25, 0.01)
    assert stage.column("heard_positive").sum() == 0
    assert (stage.people.bad > 0).sum() == stage.column("heard_negative").sum()
    close(stage.people.bad[stage.people.bad > 0], hazard(0.1))
    close(stage.column("record_bad")[0], 7.0 * 0.5 ** (1 / 52))


def test_memory_fades_by_its_half_life() -> None:
    """A story remembered longer or shorter than the half-life, seen in losses; in equality."""
    stage = Stage(
        scenario(QUIET, choice={"awareness": 1.0, "close_unprompted": 0.5},
                 talk__memory_half_life=9.0)
    )
    age = np.arange(12_000)[:, None] % 100
    stage.people.bad[:], stage.people.heard[:] = hazard(0.6), -age
    week = stage.play()
    kept = 0.4 ** (0.5 ** (week.person % 100 / 9.0))
    close(week.decisions.lost, 0.5 * (1 - kept), 1e-11)


# Service and judgement


def test_judgements_follow_the_normal_law() -> None:
    """Quality or expectation off, a zone of tolerance with other borders. Sees .015.

    Hours per job, quality and expectation by their formulas, in equality.
    """
    stage = Stage(
        scenario(QUIET, loyalty__delighted=1.0,
                 service={"level": 0.3, "gain": 2.0, "hours_scale": 0.02, "noise": 0.8},
                 judgement={"expectation": 1.0, "referred": 0.5, "adaptation": 0.25,
                            "rule": {"below": 1.1, "above": 0.3}})
    )
    stage.people.provider[::2], stage.people.own[::2] = BUSINESS, DELIGHTED
    stage.people.good[1::2], stage.people.heard[1::2] = 50.0, 0
    week = stage.play()
    assert (week.decisions.provider == BUSINESS).all()
    hours = 168.0 / 12_000
    close(stage.column("hours_per_job"), hours)
    mean = 0.3 + 2.0 * (1 - math.exp(-hours / 0.02))
    key = stage.world.key
    u = chance.draws(key, week.person, 0, chance.JOB, trade=week.trade)[:, 0]
    noise = np.array([NORMAL.inv_cdf(x) for x in u])
    close(week.jobs.quality, mean + 0.8 * noise)
    for referred in (0, 1):
        alike = week.person % 2 == referred
        assert (week.decisions.source[alike] == (WORD_OF_MOUTH if referred else 0)).all()
        gap = mean - 1.0 - 0.5 * referred
        judged = week.jobs.judgement[alike]
        bad, fine = NORMAL.cdf((-1.1 - gap) / 0.8), NORMAL.cdf((0.3 - gap) / 0.8)
        agrees((judged == DISSATISFIED).sum(), judged.size, bad, 0.015)
        agrees((judged == DELIGHTED).sum(), judged.size, 1 - fine, 0.015)
        assert (judged > 0).all()
    met = np.bincount(week.trade, week.jobs.quality) / 12_000
    close(stage.businesses.expectation, 1.0 + 0.25 * (met - 1.0), 1e-9)


def test_jobs_of_the_rest_are_judged_by_shares() -> None:
    """Judgements of the rest that are not their shares. Sees .01."""
    stage = Stage(scenario(QUIET, rest={"dissatisfied": 0.15, "delighted": 0.3}))
    stage.play()
    rest = stage.people.rest
    for experience, share in ((DISSATISFIED, 0.15), (DELIGHTED, 0.3), (SATISFIED, 0.55)):
        agrees((rest == experience).sum(), rest.size, share, 0.01)
    assert (stage.people.provider == REST).all()


@pytest.mark.parametrize("repeat", [0.3, 0.9])
def test_who_is_turned_away(repeat: float) -> None:
    """Somebody turned away before a new client is, out of turn, or beyond what the hours hold."""
    stage = Stage(
        scenario(QUIET, population__size=500, trades__count=3, loyalty__delighted=1.0,
                 choice={"awareness": 1.0, "close_unprompted": 0.99}, effort__service=2.0)
    )
    loyal = np.arange(500) < 500 * repeat
    stage.people.provider[loyal], stage.people.own[loyal] = BUSINESS, DELIGHTED
    week = stage.play()
    served = week.decisions.provider == BUSINESS
    u = chance.draws(stage.world.key, week.person, 0, chance.JOB, trade=week.trade)[:, 1]
    for trade in range(3):
        mine = week.trade == trade
        wanted = mine & (served | (week.decisions.turned > 0))
        assert wanted.sum() > 450
        later = (~loyal[week.person]) + u
        first = np.argsort(np.where(wanted, later, np.inf), kind="stable")[:200]
        assert set(np.flatnonzero(served & mine)) == set(first)
    turned = week.decisions.turned > 0
    assert (week.decisions.source[turned] == NO_SOURCE).all()
    assert (week.decisions.new[turned] == 0).all()
    assert stage.column("turned_away").sum() == turned.sum()


def test_hours_left_over_begin_one_more_job() -> None:
    """Hours lost from week to week, or saved beyond one job."""
    stage = Stage(
        scenario(QUIET, population__size=50, trades__count=1, group__size=2, weeks=8,
                 choice={"awareness": 1.0, "close_unprompted": 0.99}, effort__service=2.5,
                 service__least_hours=1.0), needs=(0, 1, 2, 5, 6, 7)
    )
    stage.play()
    # 2 and half a job left; 3; 2 and a half; two weeks of rest leave one job; 3; 3; 2.
    assert stage.column("won")[:, 0].tolist() == [2, 3, 2, 0, 0, 3, 3, 2]


# Asking


def asking_world(**more: Any) -> Tree:
    """Every client is delighted, served each week and asked in it."""
    return merged(QUIET, {
        "trades": {"count": 10}, "loyalty": {"delighted": 1.0},
        "population": {"size": 6_000},
        "service": {"noise": 0.0, "level": 9.0}, "friends": {"recommend_delighted": 1.0},
        "effort": {"asking": 168.0},
        "asking": {"hours_during": 0.01, "pause": 0.01, "intrusion": 0.0},
    }, more)


@pytest.mark.parametrize(("kind", "share"), [("consumer", 0.5), ("expert", 0.3),
                                             ("organisation", 0.2)])
def test_testimonials_of_each_kind(kind: str, share: float) -> None:
    """A kind of testimonial that comes too often, or weighs what another does. Sees .025."""
    weights = {f"weight_{name}": 2.5 * (name == kind)
               for name in ("consumer", "expert", "organisation")}
    stage = Stage(scenario(asking_world(
        testimonials={"give": 0.8, "expert": 0.3, "organisation": 0.2, **weights})))
    clients_of_all(stage, DELIGHTED)
    stage.play()
    given = int(stage.column("testimonials").sum())
    assert stage.column("asks").sum() == 60_000
    agrees(given, 60_000, 0.8, 0.02)
    agrees(round(stage.column("record_good").sum() / 2.5), given, share, 0.025)


def test_inauthentic_testimonials_are_found_out_after_geometric_time() -> None:
    """Testimonials found out too early, too late or too often. Sees .025."""
    stage = Stage(scenario(asking_world(
        weeks=40, testimonials={"give": 1.0, "weight_consumer": 1.0, "weight_expert": 1.0,
                                "weight_organisation": 1.0, "inauthentic": 0.6,
                                "found_out": 0.3})))
    clients_of_all(stage, DELIGHTED)
    stage.play()
    left = stage.businesses.exposures[:, PAST:].sum(axis=0)
    counts = left * 2 ** (np.arange(left.size) / 52)
    assert counts == pytest.approx(counts.round(), abs=1e-6)
    assert counts[0] == 0
    for weeks in range(1, 6):
        agrees(counts[weeks].round(), 60_000, 0.6 * 0.3 * 0.7 ** (weeks - 1), 0.02)


def test_the_record_ages_and_backfires_in_closed_form() -> None:
    """Entries that fade wrongly, testimonials found out that stay, or that hurt too little.

    Every testimonial is inauthentic and found out in the next week: what is left of it by then
    turns into twice as much on the bad side.
    """
    weeks = tuple(range(12))
    stage = Stage(scenario(asking_world(
        weeks=12, record={"half_life": 5.0}, population={"size": 300},
        testimonials={"give": 0.5, "weight_consumer": 3.0, "expert": 0.0, "organisation": 0.0,
                      "inauthentic": 1.0, "found_out": 1.0, "backfire": 2.0})), needs=weeks)
    clients_of_all(stage, DELIGHTED)
    stage.businesses.record_good[:], stage.businesses.record_bad[:] = 10.0, 4.0
    stage.play()
    given, fade = stage.column("testimonials"), 0.5 ** (1 / 5)
    assert (given > 0).all()
    good = 10.0 * fade ** np.arange(1, 13)[:, None] + 3.0 * given
    bad = np.empty_like(given)
    for week in weeks:
        last = bad[week - 1] if week else 4.0
        fresh = 2.0 * 3.0 * given[week - 1] * fade if week else 0.0
        bad[week] = last * fade + fresh
    close(stage.column("record_good"), good, 1e-9)
    close(stage.column("record_bad"), bad, 1e-9)


def test_the_record_persuades_by_its_share_and_length() -> None:
    """A record whose good and bad entries do not weigh their share, or never saturates."""
    stage = Stage(
        scenario(QUIET, record={"look_up": 1.0, "persuade": 0.5, "saturation": 4.0},
                 choice={"awareness": 1.0, "close_unprompted": 0.5, "negative_weight": 1.6})
    )
    fade = 0.5 ** (1 / 52)
    stage.businesses.record_good[:], stage.businesses.record_bad[:] = 6.0 / fade, 2.0 / fade
    decisions = stage.play().decisions
    weight = 1 - math.exp(-8.0 / 4.0)
    plus = hazard(0.5) + 0.75 * weight * hazard(0.5)
    minus = 0.25 * weight * hazard(0.8)
    lost = -math.expm1(-plus) * -math.expm1(-minus)
    close(decisions.lost, lost, 1e-9)
    won = (decisions.source >= 0).sum()
    agrees(won, decisions.source.size, -math.expm1(-plus) - lost, 0.01)


@pytest.mark.parametrize("framed", [False, True])
def test_asked_clients_name_the_ties_that_come_to_mind(framed: bool) -> None:
    """Ties named too often, of the wrong circle, or with the wrong strength. Sees .05."""
    stage = Stage(scenario(asking_world(
        population={"size": 1000, "network": {"kind": "cliques", "members": 10},
                    "ties": {"circles": 3}},
        asking={"frame": "framed" if framed else "broad", "recall_broad": 0.2,
                "recall_framed": 0.6, "frame_fit": 1.0, "persuade": 0.4},
        testimonials={"give": 0.0}, friends={"recommend_delighted": 0.7})))
    clients_of_all(stage, DELIGHTED)
    stage.play()
    ties = stage.world.ties
    largest = 0
    for person in range(1000):
        sizes = np.bincount(ties.circle[ties.start[person] : ties.start[person + 1]], minlength=3)
        largest += int(sizes.max())
        if framed:
            cues = set(stage.people.cue[person].tolist())
            assert cues <= {0, 1 + int(np.argmax(sizes))}
    named = int(stage.column("named").sum())
    if framed:
        agrees((stage.people.cue > 0).sum(), 10_000, 0.7, 0.05)
    bound = (math.sqrt(math.log(2 / alpha()) / 2 * 10_000)) * 9
    mean = 0.7 * 0.6 * largest * 10 if framed else 0.7 * 0.2 * ties.friend.size * 10
    # Ten thousand clients name 0 to 9 ties each (Hoeffding 1963).
    assert bound < 0.26 * mean
    assert abs(named - mean) < bound
    close(stage.people.request.sum(), named * hazard(0.4), 1e-9)


def test_a_first_appointment_is_possible_in_any_week() -> None:
    """A week so late that the time since 'never' does not fit its type.

    Weeks go up to 5,199; a client who was never asked may be asked in each.
    """
    plan = scenario(asking_world(
        population={"size": 60},
        asking={"when": "appointment", "hours_appointment": 1.0, "pause": 26.0}))
    for week in (0, 2700, 2800, HORIZON - 1):
        stage = Stage(plan, first=week)
        clients_of_all(stage, DELIGHTED)
        stage.people.own_week[:] = week
        stage.play()
        assert (stage.people.asked == week).any(), f"week {week}"


def test_a_client_with_two_visits_has_one_appointment_a_round() -> None:
    """A client asked once for each visit, or a round that leaves somebody out."""
    stage = Stage(scenario(asking_world(
        weeks=3, population={"size": 60},
        asking={"when": "appointment", "hours_appointment": 0.01, "pause": 1.0})), needs=(0, 1))
    clients_of_all(stage, DELIGHTED)
    stage.play()
    assert (stage.column("asks") == 60).all()


def test_appointments_go_by_turn() -> None:
    """Hours for some that go to others than those whose turn is first."""
    stage = Stage(scenario(asking_world(
        population={"size": 200}, effort={"asking": 7.0},
        asking={"when": "appointment", "hours_appointment": 0.5, "pause": 1.0})))
    clients_of_all(stage, DELIGHTED)
    stage.play()
    for trade in range(10):
        u = chance.draws(stage.world.key, np.arange(200), 0, chance.APPOINTMENT,
                         trade=np.full(200, trade))[:, 0]
        first = set(np.argsort(u)[:14])
        assert set(np.flatnonzero(stage.people.asked[:, trade] == 0)) == first


@pytest.mark.parametrize(("judged", "share"), [(DELIGHTED, 0.9), (SATISFIED, 0.4),
                                               (DISSATISFIED, 0.0)])
def test_asked_clients_name_as_their_own_job_went(judged: int, share: float) -> None:
    """A dissatisfied client who names friends, or one who names as another would. Sees .02.

    Each client has one tie, which always comes to mind.
    """
    level = {DELIGHTED: 9.0, SATISFIED: 2.05, DISSATISFIED: -9.0}[judged]
    stage = Stage(scenario(asking_world(
        population={"network": PAIRS}, service={"level": level, "gain": 0.0},
        asking={"recall_broad": 1.0}, testimonials={"give": 0.0},
        friends={"recommend_delighted": 0.9, "recommend_satisfied": 0.4})))
    clients_of_all(stage, DELIGHTED)
    stage.play()
    assert stage.column("asks").sum() == 60_000
    agrees(stage.column("named").sum(), 60_000, share, 0.02)


# Partners


def met(column: str, more: Tree) -> tuple[Stage, Any]:
    """Thirty weeks of a group of four in which nobody needs anything; a measure, (weeks, K)."""
    stage = Stage(
        scenario(QUIET, more, population__size=50, trades__count=4, group__size=4, weeks=30,
                 partners={"group": True, "attendance": 1.0, "message_specificity": 0.7},
                 referral={"visibility_start": 0.1, "credibility_start": 0.5,
                           "visibility_fade": 0.95, "training_fade": 0.9}),
        needs=(),
    )
    stage.play()
    return stage, stage.column(column)


def test_visibility_fades_without_contact() -> None:
    """Visibility that does not fade by its factor each week, in closed form."""
    _, visibility = met("visibility", {})
    expected = 0.1 * 0.95 ** np.arange(30)
    close(visibility, np.tile(expected[:, None], 4), 30 * 4 * 2**-52)


def test_meetings_raise_visibility_in_closed_form() -> None:
    """A meeting that adds too much, too little, or in another order than before the fading."""
    _, visibility = met("visibility", {
        "effort": {"partners": 2.0}, "group": {"meeting_hours": 1.0, "visibility_gain": 0.2},
        "one_to_ones": {"hours": 168.0}})
    # v' = .95 (v + .2 (1 - v)) from .1; what is recorded is before the fading.
    slope, level = 0.95 * 0.8, 0.95 * 0.2 / (1 - 0.95 * 0.8)
    start = level + (0.1 - level) * slope ** np.arange(30)
    expected = start + 0.2 * (1 - start)
    close(visibility, np.tile(expected[:, None], 4))


def test_one_to_ones_raise_training_and_visibility_in_closed_form() -> None:
    """Training beyond the partner's specificity, gains that are off, a one-to-one left out."""
    stage, training = met(
        "training", {"effort": {"partners": 3.0}, "group": {"meeting_hours": 168.0},
                     "one_to_ones": {"hours": 1.0, "training_gain": 0.4, "visibility_gain": 0.3}})
    for measure, gain, top, fade, first in (
        (training, 0.4, 0.7, 0.9, 0.0), (stage.column("visibility"), 0.3, 1.0, 0.95, 0.1)
    ):
        slope, level = fade * (1 - gain), fade * gain * top / (1 - fade * (1 - gain))
        start = level + (first - level) * slope ** np.arange(30)
        expected = start + gain * (top - start)
        close(measure, np.tile(expected[:, None], 4))
    assert (stage.column("hours_partners") == 3.0).all()


def test_members_attend_as_often_as_they_say() -> None:
    """Absences that are not drawn, or shared. Sees .025."""
    stage = Stage(
        scenario(QUIET, population__size=200, trades__count=180, group__size=180, weeks=110,
                 partners={"group": True, "attendance": 0.85}, effort__partners=1.5,
                 one_to_ones__hours=168.0), needs=())
    stage.play()
    hours = stage.column("hours_partners")
    assert set(hours.ravel()) == {0.0, 1.5}
    agrees((hours > 0).sum(), hours.size, 0.85, 0.025)


def test_the_referrer_is_drawn_evenly_among_the_willing() -> None:
    """An order of partners that favours anybody, a partner left out. Sees .02."""
    stage = Stage(scenario(QUIET, ALL_REFER, trades__count=5, group__size=5))
    clients_of_all(stage)
    week = stage.play()
    decisions = week.decisions
    assert (decisions.duplicate == 3).all()
    assert (decisions.referrer >= 0).all()
    assert (decisions.referrer != week.trade).all()
    for i in range(5):
        others = week.trade != i
        agrees((decisions.referrer == i).sum(), int(others.sum()), 0.25, 0.02)
    for away in range(1, 5):
        agrees(((decisions.referrer - week.trade) % 5 == away).sum(), week.trade.size, 0.25, 0.02)
    strangers = stage.world.seat[week.person] < 0
    assert (decisions.tier[strangers] == 2).all()


def test_referrals_pass_with_the_product_of_their_chances() -> None:
    """A factor of the chance to pass that is missing or counted twice. Sees .02."""
    stage = Stage(
        scenario(QUIET, ALL_REFER, trades={"count": 4, "spheres": 2, "sphere_inside": 0.9,
                                           "sphere_outside": 0.4}, group__size=4,
                 referral={"contact": {"client": 0.8}, "visibility_start": 0.9,
                           "credibility_start": 0.7, "willing": 0.6, "recognise_untrained": 0.5})
    )
    clients_of_all(stage)
    stage.people.via[:] = 1
    week = stage.play()
    near = np.zeros((stage.world.size, 4), bool)
    for person in range(stage.world.size):
        row = slice(stage.world.near_start[person], stage.world.near_start[person + 1])
        near[person, stage.world.near[row]] = True
    stranger = (stage.world.seat < 0) & ~near.any(axis=1)
    mine = stranger[week.person]
    common = 0.8 * 0.9 * 0.7 * 0.6 * 0.5
    inside, outside = common * 0.9, common * 0.4
    passed = week.decisions.referrer[mine] >= 0
    share = 1 - (1 - inside) * (1 - outside) ** 2
    agrees(passed.sum(), passed.size, share, 0.025)
    willing = passed + week.decisions.duplicate[mine]
    agrees((willing == 3).sum(), passed.size, inside * outside**2, 0.025)
    assert set(week.decisions.tier[mine][passed]) == {3}
    assert set(week.decisions.tier[mine][~passed]) == {0}


def test_contacts_count_only_within_their_window() -> None:
    """A client out of touch, unhappy or deaf who is still referred."""
    stage = Stage(scenario(QUIET, ALL_REFER, trades__count=3, group__size=3,
                           population__size=600, referral__window=10.0))
    clients_of_all(stage)
    stage.people.own_week[100:200] = -11
    stage.people.own_week[200:300] = -10
    stage.people.own[300:400] = DISSATISFIED
    stage.people.deaf[400:500] = 1
    stage.people.provider[500:600] = REST
    week = stage.play()
    passed = week.decisions.referrer >= 0
    stranger = stage.world.seat[week.person] < 0
    for group, refers in enumerate((True, False, True, False, False, False)):
        alike = stranger & (week.person // 100 == group)
        assert (passed[alike] == refers).all(), group


@pytest.mark.parametrize("spread", [0.0, 0.8])
def test_recognition_grows_with_size_and_training(spread: float) -> None:
    """Recognition that ignores training or the size of the job, or leaves [0, 1]. Sees .04."""
    stage = Stage(
        scenario(QUIET, ALL_REFER, trades={"count": 2, "job_spread": spread},
                 referral={"recognise_untrained": 0.3, "recognise_trained": 0.8,
                           "size_effect": 0.5})
    )
    clients_of_all(stage)
    stage.partners.training[:] = 0.5
    week = stage.play()
    passed = (week.decisions.referrer >= 0).sum()
    key = stage.world.key
    sizes = [needs.job_size(key, p, j, 0, spread)
             for p, j in zip(week.person, week.trade, strict=True)]
    # Chances differ from need to need (Hoeffding 1963).
    expected = np.mean(1 - 0.45 ** np.sqrt(sizes))
    bound = math.sqrt(math.log(2 / alpha()) / (2 * len(sizes)))
    assert bound < 0.021
    assert abs(passed / len(sizes) - expected) < bound


def test_who_is_trained_refers_and_not_who_trained() -> None:
    """The training of the other side, where the two differ."""
    stage = Stage(
        scenario(QUIET, ALL_REFER, trades={"count": 2, "job_spread": 0.0},
                 referral={"recognise_untrained": 0.0, "recognise_trained": 1.0})
    )
    clients_of_all(stage)
    stage.partners.training[:] = [[0.0, 0.0], [1.0, 0.0]]
    week = stage.play()
    strangers = stage.world.seat[week.person] < 0
    assert set(week.decisions.referrer[strangers & (week.trade == 0)]) == {1}
    assert set(week.decisions.referrer[strangers & (week.trade == 1)]) == {-1}


def test_jobs_are_foreseen_by_the_load_of_past_weeks() -> None:
    """Hours per job of an idle business, or of this week's jobs, which are not known yet; a
    referred client who is foreseen to expect no more than others.
    """
    plan = scenario(
        trades__count=2, group__size=2, choice__updating="one_by_one",
        service={"level": 0.0, "gain": 3.0, "hours_scale": 20.0, "noise": 0.0},
        judgement={"expectation": 3 - 3 * math.exp(-0.5), "referred": 0.5,
                   "rule": {"below": 0.4, "above": 0.4}})
    stage = Stage(plan)
    stage.businesses.load[:] = 4.0, 0.5
    who, trades = np.zeros(2, np.int32), np.array([0, 1], np.int16)
    own = stage.market.own
    foreseen = service.foresee(
        stage.world.key, stage.state, 0, who, trades, np.zeros(2, np.int32), stage.market.book,
        stage.market.firms, own, np.full(2, 40.0), plan.base.judgement)
    # 40 h are 10 h a job at a load of 4, just what is expected; and 40 h for who comes first.
    assert foreseen.own.tolist() == [[SATISFIED, DISSATISFIED], [DELIGHTED, DELIGHTED]]
    assert foreseen.places.tolist() == np.floor(40.0 / own.least_hours).tolist()


def test_who_paid_more_than_it_gained_leaves_as_who_gained_nothing() -> None:
    """A chance to leave that overflows where giving cost more than it brought."""
    stage = Stage(scenario(QUIET, trades__count=3, partners__group=True,
                           group={"size": 3, "renewal": 1.0, "cost": 0.01}))
    stage.partners.given[:] = 5
    stage.partners.year_value[:] = -1e6
    anniversary(stage.world, stage.state, 51, stage.parameters)
    assert (stage.partners.given[~np.eye(3, dtype=bool)] == 0).all()


def test_people_met_are_strangers_each_once() -> None:
    """Somebody met twice, oneself, a tie; a stranger met more often than others. Sees .08."""
    plan = scenario(population={"size": 12, "network": {"kind": "cliques", "members": 4}},
                    trades__count=2, group__size=2)
    world = Stage(plan).world
    asked = np.zeros(20, np.uint32)
    met_whom = np.zeros(12)
    for week in range(3000):
        number, _ = kernel("turn_to_friends")(
            world.key, week, 0, (0.5, 0.5), world.ties, 20, 6, asked)
        assert number == 9
        assert set(asked[:3]) == {1, 2, 3}
        assert len(set(asked[3:9])) == 6
        assert asked[3:9].min() >= 4
        met_whom[asked[3:9]] += 1
    for stranger in (4, 11):
        agrees(met_whom[stranger], 3000, 6 / 8, 0.08)


def test_reputation_is_measured_against_linked_businesses() -> None:
    """A mean score that counts businesses which trade referrals with nobody."""
    partners = Stage(scenario(QUIET, ALL_REFER, trades__count=4, group__size=3)).partners
    partners.score[:] = 6.0, 3.0, 0.0, 100.0
    close(relative_score(partners), [2.0, 1.0, 0.0, 100.0 / 3.0])
    partners.score[:] = 0.0
    close(relative_score(partners), 1.0)


LEDGER: Tree = merged(SMALL, {
    "weeks": 40, "history_weeks": 10,
    "population": {"size": 500}, "trades": {"need_rate": 12.0}, "effort": {"partners": 6.0},
    "partners": {"group": True}, "group": {"testify": 0.0},
    "service": {"least_hours": 2.0},
    "referral": {"visibility_start": 0.6, "recognise_untrained": 0.9, "willing": 0.7,
                 "contact": {"client": 1.0, "friend": 1.0}, "drop_referrer": 1.0, "cost": 70.0,
                 "credibility_gain": 0.1, "credibility_loss": 0.3, "score_half_life": 7.0},
})


def test_the_ledger_is_the_replay_of_its_referrals() -> None:
    """Referrals, credibility, reputation or value booked to the wrong side, or judged wrongly.

    Everything is booked again from the week's events, in their order.
    """
    weeks: list[Week] = []
    market = run(scenario(LEDGER), watch=weeks.append)
    partners, k = market.state.partners, market.world.trades
    given, score, value = np.zeros((k, k), int), np.zeros(k), np.zeros(k)
    credibility = np.full((k, k), 0.6)
    deaf = np.zeros_like(people_of(market.state).deaf)
    for week in weeks:
        rows = zip(week.person, week.trade, week.decisions.referrer, week.jobs.judgement,
                   week.decisions.source, week.decisions.size, strict=True)
        for person, j, i, judged, source, size in rows:
            if i < 0:
                continue
            given[i, j] += 1
            score[i] += 1
            value[i] -= 70.0
            value[j] += size * 2000.0 * (source == BY_PARTNER)
            if judged == DISSATISFIED:
                credibility[i, j] *= 0.7
                deaf[person, i] = 1
            elif judged == DELIGHTED:
                credibility[i, j] += 0.1 * (1 - credibility[i, j])
        score *= 0.5 ** (1 / 7)
    assert given.sum() > 300
    assert deaf.sum() > 20
    assert (partners.given == given).all()
    close(partners.credibility, credibility)
    close(partners.score, score, 1e-9)
    close(partners.year_value, value, 1e-9)
    assert (people_of(market.state).deaf == deaf).all()
    passed = market.record[:, :, record.PLACE["referrals_passed"]].sum(axis=0)
    received = market.record[:, :, record.PLACE["referrals_received"]].sum(axis=0)
    assert (passed == given.sum(axis=1)).all()
    assert (received == given.sum(axis=0)).all()
    assert given.trace() == 0


def test_testimonies_raise_credibility_in_closed_form() -> None:
    """A testimony that moves the teller's own view, or the wrong listener's."""
    stage = Stage(
        scenario(QUIET, population__size=50, trades__count=3, group={
            "size": 3, "testify": 1.0, "testimony": 0.2, "meeting_hours": 1.0},
            partners={"group": True, "attendance": 1.0}, effort__partners=1.0, weeks=4,
            one_to_ones__hours=168.0, referral__credibility_start=0.5), needs=())
    owner = stage.world.owner[0]
    stage.people.own[owner, 2] = DELIGHTED
    stage.people.own_week[owner, 2] = 0
    stage.play()
    praised = 1 - 0.5 * 0.8**4
    expected = np.full((3, 3), 0.5)
    expected[:2, 2] = praised
    close(stage.partners.credibility, expected)


@pytest.mark.parametrize("when", ["during", "appointment"])
def test_hours_given_are_spent_or_put_aside(when: str) -> None:
    """Hours that vanish between the budget, the bank and the record, business by business."""
    market = run(scenario(LEDGER, history_weeks=0, effort={"asking": 2.3, "partners": 4.7},
                          asking={"when": when, "pause": 4.0}))
    bank = market.state.businesses

    def spent(name: str) -> Any:
        return market.record[:, :, record.PLACE[name]].sum(axis=0)

    used = spent("hours_service") + spent("hours_asking") + spent("hours_partners")
    left = bank.ask_bank + bank.partner_bank + bank.returned
    close(used + left, 40 * (36.0 + 2.3 + 4.7), 1e-9)
    close(spent("hours_unspent"), left, 1e-9)
    assert (bank.ask_bank >= 0).all()
    assert (bank.partner_bank >= 0).all()
    assert (bank.returned >= 0).all()
    each = 0.25 if when == "during" else 0.75
    close(spent("hours_asking"), each * spent("asks"), 1e-9)
    assert (spent("asks") > 10).all()
    assert (spent("hours_partners") > 100).all()


def test_never_is_before_any_history() -> None:
    """A week of what never happened that is reached, or so far that ages overflow 16 bits."""
    assert NEVER < -2 * HORIZON
    assert HORIZON - NEVER < 2**15
