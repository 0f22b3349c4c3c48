"""What a run found: arrays in memory, from which tables, figures and words are made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.scenario.parameters import Scenario
from wom_sim.study.months import KEPT, MONTH, QUARTER, brought, in_weeks, marks
from wom_sim.study.statistics import curves
from wom_sim.study.statistics.simultaneous import Band, band
from wom_sim.study.statistics.tails import tail_alarm
from wom_sim.study.tables import frame, table
from wom_sim.study.varying.design import Design

__all__ = [
    "MONTH", "QUARTER", "Band", "Board", "Floats", "Happening", "Mapped", "Measure", "Ranked",
    "Results", "Swept", "marks",
]

Floats = NDArray[np.float64]


class Measure(NamedTuple):
    """A column of results: its name, unit and one-line meaning."""

    name: str
    unit: str
    meaning: str


class Happening(NamedTuple):
    """One event in the story of one simulated business (the median replication).

    `event` is one of: client (already a client at week 0), won, told_good, told_bad,
    referral. `person` is who it happened to; `via` the teller, asking client or partner's trade
    (-1: nobody); `source` the attributed source of a won client.
    """

    week: int
    event: str
    person: int
    via: int
    source: str


FOLLOWED = 10
"""Worlds nearest the median whose stories are followed: one alone may hold few of a kind."""


class Reached(NamedTuple):
    """A story that a customer of a business told in a replication: its `valence`, good or bad, and
    how many people it reached. Complaints that go viral are no customer's, and not among them.
    """

    replication: int
    valence: str
    people: int


@dataclass(frozen=True)
class Results:
    """All that tables, figures and words are made from.

    weekly: (arms, replications, weeks, weekly measures), means over treated businesses.
    values: (arms, replications, outcomes).
    businesses: (arms, replications, trades, weekly measures), totals over the weeks.
    stories: arm name -> happenings of one business in the median replication of that arm.
    reached: arm name -> stories of that business in the replications nearest the median.
    """

    scenario: Scenario
    weekly_measures: tuple[Measure, ...]
    weekly: Floats
    outcomes: tuple[Measure, ...]
    values: Floats
    businesses: Floats
    stories: dict[str, tuple[Happening, ...]] = field(default_factory=dict)
    story_replication: dict[str, int] = field(default_factory=dict)
    reached: dict[str, tuple[Reached, ...]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms, in the order of the scenario."""
        return tuple(arm.name for arm in self.scenario.arms)

    def value(self, arm: str, outcome: str) -> Floats:
        """An outcome of an arm, shape (replications,). Raises KeyError for unknown names."""
        return self.values[self._arm(arm), :, _place(self.outcomes, outcome)]

    def series(self, arm: str, measure: str) -> Floats:
        """A weekly measure of an arm, shape (replications, weeks)."""
        return self.weekly[self._arm(arm), :, :, _place(self.weekly_measures, measure)]

    def unit(self, name: str) -> str:
        """Unit of an outcome or weekly measure."""
        return {m.name: m.unit for m in (*self.weekly_measures, *self.outcomes)}[name]

    @cached_property
    def summary(self) -> list[dict[str, Any]]:
        """Records of the table `summary`: an arm's outcome each, with its interval."""
        return table(self, "summary").records()

    @cached_property
    def comparison(self) -> list[dict[str, Any]]:
        """Records of the table `comparison`: an arm's outcome each, against the baseline."""
        return table(self, "comparison").records()

    def running_gap(self, after: Floats, before: Floats) -> Band:
        """How far one weekly series has run ahead of another, week by week, with a band.

        Both have shape (replications, weeks); see `curves.running_gap`.
        """
        return curves.running_gap(after, before, self.scenario.seed)

    def band(self, samples: Floats) -> Band:
        """Means of the columns of samples, (replications, k), with bounds that hold together."""
        return band(samples, self.scenario.seed)

    @cached_property
    def monthly(self) -> Results:
        """The same worlds month by month: what a month brought stands in its last week.

        Of weekly measures only those of `months.KEPT` are there, of businesses none. It is what a
        folder of results holds of every world, so figures are drawn from it.
        """
        kept = tuple(m for m in self.weekly_measures if m.name in KEPT)
        places = [self.weekly_measures.index(measure) for measure in kept]
        weekly = in_weeks(brought(self.weekly, places), self.weekly.shape[2])
        none = np.zeros((*self.weekly.shape[:2], 0, len(kept)))
        found = replace(self, weekly_measures=kept, weekly=weekly, businesses=none)
        # These do not depend on the weeks, and take long.
        found.__dict__.update(summary=self.summary, comparison=self.comparison)
        return found

    def settling(self, values: Floats) -> Band:
        """Means of the first 2, 3, ... values with their intervals: `curves.settling`."""
        return curves.settling(values)

    def settled(self, values: Floats) -> bool:
        """Whether the mean of values, one a replication, may be relied on: `tails.tail_alarm`."""
        return not tail_alarm(values)

    def frame(self, name: str) -> Any:
        """A table (`tables.NAMES`) as a pandas DataFrame.

        Raises KeyError for an unknown name and ResultsError where pandas is missing.
        """
        return frame(table(self, name))

    def _arm(self, arm: str) -> int:
        if arm not in self.arms:
            raise KeyError(f"no arm {arm!r}; arms are {', '.join(self.arms)}")
        return self.arms.index(arm)


