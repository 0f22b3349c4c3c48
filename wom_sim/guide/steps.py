"""The steps of the model's week as sentences, each a function of the parameters in force.

A sentence is empty where its mechanism is off.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from wom_sim.guide import referring
from wom_sim.guide.networks import professionals
from wom_sim.guide.referring import asks, in_group, partnered, scored
from wom_sim.guide.telling import NBSP, Sentence, counted, percent, rough, shown
from wom_sim.guide.telling import number as n
from wom_sim.scenario.parameters import Parameters


class Step(NamedTuple):
    """A step of the week: its place, its title, and what it says."""

    place: str
    title: str
    sentences: tuple[Sentence, ...]


def once(p: Parameters) -> bool:
    """Whether each person needs each trade once."""
    return p.trades.needs == "once"


def by_turns(p: Parameters) -> bool:
    """Whether needs are decided one after another."""
    return p.choice.updating == "one_by_one"


def where(on: Callable[[Parameters], bool], text: Sentence) -> Sentence:
    """`text` where the mechanism is on, else nothing."""
    return lambda p: text(p) if on(p) else ""


def one_need(p: Parameters) -> str:
    return (
        "Each person needs each trade once: the need is open every week until the business is"
        " chosen, or a rival, or the person decides against it for good."
    )


def in_turn(p: Parameters) -> str:
    return (
        "A week's needs are decided one after another in random order, each knowing what those"
        " before it chose and how their jobs will turn out."
    )


def loyalty(p: Parameters) -> str:
    to = p.loyalty
    return (
        "Needs arise at random. A person who has a provider goes back to it without looking around"
        f" with chance {n(to.satisfied)} if satisfied, {n(to.delighted)} if delighted,"
        f" {n(1 - to.grudge)} if dissatisfied ({n(to.grudge)} bear a grudge). All other needs are"
        " open."
    )


def evidence(p: Parameters) -> str:
    return (
        "What reaches a person with an open need; “convinces q” means: heard alone it would win the"
        " person with chance q."
    )


def unprompted(p: Parameters) -> str:
    c = p.choice
    fades = f", after each week {n(c.awareness_left)} of that" if c.awareness_left < 1 else ""
    then = f"convinces {n(c.close_unprompted)}"
    if c.unprompted == "decides":
        then = "then it is chosen, whatever else was heard"
    return f"The business comes to mind with chance {n(c.awareness)}{fades}; {then}."


def passing(p: Parameters) -> str:
    r, t = p.referral, p.trades
    willing = "willingness (8)" if r.reciprocity else f"willingness {n(r.willing)}"
    return (
        f"Each passes the need on with chance contact ({n(r.contact.client)} for its clients of the"
        f" last {counted(r.window, 'week')} unless dissatisfied, {n(r.contact.friend)} for ties of"
        f" its owner, {n(r.contact.member)} for partners) × sphere ({n(t.sphere_inside)} own,"
        f" {n(t.sphere_outside)} other) × visibility × credibility × recognition"
        f" (1-(1-x)^(size^{n(r.size_effect)}), size over the median, x {n(r.recognise_untrained)}"
        f" untrained to {n(r.recognise_trained)} trained) × {willing}; the first one's pitch"
        f" convinces {n(r.close_untrained)} (untrained) to {n(r.close_trained)} (trained)."
    )


def friends(p: Parameters) -> str:
    f = p.friends
    return (
        f"With chance {n(f.ask_around)} up to {counted(f.number, 'tie')} are asked, strong ones"
        f" first. Delighted clients recommend with chance {n(f.recommend_delighted)}, satisfied"
        f" ones {n(f.recommend_satisfied)}; dissatisfied ones warn with {n(f.warn)}; clients of the"
        f" rest recommend it (H_rest). Strong ties convince {n(f.strong)}, weak ones {n(f.weak)},"
        f" half as much {counted(f.recall_half_life, 'week')} after the job."
    )


def met(p: Parameters) -> str:
    many = n(p.population.ties.met)
    return f"After all ties {many} people met at random that week are asked, as weak ties."


def rejecters(p: Parameters) -> str:
    return f"Who decided against warns with chance {n(p.friends.rejecters_warn)}."


def relay(p: Parameters) -> str:
    return f"Others pass on what they heard at {n(p.friends.relay)} of its strength."


def memory(p: Parameters) -> str:
    return (
        f"Stories heard (6) count half after {counted(p.talk.memory_half_life, 'week')}; of them"
        " and what friends say only the stronger counts, for and against apart."
    )


def named(p: Parameters) -> str:
    a = p.asking
    return (
        f"Being named by a client (7) convinces {n(a.persuade)}, half as much after"
        f" {counted(a.request_half_life, 'week')}."
    )


def looked_up(p: Parameters) -> str:
    r = p.record
    return (
        f"Looked up with chance {n(r.look_up)}. A long, spotless one convinces {n(r.persuade)}"
        f" (63{NBSP}% of that at {n(r.saturation)} entries); its bad share speaks against. An entry"
        f" counts half after {counted(r.half_life, 'week')}."
    )


def algebra(p: Parameters) -> str:
    c = p.choice
    return (
        "A message that convinces q adds -ln(1-q) to H+, one against the business to H-"
        f" {_negative(c.negative_weight)}; one's own bad experience has q {n(c.own_bad)}, fading"
        f" as in 2c. The business wins with chance {_RULES[c.rule]}{_rivals(c.competition)}. One"
        " source is credited, drawn by its part in H+."
    )


def capacity(p: Parameters) -> str:
    least, hours = p.service.least_hours, p.effort.service
    return f"{n(hours)} h a week are enough for {rough(hours / least)} jobs of {n(least)} h."


def turned_away(p: Parameters) -> str:
    return "Whoever comes on top of that is turned away, repeat clients last."


def quality(p: Parameters) -> str:
    s = p.service
    return (
        f"A job gets h = hours / jobs (this week's, or smoothed with {n(s.smoothing)} of the past,"
        f" if more); its quality is {n(s.level)} + {n(s.gain)} (1-exp(-h/{n(s.hours_scale)})) +"
        f" noise of spread {n(s.noise)}."
    )


def intrusion(p: Parameters) -> str:
    return f"Being asked during the job takes {n(p.asking.intrusion)} off."


def expectation(p: Parameters) -> str:
    j = p.judgement
    return (
        f"A client expects quality {n(j.expectation)}, if referred {n(j.referred)} more; this moves"
        f" {percent(j.adaptation)} a week to the quality met."
        f" {_rule_of_judgement(j.rule)}"
    )


def judged(p: Parameters) -> str:
    """Shares by the normal law, for the one rule whose law is known here."""
    rule, least = p.judgement.rule, p.service.least_hours
    if rule["kind"] != "zone_of_tolerance" or not {"below", "above"} <= set(rule):
        return ""
    return (
        f"While {n(p.judgement.expectation)} is expected, with {n(least)} h a job"
        f" {_judged_at(p, rule, least)}; with {n(2 * least)} h, {_judged_at(p, rule, 2 * least)}."
    )


def talkers(p: Parameters) -> str:
    t = p.talk
    return (
        "A dissatisfied client talks with chance"
        f" {n(t.negativity_ratio * t.delighted)} ({n(t.negativity_ratio)} times the"
        f" {n(t.delighted)} of a delighted one) and tells {n(t.told.negative)} ties. A delighted"
        f" one talks with chance {n(t.delighted)}, a satisfied one with chance {n(t.satisfied)};"
        f" either tells {n(t.told.positive)}. A story convinces {n(t.strong)} from a strong tie,"
        f" {n(t.weak)} from a weak one."
    )


def retelling(p: Parameters) -> str:
    t = p.talk
    return (
        f"Hearers retell with chance {n(t.retell)}, up to {counted(t.max_hops, 'hop')}, at"
        f" {n(t.hearsay)} of its strength a hop."
    )


def posts(p: Parameters) -> str:
    o = p.talk.posts
    return (
        f"{percent(o.share)} of talkers also post: an entry in the record, seen by at least"
        f" {n(o.reach_least)} (Pareto, exponent {n(o.reach_tail)}), convinces {n(o.persuade)}."
    )


def _negative(weight: float) -> str:
    return "likewise" if weight == 1 else f"with {n(weight)} times its q, at most 0.99"


_RULES = {
    "veto": "p+ (1-p-), p = 1-exp(-H),",
    "compete": "p+ (1-p-) + p+ p- p+/(p+ + p-), p = 1-exp(-H),",
    "counts": "(messages for) / (all messages), each drawn with its q,",
}


def _rivals(weight: float) -> str:
    return f" × H+/(H+ + {n(weight)} H_rest)" if weight else ""


def _rule_of_judgement(rule: dict[str, Any]) -> str:
    if rule["kind"] == "zone_of_tolerance" and {"below", "above"} <= set(rule):
        return (
            f"More than {n(rule['below'])} below it the client is dissatisfied, more than"
            f" {n(rule['above'])} above it delighted."
        )
    settings = ", ".join(f"{key} {shown(value)}" for key, value in rule.items() if key != "kind")
    return f"The rule {rule['kind']} judges{f' ({settings})' if settings else ''}."


def _judged_at(p: Parameters, rule: dict[str, Any], h: float) -> str:
    """Shares dissatisfied and delighted at h hours a job, of clients not referred, at week 0."""
    s = p.service
    gap = s.level + s.gain * (1 - math.exp(-h / s.hours_scale)) - p.judgement.expectation
    bad, good = _below(-rule["below"] - gap, s.noise), 1 - _below(rule["above"] - gap, s.noise)
    return f"{100 * bad:.0f}{NBSP}% are dissatisfied and {100 * good:.0f}{NBSP}% delighted"


def _below(x: float, spread: float) -> float:
    return 0.5 * (1 + math.erf(x / spread / math.sqrt(2))) if spread else float(x > 0)


STEPS = (
    Step("1", "Needs and loyalty", (
        where(once, one_need), where(lambda p: not once(p), loyalty), where(by_turns, in_turn),
    )),
    Step("2", "Evidence", (evidence,)),
    Step("2a", "Unprompted", (where(lambda p: p.choice.awareness > 0, unprompted),)),
    Step("2b", "Partners", (where(partnered, passing),)),
    Step("2c", "Friends", (
        where(lambda p: p.friends.ask_around > 0, friends),
        where(lambda p: p.friends.ask_around > 0 and p.population.ties.met > 0, met),
        where(lambda p: once(p) and p.friends.rejecters_warn > 0, rejecters),
        where(lambda p: p.friends.ask_around > 0 and p.friends.relay > 0, relay),
    )),
    Step("2d", "Memory", (memory,)),
    Step("2e", "Requested", (where(asks, named),)),
    Step("2f", "Public record", (where(lambda p: p.record.look_up > 0, looked_up),)),
    Step("3", "Choice", (algebra,)),
    Step("4", "Service", (
        capacity, turned_away, quality,
        where(lambda p: asks(p) and p.asking.when == "during", intrusion),
    )),
    Step("5", "Judgement", (expectation, judged)),
    Step("6", "Talk", (
        talkers, where(lambda p: p.talk.retell > 0, retelling),
        where(lambda p: p.talk.posts.share > 0, posts),
    )),
    Step("7", "Asking", (
        lambda p: referring.asked(p) if asks(p) else "nobody is asked.",
        where(asks, referring.whom),
        where(asks, referring.framing),
        where(asks, referring.testimonials),
        where(lambda p: asks(p) and p.testimonials.inauthentic > 0, referring.false_ones),
    )),
    Step("8", "Partners", (
        lambda p: referring.partner_hours(p) if partnered(p) else "no partners.",
        where(in_group, referring.group), referring.pairs, where(partnered, professionals),
        where(partnered, referring.one_to_ones),
        where(partnered, referring.specificity),
        where(lambda p: in_group(p) and p.group.testify > 0, referring.testify),
        where(partnered, referring.trust), where(partnered, referring.willingness),
        where(lambda p: partnered(p) and p.referral.cost > 0, referring.giving),
        where(scored, referring.reputation),
        where(lambda p: in_group(p) and p.group.renewal > 0, referring.renewal),
        where(lambda p: in_group(p) and p.group.imitation > 0, referring.imitation),
    )),
)
"""The week in its order; steps 7 and 8 speak up even where they are off, for arms to differ."""

OFF: tuple[tuple[str, Callable[[Parameters], bool]], ...] = (
    ("coming to mind", lambda p: p.choice.awareness > 0),
    ("asking friends", lambda p: p.friends.ask_around > 0),
    ("the public record", lambda p: p.record.look_up > 0),
    ("retelling", lambda p: p.talk.retell > 0),
    ("posts", lambda p: p.talk.posts.share > 0),
    ("asking clients (step 7)", asks),
    ("partners (step 8)", partnered),
    ("renewal of memberships", lambda p: in_group(p) and p.group.renewal > 0),
    ("imitation of strategies", lambda p: in_group(p) and p.group.imitation > 0),
    ("false testimonials", lambda p: asks(p) and p.testimonials.inauthentic > 0),
)
"""Mechanisms that may be off, with the test that they are on."""
