"""A small client of Airflow's REST API for the scheduler tests."""

import time
from collections.abc import Callable

import httpx

#: as many as Airflow gives at once
PAGE = 100


class Airflow:
    """A logged-in session with the api-server at ``address``."""

    def __init__(self, address: str, user: str, password: str) -> None:
        self.http = httpx.Client(base_url=address, trust_env=False, timeout=120)
        answer = self.http.post("/auth/token", json={"username": user, "password": password})
        answer.raise_for_status()
        self.http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"

    def get(self, path: str, **params) -> dict:
        """GET /api/v2/<path> as JSON; raises httpx.HTTPStatusError on an error."""
        answer = self.http.get(f"/api/v2/{path}", params=params)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: dict) -> dict:
        """POST /api/v2/<path>; raises AssertionError with the server's words on an error."""
        answer = self.http.post(f"/api/v2/{path}", json=body)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def runs(self, dag_id: str = "~", **params) -> list[dict]:
        """All runs of a DAG, or of all DAGs."""
        return self._all(f"dags/{dag_id}/dagRuns", "dag_runs", params)

    def tasks(self, dag_id: str, run_id: str = "~") -> list[dict]:
        """Task instances of one run, or of all runs of the DAG."""
        return self._all(f"dags/{dag_id}/dagRuns/{run_id}/taskInstances", "task_instances", {})

    def _all(self, path: str, kind: str, params: dict) -> list[dict]:
        """Every page of a list."""
        found: list[dict] = []
        while True:
            page = self.get(path, limit=PAGE, offset=len(found), **params)
            found += page[kind]
            if len(page[kind]) < PAGE:
                return found

    def started(self, dag_id: str) -> int:
        """How many runs of a backfill have been started."""
        states = ["running", "success", "failed"]
        return self.get(f"dags/{dag_id}/dagRuns", limit=1, run_type="backfill", state=states)["total_entries"]

    def wait_for_dags(self, count: int) -> None:
        """Return when so many DAGs are there; AssertionError when one cannot be imported."""
        wait_for("all DAGs", lambda: self.get("dags")["total_entries"] == count, 240, lambda: self.get("importErrors"))
        assert self.get("importErrors")["total_entries"] == 0

    def all_over(self, keys: list[str]) -> bool:
        """Whether these business days, and every other one that was pulled, have a build, and no run of any DAG is under way."""
        if self.get("dags/~/dagRuns", limit=1, state=["running", "queued"])["total_entries"]:
            return False  # which is asked cheaply, many times
        runs = self.runs()
        built = {run["partition_key"] for run in runs if run["dag_id"] == "build_warehouse"}
        # a build may have come up between the two questions
        return all(run["state"] in ("success", "failed") for run in runs) and built.issuperset(
            {*keys, *(run["partition_key"] for run in runs if run["partition_key"])}
        )

    def backfill(self, dag_id: str, first: str, last: str) -> None:
        """Ask for Airflow's own backfill of the business days ``first`` .. ``last``."""
        body = {
            "dag_id": dag_id,
            "from_date": f"{first}T00:00:00Z",
            "to_date": f"{last}T23:59:59Z",
            "max_active_runs": 1,
        }
        self.post("backfills", body | {"run_backwards": False, "dag_run_conf": {}, "reprocess_behavior": "none"})

    def trigger(self, dag_id: str, **conf) -> str:
        """Start a run by hand with parameters; return its run id."""
        return self.post(f"dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf})["dag_run_id"]


def wait_for(what: str, ready: Callable[[], object], seconds: float, explain: Callable[[], object] = lambda: ""):
    """Return the first true answer of ``ready``; AssertionError with ``explain()`` when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = ready()
        if found:
            return found
        time.sleep(1)
    raise AssertionError(f"{what}: not within {seconds:.0f} s; {explain()}")


def running_build(airflow: Airflow) -> list[dict]:
    """The tasks of build_warehouse that are running now."""
    return [task for task in airflow.tasks("build_warehouse") if task["state"] == "running"]


def explain(airflow: Airflow) -> str:
    """What runs, and the log of the first task that failed: what a person would look for."""
    lines = [f"{run['dag_id']} {run['partition_key']} {run['state']}" for run in airflow.runs()]
    for task in airflow.tasks("build_warehouse"):
        if task["state"] in ("failed", "up_for_retry"):
            path = f"dags/build_warehouse/dagRuns/{task['dag_run_id']}/taskInstances/{task['task_id']}/logs/1"
            lines.append(str(airflow.get(path, full_content=True))[-4000:])
            break
    return "\n".join(lines)
