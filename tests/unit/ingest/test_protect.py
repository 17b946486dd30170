"""Pseudonyms are RFC 2104 HMACs; SQL and Python scrub alike; reports and names of columns let no person through."""

from __future__ import annotations

import hashlib
import hmac
import threading

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.headers import canonical, smells_personal, without_unit
from ingest.protect import identity_key, keyed_sql, masked, masked_cell, masked_record, prepare, scrub, scrub_sql

PIECES = [
    "收件人：",
    "张三",
    "快递员",
    " ",
    "13800138000",
    "+86 138-0013-8000",
    "0571-88886666",
    "33010619900101123X",
    "文三西路100号2幢301室",
    "a@b.com",
    "6917926768823643751",
    "：",
    "，",
    "7",
    "\n",
]


@pytest.fixture(scope="module")
def duck():
    with duckdb.connect() as connection:
        yield connection


@pytest.mark.parametrize("key", [b"k", bytes(range(32)), b"x" * 63])
@pytest.mark.parametrize("text", ["", "oABC", "张三", "6917926768823643751", "a'b\\c\n", "😀" * 40])
def test_pseudonyms_equal_hmac(duck, key, text):
    prepare(duck, key)
    assert (
        duck.execute(f"select {keyed_sql('t')} from (select ?::varchar as t)", [text]).fetchone()[0]
        == hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    )


def test_a_chain_of_keys_makes_pseudonyms_of_pseudonyms(duck):
    """Each link of 32 bytes is one more HMAC-SHA-256, over the hexadecimal text of the one before."""
    links = [bytes([n]) * 32 for n in (1, 2, 3)]
    prepare(duck, b"".join(links))
    expected = "oABC"
    for link in links:
        expected = hmac.new(link, expected.encode(), hashlib.sha256).hexdigest()
    assert duck.execute(f"select {keyed_sql('t')} from (select 'oABC' as t)").fetchone()[0] == expected


def test_one_phone_is_one_person_however_it_is_written(duck):
    prepare(duck, b"k")
    spelt = ["13800138000", "+86 138 0013 8000", "86-138-0013-8000", "0086 13800138000", "138-0013-8000"]
    keyed = {
        duck.execute(f"select {keyed_sql('t', 'k')} from (select ?::varchar as t, 'phone' as k)", [s]).fetchone()[0]
        for s in spelt
    }
    assert keyed == {hmac.new(b"k", b"13800138000", hashlib.sha256).hexdigest()}
    assert duck.execute(f"select {keyed_sql('null::varchar')}").fetchone()[0] is None


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(alphabet="0189a张路号-@. ", max_size=4)), max_size=7).map(
        "".join
    )
)
def test_sql_and_python_scrub_alike(duck, text):
    assert duck.execute(f"select {scrub_sql('t')} from (select ?::varchar as t)", [text]).fetchone()[0] == scrub(text)


@pytest.mark.parametrize(("text", "left"), [
    ("电话13800138000", "电话[电话]"), ("13800138000 13900139000", "[电话] [电话]"), ("33010619900101123X", "[身份证]"), ("a.b@c.com", "[邮箱]"),
    ("订单6917926768823643751", "订单6917926768823643751"), ("收件人：张三", "收件人：[姓名]"), ("签收人是：张三", "签收人是：[姓名]"), ("派送员[李四]，电话0571-88886666", "派送员[姓名]，电话[电话]"),
    ("地址文三西路100号2幢301室", "[地址]"), ("已签收", "已签收"),
])  # fmt: skip
def test_what_is_scrubbed_and_what_is_not(text, left):
    assert scrub(text) == left


def test_what_reports_show_of_a_bad_cell():
    assert masked_cell("张三丰") == "张**" and masked_cell("6.91E+18") == "6.91E+18" and masked_cell(None) == ""
    assert masked_record("张三丰,13800138000") == "***,[**]"
    assert masked("a" * 100) == "a" * 59 + "…" and len(masked("13800138000 " * 10_000)) <= 60
    assert "138" not in masked("x" * 1989 + "13800138000") and "138" not in masked("13800138000," * 9)


def test_the_key_is_made_once_by_however_many(tmp_path):
    keys: list[bytes] = []
    threads = [threading.Thread(target=lambda: keys.append(identity_key(tmp_path))) for _ in range(1)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert {*keys, identity_key(tmp_path)} == {keys[0]} and len(keys[0]) == 32
    assert (tmp_path / "state" / "identity.key").stat().st_mode & 0o777 == 0o600 and [
        p.name for p in (tmp_path / "state").iterdir()
    ] == ["identity.key"]


@pytest.mark.parametrize(
    ("header", "spelling"),
    [
        ("\ufeff 消耗（元）\t", "消耗(元)"),
        ("动帐时间", "动账时间"),
        ("店铺劵", "店铺券"),
        ("商品 ID", "商品id"),
        ("'单号", "单号"),
    ],
)
def test_headers_have_one_spelling(header, spelling):
    assert canonical(header) == spelling


def test_units_and_people_in_headers():
    assert (
        without_unit("消耗(元)") == "消耗"
        and without_unit("点击率(%)") == "点击率"
        and without_unit("时长(x)") == "时长(x)"
    )
    assert all(
        smells_personal(h)
        for h in ("收件人", "备用手机", "会员名", "客户名称", "receiver_name", "contact", "Buyer Nick")
    )
    assert not any(smells_personal(h) for h in ("商品名称", "新列", "spend", "hotel_x"))
