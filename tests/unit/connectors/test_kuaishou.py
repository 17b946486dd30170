"""磁力: the last week by the hour and by the day, by POST, a refresh token that works once, and what lands."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from api_serving import FIRST, LAST, land, serving, set_up, small_world, waiting

from ingest.connectors import fetch
from ingest.errors import FetchFailed
from ingest.registry import find_source

SOURCE = find_source("kuaishou")


@pytest.fixture(scope="module")
def world():
    return small_world()


@pytest.fixture(autouse=True)
def unlimited(monkeypatch):
    """No spacing of calls."""
    monkeypatch.setattr("ingest.connectors.limits.PerSecond.__call__", lambda self: None)


def rows(home) -> list[dict]:
    return [
        r | a["request"]
        for p in waiting(home, "kuaishou", "ad_reports")
        for a in map(json.loads, p.read_text().splitlines())
        for r in a["data"]["details"]
    ]


def test_hours_and_days_are_fetched_and_land(home, world, waits):
    with serving(world, "http_500", "expired_token") as server:
        set_up(home, server, "kuaishou")
        for day in (5, 6):
            server.as_of = dt.date(2026, 9, day)
            fetch(SOURCE, dt.date(2026, 9, day), None, home)
        assert server.faults.left == [] and server.tokens("kuaishou").generation == 2
        asked = {(a["temporal_granularity"], a["start_date"], a["end_date"]) for _, a in server.asked}
        assert {a["page_size"] for _, a in server.asked} == {2000}
    assert {a for a in asked if a[2] != "2026-09-05" and a[2] != "2026-09-02"} == {
        ("HOURLY", "2026-09-04", "2026-09-06"), ("DAILY", "2026-08-31", "2026-09-03"),
    }  # fmt: skip
    found = rows(home)
    assert found and all(row["advertiser_id"] == 12408867 for row in found)
    loads = land(home, "kuaishou", "ad_reports")
    assert {x.status for x in loads} == {"loaded"} and sum(x.rows_loaded for x in loads) == len(found)
    import duckdb

    raw = duckdb.sql(f"select sum(spend_cny), count(*) - count(advertiser_id) from '{home}/raw/kuaishou/ad_reports/*.parquet'").fetchone()  # fmt: skip
    assert float(raw[0]) == pytest.approx(sum(row["charge"] for row in found), abs=0.001) and raw[1] == 0


def test_more_than_the_last_week_is_not_asked_for(home, world):
    with serving(world) as server:
        set_up(home, server, "kuaishou")
        fetch(SOURCE, LAST, dt.date(2026, 7, 1), home)
        assert {(a["start_date"], a["end_date"]) for _, a in server.asked} == {("2026-08-31", "2026-09-06")}


def test_a_week_that_the_platform_does_not_answer_for_fails_loudly(home, world, waits):
    with serving(world) as server:
        set_up(home, server, "kuaishou")
        with pytest.raises(FetchFailed, match="只支持最近 7 天"):
            fetch(SOURCE, FIRST - dt.timedelta(days=9), None, home)
    assert waiting(home, "kuaishou", "ad_reports") == [] and waits == []


def test_a_throttled_call_is_tried_again(home, world, waits):
    with serving(world, qps=1) as server:
        set_up(home, server, "kuaishou")
        with pytest.raises(FetchFailed, match=r"gave up after 6 tries: code 400003: 请求过于频繁"):
            fetch(SOURCE, LAST, None, home)
    assert waits and min(waits) >= 20, "the platform is left alone"
