"""The marts gate: the candidate, opened read-only, against what a publication must be, before anybody reads it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from pathlib import Path

from expectations.bounds import load_bounds
from expectations.catalogue import Table, read_rules, read_tables
from expectations.engine import Ran, Session
from expectations.marts_suite import table_suite
from expectations.privacy import impersonal
from expectations.records import write_record
from expectations.result import BLOCK, CheckResult
from expectations.sql import literal
from expectations.turns import Turn, turn_of
from ingest.limits import build_memory, more_memory


def run_marts_gate(
    db: Path, *, run_id: str, as_of: dt.date | None, home: Path | None = None, only: Collection[str] = ()
) -> list[CheckResult]:
    """Check the published tables of a candidate; one result per table and check. Nothing is raised for bad data.

    db: a DuckDB file with schemas marts, staging and raw; nobody may be writing to it. as_of: last business day, None = the
    last in the data. home: where the record for Data Docs goes; None keeps none.
    only: check these tables alone (to look into one; a publication needs all). A missing table and a check that cannot run
    are failures that block; a check that saw no rows fails, unless the table's sources are empty too (then it is not judged).
    Of a long table in a build that continues, some checks look at what changed and at a part in turn (expectations/turns.py).
    """
    bounds, tables, rules = load_bounds(), read_tables(), read_rules()
    day = f"date {literal(as_of)}" if as_of else "null::date"
    there, floats, sources, turn = _look(Path(db), tables)
    results: list[CheckResult] = []
    # nothing else of the run is in memory now: the gate may have what the build had
    with Session(str(db), memory_limit=build_memory()) as session:
        for table in (t for t in tables.values() if not only or t.name in only):
            if table.name not in there:
                if not table.optional:
                    results.append(_missing(run_id, table))
                continue
            checks = table_suite(table, rules, floats.get(table.name, ()), bounds, day, turn.looked_at(table))
            ran, document = session.run(table.name, f"select * from marts.{table.name}", checks)
            if home is not None:
                write_record(home, run_id, "marts", table.name, document)
            conditional = {r.name for r in rules if r.table == table.name and r.conditional}
            results += [_result(run_id, table, one, conditional, sources.get(table.name)) for one in ran]
    return results


def _look(db: Path, tables: dict[str, Table]) -> tuple[set[str], dict[str, list[str]], dict[str, int], Turn]:
    """The marts that are there, their floating-point columns, the rows of their sources (absent when they cannot be counted), the turn."""
    import duckdb

    floats: dict[str, list[str]] = {}
    sources: dict[str, int] = {}
    with duckdb.connect(str(db), read_only=True) as connection:
        columns = connection.execute(
            "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'marts'"
        ).fetchall()
        for table, column, kind in columns:
            if kind in ("DOUBLE", "FLOAT"):
                floats.setdefault(table, []).append(column)
        for table in tables.values():
            try:
                sources[table.name] = connection.execute(table.source_rows).fetchone()[0]
            except duckdb.Error:
                continue  # has_rows runs the same query, and fails with the reason
        turn = turn_of(connection)
    return {row[0] for row in columns}, floats, sources, turn


def _missing(run_id: str, table: Table) -> CheckResult:
    return CheckResult(
        run_id, "marts", table.name, table.name, "table_there", "", BLOCK, False, 0, 0, f"marts.{table.name} is not in the candidate", "[]",
        "Build the model; a table that is no longer published is taken out of expectations/checks/tables.yml.",
    )  # fmt: skip


def _result(run_id: str, table: Table, one: Ran, conditional: set[str], sources: int | None) -> CheckResult:
    check = one.check
    fixed = {
        "run_id": run_id,
        "gate": "marts",
        "suite": table.name,
        "subject": table.name,
        "check": check.name,
        "column": check.column,
    }
    if not one.verdicts:
        mend = (
            "Compare the check in expectations/checks with the table's columns; one of them changed without the other."
        )
        return CheckResult(
            **fixed, severity=BLOCK, passed=False, rows_seen=0, rows_failed=0, observed=f"the check could not run: {one.error}", examples="[]",
            action=f"Run again: {more_memory()}." if "Out of Memory" in str(one.error) else mend,
        )  # fmt: skip
    found = one.verdicts[0]
    seen, failing, observed = int(found["rows_seen"]), int(found["rows_failed"]), str(found["observed"] or "")
    empty_is_right = sources == 0 or check.name in conditional
    vacuous = not seen and not failing and not empty_is_right
    if not seen and not failing:
        observed = f"{'not judged: ' if empty_is_right else ''}the check saw no rows" + (
            f"; {observed}" if observed else ""
        )
    return CheckResult(
        **fixed, severity=BLOCK if vacuous else check.severity, passed=not failing and not vacuous, rows_seen=seen, rows_failed=failing, observed=observed,
        examples=impersonal(str(found["examples"])), action=check.action,
    )  # fmt: skip
