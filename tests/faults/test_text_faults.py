"""Text files that are cut, joined, recoded or mangled: refused whole, set aside by line, or loaded the same (faults 1-27)."""

from __future__ import annotations

import json
from decimal import Decimal

import ingest_files as files
import layouts
import pytest

from ingest import ledger
from ingest.landing import land_file

GOOD = files.csv_text(files.orders(5))
NO_TOTAL = "no control total: a cut at the end of a line would not be seen"
LINES = GOOD.split("\r\n")[:-1]


def land(home, content, name=files.NAME, encoding="utf-8-sig", dataset="douyin.orders"):
    """Land one text and check the law of counting."""
    load = land_file(files.put(home / "drop", content, name, encoding), *dataset.split("."), home)
    assert load.status != "loaded" or files.law_holds(home, load)
    return load


def refused(load, *words, home) -> None:
    """Refused, for that reason, and nothing of it anywhere a reader looks."""
    assert load.status == "refused", load
    assert all(word in load.reason for word in words), load.reason
    assert "Next: " in load.reason
    assert not list(home.glob("raw/**/*.parquet")) and not list(home.glob("quarantine/**/*.parquet"))


def ids(home, load) -> list[str]:
    return [row["sub_order_id"] for row in files.raw_rows(home, load)]


WANTED = [line["子订单编号"] for line in files.orders(5)]


@pytest.mark.fault(1)
def test_01_cut_inside_a_quoted_field(home):
    text = files.csv_text([*files.orders(4), files.order(4, 选购商品="长,长的名字")])
    refused(land(home, text[: text.index("长的名字") + 1]), "ends inside a quoted field", "line 6", home=home)


@pytest.mark.fault(2)
def test_02_cut_with_a_control_total(home):
    total = files.csv_text([*files.orders(5), {"主订单编号": "合计", "订单应付金额": "99.95"}])
    load = land(home, total)
    assert (load.rows_loaded, load.rows_non_data) == (5, 1)
    cut = "\r\n".join([*total.split("\r\n")[:4], total.split("\r\n")[6], ""])
    home2 = home / "second"
    refused(
        land(home2, cut),
        "control total: the file states 99.95 and its rows add up to 59.97",
        "line 5",
        "column 订单应付金额",
        home=home2,
    )


@pytest.mark.fault(2)
def test_02_cut_in_the_middle_of_a_line_is_set_aside_with_its_line(home):
    load = land(home, GOOD[: GOOD.index(LINES[5]) + 60])
    assert (load.rows_loaded, load.rows_quarantined) == (4, 1)
    (bad,) = files.set_aside(home, load)
    assert bad["line"] == 6 and "cells where the header has 74" in bad["reason"]


@pytest.mark.fault(2)
def test_02_a_cut_that_nothing_tells_is_said_to_be_possible(home):
    """At the end of a line, and inside the last number (its 9 is gone): the rows load, and the note warns."""
    header = ("主订单编号", "子订单编号", "商品数量", "订单提交时间", "订单状态", "订单应付金额")
    text = files.csv_text(files.orders(4), header)
    at_a_line = land(home, "".join(text.splitlines(keepends=True)[:-1]))
    in_a_number = land(home / "b", text.rstrip("\r\n")[:-1])
    assert (at_a_line.rows_loaded, at_a_line.notes) == (3, NO_TOTAL)
    assert in_a_number.rows_loaded == 4 and files.raw_rows(home / "b", in_a_number)[-1]["payable_cny"] == Decimal(
        "19.9"
    )
    assert in_a_number.notes == "no control total, and the last line has no line break: look whether the file was cut"
    total = files.csv_text([*files.orders(4), {"主订单编号": "合计", "订单应付金额": "79.96"}], header)
    assert land(home / "c", total).notes == "", "a total that is compared says more than any note"


@pytest.mark.fault(2, 37)
def test_02_lines_of_an_api_without_a_total_are_told_and_a_whole_array_is_not(home):
    rows = [files.ad_row(n) for n in range(3)]
    lines = "\n".join(json.dumps(r) for r in rows) + "\n"
    told = [
        land(home / f"{n}", content, "r_20260911020000.json", "utf-8", "qianchuan.ad_reports").notes
        for n, content in enumerate([lines, json.dumps(rows), files.ad_page(rows)])
    ]
    assert told == [NO_TOTAL, "", ""]


