"""Notes: what a scenario may say, and hardly means; each in one line, with what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from wom_sim.guide.networks import left_out, weak_ties
from wom_sim.guide.referring import asks, in_group, partnered
from wom_sim.guide.telling import (
    FOCAL,
    Case,
    cases,
    counted,
    listed,
    number,
    rough,
    seated,
    shown,
    stated,
    wrapped,
)
from wom_sim.scenario.dump import flat
from wom_sim.scenario.faults import visible
from wom_sim.scenario.parameters import BUSINESS_SECTIONS, Arm, Parameters, Scenario
from wom_sim.scenario.registry import PLACES

FEWEST_WORLDS = 10
"""Below this many replications an interval says little."""
FEWEST_NEEDS = 5.0
"""Needs a week in a trade below which a business wins hardly any clients."""
MOST_NAMED = 4
"""Names in a note; the rest are counted."""
REFERRING = ("referral", "group", "one_to_ones", "partners")
"""Sections that act only where there are partners: not in history."""


class Rule(NamedTuple):
    """Settings (a name, or a section with its dot) that act only where `acts` holds."""

    names: tuple[str, ...]
    acts: Callable[[Parameters], bool]
    because: str
    remedy: str


def notes(scenario: Scenario) -> tuple[str, ...]:
    """What is allowed and probably not meant, the widest in effect first."""
    return tuple(note for make in _MAKERS for note in make(scenario))


def noted(scenario: Scenario, width: int = 80) -> list[str]:
    """The notes as lines of at most `width` columns."""
    return [line for note in notes(scenario) for line in wrapped(note, width, "  – ", "    ")]


def _equal(scenario: Scenario) -> Iterator[str]:
    alike: list[list[Arm]] = []
    for arm in scenario.arms:
        same = next((group for group in alike if _same(group[0], arm)), None)
        if same is None:
            alike.append([arm])
        else:
            same.append(arm)
    for group in alike:
        if len(group) > 1:
            yield f"{_quoted(group)} are the same in everything; change them, or leave all but" \
                  " one out."


def _same(one: Arm, other: Arm) -> bool:
    return one.parameters == other.parameters and one.events == other.events


def _overridden(scenario: Scenario) -> Iterator[str]:
    """What the top states and no arm keeps."""
    own = [flat(arm.parameters.model_dump()) for arm in scenario.arms]
    lost = [
        name for name, value in stated(scenario).items()
        if all(name not in values or values[name] != value for values in own)
        and not (scenario.treated == "one" and name.split(".")[0] in BUSINESS_SECTIONS)
    ]
    past = [name for name in lost if _in_history(name, scenario)]
    nowhere = [name for name in lost if name not in past]
    many = "every arm has" if len(scenario.arms) > 1 else "the arm has"
    for names, where in ((nowhere, "nowhere"), (past, "only in the history")):
        if names:
            yield (f"{_named(_whole(names))} at the top {_acts(_whole(names))} {where}, since"
                   f" {many} another value; check that this is meant, or leave it out.")
    if scenario.events and all("events" in arm.overrides for arm in scenario.arms):
        yield f"events at the top happen nowhere, since {many} its own; leave them out."


def _in_history(name: str, scenario: Scenario) -> bool:
    """Whether the base's value acts before week 0 where every arm has another."""
    section, count = name.split(".")[0], scenario.base.trades.count
    own_trades = all(arm.parameters.trades.count != count for arm in scenario.arms)
    if not scenario.history_weeks or section == "population" or section in REFERRING:
        return False
    return name != "effort.partners" and not (section == "trades" and own_trades)


