"""What tests of claims measure: one number of one arm in one world, besides the outcomes.

Each gets what was `Seen`. Ratios and means over nothing are NaN (undefined).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.calendar import Week
from wom_sim.market.record import PLACE
from wom_sim.market.state import (
    BUSINESS,
    BY_PARTNER,
    DELIGHTED,
    REQUESTED,
    SATISFIED,
    UNKNOWN,
    WORD_OF_MOUTH,
    State,
    World,
)
from wom_sim.market.talk import BAD, GOOD
from wom_sim.scenario.registry import measures
from wom_sim.study.outcomes import CUSTOMERS, ratio, total

Floats = NDArray[np.float64]
MONTH, YEAR = 4, 52
SHUFFLES = 20
"""Random networks that a correlation is held against."""

_KEY = b"wom_sim/claims/shuffle/1"


class Seen(NamedTuple):
    """What an arm of a world left: counts, its last state, and, where asked for, its events.

    record: (weeks, businesses, measures) of the treated; weekly: their means by name, (weeks,);
    treated: (K,) which of all businesses they are; strategies: names of those partners may follow,
    by code; weeks: every week's events, empty unless a measure wants them; seed and number: of the
    world.
    """

    record: Floats
    weekly: Mapping[str, Floats]
    treated: NDArray[np.bool_]
    strategies: tuple[str, ...]
    world: World
    state: State
    weeks: tuple[Week, ...]
    seed: int
    number: int

    def since(self, first: int) -> Seen:
        """The same without the weeks before `first`."""
        later = {name: series[first:] for name, series in self.weekly.items()}
        return self._replace(record=self.record[first:], weekly=later, weeks=self.weeks[first:])


def _watched(name: str) -> bool:
    return name in measures and bool(measures[name].facts.get("events"))


def wants_events(names: set[str]) -> bool:
    """Whether any of these measures needs the events of every week."""
    return any(map(_watched, names))


@measures.register("value_by_partners", unit="money")
def value_by_partners(seen: Seen) -> float:
    """Value of the first jobs of clients won by partners."""
    return total(seen.weekly, "value_partner")


@measures.register("value_by_customers", unit="money")
def value_by_customers(seen: Seen) -> float:
    """Value of the first jobs of clients won by customers."""
    return total(seen.weekly, "value_customers")


@measures.register("people_named", unit="people")
def people_named(seen: Seen) -> float:
    """People whom clients who were asked named."""
    return total(seen.weekly, "named")


@measures.register("named_per_ask", unit="people per ask")
def named_per_ask(seen: Seen) -> float:
    """People named for each client asked."""
    return ratio(total(seen.weekly, "named"), total(seen.weekly, "asks"))


@measures.register("won_by_naming", unit="clients")
def won_by_naming(seen: Seen) -> float:
    """Clients won whom a client who was asked had named."""
    return total(seen.weekly, "won_requested")


@measures.register("told_by_customers", unit="people")
def told_by_customers(seen: Seen) -> float:
    """People whom customers told good stories, or named when asked: what they passed on."""
    return total(seen.weekly, "heard_positive", "named")


@measures.register("rise_of_partners", unit="share")
def rise_of_partners(seen: Seen) -> float:
    """Partners' share of the value that customers and partners brought: last year less first."""
    partner, customers = seen.weekly["value_partner"], seen.weekly["value_customers"]
    spans = (slice(-YEAR, None), slice(0, YEAR))
    last, first = (
        ratio(float(partner[span].sum()), float((partner + customers)[span].sum()))
        for span in spans
    )
    return last - first


@measures.register("dispersion_of_partners", unit="variance / mean")
def dispersion_of_partners(seen: Seen) -> float:
    """Variance over mean of a business's clients won by partners, month by month."""
    return dispersion(seen.record[:, :, PLACE["won_partner"]])


@measures.register("dispersion_of_passing", unit="variance / mean")
def dispersion_of_passing(seen: Seen) -> float:
    """Variance over mean of a business's referrals received from partners, month by month."""
    return dispersion(seen.record[:, :, PLACE["referrals_received"]])


@measures.register("dispersion_of_customers", unit="variance / mean")
def dispersion_of_customers(seen: Seen) -> float:
    """Variance over mean of a business's clients won by customers, month by month."""
    return dispersion(_won_by_customers(seen))


@measures.register("dispersion_of_partners_value", unit="clients of mean value")
def dispersion_of_partners_value(seen: Seen) -> float:
    """Variance over mean of the value that a business's partners brought, month by month.

    In units of a business's mean value of a client won by partners, so that larger jobs alone do
    not make a source less steady; jobs of unequal size do.
    """
    return dispersion(seen.record[:, :, PLACE["value_partner"]],
                      seen.record[:, :, PLACE["won_partner"]])


