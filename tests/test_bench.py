"""`bench`: the arithmetic of its table on invented times, its figure, and a run of tiny sizes."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gallery
import numpy as np
import pytest

import wom_sim
from wom_sim import cli
from wom_sim.commands import telling
from wom_sim.market import compiled
from wom_sim.scenario.parameters.population import Population
from wom_sim.show import bench as shown
from wom_sim.show.lint import lint
from wom_sim.study.bench import (
    country,
    crews,
    growth,
    measured,
    plan,
    rivals,
    shares,
    towns,
    yardsticks,
)
from wom_sim.study.bench.growth import Growth
from wom_sim.study.bench.measured import Measured, Stopwatch, Target, exponent, medians, seconds
from wom_sim.study.bench.talk import Means, Run
from wom_sim.study.bench.towns import Timed, Town
from wom_sim.study.bench.yardsticks import Yardsticks
from wom_sim.study.tables import read_csv

KNOWN = Yardsticks(copied=0.05, fetched=1e-9, drawn=1e-8)
USUAL = wom_sim.load(gallery.ROOT / "scenarios" / "customers_or_partners.yaml")
TINY = plan.Sizes(
    runs=1, neighbours=1000, events=(Town(300, 4, 3), Town(600, 4, 3)), worlds=2,
    base=Town(300, 4, 3), many=Town(200, 4, 2),
    growing={"people": (300, 600), "trades": (3, 6), "weeks": (2, 4), "degree": (4, 8),
             "replications": (1, 2)}, grown=1, talk=(300,), patience=1.0,
)


class Clock:
    """A clock that is told what passes."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def takes(self, spent: float) -> None:
        self.now += spent


def test_a_stopwatch_gives_each_part_what_its_own_parts_did_not_take() -> None:
    clock = Clock()
    watch = Stopwatch(clock)
    inner = watch.timed("inner", clock.takes)

    def outer() -> str:
        clock.takes(1.0)
        inner(2.0)
        inner(4.0)
        clock.takes(8.0)
        return "done"

    assert watch.timed("outer", outer)() == "done"
    assert watch.seconds == {"inner": 6.0, "outer": 9.0}


def test_a_stopwatch_counts_what_fails_and_puts_functions_back() -> None:
    clock = Clock()
    watch = Stopwatch(clock)

    def fails() -> None:
        clock.takes(3.0)
        raise ValueError("told")

    place = SimpleNamespace(fails=fails, other=clock.takes)
    places = [("work", place, "fails"), ("other", place, "other")]

    def work() -> None:
        with watch.on(places):
            place.other(1.0)
            place.fails()

    with pytest.raises(ValueError, match="told"):
        work()
    assert watch.seconds == {"work": 3.0, "other": 1.0}
    assert place.fails is fails


def test_seconds_and_parts_are_medians() -> None:
    clock, spent = Clock(), iter([5.0, 1.0, 2.0])
    assert seconds(lambda: clock.takes(next(spent)), 3, clock) == 2.0
    runs = [{"a": 1.0}, {"a": 3.0, "b": 6.0}, {"a": 8.0, "b": 2.0}]
    assert medians(runs) == {"a": 3.0, "b": 2.0}


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_an_exponent_is_the_slope_of_logarithms(power: float) -> None:
    sizes = (10, 20, 80, 1000)
    assert exponent(sizes, [3.0 * size**power for size in sizes]) == pytest.approx(power)


def test_an_exponent_of_nothing_measured_is_unknown() -> None:
    assert math.isnan(exponent((1, 2), (0.0, 1.0)))
    assert math.isnan(exponent((1, 2), (math.nan, math.nan)))


def test_targets_are_met_at_their_bound_and_never_by_what_is_unknown() -> None:
    assert Target("most", 3.0).met(3.0)
    assert not Target("most", 3.0).met(3.01)
    assert Target("least", 90.0).met(90.0)
    assert not Target("least", 90.0).met(89.9)
    assert not Target("most", 3.0).met(math.nan)


