"""What a sensitivity study says in words: its message, a table, and how far to trust it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from wom_sim.scenario.parameters import Parameters
from wom_sim.scenario.quantities import declarations
from wom_sim.show import findings
from wom_sim.show.swept import shown, words
from wom_sim.show.text import clean, level, middle
from wom_sim.show.wording import UNKNOWN, counted, few, number, percent, quoted, signed
from wom_sim.study.results import Effect, Estimate, Sensitivity, Swept

MOST_SHOWN = 12
MOST_NAMED = 5
"""The strongest parameters, of which it is told whether half of the rows rank them so too."""
SURE_ROWS = {"morris": 16, "sobol": 64}
"""From how many rows on intervals hold known indices as often as they say: what
`tests/test_sensitivity.py` measures. Fewer may all be alike and tell nothing of the rest."""
GAP = 2
NAME_ROOM = 30
ARMS = "arms."
SYMBOLS = {"mu_star": "mu*", "total": "total"}


def headline(swept: Swept, found: Sensitivity) -> str:
    """The study's message: what moves the answer most, from where to where."""
    if found.worlds < findings.FEW:
        return f"{few(found.worlds)} to say what moves the answer"
    above = found.above
    alone = len(found.effects) == 1
    if not above:
        who = parameter(found.effects[0]) if alone else "No parameter"
        return f"{who} moves the answer {'no ' if alone else ''}more than other luck does"
    first = above[0]
    most = "" if alone else " most" if first == found.effects[0] else " most of what is above noise"
    if not straight(first):
        return f"{parameter(first)} moves the answer{most}, up or down as others are"
    flips = ", so it flips" if found.against and crosses(first) else ""
    low, high = (amount(found, one.value) for one in (first.at_low, first.at_high))
    return (f"{parameter(first)} moves the answer{most}: from {low} to {high}"
            f" {unit(swept, found)}{flips}")


def parameter(effect: Effect) -> str:
    """A parameter's name, safe to print, of one arm in words."""
    if effect.name.startswith(ARMS):
        arm, own = _split(effect.name.removeprefix(ARMS))
        return f"{own} of {quoted(arm)}"
    return effect.name


def straight(effect: Effect) -> bool:
    """Whether the answer surely rises or surely falls from the low to the high value."""
    return effect.change.low > 0 or effect.change.high < 0


def crosses(effect: Effect) -> bool:
    """Whether the answer is surely below zero at one end and surely above it at the other."""
    ends = sorted((effect.at_low, effect.at_high), key=lambda end: end.value)
    return ends[0].high < 0 < ends[1].low


def amount(found: Sensitivity, value: float) -> str:
    """A value of the answer; with its sign where it is a difference."""
    return signed(value) if found.against else number(value)


def answer(found: Sensitivity) -> str:
    """What the answer is: `clients won by “Both”, less those by “Service only”`."""
    told = f"{words(found.outcome)} of {quoted(found.arm)}"
    return f"{told} minus {quoted(found.against)}" if found.against else told


def table(swept: Swept, found: Sensitivity, width: int = 80) -> str:
    """The strongest parameters: range, the answer at both ends, and the index with its interval."""
    shown_ = found.effects[:MOST_SHOWN]
    rows = [_row(found, effect) for effect in shown_]
    heads = ("parameter", "low", "high", "at low", "at high", *_heads(found), "")
    cells = list(zip(*[heads, *rows], strict=True))
    widths = [max(map(len, column)) for column in cells]
    lines = [f"{clean(answer(found))[:1].upper()}{clean(answer(found))[1:]}",
             f"({unit(swept, found)}), ranked by {symbol(found)}:", ""]
    lines += level([[head] for head in heads], widths, GAP)
    lines.append("─" * min(width, sum(widths) + GAP * (len(widths) - 1)))
    for row in rows:
        lines += level([[cell] for cell in row], widths, GAP)
    rest = len(found.effects) - len(shown_)
    if rest:
        lines.append(f"{counted(rest, 'more parameter')} in sensitivity.csv")
    return "\n".join(lines)


