"""What a publication says, as one hash per table: the same rows give the same hash, in whatever order they lie."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

#: columns of ops that tell when and in which run something was done, and never what the data are
CLOCK: dict[str, frozenset[str]] = {
    "loads": frozenset({"loaded_at", "seconds", "retried_at", "dropped_at", "rewritten_at"}),
    "model_runs": frozenset({"run_id", "seconds", "started_at"}),
    "publications": frozenset({"version", "fence", "published_at"}),
    "quality_results": frozenset({"run_id"}),
    "quarantine": frozenset({"set_aside_at"}),
}


def publication_hashes(path: Path, schemas: tuple[str, ...] = ("marts", "ops")) -> dict[str, str]:
    """{"schema.table": SHA-256 hex} of every table of these schemas in a publication, a candidate or a build.

    path: a DuckDB file that nobody writes; it is opened read-only. A hash covers names and types of the columns and every row
    as often as it is there; the order of rows and the clock columns of ops (`CLOCK`) do not count. Raises duckdb.IOException
    when the file is missing.
    """
    import duckdb

    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("set timezone = 'Asia/Shanghai'")
        found = connection.execute(
            "select schema_name, table_name, list((column_name, data_type) order by column_name) from duckdb_columns() "
            "where list_contains(?, schema_name) and (schema_name, table_name) in (select (schema_name, table_name) from duckdb_tables()) "
            "group by all order by 1, 2",
            [list(schemas)],
        ).fetchall()
        return {f"{s}.{table}": _table_hash(connection, s, table, columns) for s, table, columns in found}


def _table_hash(connection: duckdb.DuckDBPyConnection, schema: str, table: str, told: list[tuple[str, str]]) -> str:
    left_out = CLOCK.get(table, frozenset()) if schema == "ops" else frozenset()
    columns = [(name, kind) for name, kind in told if name not in left_out]
    # sums do not know an order, take no memory, and MD5 (unlike DuckDB's own hash) is the same in every version; JSON keeps
    # a null apart from the text NULL
    packed = ", ".join(f'"{name}" := "{name}"' for name, _ in columns)
    counted = connection.execute(
        f"select count(*), coalesce(sum(md5_number_lower(j)), 0), coalesce(sum(md5_number_upper(j)), 0) "
        f'from (select to_json(struct_pack({packed}))::varchar as j from "{schema}"."{table}")'
    ).fetchone()
    return hashlib.sha256(repr((columns, counted)).encode()).hexdigest()
