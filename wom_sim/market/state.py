"""The arrays: what a world is made of, and what a run changes."""

from __future__ import annotations

import typing
from functools import cache
from typing import Any, Literal, NamedTuple, get_args, get_origin

import numpy as np
from numpy.typing import NDArray

from wom_sim.market import chance
from wom_sim.market.compiled import SETTINGS
from wom_sim.market.graphs import NetworkError
from wom_sim.market.network import Ties, digest, edges_of, may_refer, ties_of
from wom_sim.scenario.parameters import BUSINESS_SECTIONS, Parameters
from wom_sim.scenario.quantities import Section

NOBODY, BUSINESS, REST = 0, 1, 2
"""Providers: none yet, the simulated business of the trade, the rest of the market."""

UNKNOWN, DISSATISFIED, SATISFIED, DELIGHTED = 0, 1, 2, 3
"""Experiences with a provider."""

HEARD, NAMED = 1, 2
"""News: a story heard about the business; named to it by a client."""

REPEAT, BY_PARTNER, ASKED_FRIEND, WORD_OF_MOUTH, REQUESTED, PUBLIC_RECORD, UNPROMPTED = range(7)
"""Sources of a job: kept by loyalty, or one of the six sources of a won client."""

NO_SOURCE = -1
ELSEWHERE = -1

SOURCES = ("repeat", "partner", "asked_friend", "word_of_mouth", "requested", "public_record",
           "unprompted")

NEVER = -20000
"""Week of what has not happened: before any history, and no age since then overflows 16 bits."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ids = NDArray[Any]
"""Whole numbers of any width, such as persons and trades."""


class World(NamedTuple):
    """What is drawn once per replication and shared by arms: people, ties, owners, professionals.

    owner: (K,) person who owns each trade's business, -1 where it lives elsewhere; seat: (N,)
    trade a person owns, else -1.
    near_start, near: for each person, the trades whose owner is a tie, in compressed rows.
    order: (K,) uniforms that strategies are dealt by. may: (K, K), whether the business of the
    row can refer to that of the column.
    """

    key: np.uint64
    size: int
    trades: int
    ties: Ties
    owner: Ints
    seat: NDArray[np.int16]
    near_start: Ints
    near: NDArray[np.int16]
    order: Floats
    may: NDArray[np.bool_]


MEMORY = np.dtype(
    [
        ("good", np.float64),
        ("bad", np.float64),
        ("request", np.float64),
        ("heard", np.int16),
        ("requested", np.int16),
        ("cue_week", np.int16),
        ("asked", np.int16),
        ("cue", np.uint8),
        ("via", np.uint8),
        ("deaf", np.uint8),
    ],
    align=True,
)
"""What a person remembers of a trade, side by side in memory.

