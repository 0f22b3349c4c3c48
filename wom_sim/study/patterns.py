"""Patterns that studies published, and whether the simulated world shows them.

Pattern-oriented modelling (Grimm et al. 2005): a model that shows many patterns at once, each
too weak to be fitted alone, is likely to work for the right reasons. Each pattern is a ratio of
two totals, or a mean, or a ratio of two such ratios, over independent worlds; its interval is a
jackknife over these worlds (Efron & Stein 1981).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.calendar import Week
from wom_sim.market.state import BUSINESS, SATISFIED
from wom_sim.market.talk import GOOD
from wom_sim.study import outcomes
from wom_sim.study.replicate import Story, tell_story
from wom_sim.study.results import Results
from wom_sim.study.statistics.summaries import mean_interval

Floats = NDArray[np.float64]
YEAR = 52
TOLD_WORLDS = 10
"""Worlds that are told event by event, for what weekly counts cannot show."""

CUSTOMERS, CUSTOMERS_WON = (
    tuple(f"{kind}_{source}" for source in outcomes.CUSTOMERS) for kind in ("new", "won"))
OTHERS = ("new_public_record", "new_unprompted")
SOURCES = {"customers": CUSTOMERS, "partners": ("new_partner",), "others": OTHERS}


class Worlds(NamedTuple):
    """What patterns are taken from: results by scenario, and stories of businesses alone."""

    results: Mapping[str, Results]
    stories: Sequence[Story]

    def sums(self, scenario: str, arm: str, names: Iterable[str], first: int, last: int) -> Floats:
        """Sums of weekly measures over weeks first to last - 1, one for each world."""
        found = self.results[scenario]
        parts = [found.series(arm, name)[:, first:last].sum(axis=1) for name in names]
        total: Floats = np.sum(parts, axis=0)
        return total


Totals = tuple[Floats, ...]
"""Part and whole in each world, and where their ratio is divided by another, its part and whole."""


class Pattern(NamedTuple):
    """A published pattern: what was found, by whom, the band that counts as showing it.

    `use` is `calibrate` where assumed parameters may be chosen by it, `validate` where they
    never are, `show` where the model only has to be able to say it. `of` gives the totals of
    each world that it is the ratio of.
    """

    name: str
    published: str
    source: str
    low: float
    high: float
    use: str
    of: Callable[[Worlds], Totals]


class Shown(NamedTuple):
    """A pattern as simulated: the ratio, its 95 % interval, and whether it lies in the band."""

    pattern: Pattern
    value: float
    low: float
    high: float
    worlds: int

    @property
    def inside(self) -> bool:
        """Whether the simulated value lies in the pattern's band."""
        return self.pattern.low <= self.value <= self.pattern.high


def show(pattern: Pattern, worlds: Worlds) -> Shown:
    """The pattern as these worlds show it."""
    totals = pattern.of(worlds)
    return Shown(pattern, *ratio(*totals), totals[0].size)


def ratio(part: Floats, whole: Floats, *yardstick: Floats) -> tuple[float, float, float]:
    """Ratio of two totals with its 95 % jackknife interval; NaN where nothing is divided by.

    With `yardstick`, a part and a whole of the same worlds in other circumstances, their ratio
    over the yardstick's; a world is then left out of both, so that the interval holds the luck
    of both. Each of shape (worlds,).
    """
    rows = np.stack((part, whole, *yardstick))
    n, sums = part.size, rows.sum(axis=1, keepdims=True)
    value = float(_quotient(sums)[0])
    if not np.isfinite(value):
        return (float("nan"),) * 3
    if n < 2:
        return value, float("nan"), float("nan")
    pseudo = n * value - (n - 1) * _quotient(sums - rows)
    low, high, _ = mean_interval(pseudo, seed=0)
    return value, low, high


