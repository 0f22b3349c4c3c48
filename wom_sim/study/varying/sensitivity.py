"""What moves the answer: effects and indices of varied parameters, kept apart from luck.

Every point of a design (see `screening`) is simulated in the same worlds. Effects are computed
on means over worlds; from squares and products of such means the part that is luck is taken
off, as it is known from the spread between worlds. Intervals come from 1,000 resamples of rows
and worlds together, worlds the same at all points, as they share their luck.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.scenario.parameters.sweep import Axis
from wom_sim.study.results import Effect, Estimate, Sensitivity, Swept
from wom_sim.study.statistics.intervals import expanded_levels, resampled_places
from wom_sim.study.varying.screening import DUMMY, Moves, moves

Floats = NDArray[np.float64]

RESAMPLES = 1000
FEWEST_ROWS, FEWEST_WORLDS = 4, 2
INDICES = {"morris": ("mu_star", "mu", "sigma"), "sobol": ("total", "first")}
"""What each method estimates for a parameter; it is ranked by the first."""
LINE = ("at_low", "at_high", "change")

_ROWS, _WORLDS = b"wom_sim/sensitivity/rows/1", b"wom_sim/sensitivity/worlds/1"


class Undefined(ValueError):
    """The answer is undefined in too many worlds; the message is one line."""


class Sample(NamedTuple):
    """Some rows of a design in some worlds, as drawn.

    units: (rows, steps, names). values: (rows, steps, worlds). doubt: what the variance between
    worlds is multiplied by to become that of a mean; see `_resampled_doubt`.
    """

    method: str
    units: Floats
    moves: Moves
    values: Floats
    doubt: float


class Found(NamedTuple):
    """Estimates by name, each (names, 4) as `Estimate`; the noise's share, and the mean."""

    estimates: dict[str, Floats]
    noise: float
    mean: float


def answers(swept: Swept, outcome: str, arm: str, against: str) -> Floats:
    """The answer at every point, (points, worlds): an outcome of an arm, less the baseline's."""
    values = swept.value(outcome)
    found: Floats = values[:, swept.arms.index(arm)]
    return found - values[:, swept.arms.index(against)] if against else found


def sensitivity(
    swept: Swept, axes: Sequence[Axis], units: Floats, method: str, outcome: str, arm: str,
    against: str,
) -> Sensitivity:
    """What moves an outcome of `arm`, less that of `against` where it is not empty.

    Raises Undefined where the outcome is defined in fewer than two worlds at every point.
    """
    values = answers(swept, outcome, arm, against)
    defined = np.isfinite(values).all(axis=0)
    if defined.sum() < FEWEST_WORLDS:
        raise Undefined(f"{outcome} is undefined somewhere in all but {defined.sum()} worlds")
    shaped = values[:, defined].reshape(*units.shape[:2], -1)
    found = analyse(method, units, shaped, swept.scenario.seed)
    dummy = _effect(found, -1, Axis(name=DUMMY, low=0, high=1), np.inf)
    effects = [_effect(found, k, axis, dummy.leading.high) for k, axis in enumerate(axes)]
    return Sensitivity(
        method, outcome, arm, against, found.mean,
        tuple(sorted(effects, key=lambda effect: (-_rank(effect), effect.name))), dummy,
        found.noise, len(units), int(defined.sum()), int((~defined).sum()),
    )


def _rank(effect: Effect) -> float:
    return effect.leading.value if np.isfinite(effect.leading.value) else -np.inf


def _effect(found: Found, k: int, axis: Axis, floor: float) -> Effect:
    told = {name: Estimate(*row[k].tolist()) for name, row in found.estimates.items()}
    at_low, at_high, change = (told.pop(name) for name in LINE)
    above = bool(next(iter(told.values())).low > floor)
    return Effect(axis.name, axis.low, axis.high, told, at_low, at_high, change,
                  above)