good and bad are hazards of stories heard, as they stood in week `heard`; request that of
having been named, in week `requested`; asked is the week of the last ask. cue is 1 + the circle
of a framed ask, 0 without one. via is 1 where the person became a client through a partner; deaf
of (p, i) is 1 where p ignores what partner i refers.
"""


class People(NamedTuple):
    """What each person knows of each trade; all arrays (N, K).

    provider, and the last experience with the business (own) and with the rest, use the
    codes above, own_week and rest_week are the weeks of these jobs; news says whether there is
    anything to remember: HEARD, NAMED, both or neither. These are narrow, since every need reads
    them of many people. memory is of MEMORY.
    """

    provider: NDArray[np.uint8]
    own: NDArray[np.uint8]
    rest: NDArray[np.uint8]
    news: NDArray[np.uint8]
    own_week: NDArray[np.int16]
    rest_week: NDArray[np.int16]
    memory: Any


class Businesses(NamedTuple):
    """What a run changes about each business; arrays (K,) unless noted.

    load: jobs a week, smoothed; expectation: what its clients expect; record_good and
    record_bad: entries of the public record, faded; exposures: (K, weeks) entries found out
    in a week; spare: hours of service left for next week, at most one job's; ask_bank and
    partner_bank: hours put aside; returned: hours that go back to service next week;
    cued: any framed ask yet.
    """

    load: Floats
    expectation: Floats
    record_good: Floats
    record_bad: Floats
    exposures: Floats
    spare: Floats
    ask_bank: Floats
    partner_bank: Floats
    returned: Floats
    cued: NDArray[np.uint8]


class PartnerTies(NamedTuple):
    """Directed ties between businesses; arrays (K, K), row refers, column is referred.

    linked: 1 where two trade referrals; visibility, credibility and training of the column in
    the eyes of the row; given: referrals passed so far (double entry: received is the
    transpose). member: (K,) seats taken; keeps: (K,) pays for its one-to-ones; score: (K,)
    referrals given, fading; year_value: (K,) gained by referrals this year; strategy: (K,) code.
    """

    linked: NDArray[np.uint8]
    visibility: Floats
    credibility: Floats
    training: Floats
    given: Ints
    member: NDArray[np.uint8]
    keeps: NDArray[np.uint8]
    score: Floats
    year_value: Floats
    strategy: Ints


class State(NamedTuple):
    """All that a run changes."""

    people: People
    businesses: Businesses
    partners: PartnerTies


def build_world(
    parameters: Parameters, key: np.uint64, folder: str = ""
) -> tuple[World, str]:
    """The world that `parameters.population` and the number of trades describe.

    Also returns the fingerprint of the people's network; files are looked for from `folder` on.
    Raises NetworkError where a network cannot be built.

        people 0 .. population.size - 1; trades 0 .. trades.count - 1
        owners: residents    one of the people owns each trade's business
                elsewhere    no person does, so that all have needs of every trade
    """
    population, trades = parameters.population, parameters.trades.count
    edges = edges_of(population.network, population.size, key, folder)
    ties = ties_of(edges, population.size, population.ties, key)
    seat = np.full(population.size, -1, np.int16)
    owner = np.full(trades, ELSEWHERE)
    if population.owners == "residents":
        owner = _owners(key, population.size, trades)
        seat[owner] = np.arange(trades)
    near_start, near = _near_owners(ties, owner, population.size)
    each = np.arange(trades)
    order = chance.draws(key, each, 0, chance.STRATEGY)[:, 0]
    may = may_refer(population.professionals, trades, key, folder)
    world = World(key, population.size, trades, ties, owner, seat, near_start, near, order, may)
    return world, digest(edges)


def _owners(key: np.uint64, size: int, trades: int) -> Ints:
    """One person a trade, nobody twice while there are people left."""
    if trades > size:
        raise NetworkError(f"{size} people cannot own {trades} businesses, one in each trade")
    taken: dict[int, int] = {}
    for trade in range(trades):
        attempt = 0
        while True:
            person = int(chance.draw(key, trade, attempt, 0, chance.OWNER, 0, 0) * size)
            if person not in taken:
                taken[person] = trade
                break
            attempt += 1
    return np.fromiter(taken, np.int64, trades)


def _near_owners(ties: Ties, owner: Ints, size: int) -> tuple[Ints, NDArray[np.int16]]:
    lists: list[tuple[int, int]] = []
    for trade, person in enumerate(owner):
        if person == ELSEWHERE:
            continue
        row = ties.friend[ties.start[person] : ties.start[person + 1]]
        lists.extend((int(friend), trade) for friend in row)
    lists.sort()
    pairs = np.array(lists, np.int64).reshape(-1, 2)
    start = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(pairs[:, 0], minlength=size), out=start[1:])
    return start, pairs[:, 1].astype(np.int16)


def fresh_state(world: World, parameters: Parameters, weeks: int) -> State:
    """A town before anything happened; `weeks` is the length of the exposure calendar.

        expectation of every trade's clients at the start: E = expectation
    """
    k = world.trades
    memory = np.zeros((world.size, k), MEMORY)
    for name in ("heard", "requested", "cue_week", "asked"):
        memory[name] = NEVER
    provider, own, rest, news = (np.zeros((world.size, k), np.uint8) for _ in range(4))
    own_week, rest_week = (np.full((world.size, k), NEVER, np.int16) for _ in range(2))
    people = People(provider, own, rest, news, own_week, rest_week, as_records(memory))
    businesses = Businesses(
        load=np.zeros(k), expectation=np.full(k, parameters.judgement.expectation),
        record_good=np.zeros(k), record_bad=np.zeros(k), exposures=np.zeros((k, weeks)),
        spare=np.zeros(k),
        ask_bank=np.zeros(k), partner_bank=np.zeros(k), returned=np.zeros(k),
        cued=np.zeros(k, np.uint8),
    )
    partners = PartnerTies(
        linked=np.zeros((k, k), np.uint8), visibility=np.zeros((k, k)),
        credibility=np.zeros((k, k)), training=np.zeros((k, k)),
        given=np.zeros((k, k), np.int64), member=np.zeros(k, np.uint8),
        keeps=np.zeros(k, np.uint8), score=np.zeros(k), year_value=np.zeros(k),
        strategy=np.zeros(k, np.int64),
    )
    return State(people, businesses, partners)


def copy_state(state: State, into: State | None = None) -> State:
    """A copy that shares nothing with the original; `into` is a state that may be overwritten."""
    if into is None:
        return State(*(_copied(part) for part in state))
    for part, old in zip(state, into, strict=True):
        _overwrite(old, part)
    return into


def _copied(part: Any) -> Any:
    return type(part)(*(array.copy() for array in part))


def _overwrite(old: Any, new: Any) -> None:
    for place, array in zip(old, new, strict=True):
        np.copyto(place, array)


@cache
def _hints(section: type[Section]) -> dict[str, Any]:
    return typing.get_type_hints(section)


@cache
def _record_type(section: type[Section], only: tuple[str, ...] | None = None) -> np.dtype[Any]:
    """A structured type with the numbers of a section; words become their places."""
    fields: list[tuple[str, Any]] = []
    hints = _hints(section)
    for name in section.model_fields if only is None else only:
        hint = hints[name]
        if isinstance(hint, type) and issubclass(hint, Section):
            fields.append((name, _record_type(hint)))
        elif hint is float:
            fields.append((name, np.float64))
        elif hint in (int, bool) or get_origin(hint) is Literal:
            fields.append((name, np.int64))
    return np.dtype(fields, align=True)


def _values(section: Section, kind: np.dtype[Any]) -> tuple[Any, ...]:
    """The numbers of a section in the order of its record."""
    hints = _hints(type(section))
    return tuple(_value(getattr(section, name), hints[name], kind[name])
                 for name in kind.names or ())


def _value(value: Any, hint: Any, kind: np.dtype[Any]) -> Any:
    if isinstance(value, Section):
        return _values(value, kind)
    return get_args(hint).index(value) if isinstance(value, str) else value


def as_records(array: NDArray[Any]) -> NDArray[Any]:
    """A structured array whose fields kernels read as attributes, compiled or not.

    Compiled kernels take plain arrays much faster than record arrays.
    """
    return array.view(np.recarray) if SETTINGS.DISABLE_JIT else array


def book_of(parameters: Parameters) -> NDArray[Any]:
    """The town's parameters as a book of one record, (1,): `book[0].talk.retell` in kernels."""
    names = tuple(name for name in Parameters.model_fields if name not in BUSINESS_SECTIONS)
    kind = _record_type(Parameters, names)
    return as_records(np.array([_values(parameters, kind)], kind))


