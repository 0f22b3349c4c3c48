"""A run attempted: what may go wrong on the way becomes a line and an exit code."""

from __future__ import annotations

from collections.abc import Callable

from wom_sim.commands.objections import Objection
from wom_sim.commands.points import PointError
from wom_sim.commands.stopping import OutOfMemory
from wom_sim.commands.telling import DISK, FAILED, LOST, USAGE, note


def attempt(work: Callable[[], int], file: str = "") -> int:
    """The exit code of `work`, a run of the scenario in `file`; nothing is written if it fails."""
    from wom_sim.market.graphs import NetworkError
    from wom_sim.scenario.plugins import PluginError
    from wom_sim.scenario.registry import PlugFailed
    from wom_sim.scenario.varied import CannotVary
    from wom_sim.study.cluster import ClusterError
    from wom_sim.study.crew import WorkerDied
    from wom_sim.study.keeping.chunks import Unfinished
    from wom_sim.study.keeping.identity import Changed
    from wom_sim.study.tables import ResultsError

    try:
        return work()
    except (CannotVary, NetworkError, Objection, PlugFailed, PluginError, PointError) as error:
        note(f"{file}: {error}" if file else str(error))
        return USAGE
    except (Changed, ClusterError, Unfinished) as error:
        note(str(error))
        return USAGE
    except ResultsError as error:
        note(str(error))
        return DISK
    except WorkerDied as error:
        note(f"{error}; {error.kept}")
        return LOST
    except MemoryError as error:
        kept = f"; {error.kept}" if isinstance(error, OutOfMemory) else ""
        note("out of memory; try a smaller population.size, fewer worlds or fewer --workers"
             f"{kept}")
        return FAILED
