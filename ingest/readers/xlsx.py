"""XLSX workbooks, read as they are unpacked: memory holds some megabytes of rows and the shared texts, never a sheet.

Real cell types, so that numbers that were ids are seen to be damaged. Most blocks are read by the places of their marks
(xlsx_marks.py), those of another shape by an XML parser (xlsx_tree.py).
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.archive import reading
from ingest.contract import Contract
from ingest.errors import Refused
from ingest.limits import limit
from ingest.readers import Table
from ingest.readers.sheets import Sheet, table_of
from ingest.readers.xlsx_blocks import Blocks
from ingest.readers.xlsx_book import Book, SheetPart, merged_cells
from ingest.readers.xlsx_cells import Cells, Values, values_of
from ingest.readers.xlsx_marks import marked_cells, without_prefix
from ingest.readers.xlsx_texts import shared_texts
from ingest.readers.xlsx_tree import parsed_cells

if TYPE_CHECKING:
    import pyarrow as pa

#: sheets of one workbook; a big export fills a few of them
MOST_SHEETS = limit("FUPAN_BOOK_SHEETS", 200)


def read_xlsx(path: Path, contract: Contract, scratch: Path) -> Table:
    """Open a workbook: every sheet with this contract's header is read (big exports are split over sheets), others are not.

    Raises Refused when it cannot be opened, anything in it is damaged, or no sheet has the header.
    """
    sheets: list[Sheet] = []
    hidden: list[str] = []
    hidden_rows = 0
    with _opened(path) as book:
        with book.texts() as part:
            shared = shared_texts(part)
        for number, about in enumerate(book.sheets):
            sheet = Sheet(about.name, contract, scratch / f"sheet{number}.parquet", is_1904=book.is_1904)
            rows_hidden = _fill(sheet, book, about, shared)
            sheets.append(sheet)
            if sheet.header_index >= 0:
                hidden_rows += rows_hidden
                hidden += [] if about.is_visible else [about.name]
    notes = [
        *([f"hidden sheets were read: {', '.join(hidden)}"] if hidden else []),
        *([f"{hidden_rows:,} hidden rows were read"] if hidden_rows else []),
        *(["macros in the workbook were not run"] if book.has_macros else []),
    ]
    return table_of(sheets, contract, notes)


def first_rows(path: Path, count: int) -> Iterator[list[list[object]]]:
    """The first rows of each sheet, as cells. Raises Refused as `read_xlsx`."""
    with _opened(path) as book:
        with book.texts() as part:
            shared = shared_texts(part)
        for about in book.sheets:
            rows: list[list[object]] = []
            for _, values in _values(book, about, shared):
                for some in values.rows(len(rows)):
                    rows += some[:count]
                if len(rows) >= count:
                    break
            yield rows[:count]


@contextmanager
def _opened(path: Path) -> Iterator[Book]:
    with reading("workbook"):
        archive = zipfile.ZipFile(path)
    with archive:
        book = Book(archive)
        if len(book.sheets) > MOST_SHEETS:
            raise Refused(f"the workbook has {len(book.sheets):,} sheets; the limit is {MOST_SHEETS}", hint="split it into several files")  # fmt: skip
        yield book


def _fill(sheet: Sheet, book: Book, about: SheetPart, shared: pa.Array) -> int:
    """Push the sheet's rows; returns how many of them are hidden. Its columns begin at the first one in use."""
    left: int | None = None
    hidden = 0
    for cells, values in _values(book, about, shared):
        hidden += cells.hidden
        if left is None and len(values.column):
            left = int(values.column.min())
            with book.part(about.part) as part:
                merged = merged_cells(part)
            sheet.merged = [(top, first - left, bottom, last - left) for top, first, bottom, last in merged if first >= left]  # fmt: skip
        sheet.push_values(values, left or 0)
    sheet.close()
    return hidden


def _values(book: Book, about: SheetPart, shared: pa.Array) -> Iterator[tuple[Cells, Values]]:
    """The sheet's rows, a block after the other."""
    after = 0
    with book.part(about.part) as part:
        blocks = Blocks(part, "sheetData", "row")
        for block in blocks:
            cells = marked_cells(without_prefix(block, blocks.prefix), after) or parsed_cells(blocks, block, after)
            after = int(cells.numbers[-1]) if len(cells.numbers) else after
            yield cells, values_of(cells, shared, book.styles, is_1904=book.is_1904)
