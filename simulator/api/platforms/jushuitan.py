"""聚水潭 开放平台: form posts with a JSON `biz`, md5 sign, an access token, windows of at most 7 days, pages from 1.

The same facts as 旺店通 tells here, in the other ERP's words: a company uses one of the two.
"""

import hashlib
import hmac
import json
import time
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulator import names
from simulator.api.platform import Call, Pages, Platform, Refusal, Route
from simulator.api.platforms import jushuitan_told as told
from simulator.api.platforms import wangdiantong
from simulator.api.platforms.exported import Item, page_of, within
from simulator.world import World

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

PREFIX = "/open/"
REFRESH = "/openWeb/auth/refreshToken"
WIDEST = timedelta(days=7)
CLOCK_SECONDS = 15 * 60
BAD_SIGN, BAD_TOKEN, BAD_FIELD, BAD_TIMESTAMP, NO_WINDOW, TOO_FAST, BUSY = 10, 100, 130, 140, 170, 199, 10004
PARTNERS = "wms/partner/query"
#: path -> (list key, most rows in a page)
PATHS = {
    PARTNERS: ("datas", 100),
    "inventory/query": ("inventorys", 100),
    "orders/out/simple/query": ("datas", 50),
    "purchase/query": ("datas", 50),
    "purchasein/query": ("datas", 50),
}
_CODES = {
    "orders/out/simple/query": {"code": "0", "msg": "执行成功"},
    "purchasein/query": {"issuccess": True, "errCode": 0, "msg": ""},
}


def refuse(code: int, message: str) -> dict[str, Any]:
    """An answer with an error; HTTP 200 all the same."""
    return {"code": code, "msg": message, "data": None}


def credentials(server: "ApiServer") -> dict[str, Any]:
    """What the merchant is given when the app is authorised, and the day on which the ERP was begun with."""
    pair = server.tokens("jushuitan").credentials()
    app = {"app_key": pair["app_id"], "app_secret": pair["secret"], "refresh_token": pair["refresh_token"]}
    return app | {"first_day": f"{server.world.first_day - timedelta(days=10)}"}


def check(call: Call) -> None:
    """The sign (md5 of the secret and the sorted name-value pairs that are not blank), the clock and the token have to be good."""
    _check_sign(call)
    call.require(
        "token", "验证失败！无效的access_token或access_token已过期", call.tokens.accepts(call.form.get("access_token"))
    )


def _check_sign(call: Call) -> None:
    form = call.form
    text = call.tokens.secret + "".join(f"{k}{form[k]}" for k in sorted(form) if k != "sign" and form[k])
    due = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    if form.get("app_key") != call.tokens.app_id or not hmac.compare_digest(
        due.encode(), form.get("sign", "").encode()
    ):
        raise Refusal(BAD_SIGN, "验证失败！无效签名")
    stamp = form.get("timestamp", "")
    if not stamp.isdigit() or abs(int(stamp) - time.time()) > CLOCK_SECONDS:
        raise Refusal(BAD_TIMESTAMP, "验证失败！无效的timestamp，请求最大时间误差15分钟")


def refresh(call: Call) -> dict[str, Any]:
    """A new pair for a refresh token that has not been used yet."""
    _check_sign(call)
    proof = {"app_id": call.tokens.app_id, "secret": call.tokens.secret}
    pair = call.tokens.refresh(proof | {k: call.form.get(k) for k in ("grant_type", "refresh_token")})
    if pair is None:
        raise Refusal(BAD_FIELD, "refresh_token 无效")
    return {"code": 0, "msg": "执行成功", "data": {k: pair[k] for k in ("access_token", "refresh_token", "expires_in")}}


def answer(call: Call) -> dict[str, Any]:
    """A page of one interface, as known at 02:00 after the server's day. Interfaces differ in the name of the list and in whether
    the code is a number, text, or errCode with issuccess."""
    path = call.path.removeprefix(PREFIX)
    listed, most = PATHS[path]
    try:
        biz = json.loads(call.form.get("biz", ""))
        number, size = int(biz.get("page_index", 1)), int(biz.get("page_size", 30))
    except (ValueError, TypeError, AttributeError):
        raise Refusal(BAD_FIELD, "参数无法转换") from None
    if number < 1 or not 1 <= size <= most:
        raise Refusal(BAD_FIELD, f"page_index 从 1 开始, page_size 最大 {most}")
    items = _partners() if path == PARTNERS else _changed(call, path, biz)
    pages = -(-len(items) // size)
    data = {
        "page_index": number,
        "page_size": size,
        "data_count": len(items),
        "page_count": pages,
        "has_next": number < pages,
        listed: page_of(items, number - 1, size),
    }
    return _CODES.get(path, {"code": 0, "msg": "执行成功"}) | {"data": data}


def _partners() -> list[Item]:
    return [
        {"name": w[1], "wms_co_id": told.FIRST_WAREHOUSE + i, "status": "生效"} for i, w in enumerate(names.WAREHOUSES)
    ]


def _changed(call: Call, path: str, biz: Item) -> list[Item]:
    return within(_items(call.world, call.as_of, path, biz), lambda item: item["modified"], *_span(biz))


def _span(biz: Item) -> tuple[str, str]:
    first, last = biz.get("modified_begin"), biz.get("modified_end")
    if not first or not last:
        raise Refusal(NO_WINDOW, "修改起始时间与结束时间必须同时存在")
    try:
        width = datetime.strptime(last, "%Y-%m-%d %H:%M:%S") - datetime.strptime(first, "%Y-%m-%d %H:%M:%S")
    except (ValueError, TypeError):
        raise Refusal(BAD_FIELD, "参数无法转换") from None
    if width > WIDEST:
        raise Refusal(BAD_FIELD, "时间间隔不能超过七天")
    return first, last


def _items(world: World, as_of: date, path: str, biz: Item) -> list[Item]:
    dataset, form = {
        "inventory/query": ("erp.stock", told.stock),
        "orders/out/simple/query": ("erp.stock_out", told.stock_out),
        "purchase/query": ("erp.purchase_orders", told.purchase),
        "purchasein/query": ("erp.stock_in", told.stock_in),
    }[path]
    items = [form(item) for item in wangdiantong.known(world, dataset, as_of)]
    if path != "inventory/query":
        return items
    if warehouse := biz.get("wms_co_id"):
        return [item for item in items if item["wms_co_id"] == int(warehouse)]
    return told.over_warehouses(items)


PAGES = Pages(
    "data.datas",
    lambda call: json.loads(call.form.get("biz", "{}")).get("page_index", 1) != 1,
    total="data.data_count",
    other_rows=("data.inventorys",),
)
PLATFORM = Platform(
    "jushuitan",
    {"parameter": BAD_FIELD, "busy": BUSY, "throttled": TOO_FAST, "token": BAD_TOKEN},
    refuse,
    check,
    credentials,
    (
        Route("POST", REFRESH, refresh, open=True, limited=False),
        *(Route("POST", PREFIX + path, answer, PAGES) for path in PATHS),
    ),
)
