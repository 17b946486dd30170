"""Landing one file: original bytes kept, typed rows to raw, bad rows to quarantine, one ledger row written last.

The order of writing is landing, quarantine, raw, ledger. Each is put in place by rename and named by the content's hash, so a
second try after a crash writes the same things again. What the ledger does not name does not exist for the build.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ingest import ledger
from ingest.contract import Contract, load_contract
from ingest.errors import Refused
from ingest.export_time import export_time, time_in_name
from ingest.files import content_hash, kind_of, safe_name, shown_name
from ingest.home import copy_file, landing, put_in_place, quarantine_object, raw_object, replacing
from ingest.ledger import Load
from ingest.protect import identity_key, masked, masked_cell, masked_record, prepare
from ingest.readers import Table, open_table
from ingest.statement import Statement, build_statement, control_column
from ingest.typing_sql import literal

if TYPE_CHECKING:
    import duckdb

BEIJING = ZoneInfo("Asia/Shanghai")
#: small groups and this much memory, of which a quarter is used: with less, DuckDB writes the groups with one thread
_ROW_GROUP = 30_720
_MEMORY = "2GB"
#: what a spreadsheet makes of a long id
_SCIENTIFIC = re.compile(r"[\d.]+(?:[eE][+-]?\d+)?")


@dataclass
class _Outcome:
    """What the statement made of a file, before anything is put in place."""

    loaded: int
    quarantined: list[dict[str, Any]]
    non_data: int
    records: int
    encoding: str
    notes: list[str]


def land_file(path: Path, source: str, dataset: str, home: Path, *, contract: Contract | None = None) -> Load:
    """Land one file and return its ledger row (status loaded, duplicate or refused); never raises for bad data.

    path: any file; it stays where it is. Raises KeyError for an unknown dataset, OSError for a full disk or missing rights.
    """
    contract = contract or load_contract(source, dataset)
    started = time.perf_counter()
    named = time_in_name(shown_name(path), contract)
    # the same bytes in another dataset are another load (mostly one that is refused), and so are the same bytes exported at
    # another time: an unchanged stock is a new fact, and an export that is back to an older state is the newest version
    load_id = content_hash(path, contract.name, *([named.isoformat()] if named else []))
    known = ledger.find_load(home, load_id)
    load = _blank(contract, load_id, path)
    if known and known.status == "loaded":
        load = replace(load, load_id=_duplicate_id(home, load_id), status="duplicate", encoding=known.encoding, exported_at=known.exported_at, rows_hash=known.rows_hash, reason=f"the same bytes were loaded as {known.file_name} ({load_id})")  # fmt: skip
    else:
        # the copy goes on beside the reading; nothing is put in place before it has ended
        with ThreadPoolExecutor(1) as aside:
            kept = aside.submit(copy_file, path, landing(home, source, dataset, load_id) / safe_name(shown_name(path)))
            try:
                load = _load(path, contract, home, load, kept)
            except Refused as refusal:
                load = replace(load, status="refused", reason=refusal.describe())
            kept.result()
    load = replace(load, seconds=round(time.perf_counter() - started, 3))
    ledger.write_load(home, load)
    return load


def _blank(contract: Contract, load_id: str, path: Path) -> Load:
    now = dt.datetime.now(BEIJING).replace(tzinfo=None)
    return Load(
        load_id=load_id, source=contract.source, dataset=contract.dataset, file_name=masked(shown_name(path), limit=200), status="loaded", rows_read=0,
        rows_loaded=0, rows_quarantined=0, rows_non_data=0, encoding="", exported_at=None, loaded_at=now, seconds=0.0,
        bytes=path.stat().st_size, rows_hash="", first_data_date=None, last_data_date=None, reason="", notes="",
    )  # fmt: skip


def _duplicate_id(home: Path, load_id: str) -> str:
    number = 2
    while ledger.find_load(home, f"{load_id}~{number}"):
        number += 1
    return f"{load_id}~{number}"


def connect(home: Path, scratch: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory, bounded, spilling into `scratch`, in Beijing time, that never loads an extension by itself."""
    import duckdb

    connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    limit = os.environ.get("FUPAN_LOAD_MEMORY", _MEMORY)
    connection.execute(
        f"set memory_limit = {literal(limit)}; set temp_directory = {literal(str(scratch / 'spill'))}; set timezone = 'Asia/Shanghai'"
    )
    # a filter pushed down through the layers of the statement would compute every expression again, inlined: 20 times slower;
    # an IN list per column turned into a join per column would take the memory of sixty hash tables
    connection.execute("set disabled_optimizers = 'filter_pushdown,in_clause'")
    prepare(connection, identity_key(home))
    return connection


