"""Faults with their line and a caret, as a terminal shows them."""

from __future__ import annotations

import pickle
import re

import pytest

import wom_sim.face  # noqa: F401 - fills the registries
from wom_sim.scenario.faults import ScenarioError
from wom_sim.scenario.pointing import WIDTH, pointed
from wom_sim.scenario.resolve import read_text


def error_of(text: str, *settings: str) -> ScenarioError:
    with pytest.raises(ScenarioError) as caught:
        read_text(text, "x.yaml", settings=settings)
    return caught.value


def test_a_misspelt_key() -> None:
    assert pointed(error_of("talk:\n  negativity_ration: 5  # a lot\n")) == (
        "error: talk.negativity_ration: unknown\n"
        " --> x.yaml:2:3\n".replace(" -->", "  -->")
        + "  |\n"
        "2 |   negativity_ration: 5  # a lot\n"
        "  |   ^^^^^^^^^^^^^^^^^\n"
        "  = help: did you mean 'negativity_ratio'?\n"
        "\n"
        "1 fault; nothing was run or written"
    )


def test_an_option_is_pointed_at() -> None:
    shown = pointed(error_of("seed: 1\n", "talk.weak=7"))
    assert " | --set talk.weak=7\n |                 ^\n" in shown


@pytest.mark.parametrize(
    ("line", "marked"),
    [
        ("talk: {delighted: 5%, weak: 0.1}", "5%"),
        ("talk: {delighted: 12:30}", "12:30"),
        ("question: 'it''s' x", None),
        ('talk: {delighted: "a \\" b"}', '"a \\" b"'),
        ("talk: {delighted: 'it''s'}", "'it''s'"),
        ("talk: [1, 2]", "["),
        ("日本: 3", "日本"),
        ("talk: {日本: 3}", "日本"),
        ("seeed: 3", "seeed"),
    ],
)
def test_the_caret_covers_what_is_meant(line: str, marked: str | None) -> None:
    lines = pointed(error_of(line + "\n")).splitlines()
    source = next(shown for shown in lines if shown.startswith("1 | "))[4:]
    caret = next(shown for shown in lines if shown.strip(" |").startswith("^"))[4:]
    assert source == line
    if marked is not None:
        wide = 2 if marked == "日本" else 1
        assert caret.strip() == "^" * (len(marked) * wide)
        assert caret.index("^") == line.index(marked)


def test_long_lines_are_cut_around_the_place() -> None:
    long = "question: " + "x" * 400
    shown = pointed(error_of(f"talk: {{weak: 0.1, {'a' * 300}: 3}}\n{long}\n"))
    assert all(len(line) <= WIDTH + 20 for line in shown.splitlines() if " | " in line)
    assert "^" in shown


def test_control_characters_never_reach_the_terminal() -> None:
    shown = pointed(error_of('seeed: "\\e[31m"\n"\x85k": 3\n'), color=False)
    assert all(line.isprintable() for line in shown.splitlines())


def test_color_is_only_added() -> None:
    error = error_of("seeed: 3\n")
    assert "\x1b[1;31m" in pointed(error, color=True)
    assert re.sub(r"\x1b\[[\d;]*m", "", pointed(error, color=True)) == pointed(error)


def test_many_faults_are_counted() -> None:
    shown = pointed(error_of("".join(f"kk{n}: 1\n" for n in range(150))))
    assert shown.splitlines()[-1] == "150 faults (50 not shown); nothing was run or written"


def test_a_fault_without_a_line() -> None:
    assert pointed(error_of("# nothing\n")).startswith("error: the file is empty\n --> x.yaml\n")


def test_the_error_survives_pickling_with_its_texts() -> None:
    error = error_of("seeed: 3\n")
    again = pickle.loads(pickle.dumps(error))
    assert pointed(again) == pointed(error)
    assert str(again) == str(error)
