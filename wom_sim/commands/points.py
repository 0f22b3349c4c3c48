"""The points of a sweep as scenarios: the file read again with each point's settings."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from wom_sim.commands.reading import load

if TYPE_CHECKING:
    from wom_sim.scenario.parameters import Scenario
    from wom_sim.study.varying.design import Design

MOST_HELD = 500
"""With more points than this, each is read again when its turn comes, to save memory."""


class PointError(Exception):
    """A point whose settings make no scenario; the message is one line that names them."""


class Points:
    """The scenario of every point; reading is as with `--set`, so that every check holds."""

    def __init__(
        self, arguments: argparse.Namespace, design: Design, permit: Callable[[str], bool]
    ) -> None:
        self._arguments, self._design, self._permit = arguments, design, permit
        self._held: dict[int, Scenario] = {}

    def __iter__(self) -> Iterator[Scenario]:
        return (self.at(point) for point in range(len(self._design.rows)))

    def at(self, point: int) -> Scenario:
        """The scenario of a point. Raises PointError."""
        if point in self._held:
            return self._held[point]
        found = self._read(point)
        if len(self._design.rows) <= MOST_HELD:
            self._held[point] = found
        return found

    def _read(self, point: int) -> Scenario:
        from wom_sim.scenario.faults import ScenarioError, visible

        given, own = self._arguments, self._design.settings(point)
        try:
            return load(given.file, given, settings=own, permit=self._permit)
        except ScenarioError as error:
            fault = error.faults[0]
            said = "; ".join(part for part in (fault.problem, fault.remedy) if part)
            about = f"{fault.short_name}: {said}" if fault.name else said
            raise PointError(visible(f"point {point} ({', '.join(own)}): {about}")) from None
