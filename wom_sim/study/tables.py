"""Results as tables: rows in memory, CSV on disk, and back.

The rules of the CSV: UTF-8, lines end in a line feed, one header line. A number is the shortest
text that reads back to the same float, without `.0` where it is whole; undefined (NaN) is an
empty cell; truth is `true` or `false`. Text that a spreadsheet might take for a formula gets a
leading apostrophe, which `read_csv` takes off again. The same results give the same bytes.
"""

from __future__ import annotations

import csv
import hashlib
import math
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from wom_sim.scenario.parameters import Scenario
from wom_sim.study.keeping.shelf import pieces
from wom_sim.study.months import CUMULATIVE, KEPT, month_rows
from wom_sim.study.statistics.curves import COLUMNS, curve_rows
from wom_sim.study.statistics.simultaneous import Band, band
from wom_sim.study.statistics.summaries import compare, student_intervals, summarise

Floats = NDArray[np.float64]
Row = tuple[Any, ...]

QUANTILES = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}
SUMMARY = (
    *("n", "mean", "ci_low", "ci_high", "sd", "median", "median_low", "median_high", "q05", "q95"),
    *("skewness", "settled", "took_off", "took_off_low", "took_off_high", "method"),
)
COMPARISON = (
    *("n", "difference", "ci_low", "ci_high", "simultaneous_low", "simultaneous_high", "relative"),
    *("median", "median_low", "median_high", "skewness", "settled"),
    *("probability_greater", "probability_low", "probability_high", "cliffs_delta", "method"),
)

_DEVICES = re.compile(r"con|prn|aux|nul|conin|conout|(com|lpt)[0-9]")
_LONGEST = 80
_TEXT = {
    "arm", "baseline", "other_arm", "outcome", "other_outcome", "unit", "method", "event", "source",
    "valence",
}
_TRUTH = {"true": True, "false": False}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class ResultsError(Exception):
    """Results cannot be written or read; the message is one plain line saying what to do."""


class Found(Protocol):
    """What tables are made from; `results.Results` says what each part is."""

    @property
    def scenario(self) -> Scenario: ...
    @property
    def arms(self) -> tuple[str, ...]: ...
    @property
    def weekly_measures(self) -> Sequence[tuple[str, str, str]]: ...
    @property
    def weekly(self) -> Floats: ...
    @property
    def outcomes(self) -> Sequence[tuple[str, str, str]]: ...
    @property
    def values(self) -> Floats: ...
    @property
    def businesses(self) -> Floats: ...
    @property
    def stories(self) -> Mapping[str, Sequence[tuple[int, str, int, int, str]]]: ...
    @property
    def story_replication(self) -> Mapping[str, int]: ...
    @property
    def reached(self) -> Mapping[str, Sequence[tuple[int, str, int]]]: ...
    @property
    def facts(self) -> Mapping[str, Any]: ...


