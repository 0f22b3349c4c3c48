"""The scenarios that ship with the package, each with its question."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from wom_sim.guide.telling import wrapped
from wom_sim.scenario.checks import find
from wom_sim.scenario.faults import ScenarioError, visible
from wom_sim.scenario.reader import Mark, Node, decoded, parse
from wom_sim.scenario.sources import MOST_FILES

PACKAGE = Path(__file__).parents[1]
PLACES = (PACKAGE / "scenarios", PACKAGE.parent / "scenarios")
"""Where scenarios lie inside a wheel, and beside the package in a checkout."""


# A key at the margin and the lines that belong to it: below it they are blank or indented.
_KEYS = re.compile(r"(?m)^(?:question|extends)[ \t]*:.*(?:\r?\n(?:[ \t].*)?)*")


class Shipped(NamedTuple):
    """A scenario that ships: its name with its subfolder, where it lies, and its question.

    The question is empty where the file has none or cannot be read.
    """

    name: str
    path: Path
    question: str


def folder() -> Path | None:
    """The folder of the shipped scenarios, None where they were not installed."""
    return next((place for place in PLACES if place.is_dir()), None)


def shipped() -> tuple[Shipped, ...]:
    """The scenarios that ship, those of the top folder first, then subfolder by subfolder."""
    top = folder()
    if top is None:
        return ()
    paths = [path.relative_to(top) for path in top.rglob("*.yaml") if path.is_file()]
    order = sorted(paths, key=lambda path: (len(path.parts), path.parts))
    return tuple(
        Shipped(path.with_suffix("").as_posix(), top / path, question(top / path)) for path in order
    )


def question(path: Path, most: int = MOST_FILES) -> str:
    """The question of a scenario file on one line, read without resolving the scenario.

    A file without one asks what the file asks that it extends, over at most `most` files.
    """
    try:
        tree = _tree(path)
    except (OSError, ScenarioError):
        return ""
    own, base = (find(tree, (key,)) if tree else None for key in ("question", "extends"))
    if own and isinstance(own.value, str):
        return " ".join(own.value.split())
    if base and isinstance(base.value, str) and most > 1:
        return question(path.parent / base.value, most - 1)
    return ""


def _tree(path: Path) -> Node | None:
    """The keys that matter here, cut out before they are parsed, or the whole file."""
    text = decoded(path.read_bytes(), Mark(str(path)))
    pieces = "\n".join(_KEYS.findall(text))
    return parse(pieces or text, Mark(str(path)), [])


def listing(width: int = 80) -> str:
    """Names and questions of the shipped scenarios, and how to run one."""
    known = shipped()
    if not known:
        return "no scenarios are installed beside the package"
    lines = []
    for entry in known:
        lines += [visible(entry.name), *wrapped(visible(entry.question), width, "  ", "  ")]
    return "\n".join([*lines, "", f"run one:  python -m wom_sim {_from_here(known[0].path)}"])


def _from_here(path: Path) -> str:
    """The path as a user here would write it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
