"""From sheets of cells to one table of text: what workbooks, HTML tables and XML spreadsheets have in common.

Rows are pushed in chunks and written to a scratch file as they come, so that memory holds a chunk and not the sheet. A sheet
counts when the contract's header stands in its first rows; of several the best and its continuations are read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from ingest.contract import Contract
from ingest.errors import Refused
from ingest.headers import match
from ingest.readers import Spoiled, Table, set_aside
from ingest.readers.header_row import SEARCHED_ROWS, find_header, no_header
from ingest.typing_sql import literal

CHUNK_ROWS = 8192
_SERIAL_ZERO = dt.datetime(1899, 12, 30)
_DAYS_TO_1904 = 1462  # the other date system of Excel counts from 1904-01-01
_EXACT_DIGITS = 10**15  # a double holds 15 digits; a longer id kept as a number has lost its end
_SHORT = 10.0**9  # below it, and above a thousandth, Arrow writes fractions as Python does
#: a sheet of another report (售后 beside 订单) shares a few headers; a continuation shares all
_CONTINUATION = 0.9
_NOTHING = frozenset({"", None})

Row = Sequence[object]


def cell_text(cell: object) -> str:
    """A cell as the text that a CSV export would have; a number too long to be exact is written in E notation."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, (int, float)):
        if isinstance(cell, float) and not cell.is_integer():
            return repr(cell)
        return str(int(cell)) if abs(cell) < _EXACT_DIGITS else f"{cell:.6E}"
    if isinstance(cell, dt.datetime):
        # a day's fraction is kept in binary: 08:00:00 comes back as 07:59:59.999
        return (cell + dt.timedelta(milliseconds=500)).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, dt.timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return str(cell)


def _moment(cell: object, first_day: dt.datetime) -> str:
    """A cell of a time column: as `cell_text`, but a bare number is Excel's serial day."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and 20_000 <= cell < 80_000:
        return (first_day + dt.timedelta(seconds=round(cell * 86_400))).strftime("%Y-%m-%d %H:%M:%S")
    return cell_text(cell)


def percent_text(cell: object) -> object:
    """A number that the workbook shows as a percentage, as it is shown: 0.4193 is 41.93%."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return f"{(Decimal(repr(cell)) * 100).normalize():f}%"
    return cell


