"""The 千川 connector against a real HTTP server with faults: whole days or a loud failure, one refresher, no partial day (35-37)."""

from __future__ import annotations

import datetime as dt
import json
import stat
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from ingest.connectors import http as asking
from ingest.connectors.qianchuan import Credentials, Qianchuan, read_credentials
from ingest.errors import FetchFailed
from ingest.home import inbox
from ingest.landing import land_file
from simulator.api.faults import FaultPlan
from simulator.api.oauth import Tokens
from simulator.api.server import QianchuanServer
from simulator.media import ADVERTISERS
from simulator.world import World

FIRST, LAST = dt.date(2026, 9, 1), dt.date(2026, 9, 6)


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=3, first_day=FIRST, days=6, orders_per_day=60)


@pytest.fixture
def waits(monkeypatch) -> list[float]:
    """Every wait between tries, noted instead of slept."""
    noted: list[float] = []
    honest = asking._wait
    monkeypatch.setattr(asking, "_wait", lambda state: noted.append(honest(state)) or 0.0)
    return noted


@contextmanager
def running(server):
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def simulated(world, *faults: str, **options):
    tokens = Tokens(world.seed)
    return running(
        QianchuanServer(world, LAST, tokens, faults=FaultPlan(faults), **{"qps": 0, "slow_seconds": 0.6} | options)
    )


def client(home, server, tokens=None) -> Qianchuan:
    given = (tokens or server.tokens).credentials()
    credentials = Credentials(given["app_id"], given["secret"], given["refresh_token"], tuple(ADVERTISERS), server.url)
    return Qianchuan(home, credentials, rate=10_000)


def rows(home) -> list[tuple]:
    """All (advertiser, plan, hour, spend) that wait in the inbox, sorted."""
    found = []
    for path in inbox(home, "qianchuan", "ad_reports").glob("*.jsonl"):
        for line in path.read_text().splitlines():
            found += [
                (r["advertiser_id"], r["ad_id"], r["stat_datetime"], r["stat_cost"])
                for r in json.loads(line)["data"]["list"]
            ]
    return sorted(found)


def waiting(home) -> list:
    return list(inbox(home, "qianchuan", "ad_reports").glob("*"))


@pytest.fixture(scope="module")
def truth(world, tmp_path_factory) -> list[tuple]:
    home = tmp_path_factory.mktemp("truth")
    with simulated(world) as server:
        list(client(home, server).fetch(FIRST, LAST))
    assert len(rows(home)) > 200
    return rows(home)


@pytest.mark.parametrize("fault", ["http_429", "http_500", "html", "slow", "page_drift", "empty_page", "expired_token"])
def test_a_passing_fault_changes_nothing(home, world, truth, waits, fault):
    with simulated(world, fault) as server:
        given = client(home, server)
        given.api.client = httpx.Client(base_url=server.url, timeout=0.3, trust_env=False)
        list(given.fetch(FIRST, LAST))
        assert server.faults.left == [], "the fault has struck"
    assert rows(home) == truth
    assert bool(waits) == (fault in ("http_429", "http_500", "html", "slow"))
    if fault == "http_429":
        assert waits[0] >= 1.0, "Retry-After is honoured"


def test_all_passing_faults_in_one_run(home, world, truth, waits):
    names = ["http_500", "page_drift", "html", "expired_token", "http_429", "empty_page"]
    with simulated(world, *names) as server:
        list(client(home, server).fetch(FIRST, LAST))
    assert rows(home) == truth


def test_an_error_code_in_a_good_answer_fails_loudly_and_drops_nothing(home, world, waits):
    with simulated(world, "code_40000") as server:
        with pytest.raises(FetchFailed, match="answered code 40000: 参数错误.*Next: "):
            list(client(home, server).fetch(FIRST, LAST))
    assert not [p for p in waiting(home) if str(ADVERTISERS[0]) in p.name] and waits == []


def test_the_report_lands_with_its_totals_checked(home, world, truth):
    with simulated(world) as server:
        paths = list(client(home, server).fetch(FIRST, LAST))
    loads = [land_file(p, "qianchuan", "ad_reports", home) for p in paths]
    assert sum(x.rows_loaded for x in loads) == len(truth) and all(x.status == "loaded" for x in loads)
    first = json.loads(paths[0].read_text().splitlines()[0])
    first["data"]["list"].pop()
    paths[0].write_text(json.dumps(first))
    cut = land_file(paths[0], "qianchuan", "ad_reports", home)
    assert cut.status == "refused" and "pages are missing: the platform states" in cut.reason


