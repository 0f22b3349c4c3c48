"""Ties as other tools take them: each once, from the lower id to the higher."""

from __future__ import annotations

import networkx
import numpy as np
from numpy.typing import NDArray

from wom_sim.market.network import Ties


def edges(ties: Ties) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Pairs of people, shape (ties, 2), and whether each tie is strong."""
    degree = np.diff(ties.start)
    person = np.repeat(np.arange(degree.size), degree)
    strong = np.arange(ties.friend.size) < np.repeat(ties.weak, degree)
    once = person < ties.friend
    return np.column_stack((person, ties.friend))[once].astype(np.int64), strong[once]


def rows(ties: Ties) -> tuple[list[list[int]], list[list[int]]]:
    """The strong and the weak ties of each person."""
    friend, ends = ties.friend.tolist(), list(zip(ties.start, ties.weak, ties.start[1:],
                                                  strict=False))
    return ([friend[start:weak] for start, weak, _ in ends],
            [friend[weak:end] for _, weak, end in ends])


def graph(ties: Ties, strong: bool) -> networkx.Graph:
    """The ties of one kind as a graph of all people."""
    pairs, kind = edges(ties)
    found = networkx.Graph()
    found.add_nodes_from(range(ties.start.size - 1))
    found.add_edges_from(pairs[kind == strong].tolist())
    return found
