"""A retry that dies by SIGKILL before every file step, or finds another run at work: what is there is whole, old or new."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from site_fakes import CONTRACT, FREE, make_site, mend, put
from typer.testing import CliRunner
from warehouse_fakes import PROJECT, child

from ingest import ledger
from ingest.home import quarantine_object, raw_object
from ingest.locks import exclusive
from ingest.pipeline import land_inbox
from ingest.quarantine import waiting
from ingest.retry import finish_retries, pending
from warehouse.cli import app

#: retries everything; dies by SIGKILL just before its n-th change of the home outside tmp; n = 0: never. The gate, which is
#: tried elsewhere, says passed without Great Expectations
RETRIER = """
import os, pathlib, signal, sys
from dataclasses import replace
home, die_at = pathlib.Path(sys.argv[1]), int(sys.argv[2])
import duckdb, pyarrow.parquet
from ingest import retry
from ingest.quarantine import waiting
retry._gated = lambda shop, home, made: [(b, replace(a, gate="passed")) for b, a in made]
seen = 0
def watch(event, arguments):
    global seen
    if event in ("os.rename", "os.remove", "os.rmdir"):
        place = str(arguments[1] if event == "os.rename" else arguments[0])
        # shutil.rmtree names what it removes inside an open folder
        if (place.startswith(str(home)) and not place.startswith(str(home / "tmp"))) or (event == "os.remove" and not place.startswith("/") and place.endswith((".none", ".parquet")) and list((home / "ledger" / "retries").glob("*"))):
            seen += 1
            if seen == die_at:
                os.kill(os.getpid(), signal.SIGKILL)
loads = waiting(home)
sys.addaudithook(watch)
retry.retry(home, loads)
print(seen, flush=True)
"""


@pytest.fixture
def site(tmp_path, monkeypatch):
    folder = make_site(tmp_path / "site")
    monkeypatch.setenv("FUPAN_SITE", str(folder))
    return folder


def state(home, load_id: str) -> tuple[int, int]:
    """(rows in raw, rows in quarantine), which the ledger must name so."""
    load = ledger.find_load(home, load_id)
    aside = quarantine_object(home, "bazaar", "orders", load_id)
    counted = (
        pq.read_metadata(raw_object(home, "bazaar", "orders", load_id)).num_rows,
        pq.read_metadata(aside).num_rows if aside.exists() else 0,
    )
    assert counted == (load.rows_loaded, load.rows_quarantined), "the objects are not those that the ledger names"
    return counted


def test_killed_before_every_file_step(site, tmp_path):
    died, unfinished, step = 0, 0, 0
    while True:
        step += 1
        home = tmp_path / f"home{step}"
        mend(site, CONTRACT)
        put(home)
        load = land_inbox("bazaar", home=home).loads[0]
        mend(site, FREE)
        command = [sys.executable, "-c", RETRIER, str(home), str(step)]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, env=os.environ)
        if done.returncode == 0:
            assert int(done.stdout) < step
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        died += 1
        cut_off = len(pending(home))
        unfinished += bool(cut_off)
        assert finish_retries(home) == cut_off and not pending(home)
        assert state(home, load.load_id) in ([(3, 0)] if cut_off else [(2, 1), (3, 0)])
    assert died >= 6 and unfinished >= 4, "before the journal, between its pieces, and while it is cleared"
    assert state(home, load.load_id) == (3, 0) and not waiting(home)


def test_a_cut_off_retry_is_finished_by_the_next(site, tmp_path):
    """Between raw and ledger: the next retry, of whatever load, finishes it."""
    home = tmp_path / "home"
    put(home)
    load = land_inbox("bazaar", home=home).loads[0]
    mend(site, FREE)
    for step in range(1, 20):
        subprocess.run([sys.executable, "-c", RETRIER, str(home), str(step)], cwd=PROJECT, env=os.environ, timeout=60)
        folders = pending(home)
        if folders and not (folders[0] / "rows.parquet").exists() and (folders[0] / "load.parquet").exists():
            break
    else:
        pytest.fail("no step lies between raw and ledger")
    assert ledger.find_load(home, load.load_id).rows_loaded == 2, "the ledger is behind raw"
    done = CliRunner().invoke(app, ["quarantine", "retry", "--all", "--home", str(home)])
    assert done.exit_code == 0 and state(home, load.load_id) == (3, 0)


HOLDER = """
import pathlib, sys
from ingest.locks import exclusive
with exclusive(pathlib.Path(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize("lock", ["pull-bazaar", "warehouse"])
@pytest.mark.parametrize("command", ["retry", "drop"])
def test_busy(lock, command, site, tmp_path, monkeypatch):
    """Another run is at work: exit code 5 and its process id, and nothing has changed."""
    home = tmp_path / "home"
    put(home)
    load = land_inbox("bazaar", home=home).loads[0]
    mend(site, FREE)
    waits = exclusive.__wrapped__

    def soon(home, name, *, wait_seconds=0.2):
        return waits(home, name, wait_seconds=min(wait_seconds, 0.2))

    from contextlib import contextmanager

    import ingest.locks
    import ingest.retry

    monkeypatch.setattr(ingest.locks, "exclusive", contextmanager(soon))
    monkeypatch.setattr(ingest.retry, "exclusive", contextmanager(soon))
    arguments = ["--all"] if command == "retry" else [load.load_id, "--reason", "no data"]
    with child(HOLDER, home, lock) as holder:
        assert holder.stdout.readline() == "held\n"
        busy = CliRunner().invoke(app, ["quarantine", command, *arguments, "--home", str(home)])
        holder.kill()
        holder.wait()
    if command == "drop" and lock == "warehouse":
        assert busy.exit_code == 0, "a decision changes one row of the ledger, which builds read once"
        return
    assert busy.exit_code == 5 and f"process {holder.pid}" in busy.output
    assert ledger.find_load(home, load.load_id) == load and state(home, load.load_id) == (2, 1)
    again = CliRunner().invoke(app, ["quarantine", command, *arguments, "--home", str(home)])
    assert again.exit_code == 0
