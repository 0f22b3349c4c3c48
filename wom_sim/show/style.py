"""One look for every figure: page, type and colours of text.

A page is 16 by 9 inches at 120 dpi, so a PNG is exactly 1920 by 1080. In print it is 183 mm wide,
two columns of a journal, drawn at full size with smaller titles and then shrunk (`forms`).
Matplotlib is imported inside functions, so that the command line can name figures without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from wom_sim.show import findings
from wom_sim.show.text import clean
from wom_sim.show.wording import MINUS, counted, name, span
from wom_sim.study.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Axes
    from matplotlib.figure import Figure as Figure
    from matplotlib.figure import SubFigure
    from matplotlib.text import Text
else:
    Axes = Figure = Any  # the registry reads annotations where Matplotlib is not loaded

DPI = 120
WIDTH, HEIGHT = 1152.0, 648.0
"""The page in points."""
LEFT, RIGHT = 0.03, 0.97
FLOOR = 0.085
"""Lowest place for a drawing; the source line is below."""

Form = Literal["slide", "print"]
TITLES: dict[Form, tuple[float, ...]] = {"slide": (31, 26, 21), "print": (25, 22, 19)}
"""A title is set in the first of these sizes at which it takes three lines or fewer."""
SUBTITLES: dict[Form, float] = {"slide": 19, "print": 17}
LABEL, TICK, SMALL = 19, 17, 12.5
INK, SOFT, GRID, AXIS = "#222222", "#5F5F5F", "#E3E3E3", "#8C8C8C"
BOX = "\N{WHITE SQUARE}"

RC: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": TICK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.edgecolor": AXIS,
    "axes.linewidth": 1.2,
    "grid.color": GRID,
    "grid.linewidth": 1.2,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "ytick.major.size": 0,
    "text.color": INK,
    "lines.linewidth": 4,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "path",
    "svg.hashsalt": "wom_sim",
    "pdf.fonttype": 42,
}


_form: ContextVar[Form] = ContextVar("form", default="slide")


class Page(NamedTuple):
    """A page with its words, and the share of its height up to which it is free."""

    figure: Figure
    top: float


@contextmanager
def look() -> Iterator[None]:
    """Matplotlib's own defaults and this look; also a decorator, for functions that draw."""
    import matplotlib.style

    with matplotlib.style.context(["default", RC]):
        yield


@contextmanager
def drawn_for(form: Form) -> Iterator[None]:
    """What is drawn in the block is meant for a slide or for print."""
    before = _form.set(form)
    try:
        yield
    finally:
        _form.reset(before)