def _load(path: Path, contract: Contract, home: Path, load: Load, kept: Future[None]) -> Load:
    temporary = home / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f"load-{load.load_id[:8]}-", dir=temporary))
    try:
        with connect(home, scratch) as connection:
            return _typed(path, contract, home, load, connection, scratch, kept)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _typed(
    path: Path,
    contract: Contract,
    home: Path,
    load: Load,
    connection: duckdb.DuckDBPyConnection,
    scratch: Path,
    kept: Future[None],
) -> Load:
    # DuckDB takes only paths that are UTF-8; the copy in landing always has one
    landed = landing(home, load.source, load.dataset, load.load_id) / safe_name(shown_name(path))
    readable = path if shown_name(path) == path.name else landed
    table = open_table(readable, kind_of(readable), contract, connection, scratch)
    parquet = scratch / "rows.parquet"
    outcome = _convert(table, contract, load, connection, parquet)
    facts = _facts(parquet, contract, connection)
    load = replace(
        load, rows_read=outcome.records, rows_loaded=outcome.loaded, rows_quarantined=len(outcome.quarantined), rows_non_data=outcome.non_data,
        encoding=outcome.encoding, exported_at=export_time(shown_name(path), facts["newest"], contract) or load.loaded_at,
        is_dated=time_in_name(shown_name(path), contract) is not None, rows_hash=facts["rows_hash"],
        first_data_date=facts["first"], last_data_date=facts["last"], notes="; ".join(outcome.notes),
    )  # fmt: skip
    # a twin with rows in quarantine is loaded all the same: those rows would be out of sight otherwise
    twin = None if outcome.quarantined else _twin(home, load)
    if twin:
        return replace(
            load, status="duplicate", rows_read=0, rows_loaded=0, rows_quarantined=0, rows_non_data=0,
            reason=f"the same rows were loaded from {twin.file_name} ({twin.load_id})",
        )  # fmt: skip
    kept.result()
    _write_quarantine(home, load, outcome.quarantined)
    put_in_place(parquet, raw_object(home, load.source, load.dataset, load.load_id))
    return load


def _convert(
    table: Table, contract: Contract, load: Load, connection: duckdb.DuckDBPyConnection, parquet: Path
) -> _Outcome:
    """Run the statement; when the strict reader stumbles or the counts disagree, once more over the careful reader."""
    import duckdb

    try:
        return _counted(table, contract, load, connection, parquet)
    except (
        duckdb.InvalidInputException,
        duckdb.ConversionException,
        duckdb.OutOfRangeException,
        _Miscounted,
    ) as problem:
        if table.fallback is None:
            raise Refused(
                f"the file cannot be read: {masked(str(problem).splitlines()[0], limit=160)}", hint="export it again"
            ) from None
    table = table.fallback()
    try:
        return _counted(table, contract, load, connection, parquet)
    except _Miscounted as problem:
        raise Refused(str(problem), hint="please report this file's layout; nothing of it was loaded") from None


class _Miscounted(Exception):
    """The law of counting does not hold."""


def _counted(
    table: Table, contract: Contract, load: Load, connection: duckdb.DuckDBPyConnection, parquet: Path
) -> _Outcome:
    expected = table.records - table.non_data - len(table.spoiled)
    statement = build_statement(contract, table, load.load_id, load.file_name)
    loaded = _write(connection, statement, parquet)
    damaged = _rounded_ids(contract, connection, parquet) if loaded else frozenset()
    if damaged:
        statement = build_statement(contract, table, load.load_id, load.file_name, damaged)
        loaded = _write(connection, statement, parquet)
    outcome = _Outcome(
        loaded, _spoiled(table), table.non_data, table.records, table.encoding or "", _notes(table, contract)
    )
    if loaded != expected:
        _sort_rejected(connection, statement, outcome, contract, table, damaged, parquet)
    if outcome.loaded + len(outcome.quarantined) + outcome.non_data != outcome.records:
        raise _Miscounted(
            f"the law of counting does not hold: {outcome.records} records = {outcome.loaded} loaded + "
            f"{len(outcome.quarantined)} quarantined + {outcome.non_data} non-data"
        )
    _refuse_spoiled_file(outcome, contract)
    if not outcome.loaded and not contract.options.get("allowEmpty"):
        raise Refused("the file has a header and no rows", hint="this dataset always has rows; export it again")
    return outcome


