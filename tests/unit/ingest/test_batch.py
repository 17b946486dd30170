"""Small files landed together come to the same as one by one: rows, bytes, counts, refusals, duplicates; and after any crash."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import ingest_files as files
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest import home as places
from ingest import ledger
from ingest.batch import land_together
from ingest.contract import load_contract
from ingest.given import plain
from ingest.landing import Landing, land_file
from ingest.pipeline import land_inbox

ORDERS = load_contract("douyin", "orders")


def zoo(drop: Path) -> list[Path]:
    """Order exports of every condition, in the order in which they wait."""
    good = files.csv_text(files.orders(4))
    lines = good.split("\r\n")
    made = {
        "a_20260911020000.csv": good,
        "b_20260911020001.csv": files.csv_text([files.order(10 + n) for n in range(3)]).encode("gb18030"),
        "c_20260911020002.csv": files.csv_text([*files.orders(3), files.order(8, 运费="x"), files.order(9, 商品数量="1.5")]),
        "d_20260911020003.csv": "一个标题\r\n" + good + "\r\n注：数据\r\n",
        "e_20260911020004.csv": files.csv_text([*files.orders(3), files.order(4, 主订单编号="合计", 子订单编号="", 订单应付金额="59.97")]),
        "f_20260911020005.csv": "\r\n".join([*lines[:3], lines[0], *lines[3:]]),
        "g_20260911020006.csv": good[: len(good) // 2] + '"',
        "h_20260911020007.csv": "no,header\r\n1,2\r\n",
        "i_20260911020008.csv": files.csv_text([files.order(20, 选购商品="两行\n的, \"名\""), files.order(21)]),
        "j_20260911020009.csv": files.csv_text([files.order(30, 商品单价=""), files.order(31)], reversed(files.layouts.ORDERS_74)),
        "k_20260911020010.csv": files.csv_text([files.order(40 + n, 主订单编号=f"69179267688236{n}0000") for n in range(9)]),
        "l_20260911020000.csv": good,
        "m_20260911020000.csv": files.csv_text(files.orders(4)[::-1]),
        "n_20260911020011.csv": files.csv_text(files.orders(2), files.layouts.ORDERS_73),
        "o_20260911020012.csv": files.csv_text([files.order(50, 新列="v"), files.order(51)], (*files.layouts.ORDERS_74, "新列")),
        "p.csv": files.csv_text([files.order(60)]),
        "q.csv": "",
        "r_20260911020013.csv": files.csv_text(files.orders(2)).encode("utf-16"),
        "s_20260911020014.csv": files.csv_text(files.orders(3)).replace("羊毛衫", "羊\x00毛"),
        "t_20260911020015.csv": files.csv_text([files.order(0, 买家留言="13800138000 张三")]),
        "u_20260911020016.csv": files.csv_text([]),
    }  # fmt: skip
    return [files.put(drop, content, name, "utf-8") for name, content in made.items()]


def keyed(home: Path, other: Path) -> Path:
    """Another home with the same key, so that pseudonyms compare."""
    (other / "state").mkdir(parents=True)
    shutil.copy(home / "state" / "identity.key", other / "state" / "identity.key")
    return other


def facts(load) -> tuple:
    undated = load.exported_at == load.loaded_at
    return replace(load, loaded_at=None, seconds=0, exported_at=None if undated else load.exported_at)


def objects(home: Path) -> dict[str, bytes]:
    return {str(p.relative_to(home)): p.read_bytes() for k in ("landing", "raw", "quarantine") for p in (home / k).rglob("*") if p.is_file()}  # fmt: skip


def test_together_or_one_by_one_every_file_comes_to_the_same(home, tmp_path):
    paths = zoo(tmp_path / "drop")
    alone = keyed(home, tmp_path / "alone")
    wanted = [land_file(p, "douyin", "orders", alone) for p in paths]
    with Landing(home) as room:
        found = [load for _, load in room.land_all(map(plain, paths), ORDERS)]
    assert [facts(x) for x in found] == [facts(x) for x in wanted]
    assert {x.status for x in found} == {"loaded", "duplicate", "refused"}
    assert objects(home) == objects(alone)
    assert [facts(x) for x in sorted(ledger.read_loads(home), key=lambda x: x.load_id)] == [facts(x) for x in sorted(wanted, key=lambda x: x.load_id)]  # fmt: skip
    assert not list((home / "tmp").iterdir())


def test_most_of_them_are_settled_together(home, tmp_path):
    """Otherwise the test above compares a way with itself."""
    paths = zoo(tmp_path / "drop")
    with Landing(home) as room:
        done = land_together(room, [plain(p) for p in paths], ORDERS)
    settled = {paths[n].name[0] for n in done}
    assert settled >= set("abcdefijmnopt"), settled


def test_a_second_batch_knows_the_first(home, tmp_path):
    paths = zoo(tmp_path / "drop")
    with Landing(home) as room:
        list(room.land_all(map(plain, paths), ORDERS))
        again = [load for _, load in room.land_all(map(plain, paths), ORDERS)]
    with Landing(home) as room:
        third = [load for _, load in room.land_all(map(plain, paths), ORDERS)]
    for loads in (again, third):
        assert {x.status for x in loads} == {"duplicate", "refused"}
    of_bytes = [x.load_id for x in [*again, *third] if "the same bytes" in x.reason]
    assert len(of_bytes) > 20 and len(set(of_bytes)) == len(of_bytes), "every repetition has a row of its own"


CELL = st.sampled_from(["", "-", "x", "1", "a,b", 'say "a"', "两\n行", "合计", "\t", "仓库", "0", "1e9", "\ufeff"])
TABLES = st.lists(st.lists(st.tuples(CELL, CELL, CELL), max_size=5), min_size=2, max_size=5)


@settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(TABLES)
def test_any_tables_together_or_one_by_one(tables):
    header = ("warehouse_id", "warehouse_name", "province")
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        paths = [
            files.put(at / "drop", files.csv_text([dict(zip(header, r, strict=True)) for r in rows], header), f"{n}_2026091102000{n}.csv", "utf-8")
            for n, rows in enumerate(tables)
        ]  # fmt: skip
        wanted = [land_file(p, "shop", "warehouses", at / "one") for p in paths]
        with Landing(at / "all") as room:
            found = [load for _, load in room.land_all(map(plain, paths), load_contract("shop", "warehouses"))]
        assert [facts(x) for x in found] == [facts(x) for x in wanted]
        raw = [{n: b for n, b in objects(at / h).items() if n.startswith("raw")} for h in ("one", "all")]
        assert raw[0] == raw[1]


def whole(home: Path) -> None:
    """What the ledger names is there: the original, and the rows of what was loaded."""
    for load in ledger.read_loads(home):
        kept = list((home / "landing" / load.source / load.dataset / load.load_id).glob("*"))
        assert load.status == "duplicate" or kept, load
        assert load.status != "loaded" or files.law_holds(home, load)


@pytest.mark.parametrize("step", range(0, 21))
def test_a_crash_at_any_rename_of_a_batch_loses_nothing_and_heals(home, tmp_path, monkeypatch, step):
    """Five files with one in quarantine: 5 originals, 1 quarantine, 5 raw and 5 ledger rows are put in place by a rename each."""
    inbox = home / "inbox" / "douyin" / "orders"
    for n in range(5):
        rows = [files.order(n * 10 + k) for k in range(4)] + ([files.order(99, 运费="x")] if n == 2 else [])
        os.utime(files.put(inbox, files.csv_text(rows), f"a_2026091102000{n}.csv"), (1, 1))
    other = keyed(home, tmp_path / "other")
    shutil.copytree(home / "inbox", other / "inbox")
    monkeypatch.setattr("ingest.pipeline.gate", lambda *_: [])
    land_inbox("douyin", home=other)
    honest, places_seen = os.replace, []

    def dying(origin, target):
        if len(places_seen) == step:
            raise KeyboardInterrupt
        places_seen.append(Path(target).relative_to(home).parts[0])
        honest(origin, target)

    with monkeypatch.context() as patch:
        patch.setattr(places.os, "replace", dying)
        if step < 16:
            with pytest.raises(KeyboardInterrupt):
                land_inbox("douyin", home=home)
        else:
            land_inbox("douyin", home=home)
    order = ["landing"] * 5 + ["quarantine"] + ["raw"] * 5 + ["ledger"] * 5
    assert places_seen == order[:step]
    whole(home)
    waiting = {p.name for p in inbox.iterdir()}
    assert len(waiting) == (5 if step < 16 else 0), "nothing leaves the inbox before its batch is in the ledger"
    land_inbox("douyin", home=home)
    whole(home)
    assert not list(inbox.iterdir()) and objects(home) == objects(other)
    loaded = [facts(x) for x in ledger.read_loads(home) if x.status == "loaded"]
    assert loaded == [facts(x) for x in ledger.read_loads(other)]


def test_bytes_are_durable_before_anything_names_them(home, tmp_path, monkeypatch):
    """fsync of every original, then their renames; the same for quarantine and raw; then the ledger's."""
    told: list[tuple[str, str]] = []
    honest_sync, honest_replace = os.fsync, os.replace

    def kind(path) -> str:
        parts = Path(path).relative_to(home).parts
        return f"new {parts[3].strip('0123456789.')}" if parts[0] == "tmp" else parts[0]

    monkeypatch.setattr(places.os, "fsync", lambda fd: (told.append(("sync", str(Path(f"/proc/self/fd/{fd}").readlink()))), honest_sync(fd)))  # fmt: skip
    monkeypatch.setattr(places.os, "replace", lambda a, b: (told.append(("rename", str(b))), honest_replace(a, b)))
    paths = [files.put(tmp_path / "d", files.csv_text([files.order(n)]), f"{n}_2026091102000{n}.csv") for n in range(3)]
    with Landing(home) as room:
        list(room.land_all(map(plain, paths), ORDERS))
    steps = [(what, kind(where)) for what, where in told]
    first = {
        k: min(i for i, (w, n) in enumerate(steps) if w == "rename" and n == k) for k in ("landing", "raw", "ledger")
    }
    last_sync = {
        k: max(i for i, (w, n) in enumerate(steps) if w == "sync" and n == k) for k in ("landing", "raw", "ledger")
    }
    flushed = {
        k: [i for i, (w, n) in enumerate(steps) if w == "sync" and n == f"new {k}"]
        for k in ("original", "rows", "ledger")
    }
    assert all(len(v) == 3 for v in flushed.values()), steps
    assert max(flushed["original"]) < first["landing"] < last_sync["landing"] < first["raw"]
    assert max(flushed["rows"]) < first["raw"] < last_sync["raw"] < first["ledger"]
    assert max(flushed["ledger"]) < first["ledger"] < last_sync["ledger"]


def test_files_of_thousands_of_rows_keep_their_order(home, tmp_path):
    """Beyond DuckDB's vectors of 2048 rows, and with a file in between that has none of its own."""
    contract = load_contract("shop", "warehouses")
    paths = [
        files.put(tmp_path / "d", "warehouse_id,warehouse_name,province\n" + "".join(f"W{(k * 7919) % count},仓{n},浙江\n" for k in range(count)), f"{n}_2026091102000{n}.csv")
        for n, count in enumerate((5000, 1, 9000, 2048, 3))
    ]  # fmt: skip
    alone = keyed(home, tmp_path / "alone")
    wanted = [land_file(p, "shop", "warehouses", alone) for p in paths]
    with Landing(home) as room:
        assert len(land_together(room, [plain(p) for p in paths], contract)) == 5
    assert objects(home) == objects(alone) and [x.rows_loaded for x in wanted] == [5000, 1, 9000, 2048, 3]
