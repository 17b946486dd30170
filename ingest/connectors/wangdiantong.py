"""旺店通 旗舰版: stock as it stands, and sales stock-outs, stock-ins and purchase orders by the time of their last change."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from ingest.connectors.auth import Signed, sorted_md5
from ingest.connectors.changes import MOMENT, changed_days, first_moment, read_spans
from ingest.connectors.collect import Key, Window, collect
from ingest.connectors.credentials import read_credentials
from ingest.connectors.drop import drop, each
from ingest.connectors.envelope import Envelope
from ingest.connectors.http import JsonApi, Request
from ingest.connectors.limits import PerSecond
from ingest.connectors.marks import Mark
from ingest.connectors.paging import ByNumber
from ingest.errors import FetchFailed
from ingest.registry import LookBack, Source

HOST = "https://wdt.wangdian.cn"
PATH = "/openapi"
FIELDS = ("sid", "appkey", "appsecret", "first_day")
EPOCH = 1_325_347_200  # 2012-01-01 00:00 in Beijing, which the platform counts its seconds from
HOUR, MONTH = dt.timedelta(minutes=60), dt.timedelta(days=30)
_PER_SECOND = 0.9  # calls: the limit is one by the minute, and its height is not public
#: every status of a stock-out order, cancelled ones too: by status is the only way to be answered by the time of change
_STATUSES = "5,10,50,51,52,53,54,58,60,61,63,65,70,73,74,75,77,79,90,110,-1"
ENVELOPE = Envelope(
    ("status",),
    ("message",),
    good=frozenset({"0"}),
    passing=frozenset({"4", "5"}),
    passing_words={
        "频率": 60.0,
        "并发": 60.0,
    },  # status 100 is all that goes wrong in the application, being too fast among it
    hints={
        "1": "check sid, appkey and appsecret (secret:salt) in the credentials, and the app's permissions",
        "6": "put this machine's address on the IP whitelist (ip白名单) of the interface account",
        "7": "set this machine's clock: it may differ from the platform's by two minutes",
    },
)


@dataclass(frozen=True)
class Documents:
    """One interface: its dataset, the widest time it answers for, what it is asked beside the time, and what tells rows apart."""

    dataset: str
    method: str
    widest: dt.timedelta
    key: Key
    paging: ByNumber
    asked: dict[str, Any] = field(default_factory=dict)


def _pages(listed: str, per_page: int) -> ByNumber:
    return ByNumber(
        (f"data.{listed}",), ("data.total_count",), begin=0, page="page_no", size="page_size", per_page=per_page, extra={"calc_total": 1}
    )  # fmt: skip


STOCK = Documents(
    "stock", "wms.StockSpec.search2", MONTH, lambda r: (r["warehouse_no"], r["spec_no"], str(r.get("defect"))),
    _pages("detail_list", 500), {"mask": 2},
)  # fmt: skip
DOCUMENTS = (
    Documents(
        "stock_out", "wms.stockout.Sales.queryWithDetail", HOUR, lambda r: r["order_no"], _pages("order", 200),
        {"status_type": 3, "status": _STATUSES, "get_anchor": True},
    ),
    Documents("stock_in", "wms.stockin.Purchase.queryWithDetail", MONTH, lambda r: r["order_no"], _pages("order", 200)),
    Documents("purchase_orders", "purchase.PurchaseOrder.queryWithDetail", MONTH, lambda r: r["purchase_no"], _pages("order", 200)),
)  # fmt: skip


def fetch(home: Path, source: Source, business_day: dt.date, since: dt.date | None) -> Iterator[Path]:
    """Drop the stock of now, and the documents that changed since the last fetch; nothing without credentials."""
    given = read_credentials(home, "wangdiantong", FIELDS, HOST)
    if given:
        yield from Wangdiantong(home, given).fetch(source, business_day, since)


class Wangdiantong:
    """A client of one seller account (卖家账号). rate: requests a second."""

    def __init__(self, home: Path, given: dict[str, Any], *, rate: float = _PER_SECOND) -> None:
        self.home, self.given, self.start = home, given, first_moment(given, "wangdiantong")
        self.secret, colon, self.salt = str(given["appsecret"]).partition(":")
        if not colon:
            raise FetchFailed(
                "state/credentials/wangdiantong.json: appsecret has no colon. Next: copy it whole, it is secret:salt"
            )
        self.api = JsonApi(given["url"], ENVELOPE, auth=Signed(self._signed), limiter=PerSecond(rate))

    def _signed(self, request: Request) -> Request:
        """With account, clock and sign: md5 of secret + every name and value, the body's among them, by name + secret."""
        params = request.params | {
            "sid": self.given["sid"], "key": self.given["appkey"], "salt": self.salt, "v": "1.0",
            "timestamp": int(time.time()) - EPOCH,
        }  # fmt: skip
        sign = sorted_md5(self.secret, params | {"body": request.text or ""}, closing=self.secret)
        return replace(request, params=params | {"sign": sign}, headers={"Content-Type": "application/json"})

    def fetch(self, source: Source, business_day: dt.date, since: dt.date | None) -> Iterator[Path]:
        """Drop what is due on a business day; an interface that fails does not keep the others."""
        parts = [("stock", self.stock)] if "stock" in source.datasets else []
        for documents in DOCUMENTS:
            if documents.dataset in source.datasets:
                look = source.look_back.get(documents.dataset, LookBack()).daily
                parts.append((documents.dataset, partial(self.changed, documents, look, business_day, since)))
        yield from each(*parts)

    def stock(self) -> Iterator[Path]:
        """The whole stock in one file: every sku and warehouse whose row changed since `first_day`, as it stands now."""
        now = self._now(STOCK)
        window = self._read(STOCK, self.start, now + HOUR)  # rows that change while it is read stand in the last span
        yield drop(self.home, "erp", "stock", "wdt_stock", window.answers, window.at)

    def changed(
        self, documents: Documents, look_back: int, business_day: dt.date, since: dt.date | None
    ) -> Iterator[Path]:
        """What changed since the last fetch (at most the look-back, or from `since`): a file a day for short windows, else one."""
        mark, now = Mark(self.home, f"wangdiantong_{documents.dataset}"), self._now(documents)
        spans = changed_days(*mark.days(look_back, business_day, since), now)
        if documents.widest >= MONTH:
            spans = [(spans[0][0], spans[-1][1])]
        for start, end in spans:
            window = self._read(documents, start, end)
            name = f"wdt_{documents.dataset}_{start:%Y%m%dT%H%M}-{end:%Y%m%dT%H%M}"
            yield drop(self.home, "erp", documents.dataset, name, window.answers, window.at)
        mark.move(min(now, spans[-1][1]))

    def _now(self, documents: Documents) -> dt.datetime:
        """The platform's clock, from a question for one row."""
        request = self._request(
            documents, self.start, self.start + documents.widest, {"page_no": 0, "page_size": 1, "calc_total": 0}
        )
        return self.api.ask(request).at

    def _read(self, documents: Documents, start: dt.datetime, end: dt.datetime) -> Window:
        def read(begin: dt.datetime, until: dt.datetime) -> Window:
            return collect(
                self.api, lambda page, _: self._request(documents, begin, until, page), documents.paging, documents.key,
                what=f"{documents.method}, {begin:{MOMENT}}..{until:{MOMENT}}",
            )  # fmt: skip

        return read_spans(start, end, documents.widest, read, documents.paging, documents.key)

    def _request(self, documents: Documents, begin: dt.datetime, until: dt.datetime, page: dict[str, Any]) -> Request:
        asked = {"start_time": f"{begin:{MOMENT}}", "end_time": f"{until:{MOMENT}}"} | documents.asked
        text = json.dumps([asked], ensure_ascii=False)
        return Request("POST", PATH, params={"method": documents.method} | page, text=text)
