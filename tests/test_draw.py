"""`draw`: results read back from their folder, and the same figures drawn from it."""

from __future__ import annotations

import json
import shutil
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shown import board, ranked, sweep

from wom_sim import cli
from wom_sim.commands.claims import COLUMNS, write
from wom_sim.commands.kept import NotKept, results_of
from wom_sim.commands.telling import OK, USAGE
from wom_sim.show.scoreboard import table
from wom_sim.study.keeping import stored
from wom_sim.study.tables import ResultsError, read_csv, write_csv
from wom_sim.study.varying.tables import asked_of, sensitivity_table, write_swept

TRUST = Namespace(files=None, allow_files=False, allow_plugins=False, plain=True)
SMALL = """\
weeks: 30
history_weeks: 8
replications: 4
population: {size: 200}
trades: {count: 6, need_rate: 3.0}
arms:
  "=1+1 $x$": {}
  Partners:
    effort: {service: 32, partners: 4}
    partners: {count: 3}
sweep:
  arms.Partners.partners.count: [1, 3]
  friends.ask_around: [0.2, 0.6]
"""


def command(*given: Any) -> int:
    return cli.main([str(one) for one in given])


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder of a run, and one of a sweep."""
    out = tmp_path_factory.mktemp("results")
    file = out / "small.yaml"
    file.write_text(SMALL, encoding="utf-8")
    options = ("--out", out, "--workers", 1, "--quiet")
    assert command("run", file, *options) == OK
    assert command("sweep", file, *options, "--outcome", "won_by_partners",
                   "--against", "won_by_customers") == OK
    return {"run": out / "small", "sweep": out / "small-sweep"}


def copied(folder: Path, to: Path) -> Path:
    return Path(shutil.copytree(folder, to / folder.name))


@pytest.mark.parametrize("kind", ["run", "sweep"])
def test_the_same_figures_are_drawn_from_the_folder_alone(
    kind: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    folder = copied(folders[kind], tmp_path)
    before = {path.name: path.read_bytes() for path in (folder / "figures").iterdir()}
    assert {Path(name).suffix for name in before} == {".png", ".svg"}
    shutil.rmtree(folder / "figures")
    assert command("draw", folder, "--workers", 1, "--quiet") == OK
    after = {path.name: path.read_bytes() for path in (folder / "figures").iterdir()}
    assert after == before
    manifest = (folder / "manifest.json").read_bytes()
    assert manifest == (folders[kind] / "manifest.json").read_bytes()


def test_a_run_is_read_back_as_it_was(folders: dict[str, Path]) -> None:
    found = results_of(folders["run"], TRUST)
    assert found.arms == ("=1+1 $x$", "Partners")
    values = {(row["arm"], row["replication"]): row
              for row in read_csv(folders["run"] / "replications.csv")}
    for arm in found.arms:
        for world, won in enumerate(found.value(arm, "clients_won").tolist()):
            assert values[arm, world]["clients_won"] == won
            assert found.series(arm, "won")[world].sum() == pytest.approx(won)
    assert found.comparison == read_csv(folders["run"] / "comparison.csv") or all(
        np.isclose(row["difference"], told["difference"], equal_nan=True) for row, told in
        zip(found.comparison, read_csv(folders["run"] / "comparison.csv"), strict=True))
    assert found.monthly.weekly.tolist() == found.weekly.tolist()
    told = found.stories["Partners"]
    assert len(told) == len(read_csv(folders["run"] / "story.csv"))
    reached = found.reached["Partners"]
    assert len(reached) == len(read_csv(folders["run"] / "reach.csv"))


def test_only_what_is_asked_for_is_drawn(
    folders: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copied(folders["run"], tmp_path)
    shutil.rmtree(folder / "figures")
    assert command("draw", folder, "--figure", "noise", "--figure", "paired", "--figure", "noise",
                   "--format", "pdf", "--format", "png", "--size", "print") == OK
    names = {"noise.pdf", "noise-print.png", "paired.pdf", "paired-print.png"}
    assert {path.name for path in (folder / "figures").iterdir()} == names
    assert len(capsys.readouterr().out.splitlines()) == 4
    record = json.loads((folder / "manifest.json").read_bytes())
    assert set(record["drawn"]) == {f"figures/{name}" for name in names}
    assert not set(record["drawn"]) & set(record["files"])
    # The files are of the results now, so that a later run may replace the folder.
    from wom_sim.study.keeping.folder import refuse_what_is_not_ours

    refuse_what_is_not_ours(folder)


@pytest.mark.parametrize(("given", "said"), [
    (("--figure", "pairde"), "no figure 'pairde'; did you mean 'paired'?"),
    (("--figure", "noise", "--figure", "howmany"), "figure howmany needs a sweep over"),
    (("--figure", "tornado"), "python -m wom_sim sensitivity FILE"),
])
def test_on_a_mistake_nothing_is_written(
    folders: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str],
    given: tuple[str, ...], said: str,
) -> None:
    folder = copied(folders["run"], tmp_path)
    shutil.rmtree(folder / "figures")
    assert command("draw", folder, *given) == USAGE
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1
    assert not (folder / "figures").exists()


def test_a_folder_of_something_else_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("draw", tmp_path) == USAGE
    assert "is not a folder of results" in capsys.readouterr().err
    (tmp_path / "identified.csv").touch()
    (tmp_path / "manifest.json").touch()
    with pytest.raises(NotKept, match="holds a fit"):
        results_of(tmp_path, TRUST)


@pytest.mark.parametrize("missing", ["months.csv", "replications.csv"])
def test_a_damaged_folder_is_told_in_one_line(
    folders: dict[str, Path], tmp_path: Path, missing: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = copied(folders["run"], tmp_path)
    (folder / missing).unlink()
    said = "run it again" if missing == "months.csv" else "is not a folder of results"
    assert command("draw", folder) == USAGE
    assert said in capsys.readouterr().err
    for text in ("arm\nx,y,z\n", "arm,replication\nx,0\n", ""):
        (folder / missing).write_text(text, encoding="utf-8")
        assert command("draw", folder) == USAGE
        told = capsys.readouterr().err
        assert "run it again" in told
        assert len(told.splitlines()) == 1


def test_claims_are_read_back_as_they_were(tmp_path: Path) -> None:
    one = board("nasty")
    write({}, one.verdicts, tmp_path)
    found = stored.board_of(tmp_path)
    assert table(found.verdicts) == table(one.verdicts)
    assert found == one
    assert set(COLUMNS) == set(read_csv(tmp_path / "claims.csv", stored._CLAIM_TEXTS)[0])


def test_a_sensitivity_study_is_read_back_as_it_was(tmp_path: Path) -> None:
    one = ranked("usual").found
    write_csv(tmp_path / "sensitivity.csv", sensitivity_table(one))
    assert stored.sensitivity_of(tmp_path, {"options": asked_of(one)}) == one
    with pytest.raises(ResultsError, match="run it again"):
        stored.sensitivity_of(tmp_path, {})


def test_a_sweep_is_read_back_as_it_was(tmp_path: Path) -> None:
    one = sweep(worlds=12, asked=(0.5, 1.0)).swept
    write_swept(one, tmp_path)
    found = stored.swept_of(tmp_path, one.scenario, {})
    assert found.design == one.design
    assert found.outcomes[1] == one.outcomes[1]._replace(meaning=found.outcomes[1].meaning)
    for part in ("values", "summary", "comparison"):
        assert np.array_equal(getattr(found, part), getattr(one, part), equal_nan=True)
