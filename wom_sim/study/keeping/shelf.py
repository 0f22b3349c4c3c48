"""Arrays too many for memory: on the disk, in a file without a name that ends with the process."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST = 16 * 2**20
"""Bytes of an array that is held in memory; the default scenario's weeks take 320 kB a world."""
AT_A_TIME = 4 * 2**20
"""Bytes of a larger one that are worked on at a time."""


def room(shape: tuple[int, ...]) -> Floats:
    """An array to be filled, in memory or on the disk, if that has room; both read alike."""
    size = 8 * math.prod(shape)
    if size <= MOST:
        return np.empty(shape)
    try:
        with tempfile.TemporaryFile(prefix="wom_sim-") as file:
            _reserve(file.fileno(), size)
            return np.memmap(file, np.float64, "r+", 0, shape)
    except OSError:
        return np.empty(shape)


def _reserve(handle: int, size: int) -> None:
    """Make a file so large. Raises OSError where the disk is full."""
    # A disk that fills up under a file with holes would end the process without a word.
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle, 0, size)
    else:
        os.truncate(handle, size)


class Rows:
    """Arrays of so many rows, by name, that come a few rows at a time."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._rooms: dict[str, Floats] = {}

    def put(self, name: str, first: int, rows: Floats) -> None:
        """Put rows in their place, from row `first` on."""
        if name not in self._rooms:
            self._rooms[name] = room((self._length, *rows.shape[1:]))
        self._rooms[name][first : first + len(rows)] = rows

    def of(self, name: str) -> Floats:
        """All rows of that name; those that were not put hold anything."""
        return self._rooms[name]


def pieces(array: Floats) -> Iterator[slice]:
    """Slices of axis 1 of an array that are small enough to work on; one where it is small."""
    length = array.shape[1]
    step = length
    if array.nbytes > MOST // 4:
        step = max(1, length * AT_A_TIME // array.nbytes)
    return (slice(start, min(start + step, length)) for start in range(0, length, step))
