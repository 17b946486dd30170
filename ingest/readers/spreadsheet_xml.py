"""XML Spreadsheet 2003 (`<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">`), another thing that is called .xls.

Streamed by lxml with entities and the network off; a document type, which an export never has, refuses the file, and so does
what would grow in memory without being a row.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ingest.contract import Contract
from ingest.errors import Refused
from ingest.protect import masked
from ingest.readers import Table
from ingest.readers.header_row import SEARCHED_ROWS
from ingest.readers.sheets import CHUNK_ROWS, Sheet, table_of

_SPACE = "{urn:schemas-microsoft-com:office:spreadsheet}"
MOST_COLUMNS = 16_384
MOST_ROWS = 1_048_576
MOST_SHEETS = 200
MOST_STYLES = 10_000
_BLOCK = 1024 * 1024
_CHUNK_CELLS = 1_000_000
#: bytes without one row: the parser keeps them all until a row ends
MOST_BARE = 8 * 1024 * 1024


def read_spreadsheet_xml(path: Path, contract: Contract, scratch: Path) -> Table:
    """Open an XML spreadsheet. Raises Refused for XML that is cut, or has a document type, or shows no sheet with the header."""
    from lxml import etree

    reader = _Reader(contract, scratch)
    tags = [f"{_SPACE}{name}" for name in ("Workbook", "Worksheet", "Row", "Style")]
    parser = etree.XMLPullParser(
        events=("start", "end"), tag=tags, resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        with open(path, "rb") as file:
            bare = 0
            while block := file.read(_BLOCK):
                parser.feed(block)
                seen = reader.seen
                for event, element in parser.read_events():
                    reader.take(event, element)
                bare = 0 if reader.seen > seen else bare + len(block)
                if bare > MOST_BARE:
                    raise Refused(f"the XML has {MOST_BARE:,} bytes without a row", hint="this is not how an export looks; export it again")  # fmt: skip
        parser.close()
        for event, element in parser.read_events():
            reader.take(event, element)
    except etree.XMLSyntaxError as problem:
        raise Refused(
            f"the XML cannot be read: {masked(str(problem), limit=120)}",
            line=problem.lineno or None,
            hint="download it again",
        ) from None
    return table_of(reader.sheets, contract, [])


class _Reader:
    """Sheets as their rows end; a row may state its own number, and a cell its own column."""

    def __init__(self, contract: Contract, scratch: Path) -> None:
        self.sheets: list[Sheet] = []
        self._contract, self._scratch = contract, scratch
        self._percent: set[str] = set()
        self._rows: list[list[object]] = []
        self._number = 0
        self._below: dict[int, int] = {}
        self._styles = self._gaps = self._cells = 0
        #: rows that came to their end
        self.seen = 0

    def take(self, event: str, element: Any) -> None:
        """One event of the parser."""
        name = element.tag.removeprefix(_SPACE)
        if name == "Workbook" and event == "start":
            if element.getroottree().docinfo.internalDTD is not None:
                raise Refused("the XML has a document type, which no spreadsheet has", hint="export it again")
        elif name == "Style" and event == "end":
            self._styles += 1
            if self._styles > MOST_STYLES:
                raise Refused(f"the XML has more than {MOST_STYLES:,} styles", hint="this is not how an export looks")
            form = element.find(f"{_SPACE}NumberFormat")
            if form is not None and (form.get(f"{_SPACE}Format") or "").rstrip().endswith(("%", "Percent")):
                self._percent.add(element.get(f"{_SPACE}ID") or "")
        elif name == "Worksheet" and event == "start":
            number = len(self.sheets)
            if number >= MOST_SHEETS:
                raise Refused(f"the XML has more than {MOST_SHEETS} sheets", hint="split it into several files")
            title = element.get(f"{_SPACE}Name") or f"sheet {number + 1}"
            self.sheets.append(Sheet(title, self._contract, self._scratch / f"xml{number}.parquet", merged=[]))
            self._rows, self._number, self._below = [], 0, {}
        elif name == "Worksheet":
            self.sheets[-1].push(self._rows)
            self.sheets[-1].close()
        elif name == "Row" and event == "end" and self.sheets:
            self.seen += 1
            self._row(element)
            element.clear()
            while (previous := element.getprevious()) is not None:
                element.getparent().remove(previous)

    def _row(self, row: Any) -> None:
        stated = _stated(row, "Index", MOST_ROWS) or self._number + 1
        if stated <= self._number:
            raise Refused(f"a row states the number {stated}", line=self._number + 1, hint="export it again")
        self._gaps += stated - self._number - 1
        if self._gaps > MOST_ROWS:
            raise Refused(f"the sheets leave out more than {MOST_ROWS:,} rows", line=self._number + 1, hint="delete the empty rows, or export again")  # fmt: skip
        while self._number + 1 < stated:
            self._add([])
        cells: list[object] = []
        for cell in row.iterchildren(f"{_SPACE}Cell"):
            at = _stated(cell, "Index", MOST_COLUMNS) - 1
            while len(cells) < at or self._below.get(len(cells)):
                cells.append("")
            across, down = _stated(cell, "MergeAcross", MOST_COLUMNS), _stated(cell, "MergeDown", MOST_ROWS)
            if down and self._number < SEARCHED_ROWS:
                self.sheets[-1].merged.append((self._number, len(cells), self._number + down, len(cells) + across))  # type: ignore[attr-defined]
            for column in range(len(cells), len(cells) + across + 1) if down else ():
                self._below[column] = down + 1
            cells += [self._text(cell), *[""] * across]
            if len(cells) > MOST_COLUMNS:
                raise Refused("a row reaches over more columns than a sheet has", line=stated, hint="export it again")
        while self._below.get(len(cells)):
            cells.append("")
        self._add(cells)

    def _add(self, cells: list[object]) -> None:
        self._below = {column: left - 1 for column, left in self._below.items() if left > 1}
        self._rows.append(cells)
        self._number += 1
        self._cells += len(cells)
        if len(self._rows) >= CHUNK_ROWS or self._cells > _CHUNK_CELLS:
            self.sheets[-1].push(self._rows)
            self._rows, self._cells = [], 0

    def _text(self, cell: Any) -> str:
        data = cell.find(f"{_SPACE}Data")
        if data is None:
            return ""
        text = "".join(data.itertext())
        if data.get(f"{_SPACE}Type") == "Number" and cell.get(f"{_SPACE}StyleID") in self._percent:
            from decimal import Decimal, InvalidOperation

            try:
                return f"{(Decimal(text) * 100).normalize():f}%"
            except InvalidOperation:
                return text
        return text


def _stated(element: Any, name: str, most: int) -> int:
    """A number that a row or cell states of itself, 0 where it states none."""
    text = element.get(_SPACE + name) or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 9) or int(text) > most:
        raise Refused(f"a cell or row states {name} {masked(text, limit=20)!r}", hint="this is not how a sheet looks; export it again")  # fmt: skip
    return int(text)
