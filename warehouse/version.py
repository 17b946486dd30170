"""One version of the publication as a file: the marts of a candidate, the ops tables, and comments that BI tools show.

When the candidate continued the build of a version that is kept, only the keys that changed since an older version are replaced
in that version's file: publishing a day does not rewrite the years before it. The older version is a copy of the last one where the
file system shares blocks, else one that is no longer kept (warehouse/spare_version.py), else a copy all the same.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.clock import beijing_now
from ingest.durable import remove, step
from ingest.home import copy_bytes, share_blocks
from ingest.typing_sql import literal
from warehouse import layout
from warehouse.layout import version_file
from warehouse.ops import DESCRIPTIONS, make_ops
from warehouse.spare_build import carry, rows_put_in
from warehouse.spare_version import key_of, note_changes, take_spare

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
    notes = _begin(home, path, candidate)
    with duckdb.connect(str(path)) as connection:
        connection.execute("set timezone = 'Asia/Shanghai'")
        connection.execute(f"attach {literal(str(candidate))} as candidate (read_only)")
        for number, note in enumerate(notes or []):
            connection.execute(f"attach {literal(str(note))} as note_{number} (read_only)")
        tables = _published(connection)
        written = []
        for schema in sorted({"marts", *(s for s, _ in tables)}):
            connection.execute(f'create schema if not exists "{schema}"')
        for schema, table in tables:
            name = f'"{schema}"."{table}"'
            if notes is None or not _carry_changes(connection, schema, table, len(notes)):
                connection.execute(f"create or replace table {name} as from candidate.{name}")
                written.append(f"{schema}.{table}")
            step(f"after commit of {schema}.{table}")
        rows = sum(connection.execute(f'select count(*) from "{s}"."{t}"').fetchone()[0] for s, t in tables)
        if as_of is None:
            as_of = connection.execute("select max(date) from marts.dim_date").fetchone()[0]
        connection.execute("drop schema if exists ops cascade")
        make_ops(connection, home, as_of)
        now = beijing_now()
        publication = Publication(run_id, fence, as_of, now, len(tables), passed, failed, loads, rows)
        connection.execute(f"create table ops.publications ({COLUMNS})")
        for row in [*(r for r in history if r["version"] != run_id), asdict(publication)]:
            # by name: the row of an older Fupan lacks columns, one of a newer has others
            named = {name: value for name, value in row.items() if name in asdict(publication)}
            connection.execute(
                f"insert into ops.publications ({', '.join(named)}) values ({', '.join('?' * len(named))})",
                list(named.values()),
            )
        _comment(connection, home, written)
        connection.execute("detach candidate")
        for number in range(len(notes or [])):
            connection.execute(f"detach note_{number}")
        connection.execute("checkpoint")
    step("after checkpoint of the version")
    if notes is not None and path.stat().st_size >= layout.WORTH_SPARING:
        note_changes(home, candidate, run_id, tables)
    return publication


def _begin(home: Path, path: Path, candidate: Path) -> list[Path] | None:
    """Put at `path` what the version is begun from; returns the notes of what changed in it up to the candidate. None: nothing."""
    base = _base(home, candidate)
    if base is None:
        return None
    if share_blocks(base, path):
        return []
    remove(path)
    notes = take_spare(home, path, base.stem.removeprefix("marts_"))
    if notes is None:
        copy_bytes(base, path)
    return notes or []


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


def _carry_changes(connection: duckdb.DuckDBPyConnection, schema: str, table: str, notes: int) -> bool:
    """Bring a table to the candidate's state by the keys that the build and so many notes changed; False when that cannot be done."""
    import duckdb

    key, name = key_of(connection, table), f'"{schema}"."{table}"'
    if key is None:
        return False
    # newest first: who tells of changed keys, and the query of their rows
    noted = [(f'note_{n}.keys."{schema}.{table}"', f'from note_{n}.rows."{schema}.{table}"') for n in range(notes)]
    told = [(f'candidate.changes."{table}"', rows_put_in(connection, "candidate", schema, table, key)), *noted]
    try:
        told = [(keys, rows) for keys, rows in told if _has_rows(connection, keys)]
        if told and not key:
            return False  # a small table, computed whole
        if told:
            changed = " union all ".join(f"select {key} from {keys}" for keys, _ in told)
            carry(connection, name, key, changed, _newest_rows(key, told))
        counts = f"select (select count(*) from {name}), (select count(*) from candidate.{name})"
        here, there = connection.execute(counts).fetchone()
    except duckdb.CatalogException:  # the table is not in the file that the version is begun from, or not in a note
        return False
    return here == there


def _newest_rows(key: str, told: list[tuple[str, str]]) -> str:
    """A query of the rows of all changed keys: each key's as the newest tells them that changed it.

    told: (table of changed keys, query of their rows), newest first.
    """
    queries = []
    for number, (_, rows) in enumerate(told):
        newer = " union all ".join(f"select {key} from {keys}" for keys, _ in told[:number])
        queries.append(f"select * from ({rows}) as put_in" + (f" where ({key}) not in ({newer})" if newer else ""))
    return " union all ".join(queries)


def _has_rows(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    return connection.execute(f"select count(*) from {table}").fetchone()[0] > 0


def _comment(connection, home: Path, written: list[str]) -> None:
    """Descriptions of tables and columns as comments, so that a BI tool shows them.

    written: the tables that were written whole; others have theirs, since other descriptions are other models, and a rebuild.
    """
    for table, text in DESCRIPTIONS.items():
        connection.execute(f"comment on table ops.{table} is {literal(text)}")
    docs = home / "warehouse" / "docs.json"
    known = json.loads(docs.read_text(encoding="utf-8")) if docs.exists() else {}
    columns = connection.execute(
        "select schema_name || '.' || table_name, column_name from duckdb_columns() where database_name = current_database()"
    ).fetchall()
    columns = [(table, column) for table, column in columns if table in written]
    for table in sorted({t for t, _ in columns} & known.keys()):
        connection.execute(f"comment on table {table} is {literal(known[table]['description'])}")
    for table, column in columns:
        text = known.get(table, {}).get("columns", {}).get(column)
        if text:
            connection.execute(f'comment on column {table}."{column}" is {literal(text)}')
