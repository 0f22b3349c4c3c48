"""The market's sources, read as text: which functions there are, and where they stand."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

PACKAGE = Path(__file__).parents[1]

# chance.py is arithmetic that any number may pass through; compiled.py computes nothing.
_NO_MODEL = ("__init__", "chance", "compiled")
_CARRIER_ROOMS = ("study/replicate.py",)
_BLOCK = re.compile(r"^(?:@.*\n(?:[ )].*\n)*)*(?:def|class) (\w+)", re.MULTILINE)
_END = re.compile(r"^[^\s)#]", re.MULTILINE)
_BOUND = re.compile(r"^(\w+) = (?:compiled|inlined|borrowing)\((\w+)", re.MULTILINE)
_SECTIONS = re.compile(r"^from wom_sim\.scenario\.parameters[\w.]* import (\([^)]*\)|.*)", re.M)

Definition: TypeAlias = ast.FunctionDef


class Block(NamedTuple):
    """A function or class at the top of a file; `line` counts from 1, `text` is its source."""

    name: str
    line: int
    text: str


class Room(NamedTuple):
    """One file: its path below the package's parent, and what stands at its top.

    bound: the names that kernels `_name` are bound to; sections: the classes of parameters it
    imports, by the name they have here; lines: its text, from line 1 at place 0.
    """

    file: str
    lines: list[str]
    blocks: dict[str, Block]
    bound: dict[str, str]
    sections: dict[str, str]


@cache
def rooms() -> dict[str, Room]:
    """The files of the market, and those that hand parameters to it, by name without `.py`."""
    market = sorted(path for path in (PACKAGE / "market").glob("*.py"))
    chosen = [path for path in market if path.stem not in _NO_MODEL]
    return {path.stem: _room(path) for path in (*chosen, *(PACKAGE / p for p in _CARRIER_ROOMS))}


def is_model(room: Room) -> bool:
    """Whether parameters may act in this file, rather than only pass through it."""
    return room.file.split("/")[1] == "market"


def definition(block: Block) -> ast.stmt:
    """The function or class of a block, parsed; its lines count from 1 where the block begins."""
    return ast.parse(block.text).body[0]


def docstring(node: Definition) -> str:
    """The docstring without the indentation of its function; deeper lines stay deeper."""
    return unindented(ast.get_docstring(node, clean=False) or "", node.body[0].col_offset)


def unindented(text: str, by: int) -> str:
    """A docstring whose lines below the first lose `by` blanks."""
    # ast and inspect would also take away what a block alone below the first line has more.
    lines = text.strip().splitlines()
    return "\n".join(line.removeprefix(" " * by).rstrip() for line in lines)


def equation(text: str) -> str:
    """The indented lines of a `docstring`, which state what a function computes; '' without."""
    lines = [line for line in text.splitlines() if line.startswith("    ")]
    return textwrap.dedent("\n".join(lines))


def prose_of(text: str) -> str:
    """A `docstring` in one line, without its equation."""
    return " ".join(" ".join(x for x in text.splitlines() if not x.startswith("    ")).split())


def home(function: Callable[..., Any]) -> str:
    """File and line of a function, from the package on where it belongs to it."""
    code = inspect.unwrap(function).__code__
    return f"{code.co_filename.removeprefix(f'{PACKAGE.parent}/')}:{code.co_firstlineno}"


def _room(path: Path) -> Room:
    text = path.read_text(encoding="utf-8")
    return Room(
        path.relative_to(PACKAGE.parent).as_posix(),
        text.splitlines(),
        {block.name: block for block in _blocks(text)},
        {kernel: name for name, kernel in _BOUND.findall(text)},
        dict(pair for found in _SECTIONS.findall(text) for pair in _imported(found)),
    )


def _blocks(text: str) -> Iterator[Block]:
    for found in _BLOCK.finditer(text):
        end = _END.search(text, found.end())
        source = text[found.start() : end.start() if end else len(text)]
        yield Block(found[1], text.count("\n", 0, found.start()) + 1, source)


def _imported(names: str) -> Iterator[tuple[str, str]]:
    for part in names.strip("()").split(","):
        words = part.split()
        if words:
            yield words[-1], words[0]