def _history(scenario: Scenario) -> Iterator[str]:
    """What arms change in the town or its talk has not been so in the history."""
    if not scenario.history_weeks:
        return
    base = flat(scenario.base.model_dump())
    ruled = (*BUSINESS_SECTIONS, *REFERRING, "population")
    changed = []
    for arm in scenario.arms:
        own = flat(arm.parameters.model_dump())
        skip = ruled if arm.parameters.trades.count == scenario.base.trades.count else (
            *ruled, "trades")
        changed += [name for name, value in base.items()
                    if own.get(name) != value and name.split(".")[0] not in skip]
    names = list(dict.fromkeys(changed))
    if names:
        values = _named([f"{name} is {shown(base[name])}" for name in names])
        yield (f"The {counted(scenario.history_weeks, 'week')} of history run under the base, where"
               f" {values}; what arms change acts from week 0. For another past, change it at the"
               " top instead.")


def _idle(scenario: Scenario) -> Iterator[str]:
    """Settings that are stated and have no effect, those of the base and those of arms."""
    about = cases(scenario)
    top: dict[Rule, list[str]] = {}
    for name in stated(scenario):
        rule = _idle_rule(name, [known for arm in scenario.arms
                                 for known in _in_force(arm, about, False, scenario)])
        if rule:
            top.setdefault(rule, []).append(name)
    for rule, found in top.items():
        yield _ineffective(found, rule, " at the top")

    def of_arm(arm: Arm) -> Iterator[str]:
        idle: dict[Rule, list[str]] = {}
        for name in flat({k: v for k, v in arm.overrides.items() if k != "events"}):
            own = name.split(".")[0] in BUSINESS_SECTIONS
            rule = _idle_rule(name, _in_force(arm, about, own, scenario))
            if rule:
                idle.setdefault(rule, []).append(name)
        for rule, found in idle.items():
            yield _ineffective(found, rule, "")

    yield from _by_arm(scenario, of_arm)


def acts(name: str, scenario: Scenario) -> bool:
    """Whether a parameter at the top can have an effect in any arm, by the rules below."""
    about = cases(scenario)
    known = [p for arm in scenario.arms for p in _in_force(arm, about, False, scenario)]
    return _idle_rule(name, known) is None


def _idle_rule(name: str, known: Sequence[Parameters]) -> Rule | None:
    """The first rule under which a setting has no effect whatever is in force."""
    for rule in RULES:
        ruled = any(name == one or (one.endswith(".") and name.startswith(one))
                    for one in rule.names)
        if ruled and not any(map(rule.acts, known)):
            return rule
    return None


def _ineffective(names: Sequence[str], rule: Rule, where: str) -> str:
    words = _whole(names)
    return f"{_named(words)}{where} {'have' if len(words) > 1 else 'has'} no effect, since" \
           f" {rule.because}; {rule.remedy}."


def _in_force(
    arm: Arm, about: Sequence[Case], own: bool, scenario: Scenario
) -> list[Parameters]:
    """Parameters in force at any time in an arm; with `own`, those of the treated alone.

    Where the others may come to a group they are taken to be in it: no note is better than
    one that is not true.
    """
    mine = [case for case in about if case.arm == arm.name]
    treated = [known for case in mine if not case.others for _, known in case.states]
    if own and scenario.treated == "one":
        return treated
    others = [known for case in mine if case.others for _, known in case.states]
    if any(map(partnered, treated)) or any((event.join or FOCAL) != FOCAL for event in arm.events):
        others += [_meeting(seated(known, True)) for known in others]
    return treated + others


def _meeting(p: Parameters) -> Parameters:
    effort = p.effort.model_copy(update={"partners": max(p.effort.partners, 1.0)})
    return p.model_copy(update={"effort": effort})


def _meets(p: Parameters) -> bool:
    return partnered(p) and p.effort.partners > 0


