"""One point as a function of numbers, as samplers, optimisers and notebooks call it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from SALib.analyze import morris as indices
from SALib.sample import morris as sampler

import wom_sim

SMALL = {"population.size": 150, "trades.count": 4, "trades.need_rate": 6.0, "group.size": 4,
         "weeks": 20, "history_weeks": 6}


def test_it_is_a_run_of_the_same_scenario(tmp_path: Path) -> None:
    """Another world, another mean, or settings that do not arrive."""
    (tmp_path / "x.yaml").write_text("arms: {plain: {}, aware: {choice: {awareness: 0.9}}}\n")
    settings = [f"{name}={value}" for name, value in SMALL.items()]
    scenario = wom_sim.load(tmp_path / "x.yaml", settings=settings, seed=4, replications=3)
    results = wom_sim.run(scenario)
    for arm in ("plain", "aware"):
        found = wom_sim.simulate(SMALL, 4, file=tmp_path / "x.yaml", arm=arm, replications=3)
        for name, value in found.items():
            mean = results.value(arm, name).mean()
            assert value == pytest.approx(mean, nan_ok=True), name
    alone = wom_sim.simulate(SMALL, 4, replications=3)
    assert alone["clients_won"] == results.value("plain", "clients_won").mean()


def test_worlds_in_which_an_outcome_is_undefined_do_not_count(tmp_path: Path) -> None:
    """As in a run; where it is defined in no world, so is its mean."""
    (tmp_path / "x.yaml").write_text("treated: one\n", encoding="utf-8")
    settings = [f"{name}={value}" for name, value in SMALL.items()]
    results = wom_sim.run(wom_sim.load(tmp_path / "x.yaml", settings=settings, replications=9))
    found = wom_sim.simulate(SMALL, file=tmp_path / "x.yaml", replications=9)
    assert found == pytest.approx(
        {one["outcome"]: one["mean"] for one in results.summary}, nan_ok=True)
    undefined = {name: int(np.isnan(results.value("base", name)).sum()) for name in found}
    assert any(0 < many < 9 for many in undefined.values())
    assert {name for name, mean in found.items() if math.isnan(mean)} == {
        name for name, many in undefined.items() if many == 9}


def test_equal_points_are_equal_and_seeds_differ() -> None:
    first, again, other = (wom_sim.simulate(SMALL, seed) for seed in (1, 1, 2))
    assert all(first[name] == again[name] or math.isnan(first[name]) for name in first)
    assert first["revenue"] != other["revenue"]


def test_numbers_of_numpy_and_whole_parameters_are_taken() -> None:
    sampled = {**SMALL, "friends.number": np.float64(7.6), "friends.warn": np.float32(0.5)}
    assert wom_sim.simulate(sampled) == pytest.approx(
        wom_sim.simulate({**SMALL, "friends.number": 8, "friends.warn": 0.5}), nan_ok=True)


def test_a_wrong_point_is_named() -> None:
    with pytest.raises(wom_sim.ScenarioError, match=r"friends.warn: must be between 0 and 1"):
        wom_sim.simulate({**SMALL, "friends.warn": 2.0})
    with pytest.raises(ValueError, match="no arm 'x'; there are simulated"):
        wom_sim.simulate(SMALL, arm="x")


def test_salib_drives_it() -> None:
    """Morris screening of three parameters: asking friends matters, an unused one does not."""
    problem = {
        "num_vars": 3,
        "names": ["friends.ask_around", "choice.awareness", "asking.recall_broad"],
        "bounds": [[0.0, 1.0], [0.0, 0.5], [0.0, 1.0]],
    }
    points = sampler.sample(problem, 4, num_levels=4, seed=1)
    sampled = [dict(zip(problem["names"], point, strict=True)) for point in points]
    won = np.array([wom_sim.simulate({**SMALL, **point})["clients_won"] for point in sampled])
    found = indices.analyze(problem, points, won, num_levels=4, seed=1)
    effect = dict(zip(found["names"], found["mu_star"], strict=True))
    assert effect["choice.awareness"] > 0
    assert effect["friends.ask_around"] > 0
    assert effect["asking.recall_broad"] == 0  # nobody is asked without hours for asking
