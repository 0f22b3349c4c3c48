"""Words for a terminal: a sentence for every branch, and a table that fits."""

from __future__ import annotations

import math
from itertools import chain
from typing import Any

import pytest
from test_show import NASTY, case, results

from wom_sim.show import findings, text, wording
from wom_sim.show.findings import Lead


def record(**changed: Any) -> dict[str, Any]:
    """A record of a comparison, clearly ahead unless changed."""
    usual = {"arm": "Both", "baseline": "Plain", "outcome": "clients_won", "n": 60}
    usual |= {"difference": 31.2, "ci_low": 25.1, "ci_high": 37.4, "probability_greater": 0.94}
    return {**usual, **changed}


def said(**changed: Any) -> str:
    lead = findings.judge(record(**changed))
    return wording._FIRST[lead.kind](lead, "3 years").replace(wording.NBSP, " ")


def test_a_clear_lead_names_difference_interval_and_unpaired_chance() -> None:
    assert said() == (
        "“Both” wins 31 more clients than “Plain” in 3 years (95 % interval 25 to 37);"
        " it is ahead in 94 of 100 pairs of random worlds."
    )


def test_behind_is_told_from_the_winners_side() -> None:
    behind = {"difference": -4.0, "ci_low": -6.5, "ci_high": -1.5, "probability_greater": 0.2}
    assert said(**behind) == (
        "“Plain” wins 4 more clients than “Both” in 3 years (95 % interval 1.5 to 6.5);"
        " it is ahead in 80 of 100 pairs of random worlds."
    )


def test_a_tie_claims_no_winner() -> None:
    tie = {"difference": -0.4, "ci_low": -3.0, "ci_high": 2.2, "probability_greater": 0.48}
    assert said(**tie) == (
        "No arm clearly wins more clients than “Plain” in 3 years: “Both” is furthest off, by"
        " −0.4 (95 % interval −3 to 2.2), and ahead in 48 of 100 pairs of random worlds."
    )


def test_equal_worlds_are_called_equal() -> None:
    same = {"difference": 0.0, "ci_low": 0.0, "ci_high": 0.0, "probability_greater": 0.5}
    assert said(**same) == (
        "Every arm wins exactly as many clients as “Plain”, in each of 60 worlds."
    )


@pytest.mark.parametrize("n", [1, 9])
def test_few_worlds_decide_nothing(n: int) -> None:
    sentence = said(n=n, ci_low=math.nan if n == 1 else 25.1)
    assert sentence.startswith(f"Only {n} world")
    assert "too few" in sentence
    assert "31" not in sentence


def test_undefined_intervals_are_no_lead() -> None:
    assert findings.judge(record(ci_low=math.nan, ci_high=math.nan)).kind == "tie"


def test_the_best_arm_speaks_even_where_another_is_further_behind() -> None:
    class Found:
        comparison = (
            record(arm="Bad", difference=-90.0, ci_low=-99.0, ci_high=-80.0),
            record(arm="Good"),
            record(outcome="margin", difference=1e6),
        )

    assert findings.lead(Found()).arm == "Good"  # type: ignore[arg-type]
    assert findings.widest(Found()).arm == "Bad"  # type: ignore[arg-type]


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


def test_the_verdict_of_nothing_won() -> None:
    assert wording.verdict(case("zero")).endswith("With “Partners”, nobody is won at all.")


@pytest.mark.parametrize("name", ["usual", "zero", "huge", "nasty", "one world", "twelve"])
def test_the_table_fits_a_terminal(name: str) -> None:
    lines = wording.table(case(name)).splitlines()
    assert max(map(text.columns, lines)) <= 80
    assert not any(ord(letter) < 32 for letter in chain(*lines))
    "\n".join(lines).encode("utf-8")


def test_the_table_fits_at_its_widest() -> None:
    assert max(map(text.columns, wording.table(results(size=60.0)).splitlines())) <= 80


def test_the_table_says_what_results_say() -> None:
    found = case("usual")
    rows = wording.table(found).splitlines()
    assert rows[5].split()[:6] == ["Partners", "174", "(131–225)", "53", "94", "14"]
    assert "90" not in wording.table(case("one world")).splitlines()[-1]


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


def test_narrow_numbers_stay_narrow() -> None:
    shown = [wording.short(x) for x in (9999.0, 12_345.0, -999_999.0, 2.5e7, 3e13, math.nan)]
    assert shown == ["9,999", "12k", "−1,000k", "25M", "30T", "–"]


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
    assert text.clip("漢字漢字", 6) == "漢字…"
    assert text.fold("one two three four", 9, 2) == ["one two", "three fo…"]
    assert text.fold("one", 9, 2) == ["one"]


@pytest.mark.parametrize("name", NASTY)
def test_nasty_names_are_made_safe(name: str) -> None:
    safe = text.clean(name)
    assert safe
    assert safe.isprintable()
    lead = Lead("ahead", name, name, 60, 3.0, 1.0, 5.0, 0.7)
    wording.headline(lead, "3 years").encode("utf-8")
