"""Which businesses can refer to which: `population.professionals`, generated or from a file."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from worlds import SMALL, Tree, merged, records, run, scenario

import wom_sim
from wom_sim import cli
from wom_sim.guide.notes import notes
from wom_sim.guide.week import week
from wom_sim.market import chance
from wom_sim.market.state import build_world
from wom_sim.scenario.dump import dump, scenario_hash
from wom_sim.scenario.parameters import Scenario
from wom_sim.study.estimate import work_of
from wom_sim.study.keeping.folder import files_named

LAWYERS = "from,to\n9,4\n4,2\n7,9\n2,11\n2,2\n11,4\n"
"""In order of the file: 9, 4, 2, 7, 11; no name is the number of its trade."""

TRADES = 5
BUSY: Tree = merged(SMALL, {
    "weeks": 30,
    "trades": {"need_rate": 12.0},
    "effort": {"partners": 6.0},
    "partners": {"group": True, "strategies": {"giver": 1.0}},
    "referral": {"visibility_start": 1.0, "recognise_untrained": 1.0, "credibility_start": 1.0,
                 "contact": {"client": 1.0, "friend": 0.9, "member": 0.9}},
})
"""A town in which every business refers wherever it can."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    Path("law.csv").write_text(LAWYERS, encoding="utf-8")
    return tmp_path / "in"


def text(path: str = "law.csv", more: str = "", trades: int = 3) -> str:
    return (f"replications: 2\nweeks: 5\nhistory_weeks: 0\neffort: {{service: 32, partners: 4}}\n"
            f"partners: {{group: true}}\ntrades: {{count: {trades}}}\ngroup: {{size: 5}}\n"
            f"population: {{size: 300, professionals: {{kind: file, path: {path}{more}}}}}\n")


def load(content: str, *settings: str, allow_files: bool = False) -> Scenario:
    Path("x.yaml").write_text(content, encoding="utf-8")
    return wom_sim.load("x.yaml", settings=settings, allow_files=allow_files)


def answer(content: str, *settings: str) -> str:
    with pytest.raises(wom_sim.ScenarioError) as caught:
        load(content, *settings)
    return str(caught.value)


def may(plan: Scenario, number: int = 0, arm: int = 0) -> NDArray[np.bool_]:
    """Who can refer to whom in a world of an arm, (K, K)."""
    key = chance.key_of(plan.seed, number)
    return build_world(plan.arms[arm].parameters, key, plan.folder)[0].may


def pairs(plan: Scenario, **where: int) -> list[tuple[int, int]]:
    """The pairs of `may`, without a business and itself."""
    found = np.argwhere(may(plan, **where)).tolist()
    return [(i, j) for i, j in found if i != j]


def among(network: str, **settings: Any) -> Tree:
    return {"population": {"professionals": {"kind": network, **settings}}}


def referrals(plan: Scenario) -> Counter[tuple[int, int]]:
    """Referrals passed in a world: who passed how many for whom."""
    seen: list[Any] = []
    run(plan, watch=seen.append)
    return Counter(
        (int(i), int(j)) for one in seen
        for i, j in zip(one.decisions.referrer, one.trade, strict=True) if i >= 0
    )


# From a file


def test_people_are_trades_in_the_order_of_the_file(folder: Path) -> None:
    """Sorted ids as in population.network, ties read both ways, or from right to left."""
    assert pairs(load(text(trades=3))) == [(0, 1), (1, 2)]
    assert pairs(load(text(trades=5))) == [(0, 1), (1, 2), (2, 4), (3, 0), (4, 1)]


FORMS = [
    ("law.csv", "# a comment\nzoe anna\n\nanna\tben,0.5\nben,carl\n", [(0, 1), (1, 2)]),
    ("law.csv", "boss,clerk\nzoe,anna\nzoe,ben\nben,zoe\n", [(0, 1), (0, 2), (2, 0)]),
    ("law.csv", "5,5\n3,5\n5,3\n1,1\n", [(0, 1), (1, 0)]),
    ("law.csv", "\ufeff8,7\n7,6\n", [(0, 1), (1, 2)]),
]


@pytest.mark.parametrize(("name", "content", "expected"), FORMS)
def test_files_are_read_as_those_of_the_people(
    folder: Path, name: str, content: str, expected: list[tuple[int, int]]
) -> None:
    """A header that is taken for two people, a loner lost, a byte order mark in a name."""
    Path(name).write_text(content, encoding="utf-8")
    assert pairs(load(text(name))) == expected


@pytest.mark.parametrize("directed", [True, False])
def test_graphml_has_the_direction_that_it_states(folder: Path, directed: bool) -> None:
    import networkx as nx

    graph = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(["z", "a", "m", "b"])
    graph.add_edges_from([("m", "z"), ("a", "z"), ("b", "a")])
    nx.write_graphml(graph, "law.graphml")
    one_way = [(1, 0), (2, 0)]
    both = sorted([*one_way, *((j, i) for i, j in one_way)])
    assert pairs(load(text("law.graphml"))) == (one_way if directed else both)


