"""One run at a time: a lock on a folder that ends with its process, however that ends."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from wom_sim.study.tables import ResultsError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_held: set[int] = set()
_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS}


def _let_go() -> None:
    """A forked worker must not hold its parent's lock, which it might outlive."""
    for handle in _held:
        with suppress(OSError):
            os.close(handle)
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)


@contextmanager
def locked(path: Path, about: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the file `path` locked for the block; `about` is what it stands for, to the user.

    Raises ResultsError where another process holds it. Where the place knows no locks, `say` is
    told so and the block runs without.
    """
    handle = _opened(path, about, say)
    _held.add(handle)
    try:
        yield
    finally:
        _held.discard(handle)
        os.close(handle)


def _opened(path: Path, about: Path, say: Callable[[str], None]) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
        try:
            _lock(handle, about, say)
            # The file may have been cleared away between opening and locking it.
            if _is_still(handle, path):
                _sign(handle)
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _lock(handle: int, about: Path, say: Callable[[str], None]) -> None:
    if fcntl is None:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ResultsError(f"{about} is in use by {_holder(handle)}") from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        say(f"{about} cannot be locked here; let no other run write to it")


def _is_still(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False


def _sign(handle: int) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, json.dumps({"process": os.getpid(), "since": now}).encode())


def _holder(handle: int) -> str:
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        known = json.loads(os.read(handle, 200))
        since = datetime.fromisoformat(known["since"]).astimezone()
        return f"process {int(known['process'])} (since {since:%Y-%m-%d %H:%M:%S})"
    except (ValueError, KeyError, TypeError):
        return "another process"
