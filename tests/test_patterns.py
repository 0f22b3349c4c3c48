"""Patterns: the ratio and its interval, what each is taken from, the table and the figure."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from calibrate import CALIBRATED, SPACE, TABLE, shipped

from wom_sim import cli
from wom_sim.show import patterns as shown
from wom_sim.show.lint import lint
from wom_sim.study import patterns
from wom_sim.study.patterns import PATTERNS, Pattern, Shown, ratio
from wom_sim.study.results import Measure
from wom_sim.study.statistics.summaries import mean_interval

RNG = np.random.default_rng(7)  # data of tests; the model has no such generator


def test_a_ratio_is_of_totals_and_its_jackknife_interval_covers() -> None:
    """Of 400 samples whose true ratio is 2, the interval misses it in 5 % (1.5 to 9.5 allowed).

    A binomial count beyond these bounds has a chance below 1e-4.
    """
    missed = 0
    for _ in range(400):
        whole = RNG.gamma(5.0, 1.0, 40)
        part = 2.0 * whole + RNG.normal(0.0, 1.0, 40)
        value, low, high = ratio(part, whole)
        assert value == pytest.approx(part.sum() / whole.sum())
        missed += not low <= 2.0 <= high
    assert 6 <= missed <= 38


def test_the_interval_of_a_ratio_of_ratios_holds_the_luck_of_both() -> None:
    """Of 400 samples whose true ratio is 3, the interval misses it in 5 % (1.5 to 9.5 allowed).

    A binomial count beyond these bounds has a chance below 1e-4. With the yardstick as a number
    that is known, which it was not, more than 30 % are missed.
    """
    rng = np.random.default_rng(8)
    missed = ignored = 0
    for _ in range(400):
        whole, other = rng.gamma(5.0, 1.0, (2, 40))
        part = 0.6 * whole + rng.normal(0.0, 0.2, 40)
        won = 0.2 * other + rng.normal(0.0, 0.2, 40)
        value, low, high = ratio(part, whole, won, other)
        assert value == pytest.approx(part.sum() / whole.sum() / (won.sum() / other.sum()))
        missed += not low <= 3.0 <= high
        _, low, high = ratio(part, whole * (won.sum() / other.sum()))
        ignored += not low <= 3.0 <= high
    assert 6 <= missed <= 38
    assert ignored > 120


def test_a_world_is_left_out_of_part_whole_and_yardstick() -> None:
    part, whole, won, other = np.array([[3.0, 5, 4], [6, 7, 9], [1, 2, 2], [8, 7, 9]])
    value = 12 / 22 / (5 / 24)
    without = [9 / 16 / (4 / 16), 7 / 15 / (3 / 17), 8 / 13 / (3 / 15)]
    expected = mean_interval(np.array([3 * value - 2 * one for one in without]), seed=0)
    assert ratio(part, whole, won, other) == pytest.approx((value, *expected[:2]))
    assert all(math.isnan(one) for one in ratio(part, whole, np.zeros(3), other))


class _Businesses:
    """Results of two worlds and three members, by source of their new clients."""

    arms = ("Member",)
    names = ("new_asked_friend", "new_word_of_mouth", "new_requested", "new_partner",
             "new_public_record", "new_unprompted")
    weekly_measures = tuple(Measure(name, "clients", "") for name in names)
    businesses = np.array([[[[3, 1, 1, 4, 2, 2], [1, 1, 0, 5, 2, 1], [0, 0, 1, 1, 1, 1]],
                            [[1, 1, 1, 3, 0, 0], [2, 0, 0, 1, 1, 0], [0, 0, 0, 0, 0, 1]]]])


def test_a_members_main_source_brought_more_than_any_other() -> None:
    worlds = patterns.Worlds({"seasoned": _Businesses()}, [])  # type: ignore[dict-item]
    found = {source: [total.tolist() for total in patterns._main_source(source)(worlds)]
             for source in ("customers", "partners", "others")}
    assert found == {"customers": [[1, 1], [3, 3]], "partners": [[1, 0], [3, 3]],
                     "others": [[1, 1], [3, 3]]}


def test_ratios_without_a_whole_or_a_second_world_are_undefined() -> None:
    assert all(math.isnan(number) for number in ratio(np.zeros(3), np.zeros(3)))
    value, low, _ = ratio(np.array([1.0]), np.array([2.0]))
    assert value == 0.5
    assert math.isnan(low)


def test_every_pattern_has_a_source_a_band_and_a_use() -> None:
    for pattern in PATTERNS:
        assert pattern.published
        assert pattern.source
        assert pattern.low < pattern.high
        assert pattern.use in ("calibrate", "validate", "show")
    assert len({pattern.name for pattern in PATTERNS}) == len(PATTERNS)


def test_the_points_tried_begin_with_the_preset_as_it_stands() -> None:
    with TABLE.open(encoding="utf-8", newline="") as file:
        head, first, *_ = list(csv.reader(file))
    assert head == [*SPACE, *(one.name for one in CALIBRATED), "in_band", "distance"]
    assert dict(zip(head, map(float, first), strict=True)).items() >= shipped().items()


class _Told:
    """Tellings of a week as the market traces them: teller, listener, trade, valence."""

    def __init__(self, rows: list[list[int]]) -> None:
        self.trace, self.traced = np.array(rows), [len(rows)]


class _Week:
    def __init__(self, rows: list[list[int]]) -> None:
        self.told = _Told(rows)


def test_cascades_are_told_apart_by_who_told_whom() -> None:
    week = _Week([[1, 2, 0, 0], [1, 3, 0, 0], [3, 4, 0, 0], [4, 5, 0, 0],  # 1, 3 and 4 tell
                  [9, 8, 0, 0],  # another story of the same trade
                  [3, 7, 1, 0], [3, 6, 0, 1]])  # another trade, another valence
    assert sorted(patterns._sizes(week)) == [1, 1, 1, 3]  # type: ignore[arg-type]


def case(value: float, low: float = 1.0, high: float = 3.0, use: str = "calibrate") -> Shown:
    pattern = Pattern(f"pattern {value}", "2", "Somebody 1999", low, high, use, lambda worlds: None)  # type: ignore[arg-type,return-value]
    return Shown(pattern, value, value - 0.5, value + 0.5, 10)


CASES = [case(2.0), case(5.0), case(2.0, high=math.inf, use="validate"),
         case(float("nan"), use="show")]


def test_the_headline_counts_what_lies_in_its_band() -> None:
    assert shown.headline(CASES).endswith("1 of 2 calibrated on and 1 of 1 kept for validation")


def test_the_table_fits_and_says_in_or_out() -> None:
    text = shown.table(CASES)
    assert all(len(line) <= 104 for line in text.splitlines())
    assert text.count("OUT") == 2
    assert "1 to ∞" in text


def test_the_figure_is_sound() -> None:
    assert not lint(shown.draw(CASES[:3]))


def test_the_command_writes_table_and_figure(tmp_path: Path, capsys) -> None:
    assert cli.main(["patterns", "--set", "talk.weak=7", "--out", str(tmp_path)]) == 2
    assert not list(tmp_path.iterdir())
    small = ["population.size=400", "trades.count=40", "history_weeks=10", "trades.need_rate=2"]
    options = [part for setting in small for part in ("--set", setting)]
    assert cli.main(["patterns", "--replications", "2", "--out", str(tmp_path), *options]) == 0
    with (tmp_path / "patterns" / "patterns.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["pattern"] for row in rows] == [pattern.name for pattern in PATTERNS]
    assert all(row["inside"] in ("true", "false") for row in rows)
    assert "CALIBRATED ON" in capsys.readouterr().out
