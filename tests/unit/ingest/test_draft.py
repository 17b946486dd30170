"""Drafted contracts: valid, of the right kinds by every row, silent about people, and loading the file they were made from."""

from __future__ import annotations

import json
from pathlib import Path

import ingest_files as files
import pytest

from ingest.contract_check import validate
from ingest.draft import draft_contract
from ingest.draft.place import place_contract
from ingest.errors import Refused
from ingest.landing import land_file

GOLDEN = sorted(p for p in (Path(__file__).parents[2] / "golden").glob("*/inbox/*/*/*") if p.is_file())
HEADER = ["订单号", "下单时间 ", "实付（元）", "下单件数", "转化率", "平台优惠", "订单状态", "是否新客", "说明"]


def rows(count: int = 40) -> list[list[str]]:
    """A report with one of most things; the last rows differ from the first."""
    made = []
    for n in range(count):
        made.append([
            f"69{17_926_768_823_643_751 + 977 * n}\t", f"2026/9/{1 + n % 28} 8:{n % 60:02}", f"￥{1000 + n:,}.5", str(n), f"{n % 100}.25%",
            "-" if n % 3 else "1", ("已完成", "待发货")[n % 2], "是" if n % 2 else "否", f"第{n}行",
        ])  # fmt: skip
    made[-1][3] = "--"
    made[-1][5] = "2.75"  # no whole number, as all before it were
    return made


def text(table: list[list[str]], delimiter: str = ",") -> str:
    quoted = [[f'"{c}"' if delimiter in c else c for c in row] for row in table]
    return "\r\n".join(delimiter.join(row) for row in quoted) + "\r\n"


def kinds(draft) -> dict[str, str]:
    return {c.header: c.protect or c.kind for c in draft.contract.columns}


def told(draft, header: str) -> str:
    return " | ".join(t for h, t in draft.look if h == header)


def whole(draft, count: int, aside: int = 0) -> None:
    """Valid, and the file loads under it."""
    assert validate(draft.contract) == []
    assert (draft.load.status, draft.load.rows_loaded, draft.load.rows_quarantined) == ("loaded", count, aside)
    assert "TODO" not in draft.text and "status: draft" in draft.text


@pytest.mark.parametrize(
    ("encoding", "delimiter", "title"),
    [("gb18030", ",", False), ("utf-8-sig", ",", True), ("utf-16", "\t", False), ("utf-8", ";", True)],
)
def test_a_text_report(encoding, delimiter, title, tmp_path):
    table = [["某平台订单明细", *[""] * 8], [""] * 9] if title else []
    path = files.put(tmp_path, text([*table, HEADER, *rows()], delimiter), "订单.csv", encoding)
    draft = draft_contract(path, "bazaar", "orders", title="某平台订单")
    whole(draft, 40)
    assert kinds(draft) == {
        "订单号": "id", "下单时间": "timestamp", "实付（元）": "money", "下单件数": "integer", "转化率": "rate", "平台优惠": "money", "订单状态": "text",
        "是否新客": "boolean", "说明": "text",
    }  # fmt: skip
    contract = draft.contract
    assert [c.header for c in contract.columns if c.key] == ["订单号"] and contract.options["dataDate"] == "ordered_at"
    assert (
        contract.column("ordered_at").header == "下单时间" and contract.column("platform_discount_cny").kind == "money"
    )
    assert set(contract.null_tokens) == {"-", "--"}
    status = next(c for c in contract.columns if c.header == "订单状态")
    assert (
        status.enum == ("已完成", "待发货")
        and status.name == "order_status"
        and "vocabulary" in told(draft, "订单状态")
    )
    assert contract.source == "bazaar" and contract.title == "某平台订单"


def test_what_only_the_last_row_says_counts(tmp_path):
    """Thousands of whole numbers and one fraction at the end: a number, and no row is lost."""
    table = [["编号", "件数", "备用"], *([str(n), str(n), str(n)] for n in range(6000)), ["6000", "19.99", "x"]]
    draft = draft_contract(files.put(tmp_path, text(table), "a.csv"), "bazaar", "facts")
    whole(draft, 6001)
    assert kinds(draft) == {"编号": "id", "件数": "number", "备用": "text"}
    assert "1 of 6,001 cells are no integer" in told(draft, "备用")


