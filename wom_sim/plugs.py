"""The plugs that ship: importing this room fills the registries."""

from __future__ import annotations

import importlib

import wom_sim.market.graphs
import wom_sim.market.judgement
import wom_sim.market.strategies  # noqa: F401 - these imports register
from wom_sim.scenario import registry

# These take longer to import, and a scenario hardly ever names one.
registry.outcomes.later(lambda: importlib.import_module("wom_sim.study.outcomes"))
registry.measures.later(lambda: importlib.import_module("wom_sim.study.claims.passing"))
registry.figures.later(lambda: importlib.import_module("wom_sim.show.figures"))
