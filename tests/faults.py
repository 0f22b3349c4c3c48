"""Runs that are started, stopped and killed from outside, for the tests of faults."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from wom_sim import cli
from wom_sim.study.keeping.chunks import worlds_of
from wom_sim.study.tables import ResultsError

ROOT = Path(__file__).parents[1]
TINY = """
question: Is it quick?
weeks: 12
history_weeks: 2
replications: 60
population: {size: 80, network: {kind: small_world, neighbours: 6}}
trades: {count: 4, need_rate: 20.0}
arms:
  Service only: {}
  Partners:
    effort: {service: 32, partners: 4}
    partners: {group: true}
"""
SWEEP = "sweep: {friends.weak: [0.1, 0.2, 0.3], talk.weak: [0.1, 0.2]}\n"


def written(folder: Path, text: str = TINY, name: str = "tiny") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def command(scenario: Path, out: Path, *options: str, workers: int = 2) -> list[str]:
    swept = ["sweep"] if "sweep:" in scenario.read_text(encoding="utf-8") else ["run"]
    given = [str(scenario), "--out", str(out), "--workers", str(workers), "--no-figures"]
    return [sys.executable, "-m", "wom_sim", *swept, *given, *options]


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A run in a process group of its own, which is gone after the block."""
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                          cwd=ROOT, start_new_session=True) as process:
        try:
            yield process
        finally:
            end_group(process)


