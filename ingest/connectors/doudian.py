"""抖店: orders (order/searchList) and after-sales cases (afterSale/List) by the time of their last change, with signed requests."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from ingest.clock import BEIJING
from ingest.connectors.auth import Chain, Signed, Token, in_query
from ingest.connectors.changes import changed_days, read_spans
from ingest.connectors.collect import Key, Window, collect
from ingest.connectors.credentials import read_credentials
from ingest.connectors.drop import drop, each
from ingest.connectors.envelope import Envelope
from ingest.connectors.http import JsonApi, Request
from ingest.connectors.limits import PerSecond
from ingest.connectors.marks import Mark
from ingest.connectors.paging import ByNumber
from ingest.connectors.tokens import TokenStore, token_pair
from ingest.errors import FetchFailed
from ingest.registry import LookBack, Source

HOST = "https://openapi-fxg.jinritemai.com"
FIELDS = ("app_key", "app_secret", "shops")
_VERSION = "2"
_PER_PAGE = 100
ENVELOPE = Envelope(
    ("code",),
    ("sub_msg", "msg"),
    good=frozenset({"10000"}),
    passing=frozenset({"20000", "60000"}),
    token=frozenset({"40003"}),
    hints={
        "30001": "give the app the permission for this interface in the platform's console",
        "30002": "put this machine's address on the app's IP whitelist",
        "50001": "authorise the app for this shop again",
    },
)


@dataclass(frozen=True)
class Changes:
    """One interface: its dataset, path, list, key, the longest time asked for at once, and what is asked beside the time.

    The platform states no longest window; short ones keep the pages few, so that they are read before much changes.
    """

    dataset: str
    path: str
    listed: str
    key: Key
    most: dt.timedelta
    times: tuple[str, str]
    asked: dict[str, Any] = field(default_factory=dict)

    @property
    def paging(self) -> ByNumber:
        """Pages count from 0."""
        return ByNumber((f"data.{self.listed}",), ("data.total",), begin=0, size="size", per_page=_PER_PAGE)


INTERFACES = (
    Changes(
        "orders_api", "/order/searchList", "shop_order_list", lambda row: row["order_id"], dt.timedelta(hours=1),
        ("update_time_start", "update_time_end"), {"order_by": "update_time", "order_asc": True},
    ),
    Changes(
        "after_sales_api", "/afterSale/List", "items", lambda row: row["aftersale_info"]["aftersale_id"], dt.timedelta(hours=6),
        ("update_start_time", "update_end_time"), {"order_by": ["update_time asc"]},
    ),
)  # fmt: skip


def fetch(home: Path, source: Source, business_day: dt.date, since: dt.date | None) -> Iterator[Path]:
    """Drop what changed in every shop since the last fetch; nothing without credentials. Raises FetchFailed."""
    given = read_credentials(home, "doudian", FIELDS, HOST)
    if given:
        shops = given["shops"]
        if not isinstance(shops, list) or not all(isinstance(s, dict) and s.get("shop_id") for s in shops):
            raise FetchFailed(
                "state/credentials/doudian.json: shops is no list of {shop_id: ...}. Next: see docs/connectors.md for the fields"
            )
        parts = [
            (f"shop {s['shop_id']}", partial(Doudian(home, given, s).fetch, source, business_day, since)) for s in shops
        ]
        yield from each(*parts)


class Doudian:
    """A client of one app for one shop. rate: requests a second.

    A shop with a refresh_token belongs to a tool app (工具型应用); without one, the app is the shop's own (自用型应用).
    """

    def __init__(self, home: Path, given: dict[str, Any], shop: dict[str, Any], *, rate: float = 5.0) -> None:
        self.home, self.given, self.shop = home, given, str(shop["shop_id"])
        limiter, signed = PerSecond(rate), Signed(self._signed)
        self.plain = JsonApi(given["url"], ENVELOPE, auth=signed, limiter=limiter)
        self.tokens = TokenStore(home, f"doudian-{self.shop}", shop.get("refresh_token"), self._renew)
        self.api = JsonApi(
            given["url"], ENVELOPE, auth=Chain((Token(self.tokens, in_query("access_token")), signed)), limiter=limiter
        )

    def _signed(self, request: Request) -> Request:
        """With key, clock and sign: HMAC-SHA-256 over the sorted parameters and the body, the secret on both sides."""
        signed = {
            "app_key": str(self.given["app_key"]), "method": request.path.strip("/").replace("/", "."),
            "param_json": request.text or "", "timestamp": str(int(time.time())), "v": _VERSION,
        }  # fmt: skip
        secret = self.given["app_secret"]
        text = secret + "".join(f"{name}{signed[name]}" for name in sorted(signed)) + secret
        sign = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        sent = {name: value for name, value in signed.items() if name != "param_json"}
        params = request.params | sent | {"sign": sign, "sign_method": "hmac-sha256"}
        return replace(
            request, params=params, headers=request.headers | {"Content-Type": "application/json;charset=UTF-8"}
        )

    def _renew(self, refresh_token: str | None) -> dict[str, Any]:
        if refresh_token:
            request = _post("/token/refresh", {"grant_type": "refresh_token", "refresh_token": refresh_token})
        else:
            request = _post("/token/create", {"grant_type": "authorization_self", "code": "", "shop_id": self.shop})
        return token_pair(lambda: self.plain.ask(request).body.get("data"), request.path)

    def fetch(self, source: Source, business_day: dt.date, since: dt.date | None) -> Iterator[Path]:
        """Drop what changed; an interface that fails does not keep the other."""
        parts = []
        for interface in INTERFACES:
            if interface.dataset in source.datasets:
                look = source.look_back.get(interface.dataset, LookBack())
                parts.append((interface.dataset, partial(self.changed, interface, look, business_day, since)))
        yield from each(*parts)

    def changed(
        self, interface: Changes, look: LookBack, business_day: dt.date, since: dt.date | None
    ) -> Iterator[Path]:
        """A file for each day with changes, and one for the hours from midnight until now. The mark moves with each."""
        mark = Mark(self.home, f"doudian-{self.shop}-{interface.dataset}")
        first, last = mark.days(look.daily, business_day, since)
        midnight = dt.datetime.combine(last, dt.time())
        now = self.api.ask(self._request(interface, midnight, midnight + interface.most, {"page": 0, "size": 1})).at
        for start, end in changed_days(first, last, now):
            window = self._read(interface, start, end)
            if window.rows:  # a day without changes leaves nothing to keep
                name = f"{interface.dataset}_{self.shop}_{start:%Y%m%d}{'' if start.date() <= last else '_early'}"
                yield drop(self.home, "douyin", interface.dataset, name, window.answers, window.at)
            mark.move(min(end, now))

    def _read(self, interface: Changes, start: dt.datetime, end: dt.datetime) -> Window:
        def read(begin: dt.datetime, until: dt.datetime) -> Window:
            return collect(
                self.api, lambda page, _: self._request(interface, begin, until, page), interface.paging, interface.key,
                what=f"shop {self.shop}, {interface.path}, {begin:%Y-%m-%d %H:%M}..{until:%Y-%m-%d %H:%M}",
            )  # fmt: skip

        return read_spans(start, end, interface.most, read, interface.paging, interface.key)

    def _request(self, interface: Changes, begin: dt.datetime, until: dt.datetime, page: dict[str, Any]) -> Request:
        times = dict(zip(interface.times, (_unix(begin), _unix(until)), strict=True))
        return _post(interface.path, interface.asked | times | page)


def _post(path: str, param: dict[str, Any]) -> Request:
    """The parameters as the body, with sorted keys and nothing between them: this very text is what is signed."""
    return Request("POST", path, text=json.dumps(param, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


def _unix(moment: dt.datetime) -> int:
    """Unix seconds of a moment in Beijing."""
    return int(moment.replace(tzinfo=BEIJING).timestamp())
