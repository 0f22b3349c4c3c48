"""Figures of every kind: the linter over all of them, forms and their words, and every message."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from matplotlib.text import Text
from shown import KINDS, board, case, mapped, ranked

import wom_sim
from wom_sim.scenario.parameters import Complaint, Event
from wom_sim.scenario.registry import figures
from wom_sim.show import forms, roles, shape, style
from wom_sim.show.draw import USUAL, draw_all, figure
from wom_sim.show.figures import convergence, hours, howmany, noise, reach
from wom_sim.show.figures.convergence import Settled
from wom_sim.show.figures.hours import Price
from wom_sim.show.figures.howmany import Counts
from wom_sim.show.figures.noise import Talkers
from wom_sim.show.figures.reach import Reach
from wom_sim.show.findings import Kind, Lead
from wom_sim.show.lint import APART, distance, lint
from wom_sim.study.results import Results

NBSP = "\N{NO-BREAK SPACE}"
TEN = ("noise", "reach", "sources", "cumulative", "howmany", "breakeven", "hours", "paired",
       "scoreboard", "network")
RESEARCH = ("response", "tornado", "convergence")
EVERY = [
    (name, one, form)
    for name in (*TEN, *RESEARCH) for one in KINDS[shape.kind(name)][1] for form in forms.FORMS
]
SPOT = [
    (name, one, form) for name, one, form in EVERY
    if (one == "nasty" and form == "slide") or (one in ("usual", "tie") and form == "print")
]


def made(name: str, one: str) -> Any:
    return KINDS[shape.kind(name)][0](one)


def clean(name: str, one: str, form: style.Form) -> None:
    results = made(name, one)
    if not shape.lacking(name, results):
        assert lint(figure(name, results, form), form) == []


@pytest.mark.parametrize(("name", "one", "form"), SPOT)
def test_figures_are_clean(name: str, one: str, form: style.Form) -> None:
    clean(name, one, form)


@pytest.mark.verification
@pytest.mark.parametrize(("name", "one", "form"), EVERY)
def test_every_figure_is_clean_in_every_form_on_extreme_results(
    name: str, one: str, form: style.Form
) -> None:
    clean(name, one, form)


def planted(fault: str) -> style.Figure:
    """A clean page but for one fault."""
    with style.look():
        made = style.page("Title", "Subtitle", "Source").figure
        area = style.axes(made, 0.1, 0.2, 0.8, 0.5)
        area.plot([0, 1], [0, 1], color=roles.CUSTOMERS.fill)
        if fault == "off the page":
            style.write(made, 0.97, 0.8, "off the right edge of the page", 20)
        if fault == "over":
            style.write(made, 0.1, 0.8, "one", 30)
            style.write(made, 0.11, 0.8, "other", 30)
        if fault == "smaller than":
            style.write(made, 0.3, 0.8, "small", 11.9)
        if fault == "too pale":
            style.write(made, 0.5, 0.8, "pale", 20, "#8C8C8C")
        if fault == "white on white":
            style.write(made, 0.5, 0.8, "white", 20, "white")
        if fault == "hard to tell apart":
            area.plot([0, 1], [1, 0], color="#7AB800")  # far apart but for protanopia
    return made


@pytest.mark.parametrize("fault", ["off the page", "over", "smaller than", "too pale",
                                   "hard to tell apart"])
def test_the_linter_finds_a_planted_fault_of_each_kind(fault: str) -> None:
    assert lint(planted("none")) == []
    found = lint(planted(fault))
    assert len(found) == 1
    assert fault in found[0]


def test_the_linter_looks_at_what_is_behind_a_text() -> None:
    assert lint(planted("white on white")) == ["too pale: 'white'"]
    with style.look():
        dark = style.page("Title", "Subtitle", "Source").figure
        style.axes(dark, 0.3, 0.3, 0.4, 0.4).set_facecolor(style.INK)
        dark.axes[0].set_axis_on()
        dark.axes[0].set_xticks([])
        dark.axes[0].set_yticks([])
        style.write(dark, 0.5, 0.5, "white", 20, "white")
    assert lint(dark) == []


def test_in_print_five_points_are_enough_and_less_is_not() -> None:
    shrunk = forms.prepared(planted("smaller than"), "print")
    assert lint(shrunk, "print") == []
    forms.shrink(shrunk, 0.9)
    assert all(fault.startswith("smaller than 5 points") for fault in lint(shrunk, "print"))
    assert lint(shrunk, "print")


def test_colours_that_some_eyes_confuse_are_close() -> None:
    """Red and green differ by more than 100 for usual eyes; the arms' colours for all eyes."""
    red, green = (0.70, 0.45, 0.0), (0.45, 0.57, 0.0)
    assert distance(red, green) < APART
    assert distance((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)) == pytest.approx(100, abs=0.1)
    from matplotlib.colors import to_rgb

    fills = [to_rgb(colour.fill) for colour in roles.ORDER]
    pairs = [(one, other) for k, one in enumerate(fills) for other in fills[:k]]
    assert min(distance(*pair) for pair in pairs) > 25


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One figure in all forms and formats."""
    folder = tmp_path_factory.mktemp("drawn")
    wanted = [(form, kind) for form in forms.FORMS for kind in get_args(forms.Format)]
    assert draw_all(case("three"), folder, ["reach"], wanted=wanted).failed == {}
    return folder


def test_each_form_has_its_name_and_size(drawn: Path) -> None:
    assert {path.name for path in drawn.iterdir()} == {
        "reach.png", "reach-print.png", "reach.svg", "reach-slide.svg", "reach.pdf",
        "reach-slide.pdf"}
    sizes = {name: _pixels(drawn / name) for name in ("reach.png", "reach-print.png")}
    assert sizes["reach.png"] == [1920, 1080]
    assert sizes["reach-print.png"][0] / 300 * 25.4 == pytest.approx(183, abs=0.1)
    svg = (drawn / "reach.svg").read_text(encoding="utf-8")
    width = re.search(r'width="([\d.]+)pt"', svg)
    assert width is not None
    assert float(width[1]) / 72 * 25.4 == pytest.approx(183, abs=0.01)
    box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+)", (drawn / "reach.pdf").read_bytes())
    assert box is not None
    assert float(box[1]) / 72 * 25.4 == pytest.approx(183, abs=0.01)


def _pixels(png: Path) -> list[int]:
    header = png.read_bytes()
    return [int.from_bytes(header[at : at + 4], "big") for at in (16, 20)]


def test_letters_go_along(drawn: Path) -> None:
    """Outlines in SVG, embedded TrueType in PDF: nothing depends on the machine's fonts."""
    assert "<text" not in (drawn / "reach.svg").read_text(encoding="utf-8")
    pdf = (drawn / "reach.pdf").read_bytes()
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf


