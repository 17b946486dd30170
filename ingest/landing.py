"""Landing files: original bytes kept, typed rows to raw, bad rows to quarantine, one ledger row written last.

The order of writing is landing, quarantine, raw, ledger. Each is put in place by rename and named by the content's hash, so a
second try after a crash writes the same things again. What the ledger does not name does not exist for the build. Small files
that wait together are landed together (ingest/batch.py), in the same order of writing.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ingest import ledger
from ingest.contract import Contract, load_contract
from ingest.counting import convert
from ingest.describe import as_twin, blank, described, facts_sql, identify, kept_path, write_quarantine
from ingest.errors import Refused
from ingest.files import kind_of
from ingest.given import Given, plain
from ingest.home import copy_file, put_in_place, raw_object
from ingest.known import Known, rows_hash
from ingest.ledger import Load
from ingest.locks import scratch_folder
from ingest.protect import identity_key, prepare
from ingest.readers import Table, open_table
from ingest.suppression import listed
from ingest.typing_sql import literal

if TYPE_CHECKING:
    import duckdb

#: a quarter of this is used: with less, DuckDB writes row groups with one thread
MEMORY = "2GB"


def land_file(path: Path, source: str, dataset: str, home: Path, *, contract: Contract | None = None) -> Load:
    """Land one file and return its ledger row (status loaded, duplicate or refused); never raises for bad data.

    path: any file but an archive (see ingest.unpack); it stays where it is. Raises KeyError for an unknown dataset, OSError for
    a full disk or missing rights.
    """
    with Landing(home) as room:
        return room.land(plain(path), contract or load_contract(source, dataset))


class Landing:
    """The room that files are landed in: one DuckDB connection and one view of the ledger for all of them. A context manager."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.known = Known(home)
        self._scratch: Path | None = None
        self._open = ExitStack()
        self._connection: duckdb.DuckDBPyConnection | None = None

    def __enter__(self) -> Landing:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()
        self._open.close()

    @property
    def scratch(self) -> Path:
        """A folder of its own under the home, gone at the end."""
        if self._scratch is None:
            self._scratch = self._open.enter_context(scratch_folder(self.home, "load"))
        return self._scratch

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The DuckDB of this room."""
        if self._connection is None:
            self._connection = connect(self.home, self.scratch)
        return self._connection

    def query(self, sql: str) -> list[tuple]:
        """All rows of a query."""
        return self.connection.execute(sql).fetchall()

    def land(self, given: Given, contract: Contract) -> Load:
        """Land one file; as `land_file`."""
        started = time.perf_counter()
        # the copy goes on beside the reading; nothing is put in place before it has ended
        folder = Path(tempfile.mkdtemp(dir=self.scratch))
        try:
            with ThreadPoolExecutor(1) as aside:
                hashed = aside.submit(identify, given, contract)
                _warm_up()
                opened = self._opened_early(given, contract, folder)
                load = blank(contract, hashed.result(), given)
                if known := self.loaded_before(load):
                    load = self.duplicate(load, known)
                else:
                    kept = aside.submit(copy_file, given.path, kept_path(self.home, load, given))
                    load = self._read(given, contract, load, folder, opened, kept)
                    kept.result()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return self.write(load, started)

    def land_all(self, files: Iterable[Given], contract: Contract) -> Iterator[tuple[Given, Load]]:
        """Land files of one dataset, small ones together; each is told once it is in the ledger, in the order of landing."""
        from ingest.batch import batches, land_together

        for batch in batches(files, contract):
            done = land_together(self, batch, contract) if len(batch) > 1 else {}
            for number, given in enumerate(batch):
                yield given, done[number] if number in done else self.land(given, contract)

    def loaded_before(self, load: Load) -> Load | None:
        """The load of the same bytes, dataset and export time, if they were loaded."""
        known = self.known.find(load.load_id)
        return known if known and known.status == "loaded" else None

    def duplicate(self, load: Load, known: Load) -> Load:
        """The row of a file that was loaded before, under an id of its own."""
        number = 2
        while self.known.find(f"{load.load_id}~{number}"):
            number += 1
        return replace(
            load, load_id=f"{load.load_id}~{number}", status="duplicate", encoding=known.encoding, exported_at=known.exported_at,
            reason=f"the same bytes were loaded as {known.file_name} ({known.load_id})",
        )  # fmt: skip

    def write(self, load: Load, started: float) -> Load:
        """Write the ledger row, which is the end of a load; returns it with its seconds."""
        load = replace(load, seconds=round(time.perf_counter() - started, 3))
        ledger.write_load(self.home, load)
        self.known.add(load)
        return load

    def _opened_early(self, given: Given, contract: Contract, folder: Path) -> Table | Refused | None:
        """A text file, opened (decoded and counted) while it is being hashed, or why it is refused; None for any other file,
        of which more is read at once: too much for one that turns out to be a duplicate.
        """
        if given.refusal:
            return None
        try:
            return self._table(given, contract, folder) if kind_of(given.path) == "csv" else None
        except Refused as refusal:
            return refusal

    def _table(self, given: Given, contract: Contract, folder: Path) -> Table:
        return open_table(_readable(given, folder), kind_of(given.path), contract, self.connection, folder)

    def _read(
        self, given: Given, contract: Contract, load: Load, folder: Path, opened: Table | Refused | None, kept: Future[None]
    ) -> Load:  # fmt: skip
        try:
            if refusal := given.refusal or (opened if isinstance(opened, Refused) else None):
                raise refusal
            return self._typed(given, contract, load, folder, opened or self._table(given, contract, folder), kept)
        except Refused as refusal:
            return replace(load, status="refused", reason=refusal.describe())

    def _typed(
        self, given: Given, contract: Contract, load: Load, folder: Path, table: Table, kept: Future[None]
    ) -> Load:
        parquet = folder / "rows.parquet"
        outcome = convert(table, contract, load, self.connection, parquet)
        rows = f"read_parquet({literal(str(parquet))})"
        load = described(load, outcome, given, contract, self.query(f"select {facts_sql(contract)} from {rows}")[0])
        # a twin with rows in quarantine is loaded all the same: those rows would be out of sight otherwise
        twin = None
        if not outcome.quarantined:
            twin = self.known.twin(load, lambda: rows_hash(rows, contract, self.query), contract, self.query)
        if twin:
            return as_twin(load, twin)
        kept.result()
        write_quarantine(self.home, load, outcome.quarantined)
        put_in_place(parquet, raw_object(self.home, load.source, load.dataset, load.load_id))
        return load


def _readable(given: Given, folder: Path) -> Path:
    """The file under a path that DuckDB takes, which is UTF-8 and no pattern: a link to it where its own is not."""
    spelt = os.fsencode(given.path)
    try:
        plain_path = not set(spelt.decode("utf-8")) & set("*?[]{}\n")
    except UnicodeDecodeError:
        plain_path = False
    if plain_path:
        return given.path
    link = folder / "file"
    link.symlink_to(given.path.absolute())
    return link


def _warm_up() -> None:
    """Import what reading needs while the file is being hashed, which leaves the interpreter free."""
    import duckdb  # noqa: F401
    import numpy  # noqa: F401


def connect(home: Path, scratch: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory, bounded, spilling into `scratch`, in Beijing time, that never loads an extension by itself."""
    import duckdb

    connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    limit = os.environ.get("FUPAN_LOAD_MEMORY", MEMORY)
    connection.execute(
        f"set memory_limit = {literal(limit)}; set temp_directory = {literal(str(scratch / 'spill'))}; set timezone = 'Asia/Shanghai'"
    )
    # a filter pushed down through the layers of the statement would compute every expression again, inlined: 20 times slower;
    # an IN list per column turned into a join per column would take the memory of sixty hash tables
    connection.execute("set disabled_optimizers = 'filter_pushdown,in_clause'")
    prepare(connection, identity_key(home), listed(home))
    return connection
