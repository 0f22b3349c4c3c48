"""The commands besides `run`: what they print, where, and how they end."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jsonschema
import pytest

import wom_sim
from wom_sim import cli
from wom_sim.commands import telling

BAD = "talk:\n  negativity_ration: 5\nseeed: 3\n"
GOOD = "question: Good?\narms: {A: {}, B: {talk: {weak: 0.1}}}\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.yaml").write_text(GOOD, encoding="utf-8")
    Path("bad.yaml").write_text(BAD, encoding="utf-8")


def test_check_tells_valid_and_invalid_files_apart(capsys) -> None:
    assert cli.main(["check", "good.yaml", "bad.yaml"]) == telling.USAGE
    said = capsys.readouterr()
    assert "good.yaml: valid" in said.out
    assert "talk.weak" in said.out
    assert "Estimated" in said.out
    assert said.err.splitlines() == [
        "bad.yaml:2:3: talk.negativity_ration: unknown; did you mean 'negativity_ratio'?",
        "bad.yaml:3:1: seeed: unknown; did you mean 'seed'?",
    ]
    assert cli.main(["check", "good.yaml"]) == telling.OK
    assert not Path("results").exists()


def test_faults_are_pointed_at_on_a_terminal_only(capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert cli.main(["check", "bad.yaml"]) == telling.USAGE
    assert "\x1b[" in capsys.readouterr().err
    monkeypatch.setenv("NO_COLOR", "1")
    assert cli.main(["bad.yaml"]) == telling.USAGE
    assert "  |   ^^^^^^^^^^^^^^^^^\n" in capsys.readouterr().err
    assert cli.main(["bad.yaml", "--plain"]) == telling.USAGE
    assert "^^^" not in capsys.readouterr().err


def test_settings_and_seeds_reach_check_and_explain(capsys) -> None:
    assert cli.main(["check", "good.yaml", "--set", "talk.weak=7"]) == telling.USAGE
    assert capsys.readouterr().err.startswith("--set talk.weak=7: talk.weak: must be between")
    assert cli.main(["explain", "good.yaml", "--set", "talk.retell=0.17"]) == telling.OK
    assert "0.17" in capsys.readouterr().out


def test_explain_answers_names_and_refuses_others(capsys) -> None:
    assert cli.main(["explain"]) == telling.OK
    assert "negativity_ratio" in capsys.readouterr().out
    assert cli.main(["explain", "talk.negativity_ratio", "arms"]) == telling.OK
    assert "AmEx 2012" in capsys.readouterr().out
    assert cli.main(["explain", "talk.negativty_ratio"]) == telling.USAGE
    assert "did you mean 'talk.negativity_ratio'?" in capsys.readouterr().err
    assert cli.main(["explain", "nowhere.yaml"]) == telling.USAGE
    said = "nowhere.yaml: not found; 'wom_sim list' names those that ship\n"
    assert capsys.readouterr().err == said


def test_new_writes_what_check_accepts_and_never_overwrites(capsys) -> None:
    assert cli.main(["new", "my idea"]) == telling.OK
    before = Path("my idea.yaml").read_bytes()
    assert cli.main(["check", "my idea.yaml"]) == telling.OK
    assert cli.main(["new", "my idea"]) == telling.DISK
    assert Path("my idea.yaml").read_bytes() == before
    assert cli.main(["new", "no/where"]) == telling.DISK
    assert "cannot be written" in capsys.readouterr().err


def test_list_names_scenarios_that_every_command_knows(capsys) -> None:
    assert cli.main(["list"]) == telling.OK
    assert "ask_or_not" in capsys.readouterr().out
    assert cli.main(["check", "ask_or_not", "--quiet"]) == telling.OK
    assert cli.main(["explain", "ask_or_not"]) == telling.OK
    assert "THE WEEK" in capsys.readouterr().out


def test_schema_is_a_json_schema(capsys) -> None:
    assert cli.main(["schema"]) == telling.OK
    jsonschema.Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_knows_the_commands(shell: str, capsys) -> None:
    assert cli.main(["completion", shell]) == telling.OK
    printed = capsys.readouterr().out
    assert all(command in printed for command in cli.COMMANDS)


def test_a_misspelt_command_is_told(capsys) -> None:
    assert cli.main(["chek", "good.yaml"]) == telling.USAGE
    assert capsys.readouterr().err == "no file or command 'chek'; did you mean 'check'?\n"


USUAL = "customers_or_partners"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["run", "--replicatons", "3", USUAL],
         "unknown option --replicatons; did you mean --replications?"),
        (["rnu", "x.yaml"], "no file or command 'rnu'; did you mean 'run'?"),
        (["run", USUAL, "more"], "unexpected argument 'more'; see wom_sim run --help"),
        (["explain", "--xyzzy"], "unknown option --xyzzy; see wom_sim explain --help"),
        (["--xyzzy"], "unknown option --xyzzy; see wom_sim --help"),
        (["run"], "the following arguments are required: FILE; see wom_sim run --help"),
        (["run", USUAL, "--seed", "-1"],
         "--seed: expected a whole number from 0 on, got '-1'; see wom_sim run --help"),
        (["run", USUAL, "--workers", "0"],
         "--workers: expected a whole number from 1 on, got '0'; see wom_sim run --help"),
        (["draw", "x", "--workers", "9" * 5000], "--workers: expected a whole number from 1 on,"
         f" got '{'9' * 18}'; see wom_sim draw --help"),
        (["run", USUAL, "--resume", "--afresh"],
         "--afresh: not allowed with argument --resume; see wom_sim run --help"),
        (["customers_or_partner"], "customers_or_partner: not found; did you mean"
         " 'customers_or_partners', which ships with wom_sim?"),
        (["check", "bass.yml"],
         "bass.yml: not found; did you mean 'classics/bass', which ships with wom_sim?"),
        (["run", "xyzzy.yaml"],
         "xyzzy.yaml: not found; 'wom_sim list' names those that ship"),
        (["run", "."], ".: is a folder; name a scenario file in it"),
        (["check", USUAL, "--set", "arms.Bth.friends.weak=1"],
         "--set arms.Bth.friends.weak=1: no such arm; did you mean 'Both'?"),
    ],
)
def test_a_slip_of_the_pen_is_told_in_one_line(
    given: list[str], said: str, tmp_path: Path, monkeypatch, capsys
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    try:
        code: object = cli.main(given)
    except SystemExit as left:
        code = left.code
    assert code == telling.USAGE
    assert capsys.readouterr().err == f"{said}\n"
    assert list(empty.iterdir()) == []


def test_it_tells_its_version(capsys) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"wom_sim {wom_sim.__version__}\n"


def test_every_command_has_help(capsys) -> None:
    for command in cli.COMMANDS:
        with pytest.raises(SystemExit) as left:
            cli.main([command, "--help"])
        assert left.value.code == 0
    assert "usage" in capsys.readouterr().out
