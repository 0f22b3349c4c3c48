"""`observed:` what is known of one real business, and how a simulated one is counted the same way.

Each quantity is declared once, in `QUANTITIES`, from measures that are counted each week.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pydantic import Field

from wom_sim.scenario.parameters.series import WEEKLY, Series
from wom_sim.scenario.quantities import HORIZON, Section

A_YEAR = 52
MOST_OBSERVED = 1e9


class Quantity(NamedTuple):
    """Something that can be observed: the sum of the measures `counted`, a year or as a share.

    `of` are the measures whose sum it is a share of; empty where it is a number a year.
    """

    name: str
    unit: str
    meaning: str
    counted: tuple[str, ...]
    of: tuple[str, ...] = ()

    @property
    def most(self) -> float:
        """The largest value that it may have."""
        return 1.0 if self.of else MOST_OBSERVED


_NEW = ("new_clients",)
_BY_CUSTOMERS = ("new_asked_friend", "new_word_of_mouth", "new_requested")
_JUDGED = ("dissatisfied", "satisfied", "delighted")

QUANTITIES = {
    one.name: one
    for one in (
        Quantity("new_clients_a_year", "clients a year", "new clients in a year", _NEW),
        Quantity("jobs_a_year", "jobs a year", "jobs done in a year, for new clients and old",
                 ("repeat", "won")),
        Quantity("customer_share", "share", "share of new clients who came through customers:"
                 " friends, word of mouth, clients asked for referrals", _BY_CUSTOMERS, _NEW),
        Quantity("partner_share", "share", "share of new clients who came through partners",
                 ("new_partner",), _NEW),
        Quantity("other_share", "share", "share of new clients who came through the public record"
                 " or unprompted", ("new_public_record", "new_unprompted"), _NEW),
        Quantity("unhappy_share", "share", "share of jobs that left the client dissatisfied",
                 ("dissatisfied",), _JUDGED),
        Quantity("referrals_given_a_year", "referrals a year",
                 "referrals passed to partners in a year", ("referrals_passed",)),
        Quantity("referrals_received_a_year", "referrals a year",
                 "referrals received from partners in a year", ("referrals_received",)),
    )
}
SOURCES = ("customer_share", "partner_share", "other_share")
"""Shares that sum to 1, as each new client comes from one source."""


class Amount(Section):
    """A number a year and its standard error."""

    value: float = Field(ge=0.0, le=MOST_OBSERVED)
    give_or_take: float = Field(0.0, ge=0.0, le=MOST_OBSERVED)


class Portion(Section):
    """A share and its standard error."""

    value: float = Field(ge=0.0, le=1.0)
    give_or_take: float = Field(0.0, ge=0.0, le=1.0)


class Terms(Section):
    """The keys of `observed:` that are no quantities."""

    arm: str = ""
    from_week: int = Field(0, ge=0, le=HORIZON - 1)
    hold_out: list[str] = Field(default_factory=list)


class Observation(Section):
    """One quantity as observed; `give_or_take` is a standard error, in its unit."""

    name: str
    value: float
    give_or_take: float = 0.0


class Summary(NamedTuple):
    """One number that a fit uses, observed and to be counted alike in simulated businesses.

    It is the sum of the measures `counted` over `weeks`: of that of the measures `of`, or where
    these are none, for every `per` weeks. `give_or_take` is the stated standard error of `value`.
    """

    name: str
    unit: str
    value: float
    give_or_take: float
    held_out: bool
    counted: tuple[str, ...]
    of: tuple[str, ...]
    per: int
    weeks: Sequence[int]


class Observed(Section):
    """What was observed, resolved.

    `arm` is the arm that the business really is in, and `from_week` the week from which on it was
    watched, but for series, which say their weeks. What is in `hold_out`, quantities, series or
    spans of series by name, is not fitted to, but predicted.
    """

    arm: str
    from_week: int = 0
    hold_out: tuple[str, ...] = ()
    quantities: tuple[Observation, ...] = ()
    series: tuple[Series, ...] = ()

    def summaries(self, weeks: int) -> tuple[Summary, ...]:
        """The numbers that a fit uses, of a scenario of so many weeks, in the order written."""
        watched = range(self.from_week, weeks)
        known = [(one, QUANTITIES[one.name]) for one in self.quantities]
        spans = [(one, WEEKLY[one.name], name, span)
                 for one in self.series for name, span in one.spans.items()]
        return (
            *(Summary(one.name, what.unit, one.value, one.give_or_take, one.name in self.hold_out,
                      what.counted, what.of, A_YEAR, watched) for one, what in known),
            *(Summary(name, what.unit, span.mean, 0.0, not {name, one.name}.isdisjoint(
                self.hold_out), what.counted, (), 1, span.weeks)
              for one, what, name, span in spans),
        )
