"""The HTTP server: routes, envelope, token and rate checks, faults, and the world's own clock in every answer."""

import hashlib
import json
import time
from datetime import UTC, date, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from simulator.api.faults import FaultPlan
from simulator.api.oauth import Tokens
from simulator.api.rate import RateLimit
from simulator.api.report import ParameterError, ad_report
from simulator.days import BEIJING_OFFSET, export_moment
from simulator.world import World

REPORT = "/open_api/v1.0/qianchuan/report/ad/get/"
REFRESH = "/open_api/oauth2/refresh_token/"
OK, BAD_PARAMETER, TOO_FAST, BAD_TOKEN = 0, 40000, 40100, 40105
QPS = 3
LONGEST_BODY = 64 * 1024
MAINTENANCE = "<!DOCTYPE html><html><body>系统维护中</body></html>"


class QianchuanServer(ThreadingHTTPServer):
    """千川 on 127.0.0.1, answering for the world as known at 02:00 on the day after `as_of`.

    `as_of` may be set while it runs. Use `.url`; run `serve_forever()` in a thread or a process, then `shutdown()`.
    """

    daemon_threads = True

    def __init__(
        self,
        world: World,
        as_of: date,
        tokens: Tokens,
        port: int = 0,
        faults: FaultPlan | None = None,
        qps: int = QPS,
        slow_seconds: float = 3.0,
    ) -> None:
        self.world, self.as_of, self.tokens = world, as_of, tokens
        self.faults = faults or FaultPlan()
        self.rate = RateLimit(qps)
        self.slow_seconds = slow_seconds
        self.requests = 0
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def now(self) -> int:
        """The world's clock, wall seconds."""
        return export_moment(self.as_of)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "fupan-simulator"
    sys_version = ""
    server: QianchuanServer

    def do_GET(self) -> None:
        """The report interface."""
        address = urlsplit(self.path)
        if address.path != REPORT:
            self._error_page(404, "no such interface")
            return
        params = dict(parse_qsl(address.query, keep_blank_values=True))
        page = int(params["page"]) if params.get("page", "").isdigit() else 1
        fault = self.server.faults.strike(page)
        if fault and self._answered_by(fault):
            return
        if not self.server.tokens.accepts(self.headers.get("Access-Token")):
            self._envelope(BAD_TOKEN, "access_token 已失效")
        elif not self.server.rate.allows():
            self._envelope(TOO_FAST, "请求过于频繁")
        else:
            self._report(params, fault)

    def do_POST(self) -> None:
        """The token interface."""
        length = int(self.headers.get("Content-Length") or 0)
        if urlsplit(self.path).path != REFRESH or length > LONGEST_BODY:
            self.close_connection = True
            self._error_page(404, "no such interface")
            return
        try:
            body = json.loads(self.rfile.read(length))
        except ValueError:
            body = None
        pair = self.server.tokens.refresh(body) if isinstance(body, dict) else None
        if pair is None:
            self._envelope(BAD_PARAMETER, "refresh_token 无效或已使用")
        else:
            self._envelope(OK, "OK", pair)

    def _report(self, params: dict[str, str], fault: str | None) -> None:
        try:
            data = ad_report(self.server.world, self.server.now, params)
            if fault == "empty_page":
                data["list"] = []
            elif fault == "page_drift":
                before = ad_report(self.server.world, self.server.now, params | {"page": str(int(params["page"]) - 1)})
                data["list"] = before["list"][-1:] + data["list"][:-1]
                data["page_info"]["total_number"] += 1
        except ParameterError as wrong:
            self._envelope(BAD_PARAMETER, str(wrong))
        else:
            self._envelope(OK, "OK", data)

    def _answered_by(self, fault: str) -> bool:
        """Lets the fault strike; True when it was the whole answer."""
        if fault == "http_429":
            self._error_page(429, "Too Many Requests", {"Retry-After": "1"})
        elif fault == "http_500":
            self._error_page(500, "Internal Server Error")
        elif fault == "html":
            self._send(200, MAINTENANCE.encode(), "text/html; charset=utf-8")
        elif fault == "code_40000":
            self._envelope(BAD_PARAMETER, "参数错误")
        else:
            if fault == "slow":
                time.sleep(self.server.slow_seconds)
            elif fault == "expired_token":
                self.server.tokens.expire()
            return False
        return True

    def _envelope(self, code: int, message: str, data: dict | None = None) -> None:
        """An answer in the platform's envelope; HTTP 200 for errors too."""
        self.server.requests += 1
        request_id = hashlib.md5(f"{self.server.requests}".encode(), usedforsecurity=False).hexdigest()
        body = {"code": code, "message": message, "request_id": request_id, "data": data or {}}
        self._send(200, json.dumps(body, ensure_ascii=False).encode(), "application/json; charset=utf-8")

    def _error_page(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        self._send(status, text.encode(), "text/plain; charset=utf-8", headers)

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header: the world's clock, never the machine's."""
        return format_datetime(datetime.fromtimestamp(self.server.now - BEIJING_OFFSET, UTC), usegmt=True)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: a request line may carry what does not belong in a log."""
