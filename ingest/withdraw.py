"""Taking a person out of one load: its original, its raw rows, what was set aside of it, its ledger row, all or none of them.

The original is replaced by its cells without that person's (ingest/readers/rewritten.py), loaded again in a workshop, and taken over by
the redo log of retries. So raw is what landing gives, also after a person is gone, and a rebuild needs nothing else. Where there is
no original any more (retention), the raw object itself is edited; a refused file that holds the person goes.

A row that is about the person goes whole where a required column would be empty without them (a touch, a link, a membership, a
comment); elsewhere it stays as the fact that it is (an order, a parcel) and loses every protected column.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ingest import ledger
from ingest.clock import beijing_now
from ingest.contract import Column, Contract, contract_files, load_contract
from ingest.durable import point, remove, remove_folder
from ingest.errors import Refused
from ingest.files import kind_of
from ingest.home import landing, quarantine_object, raw_object
from ingest.landing import Landing
from ingest.ledger import Load
from ingest.locks import scratch_folder
from ingest.protect import FORGOTTEN, identity_sql
from ingest.quarantine import refused_copies
from ingest.readers import Table, open_table
from ingest.readers.rewritten import write_rewritten
from ingest.retry import again, gather, gathered_in_journal, original_of, take_over
from ingest.statement import cells_of, identities_sql, total_row_sql
from ingest.subject import ORDERS, PARCELS, Subject, among_sql, keyed, named
from ingest.suppression import listed
from ingest.typing_sql import identity_type_sql, literal, pseudonym_sql

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Withdrawn:
    """What was done to a load. how: nothing | rewritten | raw (it had no original to rewrite) | deleted (a refused file)."""

    load: Load
    how: str
    rows_removed: int = 0
    rows_blanked: int = 0


def withdraw(home: Path, load: Load, subject: Subject, *, journalled: bool = True) -> Withdrawn:
    """Take a person out of a load. Call under the locks of its source and of the warehouse, with no retry cut off.

    Whoever is on the suppression list is taken out as well. journalled: False for a load that no build can see yet, which the
    next look at it would finish; then the warehouse's lock is not needed. Raises OSError for a full disk; then, and after a
    crash, nothing or all of it was done.
    """
    original = original_of(home, load)
    if load.status == "refused":
        return _delete(home, load) if original else Withdrawn(load, "nothing")
    with scratch_folder(home, "retry") as shop:
        point(shop / "state", str(home / "state"))
        if original is not None:
            try:
                return _rewrite(home, shop, load, subject, original, journalled)
            except Refused:
                pass  # an original that cannot be read under the contract of today is of no use to a rebuild
        return _edit_raw(home, shop, load, subject)


def withdraw_suppressed(home: Path, loads: list[Load]) -> list[Withdrawn]:
    """Take those who asked to be forgotten out of loads that have not passed the landing gate yet; [] when nobody is in them."""
    if listed(home) is None:
        return []
    rows_of = {}
    with Landing(home) as room:
        for load in loads:
            contract, path = _contract(load), raw_object(home, load.source, load.dataset, load.load_id)
            who = [c.name for c in keyed(contract)] if contract else []
            if who and path.exists():
                there = f"select count(*) from read_parquet({literal(str(path))}) where {among_sql(who, [FORGOTTEN])}"
                rows_of[load.load_id] = room.query(there)[0][0]
    return [withdraw(home, x, Subject(), journalled=False) for x in loads if rows_of.get(x.load_id)]


def clear_identities(home: Path, load: Load, pseudonyms: frozenset[str]) -> frozenset[str]:
    """The identities in clear, in their one spelling, that have these pseudonyms, as the original of a load holds them."""
    original = original_of(home, load)
    contract = _contract(load)
    if original is None or contract is None or not keyed(contract):
        return frozenset()
    with Landing(home) as room:
        try:
            table = _opened(original, contract, room)
        except Refused:
            return frozenset()
        _list(room.connection, "subject_pseudonyms", pseudonyms)
        found: set[str] = set()
        for column in keyed(contract):
            one = identity_sql(f'"{column.name}"', identity_type_sql(column))
            sql = f"select distinct {one} from ({_values(contract, table, load)}) where {pseudonym_sql(column)} in (from subject_pseudonyms)"
            found |= {text for (text,) in room.query(sql)}
        return frozenset(found)


def _contract(load: Load) -> Contract | None:
    known = {(p.parent.name, p.name.removesuffix(".odcs.yaml")) for p in contract_files()}
    return load_contract(load.source, load.dataset) if (load.source, load.dataset) in known else None


def _values(contract: Contract, table: Table, load: Load) -> str:
    types = [c.options["keyTypeColumn"] for c in keyed(contract) if c.options.get("keyTypeColumn")]
    names = dict.fromkeys(
        [*types, *(c.name for c in keyed(contract)), *named(contract, ORDERS), *named(contract, PARCELS)]
    )
    return identities_sql(contract, table, load.file_name, list(names))


def _opened(original: Path, contract: Contract, room: Landing) -> Table:
    """The file as a table of which every line can be read, and that has as many as it says."""
    import duckdb

    folder = Path(tempfile.mkdtemp(dir=room.scratch))
    table = open_table(original, kind_of(original), contract, room.connection, folder)
    expected = table.records - table.non_data - len(table.spoiled)
    try:  # every cell is read: what the quick reader cannot read shows only then
        every = ", ".join(f"max(c{i})" for i in cells_of(table)) or "0"
        lines = room.query(f"select count(*), {every} from ({table.numbered})")[0][0]
    except duckdb.Error:
        lines = -1
    if lines == expected:
        return table
    if table.fallback is None:
        raise Refused("the original cannot be read")
    return table.fallback()


def _list(connection: duckdb.DuckDBPyConnection, name: str, values: frozenset[str]) -> None:
    rows = f"select unnest([{', '.join(map(literal, sorted(values)))}]::varchar[]) as value"
    connection.execute(f"create or replace temp table {name} as {rows}")


def _rewrite(home: Path, shop: Path, load: Load, subject: Subject, original: Path, journalled: bool) -> Withdrawn:
    contract = _contract(load)
    if contract is None:
        raise Refused("there is no contract any more")
    with Landing(home) as room:
        table = _opened(original, contract, room)
        removed, blanked, spoiled = _mark(room, contract, table, load, subject)
        renamed = subject.in_clear.in_text(original.name)
        if not (removed or blanked or spoiled or renamed):
            return Withdrawn(load, "nothing")
        kept = [s for s in table.spoiled if not subject.in_clear.in_text(s.text)]
        lines = room.query("select count(*) from kept_lines")[0][0]
        written = shop / "cells.parquet"
        write_rewritten(
            replace(table, spoiled=kept), "select * from kept_lines", cells_of(table), lines + table.non_data + len(kept), written, room.connection
        )  # fmt: skip
    if load.status == "loaded":
        made = again(shop, load, written)
        if made.status != "loaded":
            raise Refused(made.reason)
        after = replace(
            made, exported_at=load.exported_at, is_dated=load.is_dated, gate=load.gate, seconds=load.seconds
        )
    else:
        after = load
    after = replace(_unchanged(after, load), rewritten_at=beijing_now(), rewritten_hash=hash_of(written))
    take_over(home, gathered_in_journal(shop, home, after, written) if journalled else gather(shop, after, written))
    return Withdrawn(after, "rewritten", removed, blanked)


def _unchanged(after: Load, before: Load) -> Load:
    """What a person decided about the load stays."""
    return replace(
        after, retried_at=before.retried_at, dropped_at=before.dropped_at, dropped_reason=before.dropped_reason
    )


def hash_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _mark(room: Landing, contract: Contract, table: Table, load: Load, subject: Subject) -> tuple[int, int, int]:
    """Make the temp table kept_lines, the file's lines without the person; returns rows removed, rows blanked, records spoiled."""
    connection, pattern = room.connection, subject.in_clear.pattern
    cells = cells_of(table)
    _list(connection, "subject_pseudonyms", subject.pseudonyms | {FORGOTTEN})
    who = (
        " or ".join(f"coalesce({pseudonym_sql(c)} in (from subject_pseudonyms), false)" for c in keyed(contract))
        or "false"
    )
    told = (
        f"regexp_matches(concat_ws(chr(10), {', '.join(f'c{i}' for i in cells)}), {literal(pattern)})"
        if pattern
        else "false"
    )
    orders = among_sql(named(contract, ORDERS), subject.orders)
    parcels = among_sql(named(contract, PARCELS), subject.parcels)
    connection.execute(
        f"create or replace temp table marked as select *, ({who}) as is_theirs, ({told}) as is_told, ({orders} or {parcels}) as is_order "
        f"from ({_values(contract, table, load)})"
    )
    must = [c for c in contract.kept if c.required and c.name in table.match.positions]
    goes = "false"
    if any(c.protect for c in must):
        goes = "is_theirs or is_told"
    elif pattern and must:  # a required value that is the person's own, wherever it stands
        them = " or ".join(
            f"regexp_matches(coalesce(c{table.match.positions[c.name]}, ''), {literal(pattern)})" for c in must
        )
        goes = f"is_told and ({them})"
    removed = room.query(f"select count(*) from marked where {goes}")[0][0]
    if removed and (total := total_row_sql(contract, table)):
        goes += f" or coalesce({total}, false)"  # it would not add up any more
    blank = {table.match.positions[c.name] for c in contract.columns if c.protect and c.name in table.match.positions}
    blank |= set(table.match.extra.values())
    needed = {table.match.positions[c.name] for c in must}
    columns = ", ".join(f"{_blanked(i, i in blank, i in needed, pattern)} as c{i}" for i in cells)
    connection.execute(
        f"create or replace temp table kept_lines as select _line, {columns} from marked where not ({goes})"
    )
    filled = " or ".join(f"c{i} is not null" for i in sorted(blank & set(cells))) or "false"
    touched = f"(is_theirs or is_told or (is_order and ({filled}))) and not ({goes})"
    blanked = room.query(f"select count(*) from marked where {touched}")[0][0]
    spoiled = sum(subject.in_clear.in_text(s.text) for s in table.spoiled)
    return removed, blanked, spoiled


