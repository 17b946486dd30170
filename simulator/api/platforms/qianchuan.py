"""千川: OAuth with a refresh token that works once, and the reports of plans, accounts, boosts, materials, rooms and orders."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from simulator.api.platform import Call, Pages, Platform, Refusal, Route
from simulator.api.report import ParameterError, ad_report
from simulator.api.reports import Row, decoded, paged, rows_of, span, whole
from simulator.exports.qianchuan_boosts import ADVERTISER, boost_items
from simulator.exports.qianchuan_links import link_items
from simulator.exports.qianchuan_materials import material_items
from simulator.exports.qianchuan_rooms import STANDARD, WHOLE_SITE, advertiser_of, live_items, uni_items
from simulator.live.accounts import ACCOUNTS
from simulator.media import ADVERTISERS

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

ROOT = "/open_api/v1.0/qianchuan"
REPORT, ACCOUNT = f"{ROOT}/report/ad/get/", f"{ROOT}/report/advertiser/get/"
BOOSTS, MATERIALS = f"{ROOT}/aweme/report/order/get/", f"{ROOT}/report/material/get/"
LINKS, CUSTOM = f"{ROOT}/report/long_transfer/order/get/", f"{ROOT}/report/custom/get/"
ROOMS, UNI = f"{ROOT}/today_live/room/get/", f"{ROOT}/report/uni_promotion/dimension_data/room/get/"
REFRESH = "/open_api/oauth2/refresh_token/"
CODES = {"parameter": 40000, "busy": 50000, "throttled": 40100, "token": 40105, "permission": 40002}
SIZES = (10, 20, 50, 100, 200)
SCOPES = ("1", "3", "7", "15", "30")
#: what a row of report/material/get says of the material itself; its figures stand in `fields`
_MATERIAL = ("advertiser_id", "material_id", "material_type", "create_time", "video_source", "related_ad_cnt", "related_creative_cnt")  # fmt: skip


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


def account(call: Call) -> dict:
    """report/advertiser/get by the day: the sums of all plans of the account."""
    call.require("parameter", "只支持按天", call.params.get("time_granularity") == "TIME_GRANULARITY_DAILY")
    try:
        plans = ad_report(call.world, call.now, call.params | {"page": "1", "page_size": "1000"})["list"]
    except ParameterError as wrong:
        raise Refusal(CODES["parameter"], str(wrong)) from None
    days: dict[str, Row] = {}
    for row in plans:
        day = days.setdefault(row["stat_datetime"], {"advertiser_id": row["advertiser_id"], "stat_datetime": row["stat_datetime"]})  # fmt: skip
        for name in ("stat_cost", "show_cnt", "click_cnt", "pay_order_count", "pay_order_amount"):
            day[name] = round(day.get(name, 0) + row.get(name, 0), 2)
    return _listed(call, [days[day] for day in sorted(days)])


def boosts(call: Call) -> dict:
    """aweme/report/order/get: boosts of one day; of a longer span it would be their sum."""
    call.require("parameter", "filtering 必填", bool(decoded(call, "filtering", dict, {})))
    first, last = span(call, call.params.get("start_date"), call.params.get("end_date"), 1)
    found = _rows(call, boost_items, first, last) if _advertiser(call) == ADVERTISER else []
    return _listed(call, [{n: v for n, v in row.items() if n != "stat_datetime"} for row in found])


def materials(call: Call) -> dict:
    """report/material/get: one row per material for the span, its figures in `fields`; asked here for a day."""
    first, last = span(call, call.params.get("start_date"), call.params.get("end_date"), 1)
    fields = decoded(call, "fields", list)
    found = _rows(call, material_items, first, last, _advertiser(call))
    shown = [
        {n: row[n] for n in _MATERIAL if n in row} | {"fields": {n: row[n] for n in fields if n in row}}
        for row in found
    ]
    return _listed(call, shown)


def links(call: Call) -> dict:
    """long_transfer/order/get: orders and the plans they are counted for, at most 90 days."""
    scope = call.params.get("optimization_time_scope")
    call.require("parameter", "optimization_time_scope 可选 1、3、7、15、30", scope in SCOPES)
    decoded(call, "filtering", dict)
    first, last = span(call, call.params.get("start_date"), call.params.get("end_date"), 90)
    return _listed(call, _rows(call, link_items, first, last, _advertiser(call)))


def rooms(call: Call) -> dict:
    """today_live/room/get: the rooms that a 抖音号 opened on a day; figures where the account promotes them by standard plans."""
    decoded(call, "fields", list)
    first, last = span(call, call.params.get("date_time"), call.params.get("date_time"), 1)
    kind = _account(call)
    if kind == STANDARD:
        return _listed(call, _rows(call, live_items, first, last))
    named = ("room_id", "room_title", "aweme_id", "aweme_name", "start_time", "end_time")
    return _listed(call, [{name: row[name] for name in named} for row in _rows(call, uni_items, first, last)])


def uni_room(call: Call) -> dict:
    """uni_promotion/dimension_data/room/get: one room by the day."""
    first, last = span(call, call.params.get("start_time"), call.params.get("end_time"), 30)
    call.require("permission", "no permission", _advertiser(call) == advertiser_of(WHOLE_SITE))
    call.require("parameter", "room_id 必填", bool(call.params.get("room_id")))
    return _listed(call, [r for r in _rows(call, uni_items, first, last) if r["room_id"] == call.params["room_id"]])


def custom(call: Call) -> dict:
    """report/custom/get: materials by any of their dimensions, every value a string, a total beside the rows."""
    first, last = span(call, call.params.get("start_time"), call.params.get("end_time"), 30)
    dimensions, metrics = decoded(call, "dimensions", list), decoded(call, "metrics", list)
    call.require("parameter", "data_topic 无效", call.params.get("data_topic", "").endswith("POST_DATA_VIDEO"))
    found = _rows(call, material_items, first, last, _advertiser(call))
    call.require("parameter", "维度不可用", not found or set(dimensions) <= set(found[0]))
    groups: dict[tuple, dict[str, float]] = {}
    for row in found:
        sums = groups.setdefault(tuple(str(row[name]) for name in dimensions), dict.fromkeys(metrics, 0.0))
        for name in metrics:
            sums[name] += row.get(name, 0)
    rows = [
        {"dimensions": dict(zip(dimensions, keys, strict=True)), "metrics": {n: f"{v:.2f}" for n, v in sums.items()}}
        for keys, sums in sorted(groups.items())
    ]
    shown, info = paged(call, rows, call.params.get("page", 1), call.params.get("page_size", 10), 1000)
    total = {name: f"{sum(sums[name] for sums in groups.values()):.2f}" for name in metrics}
    return envelope(0, "OK", {"rows": shown, "total_metrics": total, "pagination": info})


def _rows(call: Call, make: Callable, first: date, last: date, *more: Any) -> list[Row]:
    return list(rows_of(make, call.world, first, last, call.now, *more)) if first <= last else []


def _advertiser(call: Call) -> int:
    advertiser = whole(call, call.params.get("advertiser_id"), "advertiser_id")
    call.require("permission", f"advertiser_id {advertiser}: no permission", advertiser in ADVERTISERS)
    return advertiser


def _account(call: Call) -> int:
    """STANDARD or WHOLE_SITE, by the 抖音号 and the advertiser that may see it."""
    for kind in (STANDARD, WHOLE_SITE):
        if call.params.get("aweme_id") == ACCOUNTS[kind].account_id and _advertiser(call) == advertiser_of(kind):
            return kind
    raise Refusal(CODES["permission"], "no permission for this aweme_id")


def _listed(call: Call, rows: list[Row]) -> dict:
    size = whole(call, call.params.get("page_size", 10), "page_size")
    call.require("parameter", f"page_size 可选 {SIZES}", size in SIZES)
    shown, info = paged(call, rows, call.params.get("page", 1), size, max(SIZES))
    return envelope(0, "OK", {"list": shown, "page_info": info})


def credentials(server: "ApiServer") -> dict:
    """The app, its accounts, and the 抖音号 whose rooms are reported."""
    watched = [
        {"advertiser_id": advertiser_of(kind), "aweme_id": ACCOUNTS[kind].account_id, "kind": name}
        for kind, name in ((STANDARD, "standard"), (WHOLE_SITE, "uni"))
    ]
    granted = {} if server.qps else {"requests_per_second": 1000}
    return server.tokens("qianchuan").credentials() | {"advertiser_ids": list(ADVERTISERS), "rooms": watched} | granted


def _later(call: Call) -> bool:
    return call.params.get("page", "1") != "1"


PAGES = Pages("data.list", _later, total="data.page_info.total_number")
PLATFORM = Platform(
    "qianchuan",
    CODES,
    envelope,
    check,
    credentials,
    (
        Route("POST", REFRESH, refresh, open=True, limited=False),
        Route("GET", REPORT, report, PAGES),
        Route("GET", ACCOUNT, account, PAGES),
        Route("GET", BOOSTS, boosts, PAGES),
        Route("GET", MATERIALS, materials, PAGES),
        Route("GET", LINKS, links, PAGES),
        Route("GET", ROOMS, rooms, PAGES),
        Route("GET", UNI, uni_room, PAGES),
        Route("GET", CUSTOM, custom, Pages("data.rows", _later, total="data.pagination.total_number")),
    ),
)
