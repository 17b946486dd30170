"""旺店通 旗舰版 as its documents describe it: one address, `method` in the query, JSON list in the body, pages from 0."""

import hashlib
import hmac
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from simulator.api.oauth import derived
from simulator.api.platform import Call, Pages, Platform, Refusal, Route
from simulator.api.platforms.exported import Item, documents, page_of, within
from simulator.days import BEIJING_OFFSET, plain
from simulator.world import World

PATH = "/openapi"
EPOCH = 1_325_347_200
CLOCK_SECONDS = 120
BAD_ACCOUNT, BAD_TIMESTAMP, BAD_VERSION, APPLICATION = 1, 7, 8, 100
TOO_FAST = "超过每分钟最大调用频率限制，请稍后重试"


@dataclass(frozen=True)
class Method:
    """dataset: what it answers from; listed: key of its list; widest: of start_time..end_time; most: rows in a page."""

    dataset: str
    listed: str
    widest: timedelta
    most: int


METHODS = {
    "wms.StockSpec.search2": Method("erp.stock", "detail_list", timedelta(days=30), 1000),
    "wms.stockout.Sales.queryWithDetail": Method("erp.stock_out", "order", timedelta(minutes=60), 200),
    "wms.stockin.Purchase.queryWithDetail": Method("erp.stock_in", "order", timedelta(days=30), 200),
    "purchase.PurchaseOrder.queryWithDetail": Method("erp.purchase_orders", "order", timedelta(days=30), 200),
}


def credentials(seed: int) -> dict[str, str]:
    """The account of the simulated company; appsecret is secret:salt, as the platform gives it."""
    return {
        "sid": "shanyeji3",
        "appkey": "shanyeji3-fupan",
        "appsecret": f"{derived(seed, 'wangdiantong')[:32]}:{derived(seed, 'wangdiantong salt')[:32]}",
    }


def refuse(status: int | str, message: str) -> dict[str, Any]:
    """An answer with an error; HTTP 200 all the same. Being too fast has no status of its own, only words."""
    return (
        {"status": APPLICATION, "message": TOO_FAST} if status == TOO_FAST else {"status": status, "message": message}
    )


def check(call: Call) -> None:
    """Account, clock (120 s) and sign have to be good. The sign covers every parameter and the body."""
    query, account = call.params, credentials(call.world.seed)
    secret, salt = account["appsecret"].split(":")
    if query.get("sid") != account["sid"]:
        raise Refusal(BAD_ACCOUNT, "sid is not found")
    if query.get("key") != account["appkey"] or query.get("salt") != salt:
        raise Refusal(BAD_ACCOUNT, "app auth fail")
    if query.get("v") != "1.0":
        raise Refusal(BAD_VERSION, "版本错误")
    stamp = query.get("timestamp", "")
    if not stamp.isdigit() or abs(int(stamp) + EPOCH - time.time()) > CLOCK_SECONDS:
        raise Refusal(BAD_TIMESTAMP, "时间戳错误")
    signed = {name: value for name, value in query.items() if name != "sign"} | {"body": call.text}
    text = secret + "".join(name + signed[name] for name in sorted(signed)) + secret
    due = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    if not hmac.compare_digest(due.encode(), query.get("sign", "").encode()):
        raise Refusal(BAD_ACCOUNT, "验证失败")


def answer(call: Call) -> dict[str, Any]:
    """A page of one interface, as known at 02:00 after the server's day."""
    query, name = call.params, call.params.get("method", "")
    method = METHODS.get(name)
    if method is None:
        raise Refusal(APPLICATION, "权限不足")
    if not isinstance(call.json, list) or not call.json or not isinstance(call.json[0], dict):
        raise Refusal(BAD_ACCOUNT, "invalid argument count")
    asked = call.json[0]
    number, size = query.get("page_no", ""), query.get("page_size", "")
    if not number.isdigit() or not size.isdigit():
        raise Refusal(APPLICATION, f"此方法仅支持分页查询：{name}")
    if not 1 <= int(size) <= method.most:
        raise Refusal(APPLICATION, f"page_size必须小于等于{method.most}")
    first, last = _span(asked, method)
    items = within(known(call.world, method.dataset, call.as_of), modified, first, last)
    items = [_shown(item, name, asked) for item in items if _wanted(item, name, asked)]
    data: dict[str, Any] = {method.listed: page_of(items, int(number), int(size))}
    if query.get("calc_total") == "1":
        data["total_count"] = len(items)
    return {"status": 0, "data": data}


