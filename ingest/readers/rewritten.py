"""An original without some people: the cells of a landed file as a Parquet object, which reads as the file itself did.

When a person is forgotten, the file that landed is replaced by its cells without that person's (ingest/withdraw.py). Every other
cell keeps its text, every line its number, and what the reader of the file knew stands in the object's metadata: encoding,
lines that are no data, records that could not be rows. So the same rows load, and the same are set aside.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.contract import Contract
from ingest.errors import Refused
from ingest.headers import HeaderMatch
from ingest.readers import Spoiled, Table
from ingest.typing_sql import literal

if TYPE_CHECKING:
    import duckdb

_MARK = "fupan_cells"


def write_rewritten(
    table: Table, rows: str, cells: list[int], records: int, path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    """Write the cells of a table as an object at `path`.

    rows: SQL giving `_line` and c0, c1 ... of the lines to keep; cells: which of c0, c1 ... there are; records: data records that
    are left, counted by the caller, with the reader's own non-data and spoiled ones.
    """
    told: dict[str, Any] = {
        "records": records, "non_data": table.non_data, "spoiled": [asdict(s) for s in table.spoiled], "encoding": table.encoding,
        "header_cells": list(table.header_cells), "notes": table.notes, "positions": table.match.positions, "extra": table.match.extra,
        "dropped": list(table.match.dropped),
    }  # fmt: skip
    names = ", ".join(f"c{i}" for i in cells)
    mark = literal(json.dumps(told, ensure_ascii=False))
    connection.execute(
        f"copy (select _line, {names} from ({rows}) order by _line) to {literal(str(path))} (format parquet, kv_metadata {{{_MARK}: {mark}}})"
    )


def is_rewritten(path: Path) -> bool:
    """Whether a file is an original that was rewritten."""
    import duckdb

    with open(path, "rb") as file:
        if file.read(4) != b"PAR1":
            return False
    with duckdb.connect() as connection:
        return _told(path, connection) is not None


def read_rewritten(path: Path, contract: Contract, connection: duckdb.DuckDBPyConnection) -> Table:
    """Open such an object. Raises Refused for any other Parquet file."""
    import duckdb

    try:
        told = _told(path, connection)
    except duckdb.Error:
        told = None
    if told is None:
        raise Refused("this is a Parquet file, and no export of a platform", hint="drop the export itself")
    names = {c.name for c in contract.columns}
    positions = {name: i for name, i in told["positions"].items() if name in names}
    cells = sorted({*positions.values(), *told["extra"].values()})
    listed = ", ".join(f"c{i}" for i in cells)
    source = f"read_parquet({literal(str(path))})"
    return Table(
        f"select {listed} from {source}",
        f"select _line, {listed} from {source}",
        HeaderMatch(positions, told["extra"], tuple(told["dropped"])),
        told["records"],
        non_data=told["non_data"],
        spoiled=[Spoiled(**s) for s in told["spoiled"]],
        encoding=told["encoding"],
        header_cells=tuple(told["header_cells"]),
        notes=list(told["notes"]),
    )


def _told(path: Path, connection: duckdb.DuckDBPyConnection) -> dict[str, Any] | None:
    found = connection.execute(
        f"select decode(value) from parquet_kv_metadata({literal(str(path))}) where decode(key) = {literal(_MARK)}"
    ).fetchone()
    return json.loads(found[0]) if found else None