RULES = (
    Rule(("asking.", "testimonials."), asks, "effort.asking is 0",
         "give asking some hours, or leave out what is asked"),
    Rule(("asking.recall_framed", "asking.frame_fit", "asking.cue", "asking.cue_half_life"),
         lambda p: p.asking.frame == "framed", "asking.frame is broad", "use frame: framed"),
    Rule(("asking.recall_broad",), lambda p: p.asking.frame == "broad",
         "asking.frame is framed", "use frame: broad"),
    Rule(("asking.hours_during", "asking.intrusion"), lambda p: p.asking.when == "during",
         "asking.when is appointment", "use when: during"),
    Rule(("asking.hours_appointment", "asking.window"),
         lambda p: p.asking.when == "appointment", "asking.when is during",
         "use when: appointment"),
    Rule(("group.",), in_group, "nobody is in a group", "use partners: {group: true}"),
    Rule(("partners.strategies.", "partners.message_specificity", "partners.attendance",
          "one_to_ones.", "referral.", "population.professionals."), partnered,
         "there are no partners", "use partners: {group: true}, or partners.count"),
    Rule(("partners.message_specificity", "partners.attendance", "one_to_ones.", "group.every",
          "group.meeting_hours", "group.visibility_gain", "group.testify", "group.testimony"),
         _meets, "effort.partners is 0, so that nobody meets",
         "give effort.partners some hours"),
    Rule(("population.ties.strong_share",), lambda p: p.population.ties.strong_by == "share",
         "strong_by is shared_neighbours", "use strong_by: share, or leave it out"),
    Rule(("population.ties.shared_neighbours",),
         lambda p: p.population.ties.strong_by == "shared_neighbours",
         "strong_by is share", "use strong_by: shared_neighbours, or leave it out"),
)
"""What needs something else to have an effect."""


def _partners(scenario: Scenario) -> Iterator[str]:
    """Hours without partners, partners without hours."""
    about = cases(scenario)

    def of_arm(arm: Arm) -> Iterator[str]:
        known = _in_force(arm, about, True, scenario)
        spent = max(p.effort.partners for p in known)
        if spent > 0 and not any(map(partnered, known)):
            yield (f"effort.partners is {number(spent)} h and there are no partners, so the hours"
                   " go back to service; use partners: {group: true}, or partners.count.")
        fades = any(p.referral.visibility_fade < 1 for p in known)
        if spent <= 0 and fades and any(map(partnered, known)):
            yield ("partners without effort.partners never meet, and lose sight of each other;"
                   " give effort.partners some hours.")

    yield from _by_arm(scenario, of_arm)


def _moves(scenario: Scenario) -> Iterator[str]:
    """Events `join` and `leave` that change nothing."""
    yield from _by_arm(scenario, lambda arm: _vain_moves(arm, scenario))


def _vain_moves(arm: Arm, scenario: Scenario) -> Iterator[str]:
    inside = _seats(arm, scenario)
    ever = inside | {event.join for event in arm.events if event.join is not None}
    for event in sorted(arm.events, key=lambda event: event.week):
        trade = event.leave if event.join is None else event.join
        if trade is None:
            continue
        coming = event.join is not None
        if coming and len(ever) < 2:
            yield (f"in week {event.week} the business of trade {trade} joins a group of nobody"
                   " else; use partners: {group: true} for the others.")
        elif coming == (trade in inside):
            what = "joins the group it is in" if coming else "leaves a group it is not in"
            yield (f"in week {event.week} the business of trade {trade} {what}: nothing changes;"
                   f" set partners.group to {'false' if coming else 'true'}, or leave it out.")
        inside = inside | {trade} if coming else inside - {trade}


def _seats(arm: Arm, scenario: Scenario) -> set[int]:
    """Trades whose businesses are in the group in week 0."""
    known, base = arm.parameters, scenario.base
    seats = set(range(min(known.group.size, known.trades.count)))
    if scenario.treated == "all" or known.trades.count == 1:
        return seats if known.partners.group else set()
    # One that is in a group finds the others there, as guests if they keep none themselves.
    others = seats - {FOCAL} if base.partners.group else set()
    return seats if known.partners.group else others


def _networks(scenario: Scenario) -> Iterator[str]:
    """Ties that can hardly be strong, for want of triangles, and people of a file left out."""
    yield from _by_arm(scenario, weak_ties)
    yield from _by_arm(scenario, lambda arm: left_out(arm, scenario.folder))


