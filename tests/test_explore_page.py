"""What the live page says and what its file holds: sliders, worlds, words, and the grid."""

from __future__ import annotations

import argparse
import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explored import TOWN, town

from wom_sim.cli import main
from wom_sim.commands.exploring import objection, reader
from wom_sim.commands.exporting import in_the_way
from wom_sim.commands.telling import LOST
from wom_sim.explore import beforehand
from wom_sim.explore.asked import Asked, Refused, Wish, wish_of
from wom_sim.explore.beforehand import Grid, Plan, Timed, TooLong, plan
from wom_sim.face import load
from wom_sim.scenario.dump import canonical, dump
from wom_sim.scenario.explore import ladder, moved_arms, own_value, settings, usual_page
from wom_sim.scenario.parameters import Parameters, Scenario
from wom_sim.scenario.parameters.explore import USUAL, Slider
from wom_sim.scenario.quantities import declarations
from wom_sim.scenario.resolve import read_text
from wom_sim.show import findings, roles
from wom_sim.show.live import assets
from wom_sim.show.live.assets import own, plotly, served
from wom_sim.show.live.business import tell_business
from wom_sim.show.live.single import MARK, single_file
from wom_sim.show.live.telling import (
    DARK,
    live_headline,
    luck,
    setup,
    stops,
    tell,
    ticks,
    words,
)
from wom_sim.show.sayings import value_words
from wom_sim.study.crew import Crew, WorkerDied, workforce
from wom_sim.study.live import KEPT, Business, Live, picture, work_live
from wom_sim.study.replicate import FOCAL, replicate
from wom_sim.study.results import Happening
from wom_sim.study.stories import happenings

ASK, MEET = "Ask $x$ & <b>all</b>", "1+1 Partners"
DECLARED = {entry.name: entry for entry in declarations(Parameters)}


def hamlet(given: Sequence[str] = ()) -> Scenario:
    return read_text(TOWN, "hamlet.yaml", settings=given)


def plain(given: Sequence[str] = ()) -> Scenario:
    return read_text(TOWN, "hamlet.yaml", settings=given, plain=True)


def asked(live: Live) -> Asked:
    scenario = hamlet()
    assert scenario.explore is not None
    return Asked(plain, scenario.explore, stops(scenario, scenario.explore), live)


# ---- the key in a scenario


def test_what_the_page_is_changes_no_world_and_no_hash_where_it_is_absent() -> None:
    plain = read_text("arms: {a: {}}", "x.yaml")
    assert "explore" not in canonical(plain)
    assert "explore" not in dump(plain)
    assert read_text(dump(hamlet()), "x.yaml").explore == hamlet().explore


def test_a_page_of_its_own_has_what_trainers_talk_about() -> None:
    page = usual_page(load(Path(__file__).parents[1] / "scenarios/customers_or_partners.yaml"))
    assert [one.name for one in page.sliders] == [
        "group.size", "friends.ask_around", "talk.negativity_ratio", "service.level",
        "referral.credibility_start",
    ]
    assert page.compare == ("Ask customers", "Partners")
    assert [len(one.settings) for one in page.presets] == [1, 1, 1, 1]


def test_the_usual_sliders_are_declared_and_within_what_is_legal() -> None:
    for usual in USUAL:
        entry = DECLARED[usual.name]
        assert entry.low is None or usual.low >= entry.low
        assert entry.high is None or usual.high <= entry.high
        assert usual.low <= usual.to <= usual.high


def test_partners_without_a_group_are_counted() -> None:
    text = ("partners: {count: 3}\neffort: {service: 32, partners: 4}\n"
            "arms: {Base: {}, Alone: {partners: {count: 0}}}")
    page = usual_page(read_text(text, "x.yaml"))
    assert "partners.count" in [one.name for one in page.sliders]
    assert "group.size" not in [one.name for one in page.sliders]