@dataclass
class Sheet:
    """One sheet's rows on their way to a scratch Parquet file of its own (`_line`, c0, c1 ...).

    merged: (top, left, bottom, right), from 0, of merged cells: a header that reaches over several rows stands in each of
    them. percents: {column: rows} of numbers shown as percentages; errors: {row: {column: #N/A}} of cells in error; rows and
    columns from 0. is_1904: whether bare serial days count from 1904.
    tells_percent: whether `percents` can be known; where it cannot, a number of a column in percent would be a guess.
    """

    name: str
    contract: Contract
    target: Path
    merged: Sequence[tuple[int, int, int, int]] = ()
    percents: dict[int, Container[int]] = field(default_factory=dict)
    errors: dict[int, dict[int, str]] = field(default_factory=dict)
    is_1904: bool = False
    tells_percent: bool = True
    points: int = 0
    cells: list[str] = field(default_factory=list)
    header_index: int = -1
    rows: int = 0
    blanks: int = 0
    spoiled: list[Spoiled] = field(default_factory=list)
    head: list[Row] = field(default_factory=list)
    _writer: Any = None
    _times: set[int] = field(default_factory=set)
    _rates: dict[int, str] = field(default_factory=dict)

    def push(self, rows: list[Row]) -> None:
        """Take the next rows of the sheet, in order."""
        if self.header_index < 0 and self.rows < SEARCHED_ROWS:
            self.head += rows
            self.rows += len(rows)
            if self.rows >= SEARCHED_ROWS:
                self._settle()
            return
        start = self.rows
        self.rows += len(rows)
        if self.header_index >= 0:
            self._write(rows, start)

    def close(self) -> None:
        """No more rows come."""
        if self._writer is None:
            self._settle()
        if self._writer is not None:
            self._writer.close()

    def _settle(self) -> None:
        """Find the header among the rows so far, and write those below it."""
        if self.header_index >= 0 or not self.head:
            return
        texts = [[cell_text(c) for c in row] for row in self.head[:SEARCHED_ROWS]]
        for top, left, bottom, _ in self.merged:
            for row in range(top + 1, min(bottom + 1, len(texts))):
                if top < len(texts) and left < min(len(texts[top]), len(texts[row])) and not texts[row][left]:
                    texts[row][left] = texts[top][left]
        self.header_index, self.points = find_header(texts, self.contract)
        if self.header_index < 0:
            self.head = self.head[:1]
            return
        # columns that are only formatted, up to the last one of the sheet, are none
        self.cells = _without_trailing_blanks(texts[self.header_index])
        found = _kinds(self.cells, self.contract)
        self._times = {i for i, (kind, _) in found.items() if kind in ("timestamp", "date")}
        self._rates = {i: unit for i, (kind, unit) in found.items() if kind == "rate"}
        below = self.head[self.header_index + 1 :]
        self.head = []
        self._write(below, self.header_index + 1)

    def _write(self, rows: list[Row], start: int) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        width = len(self.cells)
        if self._writer is None:
            schema = pa.schema([("_line", pa.int64()), *((f"c{i}", pa.string()) for i in range(width))])
            self._writer = pq.ParquetWriter(self.target, schema, compression="none", use_dictionary=False, write_statistics=False)  # fmt: skip
        lines, kept = self._filled(rows, start)
        if not kept:
            return
        columns = [self._texts(i, column, lines) for i, column in enumerate(zip(*kept, strict=True))]
        arrays = [pa.array(lines, pa.int64()), *columns]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._writer.schema))

    def _filled(self, rows: list[Row], start: int) -> tuple[list[int], list[Row]]:
        """(line numbers, rows of the header's width) of the rows that hold anything."""
        width = len(self.cells)
        lines: list[int] = []
        kept: list[Row] = []
        for line, row in enumerate(rows, start + 1):
            if line - 1 in self.errors:
                row = list(row)
                for column, text in self.errors[line - 1].items():
                    row[column:] = [text, *row[column + 1 :]]
            if _is_blank(row):
                self.blanks += 1
                continue
            if len(row) > width:
                # a merged cell may reach over thousands of empty ones, which a set passes over in C
                if not set(row[width:]) <= _NOTHING and any(cell_text(c).strip() for c in row[width:]):
                    shown = ",".join(cell_text(c) for c in row[: width + 20])
                    set_aside(self.spoiled, line, f"a cell stands beyond the {width} columns of the header", shown)
                    continue
                row = row[:width]
            elif len(row) < width:
                row = [*row, *[""] * (width - len(row))]
            lines.append(line)
            kept.append(row)
        return lines, kept

    def _texts(self, index: int, column: Sequence[object], lines: list[int]) -> Any:
        """One column of a chunk as an Arrow array of text; one that holds nothing else, as most do, costs one look."""
        import pyarrow as pa

        kinds = set(map(type, column))
        if kinds == {str}:
            return pa.array(column, pa.string())
        if not self.tells_percent and self._rates.get(index) == "percent":
            self._refuse_guess(index, column)
        if index in self._rates and (shown := self.percents.get(index)):
            column = [percent_text(c) if line - 1 in shown else c for line, c in zip(lines, column, strict=True)]
        elif kinds - {str} == {dt.datetime}:
            return _with_texts(column, dt.datetime, _moments)
        elif index in self._times:
            first_day = _SERIAL_ZERO + dt.timedelta(days=_DAYS_TO_1904 if self.is_1904 else 0)
            column = [_moment(c, first_day) for c in column]
        elif kinds - {str} == {float}:
            return _with_texts(column, float, _numbers)
        return pa.array([c if c.__class__ is str else cell_text(c) for c in column], pa.string())

    def _refuse_guess(self, index: int, column: Sequence[object]) -> None:
        number = next((c for c in column if c.__class__ is float and c), None)
        if number is not None:
            raise Refused(
                f"a number ({number:g}) in a column of percentages: this old format does not say whether it is shown as a percentage",
                column=self.cells[index], hint="open the file, save it as .xlsx and drop that",
            )  # fmt: skip


