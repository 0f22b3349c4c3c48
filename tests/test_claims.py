"""Claims: their files, verdicts on made-up samples, measures, the command and the scoreboard."""

from __future__ import annotations

import csv
import json
import math
from itertools import permutations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import wom_sim
from wom_sim import cli
from wom_sim.commands.claims import claim_files
from wom_sim.market.record import PLACE
from wom_sim.market.state import (
    ASKED_FRIEND,
    BUSINESS,
    DELIGHTED,
    DISSATISFIED,
    SATISFIED,
    UNKNOWN,
)
from wom_sim.market.talk import BAD, GOOD
from wom_sim.scenario.dump import canonical, dump
from wom_sim.scenario.parameters import Claim
from wom_sim.scenario.parameters.claim import Trial
from wom_sim.scenario.resolve import read_text
from wom_sim.show import board as slides
from wom_sim.show import style
from wom_sim.show.lint import lint
from wom_sim.show.scoreboard import (
    MARKS,
    conclusion,
    headline,
    interval,
    mark,
    reached,
    rows,
    table,
)
from wom_sim.study.claims.measures import (
    Seen,
    _brought,
    _correlation,
    _judged,
    _shuffled,
    _week_reach,
    dispersion,
    dispersion_of_customers_value,
    referrals_by_strangers,
)
from wom_sim.study.claims.verdicts import (
    DEPENDS,
    FAILS,
    HOLDS,
    INPUT,
    Outcome,
    judged,
    outcomes_of,
    tried,
)
from wom_sim.study.claims.worlds import Wanted, arenas, run_claims
from wom_sim.study.ensemble import run_ensemble
from wom_sim.study.keeping.stored import board_of
from wom_sim.study.statistics.intervals import mean_interval, one_sided

ROOT = Path(__file__).parents[1]
SEEDS = ROOT.parent / "shared" / "seeds"
FILES = [path for _, path in claim_files(set())]
TINY = ("population.size=120", "trades.count=3", "group.size=3", "history_weeks=8")


def tiny(path: Path, *settings: str, weeks: int = 56):
    """A claim's scenario in a town of few people, its weeks cut where its tests allow it."""
    whole = wom_sim.load(path)
    assert whole.claim is not None
    last = max(trial.first_week for trial in whole.claim.tests.values())
    weeks = min(whole.weeks, max(weeks, last + 8))
    return wom_sim.load(path, settings=(*TINY, f"weeks={weeks}", *settings), replications=2)


def trial(rule: str = "above", value: float = 0.0, **more) -> Trial:
    arms = more.pop("contrast", ["A", "B"])
    return Trial(measure="clients_won", contrast=arms, rule=rule, value=value, **more)


def claim(**tests: Trial) -> Claim:
    return Claim(number=1, quotation="q", source="s", tests=tests)


def outcome(name: str, p: float, variant: str = "") -> Outcome:
    return Outcome(name, variant or name, 1.0, 0.5, 1.5, p, 30, contrary=False)


def test_there_are_sixteen_numbered_claims() -> None:
    assert [number for number, _ in claim_files(set())] == list(range(1, 17))
    assert [wom_sim.load(path).claim.number for path in FILES] == list(range(1, 17))


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the articles are not beside the project")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_quotations_are_word_for_word(path: Path) -> None:
    """To the letter in the first article named; in others but for capitals and apostrophes."""
    told = wom_sim.load(path).claim
    first, *others = told.source.split(", ")
    (article,) = SEEDS.glob(f"{first}_*.txt")
    assert told.quotation in article.read_text(encoding="utf-8")
    for number in others:
        (article,) = SEEDS.glob(f"{number}_*.txt")
        plain = article.read_text(encoding="utf-8").replace("’", "'").casefold()
        assert told.quotation.replace("’", "'").casefold() in plain


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_claim_runs_and_gives_a_verdict(path: Path) -> None:
    scenario = tiny(path)
    samples = run_claims([scenario])
    told = outcomes_of(scenario.stem, scenario.claim, samples, scenario.seed)
    assert [one.test for one in told] == list(scenario.claim.tests)
    (verdict,) = judged("evidence", [(scenario.claim, told)])
    assert (verdict.word == INPUT) == bool(scenario.claim.input)
    assert verdict.tested == len(scenario.claim.variants)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_claim_holds_of_an_arm_against_itself(path: Path) -> None:
    """Contrasts of one arm, which no other arm could replace, are given their null instead."""
    told = wom_sim.load(path).claim
    numbers = np.random.Generator(np.random.Philox(key=1)).normal(10, 1, 60)
    found = []
    for name, one in told.tests.items():
        same = [numbers] * len(one.contrast)
        null = None if not one.against else numbers / (one.value or 1)
        values = same if not one.against else [numbers]
        if len(one.contrast) == 1 and not one.against:
            values = [numbers - 10 + one.value]
        found.append(tried(name, one, values, null, seed=1))
    (verdict,) = judged("evidence", [(told, found)])
    assert verdict.consequences != HOLDS


