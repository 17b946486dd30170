"""The HTTP server of all platforms: routes, tokens, rate limits, faults, and the world's own clock in every answer."""

import json
import socket
import struct
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import UTC, date, datetime
from email.utils import format_datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from simulator.api.faults import PAGE_FAULTS, FaultPlan
from simulator.api.oauth import Tokens
from simulator.api.platform import Call, Platform, Refusal, Route, at, spoiled
from simulator.api.platforms import load_platforms
from simulator.api.rate import RateLimit
from simulator.days import BEIJING_OFFSET, export_moment
from simulator.world import World

QPS = 3
LONGEST_BODY = 1024 * 1024
MAINTENANCE = "<!DOCTYPE html><html><body>系统维护中</body></html>"
_REMEMBERED = 10_000


class ApiServer(ThreadingHTTPServer):
    """The platforms on 127.0.0.1, answering for the world as known at 02:00 on the day after `as_of`.

    `as_of` may be set while it runs. Use `.url`; run `serve_forever()` in a thread or a process, then `shutdown()`.
    state_folder keeps the tokens alive over restarts; qps is the limit of each interface (0 = none); `asked` remembers the
    path and the parameters of every request for data; `memory` is for what a platform has to remember; platforms are all that there are, unless others are given.
    """

    daemon_threads = True

    def __init__(
        self,
        world: World,
        as_of: date,
        port: int = 0,
        *,
        faults: FaultPlan | None = None,
        qps: int = QPS,
        slow_seconds: float = 3.0,
        state_folder: Path | None = None,
        platforms: Mapping[str, Platform] | None = None,
    ) -> None:
        self.world, self.as_of = world, as_of
        self.faults = faults or FaultPlan()
        self.slow_seconds, self.state_folder = slow_seconds, state_folder
        self.platforms: dict[str, Platform] = dict(platforms or load_platforms())
        self.routes: dict[tuple[str, str], tuple[Platform, Route]] = {
            (route.method, route.path): (platform, route)
            for platform in self.platforms.values()
            for route in platform.routes
        }
        self.qps = qps
        self.rates: defaultdict[str, RateLimit] = defaultdict(partial(RateLimit, qps))
        self.pages_before: dict[str, list] = {}
        self.memory: dict[str, Any] = {}
        self.asked: deque[tuple[str, dict[str, Any]]] = deque(maxlen=_REMEMBERED)
        self._tokens: dict[str, Tokens] = {}
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def now(self) -> int:
        """The world's clock, wall seconds."""
        return export_moment(self.as_of)

    def tokens(self, name: str) -> Tokens:
        """The tokens of one platform."""
        if name not in self._tokens:
            state = self.state_folder / f"{name}.json" if self.state_folder else None
            self._tokens[name] = Tokens(self.world.seed, state, name)
        return self._tokens[name]

    def credentials(self, name: str) -> dict:
        """What the user of a platform's API is given, with the address."""
        return self.platforms[name].credentials(self) | {"url": self.url}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "fupan-simulator"
    sys_version = ""
    disable_nagle_algorithm = True  # headers and body are two writes; waiting for the other side would cost 40 ms each
    server: ApiServer

    def do_GET(self) -> None:
        """Any interface that is asked with a query."""
        self._answer("GET", "")

    def do_POST(self) -> None:
        """Any interface that is asked with a body."""
        length = int(self.headers.get("Content-Length") or 0)
        if length > LONGEST_BODY:
            self.close_connection = True
            self._page(413, "too long")
            return
        self._answer("POST", self.rfile.read(length).decode("utf-8", "replace"))

    def _answer(self, method: str, text: str) -> None:
        address = urlsplit(self.path)
        platform, route = self.server.routes.get((method, address.path), (None, None))
        if platform is None:
            self._page(404, "no such interface")
            return
        call = self._call(platform, method, address.path, address.query, text)
        fault = None
        if route.pages:
            self.server.asked.append((route.name(call), _asked(call)))
            fault = self.server.faults.strike(route.name(call), route.pages.later(call))
            if fault and self._is_answered_by(fault, platform):
                return
        try:
            body = self._body(call, route, fault if fault in PAGE_FAULTS else None)
        except Refusal as refusal:
            body = platform.refuse(refusal.code, refusal.message)
        self._json(body, cut=fault == "cut")

    def _call(self, platform: Platform, method: str, path: str, query: str, text: str) -> Call:
        fields = dict(parse_qsl(text, keep_blank_values=True)) if "form" in self.headers.get("Content-Type", "") else {}
        try:
            parsed = json.loads(text) if text and not fields else None
        except ValueError:
            parsed = None
        params = dict(parse_qsl(query, keep_blank_values=True))
        return Call(self.server, platform, method, path, params, self.headers, text, parsed, fields)

    def _body(self, call: Call, route: Route, fault: str | None) -> dict:
        if not route.open:
            call.platform.check(call)
        if route.limited and not self.server.rates[route.name(call)].allows():
            raise Refusal(call.platform.codes["throttled"], "请求过于频繁")
        body = route.answer(call)
        if route.pages:
            before = self.server.pages_before.get(route.name(call), [])
            cursor = route.pages.cursor and _asked(call).get(route.pages.cursor[1])
            self.server.pages_before[route.name(call)] = at(body, route.pages.place(body))
            body = spoiled(body, route.pages, fault, before, cursor)
        return body

    def _is_answered_by(self, fault: str, platform: Platform) -> bool:
        """Lets a fault strike; True when it was the whole answer."""
        if fault == "http_429":
            self._page(429, "Too Many Requests", {"Retry-After": "1"})
        elif fault == "http_500":
            self._page(500, "Internal Server Error")
        elif fault == "html":
            self._send(200, MAINTENANCE.encode(), "text/html; charset=utf-8")
        elif fault == "error_code":
            self._json(platform.refuse(platform.codes["parameter"], "参数错误"))
        elif fault == "busy_code":
            self._json(platform.refuse(platform.codes["busy"], "系统繁忙"))
        elif fault == "reset":
            # with a linger of nothing, closing sends a reset instead of a goodbye
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
        else:
            if fault == "slow":
                time.sleep(self.server.slow_seconds)
            elif fault == "expired_token":
                self.server.tokens(platform.name).expire()
            return False
        return True

    def _json(self, body: dict, *, cut: bool = False) -> None:
        """An answer in the platform's envelope; HTTP 200 for errors too. `cut`: it breaks off half way."""
        data = json.dumps(body, ensure_ascii=False).encode()
        self._send(200, data, "application/json; charset=utf-8", sent=len(data) // 2 if cut else None)

    def _page(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        self._send(status, text.encode(), "text/plain; charset=utf-8", headers)

    def _send(
        self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None, sent: int | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:sent])
        self.close_connection = self.close_connection or sent is not None

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header: the world's clock, never the machine's."""
        return format_datetime(datetime.fromtimestamp(self.server.now - BEIJING_OFFSET, UTC), usegmt=True)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: a request line may carry what does not belong in a log."""


def _asked(call: Call) -> dict[str, Any]:
    """What was asked, wherever it stood: in the query, a form or a JSON body."""
    return call.params | call.form | (call.json if isinstance(call.json, dict) else {})
