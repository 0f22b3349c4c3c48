"""Words for a terminal: a sentence for every branch, and a table that fits."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shown import NASTY, OUTCOMES, case, results

from wom_sim.commands import run
from wom_sim.market.record import MEASURES
from wom_sim.show import findings, printed, text, wording
from wom_sim.show.findings import Lead, Tally
from wom_sim.study import outcomes
from wom_sim.study.results import Results

MOST = Tally(58, 1, 1)


def record(**changed: Any) -> dict[str, Any]:
    """A record of a comparison, clearly ahead unless changed."""
    usual = {"arm": "Both", "baseline": "Plain", "outcome": "clients_won", "n": 60}
    usual |= {"difference": 31.2, "ci_low": 25.1, "ci_high": 37.4, "probability_greater": 0.94}
    usual |= {"median": 3.0, "median_low": 1.0, "median_high": 4.0, "settled": True}
    whole = {**usual, **changed}
    ends = {f"simultaneous_{end}": whole[f"ci_{end}"] for end in ("low", "high")}
    return {**ends, **whole}


def said(counts: Tally = MOST, **changed: Any) -> str:
    lead = findings.judge(record(**changed))
    return wording._FIRST[lead.kind](lead, counts, "3 years").replace(wording.NBSP, " ")


def test_a_clear_lead_names_difference_interval_and_the_same_luck_first() -> None:
    assert said() == (
        "“Both” wins 31 more clients than “Plain” in 3 years (95 % interval 25 to 37). Under the"
        " same luck it wins more in 58 of 60 worlds, 1 tie; when each has luck of its own, in"
        " 94 of 100 pairs of worlds."
    )
    assert "Under the same luck it wins more in all 60 worlds; when" in said(Tally(60, 0, 0))


def test_behind_is_told_from_the_winners_side() -> None:
    behind = {"difference": -4.0, "ci_low": -6.5, "ci_high": -1.5, "probability_greater": 0.2}
    assert said(Tally(10, 50, 0), **behind) == (
        "“Plain” wins 4 more clients than “Both” in 3 years (95 % interval 1.5 to 6.5). Under the"
        " same luck it wins more in 50 of 60 worlds; when each has luck of its own, in 80 of 100"
        " pairs of worlds."
    )


def test_a_tie_claims_no_winner() -> None:
    tie = {"difference": -0.4, "ci_low": -3.0, "ci_high": 2.2, "probability_greater": 0.48}
    assert said(Tally(28, 30, 2), **tie) == (
        "No arm clearly wins more clients than “Plain” in 3 years: “Both” is furthest off, by"
        " −0.4 (95 % interval −3 to 2.2). Under the same luck it wins more in 28 of 60 worlds,"
        " 2 ties; when each has luck of its own, in 48 of 100 pairs of worlds."
    )


@pytest.mark.parametrize(
    ("treated", "trades", "told"),
    [
        ("all", (27, 27), "27 businesses in each of 20 worlds"),
        ("all", (9, 27), "9 to 27 businesses in each of 20 worlds"),
        ("all", (1, 1), "20 worlds"),
        ("one", (27, 27), "20 worlds"),
    ],
)
def test_a_note_says_what_a_number_is_the_mean_of(
    treated: Any, trades: tuple[int, int], told: str
) -> None:
    found = results({"Base": (1.0, 1.0), "More": (2.0, 1.0)}, worlds=20, weeks=52)
    arms = tuple(
        arm.model_copy(update={"parameters": arm.parameters.model_copy(update={
            "trades": arm.parameters.trades.model_copy(update={"count": count})})})
        for arm, count in zip(found.scenario.arms, trades, strict=True)
    )
    scenario = found.scenario.model_copy(update={"treated": treated, "arms": arms})
    assert printed._averaged(replace(found, scenario=scenario)).replace(wording.NBSP, " ") == told


@pytest.mark.parametrize("noise", [0.0, 3e-13])
def test_equal_worlds_are_called_equal(noise: float) -> None:
    same = {"difference": noise, "ci_low": noise, "ci_high": noise, "probability_greater": 0.5}
    assert said(Tally(0, 0, 60), **same) == (
        "Every arm wins exactly as many clients as “Plain”, in each of 60 worlds."
    )


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        (
            Tally(6, 0, 0),
            "In all 6 worlds “Both” wins more clients than “Plain”; run 100 to say by how much.",
        ),
        (
            Tally(0, 9, 0),
            "In all 9 worlds “Plain” wins more clients than “Both”; run 100 to say by how much.",
        ),
        (
            Tally(3, 0, 0),
            "In all 3 worlds “Both” wins more clients than “Plain”;"
            " run 100 to see whether that is more than luck.",
        ),
        (
            Tally(0, 1, 0),
            "In the one world run “Plain” wins more clients than “Both”;"
            " run 100 to see whether that is more than luck.",
        ),
        (
            Tally(0, 0, 4),
            "In all 4 worlds “Both” wins exactly as many clients as “Plain”; run 100 to be sure.",
        ),
        (
            Tally(3, 1, 2),
            "Only 6 worlds were run, too few to say which arm wins more clients: “Both” wins more"
            " than “Plain” in 3 of 6, 2 ties; run at least 10, better 100.",
        ),
        (
            Tally(0, 0, 0),
            "Only 0 worlds were run, too few to say which arm wins more clients: “Both” wins more"
            " than “Plain” in 0 of 0; run at least 10, better 100.",
        ),
    ],
)
def test_few_worlds_say_which_way_they_point_and_no_size(counts: Tally, sentence: str) -> None:
    n = sum(counts)
    assert said(counts, n=n, ci_low=math.nan if n < 2 else 25.1) == sentence


def test_undefined_intervals_are_no_lead() -> None:
    assert findings.judge(record(ci_low=math.nan, ci_high=math.nan)).kind == "tie"


def test_the_best_arm_speaks_even_where_another_is_further_behind() -> None:
    class Found:
        comparison = (
            record(arm="Bad", difference=-90.0, ci_low=-99.0, ci_high=-80.0),
            record(arm="Good"),
            record(outcome="margin", difference=1e6),
        )
        summary = tuple(
            {"arm": arm, "outcome": "clients_won", "took_off": 0.1, "took_off_low": 0.05,
             "took_off_high": 0.2}
            for arm in ("Bad", "Good")
        )

    assert findings.lead(Found()).arm == "Good"  # type: ignore[arg-type]
    assert findings.widest(Found()).arm == "Bad"  # type: ignore[arg-type]
    assert findings.lead(Found()).together == 2  # type: ignore[arg-type]


def test_the_best_of_many_is_judged_by_intervals_that_hold_for_all() -> None:
    several = findings.judge(record(simultaneous_low=24.2, simultaneous_high=39.0), 3)
    assert (several.low, several.high) == (24.2, 39.0)
    assert wording.interval(several).replace(wording.NBSP, " ") == (
        "95 % interval for all 3 differences 24 to 39"
    )
    assert findings.judge(record(simultaneous_low=-0.1), 3).kind == "tie"


@pytest.mark.parametrize(
    ("median", "words"),
    [(3.0, "3 more clients than"), (1.0, "1 more client than"), (-3.0, "3 fewer clients than"),
     (0.0, "as many clients as")],
)
def test_an_unsettled_mean_gives_way_to_the_median(median: float, words: str) -> None:
    own = {"median": median, "median_low": median - 2, "median_high": median + 1}
    lead = findings.judge(record(settled=False, **own))
    assert lead.kind == "unsettled"
    lead = lead._replace(off=(7 / 60, 0.06, 0.22))
    sentence = wording._FIRST[lead.kind](lead, MOST, "3 years").replace(wording.NBSP, " ")
    assert sentence.startswith(
        f"In the middle world “Both” wins {words} “Plain” in 3 years; the mean is not settled by 60"
        f" worlds (median {wording.signed(median)}, 95 % interval"
    )
    assert "; mean +31). “Both” took off, winning more than twice its median, in 7 of" in sentence
    assert " 60 worlds (95 % interval 6 % to 22 %). Under the same luck" in sentence
    bare = wording._FIRST[lead.kind](lead._replace(off=(math.nan,) * 3), MOST, "3 years")
    assert "took off" not in bare


def test_a_few_worlds_that_carry_a_mean_are_marked() -> None:
    """One world in 40 takes off: its arm's mean and difference have a mark, the others none."""
    level = [[10.0 + i % 5, 0.0] for i in range(40)]
    wild = [[x + 1 + (300 if i == 7 else 0), y] for i, (x, y) in enumerate(level)]
    found = made({"Plain": level, "Wild": wild, "Calm": [[x + 2 + x % 3, y] for x, y in level]})
    shown = printed.table(found).replace(wording.NBSP, " ")
    assert "\nWild       20*\nCalm       15\n" in shown
    assert shown.count("*") == 2
    assert "* Not settled: a few worlds carry" in shown.replace("\n", " ")
    told = printed.differences(found).replace(wording.NBSP, " ").splitlines()
    (wild_row,) = [line for line in told if line.startswith("Wild")]
    (calm_row,) = [line for line in told if line.startswith("Calm")]
    assert wild_row.split()[:4] == ["Wild", "+1.00", "[+1.00,", "+1.00]*"]
    assert "*" not in calm_row
    assert "the mean is not settled" in " ".join(told)
    assert findings.lead(found).kind in ("ahead", "unsettled")
    assert findings.judge(findings.against(found)[0]).kind == "unsettled"


