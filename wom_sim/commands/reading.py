"""Scenarios as the options of a command ask for them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wom_sim.commands.telling import note

if TYPE_CHECKING:
    from wom_sim.scenario.parameters import Scenario


def load(
    file: str, arguments: argparse.Namespace, *, settings: Sequence[str] = (),
    permit: Callable[[str], bool] | None = None,
) -> Scenario:
    """The scenario in `file`, under the options; raises ScenarioError with all its faults.

    `settings` are laid over those of the options. `permit` is asked about plugins, if not the
    user on the terminal.
    """
    from wom_sim import face

    return face.load(
        located(file),
        settings=(*arguments.settings, *settings),
        seed=arguments.seed,
        replications=arguments.replications,
        allow_files=arguments.allow_files,
        allow_plugins=arguments.allow_plugins or permit or ask,
    )


def located(file: str) -> str:
    """The path of a scenario: the file itself, or the shipped scenario of that name."""
    from wom_sim.guide.shipped import find

    shipped = None if Path(file).exists() else find(file)
    return file if shipped is None else str(shipped)


def ask(path: str) -> bool:
    """Whether the user, asked on the terminal, lets the plugin at `path` run."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    note(f"This scenario runs the Python file {path}, which may do anything on this machine.")
    sys.stderr.write("Run it? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
