"""How each kind of folder of results is made again from what it holds."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from wom_sim.commands.kept import SCENARIO, NotKept, manifest_in
from wom_sim.commands.progress import Progress

if TYPE_CHECKING:
    from wom_sim.scenario.parameters import Scenario
    from wom_sim.study.cluster import Cluster
    from wom_sim.study.varying.design import Design

PICTURES = (".png", ".svg")


class Manifest(NamedTuple):
    """What a folder says of how it was made; see `study.keeping.folder.manifest`."""

    command: str
    scenario: str
    files: dict[str, Any]
    options: dict[str, Any]
    versions: dict[str, str]


def manifest_of(folder: Path) -> Manifest | None:
    """What the manifest of a folder says, None where it has none of ours."""
    try:
        found = manifest_in(folder, files=dict, versions=dict)
        return Manifest(
            str(found.get("command", "")), str(found.get("scenario", "")), found["files"],
            dict(found.get("options", {})), found["versions"],
        )
    except (NotKept, TypeError, ValueError):
        return None


def is_figure(name: str) -> bool:
    """Whether a file of a folder of results is a picture."""
    return name.endswith(PICTURES)


class Again(NamedTuple):
    """A folder that is made again in the folder `made`, by what its manifest says."""

    arguments: argparse.Namespace
    manifest: Manifest
    made: Path
    progress: Progress
    crew: Cluster

    @property
    def options(self) -> argparse.Namespace:
        """The options of the command that left the folder, as far as its files depend on them."""
        drawn = any(map(is_figure, self.manifest.files))
        return argparse.Namespace(
            no_figures=not (self.arguments.figures and drawn), workers=self.arguments.workers,
            keep="weekly_by_replication.parquet" in self.manifest.files, **self.manifest.options,
        )

    @property
    def beside(self) -> Path:
        """Where the folder lies."""
        found: Path = self.arguments.folder.resolve().parent
        return found

    @property
    def how(self) -> dict[str, Any]:
        """Who does the work, and who is told of it."""
        return {"executor": self.crew.executor, "workers": self.crew.workers,
                "progress": self.progress.at, "say": self.progress.say}

    def scenario(
        self, settings: Sequence[str] = (), file: str = SCENARIO, stem: str = ""
    ) -> Scenario:
        """A scenario in the folder, as if it stood where its files lie, under its first name."""
        from wom_sim.commands.reading import as_kept

        place = self.arguments.folder / file
        return as_kept(place, stem or self.manifest.scenario, self.arguments, tuple(settings))

    def claims(self, files: Sequence[Path], settings: Sequence[str] = ()) -> list[Scenario]:
        """Scenarios of claims in the folder, under further settings."""
        return [self.scenario(settings, str(file), file.stem) for file in files]

    def files_in(self, preset: str) -> list[Path]:
        """The scenarios of claims that the manifest names, below the folder."""
        from wom_sim.commands.claims import SCENARIOS

        start = f"{SCENARIOS}/{preset}/"
        return [Path(name) for name in sorted(self.manifest.files) if name.startswith(start)]


def _run(again: Again) -> None:
    from wom_sim.commands.run import tell, write
    from wom_sim.study.ensemble import run_ensemble

    results = run_ensemble(again.scenario(), **again.how)
    write(results, again.made, again.options, again.progress)
    tell(results, again.made, again.beside)


def _sweep(again: Again) -> None:
    from wom_sim.commands.sweep import mapped, tell, write
    from wom_sim.study.varying.design import design_of
    from wom_sim.study.varying.sweep import run_sweep

    scenario, options = again.scenario(), again.options
    design = design_of(scenario)
    swept = run_sweep(scenario, design, _reader(again)(design), **again.how)
    map_ = mapped(swept, options)
    write(swept, map_, again.made, options, again.progress)
    tell(swept, map_, again.made, options, again.beside)


def _sensitivity(again: Again) -> None:
    from wom_sim.commands.sensitivity import tell, write
    from wom_sim.commands.varying import study_over
    from wom_sim.scenario.parameters.sweep import Axis
    from wom_sim.study.varying.sweep import run_sweep

    options = again.options
    wanted = study_over(
        tuple(Axis(**axis) for axis in options.axes), again.scenario(), options.method,
        options.points, (options.arm, options.against), _reader(again),
    )
    swept = run_sweep(wanted.scenario, wanted.design, wanted.at, **again.how)
    found = write(swept, wanted, again.made, options, again.progress)
    tell(swept, found, again.manifest.options, again.made, again.beside)


def _reader(again: Again) -> Callable[[Design], Callable[[int], Scenario]]:
    """What reads the points of a design."""
    return lambda design: lambda point: again.scenario(design.settings(point))


def _fit(again: Again) -> None:
    from wom_sim.commands.fit import tell, write
    from wom_sim.commands.fitting import Asked, Fitting
    from wom_sim.scenario.parameters.sweep import Axis
    from wom_sim.study.crew import workforce
    from wom_sim.study.ensemble import compile_first

    options = again.options
    axes = tuple(Axis(**axis) for axis in options.axes)
    asked = Asked(axes, options.screening, options.worlds, options.points)
    study = Fitting(again.scenario(), asked, _reader(again))
    with workforce(again.crew.executor, max(1, again.crew.workers)) as crew:
        compile_first(crew, again.progress.say)
        fit = study.run(crew, again.progress)
    write(fit, study, again.made, options, again.progress)
    tell(fit, study.fitted(fit), again.made, again.beside)


def _claims(again: Again) -> None:
    from wom_sim.commands.claims import PRESETS, draw_board, tell, verdicts_of, write
    from wom_sim.commands.flipped import write_flips
    from wom_sim.study.claims.taken import flips_in
    from wom_sim.study.claims.worlds import run_groups

    read_in = {preset: again.claims(again.files_in(preset)) for preset in PRESETS}
    verdicts = verdicts_of(read_in, run_groups(list(read_in.values()), **again.how))
    # Flips were taken up from another folder, and are as given as the scenarios.
    flips = flips_in(again.arguments.folder)
    write(read_in, verdicts, again.made)
    write_flips(flips, again.made)
    if not again.options.no_figures:
        draw_board(verdicts, flips, again.made)
    tell(verdicts, flips, read_in, again.made, again.beside)


def _flips(again: Again) -> None:
    from wom_sim.commands.flips import Search, answers, write

    with tempfile.TemporaryDirectory(prefix="wom_sim-") as kept:
        looking = Search(again.files_in(Search.preset), again.claims, again.options.confirming,
                         Path(kept), again.crew)
        write(looking, list(answers(looking, again.progress.say)), again.made)


KINDS: dict[str, Callable[[Again], None]] = {
    "run": _run,
    "sweep": _sweep,
    "sensitivity": _sensitivity,
    "fit": _fit,
    "claims": _claims,
    "claims --flips": _flips,
}
"""By the command that left a folder: what makes its files again, but for the manifest."""
