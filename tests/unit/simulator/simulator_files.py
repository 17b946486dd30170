"""Reading back what the simulator wrote."""

import csv
import io
from datetime import date
from pathlib import Path

FIRST, LAST, NEXT = date(2026, 9, 1), date(2026, 9, 11), date(2026, 9, 12)


def read_csv(path: Path, encoding: str) -> list[dict[str, str]]:
    """Rows of a CSV, decoded strictly."""
    text = path.read_bytes().decode(encoding)
    return list(csv.DictReader(io.StringIO(text, newline="")))


def read_book(path: Path) -> list[dict[str, str]]:
    """Rows of a workbook's first sheet."""
    from python_calamine import CalamineWorkbook

    header, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    return [dict(zip(header, row, strict=True)) for row in rows]
