"""The reader with the networks, judgements and strategies that the market registers."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

import wom_sim.market.graphs
import wom_sim.market.judgement
import wom_sim.market.strategies  # noqa: F401 - these imports register the plugs
from wom_sim.scenario import registry
from wom_sim.scenario.dump import dump, scenario_hash
from wom_sim.scenario.faults import ScenarioError
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.registry import Registry
from wom_sim.scenario.resolve import read_text

REGISTRIES = (registry.networks, registry.judgements, registry.strategies)
NETWORK = "population: {network: "
RULE = "judgement: {rule: "
STRATEGIES = "partners: {strategies: "


def load(text: str, *options: str) -> Scenario:
    return read_text(text, "x.yaml", settings=options)


def answer(text: str, *options: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        load(text, *options)
    return str(caught.value)


def plugs() -> list[tuple[Registry, str]]:
    return [
        (kinds, name)
        for kinds in REGISTRIES
        for name in kinds
        if kinds[name].function.__module__.startswith("wom_sim.")
    ]


TIES = "".join(f"{n},{n + 1}\n" for n in range(4999))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ties.csv").write_text(TIES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def needed(name: str) -> dict[str, str]:
    """Parameters that are written out though a file need not give them, or must."""
    print_ = hashlib.sha256(TIES.encode()).hexdigest()
    return {"path": "ties.csv", "sha256": print_} if name == "file" else {}


def a_file_with(kinds: Registry, name: str) -> str:
    if kinds is registry.strategies:
        return f"{STRATEGIES}{{{name}: 1}}}}\n"
    given = "".join(f", {key}: {value}" for key, value in needed(name).items())
    return f"{NETWORK if kinds is registry.networks else RULE}{{kind: {name}{given}}}}}\n"


def written(scenario: Scenario, kinds: Registry, name: str) -> dict[str, Any]:
    base = scenario.base
    if kinds is registry.strategies:
        return base.partners.strategies[name]
    return base.population.network if kinds is registry.networks else base.judgement.rule


# In each file, the wrong value stands where <> stands.
WRONG = [
    (
        "small_world",
        NETWORK + "{neighbours: <>1}}\n",
        "population.network.neighbours: must be at least 2, got 1",
    ),
    (
        "small_world",
        NETWORK + "{kind: small_world, rewiring: <>2}}\n",
        "population.network.rewiring: must be between 0 and 1, got 2; for 2 % write 0.02",
    ),
    (
        "small_world",
        NETWORK + "{<>neighbors: 4}}\n",
        "population.network.neighbors: unknown; did you mean 'neighbours'?",
    ),
    (
        "scale_free",
        NETWORK + "{kind: scale_free, links: <>2.5}}\n",
        "population.network.links: 2.5 is not a whole number",
    ),
    (
        "random",
        NETWORK + "{kind: random, mean_degree: <>-1}}\n",
        "population.network.mean_degree: must be at least 0, got -1",
    ),
    (
        "complete",
        NETWORK + "{kind: complete, <>members: 4}}\n",
        "population.network.members: unknown; remove it",
    ),
    (
        "cliques",
        NETWORK + "{kind: cliques, members: <>0}}\n",
        "population.network.members: must be at least 1, got 0",
    ),
    (
        "cliques",
        NETWORK + "{kind: cliques, <>neighbours: 4}}\n",
        "population.network.neighbours: unknown; known here: kind, members",
    ),
    (
        "degree_sequence",
        NETWORK + "{kind: degree_sequence, degrees: [3, <>x]}}\n",
        "population.network.degrees[1]: 'x' is text, not a number",
    ),
    (
        "file",
        NETWORK + "<>{kind: file}}\n",
        "population.network.path: missing; give it a value",
    ),
    (
        "file",
        NETWORK + "{kind: file, path: <>3}}\n",
        "population.network.path: 3 is not text; put quotes around it",
    ),
    (
        "zone_of_tolerance",
        RULE + "{below: <>-1}}\n",
        "judgement.rule.below: must be at least 0, got -1",
    ),
    (
        "zone_of_tolerance",
        RULE + "{kind: zone_of_tolerance, <>width: 1}}\n",
        "judgement.rule.width: unknown; known here: kind, below, above",
    ),
    (
        "giver",
        STRATEGIES + "{giver: {share: 1, <>scale: 2}}}\n",
        "partners.strategies.giver.scale: unknown; remove it",
    ),
    (
        "taker",
        STRATEGIES + "{giver: 0.5, taker: {share: 0.5, <>threshold: 2}}}\n",
        "partners.strategies.taker.threshold: unknown; remove it",
    ),
    (
        "reciprocator",
        STRATEGIES + "{reciprocator: {share: 1, scale: <>0}}}\n",
        "partners.strategies.reciprocator.scale: must be at least 0.01, got 0",
    ),
    (
        "image_scorer",
        STRATEGIES + "{image_scorer: {share: 1, threshold: <>high}}}\n",
        "partners.strategies.image_scorer.threshold: 'high' is text, not a number",
    ),
]


@pytest.mark.parametrize(("name", "text", "said"), WRONG)
def test_a_wrong_parameter_of_a_plug_is_named(name: str, text: str, said: str) -> None:
    column = text.index("<>") + 1
    assert answer(text.replace("<>", "")) == f"x.yaml:1:{column}: {said}"


def test_each_plug_has_a_wrong_parameter_above() -> None:
    assert {name for _, name in plugs()} == {name for name, _, _ in WRONG}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            NETWORK + "{kind: clique}}\n",
            "x.yaml:1:30: population.network.kind: no network 'clique'; did you mean 'cliques'?",
        ),
        (
            RULE + "{kind: zone}}\n",
            "x.yaml:1:26: judgement.rule.kind: no judgement 'zone'; known here: zone_of_tolerance",
        ),
        (
            STRATEGIES + "{givers: 1}}\n",
            "x.yaml:1:25: partners.strategies.givers: no strategy 'givers'; did you mean 'giver'?",
        ),
        (
            "arms: {a: {}, b: {population: {network: {kind: cliques, members: x}}}}\n",
            "x.yaml:1:66: arms.b.population.network.members: 'x' is text, not a number",
        ),
    ],
)
def test_an_unknown_plug_is_named(text: str, said: str) -> None:
    assert answer(text) == said


def test_a_wrong_parameter_in_an_option_is_named() -> None:
    options = ("population.network.kind=cliques", "population.network.members=0")
    said = "population.network.members: must be at least 1, got 0"
    assert answer("seed: 1\n", *options) == f"--set {options[1]}: {said}"


@pytest.mark.parametrize(
    ("network", "resolved"),
    [
        ("{kind: cliques, members: 9}", {"kind": "cliques", "members": 9}),
        ("{kind: scale_free, links: 3.0}", {"kind": "scale_free", "links": 3}),
        ("{kind: random, mean_degree: 4}", {"kind": "random", "mean_degree": 4.0}),
        ("{kind: degree_sequence, degrees: [2]}", {"kind": "degree_sequence", "degrees": [2]}),
        ("{kind: file, path: ./ties.csv}", {"kind": "file", **needed("file")}),
    ],
)
def test_networks_resolve(network: str, resolved: dict[str, Any]) -> None:
    scenario = load(f"{NETWORK}{network}}}\n")
    assert scenario.base.population.network == resolved
    assert load(dump(scenario)) == scenario


def test_small_world_keeps_the_defaults_that_are_not_written() -> None:
    default = load("{}").base.population.network
    found = load(NETWORK + "{neighbours: 4}}\n").base.population.network
    assert found == {**default, "neighbours": 4}
    assert set(default) == {"kind", "neighbours", "rewiring"}


@pytest.mark.parametrize(("kinds", "name"), plugs())
def test_default_parameters_of_a_plug_are_written_out(kinds: Registry, name: str) -> None:
    scenario = load(a_file_with(kinds, name))
    own = kinds.resolve(name, needed(name))
    head = {"share": 1.0} if kinds is registry.strategies else {"kind": name}
    assert written(scenario, kinds, name) == {**head, **own}
    lines = [line.strip() for line in dump(scenario).splitlines()]
    start = lines.index(f"{name}:" if kinds is registry.strategies else f"kind: {name}")
    for key, value in own.items():
        shown = f'"{value}"' if isinstance(value, str) else str(value)
        assert f"{key}: {shown}" in lines[start : start + len(own) + 2]
    again = load(dump(scenario))
    assert again == scenario
    assert scenario_hash(again) == scenario_hash(scenario)


def test_strategies_mix_with_their_own_parameters() -> None:
    text = STRATEGIES + "{taker: 0.25, image_scorer: {share: 0.75, threshold: 2}}}\n"
    scenario = load(text)
    assert scenario.base.partners.strategies == {
        "image_scorer": {"share": 0.75, "threshold": 2.0, "known": 1.0},
        "taker": {"share": 0.25},
    }
    assert load(dump(scenario)) == scenario
