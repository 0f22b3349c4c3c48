"""Tables, CSV, Parquet and the folder of results, whole or not there."""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import pickle
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wom_sim.scenario.parameters import Arm, Scenario
from wom_sim.study import parquet, tables
from wom_sim.study.keeping import shelf
from wom_sim.study.keeping.folder import (
    LIBRARIES,
    fresh_folder,
    manifest,
    plain_errors,
    versions,
    write_manifest,
)
from wom_sim.study.results import Happening, Measure, Reached, Results
from wom_sim.study.statistics import simultaneous
from wom_sim.study.statistics import summaries as statistics

MEASURES = (
    *("won", "won_partner", "won_asked_friend", "won_word_of_mouth", "won_requested"),
    *("margin", "lost_negative", "hours_per_job"),
)
OUTCOMES = ("clients_won", "margin_per_hour", "=cmd()")
NASTY = ("=1+1", "<script>", "🙂 é", "$x_{$", 'a,b\n"c"', "'=x", "-5", "+", "@a", "\ttab", "\rcr")
STARTED = datetime(2026, 11, 21, 11, 30, tzinfo=timezone(timedelta(hours=2)))


def made(
    arms: tuple[str, ...] = ("no group", "group"),
    replications: int = 12,
    weeks: int = 6,
    trades: int = 3,
    **scenario: Any,
) -> Results:
    rng = np.random.default_rng(1)
    weekly = rng.poisson(2.0, (len(arms), replications, weeks, len(MEASURES))).astype(float)
    weekly[:, ::2, 0, -1] = np.nan
    weekly[:, :, 1, -1] = np.nan
    values = rng.lognormal(0, 1, (len(arms), replications, len(OUTCOMES)))
    values[0, 0, 1] = np.nan
    return Results(
        scenario=Scenario(
            stem="made",
            seed=7,
            arms=tuple(Arm(name=arm) for arm in arms),
            baseline=arms[0],
            **scenario,
        ),
        weekly_measures=tuple(Measure(name, "clients", "a measure") for name in MEASURES),
        weekly=weekly,
        outcomes=tuple(Measure(name, "clients", "an outcome") for name in OUTCOMES),
        values=values,
        businesses=rng.normal(10, 2, (len(arms), replications, trades, len(MEASURES))),
        stories={arms[0]: (Happening(0, "client", 4, -1, ""), Happening(2, "won", 9, 4, "x"))},
        story_replication={arms[0]: 5},
        reached={arms[0]: (Reached(5, "bad", 3),)},
        facts={"graph_hashes": ["ab12"]},
    )


def record(results: Results, folder: Path) -> dict[str, Any]:
    return manifest(
        results,
        folder,
        started=STARTED,
        seconds=1.5,
        versions=versions(),
        rng=1,
        scenario_hash="cafe",
    )


def fill(results: Results, folder: Path) -> None:
    tables.write_tables(results, folder)
    write_manifest(record(results, folder), folder)


def run(out: Path, name: str = "x", results: Results | None = None) -> Path:
    with fresh_folder(out, name) as beside:
        fill(results or made(), beside)
    return out / name


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def equal(a: object, b: object) -> bool:
    return a == b or (isinstance(a, float) and isinstance(b, float) and a != a and b != b)


def same(records: list[dict[str, Any]], others: list[dict[str, Any]]) -> bool:
    return len(records) == len(others) and all(
        a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
        for a, b in zip(records, others, strict=True)
    )


def test_summary_is_one_record_for_each_arm_and_outcome() -> None:
    results = made()
    assert tuple(results.summary[0]) == ("arm", "outcome", "unit", *tables.SUMMARY)
    assert [(one["arm"], one["outcome"]) for one in results.summary] == [
        (arm, outcome) for arm in results.arms for outcome in OUTCOMES
    ]
    expected = statistics.summarise(results.value("group", "clients_won"), 7)
    assert results.summary[3] == {
        "arm": "group",
        "outcome": "clients_won",
        "unit": "clients",
        **expected,
    }
    assert results.summary[1]["n"] == 11
    assert results.summary is results.summary


