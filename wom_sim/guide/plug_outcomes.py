"""Outcomes and figures: those that are registered, and the weekly measures they read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from wom_sim.guide.layout import cell, fact, indented, kept, row
from wom_sim.guide.rooms import PACKAGE, equation, home, prose_of, unindented
from wom_sim.scenario import registry
from wom_sim.scenario.registry import Plug, Registry

REGISTRIES: dict[str, Registry] = {"outcomes": registry.outcomes, "figures": registry.figures}
"""Filled when first read, which loads NumPy or Matplotlib."""

STAND = {
    "outcomes": "summary.csv, comparison.csv and replications.csv, in Results.value(arm, name)",
    "figures": "figures/<name>.png and .svg",
}

_MEASURE = re.compile(r'^        \("(\w+)", "[^"]+", "[^"]+"\),$', re.MULTILINE)
_REGISTERED = re.compile(r'^@(outcomes|figures)\.register\(\s*"(\w+)"', re.MULTILINE)


def registered(name: str) -> tuple[str, Plug] | None:
    """The outcome or figure of this name (or `outcomes.margin`), with the word for its kind."""
    first, dot, last = name.partition(".")
    for kind, plugs in REGISTRIES.items():
        wanted = last if dot and first == kind else name
        if wanted in plugs:
            return kind, plugs[wanted]
    return None


def of_result(kind: str, plug: Plug, width: int) -> Iterator[str]:
    """An outcome or figure: unit, meaning and where it stands."""
    yield f"{plug.name}: {'an outcome' if kind == 'outcomes' else 'a figure'}"
    text = unindented(plug.function.__doc__ or "", 4)
    yield from indented("\n".join(cell(prose_of(text), width - 2)), 2)
    yield ""
    if "unit" in plug.facts:
        yield from fact("unit", str(plug.facts["unit"]), width)
    yield from fact("found in", STAND[kind], width)
    yield from fact("stands in", home(plug.function), width)
    yield from kept(equation(text), width)
    if kind == "outcomes":
        about = "of one treated business (the mean of all), over the whole run without history"
        yield from ["", *fact("counted", about, width)]
    yield from ["", *fact("related", f"explain {kind} lists them all", width)]


def listed(kind: str, width: int) -> Iterator[str]:
    """All registered outcomes or figures: name, unit and the first line of the docstring."""
    known = [REGISTRIES[kind][name] for name in REGISTRIES[kind]]
    units = [str(plug.facts.get("unit", "")) for plug in known]
    heads = ("name", "unit", "meaning") if any(units) else ("name", "", "meaning")
    first = max([len(plug.name) for plug in known] + [4])
    second = min(max([*map(len, units), len(heads[1])]), 16)
    widths = (first, second, max(width - first - second - 6, 20))
    title = f"{kind}: all that are registered"
    yield from [title, "─" * len(title), ""]
    for cells in (heads, *zip([p.name for p in known], units, [p.meaning for p in known],
                              strict=True)):
        yield from row([cell(text, room) for text, room in zip(cells, widths, strict=True)], widths)


def also(name: str) -> str:
    """A line about an outcome or figure that a word, asked for alone, names as well."""
    kinds = [kind for kind, word in _shipped() if word == name]
    if not kinds:
        return ""
    kind = "an outcome" if kinds[0] == "outcomes" else "a figure"
    return f"{name} is also {kind}: explain {kinds[0]}.{name}"


def is_shipped(name: str) -> bool:
    """Whether an outcome or figure of the package has this name, told without loading it."""
    return any(name in (word, f"{kind}.{word}") for kind, word in _shipped())


@cache
def measures() -> tuple[str, ...]:
    """Names of the weekly measures, as the market's record declares them."""
    return tuple(_MEASURE.findall((PACKAGE / "market/record.py").read_text(encoding="utf-8")))


@cache
def _shipped() -> tuple[tuple[str, str], ...]:
    """Kind and name of the outcomes and figures of the package, read without loading them."""
    places = [PACKAGE / "study/outcomes.py", *sorted((PACKAGE / "show/figures").glob("*.py"))]
    texts = [place.read_text(encoding="utf-8") for place in places]
    return tuple(found for text in texts for found in _REGISTERED.findall(text))
