"""The live page in a real browser: what it shows, how it is moved, and that it asks nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from explored import CHROMIUM, TOWN, Served

from wom_sim.explore.asked import Asked
from wom_sim.explore.beforehand import Grid
from wom_sim.scenario.resolve import read_text
from wom_sim.show.findings import FEW
from wom_sim.show.live.single import single_file
from wom_sim.show.live.telling import setup
from wom_sim.study.crew import workforce
from wom_sim.study.keeping.chunks import Worlds
from wom_sim.study.live import Live

pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: pip install playwright")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: apt-get install chromium, or Chrome")

SIZES = ((1280, 720), (1366, 768), (1920, 1080), (2560, 1440), (3840, 2160))
DRAWN = "html[data-drawn]:not(.stale)"
PATIENCE = 180_000
"""Milliseconds on a machine that has much else to do."""
STAGE = "#stage canvas"
PIXELS = "document.querySelector('#stage canvas').toDataURL()"
EACH_WEEK = """async () => {
    const canvas = document.querySelector('#stage canvas'), seen = new Map();
    const end = performance.now() + 1800;
    while (performance.now() < end) {
        await new Promise(requestAnimationFrame);
        const week = document.querySelector('.replay-week').value;
        seen.set(week, (seen.get(week) || new Set()).add(canvas.toDataURL()));
    }
    return [...seen.values()].map(some => some.size);
}"""
"""How many pictures are drawn of each week while it plays."""
LINES = "#chart .scatterlayer path.js-line"


class Window:
    """A page in the browser, and all that it asked for and complained of."""

    def __init__(self, browser: Any, size: tuple[int, int] = SIZES[0], **more: Any) -> None:
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, **more)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda told: self._note(told.type, told.text))
        self.page.on("pageerror", lambda error: self._note("error", str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def open(self, address: str) -> Any:
        self.page.goto(address, timeout=PATIENCE)
        self.settle()
        return self.page

    def settle(self, worlds: int = 1) -> None:
        """Wait until what is shown is of where the sliders are, in so many worlds."""
        self.page.wait_for_selector(DRAWN, state="attached", timeout=PATIENCE)
        while int(self.page.get_attribute("html", "data-worlds")) < worlds:
            self.page.wait_for_timeout(50)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.page.wait_for_timeout(20)
        self.settle()

    def see(self) -> None:
        """Ask for one business, and wait until it is on stage."""
        self.page.keyboard.press("n")
        self.page.wait_for_selector(STAGE, timeout=PATIENCE)

    def shown(self) -> dict[str, Any]:
        lines = self.page.eval_on_selector_all(
            LINES, "all => all.map(one => one.getAttribute('d'))")
        dashed = self.page.eval_on_selector_all(
            LINES, "all => all.filter(one => /\\d/.test(one.style.strokeDasharray)).length")
        return {"headline": self.page.inner_text("#headline"), "lines": lines, "dashed": dashed,
                "labels": [plain(one) for one in
                           self.page.locator(".slider label").all_inner_texts()]}


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def window(browser: Any, live_page: Served) -> Iterator[Window]:
    """The served page; at the end it has complained of nothing and asked nobody else."""
    own = Window(browser)
    own.open(live_page.address)
    yield own
    assert own.complaints == []
    assert [url for url in own.asked if not url.startswith((f"{live_page.root}/", "data:"))] == []
    own.context.close()


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page for the disk with 2 × 3 settings in 12 worlds."""

    def read(given: Any) -> Any:
        return read_text(TOWN, "hamlet.yaml", settings=given, plain=True)

    scenario, folder = read_text(TOWN, "hamlet.yaml"), tmp_path_factory.mktemp("single")
    stops = {"group.size": (2.0, 6.0), "friends.ask_around": (0.0, 0.35, 0.7)}
    with workforce(None, 1) as crew:
        grid = Grid(Asked(read, scenario.explore, stops, Live(crew)), 12)
        found = grid.simulate(crew, "0" * 64, Worlds(folder), lambda done, total: None)
        business = grid.business(found, crew)
    told = setup(scenario, scenario.explore, stops, 5000)
    file = folder / "page.html"
    page = single_file(told, list(grid.pictures(found)), business)
    file.write_text(page, encoding="utf-8")
    return file


