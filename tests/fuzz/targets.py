"""What the fuzzer throws bytes at: one function a target, which raises for anything but a table, a load or a refusal.

Each gets a folder that is its own and empty. The targets of readers count what comes out of a reader; those that land go the
whole way and hold every file to the law of counting.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from ingest.errors import Refused
from ingest.files import kind_of, safe_name
from ingest.headers import match
from ingest.landing import Landing
from ingest.ledger import Load
from ingest.readers import Table
from ingest.unpack import unpacked
from tests.fuzz.contracts import EVERY_KIND, SHORT

Target = Callable[[bytes, Path], None]
KEY = bytes(range(32))


class Broken(AssertionError):
    """What must hold for any input did not hold."""


def _hold(condition: object, what: str) -> None:
    if not condition:
        raise Broken(what)


def _file(data: bytes, folder: Path, name: str = "f_20260911020000.bin") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def _rows_of(folder: Path) -> int:
    """Rows in the scratch files that a reader wrote."""
    import pyarrow.parquet as pq

    return sum(pq.ParquetFile(p).metadata.num_rows for p in folder.rglob("*.parquet"))


def _told(refusal: Refused) -> None:
    _hold(refusal.reason and refusal.hint, f"a refusal without a reason or a next step: {refusal}")
    _hold(refusal.line is None or refusal.line >= 1, f"a refusal at line {refusal.line}")
    _hold("Traceback" not in refusal.describe(), "a traceback as a reason")


def careful(data: bytes, folder: Path) -> None:
    """Text: recognised, then line by line; records = rows + non-data + spoiled, lines rise, every row is as wide as the header."""
    from ingest.readers.careful_csv import careful_rows
    from ingest.readers.text import recognise

    path = _file(data, folder)
    try:
        dialect = recognise(path, SHORT)
        table, rows = careful_rows(path, dialect, match(dialect.cells, SHORT, line=dialect.header_line))
        last = loaded = 0
        for line, cells in rows:
            _hold(line > last, f"line {line} after line {last}")
            _hold(len(cells) == len(dialect.cells), "a row of another width")
            last, loaded = line, loaded + 1
    except Refused as refusal:
        _told(refusal)
        return
    _counted(table, loaded)


def counts(data: bytes, folder: Path) -> None:
    """The vectorised count of records, blanks and delimiters, against a slow one, for blocks of a few bytes."""
    from ingest.readers import text

    path, usual = _file(data[1:], folder), text._BLOCK
    try:
        text._BLOCK = 1 + data[0] % 64 if data else 1
        found = text.count_records(path)
    finally:
        text._BLOCK = usual
    inside, records, blanks, delimiters, line = False, 0, 0, 0, b""
    for byte in data[1:]:
        sign = bytes([byte])
        inside ^= sign == b'"'
        delimiters += sign == b"," and not inside
        if sign == b"\n" and not inside:
            records, blanks, line = records + 1, blanks + (line in (b"", b"\r")), b""
        else:
            line += sign
    _hold(
        found == (records + bool(line), blanks, delimiters), f"{found} for {(records + bool(line), blanks, delimiters)}"
    )


def html(data: bytes, folder: Path) -> None:
    """A page of tables."""
    from ingest.readers.html import read_html

    _sheets(lambda path: read_html(path, SHORT, folder), data, folder)


def xml(data: bytes, folder: Path) -> None:
    """An XML spreadsheet."""
    from ingest.readers.spreadsheet_xml import read_spreadsheet_xml

    _sheets(lambda path: read_spreadsheet_xml(path, SHORT, folder), data, folder)


def workbook(data: bytes, folder: Path) -> None:
    """The parts of an XLSX, in a zip that is whole: the sheet, the shared strings, the styles and the workbook, split by NUL."""
    from ingest.readers.xlsx import read_xlsx

    given = data.split(b"\0", 3)
    path = folder / "b.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for number, (name, usual) in enumerate(WORKBOOK.items()):
            archive.writestr(name, given[number] if number < len(given) and given[number] else usual)

    _sheets(lambda _: read_xlsx(path, SHORT, folder), b"", folder)


def old_book(data: bytes, folder: Path) -> None:
    """A workbook in the binary format of old."""
    from ingest.readers.xls import read_xls

    _sheets(lambda path: read_xls(path, SHORT, folder), data, folder)


def _sheets(read: Callable[[Path], Table], data: bytes, folder: Path) -> None:
    path = _file(data, folder)
    try:
        table = read(path)
    except Refused as refusal:
        _told(refusal)
        return
    rows = _rows_of(folder) if "sheets not read" not in " ".join(table.notes) else None
    _counted(table, rows)


def _counted(table: Table, rows: int | None) -> None:
    _hold(min(table.records, table.non_data) >= 0, f"{table.records} records, {table.non_data} non-data")
    if rows is not None:
        counted = rows + table.non_data + len(table.spoiled)
        _hold(
            table.records == counted,
            f"{table.records} records = {rows} rows + {table.non_data} non-data + {len(table.spoiled)} spoiled",
        )


def json(data: bytes, folder: Path) -> None:
    """JSON in any envelope: as many lines are written as are told, each of them an item again, held whole or streamed."""
    import orjson

    from ingest.readers import envelope

    path, target = _file(data[1:], folder), folder / "items"
    usual = envelope.LONG
    try:
        if data[:1] > b"\x7f":
            envelope.LONG = 16
        told = envelope.unwrap(path, EVERY_KIND.options["json"], target)
    except Refused as refusal:
        _told(refusal)
        return
    finally:
        envelope.LONG = usual
    lines = target.read_bytes().splitlines()
    _hold(len(lines) == told.items, f"{len(lines)} lines for {told.items} items")
    for line in lines:
        orjson.loads(line)
    _hold(told.largest == max(map(len, lines), default=0), "the largest item")


def archive(data: bytes, folder: Path) -> None:
    """A zip or gz: members in one folder, under safe names, of no more bytes than the limits allow; checksums are mended first."""
    path = _file(_mended(data), folder, "a.zip")
    scratch = folder / "scratch"
    total = 0
    for given in unpacked(path, scratch):
        if given.refusal:
            _told(given.refusal)
            continue
        inside = given.path == path or scratch in given.path.resolve().parents
        _hold(inside, f"a member outside its folder: {given.path}")
        _hold(given.path.is_file() and not given.path.is_symlink(), "a member that is no file")
        _hold(safe_name(given.own_name) == given.kept_name, f"unsafe: {given.kept_name!r}")
        total += given.path.stat().st_size
    _hold(total <= max(64 * 1024**2, 200 * len(data)) + len(data), f"{total} bytes out of {len(data)}")


def _mended(data: bytes) -> bytes:
    """The checksum of the first member set right in both of its headers, so that mutations of stored members are not lost at once."""
    if len(data) < 46 or data[:4] != b"PK\x03\x04":
        return data
    method, _, _, _, size, _, name, extra = struct.unpack("<HHHIIIHH", data[8:30])
    start = 30 + name + extra
    if method or start + size > len(data):
        return data
    crc = struct.pack("<I", zlib.crc32(data[start : start + size]))
    mended = data[:14] + crc + data[18:]
    directory = mended.find(b"PK\x01\x02", start)
    return mended[: directory + 16] + crc + mended[directory + 20 :] if directory >= 0 else mended


def kinds(data: bytes, folder: Path) -> None:
    """What a file is, and whether it can be told at all."""
    try:
        found = kind_of(_file(data, folder))
    except Refused as refusal:
        _told(refusal)
        return
    _hold(found in {"csv", "json", "xlsx", "xls", "html", "xml", "zip"}, found)


class Lands:
    """Targets that land: one room for many inputs, its home emptied now and then."""

    EVERY = 200

    def __init__(self) -> None:
        self._room: Landing | None = None
        self._left = 0

    def _in(self, folder: Path) -> Landing:
        home = folder.parent / f"{folder.name}-home"
        if self._room is not None and (not self._left or self._room.home != home):
            self.close()
        if self._room is None:
            (home / "state").mkdir(parents=True, exist_ok=True)
            (home / "state" / "identity.key").write_bytes(KEY)
            self._room, self._left = Landing(home), self.EVERY
        self._left -= 1
        return self._room

    def close(self) -> None:
        """Throw the room and its home away."""
        import shutil

        if self._room is not None:
            self._room.__exit__()
            shutil.rmtree(self._room.home, ignore_errors=True)
            self._room = None

    def any_file(self, data: bytes, folder: Path) -> None:
        """Any bytes, by what they begin with, under a contract that takes everything."""
        self._land(_file(data, folder), folder)

    def cells(self, data: bytes, folder: Path) -> None:
        """A table of good order whose cells are the input, one to a line: only typing can go wrong."""
        import csv
        import io

        from ingest.readers.careful_csv import NOTE  # noqa: F401  (the same vocabulary is among the seeds)

        width = len(EVERY_KIND.columns)
        cells = data.decode("utf-8", errors="replace").replace("\0", "").split("\n")
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow([c.header for c in EVERY_KIND.columns])
        for start in range(0, min(len(cells), 20 * width), width):
            row = cells[start : start + width]
            writer.writerow([*row, *[""] * (width - len(row))])
        path = folder / "cells.csv"
        path.write_text(out.getvalue(), encoding="utf-8", newline="")
        self._land(path, folder)

    def _land(self, path: Path, folder: Path) -> None:
        room = self._in(folder)
        for _, load in room.land_all(unpacked(path, folder / "archive"), EVERY_KIND):
            check_load(load, room.home)


def check_load(load: Load, home: Path) -> None:
    """A load is loaded, a duplicate or refused; what is loaded counts up, in the ledger and in the objects; what is not left nothing."""
    import pyarrow.parquet as pq

    raw = home / "raw" / load.source / load.dataset / f"{load.load_id}.parquet"
    aside = home / "quarantine" / load.source / load.dataset / f"{load.load_id}.parquet"
    _hold(load.status in ("loaded", "duplicate", "refused"), load.status)
    if load.status != "loaded":
        _hold(load.reason, "no reason")
        _hold(load.status == "duplicate" or "Next: " in load.reason, f"no next step: {load.reason}")
        _hold(not raw.exists() and not aside.exists(), "an object of a load that is none")
        return
    _hold(
        load.rows_read == load.rows_loaded + load.rows_quarantined + load.rows_non_data, f"the law of counting: {load}"
    )
    _hold(pq.ParquetFile(raw).metadata.num_rows == load.rows_loaded, "the rows of the object")
    kept = pq.ParquetFile(aside).metadata.num_rows if aside.exists() else 0
    _hold(kept == load.rows_quarantined, "the rows set aside")


_lands = Lands()
TARGETS: dict[str, Target] = {
    "careful": careful, "counts": counts, "html": html, "xml": xml, "workbook": workbook, "old_book": old_book, "json": json, "archive": archive,
    "kinds": kinds, "any_file": _lands.any_file, "cells": _lands.cells,
}  # fmt: skip
_MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
#: the parts of a small workbook; the first four can be given by the input
WORKBOOK = {
    "xl/worksheets/sheet1.xml": b"<worksheet " + _MAIN + b'><dimension ref="A1:C2"/><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row><row r="2"><c r="A2" t="inlineStr"><is><t>123</t></is></c><c r="B2"><v>1</v></c><c r="C2" s="1"><v>0.5</v></c></row></sheetData></worksheet>',
    "xl/sharedStrings.xml": b"<sst " + _MAIN + "><si><t>编号</t></si><si><t>名称</t></si><si><t>金额</t></si></sst>".encode(),
    "xl/styles.xml": b"<styleSheet " + _MAIN + b'><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="10"/></cellXfs></styleSheet>',
    "xl/workbook.xml": b"<workbook " + _MAIN + b' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>',
    "_rels/.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>',
}  # fmt: skip
