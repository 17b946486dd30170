"""XLSX and XLS workbooks, read by calamine: real cell types, so that numbers that were ids are seen to be damaged."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.contract import Contract
from ingest.errors import Refused
from ingest.headers import HeaderMatch, match
from ingest.readers import Table
from ingest.readers.header_row import find_header, no_header

if TYPE_CHECKING:
    import duckdb

_EXCEL_EPOCH = dt.datetime(1899, 12, 30)
_EXACT_DIGITS = 10**15  # a double holds 15 digits; a longer id kept as a number has lost its end


def _text(cell: object) -> str:
    """A cell as the text that a CSV export would have; a number too long to be exact is written in E notation."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, (int, float)):
        if isinstance(cell, float) and not cell.is_integer():
            return repr(cell)
        return str(int(cell)) if abs(cell) < _EXACT_DIGITS else f"{cell:.6E}"
    if isinstance(cell, dt.datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(cell)


def _moment(cell: object) -> str:
    """A cell of a time column: as `_text`, but a bare number is Excel's serial day."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and 20_000 <= cell < 80_000:
        moment = _EXCEL_EPOCH + dt.timedelta(seconds=round(cell * 86_400))
        return moment.strftime("%Y-%m-%d %H:%M:%S")
    return _text(cell)


def read_workbook(path: Path, contract: Contract, connection: duckdb.DuckDBPyConnection) -> Table:
    """Open a workbook: every sheet with this contract's header is read (big exports are split over sheets), others are not.

    Raises Refused when the workbook cannot be opened, is protected, or no sheet has the header.
    """
    import python_calamine as calamine

    try:
        workbook = calamine.CalamineWorkbook.from_path(str(path))
        sheets = [
            (name, workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in workbook.sheet_names
        ]
    except Exception as error:  # calamine raises several kinds, none of them documented
        raise Refused(
            f"the workbook cannot be opened: {str(error)[:120]}",
            hint="if it has a password, save it without; else upload it again",
        ) from None
    chosen = []
    for name, rows in sheets:
        index, points = find_header([[_text(c) for c in r] for r in rows[:20]], contract)
        if index >= 0:
            chosen.append((points, name, index, rows))
    if not chosen:
        raise no_header([[_text(c) for c in r] for _, rows in sheets for r in rows[:1]], contract)
    best = max(points for points, *_ in chosen)
    # a sheet of another report (售后 beside 订单) shares a few headers; a continuation shares all
    parts = [(name, index, rows) for points, name, index, rows in chosen if points >= 0.9 * best]
    return _table(
        parts, contract, connection, skipped=[name for name, _ in sheets if name not in [p[0] for p in parts]]
    )


def _table(
    parts: list[tuple[str, int, list]], contract: Contract, connection: duckdb.DuckDBPyConnection, skipped: list[str]
) -> Table:
    import pyarrow as pa

    first_cells = [_text(c) for c in parts[0][2][parts[0][1]]]
    found = match(first_cells, contract, line=parts[0][1] + 1)
    width = len(first_cells)
    times = _time_positions(found, contract)
    lines: list[int] = []
    columns: list[list[str]] = [[] for _ in range(width)]
    records = non_data = 0
    for name, header_index, rows in parts:
        order = _order(first_cells, [_text(c) for c in rows[header_index]], name)
        records += len(rows) - 1
        non_data += header_index
        for offset, row in enumerate(rows[header_index + 1 :], header_index + 2):
            if not any(c not in ("", None) and str(c).strip() for c in row):
                non_data += 1
                continue
            lines.append(offset)
            for target, position in enumerate(order):
                cell = row[position] if position < len(row) else None
                columns[target].append(_moment(cell) if target in times else _text(cell))
    arrays = [pa.array(lines, pa.int64()), *(pa.array(c, pa.string()) for c in columns)]
    connection.register("workbook", pa.Table.from_arrays(arrays, names=["_line", *(f"c{i}" for i in range(width))]))
    plain = ", ".join(f"c{i}" for i in range(width))
    notes = [f"sheets not read: {', '.join(skipped)}"] if skipped else []
    return Table(
        f"select {plain} from workbook",
        "select * from workbook",
        found,
        records,
        non_data,
        header_cells=tuple(first_cells),
        notes=notes,
    )


def _time_positions(found: HeaderMatch, contract: Contract) -> set[int]:
    return {i for name, i in found.positions.items() if contract.column(name).kind in ("timestamp", "date")}


def _order(wanted: list[str], cells: list[str], sheet: str) -> list[int]:
    """Where each column of the first sheet stands in this one."""
    if cells == wanted:
        return list(range(len(wanted)))
    missing = [w for w in wanted if w.strip() and w not in cells]
    if missing:
        raise Refused(
            f"sheet {sheet!r} continues the report without its column {missing[0]!r}",
            column=missing[0],
            hint="load the sheets as files of their own",
        )
    return [cells.index(w) if w.strip() else len(cells) for w in wanted]