def test_people_are_told_by_header_and_by_content(tmp_path):
    header = [
        "单号",
        "收货人",
        "字段甲",
        "字段乙",
        "字段丙",
        "字段丁",
        "字段戊",
        "字段己",
        "确认收货时间",
        "买家实付金额",
    ]
    people = [
        [f"A{n:03}", "x", f"138{n:08}", f"33010619{50 + n}0101{100 + n}X", "王李张刘陈"[n % 5] + "**", f"杭州市文三路{n + 1}号{n}室", f"王{'梓欣浩子雨'[n % 5]}{'涵怡然墨桐'[n // 5 % 5]}",
         "请电话13812345678联系" if n == 29 else "快点", "2026-09-10 08:00:00", "19.90"]
        for n in range(30)
    ]  # fmt: skip
    draft = draft_contract(files.put(tmp_path, text([header, *people]), "a.csv"), "bazaar", "people")
    whole(draft, 30)
    assert kinds(draft) == {
        "单号": "id", "收货人": "drop", "字段甲": "drop", "字段乙": "drop", "字段丙": "drop", "字段丁": "drop",
        "字段戊": "drop", "字段己": "scrub", "确认收货时间": "timestamp", "买家实付金额": "money",
    }  # fmt: skip
    said = draft.text + json.dumps(draft.look, ensure_ascii=False)
    assert not [cell for row in people for cell in row[2:8] if len(cell) > 2 and cell in said], (
        "no cell of a person is told"
    )
    for header in ("字段甲", "字段乙", "字段丙", "字段丁", "字段戊", "字段己"):
        assert "look whether that is right" in told(draft, header)


def test_a_total_row_and_its_control(tmp_path):
    table = [
        ["日期", "店铺", "消耗", "备用金额"],
        *([f"2026-09-{n + 1:02}", "甲", f"{n}.10", "1"] for n in range(9)),
        ["合计", "", "36.90", "1"],
    ]
    draft = draft_contract(files.put(tmp_path, text(table), "a.csv"), "bazaar", "spend")
    whole(draft, 9)
    assert draft.contract.options["totalRow"] == {"columns": ["日期"], "tokens": ["合计"], "control": ["消耗"]}
    assert kinds(draft)["日期"] == "date" and draft.contract.options["dataDate"] == draft.contract.columns[0].name
    cut = [*table[:5], table[-1]]
    load = land_file(
        files.put(tmp_path / "cut", text(cut), "b.csv"), "bazaar", "spend", tmp_path / "home", contract=draft.contract
    )
    assert load.status == "refused" and "control total" in load.reason


def test_a_key_of_two_columns_and_none(tmp_path):
    table = [
        ["日期", "计划ID", "消耗"],
        *([f"2026-09-{d + 1:02}", str(1_000_000_000 + i), "1.5"] for d in range(5) for i in range(5)),
    ]
    draft = draft_contract(files.put(tmp_path, text(table), "a.csv"), "bazaar", "plans")
    whole(draft, 25)
    assert {c.header for c in draft.contract.columns if c.key} == {"日期", "计划ID"} and "together with" in told(
        draft, "日期"
    ) + told(draft, "计划ID")
    table = [["名称", "次数"], *(["甲", "1"] for _ in range(9))]
    draft = draft_contract(files.put(tmp_path, text(table), "b.csv"), "bazaar", "clicks")
    whole(draft, 9)
    assert not any(c.key for c in draft.contract.columns) and "no key was found" in told(draft, "")


def test_a_workbook_with_a_title_dates_and_ids(tmp_path):
    import datetime as dt

    day = dt.datetime(2026, 9, 10, 8)
    path = tmp_path / "t.xlsx"
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        book.add_worksheet("说明").write(0, 0, "使用说明")
        sheet = book.add_worksheet("数据")
        sheet.write_row(0, 0, ["售后报表"])
        sheet.write_row(1, 0, ["售后单号", "申请时间", "退款金额", "件数"])
        for n in range(25):
            sheet.write_string(n + 2, 0, str(7_000_000_000_000_000_001 + n))
            sheet.write_datetime(n + 2, 1, day + dt.timedelta(hours=n))
            sheet.write_row(n + 2, 2, [19.9 + n, n])
    draft = draft_contract(path, "bazaar", "after_sales")
    whole(draft, 25)
    assert kinds(draft) == {"售后单号": "id", "申请时间": "timestamp", "退款金额": "money", "件数": "integer"}


def test_an_answer_of_an_api(tmp_path):
    items = [
        {"order_id": str(5_000_000_001 + n), "pay_amount": 1999 + n, "create_time": 1_788_998_400 + n, "buyer": {"tel": "13800000000"}, "shop": {"id": 7, "name": "甲"}, "tags": ["x"]}
        for n in range(30)
    ]  # fmt: skip
    path = files.put(tmp_path, json.dumps({"code": 0, "data": {"list": items, "total": 30}}), "a.json", "utf-8")
    draft = draft_contract(path, "bazaar", "orders_api")
    whole(draft, 30)
    found = kinds(draft)
    assert found["order_id"] == "id" and found["pay_amount"] == "money" and found["create_time"] == "timestamp"
    assert found["buyer.tel"] == "drop" and "shop.id" in found and "tags" not in found and "list" in told(draft, "tags")
    assert draft.contract.options["json"]["items"] == ["data.list"]
    assert any(c.options.get("format") == "epoch_s" for c in draft.contract.columns)
    lines = "".join(json.dumps(item) + "\n" for item in items)
    assert kinds(draft_contract(files.put(tmp_path, lines, "a.jsonl", "utf-8"), "bazaar", "lines")) == found


