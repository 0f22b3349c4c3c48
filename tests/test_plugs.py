"""One battery over every registered plug: source, purity, range, parameters, a scenario with it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

import wom_sim
from wom_sim import face
from wom_sim.market.graphs import NetworkError
from wom_sim.market.state import DELIGHTED, DISSATISFIED, SATISFIED
from wom_sim.scenario import registry
from wom_sim.scenario.registry import Plug, Registry
from wom_sim.scenario.resolve import read_text

assert face
SIZE = 60
SMALL = """
weeks: 8
history_weeks: 4
replications: 1
trades: {count: 4, need_rate: 4.0}
effort: {service: 32, partners: 4}
"""
RING = "".join(f"{n},{(n + 1) % SIZE}\n" for n in range(SIZE))
OTHER_VALUES: dict[str, dict[str, Any]] = {
    "small_world": {"neighbours": 4, "rewiring": 0.9},
    "scale_free": {"links": 2},
    "random": {"mean_degree": 3.0},
    "cliques": {"members": 3},
    "degree_sequence": {"degrees": [2]},
    "file": {"path": "other.csv", "sha256": None},
    "reciprocator": {"scale": 1.0},
    "image_scorer": {"threshold": 1.5, "known": 0.3},
    "zone_of_tolerance": {"below": 0.1, "above": 2.0},
}
"""Another value for each parameter of each plug; None where the parameter guards, and no more."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ring.csv").write_text(RING, encoding="utf-8")
    (tmp_path / "other.csv").write_text(RING + "0,30\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def every(kinds: Registry) -> list[Any]:
    return [pytest.param(kinds[name], id=name) for name in kinds]


def defaults(plug: Plug) -> dict[str, Any]:
    needed = {"path": "ring.csv"} if plug.name == "file" else {}
    return plug.section.model_validate(needed).model_dump()


def edges(plug: Plug, settings: Mapping[str, Any], seed: int = 5) -> set[tuple[int, int]]:
    return {(min(pair), max(pair)) for pair in plug(SIZE, seed, **settings).edges}


def answers(plug: Plug, settings: Mapping[str, Any]) -> np.ndarray:
    received, given = np.divmod(np.arange(64).reshape(8, 8), 8)
    score = np.linspace(0.0, 3.0, 8)
    for array in (received, given, score):
        array.flags.writeable = False  # a plug that writes into them fails
    return np.broadcast_to(plug(received, given, score, **settings), received.shape)


def codes(plug: Plug, settings: Mapping[str, Any]) -> np.ndarray:
    quality, expectation = np.linspace(-5.0, 5.0, 200), np.zeros(200)
    quality.flags.writeable = expectation.flags.writeable = False
    return plug(quality, expectation, **settings)


ALL = every(registry.networks) + every(registry.strategies) + every(registry.judgements)
DOES: dict[str, Callable[[Plug, Mapping[str, Any]], Any]] = {
    "network": edges, "strategy": answers, "judgement": codes,
}


def same(one: Any, other: Any) -> bool:
    return bool(np.array_equal(one, other)) if isinstance(one, np.ndarray) else one == other


@pytest.mark.parametrize("plug", ALL)
def test_the_docstring_names_a_source(plug: Plug) -> None:
    assert plug.name == "file" or re.search(r"\b(19|20)\d\d\b|Misner", plug.function.__doc__ or "")


@pytest.mark.parametrize("plug", ALL)
def test_the_same_question_gets_the_same_answer(plug: Plug) -> None:
    does, settings = DOES[plug.kind], defaults(plug)
    assert same(does(plug, settings), does(plug, settings))


@pytest.mark.parametrize(
    ("plug", "key"),
    [
        pytest.param(plug.values[0], key, id=f"{plug.id}-{key}")
        for plug in ALL for key in plug.values[0].section.model_fields
    ],
)
def test_every_parameter_matters(plug: Plug, key: str) -> None:
    other = OTHER_VALUES[plug.name][key]
    if other is None:
        with pytest.raises(Exception, match="changed since"):
            plug(SIZE, 5, **{**defaults(plug), key: "0" * 64})
        return
    does, settings = DOES[plug.kind], defaults(plug)
    assert not same(does(plug, settings), does(plug, {**settings, key: other}))


@pytest.mark.parametrize("plug", every(registry.networks))
def test_a_network_is_a_simple_graph_of_all_people(plug: Plug) -> None:
    graph = plug(SIZE, 5, **defaults(plug))
    assert set(graph) == set(range(SIZE))
    assert not graph.is_directed()
    assert not graph.is_multigraph()
    assert nx.number_of_selfloops(graph) == 0


@pytest.mark.parametrize("plug", every(registry.networks))
def test_a_network_follows_its_seed(plug: Plug) -> None:
    fixed = plug.name in ("complete", "cliques", "file")
    settings = defaults(plug)
    assert (edges(plug, settings, 5) == edges(plug, settings, 6)) == fixed


@pytest.mark.parametrize("plug", [p for p in every(registry.networks) if p.id != "file"])
def test_the_ties_announced_are_the_ties_built(plug: Plug) -> None:
    settings = defaults(plug)
    built = np.mean([len(edges(plug, settings, seed)) for seed in range(5)])
    assert plug.facts["ties"](SIZE, **settings) == pytest.approx(built, rel=0.25)


@pytest.mark.parametrize("plug", every(registry.strategies))
def test_a_strategy_answers_shares(plug: Plug) -> None:
    found = answers(plug, defaults(plug))
    assert (found >= 0.0).all()
    assert (found <= 1.0).all()


@pytest.mark.parametrize("plug", every(registry.judgements))
def test_a_judgement_never_falls_as_quality_rises(plug: Plug) -> None:
    found = codes(plug, defaults(plug))
    assert set(np.unique(found)) <= {DISSATISFIED, SATISFIED, DELIGHTED}
    assert (np.diff(found.astype(int)) >= 0).all()


@pytest.mark.parametrize("plug", every(registry.networks))
def test_a_scenario_runs_with_each_network(plug: Plug) -> None:
    path = ", path: ring.csv" if plug.name == "file" else ""
    ran(f"population: {{size: {SIZE}, network: {{kind: {plug.name}{path}}}}}\n")


@pytest.mark.parametrize("plug", every(registry.strategies))
def test_a_scenario_runs_with_each_strategy(plug: Plug) -> None:
    town = "population: {size: 60, network: {neighbours: 6}}\n"
    ran(f"{town}partners: {{group: true, strategies: {{{plug.name}: 1}}}}\n")


@pytest.mark.parametrize("plug", every(registry.judgements))
def test_a_scenario_runs_with_each_judgement(plug: Plug) -> None:
    town = "population: {size: 60, network: {neighbours: 6}}\n"
    ran(f"{town}judgement: {{rule: {{kind: {plug.name}}}}}\n")


def ran(text: str) -> None:
    Path("x.yaml").write_text(SMALL + text, encoding="utf-8")
    results = wom_sim.run(wom_sim.load("x.yaml"))
    assert results.value("base", "jobs").sum() > 0


@pytest.mark.parametrize("plug", every(registry.outcomes))
def test_an_outcome_has_unit_and_meaning_and_is_a_number(plug: Plug) -> None:
    assert plug.facts["unit"]
    assert plug.meaning.endswith(".")
    assert not plug.section.model_fields  # else scenarios would have to write its defaults out
    value = float(small_results().value("base", plug.name)[0])
    assert not np.isinf(value)
    if plug.facts["unit"] == "share":
        assert np.isnan(value) or 0.0 <= value <= 1.0


@cache
def small_results() -> Any:
    text = SMALL + "population: {size: 60, network: {neighbours: 6}}\n"
    return wom_sim.run(read_text(text, "x.yaml"))


@pytest.mark.parametrize("plug", every(registry.figures))
def test_a_figure_has_a_meaning(plug: Plug) -> None:
    assert (plug.function.__doc__ or "").strip().endswith(".")
    assert not plug.section.model_fields


@pytest.mark.parametrize(
    ("kind", "settings"),
    [("small_world", {"neighbours": 3}), ("small_world", {"neighbours": 10}),
     ("scale_free", {"links": 10}), ("degree_sequence", {"degrees": [2, 10]})],
)
def test_a_network_that_does_not_fit_is_refused_where_it_is_built(
    kind: str, settings: dict[str, Any]
) -> None:
    """A generator called without the reader, by a notebook or a user's own plug."""
    with pytest.raises(NetworkError, match=f"{next(iter(settings))}: must be"):
        registry.networks.call({"kind": kind, **settings}, 10, 1)


def test_who_looks_while_another_fills_finds_everything() -> None:
    """A thread that comes between the first plug and the last waits for the last."""
    own = Registry("measure", ("seen",))
    begun, looked = threading.Event(), threading.Event()
    found: list[list[str]] = []

    def fill() -> None:
        own.register("first")(lambda seen: seen)
        assert "first" in own  # as a plug may ask that is being registered
        begun.set()
        looked.wait(0.3)
        own.register("last")(lambda seen: seen)

    def look() -> None:
        begun.wait()
        found.append(list(own))
        looked.set()

    own.later(fill)
    threads = [threading.Thread(target=target) for target in (own.fill, look)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert found == [["first", "last"]]


def test_what_could_not_be_filled_is_tried_again() -> None:
    own, tried = Registry("measure", ("seen",)), []

    def fill() -> None:
        tried.append(1)
        if len(tried) == 1:
            raise EOFError
        own.register("late")(lambda seen: seen)

    own.later(fill)
    with pytest.raises(EOFError):
        own.fill()
    assert list(own) == ["late"]
