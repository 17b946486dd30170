"""A person leaves a load of any dataset, in any layout: nothing of them is left in it, and nothing of anybody else changes."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import duckdb
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "faults"))

import people_files
from people import PEOPLE, said

from ingest import ledger
from ingest.contract import FOLDER, all_contracts, load_contract
from ingest.home import landing, quarantine_object, raw_object
from ingest.landing import Landing, land_file
from ingest.protect import identity_sql, keyed_sql
from ingest.readers.rewritten import is_rewritten
from ingest.retry import finish_retries, original_of
from ingest.subject import Subject, keyed
from ingest.suppression import suppress
from ingest.wanted import Wanted
from ingest.withdraw import withdraw, withdraw_suppressed

CONTRACTS = [c for c in all_contracts(FOLDER) if any(x.protect for x in c.columns)]
SOME = 60
ALICE = PEOPLE[5]


@pytest.fixture(scope="module")
def few():
    """Files of sixty people instead of five hundred."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people_files, "PEOPLE", PEOPLE[:SOME])
        yield


def subject(home: Path) -> Subject:
    """Alice, by every identity that the files write of her."""
    given = [("phone", ALICE.phone), ("", ALICE.phone), ("", ALICE.open_id)]
    with Landing(home) as room:
        made = [room.query(f"select {keyed_sql(identity_sql('t', k))} from (select '{t}' as t, '{kind}' as k)")[0][0] for kind, t in given for k in (["k"] if kind else [None])]  # fmt: skip
    return Subject(frozenset(made), frozenset({ALICE.phone, ALICE.open_id}))


def raw_rows(home: Path, load: ledger.Load) -> Counter:
    path = raw_object(home, load.source, load.dataset, load.load_id)
    return Counter(duckdb.sql(f"from read_parquet('{path}')").fetchall())


def theirs(wanted: Wanted, home: Path, load: ledger.Load) -> list[str]:
    """Where in the files of a load the person stands, by a search that shares nothing with the one that is tested."""
    names = (load.source, load.dataset, load.load_id)
    files = [*landing(home, *names).glob("*"), raw_object(home, *names), quarantine_object(home, *names)]
    return [p.name for p in files if p.exists() and any(v in said(p) for v in wanted.values)]


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.name)
def test_one_leaves_and_nobody_else_is_touched(contract, few, tmp_path):
    people_files.drop_people(contract, tmp_path / "inbox")
    alice = subject(tmp_path)
    written = sorted((tmp_path / "inbox" / contract.source / contract.dataset).glob("good_*"))
    assert written
    for path in written:
        load = land_file(path, contract.source, contract.dataset, tmp_path)
        assert load.status == "loaded", load.reason
        before = raw_rows(tmp_path, load)
        assert theirs(alice.wanted, tmp_path, load), "she is in the file"
        done = withdraw(tmp_path, load, alice)
        assert done.how == "rewritten"
        assert theirs(alice.wanted, tmp_path, load) == []
        after, row = raw_rows(tmp_path, load), ledger.find_load(tmp_path, load.load_id)
        assert row == done.load
        assert row.rows_read == row.rows_loaded + row.rows_quarantined + row.rows_non_data
        assert row.rows_loaded == after.total() == load.rows_loaded - done.rows_removed
        assert done.rows_removed + done.rows_blanked == 1
        must_go = any(c.required and c.protect in ("key", "scrub") for c in contract.columns)
        assert done.rows_removed == must_go
        assert (before - after).total() <= 1 and (after - before).total() <= 1, "somebody else's row is another one now"
        assert row.rows_quarantined == load.rows_quarantined
        # once more changes nothing, and the file reads as it did
        assert withdraw(tmp_path, row, alice).how == "nothing"


def test_an_order_stays_without_its_buyer(few, tmp_path):
    """orders_api: the money and the day stay, the open_id is nothing; the order's rows elsewhere lose what is personal."""
    contract = load_contract("douyin", "orders_api")
    people_files.drop_people(contract, tmp_path / "inbox")
    path = next((tmp_path / "inbox/douyin/orders_api").glob("good_*"))
    load = land_file(path, "douyin", "orders_api", tmp_path)
    names = [c.name for c in contract.kept if c.protect is None]
    listed = ", ".join(f'"{n}"' for n in names)
    source = f"read_parquet('{raw_object(tmp_path, 'douyin', 'orders_api', load.load_id)}')"
    facts = duckdb.sql(f"select {listed} from {source}").fetchall()
    withdraw(tmp_path, load, subject(tmp_path))
    assert duckdb.sql(f"select {listed} from {source}").fetchall() == facts
    assert duckdb.sql(f"select count(*) from {source} where open_id is null").fetchall() == [(1,)]