def test_a_plain_run_and_old_files_know_nothing_of_claims() -> None:
    plain = read_text("arms: {A: {}}", "x.yaml")
    assert "claim" not in dump(plain)
    assert "claim" not in json.loads(canonical(plain))


def test_a_claim_survives_a_dump() -> None:
    for path in FILES:
        scenario = wom_sim.load(path)
        again = read_text(dump(scenario), f"{path.stem}.yaml")
        assert again.claim == scenario.claim
        assert dump(again) == dump(scenario)


def test_files_share_worlds_and_equal_arms_are_run_once() -> None:
    together = arenas([wom_sim.load(path) for path in FILES])
    weeks = [one.scenario.weeks for one in together]
    assert sorted(weeks) == [26, 104, 156, 260]
    for one in together:
        arms = [arm.model_dump_json(exclude={"name", "overrides"}) for arm in one.scenario.arms]
        assert len(set(arms)) == len(arms)


def test_samples_are_those_of_a_run() -> None:
    """Sharing worlds with other claims changes no number of an outcome."""
    scenarios = [tiny(FILES[place]) for place in (11, 12)]
    samples = run_claims(scenarios)
    one = scenarios[0]
    alone = run_ensemble(one)
    for arm in alone.arms:
        found = samples[one.stem, arm, Wanted("won_by_customers", 0)]
        assert found.tolist() == alone.value(arm, "won_by_customers").tolist()


def test_samples_do_not_depend_on_workers() -> None:
    scenario = tiny(FILES[4])
    alone, spread = run_claims([scenario]), run_claims([scenario], workers=2)
    for key, values in alone.items():
        assert np.array_equal(values, spread[key], equal_nan=True)


@pytest.mark.parametrize(("chances", "words"), [
    ([0.030, 0.010, 0.060, 0.016], [FAILS, HOLDS, FAILS, HOLDS]),
    ([0.013, 0.013, 0.013, 0.013], [FAILS] * 4),
    ([0.012, 0.0166, 0.025, 0.05], [HOLDS] * 4),
])
def test_holm_against_a_hand_calculation(chances: list[float], words: list[str]) -> None:
    """With four hypotheses at 5 % the bounds are .0125, .0167, .025 and .05 in turn."""
    told = [(claim(a=trial()), [outcome("a", p)]) for p in chances]
    assert [one.word for one in judged("evidence", told)] == words


def test_a_claim_holds_depends_or_does_not() -> None:
    both = claim(a=trial(), b=trial())
    words = [
        judged("evidence", [(both, [outcome("a", p), outcome("b", q)])])[0].word
        for p, q in ((0.001, 0.001), (0.001, 0.5), (0.5, 0.5))
    ]
    assert words == [HOLDS, DEPENDS, FAILS]


def test_a_variant_is_as_sure_as_its_least_sure_test() -> None:
    joint = claim(a=trial(variant="v"), b=trial(variant="v"))
    found = judged("evidence", [(joint, [outcome("a", 0.001, "v"), outcome("b", 0.06, "v")])])[0]
    assert (found.word, found.tested) == (FAILS, 1)
    assert not any(one.holds for one in found.tests)


def test_holm_counts_every_variant_of_every_claim() -> None:
    """0.03 alone is enough; as one of two it is not."""
    one, two = claim(a=trial()), claim(a=trial())
    assert judged("evidence", [(one, [outcome("a", 0.03)])])[0].word == HOLDS
    pair = judged("evidence", [(one, [outcome("a", 0.03)]), (two, [outcome("a", 0.9)])])
    assert [found.word for found in pair] == [FAILS, FAILS]
    assert pair[0].tested == 2


def test_what_is_asserted_is_never_judged() -> None:
    told = claim(a=trial(), b=trial(asserted=True))
    found = judged("evidence", [(told, [outcome("a", 0.5), outcome("b", 0.0)])])[0]
    assert (found.word, found.tested) == (FAILS, 1)
    assert not found.tests[1].holds


