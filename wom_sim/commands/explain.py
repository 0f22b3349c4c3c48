"""`explain`: every parameter, one of them, or a scenario's week in plain English."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from wom_sim.commands.reading import load, located
from wom_sim.commands.telling import OK, USAGE, note

NARROWEST, WIDEST = 60, 120


def main(arguments: argparse.Namespace) -> int:
    """Explain each of `arguments.names`, names or files; all parameters if there are none."""
    import wom_sim.plugs  # noqa: F401 - fills the registries
    from wom_sim.guide.explain import UnknownName, entry, table

    width = _width()
    if not arguments.names:
        print(table(width))
        return OK
    try:
        told = [
            _scenario(name, arguments) if _is_file(located(name)) else entry(name, width)
            for name in arguments.names
        ]
    except UnknownName as error:
        note(str(error))
        return USAGE
    print("\n\n".join(told))
    return OK


def _scenario(file: str, arguments: argparse.Namespace) -> str:
    from wom_sim.guide.week import week

    return week(load(file, arguments), _width())


def _is_file(name: str) -> bool:
    return name.endswith((".yaml", ".yml")) or "/" in name or Path(name).is_file()


def _width() -> int:
    columns = shutil.get_terminal_size((WIDEST, 24)).columns if sys.stdout.isatty() else 100
    return min(max(columns, NARROWEST), WIDEST)
