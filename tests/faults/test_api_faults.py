"""The 千川 connector against a real HTTP server with faults: whole days or a loud failure, one refresher, no partial day (35-37)."""

from __future__ import annotations

import json
import multiprocessing
import stat
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from api_serving import FIRST, LAST, land, serving, set_up, small_world, waiting

from ingest import connectors, ledger, pipeline
from ingest.connectors import retry
from ingest.connectors.qianchuan import Qianchuan
from ingest.connectors.qianchuan_reports import PLANS
from ingest.errors import FetchFailed, Unreachable
from ingest.landing import land_file
from ingest.registry import find_source
from simulator.api.oauth import Tokens
from simulator.media import ADVERTISERS
from simulator.world import World

REPORT = "report/ad/get"


@pytest.fixture(scope="module")
def world() -> World:
    return small_world()


@pytest.fixture(autouse=True)
def unlimited(monkeypatch):
    """No spacing of calls: the simulated platform has no limit here."""
    monkeypatch.setattr("ingest.connectors.limits.PerSecond.__call__", lambda self: None)


@pytest.fixture
def waits(monkeypatch) -> list[float]:
    """Every wait between tries, noted instead of slept."""
    noted: list[float] = []
    honest = retry.wait_seconds
    monkeypatch.setattr(retry, "wait_seconds", lambda state: noted.append(honest(state)) or 0.0)
    return noted


def client(home, server) -> Qianchuan:
    return Qianchuan(home, set_up(home, server, "qianchuan"))


def hourly(home, server, timeout: float = 30.0) -> list:
    asking = client(home, server)
    asking.api.client.timeout = timeout
    return list(asking.each_account(PLANS["HOURLY"], (FIRST, LAST)))


def files(home) -> list:
    return waiting(home, "qianchuan", "ad_reports")


def rows(home) -> list[tuple]:
    """All (advertiser, plan, hour, spend) that wait in the inbox, sorted."""
    found = []
    for path in files(home):
        for line in path.read_text().splitlines():
            found += [
                (r["advertiser_id"], r["ad_id"], r["stat_datetime"], r["stat_cost"])
                for r in json.loads(line)["data"]["list"]
            ]
    return sorted(found)


@pytest.fixture(scope="module")
def truth(world, tmp_path_factory) -> list[tuple]:
    home = tmp_path_factory.mktemp("truth")
    with serving(world) as server:
        hourly(home, server)
    assert len(rows(home)) > 200
    return rows(home)


PASSING = {
    "http_429": True, "http_500": True, "html": True, "slow": True, "reset": True, "cut": True, "busy_code": True,
    "page_drift": False, "empty_page": False, "expired_token": False, "duplicate_row": False, "moved_row": False,
    "total_change": False, "looping_page": False,
}  # fmt: skip


@pytest.mark.fault(35, 36, 37)
@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_fault_changes_nothing(home, world, truth, waits, fault):
    with serving(world, fault) as server:
        hourly(home, server, timeout=0.3)
        assert server.faults.left == [], "the fault has struck"
    assert rows(home) == truth
    assert bool(waits) == PASSING[fault]
    if fault == "http_429":
        assert waits[0] >= 1.0, "Retry-After is honoured"


@pytest.mark.fault(35, 36, 37)
def test_all_passing_faults_in_one_run(home, world, truth, waits):
    with serving(world, *PASSING) as server:
        hourly(home, server)
    assert rows(home) == truth


def test_a_pull_fetches_lands_and_counts(home, world, truth):
    with serving(world, "http_500", "moved_row", "expired_token") as server:
        set_up(home, server, "qianchuan")
        result = pipeline.pull("qianchuan", LAST, home=home, since=FIRST)
    assert not result.refused and sum(x.rows_loaded for x in result.loads if x.dataset == "ad_reports") >= len(truth)
    assert files(home) == []


