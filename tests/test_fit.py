"""`fit`: known parameters found again, ranges that cover, the folder, and what is refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.text import Text

import wom_sim
from wom_sim import cli
from wom_sim.commands.fitting import _alone
from wom_sim.market.record import PLACE
from wom_sim.scenario.dump import canonical, dump
from wom_sim.scenario.parameters.observed import QUANTITIES, Observation, Observed
from wom_sim.scenario.parameters.series import Series
from wom_sim.scenario.remarks import remarked
from wom_sim.scenario.resolve import read_text
from wom_sim.show import fitted
from wom_sim.show.lint import lint
from wom_sim.study.crew import workforce
from wom_sim.study.fit.fitting import (
    Problem,
    box_around,
    identified,
    minimum,
    noise_of,
    surrogate,
    whitening,
)
from wom_sim.study.fit.observing import counted, observe
from wom_sim.study.results import Agreement, Fit, Moved
from wom_sim.study.varying.design import Design

TOWN = """
weeks: 52
history_weeks: 26
population: {size: 300, network: {kind: small_world, neighbours: 8}}
trades: {count: 6, need_rate: 6.0}
"""
WHAT = "{new_clients_a_year: 1, unhappy_share: 0, jobs_a_year: 1, other_share: 0}"
NAMES = ("service.noise", "trades.need_rate")


# --- quantities ----------------------------------------------------------------------------------


def test_quantities_are_those_of_the_weekly_measures() -> None:
    totals = np.zeros((2, len(PLACE)))
    for name, amount in {
        "new_clients": 10, "new_partner": 4, "new_asked_friend": 1, "new_word_of_mouth": 2,
        "new_requested": 1, "new_public_record": 1, "new_unprompted": 1, "won": 12, "repeat": 18,
        "dissatisfied": 3, "satisfied": 20, "delighted": 7, "referrals_passed": 5,
        "referrals_received": 6,
    }.items():
        totals[0, PLACE[name]] = amount
    record = np.stack([0.25 * totals, 0.75 * totals] * 13) / 13
    known = Observed(arm="base", quantities=tuple(
        Observation(name=name, value=0) for name in QUANTITIES))
    found = {one.name: counted(record, one).round(9).tolist() for one in known.summaries(26)}
    assert {name: pair[0] for name, pair in found.items()} == {
        "new_clients_a_year": 20, "jobs_a_year": 60, "customer_share": 0.4, "partner_share": 0.4,
        "other_share": 0.2, "unhappy_share": 0.1, "referrals_given_a_year": 10,
        "referrals_received_a_year": 12,
    }
    # A business that had nobody has no share of anybody.
    assert all(np.isnan(found[name][1]) == bool(one.of) for name, one in QUANTITIES.items())


def test_what_was_observed_changes_no_world_and_no_hash_where_it_is_absent() -> None:
    plain, watched = read_text(TOWN, "x.yaml"), read_text(f"{TOWN}observed: {WHAT}\n", "x.yaml")
    assert '"observed"' not in canonical(plain)
    assert "observed" not in dump(plain)
    assert read_text(dump(watched), "x.yaml").observed == watched.observed
    assert watched.observed is not None
    assert watched.observed.arm == "base"


# --- the method on problems that are known -------------------------------------------------------


def quadratic(units: np.ndarray) -> np.ndarray:
    """Two quantities that the first two of three names decide; the third does nothing."""
    x, y = units[:, 0], units[:, 1]
    return np.column_stack([(1 + x) ** 2, (2 + y - 0.5 * x) ** 2])


def problem(truth: tuple[float, ...], error: np.ndarray, sd: float = 0.2) -> Problem:
    units = np.random.default_rng(3).random((64, 3))
    observed = quadratic(np.array([truth]))[0] + sd * error
    return Problem(units, quadratic(units), sd**2 * np.eye(2), observed)


WHOLE = np.tile([0.0, 1.0], (3, 1))


def test_a_known_minimum_is_found_and_what_does_nothing_is_not_identified() -> None:
    found = minimum(problem((0.4, 0.6, 0.5), np.zeros(2)), WHOLE)
    np.testing.assert_allclose(found.place[:2], [0.4, 0.6], atol=1e-4)
    assert found.distance < 1e-6
    assert [identified(span) for span in found.ranges] == [True, True, False]
    np.testing.assert_allclose(found.ranges[2], [0.0, 1.0])
    # d sqrt(q)/dx = 1: the range of x is (1 + x)^2 within 1.96 standard deviations.
    ends = np.sqrt((1.4**2) + 1.959964 * 0.2 * np.array([-1, 1])) - 1
    np.testing.assert_allclose(found.ranges[0], ends, atol=0.01)


def test_a_box_holds_the_wide_ranges() -> None:
    found = minimum(problem((0.4, 0.6, 0.5), np.zeros(2)), WHOLE, level=0.9999)
    box = box_around(found)
    assert (box[:, 0] <= found.ranges[:, 0]).all()
    assert (box[:, 1] >= found.ranges[:, 1]).all()
    assert box.min() == 0
    assert box.max() == 1


@pytest.mark.verification
def test_ranges_cover_as_often_as_they_say() -> None:
    """200 fixed draws of normal error: 95 % of ranges hold the truth, give or take 1.5 %."""
    chance, truth, held = np.random.default_rng(11), (0.45, 0.5, 0.5), []
    for _ in range(200):
        found = minimum(problem(truth, chance.normal(size=2), sd=0.15), WHOLE)
        held.append([low <= at <= high for at, (low, high) in
                     zip(truth[:2], found.ranges[:2], strict=True)])
    share = np.mean(held, axis=0)
    assert ((share > 0.90) & (share < 0.99)).all(), share


def test_with_few_points_products_are_left_out() -> None:
    units = np.random.default_rng(1).random((16, 3))
    assert not surrogate(units, quadratic(units)).crossed
    units = np.random.default_rng(1).random((20, 3))
    assert surrogate(units, quadratic(units)).crossed


def test_noise_is_that_of_one_business_the_stated_error_and_few_worlds() -> None:
    chance = np.random.default_rng(5)
    values = chance.normal(size=(40, 20, 50, 1)) * 2 + chance.normal(size=(40, 20, 1, 1)) * 3
    # Worlds differ by 3, businesses of one world by 2: 9 + 4, and the mean of 20 worlds, 9 / 20.
    expected = 1.5**2 + 13 + 9.08 / 20
    assert noise_of(values, np.array([1.5]))[0, 0] == pytest.approx(expected, rel=0.1)


def test_shares_that_sum_to_one_count_as_two() -> None:
    part = np.array([[0.04, -0.02, -0.02], [-0.02, 0.03, -0.01], [-0.02, -0.01, 0.03]])
    white = whitening(part)
    assert white.shape == (2, 3)
    np.testing.assert_allclose(white @ part @ white.T, np.eye(2), atol=1e-9)


# --- the command ---------------------------------------------------------------------------------


def truth_of(values: dict[str, float], worlds: int, seed: int, one: bool = False) -> dict[str, Any]:
    """Quantities simulated in the same town at other values: means, or those of one business."""
    settings = [f"{name}={value}" for name, value in values.items()]
    scenario = read_text(f"{TOWN}observed: {WHAT}\n", "x.yaml", settings=settings, seed=seed)
    assert scenario.observed is not None
    summaries = scenario.observed.summaries(scenario.weeks)
    with workforce(None, 1) as crew:
        found = observe(summaries, lambda point: _alone(scenario), Design((), ((),)),
                        range(worlds), crew, lambda done, total: None)
    told = found[0, 0, 0] if one else np.nanmean(found, axis=(0, 1, 2))
    names = [entry.name for entry in summaries]
    return dict(zip(names, told.tolist(), strict=True))


def town(folder: Path, observed: dict[str, Any], more: str = "") -> Path:
    file = folder / "town.yaml"
    file.write_text(f"{TOWN}observed: {json.dumps(observed)}\n{more}", encoding="utf-8")
    return file


def rows(folder: Path, name: str) -> dict[str, dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return {next(iter(row.values())): row for row in csv.DictReader(file)}


def fit(file: Path, *options: str, names: str = ",".join(NAMES)) -> int:
    out = ("--out", str(file.parent / "results"), "--quiet")
    return cli.main(["fit", str(file), "--names", names, "--workers", "1", *out, *options])


def test_known_parameters_are_found_again(tmp_path: Path) -> None:
    """Exact: seeds are fixed. The stated error is 10 % of noise and 15 % of the rate of needs."""
    truth = {"service.noise": 1.4, "trades.need_rate": 8.0}
    observed = truth_of(truth, 40, seed=99)
    file = town(tmp_path, {**observed, "hold_out": ["jobs_a_year"]})
    assert fit(file, "--points", "16", "--replications", "5") == 0
    folder = tmp_path / "results" / "town-fit"
    found = rows(folder, "identified")
    assert float(found["service.noise"]["fitted"]) == pytest.approx(1.4, rel=0.10)
    assert float(found["trades.need_rate"]["fitted"]) == pytest.approx(8.0, rel=0.15)
    for name, value in truth.items():
        assert float(found[name]["low"]) <= value <= float(found[name]["high"])
    jobs = rows(folder, "observed")["jobs_a_year"]
    assert (jobs["held_out"], jobs["inside"]) == ("true", "true")
    assert abs(float(jobs["after"]) - observed["jobs_a_year"]) < abs(
        float(jobs["before"]) - observed["jobs_a_year"])

    scenario = wom_sim.load(folder / "fitted.yaml")
    assert scenario.base.service.noise == float(found["service.noise"]["fitted"])
    assert scenario.replications == 100
    text = (folder / "fitted.yaml").read_text(encoding="utf-8")
    assert text.count("  # fitted, 95 % range ") == 2

    record = json.loads((folder / "manifest.json").read_bytes())
    assert set(record["files"]) == {
        "fitted.yaml", "fit.csv", "identified.csv", "observed.csv", "scenario.yaml",
        "answer.txt", "report.html", "figures/fit.png", "figures/fit.svg"}
    assert len(rows(folder, "fit")) == record["points"] == 32

    page = (folder / "report.html").read_bytes()
    assert cli.main(["report", str(folder)]) == 0
    assert (folder / "report.html").read_bytes() == page


def test_workers_change_no_byte(tmp_path: Path) -> None:
    given = {"unhappy_share": 0.2, "new_clients_a_year": {"value": 20, "give_or_take": 2}}
    read = []
    for workers in ("1", "2"):
        folder = tmp_path / workers
        folder.mkdir()
        file = town(folder, given)
        options = ("--points", "8", "--replications", "2", "--workers", workers, "--no-figures")
        assert fit(file, *options, names="service.noise") == 0
        made = folder / "results" / "town-fit"
        read.append({path.name: path.read_bytes() for path in made.iterdir()
                     if path.name != "manifest.json"})
    assert read[0] == read[1]


@pytest.mark.parametrize(
    ("names", "options", "more", "said"),
    [
        ("service.nois", (), "", "no number 'service.nois'; did you mean 'service.noise'?"),
        ("service.noise,service.noise", (), "", "'service.noise' is named twice"),
        ("service.noise", ("--points", "20"), "", "use a power of 2, at least 8"),
        ("service.noise", ("--points", "4"), "", "use a power of 2, at least 8"),
        ("service.noise", ("--points", "0"), "", "--points 0 will not do"),
        ("service.noise", ("--replications", "0"), "", "--replications 0 cannot"),
        ("service.noise", ("--replications", "1"), "", "cannot tell luck from effect"),
        ("talk.negativity_ratio", (), "", "is not assumed, it has a source"),
        ("service.noise", (), "arms: {a: {service: {noise: 1.1}}}\n", "vary 'arms.a.service.noise"),
    ],
)
def test_what_cannot_be_fitted_is_refused(
    names: str, options: tuple[str, ...], more: str, said: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = town(tmp_path, {"unhappy_share": 0.2}, more)
    assert fit(file, *options, names=names) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (tmp_path / "results").exists()


def test_a_scenario_without_observations_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "town.yaml"
    file.write_text(TOWN, encoding="utf-8")
    assert fit(file) == 2
    assert "nothing observed; write observed:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("observed", "said"),
    [
        ({"referrals_given_a_year": 5}, "is the same in every simulated world; hold it out"),
        ({"unhappy_share": 0.1, "from_week": 51}, ""),
    ],
)
def test_what_says_nothing_is_told_and_nothing_is_written(
    observed: dict[str, Any], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody has partners here, so that no referral is ever given."""
    code = fit(town(tmp_path, observed), "--points", "8", "--replications", "2", "--no-figures",
               names="service.noise")
    assert code == (1 if said else 0)
    assert said in capsys.readouterr().err
    assert (tmp_path / "results" / "town-fit").exists() == (not said)


