"""What calamine does not tell of an XLSX, read from its parts: hidden rows, cells in error, percentages, the date system.

Every part that a reader would unpack is unpacked once here, a megabyte at a time, so that a stated size that lies is seen
before it costs memory, and so is a stray cell far outside the table. A cell is looked at one by one only where a quick look
over the bytes says that there is something to find.
"""

from __future__ import annotations

import re
import zipfile
from array import array
from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ingest.archive import reading
from ingest.errors import Refused
from ingest.limits import limit

#: a reader makes room for every cell up to the last row and column: one stray blank far away costs gigabytes
AREA_LIMIT = limit("FUPAN_SHEET_AREA", 20_000_000)
AREA_PER_CELL = 20
#: cells of one sheet, which its reader holds as a whole: 75 bytes each, so 3 GB
MOST_CELLS = limit("FUPAN_SHEET_CELLS", 40_000_000)
#: bytes of all other parts, the texts of cells among them, which the reader holds as well
MOST_TEXT = limit("FUPAN_BOOK_TEXT_BYTES", 1024**3)
_CHUNK = 1024**2
_TAIL = 4096  # of a chunk, kept for what reaches into the next
_USUAL_COLUMNS = 130  # what _FAR_COLUMN takes as usual: A to DZ
_FAR_COLUMN = re.compile(rb' r="([A-Z]{3}|[E-Z][A-Z])\d')
_REFERENCE = re.compile(rb' r="[A-Z]*(\d+)"')
# no pattern passes over the beginning of another tag: each would then search the whole block again
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\b[^<>]*\bhidden="(?:1|true)"')
_ERROR = re.compile(
    rb'<(?:\w+:)?c\b(?=[^<>]* r="([A-Z]+)(\d+)")[^<>]* t="e"[^<>]*>(?:(?!</?(?:\w+:)?c\b).)*?<(?:\w+:)?v>([^<]{1,20})<', re.DOTALL
)  # fmt: skip
_ATTRIBUTE = r'\b{}="([^"]*)"'


@dataclass
class SheetParts:
    """hidden_rows: how many; errors: {row: {column: #N/A}}; percents: {column: rows shown as %}; rows and columns from 0."""

    hidden_rows: int = 0
    errors: dict[int, dict[int, str]] = field(default_factory=dict)
    percents: dict[int, Container[int]] = field(default_factory=dict)


@dataclass
class BookParts:
    """sheets by name; has_macros: whether the workbook carries a program, which nobody runs here."""

    sheets: dict[str, SheetParts] = field(default_factory=dict)
    is_1904: bool = False
    has_macros: bool = False


def look_through(path: Path) -> BookParts:
    """Unpack and check every part of a workbook. Raises Refused for damage, sizes that lie, or a stray cell far away."""
    told = BookParts()
    texts = 0
    with reading("workbook"), zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if m.filename.lower().startswith("xl/")]
        told.has_macros = any(m.filename.lower().endswith("vbaproject.bin") for m in members)
        book, names = _sheet_names(archive)
        told.is_1904 = bool(re.search(rb'<(?:\w+:)?workbookPr\b[^<>]*\bdate1904="(?:1|true)"', book))
        percent = _percent_styles(_text_of(archive, "xl/styles.xml"))
        for member in members:
            if not member.filename.lower().endswith((".xml", ".rels", ".bin")):
                continue
            with archive.open(member) as part:
                if "worksheets/" in member.filename.lower() and member.filename.lower().endswith(".xml"):
                    told.sheets[names.get(member.filename, member.filename)] = _look_at_sheet(part, percent)
                else:
                    while chunk := part.read(_CHUNK):
                        texts += len(chunk)
                        if texts > MOST_TEXT:
                            raise Refused(f"the texts of the workbook take more than {MOST_TEXT:,} bytes", hint="export it as .csv, or in parts; a .csv may have any size")  # fmt: skip
    return told


def _text_of(archive: zipfile.ZipFile, name: str, limit: int = 16 * _CHUNK) -> bytes:
    """A small part's bytes, or nothing where there is none."""
    try:
        with archive.open(name) as part:
            return part.read(limit)
    except KeyError:
        return b""


def _attribute(tag: str, name: str) -> str:
    found = re.search(_ATTRIBUTE.format(name), tag)
    return found[1] if found else ""


