"""快递100 query: which parcels are asked for, sign, phone, half an hour between asks, answers without a track; and what lands."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from dataclasses import replace

import duckdb
import httpx
import pytest
from api_serving import FIRST, LAST, land, serving, set_up, small_world, waiting

from ingest.connectors import kuaidi100
from ingest.connectors.kuaidi100 import AGAIN_SECONDS, Kuaidi100
from ingest.connectors.kuaidi100_parcels import CARRIERS, FINAL_STATES, Parcel, carrier_code, open_parcels
from ingest.errors import FetchFailed
from ingest.home import inbox, raw_object
from ingest.registry import find_source
from simulator.api.platforms import kuaidi100 as simulated
from simulator.exports import douyin_api
from simulator.exports.context import Export


@pytest.fixture(scope="module")
def world():
    return small_world()


@pytest.fixture
def shipped(world, home):
    """A home in which the orders of the shop have landed, and with them the waybill numbers."""
    for _ in douyin_api.write(Export(world, home / "inbox", FIRST, LAST, frozenset())):
        pass
    assert {x.status for x in land(home, "douyin", "orders_api")} == {"loaded"}
    for path in waiting(home, "douyin", "orders_api"):
        path.unlink()
    return home


def client(home, server, **changes) -> Kuaidi100:
    return Kuaidi100(home, set_up(home, server, "kuaidi100", **changes), rate=10_000)


def asked(server) -> list[dict]:
    return [json.loads(given["param"]) for name, given in server.asked if name == simulated.PATH]


def tracks(home, name: str, *answers: dict) -> None:
    """Land answers as if they had been fetched."""
    path = inbox(home, "kuaidi100", "tracks") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(a, ensure_ascii=False) + "\n" for a in answers))
    assert [x.status for x in land(home, "kuaidi100", "tracks")] == ["loaded"]
    path.unlink()


def track(number: str, state: str, at: str = "2026-09-05 10:00:00", carrier: str = "yunda") -> dict:
    event = {"time": at, "ftime": at, "context": "已到达", "status": "在途"}
    return {
        "message": "ok",
        "nu": number,
        "ischeck": "0",
        "com": carrier,
        "status": "200",
        "state": state,
        "data": [event],
    }


def test_the_server_checks_sign_phone_and_the_half_hour(world):
    with serving(world) as server, httpx.Client(base_url=server.url, trust_env=False) as http:
        given = server.credentials("kuaidi100")
        held = simulated._tracks(world, LAST)
        plain = next(number for com, number in held if com == "yuantong")
        phoned = next(number for com, number in held if com == "shunfeng")

        def ask(param: dict, **changes) -> dict:
            text = json.dumps(param)
            sign = hashlib.md5((text + given["key"] + given["customer"]).encode()).hexdigest().upper()
            form = {"customer": given["customer"], "sign": sign, "param": text} | changes
            return http.post(simulated.PATH, data=form).json()

        good = ask({"com": "yuantong", "num": plain})
        assert good["nu"] == plain and good["status"] == "200" and good["data"]
        told = [
            ask({"com": "yuantong", "num": plain}), ask({"com": "yuantong", "num": plain}, sign="0" * 32),
            ask({"com": "yuantong", "num": plain}, customer="X"), ask({"com": "shunfeng", "num": phoned}),
            ask({"com": "shunfeng", "num": phoned, "phone": "0000"}), ask({"num": plain}), ask({"com": "yuantong", "num": "YT1"}),
        ]  # fmt: skip
        assert [answer["returnCode"] for answer in told] == ["500", "503", "503", "408", "408", "400", "500"]
        assert all(answer["result"] is False for answer in told)
        assert told[0]["message"] == "同一运单号查询过于频繁"
        assert ask({"com": "shunfeng", "num": phoned, "phone": given["phone_tail"]})["nu"] == phoned
        second = next(number for com, number in held if com == "yuantong" and number != plain)
        upward = ask({"com": "yuantong", "num": second, "order": "asc"})["data"]
        assert [e["time"] for e in upward] == sorted(e["time"] for e in upward)


def test_the_parcels_under_way_are_asked_for_and_land(world, shipped):
    with serving(world) as server:
        parcels = open_parcels(shipped, FIRST, {})
        [path] = client(shipped, server).fetch(FIRST)
        held = simulated._tracks(world, LAST)
        questions = asked(server)
    assert path.name == "tracks_query_20260907020000.jsonl"
    assert len(parcels) > 100 and [q["num"] for q in questions] == [p.number for p in parcels]
    assert {p.carrier for p in parcels} == {"yuantong", "zhongtong", "yunda", "jtexpress", "shunfeng"}
    assert {bool(q.get("phone")) for q in questions if q["com"] in kuaidi100.NEED_PHONE} == {True}
    assert not any("phone" in q for q in questions if q["com"] not in kuaidi100.NEED_PHONE)
    answers = [json.loads(line) for line in path.read_text().splitlines()]
    assert {a["nu"] for a in answers} == {p.number for p in parcels} & {number for _, number in held}
    [load] = land(shipped, "kuaidi100", "tracks")
    assert (load.status, load.rows_quarantined) == ("loaded", 0)
    assert load.rows_loaded == sum(max(1, len(a["data"])) for a in answers)
    assert load.exported_at == dt.datetime(2026, 9, 7, 2)


def test_what_has_ended_is_not_asked_again(world, shipped):
    with serving(world) as server:
        before = open_parcels(shipped, FIRST, {})
        list(client(shipped, server).fetch(FIRST))
        [load] = land(shipped, "kuaidi100", "tracks")
        after = open_parcels(shipped, FIRST, {})
    raw = duckdb.read_parquet(str(raw_object(shipped, "kuaidi100", "tracks", load.load_id)))
    ended = {n for (n,) in raw.filter("parcel_state in ('3', '4')").project("tracking_no").distinct().fetchall()}
    assert ended and {p.number for p in before} - {p.number for p in after} == ended


def test_the_newest_state_decides_and_a_corrected_carrier_is_taken(shipped):
    one, two, three = (p.number for p in open_parcels(shipped, FIRST, {})[:3])
    tracks(shipped, "tracks_20260905000000.json", track(one, "3"), track(two, "1"), track(three, "6"))
    tracks(shipped, "tracks_20260906000000.json", track(one, "6"), track(two, "4"))
    left = {p.number: p.carrier for p in open_parcels(shipped, FIRST, {})}
    assert one in left and three in left and two not in left
    push = {
        "param": {
            "status": "polling",
            "comOld": "yunda",
            "comNew": "ems",
            "lastResult": track(three, "0", carrier="ems"),
        }
    }
    tracks(shipped, "push_20260907000000.json", push)
    assert {p.number: p.carrier for p in open_parcels(shipped, FIRST, {})}[three] == "ems"
    assert {"3", "4"} <= set(FINAL_STATES) and "6" not in FINAL_STATES


def test_only_numbers_landed_lately_are_asked_for(shipped):
    assert open_parcels(shipped, LAST + dt.timedelta(days=2), {}) == []
    early, late = open_parcels(shipped, FIRST, {}), open_parcels(shipped, LAST, {})
    assert {p.number for p in late} <= {p.number for p in early} and early


def test_nothing_landed_means_nothing_to_ask(world, home):
    with serving(world) as server:
        assert open_parcels(home, FIRST, {}) == []
        assert list(client(home, server).fetch(FIRST)) == [] and asked(server) == []


def test_a_number_is_asked_once_in_half_an_hour_also_over_runs(world, shipped, monkeypatch):
    with serving(world) as server:
        list(client(shipped, server).fetch(FIRST))
        first = len(asked(server))
        assert list(client(shipped, server).fetch(FIRST)) == [] and len(asked(server)) == first
        state = shipped / "state" / "kuaidi100_asked.json"
        assert state.stat().st_mode & 0o077 == 0
        kept = json.loads(state.read_text())
        assert len(kept) == first
        state.write_text(json.dumps({number: at - AGAIN_SECONDS - 1 for number, at in kept.items()}))
        monkeypatch.setattr(simulated, "_recent", lambda server: simulated.Recent(0))
        assert list(client(shipped, server).fetch(FIRST)) and len(asked(server)) == 2 * first


def test_a_run_that_dies_has_written_down_what_it_asked(world, shipped, monkeypatch):
    with serving(world) as server:
        asking = client(shipped, server)
        honest, count = asking.api.ask, iter(range(10_000))

        def dying(request):
            if next(count) == 60:
                raise KeyboardInterrupt
            return honest(request)

        monkeypatch.setattr(asking.api, "ask", dying)
        with pytest.raises(KeyboardInterrupt):
            list(asking.fetch(FIRST))
        told = {q["num"] for q in asked(server)}
        kept = json.loads((shipped / "state" / "kuaidi100_asked.json").read_text())
        assert len(told) == 60 and told <= set(kept) and len(kept) == 100
    assert waiting(shipped, "kuaidi100", "tracks") == []


def test_without_a_phone_the_carriers_that_need_it_are_left_and_reported(world, shipped, caplog):
    with serving(world) as server, caplog.at_level(logging.WARNING, "fupan"):
        list(client(shipped, server, phone_tail="").fetch(FIRST))
        carriers = {q["com"] for q in asked(server)}
    assert carriers and not carriers & kuaidi100.NEED_PHONE
    assert "need a phone's last 4 digits" in caplog.text and "phone_tail" in caplog.text
    assert not any(p.number in caplog.text for p in open_parcels(shipped, FIRST, {}))


def test_an_unknown_carrier_is_reported_and_may_be_named(shipped, monkeypatch, world, caplog):
    monkeypatch.setattr("ingest.connectors.kuaidi100.open_parcels", lambda *_: [Parcel("QQ12345678", None)])
    with serving(world) as server, caplog.at_level(logging.WARNING, "fupan"):
        assert list(client(shipped, server).fetch(FIRST)) == [] and asked(server) == []
    assert "1 parcels have a carrier whose code is not known" in caplog.text
    assert carrier_code("快捷快递", CARRIERS) is None
    assert carrier_code("快捷快递", CARRIERS | {"快捷快递": "kuaijiesudi"}) == "kuaijiesudi"
    assert [carrier_code(c, CARRIERS) for c in ("圆通速递", "yuantong", "ems", "EMS经济快递", "顺丰速运", "")] == [
        "yuantong", "yuantong", "ems", "ems", "shunfeng", None,
    ]  # fmt: skip


def test_what_is_too_much_for_one_run_is_left_for_the_next(world, shipped, caplog):
    with serving(world) as server, caplog.at_level(logging.WARNING, "fupan"):
        list(client(shipped, server, most_per_run=10).fetch(FIRST))
        assert len(asked(server)) == 10 and "are left for the next run" in caplog.text
        list(client(shipped, server, most_per_run=10).fetch(FIRST))
        assert len({q["num"] for q in asked(server)}) == 20


def test_those_longest_without_a_track_are_asked_first(shipped):
    one, two, *others = (p.number for p in open_parcels(shipped, FIRST, {}))
    tracks(shipped, "tracks_20260905000000.json", track(two, "1"))
    tracks(shipped, "tracks_20260906000000.json", track(one, "1"))
    assert [p.number for p in open_parcels(shipped, FIRST, {})] == [*others, two, one]


def test_parcels_without_a_track_are_counted_and_not_dropped(world, shipped, caplog):
    with serving(world, as_of=FIRST) as server, caplog.at_level(logging.WARNING, "fupan"):
        paths = list(client(shipped, server).fetch(FIRST))
        answered = [json.loads(line) for p in paths for line in p.read_text().splitlines()]
        assert "has no track for" in caplog.text and len(answered) < len(asked(server)) / 2
    assert all(a["status"] == "200" for a in answered)


@pytest.mark.parametrize(("changes", "told"), [({"key": "x"}, "503"), ({"customer": "x"}, "503")])
def test_a_wrong_key_is_an_error_that_names_no_secret(world, shipped, changes, told):
    with serving(world) as server:
        with pytest.raises(FetchFailed, match=f"(?s)code {told}.*check customer and key") as failure:
            list(client(shipped, server, **changes).fetch(FIRST))
        assert server.credentials("kuaidi100")["customer"] not in str(failure.value)
        assert len(asked(server)) == 1, "the rest would be refused as well"
    assert waiting(shipped, "kuaidi100", "tracks") == []


def test_what_was_answered_before_a_failure_is_kept(world, shipped):
    with serving(world) as server:
        served, honest = iter(range(10_000)), simulated.answer

        def exhausted(call):
            if next(served) >= 25:
                raise simulated.Refusal("601", "余额不足")
            return honest(call)

        for key, (platform, route) in list(server.routes.items()):
            if route.path == simulated.PATH:
                server.routes[key] = (platform, replace(route, answer=exhausted))
        with pytest.raises(FetchFailed, match="(?s)code 601.*quota is used up"):
            list(client(shipped, server).fetch(FIRST))
    [path] = waiting(shipped, "kuaidi100", "tracks")
    assert 0 < len(path.read_text().splitlines()) <= 25
    assert [x.status for x in land(shipped, "kuaidi100", "tracks")] == ["loaded"]


@pytest.mark.parametrize("fault", ["http_429", "http_500", "html", "busy_code", "reset", "cut", "slow"])
def test_passing_faults_do_no_harm(world, shipped, waits, fault):
    with serving(world, fault) as server:
        [path] = client(shipped, server).fetch(FIRST)
        assert server.faults.left == [] and bool(waits) == (fault != "slow")
        answers = [json.loads(line)["nu"] for line in path.read_text().splitlines()]
    assert len(answers) == len(set(answers)) > 100


def test_the_look_back_of_the_registry_is_the_first_day(world, shipped, monkeypatch):
    days = []
    monkeypatch.setattr(Kuaidi100, "fetch", lambda self, first: days.append(first) or iter(()))
    with serving(world) as server:
        client(shipped, server)
        list(kuaidi100.fetch(shipped, find_source("kuaidi100"), LAST, None))
        list(kuaidi100.fetch(shipped, find_source("kuaidi100"), LAST, FIRST))
    assert days == [LAST - dt.timedelta(days=29), FIRST]


def test_without_credentials_nothing_is_asked(home):
    assert list(kuaidi100.fetch(home, find_source("kuaidi100"), LAST, None)) == []
