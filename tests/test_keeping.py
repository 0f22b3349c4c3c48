"""`claims` and `sensitivity` keep their worlds, go on, and are made again by `verify`."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from faults import chunks, started, until

from wom_sim import cli
from wom_sim.commands import flips, telling
from wom_sim.commands.again import KINDS
from wom_sim.study import cluster, ensemble
from wom_sim.study.claims import flips as searching
from wom_sim.study.claims import worlds
from wom_sim.study.claims.worlds import observe
from wom_sim.study.cluster import Cluster
from wom_sim.study.keeping.chunks import Block, worlds_of
from wom_sim.study.keeping.lock import locked
from wom_sim.study.replicate import replicate

TOWN = ("population.size=80", "trades.count=3", "group.size=3", "history_weeks=2")
CLAIMS = ("claims", "--only", "1,12", *(part for one in TOWN for part in ("--set", one)))
STUDY = """
weeks: 6
history_weeks: 2
population: {size: 80, network: {kind: small_world, neighbours: 6}}
trades: {count: 4, need_rate: 20.0}
talk: {delighted: 0.2, negativity_ratio: 2}
arms:
  =Service, "only": {}
  talkative: {talk: {negativity_ratio: 4.9}}
  takes it:
    effort: {service: 32, partners: 4}
    partners: {group: true}
"""
NAMES = {"claims": "claims", "sensitivity": "x-sensitivity"}


def command(kind: str, folder: Path, out: Path, *options: str, workers: int = 1) -> list[str]:
    """One of the two commands on a tiny town; a study's other arm limits what is varied."""
    given = list(CLAIMS)
    if kind == "sensitivity":
        (folder / "x.yaml").write_text(STUDY, encoding="utf-8")
        given = ["sensitivity", str(folder / "x.yaml"), "--no-figures", "--names",
                 "talk.delighted,friends.weak"]
    return [*given, "--out", str(out), "--workers", str(workers), *options]


def content(folder: Path) -> dict[str, bytes]:
    """The files of a folder, below it too, without what is dated, manifest and lock."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files
            if path.name not in ("manifest.json", "lock")}


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The worlds that are simulated in this process, by number."""
    numbers: list[int] = []

    def counted(work: Callable[..., Any]) -> Callable[..., Any]:
        def one(what: Any, number: int) -> Any:
            numbers.append(number)
            return work(what, number)

        return one

    monkeypatch.setattr(worlds, "observe", counted(observe))
    monkeypatch.setattr(ensemble, "replicate", counted(replicate))
    return numbers


@pytest.mark.skipif(sys.platform == "win32", reason="kills process groups")
@pytest.mark.parametrize(("kind", "many"), [("claims", 16), ("sensitivity", 6)])
def test_stopped_and_killed_it_goes_on_to_the_same_bytes(
    kind: str, many: int, tmp_path: Path, capsys, ran: list[int]
) -> None:
    """F1, F5: Ctrl-C ends it within 2 s and keeps what is done, kill -9 too."""
    def given(out: Path, *options: str, workers: int = 1) -> list[str]:
        return command(kind, tmp_path, out, "--replications", str(many), *options, workers=workers)

    out, name = tmp_path / "out", NAMES[kind]
    module = (sys.executable, "-m", "wom_sim")
    with started(*module, *given(out, workers=2)) as process:
        until(lambda: chunks(out, name))
        os.killpg(process.pid, signal.SIGINT)
        # 2 s where nothing else wants the processors.
        assert until(lambda: process.poll() is not None) < 2 * max(1.0, _load())
        error = process.communicate()[1]
    assert process.returncode == telling.STOPPED
    said = re.search(r"stopped; (\d+) of (\d+) worlds kept; go on with --resume\n$", error)
    assert said, error
    assert 0 < int(said[1]) < int(said[2])
    first = chunks(out, name)
    with started(*module, *given(out, "--resume", workers=2)) as process:
        until(lambda: len(chunks(out, name)) > len(first))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    before = {path: path.read_bytes() for path in chunks(out, name)}
    assert not (out / name).exists()
    assert cli.main(given(out)) == telling.USAGE
    assert "worlds of an unfinished run; go on with --resume, or begin again with --afresh" in (
        capsys.readouterr().err)
    assert cli.main(given(out, "--resume")) == telling.OK
    assert all(path.read_bytes() == content for path, content in before.items())
    kept = sum(_worlds_in(path) for path in before)
    assert len(ran) == int(said[2]) - kept
    assert cli.main(given(tmp_path / "whole")) == telling.OK
    assert content(out / name) == content(tmp_path / "whole" / name)


