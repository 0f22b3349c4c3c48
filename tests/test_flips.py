"""Where verdicts flip: on made-up responses with a known place, and the command in a tiny town."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

import wom_sim
from wom_sim import cli
from wom_sim.commands import flips as command
from wom_sim.commands.claims import claim_files
from wom_sim.scenario.parameters import Claim
from wom_sim.scenario.parameters.claim import Trial
from wom_sim.scenario.resolve import read_text
from wom_sim.study.claims import flips
from wom_sim.study.claims.flips import Flip, Move, Span, confirmed, nearest, score, spans, strongest
from wom_sim.study.claims.verdicts import Outcome
from wom_sim.study.keeping import identity

TINY = ("population.size=120", "trades.count=3", "group.size=3", "history_weeks=8")


def test_bisection_finds_a_known_flip() -> None:
    """One response crosses at .3 of the range, one at .7, one never."""
    places = {"a": 0.7, "b": 0.3, "c": math.inf}
    moves = [Move(name, 1, -1.0) for name in places]
    asked: list[tuple[str, float]] = []

    def side(name: str, sign: int, share: float) -> bool:
        asked.append((name, share))
        return share < places[name]

    found = nearest(True, moves, dict.fromkeys([(m.name, 1) for m in moves], 1.0), side, 10)
    assert found is not None
    assert found.name == "b"
    assert 0.3 <= found.share < 0.3 + 2**-10
    # What lies beyond the best so far is not looked at.
    assert max(share for name, share in asked if name == "c") == found.share


def test_a_claim_that_does_not_hold_may_be_made_to() -> None:
    def side(name: str, sign: int, share: float) -> bool:
        return sign < 0 and share >= 0.25

    moves = [Move("a", -1, 0.5)]
    assert nearest(False, moves, {("a", -1): 0.5}, side, 1) == Flip("a", -1, 0.25)


def test_no_flip_is_an_answer_and_what_cannot_be_said_is_none() -> None:
    moves = [Move("a", 1, -1.0)]
    assert nearest(True, moves, {("a", 1): 1.0}, lambda *move: True) is None
    assert nearest(True, moves, {("a", 1): 1.0}, lambda *move: None) is None
    assert nearest(True, moves, {("a", 1): 0.0}, lambda *move: False) is None
    assert nearest(True, [], {}, lambda *move: False) is None


def test_the_strongest_parameters_and_the_way_to_the_other_side() -> None:
    moves = [Move("a", 1, -3.0), Move("a", -1, 4.0), Move("b", 1, -2.0), Move("c", -1, -0.1),
             Move("d", 1, math.nan)]
    assert strongest(moves, start=1.0, most=2) == [moves[0], moves[2]]
    assert strongest(moves, start=-1.0, most=2) == [moves[1]]


def test_places_in_a_range() -> None:
    plain = Span("p", 0.2, 0.0, 1.0, log=False, whole=False)
    assert (plain.farthest(1), plain.farthest(-1)) == (0.8, 0.2)
    assert (plain.at(1, 0.5), plain.at(-1, 0.2)) == (0.7, 0.0)
    factor = Span("p", 8.0, 2.0, 32.0, log=True, whole=False)
    assert factor.farthest(1) == pytest.approx(0.5)
    assert factor.at(1, 0.25) == 16.0
    assert Span("p", 8, 2, 32, log=True, whole=True).at(-1, 0.1) == 6


def test_what_is_searched_and_how_far() -> None:
    scenario = read_text("arms: {A: {}, B: {talk: {weak: 0.1}, service: {level: 1}}}", "x.yaml")
    found = {span.name: span for span in spans(scenario)}
    assert not {"talk.weak", "service.level", "population.size", "effort.service"} & set(found)
    assert "talk.told.negative" not in found
    share = found["friends.warn"]
    assert (share.low, share.high, share.log) == (0.0, 1.0, False)
    factor = found["talk.memory_half_life"]
    assert (factor.low, factor.high, factor.log) == (26 / 4, 26 * 4, True)
    level = found["judgement.expectation"]
    assert (level.low, level.high) == (2.05 - 2, 2.05 + 2)
    for span in found.values():
        assert span.low <= span.start <= span.high
        assert span.at(1, 0.0) == pytest.approx(span.start, rel=1e-5)
        assert span.at(1, span.farthest(1)) == pytest.approx(span.high, rel=1e-5)


def made(effect: float, low: float, high: float, contrary: bool = False) -> Outcome:
    return Outcome("t", "t", effect, low, high, 0.01, 100, contrary=contrary)


CLAIM = Claim(number=1, quotation="q", source="s", tests={
    "t": Trial(measure="clients_won", contrast=["A", "B"], rule="above", value=2)})


def test_scores_are_margins_in_units_of_the_start() -> None:
    start = [made(3.0, 2.5, 3.5)]
    assert score(CLAIM, start) == 1.0
    assert score(CLAIM, [made(1.5, 1.0, 2.0)], start) == -0.5
    assert math.isnan(score(CLAIM, [made(math.nan, math.nan, math.nan)], start))


def test_a_flip_is_confirmed_by_the_whole_interval() -> None:
    assert confirmed(CLAIM, [made(1.0, 0.5, 1.5, contrary=True)], holds=True)
    assert not confirmed(CLAIM, [made(1.9, 1.5, 2.3)], holds=True)
    assert confirmed(CLAIM, [made(3.0, 2.5, 3.5)], holds=False)
    assert not confirmed(CLAIM, [made(2.1, 1.9, 2.3)], holds=False)


def test_the_command_keeps_what_is_done_and_takes_up_there(
    tmp_path: Path, capsys, monkeypatch
) -> None:
    everything = flips.spans

    def few(scenario) -> list[Span]:
        named = ("friends.ask_around", "asking.persuade")
        return [span for span in everything(scenario) if span.name in named]

    monkeypatch.setattr(flips, "spans", few)
    settings = [part for setting in (*TINY, "weeks=30") for part in ("--set", setting)]
    options = ["claims", "--flips", "--only", "12", "--workers", "1", "--replications", "5",
               "--out", str(tmp_path), *settings]

    def stopped(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr(command.Search, "row", stopped)
    assert cli.main(options) == 130
    assert "the same command takes up there" in capsys.readouterr().err
    kept = sorted((tmp_path / "claims-flips.unfinished").glob("*.json"))
    assert len(kept) == 5
    monkeypatch.undo()
    monkeypatch.setattr(flips, "spans", few)
    monkeypatch.setattr(command.Search, "_scores", stopped)
    for name, other in (("program", lambda: "another"), ("MATTER", ("numpy",))):
        with monkeypatch.context() as changed:
            changed.setattr(identity, name, other)
            assert cli.main(options) == 130, f"another {name}"
    capsys.readouterr()
    assert cli.main(options) == 0
    assert capsys.readouterr().out.startswith("12: ")
    with (tmp_path / "claims-flips" / "flips.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert tuple(row) == command.COLUMNS
    assert not (tmp_path / "claims-flips.unfinished").exists()


def test_no_worlds_are_no_confirmation(tmp_path: Path, capsys) -> None:
    options = ["--only", "12", "--replications", "0", "--workers", "1", "--out", str(tmp_path)]
    assert cli.main(["claims", "--flips", *options]) == 2
    assert "--replications 0" in capsys.readouterr().err


def test_answers_in_words() -> None:
    row = [6, "q", "evidence", False, "friends.weak", 0.45, 0.1, 0.35, True, 0.4, 1.2, 1.1, 1.3,
           100, "friends.weak"]
    assert command.told(row) == ("6: does not hold; flips at friends.weak = 0.1 (now 0.45, 35% of"
                                 " its range), confirmed by 100 fresh worlds")
    row = [6, "q", "evidence", True, command.NONE, "", "", "", "", 0.4, "", "", "", 20, "a, b"]
    assert command.told(row) == "6: holds; no flip within the ranges searched of a, b"


def test_every_claim_has_something_to_search() -> None:
    for _, path in claim_files(set()):
        assert len(spans(wom_sim.load(path))) > flips.STRONGEST