def timed(people: int, each: float, total: float = 2.0) -> Timed:
    parts = {"graph": 0.5, "ties": 0.0, "state": 0.25, "needs": 0.25, "weeks": 1.0}
    return Timed(Town(people), 5, parts, total, each, peak=5.4e9, more=4e9, own=1.5)


def test_events_a_second_and_how_much_dearer_they_become() -> None:
    rows = list(towns.events([timed(10_000, 2e-7), timed(1_000_000, 5e-7)], KNOWN))
    assert [row.value for row in rows] == pytest.approx([5e6, 2e6, 2.5])
    assert [row.ratio for row in rows] == pytest.approx([20.0, 50.0, 2.5])
    assert [row.met for row in rows] == [None, None, True]
    assert not list(towns.events([timed(1, 1e-7), timed(2, 3.1e-7)], KNOWN))[-1].met


def test_a_replication_is_told_by_part() -> None:
    rows = {row.name: row for row in towns.replication(timed(1_000_000, 5e-7, 61.0), KNOWN)}
    assert rows["graph"].value == 0.5
    assert rows["graph"].ratio == pytest.approx(10.0)
    assert rows["rest"].value == 0.0
    assert rows["one replication"].ratio == pytest.approx(61.0 / 0.05)
    assert not rows["one replication"].met
    assert rows["peak memory"].value == pytest.approx(5.4)
    assert rows["peak memory"].ratio == pytest.approx(200.0)
    assert rows["peak memory"].met


def test_a_town_is_the_scenario_it_says_and_keeps_businesses_busy() -> None:
    usual = towns.scenario_of(Town(1000, 5, 7, 8)).base
    large = towns.scenario_of(Town(120_000, 5, 7, 8, 3))
    assert (large.base.population.size, large.base.trades.count, large.weeks) == (120_000, 5, 7)
    assert large.base.population.network["neighbours"] == 8
    assert large.replications == 3
    assert large.base.choice.awareness == pytest.approx(usual.choice.awareness / 100)


def test_parts_of_a_run_are_all_of_it_and_needs_are_counted() -> None:
    run = towns.run(Town(300, 4, 6))
    assert set(run.seconds) == {"graph", "ties", "state", "needs", "weeks", "rest"}
    assert run.total == sum(run.seconds.values())
    # 300 people less the owner, 4 trades, 6 weeks, .45 a year: 62, a Poisson number.
    assert 15 < run.needs < 150


def test_shares_of_the_default_world_add_up() -> None:
    found = {"kernels": 1.0, "simpy": 0.1, "network": 0.3, "bookkeeping": 0.6}
    rows = list(shares.shared(USUAL, found, shares.Draws(0.5, 2.0), KNOWN, 5))
    *parts, whole = rows
    assert sum(row.value for row in parts) == pytest.approx(whole.value) == pytest.approx(0.5)
    assert sum(row.ratio for row in parts) == pytest.approx(1.0)
    assert whole.ratio == pytest.approx(0.5 / 1e-8 / 1e6)
    assert not whole.met
    work = shares.estimate.work_of(USUAL)
    luck = (0.5 * work.cells + 2.0 * work.needs) * 1e-8
    assert parts[0].value == pytest.approx(luck / 4)
    assert parts[1].value == pytest.approx((1.0 - luck) / 4)


def test_every_kernel_is_timed_and_left_as_it_was() -> None:
    places = {(module.__name__, name) for _, module, name in shares.kernels()}
    assert {("wom_sim.market.choice", "decide"), ("wom_sim.market.needs", "arise")} <= places
    small = wom_sim.load(gallery.ROOT / "scenarios" / "customers_or_partners.yaml",
                         settings=("population.size=300", "weeks=4", "history_weeks=2"))
    before = [getattr(module, name) for _, module, name in shares.kernels()]
    spent = shares.parts_of(small).seconds
    assert set(spent) == {"network", "kernels", "simpy", "bookkeeping"}
    assert [getattr(module, name) for _, module, name in shares.kernels()] == before


