"""The story of one business, read from its happenings: who told, sent and won whom, and when."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from wom_sim.study.results import Happening

BY_CUSTOMERS = ("asked_friend", "word_of_mouth", "requested")
NEVER = math.inf
MOST_PEOPLE = 150
MOST_HUBS = 40

Item = TypeVar("Item")


class Person(NamedTuple):
    """Somebody reached through a hub (a customer or a partner), and the weeks of what came of it.

    `hub` is -1 where nobody is known; `bad` is the week of a bad story, `won` of the first job.
    """

    person: int
    hub: int
    reached: float
    bad: float
    won: float


class Side(NamedTuple):
    """One wing of the map: its hubs, and its people in the order of their hubs.

    `hidden` and `unseen` count the people and hubs left out to keep the map readable, of people
    those first who were not won.
    """

    hubs: tuple[int, ...]
    people: tuple[Person, ...]
    hidden: int
    unseen: int


class Count(NamedTuple):
    """Clients won so far through customers, partners and otherwise, and hearers of bad stories."""

    customers: int
    partners: int
    others: int
    bad: int


def until(story: Sequence[Happening], week: int, horizon: int) -> list[Happening]:
    """What happened in the first `week` weeks of `horizon`."""
    return [h for h in story if h.week < week or week == horizon]


def count(happenings: Iterable[Happening]) -> Count:
    """The counts of some happenings."""
    happenings = list(happenings)
    sources = [h.source for h in happenings if h.event == "won" and h.source != "repeat"]
    partners = sources.count("partner")
    customers = sum(source in BY_CUSTOMERS for source in sources)
    bad = {h.person for h in happenings if h.event == "told_bad"}
    return Count(customers, partners, len(sources) - partners - customers, len(bad))


def partners(story: Sequence[Happening]) -> tuple[int, ...]:
    """Trades of the partners who sent anybody."""
    return tuple(sorted({h.via for h in story if _by_partner(h) and h.via >= 0}))


def right(story: Sequence[Happening], most: int = MOST_PEOPLE) -> Side:
    """Partners and the people they sent, at most `most` of them."""
    return _side(_people([h for h in story if _by_partner(h)]), most)


def left(story: Sequence[Happening], most: int = MOST_PEOPLE) -> Side:
    """Customers and the people they told or named; who heard from a hearer hangs on the root."""
    told = [h for h in story if h.event in ("told_good", "told_bad") or _by_customer(h)]
    clients = {h.person for h in story if h.event in ("client", "won")}
    teller = {h.person: h.via for h in reversed(told)}
    people = _people(told)
    return _side([p._replace(hub=_root(p.hub, clients, teller)) for p in people], most)


def _by_partner(happening: Happening) -> bool:
    return happening.event == "referral" or (
        happening.event == "won" and happening.source == "partner"
    )


def _by_customer(happening: Happening) -> bool:
    return happening.event == "won" and happening.source in BY_CUSTOMERS


def _people(happenings: Sequence[Happening]) -> list[Person]:
    found: dict[int, Person] = {}
    for h in sorted(happenings, key=lambda one: one.week):
        known = found.get(h.person, Person(h.person, h.via, h.week, NEVER, NEVER))
        if h.event == "told_bad":
            known = known._replace(bad=min(known.bad, h.week))
        if h.event == "won":
            known = known._replace(won=min(known.won, h.week))
        found[h.person] = known
    return list(found.values())


def _root(hub: int, clients: set[int], teller: dict[int, int]) -> int:
    seen: set[int] = set()
    while hub >= 0 and hub not in clients and hub not in seen:
        seen.add(hub)
        hub = teller.get(hub, -1)
    return hub


def _side(people: Sequence[Person], most: int) -> Side:
    won, others = ([p for p in people if (p.won < NEVER) == became] for became in (True, False))
    kept_won = _every(sorted(won, key=_rank), most)
    kept_others = _every(sorted(others, key=_rank), most - len(kept_won))
    shown = sorted([*kept_won, *kept_others], key=_rank)
    hubs = sorted({p.hub for p in shown if p.hub >= 0})
    kept = _every(hubs, MOST_HUBS)
    return Side(tuple(kept), tuple(shown), len(people) - len(shown), len(hubs) - len(kept))


def _rank(person: Person) -> tuple[int, float, int]:
    """Where somebody stands on the map: beside those of the same hub, who was reached first."""
    return person.hub, person.reached, person.person


def _every(items: Sequence[Item], most: int) -> list[Item]:
    """At most `most` of the items, evenly spread over them."""
    if len(items) <= most:
        return list(items)
    return [items[place * len(items) // most] for place in range(most)]
