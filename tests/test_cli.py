"""The command line end to end: files, exit codes, errors in one line, nothing half done."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import wom_sim
from wom_sim import cli
from wom_sim.commands import telling
from wom_sim.study import ensemble, estimate, machine

ROOT = Path(__file__).parents[1]
SMALL = """
question: A small question?
weeks: 20
history_weeks: 10
replications: 6
population: {size: 300}
trades: {count: 6, need_rate: 3.0}
arms:
  Service only: {}
  Partners:
    effort: {service: 32, partners: 4}
    partners: {group: true}
"""
TABLES = ("summary.csv", "comparison.csv", "replications.csv", "weekly.csv", "months.csv",
          "curves.csv", "businesses.csv", "story.csv", "reach.csv")
FIGURES = ("noise", "reach", "sources", "cumulative", "hours", "paired", "network", "convergence")
WORDS = ("answer.txt", "report.html")


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def run(scenario: Path, out: Path, *options: str, workers: int = 1) -> int:
    return cli.main([str(scenario), "--out", str(out), "--workers", str(workers), *options])


def bytes_of(folder: Path, names: tuple[str, ...] = TABLES) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in names}


def test_a_run_leaves_what_it_says(scenario: Path, tmp_path: Path, capsys) -> None:
    assert run(scenario, tmp_path / "out") == 0
    folder = tmp_path / "out" / "small"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    figures = {f"figures/{name}.{kind}" for name in FIGURES
               for kind in ("png", "svg")}
    assert files == {*TABLES, *WORDS, "scenario.yaml", "manifest.json", *figures}
    printed = capsys.readouterr()
    assert "A small question?" in printed.out
    assert all(len(line) <= 80 for line in printed.out.splitlines() if str(tmp_path) not in line)
    assert "worlds" in printed.err
    assert {path.name for path in (tmp_path / "out").glob(".*")} == {".small.worlds"}


def test_the_manifest_fingerprints_every_file(scenario: Path, tmp_path: Path) -> None:
    run(scenario, tmp_path, "--quiet", "--no-figures")
    folder = tmp_path / "small"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["files"]) == {*TABLES, *WORDS, "scenario.yaml"}
    for name, entry in manifest["files"].items():
        assert entry["sha256"] == hashlib.sha256((folder / name).read_bytes()).hexdigest()
    text = (folder / "manifest.json").read_text(encoding="utf-8")
    assert str(Path.home()) not in text


def test_columns_are_the_contract(scenario: Path, tmp_path: Path) -> None:
    run(scenario, tmp_path, "--quiet", "--no-figures")

    def header(name: str) -> list[str]:
        with (tmp_path / "small" / name).open(encoding="utf-8", newline="") as file:
            return next(csv.reader(file))

    assert ",".join(header("summary.csv")) == (
        "arm,outcome,unit,n,mean,ci_low,ci_high,sd,median,median_low,median_high,q05,q95,skewness,"
        "settled,took_off,took_off_low,took_off_high,method"
    )
    assert ",".join(header("comparison.csv")) == (
        "arm,baseline,outcome,unit,n,difference,ci_low,ci_high,simultaneous_low,simultaneous_high,"
        "relative,median,median_low,median_high,skewness,settled,probability_greater,"
        "probability_low,probability_high,cliffs_delta,method"
    )
    assert header("replications.csv")[:2] == ["arm", "replication"]


@pytest.mark.parametrize("workers", [2, 3])
def test_workers_do_not_change_a_byte(scenario: Path, tmp_path: Path, workers: int) -> None:
    run(scenario, tmp_path / "one", "--quiet", "--no-figures")
    run(scenario, tmp_path / "more", "--quiet", "--no-figures", workers=workers)
    assert bytes_of(tmp_path / "one" / "small") == bytes_of(tmp_path / "more" / "small")


def test_the_resolved_scenario_gives_the_same_bytes(scenario: Path, tmp_path: Path) -> None:
    run(scenario, tmp_path / "a", "--quiet", "--no-figures")
    resolved = tmp_path / "a" / "small" / "scenario.yaml"
    again = tmp_path / "small.yaml"
    again.write_bytes(resolved.read_bytes())
    run(again, tmp_path / "b", "--quiet", "--no-figures")
    names = (*TABLES, "scenario.yaml")
    assert bytes_of(tmp_path / "a" / "small", names) == bytes_of(tmp_path / "b" / "small", names)


def test_options_reach_the_scenario(scenario: Path, tmp_path: Path) -> None:
    run(scenario, tmp_path, "--quiet", "--no-figures", "--seed", "7", "--replications", "3",
        "--set", "talk.negativity_ratio=2.5", "--set", "weeks=10")
    text = (tmp_path / "small" / "scenario.yaml").read_text(encoding="utf-8")
    for line in ("seed: 7", "replications: 3", "weeks: 10", "  negativity_ratio: 2.5"):
        assert line in text.splitlines()


def test_quiet_prints_nothing(scenario: Path, tmp_path: Path, capsys) -> None:
    run(scenario, tmp_path, "--quiet", "--no-figures")
    assert capsys.readouterr() == ("", "")


def test_weekly_numbers_of_every_replication_are_kept_on_request(
    scenario: Path, tmp_path: Path
) -> None:
    import pyarrow.parquet as parquet

    run(scenario, tmp_path, "--quiet", "--no-figures", "--keep", "weekly")
    table = parquet.read_table(tmp_path / "small" / "weekly_by_replication.parquet")
    assert table.num_rows == 2 * 6 * 20


def test_without_pyarrow_the_error_comes_before_the_run(
    scenario: Path, tmp_path: Path, capsys, monkeypatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setattr(ensemble, "replicate", None)
    assert run(scenario, tmp_path / "out", "--quiet", "--keep", "weekly") == telling.DISK
    assert "wom-sim[data]" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("weeeks: 3\n", "bad.yaml:1:1: weeeks: unknown"),
        ("talk: {negativity_ration: 3}\n", "did you mean 'negativity_ratio'"),
        ("population: {network: {kind: smal_world}}\n", "did you mean 'small_world'"),
        ("", "the file is empty"),
    ],
)
def test_a_wrong_scenario_gets_one_line_and_leaves_nothing(
    text: str, expected: str, tmp_path: Path, capsys
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    assert run(path, tmp_path / "out") == telling.USAGE
    error = capsys.readouterr().err
    assert expected in error
    assert len(error.splitlines()) == 1
    assert "Traceback" not in error
    assert not (tmp_path / "out").exists()


def test_a_missing_file_and_a_bad_option_say_so(tmp_path: Path, capsys) -> None:
    assert cli.main([str(tmp_path / "none.yaml")]) == telling.USAGE
    assert "not found" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stop:
        cli.main(["run", "x.yaml", "--replications", "many"])
    assert stop.value.code == telling.USAGE


def test_a_network_that_cannot_be_built_is_the_users_mistake(
    scenario: Path, tmp_path: Path, capsys
) -> None:
    options = ("--quiet", "--set", "population.network.neighbours=400")
    assert run(scenario, tmp_path / "out", *options) == telling.USAGE
    error = capsys.readouterr().err
    assert "neighbours=400: population.network.neighbours: must be" in error
    assert "below population.size (300)" in error
    assert not (tmp_path / "out").exists()


def test_an_interrupted_run_leaves_the_earlier_one(
    scenario: Path, tmp_path: Path, capsys, monkeypatch
) -> None:
    run(scenario, tmp_path, "--quiet", "--no-figures")
    before = bytes_of(tmp_path / "small")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ensemble, "replicate", interrupt)
    assert run(scenario, tmp_path, "--quiet", "--seed", "9") == telling.STOPPED
    assert capsys.readouterr().err == "stopped; nothing was written\n"
    assert bytes_of(tmp_path / "small") == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_full_disk_is_one_line(scenario: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "out" / "x"))

    monkeypatch.setattr("wom_sim.study.tables.write_tables", full)
    assert run(scenario, tmp_path / "out", "--quiet") == telling.DISK
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert "6 of 6 worlds kept; go on with --resume" in error
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".small.worlds"]


def test_a_dead_worker_is_one_line(scenario: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(ensemble, "work", _die)
    assert run(scenario, tmp_path / "out", "--quiet", workers=2) == telling.LOST
    error = capsys.readouterr().err
    assert "worker process died" in error
    assert len(error.splitlines()) == 1
    assert not list((tmp_path / "out").iterdir())


def _die(*_: object) -> None:
    os._exit(9)


def test_ctrl_c_stops_a_real_run_with_workers(scenario: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "wom_sim", str(scenario), "--out", str(tmp_path / "out"),
               "--workers", "2", "--replications", "5000"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("0 of"):
                break
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=30)
    assert process.returncode == telling.STOPPED
    kept = r"[\d,]+ of 5,000 worlds kept; go on with --resume"
    assert re.fullmatch(f"stopped; ({kept}|nothing was written)", error.splitlines()[-1])
    assert {path.name for path in (tmp_path / "out").iterdir()} <= {".small.worlds"}


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_shipped_scenario_runs(path: Path, tmp_path: Path, capsys) -> None:
    """A short run of each; the whole ones are the user's."""
    late = ("one_bad_week", "one_bad_week_poor", "first_year")
    weeks = "weeks=60" if path.stem in late else "weeks=8"
    options = ("--no-figures", "--replications", "2", "--set", weeks, "--set", "history_weeks=8")
    assert run(path, tmp_path, *options) == 0
    assert wom_sim.load(path).question in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("name", ["one_bad_week", "one_bad_week_poor"])