def test_draws_are_counted_where_the_model_is_plain_python() -> None:
    """Each person and trade draws once, and again after each need, so hardly more than once."""
    small = wom_sim.load(gallery.ROOT / "scenarios" / "customers_or_partners.yaml",
                         settings=("population.size=100", "weeks=3", "history_weeks=1"))
    draws = shares.count_draws(small)
    assert 0.9 < draws.cell < 1.5
    assert 1.0 < draws.need < 100.0


def test_busy_is_the_share_of_all_workers_time() -> None:
    worked = crews.Worked(workers=2, start=0.1, wall=10.0, processor=18.5, load=0.25)
    busy, start = crews.ensemble(USUAL, worked, KNOWN)
    assert busy.value == pytest.approx(92.5)
    assert busy.ratio == pytest.approx(0.925)
    assert busy.met
    assert busy.at.endswith("100 worlds on 2 processes, load 0.2 before")
    assert start.ratio == pytest.approx(2.0)
    assert start.met


def test_workers_are_started_each() -> None:
    assert 0.0 < crews.started(2) < 60.0


GROWN = [
    Growth("people", (100, 200, 400), (1.0, 2.0, 4.0), (1e8, 2e8, 4e8), (0.5,) * 3),
    Growth("degree", (5, 10, 20), (1.0, 1.0, 1.0), (math.nan,) * 3, (1.0,) * 3),
]
STEEP = Growth("trades", (10, 20, 40), (1.0, 4.0, 16.0), (1e8, 1e8, 1e8), (0.5, 2.0, 8.0))
FETCHED = STEEP._replace(own=(0.5, 1.0, 2.0))


def test_laws_are_exponents_beside_proportion() -> None:
    rows = list(growth.laws(GROWN, 3))
    assert [row.name for row in rows][:3] == [
        "time with people", "time without the system's with people", "memory with people"]
    assert [row.value for row in rows][:4] == pytest.approx([1.0, 0.0, 1.0, 0.0])
    assert math.isnan(rows[5].value)
    assert {row.at for row in rows} == {"100 to 400", "5 to 20"}


def test_a_country_by_extrapolation() -> None:
    one = timed(1_000_000, 5e-7, total=36.0)  # and 4,000 bytes a person
    found = country.country(one, growth=1.0, cores=2, memory=24e9)
    assert found.core_hours == pytest.approx(36.0 * 100 * 4 * 100 / 3600)
    assert found.machines == pytest.approx(400.0 / (2 * 8))
    assert found.whole_bytes == pytest.approx(4e11)
    assert (found.town, found.towns) == (3_000_000, 34)
    assert found.limits[0].what == "memory of a worker"
    assert found.limits[0].people == pytest.approx(3e6)
    dearer = country.country(one, growth=1.5, cores=2, memory=24e9)
    assert dearer.core_hours == pytest.approx(400.0 * math.sqrt(3.0))
    assert country.country(one, growth=0.8, cores=2, memory=24e9) == found


def test_limits_are_those_that_are_declared() -> None:
    known = {limit.what: limit.people for limit in country.limits(1.0, 1e30)}
    most = Population(size=2).model_copy(update={"size": int(known[
        "the format's largest population.size"])})
    Population.model_validate(most.model_dump())
    with pytest.raises(ValueError, match="size"):
        Population.model_validate({"size": most.size + 1})
    assert known["people numbered in 32 bits"] == np.iinfo(np.int32).max
    people = list(known.values())
    assert people == sorted(people)


def test_the_sentences_on_a_country() -> None:
    one = timed(1_000_000, 5e-7, total=36.0)
    found = country.country(one, growth=1.0, cores=2, memory=24e9)
    said = shown.beyond(found)
    assert "400 core hours, which 25 machines like this one" in said
    assert "(2 cores, 24 GB), kept busy, answer in 8 hours" in said
    assert "cut into 34 towns of at most 3,000,000 people" in said
    assert "What breaks first as a town grows is memory of a worker, at 3,000,000 people" in said
    alone = found._replace(machines=0.2, town=country.PEOPLE)
    said = shown.beyond(alone)
    assert "which 1 machine like this one (2 cores, 24 GB), kept busy, answers" in said
    assert "cut into 1 town of" in said


