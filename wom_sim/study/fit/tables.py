"""A fit as tables, by the rules of `tables`."""

from __future__ import annotations

from wom_sim.study.results import Fit
from wom_sim.study.tables import Table


def fit_tables(fit: Fit) -> dict[str, Table]:
    """All tables by name; each is a file `<name>.csv` in the folder of a fit."""
    names = tuple(one.name for one in fit.agreements)
    points = zip(fit.batch, fit.design.rows, fit.distance.tolist(), fit.means.tolist(),
                 strict=True)
    found = {
        "fit": Table(("point", "batch", *fit.design.columns, "distance", *names), (
            (point, batch, *row, distance, *means)
            for point, (batch, row, distance, means) in enumerate(points)
        )),
        "identified": Table(
            ("parameter", "assumed_from", "assumed_to", "start", "fitted", "low", "high",
             "identified"),
            fit.moved,
        ),
        "observed": Table(
            ("quantity", "unit", "observed", "give_or_take", "before", "after",
             "predicted_low", "predicted_high", "held_out", "inside"),
            fit.agreements,
        ),
    }
    if fit.screened:
        moved = {one.name for one in fit.moved}
        found["screening"] = Table(("parameter", "effect", "moved"), (
            (name, effect, name in moved) for name, effect in fit.screened
        ))
    return found
