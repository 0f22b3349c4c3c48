"""Weekly series: read from CSV files to the cell at fault, cut into spans, and fitted to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_fit import NAMES, TOWN, fit, rows

from wom_sim.commands.fitting import _alone
from wom_sim.market.record import PLACE
from wom_sim.scenario.dump import canonical, dump
from wom_sim.scenario.faults import MOST_FAULTS, ScenarioError
from wom_sim.scenario.files import Permission
from wom_sim.scenario.parameters.series import MOST_SPANS, WEEKLY, Series
from wom_sim.scenario.reader import MOST_BYTES
from wom_sim.scenario.resolve import read, read_text
from wom_sim.scenario.series import MOST_WEEKS
from wom_sim.study.fit.observing import counted
from wom_sim.study.replicate import replicate

NAMED = "observed: {series: {new_clients: mine.csv}}\n"


def series(folder: Path, content: str | bytes, text: str = NAMED) -> tuple[Series, ...]:
    (folder / "mine.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    (folder / "x.yaml").write_text(text, encoding="utf-8")
    known = read(folder / "x.yaml").observed
    assert known is not None
    return known.series


@pytest.mark.parametrize(
    "content",
    [
        b"week,new_clients\n0,3\n2,0\n7,1.5\n",
        b"\xef\xbb\xbfweek;new_clients\r\n7;1.5\r\n\r\n0;3\r\n5;\r\n2;0\r\n",
        b"week\tother\tnew_clients\r2\tx\t 0 \r0\ty\t3\r7\t\t1.50",
        b'"week","who","new_clients"\n"0","a, b","3"\n2,"say ""no""",0\n7,c,"1.5"\n',
    ],
    ids=["plain", "semicolons", "tabs", "quoted"],
)
def test_ways_to_write_the_same_weeks(content: bytes, tmp_path: Path) -> None:
    (found,) = series(tmp_path, content)
    assert (found.name, found.weeks, found.values) == ("new_clients", (0, 2, 7), (3, 0, 1.5))


def faults(folder: Path, content: str | bytes, text: str = NAMED) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        series(folder, content, text)
    return [str(one).removeprefix(f"{folder}/") for one in caught.value.faults]


def test_every_fault_is_told_at_its_cell(tmp_path: Path) -> None:
    about = "observed.series.new_clients: "
    wrong = 'week,"a, b",new_clients\n0,"x, y",abc\n 60,z,4\n1,"say ""no""",-1\n'
    assert faults(tmp_path, wrong, f"weeks: 52\n{NAMED}") == [
        f"mine.csv:2:10: {about}'abc' is not a number; write the number alone; leave the cell"
        " empty where it is not known",
        f"mine.csv:3:2: {about}week 60 is not before the end, week 52; remove the line or raise"
        " weeks",
        f"mine.csv:4:16: {about}must be between 0 and 1000000000, got -1",
    ]
    for value in ("nan", "inf", "1e3", "1_0", "٣", "1000000001", "9" * 400):
        assert len(faults(tmp_path, f"week,new_clients\n0,{value}\n")) == 1


