"""Time whole runs of the main scenario: wall, CPU and peak memory of the process tree.

    python tests/benchmarks/whole_runs.py

Prints one line a run: 100 replications; 10 from an empty compile cache; 10 with a warm one;
and the commands that are to answer at once. Linux only (memory is read from /proc). Figures are
medians of `--runs` runs, but for the cold one, which is run once.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCENARIO = "scenarios/customers_or_partners.yaml"


def tree(process: int) -> list[int]:
    """A process and all below it."""
    found, waiting = [], [process]
    while waiting:
        one = waiting.pop()
        found.append(one)
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            waiting += [int(child) for child in task.read_text().split()]
    return found


def memory(process: int) -> int:
    """Proportional memory of a process tree in bytes; what has just ended counts as nothing."""
    total = 0
    for one in tree(process):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def measure(arguments: list[str], cache: Path) -> tuple[float, float, int]:
    """Wall seconds, CPU seconds and peak bytes of one run of `python -m wom_sim`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    start, peak = time.perf_counter(), 0
    with subprocess.Popen(
        [sys.executable, "-m", "wom_sim", *arguments], cwd=ROOT, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None:
            try:
                peak = max(peak, memory(process.pid))
            except OSError:
                continue
            time.sleep(0.2)
    if process.returncode:
        raise SystemExit(f"wom_sim {' '.join(arguments)} failed with {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, cpu, peak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as scratch:
        cache, out = Path(scratch) / "cache", ["--out", scratch]
        print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")
        print("run                               wall s   CPU s   peak MB")
        for name, times, arguments in (
            ("10 replications, cold cache", 1, [SCENARIO, "--replications", "10", *out]),
            ("10 replications, warm cache", runs, [SCENARIO, "--replications", "10", *out]),
            ("100 replications", runs, [SCENARIO, *out]),
            ("--help", runs, ["--help"]),
            ("list", runs, ["list"]),
            ("check", runs, ["check", SCENARIO]),
            ("explain", runs, ["explain"]),
            ("explain SCENARIO", runs, ["explain", SCENARIO]),
        ):
            found = [measure(arguments, cache) for _ in range(times)]
            wall, cpu, peak = (statistics.median(column) for column in zip(*found, strict=True))
            print(f"{name:32} {wall:7.2f} {cpu:7.2f} {peak / 1e6:9.0f}", flush=True)


if __name__ == "__main__":
    main()
