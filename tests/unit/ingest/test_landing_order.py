"""The order of writing: a crash at any step shows nothing, and the next try ends the same; locks, ledger, export times."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path

import ingest_files as files
import pytest

from ingest import home as places
from ingest import landing, ledger
from ingest.contract import load_contract
from ingest.export_time import export_time, time_in_name
from ingest.landing import land_file
from ingest.locks import Busy, exclusive

ROOT = Path(__file__).parents[3]


def state(home: Path) -> set[str]:
    """Every file of a home that is not state, with its bytes; the ledger by what it says, without moments."""
    told = {f"{x.load_id} {x.status} {x.rows_loaded}" for x in ledger.read_loads(home)}
    kept = {f"{p.relative_to(home)} {p.read_bytes()!r}" for p in home.rglob("*.parquet") if "ledger" not in p.parts}
    return told | kept


#: landing, quarantine, raw and ledger are put in place in this order, each by one rename
@pytest.mark.parametrize(
    ("when", "step"),
    [("before", 0), ("before", 1), ("before", 2), ("before", 3), ("after", 0), ("after", 1), ("after", 2)],
)
def test_a_crash_at_any_step_shows_nothing_and_heals(home, tmp_path, monkeypatch, when, step):
    path = files.put(tmp_path, files.csv_text([*files.orders(3), files.order(8, 运费="x")]))
    whole = tmp_path / "whole"
    (whole / "state").mkdir(parents=True)
    (whole / "state" / "identity.key").write_bytes((home / "state" / "identity.key").read_bytes())
    land_file(path, "douyin", "orders", whole)
    honest, targets = os.replace, []

    def dying(origin, target):
        targets.append(Path(target).relative_to(home).parts[0])
        if when == "after" or len(targets) <= step:
            honest(origin, target)
        if len(targets) > step:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(places.os, "replace", dying)
        with pytest.raises(KeyboardInterrupt):
            land_file(path, "douyin", "orders", home)
    assert targets == ["landing", "quarantine", "raw", "ledger"][: step + 1]
    assert ledger.read_loads(home) == [], "what the ledger does not name does not exist"
    assert not list(home.rglob("*.tmp")) and not list((home / "tmp").glob("*"))
    assert land_file(path, "douyin", "orders", home).status == "loaded"
    assert state(home) == state(whole)


def test_the_ledger_is_written_last(home, tmp_path, monkeypatch):
    seen = {}
    honest = ledger.write_load

    def looking(at, load):
        seen[load.status] = (
            list(at.glob("raw/**/*.parquet")),
            list(at.glob("landing/**/*.csv")),
            list(at.glob("ledger/**/*.parquet")),
        )
        return honest(at, load)

    monkeypatch.setattr(landing.ledger, "write_load", looking)
    land_file(files.put(tmp_path, files.csv_text(files.orders(2))), "douyin", "orders", home)
    raw, original, rows = seen["loaded"]
    assert len(raw) == len(original) == 1 and rows == []


def test_original_bytes_are_kept_whatever_becomes_of_the_file(home, tmp_path):
    for name, content in (("good.csv", files.csv_text(files.orders(2))), ("bad.csv", "no,header\n")):
        load = land_file(files.put(tmp_path, content, name), "douyin", "orders", home)
        assert (home / "landing/douyin/orders" / load.load_id / name).read_bytes() == (tmp_path / name).read_bytes()


def test_a_refused_file_loads_once_its_contract_is_mended(home, tmp_path, monkeypatch):
    path = files.put(tmp_path, files.csv_text(files.orders(2)))
    with monkeypatch.context() as patch:
        patch.setattr(landing, "kind_of", lambda _: "zip")
        first = land_file(path, "douyin", "orders", home)
    second = land_file(path, "douyin", "orders", home)
    assert (first.status, second.status, first.load_id) == ("refused", "loaded", second.load_id) and len(
        ledger.read_loads(home)
    ) == 1


def test_a_full_disk_is_an_error_of_ours_and_leaves_nothing(home, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    path = files.put(tmp_path, files.csv_text(files.orders(2)))
    with monkeypatch.context() as patch:
        patch.setattr(landing, "put_in_place", full)
        with pytest.raises(OSError, match="No space"):
            land_file(path, "douyin", "orders", home)
    assert ledger.read_loads(home) == [] and land_file(path, "douyin", "orders", home).status == "loaded"


@pytest.mark.fault(31)
def test_a_file_that_needs_more_memory_than_loading_may_use(home, tmp_path, monkeypatch):
    """It is refused with the setting's name, or spills and loads; with the usual memory it loads, and nothing of it was lost."""
    path = files.put(tmp_path, files.csv_text([files.order(n) for n in range(3000)]))
    monkeypatch.setenv("FUPAN_LOAD_MEMORY", "1MB")
    tight = land_file(path, "douyin", "orders", home)
    assert tight.status == "refused" and "FUPAN_LOAD_MEMORY" in tight.reason
    monkeypatch.delenv("FUPAN_LOAD_MEMORY")
    load = land_file(path, "douyin", "orders", home)
    assert (load.status, load.rows_loaded, load.load_id) == ("loaded", 3000, tight.load_id)


def test_one_lock_holder_at_a_time_and_a_dead_one_lets_go(home):
    code = "import sys, time; from pathlib import Path; from ingest.locks import exclusive\nwith exclusive(Path(sys.argv[1]), 'x'):\n    print('held', flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Busy, match=f"process {holder.pid}"):
            with exclusive(home, "x", wait_seconds=0.2):
                pass
        with exclusive(home, "y", wait_seconds=0):
            pass
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with exclusive(home, "x", wait_seconds=0):
        pass


@pytest.mark.parametrize(("name", "moment"), [
    ("订单_20260911020000.csv", (2026, 9, 11, 2)), ("a_20260901-20260910_20260911020305.jsonl", (2026, 9, 11, 2, 3, 5)), ("a 2026-09-11 02:03:05.csv", (2026, 9, 11, 2, 3, 5)),
    ("a_20260911_020305.csv", (2026, 9, 11, 2, 3, 5)), ("1789063385_x.csv", (2026, 9, 11, 2, 3, 5)), ("1789063385000.csv", (2026, 9, 11, 2, 3, 5)), ("订单20260911.csv", None),
    ("a_20261399020000.csv", None), ("15012345678.csv", None), ("6917926768823643751.csv", None), ("订单.csv", None),
])  # fmt: skip
def test_the_moment_in_a_name(name, moment):
    assert time_in_name(name, load_contract("douyin", "orders")) == (dt.datetime(*moment) if moment else None)


def test_export_time_is_never_our_clock():
    contract, newest = load_contract("douyin", "orders"), dt.datetime(2026, 9, 10, 8)
    assert export_time("订单.csv", newest, contract) == newest and export_time("订单.csv", None, contract) is None
    assert export_time("订单20260911.csv", newest, contract) == dt.datetime(2026, 9, 11)
    assert export_time("订单20260901.csv", newest, contract) == newest
