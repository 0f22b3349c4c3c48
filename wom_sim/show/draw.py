"""Every registered figure on disk, as PNG for slides and SVG for print."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from wom_sim.scenario.registry import figures
from wom_sim.show import style
from wom_sim.study.results import Results


class Drawn(NamedTuple):
    """The files written, and for each figure that failed the reason."""

    paths: list[Path]
    failed: dict[str, str]


def draw_all(results: Results, folder: Path, names: Iterable[str] | None = None) -> Drawn:
    """Draw the figures `names` (None: all registered) into `folder`.

    A figure that fails, for instance a user's own, does not stop the others.
    """
    drawn = Drawn([], {})
    for name in figures if names is None else names:
        try:
            figure = figures[name].function(results)
            drawn.paths.extend(style.save(figure, folder, name))
        except Exception as error:  # a plug may raise anything
            drawn.failed[name] = f"{type(error).__name__}: {error}"
    return drawn
