"""A publishing process that dies by SIGKILL, at every file step and at random moments: readers keep a whole publication."""

from __future__ import annotations

import random
import signal
import time

import pytest
from warehouse_fakes import checked_candidate, child, publish, served

from warehouse import steps

ROWS = 100_000

#: publishes one run; dies by SIGKILL just before its n-th change of a folder (rename, symlink, removal); n = 0: never
PUBLISHER = """
import os, pathlib, signal, sys
home, run_id, die_at = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
import duckdb, pyarrow.parquet
from warehouse import steps
seen = 0
def watch(event, arguments):
    global seen
    if event in ("os.rename", "os.symlink", "os.remove"):
        seen += 1
        if seen == die_at:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
print("ready", flush=True)
sys.stdin.readline()
steps.publish_candidate(run_id, home=home)
print(seen, flush=True)
"""


def _start(home, run_id: str, die_at: int):
    process = child(PUBLISHER, home, run_id, die_at)
    assert process.stdout.readline() == "ready\n"
    return process


def _whole(home, *values: int) -> None:
    rows, least, greatest = served(home)
    assert rows == ROWS and least == greatest and least in values


def _recovers(home, run_id: str, value: int) -> None:
    """The same run again publishes."""
    steps.publish_candidate(run_id, home=home)
    _whole(home, value)
    _nothing_left(home)


def _nothing_left(home) -> None:
    names = sorted(p.name for p in (home / "serve" / "versions").iterdir())
    assert all(n.startswith("marts_") and n.endswith(".duckdb") for n in names), names
    assert not [p.name for p in (home / "serve").iterdir() if p.name not in ("marts.duckdb", "versions")]


def test_killed_before_every_file_step(tmp_path):
    publish(tmp_path, "v0", 0, ROWS)
    died, step = 0, 0
    while True:
        step += 1
        run_id = checked_candidate(tmp_path, f"v{step}", step, ROWS)
        process = _start(tmp_path, run_id, step)
        told, _ = process.communicate("go\n", timeout=60)
        if process.returncode == 0:
            assert int(told) < step
            break
        assert process.returncode == -signal.SIGKILL
        died += 1
        _whole(tmp_path, step - 1, step)
        _recovers(tmp_path, run_id, step)
    assert died >= 4, "publishing has at least a version, a link (two steps) and a build to put in place"


@pytest.mark.parametrize("seed", range(5))
def test_killed_at_a_random_moment(seed, tmp_path):
    publish(tmp_path, "old", 1, ROWS)
    checked_candidate(tmp_path, "new", 2, ROWS)
    process = _start(tmp_path, "new", 0)
    process.stdin.write("go\n")
    process.stdin.flush()
    time.sleep(random.Random(seed).uniform(0.0, 0.25))
    process.kill()
    process.communicate(timeout=60)
    _whole(tmp_path, 1, 2)
    publish(tmp_path, "next", 3, ROWS)  # a later run, which never retries the killed one
    _whole(tmp_path, 3)
    _nothing_left(tmp_path)
    assert sorted(p.name for p in (tmp_path / "warehouse").glob("*.duckdb")) == ["build.duckdb"]
