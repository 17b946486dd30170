"""A backfill of 30 business days of every source under the real scheduler gives what one `fupan run` of the same files gives.

Ten days wait as a history, the files of each of the other twenty come while the backfill is under way, each of which exports the
recent days again; 千川 is asked day by day with its look-back. The other home gets all files at once, and as files what 千川
answered: what it is asked depends on the days of the pulls. Both share the key of pseudonyms and the day that the publication
reaches (`as_of`), without which no two publications could be equal. Takes long: `make test-scheduler-long`, DAYS=5 for a try.
"""

import datetime as dt
import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from airflow_rest import Airflow, explain, wait_for
from company import FIRST_DAY, MODELLED, Company
from machine import SOURCES, new_home, whole_airflow
from publications import apart, ask, fupan_run, give_answers, marts, published_day

pytestmark = [pytest.mark.scheduler, pytest.mark.long]
COMPANY = Company(days=int(os.environ.get("FUPAN_BACKFILL_DAYS", "30")), orders_per_day=30)
DAYS = [FIRST_DAY + dt.timedelta(days=number) for number in range(COMPANY.days)]
KEYS = [day.isoformat() for day in DAYS]
HISTORY = max(2, COMPANY.days // 3)
AHEAD = 5  # the files of a day come in when the pull of so many days earlier has started
LONGEST_SECONDS = int(os.environ.get("FUPAN_BACKFILL_SECONDS", "7200"))
#: files by their content; a look-back that brings the same bytes again is a duplicate
FILES = "select source, dataset, load_id, status, rows_read, rows_loaded from ops.loads where status <> 'duplicate' order by all"


class Increments:
    """The files of each day, moved into the inbox of ``home`` source by source as the backfill of that source comes near."""

    def __init__(self, home: Path, written: Path) -> None:
        self.home = home
        self.waiting: dict[tuple[str, str], list[Path]] = {}
        for path in _files(written):
            day, source = path.parts[-4:-2]
            self.waiting.setdefault((source, day), []).append(path)

    def move(self, airflow: Airflow) -> None:
        """Move in what is due."""
        for source in sorted({source for source, _ in self.waiting}):
            started = airflow.started(f"pull_{source}")
            for due in [day for day in KEYS[: started + AHEAD] if started and (source, day) in self.waiting]:
                _place(self.waiting.pop((source, due)), self.home)


def _files(written: Path) -> Iterator[Path]:
    """Files of written/<day>/<source>/<dataset>/."""
    return (path for path in sorted(written.rglob("*")) if path.is_file())


def _place(paths: list[Path], home: Path) -> None:
    """Into the inbox by a rename, as a tool that uploads would."""
    for path in paths:
        target = home.joinpath("inbox", *path.parts[-3:])
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)


def write(folder: Path) -> None:
    """folder/<day>/<source>/<dataset>/<file>: the history under its last day, then every day's increment."""
    from simulator.exports import write_exports

    world = COMPANY.world()
    for since, until in [(DAYS[0], DAYS[HISTORY - 1]), *zip(DAYS[HISTORY:], DAYS[HISTORY:], strict=True)]:
        write_exports(world, folder / until.isoformat(), since, until, only=MODELLED)


def backfill(airflow: Airflow, increments: Increments) -> None:
    """All 30 days of every source, and every build that follows from them, over."""
    airflow.wait_for_dags(len(SOURCES) + 2)
    for source in SOURCES:
        airflow.backfill(f"pull_{source}", KEYS[0], KEYS[-1])

    def over() -> bool:
        if increments.waiting:
            increments.move(airflow)
        time.sleep(3)  # asking takes the machine's time
        return not increments.waiting and airflow.all_over(KEYS)

    wait_for("thirty builds", over, LONGEST_SECONDS, lambda: explain(airflow))


def seconds(task: dict) -> float:
    """How long a task ran."""
    return (dt.datetime.fromisoformat(task["end_date"]) - dt.datetime.fromisoformat(task["start_date"])).total_seconds()


def told(airflow: Airflow, minutes: float) -> str:
    """What a backfill cost: for people who plan one."""
    tasks = [task for task in airflow.tasks("build_warehouse") if task["end_date"]]
    medians = {
        name: statistics.median(seconds(task) for task in tasks if task["task_id"] == name)
        for name in ("build", "check", "publish")
    }
    pulls = [task for task in airflow.tasks("~") if task["task_id"] == "pull" and task["end_date"]]
    return (
        f"\n{len(pulls)} pulls (median {statistics.median(map(seconds, pulls)):.1f} s) and {len(tasks) // 3} builds (medians: "
        + ", ".join(f"{name} {value:.1f} s" for name, value in medians.items())
        + f") in {minutes:.1f} minutes"
    )


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """(home of the backfill, home of one `fupan run`, the runs of Airflow, the tasks of its builds)."""
    with new_home() as home, new_home() as other:
        for folder in (home, other):
            write(folder / "written")
        _place(list(_files(other / "written")), other)
        _place(list(_files(home / "written" / KEYS[HISTORY - 1])), home)
        started = time.monotonic()
        with whole_airflow(home, COMPANY, COMPANY.last_day) as airflow:
            backfill(airflow, Increments(home, home / "written"))
            print(told(airflow, (time.monotonic() - started) / 60))
            runs, tasks = airflow.runs(), airflow.tasks("build_warehouse")
        started = time.monotonic()
        assert give_answers(home, other) > COMPANY.days
        with fupan_run(other, published_day(home)) as run:
            said = run.communicate(timeout=LONGEST_SECONDS)
        assert run.returncode == 0, "".join(said)[-3000:]
        print(f"one `fupan run` of the same files: {(time.monotonic() - started) / 60:.1f} minutes")
        yield home, other, runs, tasks


def test_every_day_of_every_source_was_pulled_once(homes):
    _, _, runs, _ = homes
    for source in SOURCES:
        found = [run for run in runs if run["dag_id"] == f"pull_{source}" and run["run_type"] == "backfill"]
        assert sorted(run["partition_key"] for run in found) == KEYS, source
        assert {run["state"] for run in found} == {"success"}, source


def test_every_day_was_built_once_at_the_first_try(homes):
    _, _, runs, tasks = homes
    builds = [r for r in runs if r["dag_id"] == "build_warehouse" and r["partition_key"] in KEYS]
    assert sorted(run["partition_key"] for run in builds) == KEYS
    assert {run["state"] for run in builds} == {"success"}
    assert {(task["state"], task["try_number"]) for task in tasks} == {("success", 1)}, "a retry hides a lock fault"


def test_every_file_was_loaded_once(homes):
    home, other, _, _ = homes
    assert [str(path) for path in _files(home / "inbox")] == []
    files = ask(home, FILES)
    assert files == ask(other, FILES)
    assert len(files) > 6 * COMPANY.days and {status for _, _, _, status, *_ in files} == {"loaded"}


def test_the_marts_are_those_of_one_run(homes):
    home, other, _, _ = homes
    assert len(marts(other)) > 40
    days, lines = ask(other, "select count(distinct ordered_date), count(*) from marts.fct_order_lines")[0]
    assert days >= COMPANY.days and lines > COMPANY.days * COMPANY.orders_per_day / 2
    assert ask(other, "select count(*) > 0 from marts.ad_performance") == [(True,)]
    assert apart(home, other) == {}
