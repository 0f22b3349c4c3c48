"""What this machine has room for."""

from __future__ import annotations

import math
import os

from wom_sim.scenario.parameters import Scenario
from wom_sim.study.estimate import cost


def memory() -> float:
    """Bytes of this machine's memory, infinite where the system does not tell."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, OSError, ValueError):
        return math.inf


def most_workers(scenario: Scenario, wanted: int, room: float) -> int:
    """The most processes up to `wanted` that `room` bytes of memory will hold, 0 if not even one.

    Estimated; numbers that are kept of all worlds count too.
    """
    fitting = (crew for crew in range(wanted, 0, -1) if cost(scenario, crew).memory_bytes <= room)
    return next(fitting, 0)
