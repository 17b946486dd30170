"""The law of counting: the statement is run, its table counted, and every row that did not load is named.

records of the file = rows loaded + rows quarantined + declared non-data (titles, repeated headers, totals, blanks). A file for
which this does not hold, or of which too much does not convert, is refused whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.contract import Contract
from ingest.errors import Refused
from ingest.ledger import Load
from ingest.protect import masked, masked_cell, masked_record
from ingest.readers import MOST_SET_ASIDE, Table, too_many
from ingest.statement import Statement, build_statement, control_column
from ingest.typing_sql import literal

if TYPE_CHECKING:
    import duckdb

_ROW_GROUP = 30_720
_SHOWN_COLUMNS = 20
_FETCHED = 10_000
_SCIENTIFIC = re.compile(r"[\d.]+(?:[eE][+-]?\d+)?")


@dataclass
class Outcome:
    """What the statement made of a file, before anything is put in place."""

    loaded: int
    quarantined: list[dict[str, Any]]
    non_data: int
    records: int
    encoding: str
    notes: list[str]


def convert(
    table: Table, contract: Contract, load: Load, connection: duckdb.DuckDBPyConnection, parquet: Path
) -> Outcome:
    """Run the statement; when the strict reader stumbles or the counts disagree, once more over the careful reader."""
    import duckdb

    try:
        return _counted(table, contract, load, connection, parquet)
    except (
        duckdb.InvalidInputException,
        duckdb.ConversionException,
        duckdb.OutOfRangeException,
        duckdb.OutOfMemoryException,
        Miscounted,
    ) as problem:
        if isinstance(problem, duckdb.OutOfMemoryException) and table.fallback is None:
            raise _too_big() from None
        if table.fallback is None:
            raise Refused(
                f"the file cannot be read: {masked(str(problem).splitlines()[0], limit=160)}", hint="export it again"
            ) from None
    table = table.fallback()
    try:
        return _counted(table, contract, load, connection, parquet)
    except Miscounted as problem:
        raise Refused(str(problem), hint="please report this file's layout; nothing of it was loaded") from None
    except duckdb.OutOfMemoryException:
        raise _too_big() from None


def _too_big() -> Refused:
    return Refused("the file needs more memory or scratch space than loading may use", hint="split it, or raise FUPAN_LOAD_MEMORY (2GB) and retry it")  # fmt: skip


class Miscounted(Exception):
    """The law of counting does not hold."""


def _counted(
    table: Table, contract: Contract, load: Load, connection: duckdb.DuckDBPyConnection, parquet: Path
) -> Outcome:
    expected = table.records - table.non_data - len(table.spoiled)
    statement = build_statement(contract, table, load.load_id, load.file_name)
    loaded = _write(connection, statement, parquet)
    rows = f"read_parquet({literal(str(parquet))})"
    damaged = rounded_ids(contract, connection, rows) if loaded else frozenset()
    if damaged:
        statement = build_statement(contract, table, load.load_id, load.file_name, damaged)
        loaded = _write(connection, statement, parquet)
    return settle(
        begun(table, contract, loaded), expected, contract, table, damaged,
        lambda: _streamed(connection, statement.rejected), lambda name: sum_of(connection, name, rows),
    )  # fmt: skip


def _streamed(connection: duckdb.DuckDBPyConnection, sql: str) -> Iterator[tuple]:
    """A query's rows, some thousands in memory at a time."""
    found = connection.execute(sql)
    while rows := found.fetchmany(_FETCHED):
        yield from rows


def begun(table: Table, contract: Contract, loaded: int) -> Outcome:
    """What is known once the rows that load are written and counted: the reader's own non-data and spoiled records."""
    return Outcome(
        loaded, _spoiled(table), table.non_data, table.records, table.encoding or "", _notes(table, contract)
    )


def sum_of(connection: duckdb.DuckDBPyConnection, name: str, rows: str) -> Any:
    """The sum of a column over rows that loaded; rows: SQL of a relation."""
    return connection.execute(f'select coalesce(sum("{name}"), 0) from {rows}').fetchone()[0]


def settle(
    outcome: Outcome, expected: int, contract: Contract, table: Table, damaged: frozenset[str],
    rejected: Callable[[], Iterable[tuple]], summed: Callable[[str], Any],
) -> Outcome:  # fmt: skip
    """Name every row that did not load and hold the file to the law of counting.

    expected: rows that should load; rejected: the rows of the second statement, asked for only when some did not; summed: the
    sum of a column over the loaded rows. Raises Miscounted when the law does not hold, Refused for a file that is not to be had.
    """
    unconverted: list[tuple] = []
    totals: list[tuple] = []
    if outcome.loaded != expected:
        unconverted, totals = _sort_rejected(rejected(), outcome)
        if not unconverted and not outcome.quarantined:
            _check_totals(totals, outcome, contract, table, summed)
    bad = len(outcome.quarantined) + len(unconverted)
    if outcome.loaded + bad + outcome.non_data != outcome.records:
        raise Miscounted(
            f"the law of counting does not hold: {outcome.records} records = {outcome.loaded} loaded + "
            f"{bad} quarantined + {outcome.non_data} non-data"
        )
    if table.unless_total and not totals:
        outcome.notes.append(table.unless_total)
    share = float(contract.options.get("maxQuarantineShare", 0.2))
    is_refused = bad > share * (outcome.loaded + bad)
    # words for each of a million rows of a file that is refused anyway would take minutes
    outcome.quarantined += _named(unconverted[:1] if is_refused else unconverted, contract, damaged)
    if is_refused:
        raise _spoiled_file(bad, outcome, share)
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
        notes.append(f"unknown columns kept in _extra: {_listed(table.match.extra)}")
    if table.match.dropped:
        notes.append(f"unknown columns dropped as personal: {_listed(table.match.dropped)}")
    return notes


