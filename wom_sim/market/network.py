"""Who knows whom: NetworkX generators and files, turned into ties as compressed rows."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wom_sim.market.chance import NETWORK, TIE, draw, draw2
from wom_sim.market.compiled import compiled
from wom_sim.scenario.parameters.population import Ties as TieParameters
from wom_sim.scenario.quantities import amount, count, share
from wom_sim.scenario.registry import networks

if TYPE_CHECKING:
    import networkx as nx

Edges = NDArray[np.int64]


class NetworkError(Exception):
    """A network that cannot be built or read; the message is one line for the user."""


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


@networks.register("small_world")
def small_world(
    size: int,
    seed: int,
    *,
    neighbours: Annotated[int, count(12, "ties", "ties before rewiring, even", low=2)] = 12,
    rewiring: Annotated[float, share(0.1, "share of ties rewired at random")] = 0.1,
) -> nx.Graph:
    """A ring of neighbours with some ties rewired (Watts & Strogatz 1998)."""
    import networkx as nx

    if neighbours % 2:
        raise NetworkError(f"population.network.neighbours: must be even, got {neighbours}")
    if neighbours >= size:
        raise NetworkError(
            f"population.network.neighbours: must be below population.size ({size}),"
            f" got {neighbours}"
        )
    return nx.watts_strogatz_graph(size, neighbours, rewiring, seed=seed)


@networks.register("scale_free")
def scale_free(
    size: int,
    seed: int,
    *,
    links: Annotated[int, count(6, "ties", "ties each newcomer makes", low=1)] = 6,
) -> nx.Graph:
    """Newcomers tie to the well connected (Barabasi & Albert 1999)."""
    import networkx as nx

    if links >= size:
        raise NetworkError(
            f"population.network.links: must be below population.size ({size}), got {links}"
        )
    return nx.barabasi_albert_graph(size, links, seed=seed)


@networks.register("random")
def random(
    size: int,
    seed: int,
    *,
    mean_degree: Annotated[float, amount(12.0, "ties", "mean number of ties a person")] = 12.0,
) -> nx.Graph:
    """Every pair is tied with the same chance (Erdos & Renyi 1959)."""
    import networkx as nx

    return nx.fast_gnp_random_graph(size, min(1.0, mean_degree / max(1, size - 1)), seed=seed)


@networks.register("cliques")
def cliques(
    size: int,
    seed: int,
    *,
    members: Annotated[int, count(9, "people", "people in a clique", low=1)] = 9,
) -> nx.Graph:
    """Closed circles: everybody knows everybody inside (Goldenberg et al. 2007)."""
    import networkx as nx

    graph = nx.empty_graph(size)
    for first in range(0, size, members):
        inside = range(first, min(first + members, size))
        graph.add_edges_from((a, b) for a in inside for b in inside if a < b)
    return graph


@networks.register("degree_sequence")
def degree_sequence(
    size: int,
    seed: int,
    *,
    degrees: Annotated[
        list[Annotated[int, Field(ge=0)]],
        Field(min_length=1, description="ties of each person, repeated over the population"),
    ] = [8, 12, 16],  # noqa: B006 - a plug's default is read, never changed
) -> nx.Graph:
    """Random ties with given numbers of ties (Molloy & Reed 1995), loops and doubles dropped."""
    import networkx as nx

    wanted = [degrees[n % len(degrees)] for n in range(size)]
    if min(wanted) < 0 or max(wanted) >= size:
        raise NetworkError(
            f"population.network.degrees: must be 0 to {size - 1} (below population.size)"
        )
    if sum(wanted) % 2:
        wanted[-1] += 1 if wanted[-1] + 1 < size else -1
    graph = nx.Graph(nx.configuration_model(wanted, seed=seed))
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    return graph


@networks.register("file")
def file(
    size: int,
    seed: int,
    *,
    path: Annotated[
        str, Field(description="edge list (.csv, .txt) or .graphml, one tie a line")
    ],
) -> nx.Graph:
    """A network from a file; its people in ascending order of id are numbered from 0."""
    import networkx as nx

    place = Path(path)
    if not place.is_file():
        raise NetworkError(f"population.network.path: {path!r} not found; check the path")
    graph = nx.Graph(nx.read_graphml(place)) if place.suffix == ".graphml" else _edge_list(place)
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    if len(graph) != size:
        raise NetworkError(
            f"population.network.path: {path!r} holds {len(graph)} people;"
            f" write population.size: {len(graph)}"
        )
    return nx.convert_node_labels_to_integers(_in_order(graph))


def _edge_list(place: Path) -> nx.Graph:
    import networkx as nx

    graph = nx.Graph()
    text = place.read_text(encoding="utf-8-sig")
    rows = csv.reader(text.replace("\t", " ").replace(" ", ",").splitlines())
    for line, row in enumerate(rows, start=1):
        cells = [cell for cell in row if cell]
        if not cells or cells[0].startswith("#") or (line == 1 and not cells[0].isdigit()):
            continue
        if len(cells) < 2:
            raise NetworkError(f"{place.name}:{line}: a tie needs two ids, got {row!r}")
        graph.add_edge(cells[0], cells[1])
    return graph


def _in_order(graph: nx.Graph) -> nx.Graph:
    """The same graph with nodes in ascending order, numbers before text."""
    import networkx as nx

    def rank(node: object) -> tuple[int, int, str]:
        text = str(node)
        return (0, int(text), "") if text.isdigit() else (1, 0, text)

    ordered = nx.Graph()
    ordered.add_nodes_from(sorted(graph.nodes, key=rank))
    ordered.add_edges_from(graph.edges)
    return ordered


def edges_of(spec: Mapping[str, Any], size: int, key: np.uint64, folder: str = "") -> Edges:
    """Sorted undirected ties (lower id, higher id), shape (ties, 2), of the network `spec`.

    A file is looked for from `folder` on. Raises NetworkError where the network cannot be built.
    """
    if "path" in spec:
        spec = {**spec, "path": str(Path(folder) / spec["path"])}
    seed = int(draw(key, 0, 0, 0, NETWORK, 0, 0) * 2**32)
    graph = networks.call(spec, size, seed)
    rows, friends, degrees = [], [], []
    for person, known in graph.adjacency():
        rows.append(person)
        degrees.append(len(known))
        friends.extend(known)
    pairs = np.column_stack((np.repeat(rows, degrees), np.array(friends, np.int64)))
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))].astype(np.int64)


def digest(edges: Edges) -> str:
    """SHA-256 of the sorted ties, the fingerprint that the manifest keeps."""
    return hashlib.sha256(np.ascontiguousarray(edges, dtype="<i8").tobytes()).hexdigest()


def _traits(
    key: np.uint64, edges: Edges, strong_share: float, circles: int
) -> tuple[NDArray[np.bool_], NDArray[np.uint8]]:
    """Strength by chance and circle of every tie, shapes (ties,)."""
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
    """The ties of a population, each strong or weak and in one circle."""
    strong, circle = traits(key, edges, parameters.strong_share, parameters.circles)
    if parameters.strong_by == "shared_neighbours":
        start, _, friend, _ = rows(size, edges, np.ones(len(edges), np.bool_), circle)
        strong = shared(edges, start, friend) >= parameters.shared_neighbours
    return Ties(*rows(size, edges, strong, circle))
