"""The corpus that fuzzing begins with: real layouts made small, in every form that the door takes."""

from __future__ import annotations

import gzip
import io
import json
import tempfile
import zipfile
from pathlib import Path

from tests.fuzz.contracts import EVERY_KIND
from tests.fuzz.targets import WORKBOOK

_HEADER = [c.header for c in EVERY_KIND.columns]
_ROWS = [
    ["6917926768823643751", "羊毛衫（红）", "1,234.50", "1999", "3", "0.5", "12.5%", "2026-09-10 08:00:00", "2026/9/10", "是", "待发货", "备注13812345678", "张三"],
    ["6917926768823643758", "a,\"b\"\nc", "￥20", "-", "1.2万", "1e3", "0.1", "1788998400", "20260910", "0", "-", "", "13912345678"],
    ["6.91E+18", "=HYPERLINK(1)", "(5)", "５", "", "9" * 30, "—", "24:00", "0000-00-00", "x", "😀", "杭州市文一路12号", "+86 139 1234 5678"],
    ["合计", "", "1254.50", "", "", "", "", "", "", "", "", "", ""],
]  # fmt: skip
_SHORT = [["编号", "名称", "金额"], ["123", "羊毛衫", "19.99"], ["124", "", "-"], ["合计", "", "19.99"]]


def _csv(rows: list[list[str]], delimiter: str = ",", newline: str = "\r\n") -> str:
    import csv

    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=newline).writerows(rows)
    return out.getvalue()


def _texts(rows: list[list[str]]) -> list[bytes]:
    text = _csv(rows)
    return [
        text.encode("utf-8-sig"), text.encode("gb18030"), text.encode("utf-16"), _csv(rows, "\t", "\n").encode(),
        ("店铺导出\r\n\r\n" + text + text + "说明：截至昨日\r\n").encode(), text.encode()[:-9], b"\xef\xbb\xbf" + text.encode() + b"\xff\r\n",
    ]  # fmt: skip


def _html(rows: list[list[str]]) -> bytes:
    body = "".join("<tr>" + "".join(f"<td x:num='{c}'>{c}</td>" for c in row) + "</tr>" for row in rows)
    return f"<html><head><style><!-- td {{x}} --></style></head><table><tr><td colspan=3 rowspan=2>订单</td></tr>{body}</table><script>1</script></html>".encode()


def _xml(rows: list[list[str]]) -> bytes:
    body = "".join(
        "<Row>" + "".join(f'<Cell ss:Index="{i}"><Data ss:Type="String">{c}</Data></Cell>' for i, c in enumerate(row, 1)) + "</Row>"
        for row in rows
    )  # fmt: skip
    return (
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<Styles><Style ss:ID="p"><NumberFormat ss:Format="0%"/></Style></Styles><Worksheet ss:Name="a"><Table>{body}'
        '<Row ss:Index="9"><Cell ss:MergeAcross="1" ss:StyleID="p"><Data ss:Type="Number">0.5</Data></Cell></Row></Table></Worksheet></Workbook>'
    ).encode()  # fmt: skip


def _zip(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def _json() -> list[bytes]:
    items = [{c.header: v for c, v in zip(EVERY_KIND.columns, row, strict=True)} for row in _ROWS[:2]]
    named = [dict(zip([c.name for c in EVERY_KIND.columns], row, strict=True)) for row in _ROWS[:2]]
    wholes = [
        {"code": 0, "message": "OK", "data": {"list": named, "total": 2}}, {"result": {"list": named}}, named, items,
        {"code": 40000, "message": "参数错误"}, {"list": [], "data": {"total": 0}}, {"number": 6917926768823643751, "amount": 1e-7},
    ]  # fmt: skip
    lines = "\n".join(json.dumps(x, ensure_ascii=False) for x in named).encode()
    form = b"param=%7B%22list%22%3A%5B%7B%22number%22%3A%221%22%7D%5D%7D"
    return [json.dumps(x, ensure_ascii=False).encode() for x in wholes] + [
        lines,
        json.dumps(wholes[0], indent=1).encode(),
        form,
    ]


def _old_book(rows: list[list[str]]) -> bytes:
    """A real OLE2 workbook."""
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            sheet.write(r, c, cell)
    with tempfile.NamedTemporaryFile(suffix=".xls") as file:
        book.save(file.name)
        return Path(file.name).read_bytes()


def seeds(target: str) -> list[bytes]:
    """The first inputs of a target."""
    short, full = _texts(_SHORT), _texts([_HEADER, *_ROWS])
    book = _zip(WORKBOOK)
    packed = [_zip({"a.csv": short[0], "b/c.csv": short[1], "__MACOSX/x": b"x"}), _zip({"a.csv": short[0]}, zipfile.ZIP_STORED), gzip.compress(short[0], mtime=0), _zip({"a.csv": short[0]}, zipfile.ZIP_LZMA), _zip({"a.csv": short[0]}, zipfile.ZIP_BZIP2), book]  # fmt: skip
    sheets = b"\0".join(list(WORKBOOK.values())[:4])
    held = [b"\x00" + x for x in _json()] + [b"\xff" + x for x in _json()]
    found = {
        "careful": short,
        "counts": [b"\x05" + x for x in short],
        "html": [_html(_SHORT), _html(_SHORT).decode().encode("gb18030"), _html(_SHORT).decode().encode("utf-16")],
        "xml": [_xml(_SHORT)],
        "workbook": [sheets, next(iter(WORKBOOK.values()))],
        "old_book": [_old_book(_SHORT)],
        "json": held,
        "archive": packed,
        "kinds": [*packed, *_json()[:2], _html(_SHORT), _xml(_SHORT), short[2]],
        "cells": ["\n".join(c for row in _ROWS for c in row).encode()],
    }
    every = [*full, *_json(), _html([_HEADER, *_ROWS]), _xml([_HEADER, *_ROWS]), *packed, _old_book([_HEADER, *_ROWS])]
    return found.get(target, every)
