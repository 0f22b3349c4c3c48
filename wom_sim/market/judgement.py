"""Judgement rules: whether a job met its client's expectation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from wom_sim.scenario.quantities import amount
from wom_sim.scenario.registry import judgements

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wom_sim.market.state import Floats


@judgements.register("zone_of_tolerance")
def zone_of_tolerance(
    quality: Floats,
    expectation: Floats,
    *,
    below: Annotated[
        float, amount(1.4, "quality", "how far below expectation is still adequate")
    ] = 1.4,
    above: Annotated[
        float, amount(0.4, "quality", "how far above expectation is still only satisfying")
    ] = 0.4,
) -> NDArray[np.uint8]:
    """Below the zone dissatisfied, inside satisfied, above delighted.

    Disconfirmation: Oliver 1980; zone of tolerance: Zeithaml, Berry & Parasuraman 1993.

        gap = quality - expectation
        dissatisfied if gap < -below, delighted if gap > above, else satisfied
    """
    import numpy as np

    from wom_sim.market.state import DELIGHTED, DISSATISFIED, SATISFIED

    gap = quality - expectation
    judged = np.full(gap.shape, SATISFIED, np.uint8)
    judged[gap > above] = DELIGHTED
    judged[gap < -below] = DISSATISFIED
    return judged
