"""Asking clients and trading referrals, told as sentences: steps 7 and 8 of the week."""

from __future__ import annotations

from typing import Any

from wom_sim.guide.telling import counted, every, listed, percent, rough, shown
from wom_sim.guide.telling import number as n
from wom_sim.scenario.parameters import Parameters


def asks(p: Parameters) -> bool:
    """Whether hours are spent on asking clients."""
    return p.effort.asking > 0


def partnered(p: Parameters) -> bool:
    """Whether there are partners, in a group or without."""
    return p.partners.group or p.partners.count > 0


def scored(p: Parameters) -> bool:
    """Whether anybody's answer looks at scores of giving."""
    return partnered(p) and p.referral.reciprocity and "image_scorer" in p.partners.strategies


def in_group(p: Parameters) -> bool:
    """Whether there is a referral group."""
    return p.partners.group


def asked(p: Parameters) -> str:
    a, hours = p.asking, p.effort.asking
    during = a.when == "during"
    each = a.hours_during if during else a.hours_appointment
    how = "during the job" if during else "by appointment"
    return f"{n(hours)} h a week are {rough(hours / each)} asks of {n(each)} h {how}."


def whom(p: Parameters) -> str:
    a = p.asking
    who = "This week's clients are asked"
    if a.when == "appointment":
        who = f"Clients of the last {counted(a.window, 'week')}, not dissatisfied, are asked"
    return f"{who}, nobody twice in {counted(a.pause, 'week')}."


def framing(p: Parameters) -> str:
    a = p.asking
    if a.frame == "broad":
        return f"A broad question: each tie comes to mind with chance {n(a.recall_broad)}."
    return (
        f"A framed question: ties of one circle (with chance {n(a.frame_fit)} the largest) come to"
        f" mind with chance {n(a.recall_framed)}; later, one of them in need is told with chance"
        f" {n(a.cue)}, half as often after {counted(a.cue_half_life, 'week')}."
    )


def testimonials(p: Parameters) -> str:
    t = p.testimonials
    return (
        "Who would recommend (2c) names them. A delighted client also gives a testimonial with"
        f" chance {n(t.give)}, worth {n(t.weight_consumer)} in the record, {n(t.weight_expert)} if"
        f" by an expert ({percent(t.expert)}), {n(t.weight_organisation)} if by an organisation"
        f" ({percent(t.organisation)})."
    )


def false_ones(p: Parameters) -> str:
    t = p.testimonials
    return (
        f"{percent(t.inauthentic)} of these are not genuine: found out with chance"
        f" {n(t.found_out)} a week, they turn into {n(t.backfire)} times as many bad entries."
    )


def group(p: Parameters) -> str:
    g = p.group
    seats = f"{min(g.size, p.trades.count)} of {counted(p.trades.count, 'trade')}"
    return (
        f"A group of {counted(g.size, 'seat')} ({seats}) meets {every(g.every)} for"
        f" {n(g.meeting_hours)} h; who has the hours comes with chance {n(p.partners.attendance)}"
        f" and closes {percent(g.visibility_gain)} of the visibility missing to all there."
    )


def pairs(p: Parameters) -> str:
    if p.partners.group or not p.partners.count:
        return ""
    many = counted(p.partners.count, "partner")
    return f"{many} without a group, own contact sphere first."


def partner_hours(p: Parameters) -> str:
    if p.effort.partners <= 0:
        return "No hours for partners."
    each, meeting = p.one_to_ones.hours, p.group.meeting_hours / p.group.every
    left = max(p.effort.partners - (meeting if p.partners.group else 0.0), 0.0)
    after = " after meetings" if p.partners.group else ""
    return f"{n(p.effort.partners)} h a week leave {rough(left / each)} one-to-ones{after}."


def one_to_ones(p: Parameters) -> str:
    o, r = p.one_to_ones, p.referral
    return (
        f"One-to-ones ({n(o.hours)} h, {every(o.every)}) close {percent(o.training_gain)} of the"
        " gap from training to how specific the message is and"
        f" {percent(o.visibility_gain)} of the missing visibility; a week leaves"
        f" {n(r.training_fade)} of training and {n(r.visibility_fade)} of visibility. New partners"
        f" start at visibility {n(r.visibility_start)}, credibility {n(r.credibility_start)},"
        " training 0."
    )


def specificity(p: Parameters) -> str:
    return f"How specific a business's message is: {n(p.partners.message_specificity)}."


def testify(p: Parameters) -> str:
    g = p.group
    return (
        f"A member delighted as a client testifies with chance {n(g.testify)} a meeting: +"
        f"{percent(g.testimony)} of the missing credibility."
    )


def trust(p: Parameters) -> str:
    r = p.referral
    return (
        f"A delighted referred client adds {percent(r.credibility_gain)} of the missing"
        f" credibility; a dissatisfied one destroys {percent(r.credibility_loss)} of it and ignores"
        f" the referrer with chance {n(r.drop_referrer)}."
    )


def willingness(p: Parameters) -> str:
    r = p.referral
    if not r.reciprocity:
        return f"Willingness is {n(r.willing)} for everybody."
    mix = [_strategy(name, entry) for name, entry in p.partners.strategies.items()]
    return f"Willingness is {n(r.willing)} + {n(1 - r.willing)} R. R by strategy: {listed(mix)}."


def giving(p: Parameters) -> str:
    return f"Passing a referral costs {n(p.referral.cost)}."


def reputation(p: Parameters) -> str:
    return (
        "In an image_scorer's eyes a referral given counts half after"
        f" {counted(p.referral.score_half_life, 'week')}."
    )


def renewal(p: Parameters) -> str:
    return (
        f"Once a year a member leaves with chance {n(p.group.renewal)} exp(-v/{n(p.group.cost)}),"
        " v the value received less the cost of giving (at least 0), and a newcomer takes the seat."
    )


def imitation(p: Parameters) -> str:
    return (
        f"Once a year, with chance {n(p.group.imitation)}, a member copies the strategy of another"
        " who gained more."
    )


def _strategy(name: str, entry: Any) -> str:
    more = ", ".join(f"{key} {shown(value)}" for key, value in entry.items() if key != "share")
    return f"{percent(entry['share'])} {name}{f' ({more})' if more else ''}"
