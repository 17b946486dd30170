"""The machine's clock is wrong, stands in the past or runs backwards: the same objects, byte for byte, and the same facts (22).

The clock is that of the whole process, DuckDB's and the file system's times included: libfaketime is loaded before it starts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import ingest_files as files
import pytest

PROJECT = Path(__file__).parents[2]
_CODE = """
import datetime, hashlib, json, sys
from pathlib import Path
import duckdb
from ingest.landing import land_file
drop, home = Path(sys.argv[1]), Path(sys.argv[2])
told = {"year": datetime.datetime.now().year, "duckdb": duckdb.sql("select year(now())").fetchone()[0], "loads": []}
for path in sorted(drop.iterdir()):
    load = land_file(path, "douyin", "orders", home)
    raw = (home / "raw/douyin/orders" / (load.load_id + ".parquet")).read_bytes() if load.status == "loaded" else b""
    kept = [load.load_id, load.status, load.rows_loaded, load.exported_at, load.first_data_date, load.last_data_date, load.notes]
    told["loads"].append([*map(str, kept), hashlib.sha256(raw).hexdigest()])
print(json.dumps(told))
"""


def library() -> str:
    """The library that lies about the time."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    assert found, "libfaketime is missing, and this test needs a clock that lies. Next: apt-get install faketime"
    return str(found[0])


def landed(drop: Path, home: Path, clock: str = "") -> dict:
    """What a process lands that lives at `clock` (libfaketime's words), each in a home of its own."""
    (home / "state").mkdir(parents=True)
    (home / "state" / "identity.key").write_bytes(bytes(range(32)))
    lying = {"LD_PRELOAD": library(), "FAKETIME": clock, "FAKETIME_DONT_FAKE_MONOTONIC": "1"} if clock else {}
    ran = subprocess.run([sys.executable, "-c", _CODE, str(drop), str(home)], env=os.environ | lying, capture_output=True, text=True, cwd=PROJECT, timeout=200)  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.mark.fault(22)
def test_a_wrong_clock_changes_no_byte(tmp_path):
    """Decades ahead, and one that goes back a second at every second: good rows, bad rows, a workbook, an undated file."""
    drop = tmp_path / "drop"
    files.put(drop, files.csv_text([*files.orders(4), files.order(9, 运费="x")]))
    files.put(drop, files.csv_text([files.order(20)]), "undated.csv")
    files.put(drop, files.csv_text(files.orders(4)), "订单_20260912020000.csv")
    files.book(drop / "订单_20260913020000.xlsx", {"a": files.grid([files.order(30)])})
    usual = landed(drop, tmp_path / "usual")
    assert [load[1] for load in usual["loads"]] == ["loaded"] * 4
    for number, (clock, year) in enumerate({"@2099-12-30 23:59:00": 2099, "@2001-02-03 04:05:06 i-1": 2001}.items()):  # fmt: skip
        told = landed(drop, tmp_path / f"{number}", clock)
        assert told["duckdb"] == told["year"] == year, "the clock does lie"
        assert told["loads"] == usual["loads"], clock
