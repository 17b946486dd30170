"""Shipments, purchases and receipts: they say what the stock ledger and the parcels say, in both systems' layouts."""

import json
import re
from collections import Counter, defaultdict

import pytest

from simulator.days import export_moment, plain
from simulator.exports.context import Export
from simulator.exports.layouts import JST_ORDERS_47
from simulator.media import DOUYIN
from simulator.quirks import resolve
from simulator.stock import make_ledger
from simulator.truth_goods import oversells_table, parcels_table, purchases_table
from tests.unit.simulator.simulator_files import FIRST, LAST, read_book


def answers(path, key: str) -> list[dict]:
    """The items of every page, and the pages' own counting checked."""
    pages = [json.loads(line)["data"] for line in path.read_text(encoding="utf-8").splitlines()]
    items = [item for page in pages for item in page[key]]
    assert {page.get("total_count", page.get("data_count")) for page in pages} == {len(items)}
    return items


@pytest.fixture(scope="module")
def shipped(history) -> list[dict]:
    (path,) = (history / "erp" / "stock_out").glob("*.jsonl")
    return answers(path, "order")


@pytest.fixture(scope="module")
def jst(history) -> list[dict[str, str]]:
    (path,) = (history / "erp" / "stock_out").glob("*.xlsx")
    return read_book(path)


def test_shipments_are_the_parcels(shipped, jst, small_world):
    truth = {
        row["tracking_no"]
        for row in parcels_table(Export(small_world, None, FIRST, LAST, resolve(None))).to_pylist()
        if row["shipped_at"] and str(row["shipped_at"]) <= plain(export_moment(LAST))
    }
    wdt = [order["logistics_no"] for order in shipped if "consign_time" in order]
    assert len(wdt) == len(set(wdt)) > 100
    assert set(wdt) | {row["快递单号"] for row in jst if row["快递单号"]} == truth
    assert {order["warehouse_no"] for order in shipped} == {"WH01", "WH02"}
    assert {row["发货仓"] for row in jst} == {"成都青白江仓"}


def test_pieces_shipped_are_those_that_left_the_stock(shipped, jst, small_world):
    pieces = Counter()
    for order in shipped:
        for line in order["details_list"] if "consign_time" in order else ():
            pieces[line["spec_no"]] += line["num"]
    for row in jst:
        if row["发货日期"]:
            pieces[row["商品编码"]] += int(row["数量"])
    ledger = make_ledger(small_world, LAST).shipped.sum(axis=(0, 2))
    assert pieces == {
        sku: count for sku, count in zip(small_world.catalogue.sku_ids, ledger.tolist(), strict=True) if count
    }


def test_times_are_of_two_types_and_missing_where_nothing_was_shipped(shipped):
    waiting = [order for order in shipped if "consign_time" not in order]
    assert waiting and all(order["status"] == 70 and order["logistics_no"] == "" for order in waiting)
    for order in shipped:
        assert isinstance(order["trade_time"], int) and order["trade_time"] > 10**12
        assert isinstance(order["modified"], str)
        assert order["goods_count"] == sum(line["num"] for line in order["details_list"])
    assert {order["anchor_name"] for order in shipped} > {"", "小满"}


def test_merged_orders_name_both(shipped, jst):
    merged = [order for order in shipped if "," in order["src_trade_no"]]
    assert merged
    for order in merged:
        assert order["src_trade_no"].split(",") == sorted({line["src_tid"] for line in order["details_list"]})
    assert list(jst[0]) == JST_ORDERS_47
    for row in jst:
        assert row["原始线上订单号"] in row["线上订单号"].split(",")


def test_order_money_repeats_and_equal_rows_are_real(jst):
    by_order = defaultdict(list)
    for row in jst:
        by_order[row["订单号"]].append(row)
    assert max(map(len, by_order.values())) > 1
    for rows in by_order.values():
        assert len({row["应付金额"] for row in rows}) == 1
        assert sum(round(float(row["商品金额"]) * 100) for row in rows) + round(float(rows[0]["运费"]) * 100) == round(
            float(rows[0]["应付金额"]) * 100
        )
    twice = [key for key, count in Counter(tuple(row.values()) for row in jst).items() if count > 1]
    assert twice, "a split shipment writes equal rows"


