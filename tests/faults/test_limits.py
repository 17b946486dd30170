"""Every limit of docs/limits.md is that of the code, can be raised as the page says, and holds for real files (40)."""

from __future__ import annotations

import importlib
import io
import os
import re
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import ingest_files as files
import pytest
from hostile_child import land_apart

from ingest import limits
from ingest.errors import FetchFailed
from ingest.landing import land_file
from ingest.pipeline import land_inbox, pull
from ingest.waiting import waiting_files

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "limits.md").read_text(encoding="utf-8")
#: (what, limit, setting, constant) of each row with a constant
ROWS = re.findall(r"^\| ([^|]+) \| ([^|]+) \| [^|]+ \| ([^|]+) \| `(ingest[\w.]+)` \|$", PAGE, re.MULTILINE)
_UNITS = {"MiB": 1024**2, "GiB": 1024**3}
HEAD = "warehouse_id,warehouse_name,province\n"


def constant(path: str) -> object:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize(("what", "stated", "setting", "where"), ROWS, ids=[r[3] for r in ROWS])
def test_the_page_states_the_value_of_the_code(what, stated, setting, where):
    value = constant(where)
    number, _, unit = stated.partition(" ")
    if isinstance(value, str):
        assert stated.replace(" ", "") == value
        return
    assert int(number.replace(",", "")) * _UNITS.get(unit, 1) == value, f"{where} is {value:,}; the page says {stated}"
    if setting.startswith("`"):
        assert limits.KNOWN[setting.strip("`")].usual == value


def test_no_limit_is_left_out():
    for _, _, _, where in ROWS:
        constant(where)
    assert len(ROWS) >= 35
    assert {f"`{name}`" for name in limits.KNOWN} <= {setting for _, _, setting, _ in ROWS}
    named = set(re.findall(r'limit\("(\w+)"', "".join(p.read_text() for p in (PROJECT / "ingest").rglob("*.py"))))
    assert named == set(limits.KNOWN), "a limit that is set where it is not seen before it is used"


def test_a_setting_changes_its_limit_and_nonsense_is_refused(monkeypatch):
    monkeypatch.setattr(limits, "KNOWN", {})
    monkeypatch.setenv("FUPAN_ARCHIVE_FILES", "20_000")
    assert limits.limit("FUPAN_ARCHIVE_FILES", 10) == 20_000
    for nonsense in ("many", "-1", "0", "1.5", "４"):
        monkeypatch.setenv("FUPAN_ARCHIVE_FILES", nonsense)
        with pytest.raises(ValueError, match="FUPAN_ARCHIVE_FILES is .* Next: set a whole number above 0"):
            limits.limit("FUPAN_ARCHIVE_FILES", 10)


def test_the_engine_has_half_of_the_machine_or_of_its_container(monkeypatch, tmp_path):
    monkeypatch.delenv("FUPAN_MEMORY_LIMIT", raising=False)
    monkeypatch.setattr(limits, "_CONTAINER", tmp_path / "memory.max")
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert limits.build_memory() == f"{pages // 2 // 1024**2}MiB"
    (tmp_path / "memory.max").write_text("max\n")
    assert limits.build_memory() == f"{pages // 2 // 1024**2}MiB"
    (tmp_path / "memory.max").write_text(f"{512 * 1024**2}\n")
    assert limits.build_memory() == "256MiB"
    monkeypatch.setenv("FUPAN_MEMORY_LIMIT", "7GB")
    assert limits.build_memory() == "7GB"


def test_a_raised_limit_lets_the_file_in(home, tmp_path):
    """As a person would: the same command with the variable set."""
    wide = ",".join([*HEAD.strip().split(","), *(f"c{n}" for n in range(2_000))])
    path = files.put(tmp_path, f"{wide}\nW1,a,b{',' * 2_000}\n", "w.csv")
    command = [sys.executable, "-m", "warehouse.cli", "load", str(path), "--source", "shop", "--dataset", "warehouses"]

    def loaded(**settings: str) -> subprocess.CompletedProcess:
        environment = os.environ | {"FUPAN_HOME": str(home)} | settings
        return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120)

    refused = loaded()
    assert refused.returncode == 3 and "2,003 columns; the limit is 2,000" in refused.stdout + refused.stderr
    assert loaded(FUPAN_COLUMNS="3000").returncode == 0
    typed_wrong = loaded(FUPAN_COLUMNS="3k")
    assert typed_wrong.returncode not in (0, 3) and "FUPAN_COLUMNS is '3k'" in typed_wrong.stdout + typed_wrong.stderr


@pytest.fixture
def ungated(monkeypatch):
    """Without the landing gate, which takes seconds to start and sees none of what is tried here."""
    monkeypatch.setattr("ingest.pipeline.gate", lambda *_: [])


def tiny(folder: Path, count: int) -> None:
    """So many empty files; names without a suffix are files too."""
    folder.mkdir(parents=True)
    for number in range(count):
        os.close(os.open(folder / f"{number}", os.O_CREAT | os.O_WRONLY))


