"""Holm's adjustment against hand values and between its bounds."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wom_sim.study.statistics.multiplicity import holm

NAN = math.nan


@pytest.mark.parametrize(
    ("given_", "adjusted"),
    [
        # Holm (1979): the least times 4, the next times 3, ...; never below the one before.
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.5, 0.9, 0.6], [1.0, 1.0, 1.0]),
        ([0.02], [0.02]),
        ([], []),
        ([0.01, NAN], [0.02, NAN]),
        ([0.02, 0.02], [0.04, 0.04]),
        ([0.0, 1.0], [0.0, 1.0]),
    ],
)
def test_holm_by_hand(given_: list[float], adjusted: list[float]) -> None:
    assert holm(given_) == pytest.approx(adjusted, nan_ok=True)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_holm_lies_between_the_value_and_bonferronis_whatever_the_order(
    values: list[float], random: object
) -> None:
    adjusted = holm(values)
    assert all(p <= q <= min(1.0, p * len(values)) for p, q in zip(values, adjusted, strict=True))
    order = list(range(len(values)))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert holm([values[i] for i in order]) == [adjusted[i] for i in order]


@pytest.mark.parametrize("bad", [-0.1, 1.1])
def test_holm_refuses_what_is_no_p_value(bad: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([0.5, bad])