def test_people_beyond_the_trades_are_ignored_and_that_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "population.professionals: law.csv holds 5 people: the first {}, the {}."
    for trades, words in ((3, ("3 are the trades", "other 2 are ignored")),
                          (4, ("4 are the trades", "last is ignored")),
                          (1, ("first is the trade", "other 4 are ignored"))):
        expected = said.format(*words).replace("first first", "first")
        plan = load(text(trades=trades))
        assert expected in notes(plan)
        assert expected in " ".join(week(plan).split())
    assert not [note for note in notes(load(text(trades=5))) if "law.csv" in note]
    load(text(trades=3))
    assert cli.main(["check", "x.yaml", "--plain"]) == 0
    assert said.format("3 are the trades", "other 2 are ignored") in " ".join(
        capsys.readouterr().out.split())


def test_arms_with_other_numbers_of_trades_are_told_apart(folder: Path) -> None:
    plan = load(text() + "arms: {a: {}, b: {trades: {count: 4}}, c: {trades: {count: 5}}}\n")
    said = [note for note in notes(plan) if "law.csv" in note]
    assert [note.split(":")[0] for note in said] == ["“a”", "“b”"]


def test_a_file_that_is_gone_is_left_to_the_run(folder: Path) -> None:
    plan = load(text())
    Path("law.csv").unlink()
    assert not [note for note in notes(plan) if "law.csv" in note]
    with pytest.raises(Exception, match=r"^population\.professionals: 'law\.csv' not found"):
        may(plan)


