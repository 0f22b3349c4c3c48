"""What the README shows is true: its examples load and run."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import wom_sim
from wom_sim import cli
from wom_sim.scenario import plugins

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
SMALL = ("population.size=400", "population.network.people=20", "weeks=30", "history_weeks=10",
         "trades.count=6")


def block(language: str, opening: str) -> str:
    return next(text for kind, text in BLOCKS if kind == language and text.startswith(opening))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for kind, name in (("python", "my_plugs.py"), ("yaml", "my_plugs.yaml")):
        (tmp_path / name).write_text(block(kind, f"# {name}"), encoding="utf-8")
    yield tmp_path
    plugins.use(())


def load(*settings: str) -> wom_sim.scenario.parameters.Scenario:
    return wom_sim.load("my_plugs.yaml", settings=(*SMALL, *settings), allow_plugins=True,
                        replications=3)


def test_the_plugs_run_as_shown(folder: Path) -> None:
    settings = [part for setting in SMALL for part in ("--set", setting)]
    command = ["my_plugs.yaml", "--allow-plugins", "--quiet", "--replications", "3", *settings]
    assert cli.main(command) == 0
    figures = {path.name for path in Path("results/my_plugs/figures").iterdir()}
    assert {"spread.png", "spread.svg", "sources.png"} <= figures


@pytest.mark.parametrize(
    ("setting", "outcome"),
    [
        ("population.network.away=0.6", "clients_won"),
        ("population.network.people=40", "clients_won"),
        ("partners.strategies.grudger.patience=1", "referrals_received"),
        ("judgement.rule.margin=0.1", "delighted_share"),
        ("outcomes.best_quarter.weeks=9", "best_quarter"),
    ],
)
def test_each_parameter_of_the_plugs_matters(folder: Path, setting: str, outcome: str) -> None:
    if "strategies" in setting:
        setting = f"arms.Grudgers.{setting}"
    usual, other = wom_sim.run(load()), wom_sim.run(load(setting))
    arm = "Grudgers"
    assert not np.array_equal(usual.value(arm, outcome), other.value(arm, outcome))


def test_explain_check_and_schema_know_the_plugs(folder: Path, capsys) -> None:
    assert cli.main(["check", "my_plugs.yaml", "--allow-plugins"]) == 0
    assert "grudger" in capsys.readouterr().out
    assert cli.main(["explain", "my_plugs.yaml", "--allow-plugins"]) == 0
    assert "grudger" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text", [text for kind, text in BLOCKS if kind == "yaml" and "plugins" not in text]
)
def test_scenarios_shown_load(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(text + "seed: 1\n", encoding="utf-8")
    weeks = "".join(f"{week},1,2\n" for week in range(156))
    (tmp_path / "my_weeks.csv").write_text(f"week,new_clients,done\n{weeks}", encoding="utf-8")
    assert wom_sim.load(tmp_path / "x.yaml").weeks


def test_commands_shown_exist() -> None:
    shown = set(re.findall(r"python -m wom_sim (\w+) ", README)) - {"scenarios", "my_question"}
    assert shown <= set(cli.COMMANDS), shown


def test_settings_shown_are_parameters(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("arms: {Both: {}}\n", encoding="utf-8")
    for place in ("network", "professionals"):
        (tmp_path / f"{place}.csv").write_text(
            "".join(f"{n},{(n + 1) % 22470}\n" for n in range(22470)), encoding="utf-8")
    found = re.findall(r"--set (?:'([^']+)'|(\S+=[^\s`]+))", README)
    settings = [quoted or bare for quoted, bare in found]
    assert len(settings) > 5
    here = [re.sub(r"population\.(\w+)=\{kind: file, path: \S+\}",
                   r"population.\1={kind: file, path: \1.csv}", setting) for setting in settings]
    wom_sim.load(tmp_path / "x.yaml", settings=here)
