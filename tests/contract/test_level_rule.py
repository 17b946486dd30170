"""Order-level money that repeats on item rows: the landing gate tells when it is not the same on all rows of an order."""

from __future__ import annotations

import platform_layouts as real
import pytest
from ingest_files import csv_text, put

from ingest.contract import load_contract
from ingest.home import raw_object
from ingest.landing import land_file


@pytest.mark.parametrize(("amounts", "failed"), [(("30.00", "30.00"), 0), (("30.00", "31.00"), 2), (("30.00", ""), 0)])
def test_order_level_money_is_constant(home, tmp_path, amounts, failed):
    from expectations.landing_gate import LandingLoad, run_landing_gate

    items = [
        {"订单号": "3700000000000000001", "订单下单时间": "2026-09-10 08:00:00", "订单状态": "待发货", "订单实际支付金额": "30.00", "订单实际收款金额": amount,
         "商品编码(平台)": f"1000000000{n}", "商品属性": "红色", "商品数量": "1"}
        for n, amount in enumerate(amounts)
    ]  # fmt: skip
    load = land_file(put(tmp_path, csv_text(items, real.WEIXIN_ORDERS), "微信.csv"), "weixin", "orders", home)
    path = raw_object(home, "weixin", "orders", load.load_id)
    results = run_landing_gate([LandingLoad("weixin", "orders", load.load_id, path)], home=home, run_id="r")
    found = [r for r in results if r.check == "order_level_is_constant"]
    assert [(r.rows_failed, r.severity, r.passed) for r in found] == [(failed, "warn", not failed)] and found[
        0
    ].rows_seen == 2


def test_the_rule_is_generated_from_the_marks():
    marked = [c.name for c in load_contract("erp", "purchase_orders").columns if c.options.get("level")]
    rule = next(r for r in load_contract("erp", "purchase_orders").quality if r["name"] == "purchase_level_is_constant")
    assert marked and all(f'"{name}"' in rule["query"] for name in marked)
