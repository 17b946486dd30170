"""What the benchmarks' sides work out by themselves."""

from decimal import Decimal

import pandas as pd

from benchmarks.compare_sides import pandas
from benchmarks.overhead_sides import _in_order


def test_statements_of_two_threads_can_be_run_by_one_connection():
    noted = [
        (1, 0.0, 0.1, "begin", ()), (2, 0.1, 0.1, "begin", ()), (1, 0.2, 0.1, "create table a", ()), (2, 0.3, 0.1, "create table b", ()),
        (1, 0.4, 0.1, "/* dbt */ COMMIT", ()), (2, 0.5, 0.1, "commit", ()), (1, 0.6, 0.1, "select 1", ()),
        (2, 0.7, 0.1, "create table c", ()), (1, 0.8, 0.1, "select 2", ()),
    ]  # fmt: skip
    assert [query for _, query, _ in _in_order(noted)] == [
        "begin", "create table a", "/* dbt */ COMMIT", "begin", "create table b", "commit", "select 1",
        "create table c", "select 2",
    ]  # fmt: skip


def test_pandas_takes_the_newest_version(tmp_path, capsys):
    def put(place: str, **columns: list) -> None:
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(columns).to_parquet(path)

    day = pd.Timestamp("2026-09-01 12:00")
    put("ledger/loads/a.parquet", load_id=["a"], exported_at=[pd.Timestamp("2026-09-02")])
    put("ledger/loads/b.parquet", load_id=["b"], exported_at=[pd.Timestamp("2026-09-03")])
    money = [Decimal("5.00"), Decimal("3.10")]
    put("raw/douyin/orders/b.parquet", sub_order_id=["1"], ordered_at=[day], payable_cny=money[1:], _load_id=["b"])
    put(
        "raw/douyin/orders_api/a.parquet",
        sub_order_id=["1", "2"],
        ordered_at=[day, day],
        payable_cny=money,
        _load_id=["a", "a"],
    )
    put("raw/douyin/after_sales/a.parquet", after_sale_id=["9"], applied_at=[day], _load_id=["a"])

    pandas(str(tmp_path))

    assert '"daily": [["2026-09-01", 2, "6.20", 1]]' in capsys.readouterr().out
