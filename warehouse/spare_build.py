"""The build before the last, kept to be brought up to the last one, which costs what a day changed; a copy costs the whole history.

A build continues in a file of its own, so that a failure leaves the last good build. Where the file system shares blocks (XFS,
Btrfs, APFS) a copy is free. Elsewhere the file that the last build had continued is taken instead, and the rows that the last
build changed are carried over: it noted them in `changes`. Whatever does not fit makes it a copy, and so does a small file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from enrich.run import OF_A_RUN
from enrich.step import all_steps
from ingest.durable import link, remove, rename
from ingest.home import put_in_place
from ingest.typing_sql import literal
from warehouse import layout
from warehouse.layout import build_file, spare_build_file

if TYPE_CHECKING:
    import duckdb

#: schemas that only a rebuild fills
_OF_A_REBUILD = ("seeds",)
#: before the end: what is brought up half is thrown away
_NO_CHECKPOINTS = {"checkpoint_threshold": "16GB"}


class _Apart(Exception):
    """The spare is not the file that the last build had continued, or cannot be brought up to it."""


def keep_build(home: Path, candidate: Path) -> None:
    """Make a candidate the last good build; the one that it continued becomes the spare."""
    last, spare = build_file(home), spare_build_file(home)
    if spare.exists():
        remove(spare)
    if (
        last.exists()
        and last.stat().st_size >= layout.WORTH_SPARING
        and _run(candidate, "continued_run_id") == _run(last, "run_id") is not None
    ):
        link(last, spare)  # under both names for a moment: the last good build is never without one
    put_in_place(candidate, last)


def take_spare(home: Path, path: Path) -> bool:
    """Bring the spare up to the last build at `path`; False, and nothing at `path`, when that cannot be done."""
    import duckdb

    last, spare = build_file(home), spare_build_file(home)
    if not spare.exists():
        return False
    if spare.samefile(last):  # a crash between the two names
        remove(spare)
        return False
    rename(spare, path)  # what was brought up half is never taken for a spare
    try:
        with duckdb.connect(str(path), config=_NO_CHECKPOINTS) as connection:
            connection.execute(f"attach {literal(str(last))} as last (read_only)")
            _bring_up(connection)
            connection.execute("detach last")
    except (duckdb.Error, _Apart):
        remove(path)
        path.with_name(path.name + ".wal").unlink(missing_ok=True)
        return False
    return True


def carry(connection: duckdb.DuckDBPyConnection, table: str, key: str, changed: str, rows: str) -> None:
    """Replace the rows of the keys in `changed`, a query, by `rows`, all rows of these keys; key '' is the whole table."""
    connection.execute(f"delete from {table}" + (f" where ({key}) in ({changed})" if key else ""))
    connection.execute(f"insert into {table} {rows}")


def rows_put_in(connection: duckdb.DuckDBPyConnection, build: str, schema: str, table: str, key: str) -> str:
    """A query of all rows that a table of an attached build has for the keys that its run changed; key '' is the whole table.

    Read from `replaced`, where the run kept them: to look them up in the table itself would read a year for a day.
    """
    origin = f'{build}."{schema}"."{table}"'
    if not key:
        return f"from {origin}"
    kept = (
        "select count(*) from duckdb_tables() where database_name = ? and schema_name = 'replaced' and table_name = ?"
    )
    if connection.execute(kept, [build, table]).fetchone()[0]:
        return f'from {build}.replaced."{table}"'
    return f'from {origin} where ({key}) in (select {key} from {build}.changes."{table}")'


def _run(path: Path, column: str) -> str | None:
    """A fact of a build file; None in files of an older format, and in those that are none."""
    import duckdb

    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            return connection.execute(f"select {column} from raw.run").fetchone()[0]
    except duckdb.Error:
        return None


def _bring_up(connection: duckdb.DuckDBPyConnection) -> None:
    facts = "select {}, fingerprint, format from {}raw.run"
    wanted = connection.execute(facts.format("continued_run_id", "last.")).fetchone()
    if connection.execute(facts.format("run_id", "")).fetchone() != wanted:
        raise _Apart
    there = _tables(connection, "current_database()")
    if there != _tables(connection, "'last'"):
        raise _Apart
    keys = dict(connection.execute("select model, key from last.raw.model_keys").fetchall())
    keys |= {step.name: ", ".join(step.key) for step in all_steps()}
    for schema, table, *_ in there:
        name, changed = f'"{schema}"."{table}"', f'last.changes."{table}"'
        if schema == "raw":
            connection.execute(f"create or replace table {name} as from last.{name}")
        elif schema not in _OF_A_REBUILD:
            if table not in keys:
                raise _Apart
            if connection.execute(f"select count(*) from {changed}").fetchone()[0]:
                rows = rows_put_in(connection, "last", schema, table, keys[table])
                carry(connection, name, keys[table], f"select {keys[table] or 1} from {changed}", rows)
        if _count(connection, name) != _count(connection, f"last.{name}"):
            raise _Apart


def _tables(connection: duckdb.DuckDBPyConnection, database: str) -> list[tuple]:
    """(schema, table, its columns) of what one build hands to the next."""
    listed = ", ".join(map(literal, OF_A_RUN))
    return connection.execute(
        "select schema_name, table_name, list((column_name, data_type) order by column_index) from duckdb_columns() join duckdb_tables() "
        f"using (database_name, schema_name, table_name) where database_name = {database} and not temporary and schema_name not in ({listed}) "
        "group by all order by all"
    ).fetchall()


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return connection.execute(f"select count(*) from {table}").fetchone()[0]
