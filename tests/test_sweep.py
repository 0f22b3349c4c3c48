"""Sweeps: designs, points as with --set, one pool for all, the folder, and the figure's words."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import wom_sim
from wom_sim import cli
from wom_sim.commands import points as commanded
from wom_sim.commands import telling
from wom_sim.guide.notes import notes
from wom_sim.scenario import plugins
from wom_sim.scenario.dump import canonical, dump, scenario_hash
from wom_sim.scenario.parameters import Arm, Parameters, Scenario
from wom_sim.scenario.parameters.sweep import MOST_POINTS, Axis, Sweep, Value, spaced
from wom_sim.scenario.resolve import read_text
from wom_sim.show import answers, swept
from wom_sim.show.figures import response
from wom_sim.show.lint import lint
from wom_sim.study.estimate import sweep_cost
from wom_sim.study.results import Measure, Swept
from wom_sim.study.statistics.summaries import compare, summarise
from wom_sim.study.varying.design import Design, design_of
from wom_sim.study.varying.sweep import COMPARISON, SUMMARY, run_sweep, tell
from wom_sim.study.varying.tables import swept_tables, write_swept

ROOT = Path(__file__).parents[1]
SMALL = """
question: How much does a weak tie matter?
weeks: 8
history_weeks: 2
replications: 3
population: {size: 80, network: {kind: small_world, neighbours: 6}}
trades: {count: 4, need_rate: 20.0}
arms:
  =Service, "only": {}
  takes it:
    effort: {service: 32, partners: 4}
    partners: {group: true}
sweep:
  friends.weak: [0.1, 0.5]
  arms.takes it.partners.attendance: {linspace: [0.5, 1, 2]}
