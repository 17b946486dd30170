"""A small client of Airflow's REST API for the scheduler test."""

import time
from collections.abc import Callable

import httpx


class Airflow:
    """A logged-in session with the api-server at ``address``."""

    def __init__(self, address: str, user: str, password: str) -> None:
        self.http = httpx.Client(base_url=address, trust_env=False, timeout=30)
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

    def runs(self, dag_id: str) -> list[dict]:
        """All runs of a DAG."""
        return self.get(f"dags/{dag_id}/dagRuns", limit=100)["dag_runs"]

    def tasks(self, dag_id: str, run_id: str = "~") -> list[dict]:
        """Task instances of one run, or of all runs of the DAG."""
        return self.get(f"dags/{dag_id}/dagRuns/{run_id}/taskInstances", limit=100)["task_instances"]

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