def test_the_verdict_adds_customers_against_partners() -> None:
    sentence = wording.verdict(case("usual")).replace(wording.NBSP, " ")
    assert sentence.startswith("“Partners” wins 92 more clients than “Service only” in 3 years")
    assert sentence.endswith(
        "With “Partners”, 54 % of the clients won come through partners, 31 % through customers."
    )


def test_the_verdict_of_one_arm_compares_nothing() -> None:
    sentence = wording.verdict(case("one arm"))
    assert "only one arm, “Alone”" in sentence
    partners = wording.verdict(results({"Alone": (0.0, 4.0)}, worlds=12))
    assert "through partners" in partners


def test_the_verdict_names_arms_whole() -> None:
    long = "Little talk, in a village of five hundred people"
    sentence = wording.verdict(results({"Plain": (0.0, 0.0), long: (0.0, 4.0)}, worlds=12))
    assert sentence.count(f"“{long}”") == 2


def test_the_verdict_of_nothing_won() -> None:
    assert wording.verdict(case("zero")).endswith("With “Partners”, nobody is won at all.")


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (0.0, "0"),
        (-0.001, "0"),
        (0.07, "0.07"),
        (0.5, "0.5"),
        (2.95, "3"),
        (4.26, "4.3"),
        (-9.96, "−10"),
        (31.4, "31"),
        (12345.6, "12,346"),
        (-1_250_000.0, "−1.2 million"),
        (math.nan, "–"),
        (math.inf, "–"),
    ],
)
def test_numbers_are_rounded_sensibly(x: float, words: str) -> None:
    assert wording.number(x) == words


