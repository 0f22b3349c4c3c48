"""How sure a run is, and why: worlds, intervals, convergence, alarms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wom_sim.show import findings
from wom_sim.show.page.kept import Kept, Row, number
from wom_sim.show.page.sheets import Sheet
from wom_sim.show.text import clean
from wom_sim.show.wording import NBSP, counted, quoted, signed
from wom_sim.show.wording import number as said

OUTCOMES = {
    "clients_won": "clients won",
    "won_by_customers": "by customers",
    "won_by_partners": "by partners",
    "lost_to_negative": "lost to bad talk",
    "hours_per_client": "hours a client",
    "margin": "margin",
}
"""Outcomes of the first table, in its order."""


def arms(kept: Kept) -> Sheet:
    """Every arm at a glance: means with 95 % intervals."""
    cells = {(row["arm"], row["outcome"]): _mean(row) for row in kept.rows("summary")}
    names = list(dict.fromkeys(row["arm"] for row in kept.rows("summary")))
    shown = [key for key in OUTCOMES if any(cells.get((arm, key), "") for arm in names)]
    rows = tuple((clean(arm), *(cells.get((arm, key), "") for key in shown)) for arm in names)
    caption = "Per business over the whole run: means, with 95 % intervals in brackets"
    return Sheet(caption, ("arm", *(OUTCOMES[key] for key in shown)), rows)


def _mean(row: Row) -> str:
    if not row["mean"]:
        return ""
    mark = "" if row["settled"] != "false" else " (not settled)"
    mean = said(number(row["mean"]))
    if not row["ci_low"]:
        return f"{mean}{mark}"
    low, high = said(number(row["ci_low"])), said(number(row["ci_high"]))
    return f"{mean} [{low},{NBSP}{high}]{mark}"


def sure(kept: Kept) -> Iterator[str]:
    """Sentences on how far to trust the answer, each computed."""
    yield from _OF[kept.kind](kept)
    yield ("None of this says that the assumptions are right. It says how well the simulated worlds"
           " are known, not how well the real one is.")


def _of_run(kept: Kept) -> Iterator[str]:
    rows = [row for row in kept.rows("comparison") if row["outcome"] == "clients_won"]
    yield from _worlds(kept)
    if rows and int(rows[0]["n"]) >= findings.FEW:
        yield from _intervals(rows)
        yield _converging(kept, rows)
    yield from _alarm(kept)


def _of_sweep(kept: Kept) -> Iterator[str]:
    points = len(kept.rows("design"))
    yield (f"Each of {counted(points, 'point')} was run in {_replications(kept)}, the same ones at"
           " every point and in every arm.")
    yield (f"Intervals are 95{NBSP}% for each point and arm by itself: of {points} such intervals"
           f" about {said(points / 20)} miss by chance.")


def _of_study(kept: Kept) -> Iterator[str]:
    """What the study itself says of noise and convergence, behind its message."""
    yield f"Each point was run in {_replications(kept)}, the same ones at every point."
    yield from kept.answer[1:]


def _of_fit(kept: Kept) -> Iterator[str]:
    yield f"Each point was simulated in {_replications(kept)}."
    yield from kept.answer[1:]


def _of_claims(kept: Kept) -> Iterator[str]:
    yield (f"Each claim was tested in {_replications(kept)} a preset, under the same luck in all"
           f" arms. Intervals are 95{NBSP}% for each test by itself.")
    yield ("Verdicts use Holm's procedure over all tests of a preset, so that the chance of any"
           f" false one among them is at most 5{NBSP}%.")


_OF = {"run": _of_run, "sweep": _of_sweep, "sensitivity": _of_study, "fit": _of_fit,
       "claims": _of_claims}


def _replications(kept: Kept) -> str:
    return counted(int(kept.made["replications"]), "world")


def _worlds(kept: Kept) -> Iterator[str]:
    worlds = int(kept.made["replications"])
    yield (f"Each arm was run in {counted(worlds, 'world')}, numbered alike: world 7 of one arm"
           " has the people, the needs and the luck of world 7 of the others, so what differs"
           " is what the arm does.")
    if worlds < findings.FEW:
        yield (f"{counted(worlds, 'world')} settle nothing: run at least {findings.FEW}, better"
               " 100.")


def _intervals(rows: Sequence[Row]) -> Iterator[str]:
    together = f", and hold for all {len(rows)} differences together" if len(rows) > 1 else ""
    methods = ", ".join(dict.fromkeys(row["method"] for row in rows))
    yield f"Intervals are 95 %{together}. Method: {methods}."
    clear = [row for row in rows
             if number(row["simultaneous_low"]) > 0 or number(row["simultaneous_high"]) < 0]
    yield (f"{len(clear)} of {counted(len(rows), 'difference')} from"
           f" {quoted(rows[0]['baseline'])} in clients won"
           f" {'is' if len(clear) == 1 else 'are'} clear of zero.")


def _converging(kept: Kept, rows: Sequence[Row]) -> str:
    """The differences from the baseline in the first half of the worlds, and in all."""
    won: dict[str, list[float]] = {}
    for row in kept.each("replications"):
        won.setdefault(row["arm"], []).append(number(row["clients_won"]))
    half = int(rows[0]["n"]) // 2
    before = won[rows[0]["baseline"]][:half]
    means = [
        sum(a - b for a, b in zip(won[row["arm"]], before, strict=False)) / half for row in rows
    ]
    told = [
        f"{quoted(row['arm'])} {signed(mean)}, then {signed(number(row['difference']))}"
        for row, mean in zip(rows, means, strict=True)
    ]
    return ("Convergence: differences by the first half of the worlds, then by all of them:"
            f" {'; '.join(told)}.")


def _alarm(kept: Kept) -> Iterator[str]:
    """Whether the mean of clients won is carried by a few worlds, in any arm."""
    rows = [row for row in kept.rows("summary") if row["outcome"] == "clients_won"]
    doubtful = [quoted(row["arm"]) for row in rows if row["settled"] == "false"]
    if doubtful:
        yield (f"Tail alarm: a few worlds carry the mean of clients won of {', '.join(doubtful)};"
               " read the median, or run more worlds.")
    elif rows:
        yield "Tail alarm: silent. No mean of clients won is carried by a few worlds."
