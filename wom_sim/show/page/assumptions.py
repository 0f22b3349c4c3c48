"""What a scenario assumes: what its arms change, what it sets itself, what is a guess."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from wom_sim.guide.telling import number, preset_values, shown
from wom_sim.scenario.dump import flat
from wom_sim.scenario.parameters import Parameters, Scenario
from wom_sim.scenario.quantities import Declaration, declarations
from wom_sim.show.page.kept import Kept, Row
from wom_sim.show.page.kept import number as read
from wom_sim.show.page.sheets import Sheet
from wom_sim.show.text import clean
from wom_sim.show.wording import UNKNOWN, counted

MOST_RANKED = 8
SHARES = ("share", "chance")


class Assumptions(NamedTuple):
    """Tables and sentences on assumptions; a table without rows is not shown.

    `differ`: what the arms change. `ranked`: what moves the answer most, by a sensitivity study.
    `departs`: numbers of the articles that the preset evidence has otherwise. `own`: what the
    scenario itself sets. `guesses`: the numbers whose source says that they are assumed; `sourced`:
    those whose source does not. `to_do`: a command that would tell more, or nothing.
    """

    differ: Sheet
    ranked: Sheet
    departs: Sheet
    own: Sheet
    guesses: Sheet
    sourced: Sheet
    said: str
    to_do: str


def assumptions(kept: Kept, scenario: Scenario) -> Assumptions:
    """What the scenario assumes, by the declarations of the parameters."""
    known = {entry.name: entry for entry in declarations(Parameters)}
    here = flat(scenario.base.model_dump())
    usual = preset_values(scenario.preset)
    own = [name for name in here if here[name] != usual.get(name)]
    numbers = [one for one in known.values() if one.is_number and one.name not in own]
    guesses = [one for one in numbers if one.assumed(scenario.preset)]
    sourced = [one for one in numbers if not one.assumed(scenario.preset)]
    ranked = _ranked(kept.ranking, known, scenario)
    return Assumptions(
        _differ(scenario), ranked, _departs(scenario, here, known, own),
        _own(own, here, usual, known),
        _numbers("Numbers that are guesses", guesses, here, scenario.preset),
        _numbers("Numbers with a source", sourced, here, scenario.preset),
        _said(len(guesses), sum(entry.is_number for entry in known.values()), bool(ranked.rows)),
        "" if ranked.rows else f"python -m wom_sim sensitivity {clean(scenario.stem)}.yaml",
    )


def _said(guesses: int, numbers: int, ranked: bool) -> str:
    much = f"{guesses} of the {counted(numbers, 'number')} of the model are guesses: their source"
    much += " says “assumed”."
    if ranked:
        return f"{much} How much they move the answer was measured by a sensitivity study."
    return f"{much} Which of them move this answer has not been measured for this scenario."


def _differ(scenario: Scenario) -> Sheet:
    changed = {arm.name: flat(arm.overrides) for arm in scenario.arms}
    names = list(dict.fromkeys(name for own in changed.values() for name in own))
    rows = []
    for name in names:
        values = [_of(flat(arm.parameters.model_dump()), name) for arm in scenario.arms]
        rows.append((clean(name), *values))
    heads = ("parameter", *(clean(arm.name) for arm in scenario.arms))
    return Sheet("What differs between the arms", heads, tuple(rows))


def _of(values: Mapping[str, Any], name: str) -> str:
    """The value of a name, or of all below it, such as the shares of strategies."""
    below = {key: value for key, value in values.items() if key.startswith(f"{name}.")}
    if name not in values and not below:
        return UNKNOWN
    if name in values:
        return _value(values[name])
    return ", ".join(f"{key[len(name) + 1 :]} {_value(value)}" for key, value in below.items())


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, (int, float)) else clean(shown(value))


def _ranked(ranking: list[Row], known: Mapping[str, Declaration], scenario: Scenario) -> Sheet:
    """The leading index of each parameter, strongest first, as the study ranks them."""
    leading = ranking[0]["index"] if ranking else ""
    found = [row for row in ranking if row["index"] == leading and row["parameter"] != "dummy"]
    rows = tuple(
        (clean(row["parameter"]), f"{number(read(row['low']))} to {number(read(row['high']))}",
         number(read(row["value"])), "yes" if row["above_noise"] == "true" else "no",
         *_about(known.get(row["parameter"]), scenario.preset))
        for row in found[:MOST_RANKED]
    )
    index = leading.replace("_", " ")
    heads = ("parameter", "varied from, to", index, "above noise", "what it is", "source")
    return Sheet("What moves the answer most, by the sensitivity study", heads, rows)


def _about(entry: Declaration | None, preset: str) -> tuple[str, str]:
    if entry is None:
        return UNKNOWN, UNKNOWN
    source = entry.articles_source if preset == "articles" else entry.source
    return _meaning(entry), source or UNKNOWN


def _meaning(entry: Declaration) -> str:
    unit = "" if entry.unit in (*SHARES, "choice") else f" ({entry.unit})"
    return f"{entry.meaning}{unit}"


def _departs(
    scenario: Scenario, here: Mapping[str, Any], known: Mapping[str, Declaration], own: list[str]
) -> Sheet:
    rows = tuple(
        (entry.name, _meaning(entry), _value(here[entry.name]), entry.articles_source,
         _value(entry.default), entry.source)
        for entry in known.values()
        if scenario.preset == "articles" and entry.articles != entry.default
        and entry.name in here and entry.name not in own
    )
    heads = ("parameter", "what it is", "here", "from the articles", "in evidence", "its source")
    return Sheet("Where the articles' world departs from the preset evidence", heads, rows)


def _own(
    names: list[str], here: Mapping[str, Any], usual: Mapping[str, Any],
    known: Mapping[str, Declaration],
) -> Sheet:
    rows = tuple(
        (clean(name), _meaning(known[name]) if name in known else UNKNOWN, _value(here[name]),
         _value(usual[name]) if name in usual else UNKNOWN)
        for name in names
    )
    heads = ("parameter", "what it is", "here", "in the preset")
    return Sheet("What the scenario sets itself, in all arms", heads, rows)


def _numbers(
    caption: str, entries: list[Declaration], here: Mapping[str, Any], preset: str
) -> Sheet:
    rows = tuple(
        (entry.name, _meaning(entry), _value(here[entry.name]), _range(entry, here[entry.name]),
         _about(entry, preset)[1])
        for entry in entries if entry.name in here
    )
    heads = ("parameter", "what it is", "here", "if it were a guess, between", "source")
    return Sheet(caption, heads, rows)


def _range(entry: Declaration, value: Any) -> str:
    around = entry.around(value) if isinstance(value, (int, float)) else None
    return f"{number(around[0])} to {number(around[1])}" if around else UNKNOWN