def test_an_input_is_called_so_and_its_consequences_apart() -> None:
    told = claim(a=trial()).model_copy(update={"input": "talk.retell"})
    found = judged("evidence", [(told, [outcome("a", 0.001)])])[0]
    assert (found.word, found.consequences) == (INPUT, HOLDS)


BASE = np.linspace(9, 11, 40)
CASES = [
    (trial("above"), BASE + 1, BASE, True),
    (trial("above"), BASE, BASE, False),
    (trial("above"), BASE - 1, BASE, False),
    (trial("below"), BASE - 1, BASE, True),
    (trial("above", 1.05, effect="ratio"), 1.1 * BASE, BASE, True),
    (trial("above", 1.05, effect="ratio"), 1.04 * BASE, BASE, False),
    (trial("below", 0.5, effect="ratio"), 0.4 * BASE, BASE, True),
    (trial("within", 0.95, to=1.05, effect="ratio"), 1.02 * BASE, BASE, True),
    (trial("within", 0.95, to=1.05, effect="ratio"), 1.06 * BASE, BASE, False),
    (trial("within", 0.95, to=1.05, effect="ratio"), BASE[::-1] * 0.9, BASE, False),
]


@pytest.mark.parametrize(("one", "arm", "other", "shown"), CASES)
def test_rules_on_samples_whose_answer_is_known(one, arm, other, shown) -> None:
    found = tried("t", one, [arm, other], None, seed=1)
    assert (found.p < 0.01) == shown
    assert not (shown and found.contrary)


SIDES = [
    # (rule, effect): the opposite is shown, or it is clearly short, or neither.
    (trial("above", 1.05, effect="ratio"), 0.97, "contrary"),
    (trial("above", 1.05, effect="ratio"), 1.03, "short"),
    (trial("above", 1.05, effect="ratio"), 1.08, ""),
    (trial("above", 1, effect="ratio"), 0.9, "contrary"),
    (trial("above", 1, effect="ratio"), 1.0, ""),
    (trial("above", 0.5, effect="ratio"), 0.8, ""),
    (trial("above", 0.5, effect="ratio"), 0.4, "contrary"),
    (trial("below", 0.1, effect="ratio"), 0.41, "short"),
    (trial("below", 0.1, effect="ratio"), 1.2, "contrary"),
    (trial("below", 1, effect="ratio"), 1.2, "contrary"),
    (trial("below", 1, effect="ratio"), 0.8, ""),
    (trial("below", 1.2, effect="ratio"), 1.1, ""),
    (trial("below", 1.2, effect="ratio"), 1.3, "contrary"),
    (trial("within", 0.95, to=1.05, effect="ratio"), 1.2, "short"),
    (trial("within", 0.95, to=1.05, effect="ratio"), 0.8, "short"),
    (trial("within", 8, to=14, effect="ratio"), 0.4, "contrary"),
    (trial("within", 8, to=14, effect="ratio"), 5.0, "short"),
    (trial("within", 8, to=14, effect="ratio"), 20.0, "short"),
    (trial("within", 0.2, to=0.5, effect="ratio"), 1.4, "contrary"),
    (trial("within", 0.2, to=0.5, effect="ratio"), 0.7, "short"),
    (trial("within", 0.2, to=0.5, effect="ratio"), 0.1, "short"),
    (trial("above", 0), -1.0, "contrary"),
    (trial("above", 2), 1.0, "short"),
    (trial("above", 2), -1.0, "contrary"),
    (trial("below", -2), -1.0, "short"),
    (trial("below", -2), 1.0, "contrary"),
]


@pytest.mark.parametrize(("one", "effect", "word"), SIDES)
def test_the_opposite_lies_beyond_no_effect_and_a_margin_may_be_missed(one, effect, word) -> None:
    wobble = 1 + 0.001 * np.where(np.arange(BASE.size) % 2, 1.0, -1.0)
    arm = effect * BASE * wobble if one.effect == "ratio" else BASE + effect * wobble
    found = tried("t", one, [arm, BASE], None, seed=1)
    assert (found.contrary, found.short) == (word == "contrary", word == "short")


@pytest.mark.parametrize("one", [trial("above", 1.05, effect="ratio"), trial("below", 0.95,
                                                                            effect="ratio")])
def test_what_reaches_over_its_margin_or_in_few_worlds_is_neither(one) -> None:
    """Half as much more and less, on average none; and a clear opposite in a minority of worlds."""
    noisy = BASE * np.where(np.arange(BASE.size) % 2, 1.5, 0.5)
    opposite = BASE * (2.0 if one.rule == "below" else 0.5)
    few = np.where(np.arange(BASE.size) < 25, math.nan, opposite)
    for arm in (noisy, few):
        found = tried("t", one, [arm, BASE], None, seed=1)
        assert not found.contrary
        assert not found.short


