"""Run all DAGs in one process with the work itself recorded instead of done: what is tested is the wiring.

Arguments: FUPAN_HOME, then a JSON list of {"day", "since", "down": [sources], "refused": [sources], "gate": message or
null}, run one after the other. Prints one line of JSON: a list of the states and the calls in their order.
"""

import datetime as dt
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest import mock


def run_case(home: Path, case: dict) -> dict:
    """Run every DAG once for ``case`` and return {"states": ..., "calls": ...}."""
    import ingest.pipeline
    import warehouse.steps
    from deploy.run_dags import run_dags
    from warehouse.errors import GateFailed

    calls = []

    def pull(source, day, *, home=None, since=None, drops=(), credentials=None):
        calls.append(["pull", source, day.isoformat(), since and since.isoformat()])
        if source in case["down"]:
            raise OSError("the API does not answer")
        bad = SimpleNamespace(dataset="orders", file_name="cut.csv", reason="line 7: the file ends within a row")
        good = SimpleNamespace(status="loaded", rows_read=4, rows_loaded=2, rows_quarantined=1, rows_non_data=1)
        return SimpleNamespace(loads=[good], refused=[bad] if source in case["refused"] else [])

    def step(name):
        def record(run_id, as_of=None, *, home=None):
            calls.append([name, run_id, as_of and as_of.isoformat()])
            if name == "check" and case["gate"]:
                raise GateFailed(case["gate"])

        return record

    since = dt.date.fromisoformat(case["since"]) if case["since"] else None
    with (
        mock.patch.object(ingest.pipeline, "pull", pull),
        mock.patch.object(warehouse.steps, "build_candidate", step("build")),
        mock.patch.object(warehouse.steps, "check_candidate", step("check")),
        mock.patch.object(warehouse.steps, "publish_candidate", step("publish")),
    ):
        states = run_dags(dt.date.fromisoformat(case["day"]), since, home=home)
    return {"states": states, "calls": calls}


if __name__ == "__main__":
    print("\n" + json.dumps([run_case(Path(sys.argv[1]), case) for case in json.loads(sys.argv[2])]))
