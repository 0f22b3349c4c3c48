"""Patterns: the ratio and its interval, what each is taken from, the table and the figure."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from wom_sim import cli
from wom_sim.show import patterns as shown
from wom_sim.show.lint import lint
from wom_sim.study import patterns
from wom_sim.study.patterns import PATTERNS, Pattern, Shown, ratio

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
