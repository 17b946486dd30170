"""The simulated 千川: tokens, envelope, pages, restatement, the world's clock, rate limit and faults."""

import json
import stat
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from simulator.api.faults import FaultPlan
from simulator.api.oauth import Tokens
from simulator.api.platforms.qianchuan import REFRESH, REPORT
from simulator.api.server import ApiServer
from simulator.media import ADVERTISERS

AS_OF = date(2026, 9, 10)


@contextmanager
def serving(world, as_of=AS_OF, **options):
    """A running server and a client that holds an access token."""
    server = ApiServer(world, as_of, **{"qps": 0, "slow_seconds": 0.2} | options)
    tokens = server.tokens("qianchuan")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        with httpx.Client(base_url=server.url, trust_env=False) as client:
            client.headers["Access-Token"] = renew(client, tokens)["access_token"]
            yield server, client
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def renew(client, tokens, **changes) -> dict:
    body = tokens.credentials() | {"grant_type": "refresh_token"} | changes
    return client.post(REFRESH, json=body).json()["data"]


def ask(client, **changes) -> httpx.Response:
    params = {
        "advertiser_id": ADVERTISERS[0],
        "start_date": "2026-09-01",
        "end_date": "2026-09-10",
        "time_granularity": "TIME_GRANULARITY_HOURLY",
        "page_size": 100,
    } | changes
    return client.get(REPORT, params={name: value for name, value in params.items() if value is not None})


def all_rows(client, **changes) -> list[dict]:
    rows, page = [], 1
    while True:
        answer = ask(client, page=page, **changes).json()
        assert answer["code"] == 0, answer
        rows += answer["data"]["list"]
        info = answer["data"]["page_info"]
        if page >= info["total_page"]:
            assert len(rows) == info["total_number"]
            return rows
        page += 1


def test_refresh_token_works_once(small_world):
    with serving(small_world) as (server, client):
        first = server.tokens("qianchuan").refresh_token()
        access = client.headers["Access-Token"]
        pair = renew(client, server.tokens("qianchuan"))
        assert pair["refresh_token"] != first and pair["expires_in"] > 0
        again = client.post(
            REFRESH,
            json=server.tokens("qianchuan").credentials() | {"grant_type": "refresh_token", "refresh_token": first},
        )
        assert again.status_code == 200 and again.json()["code"] == 40000
        assert ask(client, **{}).json()["code"] == 40105, f"{access} died with the refresh"
        client.headers["Access-Token"] = pair["access_token"]
        assert ask(client).json()["code"] == 0


@pytest.mark.parametrize("change", [{"secret": "x"}, {"app_id": "1"}, {"grant_type": "code"}, {"refresh_token": ""}])
def test_bad_credentials_get_nothing(small_world, change):
    with serving(small_world) as (server, client):
        assert renew(client, server.tokens("qianchuan"), **change) == {}
        assert ask(client).json()["code"] == 0, "the live pair survives a bad request"


def test_missing_token_is_an_error_in_a_good_answer(small_world):
    with serving(small_world) as (_, client):
        del client.headers["Access-Token"]
        answer = ask(client)
        assert (answer.status_code, answer.json()["code"]) == (200, 40105)


def test_pages_add_up_and_hours_add_up_to_days(small_world):
    with serving(small_world) as (_, client):
        hours = all_rows(client)
        assert len(hours) > 200
        assert len({(row["ad_id"], row["stat_datetime"]) for row in hours}) == len(hours)
        whole = ask(client, time_granularity=None).json()["data"]["list"]
        days = all_rows(client, time_granularity="TIME_GRANULARITY_DAILY")
        for rows in (days, whole):
            for name in ("stat_cost", "show_cnt", "click_cnt", "pay_order_amount"):
                assert sum(row[name] for row in rows) == pytest.approx(sum(row[name] for row in hours), abs=0.001)
        assert all("stat_datetime" not in row for row in whole)
        assert max(Counter(row["ad_id"] for row in whole).values()) == 1
        assert all(row["stat_datetime"].endswith("00:00:00") for row in days)
        assert all(row["click_cnt"] <= row["show_cnt"] and 0 <= row["ctr"] <= 100 for row in hours)


