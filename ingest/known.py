"""What is loaded already, as one pull sees it: the ledger is read once, and kept up to date with every row that is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ingest import ledger
from ingest.contract import Contract
from ingest.home import raw_object
from ingest.ledger import Load
from ingest.typing_sql import literal

Query = Callable[[str], list[tuple]]


@dataclass
class _Alike:
    """Loads with as many rows and the same export time: by id, and by the hash of their rows as far as that was asked for."""

    loads: dict[str, Load] = field(default_factory=dict)
    by_hash: dict[str, list[str]] = field(default_factory=dict)
    not_hashed: dict[str, None] = field(default_factory=dict)  # in the order of loading

    def add(self, load: Load) -> None:
        """A load was written, or its row replaced."""
        self.loads[load.load_id] = load
        self.not_hashed[load.load_id] = None

    def remove(self, load: Load) -> None:
        """It is not loaded any more."""
        self.loads.pop(load.load_id, None)
        self.not_hashed.pop(load.load_id, None)


class Known:
    """The loads of a home by id, and by what makes two of them alike. Only the holder of the source's lock may write meanwhile.

    Shops export many files of one moment with as many rows, so that a twin is looked up by its hash and never searched for.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._all: dict[str, Load] | None = None
        self._alike: dict[tuple, _Alike] = {}
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
        before = self._all.get(load.load_id)
        if before is not None and before.status == "loaded":
            self._alike[_likeness(before)].remove(before)
        self._all[load.load_id] = load
        if load.status == "loaded":
            self._alike.setdefault(_likeness(load), _Alike()).add(load)

    def twin(self, load: Load, mine: Callable[[], str | None], contract: Contract, query: Query) -> Load | None:
        """A load with the same rows and the same export time, in whatever order or file format. mine: the hash of this one's rows."""
        if not load.rows_loaded:
            return None
        self.read_all()
        group = self._alike.get(_likeness(load))
        if group is None or len(group.loads) == (load.load_id in group.loads):
            return None
        wanted = mine()
        if wanted is None:
            return None
        for load_id in [x for x in group.not_hashed if x != load.load_id]:
            del group.not_hashed[load_id]
            found = self._hash(group.loads[load_id], contract, query)
            if found is not None:
                group.by_hash.setdefault(found, []).append(load_id)
        same = [x for x in group.by_hash.get(wanted, ()) if x in group.loads and x != load.load_id]
        return group.loads[same[0]] if same else None

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
