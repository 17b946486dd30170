"""One file from a drop to the inbox's folder, under a temporary name: whole and verified, or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

from ingest.connectors.drops.listing import Found
from ingest.connectors.drops.remote import Line, Remote, told
from ingest.connectors.drops.settings import Drop
from ingest.connectors.retry import TryAgain, persistently
from ingest.errors import FetchFailed
from ingest.limits import limit

#: larger files are refused, since they are hardly exports
LARGEST_FILE = limit("FUPAN_DROP_FILE_BYTES", 4 * 1024**3)
_MD5 = re.compile(r"[0-9a-f]{32}")


def transfer(line: Line, drop: Drop, found: Found, temporary: Path, count: Callable[[int], None]) -> bool:
    """Write a file's bytes to `temporary`, with the server's time of change; False when it changed or went meanwhile.

    count: told of bytes as they come, and of negative ones when a try begins again. A transfer that is cut is tried again;
    raises Unreachable after the last try, FetchFailed for what trying again does not mend. Nothing is left then.
    """
    shown = told(found.entry.name)
    if found.entry.size > LARGEST_FILE:
        raise FetchFailed(
            f"{drop.label}: {shown} has {found.entry.size:,} bytes, more than {LARGEST_FILE:,}. Next: export less at once"
        )
    sums: list[str] = []
    whole = False
    try:
        whole = persistently(
            lambda: line.ask(lambda remote: _once(remote, drop, found, temporary, count, sums)),
            f"{drop.label}: {shown}",
        )
        if whole and found.entry.mtime is not None:
            moment = max(0.0, found.entry.mtime)
            os.utime(temporary, (moment, moment))
        return whole
    except FileNotFoundError:
        return False
    finally:
        if not whole:
            temporary.unlink(missing_ok=True)


def _once(
    remote: Remote, drop: Drop, found: Found, temporary: Path, count: Callable[[int], None], sums: list[str]
) -> bool:
    """One try. sums: the MD5 of every whole try so far."""
    size, came = found.entry.size, 0
    digest = hashlib.md5(usedforsecurity=False)
    out = _writing(lambda: open(temporary, "wb"), temporary)  # noqa: SIM115 - opened under the words for a full disk
    try:
        with remote.reading(found.entry.path, size) as blocks:
            for data in blocks:
                _writing(lambda data=data: out.write(data), temporary)
                digest.update(data)
                came += len(data)
                count(len(data))
        _writing(out.flush, temporary)
        now = remote.look(found.entry.path)
        if (now.size, now.version) != found.version:
            count(-came)
            return False
        if came != size:
            raise TryAgain(
                f"ended after {came:,} of {size:,} bytes" if came < size else f"goes on after {size:,} bytes"
            )
        _compare(found.entry.version, digest.hexdigest(), sums, remote)
        return True
    except TryAgain:
        count(-came)
        raise
    finally:
        out.close()


def _compare(version: str, md5: str, sums: list[str], remote: Remote) -> None:
    """Hold the bytes against an ETag that looks like their MD5.

    Encrypted and appended objects have an ETag that only looks like one; then a second transfer brings the same bytes, which
    no broken one does.
    """
    if remote.drop.kind != "s3" or not _MD5.fullmatch(version) or md5 == version:
        return
    if md5 in sums:
        return
    sums.append(md5)
    raise TryAgain("the bytes do not match the ETag")


def _writing(write: Callable[[], object], path: Path):
    """A write to our own disk: its error is no fault of the server, and trying again does not mend it."""
    try:
        return write()
    except OSError as problem:
        step = "make room" if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else "mend the folder"
        raise FetchFailed(
            f"cannot write {path.parent}: {problem.strerror}. Next: {step}, then run the pull again"
        ) from None
