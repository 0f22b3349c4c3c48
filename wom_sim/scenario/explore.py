"""`explore:` read and checked: what can be moved on the live page, and what it starts from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from wom_sim.scenario.checks import find, keys_below, refuse, refuse_unknown, sift, written
from wom_sim.scenario.faults import Fault, quoted, suggestion
from wom_sim.scenario.parameters import WORLD_SECTIONS, Arm, Scenario
from wom_sim.scenario.parameters.explore import (
    LONGEST_WORDS,
    MOST_PRESETS,
    MOST_SLIDERS,
    USUAL,
    VALUE,
    Explore,
    Move,
    Question,
    Slider,
    Terms,
    Usual,
)
from wom_sim.scenario.partnered import has_group, has_partners
from wom_sim.scenario.quantities import Declaration
from wom_sim.scenario.reader import Node
from wom_sim.scenario.scalars import Refusal
from wom_sim.scenario.sweep import sets
from wom_sim.scenario.varied import ARMS, CannotVary, number_of

EXAMPLE = "explore: {sliders: {talk.negativity_ratio: {range: [1, 11]}}}"
KEYS = ("sliders", "presets", *Terms.model_fields)
TOWN = "trades.count"
"""Decides the town too, as all of `WORLD_SECTIONS` does."""
GROUP, PARTNERS = "group.", ("one_to_ones.", "referral.")
"""What moves nothing in an arm that has no group, or no partners at all."""


def explore_of(node: Node | None, scenario: Scenario, log: list[Fault]) -> Explore | None:
    """The page that `node` describes; None, perhaps after faults, if none."""
    below = keys_below(node, f"'{EXAMPLE}'", log)
    if node is None or below is None:
        return None
    before = len(log)
    for key in [key for key in below if key not in KEYS]:
        refuse_unknown(key, below[key], KEYS, log)
    own = {key: child for key, child in below.items() if key in Terms.model_fields}
    _refuse_other_than_two(own.get("compare"), "two arms [NAME, NAME]", log)
    _, terms = sift(Terms, node._replace(value=own), log) if len(log) == before else (node, None)
    moves = _moves(below.get("sliders"), log)
    asked = _asked(below.get("presets"), log)
    if terms is None or len(log) > before:
        return None
    return _fitting(node, scenario, terms, moves, asked, log)


def usual_page(scenario: Scenario, people: int | None = None) -> Explore:
    """The page of a scenario that says nothing of it."""
    sliders = tuple(_usual_sliders(scenario))
    return Explore(sliders=sliders, presets=_usual_questions(sliders), compare=_rivals(scenario),
                   people=people or Terms().people)


def own_value(scenario: Scenario, name: str) -> float:
    """What the scenario gives a slider's number. Raises CannotVary."""
    return number_of(scenario, name)[1]


def ladder(slider: Slider, own: float) -> tuple[float, ...]:
    """The values that a slider stops at: even steps of a round size, and the scenario's own."""
    most = 24 if not slider.whole else 40
    step = _round_step((slider.high - slider.low) / most)
    step = max(1.0, math.ceil(step)) if slider.whole else step
    many = int((slider.high - slider.low) / step + 1e-9)
    even = [float(f"{slider.low + k * step:.12g}") for k in range(many + 1)]
    return tuple(sorted({*even, float(slider.high), float(own)}))


def moved_arms(scenario: Scenario, name: str) -> tuple[str, ...]:
    """The arms in which a slider moves something: one that is named, or all that do not set it.

    What belongs to partners, or to a group, moves nothing where an arm has none.
    """
    if name.startswith(ARMS):
        # Names of arms may hold dots.
        own = [arm.name for arm in scenario.arms if name.startswith(f"{ARMS}{arm.name}.")]
        return tuple(arm for arm in own if len(arm) == max(map(len, own)))
    arms = [arm for arm in scenario.arms if not sets(arm, name)]
    if name.startswith(GROUP):
        arms = [arm for arm in arms if has_group(scenario, arm)]
    elif name.startswith(PARTNERS):
        arms = [arm for arm in arms if has_partners(scenario, arm)]
    return tuple(arm.name for arm in arms)


def settings(scenario: Scenario, name: str, value: float) -> list[str]:
    """What `--set` would be given so that a slider's value acts from week 0 on, in every arm."""
    own = name.removeprefix(f"{ARMS}{moved_arms(scenario, name)[0]}.") if (
        name.startswith(ARMS)) else name
    told = f"{value:.12g}"
    return [f"{ARMS}{arm}.{own}={told}" for arm in moved_arms(scenario, name)]


