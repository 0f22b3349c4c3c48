"""`verify`: a folder of results made again from what it holds, and compared byte by byte."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from wom_sim.commands.again import KINDS, Again, Manifest, is_figure, manifest_of
from wom_sim.commands.attempt import attempt
from wom_sim.commands.progress import Progress
from wom_sim.commands.telling import FAILED, OK, USAGE, note

SHOWN = 5
"""Files that are named; the others are counted."""


def main(arguments: argparse.Namespace) -> int:
    """Run the results in `arguments.folder` again; 0 if every byte agrees, 1 if not."""
    return attempt(lambda: _verify(arguments), str(arguments.folder))


def _verify(arguments: argparse.Namespace) -> int:
    folder = arguments.folder
    manifest = manifest_of(folder)
    if manifest is None:
        note(f"{folder} is not a folder of results; name one with manifest.json")
        return USAGE
    if manifest.command not in KINDS:
        note(f"{folder} does not say how to make it again; verify knows what"
             f" {', '.join(KINDS)} leave")
        return USAGE
    with tempfile.TemporaryDirectory(prefix="wom_sim-") as made:
        _again(arguments, manifest, Path(made))
        differing = list(_differing(folder, Path(made), manifest, arguments.figures))
        compared = len(set(manifest.files) - _left_out(manifest, arguments.figures))
    left = ", figures and page left out" if _left_out(manifest, arguments.figures) else ""
    if not differing:
        if not arguments.quiet:
            print(f"{folder}: all {compared} files agree, byte for byte{left}")
        return OK
    verb = "differs" if len(differing) == 1 else "differ"
    print(f"{folder}: {len(differing)} of {compared} files {verb}{left}")
    for line in differing[:SHOWN]:
        print(f"  {line}")
    if len(differing) > SHOWN:
        print(f"  and {len(differing) - SHOWN} more")
    for line in _other_versions(manifest):
        print(f"  {line}")
    return FAILED


def _again(arguments: argparse.Namespace, manifest: Manifest, made: Path) -> None:
    """Make the results again in the folder `made`, as the command that left them would."""
    from wom_sim.study.cluster import workers_of

    progress = Progress("worlds", arguments.quiet)
    with workers_of(arguments.cluster, arguments.workers) as crew:
        KINDS[manifest.command](Again(arguments, manifest, made, progress, crew))


def _left_out(manifest: Manifest, figures: bool) -> set[str]:
    """The figures, and the page that holds them, where these are not compared."""
    from wom_sim.show.page.kept import REPORT

    drawn = {name for name in manifest.files if is_figure(name)}
    return set() if figures or not drawn else {*drawn, REPORT}


def _differing(
    folder: Path, made: Path, manifest: Manifest, figures: bool
) -> Iterator[str]:
    """Each file that is not the same, and how."""
    from wom_sim.study.keeping.folder import hashes

    there, again = hashes(folder), hashes(made)
    for name in sorted({*manifest.files, *again} - _left_out(manifest, figures)):
        if name not in there:
            yield f"{name} is missing"
        elif name not in again:
            yield f"{name} is not made any more"
        elif there[name] != again[name]:
            changed = there[name] != manifest.files.get(name)
            about = " (changed since it was written)" if changed else ""
            yield f"{name} differs{_where(folder / name, made / name)}{about}"


def _where(one: Path, other: Path) -> str:
    """The first line that differs, of two tables or texts; what else a page depends on."""
    from wom_sim.show.page.kept import REPORT

    if one.name == REPORT:
        return " (where a sensitivity study lies beside the folder, its ranking is in the page)"
    if one.suffix not in (".csv", ".yaml", ".svg"):
        return ""
    with one.open("rb") as first, other.open("rb") as second:
        for number, (line, again) in enumerate(zip(first, second, strict=False), 1):
            if line != again:
                return f" from line {number} on"
    return " in length"


def _other_versions(manifest: Manifest) -> Iterator[str]:
    from wom_sim.study.keeping.folder import versions

    now = versions()
    for name, was in manifest.versions.items():
        if now.get(name) != was:
            yield f"made with {name} {was}; this is {now.get(name)}"
