"""What the stock benchmark measures, each in a process of its own: `python -m benchmarks.stock_sides NAME ARGUMENTS`.

The world is written straight as the raw layer would hold it (sales, receipts, daily snapshots at 02:00), so that the models are measured
and not the readers.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

FIRST = "2025-09-01"
WAREHOUSES = 5


def make(folder: str, skus: int, days: int, moves: int) -> None:
    """folder/history: moves, snapshots and receipts of `days` days; folder/day: of the day after, with one move from 100 days before."""
    import duckdb

    with duckdb.connect() as con:
        con.execute("set memory_limit = '4GB'; set threads = 2; set preserve_insertion_order = false")
        per_day = moves // days
        for part, since, until in (("history", 0, days), ("day", days, days + 1)):
            target = Path(folder) / part
            target.mkdir(parents=True, exist_ok=True)
            # one move in ten comes in, ten pieces at once: the stock keeps its level
            con.execute(
                f"""create or replace temp view moves as
                select i, 'S' || (hash(i) % {skus}) as sku_id, 'W' || (hash(i, 1) % {WAREHOUSES}) as warehouse_id, i % 10 = 0 as comes_in,
                    timestamp '{FIRST}' + to_seconds((i // {per_day}) * 86400 + (hash(i, 2) % 86400)::bigint) as moved_at
                from range({since * per_day}, {until * per_day}) as t(i)"""
            )
            late = f" union all select {days * per_day + per_day}, 'S1', 'W1', timestamp '{FIRST}' + interval {max(1, days - 100)} day" if part == "day" else ""  # fmt: skip
            outs = "select 'O' || i as stock_out_id, 'L' || i as line_id, sku_id, warehouse_id, 1 as quantity, '110' as stock_out_status, moved_at as shipped_at"
            con.execute(
                f"copy ({outs} from (select i, sku_id, warehouse_id, moved_at from moves where not comes_in{late})) to '{target}/erp__stock_out.parquet'"
            )
            con.execute(
                f"copy (select 'I' || i as stock_in_id, 'L' || i as line_id, sku_id, warehouse_id, 9 as quantity, '80' as stock_in_status, moved_at as checked_at from moves where comes_in) to '{target}/erp__stock_in.parquet'"
            )
            con.execute(
                f"""copy (select 'S' || s as sku_id, 'W' || w as warehouse_id, 100 as on_hand,
                    timestamp '{FIRST}' + to_days(d::int + 1) + interval 2 hour as modified_at
                from range({since}, {until}) as t(d), range({skus}) as u(s), range({WAREHOUSES}) as v(w)) to '{target}/erp__stock.parquet'"""
            )


def build(file: str, folder: str, continues: str) -> None:
    """The models up to stock_ledger in the build file, from the rows of the folder; tells the seconds of each model."""
    import duckdb

    from enrich.run import OF_A_RUN
    from ingest.contract import all_contracts

    path, going_on = Path(file), continues == "yes"
    stamps = "null::varchar as _extra, '{load}' as _load_id, 'f' as _source_file, row_number() over () as _row_number, {at} as _exported_at, timestamp '2026-10-01' as _loaded_at, null::timestamp as _tiebreak_at"
    with duckdb.connect(str(path)) as con:
        con.execute("create schema if not exists raw")
        for schema in OF_A_RUN:
            con.execute(f"drop schema if exists {schema} cascade")
            con.execute(f"create schema {schema}")
        con.execute("create or replace table raw.model_keys (model varchar, key varchar)")
        con.execute(f"create or replace table raw.run as select {going_on} as continues")
        for contract in all_contracts():
            nulls = ", ".join(f'null::{c.type} as "{c.name}"' for c in contract.kept)
            empty = f"select {nulls}, {stamps.format(load='none', at='null::timestamp')} where false"
            rows = Path(folder) / f"{contract.table}.parquet"
            at = "modified_at" if contract.table == "erp__stock" else "timestamp '2026-10-01'"
            there = f" union all by name select *, {stamps.format(load=Path(folder).name, at=at)} from read_parquet('{rows}')" if rows.exists() else ""  # fmt: skip
            con.execute(f'create or replace view raw."{contract.table}" as {empty}{there}')
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    from warehouse.layout import DBT

    os.environ |= {"FUPAN_BUILD_DB": file, "DO_NOT_TRACK": "1"}
    scratch = path.parent / "dbt"
    started = time.perf_counter()
    try:
        outcome = dbtRunner().invoke(
            ["build", "--select", "+stock_ledger", "--exclude-resource-type=test", "--exclude-resource-type=unit_test", "--quiet",
             "--project-dir", str(DBT), "--profiles-dir", str(DBT), "--target-path", str(scratch / "target"), "--log-path", str(scratch)]
        )  # fmt: skip
    finally:
        DuckDBConnectionManager.close_all_connections()
    if not outcome.success:
        raise SystemExit("\n".join(f"{r.node.name}: {r.message}" for r in outcome.result or [] if r.status == "error"))
    seconds = {r.node.name: r.execution_time for r in outcome.result if r.node.resource_type == "model"}
    with duckdb.connect(file, read_only=True) as con:
        rows = con.execute("select count(*) from marts.stock_ledger").fetchone()[0]
    print(json.dumps({"rows": rows, "seconds": seconds, "inside": time.perf_counter() - started}))


def in_pandas(folder: str) -> None:
    """The same ledger in pandas: pieces per sku, warehouse and day, every day, running sums, beside the snapshots."""
    import pandas as pd

    outs = pd.read_parquet(
        f"{folder}/erp__stock_out.parquet", columns=["sku_id", "warehouse_id", "quantity", "shipped_at"]
    )
    ins = pd.read_parquet(
        f"{folder}/erp__stock_in.parquet", columns=["sku_id", "warehouse_id", "quantity", "checked_at"]
    )
    key = ["sku_id", "warehouse_id", "date"]
    outs["date"], ins["date"] = outs.pop("shipped_at").dt.normalize(), ins.pop("checked_at").dt.normalize()
    moved = pd.concat(
        {"outbound": outs.groupby(key)["quantity"].sum(), "inbound": ins.groupby(key)["quantity"].sum()}, axis=1
    )
    snapshots = pd.read_parquet(f"{folder}/erp__stock.parquet")
    snapshots["date"] = (snapshots.pop("modified_at") - pd.Timedelta(hours=6)).dt.normalize()
    whole = snapshots.set_index(key).join(moved, how="outer").fillna({"outbound": 0, "inbound": 0}).sort_index()
    whole["net"] = whole["inbound"] - whole["outbound"]
    running = whole.groupby(level=[0, 1])["net"].cumsum()
    first = whole.groupby(level=[0, 1])[["on_hand", "net"]].transform("first")
    whole["closing"] = first["on_hand"] - first["net"] + running
    whole["unexplained"] = whole["on_hand"] - whole["closing"]
    print(json.dumps({"rows": len(whole)}))


def forecast(skus: int, days: int) -> None:
    """The demand forecast of so many skus over so many days, from Arrow tables to an Arrow table."""
    import datetime as dt

    import numpy as np
    import pyarrow as pa

    from enrich.forecast import HORIZON, demand_forecast

    dice = np.random.default_rng(1)
    live = np.where(dice.random(days + HORIZON) < 0.5, dice.integers(2, 8, days + HORIZON), 0)
    uplift = np.where(dice.random(days + HORIZON) < 0.05, 2.0, 1.0)
    mean = np.exp(dice.normal(-0.5, 1.5, skus))[:, None] * (1 + 0.2 * live[:days]) * uplift[:days]
    sku, day = np.nonzero(pieces := dice.poisson(mean))
    first = dt.date(2026, 9, 30) - dt.timedelta(days=days - 1)
    dates = np.datetime64(first) + np.arange(days + HORIZON)
    sales = pa.table(
        {
            "sku_id": pa.array([f"S{i:05d}" for i in sku]),
            "date": pa.array(dates[day]).cast(pa.date32()),
            "quantity": pieces[sku, day],
        }
    )
    calendar = pa.table(
        {"date": pa.array(dates).cast(pa.date32()), "as_of": pa.array([dt.date(2026, 9, 30)] * len(dates)), "live_hours": live, "uplift": uplift}
    )  # fmt: skip
    started = time.perf_counter()
    found = demand_forecast(sales, calendar)
    methods = found["method"].to_pylist()
    print(json.dumps({"rows": found.num_rows, "inside": time.perf_counter() - started, "model_share": methods.count("gradient_boosting") / len(methods)}))  # fmt: skip


if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    sides = {"make": make, "build": build, "pandas": in_pandas, "forecast": forecast}
    numbers = {"make", "forecast"}
    sides[name](*[int(a) if name in numbers and a.isdigit() else a for a in arguments])
