"""Intervals that hold together: against single ones, SciPy's Dunnett, and by coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from wom_sim.study.statistics.curves import ahead_from, running_gap
from wom_sim.study.statistics.intervals import mean_interval
from wom_sim.study.statistics.simultaneous import band

NAN = np.nan


def alike(seed: int, n: int, k: int, share: float = 0.5, skewed: bool = False) -> np.ndarray:
    """(n, k) values of mean 0 that share a part of their luck."""
    rng = np.random.default_rng(seed)
    draw = (lambda size: rng.exponential(1, size) - 1) if skewed else (
        lambda size: rng.normal(0, 1, size))
    found: np.ndarray = np.sqrt(share) * draw((n, 1)) + np.sqrt(1 - share) * draw((n, k))
    return found


def test_one_column_is_bootstrap_t() -> None:
    values = np.random.default_rng(1).lognormal(0, 1, (60, 1))
    found, single = band(values, 1), mean_interval(values[:, 0], seed=1)
    assert single.method == "bootstrap-t"
    assert (found.low[0], found.high[0]) == pytest.approx(single[:2], abs=0.1 * np.ptp(single[:2]))


def test_width_is_dunnetts_for_arms_that_share_a_baseline() -> None:
    """Differences from one baseline correlate by half: SciPy's Dunnett, 60 worlds, 4 arms."""
    rng = np.random.default_rng(2)
    arms = rng.normal(0, 1, (60, 5))
    found = band(arms[:, 1:] - arms[:, :1], 1)
    expected = stats.dunnett(*arms[:, 1:].T, control=arms[:, 0], rng=3).confidence_interval(0.95)
    widths = (found.high - found.low) / (expected.high - expected.low)
    assert widths == pytest.approx(1, abs=0.2)
    assert (found.method == "max-t").all()


def test_columns_alike_cost_nothing_and_others_cost_less_than_bonferroni() -> None:
    one = alike(3, 80, 1)
    same = band(np.repeat(one, 6, axis=1), 1)
    assert same.low == pytest.approx(band(one, 1).low[0])
    others = band(alike(3, 80, 6, share=0.0), 1)
    error = others.mean[0] - others.low[0], others.high[0] - others.mean[0]
    single = np.std(alike(3, 80, 6, share=0.0)[:, 0], ddof=1) / np.sqrt(80)
    assert 2.2 < np.mean(error) / single < 1.15 * stats.t(79).isf(0.025 / 6)


def test_swapping_the_arms_mirrors_the_band() -> None:
    values = alike(4, 40, 3, skewed=True)
    found, back = band(values, 9), band(-values, 9)
    assert back.low == pytest.approx(-found.high)
    assert back.high == pytest.approx(-found.low)
    assert band(100 + 8 * values, 9).low == pytest.approx(100 + 8 * found.low)


def test_degenerate_columns() -> None:
    values = alike(5, 50, 7)
    values[:, 1] = 0.1
    values[:, 2] = NAN
    values[1:, 3] = NAN
    values[:, 4] = 0.0
    values[:3, 4] = 1.0
    values[11:, 5] = NAN
    found = band(values, 1)
    assert found.method.tolist() == ["max-t", "identical", "undefined", "none", "stringer",
                                     "max-t", "max-t"]
    assert (found.low[1], found.mean[1], found.high[1]) == (0.1, 0.1, 0.1)
    assert np.isnan(found.low[[2, 3]]).all()
    assert found.n.tolist() == [50, 50, 0, 1, 50, 11, 50]
    # Four columns are uncertain; the one in which few worlds differ has its share of 5 %.
    exact = stats.binomtest(3, 50).proportion_ci(1 - 0.05 / 4, "exact")
    assert found.high[4] == pytest.approx(exact.high)


@pytest.mark.parametrize("n", [2, 9])
def test_few_worlds_have_bonferronis_t(n: int) -> None:
    values = alike(6, n, 3)
    found = band(values, 1)
    half = stats.t(n - 1).isf(0.025 / 3) * values.std(axis=0, ddof=1) / np.sqrt(n)
    assert found.method.tolist() == ["t"] * 3
    assert found.high - found.mean == pytest.approx(half)
    assert found.mean - found.low == pytest.approx(half)


def test_nothing_and_no_column() -> None:
    assert band(np.empty((0, 2)), 1).method.tolist() == ["undefined"] * 2
    assert band(np.empty((5, 0)), 1).mean.shape == (0,)


def test_band_depends_on_its_seed_only() -> None:
    values = alike(7, 30, 4)
    assert band(values, 1).low.tolist() == band(values, 1).low.tolist()
    assert band(values, 1).low.tolist() != band(values, 2).low.tolist()


@pytest.mark.parametrize(("n", "k", "skewed"), [(20, 3, False), (50, 3, True), (100, 30, False)])
def test_bands_cover_all_columns_at_once(n: int, k: int, skewed: bool) -> None:
    """300 sets: at a coverage of 0.945 +- 0.015 a miss of 0.055 is a 1e-3 event (sd 0.013);
    single intervals would hold 3 columns in about 0.88, 30 in about 0.6. The seeds are fixed."""
    found = [band(alike(100 + case, n, k, skewed=skewed), case) for case in range(300)]
    held = sum(bool((one.low <= 0).all() and (one.high >= 0).all()) for one in found)
    assert held / 300 == pytest.approx(0.945, abs=0.055)


def test_running_totals_and_from_when_on_one_is_ahead() -> None:
    rng = np.random.default_rng(8)
    before = rng.poisson(3.0, (60, 40)).astype(float)
    rates = np.where(np.arange(40) < 10, 2.0, 5.0)
    after = rng.poisson(rates, (60, 40)).astype(float)
    gap = running_gap(after, before, 1)
    assert gap.mean == pytest.approx(np.cumsum((after - before).mean(axis=0)))
    week = ahead_from(gap)
    assert week is not None
    crossed = int(np.flatnonzero(gap.mean <= 0)[-1]) + 1
    # Expected totals cross in week 14; the band is sure somewhat later than the mean.
    assert 12 <= crossed < week < 20
    assert (gap.low[week:] > 0).all()
    assert gap.low[week - 1] <= 0
    assert ahead_from(running_gap(before, after, 1)) is None
    assert ahead_from(running_gap(after, after, 1)) is None


def test_a_lead_that_could_be_luck_is_not_settled() -> None:
    """Arms without a difference: "ahead from week k on" in 2.5 of 100, whichever is named."""
    claims = 0
    for case in range(200):
        rng = np.random.default_rng(case)
        one, other = rng.poisson(1.0, (2, 40, 26)).astype(float)
        claims += ahead_from(running_gap(one, other, case)) is not None
    # Binomial with a chance of at most 0.03: above 15 of 200 is a 1e-3 event.
    assert claims <= 15
