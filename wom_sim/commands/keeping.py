"""Work that may take hours: its worlds are kept as they are done, its results appear at the end."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wom_sim.commands.progress import Progress
from wom_sim.commands.stopping import NOTHING, OutOfMemory, stopped

if TYPE_CHECKING:
    from wom_sim.scenario.parameters import Scenario
    from wom_sim.study.keeping.chunks import Worlds


@contextmanager
def keeping(
    arguments: argparse.Namespace, name: str, scenario: Scenario | Mapping[str, Scenario],
    progress: Progress, options: Mapping[str, Any] | None = None,
) -> Iterator[tuple[Path, Worlds]]:
    """A folder to write the results `name` into, put in its place at the end, and its worlds.

    `scenario` is what is run, or several by name; `options` are those that decide, too, which
    worlds are run. However the block is left, what is said of it says how many worlds are kept.
    Raises what `fresh_folder` and `worlds_of` raise, and Stopped.
    """
    from wom_sim.study.keeping.chunks import worlds_of
    from wom_sim.study.keeping.folder import fresh_folder
    from wom_sim.study.keeping.identity import plan_of

    with (
        worlds_of(arguments.out, name, plan_of(scenario, options), resume=arguments.resume,
                  afresh=arguments.afresh, say=progress.say) as worlds,
        saying(worlds, "go on with --resume"),
    ):
        with fresh_folder(arguments.out, name) as beside:
            yield beside, worlds
        worlds.finish()


@contextmanager
def saying(worlds: Worlds, how: str) -> Iterator[None]:
    """Have what ends the block early say how many worlds are kept, and `how` to go on.

    Raises Stopped, OutOfMemory, WorkerDied and ResultsError, for what they are raised for.
    """
    from wom_sim.study.crew import WorkerDied
    from wom_sim.study.tables import ResultsError

    def kept() -> str:
        if not worlds.kept:
            return NOTHING
        return f"{worlds.kept:,} of {worlds.total:,} worlds kept; {how}"

    try:
        yield
    except KeyboardInterrupt as stop:
        raise stopped(stop, kept()) from None
    except WorkerDied as error:
        raise WorkerDied(str(error), kept()) from None
    except MemoryError:
        raise OutOfMemory(kept()) from None
    except ResultsError as error:
        about = f"; {kept()}" if worlds.kept else ""
        raise ResultsError(f"{error}{about}") from error
