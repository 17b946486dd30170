"""The small parts: windows, look-backs, limits, envelopes, signatures, credentials, and what is written where."""

from __future__ import annotations

import datetime as dt
import json
import stat
import time
from functools import partial

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from ingest.connectors import CONNECTORS, fetch
from ingest.connectors.auth import Chain, Signed, sorted_md5
from ingest.connectors.credentials import read_credentials
from ingest.connectors.drop import drop, each
from ingest.connectors.envelope import Envelope, TokenRefused
from ingest.connectors.http import Answer, Request
from ingest.connectors.limits import PerKey, PerSecond
from ingest.connectors.lookback import daily_days, hourly_days
from ingest.connectors.retry import TryAgain, retry_after
from ingest.connectors.windows import day_spans, time_spans
from ingest.errors import FetchFailed, Unreachable
from ingest.registry import LookBack, Source, sources

DAY = dt.timedelta(days=1)


@examples(
    st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)), st.integers(0, 800), st.sampled_from([1, 7, 30, 31, 90, 365])
)
def test_day_spans_cover_each_day_once(first, days, most):
    last = first + DAY * days
    spans = list(day_spans(first, last, most))
    assert [d for a, b in spans for d in (a + DAY * n for n in range((b - a).days + 1))] == [
        first + DAY * n for n in range(days + 1)
    ]
    assert all(0 <= (b - a).days < most for a, b in spans)


@examples(st.integers(0, 3000), st.sampled_from([60, 7 * 1440, 30 * 1440]), st.integers(0, 59))
def test_time_spans_cover_every_minute_and_overlap_as_asked(minutes, most, overlap):
    start, minute = dt.datetime(2026, 9, 1, 23, 59), dt.timedelta(minutes=1)
    spans = list(time_spans(start, start + minutes * minute, most * minute, overlap * minute))
    assert bool(spans) == bool(minutes)
    assert all(dt.timedelta(0) < b - a <= most * minute for a, b in spans)
    for (_, ended), (begun, _) in zip(spans, spans[1:], strict=False):
        assert ended - begun == overlap * minute
    if spans:
        assert spans[0][0] == start and spans[-1][1] == start + minutes * minute


def test_an_overlap_that_eats_the_span_is_refused():
    for overlap in (1, 2, -1):
        with pytest.raises(ValueError, match="leaves nothing"):
            list(
                time_spans(
                    dt.datetime(2026, 9, 1), dt.datetime(2026, 9, 2), dt.timedelta(hours=1), dt.timedelta(hours=overlap)
                )
            )


def test_days_that_are_asked():
    look, sunday, monday = LookBack(daily=15, hourly=3, weekly=31), dt.date(2026, 9, 6), dt.date(2026, 9, 7)
    assert hourly_days(look, sunday, None) == (dt.date(2026, 9, 4), sunday)
    assert daily_days(look, sunday, None) == (dt.date(2026, 8, 23), dt.date(2026, 9, 3))
    assert daily_days(look, monday, None) == (monday - DAY * 30, dt.date(2026, 9, 4))
    assert hourly_days(look, sunday, dt.date(2026, 1, 1)) == (dt.date(2026, 1, 1), sunday)
    assert daily_days(look, sunday, dt.date(2026, 1, 1)) is None
    assert hourly_days(LookBack(daily=7), sunday, None) is None
    assert daily_days(LookBack(daily=7), sunday, dt.date(2026, 9, 1)) == (dt.date(2026, 9, 1), sunday)
    assert daily_days(LookBack(daily=3, hourly=3), sunday, None) is None


@examples(
    st.integers(0, 31), st.integers(0, 31), st.integers(0, 31), st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
)
def test_a_day_is_asked_by_the_hour_or_by_the_day_and_not_by_both(daily, hourly, weekly, day):
    look = LookBack(daily=daily, hourly=hourly, weekly=weekly)
    spans = [s for s in (hourly_days(look, day, None), daily_days(look, day, None)) if s]
    days = [a + DAY * n for a, b in spans for n in range((b - a).days + 1)]
    longest = max(daily, hourly, weekly if day.weekday() == 0 else 0)
    assert sorted(days) == [day - DAY * n for n in range(longest)][::-1]


def test_calls_are_spaced():
    limit, started = PerSecond(50), time.monotonic()
    for _ in range(6):
        limit()
    assert 0.09 <= time.monotonic() - started < 1


def test_a_key_is_asked_once_in_its_interval_also_after_a_restart(tmp_path):
    limit = PerKey(tmp_path / "asked.json", 1800)
    assert limit.due("SF1", 1000)
    limit.mark("SF1", 1000)
    limit.mark("SF2", 10)
    limit.save(2000)
    again = PerKey(tmp_path / "asked.json", 1800)
    assert not again.due("SF1", 2799) and again.due("SF1", 2800) and again.due("SF3", 0)
    assert json.loads((tmp_path / "asked.json").read_text()) == {"SF1": 1000}, "what is over is forgotten"
    assert stat.S_IMODE((tmp_path / "asked.json").stat().st_mode) == 0o600


E = Envelope(
    ("code", "errCode"), ("msg",), frozenset({"0"}), frozenset({"10004"}), frozenset({"100"}),
    flags={"issuccess": frozenset({"false"})}, hints={"110": "ask for the whitelist"}, passing_words={"频率": 60.0},
)  # fmt: skip


@pytest.mark.parametrize(
    "body", [{"code": 0}, {"code": "0"}, {"errCode": 0, "issuccess": True}, {"code": None, "errCode": "0"}]
)
def test_good_answers(body):
    E.judge("/x", body)


