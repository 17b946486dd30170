"""Five hundred people in every dataset that has a contract: loaded, retried, dropped, built, published, documented; then everything is searched.

Searched are every file of the home but the originals (landing, inbox, refused copies), every table of every database, and all
that was printed. Nobody may be found, in no spelling, and not by a hash without a key either.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from people import COUNT, PEOPLE, exposed, find, said
from people_files import drop_people

from ingest import ledger
from ingest.contract import FOLDER, all_contracts

PROJECT = Path(__file__).resolve().parents[2]
CONTRACTS = all_contracts(FOLDER)
pytestmark = pytest.mark.xdist_group("warehouse")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """(home, what was printed) after a whole life of the files."""
    home = tmp_path_factory.mktemp("everywhere") / "home"
    good = sum(drop_people(contract, home / "inbox") for contract in CONTRACTS)
    printed = {}

    def fupan(*arguments: str, codes: tuple[int, ...] = (0,)) -> None:
        done = subprocess.run([sys.executable, "-m", *arguments], cwd=PROJECT, env=os.environ | {"FUPAN_HOME": str(home)}, capture_output=True, text=True, timeout=900)  # fmt: skip
        printed[" ".join(arguments)] = done.stdout + done.stderr
        assert done.returncode in codes, (arguments, done.returncode, done.stdout[-3000:] + done.stderr[-3000:])

    # 3: the refused files; they are named with their reasons
    fupan("warehouse.cli", "run", codes=(3,))
    fupan("warehouse.cli", "status")
    fupan("warehouse.cli", "quarantine", "list")
    refused = next(x for x in ledger.read_loads(home) if x.status == "refused")
    aside = next(x for x in ledger.read_loads(home) if x.rows_quarantined)
    fupan("warehouse.cli", "quarantine", "show", aside.load_id, "--limit", "0")
    fupan("warehouse.cli", "quarantine", "show", refused.file_name)
    fupan(
        "warehouse.cli", "quarantine", "drop", refused.load_id, "--reason", f"asked {PEOPLE[3].phone} {PEOPLE[3].mail}"
    )
    fupan("warehouse.cli", "quarantine", "retry", "--dataset", f"{aside.source}.{aside.dataset}", codes=(0, 3))
    fupan("warehouse.cli", "query", "select * from ops.quarantine", "--limit", "0")
    fupan("warehouse.cli", "query", "select * from ops.loads", "--json")
    fupan("warehouse.cli", "load", str(home / "landing" / refused.source / refused.dataset / refused.load_id / original(home, refused)), "--source", refused.source, "--dataset", refused.dataset, codes=(0, 3))  # fmt: skip
    fupan("warehouse.docs")
    return home, printed, good


def original(home: Path, load: ledger.Load) -> str:
    return next((home / "landing" / load.source / load.dataset / load.load_id).iterdir()).name


def test_every_dataset_holds_everybody(world):
    """No search is worth more than what was loaded: each dataset has its rows, its bad rows and its refused file."""
    home, _, good = world
    loads = ledger.read_loads(home)
    loaded = [x for x in loads if x.status == "loaded"]
    assert {(x.source, x.dataset) for x in loaded} == {(c.source, c.dataset) for c in CONTRACTS}
    assert len(loaded) == good, [(x.source, x.dataset, x.file_name, x.status, x.reason[:200]) for x in loads if x.status != "loaded" and x.file_name.startswith("good")]  # fmt: skip
    assert all(x.rows_read == COUNT and x.rows_loaded >= 0.9 * COUNT for x in loaded), [(x.source, x.dataset, x.rows_read, x.rows_loaded) for x in loaded]  # fmt: skip
    assert sum(x.rows_quarantined for x in loaded) > 10 * len(CONTRACTS)
    assert len({(x.source, x.dataset) for x in loads if x.status == "refused"}) == len(CONTRACTS)
    originals = set().union(*(find(said(p)) for p in (home / "landing").rglob("*") if p.is_file()))
    for kind in ("name", "phone", "card", "open_id", "address", "mail", "nickname", "wechat"):
        assert {v for k, v in originals if k == kind} == {getattr(p, kind) for p in PEOPLE}, f"the search misses {kind}"


def test_nobody_is_in_any_file_or_table(world):
    home, _, _ = world
    seen = exposed(home)
    folders = {p.relative_to(home).parts[0] for p in seen}
    assert folders >= {"raw", "quarantine", "ledger", "warehouse", "serve", "reports", "tmp", "state"}, folders
    assert {p.suffix for p in seen} >= {".parquet", ".duckdb", ".html", ".json", ".log", ".txt"}, {p.suffix for p in seen}  # fmt: skip
    hits = {(str(p.relative_to(home)), *hit) for p in seen for hit in find(said(p))}
    assert not hits, f"{len(hits)} hits, the first: {sorted(hits)[:10]}"


def test_nobody_is_printed(world):
    _, printed, _ = world
    hits = {(command, *hit) for command, text in printed.items() for hit in find(text)}
    assert not hits, sorted(hits)[:10]
    assert all(text for text in printed.values())


@pytest.mark.parametrize("protect", ["drop", "scrub", "key"])
def test_the_search_goes_red_when_a_column_is_not_protected(protect, tmp_path):
    """The same search over a load whose contract has forgotten one column: it finds the people in it."""
    from dataclasses import replace

    from ingest.landing import land_file

    contract = next(c for c in CONTRACTS if any(x.protect == protect for x in c.columns) and "csv" in c.options.get("formats", ()))  # fmt: skip
    victim = next(c for c in contract.columns if c.protect == protect)
    forgetful = replace(contract, columns=tuple(replace(c, protect=None, kind="text") if c is victim else c for c in contract.columns))  # fmt: skip
    drop_people(contract, tmp_path / "inbox")
    file = tmp_path / "inbox" / contract.source / contract.dataset / "good_20260911020000.csv"
    load = land_file(file, contract.source, contract.dataset, tmp_path, contract=forgetful)
    assert load.status == "loaded", load.reason
    assert any(find(said(p)) for p in exposed(tmp_path) if p.suffix == ".parquet"), (contract.name, victim.name)
    whole = tmp_path / "whole"
    land_file(file, contract.source, contract.dataset, whole, contract=contract)
    assert json.dumps([str(p) for p in exposed(whole) if find(said(p))]) == "[]"
