"""快递100 push: the receiver as a process, its sign, its limits, what it answers and what it drops; and that it lands."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from api_serving import land, waiting

from ingest.connectors import kuaidi100_push
from ingest.connectors.kuaidi100_push import LONGEST_BODY, PushServer, drop
from ingest.errors import FetchFailed

ROOT = Path(__file__).parents[3]
SALT = "made-up-salt"
PHONE = "13800138000"


def callback(number: str = "YT3000000000011", state: str = "5", status: str = "polling") -> dict:
    event = {
        "time": "2026-09-05 10:00:00", "ftime": "2026-09-05 10:00:00", "status": "派件", "statusCode": "5",
        "context": f"【杭州市】快件正在派送中，快递员：王强，电话：{PHONE}",
    }  # fmt: skip
    last = {
        "message": "ok",
        "nu": number,
        "ischeck": "0",
        "com": "yuantong",
        "status": "200",
        "state": state,
        "data": [event],
    }
    return {"status": status, "billstatus": "", "message": "", "comOld": "", "comNew": "", "lastResult": last}


def form(param: dict | str, salt: str | None = SALT, **changes) -> dict:
    text = param if isinstance(param, str) else json.dumps(param, ensure_ascii=False)
    sign = {} if salt is None else {"sign": hashlib.md5((text + salt).encode()).hexdigest().upper()}
    return {"param": text} | sign | changes


@contextmanager
def receiving(home, salt: str = SALT):
    server = PushServer(home, salt=salt)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        with httpx.Client(base_url=server.url, trust_env=False) as http:
            yield server, http
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def dropped(home) -> list[Path]:
    return waiting(home, "kuaidi100", "tracks")


def test_a_callback_is_answered_dropped_and_lands(home):
    with receiving(home) as (_, http):
        answer = http.post("/kuaidi100", data=form(callback()))
    assert answer.status_code == 200 and answer.json() == {"result": True, "returnCode": "200", "message": "成功"}
    [path] = dropped(home)
    assert path.name.startswith("push_20") and json.loads(path.read_text())["param"] == callback()
    [load] = land(home, "kuaidi100", "tracks")
    assert (load.status, load.rows_loaded, load.rows_quarantined) == ("loaded", 1, 0)
    assert load.exported_at.strftime("%Y%m%d%H%M%S") in path.name
    raw = (home / "raw" / "kuaidi100" / "tracks" / f"{load.load_id}.parquet").read_bytes()
    assert PHONE.encode() not in raw


def test_what_has_come_to_its_end_lands_too(home):
    abort = callback(status="abort") | {"message": "3天查询无记录"}
    abort["lastResult"] |= {"data": [], "state": "0"}
    with receiving(home) as (_, http):
        assert http.post("/", data=form(abort)).json()["result"] is True
        assert http.post("/", data=form(callback("YT3000000000012", "3", "shutdown"))).json()["result"] is True
    assert {x.status for x in land(home, "kuaidi100", "tracks")} == {"loaded"}


def test_the_same_callback_again_makes_no_second_file_of_the_same_second(home):
    paths = {drop(home, callback(), dt.datetime(2026, 9, 5, 10, 0, 0, moment)) for moment in (0, 1, 999)}
    assert dropped(home) == sorted(paths) and len(paths) == 1
    drop(home, callback(state="3"), dt.datetime(2026, 9, 5, 10))
    drop(home, callback(), dt.datetime(2026, 9, 5, 10, 0, 1))
    assert len(dropped(home)) == 3


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (form(callback(), salt="other"), "sign does not match"),
        (form(callback(), salt=None), "sign does not match"),
        (form(callback(), sign=""), "sign does not match"),
        (form("no json"), "not JSON"),
        (form("[" * 100_000), "not JSON"),
        (form("[]"), "no lastResult"),
        (form({"lastResult": {"com": "yuantong"}}), "no lastResult with a waybill number"),
        ({"other": "x"}, "no field param"),
        ({f"f{n}": "x" for n in range(30)}, "not a UTF-8 form"),
    ],
)
def test_what_is_no_callback_is_turned_away(home, sent, why, caplog):
    with receiving(home) as (_, http):
        answer = http.post("/", data=sent)
    assert answer.json()["result"] is False and why in answer.json()["message"] and why in caplog.text
    assert dropped(home) == [] and SALT not in caplog.text and PHONE not in caplog.text + answer.text


def test_without_a_salt_callbacks_are_taken_unchecked(home):
    with receiving(home, salt="") as (_, http):
        assert http.post("/", data=form(callback(), salt=None)).json()["result"] is True
    assert len(dropped(home)) == 1


def test_bodies_are_limited_and_have_to_come_whole(home):
    with receiving(home) as (server, http):
        assert http.post("/", content=b"param=" + b"x" * LONGEST_BODY).status_code == 413
        assert http.post("/", content=iter([b"param=", b"x"])).status_code == 413, "no Content-Length"
        assert http.get("/").status_code == 501
        with socket.create_connection(server.server_address) as half:
            half.sendall(b"POST / HTTP/1.0\r\nContent-Length: 100\r\n\r\nparam=")
            half.shutdown(socket.SHUT_WR)
            assert b"cut short" in half.makefile("rb").read()
        assert http.post("/", data=form(callback())).json()["result"] is True
    assert len(dropped(home)) == 1


def test_a_disk_that_does_not_take_it_is_no_success(home, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kuaidi100_push, "drop", full)
    with receiving(home) as (_, http):
        answer = http.post("/", data=form(callback()))
    assert answer.status_code == 500 and answer.json()["result"] is False


def test_many_at_once_are_all_kept(home):
    with receiving(home) as (server, _):
        answers = []

        def send(first: int) -> None:
            with httpx.Client(base_url=server.url, trust_env=False) as http:
                for n in range(first, first + 10):
                    answers.append(http.post("/", data=form(callback(f"YT30000{n:08d}"))).json()["result"])

        threads = [threading.Thread(target=send, args=(n * 10,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [True] * 80 and len(dropped(home)) == 80
    assert not any(p.name.startswith(".") for p in dropped(home))


@pytest.mark.parametrize("salt", [SALT, ""])
def test_the_process_listens_on_loopback_and_ends_on_sigterm(home, salt):
    path = home / "state" / "credentials" / "kuaidi100.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"salt": salt}))
    path.chmod(0o600)
    command = [sys.executable, "-m", "ingest.connectors.kuaidi100_push", "--port", "0", "--home", str(home)]
    running = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    try:
        url = json.loads(running.stdout.readline())["url"]
        assert url.startswith("http://127.0.0.1:")
        with httpx.Client(base_url=url, trust_env=False) as http:
            assert http.post("/", data=form(callback(), salt or None)).json()["result"] is True
            assert http.post("/", data=form(callback("YT1"), "wrong")).json()["result"] is (not salt)
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
        told = running.stderr.read()
        assert ("callbacks are not checked" in told) is (not salt) and "Traceback" not in told
    finally:
        running.kill()
        running.communicate()
    assert len(dropped(home)) == (1 if salt else 2)


def test_credentials_that_others_can_read_are_refused(home):
    path = home / "state" / "credentials" / "kuaidi100.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"salt": SALT}))
    path.chmod(0o644)
    with pytest.raises(FetchFailed, match="can be read by others"):
        kuaidi100_push.main(["--port", "0", "--home", str(home)])
