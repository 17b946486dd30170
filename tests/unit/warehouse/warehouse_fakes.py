"""Small real candidates without dbt: a DuckDB file with two marts that a checked run could have left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]


def checked_candidate(home: Path, run_id: str, value: int, rows: int = 1000) -> str:
    """Leave a candidate that passed its gate: marts.facts holds `rows` rows (n, value), all of this value. Returns the run id."""
    import duckdb

    from warehouse.candidate import _keep_model_runs
    from warehouse.layout import candidate_file
    from warehouse.publication import note_build
    from warehouse.steps import next_fence

    path = candidate_file(home, run_id)
    fence = next_fence(home)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.dim_date as select date '2026-09-05' as date")
        connection.execute(f"create table marts.facts as select range as n, {value} as value from range({rows})")
    _keep_model_runs(home, run_id, [])
    note_build(home, run_id, fence=fence, as_of=None, input_loads=0, models=2, checked=True, checks_passed=1, checks_failed=0)  # fmt: skip
    return run_id


def publish(home: Path, run_id: str, value: int, rows: int = 1000):
    """Make a candidate and publish it; returns the Publication."""
    from warehouse import steps

    return steps.publish_candidate(checked_candidate(home, run_id, value, rows), home=home)


def served(home: Path) -> tuple[int, int, int]:
    """(rows, least value, greatest value) of marts.facts as a reader sees it now."""
    import duckdb

    from warehouse.layout import served_link

    with duckdb.connect(str(served_link(home)), read_only=True) as connection:
        return connection.execute("select count(*), min(value), max(value) from marts.facts").fetchone()


def fupan(home: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "warehouse.cli", *arguments, "--home", str(home)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120)


def child(code: str, *arguments: object) -> subprocess.Popen:
    """Start Python with this code, its stdin and stdout as text pipes."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
