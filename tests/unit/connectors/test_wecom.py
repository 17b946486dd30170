"""企业微信: a token for the app's secret, groups by cursor and each whole, figures by offset and by day; and what is fetched lands."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from dataclasses import replace

import duckdb
import pytest
from api_serving import FIRST, LAST, land, serving, set_up, waiting

from ingest.connectors import wecom
from ingest.connectors.wecom import CONTACT, Wecom
from ingest.errors import FetchFailed, Unreachable
from ingest.home import raw_object
from ingest.registry import find_source
from simulator.api.platforms import wecom as simulated
from simulator.company import groups
from simulator.world import World

LIST, GET, STATISTIC = (f"{CONTACT}groupchat/{name}" for name in ("list", "get", "statistic"))
DAYS = (LAST - FIRST).days + 1


@pytest.fixture(scope="module")
def world():
    """Six days of a company with a dozen groups."""
    return World(seed=3, first_day=FIRST, days=6, orders_per_day=6000)


@pytest.fixture
def small_pages(monkeypatch):
    """The platform gives fewer at once than it is asked for."""
    monkeypatch.setattr(simulated, "MOST_AT_ONCE", 3)


def client(home, server, **changes) -> Wecom:
    return Wecom(home, set_up(home, server, "wecom", **changes), rate=10_000)


def only(*datasets: str):
    return replace(find_source("wecom"), datasets=datasets)


def lines_of(path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def asked(server, path: str) -> list[dict]:
    return [given for name, given in server.asked if name == path]


def replaced(server, path: str, **changes) -> None:
    """Change a route of the server."""
    for key, (platform, route) in list(server.routes.items()):
        if route.path == path:
            server.routes[key] = (platform, replace(route, **changes))


def test_the_server_checks_secret_and_token(world):
    import httpx

    with serving(world) as server, httpx.Client(base_url=server.url, trust_env=False) as http:
        given = server.credentials("wecom")
        good = {"corpid": given["corpid"], "corpsecret": given["secret"]}
        for wrong in ({"corpid": "ww1"}, {"corpsecret": "x"}):
            assert http.get(wecom.GRANT, params=good | wrong).json()["errcode"] == 40001
        token = http.get(wecom.GRANT, params=good).json()["access_token"]
        assert http.get(wecom.GRANT, params=good).json()["access_token"] == token, "the same while it lives"
        body = {"cursor": "", "limit": 10}
        codes = [
            http.post(LIST, params={"access_token": token}, json=body).json()["errcode"],
            http.post(LIST, params={"access_token": "x"}, json=body).json()["errcode"],
            http.post(LIST, json=body).json()["errcode"],
            http.post(LIST, params={"access_token": token}, json={"limit": 1001}).json()["errcode"],
            http.post(GET, params={"access_token": token}, json={"chat_id": "wrx"}).json()["errcode"],
        ]
    assert codes == [0, 42001, 41001, 40058, 40050]


@pytest.mark.parametrize("changes", [{"secret": "wrong-secret"}, {"corpid": "ww1"}])
def test_a_wrong_secret_is_an_error_that_does_not_name_it(world, home, changes):
    with serving(world) as server:
        with pytest.raises(FetchFailed, match="(?s)code 40001.*check corpid and secret") as failure:
            list(client(home, server, **changes).fetch(only("group_members"), LAST, None))
    assert "wrong-secret" not in str(failure.value)
    assert waiting(home, "wecom", "group_members") == []


def test_the_token_is_asked_for_once_and_kept(world, home, monkeypatch):
    with serving(world) as server:
        grants = []
        replaced(server, wecom.GRANT, answer=lambda call: grants.append(1) or simulated.grant(call))
        for _ in range(2):
            list(client(home, server).fetch(only("group_members"), LAST, None))
        assert len(grants) == 1
        path = home / "state" / "tokens" / "wecom.json"
        assert path.stat().st_mode & 0o777 == 0o600


def test_the_members_of_every_group_are_one_file_that_lands(world, home, small_pages):
    with serving(world) as server:
        [path] = client(home, server).fetch(only("group_members"), LAST, None)
        cursors = [given["cursor"] for given in asked(server, LIST)]
        held = simulated._chats(world, server.now)
        assert all(given["need_name"] == 0 for given in asked(server, GET)), "names are not even asked for"
    answers = lines_of(path)
    assert len(held) > 6 and [a["group_chat"]["chat_id"] for a in answers] == list(held)
    assert cursors[0] == "" and len(cursors) == -(-len(held) // 3) and len(set(cursors)) == len(cursors)
    assert not any("name" in member for a in answers for member in a["group_chat"]["member_list"])
    [load] = land(home, "wecom", "group_members")
    members = sum(len(a["group_chat"]["member_list"]) for a in answers)
    assert (load.status, load.rows_loaded, load.rows_quarantined) == ("loaded", members, 0)
    assert load.exported_at == dt.datetime(2026, 9, 7, 2)
    raw = duckdb.read_parquet(str(raw_object(home, "wecom", "group_members", load.load_id)))
    assert raw.aggregate("count(distinct chat_id)").fetchone() == (len(held),)


def test_a_group_that_is_dissolved_on_the_way_is_left_out(world, home):
    with serving(world) as server:
        first = next(iter(simulated._chats(world, server.now)))

        def dissolved(call):
            if call.json["chat_id"] == first:
                replaced(server, LIST, answer=without)
                raise simulated.Refusal(40050, "chatid is invalid")
            return simulated.chat(call)

        def without(call):
            body = simulated.chats(call)
            return body | {"group_chat_list": [c for c in body["group_chat_list"] if c["chat_id"] != first]}

        replaced(server, GET, answer=dissolved)
        [path] = client(home, server).fetch(only("group_members"), LAST, None)
    assert first not in {a["group_chat"]["chat_id"] for a in lines_of(path)} and len(lines_of(path)) > 5


def test_a_group_that_is_there_but_not_answered_leaves_no_snapshot(world, home):
    with serving(world) as server:
        first = next(iter(simulated._chats(world, server.now)))

        def hidden(call):
            if call.json["chat_id"] == first:
                raise simulated.Refusal(60011, "no privilege to access")
            return simulated.chat(call)

        replaced(server, GET, answer=hidden)
        with pytest.raises(FetchFailed, match="(?s)code 60011.*allow this app to see the staff"):
            list(client(home, server).fetch(only("group_members"), LAST, None))
    assert waiting(home, "wecom", "group_members") == []


def test_an_answer_without_members_leaves_no_snapshot(world, home):
    with serving(world) as server:
        replaced(server, GET, answer=lambda call: simulated.good(group_chat={"chat_id": "x"}), pages=None)
        with pytest.raises(FetchFailed, match="holds no member_list"):
            list(client(home, server).fetch(only("group_members"), LAST, None))
    assert waiting(home, "wecom", "group_members") == []


def test_owners_of_the_credentials_are_asked_for_by_the_hundred(world, home):
    owners = [*groups.OWNERS, *(f"nobody{n}" for n in range(150))]
    with serving(world) as server:
        [path] = client(home, server, owners=owners).fetch(only("group_members"), LAST, None)
        assert [len(g["owner_filter"]["userid_list"]) for g in asked(server, LIST)] == [100, 54]
        assert len(lines_of(path)) == len(simulated._chats(world, server.now))


def test_the_figures_land_and_the_parts_add_up(world, home, small_pages):
    with serving(world) as server:
        paths = {p.name.split("_")[1]: p for p in client(home, server).fetch(only("daily_stats"), LAST, FIRST)}
        offsets = defaultdict(list)
        for given in asked(server, STATISTIC):
            offsets[given["day_begin_time"]].append(given["offset"])
            assert given["day_begin_time"] == given["day_end_time"], "it adds up what it is asked for: a day at a time"
    assert len(offsets) == DAYS and set(map(tuple, offsets.values())) == {(0, 3)}
    by_day = {i["stat_time"]: i["data"] for a in lines_of(paths["days"]) for i in a["items"]}
    by_owner = defaultdict(lambda: defaultdict(int))
    for answer in lines_of(paths["owners"]):
        for item in answer["items"]:
            for name, value in item["data"].items():
                by_owner[item["stat_time"]][name] += value
    assert by_owner == by_day and len(by_day) == DAYS
    staff = [row for a in lines_of(paths["staff"]) for row in a["behavior_data"]]
    assert {row["userid"] for row in staff} == set(groups.OWNERS)
    told = groups.contacts(world, LAST)
    last = [row for row in staff if row["stat_time"] == max(by_day)]
    assert sum(row["chat_cnt"] for row in last) == told["chat_cnt"]
    loads = land(home, "wecom", "daily_stats")
    assert {x.status for x in loads} == {"loaded"} and sum(x.rows_quarantined for x in loads) == 0
    assert sum(x.rows_loaded for x in loads) == DAYS + 2 * DAYS * len(groups.OWNERS)
    files = [str(raw_object(home, "wecom", "daily_stats", x.load_id)) for x in loads]
    midnights = duckdb.sql(
        f"select count(*), count(*) filter (hour(stat_at) = 0) from read_parquet({files})"
    ).fetchone()
    assert midnights[0] == midnights[1], "a day begins at midnight in Beijing"


def test_long_times_are_asked_for_by_thirty_days(world, home):
    first = LAST - dt.timedelta(days=69)
    with serving(world) as server:
        list(client(home, server).fetch(only("daily_stats"), LAST, first))
        behaviour = asked(server, f"{CONTACT}get_user_behavior_data")
        days = asked(server, f"{CONTACT}groupchat/statistic_group_by_day")
    spans = [(g["end_time"] - g["start_time"]) // 86_400 + 1 for g in behaviour]
    assert sorted(set(spans)) == [10, 30] and len(spans) == 3 * len(groups.OWNERS)
    assert [(g["day_end_time"] - g["day_begin_time"]) // 86_400 + 1 for g in days] == [30, 30, 10]


@pytest.mark.parametrize("fault", ["http_429", "http_500", "html", "busy_code", "reset", "cut", "slow"])
@pytest.mark.parametrize("path", ["groupchat/list", "groupchat/get"])
def test_passing_faults_do_no_harm(world, home, small_pages, waits, path, fault):
    with serving(world, fault, on=path) as server:
        [dropped] = client(home, server).fetch(only("group_members"), LAST, None)
        assert server.faults.left == []
        assert len(lines_of(dropped)) == len(simulated._chats(world, server.now))


@pytest.mark.parametrize("path", ["groupchat/list", "groupchat/get", "groupchat/statistic"])
def test_a_token_that_expires_on_the_way_is_renewed_once(world, home, small_pages, path):
    with serving(world, "expired_token", on=path) as server:
        assert list(client(home, server).fetch(only("group_members", "daily_stats"), LAST, LAST))
        assert server.faults.left == [] and server.tokens("wecom").generation == 2


@pytest.mark.parametrize("fault", ["duplicate_row", "moved_row", "looping_page", "empty_page"])
def test_cursor_pages_that_drift_are_read_again(world, home, small_pages, fault):
    with serving(world, fault, on="groupchat/list") as server:
        [path] = client(home, server).fetch(only("group_members"), LAST, None)
        assert server.faults.left == []
        assert [a["group_chat"]["chat_id"] for a in lines_of(path)] == list(simulated._chats(world, server.now))


@pytest.mark.parametrize("fault", ["empty_page", "duplicate_row", "moved_row", "total_change", "looping_page"])
def test_offset_pages_that_drift_are_read_again(world, home, small_pages, fault):
    with serving(world, fault, on="groupchat/statistic") as server:
        list(client(home, server).fetch(only("daily_stats"), LAST, FIRST))
        assert server.faults.left == []
    assert sum(x.rows_loaded for x in land(home, "wecom", "daily_stats")) == DAYS + 2 * DAYS * len(groups.OWNERS)


def test_being_too_fast_is_waited_out_for_a_minute(world, home, waits):
    with serving(world) as server:
        asking, allowed = client(home, server), iter([False, True])
        server.rates[GET].allows = lambda: next(allowed, True)
        list(asking.fetch(only("group_members"), LAST, None))
        assert waits == [60.0]
        server.rates[GET].allows = lambda: False
        with pytest.raises(Unreachable, match="45009"):
            list(asking.fetch(only("group_members"), LAST, None))


def test_one_interface_that_fails_does_not_keep_the_others(world, home):
    with serving(world, "error_code", on="groupchat/statistic_group_by_day") as server:
        server.faults._waiting = [(1, "error_code")]
        with pytest.raises(FetchFailed, match="groups by day: .*code 40058"):
            list(client(home, server).fetch(only("group_members", "daily_stats"), LAST, FIRST))
    names = {p.name.split("_")[1] for p in waiting(home, "wecom", "daily_stats")}
    assert names == {"owners", "staff"} and len(waiting(home, "wecom", "group_members")) == 1


def test_a_pull_fetches_lands_and_gates_it_all(world, home):
    from ingest.pipeline import pull

    with serving(world) as server:
        set_up(home, server, "wecom")
        result = pull("wecom", LAST, home=home)
        again = pull("wecom", LAST, home=home)
    assert [(x.dataset, x.status, x.gate) for x in result.loads] == [
        *[("daily_stats", "loaded", "passed")] * 3, ("group_members", "loaded", "passed"),
    ]  # fmt: skip
    assert waiting(home, "wecom", "group_members") == waiting(home, "wecom", "daily_stats") == []
    assert {x.status for x in again.loads} == {"duplicate"}, "the same answers at the same moment are nothing new"


def test_without_credentials_nothing_is_asked(home):
    assert list(wecom.fetch(home, only("group_members"), LAST, None)) == []