def test_too_few_people_are_refused_in_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = "x.yaml:8:59: population.professionals.path: "
    told = "'law.csv' holds 5 people, fewer than the 6 trades; write trades.count: 5"
    assert answer(text(trades=6)) == place + told
    assert cli.main(["check", "x.yaml", "--plain"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    load(text(trades=6), "trades.count=5")
    arm = "arms: {a: {trades: {count: 7}}}\n"
    assert answer(text() + arm).endswith("fewer than the 7 trades; write trades.count: 5")


def test_another_file_than_the_one_written_down_is_refused(folder: Path) -> None:
    plan = load(text())
    Path("y.yaml").write_text(dump(plan), encoding="utf-8")
    assert scenario_hash(wom_sim.load("y.yaml")) == scenario_hash(plan)
    Path("law.csv").write_text(LAWYERS + "4,9\n", encoding="utf-8")
    with pytest.raises(wom_sim.ScenarioError, match=r"professionals\.sha256: .* is another file"):
        wom_sim.load("y.yaml")
    with pytest.raises(Exception, match=r"^population\.professionals: .* changed since it was"):
        wom_sim.run(plan)
    assert scenario_hash(load(text())) != scenario_hash(plan)


def test_an_arm_may_name_another_file(folder: Path) -> None:
    """The fingerprint of the base's file kept for that of the arm, or lost from the arm."""
    Path("other.csv").write_text("1,2\n2,3\n3,1\n", encoding="utf-8")
    plan = load(text() + "arms:\n  a: {}\n  b: {population: {professionals: {path: other.csv}}}\n")
    assert pairs(plan, arm=0) == [(0, 1), (1, 2)]
    assert pairs(plan, arm=1) == [(0, 1), (1, 2), (2, 0)]
    assert set(files_named(plan)) == {"law.csv", "other.csv"}
    Path("y.yaml").write_text(dump(plan), encoding="utf-8")
    assert wom_sim.load("y.yaml").arms == plan.arms


def test_files_elsewhere_need_permission(folder: Path) -> None:
    Path("law.csv").rename("../law.csv")
    assert answer(text("../law.csv")) == (
        "x.yaml:8:59: population.professionals.path: '../law.csv' is outside the scenario's"
        " folder; move it there, or allow it with --allow-files")
    plan = load(text("../law.csv"), allow_files=True)
    assert plan.base.population.professionals["path"] == "../law.csv"
    assert pairs(plan) == [(0, 1), (1, 2)]


def test_the_manifest_holds_both_files(folder: Path) -> None:
    Path("ring.csv").write_text("".join(f"{n},{(n + 1) % 300}\n" for n in range(300)), "utf-8")
    load(text())
    options = ("--out", "out", "--workers", "1", "--no-figures", "--quiet")
    network = "population.network={kind: file, path: ring.csv}"
    assert cli.main(["x.yaml", *options, "--set", network]) == 0
    inputs = json.loads(Path("out/x/manifest.json").read_text(encoding="utf-8"))["inputs"]
    assert list(inputs) == ["law.csv", "ring.csv"]


def test_a_broken_file_names_its_line(folder: Path) -> None:
    Path("law.csv").write_text("1,2\n3\n", encoding="utf-8")
    assert "professionals.path: law.csv:2: a tie is two ids and a comma" in answer(text())


# What it does


@pytest.mark.parametrize("group", [True, False])
def test_who_may_not_refer_never_does(folder: Path, group: bool) -> None:
    """A transposed matrix, one that is left out, and one that only damps: the reverse does."""
    ways = [(0, 1), (1, 2), (2, 0), (0, 3), (4, 0), (3, 4)]
    Path("ring.csv").write_text("\n".join(f"{i},{j}" for i, j in ways), encoding="utf-8")
    partners = {"group": True} if group else {"group": False, "count": 4}
    plan = scenario(BUSY, among("file", path="ring.csv"), {"partners": partners})
    passed = referrals(plan)
    assert set(passed) == set(ways)
    assert min(passed.values()) >= 5
    open_to_all = referrals(scenario(BUSY, {"partners": partners}))
    assert len(open_to_all) == TRADES * (TRADES - 1)


ALL_PAIRS = "\n".join(f"{i},{j}" for i in range(TRADES) for j in range(TRADES))


@pytest.mark.parametrize(
    "same", [among("complete"), among("cliques", members=TRADES), among("file", path="all.csv")],
    ids=["complete", "cliques", "file"],
)
def test_a_complete_network_is_none(folder: Path, same: Tree) -> None:
    """The default that draws, or a matrix that changes what it should leave."""
    Path("all.csv").write_text(ALL_PAIRS, encoding="utf-8")
    assert records(scenario(BUSY, same)) == records(scenario(BUSY))


def test_professionals_draw_apart_from_all_else(folder: Path) -> None:
    """Luck of the rest that moves with the network: what is never used changes nothing."""
    alone = {"partners": {"group": False}, "effort": {"partners": 0.0}}
    sparse = among("random", mean_degree=1.0)
    assert records(scenario(BUSY, alone, sparse)) == records(scenario(BUSY, alone))
    arms = {"arms": {"a": {}, "b": {"population": {"professionals": {"kind": "cliques"}}}}}
    one, other = records(scenario(BUSY, alone, arms))
    assert one == other


def test_generated_networks_go_both_ways(folder: Path) -> None:
    sizes = {"trades": {"count": 20}, "population": {"size": 100, "network": {"kind": "random"}}}
    plan = scenario(sizes, among("random", mean_degree=4.0))
    worlds = [may(plan, number) for number in range(8)]
    assert all((world == world.T).all() for world in worlds)
    assert len({world.tobytes() for world in worlds}) == len(worlds)
    assert 20 * 2 < np.mean([world.sum() for world in worlds]) < 20 * 7
    assert all((may(plan, n) == world).all() for n, world in enumerate(worlds))


def test_its_seed_is_not_that_of_the_people(folder: Path) -> None:
    """Two networks on one uniform are the same graph where they have one size and kind."""
    both = {key: {"kind": "random", "mean_degree": 5.0} for key in ("network", "professionals")}
    plan = scenario(trades={"count": 12},
                    population={"size": 12, "owners": "elsewhere", **both})
    world = build_world(plan.arms[0].parameters, chance.key_of(1, 0))[0]
    known = np.zeros((12, 12), np.bool_)
    for person, (start, end) in enumerate(pairwise(world.ties.start)):
        known[person, world.ties.friend[start:end]] = True
    assert (known != world.may).any()


def test_an_arm_may_have_its_own(folder: Path) -> None:
    arms = {"arms": {"Everybody": {}, "Pairs": among("cliques", members=2)}}
    plan = scenario(BUSY, arms)
    assert may(plan, arm=0).all()
    assert pairs(plan, arm=1) == [(0, 1), (1, 0), (2, 3), (3, 2)]
    one, other = records(plan)
    assert one != other
    assert records(scenario(BUSY, among("cliques", members=2))) == [other]


# What is said of it


@pytest.mark.parametrize(
    ("network", "said"),
    [
        ({"kind": "cliques", "members": 3}, "Who can refer to whom, both ways: cliques of 3 who all"
         " know each other and nobody else, 1.6 ties a business on average."),
        ({"kind": "random", "mean_degree": 2}, "Who can refer to whom, both ways: every two tied"
         " with the same chance, 2 ties a business on average."),
        ({"kind": "file", "path": "law.csv"}, "Who can refer to whom is read from law.csv"
         " (directed)."),
        ({"kind": "complete"}, ""),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_the_week_says_who_can_refer_to_whom(folder: Path, network: Tree, said: str) -> None:
    told = " ".join(week(scenario(BUSY, {"population": {"professionals": network}})).split())
    assert said in told
    assert bool(said) == ("refer to whom" in told)
    assert "Every business can refer" not in told


def test_arms_that_differ_in_it_are_told_apart(folder: Path) -> None:
    plan = scenario(BUSY, {"arms": {"All": {}, "Pairs": among("cliques", members=2)}})
    told = " ".join(week(plan).split())
    assert "All: Every business can refer to every other." in told
    assert "Pairs: Who can refer to whom, both ways: cliques of 2" in told


def test_it_has_no_effect_without_partners(folder: Path) -> None:
    said = [note for note in notes(load("population: {professionals: {kind: random}}\n"))
            if note.startswith("population.professionals at the top has no effect, since there are"
                               " no partners")]
    assert len(said) == 1


def test_ties_among_professionals_are_estimated(folder: Path) -> None:
    plain, more = scenario(BUSY), scenario(BUSY, among("cliques", members=5))
    assert work_of(more).ties == work_of(plain).ties + 10
