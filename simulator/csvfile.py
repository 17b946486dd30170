"""CSV files as the platforms write them: CRLF lines, quotation marks only where needed, any encoding."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from simulator.text import TEXT, join, packed

CHUNK = 100_000
_MARKS = (b",", b'"', b"\r", b"\n")


def write_csv(
    path: Path,
    columns: dict[str, pa.Array],
    encoding: str = "utf-8",
    *,
    repeat_header_at: int | None = None,
    trailer: list[str] | None = None,
) -> Path:
    """Writes text columns under their header; returns the path.

    `encoding` as Python names it (utf-8-sig gives a BOM); `repeat_header_at` writes the header again before that data
    row; `trailer` is one further row of cells. Memory is bounded by the chunk, not by the file.
    """
    return write_csv_parts(path, list(columns), [columns], encoding, repeat_header_at=repeat_header_at, trailer=trailer)


def write_csv_parts(
    path: Path,
    header: list[str],
    parts: Iterable[dict[str, pa.Array]],
    encoding: str = "utf-8",
    *,
    notes: Iterable[list[str]] = (),
    repeat_header_at: int | None = None,
    trailer: list[str] | None = None,
) -> Path:
    """As `write_csv`, for rows that come in parts; each part has the columns of the header, in its order.

    `notes` are rows of cells below the header that are not data.
    """
    line = _row(header)
    body = "utf-8" if encoding == "utf-8-sig" else encoding
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with path.open("wb") as out:
        out.write(line.encode(encoding))
        for note in notes:
            out.write(_row(note).encode(body))
        for part in parts:
            rows = len(next(iter(part.values())))
            again = None if repeat_header_at is None else repeat_header_at - written
            cuts = {*range(0, rows, CHUNK), rows}
            if again is not None and 0 < again < rows:
                cuts.add(again)
            cuts = sorted(cuts)
            for low, high in zip(cuts, cuts[1:], strict=False):
                if low == again and written + low:
                    out.write(line.encode(body))
                out.write(_lines({name: column.slice(low, high - low) for name, column in part.items()}, body))
            written += rows
        if trailer:
            out.write(_row(trailer).encode(body))
    return path


def _lines(columns: dict[str, pa.Array], encoding: str) -> bytes:
    """The rows of one chunk."""
    cells = [_quoted(column) for column in columns.values()]
    data = packed(join(join(*cells, glue=","), "\r\n"))
    return data if encoding == "utf-8" else data.decode().encode(encoding)


def _quoted(column: pa.Array) -> pa.Array:
    """The column with quotation marks round the cells that need them."""
    column = column.cast(TEXT)
    data = packed(column)
    # Most columns hold no such mark anywhere, and looking at the bytes once is quicker than at every cell.
    if not any(mark in data for mark in _MARKS):
        return column
    needs = pc.match_substring_regex(column, '[",\r\n]')
    return pc.if_else(needs, join('"', pc.replace_substring(column, '"', '""'), '"'), column)


def _row(cells: list[str]) -> str:
    return ",".join(_cell(cell) for cell in cells) + "\r\n"


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in '",\r\n') else text
