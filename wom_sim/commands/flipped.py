"""What `claims` takes up of an earlier `claims --flips`, and the table of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wom_sim.commands.telling import note

if TYPE_CHECKING:
    from wom_sim.scenario.parameters import Scenario
    from wom_sim.study.claims.taken import Flipped
    from wom_sim.study.claims.worlds import Samples


def taken_from(folder: Path, scenarios: Sequence[Scenario], samples: Samples) -> list[Flipped]:
    """The flips in `folder` that belong to these samples; says what is there and is left out."""
    from wom_sim.study.claims.taken import read_flips, taken_up

    table, manifest = folder / "flips.csv", folder / "manifest.json"
    if not table.exists():
        note(f"{folder} is not there, so nothing is said of flips; --flips makes it")
        return []
    try:
        rows = read_flips(table)
        about = json.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else {}
    except (KeyError, ValueError):
        note(f"{table} is no table that --flips wrote; it is left out")
        return []
    found, strange = taken_up(rows, scenarios, samples, about.get("asked"))
    if strange:
        note(f"{folder} is of other settings, or needs more worlds than these: its flips of claims"
             f" {', '.join(map(str, strange))} are left out")
    return found


def write_flips(found: Sequence[Flipped], folder: Path) -> None:
    """Write `flips.csv`, none where there is nothing to say."""
    from wom_sim.study.claims.taken import COLUMNS
    from wom_sim.study.tables import Table, write_csv

    rows = [(*one[:-1], ", ".join(one.searched)) for one in found]
    if rows:
        write_csv(folder / "flips.csv", Table(COLUMNS, rows))
