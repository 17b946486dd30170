"""腾讯广告: reports of ad groups by the hour (a day a request) and by the day, each by the time lines that are asked for."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ingest.connectors.auth import Chain, Signed, Token, in_query
from ingest.connectors.credentials import read_credentials
from ingest.connectors.drop import each
from ingest.connectors.envelope import Envelope
from ingest.connectors.http import JsonApi, Request
from ingest.connectors.limits import PerSecond
from ingest.connectors.lookback import Days, daily_days, hourly_days
from ingest.connectors.paging import ByNumber
from ingest.connectors.report import Asked, Reports
from ingest.connectors.tokens import TokenStore, token_pair
from ingest.connectors.windows import day_spans
from ingest.registry import LookBack, Source

HOST = "https://api.e.qq.com"
REFRESH = "/oauth/token"
FIELDS = ("client_id", "client_secret", "refresh_token", "account_ids")
LEVEL = "REPORT_LEVEL_ADGROUP"
TIME_LINES = ("REQUEST_TIME", "REPORTING_TIME")
#: the code of a call that comes too fast is not published: the words of its message tell
ENVELOPE = Envelope(
    ("code",),
    ("message_cn", "message"),
    good=frozenset({"0"}),
    token=frozenset({"11000", "11012", "11017", "11018"}),
    passing_words={"频率": 20.0, "频繁": 20.0, "繁忙": 5.0},
)
_PAGES = ByNumber(("data.list",), ("data.page_info.total_number",), pages=("data.page_info.total_page",), per_page=1000)
_METRICS = (
    "account_id", "date", "adgroup_id", "adgroup_name", "cost", "view_count", "valid_click_count", "ctr", "cpc", "thousand_display_price",
    "conversions_count", "conversions_rate", "conversions_cost", "deep_conversions_count", "order_pv", "order_uv", "order_amount",
    "order_unit_price", "order_roi", "order_clk_7d_pv", "order_clk_7d_amount", "order_clk_7d_roi", "order_clk_15d_pv",
    "order_clk_15d_amount", "order_clk_15d_roi", "order_clk_30d_pv", "order_clk_30d_amount", "order_clk_30d_roi", "scan_follow_count",
    "scan_follow_user_count", "scan_follow_user_cost", "join_chat_group_amount", "join_chat_group_number_of_people",
    "join_chat_group_cost_by_people",
)  # fmt: skip


@dataclass(frozen=True)
class Interface:
    """most: days in one request; grouped: what rows are by, beside the ad group."""

    kind: str
    path: str
    most: int
    grouped: tuple[str, ...]


HOURLY = Interface("hourly", "/v3.0/hourly_reports/get", 1, ("date", "hour", "adgroup_id"))
DAILY = Interface("daily", "/v3.0/daily_reports/get", 30, ("date", "adgroup_id"))


def fetch(home: Path, source: Source, business_day: dt.date, since: dt.date | None) -> Iterator[Path]:
    """Drop the reports of every account; nothing without credentials. Raises FetchFailed."""
    given = read_credentials(home, "tencent", FIELDS, HOST)
    if given:
        yield from Tencent(home, given).fetch(source, business_day, since)


class Tencent:
    """A client of one app and its advertiser accounts. rate: requests a second."""

    def __init__(self, home: Path, given: dict[str, Any], *, rate: float = 3.0) -> None:
        self.given = given
        limiter, stamped = PerSecond(rate), Signed(_stamped)
        self.plain = JsonApi(given["url"], ENVELOPE, auth=stamped, limiter=limiter)
        self.tokens = TokenStore(home, "tencent", given["refresh_token"], self._refresh)
        self.api = JsonApi(
            given["url"], ENVELOPE, auth=Chain((Token(self.tokens, in_query("access_token")), stamped)), limiter=limiter
        )
        self.reports = Reports(home, self.api, "tencent")

    def _refresh(self, refresh_token: str | None) -> dict[str, Any]:
        app = {"client_id": self.given["client_id"], "client_secret": self.given["client_secret"]}
        request = Request("GET", REFRESH, params=app | {"grant_type": "refresh_token", "refresh_token": refresh_token})
        data = token_pair(lambda: self.plain.ask(request).body.get("data"), REFRESH)
        return data | {"expires_in": data.get("access_token_expires_in")}

    def fetch(self, source: Source, business_day: dt.date, since: dt.date | None) -> Iterator[Path]:
        """Drop what is due on a business day; a part that fails does not keep the others."""
        look = source.look_back.get("ad_reports", LookBack())
        due = ((HOURLY, hourly_days(look, business_day, since)), (DAILY, daily_days(look, business_day, since)))
        parts = [
            (f"{interface.kind} {time_line} {account}", partial(self.files, interface, account, time_line, days))
            for interface, days in due
            if days
            for account in self.given["account_ids"]
            for time_line in self.given.get("time_lines", TIME_LINES)
        ]
        yield from each(*parts)

    def files(self, interface: Interface, account: int, time_line: str, days: Days) -> Iterator[Path]:
        """One file of an account's report by one time line."""
        fields = (*_METRICS, "hour") if "hour" in interface.grouped else _METRICS
        windows = []
        for first, last in day_spans(*days, interface.most):
            params = {
                "account_id": account, "level": LEVEL, "time_line": time_line, "fields": json.dumps(fields),
                "date_range": json.dumps({"start_date": f"{first}", "end_date": f"{last}"}), "group_by": json.dumps(interface.grouped),
            }  # fmt: skip
            windows.append(
                Asked(interface.path, params, {name: params[name] for name in ("account_id", "level", "time_line")})
            )
        yield from self.reports.fetch(
            "ad_reports", f"{interface.kind}_{time_line}_{account}_{days[0]:%Y%m%d}-{days[1]:%Y%m%d}", windows, _PAGES,
            lambda row: tuple(row[name] for name in interface.grouped),
        )  # fmt: skip


def _stamped(request: Request) -> Request:
    """With the clock (300 seconds may differ) and a nonce that is used once."""
    return request.plus(params={"timestamp": int(time.time()), "nonce": secrets.token_hex(16)})
