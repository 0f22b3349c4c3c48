"""One job at a time: a short queue in which the latest wish overtakes all before it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Found = TypeVar("Found")

QUEUE = 4
"""Jobs that may wait."""


class Overtaken(Exception):
    """A later wish has come meanwhile."""


class Full(Exception):
    """Too many jobs wait already."""


class Desk:
    """Runs one job after another, in a thread of its own; a new one ends those before it early."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "simulating")
        self._turn = asyncio.Lock()
        self._latest = 0
        self.waiting = 0

    async def run(self, job: Callable[[Callable[[], bool]], Found]) -> Found:
        """What `job` gives; it is told how to see that it is over. Raises Overtaken and Full."""
        if self.waiting >= QUEUE:
            raise Full
        self._latest += 1
        ticket = self._latest
        self.waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self.waiting -= 1
        try:
            if ticket != self._latest:
                raise Overtaken
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._thread, job, lambda: ticket != self._latest)
        finally:
            self._turn.release()
        if ticket != self._latest:
            raise Overtaken
        return found

    def close(self) -> None:
        """End what runs, and take nothing more."""
        self._latest += 1
        self._thread.shutdown(wait=True, cancel_futures=True)