@pytest.mark.parametrize(
    ("low", "high", "whole", "own", "first", "many"),
    [(0, 1, False, 0.72, (0.0, 0.05), 22), (2, 27, True, 27, (2.0, 3.0), 26),
     (0, 200, True, 7, (0.0, 5.0), 42), (1, 11, False, 11, (1.0, 1.5), 21)],
)
def test_a_slider_stops_at_round_values_and_at_the_own(
    low: float, high: float, whole: bool, own: float, first: tuple[float, float], many: int
) -> None:
    found = ladder(Slider(name="x", low=low, high=high, whole=whole), own)
    assert found[:2] == first
    assert own in found
    assert (found[0], found[-1], len(found)) == (low, high, many)
    assert list(found) == sorted(set(found))


def test_a_slider_moves_the_arms_that_heed_it() -> None:
    scenario = hamlet()
    assert moved_arms(scenario, "group.size") == (MEET,)
    assert moved_arms(scenario, "friends.ask_around") == (ASK, MEET)
    assert moved_arms(scenario, f"arms.{MEET}.partners.attendance") == (MEET,)
    assert settings(scenario, f"arms.{MEET}.partners.attendance", 0.5) == [
        f"arms.{MEET}.partners.attendance=0.5"]
    moved = plain(settings(scenario, "friends.ask_around", 0.25))
    assert [arm.parameters.friends.ask_around for arm in moved.arms] == [0.25, 0.25]
    assert moved.base == scenario.base
    assert own_value(scenario, "group.size") == 6


def test_who_joins_later_heeds_what_belongs_to_partners() -> None:
    slider = "explore: {sliders: {referral.close_untrained: {}, group.every: {}}}\n"
    arms = "arms:\n  Stays: {}\n  Joins: {events: [{week: 1, join: 0}]}\n"
    scenario = read_text(slider + arms, "x.yaml")
    for name in ("referral.close_untrained", "one_to_ones.hours", "group.every"):
        assert moved_arms(scenario, name) == ("Joins",)


def test_where_one_is_treated_the_group_of_the_others_counts() -> None:
    """Of all arms of the shipped newcomer, also of the one that stays out."""
    scenario = load(Path(__file__).parents[1] / "scenarios/first_year.yaml")
    for name in ("referral.close_untrained", "group.every"):
        assert moved_arms(scenario, name) == tuple(arm.name for arm in scenario.arms)


@pytest.mark.parametrize(("kept", "group"), [("{group: true}", True), ("{count: 2}", False)])
def test_a_group_is_more_than_partners(kept: str, group: bool) -> None:
    arms = "arms: {Stays: {partners: {group: false, count: 0}}}"
    scenario = read_text(f"treated: one\npartners: {kept}\n{arms}", "x.yaml")
    assert moved_arms(scenario, "referral.close_untrained") == ("Stays",)
    assert moved_arms(scenario, "group.every") == (("Stays",) if group else ())


# ---- worlds


def test_a_live_world_is_the_world_that_a_run_has() -> None:
    scenario = hamlet(["arms.1+1 Partners.friends.ask_around=0.3"])
    with workforce(None, 1) as crew:
        found = Live(crew).run(scenario, (ASK, MEET), 3, lambda: False)
    records = [replicate(scenario, number).record for number in range(3)]
    from wom_sim.market.record import PLACE

    own = np.array([[record[arm].mean(axis=1)[:, [PLACE[name] for name in KEPT]].T
                     for record in records] for arm in range(2)])
    assert np.array_equal(found.weekly, own)
    judged = own[1][:, 1:].sum(axis=(0, 2))
    assert found.unhappy(MEET) == pytest.approx(judged[0] / judged.sum())


def test_one_business_is_that_of_a_run_in_the_median_world() -> None:
    from wom_sim.market.record import PLACE

    scenario = hamlet()
    with workforce(None, 1) as crew:
        live = Live(crew)
        found = live.business(scenario, (ASK, MEET), 5, lambda: False)
        won = live.run(scenario, (ASK, MEET), 5, lambda: False).won(MEET).sum(axis=-1)
    assert (found.arm, found.worlds) == (MEET, 5)
    assert len(set(won)) > 1
    number = int(np.argmin(np.abs(won - np.median(won))))
    assert found.told == happenings(scenario, scenario.arms[1], number)
    own = replicate(scenario, number).record[1][:, FOCAL, PLACE["won"]]
    weeks = [one.week for one in found.told if one.event == "won" and one.source != "repeat"]
    assert [weeks.count(week) for week in range(scenario.weeks)] == own.tolist()


