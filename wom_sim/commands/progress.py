"""Progress on standard error while worlds are simulated."""

from __future__ import annotations

import sys

from wom_sim.commands.telling import note


class Progress:
    """One line that moves on a terminal, a few plain lines elsewhere; `what` follows the count."""

    def __init__(self, what: str, quiet: bool) -> None:
        self.what, self.quiet = what, quiet
        self.moving = sys.stderr.isatty()
        self.told = -1

    def say(self, text: str) -> None:
        """Tell what takes a while."""
        if not self.quiet:
            note(text, clear=self.moving)

    def at(self, done: int, total: int) -> None:
        """Tell how many worlds are done."""
        if self.quiet:
            return
        if self.moving:
            filled = 24 * done // total
            bar = "━" * filled + "┄" * (24 - filled)
            end = "\r" if done < total else "\r\x1b[K"
            sys.stderr.write(f"\r{bar} {done}/{total} {self.what}{end}")
            sys.stderr.flush()
        elif 4 * done // total > self.told:
            self.told = 4 * done // total
            note(f"{done} of {total} {self.what}")