def test_without_names_a_screening_chooses(tmp_path: Path) -> None:
    file = town(tmp_path, {"unhappy_share": 0.2, "jobs_a_year": 40})
    small = ("--set", "population.size=120", "--set", "weeks=26", "--set", "history_weeks=4")
    out = ("--out", str(tmp_path / "results"), "--quiet", "--no-figures", "--workers", "1")
    options = ("--points", "32", "--replications", "2")
    assert cli.main(["fit", str(file), *small, *options, *out]) == 0
    screened = rows(tmp_path / "results" / "town-fit", "screening")
    effects = [float(row["effect"]) for row in screened.values()]
    assert effects == sorted(effects, reverse=True)
    assert [row["moved"] for row in screened.values()][:5] == ["true"] * 4 + ["false"]
    assert set(rows(tmp_path / "results" / "town-fit", "identified")) == set(list(screened)[:4])


def test_remarks_stand_behind_their_values() -> None:
    arms = "arms:\n  a.b: {service: {noise: 1.1}}\n  c: {service: {noise: 1.2}}\n"
    text = dump(read_text(TOWN + arms, "x.yaml"))
    found = remarked(text, {"service.noise": "one", "arms.a.b.service.noise": "two"})
    behind = [line.strip() for line in found.splitlines() if "  # " in line]
    assert behind == ["noise: 1.0  # one", "noise: 1.1  # two"]
    assert read_text(found, "x.yaml") == read_text(text, "x.yaml")


