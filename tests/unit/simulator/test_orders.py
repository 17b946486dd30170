"""The order files: encodings and layouts are what they say, CSV and JSON agree to the cent, totals equal the truth."""

import codecs
import json
from decimal import Decimal

import pyarrow.compute as pc

from simulator.days import export_moment
from simulator.exports.douyin_orders import MANGLED_ROWS
from simulator.exports.layouts import ORDERS_73, ORDERS_74, ORDERS_75, ORDERS_90
from simulator.exports.order_columns import PLACEHOLDER
from simulator.media import DOUYIN
from simulator.truth import daily_table, lines_table
from tests.unit.simulator.simulator_files import FIRST, LAST, read_book, read_csv


def orders_of(inbox) -> list[dict]:
    """The shop orders of every page, and the pages' own counting checked."""
    (path,) = (inbox / "douyin" / "orders_api").iterdir()
    pages = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    found = [order for page in pages for order in page["data"]["shop_order_list"]]
    assert [page["data"]["page"] for page in pages] == list(range(len(pages)))
    assert {page["data"]["total"] for page in pages} == {len(found)}
    assert all(len(page["data"]["shop_order_list"]) == 100 for page in pages[:-1])
    assert {page["code"] for page in pages} == {10000}
    return found


def only(inbox, pattern: str):
    (path,) = (inbox / "douyin" / "orders").glob(pattern)
    return path


def test_layouts_and_encodings(history, next_day):
    joined = only(history, "抖店订单_20260901-*.csv")
    raw = joined.read_bytes()
    assert not raw.startswith(codecs.BOM_UTF8)
    rows = read_csv(joined, "gb18030")
    assert list(rows[0]) == ORDERS_74
    assert [row["主订单编号"] for row in rows].count("主订单编号") == 1, "the header is repeated once"
    assert all(row["子订单编号"].endswith("\t") for row in rows if row["主订单编号"] != "主订单编号")

    unnamed = only(history, "抖店订单_补导.csv")
    assert unnamed.read_bytes().startswith(codecs.BOM_UTF8)
    rows = read_csv(unnamed, "utf-8-sig")
    assert list(rows[0]) == ORDERS_73
    assert rows[0]["子订单编号"].startswith("'69")

    assert list(read_book(only(history, "*.xlsx"))[0]) == ORDERS_75
    assert list(read_csv(only(history, "福袋*.csv"), "utf-8-sig")[0]) == ORDERS_90
    assert list(read_csv(only(next_day, "*.csv"), "utf-8-sig")[0]) == ORDERS_73
    assert len(ORDERS_73) == 73 and len(ORDERS_74) == 74 and len(ORDERS_75) == 75 and len(ORDERS_90) == 90


def test_total_row_is_the_sum_of_its_file(history):
    *rows, total = read_csv(only(history, "抖店订单_补导.csv"), "utf-8-sig")
    assert total["主订单编号"] == "合计"
    assert sum(money(row["订单应付金额"]) for row in rows) == money(total["订单应付金额"])


def test_csv_and_json_hold_the_same_money(next_day):
    lines = {line["order_id"]: line for order in orders_of(next_day) for line in order["sku_order_list"]}
    rows = {row["子订单编号"].strip("\t"): row for row in read_csv(only(next_day, "*.csv"), "utf-8-sig")}
    both = lines.keys() & rows.keys()
    assert len(both) > 150
    for key in both:
        line, row = lines[key], rows[key]
        for fen, name in (
            ("pay_amount", "订单应付金额"), ("promotion_amount", "优惠总金额"), ("origin_amount", "商品单价"),
            ("post_amount", "运费"), ("only_platform_cost_amount", "平台实际承担优惠金额"),
            ("author_cost_amount", "达人实际承担优惠金额"), ("shop_cost_amount", "商家实际承担优惠金额"),
        ):  # fmt: skip
            assert Decimal(line[fen]) / 100 == money(row[name]), (key, name)
        assert line["order_status_desc"] == row["订单状态"]
        assert str(line["product_id"]) == line["product_id_str"] == row["商品ID"].strip("\t")
        assert line["platform_cost_amount"] == line["only_platform_cost_amount"] + line["author_cost_amount"]
        listed = money(row["商品单价"]) * int(row["商品数量"])
        assert listed - money(row["优惠总金额"]) + money(row["运费"]) == money(row["订单应付金额"])


