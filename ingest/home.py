"""The folders under FUPAN_HOME, and writing into them so that a crash leaves the old or the new, never a half."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from ingest.durable import flush, flush_folder, remove, rename

_FLUSHING = 8  # threads that wait for the disk together


def fupan_home(home: Path | str | None = None) -> Path:
    """The folder that everything lives in: the argument, else FUPAN_HOME, else `var/` of the current folder."""
    return Path(home or os.environ.get("FUPAN_HOME") or "var").resolve()


def inbox(home: Path, source: str, dataset: str = "") -> Path:
    """inbox/<source>[/<dataset>]: where files wait."""
    return home / "inbox" / source / dataset if dataset else home / "inbox" / source


def landing(home: Path, source: str, dataset: str, load_id: str) -> Path:
    """landing/<source>/<dataset>/<load_id>: the folder of one file's original bytes."""
    return home / "landing" / source / dataset / load_id


def raw_object(home: Path, source: str, dataset: str, load_id: str) -> Path:
    """raw/<source>/<dataset>/<load_id>.parquet: the typed rows of one file."""
    return home / "raw" / source / dataset / f"{load_id}.parquet"


def quarantine_object(home: Path, source: str, dataset: str, load_id: str) -> Path:
    """quarantine/<source>/<dataset>/<load_id>.parquet: the rows of one file that were set aside."""
    return home / "quarantine" / source / dataset / f"{load_id}.parquet"


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Write beside the target under a temporary name, fsync, rename: readers see the old file or the whole new one.

    Yields the temporary path; on an exception it is removed and the target stays as it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        flush(temporary)
        rename(temporary, target)
        flush_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def put_in_place(written: Path, target: Path) -> None:
    """Move a finished file of the same file system to its place, durably: fsync, rename, fsync of the folder."""
    target.parent.mkdir(parents=True, exist_ok=True)
    flush(written)
    rename(written, target)
    flush_folder(target.parent)


def put_all_in_place(written: Sequence[tuple[Path, Path]]) -> None:
    """As `put_in_place` for many (finished file, place): all bytes are durable, then all are renamed, then all folders are durable.

    A crash in between leaves some in place and each of them whole. New folders are durable as well.
    """
    if not written:
        return
    folders = dict.fromkeys(target.parent for _, target in written)
    new = [f for f in folders if not f.is_dir()]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(_FLUSHING) as pool:  # a disk flushes many together in little more than the time of one
        list(pool.map(flush, (file for file, _ in written)))
        for file, target in written:
            rename(file, target)
        list(pool.map(flush_folder, dict.fromkeys([*folders, *(f.parent for f in new)])))


def move_in_place(origin: Path, target: Path) -> None:
    """Move a file to its place, durably, also from another file system: there it is copied first, and removed last."""
    try:
        put_in_place(origin, target)
    except OSError as problem:
        if problem.errno != errno.EXDEV:
            raise
        copy_file(origin, target)
        remove(origin)


def share_blocks(origin: Path, target: Path) -> bool:
    """Copy a file by sharing its blocks (reflink), whatever its size; False where the file system cannot, and an empty target is left."""
    import fcntl

    ficlone = 0x40049409  # the FICLONE ioctl of linux/fs.h
    with open(origin, "rb") as source, open(target, "wb") as copy:
        try:
            fcntl.ioctl(copy.fileno(), ficlone, source.fileno())
        except OSError:
            return False
    return True


def copy_bytes(origin: Path, target: Path) -> None:
    """Copy a file, sharing blocks where the file system can, else by the kernel's own copy; nothing is made durable."""
    if not share_blocks(origin, target):
        shutil.copyfile(origin, target)


def copy_file(origin: Path, target: Path) -> None:
    """Copy bytes into place, durably."""
    with replacing(target) as temporary:
        copy_bytes(origin, temporary)
