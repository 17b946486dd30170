"""The one statement of a load: text in, typed Parquet out, generated from the contract and the file's header."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.contract import Column, Contract
from ingest.export_time import values_in_name
from ingest.protect import scrub_sql
from ingest.readers import Table
from ingest.readers.careful_csv import NOTE
from ingest.typing_sql import (
    bounded_sql,
    cleaned,
    error_sql,
    literal,
    needs_bounds,
    pseudonym_sql,
    trimmed,
    untabbed,
    value_sql,
)


@dataclass(frozen=True)
class Statement:
    """good: SELECT of the rows that load; rejected: SELECT of the others as (_line, verdict, column, header, value)."""

    good: str
    rejected: str


def build_statement(
    contract: Contract, table: Table, load_id: str, source_file: str, damaged_ids: frozenset[str] = frozenset(), *,
    by_file: bool = False,
) -> Statement:  # fmt: skip
    """Generate the SQL of one load, or of many files with one header: by_file, the table has a column `_file` (their number).

    The rows that load carry it then instead of the load's id and name, and those that do not in front of `_line`.
    damaged_ids: columns whose ids were rounded by a spreadsheet in this file (see landing.rounded_ids): their ids that end in
    zeros after the 15th digit are rejected.
    """
    positions = table.match.positions
    named = values_in_name(source_file, contract)
    present = [c for c in contract.kept if c.name in positions or c.name in named]
    texts = ",\n    ".join(f"{_raw(c, positions, named)} as {_t(c)}" for c in present)
    bare = ", ".join(f"{trimmed(_t(c), c, contract)} as {_t(c)}" for c in present)
    values = ",\n    ".join(f'{value_sql(_t(c), c)} as "{c.name}"' for c in present)
    within = ", ".join(f"{bounded_sql(_q(c), c)} as {_q(c)}" for c in present if needs_bounds(c))
    bounded = f" replace ({within})" if within else ""
    errors = {c.name: _error(c, contract, damaged_ids) for c in present}
    total = _total_row(contract, table)
    wrong = [f"coalesce({e}, false)" for e in errors.values() if e != "false"]
    # a header that comes again fails as a number or a moment; where a row needs neither, it must be looked for
    telling = any(c.required and c.kind not in ("text", "code") and not c.protect for c in present)
    again = [] if telling else [_header_again(table)]
    # a total has no order id, so where an id is required it fails by that; elsewhere it must be looked for
    sums = [total] if total and not any(c.required and c.kind == "id" and not c.protect for c in present) else []
    bad = " or ".join(wrong + sums + again) or "false"
    fine = " and ".join(
        [_passes(c, e, c.name in damaged_ids) for c in present if (e := errors[c.name]) != "false"]
        + [f"not ({x})" for x in [*sums, *again]]
    )
    fine = fine or "true"
    extra = _extra(table)
    outputs = ",\n    ".join([_output(c, c in present) for c in contract.kept])

    def layers(select: str, nulls: frozenset[str]) -> str:
        nulled = ", ".join(f"{cleaned(_t(c), c, contract, nulls)} as {_t(c)}" for c in present)
        return (
            f"with source as (\n  {select}\n),\ntexts as (\n  select *, {texts}\n  from source\n),\n"
            f"trimmed as (\n  select * replace ({bare})\n  from texts\n),\nclean as (\n  select * replace ({nulled})\n  from trimmed\n),\n"
            f"parsed as (\n  select *,\n    {values}\n  from clean\n),\n"
            f"typed as (\n  select *{bounded}\n  from parsed\n)\n"
        )  # fmt: skip

    constants = "_file" if by_file else f"{literal(load_id)} as _load_id, {literal(source_file)} as _source_file"
    good = f"{layers(table.select, table.nulls)}select {outputs},\n    {extra} as _extra, {constants}\nfrom typed\nwhere {fine}"
    return Statement(
        good,
        _rejected(layers(table.numbered, frozenset()), contract, present, errors, total, bad, table, by_file),
    )


def identities_sql(contract: Contract, table: Table, source_file: str, names: list[str]) -> str:
    """SQL of every line of a file, rows that do not load among them: `_line`, its cells, and the values of some kept columns as "name".

    A keyed column has its identity in clear here; nothing of this is ever kept. Columns that the file lacks are null.
    """
    positions = table.match.positions
    named = values_in_name(source_file, contract)
    wanted = [contract.column(n) for n in names]
    present = [c for c in wanted if c.name in positions or c.name in named]
    texts = "".join(f", {_raw(c, positions, named)} as {_t(c)}" for c in present)
    bare = ", ".join(f"{trimmed(_t(c), c, contract)} as {_t(c)}" for c in present)
    nulled = ", ".join(f"{cleaned(_t(c), c, contract, frozenset())} as {_t(c)}" for c in present)
    values = "".join(
        f", {bounded_sql(value_sql(_t(c), c), c) if c in present else 'null::varchar'} as {_q(c)}" for c in wanted
    )
    layers = f"texts as (select *{texts} from ({table.numbered}))"
    last = "texts"
    if present:
        layers += f", bare as (select * replace ({bare}) from texts), clean as (select * replace ({nulled}) from bare)"
        last = "clean"
    cells = ", ".join(f"c{i}" for i in cells_of(table))
    return f"with {layers} select _line, {cells}{values} from {last}"


def cells_of(table: Table) -> list[int]:
    """The places of the cells that are read: those of the contract's columns, and of columns that are kept without one."""
    return sorted({*table.match.positions.values(), *table.match.extra.values()})


