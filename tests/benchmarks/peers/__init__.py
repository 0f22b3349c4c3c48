"""Agent and network tools of others: one file each, written as their own documentation would.

Each has `runs(ties, seeds)` as `wom_sim.study.bench.talk.Means` wants it. As in the examples of
these tools, every adopter tries each tie that still waits, every week. Telling each tie once, and
adding up what was heard, gives the same law with less work; but that is an algorithm for this model
alone, as the kernels and the plain Python of `talk_of_the_network.py` are, and no tool's idiom.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec

import numpy as np

from peers import graph_tool
from wom_sim.market.network import Ties
from wom_sim.study.bench.talk import Means, Run

TOOLS = {"mesa": "Mesa", "agentpy": "AgentPy", "ndlib": "NDlib", "EoN": "EoN",
         "starsim": "Starsim"}
"""Packages of the extra `peers`, each run by the file of its name here, and what they are called.
"""

DIFFERS = {"EoN": "runs the model in continuous time, for which it is made: whoever adopts talks"
                  " at once, not from the next week on, so that 95 % come about three weeks sooner"}


def installed() -> tuple[tuple[Means, ...], tuple[str, ...]]:
    """The tools that are at hand, and a sentence on those that are not."""
    found = [Means(f"{name} {version(package)}", partial(runs_of, package), True,
                   DIFFERS.get(package, ""))
             for package, name in TOOLS.items() if find_spec(package)]
    missing = [name for package, name in TOOLS.items() if not find_spec(package)]
    notes = [f"Left out, as not installed: {', '.join(missing)} (pip install 'wom-sim[peers]')."
             ] if missing else []
    own = graph_tool.interpreter()
    if own is None:
        notes.append("Left out, as not installed: graph-tool (Debian's python3-graph-tool).")
        return tuple(found), tuple(notes)
    for threads, words in ((1, "1 thread"), (2, "2 threads")):
        name = f"graph-tool {own.version}, {words}"
        found.append(Means(name, partial(graph_tool.runs, own.path, threads), True))
    return tuple(found), tuple(notes)


def runs_of(package: str, ties: Ties, seeds: Iterable[int]) -> Iterator[Run]:
    """The runs of one tool, which is imported now."""
    printing = np.get_printoptions()
    runs: Callable[[Ties, Iterable[int]], Iterator[Run]] = importlib.import_module(
        f"peers.{package.lower()}").runs
    np.set_printoptions(**printing)  # which Starsim sets to those of an older NumPy
    return runs(ties, seeds)
