"""What tests of pages share: tiny results with hard names, and a reader of HTML."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from wom_sim import cli
from wom_sim.show.page.kept import Kept
from wom_sim.study.claims.taken import Flipped
from wom_sim.study.results import Board

ARM = "Ask & <b>refer</b> $x_{$ 😀"
QUESTION = "Who wins </script><script>alert(1)</script> & why?"
TOWN = f"""
question: "{QUESTION}"
weeks: 12
history_weeks: 4
replications: 12
population: {{size: 120, network: {{kind: small_world, neighbours: 6}}}}
trades: {{count: 4, need_rate: 12.0}}
arms:
  Service only: {{}}
  "{ARM}":
    effort: {{service: 32, partners: 4}}
    partners: {{group: true}}
"""
SWEEP = "sweep: {friends.weak: [0.1, 0.4]}\n"
CLAIM = ("claim,quotation,source,preset,verdict,consequences,input,test,variant,measure,against,"
         "effect_is,unit,rule,value,to,asserted,arms,effect,ci_low,ci_high,p,worlds,holds,contrary,"
         "clearly_short,tested_in_preset\n")
FLIP = Flipped(7, "evidence", "closed", True, "friends.ask_around", "share",
               "chance <i>that</i> friends are asked", 0.7, 0.35, 0.35, True, 100, ())


def results(place: Path, command: str, *options: str, text: str = TOWN) -> Path:
    """Make the results of a command in `place`; returns their folder."""
    scenario = place / "town.yaml"
    scenario.write_text(text, encoding="utf-8")
    given = [command, str(scenario), "--out", str(place), "--workers", "1", "--quiet", *options]
    assert cli.main(given) == 0
    return place / ("town" if command == "run" else f"town-{command}")


def judged(place: Path, *flips: Flipped, given: str = "") -> Kept:
    """A folder of claims with one claim, which asserts the input `given`, as its page reads it."""
    rows = [
        f"7,<b>You</b> have to ask,00{n},{preset},{verdict},,{given},a test,v,m,,,x,above,1,,false,"
        f"A | B,{effect},0.5,2.25,0.01,20,true,false,false,1\n"
        for n, (preset, verdict, effect) in enumerate([
            ("evidence", "holds", 1.5), ("articles", "\"an input, not a finding\"", 1.25)])
    ]
    (place / "claims.csv").write_text(CLAIM + "".join(rows), encoding="utf-8")
    made = {"seed": 1, "replications": 12, "versions": {"wom_sim": "0"}}
    return Kept(place, "claims", None, made, Board((), flips))


def of_town(factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of the town, made once for all tests, which must not change it."""
    if "run" not in _made:
        _made["run"] = results(factory.mktemp("town"), "run")
    return _made["run"]


_made: dict[str, Path] = {}


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.inside: dict[str, list[str]] = {"style": [], "script": []}
        self._open = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in self.inside:
            self.inside[tag].append("")
            self._open = tag

    def handle_endtag(self, tag: str) -> None:
        self._open = "" if tag == self._open else self._open

    def handle_data(self, data: str) -> None:
        if self._open:
            self.inside[self._open][-1] += data
        elif data.strip():
            self.said.append(data.strip())

    @property
    def text(self) -> str:
        return " ".join(self.said)

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]
