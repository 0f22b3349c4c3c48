"""No dead knob: every parameter acts where its mechanism is on, and nowhere else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from worlds import Tree, dotted, merged, records, scenario

from wom_sim.scenario.parameters import Parameters
from wom_sim.scenario.quantities import declarations
from wom_sim.scenario.registry import Registry, judgements, networks, strategies

BASE: Tree = {
    "seed": 2,
    "weeks": 26,
    "history_weeks": 10,
    "allow_unequal_effort": True,
    "population": {"size": 300},
    "trades": {"count": 6, "need_rate": 6.0, "spheres": 2},
    "effort": {"asking": 3.0, "partners": 6.0},
    "service": {"least_hours": 7.0},
    "testimonials": {"give": 0.5},
    "partners": {"group": True},
    "group": {"size": 6},
}

UNTIED = {"population.network": {"kind": "cliques", "members": 1}}
ALONE = {"partners.group": False}
NO_JOBS = {"partners.group": False, "choice.awareness": 0.0}
SILENT = {"talk.delighted": 0.0, "talk.satisfied": 0.0}
BY_THEMSELVES = {**SILENT, **ALONE, "friends.ask_around": 0.0, "effort.asking": 0.0}
NO_ADVICE = {"friends.ask_around": 0.0}
NO_ASKING = {"effort.asking": 0.0}
APPOINTED = {"asking.when": "appointment"}
DURING = {"asking.when": "during"}
FRAMED = {"asking.frame": "framed"}
BROAD = {"asking.frame": "broad"}
NOBODY_UNHAPPY = {"judgement.rule.below": 50.0, "rest.dissatisfied": 0.0}
NOBODY_MERELY_SATISFIED = {
    "judgement.rule": {"below": 0.0, "above": 0.0},
    "rest": {"dissatisfied": 0.5, "delighted": 0.5},
}
NOBODY_DELIGHTED = {"judgement.rule.above": 50.0, "rest.delighted": 0.0}
NO_POSTS = {"talk.posts.share": 0.0}
FALSE = {"testimonials.inauthentic": 0.8, "testimonials.found_out": 0.3}
GENUINE = {"testimonials.inauthentic": 0.0}
RETOLD = {"talk.retell": 0.3}
NO_ONE_TO_ONES = {"one_to_ones.hours": 168.0}
NO_MEETINGS = {"group.meeting_hours": 168.0}
OVER_A_YEAR = {"weeks": 54, "population.size": 100, "trades.need_rate": 4.0}
FAMILIAR = {"population.size": 40, "choice.awareness": 0.9, "choice.close_unprompted": 0.9}
MIXED = {"partners.strategies": {"giver": 0.5, "taker": 0.5}}
SCORED = {"partners.strategies": {"image_scorer": {"share": 1.0, "threshold": 0.9}},
          "referral.willing": 0.0}
ONE_NEED = {"trades.needs": "once", "friends.warn": 1.0, "rest.dissatisfied": 0.5}
NO_RECIPROCITY = {"referral.reciprocity": False}


class Knob(NamedTuple):
    """How a parameter is moved, the world where it acts, and where it does not, or why none.

    moved: its new value, or settings where it is a plug's; off: what further makes the world
    one in which it does not act, or the reason why there is none; on: what makes the base world
    one in which it acts.
    """

    moved: Any
    off: Tree | str
    on: Mapping[str, Any] = MappingProxyType({})


def kind(network: str, **settings: Any) -> Tree:
    """Settings of a network of this kind."""
    return {"population.network": {"kind": network, **settings}}


def among(network: str, **settings: Any) -> Tree:
    """Settings of a network of this kind among the professionals."""
    return {"population.professionals": {"kind": network, **settings}}


IS_THE_WORLD = "decides the size of the world, which is always there"
IS_THE_SWITCH = "is itself what switches its mechanism on, and is recorded"

KNOBS: dict[str, Knob] = {
    "population.size": Knob(310, IS_THE_WORLD),
    "population.ties.strong_by": Knob("shared_neighbours", UNTIED),
    "population.ties.strong_share": Knob(
        0.7, {"population.ties.strong_by": "shared_neighbours"}),
    "population.ties.shared_neighbours": Knob(
        7, {"population.ties.strong_by": "share"},
        {"population.ties.strong_by": "shared_neighbours"}),
    "population.ties.circles": Knob(2, BROAD, FRAMED),
    "population.ties.met": Knob(3, NO_ADVICE, {"friends.number": 20}),
    "population.owners": Knob("elsewhere", "decides who lives in the world, which is always there"),
    "trades.count": Knob(7, IS_THE_WORLD),
    "trades.needs": Knob("once", "without needs nothing happens at all"),
    "trades.need_rate": Knob(7.0, "without needs nothing happens at all"),
    "trades.job_value": Knob(2500.0, NO_JOBS),
    "trades.job_spread": Knob(0.3, NO_JOBS),
    "trades.margin": Knob(0.5, NO_JOBS),
    "trades.spheres": Knob(3, {"trades.sphere_inside": 0.7, "trades.sphere_outside": 0.7}),
    "trades.sphere_inside": Knob(0.2, ALONE),
    "trades.sphere_outside": Knob(0.1, ALONE),
    "rest.dissatisfied": Knob(0.4, {
        **NO_ADVICE, "loyalty": {"satisfied": 0.5, "delighted": 0.5, "grudge": 0.5}}),
    "rest.delighted": Knob(0.6, {
        **NO_ADVICE, "loyalty": {"satisfied": 0.5, "delighted": 0.5, "grudge": 0.5}}),
    "loyalty.satisfied": Knob(0.3, NOBODY_MERELY_SATISFIED),
    "loyalty.delighted": Knob(0.4, NOBODY_DELIGHTED),
    "loyalty.grudge": Knob(0.3, NOBODY_UNHAPPY),
    "choice.rule": Knob("compete", NOBODY_UNHAPPY),
    "choice.updating": Knob("one_by_one", "orders needs, and without these nothing happens"),
    "choice.awareness_left": Knob(0.8, {"choice.awareness": 0.0}),
    "choice.unprompted": Knob("decides", {"choice.awareness": 0.0}),
    "choice.awareness": Knob(0.2, {"choice.close_unprompted": 0.0}),
    "choice.close_unprompted": Knob(0.4, {"choice.awareness": 0.0}),
    "choice.competition": Knob(1.5, NO_ADVICE),
    "choice.negative_weight": Knob(3.0, NOBODY_UNHAPPY),
    "choice.own_bad": Knob(0.0, NOBODY_UNHAPPY),
    "friends.ask_around": Knob(0.2, {"friends.number": 0}),
    "friends.number": Knob(2, NO_ADVICE),
    "friends.recommend_delighted": Knob(0.2, {**NO_ADVICE, **NO_ASKING}),
    "friends.recommend_satisfied": Knob(0.1, {**NO_ADVICE, **NO_ASKING}),
    "friends.warn": Knob(0.1, NO_ADVICE),
    "friends.rejecters_warn": Knob(1.0, {"trades.needs": "recurring"}, ONE_NEED),
    "friends.strong": Knob(0.2, NO_ADVICE),
    "friends.weak": Knob(0.1, {"population.ties.strong_share": 1.0}),
    "friends.relay": Knob(0.0, NO_ADVICE),
    "friends.recall_half_life": Knob(3.0, {**NO_ADVICE, "choice.own_bad": 0.0}),
    "record.look_up": Knob(0.9, {"record.persuade": 0.0}),
    "record.persuade": Knob(0.6, {"record.look_up": 0.0}),
    "record.saturation": Knob(30.0, {"record.look_up": 0.0}),
    "record.half_life": Knob(5.0, {**NO_POSTS, **NO_ASKING}),
    "referral.contact.client": Knob(0.1, ALONE),
    "referral.contact.friend": Knob(0.1, ALONE),
    "referral.contact.member": Knob(0.0, ALONE, {"population.size": 40}),
    "referral.window": Knob(1.0, ALONE),
    "referral.recognise_untrained": Knob(0.9, ALONE),
    "referral.recognise_trained": Knob(0.3, NO_ONE_TO_ONES),
    "referral.size_effect": Knob(0.0, {"trades.job_spread": 0.0}),
    "referral.cost": Knob(300.0, ALONE),
    "referral.willing": Knob(0.9, ALONE),
    "referral.reciprocity": Knob(False, {"referral.willing": 1.0}),
    "referral.close_untrained": Knob(0.9, ALONE),
    "referral.close_trained": Knob(0.9, NO_ONE_TO_ONES),
    "referral.visibility_start": Knob(0.5, ALONE),
    "referral.credibility_start": Knob(0.9, ALONE),
    "referral.visibility_fade": Knob(0.8, ALONE),
    "referral.training_fade": Knob(0.8, NO_ONE_TO_ONES),
    "referral.credibility_gain": Knob(0.5, NOBODY_DELIGHTED),
    "referral.credibility_loss": Knob(0.9, NOBODY_UNHAPPY),
    "referral.drop_referrer": Knob(1.0, NOBODY_UNHAPPY, {
        "referral.visibility_start": 0.9, "referral.willing": 1.0, "judgement.rule.below": 0.0}),
    "referral.score_half_life": Knob(1.0, {"partners.strategies": {"reciprocator": 1.0}}, SCORED),
    "effort.service": Knob(30.0, IS_THE_SWITCH),
    "effort.asking": Knob(5.0, IS_THE_SWITCH),
    "effort.partners": Knob(9.0, IS_THE_SWITCH),
    "service.level": Knob(0.6, NO_JOBS),
    "service.gain": Knob(2.0, NO_JOBS),
    "service.hours_scale": Knob(10.0, {"service.gain": 0.0}),
    "service.least_hours": Knob(12.0, NO_JOBS, {"effort.service": 8.0}),
    "service.noise": Knob(0.3, NO_JOBS),
    "service.smoothing": Knob(0.2, NO_JOBS),
    "judgement.expectation": Knob(1.0, NO_JOBS),
    "judgement.referred": Knob(1.0, BY_THEMSELVES),
    "judgement.adaptation": Knob(0.3, NO_JOBS),
    "talk.delighted": Knob(0.6, {"judgement.rule": {"below": 50.0, "above": 50.0}}),
    "talk.satisfied": Knob(0.4, NOBODY_MERELY_SATISFIED),
    "talk.negativity_ratio": Knob(3.5, NOBODY_UNHAPPY),
    "talk.told.positive": Knob(9.0, {"talk.satisfied": 0.0, **NOBODY_DELIGHTED}),
    "talk.told.negative": Knob(1.0, NOBODY_UNHAPPY),
    "talk.strong": Knob(0.9, {"population.ties.strong_share": 0.0}),
    "talk.weak": Knob(0.9, {"population.ties.strong_share": 1.0}),
    "talk.retell": Knob(0.3, {"talk.max_hops": 1}),
    "talk.max_hops": Knob(2, {"talk.retell": 0.0}, RETOLD),
    "talk.hearsay": Knob(0.0, {"talk.max_hops": 1}, RETOLD),
    "talk.memory_half_life": Knob(3.0, SILENT),
    "talk.posts.share": Knob(0.6, SILENT),
    "talk.posts.reach_least": Knob(40.0, NO_POSTS),
    "talk.posts.reach_tail": Knob(0.6, NO_POSTS),
    "talk.posts.persuade": Knob(0.5, NO_POSTS),
    "asking.frame": Knob("framed", NO_ASKING),
    "asking.when": Knob("appointment", NO_ASKING),
    "asking.hours_during": Knob(1.0, APPOINTED),
    "asking.hours_appointment": Knob(2.0, DURING, APPOINTED),
    "asking.intrusion": Knob(2.0, APPOINTED),
    "asking.window": Knob(1.0, DURING, APPOINTED),
    "asking.pause": Knob(2.0, NO_ASKING),
    "asking.recall_broad": Knob(0.4, FRAMED),
    "asking.recall_framed": Knob(0.1, BROAD, FRAMED),
    "asking.frame_fit": Knob(0.0, BROAD, FRAMED),
    "asking.persuade": Knob(0.9, {**BROAD, "asking.recall_broad": 0.0}),
    "asking.request_half_life": Knob(1.0, {**BROAD, "asking.recall_broad": 0.0}),
    "asking.cue": Knob(0.1, BROAD, FRAMED),
    "asking.cue_half_life": Knob(1.0, BROAD, FRAMED),
    "testimonials.give": Knob(0.9, NO_ASKING),
    "testimonials.expert": Knob(0.6, {
        f"testimonials.weight_{who}": 2.0 for who in ("consumer", "expert", "organisation")}),
    "testimonials.organisation": Knob(0.6, {
        f"testimonials.weight_{who}": 2.0 for who in ("consumer", "expert", "organisation")}),
    "testimonials.weight_consumer": Knob(3.0, {
        "testimonials.expert": 0.5, "testimonials.organisation": 0.5}),
    "testimonials.weight_expert": Knob(
        9.0, {"testimonials.expert": 0.0}, {"testimonials.expert": 0.4}),
    "testimonials.weight_organisation": Knob(
        9.0, {"testimonials.organisation": 0.0}, {"testimonials.organisation": 0.4}),
    "testimonials.inauthentic": Knob(0.3, {"testimonials.found_out": 0.0}, FALSE),
    "testimonials.found_out": Knob(0.9, GENUINE, FALSE),
    "testimonials.backfire": Knob(7.0, GENUINE, FALSE),
    "partners.group": Knob(False, IS_THE_SWITCH),
    "partners.count": Knob(3, IS_THE_SWITCH, ALONE),
    "partners.message_specificity": Knob(0.9, NO_ONE_TO_ONES),
    "partners.attendance": Knob(0.3, NO_MEETINGS),
    "group.size": Knob(4, ALONE),
    "group.every": Knob(3, NO_MEETINGS),
    "group.meeting_hours": Knob(3.0, ALONE),
    "group.visibility_gain": Knob(0.6, NO_MEETINGS),
    "group.testify": Knob(0.9, {"group.testimony": 0.0}, FAMILIAR),
    "group.testimony": Knob(
        0.5, {"group.testify": 0.0}, {**FAMILIAR, "group.testify": 0.9}),
    "group.renewal": Knob(1.0, {"weeks": 51}, OVER_A_YEAR),
    "group.cost": Knob(500.0, {"group.renewal": 0.0}, {**OVER_A_YEAR, "group.renewal": 1.0}),
    "group.imitation": Knob(
        1.0, {"partners.strategies": {"giver": 1.0}},
        {**OVER_A_YEAR, **MIXED, "referral.willing": 0.05, "weeks": 80}),
    "one_to_ones.every": Knob(3, NO_ONE_TO_ONES),
    "one_to_ones.hours": Knob(3.0, ALONE),
    "one_to_ones.training_gain": Knob(0.9, NO_ONE_TO_ONES),
    "one_to_ones.visibility_gain": Knob(0.9, NO_ONE_TO_ONES),
    # Plugs: their settings are written out, since a name alone does not say where they stand.
    "population.network": Knob(kind("scale_free"), BY_THEMSELVES),
    "population.network.small_world.neighbours": Knob(kind("small_world", neighbours=6),
                                                      BY_THEMSELVES),
    "population.network.small_world.rewiring": Knob(kind("small_world", rewiring=0.6),
                                                    BY_THEMSELVES),
    "population.network.scale_free.links": Knob(kind("scale_free", links=3), BY_THEMSELVES,
                                                kind("scale_free")),
    "population.network.random.mean_degree": Knob(kind("random", mean_degree=5.0),
                                                  BY_THEMSELVES, kind("random")),
    "population.network.cliques.members": Knob(kind("cliques", members=5), BY_THEMSELVES,
                                               kind("cliques")),
    "population.network.degree_sequence.degrees": Knob(
        kind("degree_sequence", degrees=[2, 9]), BY_THEMSELVES, kind("degree_sequence")),
    "population.network.file.path": Knob(
        kind("file", path="FOLDER/near.csv"), BY_THEMSELVES, kind("file", path="FOLDER/far.csv")),
    "population.professionals": Knob(among("cliques", members=2), ALONE),
    "population.professionals.small_world.neighbours": Knob(
        among("small_world", neighbours=4), ALONE, among("small_world", neighbours=2)),
    "population.professionals.small_world.rewiring": Knob(
        among("small_world", rewiring=0.8), ALONE,
        among("small_world", neighbours=2, rewiring=0.0)),
    "population.professionals.scale_free.links": Knob(
        among("scale_free", links=3), ALONE, among("scale_free", links=1)),
    "population.professionals.random.mean_degree": Knob(
        among("random", mean_degree=4.0), ALONE, among("random", mean_degree=1.0)),
    "population.professionals.cliques.members": Knob(
        among("cliques", members=4), ALONE, among("cliques", members=2)),
    "population.professionals.degree_sequence.degrees": Knob(
        among("degree_sequence", degrees=[1, 5]), ALONE, among("degree_sequence", degrees=[2])),
    "population.professionals.file.path": Knob(
        among("file", path="FOLDER/near.csv"), ALONE, among("file", path="FOLDER/far.csv")),
    "judgement.rule": Knob({"judgement.rule": {"below": 0.2, "above": 0.1}}, NO_JOBS),
    "judgement.rule.zone_of_tolerance.below": Knob({"judgement.rule.below": 0.5}, NO_JOBS),
    "judgement.rule.zone_of_tolerance.above": Knob({"judgement.rule.above": 1.5}, NO_JOBS),
    "partners.strategies": Knob(
        {"partners.strategies": {"giver": 0.9, "taker": 0.1}}, NO_RECIPROCITY, MIXED),
    "partners.strategies.reciprocator.scale": Knob(
        {"partners.strategies": {"reciprocator": {"share": 1.0, "scale": 0.1}}}, NO_RECIPROCITY),
    "partners.strategies.image_scorer.threshold": Knob(
        {"partners.strategies": {"image_scorer": {"share": 1.0, "threshold": 0.1}}},
        NO_RECIPROCITY, SCORED),
    "partners.strategies.image_scorer.known": Knob(
        {"partners.strategies": {"image_scorer": {"share": 1.0, "known": 0.3}}},
        NO_RECIPROCITY, SCORED),
}


def parameters_of(registry: Registry, place: str) -> Iterator[str]:
    """Names of the parameters of all plugs of a kind."""
    for plug in registry:
        for field in registry[plug].section.model_fields:
            if field != "sha256":  # a fingerprint guards a file; it does not act
                yield f"{place}.{plug}.{field}"


def every_knob() -> set[str]:
    """All that a scenario may set below its sections, the plugs' parameters included."""
    return {
        *(entry.name for entry in declarations(Parameters)),
        "population.network", *parameters_of(networks, "population.network"),
        "population.professionals", *parameters_of(networks, "population.professionals"),
        "judgement.rule", *parameters_of(judgements, "judgement.rule"),
        "partners.strategies", *parameters_of(strategies, "partners.strategies"),
    }


