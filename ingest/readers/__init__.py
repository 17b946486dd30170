"""Readers: from a file's bytes to a table of text, one class a kind, all with the same surface (`Table`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.contract import Contract
from ingest.errors import Refused
from ingest.headers import HeaderMatch
from ingest.limits import limit

if TYPE_CHECKING:
    import duckdb


#: rows of one file that are set aside one by one; a file with more of them is not this report at all
MOST_SET_ASIDE = limit("FUPAN_ROWS_SET_ASIDE", 100_000)
_KEPT_TEXT = 4_000  # signs; less of it is ever shown


@dataclass(frozen=True)
class Spoiled:
    """A record that cannot be a row of the table at all: its line, why, and what stands there."""

    line: int
    reason: str
    text: str


def set_aside(spoiled: list[Spoiled], line: int, reason: str, text: str) -> None:
    """Note one more spoiled record. Raises Refused when there are too many, so that memory does not grow with rubbish."""
    if len(spoiled) >= MOST_SET_ASIDE:
        raise too_many(spoiled[0].line, spoiled[0].reason)
    spoiled.append(Spoiled(line, reason, text[:_KEPT_TEXT]))


def too_many(line: int | None, reason: str) -> Refused:
    """The refusal of a file of which too many rows do not load. line and reason: of the first of them."""
    return Refused(
        f"more than {MOST_SET_ASIDE:,} rows cannot be loaded; the first: {reason}", line=line,
        hint="check the dataset, the layout and whether the file was opened in a spreadsheet",
    )  # fmt: skip


@dataclass
class Table:
    """A file as rows of text.

    select: SQL giving VARCHAR columns c0, c1 ... in file order; numbered: the same with `_line` (1-based line of the file,
    or ordinal of the item in JSON) in front. records: data records counted independently of `select`; non_data: records
    that the reader itself recognised as no data (titles, blank lines, notes); spoiled: records set aside by the reader.
    So records = rows of `select` + non_data + len(spoiled). nulls: the null tokens that `select` (and not `numbered`) gives
    as null already in the columns of the contract. unless_total: what to say of a file that may have been cut without a trace,
    when it states no total of its own.
    """

    select: str
    numbered: str
    match: HeaderMatch
    records: int
    non_data: int = 0
    spoiled: list[Spoiled] = field(default_factory=list)
    encoding: str | None = None
    header_cells: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    fallback: Callable[[], Table] | None = None
    nulls: frozenset[str] = frozenset()
    unless_total: str = ""


def open_table(
    path: Path, kind: str, contract: Contract, connection: duckdb.DuckDBPyConnection, scratch: Path
) -> Table:
    """Open a file with the reader of its kind. Raises Refused when the kind is not one the contract takes."""
    formats = contract.options.get("formats", ["csv"])
    takes_sheets = "xls" in formats or "xlsx" in formats
    if kind == "xlsx" and takes_sheets:
        from ingest.readers.xlsx import read_xlsx

        return read_xlsx(path, contract, scratch)
    if kind == "xls" and takes_sheets:
        from ingest.readers.xls import read_xls

        return read_xls(path, contract, scratch)
    if kind == "html" and takes_sheets:
        from ingest.readers.html import read_html

        return read_html(path, contract, scratch)
    if kind == "xml" and takes_sheets:
        from ingest.readers.spreadsheet_xml import read_spreadsheet_xml

        return read_spreadsheet_xml(path, contract, scratch)
    if kind == "json" and "json" in formats:
        from ingest.readers.json import read_json

        return read_json(path, contract, connection, scratch)
    if kind == "csv" and ("csv" in formats or takes_sheets):
        from ingest.readers.csv import read_csv

        return read_csv(path, contract, connection, scratch)
    if kind == "parquet":
        from ingest.readers.rewritten import read_rewritten

        return read_rewritten(path, contract, connection)
    if kind == "zip":
        raise Refused("this is an archive", hint="unpack it and drop the files, or drop the archive by itself")
    raise Refused(
        f"this is a {kind} file; {contract.name} takes {', '.join(formats)}",
        hint="check that it was dropped into the right folder",
    )