def test_the_first_view_is_whole(window: Window) -> None:
    shown = window.shown()
    # Worlds are added meanwhile; of enough of them the headline says how many clients more.
    worlds, headline = window.page.evaluate(
        "() => [Number(document.documentElement.dataset.worlds),"
        " document.getElementById('headline').innerText]")
    counted = worlds >= FEW and re.search(r"wins [\d.]+ more clients", headline)
    assert "wins more clients" in headline or "level" in headline or counted
    assert "“Ask $x$ & <b>all</b>”" in shown["headline"]
    assert window.page.locator("#question b").count() == 0
    assert shown["labels"] == ["6 members in the group", "70 % of people in need ask friends"]
    assert window.page.locator("#dots i").count() == 100
    assert len(shown["lines"]) >= 4
    assert "Town of 120 people with 6 businesses" in plain(
        window.page.inner_text("#source"))
    ends = " ".join(window.page.locator("#chart .annotation").all_text_contents())
    assert "1+1 Partners" in ends
    # Names are text, and long ones are cut.
    assert "Ask $x$ & <b>all<" in ends


def test_worlds_are_added_while_the_hand_rests_and_the_count_is_theirs(window: Window) -> None:
    window.settle(25)
    worlds = int(window.page.get_attribute("html", "data-worlds"))
    assert window.page.locator("#dots i:not(.none)").count() == worlds
    assert f"{worlds} worlds per strategy" in window.page.inner_text("#source")
    assert f"(of {worlds})" in window.page.inner_text("#lucky")
    assert "95 % interval" in plain(window.page.inner_text("#sure"))


def test_a_slider_changes_picture_and_headline(window: Window) -> None:
    window.settle(10)
    before = window.shown()
    window.page.locator("#slider0").focus()
    window.press("Home")
    window.settle(10)
    after = window.shown()
    assert after["labels"][0] == "2 members in the group"
    assert after["lines"] != before["lines"]
    assert after["headline"] != before["headline"]
    told = window.page.get_attribute("#slider0", "aria-valuetext")
    assert told == "2 members in the group"


def test_the_mouse_moves_a_slider_too(window: Window) -> None:
    box = window.page.locator("#slider1").bounding_box()
    window.page.mouse.click(box["x"] + 2, box["y"] + box["height"] / 2)
    window.settle()
    assert window.shown()["labels"][1].startswith("0 % of people")
    assert window.page.locator("#presets button").nth(0).get_attribute("aria-pressed") == "true"


def test_the_keyboard_alone_is_enough(window: Window) -> None:
    page = window.page
    window.press("1")
    assert page.locator("#presets button").nth(0).get_attribute("aria-pressed") == "true"
    assert window.shown()["labels"][1].startswith("0 % of people")
    window.press("k")
    assert window.shown()["dashed"] >= 2
    window.press("2")
    assert window.shown()["labels"][0] == "2 members in the group"
    assert "Dashed: as kept, with 6 members in the group; 0 %" in plain(
        page.inner_text("#source"))
    window.press("k")
    assert window.shown()["dashed"] == 0
    window.press("r")
    assert window.shown()["labels"][0] == "6 members in the group"
    window.press("d")
    assert "dark" in page.get_attribute("html", "class")
    window.press("f")
    assert "slide" in page.get_attribute("html", "class")
    assert not page.locator("#buttons").is_visible()
    window.press("f")
    assert page.locator("#buttons").is_visible()
    names = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        names.add(page.evaluate("document.activeElement.id || document.activeElement.innerText"))
    assert {"slider0", "slider1", "keep", "again", "slide", "dark"} <= names
    assert any("What if nobody" in name for name in names)
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"


