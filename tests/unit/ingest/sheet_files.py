"""One table in every costume that a back office calls Excel, made by hand for the tests of the sheet readers."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

Grid = list[list[Any]]


def xls(path: Path, rows: Grid, sheet: str = "Sheet1") -> Path:
    """A real OLE2 workbook."""
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet(sheet)
    for r, cells in enumerate(rows):
        for c, value in enumerate(cells):
            if value not in ("", None):
                page.write(r, c, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(str(path))
    return path


def html_text(rows: Grid, title: str = "") -> str:
    """A page with one table, as a back office writes it: title row over all columns, text format, blanks that do not break."""
    width = len(rows[0])
    head = f'<tr><td colspan="{width}" align="center">{escape(title)}</td></tr>\r\n' if title else ""

    def cell(tag: str, value: Any) -> str:
        text = escape(str(value)) if value not in ("", None) else "&nbsp;"
        return f"<{tag} style=\"vnd.ms-excel.numberformat:@;mso-number-format:'\\@'\">{text}</{tag}>"

    body = "\r\n".join(f"<tr>{''.join(cell('th' if not n else 'td', v) for v in row)}</tr>" for n, row in enumerate(rows))  # fmt: skip
    return (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel">\r\n'
        '<head><meta http-equiv="Content-Type" content="application/vnd.ms-excel; charset=gb2312"/>'
        "<style><!-- td {mso-number-format:General} <tr> --></style>"
        "<!--[if gte mso 9]><xml><x:ExcelWorkbook><x:Name>a</x:Name></x:ExcelWorkbook></xml><![endif]--></head>\r\n"
        f"<body><table border=1>{head}{body}</table></body></html>"
    )


def html(path: Path, rows: Grid, encoding: str = "gb18030", title: str = "") -> Path:
    """The page in a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(html_text(rows, title).encode(encoding))
    return path


def spreadsheet_xml(path: Path, rows: Grid) -> Path:
    """XML Spreadsheet 2003; empty cells are left out and the next one states its column."""

    def row(cells: list[Any]) -> str:
        parts, gap = [], False
        for number, value in enumerate(cells, 1):
            if value in ("", None):
                gap = True
                continue
            kind = "Number" if isinstance(value, (int, float)) else "String"
            parts.append(f'<Cell{f" ss:Index={chr(34)}{number}{chr(34)}" if gap else ""}><Data ss:Type="{kind}">{escape(str(value))}</Data></Cell>')  # fmt: skip
            gap = False
        return f"<Row>{''.join(parts)}</Row>"

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<Worksheet ss:Name="订单"><Table>{"".join(map(row, rows))}</Table></Worksheet></Workbook>',
        encoding="utf-8",
    )
    return path


def edited(path: Path, change: Callable[[bytes], bytes], member: str) -> Path:
    """A workbook with `change` applied to the bytes of its parts whose name holds `member`."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, change(data) if member in name else data)
    return path


def ole2(streams: dict[str, bytes]) -> bytes:
    """A compound file (OLE2, version 3) with those streams, each of at least 4096 bytes: what holds a locked workbook.

    Sector 0 is the allocation table, sector 1 the directory (so at most three streams), then the streams.
    """
    sector, free, end, table = 512, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    chains, bodies = [table, end], b""
    entries = [("Root Entry", 5, end, 0, 1)]
    for number, (name, data) in enumerate(streams.items(), 1):
        assert len(data) >= 4096
        first, count = len(chains), -(-len(data) // sector)
        chains += [*range(first + 1, first + count), end]
        bodies += data.ljust(count * sector, b"\0")
        entries.append((name, 2, first, len(data), number + 1 if number < len(streams) else free))
    chains += [free] * (sector // 4 - len(chains))

    def entry(name: str, kind: int, first: int, size: int, link: int) -> bytes:
        spelt = (name + "\0").encode("utf-16-le")
        right, child = (free, link) if kind == 5 else (link, free)
        return (
            spelt.ljust(64, b"\0") + len(spelt).to_bytes(2, "little") + bytes([kind, 1])
            + b"".join(n.to_bytes(4, "little") for n in (free, right, child)) + bytes(36)
            + first.to_bytes(4, "little") + size.to_bytes(8, "little")
        )  # fmt: skip

    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + (0x3E).to_bytes(2, "little") + (3).to_bytes(2, "little") + b"\xfe\xff"
        + (9).to_bytes(2, "little") + (6).to_bytes(2, "little") + bytes(10)
        + b"".join(n.to_bytes(4, "little") for n in (1, 1, 0, 4096, end, 0, end, 0, 0)) + free.to_bytes(4, "little") * 108
    )  # fmt: skip
    directory = b"".join(entry(*e) for e in entries).ljust(sector, b"\0")
    return header + b"".join(n.to_bytes(4, "little") for n in chains) + directory + bodies
