"""The forms of a figure: a slide of 1920 by 1080, and print, 183 mm wide; as PNG, SVG or PDF.

Letters are outlines in SVG and embedded fonts in PDF, so every machine shows the same. Message and
description go along with each file. Equal figures give equal bytes.
"""

from __future__ import annotations

import os
import re
from io import BytesIO
from pathlib import Path
from typing import Any, Literal
from xml.sax.saxutils import escape

from wom_sim.show import style
from wom_sim.show.style import Figure, Form
from wom_sim.show.text import clean

Format = Literal["png", "svg", "pdf"]
FORMS: tuple[Form, ...] = ("slide", "print")
USUAL: dict[Format, Form] = {"png": "slide", "svg": "print", "pdf": "print"}
"""The form that a file of each format has, unless its name says another."""
COLUMNS = 183 / 25.4
"""Inches that a figure is wide in print: two columns of Nature, of 183 mm."""
DOTS: dict[Form, float] = {"slide": style.DPI, "print": 300.0}
"""Dots per inch of a PNG."""


def file_name(stem: str, form: Form, kind: Format) -> str:
    """`reach.png` for the usual form of a format, `reach-print.png` for the other."""
    safe = re.sub(r"[^\w.-]", "_", stem)
    return f"{safe}.{kind}" if USUAL[kind] == form else f"{safe}-{form}.{kind}"


def prepared(figure: Figure, form: Form) -> Figure:
    """The figure at the size of its form; that of print is changed for good."""
    if form == "print":
        shrink(figure, COLUMNS / float(figure.get_size_inches()[0]))
    return figure


def image(figure: Figure, kind: Format, form: Form, title: str = "", alt: str = "") -> bytes:
    """The content of a file of a figure `prepared` for its form, with its words."""
    buffer = BytesIO()
    with style.look():
        figure.savefig(
            buffer, format=kind, dpi=DOTS[form], metadata=_metadata(kind, clean(title), clean(alt))
        )
    found = buffer.getvalue()
    if kind == "svg" and title:
        told = f"<desc>{escape(clean(alt))}</desc>\n".encode()
        found = found.replace(b"</title>\n", b"</title>\n " + told, 1)
    return found


def save(
    figure: Figure, folder: Path, stem: str, title: str = "", alt: str = ""
) -> list[Path]:
    """Write a figure that is not registered, a slide, as PNG and SVG. Returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    kinds: tuple[Format, ...] = ("png", "svg")
    made = [folder / file_name(stem, USUAL[kind], kind) for kind in kinds]
    for path, kind in zip(made, kinds, strict=True):
        put(path, image(figure, kind, "slide", title, alt))
    return made


def put(path: Path, content: bytes) -> None:
    """Write a file that appears whole, over an earlier one of its name."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _metadata(kind: Format, title: str, alt: str) -> dict[str, Any]:
    """Message and description as the format keeps them, and nothing of when and by what."""
    if kind == "png":
        told = {"Title": title, "Description": alt} if title else {}
        return {"Software": None, **told}
    if kind == "svg":
        told = {"Title": title, "Description": alt} if title else {}
        return {"Date": None, "Creator": None, **told}
    told = {"Title": title, "Subject": alt} if title else {}
    return {"Creator": None, "Producer": None, "CreationDate": None, **told}


def shrink(figure: Figure, share: float) -> None:
    """Make a figure and all that is measured in points on it smaller (or larger)."""
    from matplotlib.axis import Tick
    from matplotlib.collections import Collection
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.text import Text

    width, height = figure.get_size_inches()
    figure.set_size_inches(width * share, height * share)
    # Ticks first, as moving their labels sets their lines to full size again.
    for tick in figure.findobj(Tick):
        _draw_near(tick, share)
    for artist in figure.findobj():
        if isinstance(artist, Text):
            artist.set_fontsize(float(artist.get_fontsize()) * share)
            if artist.get_path_effects():
                artist.set_path_effects(style.outline(4 * share))
        elif isinstance(artist, Line2D):
            artist.set_linewidth(artist.get_linewidth() * share)
            artist.set_markersize(artist.get_markersize() * share)
            artist.set_markeredgewidth(artist.get_markeredgewidth() * share)
        elif isinstance(artist, Collection):
            _resize(artist, share)
        elif isinstance(artist, Patch):
            artist.set_linewidth(artist.get_linewidth() * share)


def _resize(collection: Any, share: float) -> None:
    collection.set_linewidth([wide * share for wide in collection.get_linewidth()])
    sizes = collection.get_sizes() if hasattr(collection, "get_sizes") else ()
    if len(sizes):
        collection.set_sizes([size * share**2 for size in sizes])


def _draw_near(tick: Any, share: float) -> None:
    tick.set_pad(tick.get_pad() * share)
