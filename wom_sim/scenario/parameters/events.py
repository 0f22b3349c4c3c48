"""`events:` what happens in one week of the scenario, on purpose."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from wom_sim.scenario import quantities as q
from wom_sim.scenario.quantities import Section


class Complaint(Section):
    """A complaint that goes viral about the treated businesses."""

    reach: int = q.count(
        500, "people", "people, drawn at random, who hear the complaint", high=10_000_000
    )
    entries: float = q.amount(
        5.0, "entries", "bad entries it leaves in the public record", high=1e6
    )


class Event(Section):
    """One dated event: exactly one of the four keys besides `week`.

    In a week with several, parameters change first; the others keep the order of the file. With
    `treated: one`, a `set` of a business's sections acts on the treated one alone.
    """

    week: int = q.count(..., "weeks", "week in which it happens, before that week's needs arise")
    complaint: Complaint | None = None
    join: int | None = q.count(None, "trade", "trade (from 0) whose business joins the group")
    leave: int | None = q.count(None, "trade", "trade (from 0) whose business leaves it")
    set: dict[str, Any] | None = Field(
        None, description="parameters that change from this week on, dotted names or sections"
    )