def test_comparison_has_every_arm_but_the_baseline() -> None:
    results = made(("a", "b", "c"))
    assert tuple(results.comparison[0]) == (
        "arm", "baseline", "outcome", "unit", *tables.COMPARISON
    )
    assert [one["arm"] for one in results.comparison] == ["b"] * 3 + ["c"] * 3
    assert {one["baseline"] for one in results.comparison} == {"a"}
    expected = statistics.compare(results.value("c", "=cmd()"), results.value("a", "=cmd()"), 7)
    assert {key: results.comparison[-1][key] for key in expected} == expected


def test_several_arms_have_intervals_that_hold_together() -> None:
    results = made(("a", "b", "c"), replications=40)
    for place, outcome in enumerate(OUTCOMES):
        gaps = (results.values[1:, :, place] - results.values[0, :, place]).T
        expected = simultaneous.band(gaps, 7)
        rows = [one for one in results.comparison if one["outcome"] == outcome]
        assert [one["simultaneous_low"] for one in rows] == expected.low.tolist()
        assert [one["simultaneous_high"] for one in rows] == expected.high.tolist()
        assert all(one["simultaneous_low"] < one["ci_low"] for one in rows)
    alone = made(("a", "b")).comparison[0]
    assert alone["simultaneous_low"] == alone["ci_low"]
    assert alone["simultaneous_high"] == alone["ci_high"]


def test_curves_are_running_differences_with_a_band() -> None:
    results = made(("a", "b", "c"), replications=15)
    rows = tables.table(results, "curves").records()
    totals = {one["outcome"] for one in tables.table(results, "weekly").records()}
    assert {one["outcome"] for one in rows} == {n for n in totals if n.startswith("cumulative_")}
    assert {one["arm"] for one in rows} == {"b", "c"}
    gap = results.running_gap(results.series("c", "won"), results.series("a", "won"))
    own = [one for one in rows if (one["arm"], one["outcome"]) == ("c", "cumulative_won")]
    assert [one["week"] for one in own] == list(range(len(own)))
    for column, numbers in zip(("n", "difference", "band_low", "band_high"), gap, strict=False):
        assert [one[column] for one in own] == numbers.tolist()
    final = results.series("c", "won").sum(axis=1) - results.series("a", "won").sum(axis=1)
    assert own[-1]["difference"] == pytest.approx(final.mean())


def test_one_arm_has_an_empty_comparison_with_columns(tmp_path: Path) -> None:
    run(tmp_path, results=made(("only",)))
    assert made(("only",)).comparison == []
    assert (tmp_path / "x" / "comparison.csv").read_text().count("\n") == 1


def test_weekly_is_numpys_quantiles_and_running_totals() -> None:
    results = made(replications=13)
    records = tables.table(results, "weekly").records()
    rows = {(one["arm"], one["week"], one["outcome"]): one for one in records}
    assert len(rows) == 2 * 6 * (len(MEASURES) + len(tables.CUMULATIVE))
    for week in (0, 2, 5):
        for name in ("won", "hours_per_job"):
            values = results.series("group", name)[:, week]
            found = rows["group", week, name]
            assert found["mean"] == pytest.approx(np.nanmean(values))
            for column, share in tables.QUANTILES.items():
                assert found[column] == pytest.approx(np.nanquantile(values, share))
    parts = ("won_asked_friend", "won_word_of_mouth", "won_requested")
    total = sum(results.series("group", part)[:, :4].sum(axis=1) for part in parts)
    found = rows["group", 3, "cumulative_won_customers"]
    assert (found["mean"], found["median"]) == (pytest.approx(total.mean()), np.median(total))
    assert math.isnan(rows["group", 1, "hours_per_job"]["median"])
    assert math.isnan(rows["group", 1, "hours_per_job"]["mean"])


def test_running_totals_need_their_parts() -> None:
    results = made()
    short = Results(
        **{
            **{name: getattr(results, name) for name in Results.__dataclass_fields__},
            "weekly_measures": results.weekly_measures[:2],
            "weekly": results.weekly[..., :2],
        }
    )
    names = {one["outcome"] for one in tables.table(short, "weekly").records()}
    assert names == {"won", "won_partner", "cumulative_won", "cumulative_won_partner"}


