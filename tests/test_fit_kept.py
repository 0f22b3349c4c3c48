"""`fit` killed and gone on with, and its folder verified: the same bytes as if nothing happened."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from faults import TINY, chunks, content, started, until, written

from wom_sim import cli
from wom_sim.commands import telling

WATCHED = (
    "observed:\n  unhappy_share: 0.2\n  arm: Partners\n"
    "  series: {jobs: {weeks: [1, 2, 5, 8], values: [3, 1, 4, 2]}}\n"
)
OPTIONS = ("--names", "service.noise", "--points", "16", "--replications", "10", "--no-figures",
           "--quiet")
NAME = "tiny-fit"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path, TINY + WATCHED)


def test_a_killed_fit_goes_on_to_the_same_bytes(file: Path, tmp_path: Path, capsys) -> None:
    whole, out = tmp_path / "whole", tmp_path / "out"
    given = ["fit", str(file), *OPTIONS]
    assert cli.main([*given, "--out", str(whole), "--workers", "1"]) == telling.OK
    here = [*given, "--out", str(out), "--workers", "2"]
    with started(sys.executable, "-m", "wom_sim", *here) as process:
        until(lambda: len(chunks(out, NAME)) >= 3)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert not (out / NAME).exists()
    kept = {path: path.stat().st_mtime_ns for path in chunks(out, NAME)}
    assert cli.main(here) == telling.USAGE
    assert "go on with --resume" in capsys.readouterr().err
    assert cli.main([*here, "--resume"]) == telling.OK
    assert content(out, NAME) == content(whole, NAME)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert len(chunks(out, NAME)) > len(kept)


def test_other_numbers_observed_keep_the_worlds_of_the_first_batch(
    file: Path, tmp_path: Path, capsys
) -> None:
    out = ("--out", str(tmp_path), "--workers", "1")
    few = ("--names", "service.noise", "--points", "8", "--replications", "2", "--no-figures")
    assert cli.main(["fit", str(file), *few, *out, "--quiet"]) == telling.OK
    first = {path.name: path.stat().st_mtime_ns for path in chunks(tmp_path, NAME)}
    file.write_text(file.read_text("utf-8").replace("share: 0.2", "share: 0.3"), "utf-8")
    assert cli.main(["fit", str(file), *few, *out, "--resume", "--quiet"]) == telling.OK
    again = {path.name: path.stat().st_mtime_ns for path in chunks(tmp_path, NAME)}
    assert {name: again[name] for name in first} == first
    assert len(again) > len(first)
    assert cli.main(["fit", str(file), *few, *out, "--afresh", "--quiet"]) == telling.OK
    assert not {path.stat().st_mtime_ns for path in chunks(tmp_path, NAME)} & {*first.values()}


@pytest.mark.parametrize(
    "given",
    [("--names", "service.noise,trades.need_rate", "--points", "16"),
     pytest.param(("--points", "32"), marks=pytest.mark.verification)],
    ids=["named", "screened"],
)
def test_verify_knows_a_fit(given: tuple[str, ...], file: Path, tmp_path: Path, capsys) -> None:
    """From the folder alone, in which one table was changed; the series' file is gone."""
    (tmp_path / "mine.csv").write_text("week,jobs\n0,2\n3,1\n", encoding="utf-8")
    file.write_text(TINY + WATCHED.replace("{weeks: [1, 2, 5, 8], values: [3, 1, 4, 2]}",
                                           "mine.csv"), encoding="utf-8")
    small = ("--replications", "2", "--set", "weeks=4", "--seed", "5", "--workers", "1", "--quiet")
    assert cli.main(["fit", str(file), *given, *small, "--out", str(tmp_path)]) == telling.OK
    file.unlink()
    (tmp_path / "mine.csv").unlink()
    folder = tmp_path / NAME
    many = len([path for path in folder.iterdir() if path.name != "manifest.json"])
    table = folder / "fit.csv"
    table.write_bytes(table.read_bytes().replace(b"\n2,", b"\n3,", 1))
    verify = ["verify", str(folder), "--workers", "1", "--quiet", "--figures"]
    assert cli.main(verify) == telling.FAILED
    assert capsys.readouterr().out == (
        f"{folder}: 1 of {many + 1} files differs\n"
        "  fit.csv differs from line 4 on (changed since it was written)\n")
