"""The DAGs under a real scheduler: api-server, scheduler with LocalExecutor, dag-processor, triggerer, on PostgreSQL.

What shows only here: tasks as processes of their own, locks between them, partition keys from producer to consumer,
Airflow's backfill. Slow (minutes). Needs PostgreSQL's server programs and fails, never skips, without them.
"""

import psutil
import pytest
from airflow_rest import explain
from machine import SOURCES, ours, supervisor

from deploy import local_airflow

pytestmark = pytest.mark.scheduler


def test_all_parts_are_healthy_and_listen_on_loopback_only(airflow, home):
    assert supervisor("status", home).stdout.count(" healthy") == 4
    state = local_airflow.read_state(home)
    listening = [
        connection.laddr
        for process in ours(home, state["parts"])
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert state["port"] in {address.port for address in listening}, "the check would pass for the wrong reason"
    assert {address.ip for address in listening} == {"127.0.0.1"}


def test_strangers_are_kept_out(airflow):
    stranger = airflow.http.__class__(base_url=airflow.http.base_url, trust_env=False)
    assert stranger.get("/api/v2/dags").status_code == 401
    for password in ("admin", "airflow", "password", ""):
        answer = stranger.post("/auth/token", json={"username": "admin", "password": password})
        assert answer.status_code in (400, 401, 422), answer.text


def test_secrets_are_private(airflow, home):
    for name in ("airflow_secrets.json", "airflow.json"):
        assert (home / "state" / name).stat().st_mode & 0o077 == 0


def test_backfill_pulled_every_business_day(airflow, done, keys):
    for source in SOURCES:
        runs = [run for run in airflow.runs(f"pull_{source}") if run["run_type"] == "backfill"]
        assert sorted(run["partition_key"] for run in runs) == keys, source
        wrong = [run for run in runs if run["state"] != "success"]
        # The file without a byte is refused by the first pull of its source, and by no other.
        assert [run["partition_key"] for run in wrong] == ([keys[0]] if source == "shop" else []), source


def test_a_refused_file_is_red_and_the_day_is_published_all_the_same(airflow, done, keys):
    run = next(run for run in airflow.runs("pull_shop") if run["partition_key"] == keys[0])
    states = {task["task_id"]: task["state"] for task in airflow.tasks("pull_shop", run["dag_run_id"])}
    assert states == {"pull": "success", "report_refused": "failed", "announce": "success"}


def test_every_day_was_built_once_with_its_key(airflow, done, keys):
    builds = [run for run in airflow.runs("build_warehouse") if run["partition_key"] in keys]
    assert sorted(run["partition_key"] for run in builds) == keys, explain(airflow)
    assert {run["state"] for run in builds} == {"success"}, explain(airflow)
    for run in builds:
        tasks = airflow.tasks("build_warehouse", run["dag_run_id"])
        assert [(task["state"], task["try_number"]) for task in tasks] == [("success", 1)] * 3, (
            "a retry hides a lock fault"
        )


def test_two_pulls_ran_while_a_build_was_running(airflow, into_a_build):
    tasks = {dag_id: airflow.tasks(dag_id, run_id) for dag_id, run_id in into_a_build.items()}
    assert {task["state"] for found in tasks.values() for task in found} == {"success"}, explain(airflow)
    builds = [(task["start_date"], task["end_date"]) for task in tasks["build_warehouse"]]
    for dag_id in ("pull_erp", "pull_web"):
        pull = next(task for task in tasks[dag_id] if task["task_id"] == "pull")
        assert any(start < pull["end_date"] and pull["start_date"] < end for start, end in builds), dag_id


def test_builds_did_not_overlap(airflow, into_a_build):
    tasks = [task for task in airflow.tasks("build_warehouse") if task["start_date"]]
    spans = sorted((task["start_date"], task["end_date"]) for task in tasks)
    assert all(before[1] <= after[0] for before, after in zip(spans, spans[1:], strict=False))


def test_the_publication_is_there_and_answers(home, into_a_build):
    import duckdb

    with duckdb.connect(str(home / "serve" / "marts.duckdb"), read_only=True) as marts:
        lines, days = marts.execute(
            "select count(*), count(distinct ordered_date) from marts.fct_order_lines"
        ).fetchone()
        publications = marts.execute("select count(*) from ops.publications").fetchone()[0]
        loads = dict(marts.execute("select status, count(*) from ops.loads group by status").fetchall())
    assert lines > 300 and days >= 3
    assert publications >= 4
    assert loads["refused"] == 1 and loads["loaded"] > 10
