"""千川: OAuth with a refresh token that works once, and the ad reports."""

from typing import Any

from simulator.api.platform import Call, Pages, Platform, Refusal, Route
from simulator.api.report import ParameterError, ad_report
from simulator.media import ADVERTISERS

REPORT = "/open_api/v1.0/qianchuan/report/ad/get/"
REFRESH = "/open_api/oauth2/refresh_token/"
CODES = {"parameter": 40000, "busy": 50000, "throttled": 40100, "token": 40105}


def envelope(code: int, message: str, data: Any = None) -> dict:
    """The platform's answer; HTTP 200 for errors too."""
    return {"code": code, "message": message, "request_id": "0" * 32, "data": data if data is not None else {}}


def check(call: Call) -> None:
    """The access token stands in a header."""
    call.require("token", "access_token 已失效", call.tokens.accepts(call.headers.get("Access-Token")))


def refresh(call: Call) -> dict:
    """A new pair for a good refresh request."""
    pair = call.tokens.refresh(call.json) if isinstance(call.json, dict) else None
    call.require("parameter", "refresh_token 无效或已使用", pair is not None)
    return envelope(0, "OK", pair)


def report(call: Call) -> dict:
    """report/ad/get."""
    try:
        return envelope(0, "OK", ad_report(call.world, call.now, call.params))
    except ParameterError as wrong:
        raise Refusal(CODES["parameter"], str(wrong)) from None


PAGES = Pages("data.list", lambda call: call.params.get("page", "1") != "1", total="data.page_info.total_number")
PLATFORM = Platform(
    "qianchuan",
    CODES,
    envelope,
    check,
    lambda server: server.tokens("qianchuan").credentials() | {"advertiser_ids": list(ADVERTISERS)},
    (Route("POST", REFRESH, refresh, open=True, limited=False), Route("GET", REPORT, report, PAGES)),
)
