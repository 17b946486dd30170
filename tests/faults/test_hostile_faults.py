"""Workbooks and names that are broken or meant to harm: refused before they cost memory, and never an error of our own (3, 9, 15, 40)."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import ingest_files as files
import layouts
import pytest

from ingest.files import is_waiting, safe_name, stable
from ingest.landing import land_file
from ingest.pipeline import land_inbox
from tests.fuzz.targets import WORKBOOK

BOOK = "订单_20260911020000.xlsx"


def land(home, path, dataset="douyin.orders"):
    load = land_file(path, *dataset.split("."), home)
    assert load.status != "loaded" or files.law_holds(home, load)
    assert load.status != "refused" or (load.reason and not list(home.glob("raw/**/*.parquet")))
    return load


def edited(path: Path, change, member: str = "") -> Path:
    """The workbook with `change` applied to the bytes of its parts whose name holds `member`."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, change(data) if member in name else data)
    return path


@pytest.fixture
def book(tmp_path):
    return files.book(tmp_path / "drop" / BOOK, {"订单": files.grid(files.orders(5))})


def test_a_workbook_and_a_csv_give_the_same_rows(home, book, tmp_path):
    first = land(home, book)
    second = land(home / "b", files.put(tmp_path, files.csv_text(files.orders(5))))
    assert first.rows_loaded == second.rows_loaded == 5


@pytest.mark.fault(3)
def test_03_a_cut_workbook(home, book):
    book.write_bytes(book.read_bytes()[:-200])
    assert "cut or still being written" in land(home, book).reason


@pytest.mark.fault(3)
def test_03_an_upload_in_progress_is_left_and_a_done_mark_ends_the_wait(home, tmp_path, monkeypatch):
    path, marked = files.put(tmp_path, "a", "a.csv"), files.put(tmp_path, "b", "b.csv")
    files.put(tmp_path, "", "b.csv.done")
    monkeypatch.setattr(
        "time.sleep", lambda _: (files.put(tmp_path, "a longer", "a.csv"), files.put(tmp_path, "b longer", "b.csv"))
    )
    assert stable([path, marked]) == [marked]
    assert [is_waiting(tmp_path / n) for n in ("a.csv", "b.csv.done", "gone.csv")] == [True, False, False]
    assert not any(
        is_waiting(files.put(tmp_path, "x", n)) for n in ("x.csv.part", ".x.csv", "~$x.xlsx", "x.CRDOWNLOAD", "x.tmp")
    )


