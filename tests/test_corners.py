"""Corners of the rooms that random small worlds do not reach, each seen directly.

Mutants drawn at random (`mutate.py`) that nobody saw showed most of them.
"""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import networkx as nx
import numpy as np
import pytest
import yaml
from test_oracles import close

from wom_sim.market import friends, graphs, needs, partners, state, strategies
from wom_sim.market.chance import IMITATION, RENEWAL, draw, draw2
from wom_sim.market.graphs import NetworkError
from wom_sim.market.judgement import zone_of_tolerance
from wom_sim.market.state import DELIGHTED, DISSATISFIED, ELSEWHERE, SATISFIED
from wom_sim.scenario import reader
from wom_sim.scenario.faults import ScenarioError
from wom_sim.scenario.registry import networks
from wom_sim.scenario.resolve import read_text
from wom_sim.study.statistics import summaries as statistics

KEY = np.uint64(77)
YEARS = range(51, 51 + 52 * 40, 52)


# People


def test_who_knows_everybody_meets_nobody_new() -> None:
    asked = np.array([1, 2, 9, 9], np.int64)
    assert not friends._meet(KEY, 0, 0, 3, 0, 2, asked)
    assert asked.tolist() == [1, 2, 9, 9]


@pytest.mark.parametrize(
    ("kind", "size", "settings"),
    [
        ("cliques", 23, {"members": 5}),
        ("complete", 9, {}),
        ("random", 9, {"mean_degree": 50.0}),
        ("small_world", 40, {"neighbours": 6, "rewiring": 0.0}),
    ],
)
def test_networks_have_as_many_ties_as_they_tell(
    kind: str, size: int, settings: dict[str, Any]
) -> None:
    graph: nx.Graph = networks[kind](size, 1, **settings)
    assert networks[kind].facts["ties"](size, **settings) == graph.number_of_edges()


def test_people_of_a_file_stand_by_number_then_by_name() -> None:
    assert sorted(["b", "10", "a1", "2", "0"], key=graphs._rank) == ["0", "2", "10", "a1", "b"]


def test_everybody_may_own_a_business_but_nobody_two() -> None:
    assert sorted(state._owners(KEY, 5, 5)) == [0, 1, 2, 3, 4]
    with pytest.raises(NetworkError, match="5 people cannot own 6"):
        state._owners(KEY, 5, 6)


def test_more_needs_than_were_thought_of_find_room(monkeypatch: pytest.MonkeyPatch) -> None:
    seat = np.full(30, ELSEWHERE, np.int64)
    rates = np.full((20, 3), 26.0)
    expected = needs.schedule(KEY, seat, rates)
    little = SimpleNamespace(sqrt=lambda mean: -mean / 6.0, log1p=math.log1p)
    monkeypatch.setattr(needs, "math", little)
    for found, known in zip(needs.schedule(KEY, seat, rates), expected, strict=True):
        assert (found == known).all()
    assert expected.person.size > 16


# Judgement, strategies


def test_the_zone_of_tolerance_holds_its_ends() -> None:
    gaps = np.array([-0.5, 0.25, -0.75, 0.5])
    codes = zone_of_tolerance(gaps, np.zeros(4), below=0.5, above=0.25)
    assert codes.tolist() == [SATISFIED, SATISFIED, DISSATISFIED, DELIGHTED]


def test_half_the_mean_of_giving_is_good_enough() -> None:
    nothing, score = np.zeros((1, 2), np.int64), np.array([0.5, 0.49])
    assert strategies.image_scorer(nothing, nothing, score).tolist() == [[1.0, 0.0]]


# The group


def group_of(value: list[float], **settings: float) -> Any:
    """A group whose members gained these values, each with a strategy of its own."""
    members = len(value)
    known = SimpleNamespace(
        member=np.ones(members, np.uint8), year_value=np.array(value),
        strategy=np.arange(members),
    )
    rules = SimpleNamespace(**{"imitation": 0.0, "renewal": 0.0, "cost": 100.0, **settings})
    return SimpleNamespace(partners=known), SimpleNamespace(group=rules)


def anniversary(town: Any, parameters: Any, week: int) -> None:
    partners.anniversary(SimpleNamespace(key=KEY), town, week, parameters)


