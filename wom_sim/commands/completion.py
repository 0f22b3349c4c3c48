"""`completion`: what makes a shell complete the command `wom-sim`."""

from __future__ import annotations

import argparse

from wom_sim.commands.telling import OK


def main(arguments: argparse.Namespace) -> int:
    """Print the script for the shell `arguments.shell`."""
    import shtab

    print(shtab.complete(arguments.parser, shell=arguments.shell))
    return OK
