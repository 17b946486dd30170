"""The ledger of loads: one small Parquet object per load, written last, so that what it names is whole.

A year of files is thousands of objects, and opening one takes a millisecond, so what was read once is remembered: in the process,
and in tmp/ledger.json for the next one. An object is read again when its time, size or inode is another; the objects are
what holds, and the memory may be deleted at any time.
"""

from __future__ import annotations

import datetime as dt
import os
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
    rewritten_at: dt.datetime | None = None  # when a person was taken out of it (`fupan forget`)
    rewritten_hash: str = (
        ""  # SHA-256 of the original as it is since then, whose bytes do not give the load id any more
    )


#: time, size and inode of an object
Look = tuple[int, int, int]
#: so many objects read anew are worth writing the memory down
_WORTH_KEEPING = 100
#: rows written by one statement: DuckDB keeps a file open for each
_AT_ONCE = 200
_KINDS = {"str": "varchar", "int": "bigint", "float": "double", "bool": "boolean"}


def columns() -> list[tuple[str, str]]:
    """(name, DuckDB type) of the ledger's columns."""
    return [(f.name, _KINDS.get(str(f.type), "timestamp")) for f in fields(Load)]


def folder(home: Path) -> Path:
    """ledger/loads"""
    return home / "ledger" / "loads"


def _text(value: object) -> str:
    return "null" if value is None else literal(str(value).replace(chr(0), "␀"))  # SQL text ends at a NUL


def _row_sql(load: Load) -> str:
    """SQL of a row's columns. Literals: pyarrow's arrays and DuckDB's parameters import pandas, more than a second of every process."""
    return ", ".join(f"{_text(getattr(load, name))}::{kind} as {name}" for name, kind in columns())


def write_load(home: Path, load: Load) -> Path:
    """Put the row in place; the same load id replaces its row (a refused file that loads after the contract was mended)."""
    import duckdb

    target = folder(home) / f"{load.load_id}.parquet"
    with replacing(target) as temporary, duckdb.connect() as connection:
        connection.execute(f"copy (select {_row_sql(load)}) to {literal(str(temporary))} (format parquet)")
    return target


def write_loads(home: Path, loads: Sequence[Load], scratch: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """Put many rows in place, each by one rename: a crash leaves some of them, which are whole loads.

    scratch: a folder that is empty or not there; connection: any, quickest with one thread.
    """
    for start in range(0, len(loads), _AT_ONCE):
        some, part = loads[start : start + _AT_ONCE], scratch / f"rows{start}"
        part.mkdir(parents=True)
        connection.execute(f"copy ({_rows_sql(some)}) to {literal(str(part))} (format parquet, partition_by (_row))")
        written = [part / f"_row={number}" / "data_0.parquet" for number in range(len(some))]
        put_all_in_place([(r, folder(home) / f"{x.load_id}.parquet") for r, x in zip(written, some, strict=True)])


def _rows_sql(loads: Sequence[Load]) -> str:
    """SQL of many rows, numbered by `_row`: a list of values, which is planned at half the cost of as many SELECTs."""
    names, kinds = zip(*columns(), strict=True)
    rows = ", ".join(
        f"({number}, {', '.join(_text(getattr(load, name)) for name in names)})" for number, load in enumerate(loads)
    )
    casts = ", ".join(f"{name}::{kind} as {name}" for name, kind in zip(names, kinds, strict=True))
    return f"select _row, {casts} from (values {rows}) as v(_row, {', '.join(names)})"


def _read(files: list[Path]) -> list[Load]:
    """The rows of these objects; columns that an older one lacks are null."""
    import duckdb

    if not files:
        return []
    listed = ", ".join(literal(str(file)) for file in files)
    objects = f"select * from read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
    names = ", ".join(name for name, _ in columns())
    with duckdb.connect() as connection:
        rows = connection.execute(f"select {names} from ({empty_loads_sql()} union all by name {objects})").fetchall()
    return [Load(*row) for row in rows]


def register(connection: duckdb.DuckDBPyConnection, home: Path, name: str) -> None:
    """Give a connection all rows as a relation of this name, from memory: no object of years is opened again."""
    import pyarrow as pa

    kinds = {"varchar": pa.string(), "bigint": pa.int64(), "double": pa.float64(), "boolean": pa.bool_()}
    schema = pa.schema([(column, kinds.get(kind, pa.timestamp("us"))) for column, kind in columns()])
    connection.register(name, pa.Table.from_pylist([vars(x) for x in read_loads(home)], schema=schema))


#: home -> name of an object -> (what it looked like, its row)
_remembered: dict[Path, dict[str, tuple[Look, Load]]] = {}


def read_loads(home: Path) -> list[Load]:
    """All rows, by loading time and id."""
    there = _looks(folder(home))
    known = _remembered.get(home) or _from_disk(home)
    rows = {name: known[name] for name, look in there.items() if name in known and known[name][0] == look}
    unread = [name for name in there if name not in rows]
    strange = []  # an object that bears another load's name: nobody of ours writes one, and it is not remembered
    for load in _read([folder(home) / name for name in sorted(unread)]):
        name = f"{load.load_id}.parquet"
        if name in there and name not in rows:
            rows[name] = (there[name], load)
        else:
            strange.append(load)
    _remembered[home] = rows
    if len(unread) >= _WORTH_KEEPING:
        _to_disk(home, rows)
    return sorted([*(load for _, load in rows.values()), *strange], key=lambda x: (x.loaded_at, x.load_id))


def _looks(where: Path) -> dict[str, Look]:
    if not where.is_dir():
        return {}
    with os.scandir(where) as entries:
        objects = [(e.name, e.stat()) for e in entries if e.name.endswith(".parquet") and not e.name.startswith(".")]
    return {name: (told.st_mtime_ns, told.st_size, told.st_ino) for name, told in objects}


def _from_disk(home: Path) -> dict[str, tuple[Look, Load]]:
    """What an earlier process remembered; nothing where it cannot be read, or has other columns."""
    import json

    try:
        told = json.loads((home / "tmp" / "ledger.json").read_text(encoding="utf-8"))
        if told["columns"] != [list(c) for c in columns()]:
            return {}
        moments = [i for i, (_, kind) in enumerate(columns()) if kind == "timestamp"]
        for _, _, values in told["rows"]:
            for i in moments:
                values[i] = values[i] and dt.datetime.fromisoformat(values[i])
        return {name: (tuple(look), Load(*values)) for name, look, values in told["rows"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _to_disk(home: Path, rows: dict[str, tuple[Look, Load]]) -> None:
    import json

    names = [name for name, _ in columns()]
    listed = [(name, look, [getattr(load, n) for n in names]) for name, (look, load) in rows.items()]
    with replacing(home / "tmp" / "ledger.json") as temporary:
        temporary.write_text(json.dumps({"columns": columns(), "rows": listed}, default=str), encoding="utf-8")


def read_row(path: Path) -> Load:
    """The row of one object of the ledger, wherever it lies."""
    return _read([path])[0]


def find_load(home: Path, load_id: str) -> Load | None:
    """The row of one load, or None."""
    path = folder(home) / f"{load_id}.parquet"
    return next(iter(_read([path])), None) if path.is_file() else None


def empty_loads_sql() -> str:
    """A SELECT with the ledger's columns and no rows, for a home where nothing was loaded yet."""
    return f"select {', '.join(f'null::{kind} as {name}' for name, kind in columns())} where false"
