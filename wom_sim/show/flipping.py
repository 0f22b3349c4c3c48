"""Where verdicts flip, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from wom_sim.show.text import clean
from wom_sim.show.wording import MINUS, counted, percent

NOWHERE = "none within the ranges searched"
ABOUT = (
    "Flips: the nearest change of one assumed parameter that reverses a claim's first variant,"
    " searched in preset evidence only, along the parameters that a screening finds strongest."
)


class Flip(Protocol):
    """Where a claim flips; `wom_sim.study.claims.taken.Flipped`."""

    @property
    def claim(self) -> int: ...
    @property
    def preset(self) -> str: ...
    @property
    def variant(self) -> str: ...
    @property
    def holds(self) -> bool: ...
    @property
    def parameter(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def meaning(self) -> str: ...
    @property
    def start(self) -> float: ...
    @property
    def to(self) -> float: ...
    @property
    def share(self) -> float: ...
    @property
    def confirmed(self) -> bool: ...
    @property
    def worlds(self) -> int: ...
    @property
    def searched(self) -> Sequence[str]: ...


def told(flip: Flip) -> str:
    """A flip in a sentence: the side before, the parameter from what to what, and what follows."""
    side = "holds" if flip.holds else "does not hold"
    head = f"“{clean(flip.variant)}” {side}"
    if not flip.parameter:
        among = f" of {', '.join(flip.searched)}" if flip.searched else ""
        return f"{head}; {NOWHERE}{among}"
    return (f"{head}; {flip.parameter} ({clean(flip.meaning)}) {change(flip)},"
            f" {percent(flip.share)} of its range: {after(flip)} by {flip.worlds} fresh worlds")


def line(flip: Flip, *, is_input: bool) -> str:
    """A flip as it stands below its claim; of an input it is a consequence that flips."""
    asserted = "an input needs no flip; its consequence: " if is_input else ""
    return f"Flips: {asserted}{told(flip)}"


def change(flip: Flip) -> str:
    """From what to what, with the unit."""
    return f"{place(flip.start)} → {place(flip.to)} {flip.unit}"


def after(flip: Flip) -> str:
    """What comes of it, and how surely."""
    if not flip.confirmed:
        return f"then it may {'fail' if flip.holds else 'hold'}, not confirmed"
    return f"then it {'fails' if flip.holds else 'holds'}, confirmed"


def place(value: float) -> str:
    """A parameter's value with three digits."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}".replace("-", MINUS)


def headline(flips: Sequence[Flip]) -> str:
    """How many verdicts flip for sure, perhaps, and not at all."""
    sure = sum(bool(one.parameter) and one.confirmed for one in flips)
    maybe = sum(bool(one.parameter) and not one.confirmed for one in flips)
    never = len(flips) - sure - maybe
    if never == len(flips):
        many = counted(never, "verdict")
        whose = "The verdict searched flips nowhere" if never == 1 else f"None of {many} flips"
        return f"{whose} within the ranges searched, one assumption changed at a time"
    parts = [f"{sure} {_flip(sure)} when one assumption changes"]
    parts += [f"{maybe} may"] if maybe else []
    parts += [f"{never} {'does' if never == 1 else 'do'} not within the ranges searched"] \
        if never else []
    listed = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
    return f"Of {counted(len(flips), 'verdict')}, {listed}"


def _flip(many: int) -> str:
    return "flips" if many == 1 else "flip"