class _Fake(ThreadingHTTPServer):
    """Answers every report with the same body, and refreshes with the given code."""

    daemon_threads = True

    def __init__(self, body: object, refresh_code: int = 0, status: int = 200) -> None:
        self.body, self.refresh_code, self.status, self.asked = body, refresh_code, status, 0
        super().__init__(("127.0.0.1", 0), _Answer)

    url = property(lambda self: f"http://127.0.0.1:{self.server_address[1]}")


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked += 1
        self._send(self.server.body, self.server.status)

    def do_POST(self) -> None:
        code = self.server.refresh_code
        self.rfile.read(int(self.headers["Content-Length"]))
        pair = {"access_token": "a", "refresh_token": "r", "expires_in": 86400}
        self._send({"code": code, "message": "refresh_token", "data": {} if code else pair}, 200)

    def _send(self, body: object, status: int) -> None:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Silent."""


def fake(body, **options):
    return running(_Fake(body, **options))


def report(count: int, pages: int, total: int) -> dict:
    listed = [{"ad_id": n, "stat_datetime": "2026-09-01 00:00:00"} for n in range(count)]
    return {
        "code": 0,
        "message": "OK",
        "data": {"list": listed, "page_info": {"total_page": pages, "total_number": total, "page": 1}},
    }


BROKEN = [
    (report(0, 10**9, 5), "never agreed with the stated total"),
    (report(3, 2, 6), "never agreed with the stated total"),
    (report(3, 1, 4), "never agreed with the stated total"),
    ({"code": 0, "message": "OK", "data": {}}, "no list and page_info"),
    ({"code": 0, "message": "OK", "data": []}, "no list and page_info"),
    ({"code": 0, "data": {"list": [{}], "page_info": {"total_page": 1, "total_number": 1}}}, "no list and page_info"),
    ({"code": 40105, "message": "token"}, "a fresh access token was not accepted"),
    ({"message": "no code"}, "answered code none"),
    (b"<html>", "gave up after 6 tries: the answer is not JSON"),
    ([], "gave up after 6 tries: the answer is JSON but no object"),
]


@pytest.mark.parametrize(("body", "why"), BROKEN, ids=range(len(BROKEN)))
def test_answers_that_never_come_right_end_in_a_clear_failure(home, waits, body, why):
    with fake(body) as server:
        with pytest.raises(FetchFailed, match=why):
            list(client(home, server, Tokens(1)).fetch(FIRST, LAST))
        assert server.asked <= 12, "the tries are bounded"
    assert waiting(home) == []


def test_waits_grow_and_a_dead_server_is_given_up(home, waits):
    with fake({}, status=503) as server:
        with pytest.raises(FetchFailed, match="gave up after 6 tries: HTTP 503"):
            list(client(home, server, Tokens(1)).fetch(FIRST, LAST))
    assert len(waits) >= 5 and waits[4] > waits[0] and max(waits) <= 60
    with pytest.raises(FetchFailed, match="ConnectError"):
        list(client(home, server, Tokens(1)).fetch(FIRST, LAST))


@pytest.mark.parametrize("code", [40000, 40103, 40107])
def test_a_spent_refresh_token_asks_for_a_new_authorisation(home, waits, code):
    with fake({}, refresh_code=code) as server:
        with pytest.raises(FetchFailed, match="authorise the app again") as told:
            list(client(home, server, Tokens(1)).fetch(FIRST, LAST))
    assert Tokens(1).refresh_token() not in str(told.value) and Tokens(1).secret not in str(told.value)


def test_a_refresh_token_works_once_and_the_new_pair_is_stored_before_use(home, world):
    with simulated(world) as server:
        given = server.tokens.credentials()
        tokens = client(home, server, server.tokens).tokens
        tokens.first = given["refresh_token"]
        first = tokens.access_token()
        stored = json.loads(tokens.path.read_text())
        assert (
            stored["access_token"] == first
            and stored["refresh_token"] == server.tokens.refresh_token() != given["refresh_token"]
        )
        assert stat.S_IMODE(tokens.path.stat().st_mode) == 0o600
        second = tokens.access_token(refused=first)
        assert second != first and server.tokens.accepts(second) and server.tokens.generation == 2


def test_workers_that_refresh_together_refresh_once(home, world):
    with simulated(world) as server:
        workers = [client(home, server) for _ in range(6)]
        old = workers[0].tokens.access_token()
        server.tokens.expire()
        got: list[str] = []
        threads = [threading.Thread(target=lambda w=w: got.append(w.tokens.access_token(refused=old))) for w in workers]
        [t.start() for t in threads]
        [t.join() for t in threads]
        assert server.tokens.generation == 2 and len(got) == 6 and set(got) == {server.tokens.access_token()}


def test_credentials_that_others_can_read_are_not_used(home):
    path = home / "state" / "credentials" / "qianchuan.json"
    assert read_credentials(home) is None
    path.parent.mkdir()
    path.write_text(json.dumps({"app_id": 1, "secret": "s", "refresh_token": "r", "advertiser_ids": [1]}))
    path.chmod(0o644)
    with pytest.raises(FetchFailed, match="chmod 600"):
        read_credentials(home)
    path.chmod(0o600)
    assert read_credentials(home).advertiser_ids == (1,)
    path.write_text("{}")
    with pytest.raises(FetchFailed, match="app_id"):
        read_credentials(home)
