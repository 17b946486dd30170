"""The stock marts against a simulated company's planted truth: `python -m benchmarks.stock_truth` prints the table of docs/marts/goods.md.

A company is simulated with all quirks on, landed and built as any other; what the ledger and the oversells say is then compared with
what truly happened. With --build and --truth an existing build file and truth folder are compared instead.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

DATASETS = (
    "douyin.orders", "douyin.orders_api", "douyin.after_sales", "kuaishou.orders", "weixin.orders", "taobao.orders", "erp.stock",
    "erp.stock_out", "erp.stock_in", "erp.purchase_orders", "supply.suppliers", "shop.products", "shop.warehouses",
    "plan.promotions", "plan.live_schedule",
)  # fmt: skip
_SETS = {
    # what each snapshot of the ERP shows, had the ledger known the moves alone
    "stock of a sku and warehouse at a day's end": (
        "select date, sku_id, warehouse_id, on_hand as quantity from truth.stock",
        "select date, sku_id, warehouse_id, cast(snapshot_qty - unexplained_qty as bigint) from built.marts.stock_ledger where snapshot_qty is not null",
    ),
    "days with pieces from suppliers": (
        "select sku_id, warehouse_id, date, received from truth.stock where received > 0",
        "select sku_id, warehouse_id, date, cast(inbound_qty as bigint) from built.marts.stock_ledger where inbound_qty > 0",
    ),
    "oversold sku, warehouse and day": (
        "select date, sku_id, warehouse_id from truth.oversells",
        """select distinct days.date, sold.sku_id, sold.warehouse_id from built.marts.oversell as sold
           join (select distinct date from truth.stock) as days on sold.paid_at <= days.date + interval 26 hour
           where coalesce(sold.shipped_at, sold.cancelled_at, timestamp '2999-01-01') > days.date + interval 26 hour""",
    ),
    "late purchase line (sku of an order)": (
        "select purchase_no, sku_id from truth.purchases where days_late > 0 and arrived_at is not null",
        "select purchase_no, sku_id from built.marts.fct_purchase_lines where is_on_time = false",
    ),
}  # fmt: skip


def score(built: Path, truth: Path) -> list[tuple[str, int, int, float, float]]:
    """(what, true ones, found ones, precision, recall) of each set; built: a build or a publication, truth: what simulator.truth wrote."""
    import duckdb

    # in memory: beside a file that is only read there is no room for a schema of ours
    with duckdb.connect() as connection:
        connection.execute("create schema truth")
        for name in ("stock", "oversells", "purchases"):
            connection.execute(f"create view truth.{name} as from read_parquet('{truth / name}.parquet')")
        connection.execute(f"attach '{built}' as built (read_only)")
        return [_score(connection, what, *queries) for what, queries in _SETS.items()]


def _score(
    connection: duckdb.DuckDBPyConnection, what: str, true: str, ours: str
) -> tuple[str, int, int, float, float]:
    planted, found, both = connection.execute(
        f"with t as ({true}), o as ({ours}) select (select count(*) from t), (select count(*) from o),"
        " (select count(*) from (from t intersect from o))"
    ).fetchone()
    return what, planted, found, both / max(found, 1), both / max(planted, 1)


def build(folder: Path, days: int, orders: int) -> tuple[Path, Path]:
    """(build file, truth folder) of a company of so many days and order lines a day, seed 5."""
    from ingest.pipeline import land_inbox
    from ingest.registry import sources
    from simulator.exports import write_exports
    from simulator.truth import write_truth
    from simulator.world import World
    from warehouse import steps
    from warehouse.layout import candidate_file

    first = dt.date(2026, 9, 1)
    last = first + dt.timedelta(days=days - 1)
    world = World(seed=5, first_day=first, days=days, orders_per_day=orders)
    write_exports(world, folder / "home" / "inbox", first, last, only=DATASETS)
    write_truth(world, folder / "truth", first, last)
    for source in sources():
        land_inbox(source.name, home=folder / "home")
    steps.build_candidate("truth", last, home=folder / "home")
    return candidate_file(folder / "home", "truth"), folder / "truth"


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stock_truth", description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--orders", type=int, default=300, help="order lines a day")
    parser.add_argument("--build", type=Path, help="an existing build file")
    parser.add_argument("--truth", type=Path, help="its truth folder")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        file, truth = (chosen.build, chosen.truth) if chosen.build else build(Path(scratch), chosen.days, chosen.orders)
        print("| what | true | found | precision | recall |\n|---|---|---|---|---|")
        for what, true, found, precision, recall in score(file, truth):
            print(f"| {what} | {true:,} | {found:,} | {precision:.3f} | {recall:.3f} |")


if __name__ == "__main__":
    main()
