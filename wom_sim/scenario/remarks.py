"""Remarks behind the values of a scenario written out, as comments of YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping

from wom_sim.scenario.dump import scalar

_LINE = re.compile(r'( *)("(?:[^"\\]|\\.)*"|[^\s:]+): ?(.*)')
ARMS = "arms"


def remarked(text: str, remarks: Mapping[str, str]) -> str:
    """The text that `dump` made, with a remark behind the value of each dotted name.

    A name of one arm begins with `arms.NAME.`; names of arms may hold dots.
    """
    above: list[str] = []
    lines = []
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        if found:
            above = [*above[: len(found[1]) // 2], found[2]]
            line += _remark(above, remarks) if found[3] else ""
        lines.append(line)
    return "\n".join(lines) + "\n"


def _remark(path: list[str], remarks: Mapping[str, str]) -> str:
    for name, remark in remarks.items():
        own = name.removeprefix(f"{ARMS}.")
        if own == name:
            met = ".".join(path) == name
        else:
            met = len(path) > 2 and path[0] == ARMS and any(
                own == f"{arm}.{'.'.join(path[2:])}" and scalar(arm) == path[1]
                for arm in [own.removesuffix(f".{'.'.join(path[2:])}")])
        if met:
            return f"  # {remark}"
    return ""
