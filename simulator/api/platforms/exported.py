"""What the simulated platforms answer from: the items of the files that the exports write, as known on a day.

An interface and an export of one platform tell the same facts, so the interfaces here answer from the exports' own JSON, cut,
filtered and paged as the platform does it. Quirks are off, save those that the interfaces have themselves.
"""

import json
from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from simulator.exports import WRITERS
from simulator.exports.context import Export
from simulator.world import World

Item = dict[str, Any]
QUIRKS = frozenset({"mixed_time_types", "merged_order_ids", "repeated_track_event", "courier_phones"})


@lru_cache(maxsize=16)
def documents(world: World, dataset: str, since: date, until: date) -> tuple[Item, ...]:
    """The JSON documents (pages or items, file by file in the order of their names) of a dataset's export of since..until.

    Days outside the world are cut off; no document when none is left. Raises KeyError where nothing writes the dataset.
    """
    first, last = max(since, world.first_day), min(until, world.last_day)
    if first > last:
        return ()
    source, name = dataset.split(".")
    found: list[Item] = []
    with TemporaryDirectory(prefix="fupan-simulated-") as folder:
        for write in _writers(dataset):
            for _ in write(Export(world, Path(folder), first, last, QUIRKS)):
                pass
        for path in sorted((Path(folder) / source / name).glob("*.json*")):
            found.extend(_lines(path))
    return tuple(found)


def _writers(dataset: str) -> list[Callable[[Export], Iterator[Path]]]:
    """The writer that is named after the dataset, else all of its source."""
    source = dataset.split(".")[0]
    named = [write for name, write in WRITERS if name == dataset]
    found = named or [write for name, write in WRITERS if name.split(".")[0] == source]
    if not found:
        raise KeyError(f"no writer for {dataset}; there are: {', '.join(name for name, _ in WRITERS)}")
    return found


def _lines(path: Path) -> Iterator[Item]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".jsonl":
        yield from (json.loads(line) for line in text.splitlines() if line.strip())
        return
    whole = json.loads(text)
    yield from whole if isinstance(whole, list) else [whole]


def within(items: list[Item], moment: Callable[[Item], str], first: str, last: str) -> list[Item]:
    """The items whose moment (YYYY-MM-DD HH:MM:SS) lies in first..last, both included."""
    return [item for item in items if first <= moment(item) <= last]


def page_of(items: list[Item], number: int, size: int) -> list[Item]:
    """Page `number` (from 0) of `size` items; empty past the end."""
    return items[number * size : (number + 1) * size]
