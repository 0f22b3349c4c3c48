"""Every parameter of the model, once: `Parameters` holds the sections that arms may override."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from wom_sim.scenario.parameters.asking import Asking, Testimonials
from wom_sim.scenario.parameters.choice import Choice, Friends, Loyalty
from wom_sim.scenario.parameters.claim import Claim
from wom_sim.scenario.parameters.events import Complaint, Event
from wom_sim.scenario.parameters.explore import Explore
from wom_sim.scenario.parameters.observed import Observed
from wom_sim.scenario.parameters.partners import Group, OneToOnes, Partners, Referral
from wom_sim.scenario.parameters.population import Population
from wom_sim.scenario.parameters.precision import Precision
from wom_sim.scenario.parameters.service import Effort, Judgement, Service
from wom_sim.scenario.parameters.sweep import Sweep
from wom_sim.scenario.parameters.talk import Record, Talk
from wom_sim.scenario.parameters.trades import Rest, Trades
from wom_sim.scenario.plugins import Plugin
from wom_sim.scenario.quantities import HORIZON, Section, count, declarations

__all__ = [
    "BUSINESS_SECTIONS",
    "WORLD_SECTIONS",
    "Arm",
    "Claim",
    "Complaint",
    "Event",
    "Explore",
    "Observed",
    "Parameters",
    "Plugin",
    "Precision",
    "Scenario",
    "Sweep",
    "preset",
]

BUSINESS_SECTIONS = ("service", "effort", "asking", "testimonials", "partners")
"""Sections that belong to a business: with `treated: one` they change for that one alone."""

WORLD_SECTIONS = ("population",)
"""Sections that decide the world before the first week; no event can change them."""


class Parameters(Section):
    """The model's parameters, one section a mechanism, in the order of a week."""

    population: Population = Population()
    trades: Trades = Trades()
    rest: Rest = Rest()
    loyalty: Loyalty = Loyalty()
    choice: Choice = Choice()
    friends: Friends = Friends()
    record: Record = Record()
    referral: Referral = Referral()
    effort: Effort = Effort()
    service: Service = Service()
    judgement: Judgement = Judgement()
    talk: Talk = Talk()
    asking: Asking = Asking()
    testimonials: Testimonials = Testimonials()
    partners: Partners = Partners()
    group: Group = Group()
    one_to_ones: OneToOnes = OneToOnes()


class Arm(Section):
    """One alternative: a name, what it overrides (as written) and its parameters in full."""

    name: str
    overrides: dict[str, Any] = Field(default_factory=dict)
    parameters: Parameters = Parameters()
    events: tuple[Event, ...] = ()
    changes: tuple[tuple[int, Parameters], ...] = ()
    """Parameters in force from each week on that an event `set` changes something."""


class Scenario(Section):
    """A question, resolved: `base` parameters, arms, and how often and how long to run."""

    stem: str
    folder: str = ""
    """Folder of the scenario file as given; like `stem`, no part of the question."""
    question: str = ""
    preset: Literal["evidence", "articles"] = "evidence"
    seed: int = count(1, "seed", "root of all random numbers", high=2**64 - 1)
    replications: int = count(
        100, "worlds", "independent worlds each arm is run in", low=1, high=1_000_000
    )
    weeks: int = count(156, "weeks", "weeks that are counted", low=1, high=HORIZON)
    history_weeks: int = count(104, "weeks", "weeks before week 0, without partners", high=HORIZON)
    treated: Literal["all", "one"] = "all"
    baseline: str = ""
    allow_unequal_effort: bool = False
    plugins: tuple[Plugin, ...] = ()
    outcomes: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Parameters of those outcomes that have any, by the outcome's name."""
    figures: dict[str, dict[str, Any]] = Field(default_factory=dict)
    base: Parameters = Parameters()
    events: tuple[Event, ...] = ()
    arms: tuple[Arm, ...] = ()
    sweep: Sweep | None = None
    """What `wom_sim sweep` varies; a plain run goes without it."""
    precision: Precision | None = None
    """When there are worlds enough; `replications` is then how many are run at first."""
    claim: Claim | None = None
    """What an article says of this; `wom_sim claims` tests it, a plain run goes without it."""
    observed: Observed | None = None
    """What `wom_sim fit` fits to; a plain run goes without it."""
    explore: Explore | None = None
    """What `wom_sim explore` lets a trainer move; a plain run goes without it."""

    @model_validator(mode="after")
    def _baseline_is_an_arm(self) -> Self:
        if self.arms and self.baseline not in {arm.name for arm in self.arms}:
            raise ValueError(f"baseline {self.baseline!r} is not an arm")
        return self


def preset(name: str) -> dict[str, Any]:
    """The nested overrides that turn the defaults (`evidence`) into the preset `name`."""
    nested: dict[str, Any] = {}
    if name == "evidence":
        return nested
    for entry in declarations(Parameters):
        if entry.articles != entry.default:
            _put(nested, entry.name.split("."), entry.articles)
    return nested


def _put(nested: dict[str, Any], path: list[str], value: Any) -> None:
    for key in path[:-1]:
        nested = nested.setdefault(key, {})
    nested[path[-1]] = value