def test_signs() -> None:
    assert [wording.signed(x) for x in (3.0, -3.0, 0.0, 0.001, 0.25, math.nan)] == [
        "+3",
        "−3",
        "0",
        "0",
        "+0.25",
        "–",
    ]


def test_certainty_is_never_rounded_up() -> None:
    assert wording.of_hundred(0.999) == "more than 99 of 100"
    assert wording.of_hundred(0.001) == "fewer than 1 of 100"
    assert wording.of_hundred(1.0) == "100 of 100"
    assert wording.percent(math.nan) == "–"


def test_spans_of_time() -> None:
    spans = [wording.span(weeks).replace(wording.NBSP, " ") for weeks in (1, 8, 52, 78, 104, 157)]
    assert spans == ["1 week", "8 weeks", "1 year", "18 months", "2 years", "157 weeks"]


def test_wide_letters_take_two_columns() -> None:
    assert text.columns("漢字e\u0301") == 5
    assert text.wrap("漢字漢字 ab", 5) == ["漢字", "漢字", "ab"]
    assert text.wrap("字", 1) == ["字"]
    assert text.wrap("", 9) == [""]


def test_text_is_wrapped_whole_between_words() -> None:
    assert text.wrap("one two three four", 9) == ["one two", "three", "four"]
    assert text.wrap("a verylongword", 5) == ["a", "veryl", "ongwo", "rd"]
    assert text.wrap("one two", 7) == ["one two"]