def page(title: str, subtitle: str, source: str) -> Page:
    """An empty page with its title, what is measured, and where the numbers come from."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=DPI)
    FigureCanvasAgg(figure)
    room = (RIGHT - LEFT) * WIDTH
    sizes, small = TITLES[_form.get()], SUBTITLES[_form.get()]
    size = next((one for one in sizes if _fits(title, room, one)), sizes[-1])
    lines = wrapped(title, room, size, 3, bold=True, balanced=True)
    head = write(figure, LEFT, 0.955, lines, size, bold=True, va="top", linespacing=1.12)
    head.set_gid("title")
    below = bottom(head) - 14 / HEIGHT
    lines = wrapped(subtitle, room, small, 2, balanced=True)
    sub = write(figure, LEFT, below, lines, small, SOFT, va="top", linespacing=1.15)
    lines = wrapped(source, room, SMALL, 2, balanced=True)
    write(figure, LEFT, 0.02, lines, SMALL, SOFT, va="bottom", linespacing=1.2)
    return Page(figure, bottom(sub) - 22 / HEIGHT)


def source(results: Results, *more: str) -> str:
    """The source line: which scenario, how many worlds and weeks, and what else must be said."""
    said = (
        f"Simulated scenario {name(results.scenario.stem)}",
        f"{counted(findings.worlds(results), 'world')} per arm, same luck in each arm",
        span(findings.weeks(results)),
        *more,
    )
    return " · ".join(said)


def axes(figure: Figure, left: float, low: float, width: float, height: float) -> Axes:
    """A drawing area, given in shares of the page."""
    return figure.add_axes((left, low, width, height))


def write(
    where: Figure | SubFigure | Axes,
    x: float,
    y: float,
    lines: str | Sequence[str],
    size: float,
    colour: str = INK,
    *,
    bold: bool = False,
    halo: bool = False,
    **more: Any,
) -> Text:
    """Write lines of text, whatever characters they hold, never read as mathematics."""
    return where.text(
        x,
        y,
        "\n".join(drawable(line) for line in ([lines] if isinstance(lines, str) else lines)),
        fontsize=size,
        color=colour,
        fontweight="bold" if bold else "normal",
        path_effects=outline() if halo else [],
        parse_math=False,
        **more,
    )


def outline(width: float = 4.0) -> list[Any]:
    """A white line of so many points around letters, so that they can be read over lines."""
    from matplotlib import patheffects

    return [patheffects.withStroke(linewidth=width, foreground="white")]


def drawable(text: str) -> str:
    """`text` with a box for every character that the font has no picture of."""
    known = _glyphs()
    return "".join(letter if ord(letter) in known else BOX for letter in clean(text))


def wrapped(
    text: str, room: float, size: float, most: int, *, bold: bool = False, balanced: bool = False
) -> list[str]:
    """`text` in at most `most` lines of `room` points; `balanced`: about as long as one another."""
    words = [shortened(word, room, size, bold=bold) for word in drawable(text).split(" ")]
    lines = _filled(words, room, size, bold)
    if len(lines) > most:
        rest = " ".join(lines[most - 1 :])
        return [*lines[: most - 1], shortened(rest, room, size, bold=bold)]
    for share in range(40, 100, 2) if balanced else ():
        narrow = _filled(words, room * share / 100, size, bold)
        if len(narrow) == len(lines) and max(measured(one, size, bold) for one in narrow) <= room:
            return narrow
    return lines


def shortened(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """`text`, its end replaced by an ellipsis where it is longer than `room` points."""
    if measured(text, size, bold) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = measured(text[:middle].rstrip() + "…", size, bold) <= room
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low].rstrip() + "…"


@lru_cache(maxsize=4096)
def measured(text: str, size: float, bold: bool = False) -> float:
    """Width of a line of text in points."""
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.font_manager import FontProperties

    font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
    renderer: Any = RendererAgg(8, 8, 72)  # type: ignore[no-untyped-call]
    width, _, _ = renderer.get_text_width_height_descent(drawable(text), font, ismath=False)
    return float(width)


def bottom(text: Text) -> float:
    """Lower edge of a text on its page, as a share of the page's height."""
    figure = text.get_figure(root=True)
    assert figure is not None
    box = text.get_window_extent(figure.canvas.get_renderer())  # type: ignore[attr-defined]
    return float(box.y0 / figure.bbox.height)


def apart(wanted: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Centres for labels of these heights: near `wanted`, in its order, none over another."""
    places = list(wanted)
    order = sorted(range(len(places)), key=lambda i: (wanted[i], i))
    for _ in range(500):
        for below, above in pairwise(order):
            push = (sizes[below] + sizes[above]) / 2 - (places[above] - places[below])
            if push > 1e-9:
                places[below] -= push / 2
                places[above] += push / 2
        for i in order:
            places[i] = min(max(places[i], low + sizes[i] / 2), high - sizes[i] / 2)
    return places


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers between `low` and `high`."""
    from matplotlib.ticker import MaxNLocator

    found = MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    slack = 1e-9 * max(high - low, 1e-12)
    return [float(tick) for tick in found if low - slack <= tick <= high + slack]


def tick_label(value: float) -> str:
    """A tick's number: thousands apart, a real minus sign, millions in words."""
    if abs(value) >= 1e6:
        return f"{value / 1e6:,.10g} M".replace("-", MINUS)
    return f"{value:,.10g}".replace("-", MINUS)


def margin(low: float, high: float) -> float:
    """Left edge of an area, so that its tick labels begin where the title does."""
    widest = max(measured(tick_label(value), TICK) for value in ticks(low, high))
    return LEFT + (widest + 8) / WIDTH


def scale(area: Axes, low: float, high: float, *, labels: bool = True) -> None:
    """Set the vertical range of an area, with round ticks."""
    values = ticks(low, high)
    area.set_ylim(low, high)
    area.set_yticks(values, [tick_label(value) for value in values] if labels else [])
    if not labels:
        area.set_yticks(values)
        area.tick_params(labelleft=False)


def _fits(text: str, room: float, size: float) -> bool:
    words = drawable(text).split(" ")
    return len(_filled(words, room, size, True)) <= 3


def _filled(words: Sequence[str], room: float, size: float, bold: bool) -> list[str]:
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]} {word}"
        if measured(longer, size, bold) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@cache
def _glyphs() -> frozenset[int]:
    from matplotlib import get_data_path
    from matplotlib.ft2font import FT2Font

    folder = Path(get_data_path(), "fonts", "ttf")
    known = [FT2Font(str(folder / f"DejaVuSans{kind}.ttf")).get_charmap() for kind in ("", "-Bold")]
    return frozenset(known[0]) & frozenset(known[1])