def _load() -> float:
    """Programs that want to run, for each processor."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)


def _worlds_in(path: Path) -> int:
    first, stop, low, high = map(int, path.stem.split("-")[1:])
    return (stop - first) * (high - low)


@pytest.mark.parametrize(("kind", "places"), [("claims", 4), ("sensitivity", 16)])
def test_more_worlds_are_added_and_none_repeated(
    kind: str, places: int, tmp_path: Path, monkeypatch, ran: list[int]
) -> None:
    """And what one machine kept, others go on with, to the same bytes."""
    def run(out: Path, many: int, *options: str) -> dict[str, bytes]:
        ran.clear()
        given = command(kind, tmp_path, out, "--replications", str(many), *options)
        assert cli.main(given) == telling.OK
        return content(out / NAMES[kind])

    out = tmp_path / "out"
    fewer = run(out, 2)
    used: list[str] = []

    @contextmanager
    def others(address: str, otherwise: int = 1) -> Iterator[Cluster]:
        used.append(address)
        with ThreadPoolExecutor(2) as threads:
            yield Cluster(threads, 2)

    with monkeypatch.context() as patch:
        patch.setattr(cluster, "workers_of", others)
        extended = run(out, 5, "--resume", "--cluster", "tcp://there:1")
    assert used == ["tcp://there:1"]
    assert sorted(ran) == sorted([2, 3, 4] * places)
    assert run(out, 2, "--resume") == fewer
    assert ran == []
    assert run(tmp_path / "whole", 5) == extended
    assert sorted(ran) == sorted(list(range(5)) * places)


@pytest.mark.parametrize(("kind", "options", "said"), [
    ("claims", ("--seed", "2"), "articles 01_unhappy_talk_more.seed: was 1, now 2"),
    ("claims", ("--only", "12"), "articles 01_unhappy_talk_more: was"),
    ("sensitivity", ("--points", "8"), "--points: was 4, now 8"),
    ("sensitivity", ("--method", "sobol"), '--method: was "morris", now "sobol"'),
    ("sensitivity", ("--names", "talk.delighted"), '--names.1: was "friends.weak", now nothing'),
])
def test_going_on_with_another_question_is_refused(
    kind: str, options: tuple[str, ...], said: str, kept: dict[str, Path], tmp_path: Path, capsys
) -> None:
    before = content(kept[kind].parent)
    assert cli.main(command(kind, tmp_path, kept[kind].parent, "--replications", "2", "--resume",
                            *options)) == telling.USAGE
    error = capsys.readouterr().err
    assert f"of another run ({said}" in error
    assert error.endswith("put that back, or begin again with --afresh\n")
    assert content(kept[kind].parent) == before


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Small results of both commands."""
    folder = tmp_path_factory.mktemp("kept")
    for kind in NAMES:
        assert cli.main(command(kind, folder, folder, "--replications", "2")) == telling.OK
    return {kind: folder / name for kind, name in NAMES.items()}


def test_another_outcome_is_asked_of_the_same_worlds(
    kept: dict[str, Path], tmp_path: Path, ran: list[int]
) -> None:
    out = kept["sensitivity"].parent
    given = command("sensitivity", tmp_path, out, "--replications", "2", "--resume")
    assert cli.main([*given, "--outcome", "margin"]) == telling.OK
    assert ran == []
    assert json.loads((out / "x-sensitivity" / "manifest.json").read_text())["options"][
        "outcome"] == "margin"


@pytest.mark.parametrize("kind", list(NAMES))
def test_two_runs_cannot_share_a_folder(kind: str, tmp_path: Path, capsys) -> None:
    with worlds_of(tmp_path, NAMES[kind], {}):
        assert cli.main(command(kind, tmp_path, tmp_path, "--replications", "2")) == telling.DISK
    assert f"{NAMES[kind]} is in use by process {os.getpid()} (since" in capsys.readouterr().err


def test_a_damaged_chunk_is_named_by_its_claims_and_run_again(
    kept: dict[str, Path], tmp_path: Path, capsys, ran: list[int]
) -> None:
    out = kept["claims"].parent
    before, place = content(kept["claims"]), chunks(out, "claims")[1]
    place.write_bytes(place.read_bytes()[:-7])
    assert cli.main(command("claims", tmp_path, out, "--replications", "2", "--resume")) == 0
    assert "is damaged; worlds 0 to 1 of 12_you_have_to_ask, evidence run again\n" in (
        capsys.readouterr().err)
    assert ran == [0, 1]
    assert content(kept["claims"]) == before


def test_a_block_says_what_it_is() -> None:
    assert str(Block(range(1), range(4))) == "worlds 0 to 3"
    assert str(Block(range(2, 3), range(4, 5))) == "world 4 of point 2"
    assert str(Block(range(2, 3), range(4, 5), "x and 1 more")) == "world 4 of x and 1 more"


# --- flips ---------------------------------------------------------------------------------------