def test_weekly_is_fast() -> None:
    results = made(("a", "b", "c", "d"), 100, 156)
    wide = np.tile(results.weekly, (1, 1, 1, 8))[..., :60]
    begun = time.perf_counter()
    tables._over_worlds(wide[0])
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize(
    ("treated", "facts", "expected"),
    [("all", {}, {0, 1, 2}), ("one", {}, {0}), ("one", {"treated": [2]}, {2})],
)
def test_businesses_say_who_is_treated(treated: str, facts: dict, expected: set[int]) -> None:
    results = made(treated=treated)
    results.facts.update(facts)
    rows = tables.table(results, "businesses").records()
    assert {one["business"] for one in rows if one["treated"]} == expected
    last = statistics.student_intervals(results.businesses[1, :, 2, -1])
    assert (rows[-1]["ci_low"], rows[-1]["ci_high"]) == pytest.approx(last[2:4])
    assert (rows[-1]["n"], rows[-1]["method"], len(rows)) == (12, "t", 2 * 3 * len(MEASURES))


def test_replications_and_story() -> None:
    results = made()
    rows = tables.table(results, "replications").records()
    assert list(rows[0]) == ["arm", "replication", *OUTCOMES]
    assert rows[14]["replication"] == 2
    assert rows[14]["clients_won"] == results.values[1, 2, 0]
    assert tables.table(results, "story").records()[1] == {
        "arm": "no group",
        "replication": 5,
        "week": 2,
        "event": "won",
        "person": 9,
        "via": 4,
        "source": "x",
    }
    assert tables.table(results, "reach").records() == [
        {"arm": "no group", "replication": 5, "valence": "bad", "people": 3}]


def test_unknown_table_is_named() -> None:
    with pytest.raises(KeyError, match="no table 'sumary'; tables are summary, comparison"):
        made().frame("sumary")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (math.nan, ""),
        (1.0, "1"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (1e300, "1e+300"),
        (2.0**53, "9007199254740992.0"),
        (np.float64(0.1) * 3, "0.30000000000000004"),
        (-3, "-3"),
        (True, "true"),
        ("plain", "plain"),
        ("=1+1", "'=1+1"),
        ("'quoted'", "''quoted'"),
    ],
)
def test_cells(value: object, text: str) -> None:
    assert tables.cell(value) == text


def test_csv_reads_back_as_it_was(tmp_path: Path) -> None:
    results = made(NASTY)
    tables.write_tables(results, tmp_path)
    for name, one in tables.tables(results).items():
        assert same(tables.read_csv(tmp_path / f"{name}.csv"), one.records()), name


def test_no_cell_is_a_formula_and_lines_end_in_line_feeds(tmp_path: Path) -> None:
    import csv

    tables.write_tables(made(NASTY), tmp_path)
    for path in tmp_path.glob("*.csv"):
        data = path.read_bytes()
        assert b"\r\n" not in data
        assert data.endswith(b"\n")
        with path.open(encoding="utf-8", newline="") as file:
            cells = [cell for line in csv.reader(file) for cell in line]
        for cell in cells:
            number = cell.removeprefix("-").replace(".", "").replace("e-", "").isdecimal()
            assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_bytes_are_the_same_in_another_process(tmp_path: Path) -> None:
    tables.write_tables(made(), tmp_path)
    here = hashlib.sha256(b"".join(contents(tmp_path)[n] for n in sorted(contents(tmp_path))))
    code = (
        "import hashlib, pathlib, sys, tempfile; sys.path.insert(0, 'tests')\n"
        "import test_results as t; folder = pathlib.Path(tempfile.mkdtemp())\n"
        "t.tables.write_tables(t.made(), folder); found = t.contents(folder)\n"
        "print(hashlib.sha256(b''.join(found[name] for name in sorted(found))).hexdigest())"
    )
    env = {**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": "."}
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env, cwd=root
    )
    assert done.stdout.strip() == here.hexdigest()


def test_tables_are_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("mine")
    (tmp_path / "summary.csv").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        tables.write_tables(made(), tmp_path)
    assert (tmp_path / "elsewhere").read_text() == "mine"


