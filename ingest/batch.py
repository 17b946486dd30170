"""Many small files of one dataset at once: one statement for all that share a header, one flush of the disk for all.

Planning and starting the statement of a 74-column export costs a hundred milliseconds, whatever it reads; for files of fifty rows
that is all the cost there is. So small files are read in Python, typed by one statement that carries the file's number along,
and taken apart again: each has its own objects and its own ledger row, with the same bytes as if it had come alone.

The order of writing holds for the batch: all original bytes are durable, then all quarantine, then all raw objects, then
the ledger rows. A crash in between loses nothing: what the ledger does not name does not exist, the files still lie in the inbox,
and the next try writes the same objects again. What cannot be settled here, because it is to be refused or does not count, is left
to the ordinary way.
"""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest import ledger
from ingest.contract import Contract
from ingest.counting import Miscounted, Outcome, begun, checked_ids, rounded_ids, settle, sum_of, too_many_zeros_sql
from ingest.describe import as_twin, blank, described, facts_sql, identify, kept_path, write_quarantine
from ingest.errors import Refused
from ingest.export_time import values_in_name
from ingest.files import kind_of
from ingest.given import Given
from ingest.headers import match
from ingest.home import copy_bytes, put_all_in_place, raw_object
from ingest.known import hash_sql
from ingest.ledger import Load
from ingest.readers import Table
from ingest.statement import build_statement
from ingest.typing_sql import literal

if TYPE_CHECKING:
    from ingest.landing import Landing
    from ingest.readers.text import Dialect

#: what is small, and how much of it is taken at once
SMALL_FILE = 512 * 1024
MOST_FILES = 200
MOST_BYTES = 8 * 1024 * 1024
_HEADER = 64 * 1024


@dataclass
class _Member:
    """One file of a batch: number: its place; rows: (line, cells), gone once they are typed."""

    number: int
    given: Given
    load: Load
    table: Table
    rows: list[tuple[int, list[str]]]
    outcome: Outcome | None = None
    rows_hash: str | None = None


@dataclass
class _Done:
    """What a batch is going to put in place."""

    members: list[_Member] = field(default_factory=list)
    objects: list[tuple[Path, Path]] = field(default_factory=list)


def batches(files: Iterable[Given], contract: Contract) -> Iterator[list[Given]]:
    """The files in their order, small ones in groups and others alone."""
    waiting: list[Given] = []
    size = 0
    for given in files:
        small = _is_small(given, contract)
        weight = given.path.stat().st_size if small else 0
        if waiting and (not small or len(waiting) >= MOST_FILES or size + weight > MOST_BYTES):
            yield waiting
            waiting, size = [], 0
        if small:
            waiting.append(given)
            size += weight
        else:
            yield [given]
    if waiting:
        yield waiting


def _is_small(given: Given, contract: Contract) -> bool:
    """Whether a file can go with others: a short text file. Rows that explain the header are told by their place in one file."""
    if given.refusal or contract.options.get("explainingRows") or given.path.stat().st_size > SMALL_FILE:
        return False
    try:
        return kind_of(given.path) == "csv"
    except Refused:
        return False


def land_together(room: Landing, files: Sequence[Given], contract: Contract) -> dict[int, Load]:
    """Land small files of one dataset; {place in `files`: ledger row} of those that are settled, the others are untouched."""
    started = time.perf_counter()
    duplicates: dict[int, Load] = {}
    seen: set[str] = set()
    groups: dict[Any, list[_Member]] = {}
    dialects: dict[bytes, Dialect] = {}
    for number, given in enumerate(files):
        load = blank(contract, identify(given, contract), given)
        if load.load_id in seen:
            continue  # the same bytes twice in one batch: the second is told when the first is loaded
        seen.add(load.load_id)
        if known := room.loaded_before(load):
            duplicates[number] = room.duplicate(load, known)
            continue
        try:
            table, rows = _read(given.path, contract, dialects)
        except Refused:
            continue
        signature = (table.header_cells, tuple(values_in_name(load.file_name, contract).items()))
        groups.setdefault(signature, []).append(_Member(number, given, load, table, rows))
    done = _Done()
    folder = Path(tempfile.mkdtemp(dir=room.scratch))
    room.connection.execute(
        "set threads = 1"
    )  # for rows so few, handing work from thread to thread costs more than it saves
    try:
        for place, members in enumerate(groups.values()):
            _type(room, members, contract, done, folder / f"rows{place}")
        _put_in_place(room, done, folder)
        spent = time.perf_counter() - started
        loads = duplicates | {m.number: m.load for m in done.members}
        loads = {n: replace(load, seconds=round(spent / len(loads), 3)) for n, load in sorted(loads.items())}
        ledger.write_loads(room.home, list(loads.values()), folder / "ledger", room.connection)
    finally:
        room.connection.execute("reset threads")
        shutil.rmtree(folder, ignore_errors=True)
    hashes = {m.number: m.rows_hash for m in done.members}
    for number, load in loads.items():
        room.known.add(load, hashes.get(number) if load.status == "loaded" else None)
    return loads