def test_a_business_says_in_which_world_it_lives_or_why_there_is_none() -> None:
    told = (Happening(1, "won", 2, -1, "unprompted"),)
    one = tell_business(Business("A <b>", 1, told), 26)["markup"]
    many = tell_business(Business("A <b>", 100, told), 26)["markup"]
    assert "under “A &lt;b&gt;”, in the first world." in one
    assert "in the middle one of 100 worlds by clients won." in many
    assert "stands in the curves." in many
    assert tell_business(Business("A", 1, ()), 26) == {
        "problem": "nothing happened to this business under “A”"}


def test_few_worlds_come_first_and_the_count_is_the_count_run() -> None:
    with workforce(None, 1) as crew:
        live = Live(crew)
        first = live.run(hamlet(), (ASK, MEET), 20, lambda: True)
        more = live.run(hamlet(), (ASK, MEET), 4, lambda: False)
    assert first.worlds == 1
    assert more.worlds == 4
    assert np.array_equal(first.weekly, more.weekly[:, :1])
    assert tell(first, 100)["worlds"] == 1
    assert len(tell(more, 100)["dots"]) == 4


def test_worlds_are_simulated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from wom_sim.study import live as room

    calls: list[int] = []

    def counted(scenario: Scenario, number: int) -> Any:
        calls.append(number)
        return work_live(scenario, number)

    monkeypatch.setattr(room, "work_live", counted)
    with workforce(None, 1) as crew:
        own = asked(Live(crew))
        start = (4, own.steps["friends.ask_around"].index(0.7))
        own.answer(Wish(start, 2), lambda: False)
        own.answer(Wish(start, 2), lambda: False)
        assert calls == [0, 0, 1, 1]
        # Members of a group mean nothing to those who have none.
        own.answer(Wish((0, start[1]), 2), lambda: False)
    assert len(calls) == 6


def test_a_slider_changes_the_picture() -> None:
    with workforce(None, 1) as crew:
        own = asked(Live(crew))
        one, other = (own.answer(Wish((4, place), 3), lambda: False) for place in (0, 20))
    assert one["arms"] != other["arms"]
    assert own.scenario((0, 0)).arms[1].parameters.group.size == 2


@pytest.mark.parametrize(
    "content",
    [None, [], {}, {"at": [0, 0]}, {"at": [0, 0], "worlds": 1, "x": 1}, {"at": 3, "worlds": 1},
     {"at": [0], "worlds": 1}, {"at": [0, 99], "worlds": 1}, {"at": [0, -1], "worlds": 1},
     {"at": [0, 0.0], "worlds": 1}, {"at": [0, True], "worlds": 1}, {"at": [0, "0"], "worlds": 1},
     {"at": [0, 0], "worlds": 101}, {"at": [0, 0], "worlds": -1}, {"at": [0, 0], "worlds": 1e3},
     {"at": [0, 0], "worlds": math.nan}],
)
def test_a_wish_is_for_stops_that_there_are(content: Any) -> None:
    with pytest.raises(Refused):
        wish_of(content, {"a": (1.0, 2.0), "b": (0.0, 1.0)})
    assert wish_of({"at": [1, 0], "worlds": 0}, {"a": (1.0, 2.0), "b": (0.0, 1.0)}) == Wish(
        (1, 0), 0)


