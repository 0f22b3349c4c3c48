"""The page in a real browser: no request, no error, no barrier, by keyboard, in print."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from explored import BROWSERS, CHROMIUM
from pages import FLIP, SWEEP, TOWN, judged, of_town, results

from wom_sim.show.page.report import report

pytest.importorskip("playwright.sync_api", reason="needs playwright (wom-sim[test])")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason=f"needs a browser: none of {', '.join(BROWSERS)} is on the path")
WIDTHS = [(390, 844), (1280, 720), (3840, 2160)]

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    place, claims = tmp_path_factory.mktemp("pages"), tmp_path_factory.mktemp("claims")
    (claims / "report.html").write_text(report(judged(claims, FLIP)), encoding="utf-8")
    return {
        "claims": claims,
        "run": of_town(tmp_path_factory),
        "sweep": results(place, "sweep", "--replications", "3", text=TOWN + SWEEP),
    }


@pytest.fixture
def opened(browser: Any, folders: dict[str, Path]) -> Iterator[Open]:
    """Opens a page from its file, off line; anything it asks for or complains of is a failure."""
    faults: list[str] = []
    contexts: list[Any] = []

    def one(kind: str = "run", **look: Any) -> Any:
        context = browser.new_context(offline=True, **look)
        contexts.append(context)
        page = context.new_page()
        address = (folders[kind] / "report.html").as_uri()
        page.on("request", lambda asked: faults.append(asked.url) if not (
            asked.url == address or asked.url.startswith("data:")) else None)
        page.on("console", lambda said: faults.append(said.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(address)
        return page

    yield one
    for context in contexts:
        context.close()
    assert not faults


@pytest.mark.parametrize("kind", ["run", "sweep"])
def test_a_page_opens_from_its_file_and_shows_its_figures(kind: str, opened: Open) -> None:
    page = opened(kind)
    sizes = page.eval_on_selector_all("img", "all => all.map(one => one.naturalWidth)")
    assert sizes
    assert all(width > 100 for width in sizes)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["run", "sweep", "claims"])
def test_nothing_keeps_anybody_out(kind: str, scheme: str, opened: Open) -> None:
    """axe-core with all its rules, everything folded out."""
    axe = pytest.importorskip("axe_playwright_python", reason="needs axe-playwright-python")
    rules = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    page = opened(kind, color_scheme=scheme)
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    page.evaluate(rules)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    assert not [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]]
    assert found["passes"]


@pytest.mark.parametrize("size", WIDTHS, ids=[str(width) for width, _ in WIDTHS])
def test_a_flip_stands_below_its_claim(size: tuple[int, int], opened: Open) -> None:
    page = opened("claims", viewport={"width": size[0], "height": size[1]})
    flip, claim = page.locator(".flip"), page.locator(".board tbody th")
    assert "then it fails, confirmed" in flip.inner_text()
    below, cell = flip.bounding_box(), claim.bounding_box()
    assert below["y"] > cell["y"] + 10
    assert below["x"] + below["width"] <= cell["x"] + cell["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_dark_is_dark(opened: Open) -> None:
    grounds = [
        opened(color_scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    assert [sum(map(int, re.findall(r"\d+", ground))) < 200 for ground in grounds] == [False, True]


@pytest.mark.parametrize("size", WIDTHS, ids=[str(width) for width, _ in WIDTHS])
def test_no_width_makes_the_page_wider_than_the_window(
    size: tuple[int, int], opened: Open
) -> None:
    page = opened(viewport={"width": size[0], "height": size[1]})
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def until(page: Any, done: Callable[[], bool]) -> None:
    """Wait, at most 20 s; the page's own policy forbids playwright's way of waiting."""
    for _ in range(200):
        if done():
            return
        page.wait_for_timeout(100)
    raise AssertionError("waited in vain")


def test_the_replay_goes_by_keyboard_alone(opened: Open) -> None:
    page = opened()
    button, week = page.locator(".replay-play"), page.locator(".replay-week")
    end = page.evaluate("document.querySelector('.replay canvas').toDataURL()")
    assert week.input_value() == "12"
    for _ in range(200):
        page.keyboard.press("Tab")
        if button.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    assert button.inner_text() == "Pause"
    until(page, lambda: int(week.input_value()) >= 2)
    page.keyboard.press("Space")
    assert button.inner_text() == "Play"
    stopped = week.input_value()
    page.wait_for_timeout(600)
    assert week.input_value() == stopped
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    assert page.locator(".replay-status").inner_text().startswith("Week 0 of 12: 0 won")
    start = page.evaluate("document.querySelector('.replay canvas').toDataURL()")
    assert start != end
    page.keyboard.press("ArrowRight")
    said = page.locator(".replay-status").inner_text()
    assert said.startswith("Week 1 of 12")
    assert week.get_attribute("aria-valuetext") == said
    page.keyboard.press("End")
    assert page.evaluate("document.querySelector('.replay canvas').toDataURL()") == end


def test_the_replay_ends_with_the_counts_that_the_page_was_made_with(opened: Open) -> None:
    page = opened()
    status = page.locator(".replay-status")
    written = status.inner_text().split(": ", 1)[1].rstrip(".")
    page.locator(".replay-week").focus()
    page.keyboard.press("Home")
    page.keyboard.press("End")
    assert status.inner_text().split(": ", 1)[1].rstrip(".") == written


def test_played_to_its_end_the_replay_stops_and_begins_again(opened: Open) -> None:
    page = opened()
    button, week = page.locator(".replay-play"), page.locator(".replay-week")
    button.click()
    until(page, lambda: button.inner_text() == "Play")
    assert week.input_value() == "12"
    button.click()
    until(page, lambda: int(week.input_value()) < 12)


def test_who_wants_no_motion_sees_whole_weeks_only(opened: Open) -> None:
    """Between two weeks the picture stands still; with motion it does not."""
    changes = []
    for motion in ("reduce", "no-preference"):
        page = opened(reduced_motion=motion)
        page.locator(".replay-play").click()
        changes.append(page.evaluate("""async () => {
            const canvas = document.querySelector('.replay canvas'), seen = new Map();
            const end = performance.now() + 2500;
            while (performance.now() < end) {
                await new Promise(requestAnimationFrame);
                const week = document.querySelector('.replay-week').value;
                if (!seen.has(week)) seen.set(week, new Set());
                seen.get(week).add(canvas.toDataURL());
            }
            return [...seen.values()].map(some => some.size);
        }"""))
    calm, moving = changes
    assert len(calm) >= 3
    assert set(calm) == {1}
    assert max(moving) > 1


def test_print_shows_what_is_folded_away(opened: Open, tmp_path: Path) -> None:
    page = opened()
    shown = "all => all.map(one => one.checkVisibility())"
    on_screen = page.eval_on_selector_all("details table, details p", shown)
    page.emulate_media(media="print")
    on_paper = page.eval_on_selector_all("details table, details p", shown)
    assert len(on_paper) >= 12
    assert set(on_screen) == {False}
    assert set(on_paper) == {True}
    assert not page.locator("nav").is_visible()
    assert not page.locator(".replay-controls").is_visible()
    paper = page.pdf(prefer_css_page_size=True)
    assert paper.startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b", paper)) >= 4
