"""The DAGs under a real scheduler: api-server, scheduler with LocalExecutor, dag-processor, triggerer, on PostgreSQL.

What shows only here: tasks as processes of their own, locks between them, partition keys from producer to consumer,
Airflow's backfill. Slow (minutes). Needs PostgreSQL's server programs and fails, never skips, without them.
"""

import datetime as dt
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest
from airflow_rest import Airflow, wait_for
from company import FIRST_DAY, drop_exports, simulated_api

pytestmark = pytest.mark.scheduler
PROJECT = Path(__file__).resolve().parents[2]
SOURCES = [
    "crm", "douyin", "erp", "kuaidi100", "kuaishou", "market", "plan", "qianchuan", "shop", "supply", "taobao", "tencent", "web",
    "wecom", "weixin",
]  # fmt: skip
DAYS = [FIRST_DAY + dt.timedelta(days=number) for number in (3, 4, 5)]
KEYS = [day.isoformat() for day in DAYS]
BUILDS_SECONDS = 900


def supervisor(command: str, home: Path, **environment: str) -> subprocess.CompletedProcess:
    """Run what `make up` and `make down` run."""
    return subprocess.run(
        [sys.executable, str(PROJECT / "deploy" / "local_airflow.py"), command, "--home", str(home)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=400,
    )


def ours(home: Path) -> list[psutil.Process]:
    """Every live process that belongs to ``home``: parts and tasks by their environment, PostgreSQL by its folder."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline", "status"]):
        try:
            mine = process.environ().get("FUPAN_SUPERVISOR") == str(home)
        except psutil.Error:
            mine = False
        if process.info["status"] != psutil.STATUS_ZOMBIE and (
            mine or str(home) in " ".join(process.info["cmdline"] or [])
        ):
            found.append(process)
    return [process for process in found if process.pid != os.getpid()]


@pytest.fixture(scope="module")
def home():
    """A FUPAN_HOME that PostgreSQL's user can reach (pytest's own folders are closed to it), with exports waiting."""
    folder = Path(tempfile.mkdtemp(prefix="fupan-scheduler-"))
    folder.chmod(0o755)
    drop_exports(folder, FIRST_DAY, DAYS[-1])
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def airflow(home):
    """The whole of Airflow, started as `make up` does, with the API that the 千川 pull asks; stopped at the end."""
    with simulated_api(home, DAYS[-1]) as address:
        started = supervisor("up", home, FUPAN_QIANCHUAN_URL=address)
        assert started.returncode == 0, f"up failed:\n{started.stdout}\n{started.stderr}"
        words = dict(re.findall(r"^(Airflow|password):\s+(\S+)", started.stdout, re.MULTILINE))
        try:
            yield Airflow(words["Airflow"], "admin", words["password"])
        finally:
            stopped = supervisor("down", home)
    assert stopped.returncode == 0, stopped.stderr
    assert [process.cmdline() for process in ours(home)] == [], "down left processes behind"
    assert not (home / "state" / "airflow.json").exists()
    assert supervisor("down", home).stdout.strip() == "nothing was running"


def explain(airflow: Airflow) -> str:
    """What runs, and the log of the first task that failed: what a person would look for."""
    lines = []
    for dag_id in ["build_warehouse", *(f"pull_{source}" for source in SOURCES)]:
        lines += [f"{dag_id} {run['partition_key']} {run['state']}" for run in airflow.runs(dag_id)]
    for task in airflow.tasks("build_warehouse"):
        if task["state"] in ("failed", "up_for_retry"):
            path = f"dags/build_warehouse/dagRuns/{task['dag_run_id']}/taskInstances/{task['task_id']}/logs/1"
            lines.append(str(airflow.get(path, full_content=True))[-4000:])
            break
    return "\n".join(lines)


def running_build(airflow: Airflow) -> list[dict]:
    """The tasks of build_warehouse that are running now."""
    return [task for task in airflow.tasks("build_warehouse") if task["state"] == "running"]


@pytest.fixture(scope="module")
def done(airflow):
    """A backfill of three business days of every source, and all that follows from it over.

    Airflow adds the run of last night to a DAG that has had its first run, so there are runs of one more day, on which
    the company has no data; the tests look at the three days only.
    """
    wait_for(
        "all DAGs",
        lambda: airflow.get("dags")["total_entries"] == len(SOURCES) + 1,
        240,
        lambda: airflow.get("importErrors"),
    )
    assert airflow.get("importErrors")["total_entries"] == 0
    for source in SOURCES:
        airflow.backfill(f"pull_{source}", KEYS[0], KEYS[-1])

    def finished():
        builds = airflow.runs("build_warehouse")
        pulls = [run for source in SOURCES for run in airflow.runs(f"pull_{source}")]
        keys = {run["partition_key"] for run in builds}
        return keys.issuperset(KEYS) and all(run["state"] in ("success", "failed") for run in builds + pulls)

    wait_for("three builds", finished, BUILDS_SECONDS, lambda: explain(airflow))


@pytest.fixture(scope="module")
def into_a_build(airflow, done) -> dict[str, str]:
    """A build by hand, and two pulls by hand while it runs; all of it over. Returns DAG -> run id."""
    runs = {"build_warehouse": airflow.trigger("build_warehouse", business_day=KEYS[-1])}
    wait_for("a running build", lambda: running_build(airflow), 120, lambda: explain(airflow))
    runs |= {dag_id: airflow.trigger(dag_id, business_day=KEYS[-1]) for dag_id in ("pull_erp", "pull_web")}

    def over():
        states = {airflow.get(f"dags/{dag_id}/dagRuns/{run_id}")["state"] for dag_id, run_id in runs.items()}
        return states <= {"success", "failed"}

    wait_for("the build and the pulls by hand", over, BUILDS_SECONDS, lambda: explain(airflow))
    return runs


def test_all_parts_are_healthy_and_listen_on_loopback_only(airflow, home):
    assert supervisor("status", home).stdout.count(" healthy") == 4
    sockets = [
        connection.laddr.ip
        for process in ours(home)
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert sockets, "nothing listens: the check would pass for the wrong reason"
    assert set(sockets) == {"127.0.0.1"}


def test_strangers_are_kept_out(airflow):
    stranger = airflow.http.__class__(base_url=airflow.http.base_url, trust_env=False)
    assert stranger.get("/api/v2/dags").status_code == 401
    for password in ("admin", "airflow", "password", ""):
        answer = stranger.post("/auth/token", json={"username": "admin", "password": password})
        assert answer.status_code in (400, 401, 422), answer.text


def test_secrets_are_private(airflow, home):
    for name in ("airflow_secrets.json", "airflow.json"):
        assert (home / "state" / name).stat().st_mode & 0o077 == 0


def test_backfill_pulled_every_business_day(airflow, done):
    for source in SOURCES:
        runs = [run for run in airflow.runs(f"pull_{source}") if run["run_type"] == "backfill"]
        assert sorted(run["partition_key"] for run in runs) == KEYS, source
        wrong = [run for run in runs if run["state"] != "success"]
        # The file without a byte is refused by the first pull of its source, and by no other.
        assert [run["partition_key"] for run in wrong] == ([KEYS[0]] if source == "shop" else []), source


def test_a_refused_file_is_red_and_the_day_is_published_all_the_same(airflow, done):
    run = next(run for run in airflow.runs("pull_shop") if run["partition_key"] == KEYS[0])
    states = {task["task_id"]: task["state"] for task in airflow.tasks("pull_shop", run["dag_run_id"])}
    assert states == {"pull": "success", "report_refused": "failed", "announce": "success"}


def test_every_day_was_built_once_with_its_key(airflow, done):
    builds = [run for run in airflow.runs("build_warehouse") if run["partition_key"] in KEYS]
    assert sorted(run["partition_key"] for run in builds) == KEYS, explain(airflow)
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
