"""Corners of the rooms that random small worlds do not reach, each seen directly.

Mutants drawn at random (`mutate.py`) that nobody saw showed most of them.
"""

from __future__ import annotations

import inspect
import math
from types import SimpleNamespace
from typing import Any, get_type_hints

import networkx as nx
import numpy as np
import pytest
import yaml
from scipy import stats
from test_oracles import close

from wom_sim.market import (
    calendar,
    chance,
    friends,
    graphs,
    needs,
    network,
    partners,
    reciprocity,
    state,
    strategies,
    undecided,
)
from wom_sim.market.chance import IMITATION, NETWORK, RENEWAL, draw, draw2
from wom_sim.market.graphs import NetworkError
from wom_sim.market.judgement import zone_of_tolerance
from wom_sim.market.state import DELIGHTED, DISSATISFIED, ELSEWHERE, SATISFIED
from wom_sim.scenario import reader
from wom_sim.scenario.faults import ScenarioError
from wom_sim.scenario.parameters import Precision
from wom_sim.scenario.registry import PEOPLE, PROFESSIONALS, judgements, networks
from wom_sim.scenario.registry import strategies as known_strategies
from wom_sim.scenario.resolve import read_text
from wom_sim.study.statistics import stopping
from wom_sim.study.statistics import summaries as statistics
from wom_sim.study.statistics.curves import settling
from wom_sim.study.statistics.intervals import one_sided
from wom_sim.study.statistics.superiority import _bounds, superiority

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


def test_visits_find_room_however_many_there_are() -> None:
    visits = calendar.Visits(0)
    for week in range(3):
        visits.add(np.full(900, week, np.int32), np.full(900, 7, np.int16))
    person, trade = visits.since(1)
    assert person.tolist() == [1] * 900 + [2] * 900
    assert trade.tolist() == [7] * 1800


# Judgement, strategies


def test_the_zone_of_tolerance_holds_its_ends() -> None:
    gaps = np.array([-0.5, 0.25, -0.75, 0.5])
    codes = zone_of_tolerance(gaps, np.zeros(4), below=0.5, above=0.25)
    assert codes.tolist() == [SATISFIED, SATISFIED, DISSATISFIED, DELIGHTED]


def test_half_the_mean_of_giving_is_good_enough() -> None:
    nothing, score = np.zeros((1, 2), np.int64), np.array([0.5, 0.49])
    assert strategies.image_scorer(nothing, nothing, score).tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize("plugs", [judgements, known_strategies, networks])
def test_what_a_plug_does_unasked_is_what_its_declaration_says(plugs: Any) -> None:
    """The default stands twice: in the declaration, and as that of the argument."""
    for name in plugs:
        taken = inspect.signature(plugs[name].function).parameters
        declared = SimpleNamespace(__annotations__={key: taken[key].annotation
                                                    for key in plugs[name].section.model_fields})
        hints = get_type_hints(declared, plugs[name].function.__globals__, include_extras=True)
        for key, hint in hints.items():
            (field,) = hint.__metadata__
            if not field.is_required():
                assert taken[key].default == field.default, (name, key)


def test_one_share_that_is_none_is_enough_to_refuse_an_answer() -> None:
    """Of several shares that a user's own strategy answers."""
    refused = SimpleNamespace(file="own.py", refuse=ValueError)
    received = np.zeros((1, 3), np.int64)
    for answer in ([[0.5, 1.5, 0.5]], [[-0.1, 0.5, 0.5]]):
        plug = Answering(np.array(answer), refused)
        with pytest.raises(ValueError, match="must answer shares"):
            reciprocity._answer(plug, received, received, np.zeros(3), {})


class Answering:
    """A strategy of a user's own that always answers the same."""

    def __init__(self, answer: Any, known: Any) -> None:
        self.answer, self.file, self.refuse = answer, known.file, known.refuse

    def __call__(self, received: Any, given: Any, score: Any) -> Any:
        return self.answer


