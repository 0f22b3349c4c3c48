"""Numbers and names for reading, lines of a terminal, and one sentence told for many arms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from wom_sim.scenario import registry
from wom_sim.scenario.columns import beginning, columns
from wom_sim.scenario.dump import flat
from wom_sim.scenario.faults import visible
from wom_sim.scenario.parameters import (
    BUSINESS_SECTIONS,
    Arm,
    Event,
    Parameters,
    Scenario,
    preset,
)

NBSP = "\N{NO-BREAK SPACE}"
FOCAL = 0
"""Trade of the one business that is treated, with `treated: one`."""
MOST_GROUPS = 6
"""Groups of arms told apart in one place; the rest are counted."""

Sentence = Callable[[Parameters], str]

_STOP = re.compile(r"(?<=\.) (?=[A-Z])")


def number(x: float) -> str:
    """Four digits for reading, more before the point: 5,000 or 43.25 or 0.985."""
    return f"{x:,.0f}" if abs(x) >= 999.95 else f"{x:.4g}"


def rough(x: float) -> str:
    """Three digits, for what is worked out from parameters: 3.33 or 1,168."""
    return f"{x:,.0f}" if abs(x) >= 99.95 else f"{x:.3g}"


def percent(share: float) -> str:
    """A share as a percentage: 40 %."""
    return f"{number(100 * share)}{NBSP}%"


def counted(amount: float, noun: str) -> str:
    """`1 week`, `26 weeks`."""
    return f"{number(amount)} {noun}{'' if amount == 1 else 's'}"


def every(weeks: int) -> str:
    """`every week`, `every 4 weeks`."""
    return "every week" if weeks == 1 else f"every {weeks} weeks"


def listed(words: Sequence[str], last: str = " and ") -> str:
    """`a, b and c`."""
    return ", ".join(words[:-1]) + last + words[-1] if len(words) > 1 else "".join(words)


def shown(value: Any) -> str:
    """A parameter's value as a file would show it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(shown, value))}]"
    return "–" if value is None else visible(str(value))


def preset_values(name: str) -> dict[str, Any]:
    """The preset's parameters as dotted names, its plugs with all their settings."""
    values = Parameters.model_validate(preset(name)).model_dump()
    for place in registry.PLACES:
        kind = values[place.section][place.key]["kind"]
        if kind in place.plugs:
            values[place.section][place.key] = {"kind": kind, **place.plugs.resolve(kind, {})}
    mix = values["partners"]["strategies"]
    values["partners"]["strategies"] = {
        name: {"share": share, **(registry.strategies.resolve(name, {})
                                  if name in registry.strategies else {})}
        for name, share in mix.items()
    }
    return flat(values)


def stated(scenario: Scenario) -> dict[str, Any]:
    """The base's values that are not the preset's, by dotted name."""
    given, own = preset_values(scenario.preset), flat(scenario.base.model_dump())
    return {name: value for name, value in own.items()
            if name not in given or given[name] != value}


def pad(text: str, width: int) -> str:
    """`text` with blanks behind it up to `width` columns."""
    return text + " " * (width - columns(text))


def wrapped(text: str, width: int, first: str = "", later: str = "") -> list[str]:
    """Lines of at most `width` columns; `first` and `later` begin the first and other lines."""
    lines, line = [], first
    for word in _broken(text, max(width - columns(later), 4)):
        gap = "" if line in (first, later) else " "
        if gap and columns(line + gap + word) > width:
            lines.append(line)
            line, gap = later, ""
        line += gap + word
    return [*lines, line.rstrip()]


def hours(parameters: Parameters) -> float:
    """Hours a week of all activities, without the error of summing."""
    effort = parameters.effort
    return round(effort.service + effort.asking + effort.partners, 9)


def hours_over_time(arm: Arm) -> tuple[tuple[int, float], ...]:
    """Hours a week of all activities, from week 0 and from each week on that changes them."""
    return changing((0, hours(arm.parameters)), *((w, hours(p)) for w, p in arm.changes))


def changing(*states: tuple[int, float]) -> tuple[tuple[int, float], ...]:
    """Weeks and values, those left out that change nothing."""
    kept = dict(states)  # of several changes in one week the last one holds
    found: list[tuple[int, float]] = []
    for week, value in kept.items():
        if not found or value != found[-1][1]:
            found.append((week, value))
    return tuple(found)


def happening(event: Event) -> str:
    """What an event does, without its week."""
    if event.complaint is not None:
        reach, entries = event.complaint.reach, event.complaint.entries
        return (f"a complaint goes viral: about {number(reach)} people hear it, and it leaves"
                f" {counted(entries, 'bad entry').replace('entrys', 'entries')} in the record")
    if event.join is not None:
        return f"the business of trade {event.join} joins the group"
    if event.leave is not None:
        return f"the business of trade {event.leave} leaves the group"
    return ", ".join(f"{name} becomes {shown(value)}" for name, value in flat(event.set).items())


class Case(NamedTuple):
    """Who a sentence is about: an arm's treated businesses or its others, and what is in force.

    `states`: weeks and the parameters in force from them on, the first from week 0.
    """

    arm: str
    others: bool
    states: tuple[tuple[int, Parameters], ...]


class Told(NamedTuple):
    """A text and whom it holds for, empty where it holds for everybody it is about."""

    who: str
    text: str