@cache
def fingerprint(tree: str) -> str:
    """The bytes of the record of a world, as a digest."""
    (arm,) = records(scenario(json.loads(tree)))
    return hashlib.sha256(arm).hexdigest()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two rings of 300 people, tied to near and to far neighbours."""
    place = tmp_path_factory.mktemp("networks")
    for name, steps in (("near", (1, 2)), ("far", (1, 140))):
        ties = [f"{p},{(p + step) % 300}" for p in range(300) for step in steps]
        (place / f"{name}.csv").write_text("\n".join(ties), encoding="utf-8")
    return place


def world(folder: Path, *settings: Mapping[str, Any]) -> str:
    """The fingerprint of the base world with settings by dotted name."""
    tree = merged(BASE, *(dotted(part) for part in settings))
    return fingerprint(json.dumps(tree).replace("FOLDER", folder.as_posix()))


def moved(name: str) -> Tree:
    """The settings that move a parameter."""
    value = KNOBS[name].moved
    return value if name.split(".")[:2] in PLUGS else {name: value}


PLUGS = [["population", "network"], ["population", "professionals"], ["judgement", "rule"],
         ["partners", "strategies"]]


def test_every_parameter_has_a_row() -> None:
    """A parameter that nobody has shown to act."""
    assert set(KNOBS) == every_knob()


@pytest.mark.parametrize("name", KNOBS)
def test_the_knob_acts_where_it_is_on(name: str, folder: Path) -> None:
    """A parameter that is read by nothing."""
    on = KNOBS[name].on
    assert world(folder, on) != world(folder, on, moved(name))


@pytest.mark.parametrize("name", [name for name in KNOBS if not isinstance(KNOBS[name].off, str)])
def test_the_knob_is_still_where_it_is_off(name: str, folder: Path) -> None:
    """A parameter that acts where its mechanism is switched off, or on something else."""
    on, off = KNOBS[name].on, KNOBS[name].off
    assert world(folder, on, off) == world(folder, on, off, moved(name))


def test_complaints_have_live_knobs(folder: Path) -> None:
    """A complaint whose reach or entries do not matter, or that treats everybody always."""
    complaint = {"week": 3, "complaint": {"reach": 50, "entries": 5.0}}
    further = {"week": 3, "complaint": {"reach": 90, "entries": 5.0}}
    worse = {"week": 3, "complaint": {"reach": 50, "entries": 9.0}}
    found = [world(folder, {"events": events})
             for events in ([], [complaint], [further], [worse])]
    assert len(set(found)) == 4
    assert world(folder, {"treated": "one", "events": [complaint]}) not in found