def test_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    results = made(NASTY)
    for name in tables.NAMES:
        one = tables.table(results, name)
        frame = results.frame(name)
        assert tuple(frame.columns) == one.columns
        assert len(frame) == len(one.records())
    assert results.frame("summary")["arm"].iloc[0] == "=1+1"
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(tables.ResultsError, match=r"^frames need pandas; install wom-sim\[data\]$"):
        results.frame("summary")


def test_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow.parquet as pq

    results = made(NASTY, 4, 5)
    parquet.write_weekly_parquet(results, tmp_path)
    found = pq.read_table(tmp_path / parquet.WEEKLY).to_pandas()
    assert list(found.columns) == ["arm", "replication", "week", *MEASURES]
    row = found[(found.arm == "$x_{$") & (found.replication == 3) & (found.week == 2)]
    assert row[[*MEASURES]].to_numpy()[0].tolist() == results.weekly[3, 3, 2].tolist()
    assert len(found) == len(NASTY) * 20
    first = (tmp_path / parquet.WEEKLY).read_bytes()
    (tmp_path / parquet.WEEKLY).unlink()
    parquet.write_weekly_parquet(results, tmp_path)
    assert (tmp_path / parquet.WEEKLY).read_bytes() == first
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(tables.ResultsError, match=r"needs pyarrow; install wom-sim\[data\]$"):
        parquet.require_parquet()


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("group_or-not", "group_or-not"),
        ("Größe 2", "grosse-2"),
        ("Café", "cafe"),
        ("=1+1", "1-1"),
        ("a/../b", "a-b"),
        (".hidden.", "hidden"),
        ("CON", "con-run"),
        ("Lpt1", "lpt1-run"),
        ("COM¹", "com1-run"),
        ("console", "console"),
        ("x" * 80, "x" * 80),
    ],
)
def test_slug(stem: str, name: str) -> None:
    assert tables.slug(stem) == name


def test_slugs_of_other_scripts_differ_and_are_slugs() -> None:
    stems = [
        "",
        "🙂",
        "🙃",
        "наш",
        "ваш",
        "-",
        "группа 1",
        "группы 1",
        "y" * 300,
        "y" * 301,
        "\ud800",
    ]
    names = [tables.slug(stem) for stem in stems]
    assert len(set(names)) == len(stems)
    for name in names:
        assert tables.slug(name) == name
        assert 0 < len(name) <= 80
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")


def test_folder_is_whole_and_tells_what_made_it(tmp_path: Path) -> None:
    folder = run(tmp_path / "deep" / "out")
    found = json.loads((folder / "manifest.json").read_text())
    files = contents(folder)
    assert set(found["files"]) == set(files) - {"manifest.json"}
    assert {f"{name}.csv" for name in tables.NAMES} == set(found["files"])
    for name, one in found["files"].items():
        assert one["sha256"] == hashlib.sha256(files[name]).hexdigest()
        assert one["bytes"] == len(files[name])
    assert (found["seed"], found["rng"], found["scenario_hash"]) == (7, 1, "cafe")
    assert (found["arms"], found["replications"], found["weeks"]) == (["no group", "group"], 12, 6)
    assert (found["started"], found["seconds"]) == ("2026-11-21T09:30:00+00:00", 1.5)
    assert found["graph_hashes"] == ["ab12"]
    assert found["versions"]["numpy"] == np.__version__
    assert set(found["versions"]) == {"python", *LIBRARIES}
    assert set(found["platform"]) == {"system", "machine", "python"}
    assert list(tmp_path.joinpath("deep", "out").iterdir()) == [folder]


def test_manifest_keeps_files_of_subfolders_and_no_private_names(tmp_path: Path) -> None:
    import getpass
    import socket

    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "a.png").write_bytes(b"png")
    found = record(made(), tmp_path)
    assert found["files"]["figures/a.png"]["bytes"] == 3
    facts = json.dumps({key: found[key] for key in found if key != "files"})
    for private in (str(Path.home()) + "/", socket.gethostname(), f'"{getpass.getuser()}"'):
        assert private not in facts


