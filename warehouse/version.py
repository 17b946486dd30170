"""One version of the publication as a file: the marts of a candidate, the ops tables, and comments that BI tools show.

When the candidate continued the build of a version that is kept, that version's file is copied (sharing its blocks where the
file system can) and only the keys that changed are replaced: publishing a day does not rewrite the years before it.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ingest.home import copy_file
from ingest.typing_sql import literal
from warehouse.layout import version_file
from warehouse.ops import DESCRIPTIONS, make_ops

if TYPE_CHECKING:
    import duckdb

COLUMNS = "version varchar, fence bigint, as_of date, published_at timestamp, models bigint, checks_passed bigint, checks_failed bigint, input_loads bigint, rows bigint"


@dataclass(frozen=True)
class Publication:
    """One row of ops.publications; published_at is Beijing wall time, rows counts all published marts rows."""

    version: str
    fence: int
    as_of: dt.date | None
    published_at: dt.datetime
    models: int
    checks_passed: int
    checks_failed: int
    input_loads: int
    rows: int


def write_version(
    home: Path, path: Path, candidate: Path, run_id: str, history: list[dict], told: tuple
) -> Publication:
    """Write the version file of a checked candidate at `path` and return its row of ops.publications.

    history: rows of ops.publications of the line that led here; told: fence, as_of, checks passed, checks failed, input loads.
    """
    import duckdb

    fence, as_of, passed, failed, loads = told
    base = _base(home, candidate)
    if base:
        copy_file(base, path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("set timezone = 'Asia/Shanghai'")
        connection.execute(f"attach {literal(str(candidate))} as candidate (read_only)")
        tables = _published(connection)
        for schema in sorted({"marts", *(s for s, _ in tables)}):
            connection.execute(f'create schema if not exists "{schema}"')
        for schema, table in tables:
            name = f'"{schema}"."{table}"'
            if not (base and _carry_changes(connection, schema, table)):
                connection.execute(f"create or replace table {name} as from candidate.{name}")
        rows = sum(connection.execute(f'select count(*) from "{s}"."{t}"').fetchone()[0] for s, t in tables)
        if as_of is None:
            as_of = connection.execute("select max(date) from marts.dim_date").fetchone()[0]
        connection.execute("drop schema if exists ops cascade")
        make_ops(connection, home, as_of)
        now = dt.datetime.now(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None)
        publication = Publication(run_id, fence, as_of, now, len(tables), passed, failed, loads, rows)
        connection.execute(f"create table ops.publications ({COLUMNS})")
        for row in [*(r for r in history if r["version"] != run_id), asdict(publication)]:
            connection.execute(f"insert into ops.publications values ({', '.join('?' * len(row))})", list(row.values()))
        _comment(connection, home)
        connection.execute("detach candidate")
        connection.execute("checkpoint")
    return publication


def _base(home: Path, candidate: Path) -> Path | None:
    """The version of the build that the candidate continued, if it is still kept."""
    import duckdb

    with duckdb.connect(str(candidate), read_only=True) as connection:
        try:
            row = connection.execute("select continued_run_id from raw.run where continues").fetchone()
        except duckdb.CatalogException:  # a candidate that was not made by make_candidate
            return None
    path = version_file(home, row[0]) if row and row[0] else None
    return path if path and path.exists() else None


def _published(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """(schema, table) of what a version holds: every mart, and the staging tables that the company's own models made."""
    there = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = 'candidate' order by all"
    ).fetchall()
    staged = set()
    if ("raw", "site_staging") in there:
        staged = {t for (t,) in connection.execute("from candidate.raw.site_staging").fetchall()}
    return [(s, t) for s, t in there if s == "marts" or (s == "staging" and t in staged)]


def _carry_changes(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    """Bring a copied table to the candidate's state by the keys that the build changed; False when that is not known."""
    found = connection.execute("select key from candidate.raw.model_keys where model = ?", [table]).fetchone()
    if found is None:
        return False
    changed = f'candidate.changes."{table}"'
    if connection.execute(f"select count(*) from {changed}").fetchone()[0] == 0:
        return True
    if not found[0]:
        return False  # a small table, computed whole
    these = f"({found[0]}) in (select {found[0]} from {changed})"
    connection.execute(f'delete from "{schema}"."{table}" where {these}')
    connection.execute(f'insert into "{schema}"."{table}" select * from candidate."{schema}"."{table}" where {these}')
    return True


def _comment(connection, home: Path) -> None:
    """Descriptions of tables and columns as comments, so that a BI tool shows them."""
    for table, text in DESCRIPTIONS.items():
        connection.execute(f"comment on table ops.{table} is {literal(text)}")
    docs = home / "warehouse" / "docs.json"
    known = json.loads(docs.read_text(encoding="utf-8")) if docs.exists() else {}
    columns = connection.execute(
        "select schema_name || '.' || table_name, column_name from duckdb_columns() where database_name = current_database()"
    ).fetchall()
    for table in sorted({t for t, _ in columns} & known.keys()):
        connection.execute(f"comment on table {table} is {literal(known[table]['description'])}")
    for table, column in columns:
        text = known.get(table, {}).get("columns", {}).get(column)
        if text:
            connection.execute(f'comment on column {table}."{column}" is {literal(text)}')
