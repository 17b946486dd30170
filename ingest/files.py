"""What a file is, from its bytes: hash, kind by magic bytes, a safe name, whether its upload has ended."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterable
from pathlib import Path

from ingest.archive import archive_kind
from ingest.errors import Refused

_XML_WORKBOOK = re.compile(rb"<(\w+:)?Workbook\b[^>]*urn:schemas-microsoft-com:office:spreadsheet")
_HTML = re.compile(
    rb"^<(!--|!doctype html|html|head|meta|style|body|table|tr|div|center|form|span|p\b|\?xml)", re.IGNORECASE
)
_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", ".download", ".swp")


def content_hash(path: Path, *salts: str) -> str:
    """The load id: first 32 hex of SHA-256 over the bytes and the salts (dataset, export time)."""
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    for salt in salts:
        digest.update(salt.encode())
    return digest.hexdigest()[:32]


def shown_name(path: Path) -> str:
    """The file's name as text: one that is not UTF-8 (a Windows archive unpacked on Linux) is read as GB18030, else escaped."""
    name = os.fsencode(path.name)
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name.decode("ascii", errors="backslashreplace")


def done_mark(path: Path) -> Path | None:
    """The `<name>.done` that says a file is whole; None where the name leaves no room for it."""
    return path.with_name(path.name + ".done") if len(os.fsencode(path.name)) <= 250 else None


def safe_name(name: str) -> str:
    """A file name that cannot leave its folder: no separators, NUL or leading dots, at most 120 bytes of UTF-8."""
    plain = re.sub(r"[/\\\x00-\x1f:*?\"<>|]", "_", Path(name).name).lstrip(".") or "file"
    stem, dot, suffix = plain.rpartition(".")
    stem, suffix = (stem[:120], dot + suffix) if dot and len(suffix) <= 8 else (plain[:120], "")
    while len((stem + suffix).encode()) > 120:
        stem = stem[:-1]
    return stem + suffix


def kind_of(path: Path) -> str:
    """csv, json, xlsx, xls, html, xml, parquet or zip, by the first bytes and never by the name; Refused for an empty file."""
    with open(path, "rb") as file:
        head = file.read(4096)
    if not head:
        raise Refused(
            "the file is empty (0 bytes)", hint="download it again; an export without rows still has its header"
        )
    if head.startswith(b"PK\x03\x04"):
        return archive_kind(path)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "xls"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head[: len(head) // 2 * 2].decode("utf-16", errors="replace").encode("utf-8", errors="replace")
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith((b"{", b"[")) or is_form(text):
        return "json"
    if text.startswith(b"<"):
        return "xml" if _XML_WORKBOOK.search(text) else "html" if _HTML.search(text) else "csv"
    return "csv"


def is_form(head: bytes) -> bool:
    """Whether bytes begin as a posted form with a `param` field, which is how callbacks arrive (sign=...&param=%7B...)."""
    return bool(re.match(rb"(?:[A-Za-z_]\w{0,30}=[^&\s]{0,500}&){0,5}param=", head))


def is_waiting(path: Path) -> bool:
    """Whether a file of the inbox is meant to be loaded: a real file, not hidden, not an upload in progress."""
    return path.is_file() and not path.is_symlink() and name_is_waiting(path.name)


def name_is_waiting(name: str) -> bool:
    """Whether a name is that of a file to be loaded: not hidden, not an upload in progress, not a mark."""
    return not name.startswith((".", "~$")) and not name.lower().endswith((*_UNFINISHED, ".done"))


def stable(paths: Iterable[Path], *, pause_seconds: float = 0.5, quiet_seconds: float = 5.0) -> list[Path]:
    """The files whose size and mtime stay the same over a pause; a `<name>.done` beside a file, or quiet for long, suffices."""
    now = time.time()
    first = {p: (s.st_size, s.st_mtime_ns) for p in paths for s in [p.stat()]}
    # a file that nobody has touched for a while needs no second look, so that a full inbox costs no pause
    fresh = [
        p
        for p, (_, m) in first.items()
        if abs(now - m / 1e9) < quiet_seconds and not p.with_name(p.name + ".done").exists()
    ]
    if fresh:
        time.sleep(pause_seconds)
    moving = {p for p in fresh if not p.exists() or (p.stat().st_size, p.stat().st_mtime_ns) != first[p]}
    return [p for p in first if p not in moving]