def total_row_sql(contract: Contract, table: Table) -> str | None:
    """SQL that is true for the lines that sum others up (合计), over a file's cells."""
    return _total_row(contract, table)


def _raw(column: Column, positions: dict[str, int], named: dict[str, str]) -> str:
    """SQL for a column's text: its cell, and what the file's name says where the cell is blank."""
    cell = untabbed(f"c{positions[column.name]}", column) if column.name in positions else "null::varchar"
    return f"coalesce(nullif({cell}, ''), {literal(named[column.name])})" if column.name in named else cell


def _q(column: Column) -> str:
    return f'"{column.name}"'


def _t(column: Column) -> str:
    return f'"t_{column.name}"'


def _error(column: Column, contract: Contract, damaged: frozenset[str]) -> str:
    wrong = error_sql(_t(column), _q(column), column, contract)
    if column.name in damaged:
        rounded = f"(length({_t(column)}) > 15 and regexp_full_match(substr({_t(column)}, 16), '0+') and regexp_full_match({_t(column)}, '[0-9]+'))"
        return f"({wrong} or {rounded})"
    return wrong


def _passes(column: Column, error: str, damaged: bool) -> str:
    """The opposite of an error, as alternatives of which the first is cheap and nearly always true: a filter over ANDs and
    ORs looks at the next one only for the rows that are left."""
    if damaged or column.protect or column.kind in ("text", "code"):
        return f"not coalesce({error}, false)"
    absent = "" if column.required else f"{_t(column)} is null or "
    return f"({_q(column)} is not null or {absent}not coalesce({error}, false))"


def _output(column: Column, present: bool) -> str:
    if not present:
        return f'null::{column.type} as "{column.name}"'
    if column.protect == "key":
        return f'{pseudonym_sql(column)} as "{column.name}"'
    return f'"{column.name}"'


def _extra(table: Table) -> str:
    """Unknown columns as JSON text, scrubbed; null where there are none or all are blank."""
    if not table.match.extra:
        return "null::varchar"
    pairs = ", ".join(f"{literal(h)}, nullif(trim(c{i}), '')" for h, i in table.match.extra.items())
    blank = " and ".join(f"coalesce(trim(c{i}), '') = ''" for i in table.match.extra.values())
    return f"case when {blank} then null else {scrub_sql(f'cast(json_object({pairs}) as varchar)')} end"


def _cell(contract: Contract, table: Table, header: str) -> str | None:
    """The raw column (c7) that stands for a header named in the contract, if the file has it."""
    for column in contract.columns:
        if header in column.headers and column.name in table.match.positions:
            return f"c{table.match.positions[column.name]}"
    return None


def _total_row(contract: Contract, table: Table, *, aggregates: bool = True) -> str | None:
    """SQL that is true for 合计 / 总计 / 全部 rows and, if wanted, for ... 汇总 aggregates, which sum some rows and not all.

    A row with an id of its own is neither, whatever it is called: a plan may be named 全部商品推广.
    """
    rule = contract.options.get("totalRow")
    if not rule:
        return None
    cells = [c for c in dict.fromkeys(_cell(contract, table, h) for h in rule["columns"]) if c]
    tokens = "|".join(rule["tokens"])
    tests = [
        f"coalesce(regexp_full_match(trim({c}, ' \t'), '({tokens})[:：]?.{{0,20}}') and length({c}) < 30, false)"
        for c in cells
    ]
    suffixes = rule.get("suffixes")
    identified = _cell(contract, table, contract.options.get("aggregateId", "计划ID"))
    if identified:
        nameless = f"trim(coalesce({identified}, ''), ' \t-') = ''"
        tests = [t if c == identified else f"({t} and {nameless})" for c, t in zip(cells, tests, strict=True)]
    if suffixes and identified and aggregates:
        names = [c for c in cells if c != identified]
        tests += [
            f"coalesce(({' or '.join(f'suffix({c}, {literal(s)})' for s in suffixes)}) and {nameless}, false)"
            for c in names
        ]
    return f"({' or '.join(tests)})" if tests else None


