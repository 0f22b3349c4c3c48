"""What the lines of the market's sources say: names, arguments, calls and registrations."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

from wom_sim.guide.rooms import Block, Definition, Room


def functions(room: Room) -> Iterator[tuple[str, str]]:
    """Names that functions of a room are called by, each with the name as written."""
    for name, block in room.blocks.items():
        if not block.text.startswith("class"):
            yield name, name
            yield room.bound.get(name, name), name


@cache
def head(block: Block) -> list[str]:
    """Names of a function's arguments in order, read without parsing its body."""
    opened = block.text.index("def ")
    depth, parts, word = 0, [], ""
    for character in block.text[opened:]:
        depth += character in "([{"
        depth -= character in ")]}"
        if depth == 0 and character == ")":
            break
        if depth == 1 and character in "(,":
            parts.append(word)
            word = ""
        else:
            word += character
    return [part.split(":")[0].strip() for part in [*parts[1:], word] if part.strip()]


def paired(names: list[str], node: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """Each argument of a call with the name that the function, of arguments `names`, gives it."""
    yield from zip(names, node.args, strict=False)
    yield from ((keyword.arg, keyword.value) for keyword in node.keywords if keyword.arg)


def plug_name(node: Definition) -> str:
    """The name a function is registered under, '' if it is no plug."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and last_name(decorator.func) == "register":
            return str(getattr(decorator.args[0], "value", ""))
    return ""


def is_own(node: ast.expr) -> bool:
    """Whether this is an attribute of `self`."""
    inner = getattr(node, "value", None)
    return isinstance(node, ast.Attribute) and isinstance(inner, ast.Name) and inner.id == "self"


def last_name(node: ast.expr) -> str:
    """The last word of a name: `b` of `a.b`, '' of what is no name."""
    return str(getattr(node, "attr", getattr(node, "id", "")))