def _read(path: Path, contract: Contract, dialects: dict[bytes, Dialect]) -> tuple[Table, list[tuple[int, list[str]]]]:
    """A text file's rows, with what the reader counted. dialects: by the bytes of the first line, for files of one kind."""
    from ingest.readers.careful_csv import careful_rows
    from ingest.readers.text import recognise, unless_total

    data = path.read_bytes()
    first_line = data[: data.find(b"\n", 0, _HEADER) + 1]
    dialect = dialects.get(first_line) or recognise(path, contract)
    if first_line and dialect.header_line == 1 and dialect.encoding != "utf-16":
        dialects[first_line] = dialect
    found = match(dialect.cells, contract, line=dialect.header_line)
    quick = _plain_rows(data, dialect)
    if quick is not None:
        header, cut = tuple(dialect.cells), unless_total(data[-4:])
        table = Table("", "", found, len(quick), encoding=dialect.encoding, header_cells=header, unless_total=cut)
        return table, quick
    table, rows = careful_rows(path, dialect, found)
    return table, list(rows)


def _plain_rows(data: bytes, dialect: Dialect) -> list[tuple[int, list[str]]] | None:
    """The rows of a file in good order, every line a record as wide as the header; None for any other."""
    if dialect.header_line != 1 or dialect.encoding == "utf-16" or b"\x00" in data or data.count(b"\r") != data.count(b"\r\n"):  # fmt: skip
        return None
    try:
        text = data.decode(dialect.encoding)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=dialect.delimiter, strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None
    lines = text.count("\n") + (not text.endswith("\n"))
    width = len(dialect.cells)
    if len(rows) != lines or width < 2 or any(len(row) != width for row in rows):
        return None
    return list(enumerate(rows[1:], 2))


def _type(room: Landing, members: list[_Member], contract: Contract, done: _Done, folder: Path) -> None:
    """Type the rows of files with one header, settle each file's counts, and write the objects into `folder`."""
    first = members[0]
    _register(room, members)
    table = replace(first.table, select="select * from batch_rows", numbered="select * from batch_rows")
    statement = build_statement(contract, table, "", first.load.file_name, by_file=True)
    try:
        room.connection.execute(f"create or replace temp table batch_typed as {statement.good}")
        facts = _facts(room, contract)
        expected = {m.number: len(m.rows) for m in members}
        some_rejected = any(facts.get(n, (0,))[0] != rows for n, rows in expected.items())
        rejected: dict[int, list[tuple]] = {}
        for file, *row in room.query(statement.rejected) if some_rejected else ():
            rejected.setdefault(file, []).append(tuple(row))
        for member in members:
            member.rows = []
            _settle(room, member, expected[member.number], contract, facts, rejected, done)
        _write(room, [m for m in members if m.outcome and m.load.status == "loaded"], done, folder)
    finally:
        room.connection.unregister("batch_rows")
        room.connection.execute("drop table if exists batch_typed")


def _register(room: Landing, members: list[_Member]) -> None:
    import pyarrow as pa

    files = [m.number for m in members for _ in m.rows]
    lines = [line for m in members for line, _ in m.rows]
    width = len(members[0].table.header_cells)
    columns = list(zip(*(cells for m in members for _, cells in m.rows), strict=True)) or [()] * width
    arrays = [pa.array(files, pa.int64()), pa.array(lines, pa.int64()), *(pa.array(c, pa.string()) for c in columns)]
    names = ["_file", "_line", *(f"c{i}" for i in range(width))]
    room.connection.register("batch_rows", pa.Table.from_arrays(arrays, names=names))


