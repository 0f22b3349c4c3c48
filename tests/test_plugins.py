"""A user's own plugs: permission, registration, workers, faults, and what is left behind."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import wom_sim
from wom_sim import cli
from wom_sim.commands import telling
from wom_sim.scenario import plugins, registry
from wom_sim.scenario.dump import dump, scenario_hash

RULE = '''
from typing import Annotated

import numpy as np

import wom_sim
from wom_sim.scenario.quantities import share


@wom_sim.strategy("grudger")
def grudger(received, given, score, *,
            patience: Annotated[float, share(0.2, "answer after a first slight")] = 0.2):
    """Refers until it was slighted once (Friedman 1971)."""
    return np.where(given > received, patience, 1.0)


@wom_sim.outcome("best_weeks", unit="clients")
def best_weeks(weekly, *, weeks: int = 13):
    """Most clients won in any run of weeks."""
    return np.convolve(weekly["won"], np.ones(weeks), "valid").max()
'''
SCENARIO = """
plugins: [rule.py]
weeks: 16
history_weeks: 4
replications: 2
population: {size: 200}
trades: {count: 5, need_rate: 3.0}
effort: {service: 32, partners: 4}
partners: {group: true, strategies: {grudger: 1}}
"""


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    plugins.use(())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rule.py").write_text(RULE, encoding="utf-8")
    (tmp_path / "x.yaml").write_text(SCENARIO, encoding="utf-8")
    return tmp_path


def load(folder: Path, extra: str = "", rule: str = "", allow: bool = True):
    if rule:
        (folder / "rule.py").write_text(rule, encoding="utf-8")
    (folder / "x.yaml").write_text(SCENARIO + extra, encoding="utf-8")
    return wom_sim.load(folder / "x.yaml", allow_plugins=allow)


def answer(folder: Path, extra: str = "", rule: str = "", allow: bool = True) -> str:
    with pytest.raises(wom_sim.ScenarioError) as caught:
        load(folder, extra, rule, allow)
    return str(caught.value).replace(f"{folder}/", "")


def test_no_code_runs_without_permission(folder: Path) -> None:
    spy = f"open({str(folder / 'ran')!r}, 'w').close()\n"
    said = answer(folder, rule=spy + RULE, allow=False)
    assert said == (
        "x.yaml:2:11: plugins[0]: a plugin is a program that may do anything on this machine;"
        " read it, then allow it with --allow-plugins"
    )
    assert not (folder / "ran").exists()


def test_the_user_is_asked_with_the_path(folder: Path) -> None:
    asked: list[str] = []
    wom_sim.load(folder / "x.yaml", allow_plugins=lambda path: asked.append(path) or True)
    assert asked == [str(folder / "rule.py")]


@pytest.mark.parametrize(("said", "code"), [("y\n", 0), ("n\n", 2), ("\n", 2)])
def test_on_a_terminal_a_yes_is_enough(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys, said: str, code: int
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdin.readline", lambda: said, raising=False)
    assert cli.main(["check", str(folder / "x.yaml"), "--quiet"]) == code
    assert "Run it? [y/N]" in capsys.readouterr().err


def test_a_plugin_is_a_plug_like_any_other(folder: Path) -> None:
    scenario = load(folder, "outcomes: {best_weeks: {weeks: 4}}\n")
    assert scenario.base.partners.strategies == {"grudger": {"share": 1.0, "patience": 0.2}}
    assert scenario.outcomes == {"best_weeks": {"weeks": 4}}
    results = wom_sim.run(scenario)
    best = results.value("base", "best_weeks")
    assert best.shape == (2,)
    assert (best <= results.value("base", "clients_won")).all()
    whole = wom_sim.run(load(folder, "outcomes: {best_weeks: {weeks: 16}}\n"))
    assert whole.value("base", "best_weeks") == pytest.approx(whole.value("base", "clients_won"))


def test_a_strategy_acts(folder: Path) -> None:
    mean = wom_sim.run(load(folder, 'arms: {a: {partners: {strategies: {taker: 1}}}, b: {}}\n'))
    assert mean.value("b", "referrals_received").sum() > mean.value("a", "referrals_received").sum()


def test_spawned_workers_know_plugins_and_give_the_same(folder: Path) -> None:
    scenario = load(folder)
    here = wom_sim.run(scenario)
    (folder / "rule.py").unlink()  # workers get the text that was read
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        there = wom_sim.run(scenario, executor=pool)
    assert np.array_equal(here.values, there.values, equal_nan=True)


def test_names_go_with_their_scenario(folder: Path) -> None:
    load(folder)
    assert "grudger" in registry.strategies
    (folder / "plain.yaml").write_text("partners: {strategies: {grudger: 1}}\n", encoding="utf-8")
    with pytest.raises(wom_sim.ScenarioError, match="no strategy 'grudger'"):
        wom_sim.load(folder / "plain.yaml")
    assert list(registry.outcomes)[-1] != "best_weeks"


def test_two_versions_of_a_plugin_in_one_process(folder: Path) -> None:
    first = load(folder)
    second = load(folder, rule=RULE.replace("patience, 1.0", "0.0, 0.0"))
    passed = [wom_sim.run(scenario).value("base", "referrals_received").sum()
              for scenario in (first, second, first)]
    assert passed[0] == passed[2]
    assert passed[1] < passed[0]


def test_the_dump_names_path_and_fingerprint_and_reads_back(folder: Path) -> None:
    scenario = load(folder)
    fingerprint = hashlib.sha256(RULE.encode()).hexdigest()
    assert f'  - path: "rule.py"\n    sha256: "{fingerprint}"\n' in dump(scenario)
    (folder / "y.yaml").write_text(dump(scenario), encoding="utf-8")
    again = wom_sim.load(folder / "y.yaml", allow_plugins=True)
    assert scenario_hash(again) == scenario_hash(scenario)
    (folder / "rule.py").write_text(RULE + "\n", encoding="utf-8")
    with pytest.raises(wom_sim.ScenarioError, match="is another file now"):
        wom_sim.load(folder / "y.yaml", allow_plugins=True)


def test_the_hash_follows_the_text_not_the_place(folder: Path) -> None:
    before = scenario_hash(load(folder))
    (folder / "below").mkdir()
    (folder / "rule.py").rename(folder / "below" / "other.py")
    text = SCENARIO.replace("rule.py", "below/other.py")
    (folder / "x.yaml").write_text(text, encoding="utf-8")
    assert scenario_hash(wom_sim.load(folder / "x.yaml", allow_plugins=True)) == before
    assert scenario_hash(load(folder, rule=RULE + "\n")) != before


def test_no_compiled_file_is_left_beside_the_plugin(folder: Path) -> None:
    wom_sim.run(load(folder))
    assert sorted(path.name for path in folder.iterdir()) == ["rule.py", "x.yaml"]


AT = "x.yaml:2:10: plugins: "
BROKEN = [
    ("def f(:\n", AT + "rule.py:1: SyntaxError: invalid syntax; mend the plugin"),
    ("x = y\n", AT + "rule.py:1: NameError: name 'y' is not defined; mend the plugin"),
    ("import sys\nsys.exit(3)\n", AT + "rule.py:2: SystemExit: 3; mend the plugin"),
    ("x = 1\n", AT + "rule.py: registers nothing; mend the plugin"),
    ("x = '\x00'\n", AT + "rule.py: SyntaxError: source code string cannot contain null bytes;"
     " mend the plugin"),
    (
        "import wom_sim\n@wom_sim.strategy('giver')\ndef f(received, given, score): ...\n",
        AT + "rule.py:2: ValueError: strategy 'giver' is registered already; mend the plugin",
    ),
    (
        "import wom_sim\n@wom_sim.outcome('x', unit='y')\ndef f(weekly, *, n): ...\n",
        AT + "rule.py:2: ValueError: outcome 'x': argument 'n' needs an annotation, such as"
        " n: float; mend the plugin",
    ),
    (
        "import wom_sim\n@wom_sim.outcome('x', unit='y')\ndef f(weekly, *, n: int): ...\n",
        AT + "rule.py:2: ValueError: outcome 'x': argument 'n' needs a default; mend the plugin",
    ),
    (
        "import wom_sim\n@wom_sim.strategy\ndef f(received, given, score): ...\n",
        AT + "rule.py:2: ValueError: a strategy needs a name:"
        ' @wom_sim.strategy("my_strategy"); mend the plugin',
    ),
    (
        "import wom_sim\n@wom_sim.strategy('x')\ndef f(given, received, score): ...\n",
        AT + "rule.py:2: ValueError: strategy 'x' must take (received, given, score, *, ...), not"
        " (given, received, score); mend the plugin",
    ),
    (
        "import wom_sim\n@wom_sim.outcome('x')\ndef f(weekly): ...\n",
        AT + "rule.py:2: ValueError: outcome 'x' needs unit=...; mend the plugin",
    ),
]


@pytest.mark.parametrize(("rule", "said"), BROKEN)
def test_a_broken_plugin_is_one_line_at_the_key(folder: Path, rule: str, said: str) -> None:
    assert answer(folder, rule=rule) == said
    assert "best_weeks" not in registry.outcomes


FAILING = [
    ("raise KeyError('gone')", "strategy 'grudger': rule.py:14: KeyError: 'gone'"),
    ("raise SystemExit(0)", "strategy 'grudger': rule.py:14: SystemExit: 0"),
    ("return np.ones(3)", "strategy 'grudger' must answer shares of shape"),
    ("return given + np.nan", "strategy 'grudger' must answer shares of shape"),
    ("return given - 5.0", "strategy 'grudger' must answer shares of shape"),
]


@pytest.mark.parametrize(("line", "said"), FAILING)
def test_a_plugin_that_fails_in_a_run_is_one_line(
    folder: Path, capsys, line: str, said: str
) -> None:
    rule = RULE.replace("return np.where(given > received, patience, 1.0)", line)
    (folder / "rule.py").write_text(rule, encoding="utf-8")
    command = [str(folder / "x.yaml"), "--allow-plugins", "--quiet", "--workers", "1"]
    assert cli.main([*command, "--out", str(folder / "out")]) == telling.USAGE
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1
    assert not list((folder / "out").iterdir())


OTHERS = '''
import networkx as nx
import numpy as np

import wom_sim
from wom_sim.market.state import DELIGHTED


@wom_sim.network("path")
def path(size, seed, *, extra: int = 0):
    """A line of people (Euler 1736)."""
    return nx.path_graph(size + extra)


@wom_sim.judgement("easy")
def easy(quality, expectation, *, code: int = DELIGHTED):
    """Everybody is delighted (Pollyanna 1913)."""
    return np.full(quality.shape, code)


@wom_sim.figure("blank")
def blank(results, *, width: float = 4.0, fails: bool = False):
    """An empty page."""
    from matplotlib.figure import Figure
    return None if fails else Figure(figsize=(width, 3.0))


@wom_sim.outcome("name", unit="text")
def name(weekly, *, text: bool = False):
    """One, or no number at all."""
    return "one" if text else 1
'''
USED = """
population: {size: 200, network: {kind: path}}
judgement: {rule: {kind: easy}}
figures: {blank: {width: 5}}
"""


def other(folder: Path, extra: str = "") -> Path:
    (folder / "rule.py").write_text(OTHERS, encoding="utf-8")
    start = SCENARIO[: SCENARIO.index("population")] + "trades: {count: 5, need_rate: 3.0}\n"
    (folder / "x.yaml").write_text(start + USED + extra, encoding="utf-8")
    return folder / "x.yaml"


def test_networks_judgements_and_figures_may_be_ones_own(folder: Path) -> None:
    command = [str(other(folder)), "--allow-plugins", "--quiet", "--out", str(folder / "out")]
    assert cli.main(command) == telling.OK
    figures = {path.name for path in (folder / "out" / "x" / "figures").iterdir()}
    assert {"blank.png", "blank.svg", "sources.png"} <= figures
    results = wom_sim.run(wom_sim.load(folder / "x.yaml", allow_plugins=True))
    assert (results.value("base", "unhappy_share") == 0).all()
    assert (results.value("base", "name") == 1).all()


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("population.network.extra=1", "network 'path' must answer a NetworkX graph of the people"),
        ("judgement.rule.code=7", "judgement 'easy' must answer DISSATISFIED, SATISFIED"),
        ("outcomes.name.text=true", "outcome 'name' must answer a number, not str"),
        ("outcomes.nome.text=true", "no outcome 'nome'; did you mean 'name'?"),
        ("outcomes.name.txt=true", "outcomes.name.txt: unknown; did you mean 'text'?"),
        ("figures.blank.width=wide", "figures.blank.width: 'wide' is text, not a number"),
    ],
)
def test_nonsense_answers_and_settings_are_one_line(
    folder: Path, capsys, setting: str, said: str
) -> None:
    command = [str(other(folder)), "--allow-plugins", "--quiet", "--set", setting]
    assert cli.main([*command, "--out", str(folder / "out")]) == telling.USAGE
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1


def test_a_figure_that_is_none_is_said_and_the_rest_is_drawn(folder: Path, capsys) -> None:
    setting = "figures.blank.fails=true"
    command = [str(other(folder)), "--allow-plugins", "--quiet", "--set", setting]
    assert cli.main([*command, "--out", str(folder / "out")]) == telling.OK
    assert "figure 'blank' must answer a Matplotlib figure" in capsys.readouterr().err
    assert (folder / "out" / "x" / "figures" / "sources.png").exists()


def test_a_figure_that_leaves_is_said_and_the_results_are_there(folder: Path, capsys) -> None:
    file = other(folder)
    leaving = OTHERS.replace("return None if fails", "raise SystemExit\n    return None if fails")
    (folder / "rule.py").write_text(leaving, encoding="utf-8")
    command = [str(file), "--allow-plugins", "--quiet", "--out", str(folder / "out")]
    assert cli.main(command) == telling.OK
    assert "figure 'blank': rule.py:" in capsys.readouterr().err
    assert (folder / "out" / "x" / "figures" / "sources.png").exists()
    assert (folder / "out" / "x" / "summary.csv").exists()


KEYS = [
    ("plugins: rule.py", "plugins: expected a list of files such as [my_rule.py], not 'rule.py'"),
    ("plugins: ~", "plugins: expected a list of files such as [my_rule.py], not ~"),
    ("plugins: [3]", "plugins[0]: expected the name of a file, not 3"),
    ("plugins: [rle.py]", "plugins[0]: 'rle.py' not found in"),
    ("plugins: [x.yaml]", "plugins[0]: 'x.yaml' is not a Python file (.py)"),
    ("plugins: [../rule.py]", "plugins[0]: '../rule.py' is outside the scenario's folder; move it"),
    ("plugins: [/etc/rule.py]", "plugins[0]: '/etc/rule.py' is outside the scenario's folder"),
    ("plugins: [rule.py, rule.py]", "plugins[0]: 'rule.py' is named twice; remove one"),
    ("plugins: [{file: rule.py}]", "plugins[0].file: unknown"),
    ("plugins: [{path: rule.py, sha256: 3}]", "expected a SHA-256, 64 hexadecimal digits, not 3"),
    (
        f"plugins: [{{sha256: '{'a' * 64}'}}]",
        "the path of the plugin is missing; write path: my_rule.py",
    ),
]


@pytest.mark.parametrize(("line", "said"), KEYS)
def test_faults_of_the_key(folder: Path, line: str, said: str) -> None:
    text = SCENARIO.replace("plugins: [rule.py]", line)
    (folder / "x.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(wom_sim.ScenarioError) as caught:
        wom_sim.load(folder / "x.yaml", allow_plugins=True)
    assert said in str(caught.value)
    assert "grudger" not in str(caught.value)
