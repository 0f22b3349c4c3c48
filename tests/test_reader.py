"""The reader on right scenarios: resolved, dumped, hashed, and read again as the same."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import PLUGS, load

from wom_sim.scenario.dump import canonical, dump, scenario_hash
from wom_sim.scenario.faults import Fault, ScenarioError
from wom_sim.scenario.resolve import read, read_text

FULL = """\
preset: articles
question: "a\\nb: =1+1 $x_{$ no 5% 日本 🎈 \\x07 \\\\ '"
seed: 18446744073709551615
weeks: 52.0
treated: one
baseline: "café 🎈"
allow_unequal_effort: true
trades: {count: 3, need_rate: [1e-3, .5, 2], margin: 1}
group: {size: 3}
population: {network: {kind: small_world, neighbours: 4.0}}
partners: {strategies: {taker: 0.5, reciprocator: {share: 0.5, scale: 2}}}
events:
  - {week: 20, set: {talk.weak: 0.2, talk: {told: {positive: 5}}}}
  - {week: 10, set: {talk: {weak: 0.1, retell: 0}}}
  - {week: 10, set: {judgement.rule.kind: sharp}}
  - {week: 3, complaint: {reach: 10}}
  - {week: 3, join: 2}
arms:
  "no": {}
  "café 🎈": {population: {network: {kind: from_file, path: "=1"}}, effort: {asking: 4}}
  "a.b": {events: [{week: 5, leave: 1}], partners: {strategies: {giver: 1}}}
