"""Reciprocity: who follows which strategy, and how willing that makes whom to refer whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import wom_sim.market.strategies  # noqa: F401 - registers the strategies
from wom_sim.market.state import Floats, Ints, PartnerTies, State, World
from wom_sim.scenario.parameters import Parameters
from wom_sim.scenario.registry import Plug, strategies


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


def _answer(
    strategy: Plug, received: Ints, given: Ints, score: Floats, settings: Mapping[str, Any]
) -> Floats:
    """What a strategy answers; raises PlugFailed where a user's own gives no shares."""
    answer: Floats = strategy(received, given, score, **settings)
    if strategy.file:
        found = np.shape(answer)
        if found != received.shape or not np.all((answer >= 0.0) & (answer <= 1.0)):
            raise strategy.refuse(f"must answer shares of shape {received.shape}, got {found}")
    return answer


def _seats(shares: Floats, size: int) -> Ints:
    """Whole seats nearest to the shares of `size`, by largest remainder.

        strategies: seats = share * businesses, rounded by largest remainder
    """
    seats = np.floor(shares * size + 1e-9).astype(np.int64)
    for place in np.argsort(seats - shares * size, kind="stable")[: size - int(seats.sum())]:
        seats[place] += 1
    return seats


def willingness(
    partners: PartnerTies, strategies_known: Sequence[Strategy], parameters: Parameters
) -> Floats:
    """Willingness of the row to refer the column, w0 + (1 - w0) R; (K, K).

        reciprocity on:   willing + (1 - willing) * R,  R the strategy's answer
        reciprocity off:  willing
        a chance, one factor of P(i passes); willing: 0 lets R alone decide
    """
    w0, reply = parameters.referral.willing, np.zeros(partners.linked.shape)
    if not parameters.referral.reciprocity:
        return np.full(reply.shape, w0)
    score = relative_score(partners)
    for code, (name, settings) in enumerate(strategies_known):
        rows = np.flatnonzero(partners.strategy == code)
        if rows.size:
            given, received = partners.given[rows], partners.given.T[rows]
            reply[rows] = _answer(strategies[name], received, given, score, settings)
    return w0 + (1.0 - w0) * reply