def test_what_one_bad_week_prints_is_what_the_complaint_costs(name: str) -> None:
    """The two arms differ in the complaint alone, at one service."""
    found = wom_sim.load(ROOT / "scenarios" / f"{name}.yaml")
    quiet, loud = found.arms
    assert (found.baseline, quiet.events) == (quiet.name, ())
    assert quiet.parameters == loud.parameters
    assert [event.complaint is not None for event in loud.events] == [True]
    assert (quiet.parameters.service.level < found.base.service.level) is name.endswith("_poor")


def test_the_python_face_gives_records_and_frames(scenario: Path) -> None:
    results = wom_sim.run(wom_sim.load(scenario))
    rows = [row for row in results.comparison if row["outcome"] == "clients_won"]
    assert rows[0]["arm"] == "Partners"
    assert rows[0]["n"] == 6
    assert next(iter(results.frame("comparison")["outcome"])) == results.outcomes[0].name


@pytest.mark.parametrize("name", ["=1+1", "<script>", "$x_{$", "🙂", "../../etc", "CON", "a,b\"c"])
def test_arm_names_are_only_text(name: str, tmp_path: Path) -> None:
    path = tmp_path / "names.yaml"
    quoted = name.replace('"', '\\"')
    path.write_text(SMALL.replace("Partners:", f'"{quoted}":'), encoding="utf-8")
    assert run(path, tmp_path / "out", "--quiet", "--replications", "2") == 0
    folder = tmp_path / "out" / "names"
    assert len(list((folder / "figures").glob("*.png"))) == len(FIGURES)
    assert {child.name for child in (tmp_path / "out").iterdir()} == {"names", ".names.worlds"}


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.99, "on 1 of 2 processes: more would need "),
        (0.1, " of memory needed even on one process, and this machine has "),
    ],
)
def test_a_run_that_memory_may_not_hold_is_told_beforehand(
    share: float, said: str, scenario: Path, tmp_path: Path, monkeypatch, capsys
) -> None:
    needed = estimate.cost(wom_sim.load(scenario), 2).memory_bytes
    monkeypatch.setattr(machine, "memory", lambda: share * needed)
    monkeypatch.setattr("wom_sim.commands.run.LONG", 0.0)
    args = ["run", str(scenario), "--out", str(tmp_path / "out"), "--workers", "2", "--no-figures"]
    assert cli.main(args) == telling.OK
    first, second, *_ = capsys.readouterr().err.splitlines()
    assert said in first
    assert second.startswith("estimated: about ")
    assert " on 1 process, " in second
