"""What must fit together: relations between parameters in force at one time."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from wom_sim.scenario.checks import SUM_TOLERANCE, find
from wom_sim.scenario.faults import Fault
from wom_sim.scenario.parameters import Parameters, Scenario
from wom_sim.scenario.reader import Node
from wom_sim.scenario.registry import NETWORKS, Place, Registry

MOST_CELLS = 300_000_000
"""Largest `population.size * trades.count`."""

MOST_TIES = 100_000_000
"""Largest expected number of ties of a network."""

MOST_BYTES_OF_RESULTS = 16_000_000_000

_BYTES_PER_CELL = 30
# A row holds every measure of a week, or of a business, as a float.
_BYTES_PER_ROW = 8 * 60


Relation = Callable[[Parameters], Iterator["Objection"]]


class Objection(NamedTuple):
    """What does not fit together, and the parameters at which to say so.

    `subject` goes before the problem where it is said at another than the first of `names`.
    """

    names: tuple[str, ...]
    problem: str
    remedy: str
    subject: str = ""


def cross_check(
    tree: Node, parameters: Parameters, doubtful: set[str], networks: Registry
) -> Iterator[Fault]:
    """Yield a fault for each relation between parameters that does not hold.

    Relations about a section in `doubtful` are passed over: its values are not what was meant.
    """
    relations: list[Relation] = [*_RELATIONS]
    relations += [partial(_network, networks, place) for place in NETWORKS]
    for relation in relations:
        for names, problem, remedy, subject in relation(parameters):
            if not doubtful.intersection(name.split(".")[0] for name in names):
                node = _place(tree, names)
                about = "" if node.name.endswith(names[0]) else subject
                yield Fault(*node.mark, node.name, f"{about}{problem}", remedy)


def cross_check_run(tree: Node, run: Scenario, arms: Sequence[Parameters]) -> Iterator[Fault]:
    """Yield a fault where the results of the whole run would not fit in memory."""
    trades = max((arm.trades.count for arm in arms), default=0)
    worlds = f"{run.replications} worlds x {_several(len(arms))} x {run.weeks} weeks"
    large = _large(worlds, run.replications * len(arms) * (run.weeks + trades))
    if large:
        node = _place(tree, ("replications", "weeks", "arms"))
        yield Fault(*node.mark, node.name, *large)


def large_sweep(points: int, run: Scenario) -> tuple[str, str] | None:
    """Problem and remedy of a sweep whose outcomes would not fit in memory, None where they do."""
    worlds = f"{points} points x {run.replications} worlds x {_several(len(run.arms))}"
    return _large(worlds, points * run.replications * len(run.arms))


def _several(arms: int) -> str:
    return f"{arms} arm{'s' * (arms > 1)}"


def _large(what: str, rows: int) -> tuple[str, str] | None:
    size = rows * _BYTES_PER_ROW
    if size <= MOST_BYTES_OF_RESULTS:
        return None
    remedy = f"at most {MOST_BYTES_OF_RESULTS / 1e9:.0f} GB are allowed; ask for less"
    return f"{what} would need about {size / 1e9:.0f} GB", remedy


def words(faults: Iterable[Fault]) -> set[str]:
    """The sections that faults are about, among other words of their names and remedies."""
    return {word for fault in faults for word in re.split(r"[^\w]", f"{fault.name} {fault.remedy}")}


def _place(tree: Node, names: tuple[str, ...]) -> Node:
    nodes = [node for name in names if (node := find(tree, name.split("."))) and node.mark.file]
    overrides = [node for node in nodes if node.name not in names]
    return next(iter([*overrides, *nodes]), tree._replace(name=names[0]))


def _talkers(p: Parameters) -> Iterator[Objection]:
    product = p.talk.delighted * p.talk.negativity_ratio
    if product > 1 + SUM_TOLERANCE:
        most = math.floor(1000 / p.talk.delighted) / 1000
        rarest = math.floor(1000 / p.talk.negativity_ratio) / 1000
        yield Objection(
            ("talk.negativity_ratio", "talk.delighted"),
            f"delighted * negativity_ratio is {product:.4g}; as a chance it can be at most 1",
            f"lower the ratio to {most:g} or delighted to {rarest:g}",
        )


def _outcomes(p: Parameters) -> Iterator[Objection]:
    if p.rest.dissatisfied + p.rest.delighted > 1 + SUM_TOLERANCE:
        yield _over_one(("rest.dissatisfied", "rest.delighted"), p)
    if p.testimonials.expert + p.testimonials.organisation > 1 + SUM_TOLERANCE:
        yield _over_one(("testimonials.expert", "testimonials.organisation"), p)


def _over_one(names: tuple[str, str], p: Parameters) -> Objection:
    keys = [name.split(".") for name in names]
    total = sum(getattr(getattr(p, section), key) for section, key in keys)
    problem = f"{keys[0][1]} + {keys[1][1]} is {total:.4g}, more than 1"
    return Objection(names, problem, "lower one of them")


def _partners(p: Parameters) -> Iterator[Objection]:
    trades = p.trades.count
    if p.partners.count >= trades:
        problem = f"{p.partners.count} partners need more than {trades} trades"
        remedy = f"set partners.count to at most {trades - 1}"
        yield Objection(("partners.count", "trades.count"), problem, remedy)
    if p.partners.group and p.partners.count > 0:
        problem = "partners come from the group or by count, not both"
        names = ("partners.count", "partners.group")
        yield Objection(names, problem, "set group to false or count to 0")


def _owners(p: Parameters) -> Iterator[Objection]:
    people, trades = p.population.size, p.trades.count
    if people < trades:
        problem = f"{people} people cannot own {trades} businesses, one in each trade"
        remedy = f"set population.size to at least {trades}"
        yield Objection(("population.size", "trades.count"), problem, remedy)


def _per_trade(p: Parameters) -> Iterator[Objection]:
    for key in ("need_rate", "job_value", "margin"):
        given = getattr(p.trades, key)
        if isinstance(given, list) and len(given) != p.trades.count:
            problem = f"{len(given)} numbers for {p.trades.count} trades"
            names = (f"trades.{key}", "trades.count")
            yield Objection(names, problem, "give one for each trade, or one number for all")


def _size(p: Parameters) -> Iterator[Objection]:
    cells = p.population.size * p.trades.count
    if cells > MOST_CELLS:
        people, need = MOST_CELLS // p.trades.count, cells * _BYTES_PER_CELL / 1e9
        problem = f"{p.population.size} people in {p.trades.count} trades would need about"
        remedy = f"with {p.trades.count} trades, at most {people} people"
        yield Objection(("population.size", "trades.count"), f"{problem} {need:.0f} GB", remedy)


def _network(networks: Registry, place: Place, p: Parameters) -> Iterator[Objection]:
    spec, size = place.of(p), place.number(p)
    kind = str(spec["kind"])
    facts = networks[kind].facts if kind in networks else {}
    settings = {key: value for key, value in spec.items() if key != "kind"}
    if "unfit" in facts and (found := facts["unfit"](size, **settings)):
        key, problem = found
        names = (f"{place.name}.{key}", place.size)
        subject = f"the network's {key} "
        yield Objection(names, place.worded(problem), "change one of the two", subject)
    elif "ties" in facts and (ties := facts["ties"](size, **settings)) > MOST_TIES:
        problem = f"about {ties / 1e6:,.0f} million ties; at most {MOST_TIES / 1e6:.0f} million fit"
        places = (f"{place.name}.kind", place.name, place.size)
        yield Objection(places, problem, "choose fewer people or fewer ties a person")


_RELATIONS: tuple[Relation, ...] = (
    _talkers,
    _outcomes,
    _partners,
    _owners,
    _per_trade,
    _size,
)