"""


def design(text: str, *settings: str) -> Design:
    return design_of(read_text(text, "x.yaml", settings=settings))


def drawn(kind: str, points: int, *settings: str, seed: int = 1) -> Design:
    names = "friends.weak: {range: [0.1, 0.5]}\n  group.size: {range: [5, 8]}\n"
    names += "  choice.close_unprompted: {log_range: [0.0005, 0.05]}\n"
    text = f"seed: {seed}\nsweep:\n  design: {kind}\n  points: {points}\n  {names}"
    return design(text, *settings)


# --- designs -------------------------------------------------------------------------------------


def test_on_a_grid_the_last_name_varies_fastest() -> None:
    found = design("sweep: {talk.weak: [0.1, 0.2], weeks: [52, 104], preset: [articles, evidence]}")
    assert found.columns == ("talk.weak", "weeks", "preset")
    assert found.rows[:3] == ((0.1, 52, "articles"), (0.1, 52, "evidence"), (0.1, 104, "articles"))
    assert len(found.rows) == 8
    assert found.settings(2) == ("talk.weak=0.1", "weeks=104", "preset=articles")


def test_linspace_and_logspace_keep_their_ends_and_tell_tenths() -> None:
    assert spaced(0.1, 0.7, 7) == (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
    assert spaced(0.005, 0.015, 3) == (0.005, 0.01, 0.015)
    assert spaced(1, 1000, 4, log=True) == (1, 10, 100, 1000)
    assert spaced(5, 1, 3) == (5, 3, 1)
    assert spaced(-1e308, 1e308, 3)[1] == 0
    np.testing.assert_allclose(spaced(0.3, 7, 9, log=True), np.geomspace(0.3, 7, 9), rtol=1e-11)
    np.testing.assert_allclose(spaced(0.3, 7, 9), np.linspace(0.3, 7, 9), rtol=1e-11)


def test_whole_numbers_are_rounded() -> None:
    found = design("sweep: {friends.number: {linspace: [1, 8, 4]}, population.size: "
                   "{logspace: [100, 5000, 3]}}")
    assert [row[0] for row in found.rows[::3]] == [1, 3, 6, 8]
    assert [row[1] for row in found.rows[:3]] == [100, 707, 5000]
    assert all(type(value) is int for row in found.rows for value in row)


@pytest.mark.parametrize("kind", ["latin_hypercube", "sobol"])
def test_drawn_points_are_the_same_for_the_same_seed(kind: str) -> None:
    first, second = drawn(kind, 16), drawn(kind, 16)
    assert first == second
    assert first != drawn(kind, 16, seed=2)
    assert first == drawn(kind, 16, "replications=7", "talk.weak=0.2")
    weak, size, close = zip(*first.rows, strict=True)
    assert 0.1 <= min(weak) < max(weak) <= 0.5
    assert set(size) == {5, 6, 7, 8}
    assert all(type(value) is int for value in size)
    assert 0.0005 <= min(close) < max(close) <= 0.05


def test_a_latin_hypercube_has_one_point_in_each_layer() -> None:
    rows = drawn("latin_hypercube", 40).rows
    layers = [int((row[0] - 0.1) / 0.4 * 40) for row in rows]
    assert sorted(layers) == list(range(40))
    logarithms = [int(math.log(row[2] / 0.0005) / math.log(100) * 40) for row in rows]
    assert sorted(logarithms) == list(range(40))
    assert [row[1] for row in rows].count(5) == 10


def test_sobol_points_fill_quarters_evenly() -> None:
    rows = drawn("sobol", 64).rows
    quarters = [(row[0] > 0.3, row[2] > 0.005) for row in rows]
    assert {quarters.count((a, b)) for a in (False, True) for b in (False, True)} == {16}
    assert len({row[0] for row in rows}) == 64


# --- reading -------------------------------------------------------------------------------------


def test_a_sweep_reads_back_from_its_resolved_form() -> None:
    for text in (SMALL, "sweep: {design: sobol, points: 4, talk.weak: {log_range: [0.1, 0.2]}}"):
        first = read_text(text, "x.yaml")
        again = read_text(dump(first), "x.yaml")
        assert again.sweep == first.sweep
        assert scenario_hash(again) == scenario_hash(first)


def test_without_a_sweep_the_hash_is_as_ever() -> None:
    shipped = wom_sim.load(ROOT / "scenarios" / "customers_or_partners.yaml")
    assert "sweep" not in canonical(shipped)
    assert "sweep" not in dump(shipped)
    plain = read_text("weeks: 52", "x.yaml")
    varied = read_text("weeks: 52\nsweep: {talk.weak: [0.1]}", "x.yaml")
    assert scenario_hash(varied) != scenario_hash(plain)
    assert varied.model_copy(update={"sweep": None}) == plain


def test_options_change_what_is_swept() -> None:
    found = read_text(SMALL, "x.yaml", settings=(
        "sweep.friends.weak={logspace: [0.1, 0.4, 3]}", "sweep.talk.weak=[0.2]",
        "sweep.arms.takes it.partners.attendance=[1]",
    )).sweep
    assert found is not None
    assert found.names == ("friends.weak", "arms.takes it.partners.attendance", "talk.weak")
    assert [axis.values for axis in found.axes] == [(0.1, 0.2, 0.4), (1,), (0.2,)]


def test_a_file_that_extends_another_varies_what_both_vary(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("sweep: {talk.weak: {linspace: [0.1, 0.3, 3]}}\n")
    own = "extends: base.yaml\nsweep: {talk.weak: {logspace: [0.1, 0.4, 2]}, weeks: [52]}\n"
    (tmp_path / "own.yaml").write_text(own)
    found = wom_sim.load(tmp_path / "own.yaml").sweep
    assert found is not None
    assert [(axis.name, axis.values) for axis in found.axes] == [
        ("talk.weak", (0.1, 0.4)), ("weeks", (52,)),
    ]


def test_a_name_with_a_sign_for_equal_cannot_be_set() -> None:
    with pytest.raises(wom_sim.ScenarioError, match="rename the arm"):
        read_text("arms: {a=b: {}}\nsweep: {arms.a=b.talk.weak: [0.1]}", "x.yaml")


# --- running -------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def sweep(file: Path, *options: str) -> int:
    return cli.main(["sweep", str(file), "--out", str(file.parent / "out"), *options])


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


TABLES = ("design.csv", "replications.csv", "outcomes.csv", "comparison.csv", "breakeven.csv",
          "breakeven_points.csv", "scenario.yaml", "answer.txt", "report.html")


def test_a_sweep_leaves_what_it_says_whatever_the_workers(file: Path, capsys: Any) -> None:
    assert sweep(file, "--workers", "1") == telling.OK
    told = capsys.readouterr()
    folder = file.parent / "out" / "small-sweep"
    figures = {f"figures/{name}.{kind}" for name in ("response", "breakeven")
               for kind in ("png", "svg")}
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert found == {*TABLES, "manifest.json", *figures}
    assert "4 points × 2 arms × 3 worlds × 8 weeks" in told.out
    assert "Only 3 worlds were run, too few" in " ".join(told.out.replace("\xa0", " ").split())
    assert max(map(len, told.out.splitlines())) <= 80
    assert "12 of 12 worlds at 4 points, 2 arms each" in told.err
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert manifest["points"] == 4
    assert manifest["varied"] == ["friends.weak", "arms.takes it.partners.attendance"]
    assert set(manifest["files"]) == {*TABLES, *figures}
    same = set(TABLES) - {"report.html"}  # which holds the figures
    before = {name: (folder / name).read_bytes() for name in same}
    assert sweep(file, "--workers", "2", "--quiet", "--no-figures") == telling.OK
    assert {name: (folder / name).read_bytes() for name in same} == before
    assert not (folder / "figures").exists()
    assert capsys.readouterr() == ("", "")
    _numbers_are_those_of_plain_runs(file, folder)
    _tables_join(folder)


def _numbers_are_those_of_plain_runs(file: Path, folder: Path) -> None:
    settings = ("friends.weak=0.5", "arms.takes it.partners.attendance=0.5")
    alone = wom_sim.run(wom_sim.load(file, settings=settings))
    rows = [row for row in rows_of(folder / "replications.csv") if row["point"] == "2"]
    numbers = [float(row["clients_won"]) for row in rows]
    assert numbers == alone.values[:, :, 0].ravel().tolist()
    told = {(row["arm"], row["outcome"]): row for row in rows_of(folder / "outcomes.csv")
            if row["point"] == "2"}
    for record in alone.summary:
        shield = "'" if record["arm"].startswith("=") else ""
        row = told[shield + record["arm"], record["outcome"]]
        for column in ("n", "mean", "ci_low", "ci_high", "median"):
            assert float(row[column] or "nan") == pytest.approx(record[column], nan_ok=True, abs=0)
    gaps = [row for row in rows_of(folder / "comparison.csv") if row["point"] == "2"]
    for row, record in zip(gaps, alone.comparison, strict=True):
        assert (row["arm"], row["outcome"]) == (record["arm"], record["outcome"])
        for column in ("difference", "ci_low", "ci_high"):
            assert float(row[column] or "nan") == pytest.approx(record[column], nan_ok=True, abs=0)


def _tables_join(folder: Path) -> None:
    points = rows_of(folder / "design.csv")
    assert list(points[0]) == ["point", "friends.weak", "arms.takes it.partners.attendance"]
    assert [row["point"] for row in points] == ["0", "1", "2", "3"]
    worlds = rows_of(folder / "replications.csv")
    assert len(worlds) == 4 * 2 * 3
    assert {row["arm"] for row in worlds} == {"'=Service, \"only\"", "takes it"}
    assert {row["arm"] for row in rows_of(folder / "comparison.csv")} == {"takes it"}
    assert {row["baseline"] for row in rows_of(folder / "comparison.csv")} == {worlds[0]["arm"]}


def test_points_are_read_anew_where_they_are_many(file: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(commanded, "MOST_HELD", 1)
    settings = ("--set", "sweep.friends.weak=[0.2]", "--replications", "1", "--quiet")
    assert sweep(file, *settings, "--no-figures", "--workers", "1") == telling.OK


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--set", "sweep.population.network.neighbours=[6, 900]"],
         "small.yaml: point 1 (friends.weak=0.1, arms.takes it.partners.attendance=0.5,"
         " population.network.neighbours=900): population.network.neighbours: must be"),
        (["--set", "sweep.effort.service=[30]"],
         "small.yaml: point 0 (friends.weak=0.1, arms.takes it.partners.attendance=0.5,"
         " effort.service=30): arms.takes it.effort: arms spend different hours a week"),
        (["--outcome", "clients_wno"], "no outcome 'clients_wno'; did you mean 'clients_won'?"),
        (["--set", "friends.weak=0.3"], "friends.weak is swept; leave out --set friends.weak"),
        (["--set", "sweep.friends.weak=[7]"], "sweep.friends.weak: must be between 0 and 0.99"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_told_in_one_line(
    file: Path, options: list[str], said: str, capsys: Any
) -> None:
    assert sweep(file, *options) == telling.USAGE
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert not (file.parent / "out").exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_world_that_cannot_be_built_names_its_point(
    file: Path, workers: int, capsys: Any
) -> None:
    (file.parent / "plug.py").write_text(BROKEN)
    more = "plugins: [plug.py]\n" + SMALL.replace("kind: small_world, neighbours: 6", "kind: odd")
    file.write_text(more + "  population.network.people: [80, 81]\n")
    options = ("--allow-plugins", "--quiet", "--workers", str(workers))
    assert sweep(file, *options, "--set", "sweep.friends.weak=[0.1]") == telling.USAGE
    told = capsys.readouterr().err
    assert "point 1 (friends.weak=0.1, arms.takes it.partners.attendance=0.5," in told
    assert "population.network.people=81): " in told
    assert not any((file.parent / "out").iterdir())
    plugins.use(())


BROKEN = """
import networkx as nx
import wom_sim

