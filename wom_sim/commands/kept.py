"""What a folder of results holds, of whichever command, for commands that show it again."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

MANIFEST, SCENARIO = "manifest.json", "scenario.yaml"
MARKS = {"claims.csv": "claims", "sensitivity.csv": "sensitivity", "identified.csv": "fit",
         "design.csv": "sweep", "replications.csv": "run"}
"""A file that only folders of each kind have; the first that is there counts."""


class NotKept(Exception):
    """The folder holds nothing that can be shown; the message is one line saying what to do."""


def kind_of(folder: Path) -> str:
    """The command that made a folder of results. Raises NotKept."""
    found = next((kind for file, kind in MARKS.items() if (folder / file).is_file()), "")
    if not found or not (folder / MANIFEST).is_file():
        raise NotKept(f"{folder} is not a folder of results; name one with {MANIFEST} and its"
                      " tables, such as results/customers_or_partners")
    return found


def results_of(folder: Path, arguments: argparse.Namespace) -> Any:
    """What figures are drawn from, read from the folder's files alone: see `show.shape`.

    `arguments` are those of commands that read the scenario of a folder (`verify`). Raises NotKept,
    also where the folder is damaged or of a version that kept less, and ScenarioError.
    """
    from wom_sim.scenario.faults import ScenarioError
    from wom_sim.study.tables import ResultsError

    try:
        return _read(folder, kind_of(folder), arguments)
    except ScenarioError:
        raise
    except ResultsError as error:
        raise NotKept(str(error)) from None
    except (KeyError, ValueError, TypeError, IndexError):
        raise NotKept(f"{folder} is damaged, or of an earlier version; run it again") from None


def _read(folder: Path, kind: str, arguments: argparse.Namespace) -> Any:
    from wom_sim.commands.sweep import mapped
    from wom_sim.study.keeping import stored
    from wom_sim.study.results import Mapped, Ranked

    if kind == "fit":
        raise NotKept(f"{folder} holds a fit, whose figure is drawn once; draw takes folders of"
                      " run, sweep, sensitivity and claims")
    if kind == "claims":
        return stored.board_of(folder)
    manifest = manifest_in(folder, scenario=str, weeks=int, replications=int)
    scenario = _scenario(folder, manifest, arguments)
    if kind == "run":
        return stored.run_of(folder, scenario, manifest)
    swept = stored.swept_of(folder, scenario, manifest)
    if kind == "sensitivity":
        return Ranked(swept, stored.sensitivity_of(folder, manifest))
    usual = {"outcome": "clients_won", "arm": "", "against": ""}
    options = argparse.Namespace(**{**usual, **manifest.get("options", {})})
    return Mapped(swept, options.outcome, mapped(swept, options))


def manifest_in(folder: Path, **needed: Callable[[Any], Any]) -> dict[str, Any]:
    """The manifest of a folder, in which `needed` entries are there and made what they say.

    Raises NotKept.
    """
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
        return {**found, **{name: make(found[name]) for name, make in needed.items()}}
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        raise NotKept(f"{folder / MANIFEST} cannot be read; run it again") from None


def _scenario(folder: Path, manifest: dict[str, Any], arguments: argparse.Namespace) -> Any:
    from wom_sim.commands.reading import as_kept

    if not (folder / SCENARIO).is_file():
        raise NotKept(f"{folder} has no {SCENARIO}; run it again")
    named = argparse.Namespace(**{**vars(arguments), "folder": folder})
    return as_kept(folder / SCENARIO, manifest["scenario"], named)
