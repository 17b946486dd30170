"""抖店: signed requests, tokens of both kinds of apps, changes by the hour from the mark on, and what lands."""

from __future__ import annotations

import datetime as dt
import json
import time

import httpx
import pytest
from api_serving import FIRST, LAST, land, serving, set_up, small_world, waiting

from ingest.connectors import fetch
from ingest.connectors.doudian import INTERFACES, Doudian, _post, _unix
from ingest.connectors.marks import Mark
from ingest.errors import FetchFailed
from ingest.registry import find_source
from simulator.api.platforms.doudian import ORDERS, known

SOURCE = find_source("douyin")
LISTS = {"orders_api": "shop_order_list", "after_sales_api": "items"}


@pytest.fixture(scope="module")
def world():
    return small_world()


@pytest.fixture(autouse=True)
def unlimited(monkeypatch):
    """No spacing of calls."""
    monkeypatch.setattr("ingest.connectors.limits.PerSecond.__call__", lambda self: None)


def items(home, dataset: str) -> list[dict]:
    return [
        item
        for path in waiting(home, "douyin", dataset)
        for line in path.read_text().splitlines()
        for item in json.loads(line)["data"][LISTS[dataset]]
    ]


def client(home, server, **changes) -> Doudian:
    given = set_up(home, server, "doudian", **changes)
    return Doudian(home, given, given["shops"][0])


def test_all_orders_and_cases_are_fetched_once_and_land(home, world):
    with serving(world, "http_500", "expired_token", "duplicate_row", "html") as server:
        set_up(home, server, "doudian")
        fetch(SOURCE, LAST, None, home)
        assert server.faults.left == []
        held = {d: known(world, f"douyin.{d}", listed, LAST) for d, listed in LISTS.items()}
    orders, cases = items(home, "orders_api"), items(home, "after_sales_api")
    assert sorted(o["order_id"] for o in orders) == sorted(o["order_id"] for o in held["orders_api"])
    assert len(cases) == len(held["after_sales_api"]) > 10
    loads = land(home, "douyin", "orders_api") + land(home, "douyin", "after_sales_api")
    assert {x.status for x in loads} == {"loaded"} and sum(x.rows_quarantined for x in loads) == 0
    assert sum(x.rows_loaded for x in loads if x.dataset == "orders_api") == sum(
        len(o["sku_order_list"]) for o in orders
    )
    exported = {x.exported_at for x in loads}
    assert exported == {dt.datetime(2026, 9, 7, 2)}, "the platform's own clock"


def test_the_next_day_asks_from_the_mark_on_and_brings_what_changed_since(home, world):
    with serving(world, as_of=dt.date(2026, 9, 5)) as server:
        set_up(home, server, "doudian")
        fetch(SOURCE, dt.date(2026, 9, 5), None, home)
        before = {o["order_id"]: o for o in items(home, "orders_api")}
        for path in waiting(home, "douyin", "orders_api"):
            path.unlink()
        server.asked.clear()
        server.as_of = LAST
        fetch(SOURCE, LAST, None, home)
        asked = [a for path, a in server.asked if path == ORDERS]
        newest = {o["order_id"]: o for o in known(world, "douyin.orders_api", "shop_order_list", LAST)}
    assert min(a["update_time_start"] for a in asked) == _unix(dt.datetime(2026, 9, 6)), "the mark, not the look-back"
    assert before | {o["order_id"]: o for o in items(home, "orders_api")} == newest, "together they are what is known"
    assert Mark(home, "doudian-463521-orders_api").read() == dt.datetime(2026, 9, 7, 2)


def test_a_first_day_that_is_given_is_asked_from(home, world):
    with serving(world) as server:
        set_up(home, server, "doudian")
        Mark(home, "doudian-463521-orders_api").move(dt.datetime(2026, 9, 7, 2))
        fetch(SOURCE, LAST, dt.date(2026, 9, 4), home)
        starts = [a["update_time_start"] for path, a in server.asked if path == ORDERS]
    # the first question is the one for the platform's clock
    assert min(starts) == _unix(dt.datetime(2026, 9, 4)) and starts[1] == min(starts)


def test_no_window_is_longer_than_an_hour_and_pages_begin_with_nothing(home, world):
    with serving(world) as server:
        set_up(home, server, "doudian")
        fetch(SOURCE, LAST, FIRST, home)
        for path, most, (start, end) in ((i.path, i.most, i.times) for i in INTERFACES):
            asked = [a for p, a in server.asked if p == path]
            assert asked and max(a[end] - a[start] for a in asked) == most.total_seconds()
            assert {a["page"] for a in asked} >= {0} and max(a["size"] for a in asked) == 100


def test_a_day_that_fails_moves_no_mark_and_drops_nothing(home, world, waits):
    with serving(world, *["error_code"] * 50, on=ORDERS) as server:
        server.faults._waiting = [(40, "error_code")] * 50
        set_up(home, server, "doudian")
        with pytest.raises(FetchFailed, match=r"orders_api: .*code 40004: 参数错误") as told:
            fetch(SOURCE, LAST, dt.date(2026, 9, 5), home)
    assert "after_sales_api" not in str(told.value), "the other interface is fetched all the same"
    assert items(home, "after_sales_api")
    kept = {p.name.split("_")[3] for p in waiting(home, "douyin", "orders_api")}
    assert kept == {"20260905"} and Mark(home, "doudian-463521-orders_api").read() == dt.datetime(2026, 9, 6)


