"""The suite of a published table: its key, its filled columns, its rows, its finite numbers, and its rules from checks/."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from string import Template

from expectations.bounds import Bound
from expectations.catalogue import Rule, Table
from expectations.engine import Check
from expectations.result import BLOCK, EXAMPLES
from expectations.sql import literal, name
from expectations.turns import EVERYTHING


def table_suite(
    table: Table,
    rules: Iterable[Rule],
    floats: Iterable[str],
    bounds: Mapping[str, Bound],
    as_of: str,
    looked_at: str = EVERYTHING,
) -> list[Check]:
    """All checks of a table. floats: its columns of type DOUBLE or FLOAT; as_of: a SQL date or `null`; looked_at: a condition in SQL."""
    words = {bound.removeprefix("marts."): str(b.value) for bound, b in bounds.items()}
    words |= {"as_of": as_of, "looked_at": looked_at}
    return [
        _has_rows(table),
        _unique(table, looked_at),
        *(_filled(table, column) for column in dict.fromkeys((*table.key, *table.filled))),
        *(_finite(table, column) for column in floats),
        *(_rule(rule, bounds, words) for rule in rules if rule.table == table.name),
    ]


def verdict(table: str, failing: str, *, seen: str = "", observed: str = "''", ctes: str = "") -> str:
    """A verdict query: how many rows the check saw, how many fail, and the first of those as JSON."""
    before = f"{ctes.strip()},\n    " if ctes.strip() else ""
    seen = seen or f"select count(*) from marts.{name(table)}"
    sql = f"""with {before}failing as materialized ({failing.strip()}),
    first_failing as (select failing as f from failing order by all limit {EXAMPLES})
    select {literal(table)} as subject, ({seen})::bigint as rows_seen, (select count(*) from failing) as rows_failed,
        ({observed})::varchar as observed, coalesce((select to_json(list(f))::varchar from first_failing), '[]') as examples"""
    return sql.replace("{", "{{").replace("}", "}}")


def _has_rows(table: Table) -> Check:
    counts = f"rows_of as (select (select count(*) from marts.{name(table.name)}) as here, ({table.source_rows})::bigint as sources)"
    return Check(
        "has_rows", BLOCK, action="Its sources have rows and the table has none: look at the joins and filters of the model.",
        query=verdict(
            table.name, "select here, sources from rows_of where here = 0 and sources > 0", ctes=counts,
            observed="(select here || ' rows, ' || sources || ' in its sources' from rows_of)",
        ),
    )  # fmt: skip


def _unique(table: Table, looked_at: str) -> Check:
    keys = ", ".join(name(k) for k in table.key)
    # one number a row is grouped many times quicker than some texts; who shares one is looked at by the key itself
    rows = f"select * from marts.{name(table.name)} where {looked_at}"
    shared = f"select hash({keys}) as h from ({rows}) group by h having count(*) > 1"
    return Check(
        "grain_unique", BLOCK, column=table.key[0] if len(table.key) == 1 else "",
        action="The grain is broken: a join multiplied rows or two versions of a key were kept.",
        query=verdict(
            table.name, f"select {keys}, count(*) as times from ({rows}) where hash({keys}) in ({shared}) group by {keys} having count(*) > 1",
            seen=f"select count(*) from ({rows})",
        ),
    )  # fmt: skip


def _filled(table: Table, column: str) -> Check:
    keys = ", ".join(name(k) for k in table.key)
    return Check(
        f"filled_{column}", BLOCK, column=column, action="This column is never null: look for a left join or a cast that lost the value.",
        query=verdict(table.name, f"select {keys} from marts.{name(table.name)} where {name(column)} is null"),
    )  # fmt: skip


def _finite(table: Table, column: str) -> Check:
    keys = ", ".join(name(k) for k in table.key)
    return Check(
        f"finite_{column}", BLOCK, column=column, action="A division by zero became infinity or NaN: divide by nullif(x, 0).",
        query=verdict(
            table.name, f"select {keys}, {name(column)}::varchar as value from marts.{name(table.name)} where not isfinite({name(column)})",
        ),
    )  # fmt: skip


def _rule(rule: Rule, bounds: Mapping[str, Bound], words: Mapping[str, str]) -> Check:
    def filled(sql: str) -> str:
        return Template(sql).substitute(words)

    query = verdict(
        rule.table, filled(rule.failing), seen=filled(rule.seen), observed=filled(rule.observed), ctes=filled(rule.ctes)
    )
    return Check(
        rule.name, bounds[rule.bound].severity if rule.bound else rule.severity, query, rule.action, column=rule.column
    )
