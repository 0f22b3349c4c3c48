"""One business in the live page: the report's replay, and in which of the worlds it lives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from wom_sim.show.live.telling import Told
from wom_sim.show.page.replay import replay
from wom_sim.show.wording import number, quoted
from wom_sim.study.results import Happening


class Business(Protocol):
    """What happened to one business; `wom_sim.study.live.Business`."""

    @property
    def arm(self) -> str: ...
    @property
    def worlds(self) -> int: ...
    @property
    def told(self) -> Sequence[Happening]: ...


def tell_business(found: Business, weeks: int) -> Told:
    """Markup of the replay, which the page's scripts bring to life, or why there is none."""
    shown = replay(found.told, found.arm, weeks, world=world(found.worlds), elsewhere="curves")
    if shown is None:
        return {"problem": f"nothing happened to this business under {quoted(found.arm)}"}
    return {"markup": shown.markup}


def world(worlds: int) -> str:
    """Which of the worlds that the page shows it lives in."""
    if worlds == 1:
        return "the first world"
    return f"the middle one of {number(worlds)} worlds by clients won"