def _quotient(rows: Floats) -> Floats:
    """First row over second, or that over the third row over the fourth, for each column."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = rows[0] / rows[1]
        return found / (rows[2] / rows[3]) if len(rows) > 2 else found


def told(results: Results, arm: str) -> list[Story]:
    """The first worlds of an arm, told event by event."""
    scenario = results.scenario
    chosen = scenario.arms[results.arms.index(arm)]
    numbers = range(min(TOLD_WORLDS, scenario.replications))
    return [tell_story(scenario, chosen, number) for number in numbers]


def _received(worlds: Worlds) -> Totals:
    received = worlds.sums("seasoned", "Member", ["referrals_received"], YEAR, 3 * YEAR) / 2
    return received, np.ones(received.size)


def _growth(worlds: Worlds) -> Totals:
    """Slope of the logarithm of a group's referrals over the logarithm of its size."""
    found = worlds.results["sizes"]
    sizes = [arm.parameters.group.size for arm in found.scenario.arms]
    totals = [found.series(arm, "referrals_received")[:, YEAR:].sum(axis=1) for arm in found.arms]
    slopes = [np.polyfit(np.log(sizes), np.log(np.maximum(row, 1e-9)), 1)[0]
              for row in np.transpose(totals)]
    return np.array(slopes), np.ones(len(slopes))


def _of_alone(parts: Sequence[str], wholes: Sequence[str]) -> Callable[[Worlds], Totals]:
    """A ratio of measures of businesses without partners, from the second year on."""
    def totals(worlds: Worlds) -> Totals:
        return (worlds.sums("seasoned", "Alone", parts, YEAR, 3 * YEAR),
                worlds.sums("seasoned", "Alone", wholes, YEAR, 3 * YEAR))
    return totals


def _told_to_nobody(worlds: Worlds) -> Totals:
    talkers, jobs = _of_alone(["talkers_positive", "talkers_negative"], ["won", "repeat"])(worlds)
    return jobs - talkers, jobs


def _third_over_second_year(worlds: Worlds) -> Totals:
    jobs = ("won", "repeat")
    return (worlds.sums("seasoned", "Alone", jobs, 2 * YEAR, 3 * YEAR),
            worlds.sums("seasoned", "Alone", jobs, YEAR, 2 * YEAR))


def _referred_over_unprompted(worlds: Worlds) -> Totals:
    """Share won of those referred, over the share won of those to whom it just came to mind."""
    span = (YEAR, 3 * YEAR)
    won = worlds.sums("seasoned", "Member", ["won_after_referral"], *span)
    referred = worlds.sums("seasoned", "Member", ["referrals_received"], *span)
    alone = worlds.sums("unprompted", "base", ["won"], *span)
    needs = worlds.sums("unprompted", "base", ["open_needs"], *span)
    awareness = worlds.results["unprompted"].scenario.base.choice.awareness
    return won, referred, alone, awareness * needs


def _recommenders(worlds: Worlds) -> Totals:
    """Satisfied clients of the third year, and those of them who told somebody in that year."""
    counts = [_recommending(story.weeks[-YEAR:]) for story in worlds.stories]
    part, whole = np.array(counts, float).T
    return part, whole


def _recommending(weeks: Sequence[Week]) -> tuple[int, int]:
    content: set[tuple[int, int]] = set()
    tellers: set[tuple[int, int]] = set()
    for week in weeks:
        served = (week.decisions.provider == BUSINESS) & (week.jobs.judgement >= SATISFIED)
        people, trades = week.person[served].tolist(), week.trade[served].tolist()
        content.update(zip(people, trades, strict=True))
        for teller, _, trade, valence in _tellings(week):
            if valence == GOOD:
                tellers.add((teller, trade))
    return len(content & tellers), len(content)


def _tellings(week: Week) -> list[list[int]]:
    rows: list[list[int]] = week.told.trace[: week.told.traced[0]].tolist()
    return rows


def _cascades(worlds: Worlds) -> Totals:
    """Tellers and stories, both valences."""
    return _of_alone(["tellers_positive", "tellers_negative"],
                     ["talkers_positive", "talkers_negative"])(worlds)


def _largest_cascade(worlds: Worlds) -> Totals:
    """Tellers of the largest cascade seen in any world."""
    largest = [max((size for week in story.weeks for size in _sizes(week)), default=0)
               for story in worlds.stories]
    return np.array([max(largest)], float), np.ones(1)


