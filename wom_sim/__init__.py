"""wom_sim: word of mouth against referral partners, simulated.

>>> import wom_sim
>>> scenario = wom_sim.load("scenarios/customers_or_partners.yaml")   # doctest: +SKIP
>>> results = wom_sim.run(scenario)                                   # doctest: +SKIP
>>> results.comparison                                                # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_FACE = {
    "load": "wom_sim.face",
    "run": "wom_sim.face",
    "simulate": "wom_sim.face",
    "ScenarioError": "wom_sim.scenario.faults",
    "network": "wom_sim.scenario.registry",
    "strategy": "wom_sim.scenario.registry",
    "judgement": "wom_sim.scenario.registry",
    "outcome": "wom_sim.scenario.registry",
    "figure": "wom_sim.scenario.registry",
}

__all__ = ["__version__", *_FACE]


def __getattr__(name: str) -> Any:
    if name not in _FACE:
        raise AttributeError(f"module 'wom_sim' has no attribute {name!r}")
    return getattr(importlib.import_module(_FACE[name]), name)
