"""Stringer's bounds where few worlds differ: against Clopper and Pearson's, and by coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from wom_sim.study.statistics.rare import differing, few_differ, stringer
from wom_sim.study.statistics.simultaneous import band

NAN = np.nan


def exact(successes: int, n: int, missed: float = 0.05) -> tuple[float, float]:
    """Clopper and Pearson's bounds, by SciPy."""
    found = stats.binomtest(successes, n).proportion_ci(1 - missed, "exact")
    return found.low, found.high


def column(n: int, *others: float, common: float = 0.0) -> np.ndarray:
    return np.array([*others, *[common] * (n - len(others))])[:, None]


def test_which_columns_have_few_that_differ() -> None:
    samples = np.hstack([
        column(20, 1, 1, -2), column(20, *range(1, 10)), column(20, *range(1, 11)),
        column(20, *[NAN] * 10, 1, 2, 3), column(20, *[NAN] * 14, 1, 2, 3), column(20, *[NAN] * 20),
    ])
    assert differing(samples).tolist() == [3, 9, 10, 3, 3, 0]
    assert few_differ(samples, 10).tolist() == [True, True, False, True, False, False]
    assert few_differ(np.empty((0, 2)), 10).tolist() == [False, False]


@pytest.mark.parametrize(("n", "many"), [(20, 1), (20, 9), (100, 3)])
def test_differences_of_one_size_have_the_bounds_of_their_share(n: int, many: int) -> None:
    low, high = stringer(column(n, *[2.5] * many), 0.05)
    share, unseen = exact(many, n), exact(0, n)
    assert high[0] == pytest.approx(2.5 * share[1])
    # None went down, which says no more than how seldom they do.
    assert low[0] == pytest.approx(2.5 * (share[0] - unseen[1]))


def test_sizes_weigh_by_their_rank() -> None:
    low, high = stringer(column(30, 5.0, 2.0, 1.0), 0.01)
    (l1, u1), (l2, u2), (l3, u3) = (exact(k, 30, 0.01) for k in (1, 2, 3))
    unseen = exact(0, 30, 0.01)[1]
    assert high[0] == pytest.approx(3 * u1 + 1 * u2 + 1 * u3)
    assert low[0] == pytest.approx(3 * l1 + 1 * l2 + 1 * l3 - 5 * unseen)


def test_both_directions_are_weighed_against_each_other() -> None:
    low, high = stringer(column(40, 3.0, -3.0, -3.0), 0.05)
    up, down = exact(1, 40), exact(2, 40)
    assert high[0] == pytest.approx(3 * (up[1] - down[0]))
    assert low[0] == pytest.approx(3 * (up[0] - down[1]))


def test_bounds_move_with_the_values_and_mirror() -> None:
    values = np.hstack([column(25, 4.0, -1.0, NAN), column(25, 1.0, 1.0)])
    low, high = stringer(values, 0.02)
    back = stringer(-values, 0.02)
    assert back[1] == pytest.approx(-low)
    assert back[0] == pytest.approx(-high)
    moved = stringer(7 + 3 * values, 0.02)
    assert moved[0] == pytest.approx(7 + 3 * low)
    assert moved[1] == pytest.approx(7 + 3 * high)
    assert low[0] == pytest.approx(stringer(column(24, 4.0, -1.0), 0.02)[0][0])
    assert stringer(values[:, :0], 0.02)[0].shape == (0,)


@pytest.mark.parametrize("share", [0.03, 0.1, 0.25])
def test_a_share_is_held_as_often_as_is_said(share: float) -> None:
    """Of all samples of 25 with few that differ, by the binomial: exact, no chance of its own."""
    chances = stats.binom.pmf(np.arange(1, 10), 25, share)
    held = [bool(low[0] <= share <= high[0]) for k in range(1, 10)
            for low, high in [stringer(column(25, *[1.0] * k), 0.05)]]
    assert chances @ held / chances.sum() >= 0.95


def test_a_curve_of_few_events_is_held_in_all_weeks() -> None:
    """400 sets of 20 worlds that win one or two at a time: Student's bounds hold 0.86 of them.

    A coverage of 0.95 gives fewer than 365 once in 1,000 (binomial); the seeds are fixed.
    """
    truth = 0.03 * 1.5 * np.arange(1, 9)
    held = 0
    for case in range(400):
        rng = np.random.default_rng(case)
        won = rng.poisson(0.03, (20, 8)) * rng.integers(1, 3, (20, 8))
        found = band(won.cumsum(axis=1), case)
        known = found.method != "identical"
        held += bool(((found.low <= truth) & (truth <= found.high))[known].all())
    assert held >= stats.binom.ppf(0.001, 400, 0.95)
