"""Quarantine: counted reasons, a retry that takes over the better and keeps the good, a drop that stays a fact."""

from __future__ import annotations

import datetime as dt
import json

import duckdb
import pyarrow.parquet as pq
import pytest
from site_fakes import CONTRACT, FREE, ROWS, make_site, mend, put
from typer.testing import CliRunner

from ingest import ledger
from ingest.home import landing, quarantine_object, raw_object
from ingest.pipeline import land_inbox
from ingest.quarantine import drop, find_loads, quarantined_rows, reasons, shape, waiting
from ingest.retry import pending, retry
from warehouse.cli import app
from warehouse.ops import make_ops
from warehouse.run import fingerprint

RENAMED = CONTRACT.replace("physicalName: 实付", "physicalName: 实付金额")
BLOCKING = FREE.replace("    properties:\n", '    quality:\n      - {name: nobody_pays_19, type: sql, severity: error, query: "select * from {batch} where paid_cny = 19.90", mustBe: 0}\n    properties:\n', 1)  # fmt: skip


@pytest.fixture
def site(tmp_path, monkeypatch):
    folder = make_site(tmp_path / "site")
    monkeypatch.setenv("FUPAN_SITE", str(folder))
    return folder


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def land(home) -> ledger.Load:
    return land_inbox("bazaar", home=home).loads[-1]


def paid(home, load) -> list:
    return [
        None if r["paid_cny"] is None else str(r["paid_cny"])
        for r in pq.read_table(raw_object(home, "bazaar", "orders", load.load_id)).to_pylist()
    ]


def fupan(home, *arguments: str):
    return CliRunner().invoke(app, ["quarantine", *arguments, "--home", str(home)])


def ops(home, sql: str) -> list:
    with duckdb.connect() as connection:
        make_ops_parents(home)
        make_ops(connection, home, dt.date(2026, 9, 10))
        return connection.execute(sql).fetchall()


def make_ops_parents(home) -> None:
    """make_ops reads the node times that every build leaves."""
    from warehouse.candidate import _keep_model_runs

    _keep_model_runs(home, "none", [])


def test_a_row_waits_with_its_reason_and_next_step(site, home):
    put(home)
    load = land(home)
    assert (load.status, load.rows_loaded, load.rows_quarantined) == ("loaded", 2, 1)
    (reason,) = reasons(home, waiting(home))
    assert (reason.dataset, reason.kind, reason.column, reason.rows, reason.refused_files) == ("bazaar.orders", "not_money", "实付", 1, 0)  # fmt: skip
    assert reason.since == load.loaded_at and reason.loads == (load.load_id,)
    assert "contracts/bazaar/orders.odcs.yaml" in reason.next_step or "bazaar/orders.odcs.yaml" in reason.next_step
    listed = fupan(home, "list")
    assert "not_money" in listed.output and "1 row(s) and 0 refused file(s) wait" in listed.output
    shown = fupan(home, "show", "orders_20260911020000.csv")
    assert "3" in shown.output and "免*" in shown.output and "实付 is not a money" in shown.output
    assert fupan(home, "show", load.load_id[:8]).output == shown.output
    told = json.loads(fupan(home, "show", load.load_id, "--json").output)
    assert [(r["line"], r["header"]) for r in told["rows"]] == [(3, "实付")]
    assert "1381234567" not in listed.output + shown.output + json.dumps(told, default=str)
    assert fupan(home, "list", "--dataset", "douyin.orders").output == "nothing waits in quarantine\n"
    assert json.loads(fupan(home, "list", "--json").output)[0]["rows"] == 1


def test_nothing_changes_while_the_contract_is_the_same(site, home):
    put(home)
    load, before = land(home), fingerprint(home, None)
    stored = raw_object(home, "bazaar", "orders", load.load_id).stat().st_ino
    (result,) = retry(home, waiting(home))
    assert result.outcome == "unchanged" and ledger.find_load(home, load.load_id) == load
    assert fingerprint(home, None) == before and raw_object(home, "bazaar", "orders", load.load_id).stat().st_ino == stored  # fmt: skip
    assert fupan(home, "retry", "--all").exit_code == 0
    assert not list((home / "tmp").iterdir()) and not pending(home)


