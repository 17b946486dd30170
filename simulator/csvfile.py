"""CSV files as the platforms write them: CRLF lines, quotation marks only where needed, any encoding."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from simulator.text import TEXT, join

CHUNK = 100_000


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
    header = ",".join(_cell(name) for name in columns) + "\r\n"
    rows = len(next(iter(columns.values())))
    cuts = sorted({*range(0, rows, CHUNK), rows, repeat_header_at or 0})
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        out.write(header.encode(encoding))
        body = "utf-8" if encoding == "utf-8-sig" else encoding
        for low, high in zip(cuts, cuts[1:], strict=False):
            if repeat_header_at and low == repeat_header_at:
                out.write(header.encode(body))
            out.write(_lines({name: column.slice(low, high - low) for name, column in columns.items()}, body))
        if trailer:
            out.write((",".join(_cell(cell) for cell in trailer) + "\r\n").encode(body))
    return path


def _lines(columns: dict[str, pa.Array], encoding: str) -> bytes:
    """The rows of one chunk."""
    cells = [_quoted(column) for column in columns.values()]
    rows = join(join(*cells, glue=","), "\r\n")
    buffers = rows.buffers()
    data = buffers[2].to_pybytes() if rows.offset == 0 else "".join(rows.to_pylist()).encode()
    return data if encoding == "utf-8" else data.decode().encode(encoding)


def _quoted(column: pa.Array) -> pa.Array:
    """The column with quotation marks round the cells that need them."""
    column = column.cast(TEXT)
    needs = pc.match_substring_regex(column, '[",\r\n]')
    if not pc.any(needs).as_py():
        return column
    return pc.if_else(needs, join('"', pc.replace_substring(column, '"', '""'), '"'), column)


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in '",\r\n') else text
