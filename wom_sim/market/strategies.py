"""Strategies: how willing a business is to refer a partner, given what went before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from wom_sim.scenario.quantities import amount, share
from wom_sim.scenario.registry import strategies

if TYPE_CHECKING:
    from wom_sim.market.state import Floats, Ints


@strategies.register("giver")
def giver(received: Ints, given: Ints, score: Floats) -> Floats:
    """Refers to everybody, whatever came back ('givers gain', Misner).

        R = 1
    """
    import numpy as np

    return np.ones(received.shape)


@strategies.register("taker")
def taker(received: Ints, given: Ints, score: Floats) -> Floats:
    """Never feels that it owes a referral: a free rider (Nowak & Sigmund 1998: defector).

        R = 0
    """
    import numpy as np

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
    """Answers the balance with this partner, as a logistic curve (Trivers 1971).

        R = 1 / (1 + exp((given - received) / scale))
    """
    import numpy as np

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
    known: Annotated[
        float, share(1.0, "chance that a partner's score is known; who is unknown is helped")
    ] = 1.0,
) -> Floats:
    """Helps those whose score of giving is good enough, or unknown (Nowak & Sigmund 1998).

        R = 1 if score >= threshold, else 1 - known;  score = giving over the mean
    """
    import numpy as np

    good_enough = np.broadcast_to(score, received.shape) >= threshold
    return np.where(good_enough, 1.0, 1.0 - known)
