"""What is loaded already, as one pull sees it: the ledger is read once, and kept up to date with every row that is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ingest import ledger
from ingest.contract import Contract
from ingest.home import raw_object
from ingest.ledger import Load
from ingest.typing_sql import literal

Query = Callable[[str], list[tuple]]


class Known:
    """The loads of a home by id, and by what makes two of them alike. Only the holder of the source's lock may write meanwhile."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._all: dict[str, Load] | None = None
        self._alike: dict[tuple, list[Load]] = {}
        self._hashes: dict[str, str | None] = {}

    def find(self, load_id: str) -> Load | None:
        """The row of one load; before anything else was asked, only its own object is read."""
        return self._all.get(load_id) if self._all is not None else ledger.find_load(self._home, load_id)

    def read_all(self) -> None:
        """Read the whole ledger, once."""
        if self._all is None:
            self._all = {}
            for load in ledger.read_loads(self._home):
                self.add(load)

    def add(self, load: Load, rows_hash: str | None = None) -> None:
        """A row was written. rows_hash: the sum of its rows' hashes, where it is known."""
        if rows_hash is not None:
            self._hashes[load.load_id] = rows_hash
        if self._all is None:
            return
        self._all[load.load_id] = load
        if load.status == "loaded":
            self._alike.setdefault(_likeness(load), []).append(load)

    def alike(self, load: Load) -> list[Load]:
        """The loads of the same dataset with as many rows and the same export time; only they can be twins."""
        if not load.rows_loaded:
            return []
        self.read_all()
        return [x for x in self._alike.get(_likeness(load), ()) if x.load_id != load.load_id and self._is_now(x)]

    def twin(self, load: Load, mine: Callable[[], str | None], contract: Contract, query: Query) -> Load | None:
        """A load with the same rows and the same export time, in whatever order or file format. mine: the hash of this one's rows."""
        others = self.alike(load)
        if not others:
            return None
        wanted = mine()
        return next((x for x in others if self._hash(x, contract, query) == wanted), None)

    def _is_now(self, load: Load) -> bool:
        """Whether this is still what the ledger says of the load."""
        return self._all is not None and self._all.get(load.load_id) is load

    def _hash(self, load: Load, contract: Contract, query: Query) -> str | None:
        if load.load_id not in self._hashes:
            rows = raw_object(self._home, load.source, load.dataset, load.load_id)
            self._hashes[load.load_id] = rows_hash(f"read_parquet({literal(str(rows))})", contract, query)
        return self._hashes[load.load_id]


def _likeness(load: Load) -> tuple:
    return load.source, load.dataset, load.rows_loaded, load.exported_at


def hash_sql(contract: Contract) -> str:
    """SQL of an aggregate over a load's rows that no order changes."""
    columns = ", ".join(f'"{c.name}"' for c in contract.kept)
    return f"coalesce(sum(hash({columns}, _extra)::hugeint), 0)::varchar"


def rows_hash(rows: str, contract: Contract, query: Query) -> str | None:
    """The sum of the rows' hashes; None where they are of an older contract with other columns, so other rows, or are gone."""
    import duckdb

    try:
        return query(f"select {hash_sql(contract)} from {rows}")[0][0]
    except (duckdb.BinderException, duckdb.IOException):
        return None