def test_the_words_stand_in_the_files(drawn: Path) -> None:
    said = shape.words("reach", case("three"))
    svg = (drawn / "reach.svg").read_text(encoding="utf-8")
    assert f"<title>{said.title}</title>" in svg
    assert f"<desc>{said.alt}</desc>" in svg
    assert '<g id="title">' in svg
    from PIL import Image

    with Image.open(drawn / "reach.png") as image:
        assert image.info["Title"] == said.title
        assert image.info["Description"] == said.alt
    pdf = (drawn / "reach.pdf").read_bytes()
    assert b"/Title" in pdf
    assert b"/Subject" in pdf


def test_a_title_is_markup_nowhere(tmp_path: Path) -> None:
    with style.look():
        made = style.page("</title><script>", "", "").figure
    svg = forms.image(made, "svg", "slide", "</title><script>", "a < b & </desc>")
    assert b"<script>" not in svg
    assert b"<desc>a &lt; b &amp; &lt;/desc&gt;</desc>" in svg


@pytest.mark.parametrize("name", [*TEN, *RESEARCH])
def test_every_figure_says_three_numbers_and_how_to_read_it(name: str) -> None:
    results = made(name, "usual")
    said = shape.words(name, results)
    assert said.alt.startswith(said.title)
    assert len(set(re.findall(r"\d[\d,.]*", said.alt))) >= 3
    assert said.sentence.endswith(".")
    told = shape.numbers(name, results)
    assert told is not None
    assert told.rows
    assert {len(row) for row in told.rows} == {len(told.columns)}