def test_settings_that_do_not_go_together_are_told_in_a_line() -> None:
    text = TOWN.replace("friends.ask_around:", "talk.negativity_ratio:").replace(
        "range: [0, 1], says", "range: [1, 20], says").replace(
        "{talk.negativity_ratio: 0}", "{talk.negativity_ratio: 1}")

    def read(given: Sequence[str]) -> Scenario:
        return read_text(text, "x.yaml", settings=given, plain=True)

    scenario = read_text(text, "x.yaml")
    assert scenario.explore is not None
    with workforce(None, 1) as crew:
        own = Asked(read, scenario.explore, stops(scenario, scenario.explore), Live(crew))
        with pytest.raises(Refused, match=r"these settings do not go together: .*talk"):
            own.answer(Wish((0, len(own.steps["talk.negativity_ratio"]) - 1), 1), lambda: True)


# ---- words


def lead(kind: findings.Kind, worlds: int = 100, difference: float = 3.0) -> findings.Lead:
    return findings.Lead(kind, "Partners", "Ask", worlds, difference, 1.0, 5.0, 0.7,
                         median=2.0, median_low=1.0, median_high=3.0)


@pytest.mark.parametrize(
    ("kind", "gaps", "said"),
    [
        ("ahead", [1.0] * 10, "“Partners” wins 3 more clients than “Ask” in 3 years"),
        ("behind", [-1.0] * 10, "“Ask” wins 3 more clients than “Partners” in 3 years"),
        ("tie", [1.0, -1.0] * 5, "No arm clearly wins more clients than “Ask” in 3 years"),
        ("same", [0.0] * 10, "Every arm wins exactly as many clients as “Ask”"),
        ("alone", [0.0] * 10, "“Partners”: clients won in 3 years"),
        ("unsettled", [1.0] * 10, "In the middle world “Partners” wins 2 more clients than “Ask”"
         " in 3 years; the mean is not settled"),
        ("few", [1.0], "“Partners” wins more clients than “Ask” in the first world"),
        ("few", [-1.0], "“Ask” wins more clients than “Partners” in the first world"),
        ("few", [1.0, 1.0], "“Partners” wins more clients than “Ask” in the first 2 worlds"),
        ("few", [1.0, 1.0, -1.0],
         "“Partners” wins more clients than “Ask” in 2 of the first 3 worlds"),
        ("few", [0.0, -1.0], "“Ask” wins more clients than “Partners” in 1 of the first 2 worlds"),
        ("few", [1.0, -1.0], "“Partners” and “Ask” are level so far"),
        ("few", [0.0], "“Partners” and “Ask” are level so far"),
    ],
)
def test_the_headline_says_what_the_worlds_say(
    kind: findings.Kind, gaps: list[float], said: str
) -> None:
    found = live_headline(lead(kind, len(gaps)), np.array(gaps), "3 years")
    assert found.replace("\N{NO-BREAK SPACE}", " ") == said


def test_dots_are_counted_in_words() -> None:
    told = luck(lead("ahead", 4), np.array([1.0, 0.0, -2.0, 3.0]))
    assert (told["ahead"], told["behind"], told["tied"]) == ("“Partners”: 2", "“Ask”: 1",
                                                            "level: 1")
    assert luck(lead("ahead", 1), np.array([1.0]))["tied"] == ""
    assert "one simulated world" in luck(lead("alone"), np.zeros(3))["what"]


def test_a_picture_of_known_worlds() -> None:
    weekly = np.zeros((2, 12, len(KEPT), 26))
    weekly[0, :, 0, 0] = np.arange(12)
    weekly[1, :, 0, 0] = np.arange(12) + np.where(np.arange(12) < 2, 0, 1)
    weekly[:, :, 1], weekly[:, :, 2] = 1.0, 3.0
    found = tell(picture(hamlet(), (ASK, MEET), weekly), 100)
    assert found["dots"] == "a" * 10 + "tt"
    assert found["arms"][0]["mean"][0] == 0
    assert found["arms"][0]["mean"][-1] == 5.5
    assert found["arms"][0]["low"][-1] == pytest.approx(0.55)
    assert found["arms"][0]["unhappy"] == "25\N{NO-BREAK SPACE}%"
    few = tell(picture(hamlet(), (ASK, MEET), weekly[:, :9]), 100)
    assert "low" not in few["arms"][0]
    assert few["arms"][0]["end"] == "4"


