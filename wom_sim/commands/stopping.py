"""Being stopped: by Ctrl-C, by a request to end, by the terminal going away."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP")
           if hasattr(signal, name)]
NOTHING = "nothing was written"


class Stopped(KeyboardInterrupt):
    """The user, or the system, wants this program to end; `kept` says what is left of its work."""

    def __init__(self, number: int = signal.SIGINT, kept: str = NOTHING) -> None:
        # SimPy raises again what a process of it raised, made anew of its arguments.
        super().__init__(number, kept)
        self.number, self.kept = number, kept

    def __str__(self) -> str:
        return f"stopped; {self.kept}"


class OutOfMemory(MemoryError):
    """Memory did not suffice; `kept` says what is left of the work."""

    def __init__(self, kept: str) -> None:
        super().__init__(kept)
        self.kept = kept


def stopped(stop: KeyboardInterrupt, kept: str) -> Stopped:
    """The same stop, by whatever signal, with what is left of the work."""
    return Stopped(stop.number if isinstance(stop, Stopped) else signal.SIGINT, kept)


@contextmanager
def stopping() -> Iterator[None]:
    """Have the signals raise Stopped in the block; after the first one others are ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def stop(number: int, frame: FrameType | None) -> None:
        for other in SIGNALS:
            signal.signal(other, signal.SIG_IGN)
        raise Stopped(number)

    for number, handler in before.items():
        # What is ignored already, as under nohup, stays so.
        if handler is not signal.SIG_IGN:
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
