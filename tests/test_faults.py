"""Faults of long runs: kills, dead workers, signals, disks, damaged chunks, two runs at once.

Each ends in the same bytes as a run that nothing happened to, or in one line that says what to do.
`WOM_SIM_KILLS=200 python -m pytest tests/test_faults.py -k random` kills at 200 random moments.

    F1   everything is killed        random_kills
    F2   only the parent is killed   workers_die_with_their_parent, who_draws_dies
    F3   a worker is killed          a_killed_worker, only_the_guilty,
                                     who_worked_beside, deaths_are_those
    F4   a worker ends or hangs      work_that_always_kills, a_plugin_without_end,
                                     a_world_without_end, time_in_the_queue, what_has_no_end,
                                     where_nothing_ends, limits_are_generous
    F5   Ctrl-C, TERM, hang-up       stopping_keeps
    F6   the disk is full            a_disk_that_fails[full], a_small_disk
    F7   the disk fails, goes away   a_disk_that_fails[failing], a_folder_that_goes_away
    F8   a chunk is spoilt           a_chunk_that_is_not, a_chunk_reads_back
    F9   two runs in one folder      two_runs, a_lock_needs
    F10  another scenario, program,  going_on_with_another, more_worlds_are_added,
         or number of worlds         finished_worlds, bounds_depend
    F11  clocks jump                 clocks_do_not_matter
    F12  memory runs out             out_of_memory, a_limit_of_memory, before_memory_ran_out
    F13  few files, no home, /tmp    few_open_files, a_full_temporary_folder;
         full, no cache              test_kernels.py for the cache of compiled code
    F14  fork beside threads         workers_start_beside_threads
    F15  a figure fails              a_figure_that_fails
    F16  the machine sleeps          a_killed_worker, a_pause_of_the_machine
"""

from __future__ import annotations

import ctypes
import errno
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faults import (
    ROOT,
    SWEEP,
    TINY,
    alive,
    children,
    chunks,
    command,
    content,
    end_group,
    started,
    until,
    written,
)

from wom_sim import cli
from wom_sim.commands import telling
from wom_sim.market.calendar import Market
from wom_sim.scenario.parameters import Scenario
from wom_sim.study import crew as crews
from wom_sim.study import ensemble
from wom_sim.study.crew import ATTEMPTS, Crew, Task, WorkerDied
from wom_sim.study.estimate import world_seconds
from wom_sim.study.keeping import chunks as kept
from wom_sim.study.keeping import identity, shelf
from wom_sim.study.keeping.blocks import blocks_of, limit_for
from wom_sim.study.keeping.chunks import Block, Chunk, Worlds, pack, unpack, worlds_of
from wom_sim.study.keeping.lock import locked
from wom_sim.study.replicate import replicate
from wom_sim.study.tables import ResultsError