def test_manifest_is_sorted(tmp_path: Path) -> None:
    write_manifest({"b": {"d": 1, "c": 2}, "a": 3}, tmp_path)
    text = '{\n  "a": 3,\n  "b": {\n    "c": 2,\n    "d": 1\n  }\n}\n'
    assert (tmp_path / "manifest.json").read_text() == text


def test_manifest_does_not_follow_links(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to(__file__)
    assert record(made(), tmp_path)["files"] == {}


def test_everything_is_on_the_disk_before_and_after_the_swap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced, fsync = [], os.fsync

    def watched(handle: int) -> None:
        synced.append(os.fstat(handle).st_ino)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    folder = run(tmp_path)
    assert set(synced[:-2]) == {path.stat().st_ino for path in folder.iterdir()}
    assert synced[-2:] == [folder.stat().st_ino, tmp_path.stat().st_ino]


def test_manifest_has_no_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_manifest({"seconds": math.nan}, tmp_path)


def test_temporary_is_beside_the_target(tmp_path: Path) -> None:
    with fresh_folder(tmp_path, "x") as beside:
        assert beside.parent == tmp_path
        assert beside.name.startswith(f".x.{os.getpid()}-")
        fill(made(), beside)
        assert not (tmp_path / "x").exists()
    assert not beside.exists()


def test_a_new_run_replaces_the_old_one_whole(tmp_path: Path) -> None:
    folder = run(tmp_path)
    (folder / ".DS_Store").write_bytes(b"")
    with fresh_folder(tmp_path, "x") as beside:
        (beside / "only.csv").write_text("a\n")
        write_manifest(record(made(), beside), beside)
        assert (folder / "summary.csv").exists()
    assert set(contents(folder)) == {"only.csv", "manifest.json"}
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("stop", [RuntimeError, KeyboardInterrupt, SystemExit, MemoryError])
def test_what_stops_in_the_middle_leaves_the_old_run(tmp_path: Path, stop: type) -> None:
    before = contents(run(tmp_path))

    def stopped() -> None:
        with fresh_folder(tmp_path, "x") as beside:
            tables.write_tables(made(replications=3), beside)
            raise stop

    with pytest.raises(stop):
        stopped()
    assert contents(tmp_path / "x") == before
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("failing", [1, 2])
@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError(errno.EIO, "I/O error")])
def test_failing_swap_restores_the_old_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int, stop: BaseException
) -> None:
    before = contents(run(tmp_path))
    rename, calls = Path.rename, []

    def fails(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) == failing:
            raise stop
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises((tables.ResultsError, KeyboardInterrupt)):
        run(tmp_path, results=made(replications=3))
    assert contents(tmp_path / "x") == before
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_busy_file_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename, calls = Path.rename, []

    def busy(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) < 5:
            raise PermissionError(errno.EACCES, "busy", str(self))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", busy)
    assert (run(tmp_path) / "manifest.json").exists()


def test_a_folder_without_a_manifest_is_not_put_in_place(tmp_path: Path) -> None:
    with (
        pytest.raises(tables.ResultsError, match=r"has no manifest\.json and is not whole"),
        fresh_folder(tmp_path, "x") as beside,
    ):
        tables.write_tables(made(), beside)
    assert list(tmp_path.iterdir()) == []


FOREIGN = r"x is not a folder of results; move it or choose another --out$"


@pytest.mark.parametrize(
    "manifest",
    [
        None,
        "",
        "{}",
        "[]",
        "[" * 100_000,
        '{"versions": {"wom_sim": 1}}',
        '{"files": {}, "versions": {}}',
    ],
)
def test_foreign_folders_are_left_alone(tmp_path: Path, manifest: str | None) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "thesis.txt").write_text("years of work")
    if manifest is not None:
        (tmp_path / "x" / "manifest.json").write_text(manifest)
    with pytest.raises(tables.ResultsError, match=FOREIGN):
        run(tmp_path)
    assert (tmp_path / "x" / "thesis.txt").read_text() == "years of work"


