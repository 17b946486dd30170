"""Many small raw objects read as one: a rebuild after years opens hundreds of files and not tens of thousands.

A bundle repeats the rows of some objects of one dataset, each with its number in its own object, so the rows mean what they meant.
The objects stay, each alone: a person is forgotten, a file read again or withdrawn in its own object. A bundle tells which objects
it repeats, and as they were: when one of them was written again, the bundle is not read, and goes with the next maintenance. All
bundles may be deleted at any time.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from ingest.durable import remove, remove_folder
from ingest.home import raw_object, replacing
from ingest.ledger import Load
from ingest.typing_sql import literal

#: the column of a bundle that holds a row's number in its own object, from 0
ROW = "_object_row"
_DAYS = 30
_FEWEST, _MOST = 50, 1_000  # objects of a bundle
_SMALL = 4 * 1024**2  # bytes; what is larger is no dearer to open than to read


def bundle(home: Path, loads: Iterable[Load], now: dt.datetime, days: int = _DAYS) -> int:
    """Bundle the small objects of loads older than `days` (now: Beijing wall time); returns how many became part of one.

    Call under the warehouse's lock. Bundles of objects that have changed are removed first; a cut in between leaves nothing that is read.
    """
    waiting: dict[tuple[str, str], list[Path]] = {}
    for load in loads:
        path = raw_object(home, load.source, load.dataset, load.load_id)
        if load.status == "loaded" and load.loaded_at < now - dt.timedelta(days=days) and path.exists():
            waiting.setdefault((load.source, load.dataset), []).append(path)
    made = 0
    for (source, dataset), objects in waiting.items():
        folder = _folder(home, source, dataset)
        _remove_stale(folder, objects[0].parent)
        bundled = {name for _, members in _bundles(folder) for name in members}
        small = sorted(p for p in objects if p.name not in bundled and p.stat().st_size <= _SMALL)
        for first in range(0, len(small), _MOST):
            members = small[first : first + _MOST]
            if len(members) >= _FEWEST:
                _write(folder, members)
                made += len(members)
    return made


def as_bundled(home: Path, source: str, dataset: str, objects: Sequence[Path]) -> list[Path]:
    """The files to read for some raw objects of a dataset: bundles that repeat them as they are now, and the other objects.

    A bundle may hold rows of other loads too: whoever reads it picks by _load_id.
    """
    if 2 * len(objects) <= _FEWEST:
        return list(objects)  # a day's run: no bundle is mostly of so few, and none need be looked at
    wanted = {p.name: p for p in objects}
    chosen: list[Path] = []
    for path, members in _bundles(_folder(home, source, dataset)):
        mine = members.keys() & wanted.keys()
        if 2 * len(mine) > len(members) and all(_as_it_was(wanted[name], members[name]) for name in mine):
            chosen.append(path)
            for name in mine:
                del wanted[name]
    return [*chosen, *wanted.values()]


def drop_bundles(home: Path) -> None:
    """Take all bundles away: their objects lose somebody, or get other keys."""
    folder = home / "warehouse" / "bundles"
    if folder.exists():
        remove_folder(folder)


def _folder(home: Path, source: str, dataset: str) -> Path:
    return home / "warehouse" / "bundles" / source / dataset


def _bundles(folder: Path) -> list[tuple[Path, dict[str, list[int]]]]:
    """(bundle, object -> its size and time of writing) of those that are finished: the list is put in place after the rows."""
    found = []
    for listed in sorted(folder.glob("*.json")):
        rows = listed.with_suffix(".parquet")
        if rows.exists():
            found.append((rows, json.loads(listed.read_text())))
    return found


def _remove_stale(folder: Path, raw: Path) -> None:
    """Remove bundles of objects that have changed or gone, and what a cut left of one."""
    whole = [
        path
        for path, members in _bundles(folder)
        if all(_as_it_was(raw / name, told) for name, told in members.items())
    ]
    for path in folder.glob("*"):
        if path.with_suffix(".parquet") not in whole:
            remove(path)


def _as_it_was(path: Path, told: list[int]) -> bool:
    try:
        return _stamp(path) == told
    except FileNotFoundError:
        return False


def _stamp(path: Path) -> list[int]:
    there = path.stat()
    return [there.st_size, there.st_mtime_ns]


def _write(folder: Path, members: list[Path]) -> None:
    import duckdb

    told = {p.name: _stamp(p) for p in members}
    name = hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
    listed = ", ".join(literal(str(p)) for p in members)
    rows = f"read_parquet([{listed}], union_by_name = true, file_row_number = true)"
    with duckdb.connect() as connection, replacing(folder / f"{name}.parquet") as temporary:
        connection.execute(
            f"copy (select * exclude (file_row_number), file_row_number as {ROW} from {rows}) to {literal(str(temporary))} (format parquet)"
        )
    with replacing(folder / f"{name}.json") as temporary:
        temporary.write_text(json.dumps(told))
