"""The command line: quick help, exit codes a script can tell apart, JSON, and words for every failure."""

from __future__ import annotations

import json
import resource
import subprocess
import sys

import pytest
from typer.testing import CliRunner
from warehouse_fakes import PROJECT, child, fupan, publish

from ingest.contract import all_contracts
from warehouse.cli import app

HEAVY = ("pandas", "dbt", "great_expectations", "duckdb", "airflow", "pyarrow", "simulator", "httpx")
#: holds the warehouse's lock until its stdin closes
HOLDER = """
import pathlib, sys
from ingest.locks import exclusive
with exclusive(pathlib.Path(sys.argv[1]), "warehouse"):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_help_is_quick():
    """Under a second of CPU for the whole process, imports and all (the least of two, as the machine may be busy)."""

    def cpu() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        shown = subprocess.run([sys.executable, "-m", "warehouse.cli", "--help"], cwd=PROJECT, capture_output=True, text=True)  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert shown.returncode == 0
        for command in ("simulate", "load", "run", "status", "query", "rollback"):
            assert command in shown.stdout
        assert "3 a file was refused" in shown.stdout
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(cpu(), cpu()) < 1.0


@pytest.mark.parametrize("command", [[], ["run"], ["load"], ["query"]])
def test_help_imports_nothing_heavy(command):
    code = (
        "import sys, json\nfrom typer.testing import CliRunner\nfrom warehouse.cli import app\n"
        "result = CliRunner().invoke(app, [*json.loads(sys.argv[1]), '--help'])\nassert result.exit_code == 0\n"
        "print(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
    )
    loaded = subprocess.run([sys.executable, "-c", code, json.dumps(command)], cwd=PROJECT, capture_output=True, text=True, check=True)  # fmt: skip
    modules = json.loads(loaded.stdout)
    assert "typer" in modules
    assert not set(HEAVY) & set(modules)


def test_load_counts_and_refuses(tmp_path):
    """0 and a counting for a good file, 0 and `duplicate` for the same again, 3 for a refused one, 2 for wrong usage."""
    good = next((PROJECT / "tests/golden/refunds/inbox/douyin/orders").glob("*0910*"))
    names = ("--source", "douyin", "--dataset", "orders")
    loaded = fupan(tmp_path / "home", "load", str(good), *names, "--json")
    assert loaded.returncode == 0, loaded.stderr
    told = json.loads(loaded.stdout)
    assert told["status"] == "loaded"
    assert told["rows_read"] == told["rows_loaded"] + told["rows_quarantined"] + told["rows_non_data"] == 2
    again = fupan(tmp_path / "home", "load", str(good), *names)
    assert again.returncode == 0 and again.stdout.startswith("duplicate: ")
    empty = tmp_path / "empty.csv"
    empty.touch()
    refused = fupan(tmp_path / "home", "load", str(empty), *names)
    assert refused.returncode == 3 and "0 bytes" in refused.stdout
    assert "Traceback" not in refused.stderr
    unknown = fupan(tmp_path / "home", "load", str(good), "--source", "douyin", "--dataset", "ordres")
    assert unknown.returncode == 2 and "ordres" in unknown.stderr
    missing = fupan(tmp_path / "home", "load", str(tmp_path / "nowhere.csv"), *names)
    assert missing.returncode == 2
    assert good.exists() and empty.exists(), "the files stay where they are"


def test_query(tmp_path):
    nothing = fupan(tmp_path, "query", "select 1")
    assert nothing.returncode == 1 and "nothing is published yet" in nothing.stderr
    publish(tmp_path, "one", 7, rows=3)
    rows = fupan(tmp_path, "query", "select value, count(*) as n from facts group by value", "--json")
    assert json.loads(rows.stdout) == [{"value": 7, "n": 3}]
    table = fupan(tmp_path, "query", "select n, value from marts.facts order by n", "--limit", "2")
    assert table.returncode == 0 and "3 rows, the first 2 shown" in table.stdout
    wrong = fupan(tmp_path, "query", "select nothing from nowhere")
    assert wrong.returncode == 1 and "nowhere" in wrong.stderr and "Traceback" not in wrong.stderr
    writing = fupan(tmp_path, "query", "delete from marts.facts")
    assert writing.returncode == 1 and "read-only" in writing.stderr


def test_status(tmp_path):
    told = json.loads(fupan(tmp_path, "status", "--json").stdout)
    assert told["publication"] is None and told["versions"] == []
    publish(tmp_path, "one", 7)
    told = json.loads(fupan(tmp_path, "status", "--json").stdout)
    assert told["publication"]["version"] == "one" and told["publication"]["as_of"] == "2026-09-05"
    assert len(told["freshness"]) == len(all_contracts())
    spoken = fupan(tmp_path, "status")
    assert spoken.returncode == 0 and "published: one, business day 2026-09-05" in spoken.stdout


def test_rollback(tmp_path):
    assert fupan(tmp_path, "rollback").returncode == 1
    publish(tmp_path, "one", 1)
    publish(tmp_path, "two", 2)
    told = fupan(tmp_path, "rollback", "--json")
    assert json.loads(told.stdout) == {"from": "marts_two.duckdb", "to": "marts_one.duckdb"}
    oldest = fupan(tmp_path, "rollback")
    assert oldest.returncode == 1 and "oldest version" in oldest.stderr


def test_status_after_a_rollback_tells_what_is_served(tmp_path):
    publish(tmp_path, "one", 1)
    publish(tmp_path, "two", 2)
    assert fupan(tmp_path, "rollback").returncode == 0
    assert json.loads(fupan(tmp_path, "status", "--json").stdout)["publication"]["version"] == "one"


def test_busy(tmp_path, monkeypatch):
    """Another process holds the lock: exit code 5 and its process id; once it has ended, the command works."""
    from ingest import locks

    monkeypatch.setitem(locks.exclusive.__wrapped__.__kwdefaults__, "wait_seconds", 0.2)
    publish(tmp_path, "one", 1)
    publish(tmp_path, "two", 2)
    with child(HOLDER, tmp_path) as holder:
        assert holder.stdout.readline() == "held\n"
        busy = CliRunner().invoke(app, ["rollback", "--home", str(tmp_path)])
        assert busy.exit_code == 5
        assert f"process {holder.pid}" in busy.stderr
        holder.kill()
        holder.wait()
    assert CliRunner().invoke(app, ["rollback", "--home", str(tmp_path)]).exit_code == 0


@pytest.mark.parametrize(
    ("kind", "code"),
    [("GateFailed", 4), ("BuildFailed", 1), ("Superseded", 1), ("NothingPublished", 1), ("OSError", 1)],
)
def test_exit_codes_of_a_run(kind, code, tmp_path, monkeypatch):
    """What stops a run becomes its exit code and its own words on stderr, never a traceback."""
    import builtins

    import warehouse.run
    from warehouse import errors

    def told(*_: object, **__: object):
        raise (getattr(errors, kind, None) or getattr(builtins, kind))("the reason and what to do")

    monkeypatch.setattr(warehouse.run, "run_all", told)
    result = CliRunner().invoke(app, ["run", "--home", str(tmp_path)])
    assert result.exit_code == code
    assert "the reason and what to do" in result.stderr