def _with_texts(column: Sequence[object], kind: type, written: Callable[[list], Any]) -> Any:
    """A column of one kind of cell, with texts among them or not: `written` gives the text of those that are none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    cells = written([c if c.__class__ is kind else None for c in column])
    texts = [c if c.__class__ is str else None for c in column]
    return pc.coalesce(pa.array(texts, pa.string()), cells) if any(texts) else cells


def _moments(column: Sequence[dt.datetime | None]) -> Any:
    """As `cell_text`, by Arrow; nothing for an empty cell."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rounded = pc.add(pa.array(column, pa.timestamp("ms")), pa.scalar(500, pa.duration("ms")))
    return pc.cast(pc.floor_temporal(rounded, unit="second").cast(pa.timestamp("s")), pa.string())


def _numbers(column: list[float | None]) -> Any:
    """As `cell_text`, by Arrow where it writes the same: whole numbers and short fractions; nothing for an empty cell."""
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers = pa.array(column, pa.float64())
    size = pc.abs(numbers)
    if pc.all(pc.less(size, _EXACT_DIGITS)).as_py() is not False:
        if pc.all(pc.equal(numbers, pc.floor(numbers))).as_py() is not False:
            return pc.cast(pc.cast(numbers, pa.int64()), pa.string())
        if pc.all(pc.or_(pc.and_(pc.greater_equal(size, 0.001), pc.less(size, _SHORT)), pc.equal(size, 0))).as_py():
            # a whole number among fractions is written without its .0 by a pattern that nothing else matches
            return pc.replace_substring_regex(pc.cast(numbers, pa.string()), r"\.0$", "")
    return pa.array([cell_text(c) for c in column], pa.string())


def _without_trailing_blanks(cells: list[str]) -> list[str]:
    filled = [i for i, cell in enumerate(cells) if cell.strip()]
    return cells[: filled[-1] + 1] if filled else cells


def _is_blank(row: Row) -> bool:
    for cell in row:
        if cell is None or cell == "" or (cell.__class__ is str and cell.isspace()):
            continue
        return False
    return True


def _kinds(cells: list[str], contract: Contract) -> dict[int, tuple[str, str]]:
    """Index to (kind of column, its unit), as far as the header is known; what is wrong with it is told by `match` later."""
    try:
        positions = match(cells, contract).positions
    except Refused:
        return {}
    columns = {i: contract.column(name) for name, i in positions.items()}
    return {i: (c.kind, c.options.get("unit", "")) for i, c in columns.items()}


def table_of(sheets: list[Sheet], contract: Contract, notes: list[str], encoding: str | None = None) -> Table:
    """The table of closed sheets. Raises Refused when none has the header, or a continuation lacks one of its columns."""
    chosen = [s for s in sheets if s.header_index >= 0]
    if not chosen:
        raise no_header([[cell_text(c) for c in row] for s in sheets for row in s.head[:1]], contract)
    best = max(s.points for s in chosen)
    parts = [s for s in chosen if s.points >= _CONTINUATION * best]
    skipped = [s.name for s in sheets if s.rows and s not in parts]
    first = parts[0]
    found = match(first.cells, contract, line=first.header_index + 1)
    selects = [_select(s, first.cells) for s in parts]
    plain = ", ".join(f"c{i}" for i in range(len(first.cells)))
    numbered = " union all ".join(selects)
    return Table(
        select=f"select {plain} from ({numbered})",
        numbered=numbered,
        match=found,
        records=sum(s.rows - 1 for s in parts),
        non_data=sum(s.header_index + s.blanks for s in parts),
        spoiled=[x for s in parts for x in s.spoiled],
        encoding=encoding,
        header_cells=tuple(first.cells),
        notes=[*([f"sheets not read: {', '.join(skipped)}"] if skipped else []), *notes],
    )


def _select(sheet: Sheet, wanted: list[str]) -> str:
    """SQL of one sheet's rows with the columns in the order of the first."""
    rows = f"read_parquet({literal(str(sheet.target))})"
    if sheet.cells == wanted:
        return f"select * from {rows}"
    missing = [w for w in wanted if w.strip() and w not in sheet.cells]
    if missing:
        raise Refused(
            f"sheet {sheet.name!r} continues the report without its column {missing[0]!r}",
            column=missing[0],
            hint="load the sheets as files of their own",
        )
    columns = ", ".join(
        f"{f'c{sheet.cells.index(w)}' if w.strip() else 'null::varchar'} as c{i}" for i, w in enumerate(wanted)
    )
    return f"select _line, {columns} from {rows}"