def cases(scenario: Scenario) -> tuple[Case, ...]:
    """The treated businesses of every arm, and with `treated: one` the others besides."""
    found = [Case(arm.name, False, _states(arm, scenario)) for arm in scenario.arms]
    if scenario.treated == "one" and scenario.base.trades.count > 1:
        found += [Case(arm.name, True, _others(arm, scenario.base)) for arm in scenario.arms]
    return tuple(found)


def told(about: Sequence[Case], sentence: Sentence) -> list[Told]:
    """What the sentence says for each group of cases, silent ones left out."""
    groups: dict[str, list[Case]] = {}
    for case in about:
        groups.setdefault(over_time(case.states, sentence), []).append(case)
    groups.pop("", None)
    if len(groups) <= 1:
        return [Told("", text) for text in groups]
    found = [Told(_who(group, about), text) for text, group in groups.items()]
    found.sort(key=lambda entry: entry.who.startswith("The other"))
    more = len(found) - MOST_GROUPS
    return [*found[:MOST_GROUPS], Told("The rest", f"{more} more kinds.")] if more > 1 else found


def pieces(about: Sequence[Case], sentence: Sentence) -> list[Sentence]:
    """The sentence cut at its full stops, where it has as many for every case.

    So arms that differ in one part of a long text are told apart in that part alone.
    """
    said = {sentence(parameters) for case in about for _, parameters in case.states} - {""}
    numbers = {len(_STOP.split(text)) for text in said}
    if len(said) < 2 or len(numbers) != 1:
        return [sentence]
    return [_piece(sentence, place) for place in range(*numbers)]


def _piece(sentence: Sentence, place: int) -> Sentence:
    def piece(parameters: Parameters) -> str:
        text = sentence(parameters)
        return _STOP.split(text)[place] if text else ""

    return piece


def names(arms: Iterable[str], among: Iterable[str]) -> str:
    """Names of arms in a sentence, in quotation marks if one of `among` needs them."""
    marks = any(sign in name for name in among for sign in (",", ";", ":", " and ", "“"))
    return listed([f"“{visible(arm)}”" if marks else visible(arm) for arm in arms])


def _states(arm: Arm, scenario: Scenario) -> tuple[tuple[int, Parameters], ...]:
    """The arm's parameters; whoever joins a group by an event is in it from that week on."""
    joined = _joined(arm, scenario.treated == "one")
    starts = sorted({0, *(week for week, _ in arm.changes), *(week for week, _ in joined)})
    found = []
    for start in starts:
        inside = [group for week, group in joined if week <= start][-1:]
        held = [known for week, known in arm.changes if week <= start][-1:]
        parameters = held[0] if held else arm.parameters
        found.append((start, seated(parameters, inside[0]) if inside else parameters))
    return tuple(found)


def _joined(arm: Arm, one: bool) -> list[tuple[int, bool]]:
    """Weeks in which somebody the arm is about joins a group (True) or leaves it."""
    mine = [event for event in arm.events if not one or FOCAL in (event.join, event.leave)]
    moves = [event for event in mine if event.join is not None or (one and event.leave is not None)]
    return sorted((event.week, event.join is not None) for event in moves)


def seated(parameters: Parameters, inside: bool) -> Parameters:
    """The parameters of a business that has joined a group (True) or left it."""
    section = parameters.partners.model_copy(update={"group": inside})
    return parameters.model_copy(update={"partners": section})


def _others(arm: Arm, base: Parameters) -> tuple[tuple[int, Parameters], ...]:
    """The other businesses keep their own sections of the base, in the town of the arm."""
    own = {section: getattr(base, section) for section in BUSINESS_SECTIONS}
    return tuple((week, known.model_copy(update=own)) for week, known in
                 ((0, arm.parameters), *arm.changes))


def over_time(states: Sequence[tuple[int, Parameters]], sentence: Sentence) -> str:
    """The sentence, and what it becomes in later weeks; silence is no change."""
    said = [(week, text) for week, parameters in states if (text := sentence(parameters))]
    parts = [
        text if place == 0 else f"from week {week}: {text}"
        for place, (week, text) in enumerate(said)
        if place == 0 or text != said[place - 1][1]
    ]
    return "; ".join([*(part.rstrip(".") for part in parts[:-1]), *parts[-1:]])


def _who(group: Sequence[Case], about: Sequence[Case]) -> str:
    """The group's name: arms, the other businesses, or the others of some arms."""
    everybody = [case.arm for case in about if not case.others]
    mine = [case.arm for case in group if not case.others]
    alone = [case.arm for case in group if case.others and case.arm not in mine]
    many = len(mine) > 3 and len(mine) > len(everybody) / 2
    parts = [f"the other {len(mine)} arms"] if many else [names([arm], everybody) for arm in mine]
    if alone and sum(case.others for case in group) == len(everybody):
        parts.append("the other businesses")
    elif alone:
        parts.append(f"the other businesses in {names(alone, everybody)}")
    text = listed(parts)
    return "T" + text[1:] if text.startswith("the other ") else text


def _broken(text: str, width: int) -> Iterator[str]:
    """Words of a text; one too long for a line is cut."""
    for word in text.split(" "):
        while columns(word) > width:
            yield beginning(word, width)
            word = word[len(beginning(word, width)):]
        if word:
            yield word
