"""Chance has addresses: every decision of a world draws from its own place.

Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011). The key is a hash of seed and replication;
the counter packs who decides, about whom or which, in which week, in which stream, about
which trade and which ordinal. Equal addresses give equal draws whatever else happens, so arms
share luck decision by decision, and order, workers and chunks change nothing. A block holds
two uniforms in [0, 1), lane 0 and lane 1.

`ADDRESSES` is the table of all decisions; with `counter` it is all that a second
implementation needs.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.compiled import compiled, written_in

RNG_VERSION = 1

Ints = NDArray[Any]

NETWORK, TIE, OWNER, STRATEGY, PAIR = 1, 2, 3, 4, 5
NEED, LOYALTY, MIND, CHOICE, FRIEND, TURN, PARTNER, SIGNAL, JOB = 10, 11, 12, 13, 14, 15, 16, 17, 18
MEET, ORDER = 19, 26
TALK, TELL, RETELL, POST, FOLLOWER, COMPLAINT = 20, 21, 22, 23, 24, 25
ASKED, APPOINTMENT, NAMING, FRAME, TESTIMONIAL, EXPOSURE = 30, 31, 32, 33, 34, 35
MEETING, TESTIFY, ONE_TO_ONE, DROP, RENEWAL, IMITATION = 40, 41, 42, 43, 44, 45


class Address(NamedTuple):
    """One row of the address table: a decision and where its uniform lies.

    `form` says what the uniform u becomes. Empty counter parts are 0.
    """

    decision: str
    stream: int
    lane: int
    who: str
    whom: str
    week: str
    trade: str
    ordinal: str
    form: str


ADDRESSES = (
    Address("seed of the network", NETWORK, 0, "", "", "", "", "", "floor(u 2^32)"),
    Address("seed of the professionals' network", NETWORK, 0, "", "1", "", "", "", "floor(u 2^32)"),
    Address("tie is strong", TIE, 0, "lower id", "higher id", "", "", "", "u < strong_share"),
    Address("circle of a tie", TIE, 1, "lower id", "higher id", "", "", "", "floor(u circles)"),
    Address("owner of a business", OWNER, 0, "trade", "attempt", "", "", "", "floor(u size)"),
    Address("order of strategies", STRATEGY, 0, "trade", "", "", "", "", "ascending u"),
    Address("order of partner pairs", PAIR, 0, "lower trade", "higher trade", "", "", "",
            "own sphere first, then ascending u"),
    Address("wait for a need", NEED, 0, "person", "", "", "trade", "need", "-ln(1-u) / rate"),
    Address("size of its job", NEED, 1, "person", "", "", "trade", "need",
            "median exp(spread inverse-normal(u))"),
    Address("loyalty keeps a need", LOYALTY, 0, "person", "", "week", "trade", "need",
            "u < chance to stay"),
    Address("asks around", LOYALTY, 1, "person", "", "week", "trade", "need", "u < ask_around"),
    Address("comes to mind", MIND, 0, "person", "", "week", "trade", "need", "u < awareness"),
    Address("looks up the record", MIND, 1, "person", "", "week", "trade", "need", "u < look_up"),
    Address("chooses the business", CHOICE, 0, "person", "", "week", "trade", "need", "u < P"),
    Address("source of a won client", CHOICE, 1, "person", "", "week", "trade", "need",
            "first source whose running share of hazard exceeds u"),
    Address("friend asked speaks", FRIEND, 0, "person", "friend", "week", "trade", "need",
            "u < chance to recommend or warn"),
    Address("friend names from a cue", FRIEND, 1, "person", "friend", "week", "trade", "need",
            "u < cue faded"),
    Address("first strong tie asked", TURN, 0, "person", "", "week", "trade", "need",
            "floor(u strong ties), then onwards"),
    Address("first weak tie asked", TURN, 1, "person", "", "week", "trade", "need",
            "floor(u weak ties), then onwards"),
    Address("person met this week", MEET, 0, "person", "number", "week", "", "attempt",
            "floor(u size), again while it is oneself, a tie or met already"),
    Address("order of deciding (one_by_one)", ORDER, 0, "person", "", "week", "trade", "need",
            "ascending u"),
    Address("partner passes a referral", PARTNER, 0, "person", "partner's trade", "week", "trade",
            "need", "u < contact sphere visibility credibility recognition willingness"),
    Address("order of willing partners", PARTNER, 1, "person", "partner's trade", "week", "trade",
            "need", "smallest u passes"),
    Address("positive signal (rule counts)", SIGNAL, 0, "person", "number of the message", "week",
            "trade", "need", "u < 1 - exp(-hazard)"),
    Address("negative signal (rule counts)", SIGNAL, 1, "person", "number of the message", "week",
            "trade", "need", "u < 1 - exp(-hazard)"),
    Address("quality noise, or judgement of the rest's job", JOB, 0, "person", "", "week", "trade",
            "need", "inverse-normal(u); u < dissatisfied; u < dissatisfied + delighted"),
    Address("order of service", JOB, 1, "person", "", "week", "trade", "need",
            "served in ascending u, repeat clients before all others"),
    Address("client talks", TALK, 0, "person", "", "week", "trade", "need", "u < chance to talk"),
    Address("talker posts", TALK, 1, "person", "", "week", "trade", "need", "u < posts.share"),
    Address("teller tells a tie", TELL, 0, "teller", "listener", "originator", "trade", "need",
            "u < told / ties"),
    Address("hearer tells on", RETELL, 0, "hearer", "", "originator", "trade", "need",
            "u < retell"),
    Address("reach of a post", POST, 0, "person", "", "week", "trade", "need",
            "least (1-u)^(-1/tail)"),
    Address("follower who sees a post", FOLLOWER, 0, "person", "number", "week", "trade", "need",
            "floor(u size)"),
    Address("person hears a complaint", COMPLAINT, 0, "person", "event", "week", "trade", "",
            "u < reach / size"),
    Address("order of asking during the job", ASKED, 0, "person", "", "week", "trade", "need",
            "ascending u"),
    Address("order of appointments", APPOINTMENT, 0, "person", "", "week", "trade", "",
            "ascending u"),
    Address("asked client names anybody", NAMING, 0, "client", "client", "week", "trade", "",
            "u < recommend_delighted or recommend_satisfied"),
    Address("tie comes to mind when asked", NAMING, 0, "client", "friend", "week", "trade", "",
            "u < recall"),
    Address("frame fits", FRAME, 0, "client", "", "week", "trade", "", "u < frame_fit"),
    Address("circle of a frame that does not", FRAME, 1, "client", "", "week", "trade", "",
            "floor(u circles)"),
    Address("gives a testimonial", TESTIMONIAL, 0, "client", "", "week", "trade", "", "u < give"),
    Address("kind of testimonial", TESTIMONIAL, 1, "client", "", "week", "trade", "",
            "u < expert; u < expert + organisation; else consumer"),
    Address("testimonial is inauthentic", EXPOSURE, 0, "client", "", "week", "trade", "",
            "u < inauthentic"),
    Address("weeks until found out", EXPOSURE, 1, "client", "", "week", "trade", "",
            "1 + floor(ln(1-u) / ln(1-found_out))"),
    Address("member attends", MEETING, 0, "trade", "", "week", "", "", "u < attendance"),
    Address("member testifies", TESTIFY, 0, "member's trade", "trade praised", "week", "", "",
            "u < testify"),
    Address("order of one-to-ones", ONE_TO_ONE, 0, "lower trade", "higher trade", "week", "", "",
            "ascending u"),
    Address("client stops listening", DROP, 0, "person", "partner's trade", "week", "trade",
            "need", "u < drop_referrer"),
    Address("member leaves", RENEWAL, 0, "trade", "", "week", "", "", "u < chance to leave"),
    Address("member imitates", IMITATION, 0, "trade", "", "week", "", "", "u < imitation"),
    Address("whom it compares with", IMITATION, 1, "trade", "", "week", "", "",
            "floor(u other members)"),
)
"""Week is the week's number modulo 2^32 (weeks of history are negative); `need` and `event` count
from 0; the need of a complaint's story is 65535 and its originator 2^32 - 1 - event."""

