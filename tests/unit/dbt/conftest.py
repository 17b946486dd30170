"""One dbt build over all scenarios serves every test of this folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import dbt_raw_world
import dbt_scenarios


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Path:
    """Path of a DuckDB file with every scenario built and every dbt test passed."""
    folder = tmp_path_factory.mktemp("dbt")
    database = folder / "build.duckdb"
    dbt_raw_world.write_raw(database, dbt_scenarios.all_scenarios())
    outcome = dbt_raw_world.build(database, folder)
    bad = [f"{n.name}: {n.message}" for n in outcome.nodes if n.status not in ("success", "pass", "warn")]
    assert not bad and outcome.exception is None, "\n".join(bad) or outcome.exception
    assert len(outcome.nodes) > 60, "dbt built almost nothing"
    return database


@pytest.fixture(scope="session")
def ask(built):
    """A function: SQL text -> list of row tuples, read only."""
    import duckdb

    with duckdb.connect(str(built), read_only=True) as con:
        yield lambda sql: con.execute(sql).fetchall()