def test_one_arm_alone_has_a_page_too() -> None:
    scenario = read_text("weeks: 4\nhistory_weeks: 0\npopulation: {size: 60}\n"
                         "trades: {count: 2}\nexplore: {}", "x.yaml")
    page = scenario.explore
    assert page is not None
    with workforce(None, 1) as crew:
        told = tell(Live(crew).run(scenario, page.compare, 1, lambda: True), 100)
    assert told["headline"].endswith("clients won in 4\N{NO-BREAK SPACE}weeks")
    assert json.dumps(setup(scenario, page, stops(scenario, page), 60), allow_nan=False)


@pytest.mark.parametrize(
    ("name", "says", "value", "said"),
    [
        ("partners.count", "{} referral partner(s)", 1, "1 referral partner"),
        ("partners.count", "{} referral partner(s)", 3, "3 referral partners"),
        ("friends.ask_around", "{} ask", 0.7, "70\N{NO-BREAK SPACE}% ask"),
        ("service.level", "Service {}", 0.5, "Service +0.5"),
        ("service.level", "Service {}", -0.5, "Service −0.5"),
        ("service.level", "", 0, "service level: 0"),
        ("talk.negativity_ratio", "{}\x1b[0m\n<b>", 11, "11 [0m <b>"),
    ],
)
def test_a_label_is_a_sentence(name: str, says: str, value: float, said: str) -> None:
    slider = Slider(name=name, low=0, high=1, says=says)
    assert words(slider, DECLARED[name], value).replace("[0m  ", "[0m ") == said
    assert value_words(DECLARED[name], value) in words(slider, DECLARED[name], value)


@pytest.mark.parametrize(
    ("weeks", "said"),
    [(12, "start|week 2|week 4|week 6|week 8|week 10|week 12"),
     (52, "start|3 months|6 months|9 months|12 months"),
     (104, "start|6 months|12 months|18 months|24 months"),
     (156, "start|12 months|24 months|36 months")],
)
def test_time_is_marked_in_words(weeks: int, said: str) -> None:
    found = ticks(weeks)
    assert "|".join(text.replace("\N{NO-BREAK SPACE}", " ") for _, text in found) == said
    assert found[-1][0] == weeks


def test_the_page_says_how_large_its_town_is() -> None:
    scenario = hamlet()
    assert scenario.explore is not None
    steps = stops(scenario, scenario.explore)
    told = setup(scenario, scenario.explore, steps, 5000)
    assert told["town"].replace("\N{NO-BREAK SPACE}", " ") == (
        "Town of 120 people with 6 businesses, 6 months (the scenario’s own has 5,000 people)")
    assert "own has" not in setup(scenario, scenario.explore, steps, 120)["town"]
    assert [one["at"] for one in told["presets"]] == [[4, 0], [0, 14]]
    assert [one["says"][one["start"]] for one in told["sliders"]] == [
        "6 members in the group", "70\N{NO-BREAK SPACE}% of people in need ask friends"]


def test_colours_can_be_read_on_a_dark_page() -> None:
    page = re.search(r"dark \{.*?--page: (#\w+)", own("page.css"), re.S)
    assert page is not None
    for colour in roles.ORDER:
        assert contrast(DARK[colour], page[1]) >= 4.5
    for name in ("ink", "soft", "hold", "bad"):
        for mode in ("root {", "dark {"):
            block = own("page.css").split(mode)[1].split("}")[0]
            found = dict(re.findall(r"--(\w+): (#\w+)", block))
            assert contrast(found[name], found["page"]) >= 4.5, (mode, name)


