"""`fupan run` beside a build of Airflow's, and a build whose worker is killed at its work: the publication stays, to the last row.

The same files read by one `fupan run` in another home, without any Airflow, give that publication too.
"""

import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest
from airflow_rest import explain, wait_for
from company import COMPANY, DAYS, FIRST_DAY
from machine import BUILDS_SECONDS, new_home
from publications import apart, ask, fupan_run, give_answers, marts, published_day

pytestmark = pytest.mark.scheduler


def holder(home: Path) -> int | None:
    """The process that holds the writer's lock, by the number that it wrote into it; None when nobody does."""
    from ingest.locks import Busy, exclusive

    try:
        with exclusive(home, "warehouse", wait_seconds=0):
            return None
    except Busy:
        return int((home / "state" / "warehouse.lock").read_text() or 0) or None


def waits(home: Path, process: subprocess.Popen) -> bool:
    """Whether a process is at the writer's lock, which another one holds."""
    assert process.poll() is None, process.communicate()
    return str(home / "state" / "warehouse.lock") in [f.path for f in psutil.Process(process.pid).open_files()]


def build_at_work(airflow, home: Path) -> tuple[str, int]:
    """Start a build by Airflow; its run id and its process, as soon as that holds the writer's lock."""
    run_id = airflow.trigger("build_warehouse", business_day=DAYS[-1].isoformat())
    return run_id, wait_for("the build's process", lambda: holder(home), 240, lambda: explain(airflow))


def over(airflow, run_id: str) -> dict[str, tuple[str, int]]:
    """Wait for the end of a build; task -> (state, number of tries)."""

    def ended():
        return airflow.get(f"dags/build_warehouse/dagRuns/{run_id}")["state"] in ("success", "failed")

    wait_for("the end of the build", ended, BUILDS_SECONDS, lambda: explain(airflow))
    return {task["task_id"]: (task["state"], task["try_number"]) for task in airflow.tasks("build_warehouse", run_id)}


@pytest.fixture(scope="module")
def before(home, into_a_build) -> dict[str, str]:
    """The marts as they were published before anything went wrong."""
    return marts(home)


@pytest.fixture(scope="module")
def beside(airflow, home, before):
    """`fupan run` started while a build of Airflow's is at work, both over. (tasks of the build, the run by hand, its words)."""
    address = (home / "simulated_api.txt").read_text().strip()
    run_id, _ = build_at_work(airflow, home)
    with fupan_run(home, published_day(home), "--force", qianchuan=address) as by_hand:
        said = by_hand.communicate(timeout=BUILDS_SECONDS)
    return over(airflow, run_id), by_hand.returncode, "".join(said), marts(home)


@pytest.fixture(scope="module")
def killed(airflow, home, beside):
    """A build whose worker is killed while `fupan run` waits for it, both over: as for `beside`."""
    address = (home / "simulated_api.txt").read_text().strip()
    run_id, victim = build_at_work(airflow, home)
    os.kill(victim, signal.SIGSTOP)  # so that it is still at its work when the other one has come as far as the lock
    with fupan_run(home, published_day(home), "--force", qianchuan=address) as by_hand:
        wait_for("the run by hand at the lock", lambda: waits(home, by_hand), 240)
        assert holder(home) == victim
        os.kill(victim, signal.SIGKILL)
        said = by_hand.communicate(timeout=BUILDS_SECONDS)
    return over(airflow, run_id), by_hand.returncode, "".join(said), marts(home)


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Marts that are not what they were."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def published_or_left(said: str, code: int) -> bool:
    """Whether a run by hand published, or left with a clear word because a build with a later number was out already."""
    return code == 0 or (code == 1 and "was started after this build and is published already" in said)


@pytest.mark.fault(32)
def test_a_run_by_hand_beside_a_build_publishes_the_same(airflow, before, beside):
    tasks, code, said, after = beside
    assert tasks["build"] == ("success", 1), explain(airflow)
    # where the run by hand was the later one and the quicker one, Airflow's has nothing left to publish
    assert {state for state, _ in tasks.values()} <= {"success", "skipped"}, explain(airflow)
    assert published_or_left(said, code), said[-3000:]
    assert len(before) > 40
    assert changed(before, after) == []


@pytest.mark.fault(28)
def test_a_killed_worker_is_tried_again_and_nothing_is_double_or_lost(airflow, before, killed):
    tasks, _, _, after = killed
    assert tasks["build"] == ("success", 2), explain(airflow)
    assert {state for state, _ in tasks.values()} <= {"success", "skipped"}, explain(airflow)
    assert changed(before, after) == []


@pytest.mark.fault(32)
def test_a_run_by_hand_that_waited_for_the_killed_one_publishes_the_same(killed):
    _, code, said, _ = killed
    assert published_or_left(said, code), said[-3000:]


def test_nothing_is_left_of_the_killed_one(home, killed):
    left = [p.name for p in (home / "warehouse").iterdir() if p.name.startswith(("building", ".", "candidate_"))]
    assert left == []
    assert not [p for p in (home / "serve").rglob(".*") if p.is_file()]


def test_no_file_was_loaded_twice(home, killed):
    assert ask(home, "select count(*) - count(distinct load_id) from ops.loads") == [(0,)]
    twice = ask(home, "select file_name from ops.loads where status = 'loaded' group by source, dataset, file_name having count(*) > 1")  # fmt: skip
    assert twice == []


def test_one_run_without_airflow_publishes_the_same(home, killed):
    """All files of all days at once, those that the API had answered among them."""
    with new_home() as other:
        COMPANY.drop_exports(other, FIRST_DAY, DAYS[-1])
        assert give_answers(home, other) > 3
        with fupan_run(other, published_day(home)) as run:
            said = run.communicate(timeout=BUILDS_SECONDS)
        assert run.returncode == 3, "".join(said)[-3000:]  # loaded and published, but for the file without a byte
        assert apart(home, other) == {}
