"""What a failure of one task does to the others: the tasks run in Airflow, only their work is recorded, not done."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("dag_wiring")  # one process for the costly fixture
PROJECT = Path(__file__).resolve().parents[2]
PULLS = [
    "crm", "douyin", "erp", "kuaidi100", "kuaishou", "market", "plan", "qianchuan", "shop", "supply", "taobao", "tencent", "web",
    "wecom", "weixin",
]  # fmt: skip
USUAL = {"day": "2026-11-21", "since": None, "down": [], "refused": [], "gate": None}
TROUBLED = USUAL | {"since": "2026-11-01", "down": ["qianchuan"], "refused": ["shop"]}
GATE_FAILS = USUAL | {"day": "2026-11-22", "gate": "orders do not reconcile: 3 rows"}


@pytest.fixture(scope="module")
def wired(tmp_path_factory) -> tuple[dict, dict, str]:
    """Run every DAG for both cases in one new process; return what each did, and what was printed."""
    home = tmp_path_factory.mktemp("wired")
    paths = filter(None, [os.environ.get("PYTHONPATH", ""), str(PROJECT)])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("run_wired.py")), str(home), json.dumps([TROUBLED, GATE_FAILS])],
        env=environment | {"PYTHONPATH": os.pathsep.join(paths)},
        cwd=home,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    troubled, gate_fails = json.loads(done.stdout.strip().splitlines()[-1])
    return troubled, gate_fails, done.stdout + done.stderr


def steps(found: dict) -> list:
    """The calls of the build, in their order: [name, run id, as_of]."""
    return [call for call in found["calls"] if call[0] != "pull"]


def test_a_source_down_and_a_file_refused_are_red_and_do_not_stop_the_build(wired):
    found, _, output = wired
    red = {"pull_qianchuan", "pull_shop"}
    assert found["states"] == {dag: "failed" if dag in red else "success" for dag in found["states"]}
    assert len(found["states"]) == 16
    assert "1 file(s) of shop refused: orders/cut.csv: line 7: the file ends within a row" in output
    assert [call[0] for call in steps(found)] == ["build", "check", "publish"]


def test_every_source_is_pulled_for_the_day_with_its_history(wired):
    pulls = [call for call in wired[0]["calls"] if call[0] == "pull"]
    assert sorted(call[1] for call in pulls) == PULLS
    assert {tuple(call[2:]) for call in pulls} == {("2026-11-21", "2026-11-01")}
    later = [call for call in wired[1]["calls"] if call[0] == "pull"]
    assert {tuple(call[2:]) for call in later} == {("2026-11-22", None)}, "history goes to the run that asked for it"


def test_the_three_steps_work_on_one_candidate(wired):
    assert len({call[1] for call in steps(wired[0])}) == 1
    assert steps(wired[0])[0][2] == "2026-11-21"
    assert {call[1] for call in steps(wired[0])}.isdisjoint({call[1] for call in steps(wired[1])})


def test_a_failed_gate_keeps_the_publication(wired):
    _, found, output = wired
    assert found["states"]["build_warehouse"] == "failed"
    assert [call[0] for call in steps(found)] == ["build", "check"], "published all the same"
    assert "orders do not reconcile: 3 rows" in output