def known(world: World, dataset: str, as_of: date) -> list[Item]:
    """What the ERP holds: stock as it stands, documents since the world began; the newest version of each, by its change."""
    since = as_of if dataset == "erp.stock" else world.first_day
    held: dict[str, Item] = {}
    for page in documents(world, dataset, since, as_of):
        data = page.get("data", {})
        for item in data.get("detail_list", data.get("order", [])):
            key = str(
                item.get("rec_id") or item.get("stockout_id") or item.get("stockin_id") or item.get("purchase_id")
            )
            if key not in held or modified(held[key]) <= modified(item):
                held[key] = item
    return sorted(held.values(), key=modified)


def _span(asked: Item, method: Method) -> tuple[str, str]:
    first, last = asked.get("start_time"), asked.get("end_time")
    if not first or not last:
        raise Refusal(APPLICATION, "参数中必须包含起止时间")
    try:
        width = datetime.strptime(last, "%Y-%m-%d %H:%M:%S") - datetime.strptime(first, "%Y-%m-%d %H:%M:%S")
    except (ValueError, TypeError):
        raise Refusal(APPLICATION, f"Unparseable date: {first}") from None
    if width > method.widest:
        limit = "60分钟" if method.widest < timedelta(days=1) else f"{method.widest.days}天"
        raise Refusal(APPLICATION, f"您的查询时间过宽,查询时间不能大于{limit}")
    return first, last


def modified(item: Item) -> str:
    """The last change as text."""
    return moment(item["modified"])


def moment(value: Any) -> str:
    """A time as text; some interfaces give milliseconds since 1970. Blank stays blank."""
    return plain(value // 1000 + BEIJING_OFFSET) if isinstance(value, int) else value or ""


def _wanted(item: Item, name: str, asked: Item) -> bool:
    if name != "wms.stockout.Sales.queryWithDetail":
        return True
    status, kind = int(item["status"]), asked.get("status_type", 0)
    if kind == 3:
        return str(status) in str(asked.get("status", "")).split(",")
    return {0: status >= 90, 1: status <= 10, 2: 60 <= status <= 90}.get(kind, False)


def _shown(item: Item, name: str, asked: Item) -> Item:
    """The item without what comes only on request: cost with mask 2 or 3, the anchor with get_anchor."""
    hidden = set()
    if name == "wms.StockSpec.search2" and asked.get("mask") not in (2, 3):
        hidden = {"cost_price"}
    if name == "wms.stockout.Sales.queryWithDetail" and asked.get("get_anchor") is not True:
        hidden = {"anchor_name", "assist_achor_name", "control_achor_name", "operation_anchor_name"}
    return {key: value for key, value in item.items() if key not in hidden}


def _named(call: Call) -> str:
    return call.params.get("method", PATH)


PAGES = Pages(
    "data.detail_list",
    lambda call: call.params.get("page_no") != "0",
    total="data.total_count",
    other_rows=("data.order",),
)
PLATFORM = Platform(
    "wangdiantong",
    {"parameter": APPLICATION, "busy": 4, "throttled": TOO_FAST, "token": BAD_ACCOUNT},
    refuse,
    check,
    lambda server: credentials(server.world.seed) | {"first_day": f"{server.world.first_day - timedelta(days=40)}"},
    (Route("POST", PATH, answer, PAGES, named=_named),),
)
