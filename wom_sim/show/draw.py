"""Every registered figure on disk, as PNG for slides and SVG for print."""

from __future__ import annotations

import multiprocessing
import sys
import threading
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from wom_sim.scenario.registry import PlugFailed, figures
from wom_sim.show import style
from wom_sim.study.results import Results


class Drawn(NamedTuple):
    """The files written, and for each figure that failed the reason."""

    paths: list[Path]
    failed: dict[str, str]


def draw_all(
    results: Results, folder: Path, names: Iterable[str] | None = None, workers: int = 1
) -> Drawn:
    """Draw the figures `names` (None: all registered) into `folder`, on `workers` processes.

    A figure that fails, for instance a user's own, does not stop the others.
    """
    chosen = list(figures if names is None else names)
    drawn = Drawn([], {})
    for name, (paths, reason) in zip(chosen, _each(results, folder, chosen, workers), strict=True):
        drawn.paths.extend(paths)
        if reason:
            drawn.failed[name] = reason
    return drawn


def _each(
    results: Results, folder: Path, names: list[str], workers: int
) -> list[tuple[list[Path], str]]:
    alone = sys.platform == "linux" and threading.active_count() == 1
    if workers <= 1 or len(names) <= 1 or not alone:
        return [_one(results, folder, name) for name in names]
    # Forked processes have the results already; sending them would take longer than drawing.
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(
        min(workers, len(names)), mp_context=context, initializer=_inherit,
        initargs=(partial(_one, results, folder),),
    ) as pool:
        return list(pool.map(_drawn_here, names))


_inherited: list[partial[tuple[list[Path], str]]] = []


def _inherit(draw: partial[tuple[list[Path], str]]) -> None:
    _inherited.append(draw)


def _drawn_here(name: str) -> tuple[list[Path], str]:
    return _inherited[-1](name)


def _figure(results: Results, name: str) -> style.Figure:
    figure: style.Figure = figures[name](results, **results.scenario.figures.get(name, {}))
    if not hasattr(figure, "savefig"):
        raise figures[name].refuse("must answer a Matplotlib figure")
    return figure


def _one(results: Results, folder: Path, name: str) -> tuple[list[Path], str]:
    """The files of one figure, or the reason why there are none."""
    try:
        return style.save(_figure(results, name), folder, name), ""
    except PlugFailed as error:
        return [], str(error)
    except Exception as error:  # a plug may raise anything
        return [], f"{type(error).__name__}: {error}"
