"""Compiling kernels: once, cached where the user can write, never in the way.

A kernel is written as a plain function `_name` and bound as `name = compiled(_name)`, so
that tests may run either form; `NUMBA_DISABLE_JIT=1` makes both the same.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba

SETTINGS: Any = numba.config  # its attributes are made at run time

KEPT = 28
"""Days that compiled code of other sources lies unused before it is cleared."""
STATE = re.compile("[0-9a-f]{16}")
"""The name of a folder of compiled code."""

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(function: Kernel, signature: str | None = None) -> Kernel:
    """The compiled form of a kernel, cached on disk where a writable place is found.

    A `signature` keeps a small function to one form, which callers' numbers are cast to.
    """
    return _cached(function, signature)


def written_in(function: Kernel, signature: str) -> Kernel:
    """A small function of one form that is written into the machine code of its callers."""
    return _cached(function, signature, forceinline=True)


def _cached(function: Kernel, signature: str | None, **options: Any) -> Kernel:
    place, before = cache_folder(), SETTINGS.CACHE_DIR
    if place is None:
        return _njit(function, signature, cache=False, **options)
    SETTINGS.CACHE_DIR = str(place)
    try:
        return _njit(function, signature, cache=True, **options)
    except RuntimeError:  # numba finds that it may not write there after all
        return _njit(function, signature, cache=False, **options)
    finally:
        SETTINGS.CACHE_DIR = before


def _index(place: int) -> int:
    """A place in an array that is never negative, below 2^32.

    Compiled code need not ask at each use whether it is counted from the end.
    """
    return int(place)


def borrowing(function: Kernel) -> Kernel:
    """A kernel that only borrows its arrays: nothing is counted, and it must not allocate.

    Counting references to the arrays of a tuple takes more time than most of a kernel's work.
    """
    try:
        return _cached(function, None, _nrt=False)
    except KeyError:  # a Numba without this option
        return compiled(function)


def inlined(function: Kernel) -> Kernel:
    """A part of kernels that is written into each of them: arrays are not counted at each call."""
    return _njit(function, None, inline="always")


def _njit(function: Kernel, signature: str | None, **options: Any) -> Kernel:
    kernel: Any = numba.njit(signature, nogil=True, **options)(function)
    return kernel


@cache
def cache_folder() -> Path | None:
    """Where compiled code lies: one folder for each state of the model's sources, or None.

    Numba alone would keep a kernel whose callee in another file has changed.
    """
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = Path(home) / "wom_sim" / _digest()
    known = folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    if not os.access(folder, os.W_OK):
        return None
    with suppress(OSError):  # another user's folder
        os.utime(folder)
    if not known:
        with suppress(OSError):  # no place to look into
            _clear(folder)
    return folder


def _clear(own: Path) -> None:
    """Remove the folders beside `own` that no process asked for in `KEPT` days.

    Numba compiles anew what a process that is still running misses.
    """
    today = own.stat().st_mtime
    for old in [one for one in os.scandir(own.parent) if STATE.fullmatch(one.name)]:
        with suppress(OSError):  # another process may clear too
            unused = today - old.stat(follow_symlinks=False).st_mtime
            if unused > KEPT * 86_400 and old.is_dir(follow_symlinks=False):
                shutil.rmtree(old)


def _digest() -> str:
    digest = hashlib.blake2b(numba.__version__.encode(), digest_size=8)
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def is_cached() -> bool:
    """Whether compiled code for these sources lies on disk, or nothing needs compiling."""
    folder = cache_folder()
    return bool(SETTINGS.DISABLE_JIT) or (
        folder is not None and any(folder.rglob("*_decide*.nbi"))
    )


index = written_in(_index, "u4(i8)")
