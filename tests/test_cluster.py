"""Executors of others, and a Dask scheduler with workers of its own, one of them killed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
from faults import SWEEP, TINY, content, until, written

import wom_sim
from wom_sim import cli
from wom_sim.commands import telling
from wom_sim.scenario.parameters import Scenario
from wom_sim.study import ensemble
from wom_sim.study.keeping.chunks import Block, Chunk, pack
from wom_sim.study.results import Swept
from wom_sim.study.varying.design import design_of
from wom_sim.study.varying.sweep import run_sweep

QUIET = ("--quiet", "--no-figures", "--workers", "1")


def swept(file: Path, executor: Executor | None = None) -> Swept:
    scenario = wom_sim.load(file, replications=6)
    design = design_of(scenario)

    def at(point: int) -> Scenario:
        return wom_sim.load(file, settings=design.settings(point), replications=6)

    return run_sweep(scenario, design, at, executor=executor)


@contextmanager
def loky() -> Iterator[Executor]:
    from loky import ProcessPoolExecutor

    with ProcessPoolExecutor(2, timeout=60) as pool:
        yield pool


@pytest.mark.parametrize("kind", [lambda: ThreadPoolExecutor(2), loky], ids=["threads", "loky"])
def test_any_executor_gives_the_same(kind, tmp_path: Path) -> None:
    """Threads that share registries; workers that know no plugs yet."""
    run, sweep = written(tmp_path), written(tmp_path, TINY + SWEEP, "swept")
    scenario = wom_sim.load(run, replications=50)
    here, here_swept = wom_sim.run(scenario), swept(sweep)
    with kind() as executor:
        there, there_swept = wom_sim.run(scenario, executor=executor), swept(sweep, executor)
    np.testing.assert_array_equal(here.weekly, there.weekly)
    np.testing.assert_array_equal(here.values, there.values)
    np.testing.assert_array_equal(here_swept.values, there_swept.values)
    np.testing.assert_array_equal(here_swept.comparison, there_swept.comparison)
    assert here.stories == there.stories


@contextmanager
def machines(folder: Path, workers: int = 2) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler on this machine's loopback, and workers; its address and their processes."""
    about = folder / "scheduler.json"
    where = ("--scheduler-file", str(about), "--no-dashboard")
    with ExitStack() as running:

        def start(*arguments: str) -> subprocess.Popen[bytes]:
            process = running.enter_context(subprocess.Popen(
                [sys.executable, "-m", *arguments], stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, cwd=folder))
            running.callback(process.kill)
            return process

        start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *where)
        until(about.exists)
        crew = [
            start("distributed.cli.dask_worker", "--host", "127.0.0.1", "--nthreads", "1",
                  "--no-nanny", *where)
            for _ in range(workers)
        ]
        yield json.loads(about.read_text())["address"], crew


PLUGIN = """
import wom_sim


@wom_sim.outcome("longest_drought", unit="weeks")
def longest_drought(weekly):
    "Weeks in which nobody was won."
    return float((weekly["won"] == 0).sum())
"""


CALLED = """
import sys

import numpy as np
from distributed import Client

import wom_sim

address, file, found = sys.argv[1:]
with Client(address, set_as_default=False) as client:
    results = wom_sim.run(wom_sim.load(file, replications=8), executor=client.get_executor())
np.save(found, results.weekly)
"""


def test_a_real_scheduler_that_loses_a_worker_gives_the_same(tmp_path: Path, capsys) -> None:
    """Bytes as without; plugins load in workers; the library call takes Dask's executor too."""
    (tmp_path / "mine.py").write_text(PLUGIN, encoding="utf-8")
    run = written(tmp_path, f"plugins: [mine.py]\n{TINY}")
    sweep = written(tmp_path, f"plugins: [mine.py]\n{TINY}{SWEEP}", "swept")
    plugins = ("--allow-plugins", "--replications")
    here, there = str(tmp_path / "here"), str(tmp_path / "there")
    assert cli.main([str(run), "--out", here, *QUIET, *plugins, "160"]) == telling.OK
    assert cli.main(["sweep", str(sweep), "--out", here, *QUIET, *plugins, "4"]) == telling.OK
    with machines(tmp_path) as (address, crew):
        remote = [sys.executable, "-m", "wom_sim", "run", str(run), "--out", there, *QUIET,
                  *plugins, "160", "--cluster", address]
        with subprocess.Popen(remote, stderr=subprocess.PIPE, text=True) as process:
            until(lambda: list((tmp_path / "there").glob(".tiny.worlds/*.chunk")))
            assert process.poll() is None
            crew[0].kill()
            _, error = process.communicate(timeout=120)
        assert (process.returncode, error) == (telling.OK, "")
        # In processes of their own: what a client leaves behind ends workers of tests that fork.
        remote = [sys.executable, "-m", "wom_sim", "sweep", str(sweep), "--out", there, *QUIET,
                  *plugins, "4", "--cluster", address]
        subprocess.run(remote, check=True, timeout=120)
        plain = written(tmp_path, name="plain")
        call = [sys.executable, "-c", CALLED, address, str(plain), str(tmp_path / "far.npy")]
        subprocess.run(call, check=True, timeout=120)
    here_weekly = wom_sim.run(wom_sim.load(plain, replications=8)).weekly
    np.testing.assert_array_equal(here_weekly, np.load(tmp_path / "far.npy"))
    assert content(tmp_path / "here") == content(tmp_path / "there")
    assert content(tmp_path / "here", "swept-sweep") == content(tmp_path / "there", "swept-sweep")
    assert b"longest_drought" in content(tmp_path / "there")["summary.csv"]


IMPATIENT = """
import sys

from wom_sim import cli
from wom_sim.study import cluster

cluster.PATIENCE = 1
sys.exit(cli.main(sys.argv[1:]))
"""


def test_no_scheduler_and_no_library_are_one_line(tmp_path: Path, capsys, monkeypatch) -> None:
    scenario, out = written(tmp_path), tmp_path / "out"
    arguments = [str(scenario), "--out", str(out), *QUIET, "--cluster", "tcp://127.0.0.1:9"]
    # In a process of its own, since a client leaves threads behind, and tests after it fork.
    called = subprocess.run([sys.executable, "-c", IMPATIENT, *arguments], capture_output=True,
                            text=True, timeout=60)
    assert called.returncode == telling.USAGE
    assert called.stderr.count("\n") == 1
    assert "no scheduler answers at tcp://127.0.0.1:9" in called.stderr
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert cli.main(arguments) == telling.USAGE
    assert capsys.readouterr().err.splitlines()[0].endswith(
        "--cluster needs Dask; install wom-sim[cluster]")
    assert not list(out.iterdir())


def test_a_worker_with_another_program_is_one_line(tmp_path: Path, capsys, monkeypatch) -> None:
    """What it sends would not be the same bytes; it is not used."""
    def other(scenario: Scenario, key: str, block: Block) -> bytes:
        return pack(Chunk({}, []), key, block).replace(b"rng", b"gnr")

    monkeypatch.setattr(ensemble, "work_block", other)
    out = tmp_path / "out"
    assert cli.main([str(written(tmp_path)), "--out", str(out), *QUIET]) == telling.LOST
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "what a worker sent for worlds 0 to 19 is damaged; all need the same wom_sim" in error
    assert not list(out.iterdir())
