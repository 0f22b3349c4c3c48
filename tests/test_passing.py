"""What customers and partners pass on, and when partners overtake: measures of claims, by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

import wom_sim
from wom_sim.commands.claims import claim_files
from wom_sim.market.state import ASKED_FRIEND, REQUESTED, WORD_OF_MOUTH
from wom_sim.study.claims import passing
from wom_sim.study.claims.measures import Seen
from wom_sim.study.claims.worlds import Wanted, run_claims

TINY = ("population.size=300", "trades.count=3", "group.size=3", "history_weeks=8")
NONE = -1


def seen(weekly: dict[str, list[float]] | None = None, **more) -> Seen:
    series = {name: np.array(values, float) for name, values in (weekly or {}).items()}
    given = {"record": np.zeros((0, 0, 0)), "weekly": series, "treated": np.ones(2, bool),
             "strategies": (), "world": None, "state": None, "weeks": (), "seed": 1, "number": 0}
    return Seen(**(given | more))


STORIES = {"heard_negative": [4, 8], "heard_positive": [10, 20], "dissatisfied": [1, 1],
           "satisfied": [9, 9], "delighted": [1, 1]}


def test_stories_a_job() -> None:
    """12 hearings of 2 bad jobs, 30 of 20 good ones: 6 and 1.5, four times as many."""
    assert passing.heard_a_bad_job(seen(STORIES)) == 6.0
    assert passing.heard_a_good_job(seen(STORIES)) == 1.5
    assert passing.unhappy_at_equality(seen(STORIES)) == pytest.approx(1 / 5)
    assert passing.unhappy_at_three_to_one(seen(STORIES)) == pytest.approx(1 / 13)


def test_at_the_solved_shares_the_volumes_are_as_asked_for() -> None:
    for share, volumes in ((passing.unhappy_at_three_to_one(seen(STORIES)), 3.0),
                           (passing.unhappy_at_equality(seen(STORIES)), 1.0)):
        assert (1 - share) * 1.5 / (share * 6.0) == pytest.approx(volumes)


def test_shares_are_unknown_where_nobody_is_unhappy() -> None:
    assert math.isnan(passing.unhappy_at_three_to_one(seen(STORIES | {"dissatisfied": [0, 0]})))


def week(trade: list[int], teller: list[int], source: list[int]) -> SimpleNamespace:
    made = SimpleNamespace(teller=np.array(teller, int), source=np.array(source, int))
    return SimpleNamespace(trade=np.array(trade, int), decisions=made)


WEEKS = (
    # A friend recommends and wins, another does not win; a story wins; one comes unprompted.
    week([0, 0, 1, 1], [7, 8, NONE, NONE], [ASKED_FRIEND, NONE, WORD_OF_MOUTH, NONE]),
    week([1], [NONE], [REQUESTED]),
    week([], [], []),
)


def test_recommendations_count_whether_or_not_they_win() -> None:
    """Two and two for two businesses."""
    assert passing.recommended_by_customers(seen(weeks=WEEKS)) == 2.0
    assert passing._recommended(seen(weeks=WEEKS)).tolist() == [[2, 1], [0, 1], [0, 0]]


def test_recommendations_of_the_treated_alone() -> None:
    """As the referrals they are held against: the second business is recommended twice."""
    second = seen(weeks=WEEKS, treated=np.array([False, True]))
    assert passing._recommended(second).tolist() == [[1], [1], [0]]
    assert passing.recommended_by_customers(second) == 2.0


def test_dispersion_of_recommending() -> None:
    """Months of 2 and 0: variance 2 over mean 1; of 1 and 0: variance 1/2 over mean 1/2."""
    months = (*WEEKS[:1], *[WEEKS[2]] * 7)
    assert passing.dispersion_of_recommending(seen(weeks=months)) == pytest.approx(1.5)


def test_what_free_riders_receive() -> None:
    """Businesses 1 and 2 ride free and receive 2 and 0, the other one 4."""
    given = np.array([[0, 2, 0], [3, 0, 0], [1, 0, 0]])
    partners = SimpleNamespace(given=given, strategy=np.array([0, 1, 1]))
    told = seen(state=SimpleNamespace(partners=partners), strategies=("giver", "taker"))
    assert passing.received_by_free_riders(told) == 1.0
    assert passing.received_by_others(told) == 4.0
    without = told._replace(strategies=("giver", "reciprocator"))
    assert math.isnan(passing.received_by_free_riders(without))


def test_credibility_is_a_mean_over_weeks() -> None:
    told = seen({"credibility": [0.6, 0.8]})
    assert passing.credibility_with_partners(told) == pytest.approx(0.7)


def test_passed_by_partners_who_were_passed_something() -> None:
    """Business 0 passed to 1, who passed 3 back; 2 passed 1 to it unasked and got none."""
    given = np.array([[0, 2, 0], [3, 0, 0], [1, 0, 0]])
    state = SimpleNamespace(partners=SimpleNamespace(given=given, linked=1 - np.eye(3, dtype=int)))
    everybody, first = np.ones(3, bool), np.array([True, False, False])
    # Passed by those whom one passed to: 3 to 0, 2 to 1, and 0 to 2 of 0.
    told = seen(state=state, treated=everybody)
    assert passing.passed_by_favoured(told) == pytest.approx(5 / 3)
    assert passing.passed_by_others(told) == pytest.approx(1 / 3)
    # Where business 0 alone is treated: 3 from 1, whom it favours, and 1 from 2, whom it does not.
    assert passing.passed_by_favoured(seen(state=state, treated=first)) == 3.0
    assert passing.passed_by_others(seen(state=state, treated=first)) == 1.0


@pytest.mark.parametrize(("partner", "customers", "place"), [
    ([0, 0, 9], [1, 1, 1], 2.0),
    ([9, 0, 0], [1, 1, 1], 0.0),
    ([2, 0, 0, 9], [1, 1, 1, 1], 3.0),
    ([1, 1, 1], [1, 1, 1], math.nan),
    ([9, 0, 0], [1, 1, 9], math.nan),
])
def test_weeks_of_overtaking(partner: list[float], customers: list[float], place: float) -> None:
    weekly = {"value_partner": partner, "value_customers": customers}
    found = passing.week_of_overtaking_value(seen(weekly))
    assert found == pytest.approx(place, nan_ok=True)
    assert passing.overtakes_value(seen(weekly)) == float(not math.isnan(place))


def test_overtaking_in_clients_and_in_referrals() -> None:
    clients = {"won_partner": [0, 3], "won_asked_friend": [1, 1], "won_word_of_mouth": [0, 0],
               "won_requested": [0, 0]}
    assert passing.overtakes_closed(seen(clients)) == 1.0
    assert passing.overtakes_closed(seen(clients | {"won_partner": [0, 2]})) == 0.0
    # Customers pass 1.5 and .5 a business, then none: 2 in all.
    passed = {"referrals_received": [0, 1, 2]}
    assert passing.week_of_overtaking_passed(seen(passed, weeks=WEEKS)) == 2.0
    assert passing.overtakes_passed(seen(passed, weeks=WEEKS)) == 1.0
    assert passing.overtakes_passed(seen({"referrals_received": [0, 1, 1]}, weeks=WEEKS)) == 0.0


def test_an_hour_is_held_against_an_hour() -> None:
    """Partners bring 1 for an hour, customers 4 for ten: ahead in the second week, by 2/2 to 8/20;
    with no hours yet for partners there is nothing to be ahead with."""
    weekly = {"value_partner": [0, 2], "value_customers": [4, 4], "hours_partners": [1, 1],
              "hours_service": [9, 9], "hours_asking": [1, 1]}
    assert passing.week_of_overtaking_hourly(seen(weekly)) == 1.0
    assert passing.overtakes_hourly(seen(weekly)) == 1.0
    assert passing.overtakes_hourly(seen(weekly | {"hours_partners": [10, 10]})) == 0.0


@pytest.mark.parametrize("treated", ["all", "one"])
def test_recommended_people_are_at_least_the_clients_that_customers_brought(treated: str) -> None:
    """In a tiny town, of all businesses or of one."""
    path = dict(claim_files(set()))[6]
    settings = (*TINY, "weeks=112", f"treated={treated}")
    scenario = wom_sim.load(path, settings=settings, replications=4)
    samples = run_claims([scenario])
    for arm in ("One partner", "Two partners"):
        passed = samples[scenario.stem, arm, Wanted("recommended_by_customers", 104)]
        won = samples[scenario.stem, arm, Wanted("won_by_customers", 104)]
        assert (passed >= won).all()
        assert passed.sum() > won.sum()
