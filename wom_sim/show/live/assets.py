"""The files of the page: its own, and the charts' library from the package that ships it."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

from wom_sim.show.page.template import text

PLOTLY = "plotly/package_data/plotly.min.js"
FOLDER = Path(__file__).parent


class NoPlotly(Exception):
    """The charts' library is not there; the message is one line."""


class Asset(NamedTuple):
    """A file that the server gives out: its content, media type and further headers."""

    content: bytes
    kind: str
    headers: tuple[tuple[str, str], ...] = ()


@cache
def plotly() -> str:
    """Plotly's program for browsers, as its Python package ships it. Raises NoPlotly."""
    try:
        place = distribution("plotly").locate_file(PLOTLY)
        return Path(str(place)).read_text(encoding="utf-8")
    except (PackageNotFoundError, OSError):
        raise NoPlotly("explore needs plotly, which is not installed whole") from None


def own(name: str) -> str:
    """A file of the page: page.html, page.css or page.js."""
    return (FOLDER / name).read_text(encoding="utf-8")


def styles() -> dict[str, str]:
    """Style sheets by name; the page's own comes last and overrules."""
    return {"replay.css": text("replay.css"), "page.css": own("page.css")}


def programs() -> dict[str, str]:
    """The page's programs by name, in the order in which they are to run."""
    return {"replay.js": text("replay.js"), "page.js": own("page.js")}


def served() -> dict[str, Asset]:
    """What a server gives out, by path. Raises NoPlotly."""
    head = "".join(f'<link rel="stylesheet" href="{name}">' for name in styles())
    foot = "".join(f'<script src="{name}"></script>' for name in ("plotly.js", *programs()))
    page = own("page.html").replace("<!-- head -->", f'{head}<link rel="icon" href="data:,">')
    scripts = {"plotly.js": plotly(), **programs()}
    return {
        "/": Asset(page.replace("<!-- foot -->", foot).encode(), "text/html; charset=utf-8"),
        **{f"/{name}": Asset(content.encode(), "text/css; charset=utf-8")
           for name, content in styles().items()},
        **{f"/{name}": Asset(content.encode(), "text/javascript; charset=utf-8")
           for name, content in scripts.items()},
    }