def _heads(found: Sensitivity) -> tuple[str, str]:
    return symbol(found), "95 % interval" if sure(found) else "rough interval"


def _row(found: Sensitivity, effect: Effect) -> tuple[str, ...]:
    one = effect.leading
    return (
        middle(clean(parameter(effect)), NAME_ROOM), end(effect.low), end(effect.high),
        amount(found, effect.at_low.value), amount(found, effect.at_high.value),
        number(one.value), interval(one), "" if effect.above_noise else "noise",
    )


def end(value: float) -> str:
    """The end of a range to three digits: they are guesses."""
    return shown(float(f"{value:.3g}"))


def interval(one: Estimate) -> str:
    """`0.2 to 0.4`."""
    if not (math.isfinite(one.low) and math.isfinite(one.high)):
        return UNKNOWN
    return f"{number(one.low)} to {number(one.high)}"


def cautions(found: Sensitivity) -> Iterator[str]:
    """How far to trust it: noise floor and share, intervals, half of the rows, worlds left out."""
    below = len(found.effects) - len(found.above)
    if not math.isfinite(found.floor):
        yield ("Noise floor: unknown, as in some resamples nothing varies but the luck; use more"
               " --replications.")
    else:
        yield (f"Noise floor: {symbol(found)} {number(found.floor)}, of a dummy that changes"
               f" nothing but the luck; {below} of {counted(len(found.effects), 'parameter')} do"
               " not rise above it. More --replications lower it.")
    if math.isfinite(found.noise):
        yield f"Noise: {percent(found.noise)} of the variance is between worlds at the same point."
    if not sure(found):
        yield (f"Intervals: rough, as {found.rows} {kind(found)} are few; they hold what they"
               " should in less than 95 % of studies. Use --points"
               f" {SURE_ROWS[found.method]} or more.")
    yield convergence(found)
    if found.undefined:
        yield (f"{counted(found.undefined, 'world')} left out, as {words(found.outcome)} is"
               " undefined there at some point.")


def convergence(found: Sensitivity) -> str:
    """Whether half of the rows say the same."""
    half = sorted(found.effects, key=lambda effect: (-known(effect.leading.half), effect.name))
    many = min(MOST_NAMED, len(found.effects))
    same = len({e.name for e in half[:many]} & {e.name for e in found.effects[:many]})
    gap = max(abs(known(e.leading.half) - known(e.leading.value)) for e in found.effects)
    return (f"Convergence: {found.rows // 2} of the {found.rows} {kind(found)} rank {same} of the"
            f" same {many} first; {symbol(found)} differs by at most {number(gap)}.")


def sure(found: Sensitivity) -> bool:
    """Whether there are rows enough for intervals to hold as often as they say."""
    return found.rows >= SURE_ROWS[found.method]


def kind(found: Sensitivity) -> str:
    """What the rows of the design are called."""
    return "trajectories" if found.method == "morris" else "rows"


def known(value: float) -> float:
    """`value`, or 0 where it is undefined."""
    return value if math.isfinite(value) else 0.0


def symbol(found: Sensitivity) -> str:
    """The sign of what parameters are ranked by: `mu*` or `total`."""
    return SYMBOLS[next(iter(found.dummy.indices))]


def own_name(effect: Effect) -> str:
    """A parameter's name as it is declared, without that of an arm."""
    own = effect.name.removeprefix(ARMS)
    return effect.name if own == effect.name else _split(own)[1]


def unit(swept: Swept, found: Sensitivity) -> str:
    """The answer's unit."""
    return next(one.unit for one in swept.outcomes if one.name == found.outcome)


def _split(name: str) -> tuple[str, str]:
    """An arm's name, which may hold dots, and the parameter's: the longest that is declared."""
    known = {entry.name for entry in declarations(Parameters)}
    places = [k for k, letter in enumerate(name) if letter == "." and name[k + 1 :] in known]
    return (name[: places[0]], name[places[0] + 1 :]) if places else ("", name)
