"""Changes that must outlive a crash: each is a numbered step, before and after which the tests of a crash stop the process.

Every rename, flush, removal and commit that a later run relies on is made here or named here, so that no step can be forgotten:
a convention test refuses `os.replace` and its like anywhere else. FUPAN_DIE_AT=17 kills this process (SIGKILL, as `kill -9`, the
kernel short of memory or a pulled plug would) at its 17th step; nothing else in here does anything but the change itself.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

#: told the number and the name of each step as it is reached
Watch = Callable[[int, str], None]


def dying_at(number: int) -> Watch:
    """A watch that ends this process at a step as nothing else can: no handler runs, nothing is flushed."""

    def watch(reached: int, _: str) -> None:
        if reached == number:
            os.kill(os.getpid(), signal.SIGKILL)

    return watch


_numbers = itertools.count(1)
_watch: Watch | None = dying_at(int(os.environ["FUPAN_DIE_AT"])) if os.environ.get("FUPAN_DIE_AT") else None


def watching(watch: Watch | None) -> None:
    """Have every step from now on told to `watch`, counted from 1; None: to nobody."""
    global _watch, _numbers
    _watch, _numbers = watch, itertools.count(1)


def step(name: str) -> None:
    """A point at which the process may die: called where something has been committed, by the functions below or by who commits."""
    if _watch is not None:
        _watch(next(_numbers), name)


@contextmanager
def _change(what: str, place: Path) -> Iterator[None]:
    step(f"before {what} {place.name}")
    yield
    step(f"after {what} {place.name}")


def flush(file: Path) -> None:
    """Make a file's bytes durable."""
    step(f"before flush {file.name}")
    with open(file, "rb") as opened:
        os.fsync(opened.fileno())


def flush_folder(folder: Path) -> None:
    """Make the names in a folder durable: what was renamed into it, or removed."""
    step(f"before flush {folder.name}/")
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def rename(written: Path, target: Path) -> None:
    """Give a file or folder of the same file system its name, in place of what had it."""
    with _change("rename", target):
        os.replace(written, target)


def remove(path: Path) -> None:
    """Take a file away; one that is gone already is no error."""
    with _change("remove", path):
        path.unlink(missing_ok=True)


def remove_folder(folder: Path) -> None:
    """Take a folder away with all that is in it."""
    with _change("remove", folder):
        shutil.rmtree(folder)


def link(written: Path, target: Path) -> bool:
    """Give a file a second name unless another has it; whether it was given."""
    with _change("link", target):
        try:
            os.link(written, target)
        except FileExistsError:
            return False
        return True


def point(link: Path, target: str) -> None:
    """Make a symlink that is to be renamed into place."""
    with _change("symlink", link):
        link.symlink_to(target)
