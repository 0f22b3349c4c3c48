"""Every figure that results can give, in its forms, on disk."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from wom_sim.processes import begin, end
from wom_sim.scenario.registry import PlugFailed, figures
from wom_sim.show import shape, style
from wom_sim.show.forms import Format, file_name, image, prepared, put
from wom_sim.show.style import Figure, Form
from wom_sim.study.results import Results

Wanted = Sequence[tuple[Form, Format]]
USUAL: Wanted = (("slide", "png"), ("print", "svg"))
"""What `run` and the like write of each figure."""


class Drawn(NamedTuple):
    """The files written, and for each figure that failed the reason."""

    paths: list[Path]
    failed: dict[str, str]


def draw_all(
    results: Any, folder: Path, names: Iterable[str] | None = None, workers: int = 1,
    wanted: Wanted = USUAL,
) -> Drawn:
    """Draw the figures `names` (None: all that `results` can give) into `folder`.

    A figure that fails, for instance a user's own, does not stop the others. Each file appears
    whole.
    """
    chosen = list(shape.offered(results) if names is None else names)
    folder.mkdir(parents=True, exist_ok=True)
    drawn = Drawn([], {})
    if isinstance(results, Results):
        results.monthly  # noqa: B018 - once, before processes are forked
    each = _each(results, folder, chosen, workers, wanted)
    for name, (paths, reason) in zip(chosen, each, strict=True):
        drawn.paths.extend(paths)
        if reason:
            drawn.failed[name] = reason
    return drawn


def figure(name: str, results: Any, form: Form = "slide") -> Figure:
    """One figure at the size of its form. Raises PlugFailed, or whatever a plug raises."""
    plug, settings = figures[name], {}
    if isinstance(results, Results):
        settings = results.scenario.figures.get(name, {})
    with style.drawn_for(form):
        made: Figure = plug(shape.drawn_from(name, results), **settings)
    if not hasattr(made, "savefig"):
        raise plug.refuse("must answer a Matplotlib figure")
    return prepared(made, form)


def _each(
    results: Any, folder: Path, names: list[str], workers: int, wanted: Wanted
) -> list[tuple[list[Path], str]]:
    alone = sys.platform == "linux" and threading.active_count() == 1
    if workers <= 1 or len(names) <= 1 or not alone:
        return [_one(results, folder, wanted, name) for name in names]
    # Forked processes have the results already; sending them would take longer than drawing.
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(
        min(workers, len(names)), mp_context=context, initializer=_inherit,
        initargs=(os.getpid(), partial(_one, results, folder, wanted)),
    ) as pool:
        try:
            return list(pool.map(_drawn_here, names))
        except BaseException:
            end(pool)
            raise


_inherited: list[partial[tuple[list[Path], str]]] = []


def _inherit(parent: int, draw: partial[tuple[list[Path], str]]) -> None:
    begin(parent)
    _inherited.append(draw)


def _drawn_here(name: str) -> tuple[list[Path], str]:
    return _inherited[-1](name)


def _one(results: Any, folder: Path, wanted: Wanted, name: str) -> tuple[list[Path], str]:
    """The files of one figure, or the reason why there are none."""
    try:
        return _files(results, folder, wanted, name), ""
    except PlugFailed as error:
        return [], str(error)
    except (Exception, SystemExit) as error:  # a plug may raise anything
        return [], f"{type(error).__name__}: {error}"


def _files(results: Any, folder: Path, wanted: Wanted, name: str) -> list[Path]:
    """Draw all forms first, so that of a figure that fails nothing is written."""
    said = shape.words(name, results)
    images = {}
    for form in dict.fromkeys(form for form, _ in wanted):
        made = figure(name, results, form)
        for kind in (kind for own, kind in wanted if own == form):
            images[file_name(name, form, kind)] = image(made, kind, form, said.title, said.alt)
    for file, content in images.items():
        put(folder / file, content)
    return [folder / file for file in images]
