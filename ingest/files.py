"""What a file is, from its bytes: hash, kind by magic bytes, a safe name, whether its upload has ended."""

from __future__ import annotations

import hashlib
import re
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path

from ingest.errors import Refused

_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", ".download", ".swp")
#: limits against hostile archives: what an XLSX may unpack to, and how much more than it weighs
_UNPACKED_LIMIT = 4 * 1024**3
_RATIO_LIMIT = 200
_RATIO_FLOOR = 64 * 1024**2


def content_hash(path: Path, *salts: str) -> str:
    """The load id: first 32 hex of SHA-256 over the bytes (and the salts, for snapshots told apart by export time)."""
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    for salt in salts:
        digest.update(salt.encode())
    return digest.hexdigest()[:32]


def safe_name(name: str) -> str:
    """A file name that cannot leave its folder: no separators, NUL or leading dots, at most 120 bytes of UTF-8."""
    plain = re.sub(r"[/\\\x00-\x1f:*?\"<>|]", "_", Path(name).name).lstrip(".") or "file"
    stem, dot, suffix = plain.rpartition(".")
    stem, suffix = (stem, dot + suffix) if dot and len(suffix) <= 8 else (plain, "")
    while len((stem + suffix).encode()) > 120:
        stem = stem[:-1]
    return stem + suffix


def kind_of(path: Path) -> str:
    """csv, json, xlsx, xls, html or zip, by the first bytes and never by the name; Refused for an empty file."""
    with open(path, "rb") as file:
        head = file.read(4096)
    if not head:
        raise Refused("the file is empty (0 bytes)", hint="download it again; an export without rows still has its header")
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(path)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "xls"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith((b"{", b"[")) or text.startswith(b"param="):
        return "json"
    if text[:200].lower().startswith((b"<html", b"<!doctype html", b"<table", b"<?xml", b"<meta", b"<div")):
        return "html"
    return "csv"


def _zip_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile:
        raise Refused("the workbook is cut or still being written (its archive has no end)", hint="upload it again whole") from None
    unpacked, packed = sum(m.file_size for m in members), max(1, path.stat().st_size)
    if unpacked > _UNPACKED_LIMIT or (unpacked > _RATIO_FLOOR and unpacked / packed > _RATIO_LIMIT):
        raise Refused(
            f"the archive unpacks to {unpacked:,} bytes, {unpacked // packed} times its size; the limit is {_RATIO_LIMIT} times",
            hint="this is not how a platform's export looks; export again in smaller parts",
        )
    return "xlsx" if any(m.filename.lower().startswith("xl/") for m in members) else "zip"


def is_waiting(path: Path) -> bool:
    """Whether a file of the inbox is meant to be loaded: a real file, not hidden, not an upload in progress."""
    name = path.name
    return path.is_file() and not path.is_symlink() and not name.startswith((".", "~$")) and not name.lower().endswith((*_UNFINISHED, ".done"))


def stable(paths: Iterable[Path], *, pause_seconds: float = 0.5, quiet_seconds: float = 5.0) -> list[Path]:
    """The files whose size and mtime stay the same over a pause; a `<name>.done` beside a file, or quiet for long, suffices."""
    now = time.time()
    first = {p: (s.st_size, s.st_mtime_ns) for p in paths for s in [p.stat()]}
    # a file that nobody has touched for a while needs no second look, so that a full inbox costs no pause
    fresh = [p for p, (_, m) in first.items() if abs(now - m / 1e9) < quiet_seconds and not p.with_name(p.name + ".done").exists()]
    if fresh:
        time.sleep(pause_seconds)
    moving = {p for p in fresh if not p.exists() or (p.stat().st_size, p.stat().st_mtime_ns) != first[p]}
    return [p for p in first if p not in moving]