def test_what_came_in_was_ordered(history, small_world):
    ledger = make_ledger(small_world, LAST)
    (orders,) = (history / "erp" / "purchase_orders").iterdir()
    (receipts,) = (history / "erp" / "stock_in").iterdir()
    got, received = Counter(), Counter()
    for receipt in answers(receipts, "order"):
        for line in receipt["details_list"]:
            got[line["spec_no"]] += int(float(line["num"]))
            received[receipt["purchase_no"], line["spec_no"]] += int(float(line["num"]))
    arrived = ledger.received.sum(axis=(0, 2)).tolist()
    assert got == {sku: count for sku, count in zip(small_world.catalogue.sku_ids, arrived, strict=True) if count}
    states, ordered = set(), set()
    for order in answers(orders, "order"):
        states.add(order["status"])
        for line in order["detail_list"]:
            ordered.add((order["purchase_no"], line["spec_no"]))
            assert received[order["purchase_no"], line["spec_no"]] == float(line["stockin_num"]) <= float(line["num"])
    assert states == {40, 50, 60} and received.keys() <= ordered


def test_some_suppliers_are_late(small_world):
    table = purchases_table(Export(small_world, None, FIRST, LAST, resolve(None))).to_pylist()
    due = [row for row in table if not row["urgent"]]
    late = sum(row["days_late"] > 0 for row in due) / len(due)
    assert 0.1 < late < 0.5 and all(row["days_late"] == 0 for row in table if row["urgent"])


def test_oversells_are_the_negative_stocks(history, small_world):
    told = {}
    for path in (history / "erp" / "stock").glob("stock_*.jsonl"):
        for item in answers(path, "detail_list"):
            if item["available_send_stock"] < 0:
                told[path.stem.split("_")[1], item["spec_no"], item["warehouse_no"]] = -item["available_send_stock"]
    table = oversells_table(Export(small_world, None, FIRST, LAST, resolve(None))).to_pylist()
    assert told and told == {
        (str(row["date"]).replace("-", ""), row["sku_id"], row["warehouse_id"]): row["oversold_pieces"] for row in table
    }


def test_jst_stock_sums_the_warehouses_and_lacks_spaces(history):
    (path,) = (history / "erp" / "stock").glob("inventory_*.jsonl")
    (same_day,) = (history / "erp" / "stock").glob("stock_20260903_*.jsonl")
    sums = Counter()
    for item in answers(same_day, "detail_list"):
        sums[item["spec_no"]] += item["stock_num"]
    items = answers(path, "inventorys")
    assert {item["sku_id"]: item["qty"] for item in items} == sums
    bare = [item for item in items if re.fullmatch(r"\d{4}-\d\d-\d{4}:\d\d:\d\d", item["modified"])]
    assert 0 < len(bare) < len(items) / 2


def test_after_sales_answers_agree_with_the_export(history, small_world):
    (path,) = (history / "douyin" / "after_sales_api").iterdir()
    pages = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    items = [item for page in pages for item in page["data"]["items"]]
    assert [page["data"]["has_more"] for page in pages] == [True] * (len(pages) - 1) + [False]
    newest = max((history / "douyin" / "after_sales").iterdir(), key=lambda file: file.stem[-14:])
    cases = {row["售后单号"]: row for row in read_book(newest)}
    kinds = {0: "退货退款", 1: "已发货退款", 2: "未发货退款", 3: "换货"}
    both = [item for item in items if item["aftersale_info"]["aftersale_id"] in cases]
    assert len(both) == len(cases) > 20
    for item in both:
        info, row = item["aftersale_info"], cases[item["aftersale_info"]["aftersale_id"]]
        assert kinds[info["aftersale_type"]] == row["售后类型"]
        assert info["refund_amount"] == round(float(row["退商品金额（元）"].replace(",", "")) * 100)
        assert (info["refund_status"] == 3) == (row["用户到账时间"] != "-")
        assert item["order_info"]["shop_order_id"] == row["订单号"] and info["related_id"] == row["商品单号"]
    ids = set(small_world.span(FIRST, LAST).of_shop(DOUYIN).after_sales.after_sale_id.astype(str).tolist())
    assert {item["aftersale_info"]["aftersale_id"] for item in items} <= ids
