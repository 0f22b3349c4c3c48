"""What `claims` takes up of an earlier `claims --flips`, and the table and figures of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wom_sim.commands.telling import note

if TYPE_CHECKING:
    from wom_sim.scenario.parameters import Scenario
    from wom_sim.show.style import Figure
    from wom_sim.study.claims.taken import Flipped
    from wom_sim.study.claims.worlds import Samples

COLUMNS = ("claim", "preset", "variant", "holds_before", "parameter", "unit", "meaning", "from",
           "to", "share_of_range", "confirmed", "worlds", "searched")
TEXTS = ("parameter", "unit", "meaning", "searched")
"""Columns of text that may be empty."""


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
    from wom_sim.study.tables import Table, write_csv

    rows = [(*one[:-1], ", ".join(one.searched)) for one in found]
    if rows:
        write_csv(folder / "flips.csv", Table(COLUMNS, rows))


def flips_in(folder: Path) -> list[Flipped]:
    """The flips that `write_flips` left in a folder of `claims`."""
    from wom_sim.study.claims.taken import Flipped
    from wom_sim.study.tables import read_csv

    table = folder / "flips.csv"
    if not table.exists():
        return []
    found = []
    for row in read_csv(table):
        told = ["" if value != value else value for value in (row[name] for name in TEXTS)]
        own = {**row, **dict(zip(TEXTS, told, strict=True))}
        *values, searched = (own[name] for name in COLUMNS)
        found.append(Flipped._make((*values, tuple(searched.split(", ")) if searched else ())))
    return found


def save_pages(pages: Sequence[Figure], folder: Path, stem: str) -> None:
    """Save figures that belong together: `stem`, `stem_2` and so on."""
    from wom_sim.show.style import save

    for number, page in enumerate(pages, 1):
        save(page, folder, stem if number == 1 else f"{stem}_{number}")
