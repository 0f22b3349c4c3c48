"""Chance: the generator, the addresses of decisions, and that no two decisions share one."""

from __future__ import annotations

import ast
import json
import math
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from worlds import EVERYTHING, agrees, alpha, other_process, run, scenario

from wom_sim.market import chance

WORD = 0xFFFFFFFF

KNOWN_ANSWERS = (
    ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ((WORD,) * 4, (WORD,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0),
     "d16cfe09 94fdcceb 5001e420 24126ea1"),
)
"""Random123, tests/kat_vectors, philox4x32 with 10 rounds: counter, key, answer."""

FROZEN = {
    "seed of the network": (1, 0),
    "seed of the professionals' network": (1, 0),
    "tie is strong": (2, 0),
    "circle of a tie": (2, 1),
    "owner of a business": (3, 0),
    "order of strategies": (4, 0),
    "order of partner pairs": (5, 0),
    "wait for a need": (10, 0),
    "size of its job": (10, 1),
    "loyalty keeps a need": (11, 0),
    "asks around": (11, 1),
    "comes to mind": (12, 0),
    "looks up the record": (12, 1),
    "chooses the business": (13, 0),
    "source of a won client": (13, 1),
    "friend asked speaks": (14, 0),
    "friend names from a cue": (14, 1),
    "first strong tie asked": (15, 0),
    "first weak tie asked": (15, 1),
    "person met this week": (19, 0),
    "order of deciding (one_by_one)": (26, 0),
    "partner passes a referral": (16, 0),
    "order of willing partners": (16, 1),
    "positive signal (rule counts)": (17, 0),
    "negative signal (rule counts)": (17, 1),
    "quality noise, or judgement of the rest's job": (18, 0),
    "order of service": (18, 1),
    "client talks": (20, 0),
    "talker posts": (20, 1),
    "teller tells a tie": (21, 0),
    "hearer tells on": (22, 0),
    "reach of a post": (23, 0),
    "follower who sees a post": (24, 0),
    "person hears a complaint": (25, 0),
    "order of asking during the job": (30, 0),
    "order of appointments": (31, 0),
    "asked client names anybody": (32, 0),
    "tie comes to mind when asked": (32, 0),
    "frame fits": (33, 0),
    "circle of a frame that does not": (33, 1),
    "gives a testimonial": (34, 0),
    "kind of testimonial": (34, 1),
    "testimonial is inauthentic": (35, 0),
    "weeks until found out": (35, 1),
    "member attends": (40, 0),
    "member testifies": (41, 0),
    "order of one-to-ones": (42, 0),
    "client stops listening": (43, 0),
    "member leaves": (44, 0),
    "member imitates": (45, 0),
    "whom it compares with": (45, 1),
}

APART = {
    # The one has whom 0, the other 1.
    (1, 0): {"seed of the network", "seed of the professionals' network"},
    # Nobody is tied to himself (see test_nobody_is_tied_to_himself), so that the counter of
    # the client's own answer, (client, client), is never that of a tie, (client, friend).
    (32, 0): {"asked client names anybody", "tie comes to mind when asked"},
}
"""Decisions that share stream and lane, and why their counters cannot be equal."""

LOOKED_UP = {(chance.NEED, 0), (chance.NEED, 1), (chance.APPOINTMENT, 0), (chance.MEET, 0)}
"""Waits for needs, sizes of jobs, a client's turn in a round of appointments, who is met.

They depend on their address alone, are looked up as often as needed (a client once for each
visit, who is met for each need of a week), and the same answer has the same effect as one: tests
of needs, asking and meeting hold them to it.
"""

FORESEEN = {(chance.JOB, 0)}
"""How a job turns out is looked up before it is done, where needs are decided one by one."""

TWO_SIDED = {(chance.FRIEND, 0)}
"""Whether an asked friend speaks: looked up for the business and, elsewhere, for the rest."""


