"""What simulated worlds must agree in to stand beside one another: program, chance, scenario."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

from wom_sim.market.chance import RNG_VERSION
from wom_sim.scenario.dump import canonical
from wom_sim.scenario.parameters import Scenario
from wom_sim.study.keeping.folder import versions

MATTER = ("wom_sim", "numpy", "numba", "networkx", "simpy")
"""Packages whose versions a world may depend on."""
ASKED = {"replications", "precision", "observed"}
"""Keys that say how many worlds are wanted, or what they are held against; no world depends on
them."""
_SOURCES = ("market", "scenario", "study")


class Changed(Exception):
    """Worlds kept are of another scenario, seed or version; the message is one line."""


@cache
def program() -> str:
    """This program: its version, that of its random numbers, and a print of its source."""
    package = Path(__file__).parents[1]
    print_ = hashlib.blake2b(digest_size=8)
    for room in sorted(path for wing in _SOURCES for path in (package / wing).rglob("*.py")):
        print_.update(room.relative_to(package).as_posix().encode() + b"\0" + room.read_bytes())
    return f"{versions()['wom_sim']} rng {RNG_VERSION} {print_.hexdigest()}"


def content(scenario: Scenario) -> dict[str, Any]:
    """The resolved scenario as plain values, without how many worlds are asked."""
    values: dict[str, Any] = json.loads(canonical(scenario))
    return {key: value for key, value in values.items() if key not in ASKED}


def key_of(scenario: Scenario, *more: Any) -> str:
    """SHA-256 of a scenario, without how many worlds are asked, and of what else decides."""
    return digest([content(scenario), *more])


def digest(values: Any) -> str:
    """SHA-256 of plain values, 64 hexadecimal digits."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def plan_of(
    scenario: Scenario | Mapping[str, Scenario], options: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """All that a run which goes on must share with the one before, as JSON can hold it.

    Several scenarios that are run together have names; `options` are those of the command that
    decide which worlds are run.
    """
    installed = versions()
    if isinstance(scenario, Scenario):
        held = content(scenario)
    else:
        held = {name: content(one) for name, one in scenario.items()}
    return {
        "versions": {name: installed[name] for name in MATTER},
        "program": program(),
        "scenario": held,
        **({"options": dict(options)} if options else {}),
    }


def difference(was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """The first thing that differs between two plans, `name: was 1, now 2`; empty for none."""
    for part in ("scenario", "options", "versions", "program"):
        for name, before, after in _differences(was.get(part), now.get(part), ""):
            about = {"options": f"--{name}", "versions": f"version of {name}",
                     "program": "program"}.get(part, _short(name))
            return f"{about}: was {_told(before)}, now {_told(after)}"
    return ""


def _differences(was: Any, now: Any, name: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(was, dict) and isinstance(now, dict):
        # Single values first: a seed or a base parameter says more than what follows from it.
        keys = sorted({*was, *now}, key=lambda key: (isinstance(now.get(key), list), key))
        for key in keys:
            yield from _differences(was.get(key), now.get(key), f"{name}.{key}" if name else key)
    elif isinstance(was, list) and isinstance(now, list):
        for place, (one, other) in enumerate(zip_longest(was, now)):
            yield from _differences(one, other, f"{name}.{_place(one, other, place)}")
    elif was != now:
        yield name, was, now


def _place(one: Any, other: Any, place: int) -> str:
    """An entry of a list by its name, as arms have one, or else by its number."""
    known = next((entry for entry in (one, other) if isinstance(entry, dict)), {})
    return str(known.get("name", place))


def _short(name: str) -> str:
    return name.removeprefix("base.").replace(".parameters.", ".")


def _told(value: Any) -> str:
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
