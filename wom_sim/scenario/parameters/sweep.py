"""`sweep:` what a file varies, name by name, and over which values."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

from pydantic import Field

from wom_sim.scenario.quantities import Section

MOST_POINTS = 10_000
MOST_NAMES = 50
MOST_VALUES = 500
"""Longest list of values of one name: as long as a list in a file may be."""

FORMS = ("linspace", "logspace", "range", "log_range")
"""How values may be written besides a list: the first two on a grid, the others drawn."""

Value: TypeAlias = float | int | bool | str


class Axis(Section):
    """One name that is varied.

    On a grid `values` are all that it takes; a drawn one lies between `low` and `high`, evenly
    or (`log`) evenly in logarithm. `whole`: the parameter is a whole number.
    """

    name: str
    values: tuple[Value, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    whole: bool = False


class Plan(Section):
    """The keys of `sweep:` that are no names of parameters."""

    design: Literal["grid", "latin_hypercube", "sobol"] = "grid"
    points: int | None = Field(None, ge=1, le=MOST_POINTS)


class Sweep(Section):
    """A sweep, resolved: the design, how many points it has, and the names in their order.

    On a grid the last name varies fastest.
    """

    design: Literal["grid", "latin_hypercube", "sobol"] = "grid"
    points: int = Field(ge=1, le=MOST_POINTS)
    axes: tuple[Axis, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What is varied, in the order of the file."""
        return tuple(axis.name for axis in self.axes)

    @property
    def is_numeric_grid(self) -> bool:
        """Whether it is a grid of one or two names that are numbers, the first of several."""
        values = [value for axis in self.axes for value in axis.values]
        numbers = all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in values)
        drawn = any(not axis.values for axis in self.axes)
        few = 1 <= len(self.axes) <= 2
        return few and not drawn and numbers and len(self.axes[0].values) > 1


def spaced(first: float, last: float, many: int, *, log: bool = False) -> tuple[float, ...]:
    """`many` numbers from `first` to `last`, evenly spaced, with `log` in logarithm.

    Both ends are exact; numbers between them are rounded to 12 digits, so that a tenth is 0.1.
    """
    start, end = (math.log(first), math.log(last)) if log else (first, last)
    # Each end weighted by itself, as the difference of huge ends would overflow.
    between = [start * (1 - k / (many - 1)) + end * (k / (many - 1)) for k in range(1, many - 1)]
    told = [float(f"{math.exp(x) if log else x:.12g}") for x in between]
    return (first, *told, last)
