"""The files of the page: its own, and the charts' library from the package that ships it."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

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
        raise NoPlotly("plotly is not installed") from None


def own(name: str) -> str:
    """A file of the page: page.html, page.css or page.js."""
    return (FOLDER / name).read_text(encoding="utf-8")


def served() -> dict[str, Asset]:
    """What a server gives out, by path. Raises NoPlotly."""
    head = '<link rel="stylesheet" href="page.css"><link rel="icon" href="data:,">'
    foot = '<script src="plotly.js"></script><script src="page.js"></script>'
    page = own("page.html").replace("<!-- head -->", head).replace("<!-- foot -->", foot)
    return {
        "/": Asset(page.encode(), "text/html; charset=utf-8"),
        "/page.css": Asset(own("page.css").encode(), "text/css; charset=utf-8"),
        "/page.js": Asset(own("page.js").encode(), "text/javascript; charset=utf-8"),
        "/plotly.js": Asset(plotly().encode(), "text/javascript; charset=utf-8"),
    }
