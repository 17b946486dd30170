"""Bundles of raw objects: the same rows by the same numbers, and none of an object that has changed since."""

from __future__ import annotations

import datetime as dt
import json
import os

import duckdb
import pytest

from ingest import ledger
from ingest.contract import load_contract
from ingest.home import raw_object
from ingest.landing import land_file
from warehouse import bundles
from warehouse.candidate import _make_raw_views

HEAD = "event_id,occurred_at,event_type,identity_type,identity_id,channel_hint"
NOW = dt.datetime(2036, 1, 1)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Seven loads of touchpoints; the third was written by an older contract, which had a column less."""
    monkeypatch.setattr(bundles, "_FEWEST", 3)
    for number in range(7):
        lines = [
            f"e{number}-{n},2026-11-0{number + 1} 10:00:0{n},click,visitor_id,v{n},{'x' * n}" for n in range(number + 1)
        ]
        file = tmp_path / f"touch_{number}_2026110{number + 1}100000.csv"
        file.write_text("\n".join([HEAD, *lines]), encoding="utf-8")
        assert land_file(file, "web", "touchpoints", tmp_path / "home").status == "loaded"
    older = objects(tmp_path / "home")[2]
    duckdb.sql(f"copy (select * exclude (referrer) from '{older}') to '{older}.new' (format parquet)")
    os.replace(f"{older}.new", older)
    return tmp_path / "home"


def loads(home):
    return sorted(ledger.read_loads(home), key=lambda x: x.file_name)


def objects(home):
    return [raw_object(home, x.source, x.dataset, x.load_id) for x in loads(home)]


def bundle(home, **how):
    return bundles.bundle(home, ledger.read_loads(home), NOW, **how)


def read(home, wanted, *, bundled=True):
    """The raw view of touchpoints over these loads, row for row; and how many files it reads."""
    path = home / "view.duckdb"
    path.unlink(missing_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        if not bundled:
            patch.setattr("warehouse.candidate.as_bundled", lambda home, source, dataset, files: files)
        with duckdb.connect(str(path)) as connection:
            connection.execute("create schema raw")
        _make_raw_views(path, home, wanted)
    with duckdb.connect(str(path)) as connection:
        sql = connection.execute("select sql from duckdb_views() where view_name = 'web__touchpoints'").fetchone()[0]
        return connection.execute("from raw.web__touchpoints order by _load_id, _row_number").fetchall(), sql.count(".parquet")  # fmt: skip


@pytest.mark.parametrize("how_many", range(1, 8))
def test_a_bundle_is_read_as_its_objects(home, how_many):
    """Any of its loads: the rows of the others stay out, and a bundle of mostly others is not opened."""
    assert bundle(home) == 7
    wanted = loads(home)[:how_many]
    rows, files = read(home, wanted)
    alone, opened = read(home, wanted, bundled=False)
    assert rows == alone and len(rows) == sum(x.rows_loaded for x in wanted)
    assert (files, opened) == (1 if 2 * how_many > 7 else how_many, how_many)


def test_what_is_young_or_large_stays_alone(home, monkeypatch):
    assert bundle(home, days=10_000) == 0
    sizes = sorted(p.stat().st_size for p in objects(home))
    monkeypatch.setattr(bundles, "_SMALL", sizes[3])
    assert bundle(home) == sum(s <= sizes[3] for s in sizes)
    assert bundle(home) == 0, "what is bundled is not bundled again, and three are left, of which one is too large"


def test_an_object_that_was_written_again_takes_its_bundle_out_of_use(home):
    bundle(home)
    changed = objects(home)[4]
    duckdb.sql(f"copy (select * replace ('forgotten' as identity_id) from '{changed}') to '{changed}.new' (format parquet)")  # fmt: skip
    os.replace(f"{changed}.new", changed)
    rows, files = read(home, loads(home))
    assert files == 7 and rows == read(home, loads(home), bundled=False)[0]
    assert sum("forgotten" in row for row in rows) == 5
    assert read(home, loads(home)[:4] + loads(home)[5:6])[1] == 1, "of the others it still tells the truth"
    assert bundle(home) == 7 and read(home, loads(home)) == (rows, 1)


def test_a_withdrawn_load_is_read_no_more(home):
    bundle(home)
    objects(home)[1].unlink()
    rest = [x for n, x in enumerate(loads(home)) if n != 1]
    assert read(home, rest) == (read(home, rest, bundled=False)[0], 1)
    assert bundle(home) == 6, "the next maintenance makes it anew, without those rows"
    (made,) = (home / "warehouse" / "bundles").rglob("*.parquet")
    assert duckdb.sql(f"select count(*) from '{made}'").fetchone()[0] == sum(x.rows_loaded for x in rest)


@pytest.mark.parametrize("cut", ["without its list", "a list without rows"])
def test_what_a_cut_left_is_not_read_and_goes(home, cut):
    bundle(home)
    kind = "*.json" if cut == "without its list" else "*.parquet"
    next((home / "warehouse" / "bundles").rglob(kind)).unlink()
    assert read(home, loads(home)) == (read(home, loads(home), bundled=False)[0], 7)
    assert bundle(home) == 7
    assert sorted(p.suffix for p in (home / "warehouse" / "bundles").rglob("*.*")) == [".json", ".parquet"]


def test_many_objects_are_several_bundles(home, monkeypatch):
    monkeypatch.setattr(bundles, "_MOST", 3)
    assert bundle(home) == 6, "one is left, which is too few for a bundle"
    listed = [json.loads(p.read_text()) for p in (home / "warehouse" / "bundles" / "web" / "touchpoints").glob("*.json")]  # fmt: skip
    assert sorted(map(len, listed)) == [3, 3]
    assert read(home, loads(home)) == (read(home, loads(home), bundled=False)[0], 3)
    bundles.drop_bundles(home)
    assert read(home, loads(home))[1] == 7


def test_the_fixture_is_of_the_contract():
    assert set(HEAD.split(",")[:3]) <= {h for c in load_contract("web", "touchpoints").columns for h in c.headers}
