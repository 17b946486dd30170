"""Row order is irrelevant: the same raw rows inserted last first give the same marts, row for row."""

from __future__ import annotations

import dbt_raw_world
import dbt_scenarios
import pytest


@pytest.fixture(scope="module")
def both(built, tmp_path_factory):
    """A connection with the build of the usual order attached as `usual` and the one of the reversed order as `reversed`."""
    import duckdb

    folder = tmp_path_factory.mktemp("reversed")
    database = folder / "reversed.duckdb"
    dbt_raw_world.write_raw(database, dbt_scenarios.all_scenarios(), backwards=True)
    outcome = dbt_raw_world.build(database, folder, left_out=["test", "unit_test"])
    assert outcome.nodes and not outcome.failed and outcome.exception is None
    with duckdb.connect() as con:
        con.execute(f"attach '{built}' as usual (read_only)")
        con.execute(f"attach '{database}' as other (read_only)")
        yield con


def test_every_mart_is_the_same(both):
    marts = [
        row[0]
        for row in both.execute(
            "select table_name from duckdb_tables() where database_name = 'usual' and schema_name = 'marts'"
        ).fetchall()
    ]
    assert len(marts) >= 16
    for mart in marts:
        missing = both.execute(
            f"select count(*) from (from usual.marts.{mart} except all from other.marts.{mart})"
        ).fetchone()[0]
        extra = both.execute(
            f"select count(*) from (from other.marts.{mart} except all from usual.marts.{mart})"
        ).fetchone()[0]
        assert (mart, missing, extra) == (mart, 0, 0)
