"""Maintenance, retention, key rotation, backup and restore: on landed files, without a build where none is needed."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from ingest import ledger
from ingest.home import landing, raw_object
from ingest.landing import land_file
from ingest.pipeline import land_inbox
from ingest.protect import KeyRotationCutOff, identity_key
from warehouse import backup, bundles, keys, steps
from warehouse.maintain import Damaged, prune_old, verify
from warehouse.retention import Retention, prune, retention_of

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "attribution" / "inbox"
FILES = [("crm", "identity_links"), ("web", "touchpoints"), ("douyin", "orders_api"), ("douyin", "orders")]
NOW = dt.datetime(2026, 11, 27, 12)


@pytest.fixture(scope="module")
def landed(tmp_path_factory):
    """A home with four loads, a duplicate and a refused file, of which the tests take copies."""
    home = tmp_path_factory.mktemp("landed") / "home"
    for source, dataset in FILES:
        for path in sorted((GOLDEN / source / dataset).iterdir()):
            assert land_file(path, source, dataset, home).status == "loaded"
    again = next((GOLDEN / "web/touchpoints").iterdir())
    assert land_file(again, "web", "touchpoints", home).status == "duplicate"
    folder = home / "inbox/web/touchpoints"
    folder.mkdir(parents=True)
    (folder / "bad.csv").write_text("neither,this\nnor,that\n")
    assert [x.status for x in land_inbox("web", home=home).loads] == ["refused"]
    return home


@pytest.fixture
def home(landed, tmp_path):
    return Path(shutil.copytree(landed, tmp_path / "home"))


def loads_of(home: Path, status: str = "loaded") -> list[ledger.Load]:
    return [x for x in ledger.read_loads(home) if x.status == status]


def tree(home: Path, *kinds: str) -> dict[str, bytes]:
    return {
        str(p.relative_to(home)): p.read_bytes() for k in kinds for p in sorted((home / k).rglob("*")) if p.is_file()
    }


# verify


def test_what_was_landed_is_whole(home):
    told = verify(home)
    assert (told.originals, told.raw, told.gone, told.damaged) == (len(FILES) + 1, len(FILES), 0, [])


@pytest.mark.parametrize("kind", ["a bit", "cut", "raw cut", "raw gone", "raw of another"])
def test_damage_is_named(home, kind):
    load, other = loads_of(home)[0], loads_of(home)[1]
    original = next(landing(home, load.source, load.dataset, load.load_id).iterdir())
    raw = raw_object(home, load.source, load.dataset, load.load_id)
    if kind == "a bit":
        data = bytearray(original.read_bytes())
        data[len(data) // 2] ^= 1
        original.write_bytes(data)
    elif kind == "cut":
        original.write_bytes(original.read_bytes()[:-1])
    elif kind == "raw cut":
        raw.write_bytes(raw.read_bytes()[:-9])
    elif kind == "raw gone":
        raw.unlink()
    else:
        duckdb.sql(
            f"copy (from read_parquet('{raw_object(home, other.source, other.dataset, other.load_id)}') limit 1) to '{raw}'"
        )
    named = raw if kind.startswith("raw") else original
    with pytest.raises(Damaged, match=r"(?s)1 file\(s\) are damaged.*Next: put them back") as caught:
        verify(home)
    assert str(named.relative_to(home)) in str(caught.value)


def test_a_file_whose_name_was_masked_and_a_rewritten_one_are_verified(tmp_path):
    """The id holds the moment in the name; a phone in it is masked in the ledger."""
    from ingest.subject import Subject
    from ingest.withdraw import withdraw

    origin = next((GOLDEN / "web/touchpoints").iterdir())
    path = tmp_path / f"{'138' + '0013' + '8000'}_20260915020000.csv"
    shutil.copy(origin, path)
    home = tmp_path / "home"
    load = land_file(path, "web", "touchpoints", home)
    assert verify(home).originals == 1
    identity = duckdb.sql(f"select identity_id from read_csv('{origin}', all_varchar = true) limit 1").fetchone()[0]
    assert withdraw(home, load, Subject(clear=frozenset({identity}))).how == "rewritten"
    assert verify(home).originals == 1
    rewritten = next(landing(home, "web", "touchpoints", load.load_id).iterdir())
    with open(rewritten, "ab") as file:
        file.write(b"\0")
    with pytest.raises(Damaged):
        verify(home)


# retention


def test_the_usual_retention_removes_nothing_young(home):
    before = tree(home, "landing", "raw", "quarantine", "ledger")
    told = prune(home, Retention(), dt.datetime.now())
    assert vars(told) == dict.fromkeys(vars(told), 0)
    assert tree(home, "landing", "raw", "quarantine", "ledger") == before


def test_what_is_past_its_time_goes(home):
    """Originals after 30 days, refused files after 10, rows of duplicates and results after 60, logs after 5; raw stays."""
    for load in ledger.read_loads(home):
        ledger.write_load(home, replace(load, loaded_at=NOW - dt.timedelta(days=61), gate=load.gate or "passed"))
    young, *old = loads_of(home)
    ledger.write_load(home, replace(young, loaded_at=NOW - dt.timedelta(days=29)))
    for name in (
        "airflow/logs/dag/a.log",
        "tmp/dbt/logs/dbt.log",
        "ledger/quality_results/x.parquet",
        "tmp/load-x/rows",
    ):
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (0, 0))
        os.utime(path.parent, (0, 0))
    raw = tree(home, "raw")
    told = prune(home, Retention(landing_days=30, refused_days=10, log_days=5, result_days=60), NOW)
    assert (told.originals, told.refused, told.logs, told.results, told.scratch) == (len(old), 1, 2, 2, 1)
    assert tree(home, "raw") == raw and loads_of(home, "duplicate") == []
    assert len(tree(home, "landing")) == 1
    assert loads_of(home, "refused") and not list((home / "quarantine").rglob("refused/*"))
    assert verify(home).gone == len(old) + 1
    assert vars(prune(home, Retention(landing_days=30, refused_days=10, log_days=5, result_days=60), NOW)) == dict.fromkeys(vars(told), 0)  # fmt: skip


@pytest.mark.parametrize(("text", "told"), [
    ('{"landing_days": 0}', "landing_days is 0"), ('{"landing": 4}', "unknown field 'landing'"), ("{", "not JSON"), ('{"versions": null}', "versions is None"),
])  # fmt: skip
def test_a_retention_that_is_none_is_refused_before_anything_goes(home, text, told):
    (home / "retention.json").write_text(text)
    before = tree(home, "landing")
    with pytest.raises(ValueError, match=told):
        prune_old(home)
    assert tree(home, "landing") == before
    (home / "retention.json").write_text('{"landing_days": 400, "versions": 9}')
    assert retention_of(home) == Retention(landing_days=400, versions=9)


# packing


def results(home: Path) -> list[tuple]:
    return duckdb.sql(
        f"select distinct * from read_parquet('{home}/ledger/quality_results/*.parquet') order by all"
    ).fetchall()


@pytest.mark.parametrize("removed", [0, 7, 25])
def test_packed_results_say_the_same_also_when_packing_is_cut_off(home, removed, monkeypatch):
    from warehouse import packing

    folder = home / "ledger" / "quality_results"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number in range(25):
        duckdb.sql(
            f"copy (select 'run{number}' as run_id, n as check, n * {number} as rows from range(3) t(n)) to '{folder}/run{number:02}.parquet'"
        )
        os.utime(folder / f"run{number:02}.parquet", (0, 0))
    duckdb.sql(f"copy (select 'young' as run_id, 0 as check, 0 as rows) to '{folder}/young.parquet'")
    before = results(home)
    gone, real = [], packing.remove

    def dying(path):
        if len(gone) == removed:
            raise SystemExit("killed")
        gone.append(path)
        real(path)

    with monkeypatch.context() as patch:
        patch.setattr(packing, "remove", dying)
        if removed < 25:
            with pytest.raises(SystemExit):
                packing.pack(home)
        else:
            assert packing.pack(home) == 25
    assert results(home) == before and len(before) == 76
    packing.pack(home, days=-1)
    assert results(home) == before
    assert len(list(folder.iterdir())) == (1 if removed < 25 else 2)


# keys


def identities(home: Path) -> dict[str, list]:
    """dataset -> identities in raw, in the order of the rows."""
    columns = {"identity_links": "left_id, right_id", "touchpoints": "identity_id", "orders_api": "open_id"}
    return {
        x.dataset: duckdb.sql(f"select {columns[x.dataset]} from read_parquet('{raw_object(home, x.source, x.dataset, x.load_id)}')").fetchall()
        for x in loads_of(home) if x.dataset in columns
    }  # fmt: skip


def test_after_a_rotation_raw_is_what_landing_gives(home, tmp_path, monkeypatch):
    """Everybody has another pseudonym, one and the same everywhere; a file landed anew under the chain gives just the same rows."""
    before, key = identities(home), identity_key(home)
    monkeypatch.setattr(bundles, "_FEWEST", 1)
    assert bundles.bundle(home, loads_of(home), NOW, days=-9_000) == 4
    rotated = keys.rotate(home, say=lambda _: None)
    assert not list((home / "warehouse").rglob("*.parquet")), "bundles hold the old pseudonyms"
    after = identities(home)
    assert (rotated.links, rotated.objects, rotated.publication) == (2, 3, None)
    assert identity_key(home)[:32] == key and (home / "state/identity.key").stat().st_mode & 0o077 == 0
    pairs = {
        (o, n)
        for d in before
        for old, new in zip(before[d], after[d], strict=True)
        for o, n in zip(old, new, strict=True)
    }
    assert len(pairs) == len({o for o, _ in pairs}) == len({n for _, n in pairs}) > 3
    assert not {o for o, _ in pairs if o} & {n for _, n in pairs}
    fresh = tmp_path / "fresh"
    (fresh / "state").mkdir(parents=True)
    shutil.copy(home / "state/identity.key", fresh / "state")
    for load in loads_of(home):
        made = land_file(next((GOLDEN / load.source / load.dataset).iterdir()), load.source, load.dataset, fresh)
        assert made.load_id == load.load_id
    assert identities(fresh) == after
    assert keys.rotate(home, say=lambda _: None).links == 3


@pytest.mark.parametrize("step", range(5))
def test_a_rotation_that_dies_is_finished_and_nothing_is_landed_meanwhile(home, step, monkeypatch):
    """Killed at the first rename, and after so many of those that put objects in place; both keys never mix in what is read."""
    before, renames, real = identities(home), [], keys.rename

    def dying(old, new):
        renames.append(new)
        if len(renames) > step:
            raise SystemExit("killed")
        real(old, new)

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(keys, "rename", dying)
        keys.rotate(home, say=lambda _: None)
    if step == 0:  # before the one rename that decides, nothing has happened
        assert identities(home) == before and not keys.cut_off(home)
    else:
        assert keys.cut_off(home)
        other = home / "other.csv"
        other.write_bytes(next((GOLDEN / "web/touchpoints").iterdir()).read_bytes() + b"\n")
        with pytest.raises(KeyRotationCutOff, match="--go-on"):
            land_file(other, "web", "touchpoints", home)
        with pytest.raises(KeyRotationCutOff, match="--go-on"):
            steps.build_candidate("r1", None, home=home)
    done = keys.rotate(home, say=lambda _: None)
    assert done.links == 2 and not keys.cut_off(home)
    after = identities(home)
    assert all(before[d] != after[d] for d in before)
    flat = [{n for row in after[d] for n in row} for d in ("touchpoints", "orders_api")]
    assert (flat[0] & flat[1]) - {None} or {n for row in after["identity_links"] for n in row} & flat[1], (
        "people still join"
    )


# backup


def test_a_backup_is_a_mirror_and_a_restore_gives_the_same(home, tmp_path):
    target, other = tmp_path / "backup", tmp_path / "restored"
    first = backup.back_up(home, target, with_keys=True)
    assert first.copied > 10 and first.unchanged == 0
    assert vars(backup.back_up(home, target, with_keys=True)) | {"unchanged": 0} == vars(backup.Copied())
    restored = backup.restore(target, other)
    assert restored.copied == first.copied
    for kind in ("landing", "raw", "ledger"):
        assert tree(other, kind) == tree(home, kind), kind
    assert identity_key(other) == identity_key(home) and (other / "state/identity.key").stat().st_mode & 0o077 == 0
    assert verify(other).originals == verify(home).originals
    with pytest.raises(FileExistsError, match="not empty"):
        backup.restore(target, other)


def test_keys_stay_out_unless_they_are_asked_for(home, tmp_path):
    (home / "state/credentials").mkdir()
    (home / "state/credentials/qianchuan.json").write_text('{"secret": "x"}')
    told = backup.back_up(home, tmp_path / "b")
    assert not list((tmp_path / "b").rglob("*.key")) and not list((tmp_path / "b").rglob("credentials"))
    assert "keys" in told.note
    assert "identity.key" in backup.restore(tmp_path / "b", tmp_path / "r").note


def test_who_is_forgotten_leaves_the_mirror_too(home, tmp_path):
    target = tmp_path / "b"
    backup.back_up(home, target)
    gone = loads_of(home)[0]
    shutil.rmtree(landing(home, gone.source, gone.dataset, gone.load_id))
    assert backup.back_up(home, target).removed == 1
    assert not (target / "landing" / gone.source / gone.dataset / gone.load_id).exists() or not any((target / "landing" / gone.source / gone.dataset / gone.load_id).iterdir())  # fmt: skip


def test_a_load_that_ends_during_the_backup_is_in_it_whole_or_not_at_all(home, tmp_path, monkeypatch):
    real, more = backup._copy, iter([next((GOLDEN / "douyin/orders").iterdir())])

    def busy(origin, target, path, done):
        for late in more:
            changed = tmp_path / "orders_20260916020000.csv"
            changed.write_bytes(late.read_bytes() + b"\n")
            assert land_file(changed, "douyin", "orders", home).status in ("loaded", "duplicate")
        return real(origin, target, path, done)

    monkeypatch.setattr(backup, "_copy", busy)
    backup.back_up(home, tmp_path / "b", with_keys=True)
    backup.restore(tmp_path / "b", tmp_path / "r")
    assert len(ledger.read_loads(tmp_path / "r")) == len(ledger.read_loads(home)) - 1
    verify(tmp_path / "r")


@pytest.mark.parametrize("kind", ["inside", "something else", "cut off"])
def test_what_is_no_backup_is_refused(home, tmp_path, kind, monkeypatch):
    if kind == "inside":
        with pytest.raises(ValueError, match="in one another"):
            backup.back_up(home, home / "b")
    elif kind == "something else":
        (tmp_path / "b").mkdir()
        (tmp_path / "b" / "thesis.doc").touch()
        with pytest.raises(ValueError, match="no backup"):
            backup.back_up(home, tmp_path / "b")
        assert (tmp_path / "b" / "thesis.doc").exists()
    else:
        with monkeypatch.context() as patch, pytest.raises(OSError, match="full"):
            patch.setattr(backup.shutil, "copy2", lambda *_: (_ for _ in ()).throw(OSError("the disk is full")))
            backup.back_up(home, tmp_path / "b")
        with pytest.raises(FileNotFoundError, match="no complete backup"):
            backup.restore(tmp_path / "b", tmp_path / "r")
        backup.back_up(home, tmp_path / "b")
        assert json.loads(json.dumps(vars(backup.restore(tmp_path / "b", tmp_path / "r"))))["copied"] > 10