def _listed(headers: Iterable[str]) -> str:
    names = [masked(h) for h in headers]
    more = len(names) - _SHOWN_COLUMNS
    return ", ".join(names[:_SHOWN_COLUMNS]) + (f" and {more:,} more" if more > 0 else "")


def _sort_rejected(
    rejected: Iterable[tuple], outcome: Outcome
) -> tuple[list[tuple[int, str | None, str | None]], list[tuple[int, str | None]]]:
    """Second pass, only when something did not load: ((line, column, value) of rows to set aside, the total rows)."""
    unconverted, totals = [], []
    for line, verdict, name, value, stated in rejected:
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
        if len(unconverted) + len(outcome.quarantined) >= MOST_SET_ASIDE:
            raise too_many(unconverted[0][0] if unconverted else line, "it does not convert")
        unconverted.append((line, name, value))
    return unconverted, totals


def _named(unconverted: list[tuple], contract: Contract, damaged: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Rows of quarantine for (line, column, value): header, masked value and reason."""
    columns = {c.name: c for c in contract.columns}
    for line, name, value in unconverted:
        column = columns[name] if name else None
        reason, kind = _why(column, value, name in damaged)
        yield {
            "line": line,
            "column": name,
            "header": column.header if column else None,
            "value": "" if column is not None and column.protect else masked_cell(value),
            "reason": reason,
            "kind": kind,
        }


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
    totals: list[tuple[int, str | None]], outcome: Outcome, contract: Contract, table: Table, summed: Callable[[str], Any]
) -> None:  # fmt: skip
    """A 合计 row is a control total: the rows above it must add up to it, to half a unit of rounding per row."""
    column = control_column(contract, table)
    if column is None or not totals:
        return
    from decimal import Decimal

    added = summed(column.name)
    tolerance = Decimal("0.005") * max(1, outcome.loaded)
    parsed = [(line, _decimal(stated)) for line, stated in totals]
    whole = [(line, total) for line, total in parsed if total is not None]
    # joined exports have a total each; a grand total may follow: the rows must equal the sum of some or the last of them
    if not whole or abs(sum(t for _, t in whole) - added) <= tolerance or abs(whole[-1][1] - added) <= tolerance:
        return
    raise Refused(
        f"control total: the file states {whole[-1][1]} and its rows add up to {added}", line=whole[-1][0], column=column.header,
        hint="the file was cut or edited; export it again",
    )  # fmt: skip


def _decimal(text: str | None):
    from decimal import Decimal, InvalidOperation

    try:
        return Decimal(re.sub(r"[¥￥,，元\s]", "", text or ""))
    except InvalidOperation:
        return None


def _spoiled_file(bad: int, outcome: Outcome, share: float) -> Refused:
    first = outcome.quarantined[0]
    return Refused(
        f"{bad} of {outcome.loaded + bad} rows do not convert, more than the contract's share of {share:.0%}; the first: {first['reason']}"
        + (f" ({first['value']!r})" if first["value"] else ""), line=first["line"], column=first["header"],
        hint="check the dataset, the layout and whether the file was opened in a spreadsheet",
    )  # fmt: skip


def rounded_ids(contract: Contract, connection: duckdb.DuckDBPyConnection, rows: str) -> frozenset[str]:
    """Id columns of the loaded rows (SQL of a relation) in which more long ids end in zeros after the 15th digit than chance would leave there.

    A spreadsheet keeps 15 digits, so 6917926768823643751 becomes 6917926768823640000. By chance one id in 10^(digits-15) ends
    so; a required id is suspect when the count has a Poisson tail under 1 %. Ids of few products or accounts are left alone:
    one of them may well end so, in every file.
    """
    import math

    suspects = set()
    for name in checked_ids(contract):
        if not connection.execute(f"select {too_many_zeros_sql(name)} from {rows}").fetchone()[0]:
            continue
        zeros, ids, chance = connection.execute(
            f"""select count(*) filter (where regexp_full_match(substr(i, 16), '0+')), count(*), coalesce(sum(power(10.0, 15 - length(i))), 0)
            from (select distinct "{name}" as i from {rows})
            where length(i) between 17 and 19 and regexp_full_match(i, '[0-9]+')"""
        ).fetchone()
        # a spreadsheet rounds every id that it opens: a single one among others is chance, whatever the odds in a short file
        if (zeros > 1 or zeros == ids == 1) and 1 - sum(
            math.exp(-chance) * chance**k / math.factorial(k) for k in range(min(zeros, 100))
        ) < 0.01:
            suspects.add(name)
    return frozenset(suspects)


def too_many_zeros_sql(name: str) -> str:
    """SQL of an aggregate, a cheap look before ids are made distinct: whether more of them (three standard deviations) end in zeros after the 15th digit than chance would leave there."""
    lengths = {17: 2, 18: 3, 19: 4}
    i = f'"{name}"'
    ends = " or ".join(f"(length({i}) = {n} and suffix({i}, '{'0' * z}'))" for n, z in lengths.items())
    chance = " ".join(f"when {n} then 1e-{z}" for n, z in lengths.items())
    zeros = f"count(*) filter (where {ends})"
    expected = f"coalesce(sum(case length({i}) {chance} else 0 end), 0)"
    return f"{zeros} > {expected} + 3 * sqrt({expected})"


def checked_ids(contract: Contract) -> list[str]:
    """The columns whose ids are looked at for having been rounded."""
    return [c.name for c in contract.kept if c.kind == "id" and c.required and not c.protect]
