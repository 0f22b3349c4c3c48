"""`precision:` how surely a difference, or a mean, is to be known, and so how many worlds run."""

from __future__ import annotations

from pydantic import Field

from wom_sim.scenario.quantities import Section

MOST_WORLDS = 1_000_000


class Precision(Section):
    """When a run has worlds enough, resolved.

    With several arms `half_width` is that of the 95 % interval of each arm's difference from the
    baseline, in the outcome's unit; with one, of its mean. `relative` is the error of a positive
    mean, as a share of it, for one arm.
    """

    outcome: str = "clients_won"
    half_width: float | None = Field(None, ge=1e-6)
    relative: float | None = Field(None, ge=0.001, le=0.9)
    least: int = Field(30, ge=10, le=MOST_WORLDS)
    most: int = Field(1000, ge=10, le=MOST_WORLDS)
