"""The ledger of loads: one small Parquet object per load, written last, so that what it names is whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.home import put_all_in_place, replacing
from ingest.typing_sql import literal

if TYPE_CHECKING:
    import duckdb


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
    first_data_date: dt.datetime | None
    last_data_date: dt.datetime | None
    reason: str
    notes: str
    is_dated: bool = False  # whether the platform says when it wrote the file (name or Date header)
    gate: str = ""  # the landing gate's verdict: passed | failed | empty before it ran
    retried_at: dt.datetime | None = (
        None  # when `fupan quarantine retry` last changed it; loaded_at keeps its place in the order
    )
    dropped_at: dt.datetime | None = None  # when a person decided that what was set aside of it is no data
    dropped_reason: str = ""


_KINDS = {"str": "varchar", "int": "bigint", "float": "double", "bool": "boolean"}


def _columns() -> list[tuple[str, str]]:
    """(name, DuckDB type) of the ledger's columns."""
    return [(f.name, _KINDS.get(str(f.type), "timestamp")) for f in fields(Load)]


def folder(home: Path) -> Path:
    """ledger/loads"""
    return home / "ledger" / "loads"


def _value(value: object, kind: str) -> str:
    if value is None:
        return f"null::{kind}"
    return f"{literal(str(value).replace(chr(0), '␀'))}::{kind}"  # SQL text ends at a NUL


def _row_sql(load: Load) -> str:
    """SQL of a row's columns. Literals: pyarrow's arrays and DuckDB's parameters import pandas, more than a second of every process."""
    return ", ".join(f"{_value(getattr(load, name), kind)} as {name}" for name, kind in _columns())


def write_load(home: Path, load: Load) -> Path:
    """Put the row in place; the same load id replaces its row (a refused file that loads after the contract was mended)."""
    import duckdb

    target = folder(home) / f"{load.load_id}.parquet"
    with replacing(target) as temporary, duckdb.connect() as connection:
        connection.execute(f"copy (select {_row_sql(load)}) to {literal(str(temporary))} (format parquet)")
    return target


def write_loads(home: Path, loads: Sequence[Load], scratch: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """Put many rows in place, each by one rename: a crash leaves some of them, which are whole loads. scratch: an empty folder."""
    if not loads:
        return
    rows = " union all ".join(f"select {number} as _row, {_row_sql(load)}" for number, load in enumerate(loads))
    connection.execute(f"copy ({rows}) to {literal(str(scratch))} (format parquet, partition_by (_row))")
    written = [scratch / f"_row={number}" / "data_0.parquet" for number in range(len(loads))]
    put_all_in_place([(r, folder(home) / f"{x.load_id}.parquet") for r, x in zip(written, loads, strict=True)])


def _read(files: list[Path]) -> list[Load]:
    """The rows of these objects; columns that an older one lacks are null."""
    import duckdb

    if not files:
        return []
    listed = ", ".join(literal(str(file)) for file in files)
    objects = f"select * from read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
    names = ", ".join(name for name, _ in _columns())
    with duckdb.connect() as connection:
        rows = connection.execute(f"select {names} from ({empty_loads_sql()} union all by name {objects})").fetchall()
    return [Load(*row) for row in rows]


def read_loads(home: Path) -> list[Load]:
    """All rows, by loading time and id."""
    return sorted(_read(sorted(folder(home).glob("*.parquet"))), key=lambda x: (x.loaded_at, x.load_id))


def read_row(path: Path) -> Load:
    """The row of one object of the ledger, wherever it lies."""
    return _read([path])[0]


def find_load(home: Path, load_id: str) -> Load | None:
    """The row of one load, or None."""
    path = folder(home) / f"{load_id}.parquet"
    return next(iter(_read([path])), None) if path.is_file() else None


def empty_loads_sql() -> str:
    """A SELECT with the ledger's columns and no rows, for a home where nothing was loaded yet."""
    return f"select {', '.join(f'null::{kind} as {name}' for name, kind in _columns())} where false"