@pytest.mark.fault(35)
def test_a_pull_that_fails_loads_no_partial_day_and_says_what_to_do(home, world, waits):
    with serving(world, *["http_500"] * 40, on=REPORT) as server:
        server.faults._waiting = [(2, "http_500")] * 40  # the first page comes, the second never
        set_up(home, server, "qianchuan")
        with pytest.raises(FetchFailed, match="ad_hourly: .*gave up after 6 tries: HTTP 500. Next: "):
            pipeline.pull("qianchuan", LAST, home=home, since=FIRST)
        assert server.faults._requests > 2
    loaded = [x.file_name for x in ledger.read_loads(home) if x.status == "loaded"]
    assert not [name for name in loaded if name.startswith("ad_")] and files(home) == []
    assert [name for name in loaded if name.startswith("order_links")], (
        "the other reports are fetched and landed all the same"
    )


@pytest.mark.fault(35)
def test_an_error_code_in_a_good_answer_fails_loudly_and_drops_nothing(home, world, waits):
    with serving(world, "error_code") as server:
        with pytest.raises(FetchFailed, match="answered code 40000: 参数错误.*Next: "):
            hourly(home, server)
    assert not [p for p in files(home) if str(ADVERTISERS[0]) in p.name] and waits == []


@pytest.mark.fault(2, 37)
def test_the_report_lands_with_its_totals_checked(home, world, truth):
    with serving(world) as server:
        paths = hourly(home, server)
    loads = land(home, "qianchuan", "ad_reports")
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


@contextmanager
def fake(body, **options):
    server = _Fake(body, **options)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def asking(home, server) -> Qianchuan:
    given = Tokens(1).credentials() | {"advertiser_ids": list(ADVERTISERS), "url": server.url}
    return Qianchuan(home, given)


def report(count: int, pages: int, total: int) -> dict:
    listed = [{"ad_id": n, "stat_datetime": "2026-09-01 00:00:00"} for n in range(count)]
    return {
        "code": 0,
        "message": "OK",
        "data": {"list": listed, "page_info": {"total_page": pages, "total_number": total, "page": 1}},
    }


BROKEN = [
    (report(0, 10**9, 5), "never agreed"),
    (report(3, 2, 6), "never agreed"),
    (report(3, 1, 4), "never agreed"),
    ({"code": 0, "message": "OK", "data": {}}, "no list of rows of the documented form"),
    ({"code": 0, "message": "OK", "data": []}, "no list of rows of the documented form"),
    (
        {"code": 0, "data": {"list": [{}], "page_info": {"total_page": 1, "total_number": 1}}},
        "no list of rows of the documented form",
    ),
    ({"code": 40105, "message": "token"}, "a fresh access token was not accepted"),
    ({"message": "no code"}, "answered code none"),
    (b"<html>", "gave up after 6 tries: the answer is not JSON"),
    ([], "gave up after 6 tries: the answer is JSON but no object"),
]


@pytest.mark.fault(35, 37)
@pytest.mark.parametrize(("body", "why"), BROKEN, ids=range(len(BROKEN)))
def test_answers_that_never_come_right_end_in_a_clear_failure(home, waits, body, why):
    with fake(body) as server:
        with pytest.raises(FetchFailed, match=why):
            list(asking(home, server).each_account(PLANS["HOURLY"], (FIRST, LAST)))
        assert server.asked <= 12, "the tries are bounded"
    assert files(home) == []


@pytest.mark.fault(35)
def test_waits_grow_and_a_dead_server_is_given_up(home, waits):
    with fake({}, status=503) as server:
        with pytest.raises(FetchFailed, match="gave up after 6 tries: HTTP 503"):
            list(asking(home, server).each_account(PLANS["HOURLY"], (FIRST, LAST)))
    assert len(waits) >= 5 and waits[4] > waits[0] and max(waits) <= 60
    with pytest.raises(FetchFailed, match="ConnectError"):
        list(asking(home, server).each_account(PLANS["HOURLY"], (FIRST, LAST)))


