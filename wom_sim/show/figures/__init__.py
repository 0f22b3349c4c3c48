"""The figures, one a file; importing this package registers them all."""

# The order tells a story, and is the order of the registry and so of a report.
# isort: off
from wom_sim.show.figures import sources
from wom_sim.show.figures import cumulative
from wom_sim.show.figures import paired
from wom_sim.show.figures import network

__all__ = ["cumulative", "network", "paired", "sources"]
