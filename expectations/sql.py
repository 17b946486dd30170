"""Small pieces of SQL that the checks are built from. Queries of checks pass through `str.format`: braces are doubled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from expectations.result import EXAMPLES

#: the batch as a table, with `_ordinal` = the row's place in its load, from 1
EXAMPLE_BATCH = "select * from {batch}"


def name(identifier: str) -> str:
    """A quoted SQL identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: Any, *, format_safe: bool = False) -> str:
    """A SQL literal of a text, number, time or None; format_safe doubles braces for a query that will be formatted."""
    if value is None:
        return "null"
    if isinstance(value, (dt.datetime, dt.date)):
        return f"'{value.isoformat(sep=' ') if isinstance(value, dt.datetime) else value.isoformat()}'"
    if isinstance(value, (int, float)):
        return repr(value)
    text = str(value)
    text = text.replace("{", "{{").replace("}", "}}") if format_safe else text
    return "'" + text.replace("'", "''") + "'"


def values(rows: Iterable[Sequence[Any]], *types: str, format_safe: bool = True) -> str:
    """VALUES (...), (...) of rows of Python values, cast to `types` where given. At least one row."""

    def cell(value: Any, number: int) -> str:
        text = literal(value, format_safe=format_safe)
        return f"{text}::{types[number]}" if types else text

    return "values " + ", ".join("(" + ", ".join(cell(v, i) for i, v in enumerate(row)) + ")" for row in rows)


def examples_of(shown: Sequence[str], where: str = "") -> str:
    """An aggregate: the first rows (by ordinal) as a JSON list of row number and the key columns in `shown`."""
    packed = ", ".join(['"row" := _ordinal', *(f"{name(c)} := {name(c)}" for c in shown)])
    condition = f" filter (where {where})" if where else ""
    return f"coalesce(to_json(min(struct_pack({packed}), {EXAMPLES}){condition})::varchar, '[]')"


def grouped(
    *,
    failed: str,
    shown: Sequence[str],
    seen: str = "true",
    observed: str = "''",
    source: str = f"with batch as ({EXAMPLE_BATCH})",
    table: str = "batch",
) -> str:
    """A verdict query per load: rows where `seen` holds, and of those the ones where `failed` holds.

    failed, seen: SQL conditions on a row; observed: an aggregate that gives text; source, table: the CTEs and the last of them.
    """
    bad = f"({seen}) and ({failed})"
    return f"""{source}
    select _load_id as subject, count(*) filter (where {seen}) as rows_seen, count(*) filter (where {bad}) as rows_failed,
        case when count(*) filter (where {seen}) = 0 then 'not judged: no value to look at' else {observed} end as observed,
        {examples_of(shown, bad)} as examples
    from {table} group by _load_id"""
