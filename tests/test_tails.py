"""Tail alarm, medians and take-offs against closed forms and SciPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from wom_sim.study.statistics.tails import median_interval, tail_alarm, took_off, wilson

NAN = math.nan


def sample(seed: int, n: int, kind: str = "normal") -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(10, 3, n) if kind == "normal" else rng.lognormal(0, 1, n)


@pytest.mark.parametrize(
    ("values", "alarm"),
    [
        (sample(1, 200), False),
        (sample(1, 10, "skewed"), False),
        ([0.0] * 19, False),
        ([0.0] * 40, False),
        ([1.0] * 40, False),
        ([0.0] * 99 + [1.0], True),
        ([1.0] * 19 + [6.4], True),
        ([1.0] * 19 + [6.3], False),
        ([1.0] * 198 + [33.1] * 2, True),
        ([1.0] * 198 + [32.9] * 2, False),
        ([1.0] * 19 + [-6.4], True),
        ([1.0] * 19 + [6.4, NAN], True),
        ([*sample(1, 100), *(sample(2, 100) + 3)], True),
        ([1.0] * 20 + [1.001] * 20, True),
    ],
)
def test_tail_alarm(values: list[float], alarm: bool) -> None:
    assert tail_alarm(values) is alarm


def test_tail_alarm_is_rare_on_normal_sample() -> None:
    """Once in 370 by the halves: above 10 in 1,000 has a chance of 1.5e-4, the seed is fixed."""
    rng = np.random.default_rng(11)
    assert sum(tail_alarm(rng.normal(10, 3, 200)) for _ in range(1000)) <= 10


@pytest.mark.parametrize(
    ("n", "k"),
    # Ranks of the tables of Thompson (1936) and of Conover's textbook: 6 worlds hold 96.9 %.
    [(6, 1), (8, 1), (9, 2), (10, 2), (20, 6), (50, 18), (100, 40)],
)
def test_median_interval_is_two_of_the_worlds(n: int, k: int) -> None:
    values = np.random.default_rng(n).permutation(np.arange(1.0, n + 1))
    assert median_interval(values) == (k, n + 1 - k)
    beyond = stats.binom(n, 0.5).cdf([k - 1, k])
    assert beyond[0] <= 0.025 < beyond[1]


def test_median_interval_is_scipys() -> None:
    values = sample(5, 61, "skewed")
    expected = stats.quantile_test(values, q=1.0, p=0.5).confidence_interval(0.95)
    assert median_interval([*values, NAN]) == (expected.low, expected.high)


@pytest.mark.parametrize("values", [[], [NAN], [1.0], [1.0] * 5])
def test_no_median_interval_of_few_worlds(values: list[float]) -> None:
    assert all(map(math.isnan, median_interval(values)))


@pytest.mark.parametrize(("k", "n"), [(0, 1), (0, 20), (3, 20), (10, 20), (20, 20), (7, 1000)])
def test_wilson_is_scipys(k: int, n: int) -> None:
    expected = stats.binomtest(k, n).proportion_ci(0.95, method="wilson")
    found = wilson(k, n)
    assert found.share == k / n
    assert found[1:] == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert 0 <= found.low <= found.share <= found.high <= 1


@pytest.mark.parametrize(("k", "n"), [(0, 0), (-1, 3), (4, 3)])
def test_no_share_of_nothing(k: int, n: int) -> None:
    with pytest.raises(ValueError, match=f"{k} of {n}"):
        wilson(k, n)


@pytest.mark.parametrize(
    ("values", "share"),
    [
        ([1.0] * 9 + [2.1], 0.1),
        ([1.0] * 9 + [2.0], 0.0),
        ([0.0] * 8 + [0.1, 9.0], 0.2),
        ([0.0] * 10, 0.0),
        ([0.0] * 8 + [0.1, NAN], 1 / 9),
        ([-1.0] * 3 + [5.0], NAN),
        ([], NAN),
    ],
)
def test_taking_off_is_twice_the_median(values: list[float], share: float) -> None:
    found = took_off(values)
    assert found.share == pytest.approx(share, nan_ok=True)
    if not math.isnan(share):
        n = sum(not math.isnan(value) for value in values)
        assert found == wilson(round(share * n), n)