def test_shop_orders_are_the_sums_of_their_lines(history):
    for order in orders_of(history):
        lines = order["sku_order_list"]
        assert {line["parent_order_id"] for line in lines} == {order["order_id"]}
        for name in ("pay_amount", "promotion_amount", "post_amount", "shop_cost_amount", "platform_cost_amount"):
            assert order[name] == sum(line[name] for line in lines)


def test_totals_equal_the_truth(history, small_world):
    at = export_moment(LAST)
    cohort = small_world.span(FIRST, LAST).of_shop(DOUYIN)
    orders = orders_of(history)
    lines = [line for order in orders for line in order["sku_order_list"]]
    paid = [line for line in lines if line["pay_time"] and line["pay_time"] + 8 * 3600 < at - 2 * 3600]
    daily = daily_table(small_world, cohort, FIRST, LAST, at)
    assert len(lines) == pc.sum(daily["order_lines"]).as_py() > 1000
    assert len(orders) == pc.sum(daily["orders"]).as_py()
    assert len(paid) == pc.sum(daily["paid_lines"]).as_py() < len(lines)
    gmv = sum(Decimal(line["pay_amount"] + line["platform_cost_amount"]) for line in paid) / 100
    assert gmv == pc.sum(daily["gmv_cny"]).as_py()
    truth = {row["sub_order_id"]: row for row in lines_table(small_world, cohort, at).to_pylist()}
    assert truth.keys() == {line["order_id"] for line in lines}
    assert all(truth[line["order_id"]]["order_status"] == line["order_status_desc"] for line in lines)


def test_every_status_occurs(history):
    rows = read_book(only(history, "*.xlsx"))
    statuses = {row["订单状态"] for row in rows}
    assert statuses == {"待支付", "待发货", "备货中", "已发货", "已完成", "已关闭"}
    assert all((row["支付完成时间"] == "") for row in rows if row["订单状态"] == "待支付")
    assert {row["售后状态"] for row in rows} >= {"-", "退款成功", "同意退款，退款成功", "已全额退款"}


def test_windows_overlap_and_statuses_move_on(history):
    def status(rows):
        return {row["子订单编号"].strip("\t'"): row for row in rows if row["主订单编号"] not in ("主订单编号", "合计")}

    old = status(read_csv(only(history, "抖店订单_20260901-*.csv"), "gb18030"))
    new = status(read_csv(only(history, "抖店订单_补导.csv"), "utf-8-sig"))
    both = old.keys() & new.keys()
    assert len(both) > 100
    assert sum(old[key]["订单状态"] != new[key]["订单状态"] for key in both) > 20


def test_placeholder_is_replaced_by_the_next_export(history, next_day):
    before = {row["子订单编号"]: row for row in read_book(only(history, "*.xlsx"))}
    after = {row["子订单编号"].strip("\t"): row for row in read_csv(only(next_day, "*.csv"), "utf-8-sig")}
    waiting = [key for key, row in before.items() if row["流量体裁"] == PLACEHOLDER]
    assert waiting and all(before[key]["订单提交时间"].startswith("2026-09-11") for key in waiting)
    assert all(after[key]["流量体裁"] in ("直播", "短视频", "商品卡", "其他") for key in waiting)


def test_mangled_rows_stand_whole_in_another_file(history):
    rows = read_csv(only(history, "福袋*.csv"), "utf-8-sig")
    mangled = [row for row in rows if "E+" in row["子订单编号"]]
    assert len(mangled) == MANGLED_ROWS < len(rows)
    whole = {(row["订单提交时间"], row["商家编码"], row["订单应付金额"]) for row in read_book(only(history, "*.xlsx"))}
    assert all((row["订单提交时间"], row["商家编码"], row["订单应付金额"]) in whole for row in mangled)


def test_quirks_switch_off(small_world, tmp_path):
    from simulator.exports import write_exports

    write_exports(small_world, tmp_path, FIRST, LAST, quirks=())
    rows = read_csv(only(tmp_path, "抖店订单_20260901-*.csv"), "gb18030")
    text = "".join("".join(row.values()) for row in rows)
    assert "\t" not in text and PLACEHOLDER not in text and "主订单编号" not in text
    assert all("," not in row["订单应付金额"] and row["承诺发货时间"] != "-" for row in rows)
    assert not list((tmp_path / "douyin" / "orders").glob("*补导*"))
    assert not list((tmp_path / "erp" / "stock").glob("*.xls"))


def money(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))
