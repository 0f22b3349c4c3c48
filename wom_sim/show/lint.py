"""A linter for figures: what a room cannot read, and what some eyes cannot tell apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wom_sim.show.style import Figure, Form
from wom_sim.study.results import Floats

if TYPE_CHECKING:
    from matplotlib.text import Text

SMALLEST: dict[Form, float] = {"slide": 12.0, "print": 5.0}
"""Points of the smallest text in each form (AVIXA's DISCAS; Nature)."""
CONTRAST = 4.5
"""Least contrast of text and what is behind it (WCAG 2.2, level AA)."""
APART = 15.0
"""Least distance of two colours in CIELAB, as seen with any colour vision."""
COLOURED = 18.0
"""Chroma from which on a colour carries a meaning; greys are furniture."""

VISIONS = {
    "usual": np.eye(3),
    "protanopia": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                            [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                              [-0.011820, 0.042940, 0.968881]]),
    "tritanopia": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                            [0.004733, 0.691367, 0.303900]]),
}
"""What each kind of colour vision makes of linear RGB (Machado, Oliveira & Fernandes 2009)."""
_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                 [0.0193339, 0.1191920, 0.9503041]])
_WHITE = np.array([0.95047, 1.0, 1.08883])


class Seen(NamedTuple):
    """A visible text and its box in pixels."""

    text: Text
    box: Any


def lint(figure: Figure, form: Form = "slide") -> list[str]:
    """Faults of a figure at the size of its form, a line each; empty where there is none.

    Text off the page, over text, too small, or too pale for what is behind it, and coloured fills
    and lines that are closer than `APART` for some kind of colour vision.
    """
    seen = _seen(figure)
    pale = [f"too pale: {words(one)!r}" for one in _pale(figure, seen)]
    return [*_misplaced(figure, seen, SMALLEST[form]), *pale, *_over(seen), *_confusable(figure)]


def words(one: Seen) -> str:
    return str(one.text.get_text())


def _seen(figure: Figure) -> list[Seen]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    if not hasattr(figure.canvas, "get_renderer"):
        FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    texts = [text for text in figure.findobj(Text) if isinstance(text, Text)]
    unseen = _beyond(figure)
    visible = [text for text in texts if text.get_visible() and text.get_text().strip()
               and text not in unseen]
    # A pixel of a 1920 by 1080 slide.
    slack = figure.bbox.width / 1920
    return [Seen(text, text.get_window_extent(renderer).padded(-slack)) for text in visible]


def _beyond(figure: Figure) -> set[Any]:
    """Labels of ticks that lie beyond the end of their axis, which are not drawn."""
    found = set()
    for axis in (axis for area in figure.axes for axis in (area.xaxis, area.yaxis)):
        low, high = sorted(axis.get_view_interval())
        slack = 1e-6 * (high - low)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if not low - slack <= tick.get_loc() <= high + slack:
                found |= {tick.label1, tick.label2}
    return found


def _misplaced(figure: Figure, seen: Iterable[Seen], smallest: float) -> Iterator[str]:
    wide, tall = figure.bbox.width, figure.bbox.height
    for one in seen:
        box = one.box
        if box.x0 < 0 or box.y0 < 0 or box.x1 > wide or box.y1 > tall:
            yield f"off the page: {words(one)!r}"
        if float(one.text.get_fontsize()) < smallest - 1e-6:
            yield f"smaller than {smallest:g} points: {words(one)!r}"


def _over(seen: Sequence[Seen]) -> Iterator[str]:
    for one, other in combinations(seen, 2):
        if one.box.overlaps(other.box):
            yield f"{words(one)!r} over {words(other)!r}"


def _pale(figure: Figure, seen: Sequence[Seen]) -> Iterator[Seen]:
    """Texts whose colour is too close to what is drawn behind most of them."""
    from matplotlib.colors import to_rgb

    behind = _without_text(figure, seen)
    for one in seen:
        x0, x1 = (int(min(max(x, 0), behind.shape[1] - 1)) for x in (one.box.x0, one.box.x1))
        y0, y1 = (int(min(max(y, 0), behind.shape[0] - 1)) for y in (one.box.y0, one.box.y1))
        ground = np.median(behind[y0 : y1 + 1, x0 : x1 + 1].reshape(-1, 3), axis=0)
        if contrast(to_rgb(one.text.get_color()), ground) < CONTRAST:
            yield one


def _without_text(figure: Figure, seen: Sequence[Seen]) -> Floats:
    """The picture without its texts, from the bottom up, (height, width, 3) in [0, 1]."""
    alphas = [one.text.get_alpha() for one in seen]
    for one in seen:
        # Hidden, a text would take the box behind it along.
        one.text.set_alpha(0.0)
    figure.canvas.draw()
    for one, alpha in zip(seen, alphas, strict=True):
        one.text.set_alpha(alpha)
    pixels = np.asarray(figure.canvas.buffer_rgba())  # type: ignore[attr-defined]
    found: Floats = pixels[::-1, :, :3] / 255.0
    return found


def contrast(one: Any, other: Any) -> float:
    """Contrast of two colours, from 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Any) -> float:
    return float(_linear(np.asarray(colour, float)) @ _XYZ[1])


def _linear(colour: Floats) -> Floats:
    """Linear RGB of sRGB (IEC 61966-2-1)."""
    found: Floats = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    return found


def lab(colour: Any, vision: str = "usual") -> Floats:
    """CIELAB (CIE 1976, white D65) of an sRGB colour as a kind of colour vision has it."""
    seen = np.clip(VISIONS[vision] @ _linear(np.asarray(colour, float)), 0.0, 1.0)
    ratio = _XYZ @ seen / _WHITE
    x, y, z = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one: Any, other: Any) -> float:
    """The least distance of two colours in CIELAB over all kinds of colour vision."""
    return min(float(np.linalg.norm(lab(one, v) - lab(other, v))) for v in VISIONS)


def _confusable(figure: Figure) -> Iterator[str]:
    from matplotlib.colors import to_hex

    for one, other in combinations(_colours(figure), 2):
        if distance(one, other) < APART:
            yield f"hard to tell apart: {to_hex(one)} and {to_hex(other)}"


def _colours(figure: Figure) -> list[tuple[float, float, float]]:
    """Colours with a meaning, opaque, each once; those with alpha are shades of others."""
    from matplotlib.colors import to_rgba_array

    found: dict[tuple[float, float, float], None] = {}
    for artist in figure.findobj():
        for colour in to_rgba_array(_painted(artist)).tolist():
            alpha = artist.get_alpha()
            if colour[3] == 1.0 and (alpha is None or alpha == 1.0) and _means(colour[:3]):
                found[colour[0], colour[1], colour[2]] = None
    return list(found)


def _painted(artist: Any) -> Any:
    from matplotlib.collections import Collection
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if not artist.get_visible():
        return []
    if isinstance(artist, Collection):
        return [*artist.get_facecolor(), *artist.get_edgecolor()]
    if isinstance(artist, Patch):
        return [artist.get_facecolor()]
    if isinstance(artist, Line2D):
        return _of_line(artist)
    return []


def _of_line(line: Any) -> list[Any]:
    if not len(np.atleast_1d(line.get_xdata())):
        return []
    drawn = line.get_linestyle() not in ("None", "", " ") and line.get_linewidth() > 0
    marked = line.get_marker() not in ("None", "", " ", None)
    return [line.get_color()] * drawn + [line.get_markerfacecolor()] * marked


def _means(colour: Sequence[float]) -> bool:
    return bool(np.hypot(*lab(colour)[1:]) >= COLOURED)
