"""Parse the DAG folder given as the first argument as Airflow does, and print what it holds as one line of JSON.

Runs in a process of its own: what parsing imports can only be seen there.
"""

import json
import sys
import time
from pathlib import Path

HEAVY = ("pandas", "dbt", "great_expectations", "duckdb", "pyarrow", "apprise")


def describe(folder: str) -> dict:
    """Return import errors, the heavy modules that were imported, seconds, and a description of every DAG."""
    import airflow  # noqa: F401  (its own start-up is not the DAGs' cost)
    from airflow.dag_processing.dagbag import BundleDagBag

    before = set(sys.modules)
    started = time.monotonic()
    bag = BundleDagBag(dag_folder=folder, bundle_path=Path(folder), bundle_name="dags-folder")
    seconds = time.monotonic() - started
    return {
        "import_errors": bag.import_errors,
        "heavy": [name for name in HEAVY if name in sys.modules and name not in before],
        "seconds": seconds,
        "files": sorted({str(Path(dag.fileloc).relative_to(folder)) for dag in bag.dags.values()}),
        "dags": {
            dag.dag_id: {
                "doc_md": dag.doc_md,
                "tags": sorted(dag.tags),
                "catchup": dag.catchup,
                "max_active_runs": dag.max_active_runs,
                "params": sorted(dag.params),
                "timetable": type(dag.timetable).__name__,
                "tasks": {
                    task.task_id: {
                        "owner": task.owner,
                        "retries": task.retries,
                        "pool": task.pool,
                        "trigger_rule": task.trigger_rule.value,
                        "outlets": [asset.uri for asset in task.outlets],
                        "downstream": sorted(task.downstream_task_ids),
                        "alerts": bool(task.on_failure_callback),
                        "active_limit": task.max_active_tis_per_dag,
                    }
                    for task in dag.tasks
                },
            }
            for dag in bag.dags.values()
        },
    }


if __name__ == "__main__":
    print("\n" + json.dumps(describe(sys.argv[1])))