@pytest.mark.fault(4)
def test_04_zero_bytes_and_header_only(home):
    refused(land(home, b""), "the file is empty (0 bytes)", home=home)
    load = land(home, files.csv_text([]), "空_20260911020000.csv")
    assert (load.status, load.rows_read) == ("loaded", 0)  # an empty day is allowed for orders ...
    stock = land(
        home, files.csv_text([], ("商家编码", "库存", "可发库存")), "库存_20260911020000.csv", dataset="erp.stock"
    )
    assert stock.status == "refused" and "header and no rows" in stock.reason  # ... and not for stock


@pytest.mark.fault(5)
@pytest.mark.parametrize(
    ("encoding", "noted"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gbk", "gb18030"), ("gb18030", "gb18030"), ("utf-16", "utf-16")],
)
def test_05_every_encoding_gives_the_same_rows(home, encoding, noted):
    load = land(home, files.csv_text([files.order(0, 选购商品="羊毛衫（红）"), files.order(1)]), encoding=encoding)
    assert (load.encoding, load.notes) == (noted, NO_TOTAL)
    assert [r["product_name"] for r in files.raw_rows(home, load)] == ["羊毛衫（红）", "羊毛衫"]


@pytest.mark.fault(5)
def test_05_a_cut_utf16_file_is_refused(home):
    refused(land(home, GOOD.encode("utf-16")[:-1]), "UTF-16", "cut", home=home)


@pytest.mark.fault(6)
def test_06_broken_bytes_spoil_their_line_only(home):
    raw = GOOD.encode("utf-8")
    broken = raw.replace("羊毛衫".encode(), b"\xd1\xf2\xc3\xab", 1)
    load = land(home, broken)
    (bad,) = files.set_aside(home, load)
    assert (
        ids(home, load) == WANTED[1:]
        and bad["line"] == 2
        and bad["reason"] == "the line holds bytes that are not utf-8"
    )
    assert all("\ufffd" not in str(r) for r in files.raw_rows(home, load))


@pytest.mark.fault(7)
def test_07_header_again_in_joined_exports(home):
    load = land(home, GOOD + "\ufeff" + files.csv_text([files.order(9)]), encoding="utf-8")
    assert (load.rows_loaded, load.rows_non_data, load.rows_quarantined) == (6, 1, 0)


@pytest.mark.fault(7)
def test_07_a_header_of_text_columns_only_is_seen_again(home):
    text = "warehouse_id,warehouse_name,province\na,甲,浙江\nwarehouse_id,warehouse_name,province\nb,乙,广东\n"
    load = land(home, text, "w_20260911020000.csv", dataset="shop.warehouses")
    assert [r["warehouse_id"] for r in files.raw_rows(home, load)] == ["a", "b"] and load.rows_non_data == 1


@pytest.mark.fault(7)
@pytest.mark.parametrize(
    "swapped", [("平台优惠", "商家优惠"), ("订单应付金额", "商品单价"), ("主订单编号", "子订单编号")]
)
def test_07_a_second_header_with_another_order_refuses_the_file(home, swapped):
    header = list(layouts.ORDERS_74)
    i, j = map(header.index, swapped)
    header[i], header[j] = header[j], header[i]
    refused(land(home, GOOD + files.csv_text([files.order(9)], header)), "a second header", "line 7", home=home)


@pytest.mark.fault(8)
def test_08_titles_totals_notes_and_blanks_are_no_data(home):
    text = (
        "抖店订单导出"
        + "," * 73
        + "\r\n"
        + GOOD
        + "小计"
        + "," * 73
        + "\r\n"
        + "," * 73
        + "\r\n"
        + "说明：数据截至昨日"
        + "," * 73
        + "\r\n\r\n"
    )
    load = land(home, text)
    assert (load.status, load.rows_loaded, load.rows_quarantined, load.rows_non_data) == ("loaded", 5, 0, 5), load
    assert ids(home, load) == WANTED


@pytest.mark.fault(9)
@pytest.mark.parametrize("mangled", ["6.91E+18", "6.917926768823644e+18", "6917926768823643751.0"])
def test_09_ids_that_excel_rounded_are_set_aside(home, mangled):
    load = land(home, files.csv_text([files.order(0), files.order(1, 主订单编号=mangled), files.order(2)]))
    (bad,) = files.set_aside(home, load)
    assert (bad["line"], bad["header"], bad["kind"]) == (
        3,
        "主订单编号",
        "mangled_id",
    ) and "rounded by a spreadsheet" in bad["reason"]
    assert [r["order_id"] for r in files.raw_rows(home, load)] == [files.order(n)["主订单编号"] for n in (0, 2)]


@pytest.mark.fault(9)
def test_09_ids_ending_in_zeros_after_excel(home):
    lines = [files.order(n) for n in range(12)]
    for number, line in enumerate(lines[:4]):
        line["主订单编号"] = f"69179267688{2000 + number}0000"
    load = land(home, files.csv_text(lines))
    assert [b["kind"] for b in files.set_aside(home, load)] == ["mangled_id"] * 4
    assert [b["line"] for b in files.set_aside(home, load)] == [2, 3, 4, 5] and load.rows_loaded == 8


@pytest.mark.fault(10)
@pytest.mark.parametrize("dressed", ["{}\t", "\t{}", "'{}", '="{}"', "　{}", " {} "])
def test_10_ornaments_round_ids_are_taken_off(home, dressed):
    lines = [files.order(n) for n in range(3)]
    lines = [
        line | {"主订单编号": dressed.format(line["主订单编号"]), "子订单编号": dressed.format(line["子订单编号"])}
        for line in lines
    ]
    assert ids(home, land(home, files.csv_text(lines))) == WANTED[:3]


@pytest.mark.fault(11)
@pytest.mark.parametrize(
    "spelt", ["订单应付金额 ", "\ufeff订单应付金额", "订单应付金额(元)", "订单应付金额（元）", "订单应付\n金额"]
)
def test_11_known_spellings_of_a_header(home, spelt):
    header = [spelt if h == "订单应付金额" else h for h in layouts.ORDERS_74]
    rows = [line | {spelt: "19.99"} for line in files.orders(3)]
    load = land(home, files.csv_text(rows, header), encoding="utf-8")
    assert {r["payable_cny"] for r in files.raw_rows(home, load)} == {Decimal("19.99")} and load.rows_loaded == 3


@pytest.mark.fault(11, 14)
def test_11_and_14_an_unknown_spelling_names_the_nearest(home):
    header = ["订单应附金额" if h == "订单应付金额" else h for h in layouts.ORDERS_74]
    refused(
        land(home, files.csv_text(files.orders(3), header)),
        "required column '订单应付金额' is missing",
        "'订单应附金额'",
        "line 1",
        home=home,
    )


@pytest.mark.fault(12)
def test_12_reordered_columns_give_the_same_rows(home):
    first = land(home, GOOD)
    second = land(home / "b", files.csv_text(files.orders(5), tuple(reversed(layouts.ORDERS_74))))
    rows = [
        [{k: v for k, v in row.items() if not k.startswith("_")} for row in files.raw_rows(folder, load)]
        for folder, load in ((home, first), (home / "b", second))
    ]
    assert rows[0] == rows[1] and len(rows[0]) == 5 and first.load_id != second.load_id


@pytest.mark.fault(13)
def test_13_an_extra_column_is_kept_aside_and_told(home):
    load = land(
        home,
        files.csv_text(
            [files.order(0, 新列="甲"), files.order(1)], (*layouts.ORDERS_74[:5], "新列", *layouts.ORDERS_74[5:])
        ),
    )
    rows = files.raw_rows(home, load)
    assert [json.loads(r["_extra"]) if r["_extra"] else None for r in rows] == [
        {"新列": "甲"},
        None,
    ] and "新列" in load.notes
    assert [r["payable_cny"] for r in rows] == [Decimal("19.99")] * 2


@pytest.mark.fault(14)
def test_14_a_missing_optional_column_is_null(home):
    load = land(home, files.csv_text(files.orders(2), [h for h in layouts.ORDERS_74 if h != "运费"]))
    assert load.status == "loaded" and [r["freight_cny"] for r in files.raw_rows(home, load)] == [None, None]


@pytest.mark.fault(15)
def test_15_one_name_twice_is_ambiguous(home):
    refused(
        land(home, files.csv_text(files.orders(2), (*layouts.ORDERS_74, "订单应付金额"))),
        "ambiguous header",
        "'订单应付金额'",
        home=home,
    )


@pytest.mark.fault(16)
def test_16_ragged_rows_commas_breaks_quotes_and_emoji(home):
    lines = list(LINES)
    lines[1] = lines[1].replace("羊毛衫", "羊毛衫,红", 1)  # an unquoted comma shifts the row
    lines[3] = lines[3].replace("羊毛衫", '羊"毛"衫', 1)  # a stray quote
    text = (
        "\r\n".join(lines)
        + "\r\n"
        + files.csv_text([files.order(9, 选购商品='a\r\n"b", 😀\u2028c')]).split("\r\n", 1)[1]
    )
    load = land(home, text)
    reasons = {b["line"]: b["reason"] for b in files.set_aside(home, load)}
    assert reasons[2] == "75 cells where the header has 74" or reasons[2] == "required 商品数量 is empty", reasons
    assert set(reasons) <= {2, 4} and load.rows_read == 6
    assert files.raw_rows(home, load)[-1]["product_name"] == 'a\r\n"b", 😀\u2028c'


@pytest.mark.fault(16)
def test_16_a_stray_comma_never_shifts_a_row_silently(home):
    """Behind 车型 all columns are text and the last are blank: only the width tells that the row is shifted."""
    text = files.csv_text([files.order(n, 车型="S", 选购商品="羊\u2028毛") for n in range(4)])
    text = "S,1,".join(text.rsplit("S,", 1))
    load = land(home, text)
    assert [(b["line"], b["kind"]) for b in files.set_aside(home, load)] == [(5, "unreadable")]
    assert ids(home, load) == WANTED[:3] and files.raw_rows(home, load)[0]["product_name"] == "羊\u2028毛"


@pytest.mark.fault(17)
def test_17_the_delimiter_changes_half_way(home):
    text = (
        files.csv_text(files.orders(4)) + files.csv_text([files.order(9)]).split("\r\n")[1].replace(",", ";") + "\r\n"
    )
    refused(land(home, text), "the delimiter changes from ',' to ';'", "line 6", home=home)


@pytest.mark.fault(18)
def test_18_money_that_is_no_money(home):
    load = land(
        home,
        files.csv_text(
            [
                files.order(0, 运费="12.5%"),
                files.order(1, 运费="-"),
                files.order(2, 运费="1,234.50"),
                files.order(3, 运费="1,23"),
            ]
        ),
    )
    assert [(b["line"], b["header"], b["value"], b["reason"]) for b in files.set_aside(home, load)] == [
        (2, "运费", "12.5%", "运费 is not a money"), (5, "运费", "1,23", "运费 is not a money"),
    ]  # fmt: skip
    assert [r["freight_cny"] for r in files.raw_rows(home, load)] == [None, Decimal("1234.50")]


@pytest.mark.fault(38)
@pytest.mark.parametrize("amount", ["$19.99", "USD 19.99", "19.99美元", "HK$20", "€5", "20 JPY", "19.99元/件"])
def test_38_money_of_another_currency_is_never_taken_for_yuan(home, amount):
    load = land(home, files.csv_text([files.order(0), files.order(1, 运费=amount), files.order(2)]))
    assert [(b["line"], b["reason"]) for b in files.set_aside(home, load)] == [(3, "运费 is not a money")]
    assert ids(home, load) == [WANTED[0], WANTED[2]]


@pytest.mark.fault(38)
def test_38_huge_values_are_exact_and_impossible_ones_are_set_aside(home):
    """DECIMAL(18,2) holds sixteen digits before the point; one more is no amount."""
    huge, beyond = "9999999999999999.99", "10000000000000000.00"
    load = land(home, files.csv_text([files.order(0, 运费=huge), files.order(1, 运费=beyond), files.order(2, 运费="-0.01")]))  # fmt: skip
    assert [b["value"] for b in files.set_aside(home, load)] == [beyond]
    assert [r["freight_cny"] for r in files.raw_rows(home, load)] == [Decimal(huge), Decimal("-0.01")]


@pytest.mark.fault(38)
def test_38_a_quantity_or_price_of_zero_loads_as_zero_and_no_number_as_nothing(home):
    load = land(home, files.csv_text([files.order(0, 商品数量="0", 商品单价="0", 订单应付金额="0.00"), files.order(1, 商品单价="-")]))  # fmt: skip
    rows = files.raw_rows(home, load)
    assert [(r["quantity"], r["unit_price_cny"], r["payable_cny"]) for r in rows] == [(0, Decimal(0), Decimal(0)), (1, None, Decimal("19.99"))]  # fmt: skip


@pytest.mark.fault(39)
def test_39_equal_rows_that_are_real_are_all_loaded(home):
    """Two pieces of one thing are two equal lines in some exports: a row is never dropped for being like another."""
    twice = [files.order(0), files.order(0), files.order(1)]
    load = land(home, files.csv_text(twice))
    assert ids(home, load) == [WANTED[0], WANTED[0], WANTED[1]] and load.rows_quarantined == 0


@pytest.mark.fault(19)
def test_19_a_fraction_far_below_any_sample(home):
    lines = [files.order(n, 订单应付金额="20") for n in range(30_001)]
    lines[30_000]["订单应付金额"] = "19.99"
    header = ("主订单编号", "子订单编号", "商品数量", "订单应付金额", "订单提交时间", "订单状态")
    load = land(home, files.csv_text(lines, header))
    assert sum(r["payable_cny"] for r in files.raw_rows(home, load)) == Decimal("600019.99")


@pytest.mark.fault(20)
def test_20_times_that_are_not_declared_are_set_aside(home):
    bad = ["9/10/2026", "46276", "0000-00-00", "2026-09-10 24:00:00", "2099-01-01 00:00:00"]
    load = land(
        home, files.csv_text([*files.orders(6), *(files.order(20 + n, 支付完成时间=t) for n, t in enumerate(bad))])
    )
    assert [(b["line"], b["header"], b["value"]) for b in files.set_aside(home, load)] == [
        (8 + n, "支付完成时间", t) for n, t in enumerate(bad)
    ]


@pytest.mark.fault(23)
def test_23_the_same_file_twice_and_its_rows_in_another_order(home):
    first, again = land(home, GOOD), land(home, GOOD, "另一个名字_20260911020000.csv")
    turned = land(home, "\r\n".join([LINES[0], *reversed(LINES[1:]), ""]))
    assert [x.status for x in (first, again, turned)] == ["loaded", "duplicate", "duplicate"]
    assert first.load_id in again.reason and "the same rows" in turned.reason
    assert len(list(home.glob("raw/douyin/orders/*.parquet"))) == 1 and len(ledger.read_loads(home)) == 3


@pytest.mark.fault(24, 25, 26, 27)
def test_24_25_26_27_versions_carry_the_time_of_their_export(home):
    new = land(home, files.csv_text([files.order(0, 订单状态="已完成")]), "订单_20260915020000.csv")
    old = land(home, files.csv_text([files.order(0)]), "订单_20260911020000.csv")
    assert new.exported_at > old.exported_at and new.loaded_at <= old.loaded_at, (
        "the order of landing does not make the old one newer"
    )
    unnamed = land(home, files.csv_text([files.order(1)]), "订单.csv")
    assert str(unnamed.exported_at) == "2026-09-10 08:01:00", (
        "without a time in its name, a file is as old as its newest content"
    )


@pytest.mark.parametrize(
    ("dataset", "content", "name"),
    [
        ("shop.products", GOOD, "p.csv"),
        ("douyin.after_sales", GOOD, "a.csv"),
        ("douyin.orders", files.csv_text([], layouts.AFTER_SALES_50), "o.csv"),
    ],
)
def test_a_file_of_another_dataset(home, dataset, content, name):
    load = land(home, content, name, dataset=dataset)
    refused(load, dataset if "missing" in load.reason or "no header" in load.reason else "required column", home=home)
