"""Which writers run, in how many processes, and which of their files are kept."""

import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from simulator.exports.context import Export

Writer = Callable[[Export], Iterator[Path]]
WORTH_LINES = 150_000
"""Below so many order lines in the span a second process costs more than it saves."""
HEAVY = ("web", "douyin_api", "douyin_orders", "erp_stock_out", "comments")
"""Modules whose files are the largest: they start first, so that no process waits for one of them at the end."""


def run_writers(export: Export, writers: list[Writer], processes: int | None = None) -> Iterator[Path]:
    """The paths that the writers write, in the order of the writers whatever the number of processes.

    `processes` None takes what the machine has, at most two, for a large span, and one for a small one.
    """
    count = processes or _worth(export)
    if count == 1 or not hasattr(os, "fork"):
        for write in writers:
            yield from write(export)
        return
    # The children share what is made before they start: they are told by its number what to write, for a task that
    # carries the world would be copied for every writer.
    export.world.warm(export.since, export.until)
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(count, mp_context=fork, initializer=_inherit, initargs=(writers, export)) as pool:
        first = sorted(range(len(writers)), key=lambda i: _weight(writers[i]))
        running = {i: pool.submit(_paths, i) for i in first}
        for i in range(len(writers)):
            yield from running[i].result()


_inherited: list = []


def _inherit(writers: list[Writer], export: Export) -> None:
    _inherited[:] = [writers, export]


def _paths(number: int) -> list[Path]:
    writers, export = _inherited
    return list(writers[number](export))


def _weight(write: Writer) -> int:
    module = write.__module__.rsplit(".", 1)[-1]
    return HEAVY.index(module) if module in HEAVY else len(HEAVY)


def _worth(export: Export) -> int:
    large = export.days * export.world.orders_per_day >= WORTH_LINES
    return min(2, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1) if large else 1


@dataclass(frozen=True)
class Wanted:
    """The datasets (source.dataset) or sources that a caller asked for; empty = everything."""

    names: tuple[str, ...]

    def writer(self, name: str) -> bool:
        """Whether a writer of this name (a source, or source.dataset) may write something that was asked for."""
        source = name.split(".")[0]
        return not self.names or any(asked.split(".")[0] == source for asked in self.names)

    def check_sources(self, sources: set[str]) -> None:
        """Raises ValueError for a source that no writer knows."""
        unknown = sorted(asked for asked in self.names if asked.split(".")[0] not in sources)
        if unknown:
            raise ValueError(f"nothing writes {', '.join(unknown)}; sources: {', '.join(sorted(sources))}")

    def check_found(self, written: list[Path], inbox: Path) -> None:
        """Raises ValueError for a name that stands for none of the files."""
        found = {".".join(path.relative_to(inbox).parts[:2]) for path in written}
        found |= {name.split(".")[0] for name in found}
        missing = sorted(set(self.names) - found)
        if missing:
            raise ValueError(f"no file of {', '.join(missing)} belongs to these days; check the name of the dataset")

    @contextmanager
    def folder(self, inbox: Path) -> Iterator[Path]:
        """Where the writers write: the inbox itself, or a folder beside it (the same disk) that goes away at the end."""
        if not self.names:
            yield inbox
            return
        inbox.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".simulate-", dir=inbox.parent) as aside:
            yield Path(aside)

    def keep(self, path: Path, aside: Path, inbox: Path) -> Path | None:
        """The place of a file in the inbox, moved there when it was written aside; None for one nobody asked for."""
        parts = path.relative_to(aside).parts
        if self.names and not {parts[0], ".".join(parts[:2])} & set(self.names):
            path.unlink()
            return None
        place = inbox.joinpath(*parts)
        if place != path:
            place.parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, place)
        return place
