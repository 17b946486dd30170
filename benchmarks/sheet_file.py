"""A workbook of any size and 40 mixed columns: ids and states as text, money and counts as numbers, real times."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path
from typing import Any

COLUMNS = 40
_VERSION = 1


def sheet_file(folder: Path, rows: int) -> Path:
    """The cached workbook: 40 columns of the 抖店 order export, ids and states as text, money and counts as numbers, real times."""
    import duckdb
    import xlsxwriter

    from benchmarks.orders_file import CELLS

    target = folder / f"抖店订单_v{_VERSION}_{rows}_20261001020000.xlsx"
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{target.name}.part"
    headers = list(CELLS)[:COLUMNS]
    columns = ", ".join(f'{CELLS[header]} as "{header}"' for header in headers)
    options = {"constant_memory": True, "strings_to_numbers": False}
    with duckdb.connect() as connection, xlsxwriter.Workbook(str(part), options) as workbook:
        sheet = workbook.add_worksheet("订单")
        moment = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(0, 0, headers)
        result = connection.execute(f"select {columns} from range({rows}) t(i)")
        for number in itertools.count(1):
            row = result.fetchone()
            if row is None:
                break
            for place, value in enumerate(map(_cell, row)):
                if isinstance(value, dt.datetime):
                    sheet.write_datetime(number, place, value, moment)
                elif value is not None:
                    sheet.write(number, place, value)
    part.replace(target)
    return target


def _cell(text: str | None) -> Any:
    """A cell of the CSV as a spreadsheet has it: numbers and times are that, long ids stay text."""
    if text is None:
        return None
    plain = text.replace(",", "")
    if len(plain) < 12 and plain.replace(".", "", 1).isdigit():
        return float(plain)
    if len(text) == 19 and text[10] == " ":
        return dt.datetime.fromisoformat(text)
    return text