def test_the_two_networks_have_seeds_of_their_own() -> None:
    addressed = {row.decision: row.whom for row in chance.ADDRESSES if row.stream == NETWORK}
    assert addressed == {"seed of the network": "", "seed of the professionals' network": "1"}
    assert network.SEED == {PEOPLE: 0, PROFESSIONALS: 1}


def test_ties_of_a_graphml_file_join_both_their_ends(tmp_path: Any) -> None:
    nx.write_graphml(nx.Graph([("a", "b"), ("b", "c")]), tmp_path / "few.graphml")
    read = graphs._graphml(tmp_path / "few.graphml")
    assert {frozenset(tie) for tie in read.ties} == {frozenset("ab"), frozenset("bc")}


@pytest.mark.parametrize("number", [1, 2])
def test_whom_one_meets_cannot_be_told(number: int) -> None:
    met = "population: {ties: {met: 1}}\ntrades: {needs: once}\n"
    text = f"{met}friends: {{number: {number}}}\n"
    assert not undecided.can_be_told(read_text(text, "x.yaml").base)


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


def test_a_value_glued_to_its_key_hides_no_fault_before_it() -> None:
    with pytest.raises(ScenarioError) as told:
        read_text("weeks: 3\nweeks: 4\ntalk: {weak:0.5}\n", "x.yaml")
    assert "duplicate key 'weeks'" in str(told.value)
    assert "x.yaml:3" in str(told.value)


# Statistics


def test_two_values_are_enough_for_a_chance() -> None:
    """Student's t of 1 and 3, with one degree of freedom: t is 2."""
    assert one_sided([1.0, 3.0], seed=1) == pytest.approx(stats.t.sf(2.0, 1))


def test_equal_values_have_no_spread_at_all() -> None:
    assert np.std([0.1] * 3, ddof=1) > 0
    assert statistics.summarise([0.1] * 3, 1)["sd"] == 0.0


def test_a_mean_of_the_first_worlds_has_students_interval() -> None:
    sample = np.array([3.0, 8.0, 2.0, 6.5, 5.0])
    found = settling(sample)
    for place, n in enumerate(range(2, 6)):
        mean = sample[:n].mean()
        low, high = stats.t.interval(0.95, n - 1, mean, stats.sem(sample[:n]))
        assert found.mean[place] == pytest.approx(mean)
        assert (found.low[place], found.high[place]) == (pytest.approx(low), pytest.approx(high))


def test_where_all_pairs_agree_wilsons_bound_is_told() -> None:
    """Wilson 1927 for 10 of 10."""
    least = 10 / (10 + stats.norm.ppf(0.975) ** 2)
    above, below = (superiority(a, b) for a, b in (([2.0] * 10, [1.0] * 10), ([1.0], [2.0])))
    assert (above.chance, above.low, above.high) == (1.0, pytest.approx(least), 1.0)
    assert below.chance == 0.0


def test_the_logits_interval_is_students() -> None:
    low, high = _bounds(0.6, 0.1, 8)
    half = stats.t.ppf(0.975, 7) * 0.1 / 0.24
    centre = math.log(0.6 / 0.4)
    assert [low, high] == pytest.approx([1 / (1 + math.exp(half - centre)),
                                         1 / (1 + math.exp(-half - centre))])


def test_precision_looks_back_five_worlds_up_to_a_hundred() -> None:
    assert [stopping._look_back(n) for n in (99, 100, 101, 105)] == [94, 95, 96, 100]


def test_a_width_that_is_just_what_was_asked_for_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "_width", lambda *given: (1.0, 1.0))
    assert stopping._precise(Precision(half_width=1.0), np.zeros((2, 9)), 0, 1)


def test_the_alarm_compares_one_half_with_the_other() -> None:
    """Halves four standard errors apart; the whole is but two from its first half."""
    half = np.tile([-1.0, 1.0], 25)
    error = math.sqrt(2 * np.var(half, ddof=1) / 50)
    sample = np.concatenate([100 + half, 100 + half + 4 * error])
    assert statistics.tail_alarm(sample)
    assert not statistics.tail_alarm(np.concatenate([100 + half, 100 + half + 2 * error]))