def _sheet_names(archive: zipfile.ZipFile) -> tuple[bytes, dict[str, str]]:
    """(the workbook's own part, {part of the archive: name of the sheet})."""
    from html import unescape

    book = _text_of(archive, "xl/workbook.xml")
    links = _text_of(archive, "xl/_rels/workbook.xml.rels").decode("utf-8", errors="replace")
    targets = {_attribute(tag, "Id"): _attribute(tag, "Target") for tag in re.findall(r"<(?:\w+:)?Relationship\b[^<>]*>", links)}  # fmt: skip
    names = {}
    for tag in re.findall(r"<(?:\w+:)?sheet\b[^<>]*>", book.decode("utf-8", errors="replace")):
        target = targets.get(_attribute(tag, "[rR]:?id"), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        names[part] = unescape(_attribute(tag, "name"))
    return book, names


def _percent_styles(styles: bytes) -> list[int]:
    """The style numbers whose number format is a percentage: the built-in 9 and 10, and those that end in %."""
    text = styles.decode("utf-8", errors="replace")
    formats = {9, 10}
    for tag in re.findall(r"<(?:\w+:)?numFmt\b[^<>]*>", text):
        code = _attribute(tag, "formatCode").split(";")[0]
        if code.rstrip('_) "').endswith("%") and _attribute(tag, "numFmtId").isdigit():
            formats.add(int(_attribute(tag, "numFmtId")))
    block = re.search(r"<(?:\w+:)?cellXfs\b.*?(?:</(?:\w+:)?cellXfs>|$)", text, re.DOTALL)
    styled = re.findall(r"<(?:\w+:)?xf\b[^<>]*>", block[0]) if block else []
    return [i for i, tag in enumerate(styled) if (_attribute(tag, "numFmtId") or "0").isdigit() and int(_attribute(tag, "numFmtId") or 0) in formats]  # fmt: skip


def _look_at_sheet(part: IO[bytes], percent: list[int]) -> SheetParts:
    """Unpack one sheet, compare its cells with the area that they span, and find what has to be known of single cells."""
    told = SheetParts()
    shown = _percent_cell(percent) if percent else None
    cells, unnamed, last_row, widest, kept = 0, 0, 0, b"", b""
    percents: dict[int, array] = {}
    while chunk := part.read(_CHUNK):
        cells += chunk.count(b' r="')
        unnamed += chunk.count(b"<c ") + chunk.count(b"<c>")  # a cell need not say where it stands
        if max(cells, unnamed) > MOST_CELLS:
            raise Refused(f"a sheet has more than {MOST_CELLS:,} cells", hint="export it as .csv, or in parts; a .csv may have any size")  # fmt: skip
        block = kept + chunk
        widest = max((widest, *_FAR_COLUMN.findall(block)), key=lambda letters: (len(letters), letters))
        found = _REFERENCE.findall(block[-4096:])
        last_row = int(found[-1]) if found else last_row
        if b'hidden="' in block:  # two blocks share a tail: a tag counts in the block that it ends in
            told.hidden_rows += sum(1 for m in _HIDDEN_ROW.finditer(block) if m.end() > len(kept))
        if b't="e"' in block:
            for letters, row, text in _ERROR.findall(block):
                told.errors.setdefault(int(row) - 1, {})[_number(letters) - 1] = text.decode("utf-8", errors="replace")
        if shown is not None:
            for letters, row in shown.findall(block):
                percents.setdefault(_number(letters) - 1, array("I")).append(int(row) - 1)
        kept = block[-_TAIL:]
    width = _number(widest) if widest else _USUAL_COLUMNS
    if last_row * width > max(AREA_LIMIT, AREA_PER_CELL * cells):
        place = f"{widest.decode()}{last_row}" if widest else f"row {last_row}"
        raise Refused(
            f"a sheet reaches to {place} with only {cells:,} cells: a stray cell stands far outside the table",
            hint="delete the empty rows and columns round the table, or export again",
        )
    told.percents = {column: _rows(found) for column, found in percents.items()}
    return told


def _rows(found: array) -> Container[int]:
    """Row numbers, some of them twice, as a range where they leave none out: a column of a long sheet costs nothing then."""
    whole = range(min(found), max(found) + 1)
    return whole if len(found) >= len(whole) and len(set(found)) == len(whole) else set(found)


def _percent_cell(styles: list[int]) -> re.Pattern[bytes]:
    numbers = "|".join(map(str, styles)).encode()
    return re.compile(rb'<(?:\w+:)?c\b(?=[^<>]* s="(?:' + numbers + rb')")[^<>]* r="([A-Z]+)(\d+)"')


def _number(letters: bytes) -> int:
    """A column's number from its letters: A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
