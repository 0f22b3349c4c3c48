"""What a scenario says: the town, the week step by step, the arms and the events, in English."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from wom_sim.guide.compare import worlds_of
from wom_sim.guide.networks import USUAL, network
from wom_sim.guide.notes import noted
from wom_sim.guide.referring import asks, partnered
from wom_sim.guide.steps import OFF, STEPS
from wom_sim.guide.telling import (
    Case,
    Sentence,
    Told,
    cases,
    counted,
    happening,
    hours,
    listed,
    names,
    number,
    over_time,
    pad,
    percent,
    pieces,
    preset_values,
    rough,
    shown,
    stated,
    told,
    wrapped,
)
from wom_sim.scenario.columns import columns
from wom_sim.scenario.dump import flat
from wom_sim.scenario.faults import visible
from wom_sim.scenario.parameters import BUSINESS_SECTIONS, Arm, Parameters, Scenario

MOST_IN_LINE = 4
"""Short texts of groups of arms that still read well as prose."""
MOST_ARMS = 12
"""Arms shown one by one; the rest are counted."""


def week(scenario: Scenario, width: int = 80) -> str:
    """The scenario told in English with its own numbers, in lines of at most `width` columns."""
    about = cases(scenario)
    lines = [*wrapped(visible(" ".join(scenario.question.split())), width), ""]
    lines += [*wrapped(_size_of(scenario), width), "", "THE TOWN"]
    lines += _paragraphs(_told((_people, _trades, _needs), about), width, "  ", "  ")
    lines += [*wrapped(_history(scenario), width, "  ", "  "), "", "THE WEEK, IN ORDER"]
    for step in STEPS:
        if step.place[0] not in "78" or _anywhere(about, asks if step.place == "7" else partnered):
            lines += _step(f"{step.place} {step.title}", step.sentences, about, width)
    lines += _off(about, width)
    lines += ["", "THE ARMS", *_arms(scenario, width)]
    lines += _events(scenario, width)
    lines += ["", *_own_numbers(scenario, width), *_extras(scenario, width)]
    found_notes = noted(scenario, width)
    lines += ["", "NOTES", *found_notes] if found_notes else []
    return "\n".join(line.rstrip() for line in lines)


def _size_of(scenario: Scenario) -> str:
    arms, worlds = counted(len(scenario.arms), "arm"), worlds_of(scenario)
    treated = "Arms change all businesses alike."
    if scenario.treated == "one":
        treated = (
            f"Arms change {listed(BUSINESS_SECTIONS)} of the business of trade 0 alone; there the"
            " others keep to the base. What arms change in other sections belongs to the town and"
            " holds for all businesses."
        )
    return (
        f"{visible(scenario.stem)}: {arms} × {worlds} × {counted(scenario.weeks, 'week')}, seed"
        f" {scenario.seed}, preset {scenario.preset}. {treated}"
    )


def _people(p: Parameters) -> str:
    ties = p.population.ties
    strong = f"{percent(ties.strong_share)} of ties are strong"
    if ties.strong_by == "shared_neighbours":
        strong = f"ties with {ties.shared_neighbours} or more shared neighbours are strong"
    return (
        f"{number(p.population.size)} people; {network(p)}; {strong}, each is"
        f" in one of {counted(ties.circles, 'circle')} (club, work ...)."
    )


def _trades(p: Parameters) -> str:
    t, rest = p.trades, p.rest
    return (
        f"{counted(t.count, 'trade')} in {counted(t.spheres, 'contact sphere')}, each with one"
        " simulated business and the rest of the market (which leaves"
        f" {percent(rest.dissatisfied)} of its clients dissatisfied and {percent(rest.delighted)}"
        f" delighted); {_OWNERS[p.population.owners]}."
    )


_OWNERS = {"residents": "owners are people of the town", "elsewhere": "owners live elsewhere"}


def _needs(p: Parameters) -> str:
    """An owner has no need of the own trade."""
    t = p.trades
    if t.needs == "once":
        margins = t.margin if isinstance(t.margin, list) else [t.margin]
        people = p.population.size - (p.population.owners == "residents")
        return (
            f"{number(people)} people need each trade, once. {_jobs(p)},"
            f" {_span(margins, percent)} of it margin."
        )
    rates = t.need_rate if isinstance(t.need_rate, list) else [t.need_rate] * t.count
    weekly = [rate * (p.population.size - 1) / 52 for rate in rates]
    margins = t.margin if isinstance(t.margin, list) else [t.margin]
    return (
        f"A person needs a trade {_span(rates, number)} times a year: {_span(weekly, rough)} needs"
        f" a week in one business's trade, {rough(sum(weekly))} in all. {_jobs(p)},"
        f" {_span(margins, percent)} of it margin."
    )


def _jobs(p: Parameters) -> str:
    """The middle two thirds of a lognormal lie within one sigma of the median."""
    spread, given = math.exp(p.trades.job_spread), p.trades.job_value
    values = given if isinstance(given, list) else [given]
    middle = f"{rough(1 / spread)} to {rough(spread)} times that"
    if len(set(values)) == 1:
        middle = f"{rough(values[0] / spread)} to {rough(values[0] * spread)}"
    return f"The median job is worth {_span(values, number)} (two in three: {middle})"


def _span(values: Sequence[float], word: Callable[[float], str]) -> str:
    """One number, or the range and the first trade's."""
    if len(set(values)) == 1:
        return word(values[0])
    return f"{word(min(values))} to {word(max(values))} (trade 0: {word(values[0])})"