def test_dates_whose_day_cannot_be_told_stay_text(tmp_path):
    table = [["单号", "日期"], *([f"{10_000_000 + n}", f"{n % 12 + 1}/10/2026"] for n in range(12))]
    draft = draft_contract(files.put(tmp_path, text(table), "a.csv"), "bazaar", "dated")
    whole(draft, 12)
    assert kinds(draft)["日期"] == "text" and "day and month" in told(draft, "日期")


def test_damaged_ids_are_told_and_set_aside_by_the_loader(tmp_path):
    table = [["订单号", "金额"], *([f"69{17_926_768_823_643_751 + n}", "1"] for n in range(20)), ["6.91793E+18", "1"]]
    draft = draft_contract(files.put(tmp_path, text(table), "a.csv"), "bazaar", "mangled")
    assert validate(draft.contract) == [] and draft.load.rows_loaded + draft.load.rows_quarantined == 21
    assert "spreadsheet" in told(draft, "订单号")


@pytest.mark.fault(40)
@pytest.mark.parametrize(
    "header",
    [
        "a: {b}",
        "'; drop table x; --",
        "{{ env_var('HOME') }}",
        '"',
        "- x",
        "#",
        "null",
        "true",
        "1.5",
        "行\n断",
        "a,b",
        "\\",
        "%(x)s",
        "!!python/object",
    ],
)
def test_hostile_headers_are_only_text(header, tmp_path):
    path = tmp_path / "h.xlsx"
    files.book(path, {"s": [["单号", header, "第三列"], *([f"{10_000_000 + n}", f"v{n}", "z"] for n in range(9))]})
    draft = draft_contract(path, "bazaar", "hostile")
    assert draft.load.status == "loaded" and draft.load.rows_loaded == 9
    assert [
        c.name for c in draft.contract.columns if not c.name.replace("_", "").isalnum() or not c.name.isascii()
    ] == []


def test_a_header_that_stands_twice_is_dropped_and_told(tmp_path):
    table = [["单号", "金额", "金额", "甲"], *([str(n), "1", "2", "x"] for n in range(9))]
    draft = draft_contract(files.put(tmp_path, text(table), "a.csv"), "bazaar", "twice")
    whole(draft, 9)
    assert kinds(draft)["金额"] == "drop" and "several columns" in told(draft, "金额")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "0 bytes"),
        ("甲,乙\r\n".encode(), "no rows"),
        (b"1,2\r\n3,4\r\n", "no header"),
        (b'{"code": 1}', "rows|items"),
        (b"PK\x03\x04", "archive"),
    ],
)
def test_what_cannot_be_drafted_has_words(content, words, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(Refused, match=words) as refused:
        draft_contract(path, "bazaar", "x")
    assert refused.value.hint


@pytest.mark.parametrize("name", ["Bazaar", "a.b", "../x", "", "订单", "1a", "a b"])
def test_names_that_could_leave_their_folder_are_refused(name, tmp_path):
    path = files.put(tmp_path, text([HEADER, *rows()]), "a.csv")
    with pytest.raises(ValueError, match="lower-case"):
        draft_contract(path, name, "orders")


def test_a_contract_that_is_there_is_not_replaced(tmp_path, monkeypatch):
    draft = draft_contract(files.put(tmp_path, text([HEADER, *rows()]), "a.csv"), "bazaar", "orders")
    monkeypatch.setenv("FUPAN_SITE", str(tmp_path))
    placed = place_contract(draft, tmp_path)
    assert placed.read_text(encoding="utf-8") == draft.text and "bazaar:" in (tmp_path / "sources.yml").read_text(encoding="utf-8")  # fmt: skip
    with pytest.raises(ValueError, match="there already"):
        place_contract(draft, tmp_path)
    place_contract(draft, tmp_path, force=True)
    assert (tmp_path / "sources.yml").read_text(encoding="utf-8").count("bazaar:") == 1
    ours = draft_contract(files.put(tmp_path, text([HEADER, *rows()]), "a.csv"), "douyin", "orders")
    with pytest.raises(ValueError, match="douyin/orders"):
        place_contract(ours, tmp_path, force=True)


@pytest.mark.parametrize(
    "path", GOLDEN, ids=lambda p: f"{p.parents[3].name}-{p.parents[1].name}-{p.parent.name}-{p.name}"
)
def test_real_layouts_draft_and_load(path):
    """Every file of the golden folders, of whatever platform, drafts a valid contract that loads it."""
    draft = draft_contract(path, "bazaar", "golden")
    assert validate(draft.contract) == [] and draft.load.rows_loaded > 0
