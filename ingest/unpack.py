"""Out of a zip or gz: every member is a file of its own. Whatever is hostile is told from the directory, before unpacking.

Names are reduced to one folder and never used as paths. A member is unpacked a megabyte at a time, never beyond its stated
size, and its checksum is compared. What does not unpack refuses that member only.
"""

from __future__ import annotations

import gzip
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

from ingest.archive import RATIO_FLOOR, RATIO_LIMIT, UNPACKED_LIMIT, archive_kind, reading, refuse_bomb
from ingest.errors import Refused
from ingest.files import safe_name
from ingest.given import Given, plain
from ingest.limits import limit

MOST_MEMBERS = limit("FUPAN_ARCHIVE_FILES", 10_000)
_CHUNK = 1024 * 1024
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
#: what operating systems and office programs leave in archives
_LITTER = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._|~\$|\.)", re.IGNORECASE)
_PASSWORD = "unpack it with its password, and drop the files"  # noqa: S105
_TAR = b"ustar"


def unpacked(path: Path, scratch: Path) -> Iterator[Given]:
    """The files that a file stands for: itself, or the members of a zip, or the one in a gz, unpacked into `scratch` in turn.

    Never raises for what the file holds: what is wrong is in the `refusal` of the file or of the member. A member's bytes may
    be deleted once the next one was asked for.
    """
    given = plain(path)
    try:
        with open(path, "rb") as file:
            head = file.read(4)
        if head.startswith(b"\x1f\x8b"):
            yield _from_gz(given, scratch)
            return
        members = _members(path) if head == b"PK\x03\x04" and archive_kind(path) == "zip" else None
    except Refused as refusal:
        yield replace(given, refusal=refusal)
        return
    if members is None:
        yield given
        return
    yield from _from_zip(given, members, scratch)


def _members(path: Path) -> list[tuple[str, zipfile.ZipInfo]]:
    """(name, member) of an archive, litter included. Raises Refused for a hostile or locked one."""
    with reading("archive"), zipfile.ZipFile(path) as archive:
        infos = [m for m in archive.infolist() if not m.filename.endswith("/")]
    if len(infos) > MOST_MEMBERS:
        raise Refused(f"the archive holds {len(infos):,} files; the limit is {MOST_MEMBERS:,}", hint="pack them into several archives")  # fmt: skip
    refuse_bomb(infos, path.stat().st_size)
    named = [(_name(m), m) for m in infos]
    for name, member in named:
        _refuse_hostile(name, member)
    if not any(not _LITTER.search(name) for name, _ in named):
        raise Refused("the archive holds no file", hint="pack the exports themselves")
    if any(m.flag_bits & _ENCRYPTED for name, m in named if not _LITTER.search(name)):
        raise Refused("the archive has a password", hint=_PASSWORD)
    return named


def _name(member: zipfile.ZipInfo) -> str:
    """A member's name as text with slashes; one not marked as UTF-8 is that all the same, or GB18030 (made on a Chinese Windows)."""
    name = member.orig_filename
    if not member.flag_bits & _UTF8_NAME:
        raw = name.encode("cp437", errors="replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def _refuse_hostile(name: str, member: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/"):
        what = "leads out of its folder"
    elif not name:
        what = "has no name"
    elif "\x00" in name:
        what = "holds a NUL"
    elif kind not in (0, stat.S_IFREG):
        what = "is a link or a device"
    else:
        return
    shown = safe_name(name.replace("/", "_"))
    raise Refused(f"a member of the archive {what}: {shown!r}", hint="this is not how an export is packed; nothing of it was read")  # fmt: skip


def _from_zip(given: Given, members: list[tuple[str, zipfile.ZipInfo]], scratch: Path) -> Iterator[Given]:
    left = [name for name, _ in members if _LITTER.search(name)]
    shown = ", ".join(left[:5]) + (f" and {len(left) - 5:,} more" if len(left) > 5 else "")
    notes = (f"left in the archive: {shown}",) if left else ()
    with zipfile.ZipFile(given.path) as archive:
        for number, (name, member) in enumerate((n, m) for n, m in members if not _LITTER.search(n)):
            one = Given(scratch / str(number) / safe_name(name), f"{given.name}/{name}", notes)
            notes = ()
            try:
                with reading("member"), archive.open(member) as source:
                    _write(source, one.path, member.file_size)
            except Refused as refusal:
                one = replace(one, path=given.path, refusal=refusal)
            yield one


def _write(source: IO[bytes], target: Path, limit: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with open(target, "wb") as out:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise Refused(f"the archive unpacks to more than {limit:,} bytes", hint="this is not how a platform's export looks; export again in smaller parts")  # fmt: skip
            out.write(chunk)


def _from_gz(given: Given, scratch: Path) -> Given:
    own = re.sub(r"\.gz$", "", given.name, flags=re.IGNORECASE)
    target = scratch / "gz" / safe_name(own)
    limit = min(UNPACKED_LIMIT, max(RATIO_FLOOR, RATIO_LIMIT * given.path.stat().st_size))
    try:
        with reading("archive"), gzip.open(given.path) as source:
            _write(source, target, limit)
        with open(target, "rb") as file:
            file.seek(257)
            if file.read(5) == _TAR:
                raise Refused("this is a tar archive", hint="unpack it and drop the files, or pack them as .zip")
    except (Refused, zlib.error) as problem:
        refusal = problem if isinstance(problem, Refused) else Refused("the archive is damaged", hint="download it again")  # fmt: skip
        return replace(given, refusal=refusal)
    return Given(target, f"{given.name}/{own}")
