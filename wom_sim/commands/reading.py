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
    permit: Callable[[str], bool] | None = None, plain: bool = False,
) -> Scenario:
    """The scenario in `file`, under the options; raises ScenarioError with all its faults.

    `settings` are laid over those of the options. `permit` is asked about plugins, if not the
    user on the terminal. `plain` is that of `face.load`.
    """
    from wom_sim import face

    return face.load(
        _there(located(file)),
        settings=(*arguments.settings, *settings),
        seed=arguments.seed,
        replications=arguments.replications,
        allow_files=arguments.allow_files,
        allow_plugins=arguments.allow_plugins or permit or ask,
        plain=plain,
    )


def located(file: str) -> str:
    """The path of a scenario: the file itself, or the shipped scenario of that name."""
    if Path(file).exists():
        return file
    from wom_sim.guide.shipped import find

    return str(find(file) or file)


def _there(file: str) -> str:
    """The path itself; ScenarioError where there is nothing, and a shipped one may be meant."""
    if Path(file).exists():
        return file
    from wom_sim.guide.shipped import remedy
    from wom_sim.scenario.faults import Fault, ScenarioError

    meant = remedy(file)
    if meant:
        raise ScenarioError([Fault(file, 0, 0, "", "not found", meant)])
    return file


def as_kept(
    file: Path, stem: str, arguments: argparse.Namespace, settings: tuple[str, ...] = ()
) -> Scenario:
    """The scenario that a folder of results holds in `file`, under its first name.

    It is read as if it stood where the files lie that it names: in `arguments.files`, if given.
    Raises ScenarioError.
    """
    import wom_sim.plugs  # noqa: F401 - fills the registries
    from wom_sim.scenario.files import Permission
    from wom_sim.scenario.resolve import read_text
    from wom_sim.scenario.sources import content

    place = arguments.files or arguments.folder
    allowed = Permission(
        arguments.allow_files, (lambda path: True) if arguments.allow_plugins else ask)
    found = read_text(content(file), str(place / f"{stem}.yaml"), settings=settings,
                      allowed=allowed)
    return found.model_copy(update={"folder": str(place)})


def ask(path: str) -> bool:
    """Whether the user, asked on the terminal, lets the plugin at `path` run."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    note(f"This scenario runs the Python file {path}, which may do anything on this machine.")
    sys.stderr.write("Run it? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