@pytest.mark.fault(15)
def test_15_wrong_dimension(home, book):
    assert (
        land(home, edited(book, lambda d: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', d))).rows_loaded
        == 5
    )


@pytest.mark.fault(15)
def test_15_inline_strings(home, book):
    with zipfile.ZipFile(book) as archive:
        shared = re.findall(rb"<si><t[^>]*>([^<]*)</t></si>", archive.read("xl/sharedStrings.xml"))

    def inline(data):
        return re.sub(
            rb' t="s"><v>(\d+)</v>', lambda m: b' t="inlineStr"><is><t>' + shared[int(m[1])] + b"</t></is>", data
        )

    load = land(home, edited(book, inline, "worksheets/"))
    assert load.rows_loaded == 5 and files.raw_rows(home, load)[0]["product_name"] == "羊毛衫"


@pytest.mark.fault(15)
def test_15_hidden_rows_are_loaded_and_counted(home, book):
    load = land(home, edited(book, lambda d: d.replace(b'<row r="3"', b'<row r="3" hidden="1"'), "worksheets/"))
    assert (load.rows_read, load.rows_loaded) == (5, 5)


@pytest.mark.fault(15)
def test_15_sheets_of_another_report_are_not_united_and_continuations_are(home, tmp_path):
    more = [files.order(n) for n in range(5, 8)]
    refunds = [layouts.AFTER_SALES_50, *([f"{n}"] * 50 for n in range(4))]
    path = files.book(
        tmp_path / BOOK,
        {
            "订单": files.grid(files.orders(5)),
            "售后": [list(r) for r in refunds],
            "订单2": files.grid(more, reversed(layouts.ORDERS_74)),
        },
    )
    load = land(home, path)
    assert (load.rows_loaded, load.rows_quarantined) == (8, 0) and load.notes == "sheets not read: 售后"
    assert [r["sub_order_id"] for r in files.raw_rows(home, load)] == [files.order(n)["子订单编号"] for n in range(8)]


@pytest.mark.fault(15)
def test_15_two_columns_of_one_name(home, tmp_path):
    load = land(
        home, files.book(tmp_path / BOOK, {"a": files.grid(files.orders(2), (*layouts.ORDERS_74, "订单应付金额"))})
    )
    assert "ambiguous header" in load.reason


@pytest.mark.fault(9)
def test_09_ids_kept_as_numbers_in_a_workbook(home, tmp_path):
    rows = files.grid(files.orders(4))
    rows[2][0] = float(rows[2][0])
    load = land(home, files.book(tmp_path / BOOK, {"a": rows}))
    (bad,) = files.set_aside(home, load)
    assert (bad["line"], bad["header"], bad["kind"]) == (3, "主订单编号", "mangled_id") and load.rows_loaded == 3


@pytest.mark.fault(20)
def test_20_serial_days_of_a_workbook_are_times(home, tmp_path):
    rows = files.grid(files.orders(1))
    rows[1][rows[0].index("支付完成时间")] = 46275.5
    load = land(home, files.book(tmp_path / BOOK, {"a": rows}))
    assert str(files.raw_rows(home, load)[0]["paid_at"]) == "2026-09-10 12:00:00"


@pytest.mark.fault(40)
def test_40_zip_bomb(home, tmp_path):
    with zipfile.ZipFile(tmp_path / BOOK, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 100_000_000)
    load = land(home, tmp_path / BOOK)
    assert "the archive unpacks to 100,000,000 bytes" in load.reason and "the limit is 200 times" in load.reason


@pytest.mark.fault(40)
def test_40_a_bomb_that_states_a_small_size(home, tmp_path):
    path = tmp_path / BOOK
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (WORKBOOK | {"xl/worksheets/sheet1.xml": b" " * 100_000_000}).items():
            archive.writestr(name, data)
    size = (100_000_000).to_bytes(4, "little")
    assert path.read_bytes().count(size) == 2
    path.write_bytes(path.read_bytes().replace(size, (1000).to_bytes(4, "little")))
    assert "not the stated size or checksum" in land(home, path).reason


@pytest.mark.fault(40)
@pytest.mark.parametrize(
    "entity", ['<!ENTITY c "&b;&b;"><!ENTITY b "aaaaaaaaaa">', '<!ENTITY c SYSTEM "file:///etc/hostname">']
)
def test_40_entities_are_never_expanded(home, book, entity):
    def bomb(d):
        return (
            b"<?xml version='1.0'?><!DOCTYPE x ["
            + entity.encode()
            + b"]>"
            + d[d.index(b"?>") + 2 :].replace("羊毛衫".encode(), b"&c;")
        )

    assert "has a document type" in land(home, edited(book, bomb, "sharedStrings")).reason


@pytest.mark.fault(40)
@pytest.mark.parametrize(("text", "blank", "aside"), [(" ", 0, 0), ("x", 1_048_571, 1)])
def test_40_a_stray_cell_far_away_costs_no_memory(home, tmp_path, text, blank, aside):
    """A reader that makes room for all cells up to the last would take 400 GB. A text there is a row of its own, set aside."""
    import xlsxwriter

    path = tmp_path / BOOK
    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet()
        for r, cells in enumerate(files.grid(files.orders(3))):
            sheet.write_row(r, 0, cells)
        sheet.write(1_048_575, 16_383, text)
    load = land(home, path)
    assert (load.status, load.rows_loaded, load.rows_non_data, load.rows_quarantined) == ("loaded", 3, blank, aside)


@pytest.mark.fault(40)
@pytest.mark.parametrize("head", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), b"PK\x03\x04" + bytes(100)])
def test_40_a_locked_or_broken_container(home, tmp_path, head):
    """A workbook with a password is an OLE2 container without a workbook in it."""
    load = land(home, files.put(tmp_path, head, BOOK))
    assert load.status == "refused" and ("cannot be opened" in load.reason or "cut" in load.reason)


