"""NDlib: a diffusion model of one's own, in the shape of its independent cascades.

Idiom: "Implement new models" of its documentation (a subclass of `DiffusionModel` with
`iteration`, statuses and thresholds of edges). Its other one, a composite model of compartments,
is slower.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import networkx
import numpy as np
from ndlib.models.DiffusionModel import DiffusionModel
from ndlib.models.ModelConfig import Configuration

from peers.edges import edges
from wom_sim.market.network import Ties
from wom_sim.study.bench.talk import ENOUGH, OUTSIDE, STRONG, WEAK, Run, clocked


class Talk(DiffusionModel):
    """The infected have adopted, and stay infected; the susceptible wait."""

    def __init__(self, graph: networkx.Graph, seed: int) -> None:
        super().__init__(graph, seed)
        self.name = "Talk of the network"
        self.available_statuses = {"Susceptible": 0, "Infected": 1}
        self.parameters = {
            "model": {}, "nodes": {},
            "edges": {"threshold": {"descr": "chance of a tie", "range": [0, 1],
                                    "optional": False}},
        }

    def iteration(self, node_status: bool = True) -> dict[str, Any]:
        self.clean_initial_status(self.available_statuses.values())
        actual_status = dict(self.status)
        chances = self.params["edges"]["threshold"]
        draw = np.random.random_sample  # of the generator that DiffusionModel seeds
        for u in self.graph.nodes:
            if self.status[u] == 0:
                if draw() < OUTSIDE:
                    actual_status[u] = 1
                continue
            for v in self.graph.neighbors(u):
                if actual_status[v] == 0:
                    key = (u, v)
                    chance = chances[key] if key in chances else chances[v, u]
                    if draw() < chance:
                        actual_status[v] = 1
        delta, node_count, status_delta = self.status_delta(actual_status)
        self.status = actual_status
        self.actual_iteration += 1
        return {"iteration": self.actual_iteration - 1, "status": delta if node_status else {},
                "node_count": node_count, "status_delta": status_delta}


def runs(ties: Ties, seeds: Iterable[int]) -> Iterator[Run]:
    pairs, strong = edges(ties)
    graph, config = networkx.Graph(), Configuration()
    graph.add_nodes_from(range(ties.start.size - 1))
    graph.add_edges_from(pairs.tolist())
    for (u, v), kind in zip(pairs.tolist(), strong.tolist(), strict=True):
        config.add_edge_configuration("threshold", (u, v), STRONG if kind else WEAK)
    for seed in seeds:
        model = Talk(graph, seed)
        config.add_model_initial_configuration("Infected", [])
        model.set_initial_status(config)
        yield clocked(lambda model=model: _weeks(model))


def _weeks(model: Talk) -> int:
    waiting = model.graph.number_of_nodes()
    few = (1 - ENOUGH) * waiting
    while waiting > few:
        waiting = model.iteration(node_status=False)["node_count"][0]
    return model.actual_iteration