def test_equivalence_needs_worlds_not_only_a_mean() -> None:
    """The mean lies in the middle, but two noisy worlds show nothing."""
    one = trial("within", 0.95, to=1.05, effect="ratio")
    assert tried("t", one, [np.array([5.0, 15.0]), np.array([9.0, 11.0])], None, 1).p > 0.05


def test_effects_of_four_arms() -> None:
    """By hand: v(both) 10, v(this) 7, v(other) 4, v(neither) 3."""
    arms = [np.full(3, v) for v in (10.0, 4.0, 7.0, 3.0)]
    four = ["both", "other", "this", "neither"]
    shapley = tried("t", trial(effect="shapley", contrast=four), arms, None, 1)
    assert shapley.effect == 5.0
    interaction = tried("t", trial(effect="interaction", contrast=four), arms, None, 1)
    assert interaction.effect == 2.0


def test_the_shares_of_two_factors_add_up() -> None:
    both, first, second, neither = (np.full(3, v) for v in (11.0, 7.0, 4.0, 2.0))
    four = ["1", "2", "3", "4"]
    of_first = tried("t", trial(effect="shapley", contrast=four),
                     [both, second, first, neither], None, 1).effect
    of_second = tried("t", trial(effect="shapley", contrast=four),
                      [both, first, second, neither], None, 1).effect
    assert of_first + of_second == 9.0


def test_the_shares_of_three_factors() -> None:
    """Against what each adds in the six orders in which they may come (Shapley 1953)."""
    worth = {"abc": 20, "ab": 13, "ac": 11, "bc": 9, "a": 5, "b": 4, "c": 3, "": 1}
    for factor in "abc":
        orders = [order[: order.index(factor)] for order in permutations("abc")]
        before = ["".join(sorted(some)) for some in orders]
        added = [worth["".join(sorted(some + factor))] - worth[some] for some in before]
        first, second = sorted({"a", "b", "c"} - {factor})
        arms = [np.full(3, float(worth["".join(sorted(some))]))
                for rest in (first + second, first, second, "") for some in (rest + factor, rest)]
        told = trial(effect="shapley", contrast=list("12345678"))
        assert tried("t", told, arms, None, 1).effect == pytest.approx(sum(added) / 6)


def test_what_is_undefined_in_most_worlds_is_not_shown() -> None:
    arm = np.where(np.arange(40) < 25, math.nan, BASE + 5)
    found = tried("t", trial(), [arm, BASE], None, 1)
    assert (found.p, found.worlds) == (1.0, 15)
    nothing = tried("t", trial(effect="ratio", value=1), [BASE, np.zeros(40)], None, 1)
    assert nothing.p == 1.0
    assert math.isnan(nothing.effect)


def test_one_sided_chances_against_scipy() -> None:
    from scipy.stats import ttest_1samp

    sample = np.random.Generator(np.random.Philox(key=3)).normal(0.2, 1, 50)
    expected = ttest_1samp(sample, 0, alternative="greater").pvalue
    assert one_sided(sample, seed=1) == pytest.approx(expected, rel=1e-9)
    assert one_sided(np.ones(5), seed=1) == 0.0
    assert one_sided(np.zeros(5), seed=1) == 1.0
    assert one_sided([1.0], seed=1) == 1.0


def test_one_sided_is_below_half_of_five_percent_where_the_interval_lies_above_zero() -> None:
    rng = np.random.default_rng(4)
    seen = set()
    for case in range(120):
        shift = rng.uniform(0.5, 3)
        draw = rng.normal if case % 2 else rng.lognormal
        differences = draw(0, 1, int(rng.integers(2, 60))) - shift * (0.2 if case % 2 else 1)
        found = mean_interval(differences, seed=case)
        above, below = (one_sided(sign * differences, seed=case) for sign in (1, -1))
        assert (min(above, below) >= 0.025) == (found.low <= 0 <= found.high), case
        seen.add((found.method, min(above, below) >= 0.025))
    assert seen == {(method, side) for method in ("t", "bootstrap-t") for side in (True, False)}