@pytest.mark.fault(40)
def test_40_kinds_are_told_by_bytes_and_not_by_names(home, tmp_path):
    assert land(home, files.put(tmp_path, files.csv_text(files.orders(2)), BOOK)).rows_loaded == 2
    html = land(home / "b", files.put(tmp_path, "<html><table><tr><td>1</td></tr></table>", "x.xls", "utf-8"))
    assert "no header of douyin.orders" in html.reason


@pytest.mark.fault(40)
@pytest.mark.parametrize(
    "name",
    [
        "../../x.csv",
        "/etc/x.csv",
        "..",
        "a\x00b.csv",
        "a/b\\c:d.csv",
        "....csv",
        "x" * 300 + ".csv",
        "订" * 300 + ".csv",
        "={{7*7}}.csv",
        "",
    ],
)
def test_40_names_cannot_leave_their_folder(tmp_path, name):
    safe = safe_name(name)
    assert safe and "/" not in safe and "\x00" not in safe and not safe.startswith(".") and len(safe.encode()) <= 120
    assert (tmp_path / safe).resolve().parent == tmp_path.resolve()


@pytest.mark.fault(40)
@pytest.mark.parametrize(
    "name",
    [
        "订" * 83 + ".csv",
        os.fsdecode("订单".encode("gb18030") + b"_20260911020000.csv"),
        os.fsdecode(b"\xff\xff.csv"),
        "a'b\"; drop.csv",
        "{{ 7*7 }}.csv",
        "a\nb.csv",
    ],
    ids=range(6),
)
def test_40_files_of_any_name_are_pulled(home, name):
    inbox = home / "inbox" / "shop" / "warehouses"
    for content, at in (("warehouse_id,warehouse_name,province\na,b,c\n", inbox / name), ("x\n", inbox / "bad" / name)):
        files.put(at.parent, content, "t.csv").rename(at)
        os.utime(at, (1, 1))
    result = land_inbox("shop", home=home)
    assert sorted(x.status for x in result.loads) == ["loaded", "refused"]
    assert not [p for p in inbox.rglob("*") if p.is_file()]
    kept = list((home / "quarantine/shop/warehouses/refused").iterdir())
    assert len(kept) == 2 and any(
        p.read_text(errors="replace").startswith("no header of shop.warehouses") for p in kept
    )


@pytest.mark.fault(40)
def test_40_links_and_hidden_files_in_the_drop_folder_are_left(home, tmp_path):
    inbox = home / "inbox" / "shop" / "warehouses"
    secret = files.put(tmp_path / "outside", "warehouse_id,warehouse_name,province\na,b,c\n", "secret.csv")
    inbox.mkdir(parents=True)
    (inbox / "link.csv").symlink_to(secret)
    (inbox / "folder").symlink_to(secret.parent)
    files.put(inbox / ".stversions", secret.read_bytes(), "old.csv")
    assert land_inbox("shop", home=home).loads == [] and secret.exists() and (inbox / "link.csv").is_symlink()


HOSTILE = [
    "a'b",
    'a"b',
    "{{ 7*7 }}",
    "x'); drop table t;--",
    "$.a[*]",
    "*",
    "a\\b",
    "=HYPERLINK(1)",
    "%s{0}",
    "select 1",
]


