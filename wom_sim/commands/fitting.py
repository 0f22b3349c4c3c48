"""The steps of a fit: which names are moved, two batches of points, and the fitted point."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from wom_sim.commands.progress import Progress
from wom_sim.commands.varying import own_value, readable, with_arms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wom_sim.scenario.parameters import Scenario
    from wom_sim.scenario.parameters.sweep import Axis, Value
    from wom_sim.study.crew import Crew
    from wom_sim.study.fit.fitting import Minimum, Problem
    from wom_sim.study.keeping.chunks import Worlds
    from wom_sim.study.results import Agreement, Fit, Moved
    from wom_sim.study.varying.design import Design

    Floats = NDArray[np.float64]
    Reader = Callable[[Design], Callable[[int], Scenario]]

MOST_MOVED = 4
"""Most parameters that are moved where none are named."""
FINAL = 5
"""Times as many worlds are simulated before and after the fit as at its points."""
OUTER = (2.5, 97.5)
"""Percentiles that bound what is predicted for a single business."""
DIGITS = 6
_KEYS = (b"wom_sim/fit/1", b"wom_sim/fit/2")


def axes_of(
    scenario: Scenario, arguments: argparse.Namespace, permit: Callable[[str], bool]
) -> tuple[Axis, ...]:
    """What may be moved: assumed numbers, those named or all that act. Raises CannotVary."""
    from wom_sim.guide.notes import acts
    from wom_sim.scenario.varied import assumed, named, refuse_known

    alone = _alone(scenario)
    wanted = [name.strip() for name in arguments.names.split(",") if name.strip()]
    if wanted:
        axes = named(alone, wanted)
        refuse_known(alone, wanted)
    else:
        axes = assumed(alone, lambda name: acts(name, alone))
    return readable(axes, alone, arguments, permit)[0]


def _alone(scenario: Scenario) -> Scenario:
    """The scenario with the observed arm alone."""
    arm = scenario.observed.arm if scenario.observed else scenario.baseline
    return with_arms(scenario, arm, "").model_copy(update={"observed": None, "precision": None})


class Asked(NamedTuple):
    """What a fit is asked for besides its scenario: what may be moved, worlds, and points.

    `screening`: only the axes that matter most are moved. `worlds` are those of a point, `points`
    those of a batch.
    """

    axes: tuple[Axis, ...]
    screening: bool
    worlds: int
    points: int


class Fitting:
    """A fit of a scenario; `reader` says how the points of a design are read from its file.

    `worlds` keeps what is done, and spares what it has.
    """

    def __init__(
        self, scenario: Scenario, asked: Asked, reader: Reader, worlds: Worlds | None = None
    ) -> None:
        assert scenario.observed is not None
        self.scenario, self.asked, self.reader, self.kept = scenario, asked, reader, worlds
        self.axes, self.worlds, self.points = asked.axes, asked.worlds, asked.points
        self.summaries = scenario.observed.summaries(scenario.weeks)
        self.places = [k for k, one in enumerate(self.summaries) if not one.held_out]
        if worlds:
            worlds.total = sum(points * each for points, each in self._planned())

    def _planned(self) -> list[tuple[int, int]]:
        """How many points are simulated, and in how many worlds each."""
        screened = [(2 * len(self.axes) + 1, self._few())] if self.asked.screening else []
        return [*screened, (2 * self.points, self.worlds), (2, FINAL * self.worlds)]

    def told(self, workers: int) -> str:
        """In one line what is moved, and what it will cost."""
        from wom_sim.study.estimate import in_words, sweep_cost

        alone = _alone(self.scenario)
        points = [alone.model_copy(update={"replications": each})
                  for points, each in self._planned() for _ in range(points)]
        cost = in_words(sweep_cost(points, workers))
        count = f"{len(self.axes)} parameter{'s' * (len(self.axes) > 1)}"
        if self.asked.screening:
            return f"{count} screened, at most {MOST_MOVED} moved; estimated: {cost}"
        return f"{count} moved; estimated: {cost}"

    def run(self, crew: Crew, progress: Progress) -> Fit:
        """Simulate, fit, and simulate the fitted point. Raises CannotFit, PointError."""
        import numpy as np

        from wom_sim.study.fit.fitting import WIDE, box_around, minimum, within

        screened = self._screened(crew, progress) if self.asked.screening else ()
        everywhere = np.tile([0.0, 1.0], (len(self.axes), 1))
        first, wide = self._batch(0, everywhere, crew, progress)
        rough = minimum(wide, everywhere, level=WIDE)
        box = box_around(rough)
        second, close = self._batch(1, box, crew, progress)
        inside = within(wide.units, box)
        both = close._replace(
            units=np.concatenate([wide.units[inside], close.units]),
            means=np.concatenate([wide.means[inside], close.means]),
        )
        return self._checked(minimum(both, box), both, [first, second], screened, crew, progress)

    def fitted(self, fit: Fit) -> Scenario:
        """The scenario, all its arms, with the fitted values."""
        from wom_sim.study.varying.design import Design

        row = tuple(int(one.fitted) if axis.whole else one.fitted
                    for axis, one in zip(self.axes, fit.moved, strict=True))
        return self.reader(Design(fit.design.columns, (row,)))(0)

    def _batch(
        self, number: int, box: Floats, crew: Crew, progress: Progress
    ) -> tuple[tuple[Design, Floats], Problem]:
        """A scrambled Sobol' sequence in a box of places, simulated."""
        import numpy as np

        from wom_sim.study.fit.fitting import Problem
        from wom_sim.study.varying.design import generator, places

        chance = generator(self.scenario.seed, _KEYS[number])
        shares = places("sobol", self.points, len(self.axes), chance)
        units = box[:, 0] + shares * (box[:, 1] - box[:, 0])
        design = self._design(units)
        values = self._seen(design, self.worlds, crew, progress, f"batch {number + 1} of 2")
        means = np.nanmean(values, axis=(1, 2))
        own = values[..., self.places]
        problem = Problem(units, means[:, self.places], self._noise(own), self._wanted())
        return (design, means), problem

    def _wanted(self) -> Floats:
        import numpy as np

        return np.array([self.summaries[k].value for k in self.places])

    def _noise(self, values: Floats) -> Floats:
        import numpy as np

        from wom_sim.study.fit.fitting import CannotFit, noise_of

        fitted = [self.summaries[k] for k in self.places]
        noise = noise_of(values, np.array([one.give_or_take for one in fitted]))
        for k, one in enumerate(fitted):
            if not noise[k, k] > 0:
                raise CannotFit(f"{one.name} is the same in every simulated world; hold it out, or"
                                " give it a give_or_take")
        return noise

    def _design(self, units: Floats) -> Design:
        from wom_sim.study.varying.design import Design, between

        columns = [between(axis, units[:, k]) for k, axis in enumerate(self.axes)]
        rows = [[_short(value, axis) for value, axis in zip(row, self.axes, strict=True)]
                for row in zip(*columns, strict=True)]
        return Design(tuple(axis.name for axis in self.axes), tuple(map(tuple, rows)))

    def _seen(
        self, design: Design, worlds: int, crew: Crew, progress: Progress, what: str
    ) -> Floats:
        """Every quantity at the points of a design. Raises CannotFit where one is undefined."""
        import numpy as np

        from wom_sim.study.fit.fitting import CannotFit
        from wom_sim.study.fit.observing import observe

        read = self.reader(design)
        line = Progress(f"worlds: {what}", progress.quiet)
        values = observe(self.summaries, lambda point: _alone(read(point)), design,
                         range(worlds), crew, line.at, self.kept)
        undefined = ~np.isfinite(values).any(axis=(1, 2))
        if undefined.any():
            point, k = np.argwhere(undefined)[0]
            raise CannotFit(f"{self.summaries[k].name} is undefined at"
                            f" {', '.join(design.settings(int(point)))}; leave it out")
        return values

    def _own(self) -> tuple[Value, ...]:
        """The scenario's own value of everything that is moved."""
        alone = _alone(self.scenario)
        return tuple(
            int(own_value(axis, alone)) if axis.whole else own_value(axis, alone)
            for axis in self.axes
        )

    def _few(self) -> int:
        """Worlds of each point of the screening."""
        return max(2, self.worlds // 2)

    def _screened(self, crew: Crew, progress: Progress) -> tuple[tuple[str, float], ...]:
        """How far each name alone moves the observed quantities, the strongest first.

        In units of noise, from its low to its high value. Leaves the strongest to be moved.
        """
        import numpy as np

        from wom_sim.study.fit.fitting import whitening
        from wom_sim.study.varying.design import Design

        own = self._own()
        rows = [own]
        for k, axis in enumerate(self.axes):
            ends = [_short(end, axis) for end in (axis.low, axis.high)]
            rows += [(*own[:k], end, *own[k + 1 :]) for end in ends]
        design = Design(tuple(axis.name for axis in self.axes), tuple(rows))
        values = self._seen(design, self._few(), crew, progress, "screening")[..., self.places]
        means = np.nanmean(values, axis=(1, 2))[1:].reshape(len(self.axes), 2, -1)
        change = (means[:, 1] - means[:, 0]) @ whitening(self._noise(values)).T
        effects = np.sqrt((change**2).sum(axis=1)).tolist()
        order = sorted(range(len(effects)), key=lambda k: (-effects[k], self.axes[k].name))
        told = tuple((self.axes[k].name, effects[k]) for k in order)
        self.axes = tuple(self.axes[k] for k in sorted(order[:MOST_MOVED]))
        return told

    def _checked(
        self, best: Minimum, problem: Problem, batches: Sequence[tuple[Design, Floats]],
        screened: tuple[tuple[str, float], ...], crew: Crew, progress: Progress,
    ) -> Fit:
        """The fit as told, with the scenario's own and the fitted point simulated."""
        import numpy as np

        from wom_sim.study.fit.fitting import distances
        from wom_sim.study.results import Fit
        from wom_sim.study.varying.design import Design

        row, names = self._design(best.place[None]).rows[0], batches[0][0].columns
        worlds = FINAL * self.worlds
        ends = Design(names, (self._own(), row))
        values = self._seen(ends, worlds, crew, progress, "before and after")
        rows = tuple(one for design, _ in batches for one in design.rows)
        batch = tuple(k + 1 for k, (design, _) in enumerate(batches) for _ in design.rows)
        means = np.concatenate([means for _, means in batches])
        apart = distances(problem._replace(means=means[:, self.places]))
        return Fit(
            self.scenario, self._moved(best, row), tuple(self._agreements(values)),
            Design(names, rows), batch, means, apart, self.worlds, worlds, screened,
        )

    def _moved(self, best: Minimum, row: tuple[Value, ...]) -> tuple[Moved, ...]:
        from wom_sim.study.fit.fitting import identified
        from wom_sim.study.results import Moved
        from wom_sim.study.varying.design import between

        found = []
        for axis, own, value, span in zip(self.axes, self._own(), row, best.ranges, strict=True):
            low, high = (float(one) for one in between(axis, span))
            found.append(Moved(axis.name, axis.low, axis.high, float(own), float(value), low, high,
                               identified(span)))
        return tuple(found)

    def _agreements(self, values: Floats) -> list[Agreement]:
        import numpy as np

        from wom_sim.study.results import Agreement

        found = []
        for k, one in enumerate(self.summaries):
            before, after = np.nanmean(values[..., k], axis=(1, 2)).tolist()
            single = values[1, ..., k]
            low, high = np.percentile(
                single[np.isfinite(single)], OUTER, method="weibull").tolist()
            found.append(Agreement(
                one.name, one.unit, one.value, one.give_or_take, before, after, low, high,
                one.held_out, low <= one.value <= high))
        return found


def _short(value: Value, axis: Axis) -> Value:
    """A value to so many digits, within the range; the fitted file holds no more."""
    if axis.whole:
        return int(value)
    return min(max(float(f"{value:.{DIGITS}g}"), axis.low), axis.high)