def test_one_sided_of_a_mean_of_zero_is_even() -> None:
    """1,000 skewed samples without an effect: as bootstrap-t covers 93 to 94 % of lognormal
    samples of 30, 6.5 % lie outside, sd 0.008; the seeds are fixed."""
    rng = np.random.default_rng(12)
    samples = rng.lognormal(0, 1, (1000, 30)) - math.exp(0.5)
    outside = sum(min(one_sided(s, seed=5), one_sided(-s, seed=5)) < 0.025 for s in samples)
    assert outside / 1000 == pytest.approx(0.065, abs=0.03)


def test_few_worlds_are_resampled() -> None:
    """Sample and mirror image: the chances are those of a bootstrap-t, each beyond the other."""
    sample = np.random.Generator(np.random.Philox(key=4)).exponential(1, 20) - 0.4
    above, below = one_sided(sample, seed=1), one_sided(-sample, seed=1)
    assert above * 2001 == pytest.approx(round(above * 2001))
    assert above + below == pytest.approx(1, abs=2e-3)


def test_dispersion_by_hand() -> None:
    """Months of 2, 4 and 6: variance 4 over mean 4; a business without any is left out."""
    weekly = np.zeros((12, 2))
    weekly[[0, 4, 8], 0] = 2, 4, 6
    assert dispersion(weekly) == pytest.approx(1.0)
    # Each of them worth 10: variance 400 over mean 40, in units of 10.
    assert dispersion(10 * weekly, weekly) == pytest.approx(1.0)
    assert math.isnan(dispersion(np.zeros((12, 2))))
    assert math.isnan(dispersion(weekly[:7]))


def test_dispersion_says_nothing_of_how_many_there_are() -> None:
    """Poisson counts of mean .5 and 50 a month: 1 each, where spread over mean differs tenfold.

    Of 500 businesses over 40 months the sd of the mean ratio is sqrt(2 / 39 / 500) = .010; the
    generator is keyed, the band five sd.
    """
    chance = np.random.Generator(np.random.Philox(key=9))
    for mean in (0.5, 50):
        weekly = np.zeros((160, 500))
        weekly[::4] = chance.poisson(mean, (40, 500))
        assert dispersion(weekly) == pytest.approx(1, abs=0.05)
        assert dispersion(3 * weekly, weekly) == pytest.approx(1, abs=0.05)


def test_jobs_of_unequal_size_make_a_source_less_steady() -> None:
    """Months of one client each, worth 1 or 3: variance 2 over mean 2, in units of 2."""
    record = np.zeros((8, 1, len(PLACE)))
    record[[0, 4], 0, PLACE["won_asked_friend"]] = 1
    record[[0, 4], 0, PLACE["value_customers"]] = 1, 3
    assert dispersion_of_customers_value(left(record=record)) == pytest.approx(0.5)


def test_a_shuffle_keeps_what_each_gave_and_received() -> None:
    chance = np.random.Generator(np.random.Philox(key=5))
    given = chance.integers(0, 9, (12, 12)).astype(float)
    np.fill_diagonal(given, 0)
    random = _shuffled(given, chance)
    assert np.array_equal(random.sum(axis=0), given.sum(axis=0))
    assert np.array_equal(random.sum(axis=1), given.sum(axis=1))
    assert not np.diagonal(random).any()


def test_returned_favours_correlate() -> None:
    given = np.array([[0, 5, 1], [5, 0, 2], [1, 2, 0]], float)
    assert _correlation(given, ~np.eye(3, dtype=bool)) == pytest.approx(1)


def left(**more) -> Seen:
    given = {"record": np.zeros((0, 0, 0)), "weekly": {}, "treated": np.ones(2, bool),
             "strategies": (), "world": None, "state": None, "weeks": (), "seed": 1, "number": 0}
    return Seen(**(given | more))


def a_week(jobs, trace=(), **made) -> SimpleNamespace:
    """jobs: person, trade and judgement of each need; made: more of its decisions."""
    person, trade, judgement = np.array(jobs, int).reshape(-1, 3).T
    made = {"provider": np.where(judgement > UNKNOWN, BUSINESS, BUSINESS + 1)} | made
    return SimpleNamespace(
        person=person, trade=trade, jobs=SimpleNamespace(judgement=judgement),
        told=SimpleNamespace(trace=np.array(trace, int).reshape(-1, 4)),
        decisions=SimpleNamespace(**made))


