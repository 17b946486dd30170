"""XLSX and XLS workbooks, read by calamine: real cell types, so that numbers that were ids are seen to be damaged."""

from __future__ import annotations

import itertools
from pathlib import Path

from ingest.contract import Contract
from ingest.errors import Refused
from ingest.limits import limit
from ingest.protect import masked
from ingest.readers import Table
from ingest.readers.book_parts import BookParts, SheetParts, look_through
from ingest.readers.old_book import look_at_ole2
from ingest.readers.sheets import CHUNK_ROWS, Sheet, table_of

#: sheets of one workbook; a big export fills a few of them
MOST_SHEETS = limit("FUPAN_BOOK_SHEETS", 200)


def read_workbook(path: Path, kind: str, contract: Contract, scratch: Path) -> Table:
    """Open a workbook: every sheet with this contract's header is read (big exports are split over sheets), others are not.

    kind: xlsx or xls (OLE2). One sheet at a time is in memory. Raises Refused when the workbook cannot be opened, has a
    password, or no sheet has the header.
    """
    import python_calamine as calamine

    if kind == "xlsx":
        parts = look_through(path)
    else:
        look_at_ole2(path)
        parts = BookParts()
    sheets: list[Sheet] = []
    hidden: list[str] = []
    try:
        with calamine.CalamineWorkbook.from_path(str(path)) as workbook:
            if len(workbook.sheets_metadata) > MOST_SHEETS:
                raise Refused(f"the workbook has {len(workbook.sheets_metadata):,} sheets; the limit is {MOST_SHEETS}", hint="split it into several files")  # fmt: skip
            for number, about in enumerate(workbook.sheets_metadata):
                told = parts.sheets.get(about.name, SheetParts())
                sheet = Sheet(
                    about.name, contract, scratch / f"sheet{number}.parquet", errors=told.errors, percents=told.percents,
                    is_1904=parts.is_1904, tells_percent=kind == "xlsx",
                )  # fmt: skip
                _fill(sheet, workbook.get_sheet_by_name(about.name), told)
                sheets.append(sheet)
                if about.visible is not calamine.SheetVisibleEnum.Visible and sheet.header_index >= 0:
                    hidden.append(about.name)
    except Refused:
        raise
    except BaseException as error:  # calamine raises several kinds, and a panic of its own is no Exception
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise Refused(
            f"the workbook cannot be opened: {masked(str(error), limit=120)}",
            hint="if it has a password, save it without; else upload it again",
        ) from None
    return table_of(sheets, contract, _notes(parts, hidden, [s.name for s in sheets if s.header_index >= 0]))


def _fill(sheet: Sheet, source, told: SheetParts) -> None:
    """Push the rows of calamine's sheet. Its columns begin at the first one in use, its rows at the first of the sheet."""
    left = source.start[1] if source.start else 0
    if left:
        sheet.errors = {r: {c - left: t for c, t in cells.items() if c >= left} for r, cells in told.errors.items()}
        sheet.percents = {c - left: rows for c, rows in told.percents.items()}
    sheet.merged = [(top, first - left, bottom, last - left) for (top, first), (bottom, last) in source.merged_cell_ranges or () if first >= left]  # fmt: skip
    rows = source.iter_rows()
    while chunk := list(itertools.islice(rows, CHUNK_ROWS)):
        sheet.push(chunk)
    sheet.close()


def _notes(parts: BookParts, hidden: list[str], read: list[str]) -> list[str]:
    rows = sum(parts.sheets[name].hidden_rows for name in read if name in parts.sheets)
    return [
        *([f"hidden sheets were read: {', '.join(hidden)}"] if hidden else []),
        *([f"{rows:,} hidden rows were read"] if rows else []),
        *(["macros in the workbook were not run"] if parts.has_macros else []),
    ]
