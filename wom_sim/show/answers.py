"""What a sweep says of one outcome, in a sentence: which arm leads where, or how it responds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

import numpy as np

from wom_sim.scenario.parameters.sweep import Value
from wom_sim.show import findings, sayings
from wom_sim.show.swept import shown, words
from wom_sim.show.wording import few, number, quoted
from wom_sim.study.results import Floats, Swept

MEAN = 1
"""Place of the mean in `Swept.summary`."""
CLOSE = -1
"""In place of an arm, where none clearly leads."""
MOST_TOLD = 3
"""More arms than this are counted together."""


def named(swept: Swept, name: str) -> str:
    """A swept name in a sentence: `friends.weak`, or `friends.weak of “Partners”`."""
    arm, dotted = of_arm(swept, name)
    return f"{dotted} of {quoted(arm)}" if arm else dotted


def of_arm(swept: Swept, name: str) -> tuple[str, str]:
    """The arm that a swept name is of, empty for all, and the name without it."""
    # Names of arms may hold dots, so the longest that fits is meant.
    arms = [arm for arm in swept.arms if name.startswith(f"arms.{arm}.")]
    arm = max(arms, key=len, default="")
    return arm, name.removeprefix(f"arms.{arm}.") if arm else name


def headline(swept: Swept, outcome: str) -> str:
    """The sweep's message about `outcome`."""
    values, means = swept.value(outcome), swept.told(outcome)[..., MEAN]
    if not np.isfinite(means).any():
        return f"Nowhere is {words(outcome)} defined"
    if values.shape[2] < findings.FEW:
        return f"{few(values.shape[2])} to say how {words(outcome)} respond to {_all(swept)}"
    if len(swept.arms) == 1:
        return _response(values[:, 0], means[:, 0], swept, outcome)
    return title(_leaders(values, means), swept, outcome)


def title(leaders: Sequence[int], swept: Swept, outcome: str) -> str:
    """Which arm leads where; `leaders` are places of arms, `CLOSE` where none clearly leads."""
    names, verb = swept.design.columns, _verb(outcome)
    sure = [point for point, leader in enumerate(leaders) if leader != CLOSE]
    one = len(names) == 1
    where = f"value of {named(swept, names[0])}" if one else "point"
    if not sure:
        return f"No arm clearly {verb} at any {where}"
    found = {leaders[point] for point in sure}
    if len(found) == 1 and len(sure) == len(leaders):
        never = ": the arms never cross" if len(swept.arms) == 2 and one else ""
        return f"{quoted(swept.arms[found.pop()])} {verb} at every {where}{never}"
    sure.sort(key=lambda point: _number(swept.design.rows[point][0]))
    runs = [list(run) for _, run in groupby(sure, key=lambda point: leaders[point])]
    if one and len(runs) == 2:
        return _crossing(runs, leaders, swept, verb)
    return _counted(leaders, swept, verb)


def _crossing(
    runs: Sequence[Sequence[int]], leaders: Sequence[int], swept: Swept, verb: str
) -> str:
    """Where one arm takes over from another, in words."""
    (*_, last), (first, *_) = runs
    before, after = (quoted(swept.arms[leaders[k]]) for k in (last, first))
    low, _ = _told(swept, last)
    _, high = _told(swept, first)
    return f"{before} {verb} up to {low}, {after} from {high} on"


def _told(swept: Swept, point: int) -> tuple[str, str]:
    """The first swept value at a point, as people say it within a sentence, and alone.

    `3 referral partners`, `where 20 % of people in need ask friends`, or `friends.weak 0.2`.
    """
    column, value = swept.design.columns[0], swept.design.rows[point][0]
    said, alone = sayings.known(column, _number(value))
    if said:
        return sayings.counted(column, alone) or f"where {said}", alone
    return f"{named(swept, column)} {shown(value)}", shown(value)


def _at_first(swept: Swept, point: int) -> str:
    """The place of a point on the first axis: `at 3 referral partners`, `where 20 % of ...`."""
    told, _ = _told(swept, point)
    return told if told.startswith("where ") else f"at {told}"


def _counted(leaders: Sequence[int], swept: Swept, verb: str) -> str:
    """At how many points each arm leads, the most frequent first."""
    counts = Counter(leader for leader in leaders if leader != CLOSE)
    (arm, many), *others = counts.most_common()
    told = [f"{quoted(swept.arms[arm])} {verb} at {many} of {len(leaders)} points"]
    told += [f"{quoted(swept.arms[other])} at {count}" for other, count in others[: MOST_TOLD - 1]]
    if len(others) >= MOST_TOLD:
        told.append(f"others at {sum(count for _, count in others[MOST_TOLD - 1:])}")
    close = len(leaders) - counts.total()
    return ", ".join([*told, f"too close to call at {close}"] if close else told)


def _response(values: Floats, means: Floats, swept: Swept, outcome: str) -> str:
    """How the outcome of the only arm goes with what is swept."""
    names, rows = swept.design.columns, swept.design.rows
    known = np.flatnonzero(np.isfinite(means)).tolist()
    order: list[int] = sorted(known, key=lambda k: _number(rows[k][0]))
    low, high = min(order, key=lambda k: means[k]), max(order, key=lambda k: means[k])
    about = words(outcome).capitalize()
    gap = values[high] - values[low]
    if low == high or not findings.clear(gap[np.isfinite(gap)]):
        return f"{about} hardly respond to {_all(swept)}"
    least, most = number(float(means[low])), number(float(means[high]))
    if len(names) > 1:
        return f"{about} go from {least} ({_at(swept, low)}) to {most} ({_at(swept, high)})"
    if {low, high} == {order[0], order[-1]}:
        how = "rise" if low == order[0] else "fall"
        return f"{about} {how} {_between(swept, order[0], order[-1], means)}"
    return f"{about} are highest, {most}, {_at_first(swept, high)}"


def _between(swept: Swept, first: int, last: int, means: Floats) -> str:
    """From which mean at the first point to which at the last, in words."""
    column, value = swept.design.columns[0], swept.design.rows[first][0]
    start, end = (number(float(means[point])) for point in (first, last))
    (_, low), (_, high) = (_told(swept, point) for point in (first, last))
    if not sayings.known(column, _number(value))[0]:
        return f"from {start} to {end} as {named(swept, column)} goes from {low} to {high}"
    at = _at_first(swept, first)
    again = f"where it is {high}" if at.startswith("where ") else f"at {high}"
    return f"from {start} {at} to {end} {again}"


def _at(swept: Swept, point: int) -> str:
    pairs = zip(swept.design.columns, swept.design.rows[point], strict=True)
    return ", ".join(f"{of_arm(swept, name)[1]} {shown(value)}" for name, value in pairs)


def _leaders(values: Floats, means: Floats) -> list[int]:
    """The arm that clearly leads at each point, worlds paired with those of the next best."""
    found = []
    for worlds, point in zip(values, means, strict=True):
        known = [arm for arm in np.argsort(-point, kind="stable") if np.isfinite(point[arm])]
        gap = worlds[known[0]] - worlds[known[1]] if len(known) > 1 else np.empty(0)
        gap = gap[np.isfinite(gap)]
        clear = len(gap) > 1 and findings.clear(gap) > 0
        found.append(int(known[0]) if clear else CLOSE)
    return found


def _verb(outcome: str) -> str:
    return "wins most clients" if outcome == "clients_won" else f"has the highest {words(outcome)}"


def _all(swept: Swept) -> str:
    return " and ".join(named(swept, name) for name in swept.design.columns)


def _number(value: Value) -> float:
    return 0.0 if isinstance(value, str) else float(value)
