"""A scenario's files as one tree: the file, what it extends, and the options laid over it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from wom_sim.scenario.checks import find, refuse
from wom_sim.scenario.faults import Fault, ScenarioError, shortened
from wom_sim.scenario.files import Surroundings, similar
from wom_sim.scenario.layers import options_tree, overlay
from wom_sim.scenario.reader import MOST_BYTES, Mark, Node, decoded, parse
from wom_sim.scenario.scalars import Refusal

MOST_FILES = 8
"""Longest chain of files, each extending the next."""


def content(path: Path) -> bytes:
    """At most one byte more than a scenario may have, from a regular file.

    Raises ScenarioError where there is none or it cannot be read.
    """
    problem, remedy = "", ""
    try:
        if path.is_file():
            with path.open("rb") as file:
                return file.read(MOST_BYTES + 1)
        problem = "is not a file"
        if path.is_dir():
            problem, remedy = "is a folder", "name a scenario file in it"
        elif not path.exists():
            near = similar(path)
            problem = "not found"
            remedy = f"did you mean '{shortened(str(path.parent / near))}'?" if near else ""
    except (OSError, ValueError) as error:
        problem = f"cannot be read ({getattr(error, 'strerror', None) or error})"
    raise ScenarioError([Fault(str(path), 0, 0, "", problem, remedy)])


def gather(
    text: str | bytes,
    name: str,
    options: Iterable[tuple[str, str]],
    around: Surroundings,
    texts: dict[str, str],
    log: list[Fault],
) -> Node:
    """The tree of the file `name` over the files that it extends, under the options.

    Each file's text is kept in `texts`, by the file's name. Raises ScenarioError where a file
    cannot be followed to its end.
    """
    tree = _with_base(text, name, (), around, texts, log)
    return overlay(tree, options_tree(options, tree, log), deep=True)


def _with_base(
    text: str | bytes,
    name: str,
    above: tuple[str, ...],
    around: Surroundings,
    texts: dict[str, str],
    log: list[Fault],
) -> Node:
    texts[name] = decoded(text, Mark(name))
    tree = _mapping(parse(texts[name], Mark(name), log), log, name)
    below = dict(tree.value) if isinstance(tree.value, dict) else {}
    link = below.pop("extends", None)
    if link is None or isinstance(link.value, Refusal):
        return tree._replace(value=below)
    found = around.find(link, log)
    base = str(found.place) if found else ""
    chain = (*above, name)
    if any(Path(base).resolve() == Path(file).resolve() for file in chain) and found:
        refuse(log, link, "a file cannot extend itself", "name another file, or remove the line")
    elif len(chain) == MOST_FILES and found:
        refuse(log, link, f"more than {MOST_FILES} files extend one another", "join some of them")
    elif found:
        lower = _with_base(content(found.place), base, chain, around, texts, log)
        return overlay(_without_dropped(lower, below), tree._replace(value=below))
    # Without its base, most of what is said about this file would be untrue.
    raise ScenarioError(log)


def _without_dropped(lower: Node, below: dict[str, Node]) -> Node:
    """`lower` without the arms that `below` writes as `~`; these are left out of both."""
    own, inherited = below.get("arms"), find(lower, ("arms",))
    if own is None or inherited is None or not isinstance(own.value, dict):
        return lower
    known = inherited.value if isinstance(inherited.value, dict) else {}
    dropped = {name for name, arm in own.value.items() if arm.value is None and name in known}
    below["arms"] = _keeping(own, dropped)
    top = lower.value if isinstance(lower.value, dict) else {}
    return lower._replace(value={**top, "arms": _keeping(inherited, dropped)})


def _keeping(arms: Node, dropped: set[str]) -> Node:
    below = arms.value if isinstance(arms.value, dict) else {}
    return arms._replace(value={name: arm for name, arm in below.items() if name not in dropped})


def _mapping(tree: Node | None, log: list[Fault], name: str) -> Node:
    if tree is None or tree.value is None:
        raise ScenarioError([*log, Fault(name, 0, 0, "", "the file is empty")])
    if isinstance(tree.value, Refusal):
        raise ScenarioError(log)
    if not isinstance(tree.value, dict):
        kind = "a list" if isinstance(tree.value, list) else "one value"
        problem = f"the file must hold 'key: value' lines, not {kind}"
        raise ScenarioError([*log, Fault(*tree.mark, "", problem)])
    return tree
