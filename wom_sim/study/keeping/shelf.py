"""Arrays too many for memory: on the disk, in a file without a name that ends with the process."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST = 128 * 2**20
"""Bytes of an array that is held in memory; the default scenario's weeks take 320 kB a world."""
AT_A_TIME = 32 * 2**20
"""Bytes of a larger one that are worked on at a time."""


def room(shape: tuple[int, ...]) -> Floats:
    """An array to be filled, in memory or on the disk; both read alike."""
    size = 8 * math.prod(shape)
    if size <= MOST:
        return np.empty(shape)
    with tempfile.TemporaryFile(prefix="wom_sim-") as file:
        file.truncate(size)
        return np.memmap(file, np.float64, "r+", 0, shape)


def stacked(arrays: Sequence[Floats]) -> Floats:
    """The arrays one after another along a new first axis."""
    found = room((len(arrays), *arrays[0].shape))
    for place, array in enumerate(arrays):
        found[place] = array
    return found


class Rows:
    """Arrays of so many rows, by name, that come a few rows at a time."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._rooms: dict[str, Floats] = {}

    def put(self, name: str, first: int, rows: Floats) -> Floats:
        """Put rows in their place, from row `first` on; they are to be read there."""
        if name not in self._rooms:
            self._rooms[name] = room((self._length, *rows.shape[1:]))
        place = self._rooms[name][first : first + len(rows)]
        place[:] = rows
        return place


def pieces(array: Floats) -> Iterator[slice]:
    """Slices of axis 1 of an array that are small enough to work on; one where it is small."""
    length = array.shape[1]
    step = length
    if array.nbytes > MOST // 4:
        step = max(1, length * AT_A_TIME // array.nbytes)
    return (slice(start, min(start + step, length)) for start in range(0, length, step))
