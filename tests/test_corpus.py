"""The reader on files: each broken one gets its message, each sound one its resolved form."""

from __future__ import annotations

import ast
import contextlib
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from corpus import (
    answer,
    expected,
    invalid_files,
    name_of,
    read_beside,
    resolved_of,
    valid_files,
)

from wom_sim.scenario.dump import dump, scenario_hash
from wom_sim.scenario.faults import ScenarioError
from wom_sim.scenario.parameters import Parameters
from wom_sim.scenario.resolve import read

INVALID, VALID = invalid_files(), valid_files()
LONGEST = 200

ROOMS = (
    "reader",
    "scalars",
    "checks",
    "arms",
    "relations",
    "resolve",
    "layers",
    "faults",
    "sources",
    "sweep",
    "precision",
    "claim",
    "observed",
    "explore",
)
MAKERS = {
    "refuse",
    "refuse_plug",
    "refuse_unknown",
    "Fault",
    "Objection",
    "Refusal",
    "ScenarioError",
    "_end",
    "_say",
}
# These speak of other files and of plugs that a scenario brings along, tested apart.
APART = {
    "_count_people", "_fingerprinted", "_refuse_other_size", "_set", "_with_base", "plug_settings",
}

# Faults that no file can have, with what is said of them.
OPTIONS = (
    ("talk.weak", "not a setting; write dotted.name=value"),
    ("=3", "not a setting; write dotted.name=value"),
    ("arms.c.talk.weak=0.1", "no such arm; known here: a"),
)
PATHS = (
    (".", "is a folder; name a scenario file in it"),
    ("none.yaml", "not found"),
    ("folder/none.yaml", "not found"),
    ("x" * 300, "cannot be read (File name too long)"),
)


@pytest.mark.parametrize("file", INVALID, ids=name_of)
def test_a_broken_file_gets_its_message(file: Path) -> None:
    said = answer(file)
    assert said == expected(file)
    assert said.isprintable()
    assert len(said) <= LONGEST


@pytest.mark.parametrize("file", VALID, ids=name_of)
def test_a_sound_file_is_resolved_as_the_one_beside_it(file: Path) -> None:
    scenario, again = read_beside(file), read_beside(resolved_of(file))
    assert dump(scenario).encode() == resolved_of(file).read_bytes()
    assert dump(again) == dump(scenario)
    assert scenario_hash(again) == scenario_hash(scenario)


def test_the_corpus_is_large() -> None:
    assert len(INVALID) >= 200
    assert len(VALID) >= 60
    assert sum(file.stat().st_size > 60_000 for file in INVALID) <= 3


def test_every_section_is_broken_somewhere_and_set_somewhere() -> None:
    blamed = {expected(file).split(": ")[1].split(".")[0] for file in INVALID}
    default = Parameters().model_dump()
    found = [read_beside(file).base.model_dump() for file in VALID]
    moved = {key for base in found for key in base if base[key] != default[key]}
    assert set(default) <= blamed
    assert set(default) <= moved


def test_every_line_that_makes_a_fault_is_reached(tmp_path: Path) -> None:
    with _traced() as reached:
        for file in INVALID:
            answer(file)
        _answer_options(tmp_path)
        _answer_paths(tmp_path)
    missed = _fault_lines() - reached
    assert not [f"{Path(room).name}:{line}" for room, line in sorted(missed)]


def _answer_options(folder: Path) -> None:
    file = folder / "arms.yaml"
    file.write_text("arms: {a: {}}\n")
    for option, said in OPTIONS:
        assert answer(file, (option,)) == f"--set {option}: {said}"


def _answer_paths(folder: Path) -> None:
    for path, said in PATHS:
        with contextlib.chdir(folder), pytest.raises(ScenarioError) as caught:
            read(path)
        assert str(caught.value) == f"{path}: {said}"


@contextlib.contextmanager
def _traced() -> Iterator[set[tuple[str, int]]]:
    """The lines of the rooms that run meanwhile."""
    rooms = {_file(room) for room in ROOMS}
    reached: set[tuple[str, int]] = set()

    def inside(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            reached.add((frame.f_code.co_filename, frame.f_lineno))
        return inside

    def entering(frame: FrameType, event: str, _: Any) -> Any:
        return inside if frame.f_code.co_filename in rooms else None

    before = sys.gettrace()
    sys.settrace(entering)
    try:
        yield reached
    finally:
        sys.settrace(before)


def _fault_lines() -> set[tuple[str, int]]:
    """The lines of the rooms, inside functions, that make a fault or word one."""
    return {(_file(room), line) for room in ROOMS for line in _lines(_tree(room))}


def _lines(node: ast.AST, inside: bool = False) -> Iterator[int]:
    if getattr(node, "name", "") in APART:
        return
    # What runs at import is not about a file.
    inside = inside or isinstance(node, (ast.FunctionDef, ast.Lambda))
    if inside and isinstance(node, (ast.Call, ast.Return)) and _makes_a_fault(node):
        yield node.lineno
    for child in ast.iter_child_nodes(node):
        yield from _lines(child, inside)


def _makes_a_fault(node: ast.Call | ast.Return) -> bool:
    """Whether the node calls what makes a fault, or returns a problem and its remedy."""
    if isinstance(node, ast.Return):
        return isinstance(node.value, ast.Tuple)
    return getattr(node.func, "id", getattr(node.func, "attr", "")) in MAKERS


def _tree(room: str) -> ast.Module:
    return ast.parse(Path(_file(room)).read_text(encoding="utf-8"))


def _file(room: str) -> str:
    return str(importlib.import_module(f"wom_sim.scenario.{room}").__file__)
