"""A platform added without Python: the lines of CONTRIBUTING.md are run as they stand, and the publication holds what they promise."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import duckdb
import pytest

PROJECT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.xdist_group("warehouse")


def commands() -> str:
    """The fenced shell lines of the ten minutes, in order."""
    text = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text[text.index("## Add a platform in ten minutes") :].split("\n## ")[0]
    return "\n".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))


def mentions(name: str) -> list[str]:
    """The files of the project, outside the tests and the page itself, that have heard of a name."""
    folders = [PROJECT / f for f in ("dbt_project", "ingest", "expectations", "dags", "warehouse")]
    return [
        str(p)
        for f in folders
        for p in f.rglob("*")
        if p.is_file() and (name in p.name or name.encode() in p.read_bytes())
    ]


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """(home folder, what was said): the lines were run by bash in an empty home folder."""
    person = tmp_path_factory.mktemp("person")
    # fupan as make install writes it, for this interpreter
    (person / "bin").mkdir()
    script = person / "bin" / "fupan"
    script.write_text(f'#!/bin/sh\nexec {PROJECT}/.venv/bin/python -m warehouse.cli "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    env = {k: v for k, v in os.environ.items() if not k.startswith("FUPAN_")}
    env |= {"HOME": str(person), "PATH": f"{person / 'bin'}:{env['PATH']}", "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", commands()], cwd=PROJECT, env=env, capture_output=True, text=True, timeout=900)  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return person, done.stdout


@pytest.fixture(scope="module")
def published(walked):
    with duckdb.connect(str(walked[0] / "fupan-try/serve/marts.duckdb"), read_only=True) as connection:
        yield connection


def test_the_walk_has_every_step():
    for step in (
        "contracts new",
        "contracts check",
        "fupan load",
        "fupan run",
        "fupan query",
        "quarantine list",
        "quarantine retry",
    ):
        assert step in commands()


def test_what_was_said(walked):
    said = walked[1]
    assert "rows read 43 = loaded 42 + quarantined 0 + non-data 1" in said
    assert "look: 收货人:" in said and "adds up to the total row" in said and "gb18030" in said
    assert "rows read 6 = loaded 5 + quarantined 1 + non-data 0" in said
    assert "loaded 5 row(s), 1 set aside -> loaded 6 row(s), 0 set aside" in said
    assert "also published: staging.stg_fengji__orders, 45 rows" in said


def test_the_orders_are_published_once_each_and_newest(published):
    """42 orders of the first file, three of them again in the second with another status, and three new ones, one free."""
    assert published.execute(
        "select count(*), count(distinct order_id), count(*) filter (where paid_cny is null), min(order_date)::varchar, max(order_date)::varchar from staging.stg_fengji__orders"
    ).fetchone() == (45, 45, 1, "2026-09-08", "2026-09-11")
    assert published.execute("select typeof(paid_cny) from staging.stg_fengji__orders limit 1").fetchone() == ("DECIMAL(18,2)",)  # fmt: skip
    files = (PROJECT / "tests" / "site").glob("*.csv")
    rows = {}
    for file in sorted(files):
        for line in file.read_bytes().decode("gb18030").splitlines()[1:]:
            cells = re.findall(r'"[^"]*"|[^,]+|(?<=,)(?=,)', line)
            if cells[0] != "合计":
                rows[cells[0].strip()] = cells[6]
    counted = dict(published.execute("select order_status, count(*) from staging.stg_fengji__orders group by 1").fetchall())  # fmt: skip
    assert counted == {s: list(rows.values()).count(s) for s in set(rows.values())}


def test_both_gates_saw_it_and_ops_tells(published):
    loads = published.execute("select file_name, rows_loaded, rows_quarantined, landing_gate, retried_at is not null from ops.loads order by 1").fetchall()  # fmt: skip
    assert loads == [("蜂集订单_20260911093000.csv", 42, 0, "passed", False), ("蜂集订单_20260912093000.csv", 6, 0, "passed", True)]  # fmt: skip
    checks = dict(published.execute("select check_name, bool_and(passed) from ops.quality_results where dataset_or_table = 'fengji.orders' group by 1").fetchall())  # fmt: skip
    assert {"unique_key", "vocabulary_order_status", "required_order_id", "columns_as_declared"} <= checks.keys()
    assert checks["columns_as_declared"] and checks["unique_key"]
    assert published.execute("select count(*) from ops.model_runs where node_name = 'stg_fengji__orders' and status = 'success'").fetchone()[0] >= 1  # fmt: skip
    assert published.execute("select count(*) from ops.freshness where dataset = 'fengji.orders' and loads = 2").fetchone() == (1,)  # fmt: skip


def test_descriptions_reach_the_publication(published):
    assert "Grain: one row for each order_id" in published.execute("select comment from duckdb_tables() where table_name = 'stg_fengji__orders'").fetchone()[0]  # fmt: skip
    assert "in yuan" in published.execute("select comment from duckdb_columns() where table_name = 'stg_fengji__orders' and column_name = 'paid_cny'").fetchone()[0]  # fmt: skip


def test_nobody_of_the_report_is_published_and_the_project_is_untouched(walked):
    person, said = walked
    assert mentions("fengji") == [], "the site is written nowhere into the project"
    home = person / "fupan-try"
    exposed = [
        p for p in home.rglob("*") if p.is_file() and not p.is_relative_to(home / "landing") and p.suffix != ".key"
    ]
    texts = said + "".join(p.read_bytes().decode("utf-8", errors="replace") for p in exposed if p.suffix != ".parquet")
    assert len(exposed) > 10 and "13800001234" not in texts and "文三路" not in texts and "138****" not in texts
