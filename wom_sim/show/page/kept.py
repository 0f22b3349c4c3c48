"""A folder of results as the page reads it: its tables, its words, and what made it."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from wom_sim.scenario.parameters import Scenario
from wom_sim.show import shape
from wom_sim.study.results import Happening, Results

ANSWER = "answer.txt"
REPORT = "report.html"
GUARD = "'"
"""Stands before texts of a table that a spreadsheet would take for a formula."""
RANKING, FIT = "sensitivity.csv", "fit"

Row = Mapping[str, str]


class Kept:
    """What a folder of results holds.

    `results` are what its figures are drawn from (see `show.shape`), None for a fit. `scenario` is
    None for claims, which are many. `made` holds seed, versions, version of the random numbers and
    fingerprints, as the manifest has them. `name` is the folder's own.
    `study` is where a sensitivity study of the scenario of a run may lie.
    """

    def __init__(
        self, path: Path, name: str, scenario: Scenario | None, made: Mapping[str, Any],
        results: Any, study: Path | None = None,
    ) -> None:
        self.path, self.name, self.scenario, self.made = path, name, scenario, made
        self.results = results.monthly if isinstance(results, Results) else results
        self._study = study
        self._tables: dict[str, list[Row]] = {}

    @property
    def kind(self) -> str:
        """Which command made it: run, sweep, sensitivity, fit or claims."""
        return "fit" if self.results is None else shape.kind_of(self.results)

    def rows(self, table: str) -> list[Row]:
        """The rows of a table by their columns' names; none where the folder has no such table."""
        if table not in self._tables:
            self._tables[table] = list(self.each(table))
        return self._tables[table]

    def each(self, table: str) -> Iterator[Row]:
        """The rows of a table one by one, for tables that may be long."""
        file = self.path / f"{table}.csv"
        if file.is_file():
            yield from _read(file)

    @cached_property
    def stories(self) -> dict[str, list[Happening]]:
        """The story of the median world of each arm that has one."""
        told: dict[str, list[Happening]] = {}
        for row in self.each("story"):
            told.setdefault(row["arm"], []).append(Happening(
                int(row["week"]), row["event"], int(row["person"]), int(row["via"]), row["source"]))
        return told

    @cached_property
    def answer(self) -> list[str]:
        """What the command found, sentence by sentence as it was printed: the verdict first."""
        file = self.path / ANSWER
        return file.read_text(encoding="utf-8").splitlines() if file.is_file() else []

    @cached_property
    def ranking(self) -> list[Row]:
        """The sensitivity study of the scenario of a run, in this folder or in one beside it."""
        own = self.rows("sensitivity")
        if own or self._study is None:
            return own
        file = self._study / RANKING
        return list(_read(file)) if file.is_file() else []

    @cached_property
    def pictures(self) -> list[Path]:
        """The figures as SVG in the order of the story; `draw` may have put others beside them."""
        order = [FIT] if self.results is None else shape.offered(self.results)
        places = [self.path / place / f"{name}.svg" for name in order for place in ("figures", "")]
        return [file for file in places if file.is_file()]


def number(text: str) -> float:
    """A number of a table; NaN for an empty cell."""
    return float(text) if text else math.nan


def _read(file: Path) -> Iterator[Row]:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        heads = next(rows, [])
        for row in rows:
            yield {head: cell.removeprefix(GUARD) for head, cell in zip(heads, row, strict=True)}