@measures.register("dispersion_of_customers_value", unit="clients of mean value")
def dispersion_of_customers_value(seen: Seen) -> float:
    """Variance over mean of the value that a business's customers brought, month by month.

    In units of a business's mean value of a client won by customers.
    """
    return dispersion(seen.record[:, :, PLACE["value_customers"]], _won_by_customers(seen))


def _won_by_customers(seen: Seen) -> Floats:
    won: Floats = seen.record[:, :, [PLACE[f"won_{source}"] for source in CUSTOMERS]].sum(axis=2)
    return won


def dispersion(weekly: Floats, clients: Floats | None = None) -> float:
    """Mean over businesses of variance / mean over months of four weeks (Cox & Lewis 1966).

    1 where events come singly and independently, however many; more where they come in bunches
    or their rate drifts. Values are taken in units of their mean per client, of `clients`. Left
    out are businesses without any. NaN with fewer than two months.

    weekly, clients: (weeks, businesses).
    """
    months = weekly[: len(weekly) // MONTH * MONTH].reshape(-1, MONTH, weekly.shape[1]).sum(axis=1)
    if len(months) < 2:
        return np.nan
    units = np.ones(weekly.shape[1])
    if clients is not None:
        units = weekly.sum(axis=0) / np.maximum(clients.sum(axis=0), 1.0)
    means = months.mean(axis=0)
    some = means > 0
    ratios = months[:, some].var(axis=0, ddof=1) / (means[some] * units[some])
    return float(ratios.mean()) if some.any() else np.nan


@measures.register("return_of_favours", unit="correlation")
def return_of_favours(seen: Seen) -> float:
    """Correlation, over pairs, of referrals given and received, less that of shuffled referrals.

    A shuffle keeps how many each business gave and received (degree-preserving; Maslov & Sneppen
    2002), and nobody refers to itself. All weeks and all businesses count.
    """
    given = seen.state.partners.given.astype(np.float64)
    linked = seen.state.partners.linked > 0
    if given.sum() < 2:
        return np.nan
    chance = _generator(seen)
    random = [_correlation(_shuffled(given, chance), linked) for _ in range(SHUFFLES)]
    return _correlation(given, linked) - float(np.mean(random))


def _correlation(given: Floats, linked: NDArray[np.bool_]) -> float:
    """Pearson's correlation of each linked pair's two directions, taken both ways round."""
    pairs, back = given[linked], given.T[linked]
    if not pairs.size or np.ptp(pairs) == 0:
        return 0.0
    return float(np.corrcoef(pairs, back)[0, 1])


def _shuffled(given: Floats, chance: np.random.Generator) -> Floats:
    """Each referral to another receiver, rows and columns keeping their sums."""
    givers = np.repeat(np.arange(len(given)), given.sum(axis=1).astype(int))
    takers = np.repeat(np.arange(len(given)), given.sum(axis=0).astype(int))
    takers = takers[chance.permutation(takers.size)]
    for _ in range(200):
        own = np.flatnonzero(givers == takers)
        if not own.size:
            break
        other = chance.integers(takers.size, size=own.size)
        for a, b in zip(own.tolist(), other.tolist(), strict=True):
            takers[a], takers[b] = takers[b], takers[a]
    table = np.zeros_like(given)
    np.add.at(table, (givers, takers), 1.0)
    return table


def _generator(seen: Seen) -> np.random.Generator:
    text = _KEY + seen.seed.to_bytes(16, "big") + seen.number.to_bytes(8, "big")
    digest = hashlib.blake2b(text, digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "big")))


@measures.register("referrals_by_strangers", unit="referrals")
def referrals_by_strangers(seen: Seen) -> float:
    """Referrals a business received from partners whose owners were never its clients.

    Never by the last week, so that referrals before a first job are left out. All weeks count, and
    the treated alone, as in `referrals_received`.
    """
    owners, own = seen.world.owner, seen.state.people.own
    resident = owners >= 0
    known = np.ones((seen.world.trades, seen.world.trades), np.bool_)
    known[resident] = own[owners[resident]] != UNKNOWN
    passed = (seen.state.partners.given * ~known)[:, seen.treated]
    return float(passed.sum() / seen.treated.sum())


@measures.register("reach_of_bad_stories", unit="people", events=True)
def reach_of_bad_stories(seen: Seen) -> float:
    """People who heard of one bad experience that was told, the median of such stories."""
    return _quantile(_reach(seen, BAD), 0.5)


@measures.register("reach_of_worst_stories", unit="people", events=True)
def reach_of_worst_stories(seen: Seen) -> float:
    """People who heard of one bad experience that was told: one story in a hundred has more."""
    return _quantile(_reach(seen, BAD), 0.99)


