"""The corpus of scenario files: broken ones, each with its message, and sound ones, resolved.

`scenarios/invalid/GROUP/NAME.yaml` holds one fault, and in its first line the message that it
must get. `scenarios/valid/NAME.yaml` has beside it what it resolves to. As a script this module
rewrites the resolved files, and nothing else.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import wom_sim.face  # noqa: F401 - this import fills the registries
from wom_sim.scenario.dump import dump
from wom_sim.scenario.faults import ScenarioError
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.resolve import read

FOLDER = Path(__file__).parent / "scenarios"
EXPECTS = b"# expects: "
RESOLVED = ".resolved.yaml"


def invalid_files() -> list[Path]:
    """The files with one fault each."""
    return sorted((FOLDER / "invalid").glob("*/*.yaml"))


def valid_files() -> list[Path]:
    """The files without a fault."""
    files = (FOLDER / "valid").glob("*.yaml")
    return sorted(file for file in files if not file.name.endswith(RESOLVED))


def name_of(file: Path) -> str:
    """The path of `file` from the corpus on, to tell tests apart."""
    return file.relative_to(FOLDER).as_posix()


def expected(file: Path) -> str:
    """The message that the first line of `file` promises."""
    first = file.read_bytes().split(b"\n", 1)[0]
    if not first.startswith(EXPECTS):
        raise ValueError(f"{file} does not begin with '{EXPECTS.decode()}'")
    return first.removeprefix(EXPECTS).decode()


def read_beside(file: Path, settings: Sequence[str] = ()) -> Scenario:
    """The scenario in `file`, read from its own folder, so that messages hold its bare name."""
    with contextlib.chdir(file.parent):
        return read(file.name, settings=settings)


def answer(file: Path, settings: Sequence[str] = ()) -> str:
    """What the reader says of `file`; nothing where it takes it."""
    try:
        read_beside(file, settings)
    except ScenarioError as error:
        return str(error)
    return ""


def resolved_of(file: Path) -> Path:
    """Where the resolved form of `file` is kept."""
    return file.with_name(f"{file.stem}{RESOLVED}")


def write_resolved() -> None:
    """Rewrite the resolved form of every sound file; remove those whose file is gone."""
    files = {resolved_of(file): file for file in valid_files()}
    for old in (FOLDER / "valid").glob(f"*{RESOLVED}"):
        if old not in files:
            old.unlink()
    for place, file in files.items():
        place.write_bytes(dump(read_beside(file)).encode())


if __name__ == "__main__":
    write_resolved()
