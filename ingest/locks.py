"""One writer at a time: an advisory file lock that the kernel drops when its holder dies, and what a dead holder left behind."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: a folder of tmp/ as young as this may be one that is being made, and whose holder has not locked it yet
_MAKING_SECONDS = 60
#: and a half-written row or record as old as this one that nobody writes any more
_WRITING_SECONDS = 3600


class Busy(Exception):
    """Another process holds the lock and did not let go within the wait."""


@contextmanager
def exclusive(home: Path, name: str, *, wait_seconds: float = 600) -> Iterator[None]:
    """Hold state/<name>.lock; wait up to `wait_seconds`, then raise Busy naming the holder's process id.

    When the holder before this one died with the lock in its hands, the halves that it was writing are taken away first.
    """
    folder = home / "state"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.lock"
    handle = _open(path, name, time.monotonic() + wait_seconds, wait_seconds)
    try:
        died = bool(os.pread(handle, 32, 0).strip())
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        if died:
            _clear_up(home, name)
        yield
        os.ftruncate(handle, 0)  # let go in good order, whatever came of the work: only a death leaves the number
    except Exception:
        with suppress(OSError):  # a full or read-only disk must not hide why the work failed
            os.ftruncate(handle, 0)
        raise
    finally:
        os.close(handle)


def _open(path: Path, name: str, deadline: float, wait_seconds: float) -> int:
    """A handle of the lock file with the lock on it."""
    waiting = False
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # a lock on a file that was removed or replaced meanwhile keeps nobody out: whoever comes now opens another
            if path.exists() and os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        except BlockingIOError:
            if time.monotonic() >= deadline:
                holder = os.pread(handle, 32, 0).decode(errors="replace").strip() or "unknown"
                os.close(handle)
                raise Busy(
                    f"another run (process {holder}) holds the {name} lock; "
                    "wait for it to end, or end it, then run again"
                ) from None
            if not waiting:
                waiting = True
                logging.getLogger("fupan").warning(
                    "waiting up to %.0f s for another run that holds the %s lock", wait_seconds, name
                )
            time.sleep(0.1)
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


@contextmanager
def scratch_folder(home: Path, prefix: str) -> Iterator[Path]:
    """A folder of its own under tmp/, gone at the end; `sweep_scratch` takes away those of processes that died."""
    temporary = home / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir=temporary))
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the folder itself is locked, as long as its maker lives
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _age(path: Path) -> float:
    """Seconds since it was changed; 0 when it has gone meanwhile."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def sweep_scratch(home: Path) -> list[Path]:
    """Remove the folders under tmp/ whose makers are dead; returns them. Folders of the living are locked, and stay."""
    gone = []
    for folder in [*(home / "tmp").glob("load-*"), *(home / "tmp").glob("retry-*"), *(home / "tmp").glob("rebuild-*")]:
        if _age(folder) < _MAKING_SECONDS:
            continue
        try:
            handle = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:  # its owner, or another sweep, was quicker
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
            gone.append(folder)
        except BlockingIOError:
            pass
        finally:
            os.close(handle)
    return gone


def _clear_up(home: Path, name: str) -> None:
    """Remove the half-written files (`.<name>.<process>.tmp`) of the folders in which only the holder of this lock writes.

    They have no meaning to any reader; but their bytes are in the way, and a kill can leave as many as a whole version has.
    """
    folders = [home / "warehouse", home / "serve"] if name == "warehouse" else []
    if name.startswith("pull-"):
        folders = [home / kind / name.removeprefix("pull-") for kind in ("landing", "raw", "quarantine")]
    halves = [p for folder in folders for p in folder.rglob(".*.tmp")]
    # holders of other locks write these as well, each for a moment
    shared = [p for kind in ("ledger", "reports") for p in (home / kind).rglob(".*.tmp") if _age(p) > _WRITING_SECONDS]
    for path in [p for p in [*halves, *shared] if p.is_file()]:
        path.unlink(missing_ok=True)
    sweep_scratch(home)