def _facts(room: Landing, contract: Contract) -> dict[int, tuple]:
    """{file: (rows, newest, first, last, sum of the rows' hashes, whether ids may have been rounded)}."""
    rounded = " or ".join(map(too_many_zeros_sql, checked_ids(contract))) or "false"
    found = room.query(
        f"select _file, {facts_sql(contract)}, {hash_sql(contract)}, {rounded} from batch_typed group by _file"
    )
    return {file: tuple(row) for file, *row in found}


def _settle(
    room: Landing, member: _Member, expected: int, contract: Contract, facts: dict[int, tuple], rejected: dict[int, list[tuple]], done: _Done
) -> None:  # fmt: skip
    """Finish one file, or leave it to the ordinary way."""
    number = member.number
    loaded, newest, first, last, rows_hash, rounded = facts.get(number, (0, None, None, None, "0", False))
    rows = f"(select * from batch_typed where _file = {number})"
    if rounded and rounded_ids(contract, room.connection, rows):
        return
    try:
        outcome = settle(
            begun(member.table, contract, loaded), expected, contract, member.table, frozenset(), lambda: rejected.get(number, []),
            lambda name: sum_of(room.connection, name, rows),
        )  # fmt: skip
    except (Refused, Miscounted):
        return
    load = described(member.load, outcome, member.given, contract, (loaded, newest, first, last))
    twin = None
    if not outcome.quarantined:
        others = {_likeness(m.load): m for m in done.members if m.load.status == "loaded" and m.rows_hash == rows_hash}
        mate = others.get(_likeness(load)) if load.rows_loaded else None
        twin = mate.load if mate else room.known.twin(load, lambda: rows_hash, contract, room.query)
    member.outcome, member.rows_hash, member.load = outcome, rows_hash, as_twin(load, twin) if twin else load
    done.members.append(member)


def _write(room: Landing, members: list[_Member], done: _Done, folder: Path) -> None:
    """One object per file by one statement: the same bytes as by one statement each, at a third of the cost."""
    if not members:
        return
    most = max(m.number for m in members) + 1
    ids, names = ["null"] * most, ["null"] * most
    for m in members:
        ids[m.number], names[m.number] = literal(m.load.load_id), literal(m.load.file_name)
    stamp = f"([{', '.join(ids)}])[_file + 1] as _load_id, ([{', '.join(names)}])[_file + 1] as _source_file"
    chosen = ", ".join(str(m.number) for m in members)
    room.connection.execute(
        f"copy (select *, {stamp} from batch_typed where _file in ({chosen})) to {literal(str(folder))} (format parquet, partition_by (_file))"
    )
    for m in members:
        load = m.load
        written = folder / f"_file={m.number}" / "data_0.parquet"
        if not load.rows_loaded:  # a file without rows makes no partition
            written = folder / f"none{m.number}.parquet"
            stamps = f"{literal(load.load_id)} as _load_id, {literal(load.file_name)} as _source_file"
            room.connection.execute(f"copy (select * exclude (_file), {stamps} from batch_typed where false) to {literal(str(written))} (format parquet)")  # fmt: skip
        done.objects.append((written, raw_object(room.home, load.source, load.dataset, load.load_id)))


def _likeness(load: Load) -> tuple:
    return load.rows_loaded, load.exported_at


def _put_in_place(room: Landing, done: _Done, folder: Path) -> None:
    """Original bytes, then quarantine, then raw objects: each kind is durable before the next is begun."""
    copies = []
    for member in done.members:
        copy = folder / f"{member.number}.original"
        copy_bytes(member.given.path, copy)
        copies.append((copy, kept_path(room.home, member.load, member.given)))
    put_all_in_place(copies)
    for member in done.members:
        if member.load.status == "loaded":
            write_quarantine(room.home, member.load, member.outcome.quarantined if member.outcome else [])
    put_all_in_place(done.objects)
