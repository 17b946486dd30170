"""The ledger's memory: it never says anything else than the objects do."""

from __future__ import annotations

import datetime as dt
import json
import random
from dataclasses import replace

import duckdb
import pytest

from ingest import ledger

BASE = ledger.Load("0" * 32, "web", "touchpoints", "a.csv", "loaded", 3, 2, 1, 0, "utf-8", dt.datetime(2026, 9, 1, 2), dt.datetime(2026, 9, 1, 3), 0.5, 9, None, None, "", "")  # fmt: skip


def load(number: int, **fields) -> ledger.Load:
    return replace(BASE, load_id=f"{number:032x}", loaded_at=BASE.loaded_at + dt.timedelta(seconds=number), **fields)


def by_objects(home) -> list[ledger.Load]:
    """Every object read, nothing remembered."""
    return sorted(ledger._read(sorted(ledger.folder(home).glob("*.parquet"))), key=lambda x: (x.loaded_at, x.load_id))


@pytest.fixture(autouse=True)
def forgetful(monkeypatch):
    monkeypatch.setattr(ledger, "_remembered", {})
    monkeypatch.setattr(ledger, "_WORTH_KEEPING", 3)


def test_it_follows_rows_that_are_written_replaced_and_removed(tmp_path, monkeypatch):
    draw = random.Random(4)
    for round_ in range(25):
        for number in draw.sample(range(12), 4):
            if draw.random() < 0.25:
                (ledger.folder(tmp_path) / f"{number:032x}.parquet").unlink(missing_ok=True)
            else:
                gated = {
                    "gate": draw.choice(["", "passed"]),
                    "rewritten_at": draw.choice([None, dt.datetime(2026, 9, 9, 1, 2, 3, 4)]),
                }
                ledger.write_load(tmp_path, load(number, rows_loaded=draw.randrange(9), notes=f"n{round_}", **gated))
        if draw.random() < 0.5:  # another process
            monkeypatch.setattr(ledger, "_remembered", {})
        assert ledger.read_loads(tmp_path) == by_objects(tmp_path)
    assert (tmp_path / "tmp" / "ledger.json").exists()


def test_only_what_is_new_is_read(tmp_path, monkeypatch):
    for number in range(5):
        ledger.write_load(tmp_path, load(number))
    ledger.read_loads(tmp_path)
    monkeypatch.setattr(ledger, "_remembered", {})
    ledger.write_load(tmp_path, load(2, gate="passed"))
    opened, real = [], ledger._read
    monkeypatch.setattr(ledger, "_read", lambda files: opened.append(len(files)) or real(files))
    assert [x.gate for x in ledger.read_loads(tmp_path)] == ["", "", "passed", "", ""]
    assert len(ledger.read_loads(tmp_path)) == 5
    assert opened == [1, 0]


@pytest.mark.parametrize("spoilt", ["", "{", "[]", '{"columns": [], "rows": []}', '{"rows": 1}'])
def test_a_memory_that_cannot_be_read_is_none(tmp_path, monkeypatch, spoilt):
    for number in range(4):
        ledger.write_load(tmp_path, load(number))
    ledger.read_loads(tmp_path)
    path = tmp_path / "tmp" / "ledger.json"
    assert len(json.loads(path.read_text())["rows"]) == 4
    path.write_text(spoilt)
    monkeypatch.setattr(ledger, "_remembered", {})
    assert ledger.read_loads(tmp_path) == by_objects(tmp_path)


def test_many_rows_written_at_once_are_those_written_one_by_one(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger, "_AT_ONCE", 3)
    odd = ["", "it's", "a\x00b", "第一行\n第二行", "{x}"]
    loads = [
        load(n, notes=odd[n % 5], seconds=n / 3, rewritten_at=None if n % 2 else BASE.loaded_at) for n in range(10)
    ]
    for one in loads:
        ledger.write_load(tmp_path / "one", one)
    with duckdb.connect() as connection:
        ledger.write_loads(tmp_path / "many", loads, tmp_path / "scratch", connection)
    for one in sorted(ledger.folder(tmp_path / "one").iterdir()):
        assert one.read_bytes() == (ledger.folder(tmp_path / "many") / one.name).read_bytes()
    assert len(by_objects(tmp_path / "many")) == 10
