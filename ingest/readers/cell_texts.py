"""A cell's value as the text that a CSV export would have: one by one, and whole columns by Arrow where it writes the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

#: a bare number of a time column that is taken for a serial day: 1954 to 2119
FIRST_SERIAL, LAST_SERIAL = 20_000, 80_000
_SERIAL_ZERO = dt.datetime(1899, 12, 30)
_DAYS_TO_1904 = 1462  # the other date system of Excel counts from 1904-01-01
_EXACT_DIGITS = 10**15  # a double holds 15 digits; a longer id kept as a number has lost its end
_DAYS_TO_1970, _MICROSECONDS = 25_569, 86_400_000_000.0  # since Excel's first day; of a day
_SHORT = 10.0**9  # below it, and above a thousandth, Arrow writes fractions as Python does


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


def moment_text(cell: object, *, is_1904: bool) -> str:
    """A cell of a time column: as `cell_text`, but a bare number is Excel's serial day."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and FIRST_SERIAL <= cell < LAST_SERIAL:
        first_day = _SERIAL_ZERO + dt.timedelta(days=_DAYS_TO_1904 if is_1904 else 0)
        return (first_day + dt.timedelta(seconds=round(cell * 86_400))).strftime("%Y-%m-%d %H:%M:%S")
    return cell_text(cell)


def percent_text(cell: object) -> object:
    """A number that the workbook shows as a percentage, as it is shown: 0.4193 is 41.93%."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return f"{(Decimal(repr(cell)) * 100).normalize():f}%"
    return cell


def with_texts(column: Sequence[object], kind: type, written: Callable[[list], Any]) -> Any:
    """A column of one kind of cell, with texts among them or not: `written` gives the text of those that are none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    cells = written([c if c.__class__ is kind else None for c in column])
    texts = [c if c.__class__ is str else None for c in column]
    return pc.coalesce(pa.array(texts, pa.string()), cells) if any(texts) else cells


def moments(column: Sequence[dt.datetime | None]) -> Any:
    """As `cell_text`, by Arrow; nothing for an empty cell."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rounded = pc.add(pa.array(column, pa.timestamp("ms")), pa.scalar(500, pa.duration("ms")))
    return pc.cast(pc.floor_temporal(rounded, unit="second").cast(pa.timestamp("s")), pa.string())


def numbers(column: Any) -> Any:
    """As `cell_text`, by Arrow where it writes the same: whole numbers and short fractions; nothing for an empty cell.

    column: floats or None, as a list or an Arrow array.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    cells = pa.array(column, pa.float64())
    size = pc.abs(cells)
    if pc.all(pc.less(size, _EXACT_DIGITS)).as_py() is not False:
        if pc.all(pc.equal(cells, pc.floor(cells))).as_py() is not False:
            return pc.cast(pc.cast(cells, pa.int64()), pa.string())
        if pc.all(pc.or_(pc.and_(pc.greater_equal(size, 0.001), pc.less(size, _SHORT)), pc.equal(size, 0))).as_py():
            # a whole number among fractions is written without its .0 by a pattern that nothing else matches
            return pc.replace_substring_regex(pc.cast(cells, pa.string()), r"\.0$", "")
    return pa.array([cell_text(c) for c in cells.to_pylist()], pa.string())


def serial_texts(days: np.ndarray) -> Any:
    """Serial days since 1899-12-30 as `cell_text` writes the moments they are: a whole one as a day, one below 1 as a time of day."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    since_1970 = np.round(days * _MICROSECONDS) - _DAYS_TO_1970 * _MICROSECONDS
    seconds = np.floor_divide(since_1970 + 500_000, 1_000_000).astype(np.int64)
    texts = pc.cast(pa.array(seconds).cast(pa.timestamp("s")), pa.string())
    for chosen, start, stop in ((days < 1, 11, 19), ((days >= 1) & (days == np.floor(days)), 0, 10)):
        if chosen.any():
            part = pc.utf8_slice_codeunits(texts.filter(pa.array(chosen)), start, stop)
            texts = pc.replace_with_mask(texts, pa.array(chosen), part)
    return texts
