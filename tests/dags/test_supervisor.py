"""The supervisor's own decisions, without starting anything; tests/scheduler/ starts it for real."""

import json
import os
import socket
import stat
import sys
import time

import psutil
import pytest

from deploy import health, local_airflow, postgres, processes


def test_taken_port_is_refused_and_a_free_one_found():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(local_airflow.UpFailed, match=f"port {port} is taken"):
            local_airflow.free_port(port)
    assert local_airflow.free_port(port) == port
    assert local_airflow.free_port(None) >= local_airflow.FIRST_PORT


def test_missing_postgres_names_the_package(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(postgres.shutil, "which", lambda name: None)
    monkeypatch.setattr(postgres.Path, "glob", lambda self, pattern: iter(()))
    monkeypatch.delenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", raising=False)
    assert local_airflow.main(["up", "--home", str(tmp_path)]) == 2
    assert "apt-get install postgresql" in capsys.readouterr().err
    assert local_airflow.read_state(tmp_path) is None, "a failed up leaves nothing that looks like a running Airflow"


def test_nothing_is_running(tmp_path, capsys):
    assert local_airflow.main(["down", "--home", str(tmp_path)]) == 0
    assert "nothing was running" in capsys.readouterr().out
    assert local_airflow.main(["status", "--home", str(tmp_path)]) == 1
    assert "not running" in capsys.readouterr().out


def test_up_refuses_while_it_is_running(tmp_path, capsys):
    me = {"pid": os.getpid(), "created": psutil.Process().create_time()}
    state = {"mark": str(tmp_path), "address": "http://127.0.0.1:9", "parts": {"scheduler": me}, "cluster": None}
    local_airflow.write_state(tmp_path, state)
    assert stat.S_IMODE(local_airflow.state_file(tmp_path).stat().st_mode) == 0o600
    assert local_airflow.main(["up", "--home", str(tmp_path)]) == 1
    assert "running already at http://127.0.0.1:9" in capsys.readouterr().err
    assert local_airflow.status(tmp_path) == {"scheduler": "no answer"}


def test_two_supervisors_at_once(tmp_path):
    with local_airflow._only_one(tmp_path), pytest.raises(local_airflow.UpFailed, match="another up or down"):
        local_airflow.down(tmp_path)


def test_a_reused_process_number_is_not_ours():
    assert processes.find({"pid": os.getpid(), "created": psutil.Process().create_time()}) is not None
    assert processes.find({"pid": os.getpid(), "created": 1.0}) is None


def test_end_takes_the_grandchildren_too(tmp_path):
    mark = str(tmp_path)
    script = (
        "import subprocess, sys, time, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'], start_new_session=True);"
        "print('up', flush=True); time.sleep(300)"
    )
    log = tmp_path / "part.log"
    known = processes.start([sys.executable, "-c", script], os.environ | {processes.MARK: mark}, tmp_path, log)
    while "up" not in log.read_text():
        assert processes.find(known), "the part has ended by itself"
    assert len(processes.belonging(mark, {"part": known})) == 2
    processes.end({"part": known}, mark, patience_seconds=1)
    assert processes.belonging(mark, {"part": known}) == []


def test_end_takes_a_task_that_wrote_its_title_over_its_environment(tmp_path):
    """As Airflow's do; by then its parent has gone."""
    mark, log = str(tmp_path), tmp_path / "part.log"
    task = "import os, setproctitle, time; setproctitle.setproctitle('a task'); print(os.getpid(), flush=True); time.sleep(300)"
    part = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {task!r}])"
    known = processes.start([sys.executable, "-c", part], os.environ | {processes.MARK: mark}, tmp_path, log)
    while not log.read_text().endswith("\n"):
        time.sleep(0.05)
    orphan = psutil.Process(int(log.read_text()))
    assert orphan.environ() == {}, "no title in the environment's place: the test would pass for the wrong reason"
    stranger = {"pid": known["pid"], "created": 1.0}
    assert processes.belonging(mark, {"part": stranger}) == [], "the number of a part that another process may have"
    processes.end({"part": known}, mark, patience_seconds=1)
    assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE


def test_health_names_every_part(monkeypatch):
    class Answer:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def read(self, *_):
            parts = {
                "metadatabase": {"status": "healthy"},
                "scheduler": {"status": "unhealthy"},
                "triggerer": {"status": None},
            }
            return json.dumps(parts)

    class Opener:
        def open(self, url, timeout):
            return Answer()

    monkeypatch.setattr(health.urllib.request, "build_opener", lambda *_: Opener())
    assert health.read_health("http://127.0.0.1:1") == {
        "api-server": "healthy",
        "scheduler": "unhealthy",
        "dag-processor": "unknown",
        "triggerer": "unknown",
    }
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "http://127.0.0.1:1")
    assert [health.main([part]) for part in ("api-server", "scheduler", "dag-processor", "nobody")] == [0, 1, 1, 2]
