"""`new`: a commented scenario to start from."""

from __future__ import annotations

import argparse
from pathlib import Path

from wom_sim.commands.telling import DISK, OK, note


def main(arguments: argparse.Namespace) -> int:
    """Write the starter `arguments.name`; 3 where it cannot be written or is there already."""
    from wom_sim.guide.starter import starter

    path = Path(arguments.name)
    if path.suffix not in (".yaml", ".yml"):
        path = path.with_name(f"{path.name}.yaml")
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(starter(path.stem))
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
