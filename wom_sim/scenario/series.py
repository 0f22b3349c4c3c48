"""`observed.series:` weekly series, from CSV files beside the scenario or written in it."""

from __future__ import annotations

from itertools import pairwise

from pydantic import Field

from wom_sim.scenario.checks import find, keys_below, refuse, refuse_unknown, sift
from wom_sim.scenario.faults import Fault, limits, quoted
from wom_sim.scenario.files import Found, Surroundings
from wom_sim.scenario.parameters.observed import MOST_OBSERVED
from wom_sim.scenario.parameters.series import WEEKLY, Series
from wom_sim.scenario.quantities import HORIZON, Section
from wom_sim.scenario.reader import MOST_BYTES, Node
from wom_sim.scenario.scalars import Refusal
from wom_sim.scenario.series_file import Content, read_weeks

EXAMPLE = "series: {new_clients: my_weeks.csv}"
MOST_WEEKS = 1040
"""Most weeks with a value, of all series together."""


class FromFile(Section):
    """A CSV file beside the scenario, and the column that is meant, if not that of the name."""

    path: str
    column: str = ""


class Inside(Section):
    """Weeks and values as the scenario itself holds them."""

    weeks: list[int] = Field(min_length=1)
    values: list[float] = Field(min_length=1)


def series_of(
    node: Node | None, around: Surroundings, weeks: int, log: list[Fault]
) -> tuple[Series, ...]:
    """The series that `node` names; those at fault are left out. Weeks are below `weeks`."""
    found: list[Series] = []
    for name, one in (keys_below(node, f"'{EXAMPLE}'", log) or {}).items():
        if name not in WEEKLY:
            refuse_unknown(name, one, WEEKLY, log)
        elif one.value is None:
            refuse(log, one, "no value given", "write one or remove the line")
        elif not isinstance(one.value, Refusal):
            known = _known(name, one, around, weeks, log)
            if known:
                found.append(Series(
                    name=name, weeks=tuple(known), values=tuple(known.values())))
    many = sum(len(one.weeks) for one in found)
    if many > MOST_WEEKS and node is not None:
        refuse(log, node, f"{many} weeks with values in all", f"at most {MOST_WEEKS} are allowed")
    return tuple(found)


def _known(
    name: str, node: Node, around: Surroundings, weeks: int, log: list[Fault]
) -> dict[int, float]:
    """Values by week, in order; empty, after a fault, where there are none."""
    if isinstance(node.value, dict) and not node.value.keys().isdisjoint(Inside.model_fields):
        return _inside(node, weeks, log)
    if not isinstance(node.value, dict):
        node = node._replace(value={"path": node})
    _, given = sift(FromFile, node, log)
    path = find(node, ("path",))
    found = around.find(path, log) if given and path else None
    if given is None or path is None or found is None:
        return {}
    before = len(log)
    known = _from_file(found, path, node.name, given.column or name, weeks, log)
    return known if len(log) == before else {}


def _from_file(
    found: Found, path: Node, name: str, column: str, weeks: int, log: list[Fault]
) -> dict[int, float]:
    """Values by week in a file; `path` is where the scenario names it."""
    before = len(log)
    with found.place.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        refuse(log, path, f"{quoted(found.path)} is larger than {MOST_BYTES} bytes")
        return {}
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        refuse(log, path, f"{quoted(found.path)} is not UTF-8 text", "save the file as UTF-8")
        return {}
    known = read_weeks(Content(str(found.place), name, text, log), column, weeks)
    if not known and len(log) == before:
        refuse(log, path, f"{quoted(found.path)} holds no week with a value")
    return known


def _inside(node: Node, weeks: int, log: list[Fault]) -> dict[int, float]:
    before = len(log)
    _, given = sift(Inside, node, log)
    if given is None or len(log) > before:
        return {}
    for problem in (_out_of_range(given), _unlike(given, weeks)):
        if problem:
            refuse(log, node, problem)
            return {}
    return dict(zip(given.weeks, given.values, strict=False))


def _out_of_range(given: Inside) -> str:
    for what, some, most in (("weeks", given.weeks, HORIZON - 1),
                             ("values", given.values, MOST_OBSERVED)):
        for value in some:
            if not 0 <= value <= most:
                return f"{what} must be {limits(0, most)}, got {value:.10g}"
    return ""


def _unlike(given: Inside, weeks: int) -> str:
    if len(given.weeks) != len(given.values):
        return (f"{len(given.weeks)} weeks, {len(given.values)} values;"
                " write a value for each week")
    if any(one >= after for one, after in pairwise([*given.weeks, weeks])):
        return f"weeks must rise and end before {weeks}, the end"
    return ""
