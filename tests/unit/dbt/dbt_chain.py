"""Some models over drawn rows: their own compiled SQL, built again and again in one small database, for laws that hold for any data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck

#: the same draws in every run; the first example pays for the build that all tests share
SETTINGS = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    "derandomize": True,
}


@contextmanager
def chain(built: Path, models: Sequence[tuple[str, str]], read: Mapping[str, Sequence[str]], seeds: Sequence[str] = ()):
    """Yields a function: rows by table of `read` -> a cursor on a database where `models` were built over them.

    built: the file of a whole build, for the compiled SQL beside it, the types of the tables that are read, and the seeds.
    models: (folder under models/, name) in the order of the build. read: table -> the columns that the rows give; the others
    are null. The data reach to 2026-09-20.
    """
    import duckdb

    compiled = built.parent / "target" / "compiled" / "fupan" / "models"
    texts = [
        (f"{folder.split('/')[0]}.{name}", (compiled / folder / f"{name}.sql").read_text(encoding="utf-8"))
        for folder, name in models
    ]
    with duckdb.connect() as con:
        con.execute(f"attach '{built}' as there (read_only); attach ':memory:' as build; use build")
        for schema in ("staging", "intermediate", "marts", "seeds"):
            con.execute(f"create schema {schema}")
        for seed in seeds:
            con.execute(f"create table seeds.{seed} as from there.seeds.{seed}")
        con.execute("create table intermediate.int_data_span as select date '2026-09-20' as as_of")
        for table in read:
            con.execute(f"create table {table} as from there.{table} limit 0")

        def build(rows: Mapping[str, Sequence[tuple]]) -> duckdb.DuckDBPyConnection:
            for table, columns in read.items():
                con.execute(f"delete from {table}")
                if rows.get(table):
                    marks = ", ".join("?" for _ in columns)
                    con.executemany(f"insert into {table} ({', '.join(columns)}) values ({marks})", rows[table])
            for name, text in texts:
                con.execute(f"create or replace table {name} as {text}")
            return con

        yield build
