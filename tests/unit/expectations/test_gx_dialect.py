"""The dialect of ours: that it works, and that it is still needed."""

from __future__ import annotations

import duckdb
import pytest

from expectations import dialect
from expectations.engine import great_expectations


def _native_results(connection_string: str, tmp_path) -> list:
    """GX's own expectations on a DuckDB file of three rows, through a connection string."""
    gx = great_expectations()
    path = tmp_path / "three.duckdb"
    if not path.exists():
        with duckdb.connect(str(path)) as connection:
            connection.execute("create table t as select i, i * 0.5::decimal(9, 2) as amount from range(3) t(i)")
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_sql(
        "d", connection_string=connection_string.format(path), kwargs={"connect_args": {"read_only": True}}
    )
    batch = source.add_table_asset("t", table_name="t").add_batch_definition_whole_table("w").get_batch()
    expectations = [
        gx.expectations.ExpectTableRowCountToEqual(value=3),
        gx.expectations.ExpectColumnValuesToNotBeNull(column="i"),
        gx.expectations.ExpectColumnSumToBeBetween(column="amount", min_value=1.5, max_value=1.5),
    ]
    results = batch.validate(gx.ExpectationSuite(name="s", expectations=expectations)).results
    source.get_execution_engine().close()
    source.get_engine().dispose()
    return results


def test_native_expectations_work_through_our_dialect(tmp_path) -> None:
    dialect.register()
    assert [r.success for r in _native_results(dialect.url("{}"), tmp_path)] == [True, True, True]


def test_stock_duckdb_engine_still_fails_so_ours_is_still_needed(tmp_path) -> None:
    """Goes red when GX or duckdb_engine keep the rows themselves: then delete expectations/dialect.py and use duckdb:///."""
    assert [r.success for r in _native_results("duckdb:///{}", tmp_path)] != [True, True, True]


def test_rows_outlive_their_connection() -> None:
    import sqlalchemy as sa

    dialect.register()
    engine = sa.create_engine(dialect.url())
    with engine.connect() as connection:
        result = connection.execute(sa.text("select * from range(3)"))
        connection.execute(sa.text("create table a (b int)"))  # a statement without rows is left alone
    assert result.fetchall() == [(0,), (1,), (2,)]
    engine.dispose()


def test_importing_the_package_does_not_import_great_expectations() -> None:
    import subprocess
    import sys

    modules = "expectations.landing_gate, expectations.marts_gate, expectations.data_docs, expectations.result"
    code = f"import {modules}, sys; assert not {{'great_expectations', 'pandas', 'dbt', 'airflow'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("database", [":memory:", "/data/build.duckdb"])
def test_url_names_the_dialect(database: str) -> None:
    assert dialect.url(database) == f"duckdb+fupan:///{database}"