def test_rows_load_after_the_contract_was_mended(site, home):
    put(home)
    load, before = land(home), fingerprint(home, None)
    mend(site, FREE)
    result = fupan(home, "retry", "--dataset", "bazaar.orders")
    assert result.exit_code == 0, result.output
    assert "loaded 2 row(s), 1 set aside -> loaded 3 row(s), 0 set aside" in result.output and "fupan run" in result.output  # fmt: skip
    after = ledger.find_load(home, load.load_id)
    assert (after.rows_loaded, after.rows_quarantined, after.gate) == (3, 0, "passed")
    assert (after.loaded_at, after.exported_at, after.file_name) == (load.loaded_at, load.exported_at, load.file_name)
    assert after.retried_at and after.rows_read == after.rows_loaded + after.rows_non_data
    assert paid(home, load) == ["19.90", None, "5.00"]
    assert not quarantine_object(home, "bazaar", "orders", load.load_id).exists()
    assert waiting(home) == [] and fingerprint(home, None) != before, "the next run publishes it"
    assert fupan(home, "retry", load.load_id).output.count("nothing to do") == 1
    assert len(ledger.read_loads(home)) == 1, "one load, one row"


def test_a_refused_file_loads_without_being_uploaded_again(site, home):
    mend(site, RENAMED)
    path = put(home)
    load = land(home)
    assert load.status == "refused" and not path.exists()
    copies = list((home / "quarantine/bazaar/orders/refused").iterdir())
    assert len(copies) == 2
    (reason,) = reasons(home, waiting(home))
    assert (reason.kind, reason.rows, reason.refused_files) == ("refused", 0, 1)
    still = fupan(home, "retry", load.load_id[:12])
    assert still.exit_code == 3 and "the same as before" in still.output
    mend(site, CONTRACT)
    mended = fupan(home, "retry", copies[0].name)
    assert mended.exit_code == 0 and "refused -> loaded 2 row(s), 1 set aside" in mended.output
    assert paid(home, load) == ["19.90", "5.00"] and len(quarantined_rows(home, [load])) == 1
    assert not list((home / "quarantine/bazaar/orders/refused").iterdir())
    rows = pq.read_table(raw_object(home, "bazaar", "orders", load.load_id)).to_pylist()
    assert {(r["_load_id"], r["_source_file"]) for r in rows} == {(load.load_id, load.file_name)}


def test_a_new_reason_replaces_the_old_one(site, home):
    mend(site, RENAMED)
    put(home)
    load = land(home)
    mend(site, CONTRACT.replace("physicalName: 订单号", "physicalName: 单据号"))
    result = fupan(home, "retry", "--all")
    assert result.exit_code == 3 and "refused -> refused" in result.output
    after = ledger.find_load(home, load.load_id)
    assert "单据号" in after.reason and "单据号" not in load.reason
    (note,) = (home / "quarantine/bazaar/orders/refused").glob("*.reason.txt")
    assert "单据号" in note.read_text(encoding="utf-8")


def test_a_retry_never_takes_away_what_was_loaded(site, home):
    put(home)
    load = land(home)
    for worse in (RENAMED, BLOCKING):  # refused by the reader, refused by the gate
        mend(site, worse)
        result = fupan(home, "retry", "--all")
        assert result.exit_code == 3 and "what was loaded stays" in result.output, result.output
        assert ledger.find_load(home, load.load_id) == load and paid(home, load) == ["19.90", "5.00"]
    assert "nobody_pays_19" in result.output


def test_a_load_that_the_gate_refused_is_retried_too(site, home):
    mend(site, BLOCKING)
    put(home)
    load = land(home)
    assert (load.status, load.gate) == ("refused", "failed")
    (reason,) = reasons(home, waiting(home))
    assert reason.kind == "gate" and "nobody_pays_19" in reason.reason
    assert fupan(home, "retry", "--all").exit_code == 3
    assert not raw_object(home, "bazaar", "orders", load.load_id).exists()
    mend(site, FREE)
    assert fupan(home, "retry", "--all").exit_code == 0
    assert paid(home, load) == ["19.90", None, "5.00"] and ledger.find_load(home, load.load_id).gate == "passed"
    results = ops(home, f"select count(*) from ops.quality_results where subject = '{load.load_id}' and passed")
    assert results[0][0] > 0, "the gate's verdicts of the retry are kept"


def test_a_retried_twin_is_a_duplicate(site, home):
    """The same rows came by another file while this one was refused: they are not there twice."""
    mend(site, RENAMED)
    put(home, ROWS[:2])
    refused = land(home)
    mend(site, CONTRACT)
    put(home, ROWS[:2], encoding="utf-8-sig")
    assert land(home).status == "loaded"
    assert fupan(home, "retry", "--all").exit_code == 0
    assert ledger.find_load(home, refused.load_id).status == "duplicate"
    assert not raw_object(home, "bazaar", "orders", refused.load_id).exists() and waiting(home) == []


