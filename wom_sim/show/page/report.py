"""`report.html`: one page, complete in itself, of what a folder of results holds."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from wom_sim.show import findings, flipping
from wom_sim.show.page import certainty, making
from wom_sim.show.page.assumptions import assumptions
from wom_sim.show.page.claims import board, flips
from wom_sim.show.page.kept import Kept
from wom_sim.show.page.pictures import pictures
from wom_sim.show.page.replay import Replay, replay
from wom_sim.show.page.template import piece, text
from wom_sim.show.text import clean

TITLES = {
    "claims": "What the articles claim, put to the test",
    "fit": "A simulated business fitted to an observed one",
    "sensitivity": "What moves the answer",
    "sweep": "The answer, point by point",
    "run": "Word of mouth and referrals, simulated",
}
"""What stands on top where the scenario has no question."""

CAUTIOUS = ("sensitivity", "fit")
"""Kinds whose sentences behind the first say how far to trust it."""


def report(kept: Kept) -> str:
    """The page as HTML. Equal folders give equal pages: it holds no date, host or user.

    It asks for nothing from outside: figures are data, its style is inside, and its Content
    Security Policy allows no other source and only the replay's own script, by its hash.
    """
    shown = _replay(kept)
    style = text("report.css") + (shown.style if shown else "")
    scenario = kept.scenario
    return piece("report.html", {
        "title": _title(kept),
        "kept": kept,
        "answer": kept.answer[:1] if kept.kind in CAUTIOUS else kept.answer,
        "policy": policy(style, [shown.script] if shown else []),
        "style": style,
        "replay": shown,
        "pictures": pictures(kept),
        "arms": certainty.arms(kept),
        "board": board(kept),
        "flips": flipping.ABOUT if flips(kept) else "",
        "claim": scenario.claim if scenario else None,
        "assumptions": assumptions(kept, scenario) if scenario else None,
        "sure": list(certainty.sure(kept)),
        "facts": making.facts(kept),
        "again": making.again(kept),
        "stress": making.stress(kept, scenario) if scenario else None,
        "odd": making.odd(scenario) if scenario else [],
    })


def policy(style: str, scripts: Sequence[str]) -> str:
    """A Content Security Policy that lets in this style, these scripts, pictures as data: no more.

    W3C, Content Security Policy Level 3: hashes of what stands inside the elements.
    """
    allowed = " ".join(map(_hash, scripts)) or "'none'"
    return ("default-src 'none'; img-src data:; base-uri 'none'; form-action 'none';"
            f" style-src {_hash(style)}; script-src {allowed}")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _title(kept: Kept) -> str:
    question = kept.scenario.question if kept.scenario else ""
    return clean(question) if question.strip() else TITLES[kept.kind]


def _replay(kept: Kept) -> Replay | None:
    """The arm with most hours for partners that has a story, else the last one that has."""
    told = kept.stories
    if not told or kept.scenario is None:
        return None
    wanted = findings.partner_arm(kept.scenario)
    arm = wanted if wanted in told else list(told)[-1]
    return replay(told[arm], arm, kept.scenario.weeks)


