"""The figures, one a file; importing this package registers them all."""

# The order tells a story, and is the order of the registry and so of a report.
# isort: off
from wom_sim.show.figures import noise
from wom_sim.show.figures import reach
from wom_sim.show.figures import sources
from wom_sim.show.figures import cumulative
from wom_sim.show.figures import howmany
from wom_sim.show.figures import breakeven
from wom_sim.show.figures import response
from wom_sim.show.figures import hours
from wom_sim.show.figures import paired
from wom_sim.show.figures import scoreboard
from wom_sim.show.figures import flips
from wom_sim.show.figures import network
from wom_sim.show.figures import tornado
from wom_sim.show.figures import convergence

__all__ = [
    "breakeven", "convergence", "cumulative", "flips", "hours", "howmany", "network", "noise",
    "paired", "reach", "response", "scoreboard", "sources", "tornado",
]