def _history(scenario: Scenario) -> str:
    if not scenario.history_weeks:
        return "No history: in week 0 nobody is a client of anybody yet."
    effort = scenario.base.effort
    asking = f", {number(effort.asking)} h of asking" if effort.asking else ""
    return (
        f"Before week 0 come {counted(scenario.history_weeks, 'week')} of history without partners,"
        f" under the base ({number(effort.service)} h of service a week{asking})."
        f"{_from_week_0(scenario)}"
    )


def _from_week_0(scenario: Scenario) -> str:
    """Since when arms differ: from week 0, but an own world has its own past."""
    base, arms = scenario.base, [arm.parameters for arm in scenario.arms]
    if all(own == base for own in arms) and not any(arm.events for arm in scenario.arms):
        return ""
    own_world = any(own.population != base.population or own.trades.count != base.trades.count
                    for own in arms)
    but = ", except for its people and the number of trades: these hold in its history too"
    return f" What an arm changes acts from week 0 on{but if own_world else ''}."


def _anywhere(about: Sequence[Case], on: Callable[[Parameters], bool]) -> bool:
    return any(on(parameters) for case in about for _, parameters in case.states)


def _step(
    title: str, sentences: Sequence[Sentence], about: Sequence[Case], width: int
) -> Iterator[str]:
    """The lines of a step; nothing where it has nothing to say."""
    return _paragraphs(_told(sentences, about), width, f"  {title}. ", "    ")


def _told(sentences: Sequence[Sentence], about: Sequence[Case]) -> list[Told]:
    """What the sentences say, in their order; what all cases share is said once."""
    found: list[Told] = []
    for sentence in sentences:
        for piece in pieces(about, sentence):
            new = told(about, piece)
            found += _joined(new, found) if new != [Told("", USUAL)] else []
    return found


def _joined(new: list[Told], before: list[Told]) -> list[Told]:
    """`new`, unless it continues what `before` ends with: then it is added there."""
    start = len(before)
    while start and before[start - 1].who:
        start -= 1
    last = {entry.who: place for place, entry in enumerate(before[start:], start)}
    if not all(entry.who in last for entry in new):
        return new
    for who, text in new:
        place = last[who]
        before[place] = Told(who, f"{before[place].text} {text}")
    return []


def _paragraphs(found: Sequence[Told], width: int, first: str, later: str) -> Iterator[str]:
    """What holds for all, and what differs if it is short, as prose; else a point for each."""
    prose: list[str] = []
    for general, entries in groupby(found, key=lambda entry: not entry.who):
        texts = [entry.text if general else f"{entry.who}: {entry.text}" for entry in entries]
        if general or (len(texts) <= MOST_IN_LINE and max(map(columns, texts)) <= width):
            prose += texts
            continue
        if prose or first != later:
            yield from wrapped(" ".join(prose), width, first, later)
        for text in texts:
            yield from wrapped(text, width, f"{later}– ", f"{later}  ")
        prose, first = [], later
    if prose:
        yield from wrapped(" ".join(prose), width, first, later)


