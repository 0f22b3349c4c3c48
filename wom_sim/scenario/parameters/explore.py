"""`explore:` what the live page lets a trainer move, and which questions stand ready on it."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import Field

from wom_sim.scenario.quantities import Section

MOST_SLIDERS = 6
MOST_PRESETS = 4
LONGEST_WORDS = 80
VALUE = "{}"
"""Where a slider's words hold its value."""


class Slider(Section):
    """One number that can be moved from `low` to `high`; `says` is its label, as a sentence."""

    name: str
    low: float
    high: float
    whole: bool = False
    says: str = ""


class Question(Section):
    """A button: a question, and where it puts sliders; the others go back to their start."""

    question: str
    settings: dict[str, float] = Field(default_factory=dict)


class Move(Section):
    """What a file may say of a slider."""

    range: list[float] = Field(default_factory=list)
    says: str = Field("", max_length=LONGEST_WORDS)


class Terms(Section):
    """The keys of `explore:` that are neither sliders nor presets."""

    compare: list[str] = Field(default_factory=list)
    people: int = Field(1000, ge=50, le=5000)


class Explore(Section):
    """The live page, resolved.

    `compare` are the two arms whose worlds are held against each other, and `people` how many
    live in its town, which is the scenario's own town made smaller so that answers come at once.
    """

    sliders: tuple[Slider, ...]
    presets: tuple[Question, ...]
    compare: tuple[str, str]
    people: int


class Usual(NamedTuple):
    """A slider that a page has where its file names none, with a question about it."""

    name: str
    low: float
    high: float
    says: str
    question: str
    to: float


USUAL = (
    Usual("group.size", 2, 27, "{} members in the referral group",
          "What if a member has only two partners?", 3),
    Usual("partners.count", 0, 12, "{} referral partner(s)",
          "What if there are only two partners?", 2),
    Usual("friends.ask_around", 0, 1, "{} of people in need ask friends",
          "What if nobody asks friends?", 0),
    Usual("talk.negativity_ratio", 1, 11, "Unhappy clients talk {} times as often",
          "What if the unhappy are no louder?", 1),
    Usual("service.level", -1, 1, "Service level {}", "What if service slips?", -1),
    Usual("referral.credibility_start", 0, 1, "New partners trust each other {}",
          "What if partners hardly trust each other?", 0.1),
)
"""What trainers talk about: how many partners, who asks, who complains, how good the service is
and how much partners trust each other."""
