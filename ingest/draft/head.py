"""The first rows of a file of any kind, and which of them is the header, without a contract that knows it."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from ingest.errors import Refused
from ingest.readers.cell_texts import cell_text
from ingest.readers.header_row import SEARCHED_ROWS
from ingest.readers.text import DELIMITERS

_SAMPLE = 4 * 1024 * 1024
_VALUE = re.compile(r"[-+¥￥$]?[\d,.:/\s年月日-]+[%万亿元]?|[-–—/]*")
Rows = list[list[str]]


def header_cells(path: Path, kind: str) -> list[str]:
    """The cells of the header row, as they are written. Raises Refused when no row looks like a header."""
    tables = list(_tables(path, kind))
    best = max((_best_row(rows) for rows in tables), key=lambda found: found[0], default=(0, []))
    if best[0] < 2:
        raise Refused(
            f"no header was found in the first {SEARCHED_ROWS} rows",
            line=1, hint="the table needs a row of column names above its data; export it again with them",
        )  # fmt: skip
    return best[1]


def _best_row(rows: Rows) -> tuple[float, list[str]]:
    """(points, cells) of the row that looks most like a header: many distinct cells that are words, with data of its width below."""
    best: tuple[float, list[str]] = (0, [])
    for index, cells in enumerate(rows[:SEARCHED_ROWS]):
        filled = [c.strip() for c in cells if c.strip()]
        words = [c for c in filled if not _VALUE.fullmatch(c) and len(c) <= 60]
        if not filled or len(words) < 0.6 * len(filled):
            continue
        below = [sum(1 for c in r if c.strip()) for r in rows[index + 1 : index + 6]]
        # a title is narrower than the table, a row of data has values; of equals the first is the header
        points = len(set(words)) + (0.5 if any(n >= 0.5 * len(filled) for n in below) else 0)
        if points > best[0]:
            best = (points, cells)
    return best


def _tables(path: Path, kind: str) -> Iterator[Rows]:
    if kind == "csv":
        yield from _text_tables(path)
    elif kind == "xlsx":
        from ingest.readers.xlsx import first_rows

        for rows in first_rows(path, SEARCHED_ROWS + 6):
            yield [[cell_text(c) for c in row] for row in rows]
    elif kind == "xls":
        import python_calamine as calamine

        from ingest.readers.old_book import look_at_ole2

        look_at_ole2(path)

        with calamine.CalamineWorkbook.from_path(str(path)) as workbook:
            for name in workbook.sheet_names:
                rows = itertools.islice(workbook.get_sheet_by_name(name).iter_rows(), SEARCHED_ROWS + 6)
                yield [[cell_text(c) for c in row] for row in rows]
    elif kind == "html":
        from lxml import html

        root = html.fromstring(path.read_bytes()[:_SAMPLE])
        for table in root.iter("table"):
            rows = itertools.islice(table.iter("tr"), SEARCHED_ROWS + 6)
            yield [[" ".join(c.text_content().split()) for c in row.iter("td", "th")] for row in rows]
    else:
        raise Refused(f"this is a {kind} file", hint="draft from a CSV, a workbook or JSON; unpack an archive first")


def _text_tables(path: Path) -> Iterator[Rows]:
    """The beginning under every encoding and delimiter that it can be read with."""
    sample = path.read_bytes()[:_SAMPLE]
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = sample.decode(encoding, errors="strict" if len(sample) < _SAMPLE else "ignore")
        except UnicodeDecodeError:
            continue
        for delimiter in DELIMITERS:
            reader = csv.reader(io.StringIO(text.replace("\x00", "")), delimiter=delimiter)
            try:
                yield list(itertools.islice(reader, SEARCHED_ROWS + 6))
            except csv.Error:
                continue
        return


__all__ = ["header_cells"]