def test_files_of_others_among_the_results_are_left_alone(tmp_path: Path) -> None:
    folder = run(tmp_path)
    (folder / "notes").mkdir()
    (folder / "notes" / "mine.txt").write_text("keep")
    with pytest.raises(tables.ResultsError, match=r"mine\.txt is not of the results; move it"):
        run(tmp_path)
    assert (folder / "notes" / "mine.txt").read_text() == "keep"


def test_a_foreign_folder_that_came_meanwhile_is_left_alone(tmp_path: Path) -> None:

    def overtaken() -> None:
        with fresh_folder(tmp_path, "x") as beside:
            fill(made(), beside)
            (tmp_path / "x").mkdir()

    with pytest.raises(tables.ResultsError, match=FOREIGN):
        overtaken()
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_links_are_never_followed(tmp_path: Path) -> None:
    real = run(tmp_path / "real")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x").symlink_to(real)
    with pytest.raises(tables.ResultsError, match=FOREIGN):
        run(tmp_path / "out")
    (real / "link.csv").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(tables.ResultsError, match=r"link\.csv is not of the results"):
        run(tmp_path / "real")


def test_links_in_place_of_results_are_refused(tmp_path: Path) -> None:
    for name, message in (
        ("summary.csv", r"summary\.csv is not of the"),
        ("manifest.json", "is not a folder of results"),
    ):
        folder = run(tmp_path, name[:3])
        (folder / name).rename(tmp_path / name)
        (folder / name).symlink_to(tmp_path / name)
        with pytest.raises(tables.ResultsError, match=message):
            run(tmp_path, name[:3])


def test_a_link_is_no_result(tmp_path: Path) -> None:
    def linked() -> None:
        with fresh_folder(tmp_path, "x") as beside:
            (beside / "z.csv").symlink_to(__file__)
            fill(made(), beside)

    with pytest.raises(tables.ResultsError, match=r"z\.csv is a symbolic link"):
        linked()
    assert list(tmp_path.iterdir()) == []


def dead_process() -> int:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_what_dead_processes_left_is_cleared(tmp_path: Path) -> None:
    dead = dead_process()
    names = [f".x.{dead}-00000000", f".x.{dead}-00000001.old", f".x.{10**30}-00000000"]
    kept = [f".x.{os.getpid()}-00000000", ".x.1-00000000", f".y.{dead}-00000000", ".x.old", "x2"]
    run(tmp_path)
    for name in names + kept:
        (tmp_path / name).mkdir()
    run(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"x", *kept}


def test_a_run_moved_aside_by_a_killed_process_comes_back(tmp_path: Path) -> None:
    before = contents(run(tmp_path))
    (tmp_path / "x").rename(tmp_path / f".x.{dead_process()}-00000000.old")
    with pytest.raises(RuntimeError), fresh_folder(tmp_path, "x"):
        raise RuntimeError
    assert contents(tmp_path / "x") == before


def test_a_link_named_like_a_run_moved_aside_stays(tmp_path: Path) -> None:
    link = tmp_path / f".x.{dead_process()}-00000000.old"
    link.symlink_to(run(tmp_path / "elsewhere"))
    run(tmp_path)
    assert link.is_symlink()
    assert not (tmp_path / "x").is_symlink()


