"""Networks of very many people in arrays, by the same laws as NetworkX's generators.

Every draw has an address (who, a number, an attempt) under the network's seed as its key, so that
it shares nothing with the decisions of `chance.ADDRESSES`. Ties are (ties, 2) arrays of two ids
each, in any order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.chance import draw, draw2, draws
from wom_sim.market.compiled import compiled

GROWTH = 0
"""The one stream under a network's own key."""

Edges = NDArray[np.int64]

FREE, GONE = -1, -2
"""Places of a table of ties that hold none: never used, or no longer."""


def table_of(ties: int) -> NDArray[np.int64]:
    """An empty table with room for `ties` ties, at most half full."""
    return np.full(1 << max(4, int(2 * ties).bit_length()), FREE, np.int64)


def _place_of(table: NDArray[np.int64], tie: int) -> int:
    """Where `tie` stands in the table, or else the first place where it could."""
    mask = table.size - 1
    # Factors below 2^31, so that nothing overflows, compiled or not.
    mixed = (tie & 0xFFFFFFFF) * 0x7FEB352D + ((tie >> 32) & 0xFFFF) * 0x46AC12FD
    place = (mixed ^ (mixed >> 29)) & mask
    could = -1
    while table[place] != FREE:
        if table[place] == tie:
            return place
        if table[place] == GONE and could < 0:
            could = place
        place = (place + 1) & mask
    return place if could < 0 else could


place_of = compiled(_place_of, "i8(i8[::1], i8)")


def _code(a: int, b: int, size: int) -> int:
    """One number for the tie of two people, whichever comes first."""
    return min(a, b) * size + max(a, b)


code = compiled(_code, "i8(i8, i8, i8)")


def _rewire(
    key: np.uint64, size: int, other: NDArray[np.int64], rewiring: float,
    table: NDArray[np.int64],
) -> None:
    """Rewire a ring (Watts & Strogatz 1998), the nearest ties of all people first.

    other: (size, neighbours / 2) the far ends of everybody's ties, changed in place.
    """
    for j in range(other.shape[1]):
        for u in range(size):
            chance, first = draw2(key, u, j, 0, GROWTH, 0, 0)
            if chance >= rewiring:
                continue
            w, attempt = int(first * size), 0
            while w == u or table[place_of(table, code(u, w, size))] == code(u, w, size):
                attempt += 1
                w = int(draw(key, u, j, attempt, GROWTH, 0, 0) * size)
            table[place_of(table, code(u, other[u, j], size))] = GONE
            other[u, j] = w
            table[place_of(table, code(u, w, size))] = code(u, w, size)


rewire = compiled(_rewire)


def _enter(table: NDArray[np.int64], ties: NDArray[np.int64]) -> None:
    for n in range(ties.size):
        table[place_of(table, ties[n])] = ties[n]


enter = compiled(_enter)


def small_world(size: int, seed: int, neighbours: int, rewiring: float) -> Edges:
    """The ties of a rewired ring; of the law of `networkx.watts_strogatz_graph`."""
    half = neighbours // 2
    people = np.arange(size)
    other = (people[:, None] + np.arange(1, half + 1)) % size
    ties = (np.minimum(people[:, None], other) * size + np.maximum(people[:, None], other)).ravel()
    table = table_of(ties.size)
    enter(table, ties)
    rewire(np.uint64(seed), size, other, rewiring, table)
    return np.column_stack((np.repeat(people, half), other.ravel()))


def _attach(key: np.uint64, size: int, links: int, ends: NDArray[np.int64]) -> None:
    """Newcomers tie to ends of ties drawn at random (Barabasi & Albert 1999).

    ends: (ties, 2), the first `links` of which, a star around 0, are there.
    """
    flat = ends.reshape(-1)
    for new in range(links + 1, size):
        first, attempt = (new - links) * links, 0
        known = 0
        while known < links:
            target = flat[int(draw(key, new, attempt, 0, GROWTH, 0, 0) * (2 * first))]
            attempt += 1
            fresh = True
            for n in range(first, first + known):
                fresh = fresh and ends[n, 1] != target
            if fresh:
                ends[first + known, 0], ends[first + known, 1] = new, target
                known += 1


attach = compiled(_attach)


def scale_free(size: int, seed: int, links: int) -> Edges:
    """Ties of newcomers to the well connected; of the law of `networkx.barabasi_albert_graph`."""
    ends = np.empty(((size - links) * links, 2), np.int64)
    ends[:links, 0], ends[:links, 1] = 0, np.arange(1, links + 1)
    attach(np.uint64(seed), size, links, ends)
    return ends


def _skip(key: np.uint64, size: int, chance: float, ends: NDArray[np.int64]) -> int:
    """Pairs that are tied, by skipping those that are not (Batagelj & Brandes 2005).

    Notes as many as `ends` (room, 2) has room for; returns their number.
    """
    less, count = math.log1p(-chance), 0
    v, w = 1, -1
    while True:
        w += 1 + int(math.log1p(-draw(key, count, 0, 0, GROWTH, 0, 0)) / less)
        while w >= v and v < size:
            w -= v
            v += 1
        if v >= size:
            return count
        if count < len(ends):
            ends[count, 0], ends[count, 1] = w, v
        count += 1


skip = compiled(_skip)


def random(size: int, seed: int, chance: float) -> Edges:
    """Every pair tied with the same `chance` below 1, as in `networkx.fast_gnp_random_graph`."""
    if chance <= 0.0:
        return np.empty((0, 2), np.int64)
    mean = chance * size * (size - 1) / 2
    room = int(mean + 6.0 * math.sqrt(mean)) + 16
    while True:
        ends = np.empty((room, 2), np.int64)
        count = skip(np.uint64(seed), size, chance, ends)
        if count <= room:
            return ends[:count]
        room = count


def cliques(size: int, members: int) -> Edges:
    """Everybody tied to all others of the same `members`, in the order of ids."""
    a, b = np.triu_indices(members, 1)
    first = np.arange(0, size, members)[:, None]
    ends = np.stack((first + a, first + b), axis=2).reshape(-1, 2)
    return ends[ends[:, 1] < size]


def degree_sequence(seed: int, wanted: Sequence[int]) -> Edges:
    """Ends of `wanted` ties, one number a person, paired at random, loops and doubles dropped.

    Of the law of `networkx.configuration_model`, made simple.
    """
    size = len(wanted)
    ends = np.repeat(np.arange(size), wanted)
    luck = draws(np.uint64(seed), np.arange(ends.size), 0, GROWTH)[:, 0]
    pairs = ends[np.argsort(luck, kind="stable")].reshape(-1, 2)
    low, high = pairs.min(axis=1), pairs.max(axis=1)
    codes = np.sort((low * size + high)[low < high])
    once = codes[np.append(True, codes[1:] != codes[:-1])[: codes.size]]
    return np.column_stack((once // size, once % size))
