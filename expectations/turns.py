"""Which rows of a long table a day's gate looks at: those of the keys that the run changed, and a thirtieth of all others in turn.

A table of years would take the gate longer each day, for rows that were looked at when they came. Each key has its turn on one of thirty
days all the same, so that what went wrong in a file at rest is found. A rebuild, and a table below LONG rows, is looked at whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from expectations.sql import name

if TYPE_CHECKING:
    import duckdb

    from expectations.catalogue import Table

#: rows from which on a table is long
LONG = 1_000_000
TURNS = 30
EVERYTHING = "true"


@dataclass(frozen=True)
class Turn:
    """What a gate needs to know of a candidate. number: whose turn it is (0 to 29), None in a rebuild; rows: of each mart, about."""

    number: int | None = None
    rows: Mapping[str, int] = field(default_factory=dict)

    def looked_at(self, table: Table) -> str:
        """A condition in SQL on the rows of a table, and on those of any other with the columns of its `turn_by`."""
        if self.number is None or not table.turn_by or self.rows.get(table.name, 0) < LONG:
            return EVERYTHING
        keys = ", ".join(map(name, table.turn_by))
        changed = [f"select {keys} from changes.{name(of)}" for of in table.turn_of]
        in_turn = f"select {keys} from marts.{name(table.turn_of[0])} where hash({keys}) % {TURNS} = {self.number}"
        return f"({keys}) in ({' union all '.join([*changed, in_turn])})"


def turn_of(connection: duckdb.DuckDBPyConnection) -> Turn:
    """Of a candidate; everything is looked at in a rebuild, and in a file that is no build."""
    listed = "select table_name, estimated_size from duckdb_tables() where schema_name = {}"
    if "run" not in dict(connection.execute(listed.format("'raw'")).fetchall()):
        return Turn()
    if not connection.execute("select continues from raw.run").fetchone()[0]:
        return Turn()
    day = "select (as_of - date '2000-01-01') % ? from intermediate.int_data_span"
    (number,) = connection.execute(day, [TURNS]).fetchone()
    return Turn(number, dict(connection.execute(listed.format("'marts'")).fetchall()))
