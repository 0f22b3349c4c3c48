"""Made-up results of every kind, usual and extreme, for tests of what is shown."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wom_sim.scenario.parameters import Arm, Claim, Parameters, Scenario
from wom_sim.scenario.parameters.claim import Trial
from wom_sim.scenario.parameters.service import Effort
from wom_sim.scenario.parameters.sweep import Axis, Sweep
from wom_sim.scenario.quantities import declarations
from wom_sim.show import findings
from wom_sim.study.claims.verdicts import DEPENDS, FAILS, HOLDS, INPUT, Outcome, Verdict
from wom_sim.study.results import (
    Board,
    Contrast,
    Effect,
    Estimate,
    Happening,
    Mapped,
    Measure,
    Ranked,
    Reached,
    Results,
    Sensitivity,
    Swept,
)
from wom_sim.study.stories import reaches
from wom_sim.study.varying.breakeven import break_even
from wom_sim.study.varying.design import Design, design_of
from wom_sim.study.varying.sweep import tell

Floats = NDArray[np.float64]

SOURCES = (
    "won_word_of_mouth",
    "won_asked_friend",
    "won_requested",
    "won_public_record",
    "won_unprompted",
    "won_tier1",
    "won_tier2",
    "won_tier3",
)
HOURS = ("hours_service", "hours_asking", "hours_partners")
WEEKLY = (*SOURCES, "won_partner", "won", "lost_negative", *HOURS)
OUTCOMES = (
    "clients_won",
    "won_by_customers",
    "won_by_partners",
    "lost_to_negative",
    "referrals_received",
    "referrals_closed",
    "margin",
    "hours_per_client",
    "won_by_record",
    "repeat_jobs",
    "turned_away",
    "heard_negative",
)
ARMS = {
    "Service only": (0.0, 0.0),
    "Asking": (4.0, 0.0),
    "Partners": (0.0, 4.0),
    "Both": (2.0, 2.0),
}
NASTY = {
    "$x_{$": (0.0, 0.0),
    "_hidden": (4.0, 0.0),
    "<script>alert('😀🦄')</script>": (0.0, 4.0),
    "\x1b[31m red\nnews \ud800 𝒳 漢字 " + "very long name " * 12: (2.0, 2.0),
    "W" * 90: (3.0, 3.0),
    "": (1.0, 1.0),
    "=1+1": (0.5, 3.5),
    "$x$": (3.5, 0.5),
}


def scenario(arms: dict[str, tuple[float, float]], stem: str = "town") -> Scenario:
    """A scenario of arms that spend these hours on asking and partners."""
    made = tuple(
        Arm(name=name, parameters=Parameters(effort=Effort(asking=asking, partners=partners)))
        for name, (asking, partners) in arms.items()
    )
    return Scenario(stem=stem, arms=made, baseline=made[0].name)


def results(
    arms: dict[str, tuple[float, float]] = ARMS,
    worlds: int = 60,
    weeks: int = 156,
    size: float = 1.0,
    spread: float = 0.15,
) -> Results:
    """Made-up results: partners grow slowly with their hours, asking helps at once."""
    rng = np.random.default_rng(7)
    weekly = np.zeros((len(arms), worlds, weeks, len(WEEKLY)))
    for place, (asking, partners) in enumerate(arms.values()):
        growth = 1 / (1 + np.exp(-(np.arange(weeks) - 50) / 15))
        level = rng.lognormal(0, spread, (worlds, 1)) * size
        means = [0.22, 0.13, 0.12 * asking, 0.1, 0.07]
        rates = [mean * np.ones(weeks) for mean in means]
        rates += [share * partners * growth for share in (0.04, 0.13, 0.05)]
        for column, rate in enumerate(rates):
            weekly[place, :, :, column] = rng.poisson(level * rate)
        weekly[place, :, :, WEEKLY.index("lost_negative")] = level * 0.09
        spent = (36 - asking - partners, asking, partners)
        weekly[place, :, :, [WEEKLY.index(one) for one in HOURS]] = np.array(spent)[:, None, None]
    tiers = [WEEKLY.index(f"won_tier{tier}") for tier in (1, 2, 3)]
    weekly[..., WEEKLY.index("won_partner")] = weekly[..., tiers].sum(axis=-1)
    weekly[..., WEEKLY.index("won")] = weekly[..., : len(SOURCES)].sum(axis=-1)
    return assembled(scenario(arms), weekly)


def assembled(asked: Scenario, weekly: Floats) -> Results:
    """Results whose outcomes and stories follow from the weekly measures."""
    totals = dict(zip(WEEKLY, np.moveaxis(weekly.sum(axis=2), -1, 0), strict=True))
    customers = sum(totals[name] for name in findings.CUSTOMERS)
    won = totals["won"]
    hours = np.divide(40.0 * weekly.shape[2], won, out=np.full_like(won, np.nan), where=won > 0)
    columns = [won, customers, totals["won_partner"], totals["lost_negative"]]
    columns += [totals["won_partner"] * 2.6, totals["won_partner"], won * 410.0, hours]
    columns += [totals["won_public_record"], won * 0.0, won * 0.0, totals["lost_negative"] * 90]
    stories = {arm.name: tale(weekly[place, 0]) for place, arm in enumerate(asked.arms)}
    return Results(
        scenario=asked,
        weekly_measures=tuple(Measure(name, "clients", name) for name in WEEKLY),
        weekly=weekly,
        outcomes=tuple(Measure(name, "clients", name) for name in OUTCOMES),
        values=np.stack(columns, axis=-1),
        businesses=np.zeros((*weekly.shape[:2], 1, len(WEEKLY))),
        stories=stories,
        reached={name: tuple(Reached(0, kind, people) for kind in ("good", "bad")
                             for people in reaches(told, f"told_{kind}"))
                 for name, told in stories.items()},
    )


def tale(weekly: Floats) -> tuple[Happening, ...]:
    """A story with the winners of one world, and talk around them."""
    rng = np.random.default_rng(3)
    told = [Happening(0, "client", person, -1, "") for person in range(30)]
    person = 1000
    kinds = {"won_word_of_mouth": "word_of_mouth", "won_requested": "requested"}
    kinds |= {"won_asked_friend": "asked_friend", "won_partner": "partner"}
    kinds |= {"won_public_record": "public_record", "won_unprompted": "unprompted"}
    for week in range(len(weekly)):
        for name, source in kinds.items():
            for _ in range(int(min(weekly[week, WEEKLY.index(name)], 9))):
                person += 1
                via = int(rng.integers(12 if source == "partner" else 30))
                told.append(Happening(week, "won", person, via, source))
        for event, chance in (("told_good", 0.6), ("told_bad", 0.25), ("referral", 0.3)):
            silent = not weekly.any() or (event == "referral" and not weekly[:, 8].any())
            if not silent and rng.random() < chance:
                person += 1
                told.append(Happening(week, event, person, int(rng.integers(12)), ""))
    return tuple(told)


@cache
def case(name: str) -> Results:
    """Results by name: a realistic run and the extremes."""
    made = {
        "usual": lambda: results(),
        "three": lambda: results(dict(list(ARMS.items())[:3]), spread=0.3),
        "zero": lambda: results(size=0.0),
        "tie": lambda: results({"Left": (0.0, 0.0), "Right": (0.0, 0.0)}),
        "huge": lambda: results(size=400.0),
        "one world": lambda: results(worlds=1),
        "two worlds": lambda: results(worlds=2),
        "one arm": lambda: results({"Alone": (0.0, 0.0)}),
        "six": lambda: results({f"Partners for {h} hours": (0.0, float(h)) for h in range(6)}),
        "twelve": lambda: results({f"Arm {h}": (0.0, h / 3) for h in range(12)}, worlds=12),
        "nasty": lambda: results(NASTY, worlds=20),
        "short": lambda: results(weeks=8, worlds=20),
        "many": lambda: results(worlds=240, weeks=520, spread=0.5),
        "one week": lambda: results(weeks=1, worlds=12),
    }
    return made[name]()


EXTREMES = (
    "usual",
    "three",
    "zero",
    "tie",
    "huge",
    "one world",
    "two worlds",
    "one arm",
    "six",
    "twelve",
    "nasty",
    "short",
    "many",
    "one week",
)


COUNT, ASK = "arms.Partners.partners.count", "friends.ask_around"


def sweep(
    worlds: int = 100, per_partner: float = 2.0, customers: float = 7.0,
    counts: tuple[int, ...] = (0, 1, 2, 3, 4, 6, 8), asked: tuple[float, ...] = (),
    arms: tuple[str, ...] = ("Alone", "Partners"), size: float = 1.0,
) -> Mapped:
    """A made-up sweep: clients through partners grow with their number and vary by world."""
    named = [Axis(name=COUNT if "Partners" in arms else "partners.count", values=counts,
                  whole=True)]
    named += [Axis(name=ASK, values=asked)] if asked else []
    points = list(itertools.product(counts, asked or (1.0,)))
    made = tuple(Arm(name=arm, parameters=Parameters()) for arm in arms)
    plan = Scenario(stem="town", arms=made, baseline=arms[0], weeks=104,
                    sweep=Sweep(points=len(points), axes=tuple(named)))
    noise = np.random.default_rng(5).normal(0, 1, (2, len(arms), worlds))
    values = np.zeros((len(points), len(arms), worlds, len(SWEPT)))
    for k, (count, share) in enumerate(points):
        won = customers * share * (1 + 0.15 * noise[0]) * size
        sent = per_partner * count * (1 + 0.12 * noise[1]) * size
        sent[:-1] = 0.0
        values[k] = np.stack([won + sent, won, sent], axis=-1)
    measures = tuple(Measure(name, "clients", name) for name in SWEPT)
    told = [tell(point, 0, plan.seed) for point in values]
    swept = Swept(plan, design_of(plan), measures, values, np.array([t[0] for t in told]),
                  np.array([t[1] for t in told]))
    contrast = Contrast(arms[-1], "won_by_partners", arms[-1], "won_by_customers")
    return Mapped(swept, "clients_won", break_even(swept, contrast))


SWEPT = ("clients_won", "won_by_customers", "won_by_partners")
LONG = "a very long name of an arm, " * 6


@cache
def mapped(name: str) -> Mapped:
    """Sweeps by name: a realistic one and the extremes."""
    made: dict[str, Callable[[], Mapped]] = {
        "usual": lambda: sweep(asked=(0.5, 1.0, 2.0)),
        "one name": lambda: sweep(),
        "two worlds": lambda: sweep(worlds=2, asked=(0.5, 1.0)),
        "zero": lambda: sweep(size=0.0, asked=(0.5, 1.0)),
        "tie": lambda: sweep(per_partner=0.0, customers=0.0, counts=(0, 1), asked=(0.5, 1.0)),
        "huge": lambda: sweep(size=20_000.0, counts=tuple(range(30)), asked=(0.5, 1.0)),
        "one arm": lambda: sweep(arms=("Partners",), asked=(0.5, 1.0)),
        "eight arms": lambda: sweep(arms=(*(f"Arm {k}" for k in range(7)), "Partners"),
                                    asked=(0.5, 1.0)),
        "nasty": lambda: sweep(arms=("$x$", "<script>alert('😀')</script>", "=1+1", LONG),
                               asked=(0.5, 1.0)),
    }
    return made[name]()


def estimate(value: float, half: float = 1.0) -> Estimate:
    return Estimate(value, value - half, value + half, value * 0.9)


def effect(name: str, change: float, centre: float, floor: float) -> Effect:
    """A straight effect of a parameter on an answer around `centre`."""
    ends = (estimate(centre - change / 2), estimate(centre + change / 2))
    indices = {kind: estimate(abs(change)) for kind in ("mu_star", "mu", "sigma")}
    return Effect(name, 0.1, 0.7, indices, *ends, estimate(change), abs(change) > floor)


def study(
    arms: tuple[str, ...] = ("Alone", "With"), names: int = 14, size: float = 10.0,
    worlds: int = 20,
) -> Ranked:
    """A made-up sensitivity study."""
    made = tuple(Arm(name=arm, parameters=Parameters()) for arm in arms)
    plan = Scenario(stem="town", arms=made, baseline=arms[0], weeks=104)
    measures = (Measure("clients_won", "clients", ""),)
    nothing = np.zeros(0)
    swept = Swept(plan, Design((), ()), measures, nothing, nothing, nothing)
    known = [entry.name for entry in declarations(Parameters) if entry.is_number][:names]
    effects = tuple(
        effect(name, size * (-1) ** k / (k + 1), 2 * size, 0.2 * size)
        for k, name in enumerate(known)
    )
    against = arms[0] if len(arms) > 1 else ""
    return Ranked(swept, Sensitivity(
        "morris", "clients_won", arms[-1], against, 2 * size, effects,
        effect("dummy", 0.1 * size, 2 * size, size), 0.3, 8, worlds, 0,
    ))


@cache
def ranked(name: str) -> Ranked:
    """Sensitivity studies by name: a realistic one and the extremes."""
    made: dict[str, Callable[[], Ranked]] = {
        "usual": study,
        "two worlds": lambda: study(worlds=2),
        "zero": lambda: study(size=0.0),
        "huge": lambda: study(size=60_000.0),
        "one arm": lambda: study(arms=("Only",), names=1),
        "nasty": lambda: study(arms=("$x$ <script>😀</script>", f"=1+1 {LONG}")),
    }
    return made[name]()


def verdict(number: int, preset: str, word: str, said: str, size: float) -> Verdict:
    trial = Trial(measure="clients_won", contrast=["A", "B"], rule="above", value=1.0,
                  effect="ratio")
    claim = Claim(number=number, quotation=said, source="001", tests={"more": trial},
                  input="talk.negativity_ratio" if word == INPUT else "")
    found = Outcome("more", "more", size, size * 0.8, size * 1.3, 0.01, 100, False, word == HOLDS)
    return Verdict(claim, preset, word, HOLDS if word == INPUT else word, (found,), 12)


def claims(many: int = 16, size: float = 2.0, said: str = "You have to ask!") -> Board:
    """Made-up verdicts of every kind in both presets."""
    words = (HOLDS, DEPENDS, FAILS, INPUT)
    return Board(tuple(
        verdict(k + 1, preset, words[(k + (place and k % 3 == 0)) % 4], said, size * (k + 1) / 4)
        for place, preset in enumerate(("evidence", "articles")) for k in range(many)
    ))


@cache
def board(name: str) -> Board:
    """Verdicts on claims by name: a realistic board and the extremes."""
    made: dict[str, Callable[[], Board]] = {
        "usual": claims,
        "one claim": lambda: claims(many=1),
        "zero": lambda: claims(size=0.0),
        "huge": lambda: claims(size=90_000.0),
        "nasty": lambda: claims(said=f"$x$ <script>alert('😀')</script> =1+1 {LONG}"),
    }
    return made[name]()


KINDS: dict[str, tuple[Callable[[str], Any], tuple[str, ...]]] = {
    "run": (case, EXTREMES),
    "sweep": (mapped, ("usual", "one name", "two worlds", "zero", "tie", "huge", "one arm",
                       "eight arms", "nasty")),
    "sensitivity": (ranked, ("usual", "two worlds", "zero", "huge", "one arm", "nasty")),
    "claims": (board, ("usual", "one claim", "zero", "huge", "nasty")),
}
"""What makes results of each kind, and the names of the extremes."""
