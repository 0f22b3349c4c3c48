"""`draw`: the figures of a folder of results drawn again, from its files alone."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wom_sim.commands.attempt import attempt
from wom_sim.commands.kept import MANIFEST, NotKept, kind_of, results_of
from wom_sim.commands.telling import FAILED, OK, USAGE, note, tell_failed

if TYPE_CHECKING:
    from wom_sim.show.draw import Wanted


def main(arguments: argparse.Namespace) -> int:
    """Draw the figures of `arguments.folder`; nothing is written on a mistake."""
    return attempt(lambda: _draw(arguments), str(arguments.folder / "scenario.yaml"))


def _draw(arguments: argparse.Namespace) -> int:
    import wom_sim.plugs  # noqa: F401 - fills the registries

    folder: Path = arguments.folder
    try:
        # First, since a figure may be one of the scenario's plugins.
        results = results_of(folder, arguments)
        names = _names(arguments.figure, results)
    except NotKept as error:
        note(str(error))
        return USAGE
    # Figures of claims lie beside their table.
    place = folder if kind_of(folder) == "claims" else folder / "figures"
    return _write(results, names, place, arguments)


def _names(asked: Sequence[str], results: Any) -> list[str]:
    """The figures to draw: those asked for, or all that there are. Raises NotKept."""
    from wom_sim.scenario.faults import quoted, suggestion
    from wom_sim.scenario.registry import figures
    from wom_sim.show.shape import lacking, offered

    for name in asked:
        if name not in figures:
            raise NotKept(f"no figure {quoted(name)}; {suggestion(name, figures)}")
        reason = lacking(name, results)
        if reason:
            raise NotKept(reason)
    names = list(dict.fromkeys(asked)) or offered(results)
    if not names:
        raise NotKept("these results have no figure: their sweep is over texts, or over more than"
                      " two numbers")
    return names


def _write(results: Any, names: list[str], place: Path, arguments: argparse.Namespace) -> int:
    from wom_sim.show.draw import draw_all
    from wom_sim.study.keeping.folder import plain_errors

    with plain_errors(place):
        drawn = draw_all(results, place, names, arguments.workers, _wanted(arguments))
        _enter(arguments.folder, drawn.paths)
    if not arguments.quiet:
        for path in drawn.paths:
            print(path)
    tell_failed(drawn.failed)
    return FAILED if drawn.failed else OK


def _wanted(arguments: argparse.Namespace) -> Wanted:
    """Forms and formats: those asked for; without formats those that `run` writes of the forms."""
    from wom_sim.show.draw import USUAL
    from wom_sim.show.forms import USUAL as FORM_OF

    forms, kinds = dict.fromkeys(arguments.size), dict.fromkeys(arguments.format)
    if forms and kinds:
        return [(form, kind) for form in forms for kind in kinds]
    if kinds:
        return [(FORM_OF[kind], kind) for kind in kinds]
    return [(form, kind) for form, kind in USUAL if not forms or form in forms]


def _enter(folder: Path, paths: Sequence[Path]) -> None:
    """Name in the manifest the files that `run` did not write, so that they are of the results."""
    from wom_sim.show.forms import put
    from wom_sim.study.keeping.folder import hashes, manifest_text

    record = json.loads((folder / MANIFEST).read_bytes())
    there = hashes(folder)
    new = {path.relative_to(folder).as_posix() for path in paths} - set(record["files"])
    drawn = {name: there[name] for name in sorted({*record.get("drawn", {}), *new})
             if name in there}
    if drawn:
        put(folder / MANIFEST, manifest_text({**record, "drawn": drawn}).encode())
