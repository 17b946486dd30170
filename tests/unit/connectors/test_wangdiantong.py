"""旺店通: sign and clock, pages from 0, windows of 60 minutes and 30 days, being too fast, drift; and what is fetched lands."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from dataclasses import replace
from types import SimpleNamespace

import httpx
import pytest
from api_serving import FIRST, LAST, land, serving, set_up, small_world, waiting

from ingest.connectors import wangdiantong
from ingest.connectors.changes import changed_days
from ingest.connectors.wangdiantong import DOCUMENTS, HOUR, STOCK, Wangdiantong
from ingest.errors import FetchFailed, Unreachable
from ingest.registry import find_source
from simulator.api.platforms import wangdiantong as simulated

DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def world():
    return small_world()


def client(home, server, **changes) -> Wangdiantong:
    return Wangdiantong(home, set_up(home, server, "wangdiantong", **changes), rate=10_000)


def only(*datasets: str):
    return replace(find_source("erp"), datasets=datasets)


def smaller(monkeypatch, dataset: str, per_page: int) -> None:
    """Make the pages of a dataset small, so that there are many."""
    for name, found in (("STOCK", [STOCK]), ("DOCUMENTS", DOCUMENTS)):
        cut = [replace(d, paging=replace(d.paging, per_page=per_page)) if d.dataset == dataset else d for d in found]
        monkeypatch.setattr(wangdiantong, name, cut[0] if name == "STOCK" else tuple(cut))


def ask(server, given: dict, *, method: str = STOCK.method, body: str | None = None, **changes) -> dict:
    """One request, signed here by hand."""
    secret, salt = given["appsecret"].split(":")
    text = body or json.dumps([{"start_time": "2026-09-01 00:00:00", "end_time": "2026-09-20 00:00:00"}])
    params = {
        "sid": given["sid"], "key": given["appkey"], "salt": salt, "v": "1.0", "method": method, "page_no": "0",
        "page_size": "10", "calc_total": "1", "timestamp": str(int(time.time()) - 1_325_347_200),
    } | changes  # fmt: skip
    params = {name: value for name, value in params.items() if value is not None}
    signed = params | {"body": text}
    sign = hashlib.md5((secret + "".join(k + signed[k] for k in sorted(signed)) + secret).encode()).hexdigest()
    with httpx.Client(base_url=server.url, trust_env=False) as http:
        return http.post("/openapi", params={"sign": sign} | params, content=text).json()


def test_the_server_checks_account_clock_version_and_sign(world):
    with serving(world) as server:
        given = server.credentials("wangdiantong")
        assert ask(server, given)["status"] == 0
        late = str(int(time.time()) - 1_325_347_200 - 130)
        told = [
            ask(server, given, sid="other"), ask(server, given, key="other"), ask(server, given, salt="other"),
            ask(server, given, v="2.0"), ask(server, given, timestamp=late), ask(server, given, timestamp="soon"),
            ask(server, given, timestamp=str(int(time.time()))), ask(server, given, sign="0" * 32),
        ]  # fmt: skip
        assert [answer["status"] for answer in told] == [1, 1, 1, 8, 7, 7, 7, 1]


def test_the_server_refuses_what_the_platform_refuses(world):
    hour = {"start_time": "2026-09-01 00:00:00", "end_time": "2026-09-01 01:00:01"}
    month = {"start_time": "2026-08-01 00:00:00", "end_time": "2026-08-31 00:00:01"}
    with serving(world) as server:
        given = server.credentials("wangdiantong")
        out = "wms.stockout.Sales.queryWithDetail"
        told = {
            "参数中必须包含起止时间": ask(server, given, body='[{"start_time": "2026-09-01 00:00:00"}]'),
            "您的查询时间过宽,查询时间不能大于60分钟": ask(server, given, method=out, body=json.dumps([hour])),
            "您的查询时间过宽,查询时间不能大于30天": ask(server, given, body=json.dumps([month])),
            "Unparseable date: 2026/09/01": ask(
                server, given, body='[{"start_time": "2026/09/01", "end_time": "2026/09/02"}]'
            ),
            "此方法仅支持分页查询：wms.StockSpec.search2": ask(server, given, page_no=None),
            "page_size必须小于等于1000": ask(server, given, page_size="1001"),
            "权限不足": ask(server, given, method="sales.RawTrade.pushSelf"),
            "invalid argument count": ask(server, given, body="{}"),
        }
    assert {message: answer["message"] for message, answer in told.items()} == {m: m for m in told}
    assert all(answer["status"] != 0 for answer in told.values())


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"sid": "other"}, "sid is not found.*check sid, appkey and appsecret"),
        ({"appkey": "other"}, "app auth fail.*check sid, appkey"),
        ({"appsecret": "other:salt"}, "app auth fail"),
    ],
)
def test_a_wrong_account_is_an_error_that_names_no_secret(world, home, changes, hint):
    with serving(world) as server:
        with pytest.raises(FetchFailed, match=f"(?s){hint}") as failure:
            list(client(home, server, **changes).fetch(only("stock"), LAST, None))
        assert server.credentials("wangdiantong")["appsecret"][:8] not in str(failure.value)
    assert waiting(home, "erp", "stock") == []


def test_a_wrong_secret_with_the_right_salt_is_refused(world, home):
    with serving(world) as server:
        salt = server.credentials("wangdiantong")["appsecret"].split(":")[1]
        with pytest.raises(FetchFailed, match="验证失败"):
            list(client(home, server, appsecret=f"wrong:{salt}").fetch(only("stock"), LAST, None))


def test_credentials_that_cannot_be_right_are_refused_before_anything_is_asked(world, home):
    with serving(world) as server:
        with pytest.raises(FetchFailed, match="appsecret has no colon"):
            client(home, server, appsecret="nocolon")
        with pytest.raises(FetchFailed, match="first_day is no day"):
            client(home, server, first_day="last spring")
        assert list(server.asked) == []


def test_a_machine_whose_clock_is_wrong_is_told_so(world, home, monkeypatch):
    with serving(world) as server:
        monkeypatch.setattr(wangdiantong, "time", SimpleNamespace(time=lambda: time.time() + 300))
        with pytest.raises(FetchFailed, match="(?s)code 7: 时间戳错误.*set this machine's clock"):
            list(client(home, server).fetch(only("stock"), LAST, None))


def test_the_whole_stock_is_one_file_of_many_pages_that_lands(world, home, monkeypatch):
    smaller(monkeypatch, "stock", 100)
    with serving(world) as server:
        [path] = client(home, server).fetch(only("stock"), LAST, None)
        pages = [a["page_no"] for name, a in server.asked if name == STOCK.method and a["page_size"] == "100"]
    assert path.name == "wdt_stock_20260907020000.jsonl"
    rows = [r for line in path.read_text().splitlines() for r in json.loads(line)["data"]["detail_list"]]
    assert len(rows) == len({STOCK.key(r) for r in rows}) > 900
    assert pages.count("0") == 2 and "9" in pages, "two windows of at most 30 days, the second with ten pages"
    assert all("cost_price" in r for r in rows), "mask 2 asks for the cost"
    [load] = land(home, "erp", "stock")
    assert (load.status, load.rows_loaded, load.rows_quarantined) == ("loaded", len(rows), 0)
    assert load.exported_at == dt.datetime(2026, 9, 7, 2)


def test_stock_windows_are_never_wider_than_allowed_and_touch_each_other(world, home):
    with serving(world) as server:
        asked = []
        asking = client(home, server, first_day="2026-01-01")
        honest = asking._request
        asking._request = lambda d, begin, until, page: asked.append((begin, until)) or honest(d, begin, until, page)
        list(asking.fetch(only("stock"), LAST, None))
    spans = list(dict.fromkeys(asked[1:]))
    assert spans[0][0] == dt.datetime(2026, 1, 1) and spans[-1][1] == dt.datetime(2026, 9, 7, 3)
    assert all(until - begin <= 30 * DAY for begin, until in spans)
    assert all(a[1] == b[0] for a, b in zip(spans, spans[1:], strict=False))


def test_documents_land_by_the_hour_and_by_the_month(world, home):
    source = only("stock_out", "stock_in", "purchase_orders")
    with serving(world) as server:
        paths = list(client(home, server).fetch(source, LAST, FIRST))
        held = {d.dataset: simulated.known(world, f"erp.{d.dataset}", LAST) for d in DOCUMENTS}
        hours = [json.loads(a["body"]) if "body" in a else a for name, a in server.asked if name == DOCUMENTS[0].method]
    assert len(hours) == 1 + 24 * 6 + 2, "a question for the clock, six days of hours, two hours after midnight"
    assert [p.name for p in paths if p.parent.name == "stock_out"][-1] == (
        "wdt_stock_out_20260907T0000-20260907T0200_20260907020000.jsonl"
    )
    for documents in DOCUMENTS:
        rows = [
            r
            for path in paths
            if path.parent.name == documents.dataset
            for line in path.read_text().splitlines()
            for r in json.loads(line)["data"]["order"]
        ]
        due = [r for r in held[documents.dataset] if simulated.modified(r) >= f"{FIRST} 00:00:00"]
        assert sorted(map(documents.key, rows)) == sorted(map(documents.key, due)) != []
        loads = land(home, "erp", documents.dataset)
        assert {x.status for x in loads} == {"loaded"}
        assert sum(x.rows_quarantined for x in loads) == 0
        lines = sum(len(r.get("details_list") or r.get("detail_list")) for r in rows)
        assert sum(x.rows_loaded for x in loads) == lines


def test_what_changed_is_asked_for_from_the_last_fetch_on(world, home):
    documents, source = DOCUMENTS[0], only("stock_out")
    with serving(world, as_of=LAST - DAY) as server:
        asking, asked = client(home, server), []
        list(asking.fetch(source, LAST - DAY, None))
        server.as_of, honest = LAST, asking._request
        asking._request = lambda d, begin, until, page: asked.append((begin, until)) or honest(d, begin, until, page)
        list(asking.fetch(source, LAST, None))
    assert (asked[1][0], asked[-1][1]) == (dt.datetime(2026, 9, 6), dt.datetime(2026, 9, 7, 2)) and len(asked) == 1 + 26
    server_days = json.loads((home / "state" / "fetched" / f"wangdiantong_{documents.dataset}.json").read_text())
    assert server_days == {"until": "2026-09-07T02:00:00"}


def test_a_fetch_that_fails_is_asked_for_again(world, home):
    with serving(world, "error_code", on=DOCUMENTS[0].method) as server:
        with pytest.raises(FetchFailed):
            list(client(home, server).fetch(only("stock_out"), LAST, None))
        assert not (home / "state" / "fetched").exists()
        list(client(home, server).fetch(only("stock_out"), LAST, None))
    assert (home / "state" / "fetched").exists()


def test_the_anchor_comes_with_the_stock_outs(world, home):
    with serving(world) as server:
        paths = list(client(home, server).fetch(only("stock_out"), LAST, FIRST))
    rows = [r for p in paths for line in p.read_text().splitlines() for r in json.loads(line)["data"]["order"]]
    assert any(r["anchor_name"] for r in rows)
    assert any("consign_time" not in r for r in rows), "what has not left yet has no time of leaving"


def test_changed_days_ask_for_the_hours_after_midnight():
    midnight = dt.datetime(2026, 9, 7)
    days = changed_days(FIRST, LAST, dt.datetime(2026, 9, 7, 2, 5))
    assert days[0] == (dt.datetime(2026, 9, 1), dt.datetime(2026, 9, 2)) and len(days) == 7
    assert days[-1] == (midnight, dt.datetime(2026, 9, 7, 2, 5))
    assert changed_days(LAST, LAST, dt.datetime(2026, 9, 6, 23))[-1] == (dt.datetime(2026, 9, 6), midnight)
    assert changed_days(LAST, LAST, dt.datetime(2027, 1, 1))[-1] == (midnight, midnight + dt.timedelta(hours=6))


def test_a_row_on_the_border_of_two_windows_comes_once_in_its_later_form(world, home):
    def rows(begin: dt.datetime) -> list[dict]:
        border = {"order_no": "CK1", "seen": begin.hour}
        return [border, {"order_no": f"CK-{begin.hour}"}]

    with serving(world) as server:
        asking, documents = client(home, server), DOCUMENTS[0]

        def told(request):
            begin = dt.datetime.strptime(json.loads(request.text)[0]["start_time"], "%Y-%m-%d %H:%M:%S")
            body = {"status": 0, "data": {"total_count": 2, "order": rows(begin)}}
            return SimpleNamespace(body=body, at=dt.datetime(2026, 9, 7, 2))

        asking.api.ask = told
        window = asking._read(
            documents,
            dt.datetime(2026, 9, 1),
            dt.datetime(2026, 9, 1, 3),
        )
    kept = [r for page in window.answers for r in page["data"]["order"]]
    assert [r["order_no"] for r in kept] == ["CK-0", "CK-1", "CK1", "CK-2"] and window.rows == 4
    assert [r["seen"] for r in kept if r["order_no"] == "CK1"] == [2]


@pytest.mark.parametrize("fault", ["http_429", "http_500", "html", "busy_code", "slow", "reset", "cut"])
def test_passing_faults_do_no_harm(world, home, monkeypatch, waits, fault):
    smaller(monkeypatch, "stock", 300)
    with serving(world, fault, on=STOCK.method) as server:
        [path] = client(home, server).fetch(only("stock"), LAST, None)
        assert server.faults.left == []
    [load] = land(home, "erp", "stock")
    assert (load.status, load.rows_loaded) == ("loaded", 930) and path.exists()
    assert bool(waits) == (fault != "slow")


@pytest.mark.parametrize(
    "fault", ["empty_page", "duplicate_row", "moved_row", "total_change", "page_drift", "looping_page"]
)
def test_pages_that_drift_are_read_again(world, home, monkeypatch, fault):
    smaller(monkeypatch, "stock", 300)
    with serving(world, fault, on=STOCK.method) as server:
        list(client(home, server).fetch(only("stock"), LAST, None))
        assert server.faults.left == []
    [load] = land(home, "erp", "stock")
    assert (load.status, load.rows_loaded) == ("loaded", 930)


def test_pages_that_never_agree_leave_nothing(world, home, monkeypatch):
    smaller(monkeypatch, "stock", 300)
    with serving(world, *["moved_row"] * 20, on=STOCK.method) as server:
        server.faults._waiting = [(1, "moved_row")] * 20  # every later page of all four readings
        with pytest.raises(FetchFailed, match="(?s)never agreed.*nothing of it was kept"):
            list(client(home, server).fetch(only("stock"), LAST, None))
    assert waiting(home, "erp", "stock") == []


def test_a_final_error_of_one_interface_does_not_keep_the_others(world, home):
    with serving(world, "error_code", on="purchase.PurchaseOrder") as server:
        with pytest.raises(FetchFailed, match="(?s)purchase_orders: /openapi: the platform answered code 100"):
            list(client(home, server).fetch(only("stock", "stock_in", "purchase_orders"), LAST, FIRST))
    assert len(waiting(home, "erp", "stock")) == len(waiting(home, "erp", "stock_in")) == 1
    assert waiting(home, "erp", "purchase_orders") == []


def test_being_too_fast_is_waited_out_for_a_minute(world, home, waits):
    with serving(world) as server:
        asking, allowed = client(home, server), iter([True, False, False, True])
        server.rates[STOCK.method].allows = lambda: next(allowed, True)
        list(asking.fetch(only("stock"), LAST, None))
        assert waits == [60.0, 60.0]
        server.rates[STOCK.method].allows = lambda: False
        with pytest.raises(Unreachable, match="超过每分钟最大调用频率限制"):
            list(asking.fetch(only("stock"), LAST, None))


def test_without_credentials_nothing_is_asked(home):
    assert list(wangdiantong.fetch(home, only("stock"), LAST, None)) == []


def test_the_hour_is_the_widest_time_for_stock_outs():
    assert DOCUMENTS[0].widest == HOUR == dt.timedelta(minutes=60)