def _town(scenario: Scenario) -> Iterator[str]:
    """A town too small for its businesses, and hours beyond what comes or below one job."""

    def of_arm(arm: Arm) -> Iterator[str]:
        if arm.parameters.trades.needs == "once":
            return
        needs = _fewest_needs(arm.parameters, scenario.treated == "one")
        if needs < FEWEST_NEEDS:
            rates = arm.parameters.trades.need_rate
            which = "a business's trade"
            if isinstance(rates, list):
                which = f"trade {FOCAL if scenario.treated == 'one' else rates.index(min(rates))}"
            yield (f"{which} sees about {rough(needs)} needs a week: its business will win few"
                   " clients; use more people, a higher trades.need_rate or fewer trades.")
        for p in (arm.parameters, *(known for _, known in arm.changes)):
            found = _hours(p, _fewest_needs(p, scenario.treated == "one"))
            if found:
                yield found
                break

    yield from _by_arm(scenario, of_arm)


def _fewest_needs(p: Parameters, one: bool) -> float:
    """Needs a week in the trade that has fewest, or in that of the one business treated."""
    rates = p.trades.need_rate if isinstance(p.trades.need_rate, list) else [p.trades.need_rate]
    return (rates[FOCAL] if one else min(rates)) * (p.population.size - 1) / 52


def _hours(p: Parameters, needs: float) -> str:
    spent, least = p.effort.service, p.service.least_hours
    if least > spent:
        return (f"a job is planned with {number(least)} h, and a week has {number(spent)} h of"
                f" service: one job in {rough(least / spent)} weeks; lower service.least_hours or"
                " raise effort.service.")
    if spent / least > needs:
        jobs = counted(spent / least, "job")
        return (f"{number(spent)} h of service are enough for {jobs} a week of"
                f" {number(least)} h, more than all {rough(needs)} needs of a business's trade:"
                " hardly anybody is turned away; lower effort.service or raise"
                " service.least_hours.")
    return ""


def _worlds(scenario: Scenario) -> Iterator[str]:
    decided = scenario.sweep is not None or scenario.precision is not None
    if scenario.replications < FEWEST_WORLDS and not decided:
        yield (f"replications: {scenario.replications} gives no interval worth the name; use 20 or"
               " more, best 100.")


def _by_arm(scenario: Scenario, of_arm: Callable[[Arm], Iterable[str]]) -> Iterator[str]:
    """What holds for some arms, each text once with the arms' names; for all, without."""
    found: dict[str, list[Arm]] = {}
    for arm in scenario.arms:
        for text in of_arm(arm):
            found.setdefault(text, []).append(arm)
    for text, arms in found.items():
        everywhere = len(arms) == len(scenario.arms)
        first = text if _is_name(text) else text[:1].upper() + text[1:]
        yield first if everywhere else f"{_quoted(arms)}: {text}"


def _is_name(text: str) -> bool:
    """Whether a text begins with a dotted name, which keeps its small letter."""
    return "." in text.split()[0]


def _quoted(arms: Sequence[Arm]) -> str:
    return _named([f"“{visible(arm.name)}”" for arm in arms], "arm")


def _named(words: Sequence[str], noun: str = "name") -> str:
    more = len(words) - MOST_NAMED
    return listed([*words[:MOST_NAMED], counted(more, f"more {noun}")] if more > 0 else words)


def _whole(names: Sequence[str]) -> list[str]:
    """Dotted names, those of one plug under the plug's own name."""
    mix = "partners.strategies"
    plugs = (*(place.name for place in PLACES), mix)
    short = [next((plug for plug in plugs if name.startswith(f"{plug}.")), name) for name in names]
    changed = [plug for plug in plugs if f"{plug}.kind" in names or plug == mix]
    return list(dict.fromkeys(
        plug if plug in changed else name for plug, name in zip(short, names, strict=True)))


def _acts(names: Sequence[str]) -> str:
    return "act" if len(names) > 1 else "acts"


_MAKERS: tuple[Callable[[Scenario], Iterator[str]], ...] = (
    _equal, _overridden, _history, _idle, _partners, _moves, _networks, _town, _worlds,
)
