"""Who knows whom, as ties, strong and weak, in compressed rows; and who can refer to whom."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.chance import NETWORK, TIE, draw, draw2
from wom_sim.market.compiled import compiled
from wom_sim.market.graphs import NetworkError
from wom_sim.scenario.parameters.population import Ties as TieParameters
from wom_sim.scenario.registry import PEOPLE, PROFESSIONALS, Place, networks

Edges = NDArray[np.int64]

SEED = {PEOPLE: 0, PROFESSIONALS: 1}
"""Which of the two networks a seed is for: `whom` of its address."""


class Ties(NamedTuple):
    """Social ties in compressed rows, strong ties first, ascending ids within each kind.

    start: (N + 1,) first place of each person's row; weak: (N,) first place of a weak tie;
    friend: (ties,) the other person; circle: (ties,) circle of the tie, from 0.
    Each tie stands in the rows of both its people.
    """

    start: NDArray[np.int64]
    weak: NDArray[np.int64]
    friend: NDArray[np.int32]
    circle: NDArray[np.uint8]


def edges_of(spec: Mapping[str, Any], size: int, key: np.uint64, folder: str = "") -> Edges:
    """Sorted undirected ties (lower id, higher id), shape (ties, 2), of the network `spec`.

    A file is looked for from `folder` on. Raises NetworkError where the network cannot be built.
    """
    return _edges(PEOPLE, spec, size, key, folder)


def may_refer(
    spec: Mapping[str, Any], trades: int, key: np.uint64, folder: str = ""
) -> NDArray[np.bool_]:
    """Which businesses can refer to which, (K, K): row refers, column is referred.

    Ties from a file or in a directed graph have a direction, all others go both ways. The complete
    network is not built and draws nothing. A file is looked for from `folder` on. Raises
    NetworkError.

        may(i, j) = 1 where population.professionals lets i refer to j, else 0
        sphere(i, j) := sphere(i, j) * may(i, j)
    """
    if spec["kind"] == "complete":
        return np.ones((trades, trades), np.bool_)
    may = np.zeros((trades, trades), np.bool_)
    directed = networks[spec["kind"]].facts.get("directed")
    if directed is None:
        ties = _named(_graph(PROFESSIONALS, spec, trades, key, folder))
    else:
        with _at(PROFESSIONALS):
            ties = directed(trades, str(Path(folder) / spec["path"]), spec.get("sha256", ""))
    for i, j in ties:
        may[i, j] = True
    return may


@contextmanager
def _at(place: Place) -> Iterator[None]:
    """Name the parameter at fault in what a network says of itself."""
    try:
        yield
    except NetworkError as error:
        raise NetworkError(place.worded(f"{place.name}: {error}")) from None


def _edges(
    place: Place, spec: Mapping[str, Any], size: int, key: np.uint64, folder: str
) -> Edges:
    """The ties of the network `spec` at `place`, as `edges_of` answers them."""
    graph = _graph(place, spec, size, key, folder)
    pairs = graph if isinstance(graph, np.ndarray) else _pairs(graph)
    low, high = pairs.min(axis=1, initial=size), pairs.max(axis=1, initial=0)
    codes = np.sort(low * size + high)
    return np.column_stack((codes // size, codes % size))


def _graph(
    place: Place, spec: Mapping[str, Any], size: int, key: np.uint64, folder: str
) -> Any:
    """The network `spec` at `place`: a NetworkX graph, or ties as of a large one.

        ties = network(size, seed), the seed drawn once for each replication
    """
    if "path" in spec:
        spec = {**spec, "path": str(Path(folder) / spec["path"])}
    seed = int(draw(key, 0, SEED[place], 0, NETWORK, 0, 0) * 2**32)
    with _at(place):
        graph = networks.call(spec, size, seed)
    plug = networks[spec["kind"]]
    if plug.file and (not hasattr(graph, "adjacency") or set(graph) != set(range(size))):
        raise plug.refuse(f"must answer a NetworkX graph of the people 0 to {size - 1}")
    return graph


def _named(graph: Any) -> Edges:
    """Whom everybody is tied to, (ties, 2), none to oneself; both ways without direction."""
    if isinstance(graph, np.ndarray):
        return np.concatenate((graph, graph[:, ::-1]))
    rows, friends, degrees = [], [], []
    for person, known in graph.adjacency():
        rows.append(person)
        degrees.append(len(known))
        friends.extend(known)
    pairs = np.column_stack((np.repeat(rows, degrees), np.array(friends, np.int64)))
    return pairs[pairs[:, 0] != pairs[:, 1]].astype(np.int64)


def _pairs(graph: Any) -> Edges:
    """The ties of a NetworkX graph whatever their direction, each once, in any order."""
    named = _named(graph)
    if graph.is_directed():
        return np.unique(np.sort(named, axis=1), axis=0)
    return named[named[:, 0] < named[:, 1]]


def digest(edges: Edges) -> str:
    """SHA-256 of the sorted ties, the fingerprint that the manifest keeps."""
    return hashlib.sha256(np.ascontiguousarray(edges, dtype="<i8").tobytes()).hexdigest()


def _traits(
    key: np.uint64, edges: Edges, strong_share: float, circles: int
) -> tuple[NDArray[np.bool_], NDArray[np.uint8]]:
    """Strength by chance and circle of every tie, shapes (ties,).

        P(strong) = strong_share;   circle = floor(circles * u), all equally likely
    """
    strong = np.empty(len(edges), np.bool_)
    circle = np.empty(len(edges), np.uint8)
    for n in range(len(edges)):
        u, v = draw2(key, edges[n, 0], edges[n, 1], 0, TIE, 0, 0)
        strong[n] = u < strong_share
        circle[n] = int(v * circles)
    return strong, circle


traits = compiled(_traits)


def _rows(
    size: int, edges: Edges, strong: NDArray[np.bool_], circle: NDArray[np.uint8]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8]]:
    """Compressed rows of sorted ties: strong ones first, ascending ids within each kind."""
    start = np.zeros(size + 1, np.int64)
    weak = np.zeros(size, np.int64)
    for n in range(len(edges)):
        for side in range(2):
            start[edges[n, side] + 1] += 1
            if strong[n]:
                weak[edges[n, side]] += 1
    for person in range(size):
        start[person + 1] += start[person]
        weak[person] += start[person]
    friend = np.empty(start[size], np.int32)
    circles = np.empty(start[size], np.uint8)
    next_strong, next_weak = start[:-1].copy(), weak.copy()
    for side in range(1, -1, -1):
        for n in range(len(edges)):
            person = edges[n, side]
            place = next_strong[person] if strong[n] else next_weak[person]
            friend[place] = edges[n, 1 - side]
            circles[place] = circle[n]
            if strong[n]:
                next_strong[person] += 1
            else:
                next_weak[person] += 1
    return start, weak, friend, circles


rows = compiled(_rows)


def _shared(edges: Edges, start: NDArray[np.int64], friend: NDArray[np.int32]) -> Edges:
    """Neighbours that the two people of each tie have in common; rows must ascend."""
    common = np.zeros(len(edges), np.int64)
    for n in range(len(edges)):
        a, b = start[edges[n, 0]], start[edges[n, 1]]
        end_a, end_b = start[edges[n, 0] + 1], start[edges[n, 1] + 1]
        while a < end_a and b < end_b:
            if friend[a] == friend[b]:
                common[n] += 1
                a += 1
                b += 1
            elif friend[a] < friend[b]:
                a += 1
            else:
                b += 1
    return common


shared = compiled(_shared)


def ties_of(edges: Edges, size: int, parameters: TieParameters, key: np.uint64) -> Ties:
    """The ties of a population, each strong or weak and in one circle.

        strong_by share:             strong with chance strong_share
        strong_by shared_neighbours: strong with >= shared_neighbours in common;
                                     strong_share is not used
    """
    strong, circle = traits(key, edges, parameters.strong_share, parameters.circles)
    if parameters.strong_by == "shared_neighbours":
        start, _, friend, _ = rows(size, edges, np.ones(len(edges), np.bool_), circle)
        strong = shared(edges, start, friend) >= parameters.shared_neighbours
    return Ties(*rows(size, edges, strong, circle))
