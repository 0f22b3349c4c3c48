"""The data of the replay: every happening is drawn or counted, in little room, safely."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import pytest

from wom_sim.show import story
from wom_sim.show.page import replay as room
from wom_sim.show.page.replay import data, replay, safe
from wom_sim.study.results import Happening

WEEKS = 30
MOST_BYTES = 64_000
SMALL = (
    Happening(0, "client", 1, -1, ""),
    Happening(1, "told_good", 2, 1, ""),
    Happening(2, "won", 2, 1, "word_of_mouth"),
    Happening(3, "told_bad", 3, 2, ""),
    Happening(3, "told_bad", 4, 3, ""),
    Happening(5, "told_bad", 3, 1, ""),
    Happening(6, "referral", 5, 0, "partner"),
    Happening(7, "won", 5, 0, "partner"),
    Happening(8, "won", 6, -1, "unprompted"),
    Happening(9, "won", 6, -1, "repeat"),
    Happening(29, "won", 7, 1, "requested"),
)


def crowd(people: int) -> list[Happening]:
    """Everybody hears a bad story, every tenth is won, every seventh is sent by a partner."""
    told = [Happening(k % WEEKS, "told_bad", k, k % 50, "") for k in range(100, people)]
    won = [Happening(k % WEEKS, "won", k, k % 50, "asked_friend") for k in range(100, people, 10)]
    sent = [Happening(k % WEEKS, "referral", k, k % 8, "partner") for k in range(103, people, 7)]
    others = [Happening(3, "won", people + k, -1, "unprompted") for k in range(people // 10)]
    return [*told, *won, *sent, *others]


def counted(found: dict[str, list[list[int]]], week: int) -> story.Count:
    """What the script would say after `week` weeks."""
    seen = [0] * 7
    for when, kind, *_ in found["events"]:
        seen[kind] += when < week
    for when, kind, many in found["more"]:
        seen[kind] += many if when < week else 0
    return story.Count(seen[room.BY_CUSTOMERS], seen[room.BY_PARTNERS], seen[room.OTHERWISE],
                       seen[room.BAD])


@pytest.mark.parametrize("told", [SMALL, crowd(200), crowd(9_000)], ids=["few", "many", "hidden"])
def test_every_week_has_the_counts_of_the_story(told: Sequence[Happening]) -> None:
    found = data(told, WEEKS)
    for week in range(WEEKS + 1):
        assert counted(found, week) == story.count(h for h in told if h.week < week)


def test_a_small_story_is_drawn_as_it_was() -> None:
    found = data(SMALL, WEEKS)
    kinds = [kind for _, _, kind in found["places"]]
    assert kinds[0] == room.BUSINESS
    assert kinds.count(room.PARTNER) == 1
    assert kinds.count(room.OTHER) == 1
    assert found["hidden"] == 0
    assert found["more"] == []
    weeks = [event[0] for event in found["events"]]
    assert weeks == sorted(weeks)
    told = {(week, kind): (start, end) for week, kind, start, end in found["events"]}
    chain = [told[1, room.GOOD], told[3, room.BAD]]
    assert chain[0][1] == told[2, room.BY_CUSTOMERS][1]
    assert told[6, room.REFERRAL] == told[7, room.BY_PARTNERS]
    assert found["places"][told[6, room.REFERRAL][0]][2] == room.PARTNER
    assert (5, room.AGAIN) in told


def test_wings_keep_to_their_sides_and_the_map_to_its_frame() -> None:
    found = data(crowd(900), WEEKS)
    for x, y, kind in found["places"]:
        assert math.hypot(x, y) <= 1
        assert x < 0 or kind not in (room.CUSTOMER, room.HEARER)
        assert x > 0 or kind not in (room.PARTNER, room.SENT)
    spots = [(x, y) for x, y, _ in found["places"]]
    assert len(set(spots)) == len(spots)
    places = range(len(spots))
    assert all(start in (-1, *places) and end in places for _, _, start, end in found["events"])


def test_a_large_story_takes_little_room_and_says_who_is_left_out() -> None:
    told = crowd(9_000)
    made = replay(told, "Both", WEEKS)
    assert made is not None
    assert len(made.markup.encode()) < MOST_BYTES
    hidden = data(told, WEEKS)["hidden"]
    assert hidden > 8_000
    assert f"{hidden} more people are counted but not drawn" in made.markup


def test_nobody_and_nothing_have_no_replay() -> None:
    assert replay((), "Both", WEEKS) is None
    assert replay([Happening(0, "client", 1, -1, "")], "Both", WEEKS) is None


def test_loops_of_tellers_end() -> None:
    told = [Happening(week, "told_good", person, via, "")
            for week, person, via in ((1, 8, 9), (1, 9, 8), (2, 8, 8))]
    assert counted(data(told, WEEKS), WEEKS) == story.count(told)


def test_data_cannot_end_their_element() -> None:
    hard = {"x": "</script><!--&"}
    assert not set("<>&") & set(safe(hard))
    assert json.loads(safe(hard)) == hard
    with pytest.raises(ValueError, match="Out of range"):
        safe({"x": math.nan})


def test_pieces_need_nothing_from_outside_and_say_what_they_show() -> None:
    made = replay(SMALL, "A <b>", WEEKS, heading=3)
    assert made is not None
    assert "one simulated business" in made.markup
    assert "“A &lt;b&gt;”" in made.markup
    assert '<h3 id="replay-title">' in made.markup
    for part in made:
        assert not [mark for mark in ("http:", "https:", "//cdn", "@import", "url(", "fetch(")
                    if mark in part]


def test_kinds_are_those_of_the_script() -> None:
    made = replay(SMALL, "A", WEEKS)
    assert made is not None
    names = ("BUSINESS", "CUSTOMER", "HEARER", "PARTNER", "SENT", "OTHER")
    events = ("GOOD", "BAD", "AGAIN", "REFERRAL", "BY_CUSTOMERS", "BY_PARTNERS", "OTHERWISE")
    for some in (names, events):
        for number, name in enumerate(some):
            assert f"{name} = {number}" in made.script
            assert getattr(room, name) == number
