"""`new`: a commented scenario to start from, or a copy of one that ships."""

from __future__ import annotations

import argparse
from pathlib import Path

from wom_sim.commands.telling import DISK, OK, USAGE, note


def main(arguments: argparse.Namespace) -> int:
    """Write the starter, or the shipped scenario `arguments.source`, to `arguments.name`.

    2 for a scenario that does not ship or cannot be copied, 3 where nothing can be written or
    the file is there already.
    """
    path = Path(arguments.name)
    if path.suffix not in (".yaml", ".yml"):
        path = path.with_name(f"{path.name}.yaml")
    text = _text(path.stem, arguments.source)
    if text is None:
        return USAGE
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        note(f"{path} is there already; choose another name")
        return DISK
    except (OSError, ValueError) as error:
        note(f"{path} cannot be written ({getattr(error, 'strerror', None) or error})")
        return DISK
    print(f"{path} is written. Edit it, then:")
    print(f"  python -m wom_sim check {path}")
    print(f"  python -m wom_sim {path}")
    return OK


def _text(name: str, source: str | None) -> str | None:
    """What to write; None where there is no such scenario, after a line that says so."""
    from wom_sim.guide.shipped import find, near, needed
    from wom_sim.guide.starter import starter

    if source is None:
        return starter(name)
    found = find(source)
    if found is None:
        note(f"no scenario {source!r} ships; there are {', '.join(near(source)) or 'none'}")
        return None
    others = needed(found)
    if others:
        note(f"{source} needs {', '.join(others)} beside it; copy them together from"
             f" {found.parent}")
        return None
    return found.read_text(encoding="utf-8")
