"""抖店: signed requests, tokens for the shop's own app or by refresh, orders and after-sales cases by their last change."""

import hashlib
import hmac
import json
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from simulator import names
from simulator.api.platform import Call, Pages, Platform, Route
from simulator.api.platforms.exported import Item, documents, page_of
from simulator.world import World

if TYPE_CHECKING:
    from datetime import date

    from simulator.api.server import ApiServer

ORDERS, CASES = "/order/searchList", "/afterSale/List"
#: 40004, 40001 and 20001 are not confirmed by any source
CODES = {"parameter": 40004, "busy": 20000, "throttled": 60000, "token": 40003, "sign": 40001, "refresh": 50001}
GOOD = 10000
CLOCK_SECONDS = 600
MOST = 100


def refuse(code: int, message: str) -> dict:
    """An error answer; HTTP 200 all the same."""
    return {"code": code, "msg": "error", "sub_code": f"isv.{code}", "sub_msg": message, "data": None}


def good(data: Any) -> dict:
    """A good answer."""
    return {"code": GOOD, "msg": "success", "sub_code": "", "sub_msg": "", "data": data}


def check_sign(call: Call) -> None:
    """Raises unless key, clock (10 minutes) and sign are good; the sign covers the body as it came."""
    app = call.tokens
    given = {name: call.params.get(name, "") for name in ("app_key", "method", "timestamp", "v")}
    signed = given | {"param_json": call.text}
    text = app.secret + "".join(name + signed[name] for name in sorted(signed)) + app.secret
    due = hmac.new(app.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    if call.params.get("sign_method", "md5") == "md5":
        due = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    call.require("sign", "app_key 不存在", given["app_key"] == app.app_id)
    stamp = given["timestamp"]
    call.require("sign", "timestamp 超时", stamp.isdigit() and abs(int(stamp) - time.time()) <= CLOCK_SECONDS)
    same = hmac.compare_digest(due.encode(), call.params.get("sign", "").encode())
    call.require("sign", "签名校验失败", same and given["v"] == "2")
    call.require("sign", "method 与地址不符", given["method"] == call.path.strip("/").replace("/", "."))


def check(call: Call) -> None:
    """Sign first, then the access token in the query."""
    check_sign(call)
    call.require("token", "access_token 已过期", call.tokens.accepts(call.params.get("access_token")))


def create(call: Call) -> dict:
    """token/create for the shop's own app."""
    check_sign(call)
    asked = call.json or {}
    own = asked.get("grant_type") == "authorization_self" and str(asked.get("shop_id")) == str(names.SHOP_ID)
    call.require("refresh", "授权失败", own)
    return good(_pair(call.tokens.grant()))


def refresh(call: Call) -> dict:
    """token/refresh: the refresh token works once."""
    check_sign(call)
    app = {"app_id": call.tokens.app_id, "secret": call.tokens.secret}
    pair = call.tokens.refresh((call.json or {}) | app)
    call.require("refresh", "refresh_token 已失效", pair is not None)
    return good(_pair(pair))


def _pair(pair: dict) -> dict:
    kept = {name: pair[name] for name in ("access_token", "refresh_token", "expires_in")}
    return kept | {"shop_id": str(names.SHOP_ID), "shop_name": names.SHOP_NAME, "scope": "SCOPE"}


def orders(call: Call) -> dict:
    """order/searchList: orders by update_time or create_time (unix seconds), pages from 0."""
    found = known(call.world, "douyin.orders_api", "shop_order_list", call.as_of)
    return _listed(call, found, "shop_order_list", {"update_time": ("update_time_start", "update_time_end"), "create_time": ("create_time_start", "create_time_end")}, lambda item: item)  # fmt: skip


def cases(call: Call) -> dict:
    """afterSale/List: cases by update_time or apply_time (unix seconds), pages from 0."""
    found = known(call.world, "douyin.after_sales_api", "items", call.as_of)
    return _listed(call, found, "items", {"update_time": ("update_start_time", "update_end_time"), "apply_time": ("start_time", "end_time")}, lambda item: item["aftersale_info"])  # fmt: skip


@lru_cache(maxsize=8)
def known(world: World, dataset: str, listed: str, as_of: "date") -> tuple[Item, ...]:
    """Every order or case as known at 02:00 after `as_of`."""
    return tuple(item for page in documents(world, dataset, world.first_day, as_of) for item in page["data"][listed])


def _listed(call: Call, found: tuple[Item, ...], listed: str, times: dict, inner) -> dict:
    asked = call.json
    call.require("parameter", "param_json 不是 JSON", isinstance(asked, dict))
    page, size = asked.get("page", 0), asked.get("size", 10)
    whole = all(isinstance(n, int) for n in (page, size))
    call.require("parameter", f"page 从 0 开始，size 不超过 {MOST}", whole and page >= 0 and 1 <= size <= MOST)
    items = list(found)
    for name, (start, end) in times.items():
        for field, keep in ((start, lambda value, bound: value >= bound), (end, lambda value, bound: value <= bound)):
            if field in asked:
                call.require("parameter", f"{field} 应为秒级时间戳", isinstance(asked[field], int))
                items = [item for item in items if keep(inner(item)[name], asked[field])]
    by, ascending = _order(asked, next(reversed(times)))
    items.sort(key=lambda item: (inner(item)[by], json.dumps(item)), reverse=not ascending)
    return good({"page": page, "size": size, "total": len(items), listed: page_of(items, page, size)})


def _order(asked: Item, default: str) -> tuple[str, bool]:
    """(field, ascending): a name and a flag for orders, "<name> asc" in a list for cases."""
    by = asked.get("order_by") or default
    if isinstance(by, list):
        name, _, way = by[0].partition(" ")
        return name, way == "asc"
    return by, bool(asked.get("order_asc"))


def credentials(server: "ApiServer") -> dict:
    """The shop's own app."""
    app = server.tokens("doudian")
    return {"app_key": app.app_id, "app_secret": app.secret, "shops": [{"shop_id": str(names.SHOP_ID)}]}


def _later(call: Call) -> bool:
    return isinstance(call.json, dict) and call.json.get("page", 0) != 0


PLATFORM = Platform(
    "doudian",
    CODES,
    refuse,
    check,
    credentials,
    (
        Route("POST", "/token/create", create, open=True, limited=False),
        Route("POST", "/token/refresh", refresh, open=True, limited=False),
        Route("POST", ORDERS, orders, Pages("data.shop_order_list", _later, total="data.total")),
        Route("POST", CASES, cases, Pages("data.items", _later, total="data.total")),
    ),
)
