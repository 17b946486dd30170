"""A workbook of 200,000 rows and 40 mixed columns: our reader, from the file to typed Parquet, beside calamine's own to_python.

Both run in one process and take turns, so that a busy machine is busy for both: `python -m benchmarks.sheets [ROWS]`.
"""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

COLUMNS = 40
_VERSION = 1
_BATCH = 10_000


def sheet_file(folder: Path, rows: int) -> Path:
    """The cached workbook: 40 columns of the 抖店 order export, ids and states as text, money and counts as numbers, real times."""
    import duckdb
    import xlsxwriter

    from benchmarks.orders_file import _CELLS

    target = folder / f"抖店订单_v{_VERSION}_{rows}_20261001020000.xlsx"
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{target.name}.part"
    headers = list(_CELLS)[:COLUMNS]
    columns = ", ".join(f'{_CELLS[header]} as "{header}"' for header in headers)
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


def read_with_calamine(path: Path) -> int:
    """calamine's own reading time: open, parse, every cell a Python object; returns the rows."""
    import python_calamine

    with python_calamine.CalamineWorkbook.from_path(str(path)) as workbook:
        return sum(len(workbook.get_sheet_by_name(name).to_python()) for name in workbook.sheet_names)


def read_with_fupan(path: Path, scratch: Path) -> int:
    """Ours: checked, read, typed by the contract, counted, in Parquet; returns the rows loaded."""
    from ingest.contract import load_contract
    from ingest.counting import convert
    from ingest.describe import blank
    from ingest.files import kind_of
    from ingest.given import plain
    from ingest.landing import connect
    from ingest.readers import open_table

    contract = load_contract("douyin", "orders")
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        home = Path(folder)
        with connect(home, home) as connection:
            table = open_table(path, kind_of(path), contract, connection, home)
            return convert(
                table, contract, blank(contract, "bench", plain(path)), connection, home / "rows.parquet"
            ).loaded


def run(repeats: int, scratch: Path | None = None, rows: int = 200_000) -> dict[str, Any]:
    """Seconds of each, best and all, and their ratio (best of ours over best of calamine's). Raises RuntimeError when rows are lost."""
    kept = scratch or Path(tempfile.mkdtemp(prefix="fupan-sheets-"))
    try:
        path = sheet_file(kept, rows)
        small = sheet_file(kept, 100)
        read_with_fupan(small, kept)  # imports are no part of what is compared
        theirs, ours = [], []
        for _ in range(repeats):
            started = time.perf_counter()
            seen = read_with_calamine(path)
            between = time.perf_counter()
            loaded = read_with_fupan(path, kept)
            ended = time.perf_counter()
            if (seen, loaded) != (rows + 1, rows):
                raise RuntimeError(f"calamine read {seen} rows and {loaded} were loaded, of {rows}")
            theirs.append(between - started)
            ours.append(ended - between)
        return {
            "rows": rows, "columns": COLUMNS, "bytes": path.stat().st_size, "calamine_seconds": min(theirs), "fupan_seconds": min(ours),
            "ratio": min(ours) / min(theirs), "samples": {"calamine": theirs, "fupan": ours},
        }  # fmt: skip
    finally:
        if scratch is None:
            shutil.rmtree(kept, ignore_errors=True)


if __name__ == "__main__":
    measured = run(3, rows=int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
    print(
        f"{measured['rows']:,} rows x {measured['columns']}: calamine to_python {measured['calamine_seconds']:.2f} s, "
        f"ours to typed Parquet {measured['fupan_seconds']:.2f} s: {measured['ratio']:.2f} times"
    )