def _off(about: Sequence[Case], width: int) -> list[str]:
    off = [name for name, on in OFF if not _anywhere(about, on)]
    return wrapped(f"Off in every arm: {listed(off)}.", width, "  ", "  ") if off else []


def _arms(scenario: Scenario, width: int) -> Iterator[str]:
    arms = scenario.arms[:MOST_ARMS]
    room = min(max(columns(visible(arm.name)) for arm in arms), width // 3)
    for arm in arms:
        name = visible(arm.name)
        states = ((0, arm.parameters), *arm.changes)
        text = f"{over_time(states, _effort)}{_overrides(arm, scenario)}"
        if columns(name) > room:
            yield from wrapped(name, width, "  ", "  ")
            name = ""
        first = f"  {pad(name, room)}  "
        yield from wrapped(text, width, first, " " * columns(first))
    if len(scenario.arms) > len(arms):
        yield f"  and {counted(len(scenario.arms) - len(arms), 'more arm')}"
    if len(scenario.arms) > 1:
        yield from wrapped(
            f"Comparisons are with {names([scenario.baseline], [a.name for a in arms])}.",
            width, "  ", "  ",
        )


def _effort(p: Parameters) -> str:
    """Hours by activity and in all: `28 + 4 asking + 4 partners = 36 h a week`."""
    parts = [f"{number(p.effort.service)} service"]
    parts += [
        f"{number(amount)} {activity}"
        for activity, amount in (("asking", p.effort.asking), ("partners", p.effort.partners))
        if amount
    ]
    total = f" = {number(hours(p))}" if len(parts) > 1 else ""
    return f"{' + '.join(parts)}{total} h a week"


def _overrides(arm: Arm, scenario: Scenario) -> str:
    """What else differs from the base, as dotted names."""
    base, own = flat(scenario.base.model_dump()), flat(arm.parameters.model_dump())
    other = [
        f"{name} {shown(value)}"
        for name, value in own.items()
        if base.get(name) != value and not name.startswith("effort.")
    ]
    shorter = other[:8] + ([f"{len(other) - 8} more"] if len(other) > 8 else [])
    return f"; {', '.join(shorter)}" if other else ""


def _events(scenario: Scenario, width: int) -> list[str]:
    everybody = [arm.name for arm in scenario.arms]
    dated: dict[tuple[int, str], list[str]] = {}
    for arm in scenario.arms:
        for event in arm.events:
            dated.setdefault((event.week, happening(event)), []).append(arm.name)
    if not dated:
        return []
    lines = ["", "THE EVENTS"]
    for (when, what), arms in sorted(dated.items(), key=lambda entry: entry[0][0]):
        some = "" if len(arms) == len(everybody) else f" ({names(arms, everybody)})"
        lines += wrapped(f"week {when}: {what}{some}.", width, "  ", "    ")
    return lines


def _own_numbers(scenario: Scenario, width: int) -> list[str]:
    """The base's values that are not the preset's, with the preset's in brackets."""
    given = preset_values(scenario.preset)
    differing = [
        f"{name} {shown(value)}{f' ({shown(given[name])})' if name in given else ''}"
        for name, value in stated(scenario).items()
    ]
    if not differing:
        text = f"All other numbers are those of the preset {scenario.preset}."
    else:
        text = (
            f"Not the preset's in all arms (the value of {scenario.preset} in brackets):"
            f" {', '.join(differing)}."
        )
    return wrapped(text, width)


def _extras(scenario: Scenario, width: int) -> Iterator[str]:
    """Plugins, and settings of outcomes and figures, where the scenario has any."""
    if scenario.plugins:
        paths = listed([visible(plugin.path) for plugin in scenario.plugins])
        yield from wrapped(f"Plugs of its own come from {paths}.", width)
    for kind, given in (("outcomes", scenario.outcomes), ("figures", scenario.figures)):
        settings = [f"{name} {shown(value)}" for name, value in flat(given).items() if name]
        if settings:
            yield from wrapped(f"Settings of {kind}: {', '.join(settings)}.", width)
