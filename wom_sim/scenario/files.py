"""Files that a scenario names: beside it or below it, and elsewhere only with permission."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from wom_sim.scenario.checks import refuse, written
from wom_sim.scenario.faults import Fault, nearest, quoted, shortened
from wom_sim.scenario.plugins import fingerprint
from wom_sim.scenario.reader import Node

LARGEST = 1024**3
"""Bytes of the largest file a scenario may name."""


def nobody(path: str) -> bool:
    """Answers that the plugin at `path` may not run."""
    return False


class Permission(NamedTuple):
    """What the user allows a scenario besides being read.

    `files`: to name files outside its own folder; `plugins`: asked with the path of each
    plugin, whether its code may run.
    """

    files: bool = False
    plugins: Callable[[str], bool] = nobody


class Found(NamedTuple):
    """A file that a scenario names: where it is, and its path from the scenario's folder on."""

    place: Path
    path: str

    def fingerprint(self) -> str:
        return fingerprint(self.place.read_bytes())


class Surroundings(NamedTuple):
    """The scenario's folder, the texts read by file name, and what the user allows."""

    folder: Path
    texts: Mapping[str, str]
    allowed: Permission

    def find(self, node: Node, log: list[Fault], sha256: str = "") -> Found | None:
        """The file that `node` names, relative to the file that writes it; None where refused.

        `sha256` is the fingerprint of the file that is missed, for the message.
        """
        if not isinstance(node.value, str) or not node.value.strip() or "\0" in node.value:
            refuse(log, node, f"expected the name of a file, not {written(node)}")
            return None
        writer = node.mark.file
        start = Path(writer).parent if writer in self.texts else self.folder
        place = start / node.value
        problem, remedy = self._problem(place, node.value, start, sha256)
        if problem:
            refuse(log, node, problem, remedy)
            return None
        return Found(place, Path(os.path.relpath(place, self.folder)).as_posix())

    def _problem(self, place: Path, shown: str, start: Path, sha256: str) -> tuple[str, str]:
        try:
            if not self.allowed.files and not self._inside(place):
                problem = f"{quoted(shown)} is outside the scenario's folder"
                return problem, "move it there, or allow it with --allow-files"
            if not place.exists():
                where = quoted(str(start)) if str(start) != "." else "this folder"
                return f"{quoted(shown)} not found in {where}", _remedy(place, sha256)
            if not place.is_file():
                return f"{quoted(shown)} is not a file", ""
            if place.stat().st_size > LARGEST:
                return f"{quoted(shown)} is larger than 1 GB", ""
            with place.open("rb"):
                return "", ""
        except (OSError, ValueError) as error:
            return f"{quoted(shown)} cannot be read ({getattr(error, 'strerror', error)})", ""

    def _inside(self, place: Path) -> bool:
        return place.resolve().is_relative_to(self.folder.resolve())


def _remedy(place: Path, sha256: str) -> str:
    if sha256:
        return f"put a copy there; the SHA-256 of the file begins with {sha256[:12]}"
    near = similar(place)
    return f"did you mean '{shortened(near)}'?" if near else "check its name"


def changed(shown: str, sha256: str) -> tuple[str, str]:
    """Problem and remedy for a file that is not the one whose fingerprint is written."""
    problem = f"{quoted(shown)} is another file now: its SHA-256 begins with {sha256[:12]}"
    return problem, "use the file of that time, or remove this line"


def similar(place: Path) -> str:
    """The name of the file beside `place` that is most like its own, or nothing."""
    try:
        names = sorted(entry.name for entry in place.parent.iterdir() if entry.is_file())
    except (OSError, ValueError):
        return ""
    return nearest(place.name, names) or ""
