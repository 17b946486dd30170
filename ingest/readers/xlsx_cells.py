"""Cells of some rows of a sheet as arrays, and what they mean: texts, numbers, moments, percentages.

A number is a moment or a percentage by the number format of its style. Serial days are days since 1899-12-30 (or 1904-01-01), which
is what Excel shows for every day after February 1900.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from ingest.errors import Refused
from ingest.protect import masked

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384  # of a sheet, in Excel
#: what a cell's t says
NUMBER, SHARED, INLINE, BOOL, ERROR, ISO = range(6)
KINDS = {"n": NUMBER, "s": SHARED, "str": INLINE, "inlineStr": INLINE, "b": BOOL, "e": ERROR, "d": ISO}
#: what its value is
TEXT, PLAIN, PERCENT, MOMENT, SPAN = range(5)
_FIRST_DAY = {False: dt.datetime(1899, 12, 30), True: dt.datetime(1904, 1, 1)}
_LAST_SERIAL = 2_958_466  # the first day of the year 10000


def column_of(letters: str) -> int:
    """A column from 0 by its letters: A is 0, Z 25, AA 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


class Percent(float):
    """A number that the workbook shows as a percentage: 0.4193 for 41.93%."""


@dataclass(frozen=True)
class Cells:
    """The filled cells of some rows, row by row, as they are written.

    numbers: of the rows, rising; hidden: how many are. Of each cell: row (place in numbers), column (from 0), kind (NUMBER ... ISO),
    style, text (of SHARED: the place among the shared texts).
    """

    numbers: np.ndarray
    hidden: int
    row: np.ndarray
    column: np.ndarray
    kind: np.ndarray
    style: np.ndarray
    text: pa.Array


@dataclass(frozen=True)
class Styles:
    """The numbers of the styles whose number format shows a percentage, a moment, or a span of time (as [h]:mm)."""

    percents: frozenset[int] = frozenset()
    moments: frozenset[int] = frozenset()
    spans: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Values:
    """The same cells with their meaning. form: TEXT ... SPAN; text: of TEXT, else null; number: of all others, else nan; moments are
    serial days since 1899-12-30."""

    numbers: np.ndarray
    row: np.ndarray
    column: np.ndarray
    form: np.ndarray
    text: pa.Array
    number: np.ndarray = field(repr=False)

    def rows(self, after: int, left: int = 0, most_cells: int = 200_000) -> Iterator[list[list[object]]]:
        """The rows below row `after`, some at a time, as lists of str, float, Percent, date, time, datetime, timedelta or None.

        Rows that hold nothing are empty lists, but for those behind the last that does. left: the column that is the first.
        Raises Refused for a cell left of it.
        """
        made: list[list[object]] = []
        size = 0
        for place, number in enumerate(self.numbers.tolist()):
            row = self.one(place, left)
            if not any(c.strip() if isinstance(c, str) else c is not None for c in row):
                continue
            made += [[] for _ in range(number - after - 1)]
            made.append(row)
            after, size = number, size + len(row) + 1
            if size > most_cells:
                yield made
                made, size = [], 0
        if made:
            yield made

    def one(self, place: int, left: int, most: int = MOST_COLUMNS) -> list[object]:
        """One row, by its place among `numbers`, up to its last cell or to `most` columns."""
        begin, end = self._begins[place], self._begins[place + 1]
        if begin == end:
            return []
        columns = (self.column[begin:end] - left).tolist()
        if columns[0] < 0:
            raise Refused("a cell stands left of the table's first column", line=int(self.numbers[place]), hint="move the table to the first column, or export it again")  # fmt: skip
        row: list[object] = [None] * min(columns[-1] + 1, most)
        told = zip(columns, self.form[begin:end].tolist(), self.text[begin:end].to_pylist(), self.number[begin:end].tolist(), strict=True)  # fmt: skip
        for column, form, text, number in told:
            if column < most:
                row[column] = text if form == TEXT else _object(form, number)
        return row

    @cached_property
    def _begins(self) -> list[int]:
        import numpy as np

        return np.searchsorted(self.row, np.arange(len(self.numbers) + 1)).tolist()


def _object(form: int, number: float) -> object:
    if form == PLAIN:
        return number
    if form == PERCENT:
        return Percent(number)
    span = dt.timedelta(seconds=number * 86_400)
    if form == SPAN:
        return span
    moment = _FIRST_DAY[False] + span
    if number < 1:
        return (moment + dt.timedelta(milliseconds=500)).replace(microsecond=0).time()
    return moment.date() if number.is_integer() else moment


def values_of(cells: Cells, shared: pa.Array, styles: Styles, *, is_1904: bool) -> Values:
    """What the cells mean. Raises Refused, with the row, for a number that is none or a shared text that there is not."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    kind, text = cells.kind, cells.text
    form = np.full(len(kind), TEXT, dtype=np.uint8)
    is_number = kind == NUMBER
    form[is_number] = PLAIN
    for of_form, numbers in ((PERCENT, styles.percents), (MOMENT, styles.moments), (SPAN, styles.spans)):
        if numbers:
            form[is_number & np.isin(cells.style, list(numbers))] = of_form
    if (kind == SHARED).any():
        place = _numbers(cells, kind == SHARED, pa.int64())
        wrong = np.flatnonzero((place < 0) | (place >= len(shared)))
        if len(wrong):
            raise _refused(cells, np.flatnonzero(kind == SHARED)[wrong[0]], "names a shared text that there is not")
        text = pc.replace_with_mask(text, pa.array(kind == SHARED), shared.take(pa.array(place)).cast(pa.string()))
    number = np.full(len(kind), np.nan)
    number[is_number] = _numbers(cells, is_number, pa.float64())
    if not np.isfinite(number[is_number]).all():
        raise _refused(cells, np.flatnonzero(is_number & ~np.isfinite(number))[0], "is no number")
    if is_1904:
        number[form == MOMENT] += (_FIRST_DAY[True] - _FIRST_DAY[False]).days
    else:  # Excel shows a 29 February 1900, so that its days before it are one behind
        number[(form == MOMENT) & (number >= 1) & (number < 60)] += 1
    # what no calendar has stays the number that it is
    form[(form == MOMENT) & ~((number >= 0) & (number < _LAST_SERIAL))] = PLAIN
    form[(form == SPAN) & ~(np.abs(number) < _LAST_SERIAL)] = PLAIN
    return Values(cells.numbers, cells.row, cells.column, form, pc.if_else(pa.array(form == TEXT), text, pa.scalar(None, pa.string())), number)  # fmt: skip


def _numbers(cells: Cells, wanted: np.ndarray, kind: pa.DataType) -> np.ndarray:
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = cells.text.filter(pa.array(wanted))
    try:
        return pc.cast(texts, kind).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        pass
    trimmed = pc.utf8_trim_whitespace(texts)
    try:
        return pc.cast(trimmed, kind).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        for place, text in zip(wanted.nonzero()[0], trimmed.to_pylist(), strict=True):
            try:
                pc.cast(pa.scalar(text), kind)
            except pa.ArrowInvalid:
                raise _refused(cells, place, f"holds {masked(text, limit=40)!r} where a number should be") from None
        raise


def _refused(cells: Cells, place: int, what: str) -> Refused:
    return Refused(
        f"a cell {what}", line=int(cells.numbers[cells.row[place]]), hint="open the file in a spreadsheet, save it as .xlsx and drop that"
    )  # fmt: skip