def test_long_text_is_shortened_in_the_middle() -> None:
    assert text.middle("abcdefghij", 7) == "abc…hij"
    assert text.middle("abcdefghij", 10) == "abcdefghij"
    assert text.middle("漢字漢字", 6) == "漢…字"


@pytest.mark.parametrize("name", NASTY)
def test_nasty_names_are_made_safe(name: str) -> None:
    safe = text.clean(name)
    assert safe
    assert safe.isprintable()
    lead = Lead("ahead", name, name, 60, 3.0, 1.0, 5.0, 0.7)
    wording.headline(lead, "3 years").encode("utf-8")


LONG = "Little talk, in a village where everybody knows everybody else, and then some"
WIDE = {
    LONG + " a": (0.0, 0.0),
    LONG + " b": (4.0, 0.0),
    "漢字" * 12: (0.0, 4.0),
    "🦄 Unicorn 🦄 and averylongwordwithoutanyplacetobreak": (2.0, 2.0),
    "Short": (1.0, 1.0),
}


def made(values: dict[str, list[list[float]]]) -> Results:
    """Results whose arms have these worlds, each a clients_won and a lost_to_negative."""
    base = results(dict.fromkeys(values, (0.0, 0.0)), worlds=1, weeks=8)
    worlds = np.array(list(values.values()))
    full = np.zeros((*worlds.shape[:2], len(OUTCOMES)))
    full[..., [OUTCOMES.index("clients_won"), OUTCOMES.index("lost_to_negative")]] = worlds
    weekly = np.repeat(base.weekly[:, :1] * 0.0, worlds.shape[1], axis=1)
    return replace(base, values=full, weekly=weekly)


def printed_of(found: Results) -> list[str]:
    return [*printed.table(found).splitlines(), *printed.differences(found).splitlines()]


CASES = ("usual", "three", "zero", "tie", "huge", "nasty", "one world", "one arm", "twelve",
         "short", "many", "one week")


@pytest.mark.parametrize("name", [*CASES, "wide", "large"])
def test_what_is_printed_fits_a_terminal(name: str) -> None:
    more = {"wide": lambda: results(WIDE, worlds=12), "large": lambda: results(size=60.0)}
    lines = printed_of(more[name]() if name in more else case(name))
    assert max(map(text.columns, lines)) <= 80
    assert not any(ord(letter) < 32 for line in lines for letter in line)
    "\n".join(lines).encode("utf-8")


def test_names_are_whole_in_both_tables() -> None:
    found = results(WIDE, worlds=12)
    for block in (printed.table(found), printed.differences(found)):
        names = "".join(line.split("  ")[0] for line in block.splitlines()).replace(" ", "")
        for name in list(WIDE)[2:]:
            assert name.replace(" ", "") in names


def test_only_names_that_stay_different_are_shortened() -> None:
    alike = printed._names(["W" * 90 + "a" + "W" * 90, "W" * 90 + "b" + "W" * 90])
    assert [len(name) for name in alike] == [181, 181]
    other = printed._names(["W" * 70 + "a", "W" * 70 + "b", "short"])
    assert [text.columns(name) for name in other] == [60, 60, 5]
    assert len(set(other)) == 3


def test_columns_that_are_zero_everywhere_are_left_out() -> None:
    plain = printed.table(results({"A": (0.0, 0.0), "B": (4.0, 0.0)}, worlds=12))
    assert "partners" not in plain
    assert "of them" in plain
    assert "partners" in printed.table(case("usual"))
    zero = printed.table(case("zero"))
    assert "won" in zero
    assert not any(word in zero for word in ("customers", "partners", "talk", "nan"))
    assert "Lost to bad talk" not in zero