@dataclass(frozen=True)
class Swept:
    """What a sweep found: the outcomes of every point, and what they say of means.

    values: (points, arms, replications, outcomes).
    summary: (points, arms, outcomes, 5), n, mean, the bounds of its interval, and median.
    comparison: (points, arms, outcomes, 3), difference from the baseline and its bounds; NaN
    for the baseline itself.
    """

    scenario: Scenario
    design: Design
    outcomes: tuple[Measure, ...]
    values: Floats
    summary: Floats
    comparison: Floats
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms, in the order of the scenario."""
        return tuple(arm.name for arm in self.scenario.arms)

    def value(self, outcome: str) -> Floats:
        """An outcome, (points, arms, replications). Raises KeyError for an unknown name."""
        return self.values[..., _place(self.outcomes, outcome)]

    def told(self, outcome: str) -> Floats:
        """What `summary` says of one outcome, (points, arms, 5). Raises KeyError."""
        return self.summary[:, :, _place(self.outcomes, outcome)]


class Contrast(NamedTuple):
    """What is held against what: an outcome of an arm against an outcome of an arm."""

    arm: str
    outcome: str
    other_arm: str
    other_outcome: str


class Edge(NamedTuple):
    """Where an answer flips along a row of a map; see `BreakEven`.

    Infinite where it does not: -inf for beyond the lowest value, inf for beyond the highest.
    `changes` counts how often the mean difference changes its sign along the row.
    """

    at: float
    low: float
    high: float
    changes: int


@dataclass(frozen=True)
class BreakEven:
    """Where one thing comes to exceed another on a grid of one or two swept numbers.

    x: (nx,), values of the first name, ascending; y: (ny,), of the second, or one NaN.
    points: (ny, nx), places in the design. difference: (ny, nx, 3), mean difference paired by
    world and the bounds of its 95 % interval. `rising`: the first thing is ahead at high values
    of the first name. edges: for each row, from which x on (or, falling, up to which x) the mean
    difference is above zero till the end, with its 95 % interval over worlds.
    """

    contrast: Contrast
    x: Floats
    y: Floats
    points: NDArray[np.int64]
    difference: Floats
    rising: bool
    edges: tuple[Edge, ...]


class Estimate(NamedTuple):
    """An estimate with the bounds of its 95 % interval, and from half the rows of the design."""

    value: float
    low: float
    high: float
    half: float


class Effect(NamedTuple):
    """What one parameter does to the answer between `low` and `high`, all others varied too.

    `indices` holds estimates by name: `mu_star`, `mu` and `sigma` (Morris), in the answer's unit
    over the whole range; or `total` and `first` (Sobol'), shares of the answer's variance. The
    first of them is what parameters are ranked by. `at_low` and `at_high` are the answer's mean
    at the ends of the range, along a straight line, and `change` is from one to the other; its
    interval is narrower than theirs, which hold all that makes the answer's mean unsure.
    """

    name: str
    low: float
    high: float
    indices: dict[str, Estimate]
    at_low: Estimate
    at_high: Estimate
    change: Estimate
    above_noise: bool

    @property
    def leading(self) -> Estimate:
        """What parameters are ranked by."""
        return next(iter(self.indices.values()))


@dataclass(frozen=True)
class Sensitivity:
    """What moves the answer, which is an outcome or its difference between two arms.

    effects: of the varied parameters, the strongest first. dummy: of a parameter that acts on
    nothing but the luck. noise: share of the variance that is between worlds at one point.
    answer: its mean over points and worlds. rows: trajectories or base rows, `worlds` of each
    point; `undefined` worlds were left out, since the outcome is not defined everywhere in them.
    against: the baseline, empty where the answer is the outcome itself.
    """

    method: str
    outcome: str
    arm: str
    against: str
    answer: float
    effects: tuple[Effect, ...]
    dummy: Effect
    noise: float
    rows: int
    worlds: int
    undefined: int

    @property
    def floor(self) -> float:
        """The index up to which a parameter cannot be told from noise."""
        return self.dummy.leading.high

    @property
    def above(self) -> tuple[Effect, ...]:
        """The effects that rise above noise."""
        return tuple(effect for effect in self.effects if effect.above_noise)


class Moved(NamedTuple):
    """An assumed parameter before and after a fit, and the 95 % range that the fit leaves it.

    `identified`: the range ends before both ends of what was assumed, `from_` and `to`.
    """

    name: str
    from_: float
    to: float
    start: float
    fitted: float
    low: float
    high: float
    identified: bool


class Agreement(NamedTuple):
    """A quantity as observed, and as simulated: means before and after a fit.

    `low` and `high` bound 95 % of what single businesses have at the fitted point; `inside`:
    the observed value lies between them.
    """

    name: str
    unit: str
    observed: float
    give_or_take: float
    before: float
    after: float
    low: float
    high: float
    held_out: bool
    inside: bool


@dataclass(frozen=True)
class Fit:
    """What a fit found.

    design: the points simulated; batch: (points,), 1 or 2; means: (points, quantities) and
    distance: (points,), chi-square, over the quantities fitted to. worlds: of each point;
    final_worlds: before and after.
    """

    scenario: Scenario
    moved: tuple[Moved, ...]
    agreements: tuple[Agreement, ...]
    design: Design
    batch: tuple[int, ...]
    means: Floats
    distance: Floats
    worlds: int
    final_worlds: int
    screened: tuple[tuple[str, float], ...] = ()


class Mapped(NamedTuple):
    """A sweep and what its figures show: an outcome, and where the answer flips, if it can."""

    swept: Swept
    outcome: str
    found: BreakEven | None


class Ranked(NamedTuple):
    """A sensitivity study: the sweep that it ran, and what moves the answer."""

    swept: Swept
    found: Sensitivity


class Board(NamedTuple):
    """What the claims came to: a verdict for each claim and preset, and where verdicts flip."""

    verdicts: tuple[Any, ...]
    flips: tuple[Any, ...] = ()


def _place(measures: tuple[Measure, ...], name: str) -> int:
    for place, measure in enumerate(measures):
        if measure.name == name:
            return place
    raise KeyError(f"no outcome {name!r}; there are {', '.join(m.name for m in measures)}")
