"""How long the live page takes from a slider to its picture, in a real browser.

`python tests/benchmarks/explore.py [FILE] [--workers N] [--steps N]`: steps that nobody has asked
for before, first one after another, then each while more worlds are being run for the last one.
Printed with the machine's load and with the processor time that a step takes, since the first
tells how long a step waits and the second how long it works.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from explored import CHROMIUM, Served, served
from playwright.sync_api import Page, sync_playwright

TARGET = 400
MOVE = """([slider, stop]) => new Promise((done, gave) => {
  setTimeout(() => gave(new Error("no picture in a minute")), 60000);
  const root = document.documentElement, input = document.getElementById(`slider${slider}`);
  const started = performance.now();
  new MutationObserver((_, watch) => {
    if (root.classList.contains("stale")) return;
    watch.disconnect();
    requestAnimationFrame(() => done([performance.now() - started, Number(root.dataset.worlds)]));
  }).observe(root, { attributes: true });
  input.value = stop;
  input.dispatchEvent(new Event("input"));
})"""


def main() -> int:
    """Print the table; 1 where the median is above the target."""
    parser = argparse.ArgumentParser(description=__doc__, add_help=True)
    parser.add_argument("file", nargs="?", default="customers_or_partners")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--steps", type=int, default=8)
    given = parser.parse_args()
    with (
        served(Path(given.file), "--workers", str(given.workers)) as own,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.set_default_timeout(300_000)
        page.goto(own.address)
        page.wait_for_selector("html[data-drawn]:not(.stale)", state="attached")
        moving = list(measured(page, own, 1, given.steps, rest=50))
        resting = list(measured(page, own, 3, given.steps, rest=1500))
        browser.close()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {given.workers} workers")
    tell("one step after another", moving)
    tell("while more worlds are run", resting)
    return int(statistics.median(step[0] for step in moving) > TARGET)


def measured(
    page: Page, own: Served, slider: int, steps: int, rest: int
) -> Iterator[tuple[float, float, float]]:
    """Of each step: milliseconds to the picture, worlds in it, processor time of the server."""
    for stop in range(steps):
        page.wait_for_timeout(rest)
        before = used(own)
        took, worlds = page.evaluate(MOVE, [slider, stop])
        yield took, worlds, 1000 * (used(own) - before)


def used(own: Served) -> float:
    """Processor seconds of the server and its workers so far (Linux)."""
    children = Path(f"/proc/{own.process.pid}/task/{own.process.pid}/children").read_text().split()
    ticks = os.sysconf("SC_CLK_TCK")
    found = 0
    for process in (own.process.pid, *map(int, children)):
        parts = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        found += int(parts[11]) + int(parts[12])
    return found / ticks


def tell(what: str, steps: list[tuple[float, float, float]]) -> None:
    took, worlds, work = (sorted(column) for column in zip(*steps, strict=True))
    print(f"{what:<28} median {statistics.median(took):5.0f} ms, worst {took[-1]:5.0f} ms,"
          f" {statistics.median(worlds):.0f} worlds at once,"
          f" {statistics.median(work):4.0f} ms of processor time a step")


if __name__ == "__main__":
    raise SystemExit(main())
