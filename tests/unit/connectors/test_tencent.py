"""腾讯广告: hours of a day a request, both time lines, clock and nonce, a refresh token that works once, and what lands."""

from __future__ import annotations

import datetime as dt
import json
import time

import httpx
import pytest
from api_serving import FIRST, LAST, land, serving, set_up, small_world, waiting

from ingest.connectors import fetch
from ingest.connectors.http import Request
from ingest.connectors.tencent import Tencent
from ingest.errors import FetchFailed
from ingest.registry import find_source
from simulator.api.platforms.tencent import DAILY, HOURLY

SOURCE = find_source("tencent")


@pytest.fixture(scope="module")
def world():
    return small_world()


@pytest.fixture(autouse=True)
def unlimited(monkeypatch):
    """No spacing of calls."""
    monkeypatch.setattr("ingest.connectors.limits.PerSecond.__call__", lambda self: None)


def rows(home) -> list[tuple]:
    return [
        (a["request"]["time_line"], r["date"], r.get("hour"), r["adgroup_id"], r["cost"])
        for p in waiting(home, "tencent", "ad_reports")
        for a in map(json.loads, p.read_text().splitlines())
        for r in a["data"]["list"]
    ]


def test_hours_and_days_of_both_time_lines_are_fetched_and_land(home, world, waits):
    faults = ["busy_code", "expired_token", "duplicate_row"]
    with serving(world, *faults) as server:
        set_up(home, server, "tencent")
        fetch(SOURCE, LAST, None, home)
        assert server.faults.left == []
        asked = [(p, json.loads(a["date_range"]), a["time_line"]) for p, a in server.asked]
    assert {(d["start_date"], d["end_date"]) for p, d, _ in asked if p == HOURLY} == {
        (f"2026-09-0{n}",) * 2 for n in (4, 5, 6)
    }
    assert {(d["start_date"], d["end_date"]) for p, d, _ in asked if p == DAILY} == {("2026-08-23", "2026-09-03")}
    assert {line for _, _, line in asked} == {"REQUEST_TIME", "REPORTING_TIME"}
    assert max(waits) >= 5, "a busy platform is left alone for a while"
    found = rows(home)
    assert len(found) == len({row[:4] for row in found}) > 100
    loads = land(home, "tencent", "ad_reports")
    assert {x.status for x in loads} == {"loaded"} and sum(x.rows_loaded for x in loads) == len(found)
    import duckdb

    raw = duckdb.sql(f"select count(distinct time_line), count(*) - count(account_id), sum(spend_cny) from '{home}/raw/tencent/ad_reports/*.parquet'").fetchone()  # fmt: skip
    assert raw[:2] == (2, 0) and raw[2] * 100 == sum(row[4] for row in found), "fen are yuan in raw, to the cent"


def test_only_the_time_lines_that_are_wanted(home, world):
    with serving(world) as server:
        set_up(home, server, "tencent", time_lines=["REQUEST_TIME"])
        fetch(SOURCE, LAST, FIRST, home)
        assert {a["time_line"] for _, a in server.asked} == {"REQUEST_TIME"} and {p for p, _ in server.asked} == {
            HOURLY
        }
        assert len(server.asked) == 6, "a day a request"


def test_every_try_has_a_clock_and_a_nonce_of_its_own(home, world, waits):
    with serving(world, "http_500", "html") as server:
        set_up(home, server, "tencent")
        fetch(SOURCE, LAST, None, home)
        nonces = [a["nonce"] for _, a in server.asked]
    assert len(nonces) == len(set(nonces)) and max(map(len, nonces)) <= 32


@pytest.mark.parametrize("wrong", ["timestamp", "nonce", "access_token"])
def test_the_platform_refuses_a_wrong_clock_a_used_nonce_and_an_old_token(home, world, wrong):
    with serving(world) as server:
        worker = Tencent(home, set_up(home, server, "tencent"))
        good = dict(worker.api.auth.apply(Request("GET", HOURLY)).params)
        if wrong == "timestamp":
            good["timestamp"] = int(time.time()) - 400
        elif wrong == "access_token":
            server.tokens("tencent").grant()
        else:
            httpx.get(server.url + HOURLY, params=good, trust_env=False)
        codes = {"timestamp": 10002, "nonce": 10002, "access_token": 11012}
        assert httpx.get(server.url + HOURLY, params=good, trust_env=False).json()["code"] == codes[wrong]


@pytest.mark.fault(36)
@pytest.mark.parametrize("code", [11000, 11012, 11017, 11018])
def test_each_token_code_is_met_with_one_new_token(home, world, monkeypatch, code):
    from simulator.api.platforms.tencent import CODES

    monkeypatch.setitem(CODES, "token", code)
    with serving(world, "expired_token") as server:
        set_up(home, server, "tencent")
        fetch(SOURCE, LAST, None, home)
        assert server.tokens("tencent").generation == 2 and rows(home)


@pytest.mark.fault(36)
def test_a_spent_refresh_token_asks_for_a_new_authorisation_and_no_secret_is_told(home, world, caplog):
    caplog.set_level("DEBUG")
    with serving(world) as server:
        server.tokens("tencent").grant()
        given = set_up(home, server, "tencent", refresh_token="a-refresh-token-long-dead")
        with pytest.raises(FetchFailed, match="authorise the app again") as told:
            fetch(SOURCE, dt.date(2026, 9, 6), None, home)
    for secret in (given["client_secret"], given["refresh_token"]):
        assert secret not in str(told.value) and secret not in caplog.text
    assert waiting(home, "tencent", "ad_reports") == []