def _header_cells(table: Table) -> list[tuple[str, str]]:
    """(raw column, its header) of the matched columns."""
    return [
        (f"trim(coalesce(c{i}, ''), ' \t\ufeff')", table.header_cells[i].strip(" \t\ufeff"))
        for i in sorted(table.match.positions.values())
        if i < len(table.header_cells)
    ]


def _header_again(table: Table) -> str:
    """SQL that is true for the file's own header once more, as in joined exports: every matched cell is its header."""
    cells = _header_cells(table)
    return (
        "(" + " and ".join(f"{cell} = {literal(header)}" for cell, header in cells) + ")" if len(cells) > 1 else "false"
    )


def _other_header(contract: Contract, table: Table) -> str:
    """SQL that is true for another header: most cells are headers, but not those of their columns, so the rows below are shifted."""
    cells = _header_cells(table)
    known = ", ".join(
        map(literal, dict.fromkeys([h for _, h in cells] + [h for c in contract.columns for h in c.headers]))
    )
    points = " + ".join(f"(case when {cell} in ({known}) then 1 else 0 end)" for cell, _ in cells)
    return f"({points}) >= {max(2, (len(cells) + 1) // 2)}" if len(cells) > 1 else "false"


def _rejected(
    layers: str,
    contract: Contract,
    present: list[Column],
    errors: dict[str, str],
    total: str | None,
    bad: str,
    table: Table,
    by_file: bool,
) -> str:
    """Every row that did not load, with what it is: non-data (blank, header again, total, note) or quarantine with its first error."""
    cells = [f"c{i}" for i in sorted({*table.match.positions.values(), *table.match.extra.values()})]
    filled = " + ".join(f"(case when coalesce(trim({c}, ' \t\r\n'), '') <> '' then 1 else 0 end)" for c in cells)
    joined = f"concat_ws('', {', '.join(cells)})"
    verdict = (
        f"case when {filled} = 0 then 'blank' when {_header_again(table)} then 'header' when {_other_header(contract, table)} then 'other_header' " + (f"when {total} then 'total' " if total else "")
        + (f"when {subheader} then 'subheader' " if (subheader := _subheader(contract, present)) else "")
        + f"when {filled} = 1 and regexp_matches({joined}, {literal(NOTE)}) then 'note' else 'quarantine' end"
    )  # fmt: skip
    checked = [(c, errors[c.name]) for c in present if errors[c.name] != "false"]
    first = "case " + " ".join(f"when {e} then {literal(c.name)}" for c, e in checked) + " end" if checked else "null"
    value = "case " + " ".join(f"when {e} then {_t(c)}" for c, e in checked) + " end" if checked else "null"
    control = _cell(contract, table, _control_header(contract, table) or "")
    whole = _total_row(contract, table, aggregates=False)
    stated = f"case when {whole} then {control} end" if whole and control else "null"
    file = "_file, " if by_file else ""
    return (
        f'{layers}select {file}_line, {verdict} as verdict, {first} as "column", {value} as value, {stated} as stated\n'
        f"from typed\nwhere ({bad})\norder by {file}_line"
    )


def _subheader(contract: Contract, present: list[Column]) -> str | None:
    """SQL that is true for the declared number of rows right below the header that explain it and are no data.

    Such a row has none of the ids and moments that a row must have: one that has some is a damaged row, not an explanation.
    """
    count = contract.options.get("explainingRows")
    telling = [c for c in present if c.required and c.kind in ("id", "id_list", "timestamp", "date") and not c.protect]
    if not count or not telling:
        return None
    nothing = " and ".join(f"{_q(c)} is null" for c in telling)
    return f"_line < (select min(_line) from source) + {int(count)} and {nothing}"


def _control_header(contract: Contract, table: Table) -> str | None:
    rule = contract.options.get("totalRow") or {}
    return next((h for h in rule.get("control", ()) if _cell(contract, table, h)), None)


def control_column(contract: Contract, table: Table) -> Column | None:
    """The column that a total row is compared with, if the file has it."""
    header = _control_header(contract, table)
    return next((c for c in contract.columns if header in c.headers), None) if header else None


__all__ = ["Statement", "build_statement", "control_column"]