def test_figures_are_restated(small_world):
    with serving(small_world) as (server, client):
        ago = {}
        for later in (0, 1, 6):
            server.as_of = date(2026, 9, 5) + timedelta(days=later)
            ago[later] = all_rows(client, start_date="2026-09-05", end_date="2026-09-05")
        spend = {later: sum(row["stat_cost"] for row in rows) for later, rows in ago.items()}
        assert 0 < spend[0] < spend[1] == spend[6], "spend moves until the next day, then is stable"
        settled = {later: sum(row["ad_all_order_settle_amount_7d"] for row in rows) for later, rows in ago.items()}
        assert settled[0] < settled[6], "settlements go on"


def test_nothing_is_known_of_the_future_and_the_clock_is_the_worlds(small_world):
    with serving(small_world, as_of=date(2026, 9, 4)) as (_, client):
        answer = ask(client, page_size=1000)
        assert max(row["stat_datetime"] for row in answer.json()["data"]["list"]) < "2026-09-05 02:00:01"
        assert answer.headers["Date"] == "Fri, 04 Sep 2026 18:00:00 GMT"


def test_filtering_and_fields(small_world):
    with serving(small_world) as (_, client):
        live = all_rows(client, filtering=json.dumps({"marketing_goal": "LIVE_PROM_GOODS"}))
        video = all_rows(client, filtering=json.dumps({"marketing_goal": "VIDEO_PROM_GOODS"}))
        assert len(live) + len(video) == len(all_rows(client))
        rows = ask(client, fields=json.dumps(["stat_cost"])).json()["data"]["list"]
        assert set(rows[0]) == {"advertiser_id", "ad_id", "stat_datetime", "stat_cost"}


@pytest.mark.parametrize(
    "change",
    [
        {"advertiser_id": 1}, {"advertiser_id": "x"}, {"start_date": "2026/09/01"}, {"end_date": "2026-10-09"},
        {"start_date": "2026-09-11"}, {"time_granularity": "HOURLY"}, {"page": 0}, {"page_size": 1001},
        {"filtering": "[]"}, {"fields": "stat_cost"}, {"filtering": '{"marketing_goal":"LIVE"}'},
    ],
)  # fmt: skip
def test_bad_parameters_are_code_40000(small_world, change):
    with serving(small_world) as (_, client):
        answer = ask(client, **change)
        assert (answer.status_code, answer.json()["code"]) == (200, 40000)


def test_rate_limit(small_world):
    with serving(small_world, qps=3) as (_, client):
        codes = [ask(client, page_size=1).json()["code"] for _ in range(5)]
        assert codes.count(40100) == 2 and codes[:3] == [0, 0, 0]


def test_each_fault_strikes_once(small_world):
    names = ["http_429", "http_500", "html", "error_code", "slow", "busy_code", "reset", "cut"]
    with serving(small_world, faults=FaultPlan(names)) as (server, client):
        seen = []
        for _ in range(3 * len(names)):
            try:
                seen.append(ask(client, page_size=1))
            except httpx.TransportError as broken:
                seen.append(broken)
        assert server.faults.left == []
        assert seen[1].status_code == 429 and seen[1].headers["Retry-After"] == "1"
        assert seen[4].status_code == 500
        assert seen[7].headers["Content-Type"].startswith("text/html")
        assert seen[10].json()["code"] == 40000
        assert seen[13].elapsed.total_seconds() >= 0.2
        assert seen[16].json()["code"] == 50000
        assert isinstance(seen[19], httpx.TransportError) and isinstance(seen[22], httpx.RemoteProtocolError)
        good = [answer for number, answer in enumerate(seen) if number not in (1, 4, 7, 10, 16, 19, 22)]
        assert all(answer.json()["code"] == 0 for answer in good)


