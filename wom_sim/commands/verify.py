"""`verify`: a folder of results made again from what it holds, and compared byte by byte."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wom_sim.commands.attempt import attempt
from wom_sim.commands.progress import Progress
from wom_sim.commands.telling import FAILED, OK, USAGE, note

if TYPE_CHECKING:
    from wom_sim.scenario.parameters import Scenario

SCENARIO = "scenario.yaml"
SHOWN = 5
"""Files that are named; the others are counted."""


def main(arguments: argparse.Namespace) -> int:
    """Run the results in `arguments.folder` again; 0 if every byte agrees, 1 if not."""
    return attempt(lambda: _verify(arguments), str(arguments.folder / SCENARIO))


def _verify(arguments: argparse.Namespace) -> int:
    folder = arguments.folder
    manifest = _manifest(folder)
    if manifest is None:
        note(f"{folder} is not a folder of results; name one with manifest.json and {SCENARIO}")
        return USAGE
    with tempfile.TemporaryDirectory(prefix="wom_sim-") as made:
        _again(arguments, manifest, Path(made))
        differing = list(_differing(folder, Path(made), manifest, arguments.figures))
        compared = len(_names(manifest, arguments.figures))
    left = "" if arguments.figures else ", figures left out"
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


def _manifest(folder: Path) -> dict[str, Any] | None:
    try:
        found = json.loads((folder / "manifest.json").read_bytes())
        known = {"scenario": str(found["scenario"]), "files": dict(found["files"]),
                 "versions": dict(found["versions"]), "options": dict(found.get("options", {}))}
        drawn = any(name.startswith("figures/") for name in known["files"])
        whole = {**known, "swept": "varied" in found, "drawn": drawn,
                 "fitted": found.get("command") == "fit"}
        return whole if (folder / SCENARIO).is_file() else None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _again(arguments: argparse.Namespace, manifest: Mapping[str, Any], made: Path) -> None:
    """Make the results again in the folder `made`, as `run` or `sweep` would."""
    from wom_sim.study.cluster import workers_of

    progress = Progress("worlds", arguments.quiet)
    options = argparse.Namespace(
        no_figures=not (arguments.figures and manifest["drawn"]), workers=arguments.workers,
        keep="weekly_by_replication.parquet" in manifest["files"],
        **{"outcome": "clients_won", "arm": "", "against": "", **manifest["options"]},
    )
    with workers_of(arguments.cluster, arguments.workers) as crew:
        how = {"executor": crew.executor, "workers": crew.workers, "progress": progress.at,
               "say": progress.say}
        how_again = _fit if manifest["fitted"] else _sweep if manifest["swept"] else _run
        how_again(arguments, manifest, made, options, progress, how)


def _run(
    arguments: argparse.Namespace, manifest: Mapping[str, Any], made: Path,
    options: argparse.Namespace, progress: Progress, how: Mapping[str, Any],
) -> None:
    from wom_sim.commands.run import write
    from wom_sim.study.ensemble import run_ensemble

    results = run_ensemble(_scenario(arguments, manifest), **how)
    write(results, made, options, progress)


def _sweep(
    arguments: argparse.Namespace, manifest: Mapping[str, Any], made: Path,
    options: argparse.Namespace, progress: Progress, how: Mapping[str, Any],
) -> None:
    from wom_sim.commands.sweep import mapped, write
    from wom_sim.study.varying.design import design_of
    from wom_sim.study.varying.sweep import run_sweep

    scenario = _scenario(arguments, manifest)
    design = design_of(scenario)

    def at(point: int) -> Scenario:
        return _scenario(arguments, manifest, design.settings(point))

    swept = run_sweep(scenario, design, at, **how)
    write(swept, mapped(swept, options), made, options, progress)


def _fit(
    arguments: argparse.Namespace, manifest: Mapping[str, Any], made: Path,
    options: argparse.Namespace, progress: Progress, how: Mapping[str, Any],
) -> None:
    from wom_sim.commands.fit import write
    from wom_sim.commands.fitting import Asked, Fitting
    from wom_sim.scenario.parameters.sweep import Axis
    from wom_sim.study.crew import workforce
    from wom_sim.study.ensemble import compile_first

    axes = tuple(Axis(**axis) for axis in options.axes)
    asked = Asked(axes, options.screening, options.worlds, options.points)
    study = Fitting(
        _scenario(arguments, manifest), asked,
        lambda design: lambda point: _scenario(arguments, manifest, design.settings(point)))
    with workforce(how["executor"], max(1, how["workers"])) as crew:
        compile_first(crew, progress.say)
        write(study.run(crew, progress), study, made, options, progress)


def _scenario(
    arguments: argparse.Namespace, manifest: Mapping[str, Any], settings: tuple[str, ...] = ()
) -> Scenario:
    """The scenario of the results, as if it stood where its files lie, under its first name."""
    import wom_sim.plugs  # noqa: F401 - fills the registries
    from wom_sim.commands.reading import ask
    from wom_sim.scenario.files import Permission
    from wom_sim.scenario.resolve import read_text
    from wom_sim.scenario.sources import content

    place = arguments.files or arguments.folder
    allowed = Permission(
        arguments.allow_files, (lambda path: True) if arguments.allow_plugins else ask)
    found = read_text(
        content(arguments.folder / SCENARIO), str(place / f"{manifest['scenario']}.yaml"),
        settings=settings, allowed=allowed,
    )
    return found.model_copy(update={"folder": str(place)})


def _names(manifest: Mapping[str, Any], figures: bool) -> list[str]:
    names = sorted(manifest["files"])
    return [name for name in names if figures or not name.startswith("figures/")]


def _differing(
    folder: Path, made: Path, manifest: Mapping[str, Any], figures: bool
) -> Iterator[str]:
    """Each file that is not the same, and how."""
    from wom_sim.study.keeping.folder import hashes

    there, again = hashes(folder), hashes(made)
    for name in sorted({*_names(manifest, figures), *again}):
        if name not in there:
            yield f"{name} is missing"
        elif name not in again:
            yield f"{name} is not made any more"
        elif there[name] != again[name]:
            changed = there[name] != manifest["files"].get(name)
            about = " (changed since it was written)" if changed else ""
            yield f"{name} differs{_where(folder / name, made / name)}{about}"


def _where(one: Path, other: Path) -> str:
    """The first line that differs, of two tables or texts."""
    if one.suffix not in (".csv", ".yaml", ".svg"):
        return ""
    with one.open("rb") as first, other.open("rb") as second:
        for number, (line, again) in enumerate(zip(first, second, strict=False), 1):
            if line != again:
                return f" from line {number} on"
    return " in length"


def _other_versions(manifest: Mapping[str, Any]) -> Iterator[str]:
    from wom_sim.study.keeping.folder import versions

    now = versions()
    for name, was in manifest["versions"].items():
        if now.get(name) != was:
            yield f"made with {name} {was}; this is {now.get(name)}"
