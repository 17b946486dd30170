"""ERP files and answers (旺店通, 聚水潭) in their real layouts, landed and read by value."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import platform_layouts as real
import pytest
from ingest_files import book, csv_text, law_holds, put, raw_rows

from ingest.landing import land_file

EIGHT = dt.datetime(2026, 9, 10, 8)


def rows_of(home, path, dataset: str):
    load = land_file(path, *dataset.split("."), home)
    assert load.status == "loaded" and load.rows_quarantined == 0 and law_holds(home, load), load.reason
    return raw_rows(home, load)


def wangdiantong(orders: list[dict]) -> str:
    return json.dumps({"status": 0, "data": {"total_count": len(orders), "order": orders}}, ensure_ascii=False)


def jushuitan(items: list[dict], key: str = "datas", code: object = 0) -> str:
    return json.dumps(
        {
            "code": code,
            "msg": None,
            "data": {
                "page_index": 1,
                "page_size": 50,
                "data_count": len(items),
                "page_count": 1,
                "has_next": False,
                key: items,
            },
        },
        ensure_ascii=False,
    )


def test_stock_out_of_wangdiantong_mixes_time_types(home, tmp_path):
    line = {
        "rec_id": 920840,
        "spec_no": "SKU-1",
        "num": "1.0000",
        "share_price": "9.9500",
        "share_amount": "9.9500",
        "src_oid": "AD1",
        "src_tid": "6917926768823643751",
        "gift_type": 0,
    }
    order = {"stockout_id": 700611, "order_no": "CK202609105", "trade_no": "JY1", "src_trade_no": "6917926768823643751,6917926768823643758", "warehouse_no": "WH1", "status": 110,
             "trade_time": 1788998400000, "pay_time": 1788998400000, "consign_time": "2026-09-10 20:00:00", "modified": "2026-09-10 20:00:01", "block_reason": 3, "anchor_name": "小美",
             "logistics_no": "YT1", "logistics_list": [{"logistics_no": "YT1"}, {"logistics_no": "YT2"}], "post_amount": "6.0000", "receiver_name": "孙八", "receiver_mobile": "13800138000",
             "details_list": [line, line | {"rec_id": 920841, "spec_no": "SKU-2"}]}  # fmt: skip
    waiting = {k: v for k, v in order.items() if k != "consign_time"} | {
        "stockout_id": 700612,
        "trade_no": "JY2",
        "status": 55,
        "details_list": [line],
    }
    rows = rows_of(home, put(tmp_path, wangdiantong([order, waiting]), "出库.json", "utf-8"), "erp.stock_out")
    assert len(rows) == 3 and [r["shipped_at"] for r in rows] == [dt.datetime(2026, 9, 10, 20)] * 2 + [None]
    first = rows[0]
    assert (
        first["ordered_at"] == first["paid_at"] == EIGHT
        and first["line_amount_cny"] == Decimal("9.95")
        and first["quantity"] == 1
    )
    assert (
        first["order_ids"] == "6917926768823643751,6917926768823643758"
        and first["line_order_id"] == "6917926768823643751"
        and first["tracking_numbers"] == "YT1,YT2"
    )
    assert (
        first["block_mask"] == 3
        and first["host_name"] == "小美"
        and first["freight_cny"] == Decimal("6.00")
        and "孙八" not in str(rows)
        and "13800138000" not in str(rows)
    )


def test_stock_out_of_jushuitan(home, tmp_path):
    item = {"io_id": 88, "o_id": 77, "so_id": "6917926768823643751", "status": "Confirmed", "io_date": "2026-09-1020:00:00", "modified": "2026-09-10 20:00:01", "l_id": "SF1", "wms_co_id": 10001, "open_id": "buyer-1",
            "receiver_name": "孙八", "items": [{"ioi_id": 1, "sku_id": "SKU-1", "qty": 2, "sale_price": 9.95, "sale_amount": 19.9, "is_gift": False, "raw_so_id": "6917926768823643751"}]}  # fmt: skip
    row = rows_of(home, put(tmp_path, jushuitan([item], code="0"), "出库.json", "utf-8"), "erp.stock_out")[0]
    assert (
        row["shipped_at"] == dt.datetime(2026, 9, 10, 20)
        and row["quantity"] == 2
        and row["line_amount_cny"] == Decimal("19.90")
        and row["warehouse_id"] == "10001"
    )
    assert (
        row["stock_out_id"] == "88"
        and row["stock_out_status"] == "Confirmed"
        and len(row["open_id"]) == 64
        and row["gift_type"] == "false"
    )


@pytest.mark.fault(39)
def test_jushuitan_order_export_with_merged_orders_and_rows_that_repeat(home, tmp_path):
    row = {"订单号": "77", "线上订单号": "6917926768823643751,6917926768823643758\t", "原始线上订单号": "6917926768823643751", "下单时间": "2026-09-10 08:00:00", "应付金额": "30.00", "商品编码": "SKU-1", "数量": "1",
           "商品金额": "15.00", "收货人姓名": "孙八", "固话": "0571-88888888", "订单退款金额": "0"}  # fmt: skip
    rows = rows_of(
        home, put(tmp_path, csv_text([row, row], real.JST_ORDERS_47), "聚水潭订单.csv", "gb18030"), "erp.stock_out"
    )
    assert len(rows) == 2, "identical rows are split shipments"
    assert (
        rows[0]["order_ids"] == "6917926768823643751,6917926768823643758"
        and rows[0]["payable_cny"] == Decimal("30.00")
        and "孙八" not in str(rows)
        and "0571" not in str(rows)
    )


@pytest.mark.fault(39)
@pytest.mark.parametrize(("cell", "kept"), [
    ("'6917926768823643751', '6917926768823643758'", "6917926768823643751,6917926768823643758"),
    ("6917926768823643751，6917926768823643758；691", "6917926768823643751,6917926768823643758,691"),
    ("JY1 JY2\t", "JY1,JY2"), ("6917926768823643751", "6917926768823643751"), (",6917926768823643751,", "6917926768823643751"),
])  # fmt: skip
def test_several_ids_in_one_cell(home, tmp_path, cell, kept):
    row = {"订单号": "77", "线上订单号": cell, "商品编码": "SKU-1", "数量": "1"}
    assert (
        rows_of(home, put(tmp_path, csv_text([row], real.JST_ORDERS_47), "合并.csv"), "erp.stock_out")[0]["order_ids"]
        == kept
    )


@pytest.mark.parametrize("cell", ["6917926768823643751,6.91793E+18", "6E+18", "张三"])
def test_a_list_with_one_damaged_id_is_set_aside(home, tmp_path, cell):
    good = {"订单号": "77", "线上订单号": "1", "商品编码": "SKU-1", "数量": "1"}
    load = land_file(
        put(tmp_path, csv_text([good, good | {"线上订单号": cell}], real.JST_ORDERS_47), "坏.csv"),
        "erp",
        "stock_out",
        home,
    )
    assert (load.rows_loaded, load.rows_quarantined) == (1, 1)


def test_stock_in_of_both_systems(home, tmp_path):
    theirs = {"stockin_id": 5, "order_no": "RK1", "purchase_no": "CG1", "provider_no": "S1", "warehouse_no": "WH1", "status": 80, "check_time": "2026-09-10 08:00:00", "modified": 1788998400000, "goods_amount": "100.0000",
              "details_list": [{"rec_id": 1, "spec_no": "SKU-1", "num": "10.0000", "cost_price": "10.0000", "defect": False}]}  # fmt: skip
    row = rows_of(home, put(tmp_path, wangdiantong([theirs]), "入库1.json", "utf-8"), "erp.stock_in")[0]
    assert (
        row["quantity"] == 10
        and row["cost_price_cny"] == Decimal("10.00")
        and row["modified_at"] == row["checked_at"] == EIGHT
        and row["is_defect"] is False
    )
    ours = {
        "io_id": 6,
        "po_id": 7,
        "supplier_id": 8,
        "status": "Confirmed",
        "io_date": "2026-09-10 08:00:00",
        "items": [{"ioi_id": 1, "sku_id": "SKU-1", "qty": 10, "cost_price": 10, "cost_amount": 100}],
    }
    row = rows_of(home, put(tmp_path, jushuitan([ours]), "入库2.json", "utf-8"), "erp.stock_in")[0]
    assert (row["stock_in_id"], row["purchase_id"], row["supplier_id"], row["line_cost_cny"], row["received_at"]) == (
        "6",
        "7",
        "8",
        Decimal("100.00"),
        EIGHT,
    )


def test_purchase_orders_of_both_systems(home, tmp_path):
    theirs = {"purchase_id": 9, "purchase_no": "CG1", "provider_no": "S1", "status": 50, "stockin_status": 1, "created": "2026-09-10 08:00:00", "expect_arrive_time": "2026-09-20 00:00:00", "total_fee": "1000.0000",
              "detail_list": [{"rec_id": 1, "spec_no": "SKU-1", "num": "100.0000", "stockin_num": "40.0000", "price": "10.0000"}]}  # fmt: skip
    row = rows_of(home, put(tmp_path, wangdiantong([theirs]), "采购1.json", "utf-8"), "erp.purchase_orders")[0]
    assert (row["quantity"], row["stocked"], row["price_cny"], row["total_cny"], row["created_at"]) == (
        100,
        40,
        Decimal("10.00"),
        Decimal("1000.00"),
        EIGHT,
    )
    ours = {
        "po_id": 7,
        "status": "Confirmed",
        "receive_status": "Part_Received",
        "po_date": "2026-09-10 08:00:00",
        "supplier_id": 8,
        "items": [{"poi_id": 1, "sku_id": "SKU-1", "qty": 100, "price": 10, "in_qty": 40}],
    }
    row = rows_of(home, put(tmp_path, jushuitan([ours]), "采购2.json", "utf-8"), "erp.purchase_orders")[0]
    assert (row["purchase_id"], row["quantity"], row["stocked"], row["receive_status"], row["created_at"]) == (
        "7",
        100,
        40,
        "Part_Received",
        EIGHT,
    )


@pytest.mark.parametrize("key", ["inventorys", "datas"])
def test_jushuitan_stock_by_either_list_key(home, tmp_path, key):
    item = {
        "sku_id": "SKU-1",
        "i_id": "K1",
        "name": "羊毛衫",
        "qty": 10,
        "order_lock": 12,
        "pick_lock": 3,
        "virtual_qty": 1,
        "purchase_qty": 5,
        "defective_qty": 2,
        "modified": "2026-06-0916:28:12",
        "min_qty": 3,
        "ts": 1,
    }
    row = rows_of(home, put(tmp_path, jushuitan([item], key), "库存.json", "utf-8"), "erp.stock")[0]
    assert row["modified_at"] == dt.datetime(2026, 6, 9, 16, 28, 12) and (
        row["on_hand"],
        row["order_locked"],
        row["virtual_stock"],
        row["safe_stock_low"],
    ) == (10, 12, 1, 3)
    assert row["goods_name"] == "羊毛衫" and row["_extra"] is None


def test_jushuitan_stock_export_below_a_title(home, tmp_path):
    cells = [["名称：聚水潭成本"], real.JST_STOCK, ["SKU-1", 10, -2, 5, 0, 12, 1, "主仓"]]
    row = rows_of(home, book(tmp_path / "库存.xlsx", {"库存": cells}), "erp.stock")[0]
    assert (
        row["sku_id"],
        row["on_hand"],
        row["available"],
        row["purchase_in_transit"],
        row["order_locked"],
        row["warehouse_name"],
    ) == ("SKU-1", 10, -2, 5, 12, "主仓")


def test_an_empty_page_and_an_error_of_either_system(home, tmp_path):
    empty = land_file(
        put(tmp_path, '{"status":0,"data":{"total_count":0}}', "空.json", "utf-8"), "erp", "stock_out", home
    )
    assert (empty.status, empty.rows_read) == ("loaded", 0)
    for text, code in (
        ('{"status":100,"message":"仓库不存在"}', "100"),
        ('{"code":"190","msg":"无权限","data":null}', "190"),
        ('{"issuccess":false,"msg":"x"}', "False"),
    ):
        refused = land_file(put(tmp_path, text, f"错{code}.json", "utf-8"), "erp", "stock_out", home)
        assert refused.status == "refused" and f"code {code}" in refused.reason
