"""The talk of the network by graph-tool; for each seed that is asked for: seconds and weeks.

Idiom: the example of `SIState` in its documentation, with the chance of each edge as a property
and advertising as spontaneous infection; the law in its notes is that of the model. It imports
nothing of this project, since the interpreter that has graph-tool may not have it.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import graph_tool
import numpy as np
from graph_tool import dynamics


def main() -> None:
    folder, size, threads, outside, enough = sys.argv[1:]
    if graph_tool.openmp_enabled():
        graph_tool.openmp_set_num_threads(int(threads))
    pairs, chances = (np.load(Path(folder) / name) for name in ("pairs.npy", "chances.npy"))
    graph = graph_tool.Graph(directed=False)
    graph.add_vertex(int(size))
    graph.add_edge_list(pairs)
    beta = graph.new_edge_property("double", vals=chances)
    for line in sys.stdin:
        graph_tool.seed_rng(int(line))
        nobody = graph.new_vertex_property("int32_t")
        state = dynamics.SIState(graph, beta=beta, r=float(outside), s=nobody)
        before, adopted, weeks = time.perf_counter(), 0, 0
        while adopted < float(enough) * int(size):
            adopted += state.iterate_sync()
            weeks += 1
        print(time.perf_counter() - before, weeks, flush=True)


main()
