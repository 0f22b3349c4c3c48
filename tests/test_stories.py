"""Stories of single businesses: which worlds, what happens there, how far stories reach."""

from __future__ import annotations

import numpy as np
from worlds import SMALL
from worlds import scenario as made

from wom_sim import face
from wom_sim.study.results import FOLLOWED, Happening
from wom_sim.study.stories import happenings, nearest, reaches, told


def test_the_nearest_worlds_come_first_and_of_equals_the_first() -> None:
    assert nearest(np.array([9.0, 5.0, 7.0, 8.0, 6.0]), 4) == [2, 3, 4, 0]
    assert nearest(np.array([1.0, 3.0])) == [0, 1]
    assert len(nearest(np.arange(50.0))) == FOLLOWED


def test_a_story_reaches_each_person_once_and_tellers_of_tellers_count() -> None:
    told = [Happening(3, "told_bad", person, via, "") for person, via in
            ((11, 1), (12, 1), (12, 11), (13, 12), (14, 13), (21, 2))]
    told += [Happening(4, "told_bad", 11, 1, ""), Happening(3, "told_good", 30, 1, "")]
    assert reaches(told, "told_bad") == [1, 1, 4]
    assert reaches(told, "told_good") == [1]
    ring = [Happening(1, "told_bad", 1, 2, ""), Happening(1, "told_bad", 2, 1, "")]
    assert sum(reaches(ring, "told_bad")) == 2


def test_a_viral_complaint_is_no_customers_story() -> None:
    """Nor is what its hearers tell on; what a customer tells in its week is."""
    told = [Happening(3, "told_bad", person, via, "") for person, via in
            ((11, -1), (12, -1), (13, 12), (14, 13), (21, 2), (22, 21))]
    assert reaches(told, "told_bad") == [2]
    viral = {"week": 5, "complaint": {"reach": 150}}
    scenario = made(SMALL, weeks=12, talk__delighted=0.0, talk__satisfied=0.0,
                    talk__retell=0.5, events=[viral])
    found = happenings(scenario, scenario.arms[0], 0)
    assert sum(h.event == "told_bad" for h in found) > 100
    assert not reaches(found, "told_bad")


def test_stories_are_those_of_the_worlds_nearest_the_median() -> None:
    scenario = made(SMALL, weeks=30, replications=12, talk__delighted=0.5)
    found = face.run(scenario)
    (arm,) = found.reached
    numbers = nearest(found.value(arm, "clients_won"))
    assert found.story_replication == {arm: numbers[0]}
    plan = next(one for one in scenario.arms if one.name == arm)
    assert found.stories[arm] == happenings(scenario, plan, numbers[0])
    assert found.reached[arm] == tuple(
        one for number in numbers for one in told(scenario, plan, number).reached)
    assert {one.valence for one in found.reached[arm]} == {"good", "bad"}
    assert len({one.replication for one in found.reached[arm]}) > 1
    assert face.run(scenario, workers=2).reached == found.reached