def end_group(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def until(condition: Callable[[], object], seconds: float = 60.0) -> float:
    """Wait for a condition; returns how long it took."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, "waited in vain"
        time.sleep(0.005)
    return time.monotonic() - start


def chunks(out: Path, name: str = "tiny") -> list[Path]:
    return sorted((out / f".{name}.worlds").glob("*.chunk"))


def content(out: Path, name: str = "tiny") -> dict[str, bytes]:
    """The results by file, without the manifest, which alone is dated."""
    folder = out / name
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())
            if path.name != "manifest.json"}


def children(process: int) -> list[int]:
    """Processes whose parent is `process`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                after = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(after[1]) == process and after[0] != "Z":
                    found.append(int(entry.name))
    return found


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def forked(arguments: list[str]) -> int:
    """A run in a forked process, the leader of its own group; saves the imports of a new one."""
    process = os.fork()
    # On both sides, so that the group is there whoever comes first.
    os.setpgid(process, process)
    if process:
        return process
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    code = 70
    with contextlib.suppress(BaseException):
        code = cli.main(arguments)
    os._exit(code)


def damage(path: Path, chance: random.Random) -> None:
    """Cut a file short, or turn one of its bits."""
    whole = path.read_bytes()
    if chance.random() < 0.5:
        path.write_bytes(whole[: chance.randrange(len(whole))])
        return
    place = chance.randrange(len(whole))
    turned = whole[place] ^ (1 << chance.randrange(8))
    path.write_bytes(whole[:place] + bytes([turned]) + whole[place + 1 :])


def campaign(folder: Path, kills: int, seed: int) -> None:
    """Kill runs and sweeps at random moments, damage chunks, go on; compare what comes out.

    Prints the kills, the chunks damaged, the runs that came to their end, and the differences.
    """
    chance = random.Random(seed)
    # What this process has imported, those forked from it need not.
    for text in (TINY, TINY + SWEEP):
        first = written(folder, text, "first")
        with contextlib.redirect_stdout(io.StringIO()):
            cli.main([*command(first, folder / "first", "--replications", "1", workers=1)[3:]])
    done = damaged = ended = differing = turn = 0
    seconds: dict[bool, float] = {}
    while done < kills:
        sweep = turn % 2 == 1
        text = TINY.replace("replications: 60", "replications: 8") + SWEEP if sweep else TINY
        scenario = written(folder, text, name := "swept" if sweep else "tiny")
        place = f"{name}-sweep" if sweep else name
        given = command(scenario, folder / "whole")[3:]
        start = time.monotonic()
        if turn < 2:
            assert finished(given) == 0
            seconds[sweep] = time.monotonic() - start
        out = folder / f"out{turn}"
        given = [*command(scenario, out, workers=chance.choice((1, 2)))[3:], "--resume"]
        while done < kills:
            process = forked(given)
            time.sleep(chance.uniform(0, 1.1 * seconds[sweep]))
            if os.waitpid(process, os.WNOHANG) != (0, 0):
                break
            os.killpg(process, signal.SIGKILL)
            os.waitpid(process, 0)
            done += 1
            there = chunks(out, place)
            if there and chance.random() < 0.3:
                damage(chance.choice(there), chance)
                damaged += 1
        ended += finished(given) == 0
        differing += content(out, place) != content(folder / "whole", place)
        turn += 1
    print(f"{done} kills, {damaged} damaged, {turn} runs, {turn - ended} failed,"
          f" {differing} differences")


def finished(arguments: list[str]) -> int:
    """The exit code of a run that nobody disturbs."""
    return os.waitstatus_to_exitcode(os.waitpid(forked(arguments), 0)[1])


def race(folder: Path, rounds: int, runs: int = 6) -> None:
    """Open the worlds of one folder from several processes at once; prints how often two had it."""
    twice = 0
    for _ in range(rounds):
        gate, go = os.pipe()
        crew = [_rival(folder, gate, go) for _ in range(runs)]
        os.close(gate)
        os.close(go)
        codes = [os.waitstatus_to_exitcode(os.waitpid(one, 0)[1]) for one in crew]
        twice += 2 in codes or 0 not in codes
    print(f"{rounds} rounds, {twice} wrong")


def _rival(folder: Path, gate: int, go: int) -> int:
    """A process that ends with 0 where it had the folder alone, 1 in use, 2 with another."""
    process = os.fork()
    if process:
        return process
    os.close(go)
    os.read(gate, 1)
    code, mark = 1, folder / "mark"
    with contextlib.suppress(ResultsError), worlds_of(folder, "x", {}):
        try:
            os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
            code = 0
            time.sleep(0.002)
            mark.unlink()
        except FileExistsError:
            code = 2
    os._exit(code)


def full(folder: Path, *kilobytes: int) -> None:
    """A run on disks of so many kilobytes, and once each is larger; for `unshare --mount`.

    Prints as JSON, for each disk, the exit code, what was said, which files there were, the code
    of going on, and whether then anything differs from `folder / "whole"`.
    """
    print(json.dumps([_filled(folder, folder / f"disk{size}", size) for size in kilobytes]))


def _filled(folder: Path, disk: Path, size: int) -> tuple[int, str, list[str], int, bool]:
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(disk)], check=True)
    given = [*command(folder / "tiny.yaml", disk, "--quiet", workers=1)[3:]]
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        code = cli.main(given)
    files = sorted(path.name for path in disk.rglob("*") if path.is_file())
    subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
    again = cli.main([*given, "--resume"])
    return code, said.getvalue(), files, again, content(disk) != content(folder / "whole")


def greedy(folder: Path, workers: int) -> None:
    """A town of 200,000 where 60 MB are left for it."""
    import resource

    scenario = written(folder, TINY, "little")
    cli.main([*command(scenario, folder / "out", "--replications", "1", workers=1)[3:]])
    status = Path("/proc/self/status").read_text()
    size = int(status.partition("VmSize:")[2].split()[0]) * 1024 + 60 * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    large = written(folder, TINY.replace("size: 80", "size: 200000"), "large")
    sys.exit(cli.main([*command(large, folder / "out", "--quiet", workers=workers)[3:]]))


if __name__ == "__main__":
    {"campaign": campaign, "race": race, "full": full, "greedy": greedy}[sys.argv[1]](
        Path(sys.argv[2]), *map(int, sys.argv[3:]))