def _usual_sliders(scenario: Scenario) -> Iterator[Slider]:
    for usual in USUAL:
        try:
            entry, own = number_of(scenario, usual.name)
        except CannotVary:
            continue
        if usual.name == "partners.count" and not any(map(_counted, scenario.arms)):
            continue
        if moved_arms(scenario, usual.name):
            yield Slider(name=usual.name, low=min(usual.low, own), high=max(usual.high, own),
                         whole=_whole(entry), says=usual.says)


def _counted(arm: Arm) -> bool:
    return arm.parameters.partners.count > 0 and not sets(arm, "partners.count")


def _usual_questions(sliders: Sequence[Slider]) -> tuple[Question, ...]:
    """The first few questions about these sliders."""
    held = {slider.name: slider for slider in sliders}
    fitting = [usual for usual in USUAL if usual.name in held and _within(usual, held)]
    return tuple(
        Question(question=usual.question, settings={usual.name: usual.to})
        for usual in fitting[:MOST_PRESETS]
    )


def _within(usual: Usual, held: Mapping[str, Slider]) -> bool:
    return held[usual.name].low <= usual.to <= held[usual.name].high


def _rivals(scenario: Scenario) -> tuple[str, str]:
    """The arm that asks customers and the one with partners; else the baseline and the last."""
    effort = {arm.name: arm.parameters.effort for arm in scenario.arms}
    asking = [name for name, own in effort.items() if own.asking > 0 and not own.partners]
    meeting = [name for name, own in effort.items() if own.partners > 0 and not own.asking]
    if asking and meeting:
        return asking[0], meeting[0]
    others = [name for name in effort if name != scenario.baseline]
    return scenario.baseline, (others or [scenario.baseline])[-1]


def _moves(node: Node | None, log: list[Fault]) -> dict[str, tuple[Node, Move]] | None:
    """Sliders as written, by name; None where the file names none."""
    below = keys_below(node, "names such as 'talk.negativity_ratio: {}'", log)
    if node is None or below is None:
        return None
    found = {}
    for name, child in below.items():
        if isinstance(child.value, Refusal):
            continue
        if not isinstance(child.value, dict):
            given = written(child) or "nothing"
            refuse(log, child, f"expected {{}} or {{range: [from, to]}}, not {given}")
            continue
        before = len(log)
        _refuse_other_than_two(child.value.get("range"), "two numbers [from, to]", log)
        _, move = sift(Move, child, log) if len(log) == before else (child, None)
        if move is not None:
            found[name] = (child, move)
    if len(below) > MOST_SLIDERS:
        refuse(log, node, f"{len(below)} sliders; at most {MOST_SLIDERS} fit on the page")
    return found


def _refuse_other_than_two(node: Node | None, expected: str, log: list[Fault]) -> None:
    if node is None or isinstance(node.value, Refusal):
        return
    if not isinstance(node.value, list) or len(node.value) != 2:
        given = "" if isinstance(node.value, list) else f", not {written(node) or 'nothing'}"
        refuse(log, node, f"expected {expected}{given}")


def _asked(node: Node | None, log: list[Fault]) -> dict[str, dict[str, tuple[Node, float]]] | None:
    """Presets as written: for each question the sliders it sets; None where there are none."""
    below = keys_below(node, "questions with what they set", log)
    if node is None or below is None:
        return None
    if len(below) > MOST_PRESETS:
        refuse(log, node, f"{len(below)} presets; at most {MOST_PRESETS} have a key")
    found: dict[str, dict[str, tuple[Node, float]]] = {}
    for question, child in below.items():
        if len(question) > LONGEST_WORDS:
            refuse(log, child, f"a question of more than {LONGEST_WORDS} characters", "shorten it")
        own = keys_below(child, "sliders and values, such as '{friends.ask_around: 0}'", log)
        found[question] = dict(_values(own or {}, log))
    return found


def _values(
    given: Mapping[str, Node], log: list[Fault]
) -> Iterator[tuple[str, tuple[Node, float]]]:
    for name, node in given.items():
        value = node.value
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            yield name, (node, float(value))
        elif not isinstance(value, Refusal):
            refuse(log, node, f"expected a number, not {written(node) or 'nothing'}")