# --- words and figure ----------------------------------------------------------------------------


def agreement(name: str, inside: bool, held_out: bool = False) -> Agreement:
    return Agreement(name, "share", 0.5 if inside else 0.95, 0.05, 0.2, 0.45, 0.3, 0.6, held_out,
                     inside)


def told(agreements: list[Agreement], *known: bool) -> Fit:
    moved = tuple(Moved(f"service.p{k}", 0, 1, 0.5, 0.4, 0.3, 0.6, one)
                  for k, one in enumerate(known or (True,)))
    scenario = SimpleNamespace(stem="$x$ <b>", seed=1, preset="evidence", observed=None)
    design = Design(("service.p0",), ((0.1,), (0.2,)))
    return Fit(scenario, moved, tuple(agreements), design, (1, 2),  # type: ignore[arg-type]
               np.zeros((2, 1)), np.zeros(2), 20, 100)


@pytest.mark.parametrize(
    ("agreements", "sentence"),
    [
        ([("a", True, False)], "agrees with the one number fitted to; nothing was held out"),
        ([("a", False, False)], "agrees with not even the one number fitted to; nothing"),
        ([("a", True, False), ("b", True, False), ("c", True, True)],
         "agrees with all 2 numbers fitted to and predicts the one number held out"),
        ([("a", True, False), ("b", False, False), ("c", True, True), ("d", True, True)],
         "agrees with 1 of 2 numbers fitted to and predicts all 2 numbers held out"),
        ([("a", False, False), ("b", False, False), ("c_d", False, True), ("e", True, True)],
         "agrees with none of 2 numbers fitted to but misses c d, held out"),
        ([("a", True, False), *((f"b{k}", False, True) for k in range(3)), ("c", True, True)],
         "but misses 3 of 4 numbers held out"),
    ],
)
def test_headlines(agreements: list[tuple[str, bool, bool]], sentence: str) -> None:
    assert sentence in fitted.headline(told([agreement(*one) for one in agreements]))


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        ((True,), "The parameter moved is identified"),
        ((True, True), "All parameters moved are identified"),
        ((False, False), "No parameter is identified"),
        ((False, True), "Identified: service.p1; the other ranges touch an end"),
    ],
)
def test_what_is_identified_is_said(known: tuple[bool, ...], sentence: str) -> None:
    assert fitted.which_identified(told([], *known)).startswith(sentence)


