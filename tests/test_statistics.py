"""Intervals, differences and chances against SciPy, closed forms, symmetries and coverage."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from wom_sim.study.statistics import intervals
from wom_sim.study.statistics import summaries as s

NAN = math.nan


def worlds(seed: int, n: int, kind: str = "normal") -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(10, 3, n) if kind == "normal" else rng.lognormal(0, 1, n)


@pytest.mark.parametrize("n", [30, 200, 5000])
def test_t_interval_is_scipys(n: int) -> None:
    values = worlds(n, n)
    found = s.mean_interval(values, seed=1)
    expected = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert found.method == "t"
    assert found[:2] == pytest.approx(expected, rel=1e-12)


def test_t_interval_of_one_to_thirty_is_the_closed_form() -> None:
    found = s.mean_interval(np.arange(1.0, 31.0), seed=1)
    half = 2.045229642132703 * math.sqrt(77.5) / math.sqrt(30)
    assert found.method == "t"
    assert found[:2] == pytest.approx((15.5 - half, 15.5 + half), rel=1e-12)


@pytest.mark.parametrize(
    ("values", "method"),
    [
        (worlds(1, 9, "skewed"), "t"),
        (worlds(1, 10), "bootstrap-t"),
        (worlds(1, 29), "bootstrap-t"),
        (worlds(2, 30), "t"),
        (worlds(1, 30, "skewed"), "bootstrap-t"),
        (-worlds(1, 30, "skewed"), "bootstrap-t"),
        (worlds(1, 1999, "skewed"), "bootstrap-t"),
        (worlds(1, 2000, "skewed"), "t"),
    ],
)
def test_method_follows_size_and_skewness(values: np.ndarray, method: str) -> None:
    assert s.mean_interval(values, seed=0).method == method


def test_method_turns_at_a_skewness_of_one() -> None:
    def sample(high: float) -> list[float]:
        return [*np.linspace(0, 1, 39), high]

    below, above = sample(1.5), sample(2.5)
    assert 0 < stats.skew(below) < 1 < stats.skew(above)
    assert s.mean_interval(below, seed=0).method == "t"
    assert s.mean_interval(above, seed=0).method == "bootstrap-t"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], (NAN, NAN, "undefined")),
        ([NAN, NAN], (NAN, NAN, "undefined")),
        ([3.0], (NAN, NAN, "none")),
        ([NAN, 3.0], (NAN, NAN, "none")),
        ([0.1] * 7, (0.1, 0.1, "identical")),
        ([0.1] * 100, (0.1, 0.1, "identical")),
        ([0.0] * 10, (0.0, 0.0, "identical")),
    ],
)
def test_intervals_of_next_to_nothing(values: list[float], expected: tuple) -> None:
    assert s.mean_interval(values, seed=5) == pytest.approx(expected, nan_ok=True)


def test_undefined_values_are_dropped_first() -> None:
    values = worlds(2, 40, "skewed")
    holed = np.insert(values, [0, 5, 40], NAN)
    assert s.mean_interval(holed, seed=1) == s.mean_interval(values, seed=1)
    assert s.summarise(holed, 1) == s.summarise(values, 1)


def test_bootstrap_t_is_a_plain_bootstrap_t() -> None:
    """Against a bootstrap-t written as in the textbook, with other random numbers."""
    values = worlds(3, 60, "skewed")
    n, mean, rng = len(values), values.mean(), np.random.default_rng(0)
    draws = values[rng.integers(n, size=(40_000, n))]
    pivots = (draws.mean(1) - mean) / (draws.std(1, ddof=1) / math.sqrt(n))
    low, high = mean - np.quantile(pivots, [0.975, 0.025]) * values.std(ddof=1) / math.sqrt(n)
    found = s.mean_interval(values, seed=1)
    assert found.method == "bootstrap-t"
    assert found[:2] == pytest.approx((low, high), abs=0.12 * (high - low))
    assert found.high - mean > 1.2 * (mean - found.low)


def test_draws_are_even_and_in_range() -> None:
    """Chi-square over 10 places, 99 % of all keys stay below; this key is fixed."""
    draws = s.resampled_places(10, 7)
    assert draws.shape == (intervals.RESAMPLES, 10)
    assert stats.chisquare(np.bincount(draws.ravel().astype(int), minlength=10)).pvalue > 0.01


def test_draws_are_frozen() -> None:
    assert s.resampled_places(1000, 0)[0, :4].tolist() == FROZEN_0
    assert s.resampled_places(1000, 2**64 - 1)[0, :4].tolist() == FROZEN_MAX


FROZEN_0 = [800, 944, 417, 743]
FROZEN_MAX = [480, 705, 527, 985]


def test_bounds_are_the_fiftieth_resamples_from_either_end() -> None:
    values = np.sort(worlds(3, 60, "skewed"))
    pivots = np.sort(intervals.pivots(values - values.mean(), 1))
    error = values.std(ddof=1) / math.sqrt(60)
    bounds = (values.mean() - pivots[1950] * error, values.mean() - pivots[49] * error)
    assert s.mean_interval(values, seed=1)[:2] == pytest.approx(bounds, rel=1e-12)


def test_interval_depends_on_its_seed_only() -> None:
    values = worlds(4, 50, "skewed")
    np.random.seed(1)  # noqa: NPY002
    first = s.mean_interval(values, seed=1)
    np.random.seed(2)  # noqa: NPY002
    assert s.mean_interval(values, seed=1) == first
    assert s.mean_interval(values, seed=2) != first


@pytest.mark.parametrize(("few", "method"), [(1, "t"), (3, "t"), (4, "bootstrap-t")])
def test_resamples_without_spread_make_no_bound(few: int, method: str) -> None:
    """Of 100 worlds with `few` that took off, (1 - few / 100) ** 100 of resamples have none."""
    found = s.mean_interval([0.0] * (100 - few) + [1.0] * few, seed=1)
    assert found.method == method
    assert found.low < few / 100 < found.high
    assert found.high > 1.6 * few / 100


@pytest.mark.parametrize("kind", ["normal", "skewed"])
@pytest.mark.parametrize("n", [5, 20, 40])
def test_interval_moves_and_stretches_with_its_sample(kind: str, n: int) -> None:
    values = worlds(n, n, kind)
    found = s.mean_interval(values, seed=3)
    moved = s.mean_interval(1000 + 8 * values, seed=3)
    assert moved.method == found.method
    assert moved[:2] == pytest.approx([1000 + 8 * found.low, 1000 + 8 * found.high], rel=1e-9)


@pytest.mark.parametrize("kind", ["normal", "skewed"])
@pytest.mark.parametrize("n", [5, 20, 40])
def test_interval_mirrors_and_ignores_order(kind: str, n: int) -> None:
    values = worlds(n, n, kind)
    found = s.mean_interval(values, seed=3)
    mirrored = s.mean_interval(-values, seed=3)
    assert (-mirrored.high, -mirrored.low) == pytest.approx(found[:2], rel=1e-9)
    assert s.mean_interval(np.random.default_rng(0).permutation(values), seed=3) == found


def coverage(kind: str, n: int, mean: float, sets: int) -> float:
    rng = np.random.default_rng(20_000 + n)
    draw = rng.normal if kind == "normal" else rng.lognormal
    found = [s.mean_interval(draw(0, 1, n), seed=i) for i in range(sets)]
    return sum(one.low <= mean <= one.high for one in found) / sets


@pytest.mark.parametrize(
    ("kind", "n", "mean", "expected"),
    [
        ("normal", 5, 0.0, 0.95),
        ("normal", 20, 0.0, 0.95),
        ("normal", 50, 0.0, 0.95),
        ("lognormal", 20, math.exp(0.5), 0.91),
        ("lognormal", 50, math.exp(0.5), 0.93),
    ],
)
def test_intervals_cover(kind: str, n: int, mean: float, expected: float) -> None:
    """600 sets: at a true coverage of `expected` +- 0.005 a miss of 0.05 is a 1e-4 event
    (binomial, sd 0.009 to 0.012); seeds are fixed. The lognormal rows tell bootstrap-t from
    percentile and t intervals only in sum; `test_bootstrap_t_is_a_plain_bootstrap_t` does it."""
    assert coverage(kind, n, mean, 600) == pytest.approx(expected, abs=0.05)


def test_student_intervals_are_those_of_each_column() -> None:
    values = np.random.default_rng(5).normal(size=(40, 3, 4))
    values[3, 0, 0] = NAN
    values[:, 0, 1] = 0.1
    values[:, 1, 1] = 0.1
    values[:, 2, 2] = NAN
    values[1:, 2, 3] = NAN
    found = s.student_intervals(values)
    assert found.n.tolist() == [[39, 40, 40, 40], [40] * 4, [40, 40, 0, 1]]
    assert found.mean[0, 1] == 0.1
    for at in np.ndindex(3, 4):
        expected = s.mean_interval(values[:, *at], seed=0)
        assert found.method[at] == expected.method
        bounds = (found.low[at], found.high[at])
        assert bounds == pytest.approx(expected[:2], rel=1e-12, nan_ok=True)


def test_summary_is_numpys_and_scipys() -> None:
    values = worlds(6, 75, "skewed")
    found = s.summarise(values, seed=9)
    assert list(found) == [
        *("n", "mean", "ci_low", "ci_high", "sd", "median", "median_low", "median_high", "q05"),
        *("q95", "skewness", "settled", "took_off", "took_off_low", "took_off_high", "method"),
    ]
    assert found["n"] == 75
    assert found["mean"] == pytest.approx(values.mean(), rel=1e-14)
    assert found["sd"] == pytest.approx(values.std(ddof=1), rel=1e-14)
    assert found["skewness"] == pytest.approx(stats.skew(values), rel=1e-12)
    assert [found[q] for q in ("q05", "median", "q95")] == np.quantile(
        values, [0.05, 0.5, 0.95]
    ).tolist()
    assert s.Interval(found["ci_low"], found["ci_high"], found["method"]) == s.mean_interval(
        values, seed=9
    )


@pytest.mark.parametrize(
    ("values", "n", "mean", "sd", "skewness"),
    [
        ([], 0, NAN, NAN, NAN),
        ([NAN], 0, NAN, NAN, NAN),
        ([2.0], 1, 2.0, NAN, NAN),
        ([1.0, 3.0], 2, 2.0, math.sqrt(2), NAN),
        ([0.1] * 10, 10, 0.1, 0.0, NAN),
        ([0.0, 0.0, 3.0], 3, 1.0, math.sqrt(3), math.sqrt(0.5)),
        ([0.0, 0.0, 3e-120], 3, 1e-120, math.sqrt(3) * 1e-120, math.sqrt(0.5)),
    ],
)
def test_summary_of_few_values(
    values: list[float], n: int, mean: float, sd: float, skewness: float
) -> None:
    found = s.summarise(values, 1)
    facts = [found[name] for name in ("n", "mean", "sd", "skewness")]
    assert facts == pytest.approx([n, mean, sd, skewness], rel=1e-12, abs=0, nan_ok=True)


def test_difference_is_scipys_paired_test() -> None:
    baseline = worlds(7, 100)
    arm = baseline + np.random.default_rng(8).normal(1, 0.5, 100)
    found = s.compare(arm, baseline, seed=1)
    expected = stats.ttest_rel(arm, baseline).confidence_interval(0.95)
    assert list(found) == [
        *("n", "difference", "ci_low", "ci_high", "relative", "median", "median_low"),
        *("median_high", "skewness", "settled", "probability_greater", "probability_low"),
        *("probability_high", "cliffs_delta", "method"),
    ]
    assert (found["n"], found["method"]) == (100, "t")
    assert (found["ci_low"], found["ci_high"]) == pytest.approx(expected, rel=1e-12)
    assert found["difference"] == pytest.approx((arm - baseline).mean())
    assert found["relative"] == pytest.approx((arm - baseline).mean() / baseline.mean())


counts = st.lists(st.integers(0, 6), min_size=1, max_size=40)


@given(counts, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_chance_is_mann_whitneys(values: list[int], random: object) -> None:
    other = [random.randint(0, 6) for _ in values]  # type: ignore[attr-defined]
    u = stats.mannwhitneyu(values, other, method="asymptotic").statistic
    found = s.compare(values, other, 1)["probability_greater"]
    assert found == pytest.approx(u / len(values) ** 2, rel=1e-12)


def test_chance_ignores_the_pairing_and_the_share_of_same_luck_does_not() -> None:
    baseline = worlds(9, 200)
    arm = baseline + 0.01
    shuffled = np.random.default_rng(1).permutation(arm)
    chances = [s.compare(a, baseline, 1)["probability_greater"] for a in (arm, shuffled)]
    assert chances[0] == chances[1] == pytest.approx(0.5, abs=0.02)
    assert s.same_luck_share(arm, baseline) == 1.0
    assert s.same_luck_share(shuffled, baseline) < 0.7


def test_swapping_the_arms_mirrors_the_comparison() -> None:
    arm, baseline = worlds(1, 50, "skewed"), worlds(2, 50, "skewed")
    there, back = s.compare(arm, baseline, 4), s.compare(baseline, arm, 4)
    assert there["difference"] == -back["difference"]
    assert (there["ci_low"], there["ci_high"]) == pytest.approx((-back["ci_high"], -back["ci_low"]))
    assert there["probability_greater"] + back["probability_greater"] == pytest.approx(1)
    assert s.same_luck_share(arm, baseline) + s.same_luck_share(baseline, arm) == pytest.approx(1)


def test_equal_arms_are_identical() -> None:
    values = worlds(3, 60)
    found = s.compare(values, values, 1)
    assert math.isnan(found.pop("skewness"))
    assert found == {
        "n": 60,
        "difference": 0.0,
        "ci_low": 0.0,
        "ci_high": 0.0,
        "relative": 0.0,
        "median": 0.0,
        "median_low": 0.0,
        "median_high": 0.0,
        "settled": True,
        "probability_greater": 0.5,
        "probability_low": 0.5,
        "probability_high": 0.5,
        "cliffs_delta": 0.0,
        "method": "identical",
    }
    assert s.same_luck_share(values, values) == 0.5


def test_relative_has_the_sign_of_the_difference_and_no_meaning_at_zero() -> None:
    assert s.compare([-1.0, -1.5], [-2.0, -3.0], 1)["relative"] == pytest.approx(0.5)
    assert math.isnan(s.compare([1.0, 2.0], [-1.0, 1.0], 1)["relative"])


def test_a_world_undefined_in_one_arm_is_no_pair() -> None:
    found = s.compare([1.0, NAN, 5.0, 7.0], [0.0, 1.0, NAN, 2.0], 1)
    assert (found["n"], found["difference"], found["relative"]) == (2, 3.0, 3.0)
    assert found["probability_greater"] == pytest.approx((1.5 + 3 + 3) / 9)
    assert s.same_luck_share([1.0, NAN, 2.0], [0.0, 1.0, 2.0]) == 0.75


def test_nothing_to_compare() -> None:
    found = s.compare([NAN], [1.0], 1)
    assert (found["n"], found["method"]) == (0, "undefined")
    assert math.isnan(found["difference"])
    assert math.isnan(found["probability_greater"])
    assert math.isnan(s.same_luck_share([NAN], [1.0]))


@pytest.mark.parametrize("call", [lambda a, b: s.compare(a, b, 1), s.same_luck_share])
def test_worlds_that_do_not_match_are_refused(call: object) -> None:
    with pytest.raises(ValueError, match=r"do not match: shapes \(2,\) and \(3,\)"):
        call([1.0, 2.0], [1.0, 2.0, 3.0])  # type: ignore[operator]


@pytest.mark.parametrize(
    ("a", "b", "week"),
    [
        ([1, 2, 3], [0, 1, 2], 0),
        ([0, 2, 3], [0, 1, 2], 1),
        ([1, 0, 3], [0, 1, 2], 2),
        ([1, 2, 2], [0, 1, 2], None),
        ([0, 0, 0], [0, 0, 0], None),
        ([0, NAN, 3], [1, 1, 2], 2),
        ([], [], None),
    ],
)
def test_crossing_week(a: list[float], b: list[float], week: int | None) -> None:
    assert s.crossing_week(a, b) == week


def test_import_is_light() -> None:
    code = "import sys, wom_sim.study.statistics.summaries; print('scipy' in sys.modules)"
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert done.stdout.strip() == "False"


def borel(rng: np.random.Generator, mean_offspring: float, n: int) -> np.ndarray:
    """Sizes of cascades whose members each start a Poisson number of others (Borel 1942)."""
    sizes, alive = np.ones(n), np.ones(n)
    while alive.any():
        alive = rng.poisson(mean_offspring * alive).astype(float)
        sizes += alive
    return sizes


REFERENCE = {
    # Nominal 95 % intervals of n = 20, 50, 200 and what bootstrap-t was found to cover.
    "normal": (lambda rng, n: rng.normal(size=n), 0.0, (0.947, 0.942, 0.955)),
    "lognormal, sd 1": (lambda rng, n: rng.lognormal(0, 1, n), math.exp(0.5),
                        (0.920, 0.950, 0.933)),
    "lognormal, sd 1.5": (lambda rng, n: rng.lognormal(0, 1.5, n), math.exp(1.125),
                          (0.887, 0.897, 0.933)),
    "cascade, 0.5": (lambda rng, n: borel(rng, 0.5, n), 2.0, (0.932, 0.933, 0.932)),
    "cascade, 0.9": (lambda rng, n: borel(rng, 0.9, n), 10.0, (0.872, 0.895, 0.932)),
    "Pareto, 1.5": (lambda rng, n: 1 + rng.pareto(1.5, n), 3.0, (0.797, 0.827, 0.828)),
}


@pytest.mark.verification
@pytest.mark.parametrize("kind", REFERENCE)
def test_coverage_on_reference_distributions(kind: str) -> None:
    """Both this and the reference counted 600 samples, so that their difference has a standard
    error of at most 0.024; 0.08 is seen by chance in 1e-3 of cases, and the seeds are fixed."""
    draw, mean, expected = REFERENCE[kind]
    for n, told in zip((20, 50, 200), expected, strict=True):
        rng = np.random.default_rng(n)
        found = [s.mean_interval(draw(rng, n), seed=i) for i in range(600)]
        covered = sum(one.low <= mean <= one.high for one in found) / 600
        assert covered == pytest.approx(told, abs=0.08), (n, covered)
