"""CSV and other delimited text: DuckDB's strict parser for files in good order, a line-by-line reader for the rest.

Nothing is sniffed by DuckDB: delimiter, quote, columns and skipped lines are given, and every cell is text. The records are
counted here as well, without DuckDB; when the two disagree, or DuckDB refuses the file, the careful reader takes over.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ingest.contract import Contract
from ingest.headers import match
from ingest.readers import Table
from ingest.readers.text import (
    LONGEST_CELL,
    Dialect,
    RecordCounter,
    count_records,
    recognise,
    tail_of,
    unless_total,
)
from ingest.readers.transcode import to_utf8
from ingest.typing_sql import literal

if TYPE_CHECKING:
    import duckdb

_LONGEST_RECORD = LONGEST_CELL  # bytes; DuckDB buffers sixteen of them per thread


def read_csv(path: Path, contract: Contract, connection: duckdb.DuckDBPyConnection, scratch: Path) -> Table:
    """Open a delimited text file; raises Refused for a missing header, a missing column or bytes of no encoding."""
    dialect = recognise(path, contract)
    found = match(dialect.cells, contract, line=dialect.header_line)

    def careful() -> Table:
        from ingest.readers.careful_csv import read_carefully

        return read_carefully(path, dialect, found, contract, scratch)

    text = path
    if dialect.is_utf8:
        records, blanks, delimiters = count_records(text, dialect.delimiter)
    else:
        text, counter = scratch / "utf8.csv", RecordCounter(dialect.delimiter)
        try:
            to_utf8(path, dialect.encoding, text, counter.feed)
        except UnicodeDecodeError:
            return careful()
        records, blanks, delimiters = counter.counts()
    data = records - dialect.header_index - 1 - blanks
    if dialect.header_line != dialect.header_index + 1:
        return careful()  # a title or a header over several lines: DuckDB skips lines, not records
    if delimiters != (records - blanks) * (len(dialect.cells) - 1):
        return careful()  # DuckDB takes a blank cell too many without a word, and a stray comma with it shifts the row
    plain = _select(text, dialect, [])
    nulls = [] if found.extra else _nulls(contract, dialect)  # unknown columns are kept word for word
    select = _select(text, dialect, nulls)
    # header_index counts the records above the header; blank lines among them are rare and only shift the quoted line numbers
    numbered = f"select row_number() over () + {dialect.header_line} as _line, * from ({plain})"
    return Table(
        select=select, numbered=numbered, match=found, records=data + blanks + dialect.header_index,
        non_data=blanks + dialect.header_index, encoding=dialect.encoding, header_cells=tuple(dialect.cells), fallback=careful,
        nulls=frozenset(nulls), unless_total=unless_total(tail_of(path)),
    )  # fmt: skip


def _nulls(contract: Contract, dialect: Dialect) -> list[str]:
    """The contract's null tokens that DuckDB's parser itself can turn to null, which costs nothing there.

    None of them where a total row is told by a blank cell, since a dash counts as blank and a null does not.
    """
    if (contract.options.get("totalRow") or {}).get("suffixes"):
        return []
    tokens = dict.fromkeys(["", *contract.null_tokens])
    return [t for t in tokens if not any(mark in t for mark in (dialect.delimiter, '"', "\r", "\n"))]


def _select(path: Path, dialect: Dialect, nulls: list[str]) -> str:
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(dialect.cells)))
    turned = f", nullstr = [{', '.join(map(literal, nulls))}]" if nulls else ""
    return (
        f"select * from read_csv({literal(str(path))}, auto_detect = false, header = false, skip = {dialect.header_line}, "
        f"delim = {literal(dialect.delimiter)}, quote = '\"', escape = '\"', strict_mode = true, null_padding = false, "
        f"ignore_errors = false, max_line_size = {_LONGEST_RECORD}{turned}, columns = {{{columns}}})"
    )
