"""A lock whose holder died is taken over, and the halves that it was writing go; those of the living stay."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingest.locks import exclusive, scratch_folder, sweep_scratch

PROJECT = Path(__file__).parents[3]
#: takes a lock and a scratch folder, begins to write a file, and says so
HOLDER = """
import pathlib, sys, time
from ingest.home import replacing
from ingest.locks import exclusive, scratch_folder
home = pathlib.Path(sys.argv[1])
with exclusive(home, "pull-shop"), scratch_folder(home, "load") as folder, replacing(home / "raw" / "shop" / "x.parquet") as half:
    half.write_bytes(b"half")
    (folder / "rows").write_bytes(b"half")
    print(folder, flush=True)
    time.sleep(60)
"""


def old(folder: Path) -> None:
    os.utime(folder, (time.time() - 3600,) * 2)


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    process.folder = Path(process.stdout.readline().strip())
    old(process.folder)
    yield process
    process.kill()
    process.wait()


@pytest.mark.fault(28, 32)
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_what_a_dead_holder_left_goes_with_the_next(holder, tmp_path, how):
    raw = tmp_path / "raw" / "shop"
    assert [p.name for p in raw.iterdir()] == [f".x.parquet.{holder.pid}.tmp"]
    holder.send_signal(how)
    holder.wait()
    rows = [tmp_path / "ledger" / "loads" / f".{name}.parquet.1.tmp" for name in ("old", "young")]
    rows[0].parent.mkdir(parents=True)
    for row in rows:
        row.touch()
    os.utime(rows[0], (time.time() - 7200,) * 2)
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / ".a person's.1.tmp").touch()
    with exclusive(tmp_path, "pull-shop", wait_seconds=0):
        assert list(raw.iterdir()) == [] and not holder.folder.exists()
        assert [row.exists() for row in rows] == [False, True], "the young one may be another source's"
    assert list((tmp_path / "inbox").iterdir()), "what others upload is not ours to sweep"


def test_of_the_living_nothing_is_taken(holder, tmp_path):
    assert sweep_scratch(tmp_path) == [] and (holder.folder / "rows").exists()
    with exclusive(tmp_path, "warehouse"):  # another lock, and its last holder did not die
        pass
    assert (holder.folder / "rows").exists() and list((tmp_path / "raw" / "shop").iterdir())


def test_letting_go_in_good_order_is_no_death(tmp_path):
    half = tmp_path / "raw" / "shop" / ".x.parquet.1.tmp"
    half.parent.mkdir(parents=True)
    half.touch()
    for problem in (None, ValueError):
        try:
            with exclusive(tmp_path, "pull-shop"):
                assert half.exists()
                if problem:
                    raise problem
        except ValueError:
            pass
        assert (tmp_path / "state" / "pull-shop.lock").read_text() == ""
    with scratch_folder(tmp_path, "load") as folder:
        assert folder.is_dir()
    assert not folder.exists()


@pytest.mark.fault(32)
def test_a_lock_on_a_removed_file_is_no_lock(tmp_path):
    """Somebody clears state/ while a process waits: it must not take the old file for the lock that others open now."""
    with exclusive(tmp_path, "x"):
        (tmp_path / "state" / "x.lock").unlink()
        with exclusive(tmp_path, "x", wait_seconds=0):
            assert (tmp_path / "state" / "x.lock").read_text() == str(os.getpid())