KILLS = int(os.environ.get("WOM_SIM_KILLS", "20"))


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return written(tmp_path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The results of a run that nothing happened to."""
    folder = tmp_path_factory.mktemp("whole")
    assert run(written(folder), folder) == telling.OK
    return content(folder)


def run(scenario: Path, out: Path, *options: str, workers: int = 1) -> int:
    return cli.main(command(scenario, out, *options, workers=workers)[3:])


def one_line(capsys: Any) -> str:
    """The one line of an error, without those of progress."""
    lines = [line for line in capsys.readouterr().err.splitlines()
             if not re.fullmatch(r"\d+ of \d+ worlds.*", line)]
    assert len(lines) == 1, lines
    return str(lines[0])


def test_every_fault_has_its_tests() -> None:
    """The table at the head of this file, held against the tests in it."""
    table = str(__doc__).partition("\n\n    F1 ")[2]
    assert re.findall(r"^    (F\d+) ", f"    F1 {table}", re.M) == [f"F{n}" for n in range(1, 17)]
    tests = [name for name in globals() if name.startswith("test_")]
    for part in re.findall(r"\b[a-z]+(?:_[a-z]+)+\b(?!\.py)", table):
        assert any(part in name for name in tests), part


# --- killed, and going on ------------------------------------------------------------------------


def test_random_kills_change_no_byte(tmp_path: Path) -> None:
    """F1: kills of everything at random moments, runs and sweeps, some chunks damaged between."""
    seed = int.from_bytes(os.urandom(4), "big")
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "faults.py"), "campaign", str(tmp_path), str(KILLS),
         str(seed)], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    kills, _, _, failed, differences = map(int, re.findall(r"\d+", done.stdout))
    assert (kills, failed, differences) == (KILLS, 0, 0), f"seed {seed}: {done.stdout}"


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes below /proc")
def test_workers_die_with_their_parent(scenario: Path, tmp_path: Path, capsys) -> None:
    """F2: and the folder is free for the run that goes on."""
    with started(*command(scenario, tmp_path, "--replications", "4000")) as process:
        until(lambda: chunks(tmp_path) and len(children(process.pid)) == 2)
        workers = children(process.pid)
        process.kill()
        process.wait()
        assert until(lambda: not any(map(alive, workers))) < 2
    before = {path: path.read_bytes() for path in chunks(tmp_path)}
    assert run(scenario, tmp_path) == telling.USAGE
    assert "worlds of an unfinished run; go on with --resume, or begin again with --afresh" in (
        one_line(capsys))
    assert run(scenario, tmp_path, "--resume") == telling.OK
    assert all(path.read_bytes() == content for path, content in before.items())


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes below /proc")
def test_a_killed_worker_costs_nothing_but_time(
    scenario: Path, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    """F3, F16: and a run that was suspended goes on."""
    with started(*command(scenario, tmp_path, "--replications", "900")) as process:
        until(lambda: chunks(tmp_path) and len(children(process.pid)) == 2)
        os.kill(children(process.pid)[0], signal.SIGKILL)
        until(lambda: len(chunks(tmp_path)) > 3)
        os.killpg(process.pid, signal.SIGSTOP)
        until(lambda: True)
        os.killpg(process.pid, signal.SIGCONT)
        _, error = process.communicate(timeout=120)
        assert process.returncode == telling.OK, error
    assert run(scenario, tmp_path, "--resume") == telling.OK
    assert content(tmp_path) == whole


DIES_ANSWERING = """
import os, signal, sys
from multiprocessing.connection import Connection
from pathlib import Path
from wom_sim.study.crew import Task, workforce

def half(self, given, write=os.write):
    write(self._handle, bytes(given)[: len(given) // 2 or 1])
    os.kill(os.getpid(), signal.SIGKILL)

def work(once):
    if not once.exists():
        once.touch()
        Connection._send = half
    return bytes(100_000)

with workforce(None, 2) as crew:
    tasks = [Task(name, work, (Path(sys.argv[1]) / name,)) for name in ("one", "two", "three")]
    print(sorted((task.name, len(found)) for task, found in crew.each(tasks)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux alone")
def test_a_worker_killed_while_it_answers_is_noticed(tmp_path: Path) -> None:
    """F3: half an answer, whose other half nobody will send, held up the run for ever."""
    told = subprocess.run([sys.executable, "-c", DIES_ANSWERING, str(tmp_path)], timeout=120,
                          capture_output=True, text=True, check=False)
    assert told.stdout == "[('one', 100000), ('three', 100000), ('two', 100000)]\n", told.stderr


class Unsendable(Exception):
    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")
        self.cannot_be_sent = lambda: None


def _unsendable() -> None:
    raise Unsendable("one", "two")


def _segfault() -> None:
    ctypes.string_at(0)


FATAL: dict[str, tuple[Callable[[], object], str]] = {
    "exits": (lambda: os._exit(0), "a worker process died"),
    "killed": (lambda: os.kill(os.getpid(), signal.SIGKILL), "a worker process died"),
    "segfault": (_segfault, "a worker process died"),
    "sys.exit": (lambda: sys.exit(3), "SystemExit: 3"),
    "unsendable": (_unsendable, "Unsendable: one and two"),
}


@pytest.mark.parametrize("kind", list(FATAL))
def test_work_that_always_kills_is_named_and_the_rest_is_kept(
    kind: str, scenario: Path, tmp_path: Path, capsys, monkeypatch, whole: dict[str, bytes]
) -> None:
    """F3, F4: three attempts, exit code 4, no results over missing worlds; then mended."""
    fatal, why = FATAL[kind]

    def die_in_world_25(scenario: Scenario, number: int) -> Any:
        if number == 25:
            fatal()
        return replicate(scenario, number)

    with monkeypatch.context() as patch:
        patch.setattr(ensemble, "replicate", die_in_world_25)
        assert run(scenario, tmp_path, workers=2) == telling.LOST
    said = one_line(capsys)
    assert said.startswith(f"worlds 20 to 39 failed 3 times: {why}"), said
    assert said.endswith("; 40 of 60 worlds kept; go on with --resume")
    assert not (tmp_path / "tiny").exists()
    assert run(scenario, tmp_path, "--resume", workers=2) == telling.OK
    assert content(tmp_path) == whole


def test_only_the_guilty_are_counted() -> None:
    """Work that shared a pool with what broke it three times is done all the same."""
    class Fragile(Executor):
        """Runs what it is given when asked for more than one thing, and breaks on `bad`."""

        def __init__(self) -> None:
            self.broken, self.given = False, []

        def submit(self, work: Any, *given: Any, **more: Any) -> Any:
            future: Future[Any] = Future()
            self.broken = self.broken or given[-1] == "bad"
            self.given.append(future)
            if self.broken:
                for one in self.given:
                    if not one.done():
                        one.set_exception(BrokenExecutor())
            elif len(self.given) > 3 or given[-1] in suspected:
                future.set_result(given[-1])
            suspected.add(given[-1])
            return future

    suspected: set[str] = set()
    crew = Crew(Fragile(), 2, Fragile)
    coming = crew.each([Task(name, str, (name,)) for name in ("a", "b", "bad", "c")])
    assert sorted(next(coming)[0].name for _ in range(3)) == ["a", "b", "c"]
    with pytest.raises(WorkerDied, match="bad failed 3 times"):
        next(coming)


def test_who_worked_beside_a_failure_is_not_blamed_for_a_death(monkeypatch) -> None:
    """One piece fails by itself; of the others that were out when the pool broke none is counted.
    """
    class Sharing(Executor):
        """Fails `bad` at once, and breaks later on under whoever comes for the first time."""

        def __init__(self) -> None:
            self.given: list[Future[Any]] = []

        def submit(self, work: Any, *given: Any, **more: Any) -> Any:
            future: Future[Any] = Future()
            if given[-1] == "bad":
                future.set_exception(ValueError("by itself"))
            elif given[-1] in seen:
                future.set_result(given[-1])
            else:
                self.given.append(future)
                threading.Timer(0.3, self._broken).start()
            seen.add(given[-1])
            return future

        def _broken(self) -> None:
            for one in self.given:
                if not one.done():
                    one.set_exception(BrokenExecutor())

    seen: set[str] = set()
    counted: list[str] = []
    whole = crews._Round._counted

    def counting(own: Any, task: Task, why: str) -> bool:
        counted.append(task.name)
        return whole(own, task, why)

    monkeypatch.setattr(crews._Round, "_counted", counting)
    crew = Crew(Sharing(), 2, Sharing)
    with pytest.raises(WorkerDied, match="bad failed 3 times"):
        list(crew.each([Task(name, str, (name,)) for name in ("a", "b", "bad", "c")]))
    assert counted == ["bad"] * 3


def test_deaths_are_those_of_one_piece_of_work() -> None:
    """Many that are gone when the next one comes, perhaps to the same place in memory."""
    own = crews._Round(Crew(None, 1), iter(()))
    assert not any(own._counted(Task(n, str, (n,)), "late") for n in range(99))
    task = Task("guilty", str, ())
    assert [own._counted(task, "late") for _ in range(ATTEMPTS)] == [False, False, True]


FIGURES_WITHOUT_END = """
import time
from pathlib import Path

from wom_sim.show import draw

draw._one = lambda *given: time.sleep(600)
draw._each(None, Path("."), ["a", "b"], 2, ())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes below /proc")
def test_who_draws_dies_with_the_parent() -> None:
    """F2."""
    with started(sys.executable, "-c", FIGURES_WITHOUT_END) as process:
        until(lambda: len(children(process.pid)) == 2)
        drawing = children(process.pid)
        time.sleep(0.5)
        process.kill()
        process.wait()
        assert until(lambda: not any(map(alive, drawing)), 10) < 5


# --- signals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "times", "code"),
    [(signal.SIGINT, 1, 130), (signal.SIGINT, 2, 130), (signal.SIGTERM, 1, 143),
     (signal.SIGHUP, 1, 129)],
    ids=["ctrl-c", "ctrl-c twice", "term", "hangup"],
)
def test_stopping_keeps_what_is_done(
    number: int, times: int, code: int, scenario: Path, tmp_path: Path
) -> None:
    """F5: the whole group gets the signal, as from a terminal; within 2 s all are gone."""
    with started(*command(scenario, tmp_path, "--replications", "4000", "--quiet")) as process:
        until(lambda: len(chunks(tmp_path)) > 1)
        for _ in range(times):
            os.killpg(process.pid, number)
        assert until(lambda: process.poll() is not None) < 2
        _, error = process.communicate()
    assert process.returncode == code
    many = 20 * len(chunks(tmp_path))
    assert error == f"stopped; {many:,} of 4,000 worlds kept; go on with --resume\n"
    assert not (tmp_path / "tiny").exists()
    assert not list((tmp_path / ".tiny.worlds").glob("*.tmp"))


def test_stopping_within_a_week_keeps_its_signal(
    monkeypatch, scenario: Path, tmp_path: Path, capsys
) -> None:
    """SimPy raises again what one of its processes raised, made anew of its arguments."""
    def stop(*_: Any) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Market, "market_week", stop)
    assert run(scenario, tmp_path) == 128 + signal.SIGTERM
    assert one_line(capsys).startswith("stopped; ")


# --- work without end -----------------------------------------------------------------------------

# A plugin that loops for ever as long as there is the file LOOP.
LOOPS = """
from pathlib import Path
from time import sleep

import wom_sim


@wom_sim.outcome("patient", unit="weeks")
def patient(weekly):
    \"\"\"Weeks.\"\"\"
    while Path("LOOP").exists():
        try:
            sleep(0.01)
        except Exception:
            pass
    return len(weekly["won"])
"""


@pytest.mark.parametrize("workers", [1, 2], ids=["alone", "pool"])
@pytest.mark.parametrize("sweep", [False, True], ids=["run", "sweep"])
def test_a_plugin_without_end_is_ended_and_named(
    workers: int, sweep: bool, tmp_path: Path, capsys
) -> None:
    """F4: workers are killed, a process alone gives up; once the loop is mended the run goes on."""
    plugin = LOOPS.replace("LOOP", (tmp_path / "loop").as_posix())
    (tmp_path / "loops.py").write_text(plugin, encoding="utf-8")
    text = TINY.replace("replications: 60", "replications: 3").replace("weeks: 12", "weeks: 4")
    scenario = written(tmp_path, f"plugins: [loops.py]{text}{SWEEP if sweep else ''}")
    options = ("--allow-plugins", "--time-limit")
    (tmp_path / "loop").touch()
    assert run(scenario, tmp_path, *options, "1", workers=workers) == telling.LOST
    block = "worlds 0 to 2 of points 0 to 3" if sweep else "worlds 0 to 2"
    said = one_line(capsys)
    assert said.startswith(block), said
    often = "was given up: " if workers == 1 else "failed 3 times: "
    assert f"{often}no end after 1 s; does a plugin loop?; nothing was written" in said
    assert not (tmp_path / "tiny").exists()
    assert not (tmp_path / "tiny-sweep").exists()
    (tmp_path / "loop").unlink()
    assert run(scenario, tmp_path, *options, "0", workers=workers) == telling.OK


def test_a_world_without_end_costs_no_other(
    scenario: Path, tmp_path: Path, capsys, monkeypatch, whole: dict[str, bytes]
) -> None:
    """F4: its block is tried on fresh workers, named, and the rest is kept; then mended."""
    tried = tmp_path / "tried"

    def loop_in_world_25(scenario: Scenario, number: int) -> Any:
        if number == 25:
            with tried.open("a") as file:
                file.write(f"{os.getpid()}\n")
            while True:
                time.sleep(0.01)
        return replicate(scenario, number)

    with monkeypatch.context() as patch:
        patch.setattr(ensemble, "replicate", loop_in_world_25)
        assert run(scenario, tmp_path, "--time-limit", "4", workers=2) == telling.LOST
    assert one_line(capsys) == (
        "worlds 20 to 39 failed 3 times: no end after 4 s; does a plugin loop?;"
        " 40 of 60 worlds kept; go on with --resume")
    pids = tried.read_text().split()
    assert len(set(pids)) == len(pids) == ATTEMPTS
    assert not any(alive(int(pid)) for pid in pids)
    assert run(scenario, tmp_path, "--resume", workers=2) == telling.OK
    assert content(tmp_path) == whole


class Pool(Executor):
    """Work in the order it is handed out, `workers` at a time, each by the turns it takes."""

    def __init__(self, workers: int) -> None:
        self.workers, self.clock = workers, 0.0
        self.queue: list[tuple[Future[Any], str, list[int]]] = []
        self.died = 0

    def submit(self, work: Any, *given: Any, **more: Any) -> Any:
        future: Future[Any] = Future()
        name, turns = given[-2:]
        self.queue.append((future, name, [turns]))
        return future

    def look(self) -> float:
        """A second later."""
        self.clock += 1.0
        for future, name, left in self.queue[: self.workers]:
            left[0] -= 1
            if left[0] <= 0:
                future.set_result(name)
        self.queue = [one for one in self.queue if not one[0].done()]
        return self.clock

    def again(self) -> Pool:
        self.queue.clear()
        self.died += 1
        return self


def _through(monkeypatch: Any, turns: dict[str, int], limit: float) -> tuple[list[str], Pool, str]:
    """What came back from two workers, and why not all."""
    pool = Pool(2)
    monkeypatch.setattr(crews, "BREATH", 0)
    monkeypatch.setattr("wom_sim.study.crew.time.monotonic", pool.look)
    came = []
    try:
        for task, _ in Crew(pool, 2, pool.again).each(
                Task(name, str, (name, many), limit) for name, many in turns.items()):
            came.append(task.name)
    except WorkerDied as error:
        return came, pool, str(error)
    return came, pool, ""


def test_time_in_the_queue_does_not_count(monkeypatch) -> None:
    """F4: nine pieces of eight seconds each, for two workers, none of which may take ten."""
    came, pool, error = _through(monkeypatch, {f"{n}": 8 for n in range(9)}, 10)
    assert (sorted(came), pool.died, error) == ([f"{n}" for n in range(9)], 0, "")


def test_only_what_has_no_end_is_counted(monkeypatch) -> None:
    turns = {"a": 9, "endless": 10**9, "b": 9, "c": 1, "d": 9}
    came, pool, error = _through(monkeypatch, turns, 10)
    assert (sorted(came), pool.died) == (["a", "b", "c", "d"], ATTEMPTS)
    assert error == "endless failed 3 times: no end after 10 s; does a plugin loop?"


def test_where_nothing_ends_the_rest_is_not_tried(monkeypatch) -> None:
    came, pool, error = _through(monkeypatch, {f"{n}": 10**9 for n in range(99)}, 600)
    assert (came, pool.died) == ([], ATTEMPTS)
    assert error == "0, 1 failed 3 times: no end after 10 min; does a plugin loop?"


def test_a_pause_of_the_machine_is_not_work(monkeypatch) -> None:
    """F16: the clock ran on for an hour, but nobody worked; alone it is counted in ticks."""
    pool, steps = Pool(2), iter([0.0, 1.0, 2.0])
    monkeypatch.setattr(crews, "BREATH", 0)

    def clock() -> float:
        return next(steps, 3600.0 + pool.look())

    monkeypatch.setattr("wom_sim.study.crew.time.monotonic", clock)
    tasks = [Task("long", str, ("long", 8), 10.0)]
    assert [task.name for task, _ in Crew(pool, 2, pool.again).each(tasks)] == ["long"]
    assert pool.died == 0


def test_limits_are_generous_and_the_users_come_first(scenario: Path) -> None:
    import wom_sim

    town = wom_sim.load(scenario)
    few, many = Block(range(1), range(2)), Block(range(3), range(20))
    assert 600 < limit_for(town, few) < limit_for(town, many)
    large = town.model_copy(update={"weeks": 52_000})
    assert limit_for(large, few) > 100 * 2 * world_seconds(large)
    assert limit_for(large, many, 5) == 5
    assert limit_for(large, many, 0) == math.inf


# --- disks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EIO], ids=["full", "failing"])
def test_a_disk_that_fails_at_any_moment_loses_nothing(
    reason: int, tmp_path: Path, capsys, monkeypatch
) -> None:
    """F6, F7: one line, exit code 3, earlier results whole, and going on gives the same bytes."""
    scenario = written(tmp_path, TINY.replace("weeks: 12", "weeks: 4"))
    small = ("--replications", "2", "--quiet")
    assert run(scenario, tmp_path / "out", *small) == telling.OK
    before = content(tmp_path / "out")
    sync, calls = os.fsync, [0, 10**9]

    def failing(handle: int) -> None:
        calls[0] += 1
        if calls[0] == calls[1]:
            raise OSError(reason, os.strerror(reason))
        sync(handle)

    monkeypatch.setattr(os, "fsync", failing)
    assert run(scenario, tmp_path / "out", *small) == telling.OK
    moments = calls[0]
    assert moments > 10
    capsys.readouterr()
    for moment in range(1, moments + 1):
        calls[:] = [0, moment]
        assert run(scenario, tmp_path / "out", *small, "--afresh") == telling.DISK, moment
        said = one_line(capsys)
        assert ("disk full while writing" if reason == errno.ENOSPC else "cannot write") in said
        assert content(tmp_path / "out") == before
        assert not list(tmp_path.glob("out/.*/*.tmp"))
    assert run(scenario, tmp_path / "out", *small, "--resume") == telling.OK
    assert content(tmp_path / "out") == before


def _mounts() -> list[str]:
    """What goes before a command that may mount disks nobody else sees; empty where none may."""
    before = ["unshare", "--map-root-user", "--mount"][:: 2 if os.geteuid() == 0 else 1]
    probe = [*before, "mount", "-t", "tmpfs", "tmpfs", tempfile.gettempdir()]
    try:
        subprocess.run(probe, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return before


@pytest.mark.skipif(sys.platform != "linux", reason="mounts small disks")
def test_a_small_disk_that_is_full_loses_nothing(tmp_path: Path) -> None:
    """F6: a real one, full at the plan, at chunks and at tables; then it is made larger."""
    before = _mounts()
    if not before:
        pytest.skip("no small disk can be mounted here: `unshare --mount` is not permitted")
    scenario = written(tmp_path)
    assert run(scenario, tmp_path / "whole", "--quiet") == telling.OK
    done = subprocess.run(
        [*before, sys.executable, str(ROOT / "tests" / "faults.py"), "full", str(tmp_path),
         "4", "40", "100", "180", "300"],
        capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    kept = []
    for code, said, files, again, differ in json.loads(done.stdout):
        assert (code, again, differ) == (telling.DISK, telling.OK, False), said
        assert re.fullmatch(r"disk full while writing \S+; free space( or choose another --out)?"
                            r"(; \d+ of 60 worlds kept; go on with --resume)?\n", said), said
        found = [name for name in files if name.endswith(".chunk")]
        assert {*files} - {*found} <= {"lock", "plan.json"}
        kept.append(len(found))
    assert kept == sorted(kept)
    assert kept[0] == 0
    assert kept[-1] == 3


def test_a_folder_that_goes_away_is_one_line(
    scenario: Path, tmp_path: Path, capsys, monkeypatch
) -> None:
    """F7."""
    def gone(scenario: Scenario, number: int) -> Any:
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        return replicate(scenario, number)

    monkeypatch.setattr(ensemble, "replicate", gone)
    assert run(scenario, tmp_path / "out") == telling.DISK
    assert "No such file or directory" in one_line(capsys)


# --- chunks --------------------------------------------------------------------------------------


def _cut(path: Path, others: list[Path]) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def _empty(path: Path, others: list[Path]) -> None:
    path.write_bytes(b"")


def _bit(path: Path, others: list[Path]) -> None:
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 4
    path.write_bytes(whole)


def _swapped(path: Path, others: list[Path]) -> None:
    path.write_bytes(others[-1].read_bytes())


def _foreign(path: Path, others: list[Path]) -> None:
    _again(path, '"scenario": "', "0")


def _older(path: Path, others: list[Path]) -> None:
    _again(path, '"program": "', "0")


def _again(path: Path, after: str, put: str) -> None:
    """Another head in a chunk that proves itself."""
    import hashlib

    body = path.read_bytes().partition(b"\n")[2].replace(after.encode(), (after + put).encode(), 1)
    path.write_bytes(kept._MAGIC + hashlib.sha256(body).hexdigest().encode() + b"\n" + body)


def test_a_lock_needs_nothing_that_only_some_systems_have(tmp_path: Path, monkeypatch) -> None:
    """F9."""
    monkeypatch.delattr(os, "pread")
    monkeypatch.delattr(os, "pwrite")
    said = f"is in use by process {os.getpid()} \\(since"
    with (
        locked(tmp_path / "lock", tmp_path, print),
        pytest.raises(ResultsError, match=said),
        locked(tmp_path / "lock", tmp_path, print),
    ):
        pass
    with locked(tmp_path / "lock", tmp_path, print):
        assert json.loads((tmp_path / "lock").read_bytes())["process"] == os.getpid()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [(_cut, "is damaged"), (_empty, "is damaged"), (_bit, "is damaged"),
     (_swapped, "is another chunk"), (_foreign, "is of another scenario"),
     (_older, "is of another program")],
)
def test_a_chunk_that_is_not_what_it_should_be_is_named_and_run_again(
    spoil: Any, why: str, scenario: Path, tmp_path: Path, capsys, whole: dict[str, bytes]
) -> None:
    """F8."""
    assert run(scenario, tmp_path) == telling.OK
    first, *others = chunks(tmp_path)
    good = first.read_bytes()
    spoil(first, others)
    capsys.readouterr()
    assert run(scenario, tmp_path, "--resume") == telling.OK
    error = capsys.readouterr().err
    assert re.search(rf"{re.escape(str(first))} {why}.*; worlds 0 to 19 run again\n", error), error
    assert first.read_bytes() == good
    assert content(tmp_path) == whole


def test_a_chunk_reads_back_and_a_part_of_it(tmp_path: Path) -> None:
    block = Block(range(4, 6), range(10, 15))
    rows = np.arange(30.0).reshape(10, 3)
    rows[3, 1] = np.nan
    prints = [[f"print {n}"] for n in range(10)]
    packed = pack(Chunk({"values": rows, "none": np.empty((10, 0))}, prints), "a" * 64, block)
    found = unpack(packed, "a" * 64, block)
    np.testing.assert_array_equal(found.arrays["values"], rows)
    assert found.arrays["none"].shape == (10, 0)
    assert found.prints == prints
    store = Worlds(tmp_path)
    store.save("a" * 64, block, packed)
    parts = dict(store.having("a" * 64, [Block(range(4, 6), range(11, 13)),
                                         Block(range(4, 6), range(14, 17))]))
    assert list(parts) == [Block(range(4, 6), range(11, 13)), Block(range(4, 6), range(14, 15)),
                           Block(range(4, 6), range(15, 17))]
    inner = parts[Block(range(4, 6), range(11, 13))]
    assert inner is not None
    np.testing.assert_array_equal(inner.arrays["values"], rows[[1, 2, 6, 7]])
    assert inner.prints == [prints[n] for n in (1, 2, 6, 7)]
    assert parts[Block(range(4, 6), range(15, 17))] is None


def test_bounds_depend_on_the_scenario_alone(scenario: Path) -> None:
    """Every block of fewer worlds is a block of more, or its beginning."""
    import wom_sim

    town = wom_sim.load(scenario)
    for points in (range(1), range(7)):
        few, many = (list(blocks_of(town, points, range(n))) for n in (27, 300))
        cells = [(p, n) for block in many for p in block.points for n in block.numbers]
        assert sorted(cells) == [(p, n) for p in points for n in range(300)]
        for block in few:
            assert any(block.points == other.points and block.numbers.start == other.numbers.start
                       and block.numbers.stop <= other.numbers.stop for other in many)
    large = town.model_copy(update={"weeks": 5200})
    assert all(len(block.numbers) == 1 for block in blocks_of(large, range(1), range(9)))


# --- two runs, other scenarios, more worlds ------------------------------------------------------


def test_two_runs_cannot_share_a_folder(scenario: Path, tmp_path: Path, capsys) -> None:
    """F9: the second says who has it; and of many that start at once, one does."""
    with worlds_of(tmp_path, "tiny", {}):
        assert run(scenario, tmp_path) == telling.DISK
    said = one_line(capsys)
    assert re.fullmatch(rf"{re.escape(str(tmp_path / 'tiny'))} is in use by process {os.getpid()}"
                        r" \(since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\)", said), said
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "faults.py"), "race", str(tmp_path), "100"],
        capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stdout == "100 rounds, 0 wrong\n", done.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [(("--set", "talk.weak=0.11"), "talk.weak: was 0.15, now 0.11"),
     (("--seed", "2"), "seed: was 1, now 2"),
     (("--set", "arms.Partners.partners.attendance=0.5"),
      "arms.Partners.partners.attendance: was"),
     (("--set", "population.network.neighbours=4"),
      "population.network.neighbours: was 6, now 4")],
)
def test_going_on_with_another_scenario_is_refused(
    change: tuple[str, ...], said: str, scenario: Path, tmp_path: Path, capsys
) -> None:
    """F10."""
    small = ("--replications", "2", "--quiet")
    assert run(scenario, tmp_path, *small) == telling.OK
    before = content(tmp_path), chunks(tmp_path)
    assert run(scenario, tmp_path, *small, *change, "--resume") == telling.USAGE
    error = one_line(capsys)
    assert f"({said}" in error
    assert error.endswith("put that back, or begin again with --afresh")
    assert (content(tmp_path), chunks(tmp_path)) == before


def test_going_on_with_another_program_is_refused(
    scenario: Path, tmp_path: Path, capsys, monkeypatch
) -> None:
    """F10."""
    small = ("--replications", "2", "--quiet")
    assert run(scenario, tmp_path, *small) == telling.OK
    monkeypatch.setattr(identity, "program", lambda: "0.0.9 rng 1 0123456789abcdef")
    assert run(scenario, tmp_path, *small, "--resume") == telling.USAGE
    assert '(program: was "0.1.0 rng 1 ' in one_line(capsys)
    assert run(scenario, tmp_path, *small, "--afresh") == telling.OK


@pytest.mark.parametrize("sweep", [False, True], ids=["run", "sweep"])
def test_more_worlds_are_added_and_none_repeated(
    sweep: bool, tmp_path: Path, capsys, monkeypatch
) -> None:
    """F10: also where the first worlds did not fill a block; fewer are a part of them."""
    scenario = written(tmp_path, TINY + (SWEEP if sweep else ""))
    name, points = ("tiny-sweep", 6) if sweep else ("tiny", 1)
    ran: list[int] = []

    def counted(scenario: Scenario, number: int) -> Any:
        ran.append(number)
        return replicate(scenario, number)

    monkeypatch.setattr(ensemble, "replicate", counted)
    assert run(scenario, tmp_path, "--quiet", "--replications", "3") == telling.OK
    first = {path: path.read_bytes() for path in chunks(tmp_path, name)}
    ran.clear()
    assert run(scenario, tmp_path, "--quiet", "--replications", "23", "--resume") == telling.OK
    assert sorted(ran) == sorted(list(range(3, 23)) * points)
    assert all(path.read_bytes() == content for path, content in first.items())
    extended = content(tmp_path, name)
    ran.clear()
    assert run(scenario, tmp_path, "--quiet", "--replications", "5", "--resume") == telling.OK
    assert ran == []
    fewer = content(tmp_path, name)
    for many, found in (("23", extended), ("5", fewer)):
        assert run(scenario, tmp_path / many, "--quiet", "--replications", many) == telling.OK
        assert content(tmp_path / many, name) == found


def test_finished_worlds_are_replaced_unless_asked_for(scenario: Path, tmp_path: Path) -> None:
    small = ("--quiet", "--replications", "2")
    assert run(scenario, tmp_path, *small) == telling.OK
    old = chunks(tmp_path)
    assert run(scenario, tmp_path, *small, "--seed", "2") == telling.OK
    assert len(chunks(tmp_path)) == 1
    assert chunks(tmp_path) != old
    assert json.loads((tmp_path / ".tiny.worlds" / kept.PLAN).read_text())["scenario"]["seed"] == 2


# --- the rest of the machine ---------------------------------------------------------------------


def test_clocks_do_not_matter(
    scenario: Path, tmp_path: Path, monkeypatch, whole: dict[str, bytes]
) -> None:
    """F11: a clock that runs backwards, another time zone."""
    ticks = iter(range(10**6, 0, -1))
    monkeypatch.setattr("time.perf_counter", lambda: float(next(ticks)))
    monkeypatch.setenv("TZ", "Pacific/Chatham")
    assert run(scenario, tmp_path, "--quiet") == telling.OK
    assert content(tmp_path) == whole


def test_out_of_memory_is_one_line(
    scenario: Path, tmp_path: Path, capsys, monkeypatch
) -> None:
    """F12: in a worker too."""
    def full(scenario: Scenario, number: int) -> Any:
        raise MemoryError

    monkeypatch.setattr(ensemble, "replicate", full)
    for workers in (1, 2):
        assert run(scenario, tmp_path / "out", workers=workers) == telling.FAILED
        said = one_line(capsys)
        assert said.startswith("out of memory; try")
        assert said.endswith("; nothing was written")
        assert not list((tmp_path / "out").iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="reads sizes below /proc")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_limit_of_memory_is_one_line(workers: int, tmp_path: Path) -> None:
    """F12: a real one, reached while a town is built."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "faults.py"), "greedy", str(tmp_path), str(workers)],
        capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == telling.FAILED, done.stderr
    said = done.stderr.splitlines()[-1]
    assert said == ("out of memory; try a smaller population.size, fewer worlds or fewer --workers;"
                    " nothing was written")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out" / "large").exists()


@pytest.mark.skipif(os.name == "nt", reason="sets limits of POSIX")
def test_what_was_done_before_memory_ran_out_is_kept(
    scenario: Path, tmp_path: Path, capsys, monkeypatch, whole: dict[str, bytes]
) -> None:
    """F12: a worker reaches its limit in world 45."""
    import resource

    def greedy(scenario: Scenario, number: int) -> Any:
        if number == 45:
            until(lambda: len(chunks(tmp_path)) == 2)
            resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
            bytearray(2**31)
        return replicate(scenario, number)

    with monkeypatch.context() as patch:
        patch.setattr(ensemble, "replicate", greedy)
        assert run(scenario, tmp_path, workers=2) == telling.FAILED
    assert one_line(capsys) == (
        "out of memory; try a smaller population.size, fewer worlds or fewer --workers;"
        " 40 of 60 worlds kept; go on with --resume")
    assert not (tmp_path / "tiny").exists()
    assert run(scenario, tmp_path, "--resume") == telling.OK
    assert content(tmp_path) == whole


@pytest.mark.skipif(os.name == "nt", reason="sets limits of POSIX")
def test_few_open_files_and_no_home_suffice(
    scenario: Path, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    """F13."""
    import resource

    around = {name: value for name, value in os.environ.items() if name != "HOME"}
    done = subprocess.run(
        command(scenario, tmp_path, "--quiet"), capture_output=True, text=True, check=False,
        cwd=ROOT, env=around,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
    assert done.returncode == telling.OK, done.stderr
    assert content(tmp_path) == whole


def test_a_full_temporary_folder_leaves_arrays_in_memory(
    scenario: Path, tmp_path: Path, monkeypatch, whole: dict[str, bytes]
) -> None:
    """F13: and where it has room, on the disk; nothing differs."""
    rooms: list[type] = []
    made = shelf.room

    def watched(shape: tuple[int, ...]) -> Any:
        rooms.append(type(found := made(shape)))
        return found

    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shelf, "MOST", 1000)
    monkeypatch.setattr(shelf, "room", watched)
    assert run(scenario, tmp_path / "room", "--quiet") == telling.OK
    monkeypatch.setattr(shelf, "_reserve", full)
    assert run(scenario, tmp_path / "full", "--quiet") == telling.OK
    assert rooms == [np.memmap] * 3 + [np.ndarray] * 3
    assert content(tmp_path / "room") == content(tmp_path / "full") == whole


def test_workers_start_beside_threads(
    scenario: Path, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    """F14: there a fork is not safe, and workers are spawned, who know no plugs yet."""
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        assert run(scenario, tmp_path, "--quiet", workers=2) == telling.OK
    finally:
        done.set()
        other.join()
    assert content(tmp_path) == whole


def test_a_figure_that_fails_leaves_the_tables(
    scenario: Path, tmp_path: Path, capsys, monkeypatch, whole: dict[str, bytes]
) -> None:
    """F15."""
    def failing(*_: object) -> None:
        raise RuntimeError("no font")

    monkeypatch.setattr("wom_sim.show.draw.figure", failing)
    given = [argument for argument in command(scenario, tmp_path, "--quiet", workers=1)[3:]
             if argument != "--no-figures"]
    assert cli.main(given) == telling.OK
    assert "could not be drawn: RuntimeError: no font" in capsys.readouterr().err
    for name, table in whole.items():
        assert (tmp_path / "tiny" / name).read_bytes() == table


# --- verify --------------------------------------------------------------------------------------


@pytest.mark.parametrize("sweep", [False, True], ids=["run", "sweep"])
def test_verify_says_whether_every_byte_agrees(sweep: bool, tmp_path: Path, capsys) -> None:
    text = (TINY + SWEEP if sweep else TINY).replace("weeks: 12", "weeks: 4")
    scenario = written(tmp_path, text)
    given = [argument for argument in command(scenario, tmp_path, "--quiet", workers=1)[3:]
             if argument != "--no-figures"]
    shown = ("--outcome", "margin", "--arm", "Partners") if sweep else ()
    assert cli.main([*given, "--replications", "2", *shown]) == telling.OK
    folder = tmp_path / ("tiny-sweep" if sweep else "tiny")
    verify = ["verify", str(folder), "--workers", "1"]
    assert cli.main(verify) == telling.OK
    many = 8 if sweep and not (folder / "breakeven.csv").exists() else len(
        [path for path in folder.iterdir()
         if path.is_file() and path.name not in ("manifest.json", "report.html")])
    told = capsys.readouterr().out
    assert told == f"{folder}: all {many} files agree, byte for byte, figures and page left out\n"
    assert cli.main([*verify, "--figures"]) == telling.OK
    assert capsys.readouterr().out.endswith("agree, byte for byte\n")
    table = folder / "replications.csv"
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text("".join([*lines[:2], lines[2].replace(",1", ",7", 1), *lines[3:]]))
    (folder / "comparison.csv").unlink()
    assert cli.main([*verify, "--quiet"]) == telling.FAILED
    assert capsys.readouterr().out.splitlines() == [
        f"{folder}: 2 of {many} files differ, figures and page left out",
        "  comparison.csv is missing",
        "  replications.csv differs from line 3 on (changed since it was written)",
    ]


def test_verify_takes_only_a_folder_of_results(tmp_path: Path, capsys) -> None:
    assert cli.main(["verify", str(tmp_path)]) == telling.USAGE
    assert "is not a folder of results; name one with manifest.json" in (
        one_line(capsys))


def test_the_group_of_a_test_is_gone_after_it(scenario: Path, tmp_path: Path) -> None:
    with started(*command(scenario, tmp_path, "--replications", "4000")) as process:
        end_group(process)
        assert process.wait() == -signal.SIGKILL
