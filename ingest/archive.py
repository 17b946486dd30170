"""What a zip archive holds, told from its directory before anything is unpacked: a workbook, other files, or something hostile."""

from __future__ import annotations

import errno
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import Refused

#: limits against hostile archives: what one may unpack to, and how much more than it weighs
UNPACKED_LIMIT = 4 * 1024**3
RATIO_LIMIT = 200
RATIO_FLOOR = 64 * 1024**2
#: parts of a document of another program, with what it is
_DOCUMENTS = (("word/", "a Word document"), ("ppt/", "a PowerPoint presentation"), ("meta-inf/manifest.xml", "an OpenDocument file"))  # fmt: skip


def archive_kind(path: Path) -> str:
    """xlsx (any workbook of the Office Open XML family) or zip. Raises Refused for a cut archive, a bomb, or another document."""
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
