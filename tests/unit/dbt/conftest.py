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
    outcome = dbt_raw_world.dbt(database, folder, "build")
    bad = [
        f"{item.node.name}: {item.message}"
        for item in outcome.result or []
        if item.status not in ("success", "pass", "warn")
    ]
    assert outcome.success, "\n".join(bad) or outcome.exception
    assert len(outcome.result) > 60, "dbt built almost nothing"
    return database


@pytest.fixture(scope="session")
def ask(built):
    """A function: SQL text -> list of row tuples, read only."""
    import duckdb

    with duckdb.connect(str(built), read_only=True) as con:
        yield lambda sql: con.execute(sql).fetchall()
