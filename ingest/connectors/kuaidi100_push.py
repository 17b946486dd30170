"""快递100 推送: takes the callbacks of a subscription and drops each, whole, as a file into inbox/kuaidi100/tracks.

python -m ingest.connectors.kuaidi100_push --port 8100 [--host 127.0.0.1] [--home DIR]

A callback is a form with `param` (JSON) and, where the subscription has a salt, `sign` = MD5(param + salt). The salt stands
as `salt` in state/credentials/kuaidi100.json; where there is one, a callback without the right sign is turned away. It
listens on the loopback address unless told otherwise: put a reverse proxy with TLS before it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import hmac
import json
import logging
import signal
import sys
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import BoundedSemaphore, Thread
from typing import Any
from urllib.parse import parse_qs

from ingest.clock import beijing_now
from ingest.connectors.credentials import read_credentials
from ingest.connectors.kuaidi100 import HOST
from ingest.home import fupan_home, inbox, replacing

LONGEST_BODY = 1024 * 1024
MOST_AT_ONCE = 32
_PATIENCE_SECONDS = 20.0
_LOG = logging.getLogger("fupan")
_TAKEN = {"result": True, "returnCode": "200", "message": "成功"}


class TurnedAway(Exception):
    """A callback that is not taken; the text says why and holds nothing of the callback."""


def taken(body: bytes, salt: str) -> dict[str, Any]:
    """The `param` object of a callback's form. Raises TurnedAway: no param, wrong sign, not JSON, no waybill number in it."""
    try:
        form = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20)
    except (UnicodeDecodeError, ValueError):
        raise TurnedAway("the body is not a UTF-8 form") from None
    text = form.get("param", [""])[0]
    if not text:
        raise TurnedAway("no field param")
    if salt:
        given, due = form.get("sign", [""])[0], hashlib.md5((text + salt).encode(), usedforsecurity=False).hexdigest()
        if not hmac.compare_digest(given.lower().encode(), due.encode()):
            raise TurnedAway("sign does not match the salt")
    try:
        param = json.loads(text)
    except (ValueError, RecursionError):
        raise TurnedAway("param is not JSON") from None
    result = param.get("lastResult") if isinstance(param, dict) else None
    if not isinstance(result, dict) or not result.get("nu"):
        raise TurnedAway("param holds no lastResult with a waybill number (nu)")
    return param


def drop(home: Path, param: dict[str, Any], arrived: dt.datetime) -> Path:
    """Write one callback into the inbox under a name of its arrival (Beijing) and its content; returns the path.

    The same callback of the same second is the same file, so that a repeated push makes no second one.
    """
    line = json.dumps({"param": param}, ensure_ascii=False, separators=(",", ":")) + "\n"
    name = f"push_{arrived:%Y%m%d%H%M%S}_{hashlib.sha256(line.encode()).hexdigest()[:16]}.json"
    path = inbox(home, "kuaidi100", "tracks") / name
    with replacing(path) as temporary:
        temporary.write_text(line, encoding="utf-8")
    return path


class PushServer(ThreadingHTTPServer):
    """The receiver for one home; `url` is its address. Run serve_forever() in a thread or process, then shutdown()."""

    daemon_threads = False  # a callback under way is finished before the process ends
    block_on_close = True

    def __init__(self, home: Path, host: str = "127.0.0.1", port: int = 0, salt: str = "") -> None:
        self.home, self.salt = home, salt
        self.places = BoundedSemaphore(MOST_AT_ONCE)
        super().__init__((host, port), _Handler)

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"http://{self.server_address[0]}:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server_version = "fupan"
    sys_version = ""
    timeout = _PATIENCE_SECONDS  # seconds for each read: a caller that stands still loses its place
    server: PushServer

    def do_POST(self) -> None:
        """One callback, on any path. What is not taken is answered with result false, upon which the platform sends it again."""
        if not self.server.places.acquire(blocking=False):
            self._answer(503, "too many callbacks at once")
            return
        try:
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > LONGEST_BODY:
                self._answer(413, f"a body of at most {LONGEST_BODY} bytes with its Content-Length is taken")
                return
            body = self.rfile.read(int(length))
            if len(body) < int(length):
                self._answer(400, "the body is cut short")
                return
            param = taken(body, self.server.salt)
            drop(self.server.home, param, beijing_now())
        except TurnedAway as why:
            _LOG.warning("快递100 push turned away: %s", why)
            self._answer(200, str(why))
        except OSError as problem:
            _LOG.error("快递100 push could not be stored: %s", type(problem).__name__)
            self._answer(500, "not stored")
        else:
            self._send(200, _TAKEN)
        finally:
            self.server.places.release()

    def _answer(self, status: int, why: str) -> None:
        self.close_connection = True
        self._send(status, {"result": False, "returnCode": "500", "message": why})

    def _send(self, status: int, answer: dict[str, Any]) -> None:
        body = json.dumps(answer, ensure_ascii=False).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            _LOG.warning("快递100 push: the caller has left before the answer")

    def log_message(self, format: str, *args: object) -> None:
        """Silent: a request line may carry what does not belong in a log."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; prints the address as one JSON line."""
    parser = argparse.ArgumentParser(
        prog="python -m ingest.connectors.kuaidi100_push", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--port", type=int, default=8100, help="0 takes a free one")
    parser.add_argument(
        "--host", default="127.0.0.1", help="the loopback address unless a proxy stands on another machine"
    )
    parser.add_argument("--home", type=Path, default=None, help="default: FUPAN_HOME, else var/")
    chosen = parser.parse_args(arguments)
    home = fupan_home(chosen.home)
    given = read_credentials(home, "kuaidi100", (), HOST) or {}
    salt = str(given.get("salt") or "")
    server = PushServer(home, chosen.host, chosen.port, salt)
    if not salt:
        sys.stderr.write(
            "no salt in state/credentials/kuaidi100.json: callbacks are not checked. "
            "Next: subscribe with a salt and put it there\n"
        )
    sys.stdout.write(json.dumps({"url": server.url}) + "\n")
    sys.stdout.flush()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.2)
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
