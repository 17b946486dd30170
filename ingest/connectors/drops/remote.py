"""A server's files through fsspec: what both kinds of drop share. What a server says is checked before it is believed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any

from ingest.connectors.drops.settings import Drop
from ingest.connectors.retry import TryAgain
from ingest.errors import FetchFailed
from ingest.protect import masked


def told(text: str) -> str:
    """A name or path of a server as logs and errors may show it: readable, on one line, without people."""
    name = os.fsencode(text)
    try:
        text = name.decode("utf-8")
    except UnicodeDecodeError:
        text = name.decode("gb18030", errors="replace")  # an old Windows server
    return masked("".join(c if c.isprintable() else "?" for c in text), limit=120)


@dataclass(frozen=True)
class Entry:
    """One name of a folder. kind: file, directory or another word; version: changes with the content; mtime: seconds, if known."""

    name: str
    path: str
    kind: str
    size: int
    version: str
    mtime: float | None = None


#: a server that says nothing for so long is left, in seconds
SILENCE_SECONDS = 90.0


class Watch:
    """Round calls that might hang: `give_up` is called once one of them has lasted for SILENCE_SECONDS. One thread for all."""

    def __init__(self, give_up: Callable[[], None]) -> None:
        self._give_up = give_up
        self._lock = threading.Lock()
        self._since: dict[int, float] = {}
        self._thread: threading.Thread | None = None

    def __enter__(self) -> None:
        with self._lock:
            self._since[threading.get_ident()] = time.monotonic()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._since.pop(threading.get_ident(), None)

    def _run(self) -> None:
        """Until nothing has been asked for as long as a server may be silent: then the next call starts another thread."""
        quiet_since = time.monotonic()
        while True:
            time.sleep(min(1.0, SILENCE_SECONDS / 4))
            now = time.monotonic()
            with self._lock:
                oldest = min(self._since.values(), default=None)
                if oldest is not None:
                    quiet_since = now
                elif now - quiet_since > SILENCE_SECONDS:
                    self._thread = None
                    return
            if oldest is not None and now - oldest > SILENCE_SECONDS:
                self._give_up()


class Remote:
    """An open connection to a drop. Its calls raise TryAgain for what may pass, FetchFailed for what does not, FileNotFoundError."""

    fs: Any
    block = 4 * 1024 * 1024

    def __init__(self, drop: Drop) -> None:
        self.drop = drop
        self._watch = Watch(self.give_up)

    def entries(self, folder: str) -> list[Entry]:
        """The files and folders in a folder; names that would lead out of it are given with an empty name."""
        with self.asking(f"the list of {folder}"):
            listed = self.fs.ls(folder, detail=True, refresh=True)
        prefix = folder.rstrip("/") + "/"
        # a bucket's folder may be an object of its own, which holds nothing
        return [self._entry(row, prefix) for row in listed if row["type"] == "directory" or row["name"] != prefix]

    def look(self, path: str) -> Entry:
        """The file as it is now."""
        with self.asking(path):
            return self._entry(self.fs.info(path, refresh=True), path.rpartition("/")[0] + "/")

    @contextmanager
    def reading(self, path: str, size: int) -> Iterator[Iterator[bytes]]:
        """The blocks of a file of so many bytes; fewer when it ends before, a byte more when it goes on.

        No block reaches over the end: a server is asked for its parts side by side, and each question beyond costs a way.
        """
        with self.asking(path):
            file: IO[bytes] = self.fs.open(path, "rb", **self.open_options())

        def blocks() -> Iterator[bytes]:
            left = size
            while True:
                with self.asking(path):
                    data = file.read(min(self.block, max(left, 1)))
                if data:
                    yield data
                left -= len(data)
                if not data or left < 0:
                    return

        try:
            yield blocks()
        finally:
            with suppress(TryAgain, FetchFailed, FileNotFoundError), self.asking(path):
                file.close()  # nothing was written; what failed was told by the read

    def move(self, entry: Entry, target: str) -> bool:
        """Move a file below the base, making folders; False when it is another one by now, which stays. Never over a file."""
        raise NotImplementedError

    def close(self) -> None:
        """Let the connection go; never raises."""

    def open_options(self) -> dict[str, Any]:
        """Arguments of fsspec's open."""
        return {}

    def version_of(self, row: dict[str, Any]) -> tuple[str, float | None]:
        """(version, mtime in seconds) of a row of the listing."""
        raise NotImplementedError

    def explain(self, problem: Exception, what: str) -> Exception:
        """What a library raised, as TryAgain, FetchFailed or FileNotFoundError, in words without a secret."""
        raise NotImplementedError

    def give_up(self) -> None:
        """Make a call that hangs fail; called from another thread."""

    @contextmanager
    def asking(self, what: str) -> Iterator[None]:
        """Round every call to the server: its errors get words, and one that hangs is ended."""
        try:
            with self._watch:
                yield
        except (TryAgain, FetchFailed):
            raise
        except Exception as problem:
            raise self.explain(problem, told(what)) from None

    def _entry(self, row: dict[str, Any], prefix: str) -> Entry:
        path = row["name"].rstrip("/") if row["type"] == "directory" else row["name"]
        name = path[len(prefix) :] if path.startswith(prefix) else ""
        if "/" in name or "\0" in name or name in (".", ".."):
            name = ""
        version, mtime = self.version_of(row)
        return Entry(name, path, row["type"], int(row.get("size") or 0), version, mtime)


class Line:
    """The connection of a drop, opened when it is needed and again when it broke; shared by threads."""

    def __init__(self, drop: Drop, opener: Callable[[Drop], Remote]) -> None:
        self._drop, self._opener = drop, opener
        self._remote: Remote | None = None
        self._lock = threading.Lock()

    def get(self) -> Remote:
        """The open connection."""
        with self._lock:
            if self._remote is None:
                self._remote = self._opener(self._drop)
            return self._remote

    def broken(self, remote: Remote) -> None:
        """A call on it failed: the next `get` opens a new one."""
        with self._lock:
            if self._remote is remote:
                self._remote = None
                remote.close()

    def ask(self, call: Callable[[Remote], Any]) -> Any:
        """The result of a call on the open connection; a connection on which it failed is not used again."""
        remote = self.get()
        try:
            return call(remote)
        except TryAgain:
            self.broken(remote)
            raise

    def close(self) -> None:
        """Let it go."""
        with self._lock:
            if self._remote is not None:
                self._remote.close()
                self._remote = None