def test_faults_strike_only_where_they_are_meant_to(small_world):
    with serving(small_world, faults=FaultPlan(["http_500"], on="report/nothing")) as (server, client):
        assert [ask(client, page_size=1).status_code for _ in range(4)] == [200] * 4 and server.faults.left


def test_page_faults_and_expiry(small_world):
    with serving(small_world, faults=FaultPlan(["page_drift", "empty_page", "expired_token"])) as (server, client):
        first, drifted = ask(client).json()["data"], ask(client, page=2).json()["data"]
        assert drifted["page_info"]["total_number"] == first["page_info"]["total_number"] + 1
        assert drifted["list"][0] == first["list"][-1]
        for _ in range(2):
            ask(client)
        empty = ask(client, page=2).json()["data"]
        assert empty["list"] == [] and empty["page_info"]["total_page"] > 1
        codes = [ask(client).json()["code"] for _ in range(3)]
        assert codes == [0, 0, 40105]
        client.headers["Access-Token"] = renew(client, server.tokens("qianchuan"))["access_token"]
        assert ask(client).json()["code"] == 0


@pytest.mark.parametrize("fault", ["duplicate_row", "moved_row", "total_change", "looping_page"])
def test_pages_that_do_not_agree(small_world, fault):
    with serving(small_world, faults=FaultPlan([fault])) as (server, client):
        first, second = ask(client, page_size=10).json()["data"], ask(client, page=2, page_size=10).json()["data"]
        assert server.faults.left == []
        again = ask(client, page=2, page_size=10).json()["data"]
        told = {
            "duplicate_row": second["list"][-1] == second["list"][0] and len(second["list"]) == 11,
            "moved_row": second["list"] == [first["list"][-1], *again["list"][:-1]],
            "total_change": second["page_info"]["total_number"] == first["page_info"]["total_number"] + 1,
            "looping_page": second["list"] == first["list"],
        }
        assert [name for name, seen in told.items() if seen] == [fault]


def test_unknown_fault_is_refused():
    with pytest.raises(ValueError, match="unknown fault http_418"):
        FaultPlan(["http_418"])
    assert FaultPlan([""]).left == []


def test_tokens_outlive_a_restart(small_world, tmp_path):
    state = tmp_path / "state.json"
    pair = Tokens(1, state).refresh(Tokens(1).credentials() | {"grant_type": "refresh_token"})
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert Tokens(1, state).accepts(pair["access_token"])
    assert not Tokens(1).accepts(pair["access_token"])


def test_command_line(tmp_path):
    root = Path(__file__).parents[3]
    command = [sys.executable, "-m", "simulator.api", "--days", "3", "--orders-per-day", "30", "--as-of", "2026-09-03"]
    command += ["--port-file", str(tmp_path / "port"), "--credentials-folder", str(tmp_path / "credentials")]
    server = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
    try:
        url = json.loads(server.stdout.readline())["url"]
        assert (tmp_path / "port").read_text().strip() == url and url.startswith("http://127.0.0.1:")
        assert {"doudian", "kuaishou", "qianchuan", "tencent"} <= {p.stem for p in (tmp_path / "credentials").iterdir()}
        path = tmp_path / "credentials" / "qianchuan.json"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        given = json.loads(path.read_text())
        with httpx.Client(base_url=url, trust_env=False) as client:
            body = {name: given[name] for name in ("app_id", "secret", "refresh_token")}
            pair = client.post(REFRESH, json=body | {"grant_type": "refresh_token"}).json()["data"]
            client.headers["Access-Token"] = pair["access_token"]
            found = ask(client, advertiser_id=given["advertiser_ids"][1], end_date="2026-09-03").json()
        assert found["code"] == 0 and found["data"]["list"]
    finally:
        server.terminate()
        assert server.wait(10) == 0
