"""`claim:` what an article says, in its own words, and the tests that it is put to."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from wom_sim.scenario.quantities import HORIZON, Section

MOST_TESTS = 20
LONGEST_LABEL = 60
"""Characters of the name of a test or variant."""

ARMS_OF = {"difference": (1, 2), "ratio": (1, 2), "interaction": (4,), "shapley": (4, 8)}
"""How many arms a contrast may have, by effect."""


class Trial(Section):
    """One test: a measure of arms, what is made of it, and what must hold of that.

    With arms a and b, the effect is `a - b`, or with `ratio` a / b, of totals over worlds; with one
    arm, b is 0, or the measure `against` in the same arm. With four arms `interaction` is
    (a - b) - (c - d), and `shapley` what a factor adds, averaged over the orders in which factors
    may come (Shapley 1953): of two half of (a - b) + (c - d), a pair with and without it beside
    the other, then alone; of three (a - b) / 3 + (c - d) / 6 + (e - f) / 6 + (g - h) / 3, beside
    both others, beside either, then alone. Weeks before `first_week` are not counted. A claim
    holds in a `variant` where all tests of that variant do; without one, a test is its own. What a
    parameter asserts (`asserted`) is shown and never judged.
    """

    measure: str
    against: str = ""
    contrast: list[str]
    effect: Literal["difference", "ratio", "interaction", "shapley"] = "difference"
    rule: Literal["above", "below", "within"]
    value: float
    to: float | None = None
    """Upper end of `within`."""
    first_week: int = Field(0, ge=0, le=HORIZON)
    variant: str = ""
    asserted: bool = False

    def satisfied_by(self, effect: float) -> bool:
        """Whether an effect, known exactly, obeys the rule."""
        if self.rule == "within":
            return self.value <= effect <= (self.value if self.to is None else self.to)
        return effect > self.value if self.rule == "above" else effect < self.value


class Saying(Section):
    """The keys of `claim:` besides its tests."""

    number: int = Field(ge=1, le=999)
    quotation: str
    source: str
    input: str = ""
    """Which parameters assert the claim, so that it is no finding; empty where none does."""


class Claim(Saying):
    """A claim, resolved."""

    tests: dict[str, Trial]

    @property
    def variants(self) -> dict[str, tuple[str, ...]]:
        """Names of judged tests by variant, in the order of the file."""
        found: dict[str, tuple[str, ...]] = {}
        for name, trial in self.tests.items():
            label = trial.variant or name
            if not trial.asserted:
                found[label] = (*found.get(label, ()), name)
        return found