@pytest.mark.parametrize("change", [lambda one: one, lambda one: one._replace(low=0.5, high=0.5)])
def test_the_figure_is_sound(change: Callable[[Agreement], Agreement]) -> None:
    many = [change(agreement(name, k % 3 > 0, k > 5)) for k, name in enumerate(QUANTITIES)]
    figure = fitted.draw(replace(told(many), final_worlds=5))
    assert lint(figure) == []


def test_a_figure_of_many_draws_those_outside_first_and_says_so() -> None:
    many = [agreement(f"referrals_received_weeks_{100 + k}_to_{125 + k}", k != 19, k == 18)
            ._replace(unit="referrals a week") for k in range(20)]
    shown = fitted.drawn(told(many))
    assert len(shown) == fitted.MOST_LINES
    assert shown == [*many[: fitted.MOST_LINES - 2], many[18], many[19]]
    figure = fitted.draw(told(many))
    assert lint(figure) == []
    written = " ".join(text.get_text() for text in figure.findobj(Text))
    assert "6 more in observed.csv" in " ".join(written.split())
    assert "referrals received a week, weeks 119 to 144" in written


def test_how_a_series_is_used_is_said() -> None:
    series = [Series(name="jobs", weeks=tuple(range(0, 104, 2)), values=(1.0,) * 52),
              Series(name="new_clients", weeks=(3,), values=(1.0,))]
    fit = told([])
    fit.scenario.observed = Observed(arm="base", series=tuple(series))  # type: ignore[misc]
    said = [sentence.replace("\u00a0", " ") for sentence in fitted.series_used(fit)]
    assert said[0].startswith(
        "The series jobs is used as 4 means over about 26 weeks each, not week by week;")
    assert said[1].startswith("The series new clients is used as 1 mean over about 1 week, not")


