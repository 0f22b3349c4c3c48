"""Figures: messages on every branch, and layouts that stay clean on extreme results."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from shown import ARMS, EXTREMES, NASTY, Floats, case, results, scenario

from wom_sim.scenario.registry import figures
from wom_sim.scenario.resolve import read_text
from wom_sim.show import figures as shown
from wom_sim.show import findings, roles, story, style, text
from wom_sim.show.draw import draw_all
from wom_sim.show.figures import cumulative, network, paired, sources
from wom_sim.show.findings import Lead, Takeover
from wom_sim.show.lint import lint
from wom_sim.study.results import Happening, Results
from wom_sim.study.statistics.simultaneous import band
from wom_sim.study.stories import storied_arm

ALL = ("sources", "cumulative", "paired", "network")
LAYOUTS = [(name, one) for name in ("cumulative", "paired") for one in EXTREMES]
LAYOUTS += [(name, one) for name in ("sources", "network") for one in ("usual", "zero", "nasty")]
LAYOUTS += [("sources", one) for one in ("one arm", "twelve", "short", "one week")]
LAYOUTS += [("network", one) for one in ("huge", "one week")]


@pytest.mark.parametrize(("name", "one"), LAYOUTS)
def test_layouts_are_clean(name: str, one: str) -> None:
    assert lint(figures[name].function(case(one))) == []


def test_the_linter_finds_each_fault() -> None:
    with style.look():
        figure = style.page("Title", "Subtitle", "Source").figure
        style.write(figure, 0.97, 0.5, "off the right edge of the page", 20)
        style.write(figure, 0.3, 0.5, "small", 9)
        style.write(figure, 0.5, 0.5, "pale", 20, "#CCCCCC")
        style.write(figure, 0.1, 0.3, "one", 30)
        style.write(figure, 0.11, 0.3, "other", 30)
    faults = lint(figure)
    for words in ("off the page", "smaller than 12 points: 'small'", "pale: 'pale'", "over"):
        assert any(words in fault for fault in faults)
    assert len(faults) == 4


def test_pages_are_1920_by_1080_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    names = ["network", "paired"]
    first = draw_all(case("usual"), tmp_path / "a", names)
    again = draw_all(case("usual"), tmp_path / "b", names)
    assert [path.name for path in first.paths] == [
        "network.png",
        "network.svg",
        "paired.png",
        "paired.svg",
    ]
    for one, other in zip(first.paths, again.paths, strict=True):
        assert one.read_bytes() == other.read_bytes()
    header = first.paths[0].read_bytes()
    assert [int.from_bytes(header[at : at + 4], "big") for at in (16, 20)] == [1920, 1080]
    assert b"matplotlib" not in header
    assert "<dc:date>" not in first.paths[1].read_text(encoding="utf-8")


def test_a_figure_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    drawn = draw_all(case("one arm"), tmp_path, ["nothing", "paired"])
    assert drawn.failed == {"nothing": "KeyError: 'nothing'"}
    assert [path.suffix for path in drawn.paths] == [".png", ".svg"]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("one", ["usual", "nasty", "one world", "one arm", "zero"])
def test_every_figure_has_a_headline_and_words_for_the_blind(name: str, one: str) -> None:
    facts = figures[name].facts
    headline = facts["headline"](case(one))
    assert headline
    assert facts["alt"](case(one)).startswith(headline)
    assert name in shown.__all__


def rows(worlds: int, *values: float) -> Floats:
    """Equal worlds but for a little noise, one value a period."""
    noise = np.random.default_rng(1).normal(0, 0.01, (worlds, 1))
    return np.asarray(np.array(values) + noise * (np.array(values) != 0))


@pytest.mark.parametrize(
    ("partners", "customers", "words"),
    [
        ((2, 3), (1, 1), "Partners bring more clients than customers from the first quarter on"),
        ((0, 3), (1, 1), "at first – from quarter 2 they bring more than customers"),
        ((0, 1), (2, 2), "Customers bring more clients than partners in every quarter"),
        ((3, 1), (2, 2), "more clients at first – from quarter 2 customers bring more"),
        ((0, 0), (2, 2), "No partner sends clients here; customers send 80 % of them"),
        ((0, 0), (0, 0), "Neither customers nor partners send any client"),
    ],
)
def test_sources_title(
    partners: tuple[float, ...], customers: tuple[float, ...], words: str
) -> None:
    said = of_sources(rows(20, *partners), rows(20, *customers))
    assert words in said


def of_sources(partners: Floats, customers: Floats) -> str:
    gap = band(partners - customers, 1)
    said = sources.title(partners, customers, 5.0, "quarter", gap)
    return said.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("means", "words"),
    [
        ((0.0, 3.0, 3.0), "From quarter 2 on, partners bring more clients than customers"),
        ((0.0, -3.0, -3.0), "From quarter 2 on, customers bring more clients than partners"),
        ((0.5, 0.5, 0.0), "Partners bring more clients than customers in all; in which quarters"),
        ((-0.5, -0.5, 0.0), "Customers bring more clients than partners in all; in which quarters"),
        ((0.0, 0.0, 0.0), "In all, partners and customers bring about as many clients"),
    ],
)
def test_sources_title_claims_no_more_than_the_band_carries(
    means: tuple[float, ...], words: str
) -> None:
    noise = np.random.default_rng(3).normal(0, 1, (30, 3))
    noise -= noise.mean(axis=0)
    assert of_sources(9 + noise + np.array(means), 9 - noise * 0.1).startswith(words)


def test_sources_title_of_few_worlds() -> None:
    few = of_sources(rows(9, 1), rows(9, 2))
    assert few.replace("\N{NO-BREAK SPACE}", " ").startswith("Only 9 worlds were run, too few")


OPEN = Takeover("unsettled", 0)


def settled(week: int) -> Takeover:
    return Takeover("settled", week)


def lead(kind: findings.Kind, arm: str = "Both") -> Lead:
    sign = -1 if kind == "behind" else 1
    known = Lead(kind, arm, "Plain", 60, 31.0 * sign, 25.0 * sign, 37.0 * sign, 0.94)
    return known._replace(median=2.0, median_low=1.0, median_high=4.0)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("ahead", "“Both” wins 31 more clients than “Plain” in 3 years"),
        ("behind", "“Plain” wins 31 more clients than “Both” in 3 years"),
        ("tie", "No arm clearly wins more clients than “Plain” in 3 years"),
        ("same", "Every arm wins exactly as many clients as “Plain”"),
        ("few", "Only 60 worlds were run, too few to say which arm wins more clients"),
        ("alone", "“Both”: clients won in 3 years"),
        ("unsettled", "In the middle world “Both” wins 2 more clients than “Plain” in 3 years; the"
         " mean is not settled"),
    ],
)
def test_cumulative_title(kind: findings.Kind, words: str) -> None:
    said = cumulative.title(lead(kind), 156, None, cumulative.NEVER)
    assert said.replace("\N{NO-BREAK SPACE}", " ") == words


@pytest.mark.parametrize(
    ("kind", "arm", "when", "ending"),
    [
        ("ahead", "Both", settled(43), "– its partners lead its customers from the end of month"
         " 10 on"),
        ("ahead", "Other", settled(4), "– with “Other”, partners lead customers from the end of"
         " month 1 on"),
        ("tie", "Both", settled(44), "partners lead customers from the end of month 11 on"),
        ("ahead", "Both", OPEN, "whether its partners overtake its customers is not settled"),
        ("tie", "Both", OPEN, "“Both”, whether partners overtake customers is not settled"),
        ("ahead", "Both", cumulative.NEVER, "3 years"),
        ("few", "Both", settled(43), "clients"),
    ],
)
def test_cumulative_title_on_overtaking(
    kind: findings.Kind, arm: str, when: Takeover, ending: str
) -> None:
    said = cumulative.title(lead(kind), 156, arm, when)
    assert said.replace("\N{NO-BREAK SPACE}", " ").endswith(ending)


def test_in_a_short_run_the_lead_is_told_by_week() -> None:
    said = cumulative.title(lead("ahead"), 20, "Both", settled(7))
    assert said.replace("\N{NO-BREAK SPACE}", " ").endswith("from the end of week 7 on")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("ahead", "“Both” wins 31 more clients than “Plain” (95 % interval 25 to 37)"),
        ("behind", "“Plain” wins 31 more clients than “Both” (95 % interval 25 to 37)"),
        ("tie", "No clear difference between “Both” and “Plain”: +31 clients (95 % interval"),
        ("same", "“Both” and “Plain” win exactly as many clients in every world"),
        ("few", "Only 60 worlds were run, too few to compare “Both” with “Plain”"),
        ("alone", "There is only one arm, “Both”: nothing to compare"),
        ("unsettled", "Median difference between “Both” and “Plain”: +2 clients (95 % interval 1 to"
         " 4); the mean is not settled"),
    ],
)
def test_paired_title(kind: findings.Kind, words: str) -> None:
    assert paired.title(lead(kind)).replace("\N{NO-BREAK SPACE}", " ").startswith(words)


@pytest.mark.parametrize(
    ("count", "partners", "words"),
    [
        (None, 0, "No story of a single business was kept in this run"),
        (story.Count(0, 0, 0, 0), 0, "In 2 years, nobody is won and nobody hears a bad story"),
        (
            story.Count(20, 53, 4, 30),
            4,
            "One business in 2 years: 53 clients won through 4 partners, 20 through customers – and"
            " 30 people hear a bad story",
        ),
        (
            story.Count(1, 0, 4, 1),
            0,
            "One business in 2 years: 1 client won through customers – and 1 person hears a bad"
            " story",
        ),
        (
            story.Count(2, 1, 0, 0),
            1,
            "One business in 2 years: 1 client won through 1 partner, 2 through customers – and"
            " nobody hears a bad story",
        ),
    ],
)
def test_network_title(count: story.Count | None, partners: int, words: str) -> None:
    said = network.title(count, partners, "2 years")
    assert said.replace("\N{NO-BREAK SPACE}", " ") == words


def test_a_map_too_full_leaves_out_those_first_who_were_not_won() -> None:
    told = [Happening(0, "client", 0, -1, "")]
    told += [Happening(1, "told_bad", person, 0, "") for person in range(1, 400)]
    told += [Happening(2, "won", person, 0, "asked_friend") for person in range(400, 460)]
    side = story.left(told)
    assert sum(person.won == 2 for person in side.people) == 60
    assert (len(side.people), side.hidden) == (story.MOST_PEOPLE, 459 - story.MOST_PEOPLE)
    assert [person.person for person in side.people] == sorted(p.person for p in side.people)
    few = story.left(told[:1] + told[-60:])
    assert (len(few.people), few.hidden) == (60, 0)


def test_network_without_a_story_says_so() -> None:
    usual = case("usual")
    silent = Results(
        usual.scenario,
        usual.weekly_measures,
        usual.weekly,
        usual.outcomes,
        usual.values,
        usual.businesses,
    )
    figure = network.draw(silent)
    assert lint(figure) == []
    assert network.headline(silent).startswith("No story")


def test_stories_are_read_as_told() -> None:
    told = (
        Happening(0, "client", 1, -1, ""),
        Happening(2, "told_bad", 5, 1, ""),
        Happening(3, "told_bad", 6, 5, ""),
        Happening(4, "won", 5, 1, "word_of_mouth"),
        Happening(5, "referral", 8, 3, ""),
        Happening(6, "won", 8, 3, "partner"),
        Happening(7, "won", 9, -1, "unprompted"),
        Happening(8, "won", 5, 5, "repeat"),
    )
    assert story.count(told) == story.Count(1, 1, 1, 2)
    assert story.count(story.until(told, 5, 9)) == story.Count(1, 0, 0, 2)
    assert story.partners(told) == (3,)
    assert story.right(told).people == (story.Person(8, 3, 5, story.NEVER, 6),)
    assert story.left(told).people[0] == story.Person(5, 1, 2, 2, 4)


def test_a_hearer_of_a_hearer_hangs_on_the_first_teller() -> None:
    told = (
        Happening(0, "client", 1, -1, ""),
        Happening(2, "told_good", 5, 1, ""),
        Happening(2, "told_good", 6, 5, ""),
        Happening(3, "told_good", 7, 8, ""),
        Happening(3, "told_good", 8, 7, ""),
    )
    assert {p.person: p.hub for p in story.left(told).people}[6] == 1


def test_crowds_are_sampled_and_counted() -> None:
    crowd = tuple(Happening(0, "told_good", 1000 + i, i % 90, "") for i in range(400))
    side = story.left((*(Happening(0, "client", i, -1, "") for i in range(90)), *crowd))
    assert (len(side.people), side.hidden) == (story.MOST_PEOPLE, 250)
    assert len(side.hubs) == story.MOST_HUBS
    assert side.unseen > 0


def test_arms_are_coloured_by_what_they_do() -> None:
    named = roles.colours(scenario(ARMS))
    assert list(named.values()) == [roles.OTHER, roles.CUSTOMERS, roles.PARTNERS, roles.BOTH]
    equal = roles.colours(scenario(dict.fromkeys("abcdefgh", (1.0, 1.0))))
    assert len(set(list(equal.values())[:6])) == 6
    assert list(equal.values())[6:] == [roles.OTHER, roles.OTHER]
    alone = roles.colours(scenario({"Alone": (0.0, 4.0)}))
    assert alone == {"Alone": roles.PARTNERS}


@pytest.mark.parametrize(
    ("rates", "kind"),
    [
        # What the later one wins each week in the first and in the second half; the other wins 2.
        ((1.0, 5.0), "settled"),
        ((1.8, 2.3), "unsettled"),
        ((1.0, 2.0), "never"),
        ((5.0, 5.0), "never"),
    ],
)
def test_overtaking_is_for_good_from_behind_and_carried_by_the_band(
    rates: tuple[float, float], kind: str
) -> None:
    rng = np.random.default_rng(5)
    found = results(worlds=40, weeks=40)
    noise = rng.normal(0, 1, (2, 40, 40))
    noise -= noise.mean(axis=1, keepdims=True)
    later, earlier = np.repeat(rates, 20) + noise[0], 2.0 + noise[1]
    when = findings.takeover(found, later, earlier)
    assert when.kind == kind
    if kind == "settled":
        gap = found.running_gap(later, earlier)
        assert gap.low[when.week - 1] > 0 >= gap.low[when.week - 2]
    assert findings.takeover(found, later[:9], earlier[:9]).kind == "never"


@pytest.mark.parametrize("weeks", [1, 8, 25, 26, 52, 104, 157, 520])
def test_running_totals_end_at_the_outcome(weeks: int) -> None:
    at = findings.marks(weeks)
    assert (at[0], at[-1]) == (0, weeks)
    assert sorted(set(at)) == at
    assert findings.running(np.ones((2, weeks)), at)[:, -1].tolist() == [weeks, weeks]


def test_short_periods_are_cut() -> None:
    assert findings.grouped(np.ones((2, 30)), 13).tolist() == [[13, 13], [13, 13]]


def test_labels_are_pushed_apart_in_order() -> None:
    places = style.apart([5.0, 5.0, 5.1, 0.0], [2.0, 2.0, 2.0, 2.0], 0.0, 10.0)
    assert places[3] == pytest.approx(1.0)
    assert places[1] - places[0] == pytest.approx(2.0)
    assert places[2] - places[1] == pytest.approx(2.0)


def test_titles_are_wrapped_evenly_and_never_lost() -> None:
    lines = style.wrapped("one two three four five six seven", 300, 30, 3, bold=True, balanced=True)
    assert " ".join(lines) == "one two three four five six seven"
    assert max(style.measured(line, 30, True) for line in lines) <= 300
    assert style.wrapped("W" * 500, 300, 30, 3)[0].endswith("…")
    assert style.wrapped("many words " * 50, 300, 30, 2)[1].endswith("…")


@pytest.mark.parametrize("name", NASTY)
def test_any_name_can_be_drawn_without_a_warning(name: str) -> None:
    with warnings.catch_warnings(), style.look():
        warnings.simplefilter("error")
        figure = style.page(name, name, name).figure
        figure.draw_without_rendering()
    assert style.BOX in style.drawable("𝒳")
    assert text.clean(name)


def test_the_arm_of_the_figures_is_the_arm_of_the_story() -> None:
    both = "{effort: {service: 32, partners: 4}}"
    equals = read_text(f"arms: {{a: {{}}, b: {both}, c: {both}}}", "x.yaml")
    assert findings.partner_arm(equals) == storied_arm(equals).name == "c"
    assert findings.partner_arm(read_text("arms: {a: {}, b: {}}", "x.yaml")) is None
