"""Who may know whom: generators of graphs by name, and graphs from files."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import Field

from wom_sim.scenario.quantities import amount, count, file_name, share
from wom_sim.scenario.registry import SIZE, networks

if TYPE_CHECKING:
    import networkx as nx

    from wom_sim.market.large import Edges

LARGE = 50_000
"""People from whom on `large` grows a network; NetworkX takes minutes for a million."""


class NetworkError(ValueError):
    """A network that cannot be built or read; the message is one line for the user."""


def _uneven_ring(size: int, neighbours: int, rewiring: float) -> tuple[str, str] | None:
    if neighbours % 2:
        return "neighbours", f"must be even, got {neighbours}"
    if neighbours >= size:
        return "neighbours", f"must be below {SIZE} ({size}), got {neighbours}"
    return None


def _too_many_links(size: int, links: int) -> tuple[str, str] | None:
    if links < size:
        return None
    return "links", f"must be below {SIZE} ({size}), got {links}"


def _too_many_degrees(size: int, degrees: list[int]) -> tuple[str, str] | None:
    if max(degrees) < size:
        return None
    return "degrees", f"must be 0 to {size - 1} (below {SIZE}), got {max(degrees)}"


def _ties_in_cliques(size: int, members: int) -> float:
    whole, rest = divmod(size, members)
    return (whole * members * (members - 1) + rest * (rest - 1)) / 2


def _refuse(unfit: tuple[str, str] | None) -> None:
    if unfit:
        raise NetworkError(f"{unfit[0]}: {unfit[1].replace(SIZE, 'size')}")


@networks.register(
    "small_world", unfit=_uneven_ring,
    ties=lambda size, neighbours, rewiring: size * neighbours / 2, grown_from=LARGE,
)
def small_world(
    size: int,
    seed: int,
    *,
    neighbours: Annotated[int, count(12, "ties", "ties before rewiring, even", low=2)] = 12,
    rewiring: Annotated[float, share(0.1, "share of ties rewired at random")] = 0.1,
) -> nx.Graph | Edges:
    """A ring of neighbours with some ties rewired (Watts & Strogatz 1998).

    Like a town: most of one's friends know each other, and a few ties lead far away.
    """
    import networkx as nx

    _refuse(_uneven_ring(size, neighbours, rewiring))
    if size >= LARGE:
        from wom_sim.market import large

        return large.small_world(size, seed, neighbours, rewiring)
    return nx.watts_strogatz_graph(size, neighbours, rewiring, seed=seed)


@networks.register(
    "scale_free", unfit=_too_many_links, ties=lambda size, links: size * links, grown_from=LARGE,
)
def scale_free(
    size: int,
    seed: int,
    *,
    links: Annotated[int, count(6, "ties", "ties each newcomer makes", low=1)] = 6,
) -> nx.Graph | Edges:
    """Newcomers tie to the well connected (Barabasi & Albert 1999).

    Like a city or a social medium: a few people know very many, friends seldom know each other.
    """
    import networkx as nx

    _refuse(_too_many_links(size, links))
    if size >= LARGE:
        from wom_sim.market import large

        return large.scale_free(size, seed, links)
    return nx.barabasi_albert_graph(size, links, seed=seed)


@networks.register(
    "random", ties=lambda size, mean_degree: size * min(mean_degree, size - 1) / 2,
    grown_from=LARGE,
)
def random(
    size: int,
    seed: int,
    *,
    mean_degree: Annotated[float, amount(12.0, "ties", "mean number of ties a person")] = 12.0,
) -> nx.Graph | Edges:
    """Every pair is tied with the same chance (Erdos & Renyi 1959).

    Like no real place: hardly any two friends know each other; a yardstick for the others.
    """
    import networkx as nx

    chance = min(1.0, mean_degree / max(1, size - 1))
    if size >= LARGE and chance < 1.0:
        from wom_sim.market import large

        return large.random(size, seed, chance)
    return nx.fast_gnp_random_graph(size, chance, seed=seed)


@networks.register("complete", ties=lambda size: size * (size - 1) / 2)
def complete(size: int, seed: int) -> nx.Graph:
    """Everybody knows everybody, as in models without a network (Bass 1969).

    Like a village, or a firm: only for a few hundred people, who must be asked in one week.
    """
    import networkx as nx

    return nx.complete_graph(size)


@networks.register("cliques", ties=_ties_in_cliques, grown_from=LARGE)
def cliques(
    size: int,
    seed: int,
    *,
    members: Annotated[int, count(9, "people", "people in a clique", low=1)] = 9,
) -> nx.Graph | Edges:
    """Closed circles: everybody knows everybody inside (Goldenberg et al. 2007).

    Like villages without roads: nobody knows anybody outside, so no story leaves a circle.
    """
    import networkx as nx

    if size >= LARGE:
        from wom_sim.market import large

        return large.cliques(size, members)
    graph = nx.empty_graph(size)
    for first in range(0, size, members):
        inside = range(first, min(first + members, size))
        graph.add_edges_from((a, b) for a in inside for b in inside if a < b)
    return graph


@networks.register(
    "degree_sequence", unfit=_too_many_degrees,
    ties=lambda size, degrees: size * sum(degrees) / len(degrees) / 2, grown_from=LARGE,
)
def degree_sequence(
    size: int,
    seed: int,
    *,
    degrees: Annotated[
        list[Annotated[int, Field(ge=0)]],
        Field(min_length=1, description="ties of each person, repeated over the population"),
    ] = [8, 12, 16],  # noqa: B006 - a plug's default is read, never changed
) -> nx.Graph | Edges:
    """Random ties with given numbers of ties (Molloy & Reed 1995), loops and doubles dropped.

    Like `random`, but who has many ties and who few is as given.
    """
    import networkx as nx

    wanted = [degrees[n % len(degrees)] for n in range(size)]
    _refuse(_too_many_degrees(size, degrees))
    if sum(wanted) % 2:
        wanted[-1] += 1 if wanted[-1] + 1 < size else -1
    if size >= LARGE:
        from wom_sim.market import large

        return large.degree_sequence(seed, wanted)
    graph = nx.Graph(nx.configuration_model(wanted, seed=seed))
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    return graph


class Read(NamedTuple):
    """A file of ties: its people in the order in which they first appear, ties as (from, to)."""

    people: list[str]
    ties: list[tuple[str, str]]


def _among_the_first(size: int, path: str, sha256: str) -> list[tuple[int, int]]:
    """Directed ties (from, to) of the first `size` people of a file, numbered in its order."""
    read = _opened(path, sha256)
    if len(read.people) < size:
        raise NetworkError(f"{path!r} holds {len(read.people)} people, fewer than {size}")
    number = {name: place for place, name in enumerate(read.people[:size])}
    return [(number[a], number[b]) for a, b in read.ties if a in number and b in number]


@networks.register(
    "file", people=lambda place: len(_read(place).people), directed=_among_the_first
)
def file(
    size: int,
    seed: int,
    *,
    path: Annotated[str, file_name("edge list (.csv, .txt) with a tie a line, or .graphml")],
    sha256: Annotated[
        str, Field(description="fingerprint of the file; another file is refused")
    ] = "",
) -> nx.Graph:
    """A network from a file; its people in ascending order of id are numbered from 0.

    A path that ends in .graphml is read as GraphML, any other as an edge list in UTF-8: one tie a
    line, two ids between commas, blanks or tabs (no semicolons); what follows them is ignored.
    Ids are whole numbers or text without blanks and commas, numbers come before text. The
    first line is taken for a header, and skipped, if it does not begin with a whole number and
    neither of its words is an id further down. Empty lines and lines that begin with # are skipped.
    Ties have no direction, doubles count once, a tie of a person to itself is dropped; but its
    person stays, which is how somebody without ties is written. The number of different ids
    must be population.size.

    As population.professionals a tie has a direction: the first can refer to the second, and the
    second to the first only where that tie stands there too (GraphML without directions is read
    both ways). The people are the trades 0, 1, 2 and so on in the order in which they first
    appear in the file, in GraphML that of its nodes; those beyond trades.count are ignored.

        from,to
        anna,ben
        ben,carl
    """
    import networkx as nx

    read = _opened(path, sha256)
    people = {name: number for number, name in enumerate(sorted(read.people, key=_rank))}
    if len(people) != size:
        raise NetworkError(f"{path!r} holds {len(people)} people")
    graph = nx.empty_graph(size)
    graph.add_edges_from((people[a], people[b]) for a, b in read.ties if a != b)
    return graph


def _opened(path: str, sha256: str) -> Read:
    """What the file at `path` holds; NetworkError where it is gone or not the one checked."""
    place = Path(path)
    if not place.is_file():
        raise NetworkError(f"{path!r} not found; check the path")
    if sha256 and hashlib.sha256(place.read_bytes()).hexdigest() != sha256:
        raise NetworkError(f"{path!r} changed since it was checked")
    return _read(place)


def _people(ties: list[tuple[str, str]]) -> list[str]:
    return list(dict.fromkeys(name for tie in ties for name in tie))


def _rank(name: str) -> tuple[int, int, str]:
    return (0, int(name), "") if name.isdecimal() else (1, 0, name)


def _read(place: Path) -> Read:
    """What a file holds; raises NetworkError with the line at fault."""
    if place.suffix == ".graphml":
        return _graphml(place)
    ties = _edge_list(place)
    return Read(_people(ties), ties)


def _edge_list(place: Path) -> list[tuple[str, str]]:
    try:
        text = place.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise NetworkError(f"{place.name} is not UTF-8 text") from None
    ties: list[tuple[str, str]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        row = _row(line, f"{place.name}:{number}")
        cells = [cell for cell in row if cell]
        if not cells or cells[0].startswith("#"):
            continue
        if len(cells) < 2 or ";" in cells[0]:
            raise NetworkError(f"{place.name}:{number}: a tie is two ids and a comma, got {row!r}")
        ties.append((cells[0], cells[1]))
    header = ties[:1] and not ties[0][0].isdecimal() and not {*ties[0]} & {*_people(ties[1:])}
    return ties[1:] if header else ties


def _row(line: str, place: str) -> list[str]:
    """The cells of a line, which a quote cannot reach beyond; none of a comment."""
    if line.lstrip().startswith("#"):
        return []
    try:
        return next(csv.reader([line.replace("\t", " ").replace(" ", ",")], strict=True))
    except csv.Error:
        long = len(line) > csv.field_size_limit()
        problem = "the line is too long" if long else "a quote does not close its cell"
        raise NetworkError(f"{place}: {problem}") from None


def _graphml(place: Path) -> Read:
    import networkx as nx

    try:
        graph = nx.read_graphml(place)
    except (nx.NetworkXError, SyntaxError, KeyError, ValueError) as error:
        raise NetworkError(f"{place.name} is not GraphML ({error})") from None
    ties = [(str(edge[0]), str(edge[1])) for edge in graph.edges]
    back = [] if graph.is_directed() else [(b, a) for a, b in ties]
    return Read([str(node) for node in graph.nodes], ties + back)
