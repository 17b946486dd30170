"""The folders under FUPAN_HOME, and writing into them so that a crash leaves the old or the new, never a half."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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


def fsync_folder(folder: Path) -> None:
    """Make a rename in this folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Write beside the target under a temporary name, fsync, rename: readers see the old file or the whole new one.

    Yields the temporary path; on an exception it is removed and the target stays as it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        os.replace(temporary, target)
        fsync_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def put_in_place(written: Path, target: Path) -> None:
    """Move a finished file of the same file system to its place, durably: fsync, rename, fsync of the folder."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(written, "rb") as file:
        os.fsync(file.fileno())
    os.replace(written, target)
    fsync_folder(target.parent)


def copy_file(origin: Path, target: Path) -> None:
    """Copy bytes into place, sharing blocks where the file system can (reflink), else by the kernel's own copy."""
    import fcntl

    ficlone = 0x40049409  # the FICLONE ioctl of linux/fs.h
    with replacing(target) as temporary:
        with open(origin, "rb") as source, open(temporary, "wb") as copy:
            try:
                fcntl.ioctl(copy.fileno(), ficlone, source.fileno())
                return
            except OSError:
                pass
        shutil.copyfile(origin, temporary)
