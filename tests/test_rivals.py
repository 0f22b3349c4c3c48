"""The talk of the network: every means runs the same model, and `bench` compares them fairly."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wom_sim.market.network import Ties
from wom_sim.study.bench import rivals, talk
from wom_sim.study.bench.rivals import Timed
from wom_sim.study.bench.talk import Means, Run

PROGRAM = rivals.program()
PEERS = PROGRAM.peers
PEOPLE, SEEDS, MANY = 1500, 12, 200
STEPS = 20
"""Steps that a week is cut into, where time is as good as continuous."""


@pytest.fixture(scope="module")
def ties() -> Ties:
    return talk.engine(PEOPLE).ties


def mean_weeks(runs: Iterable[Run]) -> float:
    return float(np.mean([run.weeks for run in runs]))


def reference(ties: Ties, steps: int = 1) -> float:
    """The mean week by the tuned kernel."""
    weeks = PROGRAM.with_tuned(ties, steps)
    return float(np.mean([weeks(seed) for seed in range(MANY)])) / steps


@pytest.mark.parametrize("name", [name for name in PROGRAM.OWN if name != rivals.TUNED])
def test_our_other_means_take_as_many_weeks_as_the_tuned_kernel(name: str, ties: Ties) -> None:
    runs = PROGRAM.each(PROGRAM.OWN[name])(ties, range(MANY // 4))
    assert mean_weeks(runs) == pytest.approx(reference(ties), abs=0.6)


def test_the_general_engine_takes_as_many_weeks_as_the_tuned_kernel(ties: Ties) -> None:
    weeks = [talk.weeks_of(PEOPLE, world) for world in range(SEEDS)]
    assert np.mean(weeks) == pytest.approx(reference(ties), abs=1.0)
    own = talk.engine(PEOPLE)
    assert [run.weeks for run in own.runs(ties, (1, 2))] == [own.weeks, own.weeks]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("package", PEERS.TOOLS)
def test_tools_of_others_take_as_many_weeks_as_the_tuned_kernel(package: str, ties: Ties) -> None:
    pytest.importorskip(package, reason=f"{package} is not installed (extra peers)")
    exact = reference(ties, STEPS if package in PEERS.DIFFERS else 1)
    found = mean_weeks(PEERS.runs_of(package, ties, range(SEEDS)))
    assert found == pytest.approx(exact, abs=1.0)


def test_graph_tool_takes_as_many_weeks_as_the_tuned_kernel(ties: Ties) -> None:
    own = PEERS.graph_tool.interpreter()
    if own is None:
        pytest.skip("no interpreter has graph-tool (python3-graph-tool of Debian)")
    found = list(PEERS.graph_tool.runs(own.path, 1, ties, range(4 * SEEDS)))
    assert mean_weeks(found) == pytest.approx(reference(ties), abs=1.0)
    assert all(run.seconds > 0.0 for run in found)


def test_continuous_time_comes_sooner_as_the_note_says(ties: Ties) -> None:
    assert "three weeks sooner" in PEERS.DIFFERS["EoN"]
    assert reference(ties) - reference(ties, STEPS) == pytest.approx(3.0, abs=0.5)


def test_every_tie_is_handed_over_once_and_of_its_kind(ties: Ties) -> None:
    edges = importlib.import_module("peers.edges")
    pairs, strong = edges.edges(ties)
    assert 2 * len(pairs) == ties.friend.size
    assert (pairs[:, 0] < pairs[:, 1]).all()
    for rows, kind in zip(edges.rows(ties), (True, False), strict=True):
        graph = edges.graph(ties, kind)
        assert sum(map(len, rows)) == 2 * graph.number_of_edges() == 2 * (strong == kind).sum()
        for one, other in pairs[strong == kind][::97].tolist():
            assert other in rows[one]
            assert one in rows[other]
            assert graph.has_edge(one, other)


def means_that_take(
    name: str, seconds: float, asked: list[str] | None = None, tool: bool = True
) -> Means:
    def runs(_: Ties, seeds: Iterable[int]) -> Iterator[Run]:
        for _ in seeds:
            if asked is not None:
                asked.append(name)
            yield Run(seconds, 25.0)
    return Means(name, runs, tool)


def found_at(size: int, **seconds: float) -> list[Timed]:
    return [Timed(size, Means(name, lambda *_: iter(()), name not in ("wom_sim", "tuned kernel")),
                  each, 5) for name, each in seconds.items()]


def test_what_is_expected_grows_as_it_did_and_at_least_in_proportion() -> None:
    before = [found_at(100, a=1.0, b=1.0), found_at(200, a=4.0, b=1.0)]
    assert rivals.expected(400, "a", before) == pytest.approx(16.0)
    assert rivals.expected(400, "b", before) == pytest.approx(2.0)
    assert rivals.expected(200, "a", before[:1]) == pytest.approx(2.0)
    assert rivals.expected(400, "unknown", before) == 0.0


def test_what_would_take_too_long_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(rivals.gc, "collect", lambda: 0)
    monkeypatch.setattr(talk, "engine", lambda _: talk.Engine(None, 25, lambda: 25.0))
    means = [means_that_take("quick", 0.001, asked), means_that_take("long", 3.0, asked)]
    first = rivals.timed(100, means, [], 5, patience=10.0)
    assert [one.runs for one in first] == [5, 5, 5]
    assert asked == ["quick"] * 6 + ["long"] * 6  # the first of each to warm up
    second = rivals.timed(1000, means, [first], 5, patience=10.0)
    assert [one.runs for one in second] == [5, 5, 0]
    assert asked[12:] == ["quick"] * 6
    assert second[-1].seconds == pytest.approx(30.0)
    third = rivals.timed(10_000, means, [first, second], 5, patience=10.0)
    assert third[-1].seconds == pytest.approx(300.0)


def test_a_means_is_run_until_enough_time_has_passed() -> None:
    now = 0.0

    def runs() -> Iterator[Run]:
        nonlocal now
        for _ in range(6):
            now += 2.0  # building and running
            yield Run(1.5, 25.0)

    assert rivals.seconds_of(runs(), lambda: now) == [1.5] * 3


def rows(size: int, **seconds: float) -> dict[str, Any]:
    found = found_at(size, **{"tuned kernel": 0.1}, **seconds)
    return {row.name: row for row in rivals.rows_of(size, found, 5)}


def test_rows_say_ratios_and_targets() -> None:
    known = rows(100_000, wom_sim=0.8, A=4.0, B=1.0)
    assert known["wom_sim"].ratio == pytest.approx(8.0)
    assert known["A"].ratio == pytest.approx(40.0)
    beside = known["wom_sim beside the tuned kernel"]
    assert beside.value == pytest.approx(8.0)
    assert rows(100_000, wom_sim=0.79)["wom_sim beside the tuned kernel"].met
    assert not rows(100_000, wom_sim=0.81)["wom_sim beside the tuned kernel"].met
    assert "wom_sim beside the tuned kernel" not in rows(99_999, wom_sim=0.8)
    first = known["fastest agent or network tool: B"]
    assert first.value == pytest.approx(1.25)
    assert first.met
    assert not rows(1000, wom_sim=0.8, A=0.7)["fastest agent or network tool: A"].met
    assert not [name for name in rows(1000, wom_sim=0.8) if "fastest" in name]


def test_a_tool_that_was_not_run_is_told_so_and_never_the_fastest() -> None:
    found = found_at(1000, **{"wom_sim": 0.8, "tuned kernel": 0.1, "A": 20.0})
    rows = list(rivals.rows_of(1000, [*found[:2], found[2]._replace(runs=0)], 5))
    assert [row.name for row in rows] == [
        "wom_sim", "tuned kernel", "A (not run: seconds expected)"]
    assert rows[-1].value == 20.0
    assert rows[-1].runs == 0


def test_a_tool_that_fails_is_told_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def runs(_: Ties, __: Iterable[int]) -> Iterator[Run]:
        raise AttributeError("renamed")

    monkeypatch.setattr(talk, "engine", lambda _: talk.Engine(None, 25, lambda: 25.0))
    means = [Means("Broken", runs, True), means_that_take("tuned kernel", 0.1, tool=False)]
    found = rivals.timed(100, means, [], 1, patience=1.0)
    assert [one.runs for one in found] == [1, 0, 1]
    assert [row.name for row in rivals.rows_of(100, found, 1)][1:] == [
        "Broken (failed: AttributeError)", "tuned kernel"]
    with pytest.raises(AttributeError):
        rivals.timed(100, [Means("kernel", runs)], [], 1, patience=1.0)


def test_fewer_runs_than_asked_for_are_told() -> None:
    many = [one._replace(runs=runs) for one, runs in zip(
        found_at(1000, **{"wom_sim": 0.8, "tuned kernel": 0.1, "A": 2.0, "B": 3.0}), (5, 5, 1, 3),
        strict=True)]
    rows = [row.name for row in rivals.rows_of(1000, many, 5)]
    assert rows[:4] == ["wom_sim", "tuned kernel", "A (once)", "B (median of 3)"]


def test_without_the_repository_the_part_is_left_out_in_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(rivals, "SCRIPT", tmp_path / "none.py")
    found = rivals.compared((100,), 1, 1.0, print)
    assert found.rows == ()
    assert "tests/benchmarks of the repository" in found.notes[0]


def test_tools_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PEERS, "TOOLS", {"no_such_tool": "Nothing"})
    monkeypatch.setattr(PEERS.graph_tool, "interpreter", lambda: None)
    tools, notes = PEERS.installed()
    assert tools == ()
    assert notes[0].startswith("Left out, as not installed: Nothing (pip install 'wom-sim[peers]'")
    assert "python3-graph-tool" in notes[1]


def test_the_tuned_kernels_table_is_the_law() -> None:
    table: NDArray[np.uint64] = PROGRAM.chances()
    assert table[0, 0] / 2**32 == pytest.approx(talk.OUTSIDE, abs=1e-9)
    expected = 1 - (1 - talk.OUTSIDE) * (1 - talk.STRONG) ** 3 * (1 - talk.WEAK) ** 2
    assert table[3, 2] / 2**32 == pytest.approx(expected, abs=1e-9)