class Table(NamedTuple):
    """Names of columns and rows in that order; the rows can be read once."""

    columns: tuple[str, ...]
    rows: Iterable[Row]

    def records(self) -> list[dict[str, Any]]:
        """The rows as dicts from column to value."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def table(found: Found, name: str) -> Table:
    """One of `NAMES`, made now. Raises KeyError for any other name."""
    if name not in _TABLES:
        raise KeyError(f"no table {name!r}; tables are {', '.join(NAMES)}")
    return _TABLES[name](found)


def tables(found: Found) -> dict[str, Table]:
    """All tables by name; each is a file `<name>.csv` in a folder of results."""
    return {name: table(found, name) for name in NAMES}


def write_tables(found: Found, folder: Path) -> None:
    """Write every table into `folder`. Raises FileExistsError where one is there already."""
    for name, one in tables(found).items():
        write_csv(folder / f"{name}.csv", one)


def write_csv(path: Path, one: Table) -> None:
    """Write a table to a new file; raises FileExistsError rather than overwrite or follow."""
    with path.open("x", encoding="utf-8", newline="") as file:
        file.writelines(map(_line, chain([one.columns], one.rows)))


def read_csv(path: Path, texts: Collection[str] = ()) -> list[dict[str, Any]]:
    """Records of a file that `write_csv` wrote: the same texts, numbers and truths, NaN for empty.

    Numbers without a point come back as int. `texts` are further columns that hold texts.
    """
    texts = _TEXT.union(texts)
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        columns = [unguarded(column) for column in next(lines)]
        make = [unguarded if column in texts else _value for column in columns]
        return [
            {column: of(text) for column, of, text in zip(columns, make, line, strict=True)}
            for line in lines
        ]


def cell(value: object) -> str:
    """The text of a value in a CSV file, by the rules at the top of this file."""
    if isinstance(value, str):
        # An apostrophe is guarded too, or taking the guard off would take off the text's own.
        return "'" + value if value.startswith((*_FORMULA, "'")) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(float(value))
    return str(value)


def _line(row: Row) -> str:
    return ",".join([
        _number(value) if type(value) is float else _text_cell(value) for value in row]) + "\n"


@lru_cache(maxsize=4096, typed=True)
def _text_cell(value: object) -> str:
    # By hand, as `csv.writer` leaves carriage returns unquoted before Python 3.13.
    text = cell(value)
    quoted = not {",", '"', "\r", "\n"}.isdisjoint(text)
    return '"' + text.replace('"', '""') + '"' if quoted else text


@lru_cache(maxsize=4096)
def _number(value: float) -> str:
    text = repr(value)
    if text.endswith(".0") and abs(value) < 2**53:
        return text[:-2] if value else "0"
    return "" if text == "nan" else text


def unguarded(text: str) -> str:
    """The text that `cell` wrote, without its guard against formulas."""
    return text.removeprefix("'")


def _value(text: str) -> Any:
    if text in _TRUTH:
        return _TRUTH[text]
    if not text:
        return math.nan
    return int(text) if text.removeprefix("-").isdecimal() else float(text)


def _replications(found: Found) -> Table:
    rows = (
        (arm, replication, *values.tolist())
        for arm, world in zip(found.arms, found.values, strict=True)
        for replication, values in enumerate(world)
    )
    return Table(("arm", "replication", *(name for name, _, _ in found.outcomes)), rows)


def _summary(found: Found) -> Table:
    return Table(("arm", "outcome", "unit", *SUMMARY), _summary_rows(found))


def _summary_rows(found: Found) -> Iterator[Row]:
    for arm, values in zip(found.arms, found.values, strict=True):
        for place, (outcome, unit, _) in enumerate(found.outcomes):
            facts = summarise(values[:, place], found.scenario.seed)
            yield (arm, outcome, unit, *(facts[column] for column in SUMMARY))


def _comparison(found: Found) -> Table:
    return Table(("arm", "baseline", "outcome", "unit", *COMPARISON), _comparison_rows(found))


def _comparison_rows(found: Found) -> Iterator[Row]:
    baseline = found.scenario.baseline
    others = [arm for arm in found.arms if arm != baseline]
    together = _together(found, others) if len(others) > 1 else None
    reference = found.values[found.arms.index(baseline)] if others else found.values[:0]
    for number, arm in enumerate(others):
        values = found.values[found.arms.index(arm)]
        for place, (outcome, unit, _) in enumerate(found.outcomes):
            facts = compare(values[:, place], reference[:, place], found.scenario.seed)
            bounds = (facts["ci_low"], facts["ci_high"])
            if together is not None:
                bounds = (float(together.low[number, place]), float(together.high[number, place]))
            facts |= dict(zip(("simultaneous_low", "simultaneous_high"), bounds, strict=True))
            yield (arm, baseline, outcome, unit, *(facts[column] for column in COMPARISON))


def _together(found: Found, others: Sequence[str]) -> Band:
    """Intervals of several arms' differences that hold together, (arms, outcomes)."""
    reference = found.values[found.arms.index(found.scenario.baseline)]
    gaps = np.stack([found.values[found.arms.index(arm)] - reference for arm in others], axis=1)
    each = [band(gaps[:, :, place], found.scenario.seed) for place in range(gaps.shape[2])]
    return Band(*(np.stack(parts, axis=-1) for parts in zip(*each, strict=True)))


def _weekly(found: Found) -> Table:
    return Table(("arm", "week", "outcome", "unit", "mean", *QUANTILES), _weekly_rows(found))


def _weekly_rows(found: Found) -> Iterator[Row]:
    totals = _totals(found)
    units = {name: unit for name, unit, _ in found.weekly_measures}
    units |= {name: found.weekly_measures[parts[0]][1] for name, parts in totals.items()}
    for arm, whole in zip(found.arms, found.weekly, strict=True):
        before = np.zeros((len(whole), 1, len(totals)))
        for weeks in pieces(whole):
            series = np.asarray(whole[:, weeks])
            added = [series[:, :, parts].sum(axis=2) for parts in totals.values()]
            running = np.stack(added, axis=2) if added else series[:, :, :0]
            running[:, :1] += before
            running = running.cumsum(axis=1)
            before = running[:, -1:]
            spread = _over_worlds(np.concatenate([series, running], axis=2))
            for week, measures in enumerate(spread.transpose(1, 2, 0).tolist(), weeks.start):
                for (outcome, unit), numbers in zip(units.items(), measures, strict=True):
                    yield (arm, week, outcome, unit, *numbers)


def _months(found: Found) -> Table:
    kept = [k for k, (name, _, _) in enumerate(found.weekly_measures) if name in KEPT]
    names = (found.weekly_measures[place][0] for place in kept)
    rows = month_rows(found.arms, found.weekly, kept)
    return Table(("arm", "replication", "week", *names), rows)


def _curves(found: Found) -> Table:
    baseline, totals = found.scenario.baseline, _totals(found)
    units = {name: found.weekly_measures[parts[0]][1] for name, parts in totals.items()}
    weekly = dict(zip(found.arms, found.weekly, strict=True))
    found_curves = curve_rows(weekly, totals, baseline, found.scenario.seed)
    rows = (
        (arm, baseline, week, outcome, units[outcome], *numbers)
        for arm, week, outcome, *numbers in found_curves
    )
    return Table(("arm", "baseline", "week", "outcome", "unit", *COLUMNS), rows)


