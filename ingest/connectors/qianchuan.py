"""巨量千川: ad reports by the hour and by the day, whole windows with all their pages."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ingest.connectors.auth import Token, in_header
from ingest.connectors.collect import collect
from ingest.connectors.credentials import read_credentials
from ingest.connectors.drop import drop, each
from ingest.connectors.envelope import Envelope
from ingest.connectors.http import JsonApi, Request
from ingest.connectors.limits import PerSecond
from ingest.connectors.lookback import daily_days, hourly_days
from ingest.connectors.paging import ByNumber
from ingest.connectors.tokens import TokenStore, token_pair
from ingest.connectors.windows import day_spans
from ingest.registry import LookBack, Source

REPORT = "/open_api/v1.0/qianchuan/report/ad/get/"
REFRESH = "/open_api/oauth2/refresh_token/"
HOST = "https://ad.oceanengine.com"
FIELDS = ("app_id", "secret", "refresh_token", "advertiser_ids")
ENVELOPE = Envelope(
    ("code",),
    ("message",),
    good=frozenset({"0"}),
    passing=frozenset({"40100", "40110", "50000"}),
    token=frozenset({"40102", "40103", "40104", "40105", "40107"}),
)
_LONGEST_SPAN = 30  # days in one request
_PAGES = ByNumber(("data.list",), ("data.page_info.total_number",), pages=("data.page_info.total_page",), per_page=200)
_METRICS = (
    "stat_cost", "show_cnt", "click_cnt", "ctr", "cpm_platform", "cpc_platform", "convert_cnt", "convert_cost", "convert_rate",
    "pay_order_count", "pay_order_amount", "create_order_count", "create_order_amount", "create_order_roi", "prepay_and_pay_order_roi",
    "indirect_order_pay_count_7days", "indirect_order_pay_gmv_7days", "all_order_pay_count_7days", "all_order_pay_gmv_7days",
    "all_order_pay_roi_7days", "all_order_refund_count_7d", "all_order_refund_amount_7d", "all_order_refund_count_14d",
    "all_order_refund_amount_14d", "ad_all_order_settle_amount_7d", "ad_all_order_settle_amount_14d", "luban_live_enter_cnt",
    "luban_live_slidecart_click_cnt", "luban_live_click_product_cnt", "live_watch_one_minute_count", "dy_follow", "total_play",
    "ad_name", "marketing_goal",
)  # fmt: skip


def fetch(home: Path, source: Source, business_day: dt.date, since: dt.date | None) -> Iterator[Path]:
    """Drop the reports of every advertiser account into the inbox; nothing without credentials. Raises FetchFailed."""
    given = read_credentials(home, "qianchuan", FIELDS, HOST)
    if given:
        yield from Qianchuan(home, given).fetch(source, business_day, since)


class Qianchuan:
    """A client of one app and its advertiser accounts. rate: requests a second (the platform allows 3 for one interface)."""

    def __init__(self, home: Path, given: dict[str, Any], *, rate: float = 2.5) -> None:
        self.home, self.given = home, given
        limiter = PerSecond(rate)
        self.plain = JsonApi(given["url"], ENVELOPE, limiter=limiter)
        self.tokens = TokenStore(home, "qianchuan", given["refresh_token"], self._refresh)
        self.api = JsonApi(given["url"], ENVELOPE, auth=Token(self.tokens, in_header("Access-Token")), limiter=limiter)

    def _refresh(self, refresh_token: str | None) -> dict[str, Any]:
        body = {"app_id": self.given["app_id"], "secret": self.given["secret"], "grant_type": "refresh_token"}
        request = Request("POST", REFRESH, json=body | {"refresh_token": refresh_token})
        return token_pair(lambda: self.plain.ask(request).body.get("data"), REFRESH)

    def fetch(self, source: Source, business_day: dt.date, since: dt.date | None) -> Iterator[Path]:
        """Drop what is due on a business day; a report that fails does not keep the others."""
        look = source.look_back.get("ad_reports", LookBack())
        hours, days = hourly_days(look, business_day, since), daily_days(look, business_day, since)
        parts = [("report/ad by the hour", partial(self.ad_reports, *hours, "HOURLY"))] if hours else []
        parts += [("report/ad by the day", partial(self.ad_reports, *days, "DAILY"))] if days else []
        yield from each(*parts)

    def ad_reports(self, first: dt.date, last: dt.date, granularity: str) -> Iterator[Path]:
        """One file per account and span of at most 30 days; granularity: HOURLY or DAILY."""
        for advertiser in self.given["advertiser_ids"]:
            for start, end in day_spans(first, last, _LONGEST_SPAN):
                params = {
                    "advertiser_id": advertiser, "start_date": f"{start}", "end_date": f"{end}",
                    "time_granularity": f"TIME_GRANULARITY_{granularity}", "fields": json.dumps(_METRICS),
                    "filtering": json.dumps({"marketing_goal": "ALL"}),
                }  # fmt: skip
                window = collect(
                    self.api, lambda page, _, params=params: Request("GET", REPORT, params=params | page), _PAGES,
                    key=lambda row: (row["ad_id"], row.get("stat_datetime")), what=f"advertiser {advertiser}, {start}..{end}",
                )  # fmt: skip
                name = f"report_ad_{granularity.lower()}_{advertiser}_{start:%Y%m%d}-{end:%Y%m%d}"
                yield drop(self.home, "qianchuan", "ad_reports", name, window.answers, window.at)
