"""A JSON dataset loads the same as an answer with its envelope, as an array of items, and as JSONL of items."""

from __future__ import annotations

import json
from itertools import product

import pytest
from ingest_files import put, raw_rows

from ingest.landing import land_file

ROOM = "7300000000000000001"
#: dataset: (what stands round the items, its list's path, items, what stands beside the items in the other two forms)
ANSWERS = {
    "douyin.after_sales_api": (
        {"code": 10000}, "data.items",
        [{"aftersale_info": {"aftersale_id": f"14444444444444444{n}", "aftersale_status": 12, "apply_time": 1788998400, "update_time": 1788998500 + n}, "order_info": {"shop_order_id": "6917926768823643751"}} for n in range(3)], {},
    ),
    "douyin.live_minutes": (
        {"st": 0, "room_id": ROOM}, "data.trends",
        [{"point_name": m, "horizontal": 1788998400, "vertical": 5} for m in ("pay_amt", "pay_cnt")], {"room_id": ROOM},
    ),
    "erp.stock_out": (
        {"status": 0}, "data.order",
        [{"stockout_id": n, "trade_no": f"JY{n}", "modified": "2026-09-10 08:00:00", "details_list": [{"rec_id": 1, "spec_no": "SKU-1", "num": "1.0000"}, {"rec_id": 2, "spec_no": "SKU-2", "num": "2.0000"}]} for n in range(2)], {},
    ),
    "erp.purchase_orders": (
        {"code": "0", "msg": None}, "data.datas",
        [{"po_id": n, "po_date": "2026-09-10 08:00:00", "items": [{"poi_id": 1, "sku_id": "SKU-1", "qty": 3}]} for n in range(2)], {},
    ),
    "qianchuan.order_links": (
        {"code": 0, "message": "OK", "request": {"advertiser_id": 17}}, "data.list",
        [{"ad_id": n, "order_id": 6917926768823643751, "order_place_time": "2026-09-10 08:00:00"} for n in range(2)], {"advertiser_id": 17},
    ),
    "tencent.ad_reports": (
        {"code": 0, "request": {"time_line": "REQUEST_TIME", "level": "REPORT_LEVEL_ADGROUP", "account_id": 25000}}, "data.list",
        [{"date": "2026-09-10", "hour": n, "adgroup_id": 1, "cost": 100} for n in range(2)], {"time_line": "REQUEST_TIME", "level": "REPORT_LEVEL_ADGROUP", "account_id": 25000},
    ),
    "kuaishou.ad_reports": (
        {"code": 0, "request": {"advertiser_id": 9}}, "data.details", [{"stat_date": "2026-09-10", "stat_hour": n, "charge": 1.5} for n in range(2)], {"advertiser_id": 9},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("dataset", "form"), list(product(ANSWERS, ("array", "lines"))))
def test_the_same_items_in_another_form_are_the_same_load(home, tmp_path, dataset, form):
    envelope, path, items, beside = ANSWERS[dataset]
    outer, inner = path.split(".")
    first = land_file(
        put(tmp_path, json.dumps({**envelope, outer: {inner: items}}), "a.json", "utf-8"), *dataset.split("."), home
    )
    assert first.status == "loaded" and first.rows_quarantined == 0 and first.rows_loaded >= len(items), first.reason
    assert all(
        value is not None
        for row in raw_rows(home, first)
        for name, value in row.items()
        if name in ("live_session_id", "time_line", "account_id", "advertiser_id")
    )
    bare = [beside | item for item in items]
    text = json.dumps(bare) if form == "array" else "\n".join(map(json.dumps, bare)) + "\n"
    again = land_file(put(tmp_path, text, f"b.{form}", "utf-8"), *dataset.split("."), home)
    assert again.status == "duplicate" and f"the same rows were loaded from {first.file_name}" in again.reason, (
        again.reason
    )