def test_reach_is_distinct_hearers_of_a_client_story() -> None:
    """Client 1 tells 2 and 3; 3 tells 4 on, and 2 hears it again; client 9 tells 2."""
    trace = [[1, 2, 0, BAD], [1, 3, 0, BAD], [3, 4, 0, BAD], [3, 2, 0, BAD], [9, 2, 0, BAD],
             [1, 5, 0, GOOD]]
    week = a_week([(1, 0, DISSATISFIED), (9, 0, DISSATISFIED)], trace)
    assert _week_reach(week, BAD, np.ones(1, bool)) == [3, 1]
    # A good story from whom a bad job was done is nobody's.
    assert _week_reach(week, GOOD, np.ones(1, bool)) == []


@pytest.mark.parametrize("judgement", [UNKNOWN, SATISFIED, DELIGHTED])
def test_no_story_begins_with_who_only_tells_it_on(judgement: int) -> None:
    """3 has a need that week, too, served elsewhere or well: 1's story still reaches four."""
    trace = [[1, 2, 0, BAD], [1, 3, 0, BAD], [3, 4, 0, BAD], [4, 5, 0, BAD]]
    week = a_week([(1, 0, DISSATISFIED), (3, 0, judgement)], trace)
    assert _week_reach(week, BAD, np.ones(1, bool)) == [4]


def test_a_complaint_that_goes_viral_is_no_clients_story() -> None:
    trace = [[-1, 2, 0, BAD], [2, 3, 0, BAD]]
    assert _week_reach(a_week([(1, 0, DISSATISFIED)], trace), BAD, np.ones(1, bool)) == []


def test_reach_and_jobs_of_the_treated_alone() -> None:
    second = np.array([False, True])
    week = a_week([(1, 0, DISSATISFIED), (1, 1, DISSATISFIED), (2, 1, SATISFIED)],
                  [[1, 2, 0, BAD], [1, 3, 0, BAD], [1, 2, 1, BAD]])
    assert _week_reach(week, BAD, second) == [1]
    assert _judged(left(weeks=(week,), treated=second), bad=True) == 1.0
    assert _judged(left(weeks=(week,), treated=second), bad=False) == 1.0
    assert _judged(left(weeks=(week,)), bad=True) == 2.0


def test_clients_brought_to_the_treated_alone() -> None:
    """1 is delighted by both businesses and brings 5 to the first and 6 to the second."""
    nobody = {"source": np.array([-1, -1]), "teller": np.array([-1, -1])}
    asked = {"source": np.full(2, ASKED_FRIEND), "teller": np.array([1, 1])}
    weeks = (a_week([(1, 0, DELIGHTED), (1, 1, DELIGHTED)], **nobody),
             a_week([(5, 0, SATISFIED), (6, 1, DELIGHTED)], **asked))
    assert _brought(left(weeks=weeks), DELIGHTED) == pytest.approx(2 / 3)
    first = left(weeks=weeks, treated=np.array([True, False]))
    assert _brought(first, DELIGHTED) == 1.0


def test_referrals_by_strangers_to_the_treated_alone() -> None:
    """Owner 0 was a client of business 1, owner 1 not of business 0."""
    world = SimpleNamespace(trades=2, owner=np.array([0, 1]))
    state = SimpleNamespace(
        people=SimpleNamespace(own=np.array([[UNKNOWN, SATISFIED], [UNKNOWN, UNKNOWN]])),
        partners=SimpleNamespace(given=np.array([[0, 4], [6, 0]])))
    assert referrals_by_strangers(left(world=world, state=state)) == 3.0
    first = left(world=world, state=state, treated=np.array([True, False]))
    assert referrals_by_strangers(first) == 6.0


def run(tmp_path: Path, *options: str) -> int:
    settings = [part for setting in TINY for part in ("--set", setting)]
    return cli.main(["claims", "--out", str(tmp_path), "--workers", "1", "--replications", "2",
                     *settings, *options])


def test_the_command_writes_tables_figure_and_manifest(tmp_path: Path, capsys) -> None:
    assert run(tmp_path, "--only", "1,12") == 0
    said = capsys.readouterr()
    assert "2 claims, 2 presets, 2 worlds: about" in said.err
    assert "12 “You have to Ask!” (002)" in said.out
    folder = tmp_path / "claims"
    assert sorted(path.name for path in folder.iterdir()) == [
        "answer.txt", "claims.csv", "manifest.json", "report.html", "scenarios", "scoreboard.png",
        "scoreboard.svg"]
    with (folder / "claims.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {(row["claim"], row["preset"]) for row in rows} == {
        (number, preset) for number in ("1", "12") for preset in ("evidence", "articles")}
    assert {row["verdict"] for row in rows if row["claim"] == "1"} == {INPUT}
    for row in rows:
        assert 0.0001 <= float(row["p"]) <= 1
        assert float(row["p"]) * 10_000 == pytest.approx(round(float(row["p"]) * 10_000))
    record = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert record["replications"] == 2
    assert set(record["scenario_hashes"]) == {"evidence", "articles"}