"""


def test_a_full_scenario_is_resolved() -> None:
    scenario = load(FULL)
    no, cafe, dotted = scenario.arms
    assert (scenario.stem, scenario.weeks, scenario.seed) == ("x", 52, 2**64 - 1)
    assert scenario.base.talk.negativity_ratio == 11.0
    assert scenario.base.trades.need_rate == [0.001, 0.5, 2.0]
    assert scenario.base.population.network == {
        "kind": "small_world",
        "neighbours": 4,
        "rewire": 0.1,
    }
    assert cafe.parameters.population.network == {"kind": "from_file", "path": "=1"}
    assert no.parameters.partners.strategies == {
        "reciprocator": {"share": 0.5, "scale": 2.0},
        "taker": {"share": 0.5, "note": None},
    }
    assert dotted.parameters.partners.strategies == {"giver": {"share": 1}}
    assert no.events == scenario.events
    assert [event.leave for event in dotted.events] == [1]


def test_changes_are_cumulative_and_in_order_of_week() -> None:
    changes = load(FULL).arms[0].changes
    assert [week for week, _ in changes] == [10, 20]
    assert [p.talk.weak for _, p in changes] == [0.1, 0.2]
    assert [p.talk.retell for _, p in changes] == [0.0, 0.0]
    assert [p.judgement.rule for _, p in changes] == [{"kind": "sharp"}] * 2
    assert load(FULL).events[0].set == {"talk": {"weak": 0.2, "told": {"positive": 5.0}}}


@pytest.mark.parametrize(
    "text", [FULL, "{}", "arms: {a: {}, b: {}}\n", 'question: ""\n', "preset: articles\n"]
)
def test_a_dump_reads_back_as_the_same_scenario(text: str) -> None:
    scenario = load(text)
    again = load(dump(scenario))
    assert again == scenario
    assert dump(again) == dump(scenario)
    assert scenario_hash(again) == scenario_hash(scenario)


def test_a_dump_says_what_it_is() -> None:
    first, schema, *_ = dump(load("{}")).splitlines()
    assert first == (
        "# Resolved by wom_sim: every default written out. "
        "Running this file gives the same results."
    )
    assert schema == "schema: 1"


def test_the_folder_is_kept_but_no_part_of_the_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.yaml").write_text(FULL, encoding="utf-8")
    text, file = load(FULL), read(tmp_path / "x.yaml", registries=PLUGS)
    assert (text.folder, file.folder) == ("", str(tmp_path))
    assert file.model_copy(update={"folder": ""}) == text
    assert (dump(file), canonical(file)) == (dump(text), canonical(text))
    assert scenario_hash(file) == scenario_hash(text)
    monkeypatch.chdir(tmp_path.parent)
    assert read(f"{tmp_path.name}/x.yaml", registries=PLUGS).folder == tmp_path.name
    monkeypatch.chdir(tmp_path)
    assert read("x.yaml", registries=PLUGS).folder == "."


def test_the_hash_ignores_how_the_file_is_written() -> None:
    one = load("weeks: 10\ntalk: {weak: 0.1, strong: 0.2}\n")
    other = read_text(
        b"\xef\xbb\xbf# said otherwise\r\ntalk:\r\n  strong: 2e-1\r\n  weak: .1\r\nweeks: 1e1\r\n",
        "elsewhere/y.yml",
        registries=PLUGS,
    )
    assert canonical(one) == canonical(other)
    assert (other.stem, len(scenario_hash(one))) == ("y", 64)
    assert scenario_hash(load("weeks: 11\n")) != scenario_hash(one)


def test_defaults_need_no_arm() -> None:
    (arm,) = load("{}").arms
    assert (arm.name, load("{}").baseline, arm.parameters) == ("base", "base", load("{}").base)


def test_an_option_acts_below_the_arms() -> None:
    text = "talk: {weak: 0.1}\narms: {a: {}, b: {talk: {weak: 0.3}}}\n"
    a, b = load(text, "talk.weak=0.2").arms
    assert (a.parameters.talk.weak, b.parameters.talk.weak) == (0.2, 0.3)
    a, b = load(text, "arms.b.talk.weak=0.4").arms
    assert (a.parameters.talk.weak, b.parameters.talk.weak) == (0.1, 0.4)


def test_options_set_run_keys_lists_plugs_and_the_last_one_wins() -> None:
    options = (
        "weeks=20",
        "weeks=30",
        "trades.count=2",
        "group.size=2",
        "trades.margin=[0.1, 1]",
        "population.network.kind=from_file",
        "population.network.path=x",
        "partners.strategies.giver=0.5",
        "partners.strategies.taker=0.5",
    )
    text = "population: {network: {kind: small_world, rewire: 0.2}}\n"
    scenario = load(text, *options, seed=7, replications=3)
    assert (scenario.weeks, scenario.seed, scenario.replications) == (30, 7, 3)
    assert scenario.base.trades.margin == [0.1, 1.0]
    assert scenario.base.population.network == {"kind": "from_file", "path": "x"}
    assert set(scenario.base.partners.strategies) == {"giver", "taker"}


def test_an_option_reaches_an_arm_with_dots_in_its_name() -> None:
    arms = load("arms: {a: {}, a.b: {}}\n", "arms.a.b.talk.weak=0.2").arms
    assert [arm.parameters.talk.weak for arm in arms] == [load("{}").base.talk.weak, 0.2]


def test_a_group_may_have_more_seats_than_there_are_trades() -> None:
    base = load("trades: {count: 10}\n").base
    assert (base.trades.count, base.group.size) == (10, 27)
    assert load("group: {size: 200}\n").base.group.size == 200


def test_each_business_has_an_owner_in_the_smallest_town() -> None:
    assert load("population: {size: 27}\n").base.population.size == 27


def test_no_ratio_is_a_ratio() -> None:
    assert load("talk: {delighted: 1, negativity_ratio: 0}\n").base.talk.negativity_ratio == 0


def test_unequal_effort_may_be_allowed() -> None:
    text = "allow_unequal_effort: true\narms: {a: {}, b: {effort: {asking: 4}}}\n"
    assert load(text).arms[1].overrides == {"effort": {"asking": 4.0}}


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "partners.yaml").write_text("seed: 3\n")
    assert read(tmp_path / "partners.yaml", registries=PLUGS).stem == "partners"
    for name, said in (
        ("", "is a folder"),
        ("partner.yaml", f"not found; did you mean '{tmp_path / 'partners.yaml'}'?"),
        ("none/x.yaml", "not found"),
        ("x" * 300, "cannot be read (File name too long)"),
    ):
        with pytest.raises(ScenarioError) as caught:
            read(tmp_path / name, registries=PLUGS)
        assert str(caught.value).startswith(str(tmp_path / name))
        assert f": {said[:30]}" in str(caught.value)
    with pytest.raises(ScenarioError, match="is not a file"):
        read("/dev/zero")


def test_a_scenario_error_survives_pickling() -> None:
    error = ScenarioError(
        [Fault("x.yaml", 1, 2, "a.b", "bad\n", "mend it"), Fault("y", 0, 0, "", "p")]
    )
    again = pickle.loads(pickle.dumps(error))
    assert again.faults == error.faults
    assert str(again) == "x.yaml:1:2: a.b: bad\\n; mend it\ny: p"


EMPTY = load("{}")


@settings(max_examples=100, derandomize=True, deadline=None, database=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_survives_a_dump(text: str) -> None:
    scenario = EMPTY.model_copy(update={"question": text})
    assert load(dump(scenario).splitlines()[2]) == scenario


def test_the_reader_imports_nothing_heavy() -> None:
    heavy = "numpy", "networkx", "simpy", "matplotlib", "numba", "scipy"
    code = (
        "import sys, wom_sim.scenario.resolve, wom_sim.scenario.dump\n"
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
