"""Landing one file: original bytes kept, typed rows to raw, bad rows to quarantine, one ledger row written last.

The order of writing is landing, quarantine, raw, ledger. Each is put in place by rename and named by the content's hash, so a
second try after a crash writes the same things again. What the ledger does not name does not exist for the build.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ingest import ledger
from ingest.contract import Contract, load_contract
from ingest.counting import convert
from ingest.errors import Refused
from ingest.export_time import export_time, time_in_name
from ingest.files import content_hash, kind_of, safe_name, shown_name
from ingest.home import copy_file, landing, put_in_place, quarantine_object, raw_object, replacing
from ingest.ledger import Load
from ingest.protect import identity_key, masked, prepare
from ingest.readers import open_table
from ingest.typing_sql import literal

if TYPE_CHECKING:
    import duckdb

BEIJING = ZoneInfo("Asia/Shanghai")
#: a quarter of this is used: with less, DuckDB writes row groups with one thread
_MEMORY = "2GB"
#: what a spreadsheet makes of a long id


def land_file(path: Path, source: str, dataset: str, home: Path, *, contract: Contract | None = None) -> Load:
    """Land one file and return its ledger row (status loaded, duplicate or refused); never raises for bad data.

    path: any file; it stays where it is. Raises KeyError for an unknown dataset, OSError for a full disk or missing rights.
    """
    contract = contract or load_contract(source, dataset)
    started = time.perf_counter()
    named = time_in_name(shown_name(path), contract)
    # the same bytes in another dataset are another load (mostly one that is refused), and so are the same bytes exported at
    # another time: an unchanged stock is a new fact, and an export that is back to an older state is the newest version
    with ThreadPoolExecutor(1) as aside:
        hashed = aside.submit(content_hash, path, contract.name, *([named.isoformat()] if named else []))
        _warm_up()
        load_id = hashed.result()
    known = ledger.find_load(home, load_id)
    load = blank(contract, load_id, path)
    if known and known.status == "loaded":
        load = replace(load, load_id=_duplicate_id(home, load_id), status="duplicate", encoding=known.encoding, exported_at=known.exported_at, reason=f"the same bytes were loaded as {known.file_name} ({load_id})")  # fmt: skip
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


def _warm_up() -> None:
    """Import what reading needs while the file is being hashed, which leaves the interpreter free."""
    import duckdb  # noqa: F401
    import numpy  # noqa: F401


def blank(contract: Contract, load_id: str, path: Path) -> Load:
    now = dt.datetime.now(BEIJING).replace(tzinfo=None)
    return Load(
        load_id=load_id, source=contract.source, dataset=contract.dataset, file_name=masked(shown_name(path), limit=200), status="loaded", rows_read=0,
        rows_loaded=0, rows_quarantined=0, rows_non_data=0, encoding="", exported_at=None, loaded_at=now, seconds=0.0,
        bytes=path.stat().st_size, first_data_date=None, last_data_date=None, reason="", notes="",
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
    outcome = convert(table, contract, load, connection, parquet)
    facts = _facts(parquet, contract, connection)
    load = replace(
        load, rows_read=outcome.records, rows_loaded=outcome.loaded, rows_quarantined=len(outcome.quarantined), rows_non_data=outcome.non_data,
        encoding=outcome.encoding, exported_at=export_time(shown_name(path), facts["newest"], contract) or load.loaded_at,
        is_dated=time_in_name(shown_name(path), contract) is not None,
        first_data_date=facts["first"], last_data_date=facts["last"], notes="; ".join(outcome.notes),
    )  # fmt: skip
    # a twin with rows in quarantine is loaded all the same: those rows would be out of sight otherwise
    twin = None if outcome.quarantined else _twin(home, load, contract, connection, parquet)
    if twin:
        return replace(
            load, status="duplicate", rows_read=0, rows_loaded=0, rows_quarantined=0, rows_non_data=0,
            reason=f"the same rows were loaded from {twin.file_name} ({twin.load_id})",
        )  # fmt: skip
    kept.result()
    _write_quarantine(home, load, outcome.quarantined)
    put_in_place(parquet, raw_object(home, load.source, load.dataset, load.load_id))
    return load


def _facts(parquet: Path, contract: Contract, connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """newest: the latest moment inside; first/last: of the data date."""
    moments = [f'max("{c}")' for c in contract.options.get("contentTime", ())]
    newest = f"greatest({', '.join(moments)})" if moments else "null::timestamp"
    day = contract.options.get("dataDate")
    span = f'min("{day}"), max("{day}")' if day else "null::timestamp, null::timestamp"
    # count(*) makes it one row also where the contract names no moment
    row = connection.execute(f"select count(*), {newest}, {span} from read_parquet({literal(str(parquet))})").fetchone()
    return {"newest": row[1], "first": row[2], "last": row[3]}


def _twin(
    home: Path, load: Load, contract: Contract, connection: duckdb.DuckDBPyConnection, parquet: Path
) -> Load | None:
    """A load of the same dataset with the same rows and the same export time, in whatever order or file format.

    The rows are compared only where as many of the same time were loaded, by a sum of hashes, which no order changes.
    """
    import duckdb

    columns = ", ".join(f'"{c.name}"' for c in contract.kept)

    def rows_hash(rows: Path) -> str | None:
        summed = f"select coalesce(sum(hash({columns}, _extra)::hugeint), 0)::varchar from read_parquet({literal(str(rows))})"
        try:
            return connection.execute(summed).fetchone()[0]
        except duckdb.BinderException:  # an object of an older contract has other columns, so other rows
            return None

    alike = [
        x for x in ledger.read_loads(home)
        if x.status == "loaded" and x.load_id != load.load_id and (x.source, x.dataset) == (load.source, load.dataset)
        and x.rows_loaded == load.rows_loaded > 0 and x.exported_at == load.exported_at
    ]  # fmt: skip
    mine = rows_hash(parquet) if alike else ""
    return next((x for x in alike if rows_hash(raw_object(home, x.source, x.dataset, x.load_id)) == mine), None)


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