def _fitting(
    node: Node, scenario: Scenario, terms: Terms, moves: dict[str, tuple[Node, Move]] | None,
    asked: dict[str, dict[str, tuple[Node, float]]] | None, log: list[Fault],
) -> Explore | None:
    """The page, if its parts fit the scenario."""
    before = len(log)
    usual = usual_page(scenario, terms.people)
    sliders = usual.sliders
    if moves is not None:
        found = [_slider(name, *move, scenario, log) for name, move in moves.items()]
        sliders = tuple(slider for slider in found if slider is not None)
    presets = _usual_questions(sliders)
    if asked is not None and len(log) == before:
        presets = tuple(
            Question(question=question, settings={n: value for n, (_, value) in own.items()})
            for question, own in asked.items()
        )
        _refuse_presets(asked, {slider.name: slider for slider in sliders}, log)
    compare = tuple(terms.compare) or usual.compare
    _refuse_rivals(find(node, ("compare",)) or node, compare, scenario, log)
    if len(log) > before:
        return None
    return Explore(sliders=sliders, presets=presets, compare=(compare[0], compare[1]),
                   people=terms.people)


def _slider(
    name: str, node: Node, move: Move, scenario: Scenario, log: list[Fault]
) -> Slider | None:
    place = node._replace(mark=node.key)
    try:
        entry, own = number_of(scenario, name)
    except CannotVary as error:
        refuse(log, place, str(error))
        return None
    problem = _objection(entry, own, move)
    if not problem and scenario.arms and not moved_arms(scenario, name):
        problem = "would change nothing in any arm", "name one that acts there, or that of an arm"
    if problem:
        refuse(log, place, *problem)
        return None
    low, high = move.range or _around(entry, own)
    return Slider(name=name, low=low, high=high, whole=_whole(entry), says=move.says)


def _objection(entry: Declaration, own: float, move: Move) -> tuple[str, str] | None:
    """Why there can be no such slider, and what to do."""
    if entry.name.split(".")[0] in WORLD_SECTIONS or entry.name == TOWN:
        return "decides the town before week 0, which no slider can move", "sweep it"
    if move.says and move.says.count(VALUE) != 1:
        return "says must hold {} once, where the value goes", "write '{} of people in need ask'"
    if not move.range and entry.around(own) is None:
        return f"no range is known around {own:g}", "write {range: [from, to]}"
    low, high = move.range or _around(entry, own)
    if low >= high:
        return f"{low:g} is not below {high:g}", "write the smaller one first"
    least = -math.inf if entry.low is None else entry.low
    most = math.inf if entry.high is None else entry.high
    if low < least or high > most:
        return f"the range must lie between {least:g} and {most:g}", ""
    if _whole(entry) and not (low == int(low) and high == int(high)):
        return "its range must be of whole numbers", ""
    return None


def _around(entry: Declaration, own: float) -> list[float]:
    """Half to double, or as declared, in numbers that can be read."""
    return [float(f"{end:.2g}") for end in entry.around(own) or (own, own)]


def _refuse_presets(
    asked: Mapping[str, Mapping[str, tuple[Node, float]]], sliders: Mapping[str, Slider],
    log: list[Fault],
) -> None:
    for own in asked.values():
        for name, (node, value) in own.items():
            slider = sliders.get(name)
            if slider is None:
                refuse(log, node._replace(mark=node.key), f"no slider {quoted(name)}",
                       suggestion(name, sliders))
            elif not slider.low <= value <= slider.high:
                refuse(log, node, f"must be between {slider.low:g} and {slider.high:g}, as the"
                       f" slider, got {value:g}")
            elif slider.whole and value != int(value):
                refuse(log, node, f"{value:g} is not a whole number")


def _refuse_rivals(
    node: Node, compare: Sequence[str], scenario: Scenario, log: list[Fault]
) -> None:
    arms = [arm.name for arm in scenario.arms]
    for name in compare:
        if arms and name not in arms:
            refuse(log, node, f"no arm {quoted(name)}", suggestion(name, arms))
            return
    if len(arms) > 1 and compare[0] == compare[1]:
        refuse(log, node, "compares an arm with itself", "name two")


def _whole(entry: Declaration) -> bool:
    return isinstance(entry.default, int)


def _round_step(least: float) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that is at least `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= least * (1 - 1e-9))
