"""P-values against SciPy and against the intervals they belong to; Holm against hand values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from wom_sim.study.intervals import mean_interval
from wom_sim.study.multiplicity import FINE, holm, p_value

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


@pytest.mark.parametrize("n", [5, 40, 3000])
def test_p_value_is_scipys_paired_test(n: int) -> None:
    differences = np.random.default_rng(n).normal(0.2, 1, n)
    expected = stats.ttest_rel(differences, np.zeros(n)).pvalue
    assert p_value(differences, 1) == pytest.approx(expected, rel=1e-9)


def test_p_value_is_below_five_percent_exactly_where_the_interval_leaves_zero_out() -> None:
    rng = np.random.default_rng(4)
    seen = set()
    for case in range(120):
        shift = rng.uniform(0.5, 3)
        draw = rng.normal if case % 2 else rng.lognormal
        differences = draw(0, 1, int(rng.integers(2, 60))) - shift * (0.2 if case % 2 else 1)
        found = mean_interval(differences, seed=case)
        inside = found.low <= 0 <= found.high
        assert (p_value(differences, case) >= 0.05) == inside, case
        seen.add((found.method, inside))
    assert seen == {(method, side) for method in ("t", "bootstrap-t") for side in (True, False)}


def test_p_value_mirrors_and_ignores_the_order_of_worlds() -> None:
    differences = np.random.default_rng(6).lognormal(0, 1, 50) - 1.2
    assert p_value(-differences, 3) == p_value(differences, 3)
    assert p_value(differences[::-1], 3) == p_value(differences, 3)
    assert p_value(8 * differences, 3) == pytest.approx(p_value(differences, 3), abs=1e-4)


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ([], NAN),
        ([1.0], NAN),
        ([NAN, 1.0], NAN),
        ([0.0] * 20, 1.0),
        ([0.1] * 6, 2 / 2**6),
        ([-0.1] * 100, 2.0**-99),
        # Too few took off for bootstrap-t: Student's.
        ([0.0] * 99 + [1.0], 0.3197),
    ],
)
def test_p_value_of_next_to_nothing(differences: list[float], expected: float) -> None:
    assert p_value(differences, 1) == pytest.approx(expected, rel=1e-3, nan_ok=True)


def test_small_p_values_are_refined_and_never_zero() -> None:
    rng = np.random.default_rng(9)
    assert p_value(rng.lognormal(0, 1, 60), 1) == 2 / (FINE + 1)
    differences = rng.lognormal(0, 1, 60) - 1.05
    assert 0 < p_value(differences, 1) < 1


def test_p_value_of_a_mean_of_zero_is_even() -> None:
    """1,000 skewed samples without an effect: as bootstrap-t covers 93 to 94 % of lognormal
    samples of 30, 6.5 % lie below 0.05, sd 0.008; the seeds are fixed."""
    rng = np.random.default_rng(12)
    samples = rng.lognormal(0, 1, (1000, 30)) - math.exp(0.5)
    share = sum(p_value(sample, 5) < 0.05 for sample in samples) / 1000
    assert share == pytest.approx(0.065, abs=0.03)
