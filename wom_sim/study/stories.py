"""Stories of single businesses: the median world's event by event, and how far stories reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.state import BUSINESS, BY_PARTNER, SOURCES, WORD_OF_MOUTH
from wom_sim.market.talk import GOOD
from wom_sim.scenario.parameters import Arm, Scenario
from wom_sim.study.replicate import FOCAL, Story, tell_story
from wom_sim.study.results import FOLLOWED, Happening, Reached

Floats = NDArray[np.float64]

VALENCES = ("good", "bad")


class Told(NamedTuple):
    """What happened in one world, and how far its stories reached."""

    happenings: tuple[Happening, ...]
    reached: tuple[Reached, ...]


def storied_arm(scenario: Scenario) -> Arm:
    """The arm whose story is told: most hours for partners, the last of equals."""
    return max(reversed(scenario.arms), key=lambda arm: arm.parameters.effort.partners)


def nearest(won: Floats, many: int = FOLLOWED) -> list[int]:
    """Places of the worlds whose clients won, (worlds,), are nearest the median, the nearest first.

    Of equals the first come first; the first of all is the median world.
    """
    order = np.argsort(np.abs(won - np.median(won)), kind="stable")
    return [int(place) for place in order[:many]]


def told(scenario: Scenario, arm: Arm, number: int) -> Told:
    """What happened to the treated business in one world of an arm, and how far stories reached."""
    found = happenings(scenario, arm, number)
    reached = (Reached(number, valence, people)
               for valence in VALENCES for people in reaches(found, f"told_{valence}"))
    return Told(found, tuple(reached))


def happenings(scenario: Scenario, arm: Arm, number: int) -> tuple[Happening, ...]:
    """What happened to the treated business in one world of an arm."""
    story = tell_story(scenario, arm, number)
    found = [Happening(0, "client", int(person), -1, "") for person in story.clients]
    return tuple(found + _followed(story))


def _followed(story: Story) -> list[Happening]:
    found: list[Happening] = []
    last_teller: dict[int, int] = {}
    for week in story.weeks:
        mine = np.flatnonzero(week.trade == FOCAL)
        for n in mine:
            person, by = int(week.person[n]), int(week.decisions.referrer[n])
            source = int(week.decisions.source[n])
            if by >= 0:
                found.append(Happening(week.week, "referral", person, by, "partner"))
            if week.decisions.provider[n] == BUSINESS and source >= BY_PARTNER:
                via = by if source == BY_PARTNER else int(week.decisions.teller[n])
                if source == WORD_OF_MOUTH:
                    via = last_teller.get(person, -1)
                found.append(Happening(week.week, "won", person, via, SOURCES[source]))
        trace = week.told.trace[: week.told.traced[0]]
        for teller, listener, _, valence in trace[trace[:, 2] == FOCAL].tolist():
            event = "told_good" if valence == GOOD else "told_bad"
            found.append(Happening(week.week, event, listener, teller, ""))
            if valence == GOOD:
                last_teller[listener] = teller
    return found


def reaches(happenings: Sequence[Happening], event: str) -> list[int]:
    """How many people each story reached, told on included; `event` is its kind.

    What is told in a week goes back to who told it first that week; a complaint that goes viral is
    told by nobody, and left out.
    """
    told = [h for h in happenings if h.event == event]
    teller = {(h.week, h.person): h.via for h in reversed(told)}
    stories: dict[tuple[int, int], set[int]] = {}
    for h in told:
        first = _first(h.week, h.via, teller)
        if first >= 0:
            stories.setdefault((h.week, first), set()).add(h.person)
    return sorted(len(people) for people in stories.values())


def _first(week: int, person: int, teller: dict[tuple[int, int], int]) -> int:
    seen = {person}
    while (week, person) in teller and teller[week, person] not in seen:
        person = teller[week, person]
        seen.add(person)
    return person