@pytest.fixture
def quick_folder(tmp_path):
    """A folder in memory where the machine has one: a disk takes a minute to make a hundred thousand files."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else tmp_path) as folder:
        yield Path(folder)


@pytest.mark.fault(40)
def test_more_names_than_a_pull_looks_at(home, quick_folder):
    """A million of them would be no different: the listing ends at the name after the last that is allowed."""
    tiny(quick_folder / "many", 100_001)
    (home / "inbox" / "shop").mkdir(parents=True)
    (home / "inbox/shop/warehouses").symlink_to(quick_folder)
    with pytest.raises(FetchFailed, match="inbox/shop holds more than 100,000 files; none of them was read. Next: "):
        land_inbox("shop", home=home)
    assert not (home / "ledger").exists() and not (home / "raw").exists()


@pytest.mark.fault(40)
def test_more_files_than_one_pull_lands(home, monkeypatch, caplog, ungated):
    monkeypatch.setattr("ingest.waiting.MOST_WAITING", 3)
    folder = home / "inbox" / "shop" / "warehouses"
    for number in range(5):
        os.utime(files.put(folder, f"{HEAD}W{number},仓,浙江\n", f"{number}.csv"), (100 - number, 100 - number))
    assert [p.name for _, p in waiting_files(home, "shop")] == ["2.csv", "3.csv", "4.csv"], "the oldest"
    assert "5 files wait; the oldest 3 now" in caplog.text
    rows = [[x.status for x in land_inbox("shop", home=home).loads] for _ in range(3)]
    assert rows == [["loaded"] * 3, ["loaded"] * 2, []]


@pytest.mark.fault(40)
def test_an_inbox_that_is_too_full_does_not_hide_another_failure(home, monkeypatch):
    import datetime as dt

    monkeypatch.setattr("ingest.waiting.MOST_NAMES", 2)
    tiny(home / "inbox/shop/warehouses/many", 3)

    def failing(*_):
        raise FetchFailed("the server did not answer")

    monkeypatch.setattr("ingest.pipeline._fetch", failing)
    with pytest.raises(FetchFailed, match="did not answer(.|\n)*holds more than 2 files"):
        pull("shop", dt.date(2026, 9, 10), home=home)


def names(count: int) -> bytes:
    """An archive whose directory has so many entries, in the long form that such a number needs."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("n", b"")
    start, end = out.getvalue().index(b"PK\x01\x02"), out.getvalue().index(b"PK\x05\x06")
    head, directory = out.getvalue()[:start], out.getvalue()[start:end] * count
    long_end = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(directory), start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, start + len(directory), 1)
    return head + directory + long_end + locator + b"PK\x05\x06" + bytes(4) + b"\xff" * 12 + bytes(2)


@pytest.mark.fault(40)
def test_an_archive_of_a_million_names_is_refused_unread(home, tmp_path):
    """A real directory of a million entries, of which a library makes half a gigabyte of memory: it is never read."""
    with zipfile.ZipFile(io.BytesIO(names(3))) as archive:
        assert len(archive.infolist()) == 3, "such an archive is a real one"
    path = files.put(tmp_path, names(1_000_000), "m.zip")
    told = land_apart(path, "shop.warehouses", home)
    assert "the archive has a directory of 47,000,000 bytes; the limit is 16,777,216" in told.only["reason"]
    assert told.added_mb < 100, told


@pytest.mark.fault(40)
def test_an_archive_of_ten_thousand_and_one_files(home, tmp_path):
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        for number in range(10_001):
            archive.writestr(f"{number}.csv", b"")
    load = land_apart(tmp_path / "m.zip", "shop.warehouses", home).only
    assert "the archive holds 10,001 files; the limit is 10,000" in load["reason"]


@pytest.mark.fault(40)
def test_tiny_files_of_nothing_are_refused_one_by_one_beside_a_good_one(home, ungated):
    folder = home / "inbox" / "shop" / "warehouses"
    for number in range(40):
        files.put(folder, f"{number}", f"{number}.csv")
    files.put(folder, f"{HEAD}W1,仓,浙江\n", "good.csv")
    assert [x.status for x in land_inbox("shop", home=home).loads] == ["refused"] * 40 + ["loaded"]


@pytest.mark.fault(40)
def test_an_old_workbook_that_takes_all_memory(home, tmp_path):
    """Its chain of sectors turns in a circle, which its parser follows for ever; a file of 5,632 bytes."""
    (kept,) = (PROJECT / "tests/fuzz/found/old_book").glob("oom-*")
    path = files.put(tmp_path, kept.read_bytes(), "库存.xls")
    told = land_apart(path, "erp.stock", home)
    assert "the workbook takes more than 2,048 MB or 60 seconds to open" in told.only["reason"], told.only
    assert told.added_mb < 300 and told.seconds < 90


@pytest.mark.fault(40)
def test_sheets_and_texts_beyond_the_limits(home, tmp_path, monkeypatch):
    from ingest.readers import xlsx, xlsx_cells, xlsx_texts, xlsx_tree

    path = files.book(tmp_path / "b_20260911020000.xlsx", {"a": files.grid(files.orders(20))})
    for module, name, most, words in (
        (xlsx_texts, "MOST_TEXT", 500, "take more than 500 bytes"), (xlsx, "MOST_SHEETS", 0, "the limit is 0"),
    ):  # fmt: skip
        with monkeypatch.context() as patch:
            patch.setattr(module, name, most)
            load = land_file(path, "douyin", "orders", home)
        assert load.status == "refused" and words in load.reason
    with monkeypatch.context() as patch:
        for module in (xlsx_cells, xlsx_tree):
            patch.setattr(module, "MOST_ROWS", 10)
        patch.setattr("ingest.readers.xlsx_marks.MOST_ROWS", 10)
        load = land_file(path, "douyin", "orders", home)
    assert load.status == "refused" and "a row states the number 11; a sheet has 10" in load.reason
    assert land_file(path, "douyin", "orders", home).rows_loaded == 20