def test_one_business_stands_in_place_of_the_curves(window: Window) -> None:
    page = window.page
    window.settle(25)
    window.see()
    assert not page.locator("#chart").is_visible()
    assert not page.locator("#luck").is_visible()
    said = page.inner_text("#stage")
    assert "Week by week under “1+1 Partners”, in the middle one of" in said
    status, week = page.locator(".replay-status"), page.locator(".replay-week")
    assert plain(status.inner_text()).startswith("After 6 months:")
    end = page.evaluate(PIXELS)
    page.keyboard.press("d")
    assert page.evaluate(PIXELS) != end
    # The button has the focus, so that the space bar plays and stops.
    page.keyboard.press("Space")
    assert page.inner_text(".replay-play") == "Pause"
    while int(week.input_value()) < 2:
        page.wait_for_timeout(50)
    page.keyboard.press("Space")
    assert page.inner_text(".replay-play") == "Play"
    assert status.inner_text().startswith(f"Week {week.input_value()} of 26:")
    page.keyboard.press("n")
    assert not page.locator(STAGE).count()
    assert page.locator("#chart").is_visible()
    assert page.evaluate("document.activeElement.id") == "one"
    assert len(window.shown()["lines"]) >= 4


def test_one_business_goes_where_a_slider_moves_or_escape_is_pressed(window: Window) -> None:
    window.settle(25)
    window.see()
    window.page.keyboard.press("Escape")
    assert not window.page.locator(STAGE).count()
    window.see()
    window.press("2")
    assert not window.page.locator(STAGE).count()
    assert window.page.get_attribute("#one", "aria-pressed") == "false"
    window.press("r")
    window.settle(25)
    window.see()
    window.settle(50)
    # More worlds come meanwhile, and leave it where it is.
    assert window.page.locator(STAGE).is_visible()


def test_dark_follows_the_machine_and_keeps_its_words(browser: Any, live_page: Served) -> None:
    own = Window(browser, SIZES[2], color_scheme="dark")
    shown = own.open(live_page.address)
    assert "dark" in shown.get_attribute("html", "class")
    background = shown.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(map(int, re.findall(r"\d+", background)[:3])) < 60
    assert own.complaints == []
    own.context.close()


@pytest.fixture(scope="module")
def filed(browser: Any, single: Path) -> Iterator[Window]:
    own = Window(browser, SIZES[2], offline=True)
    own.open(single.as_uri())
    # A test's window cannot fill the screen.
    own.page.evaluate("document.documentElement.requestFullscreen = undefined")
    yield own
    assert own.complaints == []
    assert own.asked == [single.as_uri()]
    own.context.close()