def test_a_file_that_brings_them_back_is_cleaned_before_the_gate(few, tmp_path):
    contract = load_contract("web", "touchpoints")
    people_files.drop_people(contract, tmp_path / "inbox")
    alice = subject(tmp_path)
    suppress(tmp_path, alice.clear)
    path = next((tmp_path / "inbox/web/touchpoints").glob("good_*.csv"))
    load = land_file(path, "web", "touchpoints", tmp_path)
    assert load.rows_loaded > 1
    (done,) = withdraw_suppressed(tmp_path, [load])
    assert (done.how, done.rows_removed) == ("rewritten", 1)
    assert theirs(Wanted(alice.pseudonyms | {"forgotten", ALICE.open_id}), tmp_path, load) == []
    assert withdraw_suppressed(tmp_path, [done.load]) == []
    listed = (tmp_path / "state" / "suppressed.json").read_text()
    assert not any(v in listed for v in alice.wanted.values)
    for name in ("suppression.key", "suppressed.json"):
        assert (tmp_path / "state" / name).stat().st_mode & 0o077 == 0


def test_small_files_together_are_suppressed_too(few, tmp_path):
    """The way of many small files (ingest/batch.py) asks the same list."""
    from ingest.pipeline import land_inbox

    contract = load_contract("crm", "referrals")
    suppress(tmp_path, [ALICE.phone, ALICE.open_id])
    people_files.drop_people(contract, tmp_path / "inbox")
    folder = tmp_path / "inbox/crm/referrals"
    text = (folder / "good_20260911020000.csv").read_text(encoding="utf-8-sig")
    for other in folder.iterdir():
        other.unlink()
    lines = text.splitlines(keepends=True)
    for n in (1, 21, 41):
        (folder / f"part{n}_20260911020000.csv").write_text(lines[0] + "".join(lines[n : n + 20]), encoding="utf-8")
    loads = land_inbox("crm", home=tmp_path).loads
    assert len(loads) == 3 and sum(bool(x.rewritten_at) for x in loads) == 1, [x.reason for x in loads]
    rows = sum(x.rows_loaded for x in loads)
    assert rows + sum(x.rows_quarantined for x in loads) == SOME - 1
    assert keyed(contract)


def test_without_an_original_raw_itself_is_edited(few, tmp_path):
    contract = load_contract("web", "touchpoints")
    people_files.drop_people(contract, tmp_path / "inbox")
    path = next((tmp_path / "inbox/web/touchpoints").glob("good_*.csv"))
    load, alice = land_file(path, "web", "touchpoints", tmp_path), subject(tmp_path)
    before = raw_rows(tmp_path, load)
    original_of(tmp_path, load).unlink()
    done = withdraw(tmp_path, load, alice)
    assert (done.how, done.rows_removed) == ("raw", 1)
    assert theirs(alice.wanted, tmp_path, load) == []
    assert (before - raw_rows(tmp_path, load)).total() == 1
    assert ledger.find_load(tmp_path, load.load_id).rows_loaded == load.rows_loaded - 1


def test_a_refused_file_with_them_is_deleted(few, tmp_path):
    from ingest.pipeline import land_inbox
    from ingest.quarantine import refused_copies

    folder = tmp_path / "inbox/web/touchpoints"
    folder.mkdir(parents=True)
    (folder / f"{ALICE.phone}.csv").write_text(f"name,phone\n{ALICE.name},{ALICE.phone}\n", encoding="utf-8")
    (load,) = land_inbox("web", home=tmp_path).loads
    assert load.status == "refused" and refused_copies(tmp_path, load)
    assert withdraw(tmp_path, load, subject(tmp_path)).how == "deleted"
    assert refused_copies(tmp_path, load) == [] and not landing(tmp_path, "web", "touchpoints", load.load_id).exists()
    assert ledger.find_load(tmp_path, load.load_id).dropped_at


@pytest.mark.parametrize("piece", range(4))
def test_cut_off_between_the_pieces_it_is_finished_by_the_next(piece, few, tmp_path, monkeypatch):
    """A process that dies after so many renames leaves a folder of the journal, which the next look puts in place."""
    from ingest import retry

    contract = load_contract("web", "touchpoints")
    people_files.drop_people(contract, tmp_path / "inbox")
    path = next((tmp_path / "inbox/web/touchpoints").glob("good_*.csv"))
    load, alice = land_file(path, "web", "touchpoints", tmp_path), subject(tmp_path)
    renames, real = [], retry.rename

    def dying(old, new):
        if Path(old).parent.parent.name == "retries":
            renames.append(new)
            if len(renames) > piece:
                raise SystemExit("killed")
        real(old, new)

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(retry, "rename", dying)
        withdraw(tmp_path, load, alice)
    assert retry.pending(tmp_path)
    assert finish_retries(tmp_path) == 1
    assert theirs(alice.wanted, tmp_path, load) == []
    assert is_rewritten(original_of(tmp_path, load))
    assert ledger.find_load(tmp_path, load.load_id).rewritten_at


def test_a_parquet_that_nobody_rewrote_is_refused(tmp_path):
    duckdb.sql(f"copy (select 1 as a) to '{tmp_path}/x.parquet'")
    load = land_file(tmp_path / "x.parquet", "web", "touchpoints", tmp_path / "home")
    assert load.status == "refused" and "Parquet" in load.reason