def test_a_drop_is_a_fact_and_can_be_taken_back(site, home):
    put(home)
    load = land(home)
    before = fingerprint(home, None)
    assert fupan(home, "drop", load.load_id, "--reason", "  ").exit_code == 2
    dropped = fupan(home, "drop", load.load_id[:10], "--reason", "test orders of 13812345678, told by phone")
    assert dropped.exit_code == 0, dropped.output
    assert fupan(home, "list").output == "nothing waits in quarantine\n" and fingerprint(home, None) != before
    after = ledger.find_load(home, load.load_id)
    assert after.dropped_reason == "test orders of [电话], told by phone" and after.rows_quarantined == 1
    assert ops(home, "select is_dropped, dropped_reason, line from ops.quarantine") == [(True, after.dropped_reason, 3)]
    assert ops(home, "select count(*), sum(rows_quarantined) from ops.loads where dropped_at is not null") == [(1, 1)]
    assert list(landing(home, "bazaar", "orders", load.load_id).iterdir()), "the original stays"
    assert fupan(home, "drop", load.load_id, "--reason", "again").exit_code == 2
    assert fupan(home, "retry", "--all").output.startswith("0 load(s) retried")
    back = fupan(home, "retry", load.load_id)
    assert back.exit_code == 0 and len(waiting(home)) == 1 and not ledger.find_load(home, load.load_id).dropped_at


def test_a_dropped_file_leaves_the_folder_of_refused_ones(site, home):
    mend(site, RENAMED)
    put(home)
    load = land(home)
    drop(home, load, "an export of another shop", now=dt.datetime(2026, 9, 12))
    assert not list((home / "quarantine/bazaar/orders/refused").iterdir()) and waiting(home) == []
    with pytest.raises(ValueError, match="dropped already"):
        drop(home, ledger.find_load(home, load.load_id), "again", now=dt.datetime(2026, 9, 12))


def test_without_its_original_a_load_cannot_be_retried(site, home):
    put(home)
    load = land(home)
    for file in landing(home, "bazaar", "orders", load.load_id).iterdir():
        file.unlink()
    result = fupan(home, "retry", "--all")
    assert result.exit_code == 3 and "export it again" in result.output


def test_wrong_usage_has_words(site, home):
    put(home)
    land(home)
    put(home, [*ROWS, "1004,1,,"])
    land(home)
    assert fupan(home, "retry").exit_code == 2 and fupan(home, "retry", "abc123", "--all").exit_code == 2
    assert fupan(home, "show", "nothing.csv").exit_code == 2
    both = fupan(home, "drop", "orders_20260911020000.csv", "--reason", "x")
    assert both.exit_code == 2 and "means 2 loads" in both.output, both.output
    assert len(find_loads(home, "orders_20260911020000.csv")) == 2
    assert fupan(home, "list", "--source", "x", "--dataset", "y.z").exit_code == 2


def test_refusals_of_one_kind_are_counted_together():
    told = "required column '实付金额' is missing for bazaar.orders; the nearest header found is '实付' (line {}, column 实付金额) Next: x"
    assert shape(told.format(3)) == shape(told.format(17)) == "required column … is missing for bazaar.orders"
    assert shape("12 of 40 rows do not convert, more than the contract's share of 20%; the first: x") == shape(
        "7 of 9 rows do not convert, more than the contract's share of 20%; the first: y"
    )


def test_a_member_of_an_archive_is_retried_and_an_archive_itself_is_not(site, home, tmp_path):
    import zipfile

    mend(site, RENAMED)
    path = put(home)
    packed = path.with_name("packed_20260911020000.zip")
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("__MACOSX/x", b"x")
        archive.writestr("member.csv", path.read_bytes())
    path.unlink()
    load = land(home)
    assert load.status == "refused" and load.file_name.endswith("zip/member.csv")
    hostile = packed.with_name("hostile.zip")
    with zipfile.ZipFile(hostile, "w") as archive:
        archive.writestr("../../member.csv", b"x")
    refused = land(home)
    mend(site, CONTRACT)
    result = fupan(home, "retry", "--all")
    assert "leads out of its folder" in ledger.find_load(home, refused.load_id).reason and result.exit_code == 3
    after = ledger.find_load(home, load.load_id)
    assert (after.status, after.rows_loaded, after.file_name) == ("loaded", 2, load.file_name), result.output
    assert str(after.exported_at) == "2026-09-11 02:00:00", "by the name of the archive"
    assert fupan(home, "retry", load.load_id).output.count("the same as before") == 1, (
        "and a second retry changes nothing"
    )