# --- verification --------------------------------------------------------------------------------


@pytest.mark.verification
def test_drawn_truths_are_found_and_covered(tmp_path: Path) -> None:
    """8 truths drawn over the middle of both ranges; seeds are fixed.

    From means of 40 worlds the median error is told, from one business's numbers the cover.
    """
    chance, errors, covered = np.random.default_rng(2), [], []
    for number in range(8):
        shares = 0.2 + 0.6 * chance.random(2)
        truth = {"service.noise": 0.5 * 4 ** shares[0], "trades.need_rate": 3 * 4 ** shares[1]}
        for one in (False, True):
            folder = tmp_path / f"{number}{one}"
            folder.mkdir()
            observed = truth_of(truth, 1 if one else 40, 1000 + number, one)
            known = {name: value for name, value in observed.items() if np.isfinite(value)}
            file = town(folder, known)
            assert fit(file, "--points", "32", "--replications", "10", "--no-figures") == 0
            found = rows(folder / "results" / "town-fit", "identified")
            for name, value in truth.items():
                row = {key: float(found[name][key]) for key in ("fitted", "low", "high")}
                if one:
                    covered.append(row["low"] <= value <= row["high"])
                else:
                    errors.append(abs(np.log(row["fitted"] / value)))
    print(f"median error {np.median(errors):.3f}, largest {max(errors):.3f} (logarithm);"
          f" {sum(covered)} of {len(covered)} ranges cover")
    assert np.median(errors) < 0.1
    assert sum(covered) >= 0.8 * len(covered)
