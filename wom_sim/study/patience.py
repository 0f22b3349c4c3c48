"""How long a piece of work may take before it is taken for one that never ends."""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

LEAST = 600.0
"""Seconds that any work may take."""
TIMES = 100.0
"""How many times its estimate it may take besides."""
TICK = 1.0
"""Most seconds that are counted at a time, so that a machine that slept was not at work."""


class Overdue(BaseException):
    """Work in this process took longer than it may; no `except Exception` of a plugin takes it."""


def limit_of(seconds: float, asked: float | None = None) -> float:
    """Seconds that work estimated at `seconds` may take: 10 minutes and 100 times as many.

    What the user `asked` for comes first; 0 is no limit.
    """
    if asked is None:
        return LEAST + TIMES * seconds
    return asked or math.inf


def in_words(limit: float) -> str:
    """`no end after 10 min; does a plugin loop?`"""
    span = f"{limit / 60:,.0f} min" if limit >= 120 else f"{limit:g} s"
    return f"no end after {span}; does a plugin loop?"


@contextmanager
def alarm(limit: float) -> Iterator[None]:
    """Raise Overdue in the block once it has worked for `limit` seconds, and again each second.

    Only where this is the main thread of a system with timers, and nobody else uses them.
    """
    timed = math.isfinite(limit) and hasattr(signal, "setitimer")
    if not timed or threading.current_thread() is not threading.main_thread() or (
        signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL
    ):
        yield
        return
    tick, worked = min(TICK, limit), [0.0]

    # Counted in ticks, as one timer set to the end would run on while the machine sleeps.
    def count(number: int, frame: FrameType | None) -> None:
        worked[0] += tick
        if worked[0] >= limit:
            raise Overdue

    signal.signal(signal.SIGALRM, count)
    signal.setitimer(signal.ITIMER_REAL, tick, tick)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