def _totals(found: Found) -> dict[str, list[int]]:
    """Places of the parts of each running total whose parts were all measured."""
    places = {name: place for place, (name, _, _) in enumerate(found.weekly_measures)}
    measured = {name: parts for name, parts in CUMULATIVE.items() if places.keys() >= set(parts)}
    return {name: [places[part] for part in parts] for name, parts in measured.items()}


def _over_worlds(series: Floats) -> Floats:
    """Mean and quantiles along axis 0, without NaN: shape (1 + quantiles, weeks, measures).

    Quantiles interpolate linearly (type 7 of Hyndman and Fan 1996). Sorted once for all of them,
    as `numpy.nanquantile` goes through the columns one by one.
    """
    ordered = np.sort(series, axis=0)
    n = (~np.isnan(series)).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(series, axis=0) / n
    return np.stack([mean, *(_quantile(ordered, n, share) for share in QUANTILES.values())])


def _quantile(ordered: Floats, n: NDArray[np.int64], share: float) -> Floats:
    place = share * np.maximum(n - 1, 0)
    lower = np.floor(place).astype(np.int64)
    upper = np.minimum(lower + 1, np.maximum(n - 1, 0))
    below, above = (np.take_along_axis(ordered, at[None], axis=0)[0] for at in (lower, upper))
    between: Floats = below + (above - below) * (place - lower)
    return between


def _businesses(found: Found) -> Table:
    columns = ("arm", "business", "treated", "outcome", "unit")
    return Table((*columns, "n", "mean", "ci_low", "ci_high", "method"), _business_rows(found))


def _business_rows(found: Found) -> Iterator[Row]:
    treated = _treated(found)
    for arm, totals in zip(found.arms, found.businesses, strict=True):
        for some in pieces(totals):
            found_here = student_intervals(np.asarray(totals[:, some]))
            columns = [column.tolist() for column in found_here]
            for trade in range(some.start, some.stop):
                numbers = zip(*(column[trade - some.start] for column in columns), strict=True)
                for (outcome, unit, _), row in zip(found.weekly_measures, numbers, strict=True):
                    yield (arm, trade, trade in treated, outcome, unit, *row)


def _treated(found: Found) -> set[int]:
    """Trades whose business the arms change: `facts["treated"]`, else as the scenario says."""
    everyone = range(found.businesses.shape[2] if found.scenario.treated == "all" else 1)
    return set(found.facts.get("treated", everyone))


def _story(found: Found) -> Table:
    rows = (
        (arm, found.story_replication[arm], *happening)
        for arm in found.arms
        for happening in found.stories.get(arm, ())
    )
    return Table(("arm", "replication", "week", "event", "person", "via", "source"), rows)


def _reach(found: Found) -> Table:
    rows = ((arm, *told) for arm in found.arms for told in found.reached.get(arm, ()))
    return Table(("arm", "replication", "valence", "people"), rows)


def frame(one: Table) -> Any:
    """A table as a pandas DataFrame. Raises ResultsError where pandas is missing."""
    try:
        import pandas
    except ImportError:
        raise ResultsError("frames need pandas; install wom-sim[data]") from None
    return pandas.DataFrame.from_records(list(one.rows), columns=list(one.columns))


def study_folder(stem: str) -> str:
    """The name of the folder of a sensitivity study of the scenario of that stem."""
    return slug(f"{stem}-sensitivity")


def study_beside(beside: Path, name: str, stem: str) -> Path | None:
    """Where a study of a run's scenario would lie; None where `name` is no folder of a run."""
    return beside / study_folder(stem) if name == slug(stem) else None


def slug(stem: str) -> str:
    """A folder's name made of a scenario file's stem: a-z, 0-9, `-` and `_`, at most 80.

    Accents are dropped. Where other characters are lost, or too many, a hash of the stem is
    added, so that two scenarios in another script do not share a folder. Names that Windows
    keeps for devices get `-run`.
    """
    plain = unicodedata.normalize("NFKD", stem.casefold())
    letters = re.sub(r"[^a-z0-9_]+", "-", plain.encode("ascii", "ignore").decode()).strip("-")
    lost = any(ord(c) > 127 and not unicodedata.combining(c) for c in plain)
    if lost or not letters or len(letters) > _LONGEST:
        digest = hashlib.blake2b(stem.encode("utf-8", "replace"), digest_size=4).hexdigest()
        return f"{letters[: _LONGEST - 9].strip('-') or 'run'}-{digest}"
    return f"{letters}-run" if _DEVICES.fullmatch(letters) else letters


_TABLES: dict[str, Callable[[Found], Table]] = {
    "summary": _summary,
    "comparison": _comparison,
    "replications": _replications,
    "weekly": _weekly,
    "months": _months,
    "curves": _curves,
    "businesses": _businesses,
    "story": _story,
    "reach": _reach,
}
NAMES = tuple(_TABLES)
"""Names of the tables."""