@pytest.mark.parametrize("slide", [False, True], ids=["page", "slide"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_size_holds_all_of_it(filed: Window, size: tuple[int, int], slide: bool) -> None:
    shown = filed.page
    shown.set_viewport_size({"width": size[0], "height": size[1]})
    if ("slide" in (shown.get_attribute("html", "class") or "")) != slide:
        filed.press("f")
    shown.wait_for_timeout(150)
    assert shown.evaluate("document.documentElement.scrollHeight") <= size[1]
    assert shown.evaluate("document.documentElement.scrollWidth") <= size[0]
    inside = shown.locator("h1, #sure, #dots, #chart, #source, .slider, input, button")
    boxes = [box for box in (one.bounding_box() for one in inside.all()) if box]
    assert len(boxes) >= 9
    for box in boxes:
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= size[0] + 1
        assert box["y"] + box["height"] <= size[1] + 1
    drawn = shown.locator("#chart svg.main-svg").first.bounding_box()
    assert drawn["height"] > 0.4 * size[1]
    assert drawn["width"] > 0.6 * size[0]
    # Legible from the last row, as parts of the height: title, labels, counts.
    for where, least in (("h1", 1 / 30), (".slider label", 1 / 52), ("#lucky", 1 / 60)):
        height = shown.evaluate(
            f"parseFloat(getComputedStyle(document.querySelector('{where}')).fontSize)")
        assert height >= least * size[1] - 0.5, where


@pytest.mark.parametrize("slide", [False, True], ids=["page", "slide"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_size_holds_one_business(
    filed: Window, size: tuple[int, int], slide: bool
) -> None:
    shown = filed.page
    shown.set_viewport_size({"width": size[0], "height": size[1]})
    if ("slide" in (shown.get_attribute("html", "class") or "")) != slide:
        filed.press("f")
    filed.see()
    shown.wait_for_timeout(150)
    assert shown.evaluate("document.documentElement.scrollHeight") <= size[1]
    inside = shown.locator("h1, .slider, button, #stage :is(h2, p, canvas, input, li)")
    boxes = [box for box in (one.bounding_box() for one in inside.all()) if box]
    for box in boxes:
        assert box["y"] + box["height"] <= size[1] + 1
        assert box["x"] + box["width"] <= size[0] + 1
    drawn = shown.locator(STAGE).bounding_box()
    assert drawn["height"] > 0.4 * size[1]
    assert drawn["width"] > 0.6 * size[0]
    height = shown.evaluate(
        "parseFloat(getComputedStyle(document.querySelector('.replay-status')).fontSize)")
    assert height >= size[1] / 60 - 0.5
    filed.press("n")


def test_labels_of_lines_lie_apart_and_on_the_page(filed: Window) -> None:
    boxes = sorted((one.bounding_box() for one in filed.page.locator("#chart .annotation").all()),
                   key=lambda box: box["y"])
    assert len(boxes) == 2
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"] + 1
    wide = filed.page.viewport_size["width"]
    assert all(box["x"] + box["width"] <= wide for box in boxes)


def test_nobody_is_kept_out(browser: Any, single: Path) -> None:
    """No violation of WCAG 2 A, AA and good practice that axe-core finds, in any dress."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    own = Window(browser, SIZES[2], bypass_csp=True)
    own.open(single.as_uri())
    for key in ("", "n", "d", "f", "n"):
        if key:
            own.press(key)
            own.page.wait_for_timeout(400)
        found = axe.run(own.page)
        assert found.violations_count == 0, found.generate_report()
    own.context.close()


def test_the_file_works_from_the_disk(filed: Window) -> None:
    assert "12 worlds, computed beforehand" in filed.page.inner_text("#status")
    before = filed.shown()
    filed.page.locator("#slider1").focus()
    filed.press("Home")
    after = filed.shown()
    assert after["labels"][1].startswith("0 % of people")
    assert after["lines"] != before["lines"]
    filed.press("ArrowRight")
    # A slider stops at what was computed.
    assert filed.shown()["labels"][1].startswith("35 % of people")


def test_the_file_has_one_business_of_the_scenarios_own_setting(filed: Window) -> None:
    page = filed.page
    filed.press("1", "n")
    page.wait_for_selector("#status.bad", timeout=PATIENCE)
    assert "the scenario’s own setting only: press R, then N" in page.inner_text("#status")
    assert not page.locator(STAGE).count()
    filed.press("r")
    filed.see()
    assert "in the middle one of 12 worlds" in page.inner_text("#stage")
    assert not page.locator("#status.bad").count()
    page.locator(".replay-week").focus()
    page.keyboard.press("Home")
    assert page.inner_text(".replay-status").startswith("Week 0 of 26: 0 won")
    filed.press("n")


def test_less_motion_is_whole_weeks(browser: Any, single: Path) -> None:
    own = Window(browser, reduced_motion="reduce")
    own.open(single.as_uri())
    own.see()
    own.page.keyboard.press("Space")
    drawn = own.page.evaluate(EACH_WEEK)
    assert len(drawn) >= 3
    assert set(drawn) == {1}
    own.context.close()


def test_a_server_that_is_gone_is_told_on_the_page(browser: Any, live_page: Served) -> None:
    own = Window(browser)
    own.open(live_page.address)
    own.context.set_offline(True)
    own.page.locator("#slider0").focus()
    own.page.keyboard.press("Home")
    own.page.wait_for_selector("#status.bad", timeout=PATIENCE)
    assert own.page.inner_text("#status")
    own.context.close()
