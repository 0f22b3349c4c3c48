"""The replay: one simulated business week by week, its stories and referrals travelling.

It is a piece of markup, a style and a script, for any page: `replay` gives all three. The script
finds every element of class `replay` and draws on the canvas in it what the data say.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from wom_sim.show import story
from wom_sim.show.page.template import piece, text
from wom_sim.show.story import Side
from wom_sim.show.text import clean
from wom_sim.show.wording import span
from wom_sim.study.results import Happening

LEFT_FROM, LEFT_TO = math.radians(98), math.radians(262)
RIGHT_FROM, RIGHT_TO = math.radians(82), math.radians(-82)
"""Angles of the two wings, counted from the right anticlockwise."""
HUBS, NEAR, FAR = 0.36, 0.52, 0.98
"""Radii of tellers and partners, and of the people they reach."""
CORE, AROUND = 0.13, 0.24
"""Radii between which those stand who came otherwise."""
MOST_DRAWN = 500
"""People of a wing that are drawn."""
STAGGERED = 24
"""More hubs of a wing than this stand in two rows."""
GOLDEN = 0.6180339887
DIGITS = 3

BUSINESS, CUSTOMER, HEARER, PARTNER, SENT, OTHER = range(6)
"""Kinds of places, as the script knows them."""
GOOD, BAD, AGAIN, REFERRAL, BY_CUSTOMERS, BY_PARTNERS, OTHERWISE = range(7)
"""Kinds of events, as the script knows them; AGAIN is a bad story for one who has heard one."""
NOBODY = -1
MIDDLE = "the world that is in the middle of all by clients won"

Places = dict[int, int]
Event = tuple[int, int, int, int]


class Replay(NamedTuple):
    """Pieces of a page: HTML, CSS and a script without any outside reference."""

    markup: str
    style: str
    script: str


def replay(
    told: Sequence[Happening], arm: str, weeks: int, heading: int = 2, world: str = MIDDLE,
    elsewhere: str = "figures",
) -> Replay | None:
    """The replay of one business under `arm` over `weeks`; None where nothing happened.

    `told` is its story, such as `Results.stories` has for the median world; `heading` is the
    level of its heading in the page. `world` says in which world it is, and `elsewhere` where
    the page shows all of them.
    """
    if not any(h.event != "client" for h in told):
        return None
    count = story.count(told)
    found = data(told, weeks)
    hidden = found.pop("hidden")
    markup = piece("replay.html", {
        "arm": clean(arm), "weeks": weeks, "horizon": span(weeks), "count": count,
        "data": safe(found), "hidden": hidden, "heading": heading,
        "partners": len(story.partners(told)), "world": world, "elsewhere": elsewhere,
    })
    return Replay(markup, text("replay.css"), text("replay.js"))


def safe(found: Mapping[str, Any]) -> str:
    """JSON that may stand inside a script element: nothing in it can end the element."""
    plain = json.dumps(found, allow_nan=False, separators=(",", ":"))
    return plain.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def data(told: Sequence[Happening], weeks: int) -> dict[str, Any]:
    """What the script draws: weeks, places (x, y, kind), events (week, kind, from, to), and more.

    x and y are in [-1, 1], y upwards; `from` and `to` are ranks of places, `from` -1 where it is
    nobody or somebody who is left out. What happened to people who are left out is counted in
    `more` (week, kind, how many); `hidden` counts these people.
    """
    left, right = story.left(told, MOST_DRAWN), story.right(told, MOST_DRAWN)
    spots: list[tuple[float, float, int]] = [(0.0, 0.0, BUSINESS)]
    customers, tellers = _wing(spots, left, LEFT_FROM, LEFT_TO, CUSTOMER, HEARER)
    sent, partners = _wing(spots, right, RIGHT_FROM, RIGHT_TO, PARTNER, SENT)
    known = {**sent, **tellers, **customers}
    others = dict.fromkeys(h.person for h in told if _kind(h, set()) == OTHERWISE)
    alone = [person for person in others if person not in known]
    known.update(_around(spots, alone[:MOST_DRAWN]))
    places = [[round(x, DIGITS), round(y, DIGITS), kind] for x, y, kind in spots]
    happened = _happened(told, known, partners, sent)
    more = Counter((week, kind) for week, kind, _, end in happened if end == NOBODY)
    return {"weeks": weeks, "places": places, "events": _drawn(happened),
            "more": [[*key, many] for key, many in sorted(more.items())],
            "hidden": left.hidden + right.hidden + max(len(alone) - MOST_DRAWN, 0)}


def _wing(
    spots: list[tuple[float, float, int]], side: Side, first: float, last: float, hub_kind: int,
    kind: int,
) -> tuple[Places, Places]:
    """Put a wing's people in a fan in the order of their hubs; ranks of people and of hubs."""
    many = max(len(side.people), 1)
    angles = [first + (last - first) * (rank + 0.5) / many for rank in range(len(side.people))]
    hubs: Places = {}
    for rank, hub in enumerate(_in_order(side)):
        own = [a for a, person in zip(angles, side.people, strict=True) if person.hub == hub]
        even = first + (last - first) * (rank + 0.5) / len(side.hubs)
        angle = (sum(own) / len(own) + even) / 2 if own else even
        hubs[hub] = len(spots)
        radius = HUBS + 0.06 * (rank % 2) * (len(side.hubs) > STAGGERED)
        spots.append((*_at(angle, radius), hub_kind))
    people: Places = {}
    for rank, (angle, person) in enumerate(zip(angles, side.people, strict=True)):
        if person.person in hubs and kind == HEARER:
            continue
        people[person.person] = len(spots)
        radius = NEAR + (FAR - NEAR) * ((rank + 0.5) * GOLDEN % 1.0)
        spots.append((*_at(angle, radius), kind))
    return people, hubs