ROWS = [
    Measured("events", "need events a second", "10 people", 2.5e6, "events/s", 40.2,
             "Philox draws an event", 5),
    Measured("replication", "one replication", "10 people", 61.2, "s", 1200.0, "GB copied", 5,
             Target("most", 60.0)),
    Measured("replication", "peak memory", "10 people", math.nan, "GB", math.nan,
             "byte a person and trade", 5, Target("most", 8.0)),
    Measured("growth", "time with people", "50 to 100", 0.999, "exponent", 0.999, "proportion", 3,
             Target("most", 1.1)),
]


def test_the_table_says_values_ratios_and_targets_and_fits() -> None:
    text = shown.table(ROWS)
    assert all(len(line) <= shown.WIDTH for line in text.splitlines())
    assert re.search(r"need events a second +2,500,000 events/s +40.2 × Philox draws", text)
    assert re.search(r"one replication +61.2 s +1,200 × GB copied", text)
    assert "target: at most 60, NOT met" in text
    assert "target: at most 8, not measured" in text
    assert "target: at most 1.1, met" in text
    assert "time with people (50 to 100)" in text
    assert text.count("  10 people\n") == 2


@pytest.mark.parametrize(("growths", "told"), [
    (GROWN, "Time and memory grow at most about in proportion to the town: the largest exponent"
            " is 1.00, of"),
    (GROWN[1:], "Time grows at most about in proportion to the town: the largest exponent is 0.00"),
    ([*GROWN, STEEP], "Growing faster than in proportion: time with trades (exponent 2.00)"),
    ([*GROWN, FETCHED], "Growing faster than in proportion: time with trades (exponent 2.00;"
                        " without the system, which hands out memory, 1.00)"),
    ([Growth("weeks", (1, 2), (0.0, 0.0), (math.nan, math.nan), (0.0, 0.0))],
     "Nothing was measured that grow"),
])
def test_the_headline_names_what_is_steep(growths: list[Growth], told: str) -> None:
    assert shown.headline(growths).startswith(told)
    assert shown.headline(growths) in shown.alt(growths)


@pytest.mark.parametrize("last", [
    Growth("replications", (25, 50, 200), (0.9, 1.8, 7.0), (7e6, 12e6, 45e6), (1.0,) * 3),
    STEEP, FETCHED,
])
def test_the_figure_is_sound(last: Growth) -> None:
    people = Growth("people", (50_000, 100_000, 400_000), (0.34, 0.7, 2.9), (139e6, 3e8, 98e7),
                    (0.3, 0.6, 2.4))
    weeks = Growth("weeks", (26, 52, 208), (0.19, 0.3, 0.9), (139e6, 139e6, 140e6), (0.1, 0.2, 0.8))
    source = "Preset evidence, one arm, one replication of 100,000 people. Measured at load 4.4"
    assert not lint(shown.draw([people, GROWN[1], weeks, last, last], source))


def test_yardsticks_are_positive_and_their_kernels_do_their_work() -> None:
    assert all(value > 0.0 for value in yardsticks.yardsticks(1000, 1))
    state, neighbours = np.array([1, 2, 4], np.uint8), np.array([2, 0, 2], np.int32)
    assert yardsticks.fetch(state, neighbours) == yardsticks._fetch(state, neighbours) == 9
    key = np.uint64(7)
    assert yardsticks.luck(key, 3) == yardsticks._luck(key, 3)


def test_the_peak_of_memory_begins_anew() -> None:
    if not measured.FORGET.exists():
        pytest.skip("this system does not tell")
    measured.forget_peak()
    before = measured.resident()
    block = np.ones(10_000_000)
    assert measured.peak() - before > 0.9 * block.nbytes
    del block
    measured.forget_peak()
    assert measured.peak() - before < 5e7