@pytest.mark.parametrize(("only", "said"), [
    ("3,x", "--only 3,x: expected numbers of claims such as 3,6,7"),
    ("9" * 5000, "...: expected numbers of claims such as 3,6,7"),
    ("99", "no claim 99; there are 1, 2, 3"),
])
def test_numbers_that_are_none_are_refused(only: str, said: str, tmp_path: Path, capsys) -> None:
    assert run(tmp_path, "--only", only) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "claims").exists()


class Board:
    """Verdicts made up for the scoreboard."""

    def __init__(self, number: int, preset: str, word: str, effect: float = 1.2) -> None:
        told = Claim(number=number, quotation="$x$ <b>said</b> =1+1", source="000",
                     input="talk.retell" if word == INPUT else "",
                     tests={"t": trial("above", 1, effect="ratio"),
                            "u": trial("above", 0, asserted=True)})
        tests = (Outcome("t", "t", effect, effect - 0.1, effect + 0.1, 0.01, 20, contrary=False,
                         holds=word == HOLDS),
                 Outcome("u", "u", 3.0, 2.0, 4.0, 0.01, 20, contrary=False))
        self.claim, self.preset, self.word, self.tests, self.tested = told, preset, word, tests, 9
        self.consequences = HOLDS


def board(*words: tuple[str, str]) -> list[Board]:
    return [Board(n, preset, word) for n, pair in enumerate(words, 1)
            for preset, word in zip(("evidence", "articles"), pair, strict=True)]


TITLES = [
    ([(HOLDS, HOLDS)], "Of 1 claim that can be tested, 1 holds, 0 depend and 0 do not hold"),
    ([(HOLDS, FAILS), (DEPENDS, DEPENDS), (FAILS, FAILS)],
     "Of 3 claims that can be tested, 0 hold, 2 depend and 1 does not hold"),
    ([(DEPENDS, HOLDS), (INPUT, INPUT)],
     "Of 1 claim that can be tested, 0 hold, 1 depends and 0 do not hold; 1 claim is an"
     " assumption, not a finding"),
    ([(INPUT, INPUT), (INPUT, INPUT)],
     "Nothing to find out here: 2 claims are assumptions, not findings"),
]


@pytest.mark.parametrize(("words", "title"), TITLES)
def test_titles(words, title: str) -> None:
    assert headline(board(*words)).replace("\N{NO-BREAK SPACE}", " ") == title


def test_the_conclusion_is_three_claims_jointly() -> None:
    def said(*words: str) -> str:
        return conclusion([Board(n, "evidence", word)
                           for n, word in zip((3, 6, 7), words, strict=True)])

    assert said(HOLDS, HOLDS, HOLDS).endswith("holds in evidence")
    assert said(HOLDS, HOLDS, DEPENDS).endswith("does not hold in either preset")
    assert conclusion(board((HOLDS, HOLDS))) == ""


@pytest.mark.parametrize(("one", "effect", "multiple"), [
    (trial("above", 2), 3.0, 1.5),
    (trial("below", 2), 4.0, 0.5),
    (trial("within", 8, to=14), 16.0, 0.875),
    (trial("within", 8, to=14), 4.0, 0.5),
    (trial("above", 0), 4.0, math.nan),
    (trial("above", 2), math.nan, math.nan),
])
def test_multiples_of_what_is_needed(one, effect: float, multiple: float) -> None:
    assert reached(effect, one) == pytest.approx(multiple, nan_ok=True)


def test_marks() -> None:
    told = trial("above", 1, effect="ratio")
    shown = outcome("t", 0.01)
    assert mark(shown._replace(holds=True), told) == "✓"
    assert mark(shown, told) == "+"
    assert mark(shown._replace(p=0.5), told) == "·"
    assert mark(shown._replace(p=1.0, contrary=True), told) == "✗"
    assert mark(shown._replace(p=1.0, short=True), told) == "≠"
    assert mark(shown, told.model_copy(update={"asserted": True})) == "="
    assert set("✓+·✗≠=") == set(MARKS)


