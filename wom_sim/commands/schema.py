"""`schema`: the format as a JSON Schema, for editors."""

from __future__ import annotations

import argparse
import json

from wom_sim.commands.telling import OK


def main(arguments: argparse.Namespace) -> int:
    """Print the schema."""
    import wom_sim.plugs  # noqa: F401 - fills the registries
    from wom_sim.guide.schema import schema

    print(json.dumps(schema(), indent=2, ensure_ascii=False))
    return OK