def contrast(one: str, other: str) -> float:
    """Contrast of two colours (WCAG 2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    pairs = [digits[k : k + 2] for k in (0, 2, 4)] if len(digits) == 6 else [c * 2 for c in digits]
    parts = [int(pair, 16) / 255 for pair in pairs]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


# ---- the file for the disk


def plan_of(arm_seconds: float, seconds: float) -> Plan:
    scenario = hamlet()
    assert scenario.explore is not None
    one = Timed(0.01, dict.fromkeys((ASK, MEET), arm_seconds))
    return plan(scenario, scenario.explore, stops(scenario, scenario.explore), one, seconds, 2)


def test_the_grid_is_as_fine_as_the_time_allows() -> None:
    coarse, fine = plan_of(0.1, 60), plan_of(0.1, 600)
    assert coarse.settings < fine.settings
    assert coarse.seconds <= 60 * beforehand.SHARE
    assert fine.seconds <= 600 * beforehand.SHARE
    for found in (coarse, fine):
        # Where the page starts and its buttons go must be there.
        assert {2, 6} <= set(found.stops["group.size"])
        assert {0.0, 0.7} <= set(found.stops["friends.ask_around"])
    everything = plan_of(1e-5, 600)
    assert (everything.settings, everything.worlds) == (5 * 21, beforehand.MOST)


def test_a_grid_that_takes_too_long_is_refused() -> None:
    with pytest.raises(TooLong, match="the coarsest page may take 5 minutes; give --minutes 5"):
        plan_of(1.6, 60)


def test_every_setting_of_a_grid_is_what_the_page_would_show(tmp_path: Path) -> None:
    from wom_sim.study.keeping.chunks import Worlds

    with workforce(None, 1) as crew:
        own = asked(Live(crew))
        own.steps = {"group.size": (2.0, 6.0), "friends.ask_around": (0.0, 0.7)}
        grid = Grid(own, 2)
        assert len(grid.points) == 2 + 4
        found = grid.simulate(crew, "0" * 64, Worlds(tmp_path), lambda done, total: None)
        pictures = list(grid.pictures(found))
        for at, told in zip(grid.ats, pictures, strict=True):
            live = own.answer(Wish(at, 2), lambda: False)
            assert told == {**live, "of": 2}
        here = own.business(Wish((1, 1), 2), lambda: False)
        assert grid.business(found, crew) == here
        assert "in the middle one of 2 worlds by clients won" in here["markup"]


def few_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """An export of 9 settings, of about 20 worlds each."""
    monkeypatch.setattr(beforehand, "MOST_SETTINGS", 9)
    monkeypatch.setattr(beforehand, "AIMED", 20)
    monkeypatch.setattr(beforehand, "MOST", 20)


def test_an_export_is_one_file_and_goes_on_where_it_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, page = town(tmp_path), tmp_path / "out" / "page.html"
    few_settings(monkeypatch)
    command = ["explore", str(file), "--export", str(page), "--workers", "1"]
    work, calls = beforehand.work_block, []

    def stopped(*given: Any) -> bytes:
        calls.append(given[2])
        if len(calls) == 3:
            raise KeyboardInterrupt
        return work(*given)

    monkeypatch.setattr(beforehand, "work_block", stopped)
    assert main(command) == 130
    assert "20 of 240 worlds kept; the same command goes on" in capsys.readouterr().err
    assert not page.exists()
    monkeypatch.setattr(beforehand, "timed", None)
    assert main(command) == 0
    assert len(calls) == 3 + 22
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert MARK in text
    assert not list(page.parent.glob(".*"))
    assert page.stat().st_size < 4e6
    assert "9 settings" in capsys.readouterr().out


def test_an_export_whose_worker_dies_says_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, page = town(tmp_path), tmp_path / "out" / "page.html"
    few_settings(monkeypatch)
    work, limits = beforehand.work_block, []

    def dying(*given: Any) -> bytes:
        if len(limits) == 3:
            raise WorkerDied("worlds 0 to 9 failed 3 times")
        return work(*given)

    def limited(self: Crew, tasks: Any) -> Any:
        for task in tasks:
            if task.work is dying:
                limits.append(task.limit)
            yield task, task.work(*task.given)

    monkeypatch.setattr(beforehand, "work_block", dying)
    monkeypatch.setattr(Crew, "each", limited)
    assert main(["explore", str(file), "--export", str(page), "--workers", "1"]) == LOST
    said = "worlds 0 to 9 failed 3 times; 20 of 240 worlds kept; the same command goes on"
    assert said in capsys.readouterr().err
    assert all(600 <= limit < 1000 for limit in limits)


def test_a_page_for_the_disk_holds_everything_and_fetches_nothing() -> None:
    bad = "</script><script>alert(1)</script>"
    text = single_file({"question": bad}, [{"worlds": 1}], {"markup": bad})
    assert "<script>alert" not in text
    assert text.count("<script>") == 2
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy[1]
    mine = text.split('<script id="plotly"')[0] + own("page.js")
    assert not re.search(r"(src|href)=\"(?!data:)", text.split('<script id="setup"')[0])
    assert "http://" not in mine
    assert "https://" not in mine


def test_the_page_served_names_only_files_of_its_own() -> None:
    found = served()
    named = re.findall(r'(?:src|href)="([^"]*)"', found["/"].content.decode())
    assert {f"/{name}" for name in named if not name.startswith("data:")} == set(found) - {"/"}


def test_what_is_no_page_is_not_overwritten(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine.html", tmp_path / "thesis.html"
    mine.write_text(f"<head>{MARK}</head>")
    other.write_text("<p>years of work</p>")
    assert in_the_way(mine) == ""
    assert in_the_way(tmp_path / "new.html") == ""
    assert "is no page of wom_sim's" in in_the_way(other)
    assert "does not end in .html" in in_the_way(tmp_path / "page.txt")
    assert "is in the way" in in_the_way(tmp_path)


@pytest.mark.parametrize("missing", ["plotly", "starlette", "uvicorn"])
def test_what_is_not_installed_is_named(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from importlib.util import find_spec

    from wom_sim.commands import explore

    monkeypatch.setattr(explore.importlib.util, "find_spec",
                        lambda name: None if name == missing else find_spec(name))
    assert main(["explore", "customers_or_partners"]) == 2
    assert capsys.readouterr().err == (
        f"explore needs {missing}; run pip install 'wom-sim[explore]'\n")


def test_a_package_without_its_program_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plotly.cache_clear()
    monkeypatch.setattr(assets, "PLOTLY", "plotly/package_data/none.js")
    for more in ([], ["--export", str(tmp_path / "x.html")]):
        assert main(["explore", str(town(tmp_path)), *more]) == 2
        error = capsys.readouterr().err
        assert error.startswith("explore needs plotly, which is not installed whole; ")
        assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [("explore: {sliders: {}}", "no slider moves anything here"),
     ("arms: {a=b: {}}", "the arm 'a=b' cannot be set by name; rename it")],
)
def test_what_cannot_be_explored_is_told_in_a_line(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(text)
    for more in ([], ["--export", str(tmp_path / "x.html")]):
        assert main(["explore", str(file), *more]) == 2
        assert said in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["x.yaml"]


@pytest.mark.parametrize(
    "file", sorted((Path(__file__).parents[1] / "scenarios").rglob("*.yaml")),
    ids=lambda file: file.stem)
def test_every_scenario_that_ships_has_a_page(file: Path) -> None:
    arguments = argparse.Namespace(file=str(file), settings=[], seed=None, replications=None,
                                   allow_files=False, allow_plugins=False)
    scenario, page, read = reader(arguments)
    assert objection(scenario, page) == ""
    steps, start = stops(scenario, page), read(())
    assert start.base.population.size <= max(page.people, scenario.base.population.size)
    told = setup(start, page, steps, scenario.base.population.size)
    assert json.dumps(told, allow_nan=False)
    asked = Asked(read, page, steps, Live.__new__(Live))
    begin = tuple(one["start"] for one in told["sliders"])
    assert asked.scenario(begin) == start
    for place, stopped in enumerate(steps.values()):
        other = 0 if begin[place] else len(stopped) - 1
        moved = tuple(other if k == place else at for k, at in enumerate(begin))
        assert asked.scenario(moved) != start
