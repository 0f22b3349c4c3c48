"""The scenarios that ship with the package, each with its question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from wom_sim.guide.telling import wrapped
from wom_sim.scenario.checks import find as child_of
from wom_sim.scenario.faults import ScenarioError, visible
from wom_sim.scenario.files import similar
from wom_sim.scenario.reader import Mark, Node, decoded, parse
from wom_sim.scenario.sources import MOST_FILES

PACKAGE = Path(__file__).parents[1]
PLACES = (PACKAGE / "scenarios", PACKAGE.parent / "scenarios")
"""Where scenarios lie inside a wheel, and beside the package in a checkout."""

LONGEST_NAME = 80
"""Characters of a name that are compared with those that ship."""

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


def find(name: str) -> Path | None:
    """The file of the shipped scenario `name`: `ask_or_not`, or one in a subfolder.

    The name alone will do for one in a subfolder, where no other has it.
    """
    known = {entry.name: entry.path for entry in shipped()}
    if name in known:
        return known[name]
    alone = [path for path in known.values() if path.stem == name]
    return alone[0] if len(alone) == 1 else None


def near(name: str) -> tuple[str, ...]:
    """The names of shipped scenarios most like `name`, or all if none is like it."""
    known = [entry.name for entry in shipped()]
    found = get_close_matches(name.casefold()[:LONGEST_NAME], known, n=3, cutoff=0.5)
    return tuple(found or known)


def remedy(file: str) -> str:
    """What to do about a scenario `file` that is not there: the one that ships under such a name.

    Empty where a file beside it has a name more like it.
    """
    if similar(Path(file)):
        return ""
    names = {Path(entry.name).name: entry.name for entry in shipped()}
    found = get_close_matches(Path(file).stem.casefold()[:LONGEST_NAME], names, n=1)
    if found:
        return f"did you mean {names[found[0]]!r}, which ships with wom_sim?"
    return "'wom_sim list' names those that ship"


def needed(path: Path) -> tuple[str, ...]:
    """Files that a scenario file names, without which a copy of it cannot be read."""
    tree = parse(decoded(path.read_bytes(), Mark(str(path))), Mark(str(path)), [])
    return tuple(_named(tree)) if tree else ()


def _named(node: Node) -> Iterator[str]:
    """Files under `extends`, `plugins` and the `path` of a network, of either kind."""
    if isinstance(node.value, dict):
        for key, child in node.value.items():
            if key in ("extends", "path") and isinstance(child.value, str):
                yield child.value
            elif key == "plugins" and isinstance(child.value, list):
                yield from (item.value for item in child.value if isinstance(item.value, str))
            yield from _named(child)
    elif isinstance(node.value, list):
        for item in node.value:
            yield from _named(item)


def question(path: Path, most: int = MOST_FILES) -> str:
    """The question of a scenario file on one line, read without resolving the scenario.

    A file without one asks what the file asks that it extends, over at most `most` files.
    """
    try:
        tree = _tree(path)
    except (OSError, ScenarioError):
        return ""
    own, base = (child_of(tree, (key,)) if tree else None for key in ("question", "extends"))
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
    first = visible(known[0].name)
    return "\n".join([
        *lines, "",
        f"run one:   python -m wom_sim {first}",
        f"copy one:  python -m wom_sim new my_own --from {first}",
    ])
