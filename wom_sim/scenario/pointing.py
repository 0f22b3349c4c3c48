"""Faults shown where they stand: the line of the file, with a caret below what is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from wom_sim.scenario.columns import columns
from wom_sim.scenario.faults import MOST_FAULTS, Fault, ScenarioError, visible

WIDTH = 100
_RED, _BLUE, _BOLD, _OFF = "\x1b[1;31m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"
_TOKEN = re.compile(
    r"""
    "(?:[^"\\]|\\.)*" | '(?:[^']|'')*' | [\[{]      # quoted text, or a bracket that opens
    | [^\s:,\[\]{}\#] (?: [^:,\[\]{}\#] | :(?!\s|$) )*  # plain text, up to what ends it
    """,
    re.VERBOSE,
)


def pointed(error: ScenarioError, color: bool = False) -> str:
    """Every fault of `error` with its line and a caret, and a last line that counts them."""
    shown = error.faults[:MOST_FAULTS]
    blocks = ["\n".join(_block(fault, error.texts, color)) for fault in shown]
    total = len(error.faults)
    more = f" ({total - len(shown)} not shown)" if total > len(shown) else ""
    blocks.append(f"{total} fault{'s' if total > 1 else ''}{more}; nothing was run or written")
    return "\n\n".join(blocks)


def _block(fault: Fault, texts: Mapping[str, str], color: bool) -> Iterator[str]:
    said = visible(": ".join(part for part in (fault.short_name, fault.problem) if part))
    place = ":".join(str(part) for part in (fault.file, fault.line, fault.column) if part)
    source, start = _source(fault, texts)
    number = str(fault.line) if fault.line else ""
    margin = " " * len(number)
    yield f"{_in(_RED, 'error', color)}{_in(_BOLD, f': {said}', color)}"
    yield f"{margin} {_in(_BLUE, '-->', color)} {visible(place)}"
    bar = _in(_BLUE, f"{margin} |", color)
    if source:
        line, before, marked = _excerpt(source, start)
        yield bar
        yield f"{_in(_BLUE, f'{number} |', color)} {line}"
        yield f"{bar} {' ' * before}{_in(_RED, '^' * marked, color)}"
    if fault.remedy:
        sign = _in(_BLUE, f"{margin} =", color)
        yield f"{sign} {_in(_BOLD, 'help', color)}: {visible(fault.remedy)}"


def _source(fault: Fault, texts: Mapping[str, str]) -> tuple[str, int]:
    """The line at fault and the place in it, from 0; of an option, the value."""
    if fault.file in texts and fault.line:
        lines = re.split(r"\r\n|\r|\n", texts[fault.file])
        inside = fault.line <= len(lines)
        return (lines[fault.line - 1], fault.column - 1) if inside else ("", 0)
    if fault.file.startswith("--"):
        head = re.match(r"--\w+ ([^=]*=)?", fault.file)
        return fault.file, head.end() if head else 0
    return "", 0


def _excerpt(source: str, start: int) -> tuple[str, int, int]:
    """The line as shown, the columns before the mark, and the columns of the mark."""
    token = _TOKEN.match(source, start)
    end = token.start() + len(token.group().rstrip()) if token else start + 1
    left = max(0, start - WIDTH // 2)
    lead, tail = ("..." if left else ""), ("..." if len(source) > left + WIDTH else "")
    shown = visible(source[left : left + WIDTH])
    before = columns(lead + visible(source[left:start]))
    marked = columns(visible(source[start : min(end, left + WIDTH)]))
    return f"{lead}{shown}{tail}", before, max(1, marked)


def _in(style: str, text: str, color: bool) -> str:
    return f"{style}{text}{_OFF}" if color else text
