"""`list`: the scenarios that ship, each with its question."""

from __future__ import annotations

import argparse

from wom_sim.commands.telling import OK


def main(arguments: argparse.Namespace) -> int:
    """Print the list."""
    from wom_sim.guide.shipped import listing

    print(listing())
    return OK