def test_the_figures_are_those_of_the_story() -> None:
    assert [name for name in figures if name in TEN] == list(TEN)
    assert set(figures) >= {*TEN, *RESEARCH}


@pytest.mark.parametrize(("kind", "results", "names"), [
    ("run", case("usual"), {"noise", "reach", "sources", "cumulative", "hours", "paired",
                            "network", "convergence"}),
    ("sweep", mapped("usual"), {"howmany", "breakeven", "response"}),
    ("sweep", mapped("one name"), {"howmany", "response"}),
    ("sensitivity", ranked("usual"), {"tornado"}),
    ("claims", board("usual"), {"scoreboard"}),
])
def test_results_offer_what_they_hold(kind: str, results: Any, names: set[str]) -> None:
    assert shape.kind_of(results) == kind
    assert {name for name in shape.offered(results) if name in (*TEN, *RESEARCH)} == names


@pytest.mark.parametrize(("name", "command"), [
    ("howmany", "a sweep over partners.count"), ("breakeven", "a sweep over two numbers"),
    ("scoreboard", "python -m wom_sim claims"), ("tornado", "python -m wom_sim sensitivity FILE"),
])
def test_what_is_lacking_says_which_run_gives_it(name: str, command: str) -> None:
    said = shape.lacking(name, case("usual"))
    assert command in said
    assert "\n" not in said
    assert shape.lacking("paired", mapped("usual")) == (
        "figure paired needs results of python -m wom_sim run FILE")


def test_a_figure_of_a_users_own_needs_only_to_draw(tmp_path: Path) -> None:
    @wom_sim.figure("bare")
    def bare(results: Results) -> Any:
        """A bare page."""
        from matplotlib.figure import Figure

        return Figure(figsize=(12.8, 7.2))

    try:
        told = shape.words("bare", case("usual"))
        assert told == ("A bare page", "A bare page. Figure bare.", "")
        assert shape.numbers("bare", case("usual")) is None
        drawn = draw_all(case("usual"), tmp_path, ["bare"])
        assert drawn.failed == {}
        assert len(drawn.paths) == len(USUAL)
        assert lint(figure("bare", case("usual"), "print"), "print") == []
    finally:
        del figures._plugs["bare"]


def said(text: str) -> str:
    return text.replace(NBSP, " ")


@pytest.mark.parametrize(("talk", "words"), [
    (Talkers(0.88, 0.08), "If unhappy customers talk 11 times as often, one in twelve is enough to"
     " drown out the happy ones"),
    (Talkers(0.264, 0.22), "If unhappy customers talk 1.2 times as often, 45 % is enough to drown"
     " out the happy ones"),
    (Talkers(0.2, 0.2), "If unhappy customers talk no more than happy ones, half must be unhappy to"
     " be as loud"),
    (Talkers(0.1, 0.2), "If unhappy customers talk only 0.5 times as often, it takes 67 % of all to"
     " drown out the happy ones"),
    (Talkers(0.0, 0.2), "If unhappy customers keep silent, bad stories never drown out the good"
     " ones"),
    (Talkers(0.2, 0.0), "If happy customers keep silent, one unhappy customer is enough to be heard"
     " alone"),
    (Talkers(0.0, 0.0), "Where nobody talks, no story drowns out another"),
])
def test_noise_title(talk: Talkers, words: str) -> None:
    assert said(noise.title(talk)) == words


@pytest.mark.parametrize("talk", [Talkers(0.0, 0.0), Talkers(0.0, 0.2), Talkers(0.2, 0.0),
                                  Talkers(0.1, 0.2), Talkers(0.88, 0.08)])
def test_noise_is_arithmetic(talk: Talkers) -> None:
    shares = np.linspace(0, 1, 11)
    bad = talk.bad(shares)
    assert ((bad >= 0) & (bad <= 1)).all()
    if talk.unhappy and talk.happy:
        assert talk.bad(np.array([talk.even]))[0] == pytest.approx(0.5)
        assert bad[1] == pytest.approx(talk.ratio * 0.1 / (talk.ratio * 0.1 + 0.9))