def test_who_is_copied_is_any_other_member() -> None:
    copied = set()
    for week in YEARS:
        town, parameters = group_of([3.0, 2.0, 1.0, 0.0], imitation=1.0)
        anniversary(town, parameters, week)
        for member in range(4):
            whom = draw2(KEY, member, 0, week, IMITATION, 0, 0)[1]
            model = [m for m in range(4) if m != member][int(whom * 3)]
            assert town.partners.strategy[member] == min(model, member)
            copied.add((member, model))
    assert len(copied) == 12


def test_who_is_alone_in_a_group_copies_nobody() -> None:
    town, parameters = group_of([3.0], imitation=1.0)
    anniversary(town, parameters, 51)
    assert town.partners.strategy.tolist() == [0]


def test_the_chance_to_leave_falls_with_value_over_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[int] = []
    monkeypatch.setattr(partners, "seat", lambda state, trade, parameters: left.append(trade))
    value = [0.0, 50.0, 100.0, 300.0, -20.0]
    many = 0
    for week in YEARS:
        left.clear()
        town, parameters = group_of(value, renewal=0.8)
        anniversary(town, parameters, week)
        chances = [0.8 * math.exp(-max(gained, 0.0) / 100.0) for gained in value]
        due = [m for m in range(5) if draw(KEY, m, 0, week, RENEWAL, 0, 0) < chances[m]]
        assert left == due
        many += len(due)
    assert many > 50
    assert (town.partners.year_value == 0).all()


def test_who_invites_links_while_it_wants_partners() -> None:
    """Two that invite, of whom neither wants one more, stay apart."""
    pairs = np.array([[0, 1], [0, 2], [1, 2]])
    inviting = np.array([True, True, False])
    linked = partners._take_pairs(pairs, np.array([0, 1, 0]), inviting)
    assert linked.tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    assert not partners._take_pairs(pairs, np.array([0, 0, 0]), inviting).any()


@pytest.mark.parametrize("away", [True, False])
def test_who_is_away_or_long_served_hides_nobody_behind_it(away: bool) -> None:
    """Praise of the members that come after one who is absent, or whose praise is too old."""
    weeks, owner = np.array([[0, 0, 0, 0], [0, 0, 0, 0]]), np.array([0, ELSEWHERE, 1, ELSEWHERE])
    weeks[0, 1:] = 0 if away else -50, 0, -50
    own = np.zeros((2, 4), np.uint8)
    own[0, 1:] = DELIGHTED
    people = SimpleNamespace(own=own, own_week=weeks)
    credibility, present = np.full((4, 4), 0.5), np.array([True, not away, True, True])
    partners._testimonies(KEY, 0, 10.0, 1.0, 0.2, owner, people, credibility, present)
    expected = np.full((4, 4), 0.5)
    hearers = [0, 3] if away else [0, 1, 3]
    expected[hearers, 2] = 0.6
    close(credibility, expected)


# The reader


def test_the_last_half_of_a_pair_is_a_half() -> None:
    with pytest.raises(ScenarioError, match="half of a Unicode pair"):
        read_text('question: "\\udfff"', "x.yaml")


@pytest.mark.parametrize("text", [":weak", "weak:", "weak"])
def test_a_key_is_glued_only_with_something_on_both_sides(text: str) -> None:
    event = yaml.ScalarEvent(None, None, (True, False), text)
    assert reader._glued(event) is None
    assert reader._glued(yaml.ScalarEvent(None, None, (True, False), "weak:0.1")) is not None


# Statistics


def test_equal_values_have_no_spread_at_all() -> None:
    assert np.std([0.1] * 3, ddof=1) > 0
    assert statistics.summarise([0.1] * 3, 1)["sd"] == 0.0


def test_the_alarm_compares_one_half_with_the_other() -> None:
    """Halves four standard errors apart; the whole is but two from its first half."""
    half = np.tile([-1.0, 1.0], 25)
    error = math.sqrt(2 * np.var(half, ddof=1) / 50)
    sample = np.concatenate([100 + half, 100 + half + 4 * error])
    assert statistics.tail_alarm(sample)
    assert not statistics.tail_alarm(np.concatenate([100 + half, 100 + half + 2 * error]))
