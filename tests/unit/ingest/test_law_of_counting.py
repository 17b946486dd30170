"""Law: read = loaded + quarantined + non-data, for any bytes; a file is loaded, a duplicate or refused, and never an exception."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import ingest_files as files
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.landing import land_file
from ingest.readers import text

FEW = settings(max_examples=45, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
HEADER = "warehouse_id,warehouse_name,province,city,daily_capacity"
GOOD = [f'WH{n},仓库{n},浙江,"杭州,余杭",{n}00' for n in range(6)]
PIECES = st.sampled_from(
    ['"', '""', ",", "\r\n", "\n", "\r", "\n\n", ";", "\t", "\x00", "\u2028", "\ufeff", "合计", "注：数据", HEADER + "\n", "é", "😀", "1e9", "-", " ", "'", "\\"]
)  # fmt: skip
GARBAGE = st.one_of(
    PIECES.map(str.encode),
    st.binary(max_size=4),
    st.sampled_from(["杭".encode("gb18030"), b"\xff\xfe", b"\xef\xbb\xbf", b"\xd5"]),
)


def lands(
    content: bytes, dataset: str = "warehouses", source: str = "shop", name: str = "w_20260911020000.csv"
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        path = files.put(home / "drop", content, name)
        load = land_file(path, source, dataset, home)
        assert load.status in ("loaded", "refused")
        if load.status == "refused":
            assert load.reason and not list(home.glob("raw/*/*/*"))
            assert (load.rows_read, load.rows_loaded, load.rows_quarantined) == (0, 0, 0)
        else:
            assert files.law_holds(home, load), load
            assert all(row["line"] >= 1 and row["reason"] for row in files.set_aside(home, load))


@FEW
@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 6), GARBAGE), min_size=1, max_size=4),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_any_mutation_of_a_good_csv(edits, newline, bom):
    content = (newline.join([HEADER, *GOOD]) + newline).encode("utf-8-sig" if bom else "utf-8")
    for place, gone, new in edits:
        at = place % (len(content) + 1)
        content = content[:at] + new + content[at + gone :]
    lands(content)


@settings(FEW, max_examples=15)
@given(st.integers(0, 10_000), st.integers(0, 3), GARBAGE)
def test_any_mutation_of_an_order_export(place, gone, new):
    content = files.csv_text(files.orders(3)).encode("gb18030")
    at = place % len(content)
    lands(content[:at] + new + content[at + gone :], "orders", "douyin", files.NAME)


@settings(FEW, max_examples=15)
@given(st.integers(0, 10_000), st.integers(0, 3), GARBAGE)
def test_any_mutation_of_an_api_answer(place, gone, new):
    content = files.ad_page([files.ad_row(0), files.ad_row(1)]).encode()
    at = place % len(content)
    lands(content[:at] + new + content[at + gone :], "ad_reports", "qianchuan", "report_20260911020000.json")


@settings(FEW, max_examples=10)
@given(st.integers(0, 10_000), st.integers(0, 40), st.binary(max_size=8))
def test_any_mutation_of_a_workbook(place, gone, new):
    with tempfile.TemporaryDirectory() as folder:
        content = files.book(Path(folder) / "b.xlsx", {"订单": files.grid(files.orders(2))}).read_bytes()
    at = place % len(content)
    lands(content[:at] + new + content[at + gone :], "orders", "douyin", "订单_20260911020000.xlsx")


CELLS = st.lists(st.sampled_from(["a", ",", '"', "\r\n", "\n", "中", " ", "\t"]), max_size=6).map("".join)


@pytest.mark.parametrize(("chunk", "few_edges"), [(16, 4096), (48, 0), (112, 4), (1024 * 1024, 4096), (1024 * 1024, 0)])
@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=8),
    newline=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
)
@settings(FEW, max_examples=60)
def test_count_records_agrees_with_the_csv_module(chunk, few_edges, rows, newline, last):
    out = io.StringIO()
    csv.writer(out, lineterminator=newline).writerows(rows)
    content = out.getvalue() if last else out.getvalue().removesuffix(newline)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "_BLOCK", chunk)
        patch.setattr(text, "_FEW_EDGES", few_edges)
        path = files.put(Path(folder), content, "c.csv", "utf-8")
        records, blanks, delimiters = text.count_records(path)
    wanted = list(csv.reader(io.StringIO(content, newline="")))
    assert (records - blanks, blanks) == (sum(1 for r in wanted if r), sum(1 for r in wanted if not r))
    assert delimiters == sum(len(r) - 1 for r in wanted if r)


@pytest.mark.parametrize(
    ("content", "records", "blanks"),
    [
        ("", 0, 0),
        ("a", 1, 0),
        ("a\n", 1, 0),
        ("a\n\nb", 3, 1),
        ("\n\n", 2, 2),
        ("a\r\n\r\n", 2, 1),
        ('"a\n\nb"\n', 1, 0),
        ('"a""b\n"\n\n', 2, 1),
        ('a\n"cut\nhere', 2, 0),
    ],
)
@pytest.mark.parametrize("chunk", [16, 32, 4 * 1024 * 1024])
def test_count_records_of_known_texts(tmp_path, monkeypatch, content, records, blanks, chunk):
    monkeypatch.setattr(text, "_BLOCK", chunk)
    assert text.count_records(files.put(tmp_path, content, "c.csv", "utf-8"))[:2] == (records, blanks)