def test_a_search_has_its_folder_alone_and_begins_again_when_told_to(
    tmp_path: Path, capsys, monkeypatch
) -> None:
    def stop(looking: flips.Search, say: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(flips.Search, "screening", stop)
    left = tmp_path / "claims-flips.unfinished"
    left.mkdir()
    (left / "piece.json").write_text("{}")
    given = [*CLAIMS, "--flips", "--out", str(tmp_path), "--workers", "1"]
    with locked(left / flips.LOCK, tmp_path / flips.NAME, print):
        assert cli.main([*given, "--afresh"]) == telling.DISK
    assert f"claims-flips is in use by process {os.getpid()} (since" in capsys.readouterr().err
    assert cli.main(given) == telling.STOPPED
    assert capsys.readouterr().err.endswith(
        f"stopped; what is done is kept in {left}; the same command takes up there\n")
    assert (left / "piece.json").exists()
    assert cli.main([*given, "--afresh"]) == telling.STOPPED
    assert capsys.readouterr().err.endswith("stopped; nothing was written\n")
    assert not left.exists()


# --- verify --------------------------------------------------------------------------------------


def agreed(folder: Path, capsys: Any, *options: str) -> str:
    """What `verify` says of a folder where every byte agrees."""
    capsys.readouterr()
    assert cli.main(["verify", str(folder), "--workers", "1", *options]) == telling.OK, (
        capsys.readouterr().out)
    return str(capsys.readouterr().out)


def test_verify_knows_folders_of_claims(tmp_path: Path, kept: dict[str, Path], capsys) -> None:
    folder = kept["claims"]
    assert agreed(folder, capsys) == (
        f"{folder}: all 6 files agree, byte for byte, figures and page left out\n")
    assert agreed(folder, capsys, "--figures") == f"{folder}: all 9 files agree, byte for byte\n"
    again = tmp_path / "again"
    shutil.copytree(folder, again)
    table = again / "claims.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",evidence,", ",articles,", 1),
                     encoding="utf-8")
    (again / "scenarios" / "articles" / "12_you_have_to_ask.yaml").unlink()
    assert cli.main(["verify", str(again)]) == telling.USAGE
    assert "12_you_have_to_ask.yaml: not found" in capsys.readouterr().err
    shutil.copytree(folder / "scenarios", again / "scenarios", dirs_exist_ok=True)
    assert cli.main(["verify", str(again), "--workers", "1", "--quiet"]) == telling.FAILED
    assert capsys.readouterr().out.splitlines() == [
        f"{again}: 1 of 6 files differs, figures and page left out",
        "  claims.csv differs from line 2 on (changed since it was written)",
    ]


def test_verify_knows_folders_of_sensitivity(kept: dict[str, Path], capsys) -> None:
    """Also where ranges were narrowed for an arm that the folder's scenario does not have."""
    folder = kept["sensitivity"]
    (axis, _) = json.loads((folder / "manifest.json").read_text())["options"]["axes"]
    assert axis["high"] * 4.9 <= 1.0 < axis["high"] * 4.9 * 1.3
    assert "talkative" not in (folder / "scenario.yaml").read_text(encoding="utf-8")
    assert agreed(folder, capsys) == f"{folder}: all 8 files agree, byte for byte\n"


def test_verify_knows_a_study_of_a_claim(tmp_path: Path, capsys) -> None:
    """Its folder's scenario has two of the arms, which the claim's tests do not fit."""
    town = [part for one in TOWN for part in ("--set", one)]
    assert cli.main(["sensitivity", "claims/12_you_have_to_ask", "--names", "friends.weak",
                     "--replications", "2", "--workers", "1", "--no-figures", "--set", "weeks=20",
                     "--out", str(tmp_path), *town]) == telling.OK
    assert "all 8 files agree" in agreed(tmp_path / "12_you_have_to_ask-sensitivity", capsys)


def test_verify_knows_folders_of_flips(tmp_path: Path, capsys, monkeypatch) -> None:
    everything = searching.spans

    def few(scenario: Any) -> list[Any]:
        return [span for span in everything(scenario) if span.name == "trades.need_rate"]

    monkeypatch.setattr(searching, "spans", few)
    given = [*CLAIMS[:2], "10", *CLAIMS[3:], "--set", "weeks=20", "--flips", "--workers", "1",
             "--replications", "5", "--out", str(tmp_path)]
    assert cli.main(given) == telling.OK
    folder = tmp_path / "claims-flips"
    assert ",trades.need_rate," in (folder / "flips.csv").read_text(encoding="utf-8")
    assert agreed(folder, capsys) == f"{folder}: all 2 files agree, byte for byte\n"


def test_verify_says_what_it_knows(tmp_path: Path, capsys) -> None:
    about = {"files": {}, "versions": {}, "command": "bake"}
    (tmp_path / "manifest.json").write_text(json.dumps(about), encoding="utf-8")
    assert cli.main(["verify", str(tmp_path)]) == telling.USAGE
    assert capsys.readouterr().err == (
        f"{tmp_path} does not say how to make it again; verify knows what run, sweep, sensitivity,"
        " fit, claims, claims --flips leave\n")
    assert set(KINDS) == {"run", "sweep", "sensitivity", "fit", "claims", "claims --flips"}
