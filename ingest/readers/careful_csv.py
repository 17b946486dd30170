"""The careful reader: a delimited file line by line, for files that a strict parser refuses.

Each physical line is first taken as a whole record; only when that fails do quotes reach over line breaks. So one stray quote
spoils one line and not the rest of the file, and a file that ends inside quotes is seen to be cut.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ingest.contract import Contract
from ingest.errors import Refused
from ingest.headers import HeaderMatch
from ingest.limits import limit
from ingest.readers import Table, set_aside
from ingest.readers.text import DELIMITERS, LONGEST_CELL, Dialect, tail_of, unless_total
from ingest.typing_sql import literal

_SAMPLED_LINES = 200
LONGEST_FIELD = 500  # lines that one quoted field may reach over
#: signs of one line; a longer one would be held in memory several times
LONGEST_LINE = limit("FUPAN_LINE_BYTES", 16 * 1024**2)
_OPEN_QUOTE = "unexpected end of data"  # csv.Error where a record ends inside quotes
_BATCH = 20_000
_SHOWN = 4_000
#: a line with one filled cell that begins so is a note of the export, not data
NOTE = r"^[\s\"']*(注|备注|说明|提示|数据|导出|统计|制表|更新|共\s*\d|※|\*)"


def careful_rows(path: Path, dialect: Dialect, found: HeaderMatch) -> tuple[Table, Iterator[tuple[int, list[str]]]]:
    """(table, its rows with their lines); the table's counts, spoiled records among them, are whole once the rows are read."""
    encoding = _settle_encoding(path, dialect)
    header = tuple(dialect.cells)
    table = Table("", "", found, 0, encoding=encoding, header_cells=header, unless_total=unless_total(tail_of(path)))
    return table, _rows(path, dialect, encoding, len(dialect.cells), table)


def read_carefully(path: Path, dialect: Dialect, found: HeaderMatch, contract: Contract, scratch: Path) -> Table:
    """Read every line; good rows go to a scratch Parquet file, others to `spoiled` or `non_data`.

    Raises Refused when the file ends inside a quoted field or changes its delimiter half way.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    width = len(dialect.cells)
    table, rows = careful_rows(path, dialect, found)
    schema = pa.schema([("_line", pa.int64()), *((f"c{i}", pa.string()) for i in range(width))])
    target = scratch / "careful.parquet"
    with pq.ParquetWriter(target, schema) as writer:
        batch: list[list] = []
        for line, cells in rows:
            batch.append([line, *cells])
            if len(batch) >= _BATCH:
                writer.write_table(_arrow(batch, schema))
                batch = []
        writer.write_table(_arrow(batch, schema))
    columns = ", ".join(f"c{i}" for i in range(width))
    table.select = f"select {columns} from read_parquet({literal(str(target))})"
    table.numbered = f"select * from read_parquet({literal(str(target))})"
    return table


def _arrow(batch: list[list], schema):
    import pyarrow as pa

    columns = list(zip(*batch, strict=True)) if batch else [[] for _ in schema]
    return pa.Table.from_arrays([pa.array(c, type=f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def _settle_encoding(path: Path, dialect: Dialect) -> str:
    """UTF-8 unless no line with Chinese text is valid UTF-8 and all are valid GB18030."""
    if dialect.encoding != "utf-8":
        return dialect.encoding
    valid = invalid = 0
    with open(path, "rb") as file:
        while line := file.readline(LONGEST_LINE):
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                valid += 1
            except UnicodeDecodeError:
                invalid += 1
    return "gb18030" if invalid and not valid else "utf-8"


def _lines(path: Path, encoding: str) -> Iterator[tuple[int, str | None, bytes]]:
    """(line number, text or None when it does not decode, bytes); line breaks kept. UTF-16 is decoded as a whole."""
    if encoding == "utf-16":
        number = 0
        try:
            with open(path, encoding="utf-16", newline="") as file:
                while text := file.readline(LONGEST_LINE + 1):
                    number += 1
                    _refuse_long(number, text)
                    yield number, text, b""
        except UnicodeError:
            raise Refused(
                "the file holds bytes that are not UTF-16: it was cut or joined",
                line=number + 1,
                hint="download it again",
            ) from None
        return
    number = 0
    with open(path, "rb") as file:
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            _refuse_long(number, line)
            try:
                yield number, line.decode(encoding if number == 1 else encoding.replace("-sig", "")), line
            except UnicodeDecodeError:
                yield number, None, line


def _refuse_long(number: int, line: str | bytes) -> None:
    if len(line) > LONGEST_LINE:
        hint = "this is not how an export looks; export it again"
        raise Refused(f"a line is longer than {LONGEST_LINE:,} bytes", line=number, hint=hint)


def _parse(text: str, delimiter: str) -> list[str] | None:
    """One record, or None when it is not exactly one."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else ([] if not rows else None)