def invented() -> tuple[tuple[Means, ...], tuple[str, ...]]:
    """A kernel and a tool that do nothing, and a note."""
    def runs(_: Any, seeds: Iterable[int]) -> Iterator[Run]:
        return (Run(0.5, 25.0) for _ in seeds)
    return (Means(rivals.TUNED, runs), Means("Tool", runs, True, "differs")), ("A note.",)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A tiny run of the command, and what it printed."""
    out = tmp_path_factory.mktemp("bench")
    small = {"population.size": 200, "weeks": 3, "history_weeks": 2}
    load = wom_sim.load

    def loaded(file: str, **more: Any) -> Any:
        settings = more.pop("settings", [f"{name}={value}" for name, value in small.items()])
        return load(file, settings=settings, **more)

    counted = ("population.size=100", "weeks=2", "history_weeks=1")
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()) as printed:
        patch.setattr(plan, "QUICK", TINY)
        patch.setattr(shares, "COUNTED", counted)
        patch.setattr("wom_sim.face.load", loaded)
        patch.setattr(rivals, "program", lambda: SimpleNamespace(means=invented))
        code = cli.main(["bench", "--quick", "--workers", "2", "--out", str(out)])
    assert code == telling.OK
    return out / "bench", printed.getvalue()


def test_the_command_prints_and_keeps_everything(folder: tuple[Path, str]) -> None:
    where, said = folder
    for part in ("EVENTS", "REPLICATION", "DEFAULT WORLD", "ENSEMBLE", "GROWTH",
                 "TALK OF THE NETWORK", "BEYOND ONE MACHINE"):
        assert f"\n{part}\n" in f"\n{said}"
    assert "load" in said
    assert "\nTool differs.\n\nA note.\n" in said
    manifest = json.loads((where / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["quick"] is True
    assert manifest["notes"] == ["Tool differs.", "A note."]
    assert set(manifest["files"]) == {
        "bench.csv", "yardsticks.csv", "growth.csv", "country.csv", "limits.csv", "growth.png",
        "growth.svg"}
    known = read_csv(where / "yardsticks.csv", ("before", "yardstick"))
    assert [row["yardstick"] for row in known] == 3 * list(yardsticks.NAMES)
    rows = read_csv(where / "bench.csv", gallery.BENCH_TEXTS)
    assert [row["measure"] for row in rows if row["part"] == "growth"] == [
        f"{what} with {words}" for words in growth.WORDS.values()
        for what in ("time", growth.OWN, "memory")]
    assert sum(not math.isnan(row["target"]) for row in rows) == 7
    assert all(row["value"] > 0.0 for row in rows if row["unit"] in ("events/s", "GB", "times"))


def test_the_gallery_makes_the_readmes_table_of_it(
    folder: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, said = folder
    monkeypatch.setattr(gallery, "ROOT", tmp_path)
    (tmp_path / "results" / "gallery").mkdir(parents=True)
    text = gallery.bench_table(where)
    rows = read_csv(where / "bench.csv", gallery.BENCH_TEXTS)
    assert sum(line.startswith("| ") for line in text.splitlines()) == len(rows) + 1
    assert "core hours" in text
    assert "\n\nTool differs.\n\nA note.\n\n" in text
    assert text.splitlines()[-1].replace(" ", "") in said.replace("\n", "").replace(" ", "")
    assert (tmp_path / "results" / "gallery" / "growth.png").exists()


def test_what_is_not_compiled_or_not_ours_is_refused(
    tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bench").write_text("mine", encoding="utf-8")
    assert cli.main(["bench", "--quick", "--out", str(tmp_path)]) == telling.DISK
    assert "is not a folder of results" in capsys.readouterr().err
    with monkeypatch.context() as elsewhere:
        elsewhere.delattr("os.getloadavg")
        assert cli.main(["bench", "--out", str(tmp_path / "other")]) == telling.USAGE
        assert "needs Linux or macOS" in capsys.readouterr().err
    monkeypatch.setattr(compiled.SETTINGS, "DISABLE_JIT", True)
    assert cli.main(["bench", "--out", str(tmp_path / "other")]) == telling.USAGE
    assert capsys.readouterr().err.startswith("NUMBA_DISABLE_JIT is set")
    assert not (tmp_path / "other").exists()
    with pytest.raises(SystemExit) as left:
        cli.main(["bench", "--workers", "two"])
    assert left.value.code == 2
