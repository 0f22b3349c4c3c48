"""`report`: the page of a folder of results, rendered again from what the folder holds."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wom_sim.commands.attempt import attempt
from wom_sim.commands.kept import SCENARIO, NotKept, kind_of, manifest_in, results_of
from wom_sim.commands.reading import as_kept
from wom_sim.commands.telling import OK, USAGE, note

if TYPE_CHECKING:
    from wom_sim.show.page.kept import Kept

FITTED = "fitted.yaml"


def main(arguments: argparse.Namespace) -> int:
    """Write `report.html` into `arguments.folder` once more."""
    return attempt(lambda: _report(arguments), str(arguments.folder))


def _report(arguments: argparse.Namespace) -> int:
    import wom_sim.plugs  # noqa: F401 - fills the registries
    from wom_sim.scenario.faults import ScenarioError
    from wom_sim.show.page.kept import REPORT
    from wom_sim.show.page.report import report
    from wom_sim.study.keeping.folder import put

    folder: Path = arguments.folder
    try:
        page = report(_kept(folder, arguments))
    except NotKept as error:
        note(str(error))
        return USAGE
    except ScenarioError:
        raise
    except (KeyError, ValueError, TypeError, IndexError):
        note(f"{folder} is damaged, or of an earlier version; run it again")
        return USAGE
    put(folder, REPORT, page)
    print(folder / REPORT)
    return OK


def _kept(folder: Path, arguments: argparse.Namespace) -> Kept:
    """The folder as its page reads it. Raises NotKept, ScenarioError and ResultsError."""
    from wom_sim.show.page.kept import ANSWER, Kept
    from wom_sim.study.tables import slug, study_beside

    kind, manifest = kind_of(folder), manifest_in(folder, files=dict, versions=dict)
    if ANSWER not in manifest["files"]:
        raise NotKept(f"{folder} has no {ANSWER}; another version made it: run it again")
    beside = folder.resolve().parent
    if kind == "claims":
        return Kept(folder, kind, None, manifest, results_of(folder, arguments))
    if kind == "fit":
        stem = str(manifest["scenario"])
        fitted = as_kept(folder / FITTED, stem, arguments)
        return Kept(folder, slug(f"{stem}-fit"), fitted, manifest, None)
    stem, ending = str(manifest["scenario"]), "" if kind == "run" else f"-{kind}"
    scenario = as_kept(folder / SCENARIO, stem, arguments)
    results = results_of(folder, arguments)
    name = slug(f"{stem}{ending}")
    return Kept(folder, name, scenario, manifest, results,
                study_beside(beside, name, stem))