def reference_philox(counter: tuple[int, ...], key: tuple[int, ...]) -> tuple[int, ...]:
    """Philox4x32-10 written from Salmon et al. (2011), figure 2 and table 2, in Python integers."""
    left0, right0, left1, right1 = counter
    first, second = key
    for turn in range(10):
        bump0, bump1 = (turn * 0x9E3779B9 + first) & WORD, (turn * 0xBB67AE85 + second) & WORD
        product0, product1 = left0 * 0xD2511F53, left1 * 0xCD9E8D57
        left0, right0, left1, right1 = (
            product1 // 2**32 ^ right0 ^ bump0,
            product1 % 2**32,
            product0 // 2**32 ^ right1 ^ bump1,
            product0 % 2**32,
        )
    return left0, right0, left1, right1


def reference_pair(
    key: int, who: int, whom: int, week: int, stream: int, trade: int, ordinal: int
) -> tuple[float, float]:
    """Both lanes of an address as the documentation of `chance` describes them."""
    place = stream * 2**24 + trade * 2**16 + ordinal
    words = reference_philox(
        (who % 2**32, whom % 2**32, week % 2**32, place), (key % 2**32, key // 2**32)
    )
    pairs = (words[0] * 2**32 + words[1], words[2] * 2**32 + words[3])
    return tuple(pair // 2**11 / 2**53 for pair in pairs)  # type: ignore[return-value]


def random_addresses(count: int) -> list[tuple[int, ...]]:
    """Addresses over the whole range of each part, its ends among them."""
    pick = random.Random(20)
    ends = ((0, WORD), (0, WORD), (-5200, 5199), (1, 45), (0, 199), (0, 65535))
    return [
        tuple(pick.choice((low, high, pick.randint(low, high))) for low, high in ends)
        for _ in range(count)
    ]


@pytest.mark.parametrize("philox", [chance.philox, chance._philox], ids=["compiled", "python"])
@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS)
def test_philox_known_answers(
    philox: Callable[..., Any], counter: tuple[int, ...], key: tuple[int, ...], answer: str
) -> None:
    """A wrong constant, round count or word order of the generator, in either form."""
    words = [np.uint64(word) for word in counter]
    got = philox(np.uint64(key[1] << 32 | key[0]), *words)
    assert " ".join(f"{int(word):08x}" for word in got) == answer


def test_reference_known_answers() -> None:
    """A reference that is wrong itself."""
    for counter, key, answer in KNOWN_ANSWERS:
        assert " ".join(f"{word:08x}" for word in reference_philox(counter, key)) == answer


def test_draws_equal_the_reference() -> None:
    """A part of an address packed into the wrong bits, a lost sign, a lane swapped."""
    key = chance.key_of(7, 3)
    for address in random_addresses(2000):
        who, whom, week, stream, trade, ordinal = address
        expected = reference_pair(int(key), *address)
        assert chance.draw2(key, *address) == expected
        assert chance._draw2(key, *address) == expected
        assert chance.draw(key, *address) == expected[0]
        whole = chance.draws(
            key, np.array([who]), week, stream, whom=np.array([whom]), trade=np.array([trade]),
            ordinal=np.array([ordinal]),
        )
        assert tuple(whole[0]) == expected


def test_draws_fill_missing_parts_with_zero() -> None:
    """A missing part that is anything but 0, or read from a neighbour."""
    key, who = chance.key_of(1, 0), np.arange(50)
    expected = [reference_pair(int(key), p, 0, 4, 31, 0, 0) for p in range(50)]
    assert chance.draws(key, who, 4, 31).tolist() == [list(pair) for pair in expected]


def test_uniforms_lie_below_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A uniform of 1, which no chance may reach: the largest words give 1 - 2^-53, the least 0."""
    for word, expected in ((WORD, 1.0 - 2.0**-53), (0, 0.0)):
        words = (np.uint64(word),) * 4
        monkeypatch.setattr(chance, "philox", lambda *_, words=words: words)
        assert chance._draw2(chance.key_of(1, 0), 0, 0, 0, 1, 0, 0) == (expected, expected)


def test_uniforms_are_uniform_and_apart() -> None:
    """Bits of neighbouring addresses that hang together.

    Dvoretzky-Kiefer-Wolfowitz-Massart at 5e-9 sees a distance of .005 from the uniform in
    either lane; the exact binomial tests see 1 % more or fewer agreements of halves than .5.
    """
    key, people, ordinals = chance.key_of(5, 0), np.arange(100_000), range(4)
    blocks = np.array([
        chance.draws(key, people, 3, chance.CHOICE, ordinal=np.full(100_000, o))
        for o in ordinals
    ])
    n = blocks[:, :, 0].size
    bound = math.sqrt(math.log(2 / (alpha() / 2)) / (2 * n))
    assert bound < 0.0055
    for lane in (0, 1):
        values = np.sort(blocks[:, :, lane].ravel())
        distance = np.abs(values - (np.arange(n) + 0.5) / n).max() + 0.5 / n
        assert distance < bound
    upper = blocks >= 0.5
    agrees((upper[:, :, 0] == upper[:, :, 1]).sum(), n, 0.5, 0.01)
    agrees((upper[:, 1:, 0] == upper[:, :-1, 0]).sum(), n - 4, 0.5, 0.01)
    agrees((upper[1:, :, 0] == upper[:-1, :, 0]).sum(), 300_000, 0.5, 0.01)


@pytest.mark.parametrize(
    "inverse", [chance.inverse_normal, chance._inverse_normal], ids=["compiled", "python"]
)
def test_inverse_normal_is_the_standard_library_s(inverse: Callable[[float], float]) -> None:
    """A digit of the approximation mistyped, in any of its three ranges."""
    exact = NormalDist().inv_cdf
    pick = random.Random(8)
    tails = [2.0**-power for power in range(1, 54)]
    inner = [pick.random() for _ in range(5000)]
    for u in [*tails, *(1 - tail for tail in tails), *inner, 0.075, 0.925, math.exp(-25)]:
        assert inverse(u) == exact(u), u
    assert inverse(0.0) == exact(2.0**-54)


def test_hazard_and_half() -> None:
    """A hazard that does not bring its chance back, a half-life that is not one."""
    for q in (0.0, 1e-12, 0.02, 0.5, 0.99):
        assert 1 - math.exp(-chance.hazard(q)) == pytest.approx(q, rel=1e-9)
    assert chance.half(26.0, 26.0) == 0.5
    assert chance.half(52.0, 26.0) == 0.25
    assert chance.half(0.0, 26.0) == 1.0


def test_addresses_are_frozen() -> None:
    """A stream or lane renumbered: every world of every published result would change."""
    assert {row.decision: (row.stream, row.lane) for row in chance.ADDRESSES} == FROZEN
    assert len(chance.ADDRESSES) == len(FROZEN)


def test_every_stream_is_in_the_table() -> None:
    """A stream in use that a second implementation would not learn of, or one that is dead."""
    source = ast.parse(Path(chance.__file__).read_text(encoding="utf-8"))
    numbers: dict[str, int] = {}
    for node in source.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            names = [name.id for name in node.targets[0].elts if isinstance(name, ast.Name)]
            numbers.update({name: getattr(chance, name) for name in names if name[0] != "_"})
    assert len(numbers) > 30
    assert len(set(numbers.values())) == len(numbers)
    assert set(numbers.values()) == {row.stream for row in chance.ADDRESSES}


def test_no_two_decisions_share_an_address() -> None:
    """Two decisions in one stream and lane whose counters could be equal."""
    rows = defaultdict(set)
    for row in chance.ADDRESSES:
        rows[row.stream, row.lane].add(row.decision)
    assert {place: names for place, names in rows.items() if len(names) > 1} == APART


@pytest.mark.parametrize(
    "network",
    [{"kind": "small_world"}, {"kind": "scale_free"}, {"kind": "random"},
     {"kind": "cliques", "members": 7}, {"kind": "degree_sequence", "degrees": [3, 9, 30]}],
    ids=lambda network: network["kind"],
)
def test_nobody_is_tied_to_himself(network: dict[str, Any]) -> None:
    """A tie to oneself, or one that is there twice: both would use an address twice."""
    plan = scenario(population={"size": 300, "network": network}, weeks=1, group={"size": 2})
    ties = run(plan).world.ties
    for person in range(300):
        row = ties.friend[ties.start[person] : ties.start[person + 1]].tolist()
        assert person not in row
        assert len(set(row)) == len(row)


GOLDEN = {
    (0, 0): 0x72D2FFFF798B471E,
    (1, 0): 0x526F78237DC8FFFF,
    (1, 1): 0xE39441DD223CB5F1,
    (0, 1): 0x536A2ADF77D252C2,
    (2**64 - 1, 999_999): 0x90F026FEE5E4957B,
}


def test_keys_are_frozen() -> None:
    """A key that depends on anything but seed and replication, or in another way than before."""
    assert {place: int(chance.key_of(*place)) for place in GOLDEN} == GOLDEN


def test_keys_differ() -> None:
    """Seeds and replications that run into each other, as sums of the two do."""
    keys = {int(chance.key_of(seed, r)) for seed in range(150) for r in range(150)}
    assert len(keys) == 150 * 150


class Recorder:
    """Stands in for the draws of all kernels and notes who used which lane of which address."""

    def __init__(self) -> None:
        self.uses: dict[tuple[Any, ...], list[str]] = defaultdict(list)
        self.draw2 = chance._draw2

    def install(self) -> None:
        """Put the stand-ins into every module of the market; kernels must not be compiled."""
        for name, module in list(sys.modules.items()):
            if name.startswith("wom_sim.market"):
                for drawn in ("draw", "draw2", "draws"):
                    if hasattr(module, drawn):
                        setattr(module, drawn, getattr(self, f"in_place_of_{drawn}"))

    def note(self, address: tuple[Any, ...], lane: int, depth: int) -> None:
        """One use of a lane, by the function `depth` frames above."""
        frame = sys._getframe(depth + 1)
        place = f"{frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.f_lineno}"
        self.uses[(*map(int, address), lane)].append(place)

    def in_place_of_draw(self, *address: Any) -> float:
        self.note(address, 0, 1)
        return self.draw2(*address)[0]

    def in_place_of_draw2(self, *address: Any) -> Lanes:
        return Lanes(self, [address], self.draw2(*address))

    def in_place_of_draws(
        self, key: Any, who: Any, week: int, stream: int, *, whom: Any = None, trade: Any = None,
        ordinal: Any = None,
    ) -> Lanes:
        nothing = np.zeros(len(who), np.int64)
        parts = [np.asarray(nothing if x is None else x) for x in (who, whom, trade, ordinal)]
        addresses = [
            (key, int(p), int(f), week, stream, int(j), int(o))
            for p, f, j, o in zip(*parts, strict=True)
        ]
        pairs = np.array([self.draw2(*address) for address in addresses]).reshape(-1, 2)
        return Lanes(self, addresses, pairs)


class Lanes:
    """Both uniforms of some addresses, which notes the lanes that are read."""

    def __init__(self, recorder: Recorder, addresses: list[tuple[Any, ...]], values: Any) -> None:
        self.recorder, self.addresses, self.values = recorder, addresses, values

    def __getitem__(self, index: Any) -> Any:
        lane = index[1] if isinstance(index, tuple) else index
        for address in self.addresses:
            self.recorder.note(address, lane, 1)
        return self.values[index]

    def __iter__(self) -> Any:
        for lane in (0, 1):
            self.recorder.note(self.addresses[0], lane, 1)
        return iter(self.values)


def recorded() -> None:
    """Print, for each arm of the world with everything on, what its draws were used for.

    To be run without compiling: kernels then call the draws by name.
    """
    arms = {
        "appointments": {},
        "during": {"asking": {"frame": "broad", "when": "during"}, "choice": {"rule": "veto"}},
        "in turn": {"choice": {"updating": "one_by_one"}},
    }
    plan = scenario(EVERYTHING, {"arms": arms, "history_weeks": 4}, population__size=60,
                    population__ties__met=2, friends__number=20,
                    population__professionals={"kind": "random", "mean_degree": 3.0})
    recorder = Recorder()
    recorder.install()
    answer = []
    for place in range(len(arms)):
        recorder.uses.clear()
        run(plan, 0, place)
        again = LOOKED_UP | (FORESEEN if place == 2 else set())
        answer.append(_summary(recorder.uses, int(chance.key_of(plan.seed, 0)), again))
    print(json.dumps(answer))


def _summary(
    uses: dict[tuple[Any, ...], list[str]], key: int, again: set[tuple[int, int]]
) -> dict[str, Any]:
    twice, parts, sites = [], defaultdict(set), defaultdict(set)
    for (own, who, whom, week, stream, trade, ordinal, lane), places in uses.items():
        once_a_place = len(places) == len(set(places))
        sound = len(places) == 1 or (once_a_place and (stream, lane) in TWO_SIDED)
        if not sound and (stream, lane) not in again:
            twice.append([stream, lane, who, whom, week, trade, ordinal, places])
        sites[f"{stream} {lane}"].update(places)
        given = {"who": who, "whom": whom, "week": week, "trade": trade, "ordinal": ordinal}
        parts[f"{stream} {lane}"].update(part for part, value in given.items() if value)
        assert own == key, "a draw with another key"
    return {
        "draws": sum(map(len, uses.values())),
        "twice": twice,
        "parts": {place: sorted(names) for place, names in parts.items()},
        "sites": {place: sorted(names) for place, names in sites.items()},
    }


@pytest.fixture(scope="module")
def uses() -> list[dict[str, Any]]:
    """What the draws of both arms of the world with everything on were used for."""
    text = other_process("import test_chance; test_chance.recorded()", NUMBA_DISABLE_JIT="1")
    found: list[dict[str, Any]] = json.loads(text)
    return found


def test_no_address_is_used_twice_in_an_arm(uses: list[dict[str, Any]]) -> None:
    """Two decisions on one uniform: they would be one decision.

    Every lane of every address may be read once in an arm and its history, but for decisions
    that are LOOKED_UP again, and those that are TWO_SIDED: these once at each of two places.
    """
    for arm in uses:
        assert arm["draws"] > 10_000
        assert arm["twice"] == []


def test_what_is_looked_up_has_a_place_of_its_own(uses: list[dict[str, Any]]) -> None:
    """A wait, size or turn whose lane another decision reads, which the rule above would miss."""
    assert len(uses[0]["sites"]["31 0"]) == 1
    for arm in uses:
        assert len(arm["sites"]["14 0"]) <= 2
        assert {site.split(":")[0] for site in arm["sites"]["10 0"]} == {"needs.py"}
        assert {site.split(":")[0] for site in arm["sites"]["10 1"]} == {"needs.py"}
        assert not set(arm["sites"]["10 0"]) & set(arm["sites"]["10 1"])


def test_draws_are_those_of_the_table(uses: list[dict[str, Any]]) -> None:
    """A draw that the table does not name, a decision that never draws, a counter part astray."""
    rows = defaultdict(set)
    for row in chance.ADDRESSES:
        parts = ("who", "whom", "week", "trade", "ordinal")
        rows[f"{row.stream} {row.lane}"].update(part for part in parts if getattr(row, part))
    seen: Counter[str] = Counter()
    for arm in uses:
        seen.update(arm["sites"].keys())
        for place, parts in arm["parts"].items():
            assert set(parts) <= rows[place], place
    assert set(seen) == set(rows)
