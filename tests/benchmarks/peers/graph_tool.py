"""graph-tool: run by the interpreter that has it, since it is no package of PyPI's.

Debian's `python3-graph-tool` belongs to the system's interpreter. That of this process may see it
too; otherwise a child of another does the work (`graph_tool_child.py`) and times it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from peers.edges import edges
from wom_sim.market.network import Ties
from wom_sim.study.bench.talk import ENOUGH, OUTSIDE, STRONG, WEAK, Run

CHILD = Path(__file__).with_name("graph_tool_child.py")
ASKED = "import graph_tool, numpy; print(graph_tool.__version__)"
# -I, isolated: else the folder of the child, where a file is called graph_tool, would be searched.


class Interpreter(NamedTuple):
    """A Python that has graph-tool, and its version."""

    path: str
    version: str


@cache
def interpreter() -> Interpreter | None:
    """The first of this, the base and the system's interpreters that can import graph-tool."""
    base = getattr(sys, "_base_executable", sys.executable)
    system = shutil.which("python3", path="/usr/bin")
    for path in dict.fromkeys(path for path in (sys.executable, base, system) if path):
        told = subprocess.run([path, "-I", "-c", ASKED], capture_output=True, text=True,
                              check=False)
        if told.returncode == 0:
            return Interpreter(path, told.stdout.split()[0])
    return None


def runs(path: str, threads: int, ties: Ties, seeds: Iterable[int]) -> Iterator[Run]:
    pairs, strong = edges(ties)
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "pairs.npy", pairs)
        np.save(Path(folder) / "chances.npy", np.where(strong, STRONG, WEAK))
        given = (folder, ties.start.size - 1, threads, OUTSIDE, ENOUGH)
        command = [path, "-I", str(CHILD), *map(str, given)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True, bufsize=1) as child:
            assert child.stdin
            assert child.stdout
            for seed in seeds:
                child.stdin.write(f"{seed}\n")
                told = child.stdout.readline().split()
                if len(told) != 2:
                    raise RuntimeError("graph-tool's process ended before it told its seconds")
                yield Run(float(told[0]), float(told[1]))
