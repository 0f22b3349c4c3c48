"""Exit codes, and what is said on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wom_sim.scenario.faults import ScenarioError

OK, FAILED, USAGE, DISK, LOST, STOPPED = 0, 1, 2, 3, 4, 130


def note(text: str, clear: bool = False) -> None:
    """One line on standard error; `clear` wipes a line of progress first."""
    sys.stderr.write(f"{chr(13) + chr(27) + '[K' if clear else ''}{text}\n")
    sys.stderr.flush()


def tell_failed(figures: Mapping[str, str]) -> None:
    """The figures that could not be drawn, each with its reason."""
    for figure, reason in figures.items():
        note(f"figure {figure} could not be drawn: {reason}")


def tell_faults(error: ScenarioError, plain: bool) -> None:
    """The faults of a scenario: with their lines on a terminal, else one line each."""
    if plain or not sys.stderr.isatty():
        note(str(error))
        return
    from wom_sim.scenario.pointing import pointed

    note(pointed(error, color="NO_COLOR" not in os.environ))
