"""Strategies: how willing a business is to refer a partner, given what went before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.state import Floats, Ints, PartnerTies, State, World
from wom_sim.scenario.parameters import Parameters
from wom_sim.scenario.quantities import amount
from wom_sim.scenario.registry import strategies


@strategies.register("giver")
def giver(received: Ints, given: Ints, score: Floats) -> Floats:
    """Refers to everybody, whatever came back ('givers gain', Misner)."""
    return np.ones(received.shape)


@strategies.register("taker")
def taker(received: Ints, given: Ints, score: Floats) -> Floats:
    """Never feels that it owes a referral: a free rider (Nowak & Sigmund 1998: defector)."""
    return np.zeros(received.shape)


@strategies.register("reciprocator")
def reciprocator(
    received: Ints,
    given: Ints,
    score: Floats,
    *,
    scale: Annotated[
        float, amount(3.0, "referrals", "balance that shifts the answer clearly", low=0.01)
    ] = 3.0,
) -> Floats:
    """Answers the balance with this partner, as a logistic curve (Trivers 1971)."""
    return 1.0 / (1.0 + np.exp(np.clip((given - received) / scale, -700.0, 700.0)))


@strategies.register("image_scorer")
def image_scorer(
    received: Ints,
    given: Ints,
    score: Floats,
    *,
    threshold: Annotated[
        float, amount(0.5, "times the mean", "score of giving from which on a partner is helped")
    ] = 0.5,
) -> Floats:
    """Helps those whose score of giving is good enough (Nowak & Sigmund 1998)."""
    return (np.broadcast_to(score, received.shape) >= threshold).astype(np.float64)


def relative_score(partners: PartnerTies) -> Floats:
    """Each business's fading count of referrals given over the mean of linked businesses, (K,).

    1 for everybody while nobody has given anything.
    """
    linked = partners.linked.any(axis=0)
    mean = partners.score[linked].mean() if linked.any() else 0.0
    return partners.score / mean if mean > 0.0 else np.ones(partners.score.size)


Strategy = tuple[str, dict[str, Any]]


def known_to(mixes: Sequence[Mapping[str, Any]]) -> list[Strategy]:
    """The strategies of several mixes with their settings; a strategy's code is its place."""
    return [
        (name, {key: value for key, value in entry.items() if key != "share"})
        for mix in mixes
        for name, entry in mix.items()
    ]


def deal_strategies(
    world: World, state: State, treated: NDArray[np.bool_], mixes: Sequence[Mapping[str, Any]]
) -> None:
    """Deal the first mix to the treated and the second to the others, in keyed order."""
    first = 0
    for who, mix in zip((treated, ~treated), mixes, strict=True):
        trades = np.flatnonzero(who)
        shares = np.array([entry["share"] for entry in mix.values()])
        codes = first + np.repeat(np.arange(len(mix)), _seats(shares, trades.size))
        state.partners.strategy[trades[np.argsort(world.order[trades], kind="stable")]] = codes
        first += len(mix)


def _seats(shares: Floats, size: int) -> Ints:
    """Whole seats nearest to the shares of `size`, by largest remainder."""
    seats = np.floor(shares * size + 1e-9).astype(np.int64)
    for place in np.argsort(seats - shares * size, kind="stable")[: size - int(seats.sum())]:
        seats[place] += 1
    return seats


def willingness(
    partners: PartnerTies, strategies_known: Sequence[Strategy], parameters: Parameters
) -> Floats:
    """Willingness of the row to refer the column, w0 + (1 - w0) R; (K, K)."""
    w0, reply = parameters.referral.willing, np.zeros(partners.linked.shape)
    if not parameters.referral.reciprocity:
        return np.full(reply.shape, w0)
    score = relative_score(partners)
    for code, (name, settings) in enumerate(strategies_known):
        rows = np.flatnonzero(partners.strategy == code)
        if rows.size:
            given, received = partners.given[rows], partners.given.T[rows]
            reply[rows] = strategies[name].function(received, given, score, **settings)
    return w0 + (1.0 - w0) * reply
