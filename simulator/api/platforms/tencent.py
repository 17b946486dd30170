"""腾讯广告: a token, a clock and a nonce in the query; hourly reports of one day, daily reports; money in fen."""

import time
from typing import TYPE_CHECKING, Any

from simulator.api.platform import Call, Pages, Platform, Route
from simulator.api.reports import decoded, paged, rows_of, span, whole
from simulator.exports.tencent import LEVEL, TIME_LINES, report_items
from simulator.media import TENCENT_ACCOUNTS

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

REFRESH, HOURLY, DAILY = "/oauth/token", "/v3.0/hourly_reports/get", "/v3.0/daily_reports/get"
#: only the token's codes are confirmed
CODES = {"parameter": 18001, "busy": 10001, "throttled": 11011, "token": 11012, "nonce": 10002, "refresh": 11017}
CLOCK_SECONDS = 300
MOST_ROWS = 2000


def envelope(code: int, message: str, data: Any = None) -> dict:
    """The platform's answer; HTTP 200 for errors too."""
    return {"code": code, "message": message, "message_cn": message, "data": data if data is not None else {}}


def check_stamp(call: Call) -> None:
    """Raises unless the clock is right and the nonce new."""
    stamp, nonce = call.params.get("timestamp", ""), call.params.get("nonce", "")
    call.require("nonce", "timestamp 超出 300 秒", stamp.isdigit() and abs(int(stamp) - time.time()) <= CLOCK_SECONDS)
    seen = call.server.memory.setdefault("tencent nonces", set())
    call.require("nonce", "nonce 重复或过长", 0 < len(nonce) <= 32 and nonce not in seen)
    seen.add(nonce)


def check(call: Call) -> None:
    """Clock and nonce, then the token in the query."""
    check_stamp(call)
    call.require("token", "access_token 过期", call.tokens.accepts(call.params.get("access_token")))


def refresh(call: Call) -> dict:
    """oauth/token with a refresh token, which dies with it."""
    check_stamp(call)
    app = {"app_id": call.params.get("client_id"), "secret": call.params.get("client_secret")}
    pair = call.tokens.refresh(call.params | app)
    call.require("refresh", "refresh_token 已失效", pair is not None)
    life = {f"{name}_expires_in": pair[source] for name, source in (("access_token", "expires_in"), ("refresh_token", "refresh_token_expires_in"))}  # fmt: skip
    return envelope(0, "", {name: pair[name] for name in ("access_token", "refresh_token")} | life)


def hourly(call: Call) -> dict:
    """hourly_reports/get: one day a request."""
    return _report(call, 1, by_hour=True)


def daily(call: Call) -> dict:
    """daily_reports/get."""
    return _report(call, 365, by_hour=False)


def _report(call: Call, most: int, *, by_hour: bool) -> dict:
    account = whole(call, call.params.get("account_id"), "account_id")
    call.require("parameter", "account_id 无权限", account in TENCENT_ACCOUNTS)
    call.require("parameter", f"level 只支持 {LEVEL}", call.params.get("level") == LEVEL)
    line = call.params.get("time_line", "REQUEST_TIME")
    call.require("parameter", "time_line 无效", line in TIME_LINES)
    grouped = {"date", "adgroup_id"} | ({"hour"} if by_hour else set())
    call.require("parameter", f"group_by 应为 {sorted(grouped)}", set(decoded(call, "group_by", list)) == grouped)
    fields, days = decoded(call, "fields", list), decoded(call, "date_range", dict)
    first, last = span(call, days.get("start_date"), days.get("end_date"), most)
    found = rows_of(report_items, call.world, first, last, call.now, line, by_hour) if first <= last else ()
    rows = [{name: row[name] for name in fields if name in row} for row in found]
    shown, info = paged(call, rows, call.params.get("page", 1), call.params.get("page_size", 10), MOST_ROWS)
    return envelope(0, "", {"list": shown, "page_info": info})


def credentials(server: "ApiServer") -> dict:
    """The app and its accounts."""
    app = server.tokens("tencent").credentials()
    named = {"client_id": app["app_id"], "client_secret": app["secret"], "refresh_token": app["refresh_token"]}
    return named | {"account_ids": list(TENCENT_ACCOUNTS)}


PAGES = Pages("data.list", lambda call: call.params.get("page", "1") != "1", total="data.page_info.total_number")
PLATFORM = Platform(
    "tencent",
    CODES,
    envelope,
    check,
    credentials,
    (
        Route("GET", REFRESH, refresh, open=True, limited=False),
        Route("GET", HOURLY, hourly, PAGES),
        Route("GET", DAILY, daily, PAGES),
    ),
)
