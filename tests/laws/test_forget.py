"""A person is forgotten: nothing of them is left anywhere, everybody else's figures stay, a build equals a rebuild, and they stay forgotten."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from ingest import ledger
from warehouse import bundles
from warehouse.forget import StillThere, affected_loads, find_subject, forget, go_on, notes
from warehouse.layout import build_file, candidate_file, current_version
from warehouse.publication import versions
from warehouse.sweep import search

FIGURES = "select count(*), sum(gmv_cny), sum(refund_to_date_cny) from marts.fct_order_lines"


def ask(path: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def everything_said(home: Path) -> str:
    """All texts of all files, Parquet and tables, read plainly: shares nothing with the search that the command uses."""
    texts = []
    for path in home.rglob("*"):
        if not path.is_file() or path.is_symlink():
            continue
        texts += [path.name, path.read_bytes().decode("utf-8", errors="ignore")]
        if path.suffix == ".parquet":
            texts += map(str, duckdb.sql(f"from read_parquet('{path}')").fetchall())
        elif path.suffix == ".duckdb":
            with duckdb.connect(str(path), read_only=True) as db:
                for schema, table in db.execute("select schema_name, table_name from duckdb_tables()").fetchall():
                    texts += map(str, db.execute(f'from "{schema}"."{table}"').fetchall())
    return "\n".join(texts)


@pytest.fixture(scope="module")
def forgotten(company, workshop):
    """Two versions, then the customer with the most orders is forgotten. (home, customer, subject, before, receipt)."""
    from expectations import marts_gate

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(marts_gate, "run_marts_gate", lambda *_, **__: [])
        workshop.empty()
        workshop.land_together([*company.history, *company.daily])
        workshop.publish()
        home = workshop.home
        served = current_version(home)
        shutil.copy(served, served.with_name("marts_older.duckdb"))
        (home / "airflow" / "logs").mkdir(parents=True)
        customer = ask(served, "select customer_key from marts.dim_customer where identity_count > 1 order by order_count desc, 1 limit 1")[0][0]  # fmt: skip
        before = {
            "figures": ask(served, FIGURES),
            "customers": ask(served, "select count(*) from marts.dim_customer")[0][0],
        }
        before["orders"] = ask(served, f"select distinct order_id from marts.fct_order_lines where customer_key = '{customer}'")  # fmt: skip
        before["loads"] = {x.load_id: x for x in ledger.read_loads(home)}
        subject = find_subject(home, [], [customer])
        log = home / "airflow" / "logs" / "old.log"
        log.write_text(f"looked at {min(subject.clear)} of {customer}.\nall well\n", encoding="utf-8")
        patch.setattr(bundles, "_FEWEST", 1)
        assert bundles.bundle(home, ledger.read_loads(home), datetime(2036, 1, 1)) > 50
        before["hits"] = search(home, subject.wanted)
        before["said"] = everything_said(home)
        yield home, customer, subject, before, forget(home, [], [customer], say=lambda _: None)
    (home / "state" / "suppressed.json").unlink()  # the other laws share the home


def test_there_was_somebody_to_forget(forgotten):
    """The search is no empty one: it found them in originals, raw, the build, both versions and a log, and the plain reading did too."""
    home, customer, subject, before, _ = forgotten
    assert len(subject.pseudonyms) > 1 and subject.clear and len(before["orders"]) > 1
    parts = {p.relative_to(home).parts[0] for p, _ in before["hits"].hits}
    assert parts >= {"landing", "raw", "warehouse", "serve", "airflow"}
    assert any("bundles" in p.parts for p, _ in before["hits"].hits)
    served = {p for p, _ in before["hits"].hits if "versions" in p.parts}
    assert len(served) == 2
    for values in (subject.clear, subject.pseudonyms, {customer}):
        assert all(v in before["said"] for v in values)


def test_who_is_on_the_list_is_found_all_the_same(forgotten):
    """By any identity in clear, the same pseudonym as before: they may be back from an old backup."""
    home, _, subject, _, _ = forgotten
    kinds = ("open_id", "phone", "unionid", "visitor_id")
    found = [find_subject(home, [(kind, value)]).pseudonyms for value in subject.clear for kind in kinds]
    assert frozenset().union(*found) >= subject.pseudonyms


def test_nothing_of_them_is_left(forgotten):
    home, customer, subject, _, receipt = forgotten
    assert search(home, subject.wanted).hits == []
    said = everything_said(home)
    assert [v for v in subject.clear | subject.pseudonyms | {customer} if v in said] == []
    assert versions(home) == [current_version(home)] and receipt.versions_removed == 2
    assert (home / "airflow/logs/old.log").read_text() == "looked at [forgotten] of [forgotten].\nall well\n"
    assert notes(home) == []


def test_orders_stay_as_facts_without_a_buyer(forgotten):
    home, _, _, before, _ = forgotten
    served = current_version(home)
    assert ask(served, FIGURES) == before["figures"]
    listed = ", ".join(f"'{o}'" for (o,) in before["orders"])
    told = (
        f"select count(distinct order_id), count(customer_key) from marts.fct_order_lines where order_id in ({listed})"
    )
    assert ask(served, told) == [(len(before["orders"]), 0)]
    assert ask(served, "select count(*) from marts.dim_customer") == [(before["customers"] - 1,)]


def test_every_file_still_counts_up(forgotten):
    home, _, _, before, receipt = forgotten
    loads = ledger.read_loads(home)
    assert {x.load_id for x in loads} == before["loads"].keys()
    assert all(x.rows_read == x.rows_loaded + x.rows_quarantined + x.rows_non_data for x in loads)
    gone = sum(before["loads"][x.load_id].rows_loaded - x.rows_loaded for x in loads)
    assert gone == receipt.rows_removed > 0 < receipt.rows_blanked
    assert sum(x.rewritten_at is not None for x in loads) == sum(receipt.loads.values()) > 1


def test_the_receipt_names_nobody(forgotten):
    home, customer, subject, before, receipt = forgotten
    (path,) = (home / "ledger" / "receipts").glob("forget_*.json")
    told = path.read_text(encoding="utf-8")
    assert json.loads(told)["hits"] == receipt.hits == 0 and json.loads(told)["files_searched"] > 100
    values = subject.clear | subject.pseudonyms | {customer} | {o for (o,) in before["orders"]}
    assert [v for v in values if v in told] == []


def test_the_build_equals_a_rebuild_from_the_rewritten_originals(forgotten, tmp_path):
    """Every load made again from landing gives the raw rows that the publication was built from."""
    from ingest.home import raw_object
    from ingest.retry import again, original_of

    home = forgotten[0]
    (tmp_path / "state").symlink_to(home / "state")
    rewritten = [x for x in ledger.read_loads(home) if x.rewritten_at and x.status == "loaded"]
    for load in rewritten:
        made = again(tmp_path, load, original_of(home, load))
        assert (made.rows_loaded, made.rows_quarantined, made.rows_non_data) == (load.rows_loaded, load.rows_quarantined, load.rows_non_data)  # fmt: skip
        names = (load.source, load.dataset, load.load_id)
        assert raw_object(tmp_path, *names).read_bytes() == raw_object(home, *names).read_bytes()


def test_they_stay_forgotten(forgotten, company, workshop):
    """The same exports come once more, with a line added so that they are other files: built on, nobody comes back."""
    home, customer, subject, before, _ = forgotten
    inbox = home / "inbox"
    for source, dataset, path in company.daily + company.history:
        if (source, dataset) in (("crm", "identity_links"), ("web", "touchpoints"), ("douyin", "orders_api")):
            (inbox / source / dataset).mkdir(parents=True, exist_ok=True)
            (inbox / source / dataset / path.name).write_bytes(path.read_bytes() + b"\n")
    from ingest.pipeline import land_inbox

    loads = [x for source in ("crm", "web", "douyin") for x in land_inbox(source, home=home).loads]
    assert [x.status for x in loads].count("loaded") > 3 and any(x.rewritten_at for x in loads)
    built = candidate_file(home, workshop.build())
    assert ask(built, "select count(*) from marts.dim_customer") == [(before["customers"] - 1,)]
    found = search(home, type(subject.wanted)(subject.pseudonyms | {customer}))
    assert found.hits == []
    # their orders are still there, as facts; nothing says any more whose they were
    assert affected_loads(home, replace(subject, orders=frozenset(), parcels=frozenset())) == []


def test_what_cannot_be_cleaned_is_told_and_the_next_run_goes_on(forgotten, monkeypatch):
    from warehouse import forget as module

    monkeypatch.setattr(module, "_needs_build", lambda *_: False)  # the last build of this home was not published
    home, _, subject, _, _ = forgotten
    value = next(iter(sorted(subject.clear)))
    stray = home / "serve" / "copy.bin"
    stray.write_bytes(b"\0" + value.encode() + b"\0")
    with pytest.raises(StillThere, match=r"serve/copy\.bin"):
        forget(home, [("open_id", value)], say=lambda _: None)
    assert len(notes(home)) == 1 and notes(home)[0].stat().st_mode & 0o077 == 0
    stray.unlink()
    (receipt,) = go_on(home, say=lambda _: None)
    assert receipt.hits == 0 and notes(home) == []
    assert build_file(home).exists()
