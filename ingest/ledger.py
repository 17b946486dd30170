"""The ledger of loads: one small Parquet object per load, written last, so that what it names is whole."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ingest.home import replacing


@dataclass(frozen=True)
class Load:
    """One row of ops.loads. Times are Beijing wall time; `reason` is set for refused files; `notes` says what was dropped."""

    load_id: str
    source: str
    dataset: str
    file_name: str
    status: str  # loaded | duplicate | refused
    rows_read: int
    rows_loaded: int
    rows_quarantined: int
    rows_non_data: int
    encoding: str
    exported_at: dt.datetime | None
    loaded_at: dt.datetime
    seconds: float
    bytes: int
    rows_hash: str
    first_data_date: dt.datetime | None
    last_data_date: dt.datetime | None
    reason: str
    notes: str
    is_dated: bool = False  # whether the platform says when it wrote the file (name or Date header)
    gate: str = ""  # the landing gate's verdict: passed | failed | empty before it ran


def _schema():
    import pyarrow as pa

    kinds = {"str": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}
    return pa.schema([(f.name, kinds.get(str(f.type), pa.timestamp("us"))) for f in fields(Load)])


def folder(home: Path) -> Path:
    """ledger/loads"""
    return home / "ledger" / "loads"


def write_load(home: Path, load: Load) -> Path:
    """Put the row in place; the same load id replaces its row (a refused file that loads after the contract was mended)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    target = folder(home) / f"{load.load_id}.parquet"
    with replacing(target) as temporary:
        pq.write_table(pa.Table.from_pylist([asdict(load)], schema=_schema()), temporary)
    return target


def read_loads(home: Path) -> list[Load]:
    """All rows, by loading time and id."""
    import pyarrow.parquet as pq

    files = sorted(folder(home).glob("*.parquet"))
    rows = [row for path in files for row in pq.read_table(path, schema=_schema()).to_pylist()]
    return sorted((Load(**row) for row in rows), key=lambda x: (x.loaded_at, x.load_id))


def find_load(home: Path, load_id: str) -> Load | None:
    """The row of one load, or None."""
    import pyarrow.parquet as pq

    path = folder(home) / f"{load_id}.parquet"
    return Load(**pq.read_table(path, schema=_schema()).to_pylist()[0]) if path.is_file() else None


def empty_loads_sql() -> str:
    """A SELECT with the ledger's columns and no rows, for a home where nothing was loaded yet."""
    kinds = {"str": "varchar", "int": "bigint", "float": "double", "bool": "boolean"}
    return (
        "select "
        + ", ".join(f"null::{kinds.get(str(f.type), 'timestamp')} as {f.name}" for f in fields(Load))
        + " where false"
    )
