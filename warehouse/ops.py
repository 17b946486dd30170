"""The `ops` schema of a publication: loads, freshness, quality_results, model_runs, publications."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from ingest import ledger
from ingest.contract import all_contracts
from ingest.quality import COLUMNS as QUALITY_COLUMNS
from ingest.typing_sql import literal

if TYPE_CHECKING:
    import duckdb

#: grain and meaning of the ops tables, set as comments
DESCRIPTIONS = {
    "loads": "One row per file and try (load_id): what was read, loaded, quarantined and left as non-data; rows_read = the sum of the three.",
    "freshness": "One row per dataset: the newest data in it, how far behind the publication's day, and whether that day is complete.",
    "quality_results": "One row per check of a gate on a load or a table.",
    "model_runs": "One row per dbt node and run: status and seconds.",
    "publications": "One row per publication in the line that led to this one.",
    "quarantine": "One row per row that was set aside: file, line, column, masked value, reason, and whether a person dropped it as no data.",
}


def _objects(home: Path, kind: str) -> str | None:
    folder = home / "ledger" / kind
    return literal(str(folder / "*.parquet")) if folder.is_dir() and any(folder.glob("*.parquet")) else None


def make_ops(connection: duckdb.DuckDBPyConnection, home: Path, as_of: dt.date | None) -> None:
    """Create ops.loads, freshness, quality_results, model_runs and quarantine in the open version file."""
    connection.execute("create schema if not exists ops")
    _loads(connection, home)
    _freshness(connection, as_of)
    objects = _objects(home, "quality_results")
    kinds = {"string": "varchar", "bool": "boolean", "int64": "bigint"}
    none = "select " + ", ".join(f"null::{kinds[k]} as {n}" for n, k in QUALITY_COLUMNS.items()) + " where false"
    # distinct: a packing that was cut off leaves rows in the pack and in the objects that it packed (warehouse/packing.py)
    quality = f"select distinct * from read_parquet({objects})" if objects else none
    connection.execute(f"create table ops.quality_results as {quality}")
    objects = _objects(home, "model_runs")
    connection.execute(f"create table ops.model_runs as select distinct * from read_parquet({objects})")
    _quarantine(connection, home)


def _loads(connection: duckdb.DuckDBPyConnection, home: Path) -> None:
    """ops.loads from the ledger as it is remembered: opening every object of years again would make publishing grow with them."""
    ledger.register(connection, home, "ledger_rows")
    connection.execute(
        f"create table ops.loads as select * rename (gate as landing_gate) from ({ledger.empty_loads_sql()} union all by name "
        "from ledger_rows) order by loaded_at, load_id"
    )
    connection.unregister("ledger_rows")


def _freshness(connection: duckdb.DuckDBPyConnection, as_of: dt.date | None) -> None:
    """expected: the day that the data should reach; complete: it does. A dataset of master data is as fresh as its export."""
    day = f"date {literal(as_of.isoformat())}" if as_of else "null::date"
    rows = ", ".join(
        f"({literal(c.source)}, {literal(c.dataset)}, {'true' if c.options.get('dataDate') else 'false'})"
        for c in all_contracts()
    )
    connection.execute(f"""
        create table ops.freshness as
        with datasets(source, dataset, is_dated) as (values {rows}),
        newest as (
            select source, dataset, max(last_data_date) as last_data_at, max(exported_at) as last_exported_at, count(*) as loads
            from ops.loads where status = 'loaded' group by source, dataset
        ),
        known as (
            select d.source || '.' || d.dataset as dataset, d.is_dated, n.last_exported_at, coalesce(n.loads, 0) as loads,
                case when d.is_dated then n.last_data_at else n.last_exported_at end as last_data_at
            from datasets as d left join newest as n using (source, dataset)
        )
        select dataset, cast(last_data_at as date) as last_data_date, last_data_at, last_exported_at, loads,
            {day} as expected_date,
            greatest(0, date_diff('hour', last_data_at, cast({day} as timestamp) + interval 1 day)) as hours_behind,
            coalesce(cast(last_data_at as date) >= {day}, false) as is_complete
        from known order by dataset""")


def _quarantine(connection: duckdb.DuckDBPyConnection, home: Path) -> None:
    """The rows set aside of every load in ops.loads, with what a person decided about them."""
    texts = ", ".join(f"null::varchar as {n}" for n in ("load_id", "source", "dataset", "source_file"))
    rest = ", ".join(f'null::varchar as "{n}"' for n in ("column", "header", "value", "reason", "kind"))
    rows = f"select {texts}, null::bigint as line, {rest} where false"
    folder = home / "quarantine"
    if files := [str(p) for p in sorted(folder.glob("*/*/*.parquet"))] if folder.is_dir() else []:
        rows += (
            f" union all by name select * from read_parquet([{', '.join(map(literal, files))}], union_by_name = true)"
        )
    connection.execute(f"""
        create table ops.quarantine as
        select q.*, l.loaded_at as set_aside_at, l.dropped_at is not null as is_dropped, l.dropped_reason
        from ({rows}) as q join ops.loads as l using (load_id) order by q.load_id, q.line""")
