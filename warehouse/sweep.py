"""Everything under FUPAN_HOME, looked through for a person; and what was written about them beside the data, cleaned of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ingest.durable import remove
from ingest.home import replacing
from ingest.typing_sql import literal
from ingest.wanted import Wanted, database_holds, file_holds, parquet_holding

_TEXTS = {".log", ".txt", ".json", ".jsonl", ".html", ".csv", ".md", ".yml", ".yaml", ".xml", ".out", ".err"}
#: made again by the next run, or by `make docs`
_MADE_AGAIN = ("tmp", "reports")


@dataclass
class Found:
    """hits: (file, table or nothing); files: how many were searched; unread: what this user may not read (PostgreSQL's own files)."""

    files: int = 0
    hits: list[tuple[Path, str]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def _files(home: Path, leave: Iterable[Path], unread: list[str] | None = None) -> Iterator[Path]:
    left = set(leave)
    folders = [home]
    while folders:
        folder = folders.pop()
        try:
            entries = sorted(folder.iterdir())
        except PermissionError:
            if unread is not None:
                unread.append(str(folder.relative_to(home)))
            continue
        for path in entries:
            if path.is_symlink() or path in left:
                continue
            if path.is_dir():
                folders.append(path)
            elif path.is_file():
                yield path


def search(home: Path, wanted: Wanted, leave: Iterable[Path] = ()) -> Found:
    """Look for the values in names, bytes, archives, workbooks, the rows of Parquet and the tables of DuckDB. Call under the lock."""
    found = Found()
    objects = []
    for path in _files(home, leave, found.unread):
        try:
            found.files += 1
            if file_holds(path, wanted):
                found.hits.append((path, ""))
            if path.suffix == ".parquet" and path.stat().st_size:
                objects.append(path)
            elif path.suffix == ".duckdb":
                found.hits += [(path, table) for table in database_holds(path, wanted)]
        except PermissionError:
            found.unread.append(str(path.relative_to(home)))
        except FileNotFoundError:  # a log that was turned, a temporary file
            continue
    found.hits += [(path, "") for path in parquet_holding(objects, wanted)]
    return found


def sweep(home: Path, wanted: Wanted, leave: Iterable[Path] = ()) -> int:
    """Clean logs, results of checks and reports of the values; how many files were changed or removed.

    Data are not touched: landing, raw, quarantine, the build and the versions have ways of their own.
    """
    data = {"landing", "raw", "quarantine", "inbox"}
    hits = [p for p, _ in search(home, wanted, leave).hits if p.relative_to(home).parts[0] not in data]
    return sum(_clean(home, path, wanted) for path in dict.fromkeys(hits))


def _clean(home: Path, path: Path, wanted: Wanted) -> bool:
    kind = path.relative_to(home).parts[0]
    if kind in _MADE_AGAIN:
        remove(path)
        return True
    if path.suffix == ".parquet":
        _clean_parquet(path, wanted)
        return True
    if path.suffix in _TEXTS and kind != "state":
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        with replacing(path) as temporary:
            temporary.write_text(wanted.without(text), encoding="utf-8", errors="surrogateescape")
        return True
    return False


def _clean_parquet(path: Path, wanted: Wanted) -> None:
    import duckdb

    source = f"read_parquet({literal(str(path))})"
    with duckdb.connect() as connection, replacing(path) as temporary:
        texts = [
            n for n, kind, *_ in connection.execute(f"describe select * from {source}").fetchall() if kind == "VARCHAR"
        ]
        cleaned = {n: f'"{n}"' for n in texts}
        for look in wanted.looks:
            for name, sql in cleaned.items():
                cleaned[name] = f"regexp_replace({sql}, {literal(look)}, '\\1[forgotten]\\2', 'g')"
        replaced = ", ".join(f'{sql} as "{n}"' for n, sql in cleaned.items())
        connection.execute(
            f"copy (select * replace ({replaced}) from {source}) to {literal(str(temporary))} (format parquet)"
        )
