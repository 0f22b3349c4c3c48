"""Who may know whom: generators of graphs by name, and graphs from files."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from wom_sim.scenario.quantities import amount, count, file_name, share
from wom_sim.scenario.registry import networks

if TYPE_CHECKING:
    import networkx as nx


class NetworkError(Exception):
    """A network that cannot be built or read; the message is one line for the user."""


def _uneven_ring(size: int, neighbours: int, rewiring: float) -> tuple[str, str] | None:
    if neighbours % 2:
        return "neighbours", f"must be even, got {neighbours}"
    if neighbours >= size:
        return "neighbours", f"must be below population.size ({size}), got {neighbours}"
    return None


def _too_many_links(size: int, links: int) -> tuple[str, str] | None:
    if links < size:
        return None
    return "links", f"must be below population.size ({size}), got {links}"


def _too_many_degrees(size: int, degrees: list[int]) -> tuple[str, str] | None:
    if max(degrees) < size:
        return None
    return "degrees", f"must be 0 to {size - 1} (below population.size), got {max(degrees)}"


def _refuse(unfit: tuple[str, str] | None) -> None:
    if unfit:
        raise NetworkError(f"population.network.{unfit[0]}: {unfit[1]}")


@networks.register(
    "small_world", unfit=_uneven_ring,
    ties=lambda size, neighbours, rewiring: size * neighbours / 2,
)
def small_world(
    size: int,
    seed: int,
    *,
    neighbours: Annotated[int, count(12, "ties", "ties before rewiring, even", low=2)] = 12,
    rewiring: Annotated[float, share(0.1, "share of ties rewired at random")] = 0.1,
) -> nx.Graph:
    """A ring of neighbours with some ties rewired (Watts & Strogatz 1998)."""
    import networkx as nx

    _refuse(_uneven_ring(size, neighbours, rewiring))
    return nx.watts_strogatz_graph(size, neighbours, rewiring, seed=seed)


@networks.register(
    "scale_free", unfit=_too_many_links, ties=lambda size, links: size * links
)
def scale_free(
    size: int,
    seed: int,
    *,
    links: Annotated[int, count(6, "ties", "ties each newcomer makes", low=1)] = 6,
) -> nx.Graph:
    """Newcomers tie to the well connected (Barabasi & Albert 1999)."""
    import networkx as nx

    _refuse(_too_many_links(size, links))
    return nx.barabasi_albert_graph(size, links, seed=seed)


@networks.register(
    "random", ties=lambda size, mean_degree: size * min(mean_degree, size - 1) / 2
)
def random(
    size: int,
    seed: int,
    *,
    mean_degree: Annotated[float, amount(12.0, "ties", "mean number of ties a person")] = 12.0,
) -> nx.Graph:
    """Every pair is tied with the same chance (Erdos & Renyi 1959)."""
    import networkx as nx

    return nx.fast_gnp_random_graph(size, min(1.0, mean_degree / max(1, size - 1)), seed=seed)


@networks.register(
    "cliques", ties=lambda size, members: size * (min(members, size) - 1) / 2
)
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


@networks.register(
    "degree_sequence", unfit=_too_many_degrees,
    ties=lambda size, degrees: size * sum(degrees) / len(degrees) / 2,
)
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
    _refuse(_too_many_degrees(size, degrees))
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
    path: Annotated[str, file_name("edge list (.csv, .txt) with a tie a line, or .graphml")],
    sha256: Annotated[
        str, Field(description="fingerprint of the file; another file is refused")
    ] = "",
) -> nx.Graph:
    """A network from a file; its people in ascending order of id are numbered from 0."""
    import networkx as nx

    place = Path(path)
    if not place.is_file():
        raise NetworkError(f"population.network.path: {path!r} not found; check the path")
    if sha256 and hashlib.sha256(place.read_bytes()).hexdigest() != sha256:
        raise NetworkError(f"population.network.path: {path!r} changed since it was checked")
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
