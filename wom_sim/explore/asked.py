"""A setting of the page as a scenario, simulated and told: what a request amounts to."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from wom_sim.scenario.explore import own_value, settings
from wom_sim.scenario.faults import ScenarioError, visible
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.parameters.explore import Explore
from wom_sim.show.live.business import tell_business
from wom_sim.show.live.telling import Told, tell
from wom_sim.study.live import Live

Read = Callable[[Sequence[str]], Scenario]

WORLDS = 100
"""As many as there are dots."""
FIRST = 0.16
"""Seconds after which the first answer goes with the worlds that are done."""
LONGEST = 20.0
"""Seconds after which any answer goes with the worlds that are done."""
MOST_READ = 500


class Refused(ValueError):
    """What cannot be simulated; the message says why, in one line."""


class Wish(NamedTuple):
    """What a page asks for: the stop of each slider, and how many worlds (0: a first look)."""

    at: tuple[int, ...]
    worlds: int


def wish_of(content: Any, steps: Mapping[str, Sequence[float]]) -> Wish:
    """A request's JSON as a wish; raises Refused for anything but stops that there are."""
    if not isinstance(content, dict) or set(content) != {"at", "worlds"}:
        raise Refused("expected at and worlds")
    at, worlds = content["at"], content["worlds"]
    if not isinstance(at, list) or len(at) != len(steps):
        raise Refused(f"expected the stops of {len(steps)} sliders")
    for place, stops in zip(at, steps.values(), strict=True):
        if type(place) is not int or not 0 <= place < len(stops):
            raise Refused("no such stop")
    if type(worlds) is not int or not 0 <= worlds <= WORLDS:
        raise Refused(f"worlds must be between 0 and {WORLDS}")
    return Wish(tuple(at), worlds)


class Asked:
    """Settings read, each once, and simulated on `live`.

    `read` gives the page's scenario under settings as `--set` takes them.
    """

    def __init__(
        self, read: Read, page: Explore, steps: Mapping[str, Sequence[float]], live: Live
    ) -> None:
        self.start, self.page, self.steps = read(()), page, steps
        self._read, self._live = read, live
        self._held: OrderedDict[tuple[int, ...], Scenario] = OrderedDict()

    def answer(self, wish: Wish, over: Callable[[], bool]) -> Told:
        """What the page shows; once `over`, with the worlds that are done. Raises Refused."""
        scenario = self.scenario(wish.at)
        started = time.monotonic()
        longest = LONGEST if wish.worlds else FIRST
        picture = self._live.run(
            scenario, self.page.compare, wish.worlds or WORLDS,
            lambda: over() or time.monotonic() - started > longest)
        return tell(picture, WORLDS)

    def business(self, wish: Wish, over: Callable[[], bool]) -> Told:
        """One business in the middle one of the worlds that the page shows. Raises Refused."""
        scenario = self.scenario(wish.at)
        started = time.monotonic()
        found = self._live.business(
            scenario, self.page.compare, wish.worlds or 1,
            lambda: over() or time.monotonic() - started > LONGEST)
        return tell_business(found, scenario.weeks)

    def scenario(self, at: tuple[int, ...]) -> Scenario:
        """The scenario with every slider at its stop. Raises Refused."""
        if at not in self._held:
            self._held[at] = self._under(at)
        while len(self._held) > MOST_READ:
            self._held.popitem(last=False)
        return self._held[at]

    def _under(self, at: tuple[int, ...]) -> Scenario:
        given: list[str] = []
        for place, (name, stops) in zip(at, self.steps.items(), strict=True):
            if stops[place] != own_value(self.start, name):
                given += settings(self.start, name, stops[place])
        try:
            return self._read(given)
        except ScenarioError as error:
            fault = error.faults[0]
            raise Refused(visible(
                f"these settings do not go together: {fault.short_name}: {fault.problem}"
            )) from None