def analyse(method: str, units: Floats, values: Floats, seed: int) -> Found:
    """Estimates for every name of a design from the answer, (rows, steps, worlds).

    Intervals are percentiles of resamples, expanded for few rows or worlds. Equal in equal
    order of rows and worlds. Raises ValueError below 4 rows or 2 worlds.
    """
    rows, _, worlds = values.shape
    if rows < FEWEST_ROWS or worlds < FEWEST_WORLDS:
        raise ValueError(f"{rows} rows in {worlds} worlds; at least 4 in 2 are needed")
    whole = Sample(method, units, moves(method, units), values, 1 / worlds)
    points, half = estimates(whole), estimates(_part(whole, np.arange(rows // 2)))
    chosen = zip(resampled_places(rows, seed, RESAMPLES, _ROWS).astype(np.int64),
                 resampled_places(worlds, seed, RESAMPLES, _WORLDS).astype(np.int64), strict=True)
    doubt = _resampled_doubt(worlds)
    drawn = [
        estimates(_part(whole, some, doubt)._replace(values=values[some][:, :, which]))
        for some, which in chosen
    ]
    levels = expanded_levels(min(rows, worlds))
    told = {
        name: np.stack([
            value, *_bounds(np.array([one[name] for one in drawn]), levels), half[name]], axis=1)
        for name, value in points.items()
    }
    return Found(told, _noise(whole), float(values.mean()))


def _bounds(drawn: Floats, levels: tuple[float, float]) -> Floats:
    """Quantiles over resamples, (2, names); undefined where any resample is."""
    return np.quantile(drawn, levels, axis=0)


def _resampled_doubt(worlds: int) -> float:
    """The `doubt` of resamples, so that they lie around the estimate and not above it.

    A mean over r resampled worlds carries the luck of the r worlds and of their resampling, 1/r
    and (r - 1)/r^2 of the variance, while the variance it shows is (r - 1)/r of the whole.
    """
    return (2 * worlds - 1) / (worlds * (worlds - 1))


def _part(sample: Sample, rows: NDArray[np.int64], doubt: float | None = None) -> Sample:
    far, start, end = sample.moves
    own = Moves(far[rows], start[rows], end[rows])
    return Sample(sample.method, sample.units[rows], own, sample.values[rows],
                  sample.doubt if doubt is None else doubt)


def estimates(sample: Sample) -> dict[str, Floats]:
    """Every index, both ends and the change, each (names,)."""
    changes = _changes(sample)
    slope = _slope(sample.moves.far, changes.mean(axis=2))
    indices = _morris if sample.method == "morris" else _sobol
    level, centre = sample.values.mean(), sample.units.mean(axis=(0, 1))
    line = (level - slope * centre, level + slope * (1 - centre), slope)
    return {**indices(sample, changes), **dict(zip(LINE, line, strict=True))}


def _changes(sample: Sample) -> Floats:
    """How the answer changes as each name moves, (rows, names, worlds)."""
    rows = np.arange(len(sample.values))[:, None]
    ends: Floats = sample.values[rows, sample.moves.end]
    return ends - sample.values[rows, sample.moves.start]


def _slope(far: Floats, changes: Floats) -> Floats:
    """The answer's change over the whole range by least squares, from moves of one name alone."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = (far * changes).sum(axis=0) / (far**2).sum(axis=0)
    return found


def _morris(sample: Sample, changes: Floats) -> dict[str, Floats]:
    """mu* (Campolongo, Cariboni & Saltelli 2007), mu and sigma (Morris 1991)."""
    effects = changes.mean(axis=2) / sample.moves.far
    told = np.abs(effects).mean(axis=0), effects.mean(axis=0), effects.std(axis=0, ddof=1)
    return dict(zip(INDICES["morris"], told, strict=True))


def _sobol(sample: Sample, changes: Floats) -> dict[str, Floats]:
    """Total index (Jansen 1999) and first-order index (Saltelli et al. 2010).

        total = mean((f_A - f_AB)^2) / 2V        first = mean(f_B (f_AB - f_A)) / V

    V is the variance over the rows of A and B, and each square or product of means over worlds
    is taken less its luck.
    """
    base = sample.values[:, :2]
    centred = base - base.mean(axis=(0, 1))
    variance = _product(centred, centred, sample.doubt).mean()
    second = centred[:, 1:2]
    total = _product(changes, changes, sample.doubt).mean(axis=0) / 2
    first = _product(second, changes, sample.doubt).mean(axis=0)
    known = variance if variance > 0 else np.nan
    return dict(zip(INDICES["sobol"], (total / known, first / known), strict=True))


def _product(one: Floats, other: Floats, doubt: float) -> Floats:
    """Products of means over worlds, the last axis, less the part that is luck."""
    worlds = one.shape[-1]
    means = one.mean(axis=-1) * other.mean(axis=-1)
    covariance = ((one * other).mean(axis=-1) - means) * worlds / (worlds - 1)
    found: Floats = means - doubt * covariance
    return found


def _noise(sample: Sample) -> float:
    """Share of the answer's variance that is between worlds at the same point; NaN for none."""
    values = sample.values
    within = values.var(axis=2, ddof=1).mean()
    centred = values - values.mean(axis=(0, 1))
    between = max(float(_product(centred, centred, sample.doubt).mean()), 0.0)
    return float(within / (within + between)) if within + between > 0 else float("nan")
