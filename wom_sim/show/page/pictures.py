"""Figures in the page: SVG files as data, with the words that they carry about themselves."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import NamedTuple

from wom_sim.show import shape
from wom_sim.show.page.kept import Kept
from wom_sim.show.page.sheets import Sheet, cell
from wom_sim.show.text import clean

DECIMALS = 2
"""Of a point; coordinates have six in the file."""
MOST_ROWS = 120
"""Rows of a table of numbers in the page."""
BELOW = 0.45
"""How far letters reach below their line, and room after them, in sizes of the title."""

_PATH = re.compile(r' d="[^"]*"')
_LONG = re.compile(rf"(\.\d{{{DECIMALS}}})\d+")
_UNSAFE = re.compile(r'[<>"#%&\n]')
_TITLE = re.compile(r'\n( *)<g id="title">.*?\n\1</g>', re.DOTALL)
_LETTERS = re.compile(r"<defs>.*?</defs>", re.DOTALL)
_LINE = re.compile(r'transform="translate\([-\d.]+ ([-\d.]+)\) scale\(([\d.]+) ')
_SIZE = re.compile(r'height="([\d.]+)pt" viewBox="0 0 ([\d.]+) ([\d.]+)"')


class Picture(NamedTuple):
    """A figure for the page: message, description, a sentence on it, the numbers behind it.

    `address` is the picture itself, as data; its proportions are `width` to `height`.
    """

    name: str
    title: str
    alt: str
    sentence: str
    address: str
    width: int
    height: int
    sheet: Sheet | None


def pictures(kept: Kept) -> list[Picture]:
    """The figures of a folder in the order of the story."""
    return [_picture(kept, file) for file in kept.pictures]


def _picture(kept: Kept, file: Path) -> Picture:
    """The figure in an SVG file as `forms.image` writes it."""
    text = file.read_text(encoding="utf-8")
    title = _said(text, "title") or f"Figure {file.stem}"
    alt = _said(text, "description") or f"{title}."
    svg = untitled(text) if _said(text, "title") else text
    size = re.search(r'viewBox="[\d.]+ [\d.]+ ([\d.]+) ([\d.]+)"', svg)
    width, height = (round(float(part)) for part in size.groups()) if size else (16, 9)
    known = kept.results is not None
    sentence = shape.words(file.stem, kept.results).sentence if known else ""
    sheet = _numbers(kept, file.stem)
    return Picture(file.stem, title, alt, sentence, address(svg), width, height, sheet)


def _numbers(kept: Kept, name: str) -> Sheet | None:
    """The numbers behind a figure; those of a fit stand in its table."""
    if kept.results is None:
        rows = kept.rows("observed")
        heads = tuple(rows[0]) if rows else ()
        found: shape.Numbers | None = shape.Numbers(heads, tuple(tuple(r.values()) for r in rows))
    else:
        found = shape.numbers(name, kept.results)
    if found is None or not found.rows:
        return None
    rest, caption = len(found.rows) - MOST_ROWS, f"The numbers behind “{name}”"
    if rest > 0:
        caption += f"; {rest:,} more rows in the tables of the folder"
    heads = tuple(clean(str(head)).replace("_", " ") for head in found.columns)
    return Sheet(caption, heads, tuple(tuple(map(cell, row)) for row in found.rows[:MOST_ROWS]))


def address(svg: str) -> str:
    """An SVG as the address of an image, coordinates to a hundredth of a point."""
    body = svg[svg.find("<svg") :]
    short = _PATH.sub(lambda path: _LONG.sub(r"\1", path[0]).replace("\n", ""), body)
    return "data:image/svg+xml," + _UNSAFE.sub(lambda one: f"%{ord(one[0]):02X}", short)


def untitled(svg: str) -> str:
    """The figure without its title, which the page says itself, and without the room for it."""
    title = _TITLE.search(svg)
    lines = _LINE.findall(title[0]) if title else []
    size = _SIZE.search(svg)
    if title is None or size is None or not lines:
        return svg
    low = max(float(y) + BELOW * 100 * float(scale) for y, scale in lines)
    width, height = float(size[2]), float(size[3])
    cut = f'height="{height - low:g}pt" viewBox="0 {low:g} {width:g} {height - low:g}"'
    # Letters are drawn once, where they are first used, and used again by what follows.
    letters = "".join(_LETTERS.findall(title[0]))
    return svg.replace(title[0], letters, 1).replace(size[0], cut, 1)


def _said(svg: str, what: str) -> str:
    found = re.search(rf"<dc:{what}>(.*?)</dc:{what}>", svg[: svg.find("</metadata>")], re.DOTALL)
    return html.unescape(found[1]).strip() if found else ""