def test_hostile_files_are_refused_soon_and_in_few_words(tmp_path: Path) -> None:
    many = faults(tmp_path, "week,new_clients\n" + "x,y\n" * 50_000)
    assert MOST_FAULTS <= len(many) <= MOST_FAULTS + 2
    (large,) = faults(tmp_path, b"week,new_clients\n" + b"0,1\n" * (MOST_BYTES // 4))
    assert large.endswith(f"'mine.csv' is larger than {MOST_BYTES} bytes")
    assert max(map(len, faults(tmp_path, "week,new_clients\n0," + "9" * 200_000))) < 300
    assert max(map(len, faults(tmp_path, "\0," * 100_000))) < 300
    (long,) = faults(tmp_path, "week,new_clients\n" + "".join(
        f"{week},1\n" for week in range(MOST_WEEKS + 1)), f"weeks: 5200\n{NAMED}")
    assert long.endswith(f"{MOST_WEEKS + 1} weeks with values in all; at most {MOST_WEEKS} are"
                         " allowed")


def test_a_series_elsewhere_needs_permission(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("week,new_clients\n0,3\n", encoding="utf-8")
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "x.yaml").write_text(NAMED.replace("mine", "../mine"), encoding="utf-8")
    with pytest.raises(ScenarioError, match="outside the scenario's folder"):
        read(inner / "x.yaml")
    known = read(inner / "x.yaml", allowed=Permission(files=True)).observed
    assert known is not None
    assert known.series[0].values == (3,)


def test_resolved_it_needs_no_file(tmp_path: Path) -> None:
    found = series(tmp_path, "week,new_clients\n0,3\n4,1\n")
    whole = read(tmp_path / "x.yaml")
    again = read_text(dump(whole), "y.yaml")
    assert again.observed == whole.observed
    assert again.observed is not None
    assert again.observed.series == found
    assert canonical(again) == canonical(whole)
    plain = read_text("observed: {unhappy_share: 0.1}\n", "x.yaml")
    assert '"series"' not in canonical(plain)


@pytest.mark.parametrize(
    ("length", "spans", "longest"),
    [(1, 1, 1), (12, 1, 12), (26, 2, 13), (52, 4, 13), (104, 4, 26), (156, 6, 26), (260, 5, 52),
     (1040, 20, 52)],
)
def test_spans_are_quarters_half_years_or_years(length: int, spans: int, longest: int) -> None:
    whole = Series(name="jobs", weeks=tuple(range(9, 9 + length)), values=(1.0,) * length)
    found = [one.weeks for one in whole.spans.values()]
    assert [week for weeks in found for week in weeks] == list(whole.weeks)
    assert (len(found), max(map(len, found))) == (spans, longest)
    assert spans <= MOST_SPANS or length > 52 * MOST_SPANS


def test_missing_weeks_are_counted_nowhere() -> None:
    """A mean is of the weeks watched, observed and simulated alike; an unwatched span is out."""
    weeks = (*range(13), 30, 39, 51)
    whole = Series(name="jobs", weeks=weeks, values=tuple(range(len(weeks))))
    assert {name: one.mean for name, one in whole.spans.items()} == {
        "jobs_weeks_0_to_12": 6, "jobs_weeks_30_to_30": 13,
        "jobs_weeks_39_to_51": 14.5}
    scenario = read_text(
        f"{TOWN}observed: {{series: {{jobs: {{weeks: {list(weeks)}, values: {list(weeks)}}}}},"
        " hold_out: [jobs_weeks_39_to_51]}\n", "x.yaml")
    assert scenario.observed is not None
    summaries = scenario.observed.summaries(scenario.weeks)
    assert [one.held_out for one in summaries] == [False, False, True]
    (record,) = replicate(_alone(scenario), 0).record
    jobs = record[..., PLACE["repeat"]] + record[..., PLACE["won"]]
    np.testing.assert_allclose(counted(record, summaries[2]), (jobs[39] + jobs[51]) / 2)
    np.testing.assert_allclose(counted(record, summaries[0]), jobs[:13].mean(axis=0))


def test_each_series_is_of_the_weekly_measures() -> None:
    record = np.zeros((2, 1, len(PLACE)))
    for place, name in enumerate(("new_clients", "repeat", "won", "dissatisfied",
                                  "referrals_passed", "referrals_received")):
        record[0, 0, PLACE[name]] = 2**place
    text = ", ".join(f"{name}: {{weeks: [0, 1], values: [1, 1]}}" for name in WEEKLY)
    known = read_text(f"observed: {{series: {{{text}}}}}\n", "x.yaml").observed
    assert known is not None
    found = [counted(record, one).item() for one in known.summaries(156)]
    assert dict(zip(WEEKLY, found, strict=True)) == {
        "new_clients": 0.5, "jobs": 3, "unhappy_jobs": 4, "referrals_given": 8,
        "referrals_received": 16}


def weeks_of(truth: dict[str, float], seed: int, folder: Path, mean: bool = False) -> Path:
    """The town at other values, watched each week but every seventh; a scenario with that file.

    The weeks are those of business 0 in world 0, or means over businesses and 20 worlds.
    """
    settings = [f"{name}={value}" for name, value in truth.items()]
    scenario = _alone(read_text(TOWN, "x.yaml", settings=settings, seed=seed))
    record = np.array([replicate(scenario, number).record[0]
                       for number in range(20 if mean else 1)])
    seen = record.mean(axis=(0, 2)) if mean else record[0, :, 0]
    jobs = seen[:, PLACE["repeat"]] + seen[:, PLACE["won"]]
    told = [f"{week},{jobs[week]:.6g},{seen[week, PLACE['dissatisfied']]:.6g}\n"
            for week in range(scenario.weeks) if week % 7]
    (folder / "mine.csv").write_text("week,done,bad\n" + "".join(told), encoding="utf-8")
    file = folder / "town.yaml"
    file.write_text(f"{TOWN}observed: {{series: {{jobs: {{path: mine.csv, column: done}},"
                    " unhappy_jobs: {path: mine.csv, column: bad}}}\n", encoding="utf-8")
    return file


def test_known_parameters_are_found_again_from_a_series(tmp_path: Path) -> None:
    """Exact: seeds are fixed. The stated error is 10 % of noise and 15 % of the rate of needs."""
    truth = {"service.noise": 1.4, "trades.need_rate": 8.0}
    file = weeks_of(truth, 99, tmp_path, mean=True)
    assert fit(file, "--points", "16", "--replications", "4", "--no-figures") == 0
    folder = tmp_path / "results" / "town-fit"
    found = rows(folder, "identified")
    assert float(found["service.noise"]["fitted"]) == pytest.approx(1.4, rel=0.10)
    assert float(found["trades.need_rate"]["fitted"]) == pytest.approx(8.0, rel=0.15)
    for name, value in truth.items():
        assert float(found[name]["low"]) <= value <= float(found[name]["high"])
    assert set(rows(folder, "observed")) == {
        f"{name}_weeks_{span}" for name in ("jobs", "unhappy_jobs")
        for span in ("1_to_13", "15_to_26", "27_to_39", "40_to_51")}


def test_few_worlds_do_not_tell_how_many_numbers_scatter(tmp_path: Path, capsys) -> None:
    file = weeks_of({}, 1, tmp_path)
    assert fit(file, "--points", "8", "--replications", "4", names="service.noise") == 2
    assert capsys.readouterr().err.endswith(
        "--replications 4 will not do for 8 numbers fitted to; use at least 5, or more --points\n")


@pytest.mark.verification
def test_drawn_truths_are_covered_by_what_one_series_tells(tmp_path: Path) -> None:
    """12 truths drawn over the middle of both ranges, one business's weeks each; fixed seeds."""
    chance, errors, covered = np.random.default_rng(5), [], []
    for number in range(12):
        shares = 0.2 + 0.6 * chance.random(2)
        truth = {"service.noise": 0.5 * 4 ** shares[0], "trades.need_rate": 3 * 4 ** shares[1]}
        folder = tmp_path / str(number)
        folder.mkdir()
        file = weeks_of(truth, 2000 + number, folder)
        assert fit(file, "--points", "32", "--replications", "10", "--no-figures") == 0
        found = rows(folder / "results" / "town-fit", "identified")
        for name in NAMES:
            row = {key: float(found[name][key]) for key in ("fitted", "low", "high")}
            covered.append(row["low"] <= truth[name] <= row["high"])
            errors.append(abs(np.log(row["fitted"] / truth[name])))
    print(f"median error {np.median(errors):.3f}, largest {max(errors):.3f} (logarithm);"
          f" {sum(covered)} of {len(covered)} ranges cover")
    assert sum(covered) >= 0.8 * len(covered)
    assert np.median(errors) < 0.35