def _sizes(week: Week) -> list[int]:
    """Tellers of each story of a week: who was told of it tells on in the same story."""
    root: dict[tuple[int, int, int], tuple[int, int, int]] = {}
    for teller, listener, trade, valence in _tellings(week):
        source = (teller, trade, valence)
        root.setdefault(source, source)
        root.setdefault((listener, trade, valence), root[source])
    tellers = {(row[0], row[2], row[3]) for row in _tellings(week)}
    return list(Counter(root[teller] for teller in tellers).values())


def _new_from(parts: Sequence[str]) -> Callable[[Worlds], Totals]:
    """A share of the new clients of a seasoned member."""
    def totals(worlds: Worlds) -> Totals:
        return (worlds.sums("seasoned", "Member", parts, YEAR, 3 * YEAR),
                worlds.sums("seasoned", "Member", ["new_clients"], YEAR, 3 * YEAR))
    return totals


def _main_source(source: str) -> Callable[[Worlds], Totals]:
    """Members whom one source brought more new clients in three years than any other, and all.

    Sources: customers, partners, others.
    """
    def totals(worlds: Worlds) -> Totals:
        found = worlds.results["seasoned"]
        places = {measure.name: place for place, measure in enumerate(found.weekly_measures)}
        members = found.businesses[found.arms.index("Member")]
        own = {name: members[:, :, [places[part] for part in parts]].sum(axis=2)
               for name, parts in SOURCES.items()}
        most = np.max([own[name] for name in own if name != source], axis=0)
        ahead = (own[source] > most).sum(axis=1)
        return ahead.astype(float), np.full(ahead.size, float(members.shape[1]))
    return totals


def _value_of_a_partners_client(worlds: Worlds) -> Totals:
    """Money for each client won by a partner, over that for each won by customers."""
    names = ("value_partner",), ("won_partner",), ("value_customers",), CUSTOMERS_WON
    partner, clients, customers, others = (
        worlds.sums("seasoned", "Member", some, YEAR, 3 * YEAR) for some in names)
    return partner, clients, customers, others


def _spin_off(worlds: Worlds) -> Totals:
    """Value of clients won by referrals of every tier, over those of members and their contacts."""
    span = (YEAR, 3 * YEAR)
    direct = worlds.sums("seasoned", "Member", ["value_tier1", "value_tier2"], *span)
    return direct + worlds.sums("seasoned", "Member", ["value_tier3"], *span), direct


def _joined(worlds: Worlds) -> int:
    return next(e.week for e in worlds.results["newcomer"].scenario.arms[0].events
                if e.join is not None)


def _slow_start(worlds: Worlds) -> Totals:
    """Referrals received in the third month of membership, and in the twenty-fourth."""
    start = _joined(worlds)
    third, last = start + round(2 * YEAR / 12), start + round(23 * YEAR / 12)
    return (worlds.sums("newcomer", "Newcomer", ["referrals_received"], third, third + 4),
            worlds.sums("newcomer", "Newcomer", ["referrals_received"], last, last + 4))


def _gives_first(worlds: Worlds) -> Totals:
    start, end = _joined(worlds), _joined(worlds) + round(8 * YEAR / 12)
    return (worlds.sums("newcomer", "Newcomer", ["referrals_passed"], start, end),
            worlds.sums("newcomer", "Newcomer", ["referrals_received"], start, end))


def _lost_jobs(preset: str) -> Callable[[Worlds], Totals]:
    """Share of jobs that the talk of unhappy customers costs, the same worlds with and without."""
    def totals(worlds: Worlds) -> Totals:
        jobs, span = ("won", "repeat"), (0, 3 * YEAR)
        silent = worlds.sums(f"{preset}, silent", "base", jobs, *span)
        return silent - worlds.sums(f"{preset}, talking", "base", jobs, *span), silent
    return totals


SCENARIOS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "seasoned": ("seasoned", ()),
    "sizes": ("sizes", ()),
    "newcomer": ("newcomer", ()),
    "unprompted": ("unprompted", ()),
    **{
        f"{preset}, {talk}": ("silence", (f"preset={preset}", *settings))
        for preset in ("evidence", "articles")
        for talk, settings in (("talking", ()), ("silent", ("talk.negativity_ratio=0",)))
    },
}
"""Worlds by name: the file in `scenarios/patterns/` and what is set in it."""

