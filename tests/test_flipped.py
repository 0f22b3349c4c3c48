"""Flips that `claims` takes up of an earlier search: whose they are, in words, table and figure."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path

import gallery
import pytest
from matplotlib.text import Text

import wom_sim
from wom_sim import cli
from wom_sim.commands import flips as command
from wom_sim.commands.claims import claim_files
from wom_sim.scenario.parameters import Claim
from wom_sim.scenario.parameters.claim import Trial
from wom_sim.show import flipped, flipping, style
from wom_sim.show.lint import lint
from wom_sim.show.scoreboard import table
from wom_sim.study.claims.flips import asked, first_variant, score, spans
from wom_sim.study.claims.taken import Flipped, Found, read_flips, taken_up
from wom_sim.study.claims.verdicts import FAILS, HOLDS, INPUT, Outcome, Verdict, outcomes_of
from wom_sim.study.claims.worlds import run_claims
from wom_sim.study.tables import cell

TINY = ("population.size=300", "trades.count=3", "group.size=3", "history_weeks=8", "weeks=30")
FILES = dict(claim_files(set()))


def load(seed: int = 1, *settings: str):
    return wom_sim.load(FILES[12], settings=(*TINY, *settings), replications=4, seed=seed)


def searched(**more) -> Found:
    """What a search of claim 12 found that went out from two worlds and was confirmed by ten."""
    scenario = load()
    first = outcomes_of(scenario.stem, scenario.claim, run_claims([scenario], numbers=range(2)), 1)
    found = Found(12, scenario.claim.quotation, "evidence", score(scenario.claim, first) > 0,
                  "friends.ask_around", 0.7, 0.1, 0.6, True, first[0].effect, 10,
                  ("friends.ask_around", "talk.weak"))
    return found._replace(**more)


def taken(found: Found, seed: int = 1, *settings: str) -> tuple[list[Flipped], list[int]]:
    scenario = load(seed, *settings)
    return taken_up([found], [scenario], run_claims([scenario]))


def test_a_flip_is_taken_up_where_it_went_out_from_these_worlds() -> None:
    (flip,), strange = taken(searched())
    assert not strange
    assert (flip.claim, flip.variant, flip.parameter) == (12, "margin, hours charged",
                                                          "friends.ask_around")
    assert (flip.unit, flip.start, flip.to, flip.confirmed) == ("share", 0.7, 0.1, True)
    assert flip.meaning == "chance that a person with an open need asks ties for advice"


def test_so_is_one_that_found_nothing() -> None:
    nothing = {"parameter": command.NONE, "start": math.nan, "to": math.nan, "share": math.nan,
               "confirmed": False, "worlds": 2}
    (flip,), strange = taken(searched(**nothing))
    assert (flip.parameter, strange) == ("", [])


@pytest.mark.parametrize("changed", [
    {"quotation": "Something else."}, {"preset": "articles"}, {"start": 0.6}, {"worlds": 25},
    {"before": 1.0}, {"holds": None},
])
def test_a_flip_of_other_settings_is_left_out(changed) -> None:
    found = searched()
    if "holds" in changed:
        changed = {"holds": not found.holds}
    assert taken(found._replace(**changed)) == ([], [12])


def test_so_is_one_of_another_seed_or_setting() -> None:
    found = searched()
    assert taken(found, 2) == ([], [12])
    assert taken(found, 1, "choice.awareness=0.9") == ([], [12])


def test_a_setting_that_changes_no_number_is_seen_by_the_hash() -> None:
    scenario, other = load(), load(1, "asking.recall_broad=1")
    samples, hashes = run_claims([scenario]), {scenario.stem: asked(scenario)}
    flips, strange = taken_up([searched()], [scenario], samples, hashes)
    assert (len(flips), strange) == (1, [])
    assert taken_up([searched()], [other], samples, hashes) == ([], [12])


def test_a_hash_is_the_same_in_however_many_worlds_and_with_other_tests_after() -> None:
    scenario = load()
    assert asked(scenario) == asked(scenario.model_copy(update={"replications": 100}))
    assert asked(scenario) == asked(first_variant(scenario))
    assert asked(scenario) != asked(load(2))


def test_claims_that_are_not_run_are_no_matter() -> None:
    assert taken(searched(claim=3)) == ([], [])


def test_a_search_looks_at_the_first_variant_alone() -> None:
    """What is added after it moves neither the search nor the parameters that it may move."""
    whole = wom_sim.load(FILES[8])
    alone = first_variant(whole)
    assert list(alone.claim.tests) == ["closed, without over with"]
    assert spans(alone) == spans(whole)
    joint = first_variant(wom_sim.load(FILES[3]))
    assert {trial.variant for trial in joint.claim.tests.values()} == {"better service"}
    assert len(joint.claim.tests) == 3


def flip(number: int = 1, parameter: str = "friends.weak", holds: bool = False,
         confirmed: bool = True) -> Flipped:
    if not parameter:
        nothing = (math.nan,) * 3
        return Flipped(number, "evidence", "<b>", holds, "", "", "", *nothing, False, 20,
                       ("a.b", "c.d"))
    return Flipped(number, "evidence", "<b>", holds, parameter, "share", "a weak tie", 0.45, 0.1,
                   0.35, confirmed, 100, ("a.b",))


@pytest.mark.parametrize(("one", "said"), [
    (flip(), "“<b>” does not hold; friends.weak (a weak tie) 0.45 → 0.1 share, 35 % of its range:"
             " then it holds, confirmed by 100 fresh worlds"),
    (flip(holds=True), "“<b>” holds; friends.weak (a weak tie) 0.45 → 0.1 share, 35 % of its range:"
                       " then it fails, confirmed by 100 fresh worlds"),
    (flip(confirmed=False), "“<b>” does not hold; friends.weak (a weak tie) 0.45 → 0.1 share, 35 %"
                            " of its range: then it may hold, not confirmed by 100 fresh worlds"),
    (flip(holds=True, confirmed=False),
     "“<b>” holds; friends.weak (a weak tie) 0.45 → 0.1 share, 35 % of its range: then it may fail,"
     " not confirmed by 100 fresh worlds"),
    (flip(parameter=""),
     "“<b>” does not hold; none within the ranges searched of a.b, c.d"),
])
def test_flips_in_words(one: Flipped, said: str) -> None:
    assert plain(flipping.told(one)) == said


def plain(text: str) -> str:
    return re.sub("[\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]", " ", text)


NEVER, MAYBE = flip(parameter=""), flip(confirmed=False)


@pytest.mark.parametrize(("flips", "title"), [
    ([flip()], "Of 1 verdict, 1 flips when one assumption changes"),
    ([flip(), flip(), MAYBE, NEVER], "Of 4 verdicts, 2 flip when one assumption changes, 1 may and"
                                     " 1 does not within the ranges searched"),
    ([flip(), NEVER, NEVER], "Of 3 verdicts, 1 flips when one assumption changes and 2 do not"
                             " within the ranges searched"),
    ([MAYBE, NEVER], "Of 2 verdicts, 0 flip when one assumption changes, 1 may and 1 does not"
                     " within the ranges searched"),
    ([NEVER], "The verdict searched flips nowhere within the ranges searched, one assumption"
              " changed at a time"),
    ([NEVER, NEVER], "None of 2 verdicts flips within the ranges searched, one assumption changed"
                     " at a time"),
])
def test_titles_of_flips(flips: list[Flipped], title: str) -> None:
    assert plain(flipping.headline(flips)) == title


LONG = ("you can realize more good referrals from one or two professional referral sources than"
        " from all your customers combined")


def verdict(number: int, word: str = FAILS) -> Verdict:
    told = Claim(number=number, quotation=LONG if number % 2 else "$x$ =1+1", source="000",
                 input="talk.retell" if word == INPUT else "",
                 tests={"t": Trial(measure="clients_won", contrast=["A", "B"], rule="above",
                                   value=1, effect="ratio")})
    tests = (Outcome("t", "t", 1.2, 1.1, 1.3, 0.01, 20, contrary=False, holds=word == HOLDS),)
    return Verdict(told, "evidence", word, FAILS, tests, 9)


def test_the_table_tells_where_a_claim_flips() -> None:
    said = plain(table([verdict(1), verdict(2, INPUT), verdict(3)], [flip(1), flip(2)]))
    assert "searched in preset evidence only" in " ".join(said.split())
    assert "  Flips: “<b>” does not hold; friends.weak" in said
    assert "  Flips: an input needs no flip; its consequence: “<b>” does not hold" in said
    assert said.count("  Flips: ") == 2
    assert max(map(len, said.splitlines())) <= 100
    assert "Flips" not in table([verdict(1)])


def test_the_figure_is_sound_as_a_layout() -> None:
    words = [HOLDS, FAILS, INPUT, FAILS]
    verdicts = [verdict(n, words[n % 4]) for n in range(1, 17)]
    kinds = [flip(), flip(holds=True), flip(parameter=""), flip(confirmed=False),
             flip(parameter="talk.told.positive.of_everything_there_is")]
    flips = [kinds[n % 5]._replace(claim=n) for n in range(1, 17)]
    drawn = [flipped.page(verdicts, flips, place)
             for place in range(len(flipped.parts_of(verdicts, flips)))]
    assert len(drawn) == 2
    with style.look():
        faults = {fault for page in drawn for fault in lint(page)}
    assert faults <= {"too pale: 'holds'"}
    said = " ".join(text.get_text() for text in drawn[0].findobj(Text))
    assert "Searched in preset evidence only, from each claim's first variant" in " ".join(
        said.split())


def test_claims_without_flips_have_no_figure_of_them() -> None:
    assert flipped.parts_of([verdict(1)], []) == []


def written(folder: Path, found: Found) -> None:
    folder.mkdir()
    row = [found.claim, found.quotation, found.preset, found.holds, found.parameter, found.start,
           found.to, found.share, found.confirmed, found.before, 1.1, 1.0, 1.2, found.worlds,
           ", ".join(found.screened)]
    with (folder / "flips.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(command.COLUMNS)
        rows.writerow(map(cell, row))


def test_what_a_search_wrote_is_read_again(tmp_path: Path) -> None:
    found = searched(quotation="=1+1")
    written(tmp_path / "x", found)
    assert read_flips(tmp_path / "x" / "flips.csv") == [found]


def run(tmp_path: Path) -> int:
    settings = [part for setting in TINY for part in ("--set", setting)]
    return cli.main(["claims", "--only", "12", "--replications", "4", "--workers", "1", "--out",
                     str(tmp_path), *settings])


def test_the_command_takes_up_a_search_beside_it(tmp_path: Path, capsys) -> None:
    written(tmp_path / "claims-flips", searched())
    assert run(tmp_path) == 0
    assert "Flips: “margin, hours charged”" in capsys.readouterr().out
    folder = tmp_path / "claims"
    assert {"flips.csv", "flips.png", "flips.svg"} <= {path.name for path in folder.iterdir()}
    told = gallery.told_flips(folder)
    side = "fails" if searched().holds else "holds"
    assert told == {"12": f"{side} at `friends.ask_around` 0.7 → 0.1 share, confirmed"}


@pytest.mark.parametrize(("row", "said"), [
    ({"parameter": ""}, "none within the ranges searched"),
    ({"holds_before": "true"}, "fails at `a.b` 0.5 → 0.25 share, confirmed"),
    ({"confirmed": "false"}, "may hold at `a.b` 0.5 → 0.25 share, not confirmed"),
])
def test_flips_in_the_readme(row: dict[str, str], said: str) -> None:
    usual = {"parameter": "a.b", "holds_before": "false", "from": "0.5", "to": "0.25",
             "unit": "share", "confirmed": "true"}
    assert gallery.told_flip(usual | row) == said


def test_the_command_says_what_it_leaves_out(tmp_path: Path, capsys) -> None:
    written(tmp_path / "claims-flips", searched(start=0.6))
    assert run(tmp_path) == 0
    assert "its flips of claims 12 are left out" in capsys.readouterr().err
    assert not (tmp_path / "claims" / "flips.csv").exists()


def test_a_table_of_something_else_is_left_out(tmp_path: Path, capsys) -> None:
    (tmp_path / "claims-flips").mkdir()
    (tmp_path / "claims-flips" / "flips.csv").write_text("claim,what\n1,2\n", encoding="utf-8")
    assert run(tmp_path) == 0
    assert "is no table that --flips wrote" in capsys.readouterr().err
