"""Run the DAGs in this process, one after the other, without a scheduler: for the demo and for a quick try.

The tasks, their order and their errors are those of the real DAGs; what is missing is the scheduler, so use
deploy/local_airflow.py for anything that lasts. Metadata is SQLite under FUPAN_HOME/airflow-once.
"""

import datetime as dt
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
Progress = Callable[[str, str], None]


def prepare(home: Path, root: Path = PROJECT) -> None:
    """Point this process at ``home`` and make the metadata database if it is not there.

    Must come before anything has imported Airflow (RuntimeError otherwise: its settings are read once, at import).
    """
    metadata = home / "airflow-once"
    if "airflow" in sys.modules and os.environ.get("AIRFLOW_HOME") != str(metadata):
        raise RuntimeError("Airflow is imported already with other settings: call run_dags in a new process")
    from deploy.parts import FIXED

    metadata.mkdir(parents=True, exist_ok=True)
    os.environ |= FIXED | {
        "AIRFLOW_HOME": str(metadata),
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        "AIRFLOW__CORE__DAGS_FOLDER": str(root / "dags"),
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{metadata / 'metadata.db'}",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": os.environ.get("AIRFLOW__LOGGING__LOGGING_LEVEL", "WARNING"),
        "FUPAN_HOME": str(home),
    }
    for folder in (str(root), str(root / "dags")):
        if folder not in sys.path:
            sys.path.append(folder)
    from airflow.utils.db import initdb

    if not (metadata / "ready").exists():
        initdb()
        (metadata / "ready").touch()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Airflow's log lines out of a progress display; errors still come through."""
    previous = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(previous)


def run_dags(
    business_day: dt.date,
    since: dt.date | None = None,
    dag_ids: Iterable[str] | None = None,
    progress: Progress | None = None,
    *,
    home: Path | None = None,
) -> dict[str, str]:
    """Run ``dag_ids`` (default: every pull, then build_warehouse) for ``business_day``; return dag_id -> final state.

    since: first day of history that the pulls fetch from their APIs. progress(dag_id, state) is called with "running"
    and then with the final state ("success", "failed"). A failed pull does not keep the build from running, as under a
    scheduler. Raises KeyError for an unknown dag_id, RuntimeError if a DAG file does not import.
    """
    prepare((home or Path(os.environ.get("FUPAN_HOME") or "var")).resolve())
    from airflow.dag_processing.dagbag import BundleDagBag

    folder = os.environ["AIRFLOW__CORE__DAGS_FOLDER"]
    with _quiet():
        bag = BundleDagBag(dag_folder=folder, bundle_path=Path(folder), bundle_name="dags-folder")
    if bag.import_errors:
        raise RuntimeError(f"DAG files do not import: {bag.import_errors}")
    wanted = (
        list(dag_ids)
        if dag_ids is not None
        else [*sorted(name for name in bag.dags if name.startswith("pull_")), "build_warehouse"]
    )
    states: dict[str, str] = {}
    for dag_id in wanted:
        dag = bag.dags[dag_id]
        conf = {"business_day": business_day.isoformat()}
        if since is not None and "since" in dag.params:
            conf["since"] = since.isoformat()
        for task in dag.tasks:
            task.retries = 0  # nobody waits minutes for a second try in front of a progress display
        if progress:
            progress(dag_id, "running")
        with _quiet():
            states[dag_id] = str(dag.test(logical_date=None, run_conf=conf).state.value)
        if progress:
            progress(dag_id, states[dag_id])
    return states