def firms_of(
    treated: Parameters, others: Parameters, is_treated: NDArray[np.bool_]
) -> NDArray[Any]:
    """The businesses' parameters, a record each: `firms[j].asking.recall_broad`."""
    kind = _record_type(Parameters, BUSINESS_SECTIONS)
    both = np.array([_values(others, kind), _values(treated, kind)], kind)
    return as_records(both[is_treated.astype(np.int64)])


class Columns(NamedTuple):
    """Businesses' parameters that steps outside kernels read; arrays (K,)."""

    service: Floats
    asking: Floats
    partners: Floats
    least_hours: Floats
    asks_at: Ints
    ask_hours: Floats
    ask_window: Floats
    ask_pause: Floats
    backfire: Floats
    group: Ints
    pairs: Ints
    attendance: Floats
    specificity: Floats
    contact_hours: Floats


def columns_of(firms: Any, contact_hours: float) -> Columns:
    """The columns of `firms_of` as plain arrays, which NumPy reads far faster than records."""
    effort, partners, asking = firms["effort"], firms["partners"], firms["asking"]
    ask_hours = np.where(
        asking["when"] == 0, asking["hours_during"], asking["hours_appointment"]
    )
    return Columns(
        *(np.ascontiguousarray(column) for column in (
            effort["service"], effort["asking"], effort["partners"],
            firms["service"]["least_hours"], asking["when"], ask_hours, asking["window"],
            asking["pause"],
            firms["testimonials"]["backfire"], partners["group"], partners["count"],
            partners["attendance"], partners["message_specificity"],
            np.full(len(firms), contact_hours),
        ))
    )


def per_trade(value: float | list[float], trades: int) -> Floats:
    """A number for all trades, or one each, as an array (K,)."""
    return np.broadcast_to(np.asarray(value, np.float64), (trades,)).copy()


def sphere_matrix(parameters: Parameters) -> Floats:
    """How likely a need of trade j comes up with a professional of trade i, (K, K).

        sphere of trade j = j mod spheres
        sphere(i, j) = sphere_inside where the two are equal, else sphere_outside
    """
    trades = parameters.trades
    sphere = np.arange(trades.count) % trades.spheres
    same = sphere[:, None] == sphere[None, :]
    return np.where(same, trades.sphere_inside, trades.sphere_outside)
