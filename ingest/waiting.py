"""What waits in a source's inbox, within limits: a folder of a million files must not take the memory or the night of a pull."""

from __future__ import annotations

import heapq
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from ingest.errors import FetchFailed
from ingest.files import is_waiting, stable
from ingest.home import inbox
from ingest.limits import limit
from ingest.registry import find_source

LOG = logging.getLogger("fupan")
#: names of files and folders that the inbox of a source may hold; files that one pull lands of them, the oldest first
MOST_NAMES = limit("FUPAN_INBOX_NAMES", 100_000)
MOST_WAITING = limit("FUPAN_INBOX_FILES", 20_000)


def waiting_files(home: Path, source: str) -> list[tuple[str, Path]]:
    """(dataset, file) of what waits in inbox/<source>/<dataset>/, by dataset and name; uploads in progress are left.

    Of too many files those of the oldest time of change; the next pull goes on with the others. Raises FetchFailed when there
    are more names than may be looked at.
    """
    found = []
    names = 0
    for dataset in find_source(source).datasets:
        for path in _names(inbox(home, source, dataset)):
            names += 1
            if names > MOST_NAMES:
                raise FetchFailed(
                    f"inbox/{source} holds more than {MOST_NAMES:,} files; none of them was read. Next: take out what is no export, "
                    "or pack many small exports into archives (FUPAN_INBOX_NAMES raises the limit)"
                )
            if is_waiting(path):
                found.append((dataset, path))
    if len(found) > MOST_WAITING:
        LOG.warning("inbox/%s: %d files wait; the oldest %d now, the others at the next pull", source, len(found), MOST_WAITING)  # fmt: skip
        found = heapq.nsmallest(MOST_WAITING, found, key=lambda x: (x[1].lstat().st_mtime_ns, x))
    ready = set(stable([p for _, p in found])) if found else set()
    return sorted(x for x in found if x[1] in ready)


def _names(folder: Path) -> Iterator[Path]:
    """Everything below a folder as it is met, but what lies in hidden folders: synchronising tools keep old versions and halves there."""
    todo = [folder]
    while todo:
        try:
            entries = os.scandir(todo.pop())
        except FileNotFoundError:
            continue
        with entries:
            for entry in entries:
                path = Path(entry.path)
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                    todo.append(path)
                yield path
