"""Looking into a workbook's archive before a reader unpacks it: sizes, checksums, passwords, cells far outside the table."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from ingest.errors import Refused

#: limits against hostile archives: what an XLSX may unpack to, and how much more than it weighs
_UNPACKED_LIMIT = 4 * 1024**3
_RATIO_LIMIT = 200
_RATIO_FLOOR = 64 * 1024**2
#: a reader makes room for every cell up to the last row and column: one stray blank far away costs gigabytes
_AREA_LIMIT = 20_000_000
_AREA_PER_CELL = 20
_CHUNK = 1024**2
_FAR_COLUMN = re.compile(rb' r="([A-Z]{3}|[E-Z][A-Z])\d')
_REFERENCE = re.compile(rb' r="[A-Z]*(\d+)"')
_USUAL_COLUMNS = 130  # what _FAR_COLUMN takes as usual: A to DZ


def archive_kind(path: Path) -> str:
    """xlsx or zip. Raises Refused for a cut, locked or damaged archive, one that unpacks to too much, or a stray far cell.

    Every part that a reader would unpack is unpacked once here, a megabyte at a time, so that a stated size that lies is seen.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _refuse_bomb(members, path.stat().st_size)
            if not any(m.filename.lower().startswith("xl/") for m in members):
                return "zip"
            if any(m.flag_bits & 1 for m in members):
                raise Refused("the workbook has a password", hint="save it without one and drop it again")
            for member in members:
                if member.filename.lower().startswith("xl/") and member.filename.lower().endswith((".xml", ".rels")):
                    _look_through(archive, member)
    except zipfile.BadZipFile as problem:
        if "CRC" in str(problem):
            raise Refused(
                "the workbook is damaged: a part of its archive has not the stated size or checksum",
                hint="download it again",
            ) from None
        raise Refused(
            "the workbook is cut or still being written (its archive has no end)", hint="upload it again whole"
        ) from None
    except (zlib.error, EOFError, NotImplementedError, OSError) as problem:
        if isinstance(problem, OSError) and problem.errno is not None:
            raise  # the disk's fault and not the file's
        raise Refused("the workbook is damaged: its archive cannot be unpacked", hint="download it again") from None
    return "xlsx"


def _refuse_bomb(members: list[zipfile.ZipInfo], packed: int) -> None:
    unpacked = sum(m.file_size for m in members)
    if unpacked > _UNPACKED_LIMIT or (unpacked > _RATIO_FLOOR and unpacked / max(1, packed) > _RATIO_LIMIT):
        raise Refused(
            f"the archive unpacks to {unpacked:,} bytes, {unpacked // max(1, packed)} times its size; the limit is {_RATIO_LIMIT} times",
            hint="this is not how a platform's export looks; export again in smaller parts",
        )


def _look_through(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Unpack one part, which checks its size and checksum; of a sheet, compare its cells with the area that they span."""
    is_sheet = "worksheets/" in member.filename.lower()
    cells, last_row, widest, kept = 0, 0, b"", b""
    with archive.open(member) as part:
        while chunk := part.read(_CHUNK):
            if not is_sheet:
                continue
            cells += chunk.count(b' r="')
            block = kept + chunk
            widest = max((widest, *_FAR_COLUMN.findall(block)), key=lambda letters: (len(letters), letters))
            kept = block[-64:]
            found = _REFERENCE.findall(block[-4096:])
            last_row = int(found[-1]) if found else last_row
    width = _number(widest) if widest else _USUAL_COLUMNS
    if last_row * width > max(_AREA_LIMIT, _AREA_PER_CELL * cells):
        place = f"{widest.decode()}{last_row}" if widest else f"row {last_row}"
        raise Refused(
            f"a sheet reaches to {place} with only {cells:,} cells: a stray cell stands far outside the table",
            hint="delete the empty rows and columns round the table, or export again",
        )


def _number(letters: bytes) -> int:
    """A column's number from its letters: A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