def _in_order(side: Side) -> list[int]:
    drawn = set(side.hubs)
    return [hub for hub in dict.fromkeys(one.hub for one in side.people) if hub in drawn]


def _at(angle: float, radius: float) -> tuple[float, float]:
    return radius * math.cos(angle), radius * math.sin(angle)


def _around(spots: list[tuple[float, float, int]], people: Iterable[int]) -> Places:
    """Those who came otherwise, above and below the business."""
    found: Places = {}
    for rank, person in enumerate(people):
        side = math.pi / 2 if rank % 2 else -math.pi / 2
        angle = side + 0.9 * (2 * ((rank + 0.5) * GOLDEN % 1.0) - 1)
        radius = CORE + (AROUND - CORE) * ((rank * GOLDEN * GOLDEN) % 1.0)
        found[person] = len(spots)
        spots.append((*_at(angle, radius), OTHER))
    return found


def _drawn(happened: Iterable[Event]) -> list[Event]:
    """Events whose end is drawn; the same story between the same two only once."""
    seen: set[tuple[int, int, int]] = set()
    found: list[Event] = []
    for event in happened:
        _, kind, _, end = event
        known = event[1:] in seen and kind < BY_CUSTOMERS
        if end != NOBODY and not known:
            seen.add(event[1:])
            found.append(event)
    return found


def _happened(
    told: Sequence[Happening], known: Places, partners: Places, sent: Places
) -> list[Event]:
    found: list[Event] = []
    heard: set[int] = set()
    for h in sorted(told, key=lambda one: one.week):
        kind = _kind(h, heard)
        if kind is None:
            continue
        heard |= {h.person} if kind == BAD else set()
        by_partner = kind in (REFERRAL, BY_PARTNERS)
        start = (partners if by_partner else known).get(h.via, NOBODY) if h.via >= 0 else NOBODY
        end = (sent if by_partner and h.person in sent else known).get(h.person, NOBODY)
        found.append((h.week, kind, start, end))
    return found


def _kind(h: Happening, heard: set[int]) -> int | None:
    if h.event == "won":
        if h.source == "repeat":
            return None
        partner = BY_PARTNERS if h.source == "partner" else OTHERWISE
        return BY_CUSTOMERS if h.source in story.BY_CUSTOMERS else partner
    if h.event == "told_bad":
        return AGAIN if h.person in heard else BAD
    return {"told_good": GOOD, "referral": REFERRAL}.get(h.event)