def _is_open(text: str, delimiter: str) -> bool:
    """Whether a text ends inside quotes."""
    try:
        for _ in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            pass
    except csv.Error as problem:
        return str(problem) == _OPEN_QUOTE
    return False


def _fitted(cells: list[str] | None, width: int, wide: int = 0) -> list[str] | None:
    """A record as wide as the header: blank cells beyond it are the trailing delimiters that some exports write.

    wide: how many cells the file's records usually have; one of another width is shifted by a stray delimiter.
    """
    if cells is None or len(cells) < width or (wide and len(cells) != wide):
        return None
    return cells[:width] if not any(c.strip() for c in cells[width:]) else None


def _usual_width(path: Path, dialect: Dialect, encoding: str, width: int) -> int:
    """The commonest number of cells, of at least the header's, among the first lines that are a record each."""
    widths: Counter[int] = Counter()
    for number, text, _ in itertools.islice(_lines(path, encoding), dialect.header_line + _SAMPLED_LINES):
        cells = _parse(text, dialect.delimiter) if text and number > dialect.header_line else None
        if cells and len(cells) >= width:
            widths[len(cells)] += 1
    # of two equally common the smaller: the header itself has it
    return min(widths, key=lambda w: (-widths[w], w), default=width)


def _rows(path: Path, dialect: Dialect, encoding: str, width: int, table: Table) -> Iterator[tuple[int, list[str]]]:
    waiting: list[tuple[int, str | None, bytes]] = []
    lines = iter(_lines(path, encoding))
    delimiter = dialect.delimiter
    wide = _usual_width(path, dialect, encoding, width)

    def take() -> tuple[int, str | None, bytes] | None:
        return waiting.pop(0) if waiting else next(lines, None)

    while current := take():
        number, text, raw = current
        if number <= dialect.header_line:
            title = number <= dialect.header_line - 1
            table.records += title
            table.non_data += title
            continue
        table.records += 1
        if text is None:
            shown = raw[:80].decode(encoding, errors="backslashreplace")
            set_aside(table.spoiled, number, f"the line holds bytes that are not {encoding}", shown)
            continue
        if not text.strip():
            table.non_data += 1
            continue
        if "\x00" in text:
            set_aside(table.spoiled, number, "the line holds a NUL byte", text[:_SHOWN].replace("\x00", "␀"))
            continue
        cells = _parse(text, delimiter)
        record = _fitted(cells, width, wide)
        if record is not None:
            yield number, record
            continue
        if text.count('"') % 2:
            run, record = _quoted_run(text, take, waiting, delimiter, width, number)
            if record is not None:
                yield number, record
                continue
            waiting[:0] = run
        _spoil(number, text, delimiter, width, table)


def _quoted_run(text: str, take, waiting: list, delimiter: str, width: int, number: int):
    """Lines after `text` joined until they make one record; (lines taken, None) when they do not."""
    run: list = []
    joined = text
    while len(run) < LONGEST_FIELD and (following := take()):
        run.append(following)
        if following[1] is None or len(joined) > LONGEST_LINE:
            break
        joined += following[1]
        if '"' not in following[1]:
            continue
        record = _fitted(_parse(joined, delimiter), width)
        if record is not None:
            return [], record
        if not _is_open(joined, delimiter):
            break  # it has come to an end, and not as a record: no further line can change that
    else:
        whole_rows = any(f[1] and _fitted(_parse(f[1], delimiter), width) for f in run)
        if len(run) < LONGEST_FIELD and not whole_rows and not waiting:
            raise Refused(
                "the file ends inside a quoted field: it was cut", line=number,
                hint="download it again; nothing of it was loaded",
            )  # fmt: skip
    return run, None


def _spoil(number: int, text: str, delimiter: str, width: int, table: Table) -> None:
    cells = _parse(text, delimiter)
    filled = [c for c in cells or [] if c.strip()]
    if cells is not None and len(filled) <= 1 and (not filled or re.match(NOTE, text)):
        table.non_data += 1
        return
    for other in DELIMITERS:
        if other != delimiter and len(_parse(text, other) or []) == width > 1:
            raise Refused(
                f"the delimiter changes from {delimiter!r} to {other!r}", line=number,
                hint="two files were joined; load them one by one",
            )  # fmt: skip
    if len(text) > LONGEST_CELL:
        count = f"a cell of more than {LONGEST_CELL:,} characters"
    elif cells is None:
        count = "no whole record: a quote opens and does not close"
    else:
        count = f"{len(cells)} cells where the header has {width}"
    set_aside(table.spoiled, number, count, text.strip())
