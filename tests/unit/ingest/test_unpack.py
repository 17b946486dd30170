"""Archives in the inbox: each member a load of its own, litter left, bad members alone, hostile archives whole."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zipfile
from pathlib import Path

import ingest_files as files
import pytest

from ingest import ledger, unpack
from ingest.pipeline import land_given, land_inbox

HEAD = "warehouse_id,warehouse_name,province\n"


def rows(*names: str) -> str:
    return HEAD + "".join(f"{n},仓库,浙江\n" for n in names)


def packed(path: Path, members: dict[str, str | bytes], change=None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, (2026, 9, 11, 2, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            if change:
                change(info)
            archive.writestr(info, content)
    os.utime(path, (1, 1))
    return path


@pytest.fixture
def inbox(home):
    folder = home / "inbox" / "shop" / "warehouses"
    folder.mkdir(parents=True)
    return folder


def pulled(home):
    return land_inbox("shop", home=home).loads


def told(loads) -> list[tuple]:
    return [(x.file_name, x.status, x.rows_loaded) for x in loads]


def test_members_are_loads_of_their_own_and_the_archive_leaves_the_inbox(home, inbox):
    book = files.book(home / "b.xlsx", {"a": [HEAD.strip().split(","), ["W9", "仓", "浙江"]]}).read_bytes()
    packed(inbox / "九月.zip", {
        "一/a_20260911020000.csv": rows("W1", "W2"), "b.csv": rows("W3"), "c.xlsx": book, "__MACOSX/一/._a.csv": b"x", ".DS_Store": b"y",
    })  # fmt: skip
    loads = pulled(home)
    assert told(loads) == [("九月.zip/一/a_20260911020000.csv", "loaded", 2), ("九月.zip/b.csv", "loaded", 1), ("九月.zip/c.xlsx", "loaded", 1)]  # fmt: skip
    assert [("left in the archive: __MACOSX/一/._a.csv, .DS_Store" in x.notes) for x in loads] == [True, False, False]
    assert not list(inbox.iterdir()) and not list((home / "tmp").iterdir())
    kept = {p.name: p.read_bytes() for p in home.glob("landing/*/*/*/*")}
    assert kept == {"a_20260911020000.csv": rows("W1", "W2").encode(), "b.csv": rows("W3").encode(), "c.xlsx": book}
    assert all(files.law_holds(home, x) for x in loads)


def test_the_time_in_a_members_name_wins_over_the_archives(home, inbox):
    packed(inbox / "e_20260912030000.zip", {"a_20260911020000.csv": rows("W1"), "b.csv": rows("W2")})
    assert [(str(x.exported_at), x.is_dated) for x in pulled(home)] == [("2026-09-11 02:00:00", True), ("2026-09-12 03:00:00", True)]  # fmt: skip


@pytest.mark.fault(23)
def test_the_same_member_in_another_archive_or_by_itself_is_a_duplicate(home, inbox):
    packed(inbox / "a.zip", {"w_20260911020000.csv": rows("W1")})
    packed(inbox / "b.zip", {"other/w_20260911020000.csv": rows("W1"), "x.csv": rows("W2")})
    (inbox / "c_20260911020000.csv").write_text(rows("W1"), encoding="utf-8")
    os.utime(inbox / "c_20260911020000.csv", (1, 1))
    assert [(x.file_name, x.status) for x in pulled(home)] == [
        ("a.zip/w_20260911020000.csv", "loaded"), ("b.zip/other/w_20260911020000.csv", "duplicate"), ("b.zip/x.csv", "loaded"), ("c_20260911020000.csv", "duplicate"),
    ]  # fmt: skip


def test_a_bad_member_is_refused_alone(home, inbox):
    path = packed(inbox / "a.zip", {"good.csv": rows("W1"), "bad.csv": "no,header\n1,2\n", "in.zip": "", "broken.csv": rows("W2") * 50, "late.csv": rows("W3")})  # fmt: skip
    inner = packed(home / "in.zip", {"x.csv": rows("W4")}).read_bytes()
    packed(path, {"good.csv": rows("W1"), "bad.csv": "no,header\n1,2\n", "in.zip": inner, "broken.csv": rows("W2") * 50, "late.csv": rows("W3")})  # fmt: skip
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo("broken.csv").header_offset + 60
    content = bytearray(path.read_bytes())
    content[place : place + 8] = b"\xff" * 8
    path.write_bytes(content)
    os.utime(path, (1, 1))
    loads = {x.file_name.partition("/")[2]: x for x in pulled(home)}
    assert {n: x.status for n, x in loads.items()} == {"good.csv": "loaded", "bad.csv": "refused", "in.zip": "refused", "broken.csv": "refused", "late.csv": "loaded"}  # fmt: skip
    assert "no header of shop.warehouses" in loads["bad.csv"].reason
    assert "this is an archive" in loads["in.zip"].reason and "the member is damaged" in loads["broken.csv"].reason
    refused = {p.name.partition("_")[2]: p for p in (home / "quarantine/shop/warehouses/refused").iterdir()}
    assert set(refused) == {"bad.csv", "bad.csv.reason.txt", "in.zip", "in.zip.reason.txt", "a.zip", "a.zip.reason.txt"}
    assert refused["bad.csv"].read_text() == "no,header\n1,2\n" and not list(inbox.iterdir())


def test_names_of_a_chinese_windows_and_backslashes(home, inbox):
    path = packed(inbox / "a.zip", {"AAAA\\BB.csv": rows("W1")})
    spelt = "订单\\BB.csv".encode("gb18030")
    path.write_bytes(path.read_bytes().replace(b"AAAA\\BB.csv", spelt))
    os.utime(path, (1, 1))
    (load,) = pulled(home)
    assert (load.file_name, load.status) == ("a.zip/订单/BB.csv", "loaded")


def link(info):
    info.create_system, info.external_attr = 3, 0o120777 << 16


@pytest.mark.fault(40)
@pytest.mark.parametrize(
    ("name", "change", "what"),
    [
        ("../../x.csv", None, "leads out of its folder"),
        ("a/../../x.csv", None, "leads out of its folder"),
        ("..\\..\\x.csv", None, "leads out of its folder"),
        ("/etc/x.csv", None, "leads out of its folder"),
        ("C:\\x.csv", None, "leads out of its folder"),
        ("link.csv", link, "is a link or a device"),
    ],
)
def test_40_a_hostile_archive_is_refused_whole(home, inbox, name, change, what):
    with zipfile.ZipFile(inbox / "a.zip", "w") as archive:
        archive.writestr("good.csv", rows("W1"))
        info = zipfile.ZipInfo(name)
        if change:
            change(info)
        archive.writestr(info, "/etc/passwd")
    os.utime(inbox / "a.zip", (1, 1))
    before = {p for p in home.parent.rglob("*") if p.name.startswith("x.csv")}
    (load,) = pulled(home)
    assert load.status == "refused" and what in load.reason and load.file_name == "a.zip"
    assert {p for p in home.parent.rglob("*") if p.name.startswith("x.csv")} == before and not list(home.glob("raw/**/*.parquet"))  # fmt: skip
    assert (home / "quarantine/shop/warehouses/refused" / f"{load.load_id[:12]}_a.zip").exists()


@pytest.mark.fault(40)
def test_40_a_name_with_a_nul(home, inbox):
    path = packed(inbox / "a.zip", {"aXb.csv": rows("W1")})
    path.write_bytes(path.read_bytes().replace(b"aXb.csv", b"a\x00b.csv"))
    os.utime(path, (1, 1))
    (load,) = pulled(home)
    assert load.status == "refused" and "holds a NUL" in load.reason


@pytest.mark.fault(40)
def test_40_bombs_by_size_ratio_and_count(home, inbox, monkeypatch):
    packed(inbox / "a.zip", {"a.csv": b" " * 80_000_000})
    packed(inbox / "b.zip", {f"{n}.csv": b"x" for n in range(20)})
    monkeypatch.setattr(unpack, "MOST_MEMBERS", 10)
    first, second = pulled(home)
    assert "the archive unpacks to 80,000,000 bytes" in first.reason and "holds 20 files; the limit is 10" in second.reason  # fmt: skip


@pytest.mark.fault(40)
def test_40_a_member_that_states_a_small_size(home, inbox):
    path = packed(inbox / "a.zip", {"a.csv": rows(*["W1"] * 3000), "b.csv": rows("W2")})
    size = len(rows(*["W1"] * 3000).encode()).to_bytes(4, "little")
    assert path.read_bytes().count(size) == 2
    path.write_bytes(path.read_bytes().replace(size, (50).to_bytes(4, "little")))
    os.utime(path, (1, 1))
    loads = pulled(home)
    assert [x.status for x in loads] == ["refused", "loaded"] and "not the stated size or checksum" in loads[0].reason


@pytest.mark.fault(40)
def test_a_locked_archive_and_an_empty_one(home, inbox):
    path = packed(inbox / "a.zip", {"a.csv": rows("W1")})
    content = path.read_bytes().replace(b"PK\x03\x04\x14\x00\x00", b"PK\x03\x04\x14\x00\x01").replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01")  # fmt: skip
    path.write_bytes(content)
    packed(inbox / "b.zip", {".DS_Store": b"x"})
    os.utime(path, (1, 1))
    locked, empty = pulled(home)
    assert "the archive has a password" in locked.reason and "the archive holds no file" in empty.reason


@pytest.mark.fault(3)
def test_a_cut_archive(home, inbox):
    path = packed(inbox / "a.zip", {"a.csv": rows("W1") * 10})
    path.write_bytes(path.read_bytes()[:-30])
    os.utime(path, (1, 1))
    (load,) = pulled(home)
    assert "cut or still being written" in load.reason


def test_gz_of_one_file(home, inbox):
    (inbox / "w_20260911020000.csv.gz").write_bytes(gzip.compress(rows("W1").encode("gb18030")))
    (inbox / "x.csv.gz").write_bytes(gzip.compress(rows("W2").encode())[:-6])
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo("a.csv"))
    (inbox / "y.tar.gz").write_bytes(buffer.getvalue())
    for p in inbox.iterdir():
        os.utime(p, (1, 1))
    good, cut, tarred = pulled(home)
    assert told([good]) == [("w_20260911020000.csv.gz/w_20260911020000.csv", "loaded", 1)] and good.is_dated
    assert cut.status == tarred.status == "refused"
    assert "damaged" in cut.reason and "tar archive" in tarred.reason and not list(inbox.iterdir())


@pytest.mark.fault(40)
def test_40_a_gz_bomb(home, inbox, monkeypatch):
    monkeypatch.setattr(unpack, "RATIO_FLOOR", 1_000_000)
    (inbox / "w.csv.gz").write_bytes(gzip.compress(b" " * 50_000_000))
    os.utime(inbox / "w.csv.gz", (1, 1))
    (load,) = pulled(home)
    assert "unpacks to more than" in load.reason


def test_fupan_load_lands_the_members_and_leaves_the_archive(home, tmp_path):
    path = packed(tmp_path / "a.zip", {"a.csv": rows("W1"), "b.csv": "x\n"})
    assert [x.status for x in land_given(path, "shop", "warehouses", home=home)] == ["loaded", "refused"]
    assert path.exists() and len(ledger.read_loads(home)) == 2 and not list((home / "tmp").iterdir())


def test_an_archive_of_many_members_is_unpacked_a_batch_at_a_time(home, inbox, monkeypatch):
    from ingest import batch

    monkeypatch.setattr(batch, "MOST_FILES", 3)
    packed(inbox / "a.zip", {f"{n}.csv": rows(f"W{n}") for n in range(8)})
    assert [x.status for x in pulled(home)] == ["loaded"] * 8 and not list(inbox.iterdir())
