"""Every week of every world as one large table, in a file that is not text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wom_sim.study.tables import Floats, Found, ResultsError

WEEKLY = "weekly_by_replication.parquet"


def require_parquet() -> None:
    """Raises ResultsError where `write_weekly_parquet` would lack its library."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise ResultsError(f"{WEEKLY} needs pyarrow; install wom-sim[data]") from None


def write_weekly_parquet(found: Found, folder: Path) -> None:
    """Write every week of every world into `weekly_by_replication.parquet`, one row each.

    Columns: arm, replication, week, then the weekly measures (double). An arm is a row group.
    Raises ResultsError where pyarrow is missing.
    """
    require_parquet()
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [name for name, _, _ in found.weekly_measures]
    kinds = {"arm": pa.string(), "replication": pa.int32(), "week": pa.int32()}
    schema = pa.schema([*kinds.items(), *((name, pa.float64()) for name in names)])
    with (folder / WEEKLY).open("xb") as file, pq.ParquetWriter(file, schema) as writer:
        for arm, series in zip(found.arms, found.weekly, strict=True):
            columns = [[arm] * (series.shape[0] * series.shape[1]), *_tidy(series)]
            writer.write_table(pa.table(dict(zip(schema.names, columns, strict=True)), schema))


def _tidy(series: Floats) -> Iterator[NDArray[Any]]:
    replications, weeks, _ = series.shape
    yield np.repeat(np.arange(replications, dtype=np.int32), weeks)
    yield np.tile(np.arange(weeks, dtype=np.int32), replications)
    yield from np.moveaxis(series, 2, 0).reshape(series.shape[2], -1)
