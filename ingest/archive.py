"""What a zip archive holds, told from its directory before anything is unpacked: a workbook, other files, or something hostile."""

from __future__ import annotations

import errno
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import Refused
from ingest.limits import limit

#: limits against hostile archives: what one may unpack to, and how much more than it weighs
UNPACKED_LIMIT = limit("FUPAN_ARCHIVE_BYTES", 4 * 1024**3)
RATIO_LIMIT = limit("FUPAN_ARCHIVE_RATIO", 200)
RATIO_FLOOR = limit("FUPAN_ARCHIVE_FREE_BYTES", 64 * 1024**2)
#: bytes of an archive's directory, which the zip library reads as a whole: half a gigabyte of memory for a million names
DIRECTORY_LIMIT = limit("FUPAN_ARCHIVE_DIRECTORY_BYTES", 16 * 1024**2)
#: parts of a document of another program, with what it is
_DOCUMENTS = (("word/", "a Word document"), ("ppt/", "a PowerPoint presentation"), ("meta-inf/manifest.xml", "an OpenDocument file"))  # fmt: skip


def archive_kind(path: Path) -> str:
    """xlsx (any workbook of the Office Open XML family) or zip. Raises Refused for a cut archive, a bomb, or another document."""
    _refuse_long_directory(path)
    with reading("workbook"), zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    names = [m.filename.lower() for m in members]
    if any(n.startswith("xl/") for n in names):
        refuse_bomb(members, path.stat().st_size)
        if any(m.flag_bits & 1 for m in members):
            raise Refused("the workbook has a password", hint="save it without one and drop it again")
        return "xlsx"
    is_document = "[content_types].xml" in names or "mimetype" in names
    for start, what in _DOCUMENTS:
        if is_document and any(n.startswith(start) for n in names):
            raise Refused(f"this is {what}", hint="save the table as .xlsx or .csv and drop that")
    return "zip"


_END, _END_64 = struct.Struct("<4s4H2LH"), struct.Struct("<4sQ2H2L4Q")
_LOCATOR = 20  # bytes between the long form of the end and the short one
_LONGEST_COMMENT = 65_535


def _refuse_long_directory(path: Path) -> None:
    """Refuse an archive by what its end says of its directory, before the directory is read. A cut one is met where it is read."""
    with open(path, "rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - _LONGEST_COMMENT - _END.size - _LOCATOR - _END_64.size))
        tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) - end < _END.size:
        return
    stated = _END.unpack_from(tail, end)[5]
    long_end = end - _LOCATOR - _END_64.size
    if long_end >= 0 and tail.startswith(b"PK\x06\x06", long_end):
        stated = max(stated if stated < 2**32 - 1 else 0, _END_64.unpack_from(tail, long_end)[8])
    if stated > DIRECTORY_LIMIT and stated <= size:  # a directory larger than its file is damage, and told as such
        raise Refused(f"the archive has a directory of {stated:,} bytes; the limit is {DIRECTORY_LIMIT:,}", hint="pack the files into several archives")  # fmt: skip


#: what the zip library and its decompressors let through for damaged or unknown archives
_DAMAGE = (
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    RuntimeError,
    UnicodeError,
    ValueError,
    OverflowError,
    OSError,
)


@contextmanager
def reading(what: str) -> Iterator[None]:
    """What the zip library raises for a cut or damaged archive, as Refused; the disk's own errors pass. what: workbook, archive."""
    try:
        yield
    except zipfile.BadZipFile as problem:
        if "CRC" in str(problem):
            raise Refused(
                f"the {what} is damaged: a part of its archive has not the stated size or checksum",
                hint="download it again",
            ) from None
        raise Refused(
            f"the {what} is cut or still being written (its archive has no end)", hint="upload it again whole"
        ) from None
    except _DAMAGE as problem:
        # a place before the file's beginning is its directory's fault
        if isinstance(problem, OSError) and problem.errno not in (None, errno.EINVAL):
            raise  # the disk's fault and not the file's
        raise Refused(f"the {what} is damaged: its archive cannot be unpacked", hint="download it again") from None


def refuse_bomb(members: list[zipfile.ZipInfo], packed: int) -> None:
    """Refuse an archive whose directory states that it unpacks to too much. packed: its own size in bytes."""
    unpacked = sum(m.file_size for m in members)
    if unpacked > UNPACKED_LIMIT or (unpacked > RATIO_FLOOR and unpacked / max(1, packed) > RATIO_LIMIT):
        raise Refused(
            f"the archive unpacks to {unpacked:,} bytes, {unpacked // max(1, packed)} times its size; the limit is {RATIO_LIMIT} times",
            hint="this is not how a platform's export looks; export again in smaller parts",
        )
