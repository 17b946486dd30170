"""Old binary workbooks (.xls), read by calamine: real cell types, so that numbers that were ids are seen to be damaged."""

from __future__ import annotations

import itertools
from pathlib import Path

from ingest.contract import Contract
from ingest.errors import Refused
from ingest.protect import masked
from ingest.readers import Table
from ingest.readers.old_book import look_at_ole2
from ingest.readers.sheets import CHUNK_ROWS, Sheet, table_of
from ingest.readers.xlsx import MOST_SHEETS


def read_xls(path: Path, contract: Contract, scratch: Path) -> Table:
    """Open an OLE2 workbook: every sheet with this contract's header is read, others are not.

    One sheet at a time is in memory. Raises Refused when the workbook cannot be opened, has a password, or no sheet has the header.
    """
    import python_calamine as calamine

    look_at_ole2(path)
    sheets: list[Sheet] = []
    hidden: list[str] = []
    try:
        with calamine.CalamineWorkbook.from_path(str(path)) as workbook:
            if len(workbook.sheets_metadata) > MOST_SHEETS:
                raise Refused(f"the workbook has {len(workbook.sheets_metadata):,} sheets; the limit is {MOST_SHEETS}", hint="split it into several files")  # fmt: skip
            for number, about in enumerate(workbook.sheets_metadata):
                sheet = Sheet(about.name, contract, scratch / f"sheet{number}.parquet", tells_percent=False)
                _fill(sheet, workbook.get_sheet_by_name(about.name))
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
    return table_of(sheets, contract, [f"hidden sheets were read: {', '.join(hidden)}"] if hidden else [])


def _fill(sheet: Sheet, source) -> None:
    """Push the rows of calamine's sheet. Its columns begin at the first one in use, its rows at the first of the sheet."""
    left = source.start[1] if source.start else 0
    sheet.merged = [(top, first - left, bottom, last - left) for (top, first), (bottom, last) in source.merged_cell_ranges or () if first >= left]  # fmt: skip
    rows = source.iter_rows()
    while chunk := list(itertools.islice(rows, CHUNK_ROWS)):
        sheet.push(chunk)
    sheet.close()