READER_5 = "one reader, comment 5 under article 004"
READER_6 = "one reader, comment 6 under article 004"
ADVISERS = "Prince: 611 advisers; CEG Insights"

PATTERNS = (
    Pattern("referrals received a member-year, from year 2 on", "38-43", "BNI 2015-2025",
            25, 60, "calibrate", _received),
    Pattern("growth of a group's referrals with its size (exponent)", "1.6-2.5", "BNI",
            1.4, 2.6, "calibrate", _growth),
    Pattern("good stories heard for each bad one", "3", "East et al. 2007, 15 studies",
            2, 5, "calibrate", _of_alone(["heard_positive"], ["heard_negative"])),
    Pattern("visits told to nobody", "most", "model of the field; Goel et al. 2012",
            0.8, 1, "calibrate", _told_to_nobody),
    Pattern("unhappy share of visits", "5-20 %", "from 3 : 1 heard (East et al. 2007)",
            0.05, 0.2, "calibrate", _of_alone(["dissatisfied"], ["won", "repeat"])),
    Pattern("satisfied clients who recommend in a year", "30-33 %", "Kumar et al. 2007",
            0.15, 0.45, "calibrate", _recommenders),
    Pattern("chance to win a referred over an unprompted prospect", "2.3-7", "Implisit 2014",
            2, 8, "calibrate", _referred_over_unprompted),
    Pattern("tellers in a cascade", "1.1-1.3", "Goel, Watts & Goldstein 2012",
            1, 1.6, "calibrate", _cascades),
    Pattern("tellers in the largest cascade seen", "heavy tail", "Goel et al. 2012",
            20, float("inf"), "calibrate", _largest_cascade),
    Pattern("jobs in year 3 over year 2, mature business", "no boom", "steady state",
            0.9, 1.3, "calibrate", _third_over_second_year),
    Pattern("new clients through customers, seasoned member", "40-50 %", READER_6,
            0.25, 0.65, "validate", _new_from(CUSTOMERS)),
    Pattern("new clients through partners, seasoned member", "40 %", READER_6,
            0.2, 0.6, "validate", _new_from(SOURCES["partners"])),
    Pattern("new clients otherwise, seasoned member", "10-20 %", READER_6,
            0, 0.35, "validate", _new_from(OTHERS)),
    Pattern("advisers' new clients through clients and friends", "54.2 %", "Cerulli 2026, advisers",
            0.34, 0.74, "validate", _new_from(CUSTOMERS)),
    Pattern("advisers' new clients through professionals", "13.9 %", "Cerulli 2026, advisers",
            0, 0.34, "validate", _new_from(SOURCES["partners"])),
    Pattern("advisers whose main source is clients", "75-75.5 %", ADVISERS,
            0.55, 0.95, "validate", _main_source("customers")),
    Pattern("advisers whose main source is professionals", "10-18 %", ADVISERS,
            0, 0.35, "validate", _main_source("partners")),
    Pattern("value of a professional's referral over a client's", "21", "Prince: 611 advisers",
            10, 42, "validate", _value_of_a_partners_client),
    Pattern("spin-off: value of all tiers over tiers 1-2", "1.48", "BNI, seat value of a group",
            1.2, 1.9, "validate", _spin_off),
    Pattern("a newcomer's partner flow, month 3 over month 24", "'8 months'", READER_5,
            0, 0.5, "validate", _slow_start),
    Pattern("a newcomer's referrals given over received, month 8", "2", READER_5,
            1.2, float("inf"), "validate", _gives_first),
    Pattern("jobs lost to talk of the unhappy, articles' world", "'11 times'", "article 001",
            0.1, 0.4, "show", _lost_jobs("articles")),
    Pattern("jobs lost to talk of the unhappy, evidence", "far less", "AmEx 2012; East et al.",
            -0.02, 0.1, "show", _lost_jobs("evidence")),
)