@pytest.mark.parametrize(("told", "words"), [
    (Reach([5, 12, 12, 40, 900], [1, 2, 4, 4, 30]), "A typical bad story reaches 12 people, a"
     " typical good one 4"),
    (Reach([1] * 5, [3] * 5), "A typical bad story reaches 1 person, a typical good one 3"),
    (Reach([4] * 5, [4] * 9), "A typical bad story reaches 4 people, and so does a typical"
     " good one"),
    (Reach([4] * 5, [9]), "Only 1 good story was told, too few to compare what each kind reaches"),
    (Reach([4] * 3, [9] * 8), "Only 3 bad stories were told, too few to compare what each kind"
     " reaches"),
    (Reach([], [9] * 8), "No bad story is told here; a typical good one reaches 9 people"),
    (Reach([3], []), "No good story is told here; a typical bad one reaches 3 people"),
    (Reach([], []), "Nobody tells a story here, good or bad"),
    (None, "No story was kept in this run"),
])
def test_reach_title(told: Reach | None, words: str) -> None:
    assert said(reach.title(told)) == words


@pytest.mark.parametrize("complained", [False, True])
def test_reach_says_that_a_viral_complaint_is_left_out(complained: bool) -> None:
    found = case("three")
    events = (Event(week=3, complaint=Complaint()),) if complained else ()
    arms = tuple(arm.model_copy(update={"events": events}) for arm in found.scenario.arms)
    found = replace(found, scenario=found.scenario.model_copy(update={"arms": arms}))
    assert ("complaint that goes viral is left out" in reach.sentence(found)) is complained
    sheet = figure("reach", found)
    assert lint(sheet, "slide") == []
    drawn = " ".join(text.get_text() for text in sheet.findobj(Text))
    assert ("without the viral complaint" in said(" ".join(drawn.split()))) is complained


NEVER, TEN_FOUR = math.inf, Price(10.0, 4.0, 6.0)


@pytest.mark.parametrize(("partners", "asking", "worlds", "weeks", "words"), [
    (TEN_FOUR, Price(8.0, 6.0, 7.0), 50, 104, "A client through partners costs 10 hours in the"
     " first year, 4 in the second – through asking 8 and 6"),
    (TEN_FOUR, None, 50, 156, "A client through partners costs 10 hours in the first year, 4 in the"
     " second"),
    (None, Price(8.0, 8.0, 8.0), 50, 104, "A client through asking costs 8 hours in the first year"
     " and in the second"),
    (Price(NEVER, 4.0, 9.0), None, 50, 104, "A client through partners costs 4 hours in the second"
     " year; in the first none is won"),
    (Price(1.0, NEVER, 2.0), None, 50, 104, "A client through partners costs 1 hour in the first"
     " year; in the second none is won"),
    (Price(NEVER, NEVER, NEVER), None, 50, 104, "A client through partners costs hours, and none is"
     " won in two years"),
    (Price(3.0, math.nan, 3.0), Price(5.0, math.nan, 5.0), 50, 52, "A client through partners costs"
     " 3 hours – one through asking costs 5 hours"),
    (Price(NEVER, math.nan, NEVER), None, 50, 52, "A client through partners costs hours, and none"
     " is won"),
    (TEN_FOUR, None, 9, 104, "Only 9 worlds were run, too few to say what a client costs in hours"),
    (None, None, 50, 104, "No arm spends hours on asking or on partners"),
])
def test_hours_title(
    partners: Price | None, asking: Price | None, worlds: int, weeks: int, words: str
) -> None:
    assert said(hours.title(partners, asking, worlds, weeks)) == words


def counts(*leads: float, numbers: tuple[int, ...] = (), worlds: int = 40) -> Counts:
    """Partners ahead of customers by these means."""
    noise = np.linspace(-1, 1, worlds)
    customers = np.full((len(leads), worlds), 9.0)
    partners = customers + np.array(leads)[:, None] + noise
    return Counts("Partners", numbers or tuple(range(len(leads))), partners, customers, "")


