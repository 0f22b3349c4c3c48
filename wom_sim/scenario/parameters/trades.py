"""`trades:` and `rest:` what people need, what it is worth, and who else sells it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from wom_sim.scenario import quantities as q
from wom_sim.scenario.quantities import Section

Rate = Annotated[float, Field(ge=0.0, le=52.0)]
Value = Annotated[float, Field(ge=0.0, le=1e9)]
Portion = Annotated[float, Field(ge=0.0, le=1.0)]
PerTrade = "one number for all trades, or a list with one for each"


class Trades(Section):
    """The trades of the town, one simulated business in each."""

    count: int = q.count(
        27,
        "trades",
        "trades, each with one simulated business",
        "chapters of 25-30 members, one a trade (BNI 2015-2025)",
        low=1,
        high=200,
    )
    needs: Literal["recurring", "once"] = q.choice(
        "recurring",
        "whether needs come again and again (need_rate), or each person needs each trade once, from"
        " the first week until it has chosen the business, chosen a rival or decided against",
        "once: adoption models (Bass 1969; Goldenberg, Libai & Muller 2001)",
    )
    need_rate: Rate | list[Rate] = q.quantity(
        0.45,
        "needs per person and year",
        "how often a person needs a trade; " + PerTrade,
    )
    job_value: Value | list[Value] = q.quantity(
        2000.0,
        "money",
        "median size of a job; " + PerTrade,
        "$1,208 a referral passed, BNI 2015-16, closed or not; number assumed, more for a job won",
    )
    job_spread: float = q.amount(
        0.8, "log units", "spread of job sizes (sigma of the lognormal)", high=3.0
    )
    margin: Portion | list[Portion] = q.quantity(
        0.35, "share", "share of a job's value that is margin; " + PerTrade
    )
    spheres: int = q.count(
        5,
        "spheres",
        "contact spheres the trades are dealt into (wedding, house, health ...)",
        low=1,
        high=200,
    )
    sphere_inside: float = q.share(
        1.0,
        "how likely a need comes up with a professional of the same contact sphere,"
        " relative to the best placed one",
        "60-75 % of a member's referrals come from the own sphere (Misner); number assumed",
        plausible=(0.5, 1.0),
    )
    sphere_outside: float = q.share(
        0.5,
        "how likely a need comes up with a professional of another contact sphere,"
        " relative to the best placed one",
        "as sphere_inside; number assumed",
    )


class Rest(Section):
    """The rest of the market, one lump of competitors in each trade."""

    dissatisfied: float = q.share(
        0.12,
        "share of the rest's jobs that leave the client dissatisfied",
        "5-20 % where 3 good stories are heard for each bad one (East et al. 2007); number assumed",
        plausible=(0.05, 0.2),
    )
    delighted: float = q.share(0.2, "share of the rest's jobs that delight the client")