@pytest.mark.parametrize(
    ("body", "kind", "why"),
    [
        ({"code": 10004}, TryAgain, "code 10004"), ({"code": "100", "msg": "old"}, TokenRefused, "old"),
        ({"code": 0, "issuccess": False}, FetchFailed, "code 0"), ({}, FetchFailed, "code none: no message. Next: look"),
        ({"code": 110, "msg": "ip"}, FetchFailed, "code 110: ip. Next: ask for the whitelist"),
        ({"code": 7, "msg": "频率过高"}, TryAgain, "频率"), ({"code": 7, "msg": "13800138000 x"}, FetchFailed, r"^(?!.*13800138000)"),
    ],
)  # fmt: skip
def test_answers_that_are_not_good(body, kind, why):
    with pytest.raises(kind, match=why):
        E.judge("/x", body)


def test_an_answer_without_a_code_is_good_only_where_that_is_said():
    Envelope(("returnCode",), ("message",), frozenset(), silent_good=True).judge("/x", {"data": []})
    with pytest.raises(FetchFailed):
        Envelope(("returnCode",), ("message",), frozenset(), silent_good=True).judge("/x", {"returnCode": "500"})


def test_retry_after_is_read_as_seconds_or_as_a_date():
    assert retry_after("7") == 7.0 and retry_after(None) is None and retry_after("soon") is None
    assert retry_after("Mon, 07 Sep 2020 02:00:00 GMT") == 0.0
    assert retry_after("Fri, 07 Sep 2125 02:00:00 GMT") > 0


def test_the_moment_is_the_platforms_in_beijing():
    assert f"{Answer({}, 'Fri, 04 Sep 2026 18:00:00 GMT').at}" == "2026-09-05 02:00:00"
    for broken in (None, "yesterday"):
        with pytest.raises(FetchFailed, match="no Date header"):
            _ = Answer({}, broken).at


def test_signatures_cover_what_the_parts_before_them_added():
    chain = Chain(
        (
            Signed(lambda r: r.plus(params={"a": "1"})),
            Signed(lambda r: r.plus(params={"sign": sorted_md5("s", r.params)})),
        )
    )
    assert chain.apply(Request("GET", "/", params={"b": "2"})).params["sign"] == sorted_md5("s", {"a": "1", "b": "2"})
    assert (
        sorted_md5("s", {"b": 2, "a": 1}) == "9a1bb8f1bb7d25d0bc3ef5a3da2f4ba3"
        or len(sorted_md5("s", {"b": 2, "a": 1})) == 32
    )
    assert not chain.renew()


def write(home, text: str, mode: int = 0o600):
    path = home / "state" / "credentials" / "doudian.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


read = partial(read_credentials, api="doudian", required=("key", "secret"), url="https://platform.invalid")


def test_credentials(home, monkeypatch):
    assert read(home) is None
    write(home, '{"key": "k-1", "secret": "s-1"}', 0o640)
    with pytest.raises(FetchFailed, match="can be read by others. Next: chmod 600"):
        read(home)
    write(home, '{"key": "k-1", "secret": "s-1"}')
    assert read(home) == {"key": "k-1", "secret": "s-1", "url": "https://platform.invalid"}
    monkeypatch.setenv("FUPAN_DOUDIAN_URL", "http://127.0.0.1:9")
    assert read(home)["url"] == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"key": "k-1"}', "secret is missing"), ('{"key": "", "secret": []}', "key, secret is missing"), ("[]", "is missing"),
        ('{"key": "k-1",\n "secret": s-1}', "not valid JSON .line 2."),
        ('{"key": "k-1", "secret": "s-1", "url": "http://platform.invalid"}', "in clear text"),
    ],
)  # fmt: skip
def test_credentials_that_are_wrong_are_told_without_their_values(home, text, why):
    write(home, text)
    with pytest.raises(FetchFailed, match=why) as told:
        read(home)
    assert "s-1" not in str(told.value) and "k-1" not in str(told.value)


def test_answers_are_dropped_whole_or_not_at_all(home):
    path = drop(home, "douyin", "orders_api", "x", [{"a": "复盘"}, {"b": 1}], dt.datetime(2026, 9, 7, 2, 0, 1))
    assert path.name == "x_20260907020001.jsonl" and path.read_text().splitlines() == ['{"a": "复盘"}', '{"b": 1}']

    def breaking():
        yield {"a": 1}
        raise FetchFailed("gone")

    with pytest.raises(FetchFailed):
        drop(home, "douyin", "orders_api", "y", breaking(), dt.datetime(2026, 9, 7))
    assert [p.name for p in path.parent.iterdir()] == [path.name], "no half file is left"


def test_one_part_that_fails_does_not_keep_the_others(home):
    def gone(kind):
        raise kind("no answer")
        yield

    got = []
    with pytest.raises(FetchFailed, match=r"b: no answer\nd: no answer") as told:
        for path in each(
            ("a", lambda: iter([1])),
            ("b", lambda: gone(Unreachable)),
            ("c", lambda: iter([2])),
            ("d", lambda: gone(FetchFailed)),
        ):
            got.append(path)
    assert got == [1, 2] and not isinstance(told.value, Unreachable)
    with pytest.raises(Unreachable):
        list(each(("b", lambda: gone(Unreachable))))


def source(*api: str) -> Source:
    return Source("shop", "a shop", "0 2 * * *", ("orders",), api)


def test_a_source_asks_its_connectors_and_an_unknown_one_is_named(home):
    assert fetch(source(), dt.date(2026, 9, 6), None, home) == []
    assert fetch(source(*CONNECTORS), dt.date(2026, 9, 6), None, home) == [], "without credentials nothing is asked"
    with pytest.raises(ValueError, match="no connector http; known: qianchuan"):
        fetch(source("http"), dt.date(2026, 9, 6), None, home)
    assert {name for s in sources() for name in s.api} <= set(CONNECTORS)