def _blanked(i: int, is_personal: bool, is_needed: bool, pattern: str) -> str:
    """SQL for a cell as it stays: nothing where it is personal, or where the person stands in it."""
    if is_personal:  # in the row of their order, a column that the row cannot be without is another's
        return f"case when is_theirs or is_told{'' if is_needed else ' or is_order'} then null else c{i} end"
    return (
        f"case when is_told and regexp_matches(c{i}, {literal(pattern)}) then null else c{i} end"
        if pattern
        else f"c{i}"
    )


def _delete(home: Path, load: Load) -> Withdrawn:
    """A refused file was never loaded: without it, nothing is lost that anybody reads."""
    after = replace(load, dropped_at=load.dropped_at or beijing_now(), dropped_reason=load.dropped_reason or "it held a person who asked to be forgotten", rewritten_at=beijing_now())  # fmt: skip
    ledger.write_load(home, after)
    _remove_original(home, load)
    for copy in refused_copies(home, load):
        remove(copy)
    return Withdrawn(after, "deleted")


def _remove_original(home: Path, load: Load) -> None:
    folder = landing(home, load.source, load.dataset, load.load_id)
    if folder.is_dir():
        remove_folder(folder)


def _edit_raw(home: Path, shop: Path, load: Load, subject: Subject) -> Withdrawn:
    """Without an original: the raw rows themselves, and what was set aside with the person in it."""
    import duckdb

    names = (load.source, load.dataset, load.load_id)
    contract, path = _contract(load), raw_object(home, *names)
    removed = blanked = aside = 0
    rows, quarantined = shop / "rows.parquet", shop / "quarantine.parquet"
    with duckdb.connect() as connection:
        if path.exists() and contract is not None:
            there = {
                r[0]
                for r in connection.execute(f"describe select * from read_parquet({literal(str(path))})").fetchall()
            }
            removed, blanked = _edited(
                connection, path, rows, [c for c in contract.kept if c.name in there], contract, subject
            )
        if quarantine_object(home, *names).exists():
            aside = _less_set_aside(connection, quarantine_object(home, *names), quarantined, subject)
    if not (removed or blanked or aside) and original_of(home, load) is None:
        return Withdrawn(load, "nothing")
    for written, target in ((rows, raw_object(shop, *names)), (quarantined, quarantine_object(shop, *names))):
        target.parent.mkdir(parents=True, exist_ok=True)
        source = written if written.exists() else home / target.relative_to(shop)
        if source.exists():
            shutil.copyfile(source, target)
    after = replace(
        load, rows_loaded=load.rows_loaded - removed, rows_quarantined=load.rows_quarantined - aside, rows_read=load.rows_read - removed - aside,
        rewritten_at=beijing_now(), rewritten_hash="",
    )  # fmt: skip
    _remove_original(home, load)
    take_over(home, gathered_in_journal(shop, home, after, None))
    return Withdrawn(after, "raw", removed, blanked)