@pytest.mark.fault(40)
@pytest.mark.parametrize("header", HOSTILE)
def test_40_hostile_headers_and_field_names_are_only_text(home, tmp_path, header):
    load = land(
        home,
        files.put(
            tmp_path, files.csv_text([files.order(0, **{header: "v"}), files.order(1)], (*layouts.ORDERS_74, header))
        ),
    )
    assert [json.loads(r["_extra"]) if r["_extra"] else None for r in files.raw_rows(home, load)] == [
        {header: "v"},
        None,
    ]
    page = files.ad_page([files.ad_row(0, **{header: "v"}), files.ad_row(1)])
    load = land(home, files.put(tmp_path, page, "r_20260911020000.json", "utf-8"), "qianchuan.ad_reports")
    assert [json.loads(r["_extra"]) if r["_extra"] else None for r in files.raw_rows(home, load)] == [
        {header: "v"},
        None,
    ]


@pytest.mark.fault(40)
@pytest.mark.parametrize(
    "cell", ['=HYPERLINK("http://x")', "+1+1", "@SUM(1)", "\x00", "'; drop table x; --", "😀" * 50]
)
def test_40_hostile_cells_are_stored_as_text(home, tmp_path, cell):
    load = land(home, files.put(tmp_path, files.csv_text([files.order(0, 选购商品=cell), files.order(1)])))
    assert files.raw_rows(home, load)[0]["product_name"] == cell


@pytest.mark.fault(40)
def test_40_a_cell_of_ten_megabytes_spoils_its_row_and_no_time(home, tmp_path):
    load = land(home, files.put(tmp_path, files.csv_text([files.order(0, 选购商品="a" * 10_000_000), files.order(1)])))
    (bad,) = files.set_aside(home, load)
    assert (bad["line"], bad["reason"]) == (2, "a cell of more than 2,097,152 characters") and len(bad["value"]) <= 60


@pytest.mark.fault(40)
@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"code":0,"data":{"list":[' + "[" * 900 + "]" * 900 + "]}}",
        '{"code":0,"data":{"list":[{"ad_id":1',
        "NaN",
        '{"a":"\\ud800"}',
        "{}x{}",
    ],
)
def test_40_json_that_is_none(home, tmp_path, text):
    load = land(home, files.put(tmp_path, text, "r_20260911020000.json", "utf-8"), "qianchuan.ad_reports")
    assert load.status == "refused" and "Next: " in load.reason


@pytest.mark.fault(21, 22)
def test_22_neither_the_clock_nor_the_zone_changes_a_byte(home, tmp_path):
    """The same file landed under three zones, at different moments, gives the same object and the same facts."""
    late = [files.order(0, 订单提交时间="2026-11-10 23:59:59"), files.order(1, 订单提交时间="2026-11-11 00:00:00")]
    files.put(tmp_path, files.csv_text(late), "orders.csv")
    answer = files.api_answer([files.api_order(0, create_time=1794326399), files.api_order(1, create_time=1794326400)])
    files.put(tmp_path, answer, "api.json", "utf-8")
    code = (
        "import sys, hashlib, shutil; from pathlib import Path; from ingest.landing import land_file\n"
        "drop, home = Path(sys.argv[1]), Path(sys.argv[2])\n"
        "for name, dataset in (('orders.csv', 'orders'), ('api.json', 'orders_api')):\n"
        "    x = land_file(drop / name, 'douyin', dataset, home)\n"
        "    raw = (home / 'raw/douyin' / dataset / (x.load_id + '.parquet')).read_bytes()\n"
        "    print(x.load_id, x.status, x.rows_loaded, x.exported_at, x.first_data_date, x.last_data_date, hashlib.sha256(raw).hexdigest())\n"
    )
    seen = set()
    for zone in ("UTC", "Asia/Shanghai", "America/New_York"):
        other = tmp_path / zone.replace("/", "_")
        (other / "state").mkdir(parents=True)
        (other / "state" / "identity.key").write_bytes((home / "state" / "identity.key").read_bytes())
        run = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path), str(other)],
            env=os.environ | {"TZ": zone},
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[2],
            check=True,
        )
        seen.add(run.stdout)
    (only,) = seen
    assert only.count("2026-11-10 23:59:59 2026-11-11 00:00:00") == 2
