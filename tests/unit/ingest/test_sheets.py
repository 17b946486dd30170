"""Workbooks, HTML tables and XML spreadsheets: what stands in a cell, where the header is, and what is refused."""

from __future__ import annotations

import datetime as dt
import tempfile
from decimal import Decimal
from pathlib import Path

import ingest_files as files
import pytest
import sheet_files as sheets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.contract import Column, Contract
from ingest.landing import land_file

HEADER = ["编号", "名称", "金额", "数量", "比率", "时间"]


def column(name: str, header: str, kind: str, required: bool = False, **options) -> Column:
    return Column(name, header, (), kind, required, False, None, (), "", options)


CONTRACT = Contract("x", "y", "", "", "", "", (
    column("row_id", "编号", "id", True), column("title", "名称", "text"), column("paid_cny", "金额", "money"),
    column("item_count", "数量", "integer"), column("click_rate", "比率", "rate", unit="percent"), column("seen_at", "时间", "timestamp"),
), (), {"formats": ["xlsx", "csv"], "nullTokens": ["-"], "maxQuarantineShare": 0.9, "allowEmpty": True})  # fmt: skip


def land(path: Path, home: Path):
    load = land_file(path, "x", "y", home, contract=CONTRACT)
    assert load.status != "loaded" or files.law_holds(home, load)
    return load


def rows_of(path: Path, home: Path) -> list[dict]:
    load = land(path, home)
    assert load.status == "loaded", load.reason
    return [{k: v for k, v in r.items() if k[0] != "_"} for r in files.raw_rows(home, load)]


def good(number: int = 0) -> list[str]:
    return [str(10**17 + 3 + number), f"羊毛衫{number}", "19.90", "2", "41.93%", "2026-09-10 08:00:00"]


GOOD = {"row_id": str(10**17 + 3), "title": "羊毛衫0", "paid_cny": Decimal("19.90"), "item_count": 2, "click_rate": Decimal("0.419300"), "seen_at": dt.datetime(2026, 9, 10, 8)}  # fmt: skip