def _edited(connection: duckdb.DuckDBPyConnection, path: Path, target: Path, kept: list[Column], contract: Contract, subject: Subject) -> tuple[int, int]:  # fmt: skip
    there = {c.name for c in kept}
    who = among_sql([c.name for c in kept if c.protect == "key"], subject.pseudonyms | {FORGOTTEN})
    ids = [
        among_sql([n for n in named(contract, g) if n in there], v)
        for g, v in ((ORDERS, subject.orders), (PARCELS, subject.parcels))
    ]
    goes = who if any(c.protect and c.required for c in kept) else "false"
    source = f"read_parquet({literal(str(path))}, file_row_number = true)"
    of_order = f"({' or '.join(ids)})"
    blanks = ", ".join(f'case when {who}{"" if c.required else " or " + of_order} then null else "{c.name}" end as "{c.name}"' for c in kept if c.protect)  # fmt: skip
    removed, touched = connection.execute(f"select count(*) filter (where {goes}), count(*) filter (where not ({goes}) and ({who} or {of_order})) from {source}").fetchone()  # fmt: skip
    extra = f"case when {who} or {of_order} then null else _extra end as _extra"
    replaced = ", ".join(x for x in (blanks, extra) if x)
    connection.execute(
        f"copy (select * exclude (file_row_number) replace ({replaced}) from {source} where not ({goes}) order by file_row_number) to {literal(str(target))} (format parquet)"
    )
    return removed, touched if blanks else 0


def _less_set_aside(connection: duckdb.DuckDBPyConnection, path: Path, target: Path, subject: Subject) -> int:
    if not subject.wanted.pattern:
        return 0
    source = f"read_parquet({literal(str(path))})"
    theirs = f"regexp_matches(concat_ws(chr(10), value, reason), {literal(subject.wanted.pattern)})"
    count = connection.execute(f"select count(*) from {source} where {theirs}").fetchone()[0]
    if count:
        connection.execute(
            f"copy (from {source} where not ({theirs}) order by line) to {literal(str(target))} (format parquet)"
        )
    return count
