"""Drops: export files that a company or a platform puts on an SFTP server or into a bucket, fetched into the inbox.

A file is fetched when it is finished, once for each of its versions; what landing does with it is no different from a file
that a person put into the inbox.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from ingest.connectors.drop import each
from ingest.connectors.drops.download import transfer
from ingest.connectors.drops.listing import Found, new_files
from ingest.connectors.drops.memory import Memory
from ingest.connectors.drops.moving import move_away
from ingest.connectors.drops.remote import Line, Remote, told
from ingest.connectors.drops.settings import Drop, drop_of, read_drops
from ingest.errors import FetchFailed, Unreachable
from ingest.files import safe_name, shown_name
from ingest.home import inbox, put_all_in_place
from ingest.limits import limit
from ingest.registry import Source

LOG = logging.getLogger("fupan")
Say = Callable[[str], None]
#: files of one pull and drop, the oldest first; the next pull goes on
MOST_FILES = limit("FUPAN_DROP_FILES", 5_000)
_BATCH = 64
_BATCH_BYTES = 256 * 1024 * 1024
_AT_ONCE = 4
_TEMPORARY = ".drop.tmp"
_SAY_EVERY = 0.25
_LOG_EVERY = 10.0


def fetch_drops(
    source: Source, home: Path, given: Mapping[str, Mapping[str, Any]] | None = None, say: Say | None = None
) -> list[Path]:
    """Fetch what is new in every drop of a source into inbox/<source>/<dataset>/; the files.

    given: {what an error calls it: fields}, drops besides those of state/credentials/drops.json (Airflow's connections). say: told how far a transfer is.
    Raises FetchFailed naming every drop that could not be read, after the others were; Unreachable when none did answer.
    The caller holds the source's pull lock.
    """
    others = [drop_of(fields, source, where) for where, fields in (given or {}).items()]
    drops = {drop.label: drop for drop in [*read_drops(home, source), *others]}
    if not drops:
        return []
    _tidy(inbox(home, source.name))
    memory = Memory(home, source.name)
    return list(each(*(("", partial(_fetch_drop, source, d, home, memory, say)) for d in drops.values())))


def _open(home: Path, drop: Drop) -> Remote:
    if drop.kind == "sftp":
        from ingest.connectors.drops.sftp import SftpRemote

        return SftpRemote(drop, home)
    from ingest.connectors.drops.s3 import S3Remote

    return S3Remote(drop)


def _fetch_drop(source: Source, drop: Drop, home: Path, memory: Memory, say: Say | None) -> Iterator[Path]:
    """One drop: list, fetch in batches that are put in place and remembered together, move away if it is wished."""
    line = Line(drop, partial(_open, home))
    failures: list[FetchFailed] = []
    fetched = 0
    try:
        new, there = new_files(line, drop, memory)
        memory.keep_only(drop.label, (f.relative for f in there))
        if len(new) > MOST_FILES:
            LOG.warning(
                "%s: %d files; the oldest %d now, the others at the next pull", drop.label, len(new), MOST_FILES
            )
            new = new[:MOST_FILES]
        tally = Tally(drop, new, say)
        for batch in _batches(new):
            paths, problems = _fetch_batch(source, drop, home, line, batch, tally)
            for found, _ in paths:
                memory.add(drop.label, found.relative, *found.version)
            memory.save()
            fetched += len(paths)
            yield from (path for _, path in paths)
            failures += problems
            if any(isinstance(p, Unreachable) for p in problems):
                break
        if new:
            LOG.info("%s: %d of %d new file(s) fetched", drop.label, fetched, len(new))
        if drop.move and not any(isinstance(p, Unreachable) for p in failures):
            failures += move_away(line, drop, memory, there)
    finally:
        line.close()
    if failures:
        kind = Unreachable if all(isinstance(f, Unreachable) for f in failures) else FetchFailed
        more = f"\n… and {len(failures) - 5} more" if len(failures) > 5 else ""
        raise kind("\n".join(str(f) for f in failures[:5]) + more)


def _batches(files: list[Found]) -> Iterator[list[Found]]:
    batch: list[Found] = []
    for found in files:
        if batch and (len(batch) == _BATCH or sum(f.entry.size for f in batch) + found.entry.size > _BATCH_BYTES):
            yield batch
            batch = []
        batch.append(found)
    if batch:
        yield batch


def _fetch_batch(
    source: Source, drop: Drop, home: Path, line: Line, batch: list[Found], tally: Tally
) -> tuple[list[tuple[Found, Path]], list[FetchFailed]]:
    """([(file, its place in the inbox)], what failed): transfers side by side, then all of them durable under their names."""

    def one(number: int, found: Found) -> Path | FetchFailed | None:
        folder = inbox(home, source.name, found.dataset)
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f".{number}{_TEMPORARY}"
        try:
            whole = transfer(line, drop, found, temporary, tally.add)
        except FetchFailed as failure:
            return failure
        if whole:
            tally.done()
        else:
            LOG.info("%s: left for the next pull, changed meanwhile: %s", drop.label, told(found.entry.name))
        return temporary if whole else None

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        results = list(pool.map(one, range(len(batch)), batch))
    taken: set[Path] = set()
    placed = [
        (found, temporary, _free_place(inbox(home, source.name, found.dataset), found.entry.name, taken))
        for found, temporary in zip(batch, results, strict=True)
        if isinstance(temporary, Path)
    ]
    put_all_in_place([(temporary, place) for _, temporary, place in placed])
    return [(found, place) for found, _, place in placed], [r for r in results if isinstance(r, FetchFailed)]


def _free_place(folder: Path, name: str, taken: set[Path]) -> Path:
    """A place for a file of that name; a file that still waits under it is not written over."""
    name = safe_name(shown_name(Path(name)))
    place, number = folder / name, 1
    while place in taken or os.path.lexists(place) or (place.parent.exists() and not place.parent.is_dir()):
        number += 1
        place = folder / f"again-{number}" / name
    taken.add(place)
    return place


def _tidy(folder: Path) -> None:
    """Take away what a killed pull left: temporary files, and folders that were made for a second file of a name."""
    for path in folder.glob(f"*/.*{_TEMPORARY}"):
        path.unlink(missing_ok=True)
    for path in folder.glob("*/again-*"):
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()


class Tally:
    """How far a drop's transfers are: told to `say` a few times a second, and to the log every ten seconds."""

    def __init__(self, drop: Drop, files: list[Found], say: Say | None) -> None:
        self._drop, self._say, self._lock = drop, say, threading.Lock()
        self._bytes, self._all_bytes = 0, sum(f.entry.size for f in files)
        self._files, self._all_files = 0, len(files)
        self._said, self._logged = 0.0, time.monotonic()

    def add(self, size: int) -> None:
        """So many bytes came; negative: so many came in vain, since a try begins again."""
        with self._lock:
            self._bytes += size
            self._tell()

    def done(self) -> None:
        """A file is whole."""
        with self._lock:
            self._files += 1
            self._tell()

    def _tell(self) -> None:
        now = time.monotonic()
        text = (
            f"{self._drop.label}: {self._files} of {self._all_files} file(s), "
            f"{self._bytes / 1e6:,.1f} of {self._all_bytes / 1e6:,.1f} MB"
        )
        if self._say and now - self._said >= _SAY_EVERY:
            self._said = now
            self._say(text)
        if now - self._logged >= _LOG_EVERY:
            self._logged = now
            LOG.info("%s", text)