def book(path: Path, write, **options) -> Path:
    """An XLSX made cell by cell: write(workbook, sheet)."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), options) as workbook:
        write(workbook, workbook.add_worksheet())
    return path


# ---- one table, every costume

TEXT = st.text(st.sampled_from("a中 ,\"'&<>;é😀-_#=+@0"), max_size=8).map(str.strip)
CELL_ROWS = st.lists(
    st.tuples(
        st.integers(1, 10**18).map(str) | st.just(""), TEXT, st.sampled_from(["", "19.9", "-3", "1,234.50", "x", "-"]),
        st.sampled_from(["", "0", "7", "1.5"]), st.sampled_from(["", "5%", "41.93", "-"]),
        st.sampled_from(["", "2026-09-10 08:00:00", "2026/9/10", "9/10/2026"]),
    ), min_size=1, max_size=12,
)  # fmt: skip


def outcome(path: Path, home: Path) -> tuple:
    load = land(path, home)
    kept = (
        [{k: v for k, v in r.items() if k[0] != "_"} for r in files.raw_rows(home, load)]
        if load.status == "loaded"
        else [load.reason]
    )
    # the careful and the quick reader of CSV name a line each in their way where a cell holds line breaks; here none does
    aside = [(r["line"], r["column"], r["value"], r["reason"]) for r in files.set_aside(home, load)]
    return load.status, load.rows_read, load.rows_loaded, load.rows_quarantined, load.rows_non_data, kept, aside


@settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(CELL_ROWS)
def test_any_table_lands_the_same_from_every_kind_of_sheet_as_from_csv(table):
    table = [row for row in map(list, table) if any(row)]
    if not any(row[0] for row in table):
        return
    grid = [HEADER, *table]
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        wanted = outcome(files.put(at, files.csv_text([dict(zip(HEADER, r, strict=True)) for r in table], HEADER), "t_20260911020000.csv"), at / "csv")  # fmt: skip
        made = {
            "xlsx": files.book(at / "t_20260911020000.xlsx", {"a": grid}),
            "xls": sheets.xls(at / "t_20260911020000.xls", grid),
            "html": sheets.html(at / "t_20260911020000_h.xls", grid),
            "html8": sheets.html(at / "t_20260911020000_h8.xls", grid, "utf-8"),
            "xml": sheets.spreadsheet_xml(at / "t_20260911020000_x.xls", grid),
        }
        for kind, path in made.items():
            found = outcome(path, at / kind)
            if kind.startswith("html"):  # a browser runs blanks together
                wanted_here = squeezed(wanted)
                found = squeezed(found)
            else:
                wanted_here = wanted
            assert found == wanted_here, kind


def squeezed(told: tuple) -> tuple:
    rows = [r | {"title": " ".join((r["title"] or "").split())} if isinstance(r, dict) else r for r in told[5]]
    return (*told[:5], rows, told[6])


# ---- cells of a workbook


def test_numbers_times_and_percentages_of_real_cells(home, tmp_path):
    def write(workbook, sheet):
        percent, day, moment = (workbook.add_format({"num_format": f}) for f in ("0.00%", "yyyy/m/d", "yyyy-mm-dd hh:mm:ss"))  # fmt: skip
        sheet.write_row(0, 0, HEADER)
        for r, (share, style) in enumerate([(0.4193, percent), (41.93, None), (0.0007, percent), (1, percent), (0.1 + 0.2, percent)], 1):  # fmt: skip
            sheet.write_row(r, 0, [123456789012345, "a", 19.9, 2.0])
            sheet.write_number(r, 4, share, style)
        sheet.write_datetime(1, 5, dt.datetime(2026, 9, 10, 8, 0, 7), moment)
        sheet.write_number(2, 5, 46275.33333, moment)  # a fraction that was cut: 07:59:59.7
        sheet.write_number(3, 5, 46275.5)  # a serial day without a format
        sheet.write_number(4, 5, 46275, day)
        sheet.write_string(5, 5, "2026-09-10 08:00:00")

    rows = rows_of(book(tmp_path / "a.xlsx", write), home)
    assert [r["click_rate"] for r in rows] == [*map(Decimal, ("0.419300", "0.419300", "0.000700", "1.000000", "0.300000"))]  # fmt: skip
    assert [r["seen_at"] for r in rows] == [
        dt.datetime(2026, 9, 10, 8, 0, 7), dt.datetime(2026, 9, 10, 8), dt.datetime(2026, 9, 10, 12), dt.datetime(2026, 9, 10), dt.datetime(2026, 9, 10, 8),
    ]  # fmt: skip
    assert {(r["row_id"], r["paid_cny"], r["item_count"]) for r in rows} == {("123456789012345", Decimal("19.90"), 2)}


def test_a_percentage_far_to_the_right_of_blank_columns_and_between_plain_numbers(home, tmp_path):
    def write(workbook, sheet):
        percent = workbook.add_format({"num_format": "0.0%;-0.0%"})
        sheet.write_row(2, 3, HEADER)
        for r in range(3, 9):
            sheet.write_row(r, 3, good(r))
            sheet.write_number(r, 7, 0.5 if r % 2 else 50, percent if r % 2 else None)

    rows = rows_of(book(tmp_path / "a.xlsx", write), home)
    assert [r["click_rate"] for r in rows] == [Decimal("0.500000")] * 6


@pytest.mark.fault(20)
@pytest.mark.parametrize("system", [1900, 1904])
def test_the_date_systems_of_excel(home, tmp_path, system):
    def write(workbook, sheet):
        moment = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(0, 0, HEADER)
        for r in (1, 2):
            sheet.write_row(r, 0, good(r)[:5])
            sheet.write_number(r, 5, 46275.5 - (1462 if system == 1904 else 0), moment if r == 1 else None)

    rows = rows_of(book(tmp_path / "a.xlsx", write, date_1904=system == 1904), home)
    assert [r["seen_at"] for r in rows] == [dt.datetime(2026, 9, 10, 12)] * 2


def test_cells_in_error_are_text_and_never_nothing(home, tmp_path):
    def write(workbook, sheet):
        sheet.write_row(1, 1, HEADER)
        for r in (2, 3, 4):
            sheet.write_row(r, 1, good(r))
        sheet.write_formula(3, 3, "=NA()", None, "#N/A")
        sheet.write_formula(4, 2, "=1/0", None, "#DIV/0!")

    load = land(book(tmp_path / "a.xlsx", write), home)
    assert [r["title"] for r in files.raw_rows(home, load)] == ["羊毛衫2", "#DIV/0!"]
    assert [(r["line"], r["header"], r["value"]) for r in files.set_aside(home, load)] == [(4, "金额", "#N/A")]


def test_formulas_rich_text_and_booleans(home, tmp_path):
    def write(workbook, sheet):
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, good())
        sheet.write_row(2, 0, good(1))
        sheet.write_formula(1, 2, "=9.95*2", None, 19.9)
        sheet.write_formula(2, 1, '="a"', None, "")  # never calculated: nothing is known of it
        sheet.write_rich_string(1, 1, "羊毛", workbook.add_format({"bold": True}), "衫", "0")

    rows = rows_of(book(tmp_path / "a.xlsx", write), home)
    assert rows[0] == GOOD and rows[1]["title"] is None


@pytest.mark.fault(9)
def test_ids_of_fifteen_digits_are_whole_and_longer_ones_are_lost(home, tmp_path):
    def write(workbook, sheet):
        sheet.write_row(0, 0, HEADER)
        for r, number in enumerate([999_999_999_999_999, 1_000_000_000_000_000, 6_917_926_768_823_643_751, 7, -5], 1):
            sheet.write_row(r, 0, [number, *good()[1:]])

    load = land(book(tmp_path / "a.xlsx", write), home)
    assert [r["row_id"] for r in files.raw_rows(home, load)] == ["999999999999999", "7", "-5"]
    assert [(r["line"], r["kind"]) for r in files.set_aside(home, load)] == [(3, "mangled_id"), (4, "mangled_id")]


# ---- sheets, headers, hidden things


@pytest.mark.fault(8, 15)
def test_titles_above_and_a_header_over_two_rows_with_merged_cells(home, tmp_path):
    def write(workbook, sheet):
        sheet.merge_range(0, 0, 0, 5, "九月 报表")
        for c in (0, 1, 5):
            sheet.merge_range(2, c, 3, c, HEADER[c])
        sheet.merge_range(2, 2, 2, 4, "指标")
        for c in (2, 3, 4):
            sheet.write(3, c, HEADER[c])
        sheet.write_row(4, 0, good())

    load = land(book(tmp_path / "a.xlsx", write), home)
    assert (load.rows_read, load.rows_loaded, load.rows_non_data) == (4, 1, 3)
    assert {k: v for k, v in files.raw_rows(home, load)[0].items() if k[0] != "_"} == GOOD


@pytest.mark.parametrize("above", [0, 18, 19])
def test_a_header_in_any_of_the_first_twenty_rows(home, tmp_path, above):
    grid = [*([f"说明 {n}"] for n in range(above)), HEADER, good()]
    assert rows_of(files.book(tmp_path / "a.xlsx", {"a": grid}), home) == [GOOD]
    assert rows_of(sheets.html(tmp_path / "b.xls", [HEADER, good()]), home / "b") == [GOOD]


def test_a_header_in_row_twenty_one_is_none(home, tmp_path):
    grid = [*([f"说明 {n}"] for n in range(20)), HEADER, good()]
    assert "in the first 20 rows" in land(files.book(tmp_path / "a.xlsx", {"a": grid}), home).reason


@pytest.mark.fault(15, 40)
def test_hidden_rows_and_sheets_and_macros_are_told(home, tmp_path):
    def write(workbook, sheet):
        sheet.write(0, 0, "说明")
        for n in (1, 2):
            more = workbook.add_worksheet(f"订单{n}")
            more.write_row(0, 0, HEADER)
            more.write_row(1, 0, good(n))
            more.write_row(2, 0, good(n + 5))
            more.set_row(2, None, None, {"hidden": True})
            if n == 2:
                more.hide()

    path = sheets.edited(book(tmp_path / "a.xlsm", write), lambda d: d, "-")
    import zipfile

    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"Sub AutoOpen()")
    load = land(path, home)
    assert (load.status, load.rows_loaded) == ("loaded", 4)
    assert load.notes == "sheets not read: Sheet1; hidden sheets were read: 订单2; 2 hidden rows were read; macros in the workbook were not run"  # fmt: skip


def test_a_sheet_of_many_chunks_is_read_whole(home, tmp_path, monkeypatch):
    from ingest.readers import xlsx_blocks

    monkeypatch.setattr(xlsx_blocks, "BLOCK_BYTES", 1500)
    grid = [["说明"], HEADER, *(good(n) for n in range(50)), ["", "", "", "", "", ""], good(60)]
    load = land(files.book(tmp_path / "a.xlsx", {"a": grid}), home)
    assert (load.rows_read, load.rows_loaded, load.rows_non_data) == (53, 51, 2)
    assert [r["title"] for r in files.raw_rows(home, load)] == [f"羊毛衫{n}" for n in [*range(50), 60]]


def test_strict_office_open_xml(home, tmp_path):
    """What Excel saves as Strict Open XML has other namespaces."""
    path = files.book(tmp_path / "a.xlsx", {"a": [HEADER, good()]})
    for old, new in (
        (b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"),
        (b"http://schemas.openxmlformats.org/officeDocument/2006/relationships", b"http://purl.oclc.org/ooxml/officeDocument/relationships"),
    ):  # fmt: skip
        sheets.edited(path, lambda d, old=old, new=new: d.replace(old, new), "xl/")
    assert rows_of(path, home) == [GOOD]


# ---- the old binary format, and what is locked


def test_a_real_ole2_workbook(home, tmp_path):
    import xlwt

    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("库存")
    moment = xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm:ss")
    for c, text in enumerate(HEADER):
        sheet.write(0, c, text)
    for c, value in enumerate([str(10**17 + 3), "羊毛衫0", 19.9, 2, "41.93%"]):
        sheet.write(1, c, value)
    sheet.write(1, 5, dt.datetime(2026, 9, 10, 8), moment)
    workbook.save(str(tmp_path / "a.xls"))
    assert rows_of(tmp_path / "a.xls", home) == [GOOD]


def test_a_percentage_is_never_guessed_in_the_old_format(home, tmp_path):
    path = sheets.xls(tmp_path / "a.xls", [HEADER, good(), [*good(1)[:4], 0.4193]])
    load = land(path, home)
    assert load.status == "refused" and "a number (0.4193) in a column of percentages" in load.reason
    assert "column 比率" in load.reason and "save it as .xlsx" in load.reason


@pytest.mark.fault(40)
def test_a_workbook_with_a_password_is_refused_with_the_way_out(home, tmp_path):
    locked = sheets.ole2({"EncryptionInfo": bytes(4096), "EncryptedPackage": bytes(range(256)) * 40})
    load = land(files.put(tmp_path, locked, "a.xlsx"), home)
    assert load.reason == "the workbook has a password Next: save it without one and drop it again"


def test_the_compound_file_of_the_test_is_a_real_one(tmp_path):
    """The same container with a workbook of xlwt's in it opens, so the one above is refused for what it holds."""
    import python_calamine

    plain = sheets.xls(tmp_path / "a.xls", [HEADER, good()]).read_bytes()
    stream = plain[512 : 512 + 4096 * ((len(plain) - 512) // 4096)]
    path = files.put(tmp_path, sheets.ole2({"Workbook": stream.ljust(4096, b"\0")}), "b.xls")
    assert python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()[1][1] == "羊毛衫0"


def test_a_document_of_another_program_is_named(home, tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<x/>")
    assert "this is a Word document" in land(tmp_path / "a.xlsx", home).reason


# ---- HTML


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_html_in_any_encoding_whatever_its_head_says(home, tmp_path, encoding):
    load = land(sheets.html(tmp_path / "a.xls", [HEADER, good()], encoding, title="九月 报表"), home)
    assert (load.rows_read, load.rows_loaded, load.rows_non_data) == (2, 1, 1)
    assert load.encoding == {"gbk": "gb18030", "utf-8-sig": "utf-8"}.get(encoding, encoding)
    assert {k: v for k, v in files.raw_rows(home, load)[0].items() if k[0] != "_"} == GOOD


PAGES = {
    "several tables": "<table><tr><td>店铺</td><td>A</td></tr></table><table>{header}{row}</table><table><tr><td>共 1 条</td></tr></table>",
    "a table in a cell of a layout": "<table><tr><td>menu</td><td><table>{header}{row}</table></td></tr></table>",
    "sections": "<table><caption>订单</caption><colgroup><col><col></colgroup><thead>{header}</thead><tbody>{row}</tbody></table>",
    "nothing is closed": "<table>{open_header}{open_row}</table>",
    "marks in cells": "<TABLE>{header}<TR>{marked}</TR></TABLE>",
    "comments with tags": "<!-- <table><tr> --><table>{header}<!-- <tr><td>x --><tr>{cells}</tr></table><script>var x='<tr>'</script>",
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_html_pages_as_they_come(home, tmp_path, page):
    def line(tag, cells, end=True):
        return "<tr>" + "".join(f"<{tag}>{c}" + (f"</{tag}>" if end else "") for c in cells) + ("</tr>" if end else "")

    text = page.format(
        header=line("th", HEADER), row=line("td", good()), open_header=line("th", HEADER, False), open_row=line("td", good(), False),
        marked="".join(f"<td><font color=red><b>{c[:2]}</b></font>{c[2:]}</td>" for c in good()), cells="".join(f"<td>{c}</td>" for c in good()),
    )  # fmt: skip
    assert rows_of(files.put(tmp_path, f"<html><body>{text}</body></html>", "a.xls", "utf-8"), home) == [GOOD]


def test_html_spans_titles_and_exact_numbers(home, tmp_path):
    text = (
        '<table><tr><td colspan="6">九月</td></tr><tr><th rowspan=2>编号</th><th rowspan=2>名称</th><th colspan=3>指标</th><th rowspan=2>时间</th></tr>'
        "<tr><th>金额</th><th>数量</th><th>比率</th></tr>"
        f'<tr><td>{10**17 + 3}</td><td>羊毛衫0</td><td x:num="19.9">20</td><td x:num>2</td><td x:num="0.4193">41.93%</td><td x:num="46275.33">2026-09-10 08:00:00</td></tr>'
        f'<tr><td rowspan="2">{10**17 + 4}</td><td>a</td><td>1</td><td>1</td><td>1%</td><td></td></tr><tr><td>b</td><td>2</td><td>1</td><td>1%</td><td></td></tr></table>'
    )
    load = land(files.put(tmp_path, text, "a.xls", "utf-8"), home)
    rows = [{k: v for k, v in r.items() if k[0] != "_"} for r in files.raw_rows(home, load)]
    assert rows[0] == GOOD and [r["title"] for r in rows] == ["羊毛衫0", "a"]
    (bad,) = files.set_aside(home, load)
    assert (bad["line"], bad["reason"]) == (6, "required 编号 is empty"), (
        "a merged id is not guessed for the rows below"
    )


def test_html_that_was_cut_is_refused(home, tmp_path):
    page = sheets.html_text([HEADER, *(good(n) for n in range(20))])
    for cut in (0.3, 0.6, 0.9):
        load = land(files.put(tmp_path, page[: int(len(page) * cut)], "a.xls", "gb18030"), home)
        assert load.status == "refused" and not list(home.glob("raw/**/*.parquet")), cut


def test_html_with_a_row_that_the_parser_swallows_is_refused(home, tmp_path):
    page = f"<table><tr>{''.join(f'<th>{h}</th>' for h in HEADER)}</tr><textarea><tr><td>1</td></tr></textarea></table>"
    assert "can be read" in land(files.put(tmp_path, page, "a.xls", "utf-8"), home).reason


@pytest.mark.parametrize("block", [1, 7, 64, 1000])
def test_html_is_counted_and_read_the_same_in_any_blocks(home, tmp_path, monkeypatch, block):
    from ingest.readers import html

    monkeypatch.setattr(html, "_BLOCK", block)
    path = sheets.html(tmp_path / "a.xls", [HEADER, *(good(n) for n in range(6))], title="<b>")
    assert len(rows_of(path, home)) == 6


def test_html_cells_beyond_the_header_spoil_their_row(home, tmp_path):
    load = land(sheets.html(tmp_path / "a.xls", [HEADER, good(), [*good(1), "更多"], [*good(2), ""]]), home)
    assert load.rows_loaded == 2 and [r["line"] for r in files.set_aside(home, load)] == [3]


@pytest.mark.fault(40)
def test_html_entities_reach_no_file(home, tmp_path):
    page = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + sheets.html_text([HEADER, good()]).replace("羊毛衫0", "&x;")  # fmt: skip
    rows = rows_of(files.put(tmp_path, page, "a.xls", "utf-8"), home)
    assert [r["title"] for r in rows] == ["&x;"]


# ---- XML Spreadsheet 2003


def test_xml_spreadsheet_with_numbers_dates_gaps_and_percentages(home, tmp_path):
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        '<Styles><Style ss:ID="p"><NumberFormat ss:Format="0.00%"/></Style></Styles><Worksheet ss:Name="订单"><Table>'
        '<Row><Cell ss:MergeAcross="5"><Data ss:Type="String">九月</Data></Cell></Row><Row ss:Index="4">'
        + "".join(f'<Cell><Data ss:Type="String">{h}</Data></Cell>' for h in HEADER)
        + f'</Row><Row><Cell><Data ss:Type="String">{10**17 + 3}</Data></Cell><Cell><ss:Data ss:Type="String" xmlns="http://www.w3.org/TR/REC-html40"><B>羊毛</B>衫0</ss:Data></Cell>'
        '<Cell><Data ss:Type="Number">19.9</Data></Cell><Cell><Data ss:Type="Number">2</Data></Cell><Cell ss:StyleID="p"><Data ss:Type="Number">0.4193</Data></Cell>'
        '<Cell><Data ss:Type="DateTime">2026-09-10T08:00:00.000</Data></Cell></Row>'
        f'<Row><Cell><Data ss:Type="Number">6.91792676882364E+18</Data></Cell><Cell ss:Index="6"><Data ss:Type="String">-</Data></Cell></Row></Table></Worksheet></Workbook>'
    )  # fmt: skip
    load = land(files.put(tmp_path, text, "a.xls", "utf-8"), home)
    assert (load.rows_read, load.rows_loaded, load.rows_non_data) == (5, 1, 3), load
    assert {k: v for k, v in files.raw_rows(home, load)[0].items() if k[0] != "_"} == GOOD
    assert [(r["line"], r["kind"]) for r in files.set_aside(home, load)] == [(6, "mangled_id")]


@pytest.mark.parametrize(("change", "reason"), [
    (lambda t: t[: len(t) // 2], "the XML cannot be read"),
    (lambda t: t.replace("<Workbook", '<!DOCTYPE x [<!ENTITY a "b">]><Workbook', 1), "the XML has a document type"),
    (lambda t: t.replace("<Row>", '<Row ss:Index="99999999">', 1), "states Index"),
    (lambda t: t.replace("<Cell>", '<Cell ss:MergeAcross="x">', 1), "states MergeAcross"),
    (lambda t: t.replace("<Row>", '<Row ss:Index="5">', 1).replace("<Row>", '<Row ss:Index="2">', 1), "a row states the number 2"),
])  # fmt: skip
def test_xml_spreadsheets_that_are_none(home, tmp_path, change, reason):
    path = sheets.spreadsheet_xml(tmp_path / "a.xls", [HEADER, good(), good(1)])
    path.write_text(change(path.read_text("utf-8")), encoding="utf-8")
    load = land(path, home)
    assert load.status == "refused" and reason in load.reason


_CELLS = {
    float: st.floats(-1e17, 1e17)
    | st.integers(-(10**6), 10**6).map(float)
    | st.integers(0, 10**6).map(lambda n: n / 100),
    dt.datetime: st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2060, 1, 1)),
    str: st.sampled_from(["", "-", "店铺券-3.61", "#N/A"]),
}


@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(
    st.sampled_from([float, dt.datetime]).flatmap(
        lambda kind: st.lists(_CELLS[kind] | _CELLS[str], min_size=1, max_size=8)
    )
)
def test_a_column_is_written_as_its_cells_one_by_one(cells):
    from ingest.readers.cell_texts import cell_text
    from ingest.readers.sheets import Sheet

    sheet = Sheet("s", CONTRACT, Path("unused"))
    written = sheet._texts(0, cells).to_pylist()
    assert [w or "" for w in written] == [cell_text(c) for c in cells]
