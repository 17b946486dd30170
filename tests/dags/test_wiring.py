"""What a failure of one task does to the others: the tasks run in Airflow, only their work is recorded, not done."""

import json
import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def run(home: Path, **case) -> dict:
    """Run every DAG in a new process; return states, calls and the process's output."""
    case = {"day": "2026-11-21", "since": None, "down": [], "refused": [], "gate": None} | case
    paths = filter(None, [os.environ.get("PYTHONPATH", ""), str(PROJECT)])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("run_wired.py")), str(home), json.dumps(case)],
        env=environment | {"PYTHONPATH": os.pathsep.join(paths)},
        cwd=home,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1]) | {"output": done.stdout + done.stderr}


def test_one_source_down_and_one_file_refused_do_not_stop_the_build(tmp_path):
    found = run(tmp_path, since="2026-11-01", down=["qianchuan"], refused=["shop"])
    assert found["states"] == {
        "pull_crm": "success",
        "pull_douyin": "success",
        "pull_erp": "success",
        "pull_kuaidi100": "success",
        "pull_qianchuan": "failed",
        "pull_shop": "failed",
        "pull_web": "success",
        "build_warehouse": "success",
    }
    pulls = [call for call in found["calls"] if call[0] == "pull"]
    assert sorted(call[1] for call in pulls) == ["crm", "douyin", "erp", "kuaidi100", "qianchuan", "shop", "web"]
    assert {tuple(call[2:]) for call in pulls} == {("2026-11-21", "2026-11-01")}
    assert "1 file(s) of shop refused: orders/cut.csv: line 7: the file ends within a row" in found["output"]
    steps = [call for call in found["calls"] if call[0] != "pull"]
    assert [call[0] for call in steps] == ["build", "check", "publish"]
    assert len({call[1] for call in steps}) == 1, "the three steps must work on one candidate"
    assert steps[0][2] == "2026-11-21"


def test_a_failed_gate_keeps_the_publication(tmp_path):
    found = run(tmp_path, gate="orders do not reconcile: 3 rows")
    assert found["states"]["build_warehouse"] == "failed"
    assert [call[0] for call in found["calls"] if call[0] != "pull"] == ["build", "check"], "published all the same"
    assert "orders do not reconcile: 3 rows" in found["output"]
