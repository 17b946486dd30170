"""Who is to be forgotten: the identities of one person, and the orders and parcels that lead to them.

From one identity the others follow by the datasets whose contracts say that two columns are one person (`samePerson`), as far as
they reach. Everything is looked up in raw, where people are pseudonyms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest import ledger
from ingest.contract import Column, Contract, all_contracts
from ingest.home import raw_object
from ingest.ledger import Load
from ingest.typing_sql import literal
from ingest.wanted import Wanted

if TYPE_CHECKING:
    import duckdb

#: columns that name an order or a parcel in any contract; the plural ones hold several ids (a,b,c)
ORDERS = ("order_id", "sub_order_id", "order_ids", "sub_order_ids")
PARCELS = ("tracking_no", "tracking_numbers")


@dataclass(frozen=True)
class Subject:
    """pseudonyms, and what is known of them in clear; orders and parcels: ids; customers: keys in the last build."""

    pseudonyms: frozenset[str] = frozenset()
    clear: frozenset[str] = frozenset()
    orders: frozenset[str] = frozenset()
    parcels: frozenset[str] = frozenset()
    customers: frozenset[str] = frozenset()

    @property
    def in_clear(self) -> Wanted:
        """What is looked for in original bytes."""
        return Wanted(self.clear)

    @property
    def wanted(self) -> Wanted:
        """What may be nowhere in the end: the identities, in clear and as pseudonyms, and the customer."""
        return Wanted(self.clear | self.pseudonyms | self.customers)

    def as_dict(self) -> dict[str, list[str]]:
        """For the note that is kept while a person is being forgotten."""
        return {name: sorted(values) for name, values in vars(self).items()}


def from_dict(told: dict[str, Any]) -> Subject:
    """The opposite of `Subject.as_dict`."""
    return Subject(**{name: frozenset(values) for name, values in told.items()})


@dataclass
class Rows:
    """Raw objects of a home, asked by contract: one connection for all questions."""

    home: Path
    connection: duckdb.DuckDBPyConnection
    loads: dict[tuple[str, str], list[Load]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for load in ledger.read_loads(self.home):
            if load.status == "loaded" and raw_object(self.home, load.source, load.dataset, load.load_id).exists():
                self.loads.setdefault((load.source, load.dataset), []).append(load)

    def ask(self, contract: Contract, columns: Sequence[str], where: str, chosen: str) -> list[tuple]:
        """`select distinct <chosen> ... where <where>` over the rows of a dataset; columns: those that older objects may lack."""
        loads = self.loads.get((contract.source, contract.dataset), ())
        if not loads:
            return []
        files = ", ".join(literal(str(raw_object(self.home, x.source, x.dataset, x.load_id))) for x in loads)
        empty = ", ".join(f'null::varchar as "{c}"' for c in columns)
        rows = f"(select {empty} where false union all by name select * from read_parquet([{files}], union_by_name = true))"
        return self.connection.execute(f"select distinct {chosen} from {rows} where {where}").fetchall()


def keyed(contract: Contract) -> list[Column]:
    """The columns that hold identities."""
    return [c for c in contract.kept if c.protect == "key"]


def named(contract: Contract, names: Sequence[str]) -> list[str]:
    """Those of `names` that the contract keeps, unprotected."""
    return [c.name for c in contract.kept if c.name in names and not c.protect]


def among_sql(columns: Iterable[str], values: Iterable[str]) -> str:
    """SQL that is true where one of the columns is, or lists, one of the values."""
    listed = ", ".join(literal(v) for v in sorted(values))
    tests = [
        f"coalesce(list_has_any(string_split(\"{c}\", ','), [{listed}]), false)"
        if c.endswith("s")
        else f'coalesce("{c}" in ({listed}), false)'
        for c in columns
    ]
    return f"({' or '.join(tests)})" if tests and listed else "false"


def complete(rows: Rows, subject: Subject) -> Subject:
    """The subject with all identities that raw says are the same person, their orders, and the parcels of these."""
    contracts = all_contracts()
    pseudonyms, size = set(subject.pseudonyms), -1
    while len(pseudonyms) > size:
        size = len(pseudonyms)
        for contract in contracts:
            pair = contract.options.get("samePerson")
            if pair:
                found = rows.ask(contract, pair, among_sql(pair, pseudonyms), ", ".join(f'"{c}"' for c in pair))
                pseudonyms |= {p for row in found for p in row if p}
    # a touch that carries an order does not make it that person's: several people may have looked at it
    owners = [c for c in contracts if any(not x.required for x in keyed(c))]
    orders, parcels = set(subject.orders), set(subject.parcels)
    for contract in owners:
        who = among_sql([c.name for c in keyed(contract)], pseudonyms)
        orders |= _ids(rows, contract, ORDERS, [c.name for c in keyed(contract)], who)
    for contract in contracts:
        mine = named(contract, ORDERS)
        parcels |= _ids(rows, contract, PARCELS, mine, among_sql(mine, orders)) if mine and orders else set()
    return replace(subject, pseudonyms=frozenset(pseudonyms), orders=frozenset(orders), parcels=frozenset(parcels))


def _ids(rows: Rows, contract: Contract, names: Sequence[str], others: Sequence[str], where: str) -> set[str]:
    mine = named(contract, names)
    if not mine or where == "false":
        return set()
    found = rows.ask(contract, [*mine, *others], where, ", ".join(f'"{c}"' for c in mine))
    return {part for row in found for cell in row if cell for part in str(cell).split(",") if len(part) >= 8}


def loads_with(rows: Rows, subject: Subject) -> set[str]:
    """Ids of the loads of which a row is about the person, their orders or their parcels, and keeps something personal."""
    found: set[str] = set()
    for contract in all_contracts():
        who, orders, parcels = [c.name for c in keyed(contract)], named(contract, ORDERS), named(contract, PARCELS)
        tests = [among_sql(who, subject.pseudonyms)]
        if any(c.protect for c in contract.columns):
            tests += [among_sql(orders, subject.orders), among_sql(parcels, subject.parcels)]
        tests = [t for t in tests if t != "false"]
        if tests:
            found |= {x for (x,) in rows.ask(contract, [*who, *orders, *parcels], " or ".join(tests), "_load_id")}
    return found
