"""The page of a folder of results, written when the folder is, and once more on request."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wom_sim.commands.telling import note

if TYPE_CHECKING:
    from wom_sim.scenario.parameters import Scenario

CUSTOMARY = "report.html       open this first; answer.txt has the answer in words"
"""What commands print of these files."""


def made(scenario: Scenario, **more: Any) -> dict[str, Any]:
    """What made the results of a scenario, as the manifest will have it; `more` are its options."""
    from wom_sim.scenario.dump import scenario_hash
    from wom_sim.study.keeping.folder import files_named

    return {
        "inputs": dict(sorted(files_named(scenario).items())),
        "scenario_hash": scenario_hash(scenario), "seed": scenario.seed, **tools(), **more,
    }


def tools() -> dict[str, Any]:
    """The versions of everything, and of the random numbers."""
    from wom_sim.market.chance import RNG_VERSION
    from wom_sim.study.keeping.folder import versions

    return {"rng": RNG_VERSION, "versions": versions()}


def write_report(
    folder: Path, name: str, scenario: Scenario | None, results: Any, said: Iterable[str],
    made_by: dict[str, Any], beside: Path,
) -> None:
    """Write `answer.txt`, which holds the sentences `said`, and `report.html` into a new folder.

    The folder will be called `name` and lie in `beside`; everything else but the manifest is in it.
    `results` are what its figures are drawn from, None for a fit.
    """
    from wom_sim.show.page.kept import ANSWER, REPORT, Kept
    from wom_sim.show.page.report import report
    from wom_sim.show.text import clean
    from wom_sim.study.tables import study_beside

    lines = "".join(f"{clean(sentence)}\n" for sentence in said)
    (folder / ANSWER).write_text(lines, encoding="utf-8", newline="\n")
    try:
        study = None if scenario is None else study_beside(beside, name, scenario.stem)
        page = report(Kept(folder, name, scenario, made_by, results, study))
    except OSError:
        raise
    except Exception as error:  # hours of work are worth more than their page
        note(f"{REPORT} could not be made: {type(error).__name__}: {error}")
        return
    (folder / REPORT).write_text(page, encoding="utf-8", newline="\n")