@measures.register("mean_reach_of_bad", unit="people per job", events=True)
def mean_reach_of_bad(seen: Seen) -> float:
    """People who heard of a job that left the client dissatisfied, told or not, on average."""
    return ratio(float(_reach(seen, BAD).sum()), _judged(seen, bad=True))


@measures.register("mean_reach_of_good", unit="people per job", events=True)
def mean_reach_of_good(seen: Seen) -> float:
    """People who heard of a job that left the client satisfied or delighted, on average."""
    return ratio(float(_reach(seen, GOOD).sum()), _judged(seen, bad=False))


def _judged(seen: Seen, *, bad: bool) -> float:
    valence = BAD if bad else GOOD
    return float(sum(int(_jobs(week, seen.treated, valence).sum()) for week in seen.weeks))


def _jobs(week: Week, treated: NDArray[np.bool_], valence: int) -> NDArray[np.bool_]:
    """Which of a week's needs treated businesses served so that a story would be of `valence`."""
    judgement = week.jobs.judgement
    served = (judgement > UNKNOWN) & treated[week.trade]
    found: NDArray[np.bool_] = served & ((judgement < SATISFIED) == (valence == BAD))
    return found


def _quantile(values: Floats, share: float) -> float:
    return float(np.quantile(values, share)) if values.size else np.nan


def _reach(seen: Seen, valence: int) -> Floats:
    """People who heard each story of this valence; a story is one that anybody heard."""
    found = [size for week in seen.weeks for size in _week_reach(week, valence, seen.treated)]
    return np.array(found, np.float64)


def _week_reach(week: Week, valence: int, treated: NDArray[np.bool_]) -> list[int]:
    """Distinct hearers of each client's story in a week, retellings included.

    A story begins with whom a treated business served that week, to that judgement; complaints
    that go viral are nobody's. Who hears two clients' stories of one business in a week and tells
    on is taken to tell the one heard first.
    """
    root: dict[tuple[int, int], tuple[int, int]] = {}
    heard: dict[tuple[int, int], set[int]] = {}
    own = _jobs(week, treated, valence)
    clients = set(zip(week.person[own].tolist(), week.trade[own].tolist(), strict=True))
    for teller, listener, trade, kind in week.told.trace.tolist():
        source = (teller, trade)
        origin = source if source in clients else root.get(source)
        if kind != valence or origin is None:
            continue
        root.setdefault((listener, trade), origin)
        heard.setdefault(origin, set()).add(listener)
    return [len(people) for people in heard.values()]


@measures.register("brought_inside_zone", unit="clients per job", events=True)
def brought_inside_zone(seen: Seen) -> float:
    """Clients brought for each job inside the zone of tolerance: no more than was expected.

    A client is brought by whose word weighed most, and counts for how that person's last job
    was judged (Zeithaml, Berry & Parasuraman 1993).
    """
    return _brought(seen, SATISFIED)


@measures.register("brought_above_zone", unit="clients per job", events=True)
def brought_above_zone(seen: Seen) -> float:
    """Clients brought for each job above the zone of tolerance: more than was expected."""
    return _brought(seen, DELIGHTED)


def _brought(seen: Seen, judgement: int) -> float:
    last: dict[tuple[int, int], int] = {}
    teller_of: dict[tuple[int, int], int] = {}
    brought = jobs = 0
    for week in seen.weeks:
        for trade, teller in _bringers(week, teller_of, seen.treated):
            brought += last.get((teller, trade), UNKNOWN) == judgement
        served = (week.decisions.provider == BUSINESS) & seen.treated[week.trade]
        people, trades = week.person[served].tolist(), week.trade[served].tolist()
        found = week.jobs.judgement[served].tolist()
        last.update(zip(zip(people, trades, strict=True), found, strict=True))
        jobs += found.count(judgement)
        for teller, listener, trade, valence in week.told.trace.tolist():
            if valence == GOOD:
                teller_of[listener, trade] = teller
    return ratio(brought, jobs)


def _bringers(
    week: Week, teller_of: Mapping[tuple[int, int], int], treated: NDArray[np.bool_]
) -> list[tuple[int, int]]:
    """Trade and bringer of each client that customers brought a treated business in a week."""
    made = week.decisions
    by_customers = (made.source > BY_PARTNER) & (made.source <= REQUESTED)
    by_customers &= (made.provider == BUSINESS) & treated[week.trade]
    found = []
    for n in np.flatnonzero(by_customers).tolist():
        person, trade, teller = int(week.person[n]), int(week.trade[n]), int(made.teller[n])
        if made.source[n] == WORD_OF_MOUTH or teller < 0:
            teller = teller_of.get((person, trade), -1)
        found.append((trade, teller))
    return found
