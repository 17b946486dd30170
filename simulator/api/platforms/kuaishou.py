"""磁力 (快手): account_report by POST, at most a week, of the last seven days; a refresh token that works once."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simulator.api.platform import Call, Pages, Platform, Route
from simulator.api.reports import paged, rows_of, span, whole
from simulator.exports.kuaishou_ads import report_items
from simulator.media import KUAISHOU_ADVERTISERS

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

REPORT = "/rest/openapi/v1/report/account_report"
REFRESH = "/rest/openapi/oauth2/authorize/refresh_token"
#: of these only the token's is seen anywhere
CODES = {"parameter": 400001, "busy": 500001, "throttled": 400003, "token": 402005}
WEEK = 7
MOST_ROWS = 2000
GRANULARITIES = ("DAILY", "HOURLY")


def envelope(code: int, message: str, data: Any = None) -> dict:
    """The platform's answer; HTTP 200 for errors too."""
    return {"code": code, "message": message, "request_id": "0", "data": data if data is not None else {}}


def check(call: Call) -> None:
    """The access token stands in a header."""
    call.require("token", "token 错误", call.tokens.accepts(call.headers.get("Access-Token")))


def refresh(call: Call) -> dict:
    """A new pair; the old one is dead."""
    pair = call.tokens.refresh({"grant_type": "refresh_token"} | (call.json or {}))
    call.require("parameter", "refresh_token 无效", pair is not None)
    life = {"access_token_expires_in": pair["expires_in"], "refresh_token_expires_in": pair["refresh_token_expires_in"]}
    return envelope(0, "OK", {name: pair[name] for name in ("access_token", "refresh_token")} | life)


def report(call: Call) -> dict:
    """account_report: the account by the day or by the hour."""
    asked = call.json if isinstance(call.json, dict) else {}
    advertiser = whole(call, asked.get("advertiser_id"), "advertiser_id")
    call.require("parameter", "advertiser_id 无权限", advertiser in KUAISHOU_ADVERTISERS)
    granularity = asked.get("temporal_granularity", "DAILY")
    call.require("parameter", "temporal_granularity 无效", granularity in GRANULARITIES)
    first, last = span(call, asked.get("start_date"), asked.get("end_date"), WEEK)
    oldest = call.as_of - timedelta(days=WEEK - 1)
    call.require("parameter", "只支持最近 7 天", str(asked["start_date"]) >= f"{oldest}")
    by_hour = granularity == "HOURLY"
    found = rows_of(report_items, call.world, first, last, call.now, by_hour) if first <= last else ()
    shown, info = paged(call, list(found), asked.get("page", 1), asked.get("page_size", 20), MOST_ROWS)
    return envelope(0, "OK", {"total_count": info["total_number"], "details": shown})


def credentials(server: "ApiServer") -> dict:
    """The app and its accounts."""
    return server.tokens("kuaishou").credentials() | {"advertiser_ids": list(KUAISHOU_ADVERTISERS)}


PLATFORM = Platform(
    "kuaishou",
    CODES,
    envelope,
    check,
    credentials,
    (
        Route("POST", REFRESH, refresh, open=True, limited=False),
        Route("POST", REPORT, report, Pages("data.details", lambda c: (c.json or {}).get("page", 1) != 1, total="data.total_count")),
    ),
)  # fmt: skip