@pytest.mark.parametrize("kind", ["own", "tool"])
def test_both_kinds_of_apps_get_their_tokens(home, world, kind):
    with serving(world) as server:
        platform = server.tokens("doudian")
        shop = {"shop_id": "463521"} | ({"refresh_token": platform.refresh_token()} if kind == "tool" else {})
        first = client(home, server, shops=[shop]).tokens.access_token()
        assert platform.accepts(first) and platform.generation == 1
        again = client(home, server, shops=[shop])
        assert again.tokens.access_token() == first, "kept on disk"
        platform.expire()
        assert platform.accepts(again.tokens.access_token(refused=first)) and platform.generation == 2


def test_a_spent_refresh_token_of_an_own_app_is_not_the_end(home, world):
    with serving(world) as server:
        worker = client(home, server)
        old = worker.tokens.access_token()
        server.tokens("doudian").grant()  # somebody else took the pair
        assert server.tokens("doudian").accepts(worker.tokens.access_token(refused=old))


@pytest.mark.parametrize("wrong", ["sign", "timestamp", "app_key", "method", "v", "body", "access_token"])
def test_the_platform_refuses_what_is_not_signed_right(home, world, wrong):
    with serving(world) as server:
        worker = client(home, server)
        good = worker.api.auth.apply(_post(ORDERS, {"page": 0, "size": 1}))
        params, text = dict(good.params), good.text
        assert httpx.post(server.url + ORDERS, params=params, content=text, trust_env=False).json()["code"] == 10000
        if wrong == "body":
            text = text.replace("1", "2")
        elif wrong == "timestamp":
            params["timestamp"] = str(int(time.time()) - 700)
        else:
            params[wrong] = ("1" if params[wrong][0] == "0" else "0") + params[wrong][1:]  # always another value
        answer = httpx.post(server.url + ORDERS, params=params, content=text, trust_env=False)
        assert (answer.status_code, answer.json()["code"]) == (200, 40003 if wrong == "access_token" else 40001)


def test_a_wrong_secret_is_told_without_being_named(home, world, waits, caplog):
    caplog.set_level("DEBUG")
    with serving(world) as server:
        secret = "wrong-secret-of-the-app"
        set_up(home, server, "doudian", app_secret=secret)
        with pytest.raises(FetchFailed, match="no token was given for the app's id and secret.*签名校验失败") as told:
            fetch(SOURCE, LAST, None, home)
    assert secret not in str(told.value) and secret not in caplog.text and waits == []


def test_shops_that_are_no_list_are_told(home, world):
    with serving(world) as server:
        for wrong in ({"shop_id": 1}, ["463521"], [{"id": 1}]):
            set_up(home, server, "doudian", shops=wrong)
            with pytest.raises(FetchFailed, match="shops is no list of"):
                fetch(SOURCE, LAST, None, home)


def test_the_sign_is_the_one_of_the_platforms_own_sdk(home):
    """HMAC-SHA-256 with the secret over secret + app_key.. method.. param_json.. timestamp.. v2 + secret, sorted compact JSON."""
    import hashlib
    import hmac

    request = _post("/order/searchList", {"size": 1, "page": 0, "a": {"z": "复盘", "b": [1]}})
    assert request.text == '{"a":{"b":[1],"z":"复盘"},"page":0,"size":1}'
    given = {"app_key": "k", "app_secret": "s", "shops": [{"shop_id": 1}], "url": "https://platform.invalid"}
    signed = Doudian(home, given, given["shops"][0]).plain.auth.apply(request)
    text = f"sapp_keykmethodorder.searchListparam_json{request.text}timestamp{signed.params['timestamp']}v2s"
    assert signed.params["sign"] == hmac.new(b"s", text.encode(), hashlib.sha256).hexdigest()
    assert signed.params["sign_method"] == "hmac-sha256" and "param_json" not in signed.params


def test_marks_only_move_forward(home):
    mark = Mark(home, "x")
    assert mark.read() is None and mark.days(30, LAST, None) == (dt.date(2026, 8, 8), LAST)
    mark.move(dt.datetime(2026, 9, 6, 2))
    mark.move(dt.datetime(2026, 9, 1))
    assert mark.read() == dt.datetime(2026, 9, 6, 2) and mark.days(30, LAST, None) == (LAST, LAST)
    assert mark.days(30, dt.date(2026, 9, 3), None) == (dt.date(2026, 9, 3), dt.date(2026, 9, 3)), "a day long past"
    assert mark.days(2, dt.date(2026, 9, 20), None) == (dt.date(2026, 9, 19), dt.date(2026, 9, 20)), (
        "at most the look-back"
    )
    mark.move(dt.datetime(2026, 9, 7, 0, 30))
    assert mark.days(30, dt.date(2026, 9, 8), None)[0] == LAST, "the hour before the mark is asked again"
