"""HTML tables, which many back offices call .xls: every table of the page is a sheet, and the one with the header is read.

The page is decoded strictly, parsed as it streams and thrown away row by row. HTML's parser mends what is broken without a
word, so the rows are counted a second time over the plain text, and a page whose last table does not end is refused.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.contract import Contract
from ingest.errors import Refused
from ingest.readers import Table
from ingest.readers.header_row import SEARCHED_ROWS
from ingest.readers.sheets import CHUNK_ROWS, Sheet, table_of

_BLOCK = 1024 * 1024
MOST_TABLES = 1_000
MOST_COLUMNS = 2_000
_LONGEST_TAG = 64 * 1024
#: signs of page without one table row: the parser keeps them all until a row ends
MOST_BARE = 4 * 1024 * 1024
#: what is counted, and what hides tags from the parser: comments (also Excel's conditional ones), scripts and styles
_TAG = re.compile(r"<(?:(!--)|(script|style)[\s>/]|(tr)[\s>/]|(/?)table[\s>/])", re.IGNORECASE)
_LONGEST_NAME = 16  # of those
_PLAIN_NUMBER = re.compile(r"-?[\d,]{1,15}(\.\d+)?")
_BLANKS = re.compile(r"\s+")


def read_html(path: Path, contract: Contract, scratch: Path) -> Table:
    """Open a page of tables. Raises Refused for bytes of no encoding, a page that was cut, or no table with the header."""
    encoding = _encoding(path)
    page = _Page(contract, scratch)
    counted = _Counted()
    for text in _decoded(path, encoding):
        counted.add(text)
        page.feed(text)
    page.close()
    if counted.hidden:
        raise Refused("the page ends inside a comment or a script: it was cut", hint="download it again")
    if counted.opened > counted.closed:
        raise Refused("the page ends inside a table: it was cut", hint="download it again; nothing of it was loaded")
    if counted.rows != page.rows:
        raise Refused(
            f"the page has {counted.rows:,} table rows, of which {page.rows:,} can be read",
            hint="open it in a spreadsheet, save it as .xlsx and drop that",
        )
    return table_of(page.sheets, contract, [], encoding)


def _encoding(path: Path) -> str:
    """The encoding under which every byte decodes: a byte order mark's, UTF-8, else GB18030, which holds GB2312 and GBK.

    What the page says of itself is not asked: pages saved by another program keep the old charset in their head.
    """
    with open(path, "rb") as file:
        head = file.read(4)
    is_wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "gb18030"):
        try:
            for _ in _decoded(path, encoding):
                pass
            return encoding.removesuffix("-sig")
        except UnicodeDecodeError:
            continue
    raise Refused(
        f"the page holds bytes that are {'not UTF-16' if is_wide else 'neither UTF-8 nor GB18030'}: it was cut or joined",
        hint="download it again",
    )


def _decoded(path: Path, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)(errors="strict")
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            yield decoder.decode(block)
        yield decoder.decode(b"", final=True)


class _Counted:
    """Rows and tables of a page by their tags in the text, without a parser; comments and scripts are passed over.

    Each sign is looked at once, whatever stands there. hidden: what the comment or script ends with that is open.
    """

    def __init__(self) -> None:
        self.rows = self.opened = self.closed = 0
        self.hidden = ""
        self._rest = ""

    def add(self, text: str) -> None:
        """Take the next text; the empty one ends the page."""
        text, place = self._rest + text, 0
        while True:
            if self.hidden:
                end = text.find(self.hidden, place) if self.hidden == "-->" else _find(text, self.hidden, place)
                if end < 0:
                    place = max(place, len(text) - _LONGEST_NAME)
                    break
                place, self.hidden = end + len(self.hidden), ""
            found = _TAG.search(text, place)
            if found is None:
                # a tag may go on in the next text
                begun = text.rfind("<", max(place, len(text) - _LONGEST_NAME))
                place = begun if begun >= 0 else len(text)
                break
            place = found.end()
            self._note(found)
        self._rest = text[place:]

    def _note(self, found: re.Match[str]) -> None:
        comment, script, row, closing = found.groups()
        if comment:
            self.hidden = "-->"
        elif script:
            self.hidden = f"</{script.lower()}"
        elif row:
            self.rows += 1
        elif closing:
            self.closed += 1
        else:
            self.opened += 1


def _find(text: str, tag: str, start: int) -> int:
    """Where a closing tag stands, in any case."""
    found = re.compile(re.escape(tag), re.IGNORECASE).search(text, start)
    return found.start() if found else -1


@dataclass
class _Open:
    """A table that is being read: its rows on their way to a sheet, and cells that reach down from rows above."""

    sheet: Sheet
    waiting: list[list[str]] = field(default_factory=list)
    number: int = 0
    below: dict[int, int] = field(default_factory=dict)  # column: rows that a cell still covers
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)

    def skip_covered(self, cells: list[str]) -> None:
        """Leave the places blank that a cell of a row above takes."""
        while self.below and self.below.get(len(cells)):
            cells.append("")

    def cover(self, column: int, across: int, down: int) -> None:
        """A cell at this place of the row takes `down` rows."""
        if self.number < SEARCHED_ROWS:
            self.merged.append((self.number, column, self.number + down - 1, column + across - 1))
        self.below |= dict.fromkeys(range(column, column + across), down)

    def end_row(self, cells: list[str]) -> None:
        """The row is whole."""
        if self.below:
            self.below = {column: left - 1 for column, left in self.below.items() if left > 1}
        self.waiting.append(cells)
        self.number += 1
        if len(self.waiting) >= CHUNK_ROWS:
            self.sheet.push(self.waiting)
            self.waiting = []


class _Page:
    """A page being parsed. Tables may stand in the cells of others, which layouts do."""

    def __init__(self, contract: Contract, scratch: Path) -> None:
        from lxml import etree

        self.sheets: list[Sheet] = []
        self.rows = 0
        self._contract, self._scratch = contract, scratch
        self._open: list[_Open] = []
        self._bare = 0
        self._parser = etree.HTMLPullParser(
            events=("start", "end"), tag=("table", "tr"), huge_tree=True, no_network=True, remove_comments=True,
            remove_pis=True,
        )  # fmt: skip

    def feed(self, text: str) -> None:
        """Parse the next text."""
        before = self.rows
        for start in range(0, len(text), _BLOCK):
            self._parser.feed(text[start : start + _BLOCK])
            self._take()
        self._bare = 0 if self.rows > before else self._bare + len(text)
        if self._bare > MOST_BARE:
            raise Refused(f"the page has {MOST_BARE:,} signs without the end of a table row", hint="this is not how an export looks; export it again")  # fmt: skip

    def close(self) -> None:
        """No more text comes."""
        from lxml import etree

        try:
            self._parser.close()
        except etree.XMLSyntaxError as problem:
            raise Refused(f"the page cannot be read: {problem}", hint="download it again") from None
        self._take()
        while self._open:
            self._end_table()

    def _take(self) -> None:
        for event, element in self._parser.read_events():
            if element.tag == "table":
                self._begin_table() if event == "start" else self._end_table(element)
            elif event == "end":
                self.rows += 1
                if self._open:
                    self._row(self._open[-1], element)
                _forget(element)

    def _begin_table(self) -> None:
        if len(self.sheets) >= MOST_TABLES:
            raise Refused(f"the page has more than {MOST_TABLES} tables", hint="this is not how an export looks")
        number = len(self.sheets)
        self.sheets.append(Sheet(f"table {number + 1}", self._contract, self._scratch / f"table{number}.parquet"))
        self._open.append(_Open(self.sheets[-1]))
        self._open[-1].sheet.merged = self._open[-1].merged

    def _end_table(self, element: Any = None) -> None:
        if not self._open:
            return
        table = self._open.pop()
        table.sheet.push(table.waiting)
        table.sheet.close()
        if element is not None:
            _forget(element)
            if not self._open:
                for outer in element.iterancestors():
                    _forget_before(outer)

    def _row(self, table: _Open, row: Any) -> None:
        cells: list[str] = []
        for cell in row.iterchildren("td", "th"):
            table.skip_covered(cells)
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            if down > 1:
                table.cover(len(cells), across, down)
            cells.append(_text(cell))
            if across > 1:
                cells += [""] * (across - 1)
            if len(cells) > MOST_COLUMNS:
                raise Refused(f"a table row reaches over more than {MOST_COLUMNS:,} columns", line=table.number + 1, hint="this is not how an export looks")  # fmt: skip
        table.skip_covered(cells)
        table.end_row(cells)


def _forget(element: Any) -> None:
    """Free an element that has been read, and what stands before it."""
    element.clear(keep_tail=True)
    _forget_before(element)


def _forget_before(element: Any) -> None:
    parent = element.getparent()
    # of two documents in one file, the second has one before it and no parent to take it from
    while parent is not None and (previous := element.getprevious()) is not None:
        parent.remove(previous)


def _span(cell: Any, name: str) -> int:
    stated = cell.get(name)
    return max(1, min(int(stated), MOST_COLUMNS)) if stated and stated.isdigit() and len(stated) < 6 else 1


def _text(cell: Any) -> str:
    """What a cell shows, blanks run together as a browser does; the exact number beside it (x:num) where it was shortened."""
    shown = cell.text or "" if len(cell) == 0 else "".join(cell.itertext())
    if "\n" in shown or "\t" in shown or "\xa0" in shown or "  " in shown or "\r" in shown:
        shown = _BLANKS.sub(" ", shown)
    shown = shown.strip()
    exact = cell.get("x:num")
    if exact and _PLAIN_NUMBER.fullmatch(shown) and _PLAIN_NUMBER.fullmatch(exact):
        return exact
    return shown
