"""JSON in one piece and in lines: streamed or held, it comes to the same; what is not JSON is refused with its line."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import ingest_files as files
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.errors import Refused
from ingest.landing import land_file
from ingest.readers import envelope

SHAPE = {"items": ["data.list", "rows", "$"], "code": {"path": "code", "ok": ["0"]}, "total": ["data.total"], "message": ["msg"]}  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "list", "code", "中"]), inner, max_size=3), max_leaves=6,
)  # fmt: skip
ITEMS = st.lists(st.dictionaries(st.sampled_from(["id", "x", "list"]), VALUES, max_size=3), max_size=6)
FEW = settings(
    max_examples=120, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


def outcome(path: Path, target: Path, shape=SHAPE):
    try:
        told = envelope.unwrap(path, shape, target)
    except Refused as refusal:
        return refusal.reason.partition(":")[0]
    return told.items, told.stated, told.documents, [json.loads(line) for line in target.read_bytes().splitlines()]


@FEW
@given(
    ITEMS,
    VALUES,
    st.sampled_from(["data.list", "rows", "array", "none"]),
    st.sampled_from([0, 5]),
    st.booleans(),
    st.booleans(),
)
def test_streamed_or_held_it_is_the_same(items, beside, place, code, first, pretty):
    inner = {"list": items} if place == "data.list" else {}
    body = {"data": {"total": len(items), **inner, "page": beside}} | ({"rows": items} if place == "rows" else {})
    document = items if place == "array" else ({"code": code, **body} if first else {**body, "code": code, "msg": "m"})
    text = json.dumps(document, ensure_ascii=False, indent=1 if pretty else None)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        at = Path(folder)
        path = files.put(at, "\n" + text, "a.json", "utf-8")
        held = outcome(path, at / "held")
        patch.setattr(envelope, "LONG", 1)
        assert outcome(path, at / "streamed") == held


@pytest.mark.parametrize(
    "text", ['[{"a":1},', '{"code":0,"data":{"list":[{"a":1},{"a":', '{"rows":[1,2]}x', '{"rows":[NaN]}', "[1 2]"]
)
def test_a_long_value_that_is_cut_or_none_is_refused(tmp_path, monkeypatch, text):
    monkeypatch.setattr(envelope, "LONG", 2)
    told = outcome(files.put(tmp_path, "\n" + text, "a.json", "utf-8"), tmp_path / "t")
    assert told == "not valid JSON"


def test_a_long_answer_lands_like_a_short_one(home, tmp_path, monkeypatch):
    page = files.ad_page([files.ad_row(n) for n in range(300)])
    path = files.put(tmp_path, json.dumps(json.loads(page), indent=1), "r_20260911020000.json", "utf-8-sig")
    short = land_file(path, "qianchuan", "ad_reports", home)
    monkeypatch.setattr(envelope, "LONG", 1000)
    monkeypatch.setattr(envelope, "_one_value", lambda _: pytest.fail("the whole value was held"))
    long = land_file(path, "qianchuan", "ad_reports", home / "b")
    assert (long.rows_loaded, long.status) == (300, "loaded") == (short.rows_loaded, short.status)
    assert files.raw_rows(home / "b", long) == files.raw_rows(home, short)


GOOD = '{"msg_id":"%d","eventTime":1789000000,"content":"a","user":{"level":1}}'


@pytest.mark.parametrize(("place", "bad"), [(1, "x"), (4, '{"msg_id":'), (3, "[1,"), (2, '{"a":1}}')])
def test_a_line_that_is_not_json_is_named(home, tmp_path, place, bad):
    lines = [GOOD % n for n in range(6)]
    lines[place:place] = [bad]
    load = land_file(files.put(tmp_path, "\n".join(lines) + "\n", "c.jsonl", "utf-8"), "douyin", "comments", home)
    assert load.status == "refused" and f"(line {place + 1})" in load.reason and str(tmp_path) not in load.reason


def test_a_field_that_stands_twice_is_refused(home, tmp_path):
    lines = [GOOD % 1, GOOD % 2, '{"msg_id":"3","eventTime":1789000000,"eventTime":5}']
    load = land_file(files.put(tmp_path, "\n".join(lines), "c.jsonl", "utf-8"), "douyin", "comments", home)
    assert "has the field 'eventTime' twice" in load.reason


@pytest.mark.fault(18)
@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_none_are_set_aside_by_line(home, tmp_path, value):
    lines = [*(GOOD % n for n in range(9)), f'{{"msg_id":"9","eventTime":{value},"content":"a"}}']
    load = land_file(files.put(tmp_path, "\n".join(lines), "c.jsonl", "utf-8"), "douyin", "comments", home)
    assert load.rows_loaded == 9 and [(r["line"], r["column"]) for r in files.set_aside(home, load)] == [(10, "sent_at")]  # fmt: skip


@pytest.mark.fault(9)
def test_ids_kept_as_numbers_keep_every_digit(home, tmp_path):
    line = '{"msg_id":7400000000000000001234,"eventTime":1789000000,"content":1234567.89,"user":{"level":3}}'
    load = land_file(files.put(tmp_path, "\n".join([line, GOOD % 1]), "c.jsonl", "utf-8"), "douyin", "comments", home)
    first = files.raw_rows(home, load)[0]
    assert (first["message_id"], first["content"], first["user_level"]) == ("7400000000000000001234", "1234567.89", 3)  # fmt: skip


def test_scrubbing_a_column_looks_first_and_changes_the_same(home):
    import duckdb

    from ingest.protect import scrub_column_sql, scrub_sql

    texts = ["好看", "13800138000", "a@b.cn", "杭州市文三路 12号", "快递员:张三", "0571-87654321", "330106199001011234", "1380013800", "3号链接 多少钱", "", None,
             "13800138000 13900139000", "x" * 50 + "13800138000", "派送员 李四，电话13800138000"]  # fmt: skip
    with duckdb.connect() as connection:
        values = ", ".join("(null)" if t is None else "('" + t + "')" for t in texts)
        rows = connection.execute(f"select {scrub_sql('t')}, {scrub_column_sql('t')} from (values {values}) v(t)").fetchall()  # fmt: skip
    assert all(a == b for a, b in rows) and sum(a != t for (a, _), t in zip(rows, texts, strict=True)) == 8


def test_a_field_that_only_one_item_has_is_read_and_one_that_none_has_is_null(home, tmp_path):
    lines = [
        *['{"eventTime":1789000000}'] * 6,
        '{"eventTime":1789000001,"common":{"msgId":"77"},"gift":{"name":"玫瑰"}}',
        '{"method":"ChatMessage"}',
    ]
    load = land_file(files.put(tmp_path, "\n".join(lines), "c.jsonl", "utf-8"), "douyin", "comments", home)
    assert (load.rows_loaded, load.rows_quarantined) == (7, 1)
    rows = files.raw_rows(home, load)[5:]
    assert [(r["message_id"], r["gift_name"], r["content"]) for r in rows] == [(None, None, None), ("77", "玫瑰", None)]
