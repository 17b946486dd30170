"""What the simulator writes of orders, money and goods lands: nothing is refused, and aside goes only what was planted."""

import pytest

from ingest.landing import land_file
from simulator.exports.douyin_orders import MANGLED_ROWS

DATASETS = (
    "douyin.orders", "douyin.orders_api", "douyin.after_sales", "douyin.after_sales_api", "douyin.settlements",
    "douyin.fund_flows", "kuaishou.orders", "weixin.orders", "taobao.orders", "kuaidi100.tracks", "erp.stock",
    "erp.stock_out", "erp.stock_in", "erp.purchase_orders",
)  # fmt: skip
#: planted rows that are not data: a repeated header, a 合计 row, the note under the header of the settlement bill
NOT_DATA = {"抖店订单_20260901-": 1, "抖店订单_补导": 1, "结算账单": 1}


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_file_lands(dataset, history, next_day, tmp_path):
    source, name = dataset.split(".")
    paths = sorted((history / source / name).iterdir()) + sorted((next_day / source / name).iterdir())
    assert len(paths) >= 2
    for path in paths:
        load = land_file(path, source, name, tmp_path)
        assert (path.name, load.status) == (path.name, "loaded")
        planted = MANGLED_ROWS if path.name.startswith("福袋") else 0
        marks = next((count for start, count in NOT_DATA.items() if path.name.startswith(start)), 0)
        marks = 0 if path.is_relative_to(next_day) and name == "orders" else marks
        assert (path.name, load.rows_quarantined, load.rows_non_data) == (path.name, planted, marks)
        assert load.rows_loaded > 0
