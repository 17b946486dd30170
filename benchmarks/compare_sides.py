"""Processes of the comparison with what one would otherwise write: `python -m benchmarks.compare_sides NAME HOME ...`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

#: what fct_order_lines and fct_refunds are made of, by the beginnings of the models' names
FAMILY = (
    "stg_douyin__order_lines",
    "stg_douyin__api_order_lines",
    "stg_douyin__after_sales",
    "int_order",
    "int_refund",
    "fct_order_lines",
    "fct_refunds",
)
_DAILY = """
    with lines as (
        select cast(ordered_at as date) as date, count(*) as lines, sum(paid_cny) as paid_cny from marts.fct_order_lines group by all),
    cases as (select cast(applied_at as date) as date, count(distinct after_sale_id) as cases from marts.fct_refunds group by all)
    select cast(date as varchar), coalesce(lines, 0), coalesce(paid_cny, 0)::varchar, coalesce(cases, 0) from lines full join cases using (date) order by 1
"""


def land(home: str, since: str, until: str, lines: str, known: str) -> None:
    """Put the exports of days into the inbox, land them, and pass them through the landing gate (not measured)."""
    from benchmarks.flat_sides import write_days
    from ingest.pipeline import land_inbox
    from ingest.registry import sources

    write_days(home, known, lines, since, until)
    for source in sources():
        land_inbox(source.name, home=Path(home).resolve())
    print("{}")


def build(home: str, day: str, how: str) -> None:
    """The build step alone: `continued`, or `refreshed`, every model a plain table made of everything in a new file.

    Told: seconds of each model, and of the family of order lines; why it was rebuilt; with `kept`, it is what the next one continues.
    """
    import datetime as dt

    import duckdb

    from warehouse import steps
    from warehouse.layout import candidate_file
    from warehouse.spare_build import keep_build

    where = Path(home).resolve()
    run_id = f"{how}-{day}"
    built = steps.build_candidate(run_id, dt.date.fromisoformat(day), home=where, rebuild=how == "refreshed")
    runs = where / "ledger" / "model_runs" / f"{run_id}.parquet"
    kinds = duckdb.execute(f"select node_type, sum(seconds) from '{runs}' group by all").fetchall()
    wanted = " or ".join(f"starts_with(node_name, '{name}')" for name in FAMILY)
    family = duckdb.execute(f"select sum(seconds) from '{runs}' where node_type = 'model' and ({wanted})").fetchone()[0]
    if how != "refreshed":
        keep_build(where, candidate_file(where, run_id))
    print(json.dumps({"family": family, "seconds": dict(kinds), "rebuilt_because": built.rebuilt_because}))


def daily(home: str, run_id: str) -> None:
    """Lines, money and after-sales cases by day, as the marts of a build tell them: the build that is kept, or a candidate."""
    import duckdb

    from warehouse.layout import build_file, candidate_file

    path = candidate_file(Path(home), run_id) if run_id else build_file(Path(home))
    with duckdb.connect(str(path), read_only=True) as connection:
        print(json.dumps({"daily": connection.execute(_DAILY).fetchall()}))


def pandas(home: str) -> None:
    """The same three by pandas from all raw objects: the newest version of each line and case, then sums; nothing else is made."""
    import pandas as pd

    started = time.perf_counter()
    loads = pd.read_parquet(f"{home}/ledger/loads", columns=["load_id", "exported_at"])

    def newest(datasets: tuple[str, ...], key: str, columns: list[str]) -> pd.DataFrame:
        read = [pd.read_parquet(f"{home}/raw/douyin/{name}", columns=[key, *columns, "_load_id"]) for name in datasets]
        rows = pd.concat(read).merge(loads, left_on="_load_id", right_on="load_id")
        return rows.sort_values("exported_at", kind="stable").drop_duplicates(key, keep="last")

    lines = newest(("orders", "orders_api"), "sub_order_id", ["ordered_at", "payable_cny"])
    cases = newest(("after_sales",), "after_sale_id", ["applied_at"])
    by_day = lines.groupby(lines["ordered_at"].dt.date).agg(lines=("sub_order_id", "size"), paid=("payable_cny", "sum"))
    by_day = by_day.join(cases.groupby(cases["applied_at"].dt.date).size().rename("cases"), how="outer")
    told = [[str(d), int(r.lines or 0), str(r.paid), int(r.cases)] for d, r in by_day.fillna(0).sort_index().iterrows()]
    print(json.dumps({"daily": told, "inside": time.perf_counter() - started}))


if __name__ == "__main__":
    {f.__name__: f for f in (land, build, daily, pandas)}[sys.argv[1]](*sys.argv[2:])
