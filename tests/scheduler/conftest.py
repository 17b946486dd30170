"""Puts this folder's helpers and the project on the path, whatever way pytest imports test files; and the one Airflow of all tests."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2]))
sys.path.append(str(Path(__file__).resolve().parent))

from airflow_rest import explain, running_build, wait_for
from company import COMPANY, DAYS, FIRST_DAY
from machine import BUILDS_SECONDS, SOURCES, new_home, whole_airflow


@pytest.fixture(scope="session")
def keys() -> list[str]:
    """The business days of the backfill, as partition keys."""
    return [day.isoformat() for day in DAYS]


@pytest.fixture(scope="session")
def home():
    """A FUPAN_HOME with exports waiting."""
    with new_home() as folder:
        COMPANY.drop_exports(folder, FIRST_DAY, DAYS[-1])
        yield folder


@pytest.fixture(scope="session")
def airflow(home):
    """The whole of Airflow on ``home``."""
    with whole_airflow(home, COMPANY, DAYS[-1]) as api:
        yield api


@pytest.fixture(scope="session")
def done(airflow, keys):
    """A backfill of two business days of every source, and all that follows from it over.

    Airflow adds the run of last night to a DAG that has had its first run, so there are runs of one more day, on which
    the company has no data; the tests look at the two days only.
    """
    airflow.wait_for_dags(len(SOURCES) + 2)
    for source in SOURCES:
        airflow.backfill(f"pull_{source}", keys[0], keys[-1])
    wait_for("a build of each day", lambda: airflow.all_over(keys), BUILDS_SECONDS, lambda: explain(airflow))


@pytest.fixture(scope="session")
def into_a_build(airflow, done, keys) -> dict[str, str]:
    """A build by hand, and two pulls by hand while it runs; all of it over. Returns DAG -> run id."""
    runs = {"build_warehouse": airflow.trigger("build_warehouse", business_day=keys[-1])}
    wait_for("a running build", lambda: running_build(airflow), 120, lambda: explain(airflow))
    runs |= {dag_id: airflow.trigger(dag_id, business_day=keys[-1]) for dag_id in ("pull_erp", "pull_web")}

    def over():
        states = {airflow.get(f"dags/{dag_id}/dagRuns/{run_id}")["state"] for dag_id, run_id in runs.items()}
        return states <= {"success", "failed"}

    wait_for("the build and the pulls by hand", over, BUILDS_SECONDS, lambda: explain(airflow))
    return runs