@pytest.mark.fault(36)
@pytest.mark.parametrize("code", [40000, 40103, 40107])
def test_a_spent_refresh_token_asks_for_a_new_authorisation(home, waits, code):
    with fake({}, refresh_code=code) as server:
        with pytest.raises(FetchFailed, match="authorise the app again") as told:
            list(asking(home, server).each_account(PLANS["HOURLY"], (FIRST, LAST)))
    assert Tokens(1).refresh_token() not in str(told.value) and Tokens(1).secret not in str(told.value)


@pytest.mark.fault(36)
def test_a_refresh_token_works_once_and_the_new_pair_is_stored_before_use(home, world):
    with serving(world) as server:
        platform = server.tokens("qianchuan")
        given = platform.credentials()
        tokens = client(home, server).tokens
        first = tokens.access_token()
        stored = json.loads(tokens.path.read_text())
        assert stored["access_token"] == first
        assert stored["refresh_token"] == platform.refresh_token() != given["refresh_token"]
        assert stat.S_IMODE(tokens.path.stat().st_mode) == 0o600
        second = tokens.access_token(refused=first)
        assert second != first and platform.accepts(second) and platform.generation == 2


@pytest.mark.fault(36)
def test_workers_that_refresh_together_refresh_once(home, world):
    with serving(world) as server:
        workers = [client(home, server) for _ in range(6)]
        old = workers[0].tokens.access_token()
        server.tokens("qianchuan").expire()
        got: list[str] = []
        threads = [threading.Thread(target=lambda w=w: got.append(w.tokens.access_token(refused=old))) for w in workers]
        [t.start() for t in threads]
        [t.join() for t in threads]
        assert server.tokens("qianchuan").generation == 2 and len(got) == 6
        assert set(got) == {server.tokens("qianchuan").access_token()}


def _pull_in_a_process(home, barrier, answers) -> None:
    from ingest.connectors.credentials import read_credentials
    from ingest.connectors.qianchuan import FIELDS, HOST

    worker = Qianchuan(home, read_credentials(home, "qianchuan", FIELDS, HOST), rate=1000)
    barrier.wait(30)
    paths = list(worker.each_account(PLANS["HOURLY"], (LAST, LAST)))
    answers.put((worker.tokens.access_token(), len(paths)))


@pytest.mark.fault(36)
def test_two_processes_that_start_together_refresh_the_single_use_token_once(home, world):
    with serving(world) as server:
        set_up(home, server, "qianchuan")
        context = multiprocessing.get_context("spawn")
        barrier, answers = context.Barrier(2), context.Queue()
        processes = [context.Process(target=_pull_in_a_process, args=(home, barrier, answers)) for _ in range(2)]
        [p.start() for p in processes]
        got = [answers.get(timeout=60) for _ in processes]
        [p.join(30) for p in processes]
        assert server.tokens("qianchuan").generation == 1, "one refresh for both"
        assert got == [(server.tokens("qianchuan").access_token(), len(ADVERTISERS))] * 2


@pytest.mark.fault(40)
def test_no_secret_stands_in_an_error_or_a_log(home, world, waits, caplog):
    caplog.set_level("DEBUG")
    with serving(world, "error_code", *["http_500"] * 9) as server:
        secrets = [str(v) for k, v in set_up(home, server, "qianchuan").items() if k in ("secret", "refresh_token")]
        with pytest.raises(FetchFailed) as told:
            connectors.fetch(find_source("qianchuan"), LAST, None, home)
        secrets += [server.tokens("qianchuan").access_token(), server.tokens("qianchuan").refresh_token()]
    assert not [s for s in secrets if s in str(told.value) or s in caplog.text]


def test_a_platform_that_cannot_be_reached_is_told_as_such(home, world, waits):
    with serving(world) as server:
        set_up(home, server, "qianchuan")
    with pytest.raises(Unreachable, match="ConnectError"):
        connectors.fetch(find_source("qianchuan"), LAST, None, home)
    assert files(home) == []