TOGETHER = "to bring more clients than all customers together"


@pytest.mark.parametrize(("told", "words"), [
    (counts(-9, -3, -2, 5), f"Here it takes three partners – not one or two – {TOGETHER}"),
    (counts(-9, 3, 2, 5), f"Here one partner is enough {TOGETHER}"),
    (counts(-9, -3, 2, 5), f"Here two partners are enough {TOGETHER}"),
    (counts(-9, 3, numbers=(3, 6)), f"Here it takes more than three partners {TOGETHER}; six are"
     " enough"),
    (counts(-9, -3, numbers=(0, 14)), "Not even 14 partners bring more clients than all customers"
     " together"),
    (counts(-9, 0.01), "It is not settled whether one partner can bring more clients than all"
     " customers together"),
    (counts(-9, 3, worlds=9), "Only 9 worlds were run, too few to say how many partners it takes"),
    (Counts("A", (0, 1), np.zeros((2, 40)), np.zeros((2, 40)), ""),
     "Neither partners nor customers bring any client"),
])
def test_howmany_title(told: Counts, words: str) -> None:
    assert said(howmany.title(told)) == words


def test_howmany_is_read_at_the_scenarios_own_value_of_a_second_name() -> None:
    told = howmany._counts(mapped("usual").swept)
    assert list(told.counts) == [0, 1, 2, 3, 4, 6, 8]
    assert said(told.where) == "100 % of people in need ask friends"
    assert told.partners.shape == (7, 100)
    assert told.customers.mean() == pytest.approx(7.0, rel=0.05)


def lead(kind: Kind) -> Lead:
    return Lead(kind, "Both", "Plain", 60, 31.0, 25.0, 37.0, 0.94)


@pytest.mark.parametrize(("kind", "found", "words"), [
    ("ahead", Settled(46.0, 1.3, 45.2), "After 60 worlds the difference is known to ±1.3 clients;"
     " half of them said +45, too"),
    ("behind", Settled(-46.0, 1.3, -45.2), "After 60 worlds the difference is known to ±1.3"
     " clients; half of them said −45, too"),
    ("ahead", Settled(46.0, 1.3, 40.0), "After 60 worlds the difference is known to ±1.3 clients,"
     " but half of them said +40: it still moves"),
    ("tie", Settled(0.2, 1.3, 0.5), "After 60 worlds the difference is known to ±1.3 clients, not"
     " enough to tell it from zero"),
    ("same", Settled(0.0, 0.0, 0.0), "After 60 worlds every world says the same: more of them add"
     " nothing"),
    ("unsettled", Settled(4.0, 9.0, 1.0), "After 60 worlds the difference is not settled: a few"
     " worlds carry it"),
    ("alone", Settled(46.0, 1.3, 45.2), "After 60 worlds the mean is known to ±1.3 clients; half of"
     " them said 45, too"),
    ("few", Settled(46.0, 1.3, 45.2), "Only 60 worlds were run, too few to say whether the"
     " difference has settled"),
    ("ahead", None, "Only 60 worlds were run, too few to say whether the difference has settled"),
])
def test_convergence_title(kind: Kind, found: Settled | None, words: str) -> None:
    told = lead(kind)
    if kind == "few":
        told = told._replace(worlds=6)
        words = words.replace("60", "6")
    assert said(convergence.title(told, found)) == words


def test_the_running_mean_ends_at_the_mean_with_students_interval() -> None:
    values = np.random.default_rng(2).normal(1e6, 3.0, 30)
    band = case("usual").settling(values)
    assert band.n.tolist() == list(range(2, 31))
    for k in (2, 7, 30):
        half = {2: 12.7062047, 7: 2.4469119, 30: 2.0452296}[k] * values[:k].std(ddof=1) / k**0.5
        assert band.mean[k - 2] == pytest.approx(values[:k].mean(), abs=1e-6)
        assert band.high[k - 2] - band.mean[k - 2] == pytest.approx(half, rel=1e-6)
        assert band.mean[k - 2] - band.low[k - 2] == pytest.approx(half, rel=1e-6)