MASK = 0xFFFFFFFF
COMPLAINT_NEED = 65535

_MASK = np.uint64(MASK)
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_32, _11 = np.uint64(32), np.uint64(11)
_24, _16 = np.uint64(24), np.uint64(16)
_UNIT = 2.0**-53


def key_of(seed: int, replication: int) -> np.uint64:
    """The 64-bit Philox key of a world: BLAKE2b of a label, the seed and the replication."""
    text = b"wom_sim/rng/1" + seed.to_bytes(16, "little") + replication.to_bytes(8, "little")
    return np.uint64(int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little"))


def _philox(
    key: np.uint64, c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Ten rounds of Philox4x32 on a counter of four 32-bit words held in 64 bits."""
    k0 = key & _MASK
    k1 = key >> _32
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0 = (p1 >> _32) ^ c1 ^ k0
        c1 = p1 & _MASK
        c2 = (p0 >> _32) ^ c3 ^ k1
        c3 = p0 & _MASK
        k0 = (k0 + _W0) & _MASK
        k1 = (k1 + _W1) & _MASK
    return c0, c1, c2, c3


philox = written_in(_philox, "UniTuple(u8, 4)(u8, u8, u8, u8, u8)")


def _draw2(
    key: np.uint64, who: int, whom: int, week: int, stream: int, trade: int, ordinal: int
) -> tuple[float, float]:
    """Both uniforms at an address, in [0, 1) with 53 bits each."""
    c0 = np.uint64(who & MASK)
    c1 = np.uint64(whom & MASK)
    c2 = np.uint64(week & MASK)
    c3 = (np.uint64(stream) << _24) | (np.uint64(trade) << _16) | np.uint64(ordinal)
    a, b, c, d = philox(key, c0, c1, c2, c3)
    return ((a << _32 | b) >> _11) * _UNIT, ((c << _32 | d) >> _11) * _UNIT


draw2 = written_in(_draw2, "UniTuple(f8, 2)(u8, i8, i8, i8, i8, i8, i8)")


def _draw(
    key: np.uint64, who: int, whom: int, week: int, stream: int, trade: int, ordinal: int
) -> float:
    """The uniform in lane 0 of an address."""
    return draw2(key, who, whom, week, stream, trade, ordinal)[0]


draw = written_in(_draw, "f8(u8, i8, i8, i8, i8, i8, i8)")


def _hazard(q: float) -> float:
    """Hazard -ln(1-q) of a message that alone would convince with probability q < 1."""
    return -math.log1p(-q)


hazard = compiled(_hazard, "f8(f8)")


def _half(age: float, half_life: float) -> float:
    """What is left of 1 after `age` weeks at a half-life in weeks."""
    return 0.5 ** (age / half_life)


half = compiled(_half, "f8(f8, f8)")


def _inverse_normal(u: float) -> float:
    """Standard normal quantile (Wichura 1988, algorithm AS 241); u below 2^-54 counts as 2^-54."""
    p = max(u, 2.0**-54)
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        num = (((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r
                + 6.7265770927008700853e4) * r + 4.5921953931549871457e4) * r
              + 1.3731693765509461125e4) * r + 1.9715909503065514427e3) * r
            + 1.3314166789178437745e2) * r + 3.3871328727963666080e0) * q
        den = (((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r
                + 3.9307895800092710610e4) * r + 2.1213794301586595867e4) * r
              + 5.3941960214247511077e3) * r + 6.8718700749205790830e2) * r
            + 4.2313330701600911252e1) * r + 1.0)
        return num / den
    r = math.sqrt(-math.log(p if q <= 0.0 else 1.0 - p))
    if r <= 5.0:
        r = r - 1.6
        num = (((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r
                + 2.41780725177450611770e-1) * r + 1.27045825245236838258e0) * r
              + 3.64784832476320460504e0) * r + 5.76949722146069140550e0) * r
            + 4.63033784615654529590e0) * r + 1.42343711074968357734e0)
        den = (((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r
                + 1.51986665636164571966e-2) * r + 1.48103976427480074590e-1) * r
              + 6.89767334985100004550e-1) * r + 1.67638483018380384940e0) * r
            + 2.05319162663775882187e0) * r + 1.0)
    else:
        r = r - 5.0
        num = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r
                + 1.24266094738807843860e-3) * r + 2.65321895265761230930e-2) * r
              + 2.96560571828504891230e-1) * r + 1.78482653991729133580e0) * r
            + 5.46378491116411436990e0) * r + 6.65790464350110377720e0)
        den = (((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r
                + 1.84631831751005468180e-5) * r + 7.86869131145613259100e-4) * r
              + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1) * r
            + 5.99832206555887937690e-1) * r + 1.0)
    return -num / den if q < 0.0 else num / den


inverse_normal = compiled(_inverse_normal, "f8(f8)")


def _fill(
    key: np.uint64, who: NDArray[np.int64], whom: NDArray[np.int64], week: int, stream: int,
    trade: NDArray[np.int64], ordinal: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Both lanes for each address of one week and stream, (addresses, 2)."""
    out = np.empty((who.size, 2))
    for n in range(who.size):
        out[n, 0], out[n, 1] = draw2(key, who[n], whom[n], week, stream, trade[n], ordinal[n])
    return out


fill = compiled(_fill)


def draws(
    key: np.uint64, who: Ints, week: int, stream: int, *, whom: Ints | None = None,
    trade: Ints | None = None, ordinal: Ints | None = None,
) -> NDArray[np.float64]:
    """Both uniforms at many addresses of a week and stream, (addresses, 2); empty parts are 0."""
    nothing = np.zeros(len(who), np.int64)
    parts = (np.asarray(nothing if x is None else x, np.int64) for x in (whom, trade, ordinal))
    about, trades, ordinals = parts
    return fill(key, np.asarray(who, np.int64), about, week, stream, trades, ordinals)