def test_killed_process_leaves_the_old_run(tmp_path: Path) -> None:
    before = contents(run(tmp_path))
    code = (
        "import os, signal, sys, pathlib; from wom_sim.study.keeping.folder import fresh_folder\n"
        "with fresh_folder(pathlib.Path(sys.argv[1]), 'x') as f:\n"
        "    (f / 'summary.csv').write_text('half'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    root = Path(__file__).parent.parent
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=root, check=False)
    assert contents(tmp_path / "x") == before
    assert len(list(tmp_path.iterdir())) == 2
    run(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


class Full:
    """A disk that is full from the call numbered `at` on."""

    def __init__(self, at: int, call: Any) -> None:
        self.left, self.call = at, call

    def __call__(self, *args: Any, **more: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self.call(*args, **more)


@pytest.mark.parametrize("at", [0, 3, 7, 8])
@pytest.mark.parametrize("call", ["fsync", "open"])
def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, at: int) -> None:
    before = contents(run(tmp_path))
    with monkeypatch.context() as patch:
        where, name = (os, "fsync") if call == "fsync" else (Path, "open")
        full = Full(at, getattr(where, name))
        patch.setattr(where, name, lambda *args, **more: full(*args, **more))
        try:
            run(tmp_path, results=made(replications=3))
        except tables.ResultsError as error:
            message = str(error)
        else:
            # Whatever has no more than `at` calls before the swap may succeed.
            assert full.left >= 0
            return
    assert message.startswith(f"disk full while writing {tmp_path / 'x'}; free space or")
    assert contents(tmp_path / "x") == before
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize(
    ("number", "name", "message"),
    [
        (errno.ENOSPC, "{beside}/a.csv", "disk full while writing {out}/x/a.csv; free space or"),
        (errno.EDQUOT, None, "disk full while writing {out}/x; free space or"),
        (errno.EROFS, "{out}", "{out} may not be written; change its permissions or"),
        (errno.EACCES, "{beside}/f/b.png", "{out}/x/f/b.png may not be written; change its"),
        (errno.EIO, None, "cannot write {out}/x (Input/output error); choose another --out"),
        (None, None, "cannot write {out}/x (100 requested and 32 written); choose another"),
    ],
)
def test_errors_of_the_disk_are_one_plain_line(
    tmp_path: Path, number: int | None, name: str | None, message: str
) -> None:
    reason = os.strerror(number) if number else "100 requested and 32 written"

    def broken() -> None:
        with fresh_folder(tmp_path, "x") as beside:
            where = name and name.format(beside=beside, out=tmp_path)
            raise OSError(number, reason, where) if number else OSError(reason)

    with pytest.raises(tables.ResultsError) as caught:
        broken()
    assert str(caught.value).startswith(message.format(out=tmp_path))
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_errors_of_others_pass() -> None:
    target = Path("results/x")
    for error in (
        BrokenPipeError(errno.EPIPE, "pipe"),
        FileNotFoundError(2, "no", "/data/net.csv"),
    ):
        with pytest.raises(type(error)), plain_errors(target):
            raise error


def test_out_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(tables.ResultsError, match=r"/out is in the way; move it or choose"):
        run(tmp_path / "out")
    with pytest.raises(tables.ResultsError, match=r"/out.* is in the way; move it or choose"):
        run(tmp_path / "out" / "deeper")
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "X", "nul"])
def test_names_that_are_no_slugs_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="is not a slug"), fresh_folder(tmp_path, name):
        pass


def test_error_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(tables.ResultsError("x is in the way")))
    assert (type(error), str(error)) == (tables.ResultsError, "x is in the way")


def test_results_name_what_they_lack() -> None:
    with pytest.raises(KeyError, match="no arm 'x'; arms are no group, group"):
        made().value("x", "clients_won")
    with pytest.raises(KeyError, match="no outcome 'x'; there are clients_won"):
        made().value("group", "x")
    assert made().unit("won") == "clients"


def test_what_is_too_large_for_memory_gives_the_same_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arrays on the disk, and tables a few weeks and businesses at a time."""
    results = made(weeks=40, trades=5)
    (tmp_path / "whole").mkdir()
    tables.write_tables(results, tmp_path / "whole")
    monkeypatch.setattr(shelf, "MOST", 1000)
    monkeypatch.setattr(shelf, "AT_A_TIME", 10_000)
    assert len(list(shelf.pieces(results.weekly[0]))) > 3
    rows = shelf.Rows(results.weekly.shape[1])
    several = results.weekly.swapaxes(0, 1)
    rows.put("weekly", 5, several[5:])
    rows.put("weekly", 0, several[:5])
    stacked = rows.of("weekly").swapaxes(0, 1)
    assert isinstance(stacked, np.memmap)
    np.testing.assert_array_equal(stacked, results.weekly)
    (tmp_path / "pieces").mkdir()
    tables.write_tables(replace(results, weekly=stacked), tmp_path / "pieces")
    for path in (tmp_path / "whole").iterdir():
        assert (tmp_path / "pieces" / path.name).read_bytes() == path.read_bytes(), path.name
