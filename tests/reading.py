"""Plugs and short ways of reading for the tests of the reader."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import Field

from wom_sim.scenario.faults import ScenarioError
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.registry import Registry
from wom_sim.scenario.resolve import Registries, read_text


def _plugs() -> Registries:
    networks, judgements = Registry("network"), Registry("judgement")
    strategies = Registry("strategy")

    @networks.register("small_world")
    def small_world(
        size: int,
        *,
        neighbours: Annotated[int, Field(ge=2, le=100)] = 8,
        rewire: Annotated[float, Field(ge=0, le=1)] = 0.1,
    ) -> None: ...

    @networks.register("complete")
    def complete(size: int) -> None: ...

    @networks.register("from_file")
    def from_file(size: int, *, path: str) -> None: ...

    @judgements.register("zone_of_tolerance")
    def zone_of_tolerance(gap: float, *, width: Annotated[float, Field(ge=0)] = 1.0) -> None: ...

    @judgements.register("sharp")
    def sharp(gap: float) -> None: ...

    @strategies.register("reciprocator")
    def reciprocator(state: object, *, scale: float = 1.0) -> None: ...

    @strategies.register("giver")
    def giver(state: object) -> None: ...

    @strategies.register("taker")
    def taker(state: object, *, note: str | None = None) -> None: ...

    return Registries(networks, judgements, strategies)


PLUGS = _plugs()


def load(text: str | bytes, *options: str, **more: int) -> Scenario:
    return read_text(text, "x.yaml", settings=options, registries=PLUGS, **more)


def answer(text: str | bytes, *options: str, **more: int) -> str:
    with pytest.raises(ScenarioError) as caught:
        load(text, *options, **more)
    return str(caught.value)
