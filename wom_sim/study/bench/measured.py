"""Measurements: a value beside a yardstick of the same process, and the target it has, if any."""

from __future__ import annotations

import ctypes
import gc
import math
import operator
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple

Clock = Callable[[], float]
STATUS, FORGET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Target(NamedTuple):
    """What a value should be: at most, or at least, `value`."""

    bound: Literal["most", "least"]
    value: float

    def met(self, value: float) -> bool:
        """Whether a value is within; one that could not be measured is not."""
        return bool((operator.le if self.bound == "most" else operator.ge)(value, self.value))


class Measured(NamedTuple):
    """One line of the table: `value` in `unit`, and `ratio`, the same in multiples of `yardstick`.

    `part` is what it belongs to, `at` the size it was measured at, `runs` of how many runs it is
    the median; `value` and `ratio` are NaN where the system does not tell.
    """

    part: str
    name: str
    at: str
    value: float
    unit: str
    ratio: float
    yardstick: str
    runs: int
    target: Target | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is met, None where there is none."""
        return None if self.target is None else self.target.met(self.value)


class Stopwatch:
    """Seconds of parts of some work, each without what its own parts took."""

    def __init__(self, clock: Clock = time.process_time) -> None:
        self.clock = clock
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._inner: list[float] = []

    def timed(self, part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The work, timed as `part` whenever it is called."""
        def one(*given: Any, **named: Any) -> Any:
            before = self.clock()
            self._inner.append(0.0)
            try:
                return work(*given, **named)
            finally:
                took = self.clock() - before
                self.seconds[part] += took - self._inner.pop()
                if self._inner:
                    self._inner[-1] += took
        return one

    @contextmanager
    def on(self, places: Sequence[tuple[str, Any, str]]) -> Iterator[None]:
        """Time, for the block, functions where they stand: part, module or class, name."""
        before = [(owner, name, getattr(owner, name)) for _, owner, name in places]
        try:
            for (part, owner, name), (_, _, work) in zip(places, before, strict=True):
                setattr(owner, name, self.timed(part, work))
            yield
        finally:
            for owner, name, work in before:
                setattr(owner, name, work)


def seconds(work: Callable[[], object], runs: int, clock: Clock = time.process_time) -> float:
    """Median seconds of a piece of work, by default of processor time."""
    found = []
    for _ in range(runs):
        before = clock()
        work()
        found.append(clock() - before)
    return statistics.median(found)


def medians(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each part over the runs, by part; nothing is 0."""
    parts = dict.fromkeys(part for run in runs for part in run)
    return {part: statistics.median(run.get(part, 0.0) for run in runs) for part in parts}


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The b of values that grow as size^b, by least squares of logarithms; NaN if not positive."""
    if not all(value > 0.0 for value in values):
        return math.nan
    x, y = [math.log(size) for size in sizes], [math.log(value) for value in values]
    return statistics.linear_regression(x, y).slope


def forget_peak() -> None:
    """Have the peak of memory begin anew, where the system can (Linux)."""
    if FORGET.exists():
        _give_back()
        FORGET.write_text("5", encoding="ascii")


def _give_back() -> None:
    """Give memory that is free in this process back to the system."""
    gc.collect()
    with suppress(OSError, AttributeError):  # no such call in other C libraries
        ctypes.CDLL(None).malloc_trim(0)


def system() -> float:
    """Processor seconds that the system has spent on this process, such as on handing it memory."""
    return os.times().system


def peak() -> float:
    """Most bytes of memory of this process since `forget_peak`; NaN where that is not told."""
    return _status("VmHWM")


def resident() -> float:
    """Bytes of memory of this process now; NaN where that is not told."""
    return _status("VmRSS")


def _status(name: str) -> float:
    if not FORGET.exists():
        return math.nan
    lines = STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    return next(float(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))
