"""聚水潭: sign and token, windows of 7 days, pages from 1, lists and codes that change their names; and what is fetched lands."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from dataclasses import replace

import httpx
import pytest
from api_serving import FIRST, LAST, land, serving, set_up, small_world, waiting

from ingest.connectors import jushuitan
from ingest.connectors.jushuitan import DOCUMENTS, STOCK, Jushuitan
from ingest.errors import FetchFailed
from ingest.registry import find_source
from simulator import names
from simulator.api.platforms import jushuitan as simulated
from simulator.api.platforms import jushuitan_told as told

WEEK = dt.timedelta(days=7)
WAREHOUSES = len(names.WAREHOUSES)


@pytest.fixture(scope="module")
def world():
    return small_world()


def client(home, server, **changes) -> Jushuitan:
    return Jushuitan(home, set_up(home, server, "jushuitan", **changes), rate=10_000)


def only(*datasets: str):
    return replace(find_source("erp"), datasets=datasets)


def rows_of(path, documents=STOCK) -> list[dict]:
    return [r for line in path.read_text().splitlines() for r in documents.paging.rows(json.loads(line))]


def ask(server, path: str = "inventory/query", biz: dict | None = None, **changes) -> dict:
    """One request, signed here by hand, with the token that is alive."""
    given, tokens = server.credentials("jushuitan"), server.tokens("jushuitan")
    week = {
        "modified_begin": "2026-09-01 00:00:00",
        "modified_end": "2026-09-08 00:00:00",
        "page_index": 1,
        "page_size": 50,
    }
    form = {
        "app_key": given["app_key"], "access_token": tokens.access_token(), "charset": "utf-8", "version": "2",
        "timestamp": str(int(time.time())), "biz": json.dumps(week | (biz or {})),
    } | changes  # fmt: skip
    text = given["app_secret"] + "".join(f"{k}{form[k]}" for k in sorted(form) if k != "sign" and form[k])
    form = {"sign": hashlib.md5(text.encode()).hexdigest()} | form
    with httpx.Client(base_url=server.url, trust_env=False) as http:
        return http.post(f"/open/{path}", data=form).json()


def test_the_server_checks_sign_clock_token_and_window(world):
    with serving(world) as server:
        server.tokens("jushuitan").grant()
        assert ask(server)["code"] == 0 and ask(server, nothing="")["code"] == 0, "a blank parameter is not signed"
        none, wide = {"modified_end": ""}, {"modified_end": "2026-09-08 00:00:01"}
        told = [
            ask(server, sign="0" * 32), ask(server, app_key="1"), ask(server, timestamp=str(int(time.time()) - 1000)),
            ask(server, access_token="x"), ask(server, biz=none), ask(server, biz=wide), ask(server, biz={"page_index": 0}),
            ask(server, biz={"page_size": 101}), ask(server, "purchase/query", {"page_size": 51}),
        ]  # fmt: skip
        assert [answer["code"] for answer in told] == [10, 10, 140, 100, 170, 130, 130, 130, 130]


def test_the_refresh_token_works_once(world, home):
    with serving(world) as server:
        first = server.credentials("jushuitan")["refresh_token"]
        asking = client(home, server)
        assert asking.tokens.access_token() == server.tokens("jushuitan").access_token()
        kept = json.loads(asking.tokens.path.read_text())
        assert kept["refresh_token"] == server.tokens("jushuitan").refresh_token() != first
        again = client(home / "other", server, refresh_token=first)
        with pytest.raises(
            FetchFailed, match="(?s)refresh token is not accepted any more.*authorise the app again"
        ) as failure:
            again.tokens.access_token()
        assert first not in str(failure.value)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"app_secret": "other"}, "验证失败！无效签名"),
        ({"app_key": "1"}, "验证失败！无效签名"),
        ({"refresh_token": "x"}, "authorise"),
    ],
)
def test_wrong_credentials_are_an_error_that_names_no_secret(world, home, changes, told):
    with serving(world) as server:
        with pytest.raises(FetchFailed, match=f"(?s){told}") as failure:
            list(client(home, server, **changes).fetch(only("stock"), LAST, None))
        assert server.credentials("jushuitan")["app_secret"] not in str(failure.value)
    assert waiting(home, "erp", "stock") == []


def test_the_stock_of_each_warehouse_is_one_file_that_lands(world, home):
    with serving(world) as server:
        [path] = client(home, server).fetch(only("stock"), LAST, None)
        bizs = [json.loads(a["biz"]) for name, a in server.asked if name.endswith("inventory/query")]
    rows = rows_of(path)
    assert len(rows) == len({STOCK.key(r) for r in rows}) == len(world.catalogue.sku_ids) * WAREHOUSES
    assert {b["wms_co_id"] for b in bizs} == {r["wms_co_id"] for r in rows}
    assert max(b["page_index"] for b in bizs) > 3 and min(b["page_index"] for b in bizs) == 1
    for begin, end in {(b["modified_begin"], b["modified_end"]) for b in bizs}:
        assert dt.datetime.fromisoformat(end) - dt.datetime.fromisoformat(begin) <= WEEK
    assert min(b["modified_begin"] for b in bizs) == "2026-08-22 00:00:00", "from the first day of the credentials"
    [load] = land(home, "erp", "stock")
    assert (load.status, load.rows_loaded, load.rows_quarantined) == ("loaded", len(rows), 0)
    assert load.exported_at == dt.datetime(2026, 9, 7, 2)


def test_a_warehouse_that_the_answer_does_not_repeat_is_written_in(world, home, monkeypatch):
    honest = told.stock
    monkeypatch.setattr(
        simulated, "_items",
        lambda world, as_of, path, biz: [
            {k: v for k, v in row.items() if k != "wms_co_id"}
            for row in map(honest, simulated.wangdiantong.known(world, "erp.stock", as_of))
            if row["wms_co_id"] == biz["wms_co_id"]
        ],
    )  # fmt: skip
    with serving(world) as server:
        [path] = client(home, server).fetch(only("stock"), LAST, None)
    rows = rows_of(path)
    assert {r["wms_co_id"] for r in rows} == set(range(told.FIRST_WAREHOUSE, told.FIRST_WAREHOUSE + WAREHOUSES))
    assert len(rows) == len({STOCK.key(r) for r in rows})


def test_documents_land_whatever_their_codes_and_lists_are_called(world, home):
    with serving(world) as server:
        paths = list(client(home, server).fetch(only("stock_out", "stock_in", "purchase_orders"), LAST, FIRST))
        codes = {path.parent.name: json.loads(path.read_text().splitlines()[0]) for path in paths}
        held = {d.dataset: simulated._items(world, LAST, d.path, {}) for d in DOCUMENTS}
    assert codes["stock_out"]["code"] == "0" and codes["purchase_orders"]["code"] == 0
    assert codes["stock_in"]["issuccess"] is True and "code" not in codes["stock_in"]
    for path, documents in zip(paths, DOCUMENTS, strict=True):
        rows = rows_of(path, documents)
        due = [r for r in held[documents.dataset] if r["modified"] >= f"{FIRST} 00:00:00"]
        assert sorted(map(documents.key, rows)) == sorted(map(documents.key, due)) != []
        [load] = land(home, "erp", documents.dataset)
        assert (load.status, load.rows_quarantined) == ("loaded", 0)
        assert load.rows_loaded == sum(len(r["items"]) for r in rows)


def test_what_changed_is_asked_for_from_the_last_fetch_on(world, home):
    documents, source = DOCUMENTS[0], only("stock_out")
    with serving(world, as_of=LAST - dt.timedelta(days=1)) as server:
        list(client(home, server).fetch(source, LAST - dt.timedelta(days=1), None))
        server.as_of = LAST
        server.asked.clear()
        list(client(home, server).fetch(source, LAST, None))
        bizs = [json.loads(given["biz"]) for name, given in server.asked]
    assert {(b["modified_begin"], b["modified_end"]) for b in bizs[1:]} == {
        ("2026-09-06 00:00:00", "2026-09-07 02:00:00")
    }
    server_days = json.loads((home / "state" / "fetched" / f"jushuitan_{documents.dataset}.json").read_text())
    assert server_days == {"until": "2026-09-07T02:00:00"}


def test_a_fetch_that_fails_is_asked_for_again(world, home):
    with serving(world, "error_code", on=DOCUMENTS[0].path) as server:
        with pytest.raises(FetchFailed):
            list(client(home, server).fetch(only("stock_out"), LAST, None))
        assert not (home / "state" / "fetched").exists()
        list(client(home, server).fetch(only("stock_out"), LAST, None))
    assert (home / "state" / "fetched").exists()


@pytest.mark.parametrize("listed", ["inventorys", "datas", "list", "rows"])
def test_the_list_is_found_under_any_of_its_names(world, home, monkeypatch, listed):
    monkeypatch.setitem(simulated.PATHS, "inventory/query", (listed, 100))
    pages = replace(simulated.PAGES, other_rows=("data.inventorys", "data.list", "data.rows"))
    with serving(world) as server:
        for key, (platform, route) in list(server.routes.items()):
            if route.path.startswith(simulated.PREFIX):
                server.routes[key] = (platform, replace(route, pages=pages))
        [path] = client(home, server).fetch(only("stock"), LAST, None)
    assert json.loads(path.read_text().splitlines()[0])["data"].keys() >= {listed}
    assert len(rows_of(path)) == len(world.catalogue.sku_ids) * WAREHOUSES
    [load] = land(home, "erp", "stock")
    assert (load.status, load.rows_loaded) == ("loaded", len(world.catalogue.sku_ids) * WAREHOUSES)


@pytest.mark.parametrize(
    "missing", [("has_next",), ("has_next", "page_count"), ("has_next", "page_count", "data_count")]
)
def test_the_end_is_known_by_what_the_answer_states(world, home, monkeypatch, missing):
    honest = simulated.answer

    def silent(call):
        body = honest(call)
        return body | {"data": {k: v for k, v in body["data"].items() if k not in missing}}

    with serving(world) as server:
        for key, (platform, route) in list(server.routes.items()):
            if route.answer is honest:
                server.routes[key] = (platform, replace(route, answer=silent))
        [path] = client(home, server).fetch(only("stock"), LAST, None)
    rows = rows_of(path)
    assert len(rows) == len({STOCK.key(r) for r in rows}) == len(world.catalogue.sku_ids) * WAREHOUSES


def test_has_next_decides_where_pages_come_short(world, home):
    honest = simulated.answer

    def short(call):
        biz = json.loads(call.form["biz"])
        body = honest(replace(call, form=call.form | {"biz": json.dumps(biz | {"page_size": 70})}))
        return body | {"data": {k: v for k, v in body["data"].items() if k not in ("page_count", "data_count")}}

    with serving(world) as server:
        for key, (platform, route) in list(server.routes.items()):
            if route.answer is honest:
                server.routes[key] = (platform, replace(route, answer=short))
        [path] = client(home, server).fetch(only("stock"), LAST, None)
    assert len(rows_of(path)) == len(world.catalogue.sku_ids) * WAREHOUSES


def test_a_token_that_expires_on_the_way_is_renewed_once(world, home):
    with serving(world, "expired_token", on="inventory/query") as server:
        list(client(home, server).fetch(only("stock"), LAST, None))
        assert server.faults.left == [] and server.tokens("jushuitan").generation == 2
    assert [x.status for x in land(home, "erp", "stock")] == ["loaded"]


@pytest.mark.parametrize("fault", ["http_429", "http_500", "html", "busy_code", "reset", "cut", "slow"])
def test_passing_faults_do_no_harm(world, home, waits, fault):
    with serving(world, fault, on="inventory/query") as server:
        list(client(home, server).fetch(only("stock"), LAST, None))
        assert server.faults.left == []
    [load] = land(home, "erp", "stock")
    assert (load.status, load.rows_loaded) == ("loaded", len(world.catalogue.sku_ids) * WAREHOUSES)
    assert bool(waits) == (fault != "slow")


@pytest.mark.parametrize(
    "fault", ["empty_page", "duplicate_row", "moved_row", "total_change", "page_drift", "looping_page"]
)
def test_pages_that_drift_are_read_again(world, home, fault):
    with serving(world, fault, on="inventory/query") as server:
        list(client(home, server).fetch(only("stock"), LAST, None))
        assert server.faults.left == []
    [load] = land(home, "erp", "stock")
    assert (load.status, load.rows_loaded) == ("loaded", len(world.catalogue.sku_ids) * WAREHOUSES)


def test_being_too_fast_in_a_second_and_in_a_minute(world, home, waits):
    with serving(world) as server:
        asking, allowed = client(home, server), iter([False, True])
        server.rates["/open/inventory/query"].allows = lambda: next(allowed, True)
        list(asking.fetch(only("stock"), LAST, None))
        assert len(waits) == 1 and waits[0] < 2
        simulated_codes, allowed = server.platforms["jushuitan"].codes, iter([False, True])
        refusing = replace(
            server.platforms["jushuitan"], codes=dict(simulated_codes) | {"throttled": 200},
            refuse=lambda code, message: {"code": code, "msg": "调用频次超过限制", "data": None},
        )  # fmt: skip
        for key, (platform, route) in list(server.routes.items()):
            if platform.name == "jushuitan":
                server.routes[key] = (refusing, route)
        list(asking.fetch(only("stock"), LAST, None))
    assert waits[1:] == [60.0]


def test_a_flag_of_failure_is_an_error_whatever_the_code(world, home, monkeypatch):
    broken = {"issuccess": False, "errCode": 0, "msg": "内部错误", "data": None}
    with serving(world) as server:
        for key, (platform, route) in list(server.routes.items()):
            if route.path.endswith("purchasein/query"):
                server.routes[key] = (platform, replace(route, answer=lambda call: broken, pages=None))
        with pytest.raises(
            FetchFailed, match="stock_in: /open/purchasein/query: the platform answered code 0: 内部错误"
        ):
            list(client(home, server).fetch(only("stock_in"), LAST, FIRST))
    assert waiting(home, "erp", "stock_in") == []


def test_without_credentials_nothing_is_asked(home):
    assert list(jushuitan.fetch(home, only("stock"), LAST, None)) == []
