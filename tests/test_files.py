"""Files that a scenario names: what it extends, graphs, and where they may lie."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

import wom_sim
from wom_sim.scenario import dump as dumping
from wom_sim.scenario import reader
from wom_sim.scenario.dump import dump, scenario_hash
from wom_sim.scenario.parameters import Scenario

BASE = """
question: From the base?
preset: articles
weeks: 30
talk: {delighted: 0.05}
population: {size: 200, network: {kind: random, mean_degree: 5}}
events: [{week: 3, complaint: {}}]
arms:
  A: {}
  B: {talk: {weak: 0.1, strong: 0.2}}
"""
RING = "".join(f"{n},{(n + 1) % 40}\n" for n in range(40))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    Path("base.yaml").write_text(BASE, encoding="utf-8")
    Path("ring.csv").write_text(RING, encoding="utf-8")
    return tmp_path / "in"


def load(text: str, *settings: str, allow_files: bool = False) -> Scenario:
    Path("x.yaml").write_text(text, encoding="utf-8")
    return wom_sim.load("x.yaml", settings=settings, allow_files=allow_files)


def answer(text: str, *settings: str, allow_files: bool = False) -> str:
    with pytest.raises(wom_sim.ScenarioError) as caught:
        load(text, *settings, allow_files=allow_files)
    return str(caught.value)


def test_a_file_states_only_what_differs(folder: Path) -> None:
    base, own = wom_sim.load("base.yaml"), load("extends: base.yaml\nweeks: 40\n")
    assert own.weeks == 40
    assert own.model_copy(update={"weeks": 30, "stem": "base"}) == base
    assert scenario_hash(load("extends: base.yaml\n")) == scenario_hash(base)


def test_what_is_merged_and_what_is_replaced(folder: Path) -> None:
    own = load(
        "extends: base.yaml\npreset: evidence\ntalk: {satisfied: 0.01}\nevents: []\n"
        "population: {network: {kind: cliques}}\n"
        "arms: {B: {talk: {weak: 0.3}}, C: {talk: {strong: 0.4}}}\n"
    )
    assert (own.preset, own.events, own.question) == ("evidence", (), "From the base?")
    assert own.base.talk.delighted == 0.05
    assert own.base.talk.satisfied == 0.01
    assert own.base.talk.negativity_ratio == 1.2
    assert own.base.population.network == {"kind": "cliques", "members": 9}
    arms = {arm.name: arm.parameters.talk for arm in own.arms}
    assert list(arms) == ["A", "B", "C"]
    assert (arms["B"].weak, arms["B"].strong, arms["C"].strong) == (0.3, 0.2, 0.4)


def test_files_extend_files_and_faults_name_theirs(folder: Path) -> None:
    Path("sub").mkdir()
    Path("sub/middle.yaml").write_text("extends: ../base.yaml\ntalk: {weak: 7}\n", encoding="utf-8")
    said = answer("extends: sub/middle.yaml\ntalk: {strong: 8}\n")
    assert said.splitlines() == [
        "x.yaml:2:16: talk.strong: must be between 0 and 0.99, got 8; for 8 % write 0.08",
        "sub/middle.yaml:2:14: talk.weak: must be between 0 and 0.99, got 7; for 7 % write 0.07",
    ]
    assert load("extends: sub/middle.yaml\ntalk: {weak: 0.2}\n").base.talk.weak == 0.2


def test_options_win_over_all_files(folder: Path) -> None:
    assert load("extends: base.yaml\n", "weeks=7").weeks == 7


CHAINS = [
    ("extends: bse.yaml\n", "x.yaml:1:10: extends: 'bse.yaml' not found in this folder;"
     " did you mean 'base.yaml'?"),
    ("extends: x.yaml\n", "x.yaml:1:10: extends: a file cannot extend itself;"
     " name another file, or remove the line"),
    ("extends: round.yaml\n", "round.yaml:1:10: extends: a file cannot extend itself;"
     " name another file, or remove the line"),
    ("extends: [base.yaml]\n", "x.yaml:1:10: extends: expected the name of a file, not a list"),
    ("extends: ~\n", "x.yaml:1:10: extends: expected the name of a file, not ~"),
    ("extends: .\n", "x.yaml:1:10: extends: '.' is not a file"),
    ("extends: broken.yaml\n", "broken.yaml:1:1: the file must hold 'key: value' lines,"
     " not a list"),
    ("extends: ../out.yaml\n", "x.yaml:1:10: extends: '../out.yaml' is outside the scenario's"
     " folder; move it there, or allow it with --allow-files"),
    ("extends: link.yaml\n", "x.yaml:1:10: extends: 'link.yaml' is outside the scenario's"
     " folder; move it there, or allow it with --allow-files"),
    ("arms: {A: {extends: base.yaml}}\n", "x.yaml:1:21: arms.A.extends: is the same for all arms;"
     " write it at the top"),
    ("extends: long0.yaml\n", "long6.yaml:1:10: extends: more than 8 files extend one another;"
     " join some of them"),
]


@pytest.mark.parametrize(("text", "said"), CHAINS)
def test_faults_of_extending(folder: Path, text: str, said: str) -> None:
    Path("round.yaml").write_text("extends: x.yaml\n", encoding="utf-8")
    Path("broken.yaml").write_text("- 1\n", encoding="utf-8")
    Path("../out.yaml").write_text(BASE, encoding="utf-8")
    Path("link.yaml").symlink_to("../out.yaml")
    for n in range(8):
        Path(f"long{n}.yaml").write_text(f"extends: long{n + 1}.yaml\n", encoding="utf-8")
    assert answer(text) == said


def test_files_outside_are_read_with_permission(folder: Path) -> None:
    Path("../out.yaml").write_text(BASE, encoding="utf-8")
    for name in ("../out.yaml", str(folder.parent / "out.yaml")):
        assert load(f"extends: {name}\n", allow_files=True).weeks == 30


GRAPH = "weeks: 5\nhistory_weeks: 0\nreplications: 1\ntrades: {count: 3}\n"


def graph(path: str, more: str = "") -> str:
    return f"{GRAPH}population: {{size: 40, network: {{kind: file, path: {path}{more}}}}}\n"


def test_a_graph_is_named_by_fingerprint_and_relative_path(folder: Path) -> None:
    scenario = load(graph("./ring.csv"))
    fingerprint = hashlib.sha256(RING.encode()).hexdigest()
    network = {"kind": "file", "path": "ring.csv", "sha256": fingerprint}
    assert scenario.base.population.network == network
    Path("y.yaml").write_text(dump(scenario), encoding="utf-8")
    assert scenario_hash(wom_sim.load("y.yaml")) == scenario_hash(scenario)
    assert np.isfinite(wom_sim.run(scenario).value("base", "jobs")).all()


def test_the_hash_follows_the_graph_not_its_place(folder: Path) -> None:
    before = scenario_hash(load(graph("ring.csv")))
    Path("nets").mkdir()
    Path("ring.csv").rename("nets/round.csv")
    assert scenario_hash(load(graph("nets/round.csv"))) == before
    Path("nets/round.csv").write_text(RING + "0,20\n", encoding="utf-8")
    assert scenario_hash(load(graph("nets/round.csv"))) != before


def test_a_base_names_files_beside_itself(folder: Path) -> None:
    Path("sub").mkdir()
    Path("ring.csv").rename("sub/ring.csv")
    Path("sub/base.yaml").write_text(graph("ring.csv"), encoding="utf-8")
    assert load("extends: sub/base.yaml\n").base.population.network["path"] == "sub/ring.csv"


PLACE = "x.yaml:5:52: population.network.path: "
GRAPHS = [
    ("rng.csv", "", PLACE + "'rng.csv' not found in this folder; did you mean 'ring.csv'?"),
    ("rng.csv", ", sha256: abcdef0123456789", PLACE + "'rng.csv' not found in this folder;"
     " put a copy there; the SHA-256 of the file begins with abcdef012345"),
    ("ring.csv", ", sha256: abcdef", "x.yaml:5:70: population.network.sha256: 'ring.csv' is"
     f" another file now: its SHA-256 begins with {hashlib.sha256(RING.encode()).hexdigest()[:12]};"
     " use the file of that time, or remove this line"),
    ("../ring.csv", "", PLACE + "'../ring.csv' is outside the scenario's folder;"
     " move it there, or allow it with --allow-files"),
    ("/dev/zero", "", PLACE + "'/dev/zero' is outside the scenario's folder;"
     " move it there, or allow it with --allow-files"),
]


@pytest.mark.parametrize(("path", "more", "said"), GRAPHS)
def test_faults_of_a_graph_file(folder: Path, path: str, more: str, said: str) -> None:
    assert answer(graph(path, more)) == said


def test_a_device_is_no_file_even_with_permission(folder: Path) -> None:
    assert answer(graph("/dev/zero"), allow_files=True) == PLACE + "'/dev/zero' is not a file"


def test_a_graph_outside_is_named_relative_to_the_scenario(folder: Path) -> None:
    Path("ring.csv").rename("../ring.csv")
    for path in ("../ring.csv", str(folder.parent / "ring.csv")):
        network = load(graph(path), allow_files=True).base.population.network
        assert network["path"] == "../ring.csv"


def test_a_graph_that_changes_after_the_check_is_noticed(folder: Path) -> None:
    scenario = load(graph("ring.csv"))
    Path("ring.csv").write_text(RING + "0,20\n", encoding="utf-8")
    with pytest.raises(Exception, match="changed since it was checked"):
        wom_sim.run(scenario)


@pytest.mark.parametrize(
    ("network", "size", "said"),
    [
        ("{neighbours: 7}", 100, "population.network.neighbours: must be even, got 7"),
        ("{neighbours: 100}", 100, "neighbours: must be below population.size (100), got 100"),
        ("{kind: scale_free, links: 100}", 100, "links: must be below population.size (100)"),
        ("{kind: degree_sequence, degrees: [3, 200]}", 100, "degrees: must be 0 to 99"),
        ("{kind: random, mean_degree: 1000}", 10_000_000, "about 5,000 million ties; at most 100"),
        ("{kind: cliques, members: 1000}", 1_000_000, "about 500 million ties; at most 100"),
    ],
)
def test_networks_that_do_not_fit_are_refused_before_they_are_built(
    folder: Path, network: str, size: int, said: str
) -> None:
    text = f"trades: {{count: 5}}\npopulation: {{size: {size}, network: {network}}}\n"
    assert said in answer(text)
    assert len(answer(text).splitlines()) == 1


def test_results_that_do_not_fit_are_refused(folder: Path) -> None:
    assert answer("weeks: 5000\nreplications: 100000\n") == (
        "x.yaml:2:15: replications: 100000 worlds x 1 arm x 5000 weeks would need about 241 GB;"
        " at most 16 GB are allowed; ask for less"
    )


LISTS = [
    ("from,to\n1,2\n2,3\n", 3),
    ("anna,ben\nben,carl\n", 3),
    ("a,b\nanna,ben\nben,carl\n", 3),
    ("1 2\n2\t3\n# a comment\n\n3,3\n4,4\n", 4),
    ("10,9\n9,8,0.5\n", 3),
    ('# "a remark\n"an na",ben\nben,"car""l"\n', 3),
]


@pytest.mark.parametrize(("text", "people"), LISTS)
def test_edge_lists_are_read_as_told(folder: Path, text: str, people: int) -> None:
    Path("ring.csv").write_text(text, encoding="utf-8")
    network = "network: {kind: file, path: ring.csv}"
    told = answer(f"trades: {{count: 2}}\npopulation: {{size: 77, {network}}}\n")
    said = f"'ring.csv' holds {people} people, not 77; write population.size: {people}"
    assert told.endswith(said)
    load(f"trades: {{count: 2}}\npopulation: {{size: {people}, {network}}}\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"1,2\n3\n", "ring.csv:2: a tie is two ids and a comma, got ['3']; mend the file"),
        (b"1;2\n2;3\n", "ring.csv:1: a tie is two ids and a comma, got ['1;2']; mend the file"),
        (b"1,\xff\n", "ring.csv is not UTF-8 text; mend the file"),
        (b'1,2\n2,"3\n' + 20_000 * b"3,4\n4,5\n",
         "ring.csv:2: a quote does not close its cell; mend the file"),
        (b"1," + 200_000 * b"2", "ring.csv:1: the line is too long; mend the file"),
    ],
)
def test_a_broken_edge_list_names_its_line(folder: Path, content: bytes, said: str) -> None:
    Path("ring.csv").write_bytes(content)
    assert answer(graph("ring.csv")).startswith(PLACE + said)


def test_a_broken_graphml_file_is_one_line(folder: Path) -> None:
    Path("ring.graphml").write_text("<graphml><", encoding="utf-8")
    assert "ring.graphml is not GraphML" in answer(graph("ring.graphml")).splitlines()[0]


def test_people_without_ties_are_kept(folder: Path) -> None:
    import networkx as nx

    net = nx.path_graph(5)
    net.add_node(9)
    nx.write_graphml(net, "ring.graphml")
    assert "holds 6 people, not 40" in answer(graph("ring.graphml"))


@pytest.mark.parametrize("text", [BASE, BASE + "  C: {events: [{week: 9, join: 1}]}\n"])
def test_what_could_not_be_read_again_is_refused_before_it_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    written = dump(load(text))

    def limit(values: int) -> None:
        for room in (reader, dumping):
            monkeypatch.setattr(room, "MOST_NODES", values)

    def readable(values: int) -> bool:
        limit(values)
        try:
            reader.parse(written, reader.Mark("again.yaml"), [])
        except wom_sim.ScenarioError:
            return False
        return True

    fewest = next(values for values in range(50, 1000) if readable(values))
    limit(fewest)
    assert dump(load(text)) == written
    limit(fewest - 1)
    assert answer(text) == (
        f"x.yaml: with every default written out it has {fewest} values, more than {fewest - 1};"
        " split the scenario")
    limit(fewest)
    size = len(written.encode())
    monkeypatch.setattr(dumping, "MOST_BYTES", size)
    assert dump(load(text)) == written
    monkeypatch.setattr(dumping, "MOST_BYTES", size - 1)
    assert answer(text) == (
        f"x.yaml: with every default written out it is {size} bytes long, more than {size - 1};"
        " split the scenario")


def test_an_inherited_arm_is_left_out_by_a_tilde(folder: Path) -> None:
    own = load("extends: base.yaml\narms: {A: ~, C: {talk: {strong: 0.4}}}\n")
    assert [arm.name for arm in own.arms] == ["B", "C"]
    assert "write {} for an arm that changes nothing" in answer("arms: {A: ~, B: {}}\n")
