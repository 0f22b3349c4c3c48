"""Pages from templates: what is put into one is escaped, unless it is a piece of page itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


def piece(name: str, content: Mapping[str, Any]) -> str:
    """The template `name` filled with `content`, escaped; unknown names in it are errors."""
    return _environment().get_template(name).render(content)


def text(name: str) -> str:
    """A file beside the templates, as it is."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(
        loader=FunctionLoader(text), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )
