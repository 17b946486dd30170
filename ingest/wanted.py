"""Looking for a person in everything that there is: texts, archives, workbooks, Parquet and DuckDB, by what they say and by their bytes."""

from __future__ import annotations

import gzip
import io
import mmap
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.typing_sql import literal

if TYPE_CHECKING:
    import duckdb

#: an id shorter than this stands in half of all files by chance; it is looked for in the columns of identities only
SHORTEST = 6
_PHONE = re.compile(r"1[3-9]\d{9}")
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"\xd0\xcf\x11\xe0")  # also what old workbooks keep their texts in
_DEEPEST = 3
_ENCODINGS = ("utf-8", "gb18030")
_ROUND = 24  # bytes round a mark: the rest of a phone with its country, and what stands before and after


def _escaped(text: str) -> str:
    """A literal text for Python's `re` and for RE2 alike."""
    return "".join("\\" + c if c.isascii() and not c.isalnum() and not c.isspace() else c for c in text)


def _spelt(text: str) -> list[str]:
    """The ways that JSON and addresses write a value."""
    return list(dict.fromkeys((text, text.replace("/", "\\/"), text.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"))))  # fmt: skip


def _look(text: str) -> str:
    """What a value looks like in a text: a phone in any spelling, and never as a part of a longer number or word."""
    if _PHONE.fullmatch(text):
        plain = rf"(?:(?:\+|00)?86[-\s]?)?{text[:3]}[-\s]?{text[3:7]}[-\s]?{text[7:]}"
        return rf"(^|[^0-9]){plain}($|[^0-9])"
    return rf"(^|[^0-9A-Za-z])(?:{'|'.join(map(_escaped, _spelt(text)))})($|[^0-9A-Za-z])"


def _marks(text: str) -> list[str]:
    """What stands in every spelling of a value without a change, so that it can be looked for as it is."""
    return [text[7:]] if _PHONE.fullmatch(text) else _spelt(text)


@dataclass(frozen=True)
class Wanted:
    """The values that are looked for: identities in clear, pseudonyms, customer keys."""

    values: frozenset[str]

    @cached_property
    def pattern(self) -> str:
        """One expression for Python and RE2; empty when nothing is long enough to be told in a text."""
        return "|".join(self.looks)

    @property
    def looks(self) -> list[str]:
        """The expression of each value that is long enough; its two groups are what stands before and after."""
        return [_look(v) for v in sorted(self.values) if len(v) >= SHORTEST]

    @cached_property
    def _in_bytes(self) -> list[tuple[bytes, re.Pattern[bytes]]]:
        """(a mark of a value, what the value looks like round it). Finding a mark is fifty times as quick as an expression."""
        return [
            (mark, re.compile(look))
            for value in sorted(v for v in self.values if len(v) >= SHORTEST)
            for mark, look in sorted({(m.encode(e), _look(value).encode(e)) for m in _marks(value) for e in _ENCODINGS})
        ]

    def _stands_in(self, data: bytes | mmap.mmap) -> bool:
        for mark, look in self._in_bytes:
            place = data.find(mark)
            while place >= 0:
                end = place + len(mark) + _ROUND
                found = look.search(data, max(0, place - _ROUND), end)
                if found and (found.end() < end or end >= len(data)):  # where the look ends is no end of a text
                    return True
                place = data.find(mark, place + 1)
        return False

    def in_text(self, text: str | None) -> bool:
        """Whether a text holds any of the values."""
        return bool(self.pattern and text and re.search(self.pattern, text))

    def in_bytes(self, data: bytes | mmap.mmap, depth: int = 0) -> bool:
        """Whether bytes hold any of them, in the bytes themselves or in what is packed in them."""
        if not self._in_bytes:
            return False
        if self._stands_in(data):
            return True
        head = data[:4]
        if head[:2] in _UTF16 or head in _UTF16:
            return self._stands_in(bytes(data[:]).replace(b"\0", b""))
        return depth < _DEEPEST and any(self.in_bytes(part, depth + 1) for part in _unpacked(data, head))

    def without(self, text: str, stand_in: str = "[forgotten]") -> str:
        """The text with every value replaced; twice, since two of them can share the blank between them."""
        for look in self.looks * 2:
            text = re.sub(look, lambda hit: f"{hit[1]}{stand_in}{hit[2]}", text)
        return text


def _unpacked(data: bytes | mmap.mmap, head: bytes) -> Iterator[bytes]:
    """The members of a zip (a workbook is one) or of a gz; nothing for what cannot be unpacked."""
    try:
        if head == b"PK\x03\x04":
            with zipfile.ZipFile(io.BytesIO(data[:])) as archive:
                for member in archive.infolist():
                    yield member.filename.encode()
                    yield archive.read(member)
        elif head[:2] == b"\x1f\x8b":
            yield gzip.decompress(data[:])
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError):
        return


def file_holds(path: Path, wanted: Wanted) -> bool:
    """Whether a file's name or bytes hold any of the values; Parquet and DuckDB need `tables_hold` besides."""
    if wanted.in_text(path.name):
        return True
    if path.stat().st_size == 0:
        return False
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return wanted.in_bytes(data)


def _says(connection: duckdb.DuckDBPyConnection, relation: str, wanted: Wanted, also: str = "") -> list[tuple]:
    columns = [row[0] for row in connection.execute(f"describe select * from {relation}").fetchall()]
    said = ", ".join(f'"{c}"::varchar' for c in columns if c != also) or "''"
    chosen = f'distinct "{also}"' if also else "1"
    return connection.execute(
        f"select {chosen} from {relation} where regexp_matches(concat_ws(chr(10), {said}), {literal(wanted.pattern)})"
    ).fetchall()


def parquet_holding(paths: Iterable[Path], wanted: Wanted) -> list[Path]:
    """The Parquet objects of which a row says any of the values."""
    import duckdb

    found = []
    folders: dict[Path, list[Path]] = {}
    for path in paths:
        folders.setdefault(path.parent, []).append(path)
    with duckdb.connect() as connection:
        for files in folders.values() if wanted.pattern else ():
            listed = ", ".join(literal(str(f)) for f in files)
            relation = f"read_parquet([{listed}], union_by_name = true, filename = '_path', hive_partitioning = false)"
            found += [Path(row[0]) for row in _says(connection, relation, wanted, "_path")]
    return sorted(found)


def database_holds(path: Path, wanted: Wanted) -> list[str]:
    """The tables of a DuckDB file, and comments, that say any of the values. Opened read-only."""
    import duckdb

    if not wanted.pattern:
        return []
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        found = [f"{s}.{t}" for s, t in tables if _says(connection, f'"{s}"."{t}"', wanted)]
        comments = "(select comment from duckdb_tables() union all select comment from duckdb_columns() union all select sql from duckdb_views())"
        return found + (["comments"] if _says(connection, comments, wanted) else [])
