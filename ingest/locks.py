"""One writer at a time: an advisory file lock that the kernel drops when its holder dies."""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Busy(Exception):
    """Another process holds the lock and did not let go within the wait."""


@contextmanager
def exclusive(home: Path, name: str, *, wait_seconds: float = 600) -> Iterator[None]:
    """Hold state/<name>.lock; wait up to `wait_seconds`, then raise Busy naming the holder's process id."""
    folder = home / "state"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + wait_seconds
        waiting = False
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    holder = os.pread(handle, 32, 0).decode(errors="replace").strip() or "unknown"
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
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)