@wom_sim.network("odd")
def odd(size, seed, *, people: int = 80):
    if people > size:
        raise ValueError("too many")
    return nx.cycle_graph(size)
"""


def test_a_file_without_a_sweep_has_none_to_run(file: Path, capsys: Any) -> None:
    file.write_text("question: None?\n")
    assert sweep(file) == telling.USAGE
    assert "small.yaml: the file has no sweep" in capsys.readouterr().err


def test_a_plain_run_says_that_there_is_a_sweep(file: Path, capsys: Any) -> None:
    out = str(file.parent / "plain")
    options = ["--out", out, "--no-figures", "--workers", "1", "--replications", "1"]
    assert cli.main([str(file), *options]) == telling.OK
    line = "It holds a sweep of 4 points, not run here: python -m wom_sim sweep FILE"
    assert line in capsys.readouterr().out.splitlines()


def test_a_sweep_may_do_with_few_worlds() -> None:
    without = read_text(SMALL, "x.yaml").model_copy(update={"sweep": None})
    assert any("replications: 3" in note for note in notes(without))
    assert not any("replications: 3" in note for note in notes(read_text(SMALL, "x.yaml")))


def test_check_reads_every_point(file: Path, capsys: Any) -> None:
    assert cli.main(["check", str(file)]) == telling.OK
    told = capsys.readouterr().out
    assert "Sweep: 4 points of friends.weak, arms.takes it.partners.attendance" in told
    assert "Estimated for the sweep" in told
    wrong = ["--set", "sweep.population.network.neighbours=[900]"]
    assert cli.main(["check", str(file), *wrong]) == telling.USAGE
    assert "point 0 (friends.weak=0.1" in capsys.readouterr().err


def test_more_points_cost_more() -> None:
    one = read_text(SMALL, "x.yaml")
    few, many = sweep_cost([one] * 4, 2), sweep_cost([one] * 40, 2)
    assert few.seconds < many.seconds
    assert few.disk_bytes < many.disk_bytes
    assert sweep_cost([one] * 40, 1).seconds > many.seconds
    assert sweep_cost([one] * 40, 1).memory_bytes < many.memory_bytes


def test_what_is_told_of_a_point_is_what_a_run_would_tell() -> None:
    values = np.random.default_rng(1).lognormal(size=(2, 40, 3))
    values[1, 3, 2] = np.nan
    summary, comparison = tell(values, 1, seed=5)
    facts, gap = summarise(values[0, :, 2], 5), compare(values[0, :, 2], values[1, :, 2], 5)
    assert summary[0, 2].tolist() == [facts[column] for column in SUMMARY]
    assert comparison[0, 2].tolist() == [gap[column] for column in COMPARISON]
    assert np.isnan(comparison[1]).all()


def test_a_scenario_without_a_sweep_has_no_design() -> None:
    with pytest.raises(ValueError, match="no sweep"):
        design_of(Scenario(stem="x"))


# --- words and figure ----------------------------------------------------------------------------


Floats = NDArray[np.float64]


def found(
    means: Any, arms: tuple[str, ...], axes: dict[str, tuple[Value, ...]], worlds: int = 20
) -> Swept:
    """A sweep with these means of the one outcome, (points, arms)."""
    level = np.asarray(means, float)
    values = np.empty((*level.shape, worlds, 1))
    values[..., 0] = level[..., None] + np.linspace(-1, 1, worlds)
    one = tuple(Arm(name=arm, parameters=Parameters()) for arm in arms)
    named = tuple(Axis(name=name, values=its) for name, its in axes.items())
    points = math.prod(len(its) for its in axes.values())
    scenario = Scenario(stem="town", arms=one, baseline=arms[0],
                        sweep=Sweep(points=points, axes=named))
    told = [tell(point, 0, 1) for point in values]
    return Swept(
        scenario, design_of(scenario), (Measure("clients_won", "clients", "won"),), values,
        np.array([summary for summary, _ in told]), np.array([gap for _, gap in told]),
    )


WEAK: dict[str, tuple[Value, ...]] = {"friends.weak": (0.1, 0.2, 0.4)}
TWO = ("Ask", "Partners")


@pytest.mark.parametrize(
    ("means", "arms", "said"),
    [
        ([[5, 9], [6, 9], [8, 9]], TWO,
         "“Partners” wins most clients at every value of friends.weak: the arms never cross"),
        ([[5, 9], [9, 8], [10, 8]], TWO,
         "“Partners” wins most clients up to friends.weak 0.1, “Ask” from 0.2 on"),
        ([[5, 9], [9, 8], [8, 10]], TWO,
         "“Partners” wins most clients at 2 of 3 points, “Ask” at 1"),
        ([[5, 5], [9, 9], [9, 9]], TWO, "No arm clearly wins most clients at any value"),
        ([[5, 9, 1], [6, 9, 1], [8, 9, 1]], (*TWO, "None"),
         "“Partners” wins most clients at every value of friends.weak"),
        ([[5], [6], [9]], ("Ask",),
         "Clients won rise from 5 to 9 as friends.weak goes from 0.1 to 0.4"),
        ([[9], [6], [5]], ("Ask",), "Clients won fall from 9 to 5"),
        ([[5], [9], [6]], ("Ask",), "Clients won are highest, 9, at friends.weak 0.2"),
        ([[5], [5], [5]], ("Ask",), "Clients won hardly respond to friends.weak"),
        ([[np.nan] * 2] * 3, TWO, "Nowhere is clients won defined"),
        ([[5, 9], [np.nan] * 2, [9, 8]], TWO,
         "“Partners” wins most clients up to friends.weak 0.1, “Ask” from 0.4 on"),
        ([[5, 9], [8, 8], [8, 10]], TWO,
         "“Partners” wins most clients at 2 of 3 points, too close to call at 1"),
        ([[5, 9, 1, 2, 3], [9, 8, 1, 2, 3], [1, 1, 9, 8, 7]], ("A", "B", "C", "D", "E"),
         "“B” wins most clients at 1 of 3 points, “A” at 1, “C” at 1"),
    ],
)  # fmt: skip
def test_each_title_is_a_message(means: Any, arms: tuple[str, ...], said: str) -> None:
    one = found(means, arms, WEAK)
    assert answers.headline(one, "clients_won").startswith(said)
    assert lint(response.draw(one, "clients_won")) == []


PARTNERS: dict[str, tuple[Value, ...]] = {"partners.count": (1, 3, 9)}
ASKING: dict[str, tuple[Value, ...]] = {"friends.ask_around": (0.1, 0.2, 0.4)}


@pytest.mark.parametrize(
    ("means", "arms", "axis", "said"),
    [
        ([[5, 9], [9, 8], [10, 8]], TWO, PARTNERS,
         "“Partners” wins most clients up to 1 referral partner, “Ask” from 3 on"),
        ([[5, 9], [9, 8], [10, 8]], TWO, ASKING,
         "“Partners” wins most clients up to where 10 % of people in need ask friends,"
         " “Ask” from 20 % on"),
        ([[5], [6], [9]], ("Ask",), PARTNERS,
         "Clients won rise from 5 at 1 referral partner to 9 at 9"),
        ([[9], [6], [5]], ("Ask",), ASKING,
         "Clients won fall from 9 where 10 % of people in need ask friends to 5 where it is 40 %"),
        ([[5], [9], [6]], ("Ask",), PARTNERS, "Clients won are highest, 9, at 3 referral partners"),
        ([[5], [9], [6]], ("Ask",), ASKING,
         "Clients won are highest, 9, where 20 % of people in need ask friends"),
    ],
)  # fmt: skip
def test_a_title_speaks_as_people_do(
    means: Any, arms: tuple[str, ...], axis: dict[str, tuple[Value, ...]], said: str
) -> None:
    one = found(means, arms, axis)
    assert answers.headline(one, "clients_won").replace("\xa0", " ") == said
    assert lint(response.draw(one, "clients_won")) == []


def test_of_few_worlds_little_is_said() -> None:
    one = found([[5, 9]] * 3, TWO, WEAK, worlds=4)
    told = answers.headline(one, "clients_won").replace("\xa0", " ")
    assert told == "Only 4 worlds were run, too few to say how clients won respond to friends.weak"


def test_of_two_names_points_are_counted() -> None:
    axes: dict[str, tuple[Value, ...]] = {**WEAK, "arms.Partners.effort.partners": (1, 2)}
    lead = found([[5, 9]] * 4 + [[9, 5]] * 2, TWO, axes)
    told = answers.headline(lead, "clients_won")
    assert told == "“Partners” wins most clients at 4 of 6 points, “Ask” at 2"
    alone = found([[1], [2], [3], [4], [5], [7]], ("Partners",), axes)
    assert answers.headline(alone, "clients_won") == (
        "Clients won go from 1 (friends.weak 0.1, effort.partners 1)"
        " to 7 (friends.weak 0.4, effort.partners 2)"
    )
    assert answers.named(lead, "arms.Partners.effort.partners") == "effort.partners of “Partners”"


@pytest.mark.parametrize("panels", [2, 3, 4, 6, 9])
def test_a_second_name_makes_panels(panels: int) -> None:
    second = tuple(range(4, 4 + 2 * panels, 2))
    axes: dict[str, tuple[Value, ...]] = {**WEAK, "population.network.neighbours": second}
    rng = np.random.default_rng(panels)
    arms = ("Service only", "Ask " * 30, "", "$x_{$", "漢字")
    one = found(50 + 9 * rng.random((3 * panels, 5)), arms, axes)
    figure = response.draw(one, "clients_won")
    assert len(figure.axes) == min(panels, 6)
    assert lint(figure) == []


def test_an_axis_says_meaning_and_unit() -> None:
    axes: dict[str, tuple[Value, ...]] = {
        **WEAK, "population.network.neighbours": (4, 8), "weeks": (52, 104)
    }
    one = found([[5]] * 12, ("Ask",), axes)
    assert response.label(one, "friends.weak").startswith("friends.weak (chance): ")
    assert response.label(one, "population.network.neighbours").startswith(
        "population.network.neighbours")
    assert response.label(one, "weeks") == "weeks (weeks)"


def test_even_factors_are_drawn_on_a_log_axis() -> None:
    assert response.is_logarithmic((0.0005, 0.005, 0.05))
    assert not response.is_logarithmic((0.1, 0.2, 0.4))
    assert not response.is_logarithmic((0, 1, 100))
    assert not response.is_logarithmic((1, 50, 100))
    one = found([[5, 6]] * 4, TWO, {"friends.weak": (0.0005, 0.005, 0.05, 0.5)})
    figure = response.draw(one, "clients_won")
    assert figure.axes[0].get_xscale() == "log"
    assert lint(figure) == []


def test_only_a_grid_of_one_or_two_numbers_is_drawn() -> None:
    one = found([[5, 9]] * 3, TWO, WEAK)
    assert response.drawable(one)
    words: dict[str, tuple[Value, ...]] = {"preset": ("articles", "evidence")}
    truths: dict[str, tuple[Value, ...]] = {"partners.group": (False, True)}
    three: dict[str, tuple[Value, ...]] = {**WEAK, "talk.weak": (0.1,), "talk.strong": (0.1,)}
    for axes, points in ((words, 2), (truths, 2), (three, 3), ({"weeks": (52,)}, 1)):
        assert not response.drawable(found([[5, 9]] * points, TWO, axes))
    axis = Axis(name="friends.weak", low=0.1, high=0.2)
    random = Sweep(design="sobol", points=4, axes=(axis,))
    assert not response.drawable(
        replace(one, scenario=one.scenario.model_copy(update={"sweep": random})))


def test_the_table_has_the_first_points_and_fits() -> None:
    axes: dict[str, tuple[Value, ...]] = {
        "talk.weak": tuple(spaced(0.1, 0.9, 20)), "friends.weak": (0.1,), "preset": ("evidence",)
    }
    arms = tuple(f"An arm with a rather long name {k}" for k in range(9))
    text = swept.table(found([[5] * 9] * 20, arms, axes), "clients_won").replace("\xa0", " ")
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "Clients won, means of 20 worlds:"
    assert "talk.weak" in text
    assert "friends.weak" in text
    assert lines[-1].startswith("8 more points and ")
    assert lines[-1].endswith(" more arms in outcomes.csv")
    assert lines[-2].startswith("11 ")


def test_tables_of_odd_names_read_back(tmp_path: Path) -> None:
    arms = ("=1+1", "a,b\n\"c\"", "'quoted", "Ω")
    one = found([[1, 2, 3, 4]] * 3, arms, WEAK)
    write_swept(one, tmp_path)
    rows = rows_of(tmp_path / "outcomes.csv")
    assert [row["arm"].removeprefix("'") for row in rows[:4]] == list(arms)
    assert [float(row["mean"]) for row in rows[:4]] == pytest.approx([1, 2, 3, 4])
    assert {name: len(list(table.rows)) for name, table in swept_tables(one).items()} == {
        "design": 3, "replications": 240, "outcomes": 12, "comparison": 9,
    }
    with pytest.raises(FileExistsError):
        write_swept(one, tmp_path)


def test_a_grid_may_have_as_many_points_as_are_allowed() -> None:
    steps = "{linspace: [0.1, 0.5, 100]}"
    found = design(f"sweep: {{talk.weak: {steps}, friends.weak: {steps}}}")
    assert len(found.rows) == MOST_POINTS


# --- a published sweep ---------------------------------------------------------------------------


PUBLISHED = [154, 64, 47, 78, 43, 32, 47, 33, 25]
"""Weeks of the first nine cells: single runs of the re-implementation in JuliaGraphs' tutorials."""


@pytest.mark.verification
def test_all_243_cells_of_talk_of_the_network_respond_as_published() -> None:
    """T95 regressed on the five factors by ordinary least squares (Goldenberg et al. 2001)."""
    file = ROOT / "scenarios" / "classics" / "talk_of_the_network_243.yaml"
    scenario = wom_sim.load(file)
    cells = design_of(scenario)
    assert len(cells.rows) == 243
    one = run_sweep(
        scenario, cells, lambda cell: wom_sim.load(file, settings=cells.settings(cell)), workers=2
    )
    weeks = one.value("weeks_to_95")[:, 0, 0]
    assert np.isfinite(weeks).all()
    np.testing.assert_allclose(weeks[:9], PUBLISHED, rtol=0.15)
    factors = np.array(cells.rows, float)
    design = np.column_stack([np.ones(len(factors)), factors])
    coefficients, *_ = np.linalg.lstsq(design, weeks, rcond=None)
    left = weeks - design @ coefficients
    explained = 1 - (left**2).sum() / ((weeks - weeks.mean()) ** 2).sum()
    assert (coefficients[1:] < 0).all(), coefficients
    assert 0.6 < explained < 0.95
