"""The program agrees, event by event, with a second one in plain Python written from its text.

300 small worlds drawn at random; 10,000 with

    python -m pytest -m verification tests/test_reference.py

Every need with what became of it, every telling and every weekly measure are compared. To look
into world 17: `print(first_difference(17))` and `print(small_world(17))`, both from `tests`.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import pytest
from reference import market, numbers
from worlds import merged

from wom_sim.market.record import MEASURES
from wom_sim.scenario.faults import ScenarioError
from wom_sim.scenario.parameters import Parameters, Scenario
from wom_sim.scenario.quantities import Declaration, declarations
from wom_sim.scenario.registry import networks
from wom_sim.scenario.registry import strategies as strategies_known
from wom_sim.scenario.resolve import read_text
from wom_sim.study import replicate

WORLDS, MANY, CHUNK = 300, 10_000, 500
MOST_DRAFTS = 50
TRACE = 20_000
TOLERANCE = 1e-9

Tree = dict[str, Any]

OUTCOMES = ("open", "provider", "source", "new", "grudge", "drift", "lost", "size", "referrer",
            "tier", "duplicate", "teller", "turned", "rejected")
JOBS = ("asked", "quality", "judgement")
NOT_WHOLE = {"lost_negative", "hours_service", "hours_asking", "hours_partners", "hours_unspent",
             "hours_per_job", "revenue", "margin", "value_partner", "value_tier1",
             "value_tier2", "value_tier3", "value_customers", "visibility", "credibility",
             "training", "record_good", "record_bad"}
EARLY = ("population.", "trades.count", "trades.spheres", "partners.group", "partners.count",
         "partners.strategies", "group.size")
"""What no event may set."""


# Worlds drawn at random


def network(pick: random.Random, size: int) -> Tree:
    least = 2 * pick.randint(1, min(4, (size - 1) // 2))
    return pick.choice((
        {"kind": "small_world", "neighbours": least, "rewiring": pick.choice((0.0, 0.2, 1.0))},
        {"kind": "scale_free", "links": pick.randint(1, 4)},
        {"kind": "random", "mean_degree": pick.choice((0.0, 2.0, 6.0, 15.0))},
        {"kind": "cliques", "members": pick.randint(1, 9)},
        {"kind": "degree_sequence", "degrees": [pick.randint(0, 8) for _ in range(3)]},
    ))


def strategies(pick: random.Random) -> Tree:
    names = ("giver", "reciprocator", "image_scorer", "taker")
    chosen = pick.sample(names, pick.choice((1, 2, 3, 4)))
    shares = [pick.randint(1, 4) for _ in chosen]
    mix: Tree = {n: {"share": s / sum(shares)} for n, s in zip(chosen, shares, strict=True)}
    if "reciprocator" in mix:
        mix["reciprocator"]["scale"] = pick.choice((0.01, 0.5, 3.0))
    if "image_scorer" in mix:
        mix["image_scorer"]["threshold"] = pick.choice((0.0, 0.5, 1.0, 2.0))
    return mix


SPECIAL = {
    "trades.job_spread": (0.0, 0.5, 2.0),
    "choice.competition": (0.0, 0.2, 2.0),
    "choice.negative_weight": (0.0, 1.0, 2.0, 9.0),
    "friends.number": (0, 1, 3, 8, 1000),
    "service.level": (-2.0, -0.5, 0.0, 1.0),
    "service.least_hours": (0.01, 3.0, 10.0, 40.0),
    "judgement.expectation": (-1.0, 1.0, 2.05, 3.0),
    "talk.negativity_ratio": (0.0, 1.0, 1.2, 4.0, 11.0),
    "talk.told.positive": (0.0, 1.0, 4.0, 1000.0),
    "talk.told.negative": (0.0, 1.0, 6.4, 1000.0),
    "talk.max_hops": (1, 2, 3, 6),
    "talk.posts.reach_least": (1.0, 4.0, 10.0),
    "talk.posts.reach_tail": (0.5, 1.3, 4.0),
    "effort.service": (1.0, 15.0, 36.0, 80.0),
    "effort.asking": (0.0, 0.5, 3.0, 8.0),
    "effort.partners": (0.0, 1.0, 4.0, 8.0),
    "asking.intrusion": (0.0, 0.5, 4.0),
    "asking.hours_during": (0.01, 0.25, 1.1),
    "asking.hours_appointment": (0.01, 0.75, 2.3),
    "asking.pause": (0.01, 1.0, 4.0, 26.0),
    "asking.window": (0.01, 1.0, 5.0, 52.0),
    "testimonials.found_out": (0.0, 0.02, 0.3, 1.0),
    "group.every": (1, 2, 3),
    "group.meeting_hours": (0.01, 1.5, 3.0),
    "group.cost": (0.01, 9000.0, 1e9),
    "one_to_ones.every": (1, 2, 3),
    "one_to_ones.hours": (0.01, 1.25, 3.0),
    "population.ties.circles": (1, 2, 5),
    "population.ties.shared_neighbours": (1, 2, 3),
}  # fmt: skip
WORDS = {
    "population.ties.strong_by": ("share", "shared_neighbours"),
    "choice.rule": ("veto", "compete", "counts"),
    "asking.frame": ("broad", "framed"),
    "asking.when": ("during", "appointment"),
    "referral.reciprocity": (True, False),
}
ADOPTION = {
    "trades.needs": ("recurring", "recurring", "once"),
    "choice.updating": ("together", "one_by_one"),
    "choice.unprompted": ("persuades", "persuades", "decides"),
    "choice.awareness_left": (1.0, 0.9, 0.5, 0.0),
    "friends.rejecters_warn": (0.0, 0.5, 1.0),
    "friends.recall_half_life": (0.01, 8.0, 104.0, 1e9),
    "population.owners": ("residents", "residents", "elsewhere"),
    "population.ties.met": (0, 0, 1, 4),
    "referral.cost": (0.0, 500.0, 4000.0),
}
"""What adoption models need, laid over a draft that is drawn without it."""
APART = {"population.size", "trades.count", "trades.spheres", "trades.need_rate",
         "trades.job_value", "trades.margin", "partners.group", "partners.count", "group.size",
         *(name for name in ADOPTION if name != "friends.recall_half_life")}
DRAWN = tuple(d for d in declarations(Parameters) if d.name not in APART)


def value(pick: random.Random, declared: Declaration) -> Any:
    """A value of a parameter, its bounds among the likely ones."""
    low, high = declared.low, declared.high
    if declared.name in WORDS or declared.name in SPECIAL:
        return pick.choice(WORDS.get(declared.name) or SPECIAL[declared.name])
    if declared.unit == "weeks" and high in (5200, 1e9):
        return pick.choice((0.01, 1.0, 8.0, 52.0, 5200.0))
    if low == 0.0 and high in (0.99, 1.0):
        return pick.choice((low, high, declared.default, round(pick.uniform(low, high), 3)))
    return min(max(round(declared.default * pick.uniform(0.0, 2.0), 3), low), high)


def some(pick: random.Random, boldness: float, trades: int) -> Tree:
    """Some of the parameters, by dotted name."""
    chosen = {d.name: value(pick, d) for d in DRAWN if pick.random() < boldness}
    for name, most in (("need_rate", 14.0), ("job_value", 3000.0), ("margin", 1.0)):
        if pick.random() < boldness:
            each = [round(pick.uniform(0.0, most), 3) for _ in range(trades)]
            chosen[f"trades.{name}"] = pick.choice((each[0], each))
    return chosen


def partnering(pick: random.Random, trades: int) -> Tree:
    """Whether and how a business keeps partners, by dotted name."""
    kind = pick.choice(("none", "group", "group", "count"))
    chosen: Tree = {
        "partners.group": kind == "group",
        "partners.count": pick.randrange(trades) if kind == "count" else 0,
        "effort.partners": pick.choice((0.0, 4.0, 8.0)),
        "partners.strategies": strategies(pick),
        "referral.visibility_start": pick.choice((0.05, 0.6, 1.0)),
        "referral.willing": pick.choice((0.0, 0.25, 1.0)),
        "referral.reciprocity": pick.choice(WORDS["referral.reciprocity"]),
        "referral.recognise_untrained": pick.choice((0.3, 1.0)),
        "referral.credibility_start": pick.choice((0.6, 1.0)),
        "referral.contact.friend": pick.choice((0.0, 0.6, 0.9)),
    }
    if kind == "group":
        chosen["group.size"] = pick.randint(2, trades + 1)
    return chosen


def busy(pick: random.Random) -> Tree:
    """Parameters of a town where much is said, asked and won, by dotted name."""
    return {
        "choice.awareness": pick.choice((0.5, 1.0)),
        "choice.close_unprompted": pick.choice((0.3, 0.9)),
        "choice.rule": pick.choice(WORDS["choice.rule"]),
        "record.look_up": 0.8,
        "talk.delighted": 0.5, "talk.satisfied": 0.3, "talk.negativity_ratio": 2.0,
        "talk.retell": 0.3, "talk.posts.share": 0.4,
        "effort.asking": pick.choice((1.0, 4.0)),
        "asking.frame": pick.choice(WORDS["asking.frame"]),
        "asking.when": pick.choice(WORDS["asking.when"]),
        "asking.pause": pick.choice((1.0, 4.0)), "asking.recall_broad": 0.3,
        "testimonials.give": 0.8, "testimonials.inauthentic": 0.5, "testimonials.found_out": 0.3,
    }


def event(pick: random.Random, weeks: int, size: int, trades: int) -> Tree:
    what: Tree = pick.choice((
        {"complaint": {"reach": pick.randint(0, size), "entries": pick.choice((0.0, 5.0))}},
        {"join": pick.randrange(trades)},
        {"leave": pick.randrange(trades)},
        {"set": {
            "service.level": pick.choice((-1.0, 1.0)), "effort.asking": pick.choice((0.0, 3.0)),
            "partners.message_specificity": pick.choice((0.0, 0.6, 1.0)),
            **{k: v for k, v in some(pick, 0.1, trades).items() if not k.startswith(EARLY)},
        }},
    ))
    return {"week": pick.randrange(weeks), **what}


def nested(dots: Tree) -> Tree:
    tree: Tree = {}
    for name, chosen in dots.items():
        *path, last = name.split(".")
        below = tree
        for key in path:
            below = below.setdefault(key, {})
        below[last] = chosen
    return tree


def draft(number: int, attempt: int) -> Tree:
    """A small scenario drawn at random; the reader may refuse it."""
    pick = random.Random(f"{number}/{attempt}")
    size, trades = pick.randint(12, pick.choice((20, 30, 60))), pick.randint(2, pick.choice((4, 8)))
    weeks, most = pick.randint(3, pick.choice((6, 14))), pick.uniform(1.0, 11.0)
    if number % 25 == 0:  # an anniversary, or two
        size, trades, weeks, most = 12, 4, pick.choice((56, 56, 108)), pick.choice((1.0, 8.0))
    boldness = pick.choice((0.0, 0.05, 0.1, 0.3, 0.6))
    base = {
        "trades.need_rate": most, **(busy(pick) if pick.random() < 0.6 else {}),
        **some(pick, boldness, trades), "population.size": size,
        "population.network": network(pick, size), "trades.count": trades,
        "population.ties.strong_by": pick.choice(WORDS["population.ties.strong_by"]),
        "trades.spheres": pick.randint(1, 4), **partnering(pick, trades),
    }  # fmt: skip
    back = pick.randint(2, weeks - 1) if pick.random() < 0.2 else 0
    if weeks > 52 or back:
        base |= {
            "group.renewal": pick.choice((0.0, 0.6)), "group.imitation": pick.choice((0.0, 1.0)),
            "partners.group": True, "partners.count": 0, "group.size": max(trades, 2),
            "referral.visibility_start": 1.0, "referral.recognise_untrained": 1.0,
            "referral.close_untrained": 0.9, "group.cost": pick.choice((3000.0, 9000.0)),
            "referral.reciprocity": True, "referral.willing": 0.0,
            "partners.strategies": pick.choice((
                {"giver": 0.5, "taker": 0.5},
                {"reciprocator": {"share": 0.5, "scale": 0.5}, "image_scorer": 0.5},
            )),
        }  # fmt: skip
    happen = [event(pick, weeks, size, trades) for _ in range(pick.choice((0, 0, 1, 4)))]
    if back:  # somebody leaves and comes back
        who = pick.randrange(trades)
        happen += [{"week": back, "join": who}, {"week": back - 1, "leave": who}]
    tree = nested(base) | {
        "seed": pick.getrandbits(64), "weeks": weeks, "history_weeks": pick.choice((0, 3, 6, 10)),
        "preset": pick.choice(("evidence", "articles")), "allow_unequal_effort": True,
        "treated": pick.choice(("all", "one")),
        "events": happen, "arms": {},
    }
    for arm in range(pick.choice((1, 1, 1, 2, 3))):
        tree["arms"][f"arm {arm}"] = arm_of(pick, boldness, base, weeks)
    return tree


def widened(number: int, attempt: int) -> Tree:
    """The draft, in two of three worlds with what adoption models need, laid over it at random."""
    tree, pick = draft(number, attempt), random.Random(f"adoption/{number}/{attempt}")
    if number % 3 == 0:
        return tree
    tree = merged(tree, nested(adopting(pick, 0.5)))
    if pick.random() < 0.2:
        tree["population"]["network"] = {"kind": "complete"}
    if pick.random() < 0.3:
        tree["population"]["professionals"] = pick.choice((
            {"kind": "random", "mean_degree": 2.0}, {"kind": "cliques", "members": 2},
            {"kind": "scale_free", "links": 1},
        ))
    for part in (tree, *tree["arms"].values()):
        scorer = part.get("partners", {}).get("strategies", {}).get("image_scorer")
        if isinstance(scorer, dict):
            scorer["known"] = pick.choice((0.0, 0.4, 1.0))
    for name, arm in tree["arms"].items():
        if pick.random() < 0.3:
            tree["arms"][name] = merged(arm, nested(adopting(pick, 0.2)))
    for happening in tree["events"]:
        if "set" in happening and pick.random() < 0.3:
            later = adopting(pick, 0.2).items()
            happening["set"] |= {k: v for k, v in later if not k.startswith(EARLY)}
    return tree


def adopting(pick: random.Random, boldness: float) -> Tree:
    """Some of what adoption models need, by dotted name."""
    return {name: pick.choice(values) for name, values in ADOPTION.items()
            if pick.random() < boldness}


def arm_of(pick: random.Random, boldness: float, base: Tree, weeks: int) -> Tree:
    size, trades = base["population.size"], base["trades.count"]
    own: Tree = some(pick, boldness * pick.choice((0.0, 0.3)), trades)
    if pick.random() < 0.2:
        size = own["population.size"] = pick.randint(12, 40)
        own["population.network"] = network(pick, size)
    if pick.random() < 0.1:
        own["trades.spheres"] = pick.randint(1, 4)
    if pick.random() < 0.1:
        trades = pick.randint(2, 5)
        own = {k: v for k, v in own.items() if not isinstance(v, list)}
        own |= {f"trades.{k}": v for k, v in (("need_rate", 6.0), ("job_value", 9.5))}
        own |= {"trades.margin": 0.5, "trades.count": trades}
    if pick.random() < 0.5 and weeks <= 52:
        own |= partnering(pick, trades)
    tree = nested(own)
    if pick.random() < 0.5:
        tree["events"] = [event(pick, weeks, size, trades) for _ in range(pick.randint(1, 4))]
    return tree


def small_world(number: int) -> Scenario:
    """The first draft of this number that the reader takes."""
    for attempt in range(MOST_DRAFTS):
        try:
            return read_text(json.dumps(widened(number, attempt)), "small.yaml")
        except ScenarioError:
            continue
    raise AssertionError(f"no draft of world {number} is taken")


# Comparison


class Difference(NamedTuple):
    """Where the two programs part for the first time."""

    world: int
    seed: int
    arm: int
    week: int
    event: str
    program: Any
    reference: Any


def same(program: float, reference: float) -> bool:
    if program is math.nan or reference is math.nan:
        return program is reference
    return math.isclose(program, reference, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def needs_of(week: Any) -> Iterator[Tree]:
    """Each need that the program saw, with the names of the reference."""
    columns = {name: getattr(week, name) for name in ("person", "trade", "ordinal")}
    columns |= {name: getattr(week.decisions, name) for name in OUTCOMES}
    columns |= {name: getattr(week.jobs, name) for name in JOBS}
    for row in zip(*(column.tolist() for column in columns.values()), strict=True):
        need = dict(zip(columns, row, strict=True))
        # The very same NaN on both sides, so that needs can be compared as a whole.
        yield need | {"quality": need["quality"] if need["judgement"] else math.nan}


def differences(program: Any, rows: Any, reference: market.Week) -> Iterator[tuple[str, Any, Any]]:
    """What differs in a week: needs in order, then tellings in order, then measures."""
    needs = list(needs_of(program))
    if len(needs) != len(reference.needs):
        yield "number of needs", len(needs), len(reference.needs)
    for k, (told, need) in enumerate(zip(needs, reference.needs, strict=False)):
        ours = {name: getattr(need, name) for name in told}
        if told == ours:
            continue
        odd = [name for name in told if not same(told[name], ours[name])]
        if odd:
            yield f"need {k}, {', '.join(odd)}", told, ours
    trace = program.told.trace[: program.told.traced[0]].tolist()
    if len(trace) != len(reference.trace):
        yield "number of tellings", len(trace), len(reference.trace)
    for k, (row, ours) in enumerate(zip(trace, reference.trace, strict=False)):
        if tuple(row) != ours:
            yield f"telling {k}", row, ours
    unknown = set(reference.counts) - {measure.name for measure in MEASURES}
    if unknown:
        yield "names of measures", "", unknown
    for place, measure in enumerate(MEASURES):
        seen, ours = rows[:, place].tolist(), reference.counts[measure.name]
        near = measure.name in NOT_WHOLE and all(map(same, seen, ours))
        if seen != ours and not near:
            yield f"measure {measure.name}", seen, ours


def compare(
    number: int, scenario: Scenario, tally: Counter[str] | None = None
) -> Difference | None:
    """The first difference in a world; what happened in it is added to the tally."""
    ours = market.run(scenario, number)
    record = replicate.replicate(scenario, number).record
    for arm, (plan, weeks) in enumerate(zip(scenario.arms, ours, strict=True)):
        story = replicate.tell_story(scenario, plan, number, trace=TRACE)
        assert len(story.weeks) == len(record[arm]) == len(weeks)
        for seen, rows, week in zip(story.weeks, record[arm], weeks, strict=True):
            found = next(differences(seen, np.asarray(rows), week), None)
            if found:
                return Difference(number, scenario.seed, arm, week.week, *found)
            if tally is not None:
                note(tally, week)
    return None


def first_difference(number: int) -> Difference | None:
    return compare(number, small_world(number))


def note(tally: Counter[str], week: market.Week) -> None:
    for name, amounts in week.counts.items():
        tally[name] += any(amounts)
    for need in week.needs:
        for name in ("source", "judgement", "tier", "provider", "turned", "asked", "duplicate",
                     "rejected"):
            tally[f"{name} {getattr(need, name)}"] += 1


def features(scenario: Scenario) -> Iterator[str]:
    """What a world is made of, for the proof that nothing is left out."""
    yield f"treated {scenario.treated}"
    yield f"preset {scenario.preset}"
    for arm in scenario.arms:
        parameters = arm.parameters
        yield f"network {parameters.population.network['kind']}"
        yield f"strong by {parameters.population.ties.strong_by}"
        yield f"rule {parameters.choice.rule}"
        yield f"needs {parameters.trades.needs}, {parameters.choice.updating}"
        yield f"professionals {parameters.population.professionals['kind']}"
        yield f"owners {parameters.population.owners}"
        yield f"coming to mind {parameters.choice.unprompted}"
        yield f"{parameters.asking.frame} {parameters.asking.when}"
        yield f"group {parameters.partners.group}, partners {parameters.partners.count > 0}"
        yield f"reciprocity {parameters.referral.reciprocity}"
        yield from (f"strategy {name}" for name in parameters.partners.strategies)
        for happening in arm.events:
            kinds = ("complaint", "join", "leave", "set")
            yield f"event {next(k for k in kinds if getattr(happening, k) is not None)}"


@pytest.fixture(scope="module")
def worlds() -> tuple[list[Difference], Counter[str]]:
    """The default worlds: where the programs differ, and what happened in them."""
    found, tally = [], Counter[str]()
    for number in range(WORLDS):
        scenario = small_world(number)
        tally.update(features(scenario))
        found += [odd for odd in [compare(number, scenario, tally)] if odd]
    return found, tally


def test_the_programs_agree_event_by_event(worlds: Any) -> None:
    found, _ = worlds
    assert not found, f"{len(found)} of {WORLDS} worlds, the first at\n{found[0]}"


def test_the_worlds_leave_nothing_out(worlds: Any) -> None:
    """An agreement about worlds in which nothing happens would be worth nothing."""
    _, tally = worlds
    wanted = [measure.name for measure in MEASURES] + [
        *(f"source {source}" for source in range(-1, 7)),
        *(f"judgement {judgement}" for judgement in range(4)),
        *(f"tier {tier}" for tier in range(4)),
        "provider 1", "provider 2", "turned 1", "asked 1", "duplicate 2",
        "treated all", "treated one", "preset evidence", "preset articles",
        *(f"network {kind}" for kind in networks if kind != "file"),
        *(f"strategy {name}" for name in strategies_known),
        *(f"event {kind}" for kind in ("complaint", "join", "leave", "set")),
        *(f"rule {rule}" for rule in WORDS["choice.rule"]),
        *(f"needs {needs}, {updating}" for needs in ADOPTION["trades.needs"]
          for updating in ADOPTION["choice.updating"]),
        *(f"owners {where}" for where in ADOPTION["population.owners"]),
        "professionals random", "professionals cliques", "professionals scale_free",
        *(f"coming to mind {how}" for how in ADOPTION["choice.unprompted"]),
        "rejected 1", "provider 0",
        *(f"strong by {rule}" for rule in WORDS["population.ties.strong_by"]),
        *(f"{how} {when}" for how in WORDS["asking.frame"] for when in WORDS["asking.when"]),
        "group False, partners False", "group False, partners True", "group True, partners False",
        "reciprocity False", "reciprocity True",
    ]  # fmt: skip
    assert [name for name in wanted if not tally[name]] == []


@pytest.mark.verification
@pytest.mark.parametrize("first", range(WORLDS, MANY, CHUNK))
def test_many_more_worlds_agree(first: int) -> None:
    with ProcessPoolExecutor(2) as crew:
        numbers = range(first, min(first + CHUNK, MANY))
        for found in crew.map(first_difference, numbers, chunksize=25):
            assert not found, f"the programs part at\n{found}"


STREAMS = ("NETWORK", "TIE", "OWNER", "STRATEGY", "PAIR", "NEED", "LOYALTY", "MIND", "CHOICE",
           "FRIEND", "TURN", "MEET", "PARTNER", "SIGNAL", "JOB", "ORDER", "TALK", "TELL", "RETELL",
           "POST", "FOLLOWER", "COMPLAINT", "ASKED", "APPOINTMENT", "NAMING", "FRAME",
           "TESTIMONIAL", "EXPOSURE", "MEETING", "TESTIFY", "ONE_TO_ONE", "DROP",
           "RENEWAL", "IMITATION")


@pytest.mark.verification
@pytest.mark.parametrize("stream", STREAMS)
def test_other_luck_in_one_decision_is_noticed(
    stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each decision of the address table matters in some world, so its agreement says something."""
    for room in (market, numbers):
        if hasattr(room, stream):
            monkeypatch.setattr(room, stream, 99)
    assert any(first_difference(number) for number in range(WORLDS))
