"""`service:`, `judgement:` and `effort:` the job, how it is judged, and the hours it takes."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from wom_sim.scenario import quantities as q
from wom_sim.scenario.quantities import Section


class Service(Section):
    """What a job's quality depends on; in units of the noise between jobs."""

    level: float = q.quantity(
        0.0, "quality", "service level of the business before hours count", low=-10.0, high=10.0,
        plausible=(-0.5, 0.5),
    )
    gain: float = q.amount(
        3.0, "quality", "most that hours can add to quality, saturating", high=10.0
    )
    hours_scale: float = q.hours(20.0, "hours per job that give 63 % of that gain", low=0.01)
    least_hours: float = q.hours(
        10.0, "hours a job is planned for at least; sets how many a week can be taken on",
        low=0.0001,
    )
    noise: float = q.amount(1.0, "quality", "spread of quality from job to job", high=10.0)
    smoothing: float = q.share(
        0.85, "weight of past weeks in the load that hours per job are planned by"
    )


class Judgement(Section):
    """Expectancy and disconfirmation (Oliver 1980; Zeithaml, Berry & Parasuraman 1993)."""

    expectation: float = q.quantity(
        2.05, "quality", "quality a client expects at the start", low=-20.0, high=20.0,
        plausible=(1.55, 2.55),
    )
    referred: float = q.amount(
        0.1,
        "quality",
        "how much more a client expects who came by somebody's word: a partner's, an asked"
        " friend's, a story heard, or named by a client who was asked",
        "'I must be something pretty special, right?' (article 001); number assumed",
        high=10.0,
    )
    adaptation: float = q.share(
        0.005,
        "share of the gap between expectation and quality met that closes in a week",
        "'people have come to expect good service' (article 000); number assumed",
    )
    rule: dict[str, Any] = Field(
        default_factory=lambda: {"kind": "zone_of_tolerance"},
        description="how a disconfirmation is judged: a registered rule, `kind` and parameters",
    )


class Effort(Section):
    """Weekly hours of a business and what they go to; the currency arms share."""

    service: float = q.hours(36.0, "hours a week spent on clients' jobs", low=0.01)
    asking: float = q.hours(0.0, "hours a week spent on asking clients for referrals")
    partners: float = q.hours(
        0.0,
        "hours a week spent on partners: meetings and one-to-ones",
        "about 4 in a chapter: 196 h a year (BNI), 6.3 h a week networking (Misner)",
    )
