"""Worker processes: how they start, how they end, and that they never outlive their parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from concurrent.futures import Executor
from concurrent.futures.process import ProcessPoolExecutor
from contextlib import suppress
from typing import Any


def pool_of(workers: int) -> ProcessPoolExecutor:
    """So many worker processes; see `end`."""
    # A fork spares each worker the imports; it is safe only while nothing else runs here.
    alone = sys.platform == "linux" and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if alone else "spawn")
    return ProcessPoolExecutor(
        workers, mp_context=context, initializer=begin, initargs=(os.getpid(),))


def end(pool: ProcessPoolExecutor) -> None:
    """Kill the workers of a pool; asking them would take as long as their work."""
    for process in _workers(pool):
        process.kill()
    # Whoever was killed while it answered left half an answer; with no writer left, the pool's
    # thread that waits for the other half is told that it will not come.
    with suppress(AttributeError, OSError):
        results: Any = pool
        results._result_queue._writer.close()
    pool.shutdown(wait=True, cancel_futures=True)


def lost_one(pool: Executor) -> bool:
    """Whether a worker of the pool is dead; the pool does not see it where it died answering."""
    return any(not process.is_alive() for process in _workers(pool))


def _workers(pool: Executor) -> list[Any]:
    return list((getattr(pool, "_processes", None) or {}).values())


def begin(parent: int) -> None:
    """What a worker does first: leave signals to `parent`, and see to dying with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if not _dies_with_parent():
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        os._exit(1)


def _dies_with_parent() -> bool:
    """Have Linux kill this process when its parent ends, whatever it is doing then."""
    if sys.platform != "linux":
        return False
    import ctypes

    set_parent_death_signal = 1
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None, use_errno=True)
        return bool(library.prctl(set_parent_death_signal, signal.SIGKILL, 0, 0, 0) == 0)
    return False


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
