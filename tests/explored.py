"""A small scenario's live page, served by a process of its own; and the browser that is there."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

TOWN = """\
question: Customers or partners, in a <b>hamlet</b>?
preset: articles
weeks: 26
history_weeks: 13
population: {size: 120, network: {kind: small_world, neighbours: 6}}
trades: {count: 6, need_rate: 3}
group: {size: 6}
arms:
  "Ask $x$ & <b>all</b>": {effort: {service: 32, asking: 4}}
  "=1+1 Partners": {effort: {service: 32, partners: 4}, partners: {group: true}}
explore:
  sliders:
    group.size: {range: [2, 6], says: "{} members in the group"}
    friends.ask_around: {range: [0, 1], says: "{} of people in need ask friends"}
  presets:
    What if nobody asks friends?: {friends.ask_around: 0}
    What if only two meet?: {group.size: 2}
""".replace("=1+1", "1+1")
SLIDERS = 2
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)


def town(folder: Path) -> Path:
    """The scenario as a file."""
    file = folder / "hamlet.yaml"
    file.write_text(TOWN, encoding="utf-8")
    return file


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        return int(own.getsockname()[1])


class Served:
    """A server that runs, and what its terminal shows."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process, self.address = process, address
        parts = urlsplit(address)
        self.port, self.host = parts.port or 0, parts.netloc
        self.root = f"http://{parts.netloc}"
        self.token = parse_qs(parts.query)["token"][0]


@contextmanager
def served(file: Path, *options: str, port: int | None = None) -> Iterator[Served]:
    """The page of `file`, until the end of the block."""
    command = [sys.executable, "-m", "wom_sim", "explore", str(file), "--no-browser",
               "--workers", "1", "--port", str(port or free_port()), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True) as process:
        try:
            assert process.stdout is not None
            yield Served(process, process.stdout.readline().strip())
        finally:
            process.terminate()
            process.wait(20)