def _write(connection: duckdb.DuckDBPyConnection, statement: Statement, parquet: Path) -> int:
    """Run the COPY and return the rows that are in the file: the table is counted, never the reader."""
    connection.execute(
        f"copy (\n{statement.good}\n) to {literal(str(parquet))} (format parquet, row_group_size {_ROW_GROUP})"
    )
    return connection.execute(
        f"select coalesce(sum(num_rows), 0)::bigint from parquet_file_metadata({literal(str(parquet))})"
    ).fetchone()[0]


def _spoiled(table: Table) -> list[dict[str, Any]]:
    return [
        {
            "line": s.line,
            "column": None,
            "header": None,
            "value": masked_record(s.text),
            "reason": s.reason,
            "kind": "unreadable",
        }
        for s in table.spoiled
    ]


def _notes(table: Table, contract: Contract) -> list[str]:
    notes = list(table.notes)
    if table.match.extra:
        notes.append(f"unknown columns kept in _extra: {', '.join(table.match.extra)}")
    if table.match.dropped:
        notes.append(f"unknown columns dropped as personal: {', '.join(table.match.dropped)}")
    return notes


def _sort_rejected(
    connection: duckdb.DuckDBPyConnection, statement: Statement, outcome: _Outcome, contract: Contract, table: Table,
    damaged: frozenset[str], parquet: Path,
) -> None:  # fmt: skip
    """Second pass, only when something did not load: name every such row's line, column and reason; check total rows."""
    columns = {c.name: c for c in contract.columns}
    totals = []
    for line, verdict, name, value, stated in connection.execute(statement.rejected).fetchall():
        if verdict == "other_header":
            raise Refused(
                "a second header with other columns or another order stands among the rows",
                line=line,
                hint="two files were joined; load them one by one",
            )
        if verdict != "quarantine":
            outcome.non_data += 1
            if verdict == "total":
                totals.append((line, stated))
            continue
        column = columns[name] if name else None
        reason, kind = _why(column, value, name in damaged)
        shown = "" if column is not None and column.protect else masked_cell(value)
        outcome.quarantined.append(
            {
                "line": line,
                "column": name,
                "header": column.header if column else None,
                "value": shown,
                "reason": reason,
                "kind": kind,
            }
        )
    _check_totals(connection, totals, outcome, contract, table, parquet)


def _why(column: Any, value: str | None, damaged: bool) -> tuple[str, str]:
    if column is None:
        return "the row is not data of this table", "not_a_row"
    if value is None:
        return f"required {column.header} is empty", "missing"
    if column.kind == "id" and (damaged or _SCIENTIFIC.fullmatch(value)):
        return (
            f"{column.header} was rounded by a spreadsheet: the id cannot be repaired; export again without opening it in Excel",
            "mangled_id",
        )
    return f"{column.header} is not a {column.kind}", f"not_{column.kind}"


def _check_totals(
    connection: duckdb.DuckDBPyConnection,
    totals: list,
    outcome: _Outcome,
    contract: Contract,
    table: Table,
    parquet: Path,
) -> None:
    """A 合计 row is a control total: the rows above it must add up to it, to half a unit of rounding per row."""
    column = control_column(contract, table)
    if column is None or not totals or outcome.quarantined:
        return
    from decimal import Decimal

    summed = connection.execute(
        f'select coalesce(sum("{column.name}"), 0) from read_parquet({literal(str(parquet))})'
    ).fetchone()[0]
    tolerance = Decimal("0.005") * max(1, outcome.loaded)
    parsed = [(line, _decimal(stated)) for line, stated in totals]
    whole = [(line, total) for line, total in parsed if total is not None]
    # joined exports have a total each; a grand total may follow: the rows must equal the sum of some or the last of them
    if not whole or abs(sum(t for _, t in whole) - summed) <= tolerance or abs(whole[-1][1] - summed) <= tolerance:
        return
    raise Refused(
        f"control total: the file states {whole[-1][1]} and its rows add up to {summed}", line=whole[-1][0], column=column.header,
        hint="the file was cut or edited; export it again",
    )  # fmt: skip


def _decimal(text: str | None):
    from decimal import Decimal, InvalidOperation

    try:
        return Decimal(re.sub(r"[¥￥,，元\s]", "", text or ""))
    except InvalidOperation:
        return None


def _refuse_spoiled_file(outcome: _Outcome, contract: Contract) -> None:
    bad, rows = len(outcome.quarantined), outcome.loaded + len(outcome.quarantined)
    share = float(contract.options.get("maxQuarantineShare", 0.2))
    if bad and bad > share * rows:
        first = outcome.quarantined[0]
        raise Refused(
            f"{bad} of {rows} rows do not convert, more than the contract's share of {share:.0%}; the first: {first['reason']}"
            + (f" ({first['value']!r})" if first["value"] else ""), line=first["line"], column=first["header"],
            hint="check the dataset, the layout and whether the file was opened in a spreadsheet",
        )  # fmt: skip