def test_extra_columns_are_those_that_differ_most_and_fit() -> None:
    shown = printed._chosen(case("usual"), 60)
    assert [column.name for column in shown] == [
        "clients_won",
        "won_by_customers",
        "won_by_partners",
        "lost_to_negative",
        "margin",
        "hours_per_client",
    ]
    names = [column.name for column in printed._chosen(case("usual"), 84)]
    assert {"won_requested", "referrals_received"} <= set(names)
    assert "won_by_record" not in names
    assert [column.name for column in printed._chosen(case("usual"), 0)] == ["clients_won"]
    assert not any(column.extra for column in printed._chosen(case("one arm"), 300))


def test_headers_are_whole_words() -> None:
    for column in printed.COLUMNS:
        assert 1 <= len(column.header) <= 3
        assert not any(line.endswith("-") for line in column.header)


def test_the_table_says_what_results_say() -> None:
    rows = printed.table(case("usual")).splitlines()
    assert rows[5].split()[:5] == ["Partners", "174", "53", "0", "94"]
    assert "90" not in rows[-1]


def test_a_column_has_the_decimals_that_its_clear_differences_need() -> None:
    rng = np.random.default_rng(5)
    luck = rng.normal(58, 8, 40)
    arms = {
        "A": [[x, 0.4] for x in luck],
        "B": [[x + 0.3 + 0.01 * i % 0.05, 1.2 + 0.01 * (i % 3)] for i, x in enumerate(luck)],
        "C": [[x + 5 * (-1) ** i, 0.4] for i, x in enumerate(luck)],
    }
    found = made(arms)
    won, lost = (printed._cells(found, column) for column in printed.COLUMNS[:8:7])
    assert {len(cell.split(".")[1]) for cell in won} == {1}
    assert won[0] != won[1]
    assert lost == ["0.4", "1.2", "0.4"]


def test_unclear_differences_need_no_decimals() -> None:
    found = made({"A": [[58.0, 0.0]] * 12, "B": [[58.0 + (-1) ** i, 0.0] for i in range(12)]})
    assert printed._cells(found, printed.COLUMNS[0]) == ["58", "58"]


@pytest.mark.parametrize(
    ("values", "step", "cells"),
    [
        ([0.34, 0.4, 0.48, 1.0], 0.05, ["0.34", "0.40", "0.48", "1.00"]),
        ([12_345.0, 9.0], math.inf, ["12k", "0k"]),
        ([12_345.0, 13_000.0], 300.0, ["12.3k", "13.0k"]),
        ([12_345.0, 0.0], math.inf, ["12k", "0"]),
        ([9_999.0], math.inf, ["9,999"]),
        ([2.5e7, -3e6], 1e6, ["25M", "−3M"]),
        ([3e13], math.inf, ["30T"]),
        ([1.0, 2.0], 1e-12, ["1.000", "2.000"]),
        ([math.nan, 2.0], 0.5, ["–", "2.0"]),
        ([math.nan], math.inf, ["–"]),
        ([0.0], math.inf, ["0.00"]),
    ],
)
def test_a_column_is_written_in_one_way(values: list[float], step: float, cells: list[str]) -> None:
    how = printed._scale(values, step)
    assert [printed._written(x, how) for x in values] == cells


def test_differences_have_intervals_and_counts() -> None:
    low = [[float(i % 7), 0.0] for i in range(20)]
    found = made(
        {
            "Base": low,
            "Up": [[x + 28.3 + (i % 3) / 2, y] for i, (x, y) in enumerate(low)],
            "Mixed": [[x + i % 3 - 1, y] for i, (x, y) in enumerate(low)],
            "Same": low,
        }
    )
    head, *rows = printed.differences(found).replace(wording.NBSP, " ").splitlines()
    both = f"{head} {rows.pop(0)}"
    assert both == (
        "Clients won against “Base” with 95 % intervals that hold for all 3 together, worlds paired"
        " under the same luck:"
    )
    assert rows[3].startswith("Skewness of the differences: ")
    assert rows[3].endswith(", –.")
    assert " ".join(rows[4:]) == printed.LUCK_ALONE
    assert rows[0].startswith("Up     +28.77  [+28.")
    assert rows[0].endswith("ahead in 20 of 20 worlds")
    assert rows[1].endswith("ahead in  6 of 20 worlds, 7 ties")
    assert rows[2].split(maxsplit=3) == ["Same", "0.00", "[0.00,", rows[2].split(maxsplit=3)[3]]
    assert rows[2].endswith("ahead in  0 of 20 worlds, 20 ties")


