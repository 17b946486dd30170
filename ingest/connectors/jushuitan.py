"""聚水潭: stock by warehouse as it stands, and stock-outs, purchase-ins and purchase orders by the time of their last change."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ingest.connectors.auth import Chain, Signed, Token, sorted_md5
from ingest.connectors.changes import MOMENT, changed_days, first_moment, read_spans
from ingest.connectors.collect import Key, Window, collect
from ingest.connectors.credentials import read_credentials
from ingest.connectors.drop import drop, each
from ingest.connectors.envelope import Envelope
from ingest.connectors.http import JsonApi, Request
from ingest.connectors.limits import PerSecond
from ingest.connectors.marks import Mark
from ingest.connectors.paging import ByNumber
from ingest.connectors.tokens import TokenStore, token_pair
from ingest.registry import LookBack, Source

HOST = "https://openapi.jushuitan.com"
REFRESH = "/openWeb/auth/refreshToken"
WAREHOUSES = "wms/partner/query"
FIELDS = ("app_key", "app_secret", "refresh_token", "first_day")
WEEK = dt.timedelta(days=7)
_PER_SECOND = 1.6  # calls: 100 a minute and 5 a second are allowed
#: the list is called differently by interface and version
_LISTS = ("inventorys", "datas", "orders", "receiveds", "list", "rows", "items")
ENVELOPE = Envelope(
    ("code", "errCode"),
    ("msg", "message"),
    good=frozenset({"0"}),
    passing=frozenset({"199", "10004"}),
    passing_words={"频次": 60.0},  # code 200: too many in a minute
    token=frozenset({"100"}),
    flags={"issuccess": frozenset({"false"})},
    hints={
        "10": "check app_key and app_secret in the credentials",
        "110": "put this machine's address on the IP whitelist (IP白名单) of the app",
        "140": "set this machine's clock: it may differ from the platform's by 15 minutes",
        "150": "this kind of app may not refresh tokens: authorise it again and put the new refresh_token into the credentials",
        "190": "ask for the permission of this interface (API权限) in the app's settings",
    },
)


@dataclass(frozen=True)
class Documents:
    """One interface: its dataset, its path below /open/, its largest page, and what tells rows apart."""

    dataset: str
    path: str
    per_page: int
    key: Key

    @property
    def paging(self) -> ByNumber:
        """Pages from 1; the end is told by has_next, else page_count, else data_count."""
        return ByNumber(
            tuple(f"data.{name}" for name in _LISTS), ("data.data_count",), page="page_index", size="page_size",
            per_page=self.per_page, pages=("data.page_count",), more=("data.has_next",),
        )  # fmt: skip


PARTNERS = Documents("stock", WAREHOUSES, 100, lambda r: r["wms_co_id"])
STOCK = Documents("stock", "inventory/query", 100, lambda r: (r["sku_id"], r.get("wms_co_id")))
DOCUMENTS = (
    Documents("stock_out", "orders/out/simple/query", 50, lambda r: r["io_id"]),
    Documents("stock_in", "purchasein/query", 50, lambda r: r["io_id"]),
    Documents("purchase_orders", "purchase/query", 50, lambda r: r["po_id"]),
)


def fetch(home: Path, source: Source, business_day: dt.date, since: dt.date | None) -> Iterator[Path]:
    """Drop the stock of now, and the documents that changed since the last fetch; nothing without credentials."""
    given = read_credentials(home, "jushuitan", FIELDS, HOST)
    if given:
        yield from Jushuitan(home, given).fetch(source, business_day, since)


class Jushuitan:
    """A client of one app that a merchant authorised. rate: requests a second."""

    def __init__(self, home: Path, given: dict[str, Any], *, rate: float = _PER_SECOND) -> None:
        self.home, self.given, self.start = home, given, first_moment(given, "jushuitan")
        limiter, signed = PerSecond(rate), Signed(self._signed)
        self.plain = JsonApi(given["url"], ENVELOPE, auth=signed, limiter=limiter)
        self.tokens = TokenStore(home, "jushuitan", given["refresh_token"], self._refresh)
        token = Token(self.tokens, lambda request, value: replace(request, form=request.form | {"access_token": value}))
        self.api = JsonApi(given["url"], ENVELOPE, auth=Chain((token, signed)), limiter=limiter)

    def _signed(self, request: Request) -> Request:
        """With app, clock and sign: md5 of the secret and every name and value that is not blank, by name."""
        form = (request.form or {}) | {
            "app_key": self.given["app_key"],
            "charset": "utf-8",
            "timestamp": int(time.time()),
        }
        sign = sorted_md5(self.given["app_secret"], {name: value for name, value in form.items() if value != ""})
        return replace(request, form=form | {"sign": sign})

    def _refresh(self, refresh_token: str | None) -> dict[str, Any]:
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "scope": "all"}
        request = Request("POST", REFRESH, form=form)
        return token_pair(lambda: self.plain.ask(request).body.get("data"), REFRESH)

    def fetch(self, source: Source, business_day: dt.date, since: dt.date | None) -> Iterator[Path]:
        """Drop what is due on a business day; an interface that fails does not keep the others."""
        parts = [("stock", self.stock)] if "stock" in source.datasets else []
        for documents in DOCUMENTS:
            if documents.dataset in source.datasets:
                look = source.look_back.get(documents.dataset, LookBack()).daily
                parts.append((documents.dataset, partial(self.changed, documents, look, business_day, since)))
        yield from each(*parts)

    def stock(self) -> Iterator[Path]:
        """The whole stock in one file: what changed since `first_day`, warehouse by warehouse, as it stands now."""
        partners = self._collect(PARTNERS, {}, "warehouses")
        warehouses = [row["wms_co_id"] for page in partners.answers for row in PARTNERS.paging.rows(page) or []]
        pages: list[dict[str, Any]] = []
        end = partners.at + dt.timedelta(hours=1)  # rows that change while it is read stand in the last span
        for warehouse in warehouses:
            window = self._read(STOCK, self.start, end, {"wms_co_id": warehouse})
            for row in (row for page in window.answers for row in STOCK.paging.rows(page) or []):
                row.setdefault("wms_co_id", warehouse)  # not every version repeats what it was asked for
            pages += window.answers
        yield drop(self.home, "erp", "stock", "jst_stock", pages, partners.at)

    def changed(
        self, documents: Documents, look_back: int, business_day: dt.date, since: dt.date | None
    ) -> Iterator[Path]:
        """What changed since the last fetch (at most the look-back, or from `since`), in one file."""
        mark = Mark(self.home, f"jushuitan_{documents.dataset}")
        first, last = mark.days(look_back, business_day, since)
        now = self._now(documents, dt.datetime.combine(first, dt.time()))
        spans = changed_days(first, last, now)
        start, end = spans[0][0], spans[-1][1]
        window = self._read(documents, start, end, {})
        name = f"jst_{documents.dataset}_{start:%Y%m%dT%H%M}-{end:%Y%m%dT%H%M}"
        yield drop(self.home, "erp", documents.dataset, name, window.answers, window.at)
        mark.move(min(now, end))

    def _now(self, documents: Documents, start: dt.datetime) -> dt.datetime:
        """The platform's clock, from a question for one row."""
        return self.api.ask(_request(documents, _window(start, start + WEEK) | {"page_index": 1, "page_size": 1})).at

    def _read(self, documents: Documents, start: dt.datetime, end: dt.datetime, asked: dict[str, Any]) -> Window:
        def read(begin: dt.datetime, until: dt.datetime) -> Window:
            return self._collect(documents, _window(begin, until) | asked, f"{begin:{MOMENT}}..{until:{MOMENT}}")

        return read_spans(start, end, WEEK, read, documents.paging, documents.key)

    def _collect(self, documents: Documents, asked: dict[str, Any], what: str) -> Window:
        return collect(
            self.api, lambda page, _: _request(documents, asked | page), documents.paging, documents.key, what=f"{documents.path}, {what}"
        )  # fmt: skip


def _window(begin: dt.datetime, until: dt.datetime) -> dict[str, str]:
    return {"modified_begin": f"{begin:{MOMENT}}", "modified_end": f"{until:{MOMENT}}"}


def _request(documents: Documents, biz: dict[str, Any]) -> Request:
    return Request("POST", f"/open/{documents.path}", form={"biz": json.dumps(biz), "version": "2"})
