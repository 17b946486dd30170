"""What lies in a drop, and which of it is new and finished: named well, and the same at two looks."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from time import sleep as pause

from ingest.connectors.drops.memory import Memory
from ingest.connectors.drops.remote import Entry, Line, told
from ingest.connectors.drops.settings import Drop
from ingest.connectors.retry import persistently
from ingest.errors import FetchFailed
from ingest.files import name_is_waiting
from ingest.limits import limit

LOG = logging.getLogger("fupan")
DONE_FOLDER = "_done"
DEEPEST = limit("FUPAN_DROP_DEPTH", 5)
MOST_ENTRIES = limit("FUPAN_DROP_NAMES", 100_000)


@dataclass(frozen=True)
class Found:
    """A file of a drop. relative: its path below the base; mark: the `<name>.done` beside it, which says that it is whole."""

    dataset: str
    relative: str
    entry: Entry
    mark: Entry | None

    @property
    def version(self) -> tuple[int, str]:
        """What is the same at two looks, and in memory."""
        return self.entry.size, self.entry.version


def look_at(line: Line, drop: Drop, datasets: Iterable[str]) -> list[Found]:
    """Every file in the folders of these datasets, and in their folders. Raises FetchFailed, Unreachable.

    Links, devices and names that lead out of their folder are passed over, with a word in the log.
    """
    found: list[Found] = []
    seen = 0
    for dataset in datasets:
        todo = [(drop.folders[dataset], 1)]
        while todo:
            folder, depth = todo.pop()
            entries = _entries(line, drop, f"{drop.base}/{folder}".replace("//", "/"))
            if entries is None:
                continue
            seen += len(entries)
            if seen > MOST_ENTRIES:
                raise FetchFailed(
                    f"{drop.label}: more than {MOST_ENTRIES:,} names. Next: move what is old out of it, or set `after: move`"
                )
            marks = {e.name: e for e in entries if e.kind == "file" and e.name.endswith(".done")}
            for entry in entries:
                if (
                    entry.kind == "directory"
                    and entry.name
                    and not entry.name.startswith(".")
                    and entry.name != DONE_FOLDER
                ):
                    if depth < DEEPEST:
                        todo.append((f"{folder}/{entry.name}", depth + 1))
                elif entry.kind == "file" and entry.name:
                    if name_is_waiting(entry.name):
                        found.append(Found(dataset, f"{folder}/{entry.name}", entry, marks.get(f"{entry.name}.done")))
                elif entry.kind not in ("directory", "file") or not entry.name:
                    what = "a name that leads elsewhere" if not entry.name else f"a {entry.kind}"
                    LOG.warning("%s: passed over %s: %s", drop.label, told(entry.name or entry.path), what)
    return found


def new_files(line: Line, drop: Drop, memory: Memory) -> tuple[list[Found], list[Found]]:
    """(files to fetch, everything that lies there); what changes between two looks is left for the next pull."""
    _warn_of_strays(line, drop)
    there = look_at(line, drop, drop.folders)
    new = [f for f in there if not memory.has(drop.label, f.relative, *f.version)]
    waiting = {f.relative: f for f in new if not f.mark}
    if waiting:
        pause(drop.settle_seconds)
        again = {f.relative: f.version for f in look_at(line, drop, dict.fromkeys(f.dataset for f in waiting.values()))}
        moving = [r for r, f in waiting.items() if again.get(r) != f.version]
        if moving:
            LOG.info(
                "%s: left for the next pull, still growing: %s", drop.label, ", ".join(told(m) for m in moving[:5])
            )
        new = [f for f in new if f.relative not in set(moving)]
    return sorted(new, key=lambda f: (f.entry.mtime or 0, f.relative)), there


def _entries(line: Line, drop: Drop, folder: str) -> list[Entry] | None:
    """What a folder holds; None when it is not there."""
    try:
        return persistently(lambda: line.ask(lambda remote: remote.entries(folder)), drop.label)
    except FileNotFoundError:
        return None


def _warn_of_strays(line: Line, drop: Drop) -> None:
    """Say what lies beside the folders that are read: a folder by a wrong name would never be noticed."""
    entries = _entries(line, drop, drop.base)
    if entries is None:
        if drop.kind == "sftp":
            raise FetchFailed(
                f"{drop.label}: this folder is not there. Next: mend the url ({drop.where}), or make the folder"
            )
        LOG.info("%s: holds no file yet", drop.label)
        return
    if any(folder != dataset for dataset, folder in drop.folders.items()):
        return  # a base with a mapping is shared with others
    strays = [
        e.name for e in entries if e.name and name_is_waiting(e.name) and e.name not in {*drop.folders, DONE_FOLDER}
    ]
    if strays:
        LOG.warning(
            "%s: not fetched, since it lies in no dataset's folder: %s%s. Folders are: %s",
            drop.label, ", ".join(told(s) for s in strays[:5]), ", …" if len(strays) > 5 else "", ", ".join(drop.folders),
        )  # fmt: skip
