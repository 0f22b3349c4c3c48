"""`population:` who lives in the town and who knows whom."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from wom_sim.scenario import quantities as q
from wom_sim.scenario.quantities import Section


class Ties(Section):
    """Which ties are strong, and the circles (contexts) ties belong to."""

    strong_by: Literal["share", "shared_neighbours"] = q.choice(
        "share",
        "how a tie becomes strong: a share drawn at random, or ties whose two people have"
        " neighbours in common",
        "Granovetter 1973; Onnela et al. 2007",
    )
    strong_share: float = q.share(0.4, "share of ties that are strong, with strong_by: share")
    shared_neighbours: int = q.count(
        3,
        "people",
        "neighbours in common from which on a tie is strong, with strong_by: shared_neighbours;"
        " networks without triangles (scale_free, random) have few such ties",
        "Granovetter 1973 (idea); number assumed",
        low=1,
        high=1000,
    )
    circles: int = q.count(
        5,
        "circles",
        "circles of acquaintance (club, work, family ...) that ties are dealt into",
        low=1,
        high=200,
    )
    met: int = q.count(
        0,
        "people",
        "people met at random each week, asked as weak ties of that week alone, after all others",
        "'weak ties redrawn each period' (Goldenberg, Libai & Muller 2001); off by default",
        high=1000,
    )


class Population(Section):
    """The consumers, their social network, and that of the professionals."""

    size: int = q.count(5000, "people", "consumers in the town", low=2, high=10_000_000)
    network: dict[str, Any] = Field(
        default_factory=lambda: {"kind": "small_world"},
        description="who knows whom: a registered network, `kind` and its own parameters",
    )
    professionals: dict[str, Any] = Field(
        default_factory=lambda: {"kind": "complete"},
        description="which businesses can refer to which: a registered network among the trades,"
        " `kind` and its own parameters",
    )
    ties: Ties = Ties()
    owners: Literal["residents", "elsewhere"] = q.choice(
        "residents",
        "whether the owners of the businesses are among these people, or live elsewhere",
    )