def _rounded_ids(contract: Contract, connection: duckdb.DuckDBPyConnection, parquet: Path) -> frozenset[str]:
    """Id columns in which more long ids end in zeros after the 15th digit than chance would leave there.

    A spreadsheet keeps 15 digits, so 6917926768823643751 becomes 6917926768823640000. By chance one id in 10^(digits-15) ends
    so; a required id is suspect when the count has a Poisson tail under 1 %. Ids of few products or accounts are left alone:
    one of them may well end so, in every file.
    """
    import math

    suspects = set()
    for column in (c for c in contract.kept if c.kind == "id" and c.required and not c.protect):
        if not _many_zeros(column.name, connection, parquet):
            continue
        zeros, chance = connection.execute(
            f"""select count(*) filter (where regexp_full_match(substr(i, 16), '0+')), coalesce(sum(power(10.0, 15 - length(i))), 0)
            from (select distinct "{column.name}" as i from read_parquet({literal(str(parquet))}))
            where length(i) between 17 and 19 and regexp_full_match(i, '[0-9]+')"""
        ).fetchone()
        if zeros and 1 - sum(math.exp(-chance) * chance**k / math.factorial(k) for k in range(min(zeros, 100))) < 0.01:
            suspects.add(column.name)
    return frozenset(suspects)


def _many_zeros(name: str, connection: duckdb.DuckDBPyConnection, parquet: Path) -> bool:
    """A cheap look over rows, not distinct ids: whether more of them end so than three standard deviations allow."""
    lengths = {17: 2, 18: 3, 19: 4}
    ends = " or ".join(f"(length(i) = {n} and suffix(i, '{'0' * z}'))" for n, z in lengths.items())
    chance = " ".join(f"when {n} then 1e-{z}" for n, z in lengths.items())
    zeros, expected = connection.execute(
        f"select count(*) filter (where {ends}), coalesce(sum(case length(i) {chance} else 0 end), 0) "
        f'from (select "{name}" as i from read_parquet({literal(str(parquet))}))'
    ).fetchone()
    return zeros > expected + 3 * expected**0.5


def _facts(parquet: Path, contract: Contract, connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """newest: the latest moment inside; first/last: of the data date; rows_hash: the same for the same rows in any order."""
    moments = [f'max("{c}")' for c in contract.options.get("contentTime", ())]
    newest = f"greatest({', '.join(moments)})" if moments else "null::timestamp"
    day = contract.options.get("dataDate")
    span = f'min("{day}"), max("{day}")' if day else "null::timestamp, null::timestamp"
    columns = ", ".join(f'"{c.name}"' for c in contract.kept)
    row = connection.execute(
        f"select {newest}, {span}, coalesce(sum(hash({columns}, _extra)::hugeint), 0)::varchar, count(*) from read_parquet({literal(str(parquet))})"
    ).fetchone()
    return {"newest": row[0], "first": row[1], "last": row[2], "rows_hash": f"{row[4]}:{row[3]}"}


def _twin(home: Path, load: Load) -> Load | None:
    """A load of the same dataset with the same rows and the same export time, in whatever order or file format."""
    if not load.rows_loaded:
        return None
    return next(
        (x for x in ledger.read_loads(home) if x.status == "loaded" and x.load_id != load.load_id and (x.source, x.dataset) == (load.source, load.dataset)
         and x.rows_hash == load.rows_hash and x.exported_at == load.exported_at), None,
    )  # fmt: skip


def _write_quarantine(home: Path, load: Load, rows: list[dict[str, Any]]) -> None:
    """quarantine/<source>/<dataset>/<load_id>.parquet: load_id, source_file, line, column, header, value (masked), reason, kind."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    target = quarantine_object(home, load.source, load.dataset, load.load_id)
    if not rows:
        target.unlink(missing_ok=True)
        return
    named = [
        {"load_id": load.load_id, "source": load.source, "dataset": load.dataset, "source_file": load.file_name, **r}
        for r in rows
    ]
    texts = ("load_id", "source", "dataset", "source_file")
    schema = pa.schema(
        [
            *((n, pa.string()) for n in texts),
            ("line", pa.int64()),
            *((n, pa.string()) for n in ("column", "header", "value", "reason", "kind")),
        ]
    )
    with replacing(target) as parquet:
        pq.write_table(pa.Table.from_pylist(named, schema=schema), parquet)
