"""A weekly series of one business, and the spans of weeks whose means stand for it in a fit."""

from __future__ import annotations

from typing import NamedTuple

from wom_sim.scenario.quantities import Section

MOST_SPANS = 6
"""Most spans, but for series so long that these would be longer than a year."""
_LENGTHS = (13, 26, 52)


class Weekly(NamedTuple):
    """Something counted each week: the sum of the measures `counted`."""

    name: str
    unit: str
    meaning: str
    counted: tuple[str, ...]


WEEKLY = {
    one.name: one
    for one in (
        Weekly("new_clients", "clients a week", "new clients in a week", ("new_clients",)),
        Weekly("jobs", "jobs a week", "jobs done in a week, for new clients and old",
               ("repeat", "won")),
        Weekly("unhappy_jobs", "jobs a week", "jobs that left the client dissatisfied",
               ("dissatisfied",)),
        Weekly("referrals_given", "referrals a week", "referrals passed to partners in a week",
               ("referrals_passed",)),
        Weekly("referrals_received", "referrals a week",
               "referrals received from partners in a week", ("referrals_received",)),
    )
}


class Span(NamedTuple):
    """The weeks of a part of a series that were watched, in order, and their mean a week."""

    weeks: tuple[int, ...]
    mean: float


class Series(Section):
    """One quantity of `WEEKLY` in the weeks watched, in their order; other weeks are missing."""

    name: str
    weeks: tuple[int, ...]
    values: tuple[float, ...]

    @property
    def spans(self) -> dict[str, Span]:
        """The series cut into equal spans of about a quarter, half a year or a year, by name.

        Weeks of one business are noisy and depend on one another, so that a fit to each would
        count the same evidence many times. Means of a few long spans keep level and trend, and
        the noise of each and what they share is taken from simulated businesses (as summary
        statistics are, Wood 2010). The shortest length that gives at most MOST_SPANS is taken;
        a span without any week watched is left out.
        """
        first, length = self.weeks[0], self.weeks[-1] - self.weeks[0] + 1
        parts = max(1, next((count for count in (round(length / one) for one in _LENGTHS)
                             if count <= MOST_SPANS), round(length / _LENGTHS[-1])))
        held: dict[int, list[tuple[int, float]]] = {}
        for week, value in zip(self.weeks, self.values, strict=True):
            held.setdefault((week - first) * parts // length, []).append((week, value))
        return {
            f"{self.name}_weeks_{some[0][0]}_to_{some[-1][0]}": Span(
                tuple(week for week, _ in some), sum(value for _, value in some) / len(some))
            for some in held.values()
        }
