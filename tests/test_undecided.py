"""Who surely waits is left out, and nothing comes out otherwise.

Where somebody watches, every open need is looked at; the two must give the same record, byte by
byte.
"""

from __future__ import annotations

import json

import pytest
from test_reference import MOST_DRAFTS, widened
from worlds import Tree, merged, other_process, run, scenario

from wom_sim.market import choice, record
from wom_sim.scenario.faults import ScenarioError
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.resolve import read_text
from wom_sim.study import replicate

TALK: Tree = {
    "weeks": 25, "history_weeks": 0, "arms": {"talk": {}},
    "population": {"size": 400, "owners": "elsewhere",
                   "network": {"kind": "degree_sequence", "degrees": [20]},
                   "ties": {"strong_share": 0.6}},
    "trades": {"count": 1, "needs": "once"},
    "choice": {"awareness": 1, "close_unprompted": 0.01, "competition": 0},
    "friends": {"ask_around": 1, "number": 1000, "recommend_delighted": 1,
                "recommend_satisfied": 1, "strong": 0.03, "weak": 0.01, "recall_half_life": 1e9},
    "record": {"look_up": 0}, "talk": {"delighted": 0, "satisfied": 0},
    "service": {"least_hours": 0.0001}, "judgement": {"rule": {"below": 50}},
}
"""The talk of the network on ties that stay."""

OTHERS: dict[str, Tree] = {
    "as it is": {},
    "owners and trades": {"population": {"owners": "residents"}, "trades": {"count": 3}},
    "some are asked": {"friends": {"number": 3, "ask_around": 0.5, "recommend_satisfied": 0.4}},
    "fading": {"friends": {"recall_half_life": 2}},
    "unhappy clients": {"judgement": {"rule": {"below": 0.5}}, "friends": {"warn": 0.7},
                        "choice": {"rule": "compete"}},
    "rejecters": {"judgement": {"rule": {"below": 0.2}},
                  "friends": {"warn": 1, "rejecters_warn": 1, "strong": 0.3}},
    "rivals": {"choice": {"competition": 20, "close_unprompted": 0.1},
               "service": {"least_hours": 2}, "friends": {"strong": 0.3}},
    "stories": {"talk": {"delighted": 0.5, "satisfied": 0.5}, "friends": {"relay": 0}},
    "stories relayed": {"talk": {"delighted": 0.1}, "friends": {"relay": 0.5}},
    "loud stories relayed": {"talk": {"delighted": 0.8, "satisfied": 1, "strong": 0.9, "weak": 0.9,
                                      "told": {"positive": 2}}, "friends": {"relay": 0.9}},
    "convincing friends": {"friends": {"strong": 0.95, "weak": 0.9, "number": 2}},
    "a record": {"record": {"look_up": 0.9}, "effort": {"asking": 40},
                 "testimonials": {"give": 1, "inauthentic": 0}, "friends": {"strong": 0.01}},
    "a bad record": {"record": {"look_up": 0.5}, "effort": {"asking": 40},
                     "testimonials": {"give": 1, "inauthentic": 0.5, "found_out": 0.5}},
    "comes to mind": {"choice": {"unprompted": "decides", "awareness": 0.02}},
    "forgotten": {"choice": {"awareness_left": 0.5}},
    "asking": {"effort": {"asking": 40}, "asking": {"frame": "framed"}},
    "asking broadly": {"effort": {"asking": 40}, "asking": {"frame": "broad"}},
    "partners": {"trades": {"count": 4}, "population": {"owners": "residents"},
                 "partners": {"group": True}, "effort": {"partners": 4}},
    "counts": {"choice": {"rule": "counts"}},
    "one by one": {"choice": {"updating": "one_by_one"}},
    "met": {"population": {"ties": {"met": 3}}},
    "everybody": {"population": {"network": {"kind": "complete"}}, "friends": {"strong": 0.001}},
    "after a history": {"history_weeks": 6},
    "recurring for a while": {"trades": {"count": 2, "need_rate": 20}, "events": [
        {"week": 4, "set": {"trades.needs": "recurring"}},
        {"week": 6, "set": {"trades.needs": "once"}}]},
}


def talk(name: str) -> Scenario:
    return scenario(merged(merged(TALK, {"allow_unequal_effort": True}), OTHERS[name]))


def watched(plan: Scenario) -> list[bytes]:
    """The record of each arm where somebody watches."""
    found = []
    for arm in plan.arms:
        before = replicate.past_parameters(plan, arm)
        past = replicate.history_of(plan, before, 0)
        market = replicate.run_arm(plan, past, arm, before, watch=lambda week: None)
        found.append(market.record.tobytes())
    return found


def unwatched(plan: Scenario) -> list[bytes]:
    return [arm.tobytes() for arm in replicate.replicate(plan, 0).record]


@pytest.mark.parametrize("name", OTHERS)
def test_nothing_comes_out_otherwise(name: str) -> None:
    """A hazard that is left out of the most that can be said, or somebody who may warn."""
    plan = talk(name)
    assert unwatched(plan) == watched(plan)


ONCE: Tree = {"trades": {"needs": "once"}, "choice": {"updating": "together"},
              "population": {"ties": {"met": 0}}, "friends": {"relay": 0}}


def drawn(number: int) -> Scenario:
    """A small world drawn at random, with one-off needs and little in the way of leaving out."""
    for attempt in range(MOST_DRAFTS):
        try:
            tree = merged(widened(number, attempt), ONCE)
            return read_text(json.dumps(tree), "small.yaml")
        except ScenarioError:
            continue
    raise AssertionError(f"no draft of world {number} is taken")


@pytest.mark.parametrize("first", range(0, 120, 40))
def test_nothing_comes_out_otherwise_in_worlds_drawn_at_random(first: int) -> None:
    """What nobody thought of; watched, such worlds are held against the twin in plain Python."""
    for number in range(first, first + 40):
        plan = drawn(number)
        assert unwatched(plan) == watched(plan), number


@pytest.mark.parametrize("name", ["as it is", "owners and trades", "rivals", "forgotten"])
def test_few_are_looked_at(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody looked at every week, which nothing but a clock would notice."""
    looked, choose = [], choice.choose

    def counting(*given: object, **named: object) -> choice.Decisions:
        made = choose(*given, **named)  # type: ignore[arg-type]
        looked.append(made.provider.size)
        return made

    monkeypatch.setattr(choice, "choose", counting)
    seen = run(talk(name)).record[:, :, [record.PLACE[n] for n in ("needs", "waiting")]]
    needs, waiting = seen.sum(axis=(0, 1))
    assert sum(looked) < (needs - waiting) + 0.1 * waiting


RECORD_IT = """
import json, sys
from worlds import run, scenario
print(run(scenario(json.loads(sys.argv[1]))).record.sum())
"""


def test_plain_kernels_leave_out_the_same() -> None:
    """A byte that overflows in one of the two forms: the record is the same but for rounding."""
    tree = merged(merged(TALK, OTHERS["everybody"]), {"population": {"size": 300}, "weeks": 3,
                                                      "choice": {"close_unprompted": 0.9}})
    plain = float(other_process(RECORD_IT, json.dumps(tree), NUMBA_DISABLE_JIT="1"))
    assert plain == pytest.approx(run(scenario(tree)).record.sum(), rel=1e-12)