@pytest.mark.parametrize(("effect", "low", "high", "said"), [
    (1.2, 1.1, 1.3, "1.2 (1.1 to 1.3)"),
    (1.1411, 1.1383, 1.1439, "1.141 (1.138 to 1.144)"),
    (1.02941, 1.02939, 1.02943, "1.02941 (1.02939 to 1.02943)"),
    (-1.1411, -1.1439, -1.1383, "−1.141 (−1.144 to −1.138)"),
    (12345.3, 12345.2, 12345.4, "12,345.3 (12,345.2 to 12,345.4)"),
    (1234.5, 1230.2, 1240.1, "1,234 (1,230 to 1,240)"),
    (0.0, 0.0, 0.0, "0 (0 to 0)"),
    (1.5, math.nan, math.nan, "1.5 (– to –)"),
])
def test_intervals_have_digits_that_tell_their_ends_apart(effect, low, high, said: str) -> None:
    assert interval(effect, low, high) == said


def test_a_claims_results_are_read_back_with_what_they_missed(tmp_path: Path, capsys) -> None:
    more = ("--only", "2", "--replications", "6", "--set", "trades.need_rate=12")
    assert run(tmp_path, *more) == 0
    said = capsys.readouterr().out
    assert "evidence  ✗" in said
    assert "articles  ≠" in said
    with (tmp_path / "claims" / "claims.csv").open(encoding="utf-8") as file:
        written = [(row["contrary"] == "true", row["clearly_short"] == "true")
                   for row in csv.DictReader(file)]
    told = [one for verdict in board_of(tmp_path / "claims").verdicts for one in verdict.tests]
    assert [(one.contrary, one.short) for one in told] == written
    page = (tmp_path / "claims" / "report.html").read_text(encoding="utf-8")
    assert MARKS["✗"] in page
    assert MARKS["≠"] in page


def test_the_table_says_what_each_test_needs_and_finds() -> None:
    said = table(board((HOLDS, FAILS), (INPUT, INPUT)))
    assert "t (needs above 1)\n    evidence  ✓ 1.2 (1.1 to 1.3) times" in said
    assert "    evidence  = 3 (2 to 4) clients" in said
    assert "AN INPUT, NOT A FINDING (ITS CONSEQUENCE SHOWN)" in said
    assert max(map(len, said.splitlines())) <= 100


def test_the_scoreboard_is_sound_as_a_layout() -> None:
    words = [(HOLDS, DEPENDS), (FAILS, FAILS), (INPUT, INPUT)] * 5 + [(DEPENDS, HOLDS)]
    verdicts = board(*words)
    verdicts[0].tests = (verdicts[0].tests[0]._replace(effect=90.0, low=-1.0, high=200.0),
                         *verdicts[0].tests[1:])
    drawn = [slides.page(verdicts, place) for place in range(len(slides.parts(rows(verdicts))))]
    assert len(drawn) == 2
    with style.look():
        # White on the filled pill, which the linter takes to be on the page.
        assert all(set(lint(page)) <= {"too pale: 'holds'"} for page in drawn)


def written_on(page) -> str:
    return " ".join(text.get_text() for text in page.texts).replace("\n", " ")


def test_a_row_without_dots_is_explained() -> None:
    """An effect that needs to be above 0 is no multiple of that."""
    verdicts = board((HOLDS, HOLDS))
    tests = {"t": trial("above", 0), "u": trial("above", 0, asserted=True)}
    for one in verdicts:
        one.claim = one.claim.model_copy(update={"tests": tests})
    assert "no dot: no multiple of what is needed" in written_on(slides.page(verdicts, 0))


def test_a_value_on_the_slide_bears_what_is_wrong_with_it() -> None:
    """The opposite and a missed margin, and nothing where a claim is shown or merely not shown."""
    verdicts = board((FAILS, FAILS), (FAILS, HOLDS))
    for one, flag in ((verdicts[0], "contrary"), (verdicts[1], "short")):
        one.tests = (one.tests[0]._replace(**{flag: True}), *one.tests[1:])
    page = slides.page(verdicts, 0)
    told = [text.get_text() for area in page.axes for text in area.texts]
    assert "1.2 ✗ / 1.2 ≠" in told
    assert "1.2 / 1.2" in told
    assert "no dot" not in written_on(page)
    with style.look():
        assert set(lint(page)) <= {"too pale: 'holds'"}


@pytest.mark.parametrize(("claims", "sizes"), [(1, [1]), (8, [8]), (9, [5, 4]), (16, [8, 8])])
def test_slides_hold_about_as_many_claims_each(claims: int, sizes: list[int]) -> None:
    board_rows = [[one] for one in board(*[(HOLDS, HOLDS)] * claims)[::2]]
    assert [len(part) for part in slides.parts(board_rows)] == sizes
