"""A SQLAlchemy dialect of DuckDB whose rows outlive the connection: `duckdb+fupan://`.

Great Expectations reads a result after it has given its connection back. A DuckDB cursor is empty by then, so every
metric fails with `IndexError: list index out of range` and looks like bad data. Here each result is read into memory
as soon as the statement has run. Results of checks are a handful of rows, so the memory does not matter.

`tests/unit/expectations/test_dialect.py` asserts that the stock dialect still fails: when that test goes red, this
module and its registration can go.
"""

from __future__ import annotations

from sqlalchemy.dialects import registry
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
from sqlalchemy.engine.default import DefaultExecutionContext

SCHEME = "duckdb+fupan"


class BufferedExecutionContext(DefaultExecutionContext):
    """Reads all rows of a statement before anybody can close the connection under them."""

    def post_exec(self) -> None:
        """Replace the lazy cursor by its rows; statements without rows (set, create view) are left alone."""
        super().post_exec()
        if self.cursor.description is not None:
            self.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(self.cursor, self.cursor.description)


def _dialect_class():
    from duckdb_engine import Dialect

    class FupanDuckDBDialect(Dialect):
        """duckdb_engine's dialect with buffered results; its name stays `duckdb`, so that compilers find it."""

        driver = "fupan"
        execution_ctx_cls = BufferedExecutionContext
        supports_statement_cache = False

    return FupanDuckDBDialect


def __getattr__(name: str):
    """`FupanDuckDBDialect`, made on first use: SQLAlchemy's registry looks it up here."""
    if name == "FupanDuckDBDialect":
        made = globals()[name] = _dialect_class()
        return made
    raise AttributeError(name)


def register() -> None:
    """Make `duckdb+fupan://` known to SQLAlchemy in this process; calling it again does nothing new."""
    registry.register("duckdb.fupan", "expectations.dialect", "FupanDuckDBDialect")


def url(database: str = ":memory:") -> str:
    """The connection string of a DuckDB file (or of a database in memory) under this dialect."""
    return f"{SCHEME}:///{database}"
