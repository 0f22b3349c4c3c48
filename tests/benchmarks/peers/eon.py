"""EoN: `fast_SIR` without recovery, the event-driven epidemic in continuous time that it is for.

EoN has no weeks in which an infected node stays infectious (`discrete_SIR` lets it recover after
one), so hazards take the place of weekly chances; advertising is a node tied to everybody, who
has adopted from the beginning. All are infected in the end: it cannot stop at 95 %.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import ceil, log1p

import EoN
import networkx
import numpy as np

from peers.edges import edges
from wom_sim.market.network import Ties
from wom_sim.study.bench.talk import ENOUGH, OUTSIDE, STRONG, WEAK, Run, clocked

ADVERTISING = -1


def runs(ties: Ties, seeds: Iterable[int]) -> Iterator[Run]:
    network = _network(ties)
    for seed in seeds:
        rng = np.random.default_rng(seed)
        yield clocked(lambda rng=rng: _weeks(network, rng))


def _network(ties: Ties) -> networkx.Graph:
    pairs, strong = edges(ties)
    found, size = networkx.Graph(), ties.start.size - 1
    for chance, kind in ((STRONG, strong), (WEAK, ~strong)):
        found.add_edges_from(pairs[kind].tolist(), hazard=-log1p(-chance))
    found.add_edges_from(((ADVERTISING, p) for p in range(size)), hazard=-log1p(-OUTSIDE))
    return found


def _weeks(network: networkx.Graph, rng: np.random.Generator) -> float:
    times, _, adopted, _ = EoN.fast_SIR(
        network, 1.0, 0.0, initial_infecteds=[ADVERTISING], transmission_weight="hazard", rng=rng)
    people = network.number_of_nodes() - 1
    # The node that advertises is counted among the infected.
    return float(times[np.searchsorted(adopted, ceil(ENOUGH * people) + 1)])
