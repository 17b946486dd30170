"""From sheets of cells to one table of text: what workbooks, HTML tables and XML spreadsheets have in common.

Rows are pushed in chunks and written to a scratch file as they come, so that memory holds a chunk and not the sheet. A sheet
counts when the contract's header stands in its first rows; of several the best and its continuations are read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.contract import Contract
from ingest.errors import Refused
from ingest.headers import match
from ingest.readers import Spoiled, Table, set_aside
from ingest.readers.cell_texts import (
    FIRST_SERIAL,
    LAST_SERIAL,
    cell_text,
    moment_text,
    moments,
    numbers,
    percent_text,
    serial_texts,
    with_texts,
)
from ingest.readers.header_row import SEARCHED_ROWS, find_header, no_header
from ingest.readers.xlsx_cells import MOMENT, PERCENT, PLAIN, SPAN, TEXT, Percent, Values
from ingest.typing_sql import literal

if TYPE_CHECKING:
    import numpy as np

CHUNK_ROWS = 8192
_SHOWN_BEYOND = 20  # cells beyond the header, of a row that is set aside for them
#: a sheet of another report (售后 beside 订单) shares a few headers; a continuation shares all
_CONTINUATION = 0.9
_NOTHING = frozenset({"", None})

Row = Sequence[object]


@dataclass
class Sheet:
    """One sheet's rows on their way to a scratch Parquet file of its own (`_line`, c0, c1 ...).

    merged: (top, left, bottom, right), from 0, of merged cells: a header that reaches over several rows stands in each of
    them. is_1904: whether bare serial days count from 1904. tells_percent: whether a number that is shown as a percentage can be
    told (it comes as Percent); where it cannot, a number of a column in percent would be a guess.
    """

    name: str
    contract: Contract
    target: Path
    merged: Sequence[tuple[int, int, int, int]] = ()
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

    def push_values(self, values: Values, left: int) -> None:
        """Take the next rows of the sheet as arrays of cells; `left` is the column that is its first."""
        if self.header_index >= 0:
            self._write_values(values, left)
        elif self.rows < SEARCHED_ROWS:
            for rows in values.rows(self.rows, left):
                self.push(rows)
        elif len(values.row):
            self.rows = int(values.numbers[values.row[-1]])

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
        widest = max(map(len, texts))
        texts = [[*row, *[""] * (widest - len(row))] for row in texts]
        for top, left, bottom, _ in self.merged:
            for row in range(top + 1, min(bottom + 1, len(texts))):
                if top < len(texts) and left < widest and not texts[row][left]:
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
        lines, kept = self._filled(rows, start)
        self._append(lines, [self._texts(i, column) for i, column in enumerate(zip(*kept, strict=True))])

    def _append(self, lines: Sequence[int], columns: Sequence[Any]) -> None:
        """Write rows: their numbers, and their columns as Arrow arrays of text."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if self._writer is None:
            schema = pa.schema([("_line", pa.int64()), *((f"c{i}", pa.string()) for i in range(len(self.cells)))])
            self._writer = pq.ParquetWriter(self.target, schema, compression="none", use_dictionary=False, write_statistics=False)  # fmt: skip
        if len(lines):
            arrays = [pa.array(lines, pa.int64()), *columns]
            self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._writer.schema))

    def _filled(self, rows: list[Row], start: int) -> tuple[list[int], list[Row]]:
        """(line numbers, rows of the header's width) of the rows that hold anything."""
        width = len(self.cells)
        lines: list[int] = []
        kept: list[Row] = []
        for line, row in enumerate(rows, start + 1):
            if _is_blank(row):
                self.blanks += 1
                continue
            if len(row) > width:
                # a merged cell may reach over thousands of empty ones, which a set passes over in C
                if not set(row[width:]) <= _NOTHING and any(cell_text(c).strip() for c in row[width:]):
                    self._spoil(line, row)
                    continue
                row = row[:width]
            elif len(row) < width:
                row = [*row, *[""] * (width - len(row))]
            lines.append(line)
            kept.append(row)
        return lines, kept

    def _spoil(self, line: int, row: Row) -> None:
        width = len(self.cells)
        shown = ",".join(cell_text(c) for c in row[: width + _SHOWN_BEYOND])
        set_aside(self.spoiled, line, f"a cell stands beyond the {width} columns of the header", shown)

    def _texts(self, index: int, column: Sequence[object]) -> Any:
        """One column of a chunk as an Arrow array of text; one that holds nothing else, as most do, costs one look."""
        import pyarrow as pa

        kinds = set(map(type, column))
        if kinds == {str}:
            return pa.array(column, pa.string())
        if not self.tells_percent and self._rates.get(index) == "percent":
            self._refuse_guess(index, column)
        if index in self._rates and Percent in kinds:
            column = [percent_text(c) if c.__class__ is Percent else c for c in column]
        elif kinds - {str} == {dt.datetime}:
            return with_texts(column, dt.datetime, moments)
        elif index in self._times:
            column = [moment_text(c, is_1904=self.is_1904) for c in column]
        elif kinds - {str} == {float}:
            return with_texts(column, float, numbers)
        return pa.array([c if c.__class__ is str else cell_text(c) for c in column], pa.string())

    def _write_values(self, values: Values, left: int) -> None:
        """As `_write`, column by column: no cell becomes an object."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        width, rows = len(self.cells), len(values.numbers)
        column = values.column - left
        is_blank = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(values.text), ""), False).to_numpy(
            zero_copy_only=False
        )
        is_inside = (column >= 0) & (column < width)
        has = np.bincount(values.row[~is_blank], minlength=rows) > 0
        if not has.any():
            return
        kept = has.copy()
        for place in np.unique(values.row[~is_blank & ~is_inside]).tolist():
            self._spoil(int(values.numbers[place]), values.one(place, left, width + _SHOWN_BEYOND))
            kept[place] = False
        last = int(values.numbers[has][-1])
        self.blanks += last - self.rows - int(has.sum())
        self.rows = last
        chosen = np.flatnonzero(is_inside & kept[values.row])
        by_column = chosen[np.argsort(column[chosen], kind="stable")]
        begins = np.searchsorted(column[by_column], np.arange(width + 1))
        lines, place = values.numbers[kept], np.cumsum(kept) - 1
        columns = []
        for index in range(width):
            of = by_column[begins[index] : begins[index + 1]]
            texts = self._texts_of(index, values.form[of], values.text.take(pa.array(of)), values.number[of])
            if len(of) < len(lines):
                source = np.full(len(lines), -1)
                source[place[values.row[of]]] = np.arange(len(of))
                texts = pc.fill_null(texts.take(pa.array(source, mask=source < 0)), "")
            columns.append(texts)
        self._append(lines, columns)

    def _texts_of(self, index: int, form: np.ndarray, texts: Any, number: np.ndarray) -> Any:
        """As `_texts`, for the filled cells of a column as arrays."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        if (form == TEXT).all():
            return texts
        is_percent = (form == PERCENT) & (index in self._rates)
        is_plain = (form == PLAIN) | (form == PERCENT) & ~is_percent
        is_serial = is_plain & (index in self._times) & (number >= FIRST_SERIAL) & (number < LAST_SERIAL)
        for chosen, written in (
            (is_percent, lambda found: pa.array([percent_text(n) for n in found.tolist()], pa.string())),
            (is_serial, lambda found: pa.array([moment_text(n, is_1904=self.is_1904) for n in found.tolist()], pa.string())),
            (is_plain & ~is_serial, numbers),
            (form == MOMENT, serial_texts),
            (form == SPAN, lambda found: pa.array([cell_text(dt.timedelta(seconds=n * 86_400)) for n in found.tolist()], pa.string())),
        ):  # fmt: skip
            if np.any(chosen):
                texts = pc.replace_with_mask(texts, pa.array(chosen), written(number[chosen]))
        return texts

    def _refuse_guess(self, index: int, column: Sequence[object]) -> None:
        number = next((c for c in column if c.__class__ is float and c), None)
        if number is not None:
            raise Refused(
                f"a number ({number:g}) in a column of percentages: this old format does not say whether it is shown as a percentage",
                column=self.cells[index], hint="open the file, save it as .xlsx and drop that",
            )  # fmt: skip


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