@pytest.mark.parametrize("worlds", [1, 2, 9])
def test_few_worlds_have_differences_and_counts_but_no_interval(worlds: int) -> None:
    found = made({"A": [[10.0, 0.0]] * worlds, "B": [[13.0, 0.0]] * worlds})
    head, row, last = printed.differences(found).replace(wording.NBSP, " ").splitlines()
    assert head == "Clients won against “A”, worlds paired under the same luck:"
    assert row == f"B  +3.0  ahead in {worlds} of {wording.counted(worlds, 'world')}".replace(
        wording.NBSP, " "
    )
    assert last == "No intervals from so few worlds: run at least 10, better 100."


def test_one_arm_has_no_differences() -> None:
    assert printed.differences(case("one arm")) == ""


def test_every_arm_but_the_baseline_has_a_difference() -> None:
    rows = printed.differences(case("twelve")).splitlines()
    assert sum("ahead in" in row for row in rows) == 11


def test_undefined_numbers_are_dashes() -> None:
    found = made({"A": [[10.0, math.nan]] * 12, "B": [[math.nan, 1.0]] * 12})
    assert "–" in printed.table(found)
    assert "nan" not in "\n".join(printed_of(found))


def test_differences_of_rounding_are_ties() -> None:
    found = made({"A": [[0.3, 0.0]] * 12, "B": [[0.1 + 0.2, 0.0]] * 12})
    assert findings.tally(found, "B") == Tally(0, 0, 12)
    assert "  0.00  [0.00, 0.00]" in printed.differences(found)
    assert "exactly as many" in wording.verdict(found)


def test_won_and_lost_are_explained_in_three_lines() -> None:
    lines = printed.table(case("usual")).splitlines()
    note = " ".join(lines[-3:])
    assert "open needs won" in note
    assert "later effects are not in it" in note


def test_the_size_of_a_run() -> None:
    assert wording.size(case("one arm")) == "1 arm × 60 worlds × 156 weeks"


@pytest.mark.parametrize("name", ["usual", "nasty", "one world", "one arm", "twelve"])
def test_a_run_prints_eighty_columns(name: str) -> None:
    settings = ["talk.negativity_ratio=2", "choice.negative_weight=2", "x=" + "漢" * 90]
    lines = "\n".join(run._found(case(name), settings)).splitlines()
    assert max(map(text.columns, lines)) <= 80
    assert lines[2].startswith("Set: talk.negativity_ratio=2, choice.negative_weight=2,")
    assert not any(ord(letter) < 32 for line in lines for letter in line)


def test_nothing_set_says_nothing() -> None:
    lines = "\n".join(run._found(case("usual"), [])).splitlines()
    assert not any(line.startswith("Set:") for line in lines)
    assert lines[1].startswith("4 arms × 60 worlds × 156 weeks, seed ")
    assert lines[2] == ""


@pytest.mark.parametrize(
    ("earlier", "behind"), [(False, ""), (True, "  (replaces an earlier run)")]
)
def test_a_replaced_run_is_told(earlier: bool, behind: str, tmp_path: Path) -> None:
    assert next(run._place(tmp_path, earlier)) == f"{tmp_path}{os.sep}{behind}"


@pytest.mark.parametrize("name", ["heard_positive", "heard_negative"])
def test_hearings_are_not_people(name: str) -> None:
    units = {measure.name: measure.unit for measure in MEASURES}
    assert units[name] == outcomes.outcomes[name].facts["unit"] == "hearings"
