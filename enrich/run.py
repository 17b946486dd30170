"""Runs the inference steps inside a build file: after the models that they read, before the models that read them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from enrich.step import Step

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


#: schemas of a build file that hold what one run tells another part of itself: no tables of the build
OF_A_RUN = ("changes", "reopened", "replaced", "before", "picked")


class StepFailed(Exception):
    """A step gave something else than it declares, or its input is not there; says which, and the next step."""


@dataclass(frozen=True)
class StepRun:
    """What one step did: rows that stand in its table, rows that it computed in this run (0: nothing had changed)."""

    name: str
    rows: int
    computed: int
    seconds: float


def run_steps(
    connection: duckdb.DuckDBPyConnection,
    steps: tuple[Step, ...],
    *,
    continues: bool,
    progress: Callable[[str], None] | None = None,
) -> list[StepRun]:
    """Compute `enriched.<name>` of every step, and leave in `changes.<name>` the rows taken away and put in.

    continues: only keys with a row in `changes.<input>` are computed, from the input rows of these keys. Raises StepFailed.
    """
    connection.execute("create schema if not exists enriched")
    connection.execute("create schema if not exists changes")
    done = []
    for step in steps:
        started = time.perf_counter()
        rows, computed = _run(connection, step, continues)
        done.append(StepRun(step.name, rows, computed, round(time.perf_counter() - started, 3)))
        if progress:
            progress(step.name)
    return done


def _run(connection: duckdb.DuckDBPyConnection, step: Step, continues: bool) -> tuple[int, int]:
    target = f'enriched."{step.name}"'
    types = ", ".join(f'"{name}" {kind}' for name, kind in step.columns.items())
    if not continues:
        connection.execute(f"create or replace table {target} ({types})")
    keys = _reopened(connection, step) if continues else None
    computed = 0
    if keys != "none":
        now = _compute(connection, step, keys)
        computed = now.num_rows
        connection.register("computed", now)
        cast = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in step.columns.items())
        connection.execute(f"create or replace temp table now_enriched as select {cast} from computed")
        connection.unregister("computed")
        _refuse_what_is_not_finite(connection, step)
    else:
        connection.execute(f"create or replace temp table now_enriched as from {target} limit 0")
    if continues:
        _replace_changed(connection, step, keys)
    else:
        connection.execute(f"insert into {target} from now_enriched")
    connection.execute("drop table now_enriched")
    return connection.execute(f"select count(*) from {target}").fetchone()[0], computed


def _reopened(connection: duckdb.DuckDBPyConnection, step: Step) -> str | None:
    """'none' when no input changed, None when everything is computed, else the query of the keys to compute again."""

    def changed(name: str) -> bool:
        return connection.execute(f'select count(*) from changes."{name}"').fetchone()[0] > 0

    if any(changed(name) for name in step.shared):
        return None
    there = [name for name in step.inputs if changed(name)]
    if not there:
        return "none"
    return " union ".join(f'select {_listed(step.key)} from changes."{name}"' for name in there) if step.key else None


def _compute(connection: duckdb.DuckDBPyConnection, step: Step, keys: str | None) -> pa.Table:
    inputs = {}
    for name in (*step.inputs, *step.shared):
        only = f" where ({_listed(step.key)}) in ({keys})" if keys and name not in step.shared else ""
        inputs[name] = connection.execute(f"select * from {_found(connection, step, name)}{only} order by all").arrow()
        if hasattr(inputs[name], "read_all"):  # a reader, in newer versions of DuckDB
            inputs[name] = inputs[name].read_all()
    result = step.compute(inputs)
    if result.column_names != list(step.columns):
        raise StepFailed(
            f"enrich step {step.name} gave the columns {', '.join(result.column_names)} and declares {', '.join(step.columns)}. "
            f"Next: mend enrich/steps/{step.name}.py"
        )
    return result


def _found(connection: duckdb.DuckDBPyConnection, step: Step, model: str) -> str:
    schemas = connection.execute(
        "select schema_name from (select table_name, schema_name, database_name, temporary from duckdb_tables() union all "
        "select view_name, schema_name, database_name, temporary from duckdb_views()) "
        "where table_name = ? and database_name = current_database() and not list_contains(?, schema_name) and not temporary",
        [model, [*OF_A_RUN, "raw"]],
    ).fetchall()
    if len(schemas) != 1:
        raise StepFailed(
            f"enrich step {step.name} reads {model}, which stands in {len(schemas)} schemas of the build. Next: name one dbt model in its inputs"
        )
    return f'"{schemas[0][0]}"."{model}"'


def _refuse_what_is_not_finite(connection: duckdb.DuckDBPyConnection, step: Step) -> None:
    for name, kind in step.columns.items():
        if kind.lower() in ("double", "float", "real"):
            wrong = connection.execute(f'select count(*) from now_enriched where not isfinite("{name}")').fetchone()[0]
            if wrong:
                raise StepFailed(
                    f"enrich step {step.name} gave {wrong} value(s) of {name} that are no finite numbers. Next: give null where there is no answer"
                )


def _replace_changed(connection: duckdb.DuckDBPyConnection, step: Step, keys: str | None) -> None:
    """The same as macro replace_changed: what came out as it was is left alone and not heard of."""
    target, changes = f'enriched."{step.name}"', f'changes."{step.name}"'
    where = f" where ({_listed(step.key)}) in ({keys})" if keys and keys != "none" else ""
    where = " where false" if keys == "none" else where
    before = f"select * from {target}{where}"
    connection.execute(
        f"create or replace table {changes} as "
        f"select *, false as _is_new from ({before} except all from now_enriched) "
        f"union all select *, true as _is_new from (from now_enriched except all {before})"
    )
    if keys is None and not step.key:
        if connection.execute(f"select count(*) from {changes}").fetchone()[0]:
            connection.execute(f"delete from {target}")
            connection.execute(f"insert into {target} from now_enriched")
        return
    these = f"({_listed(step.key)}) in (select {_listed(step.key)} from {changes})" if step.key else "false"
    connection.execute(f"delete from {target} where {these}")
    connection.execute(f"insert into {target} select * from now_enriched where {these}")


def _listed(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{c}"' for c in columns)
