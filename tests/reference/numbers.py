"""Sections 1 and 7 of README.md: addressed random numbers by an own Philox, and arithmetic."""

import math
from functools import cache, partial
from hashlib import blake2b
from itertools import accumulate
from statistics import NormalDist

NETWORK, TIE, OWNER, STRATEGY, PAIR = range(1, 6)
NEED, LOYALTY, MIND, CHOICE, FRIEND, TURN, PARTNER, SIGNAL, JOB, MEET = range(10, 20)
TALK, TELL, RETELL, POST, FOLLOWER, COMPLAINT, ORDER = range(20, 27)
ASKED, APPOINTMENT, NAMING, FRAME, TESTIMONIAL, EXPOSURE = range(30, 36)
MEETING, TESTIFY, ONE_TO_ONE, DROP, RENEWAL, IMITATION = range(40, 46)
LAST = 2**32 - 1


def uniforms(key, stream, who=0, whom=0, week=0, trade=0, ordinal=0):  # 1.1, Philox4x32-10
    c0, c1, c2, c3 = who & LAST, whom & LAST, week & LAST, (stream << 24) + (trade << 16) + ordinal
    k0, k1 = key & LAST, key >> 32
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & LAST, (p0 >> 32) ^ c3 ^ k1, p0 & LAST
        k0, k1 = (k0 + 0x9E3779B9) & LAST, (k1 + 0xBB67AE85) & LAST
    return (((c0 << 32) + c1) >> 11) * 2.0**-53, (((c2 << 32) + c3) >> 11) * 2.0**-53


def normal(u):  # 1.2
    return NormalDist().inv_cdf(max(u, 2.0**-54))


def hz(q):  # the hazard of a message that alone convinces with chance q
    return -math.log1p(-q)


def left(age, half_life):
    return 0.5 ** (age / half_life)


def total(numbers):  # 7: from left to right, which `sum` of later Pythons is not
    return [0.0, *accumulate(numbers)][-1]


def draw_of(seed, number):
    """The draw of a world: the pair (u, v) at an address."""
    text = b"wom_sim/rng/1" + seed.to_bytes(16, "little") + number.to_bytes(8, "little")
    key = int.from_bytes(blake2b(text, digest_size=8).digest(), "little")
    return cache(partial(uniforms, key))
