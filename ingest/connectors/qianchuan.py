"""巨量千川: which reports are fetched for a business day, and the client that fetches them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ingest.connectors.auth import Token, in_header
from ingest.connectors.credentials import read_credentials
from ingest.connectors.drop import each
from ingest.connectors.envelope import Envelope
from ingest.connectors.http import JsonApi, Request
from ingest.connectors.limits import PerSecond
from ingest.connectors.lookback import Days, daily_days, hourly_days
from ingest.connectors.qianchuan_reports import ACCOUNTS, BOOSTS, LINKS, MATERIALS, PLANS, Report, custom
from ingest.connectors.qianchuan_rooms import rooms
from ingest.connectors.report import Reports
from ingest.connectors.tokens import TokenStore, token_pair
from ingest.registry import LookBack, Source

REFRESH = "/open_api/oauth2/refresh_token/"
HOST = "https://ad.oceanengine.com"
FIELDS = ("app_id", "secret", "refresh_token", "advertiser_ids")
#: 0 and 40000 are confirmed by the SDKs, 40002, 40100 and 40105 by programs that meet them; the others are not
ENVELOPE = Envelope(
    ("code",),
    ("message",),
    good=frozenset({"0"}),
    passing=frozenset({"40100", "40110", "50000"}),
    token=frozenset({"40102", "40103", "40104", "40105", "40107"}),
    hints={"40002": "give the app the permission for this interface and account, or name the report in `skip`"},
)


def fetch(home: Path, source: Source, business_day: dt.date, since: dt.date | None) -> Iterator[Path]:
    """Drop the reports of every advertiser account into the inbox; nothing without credentials. Raises FetchFailed."""
    given = read_credentials(home, "qianchuan", FIELDS, HOST)
    if given:
        yield from Qianchuan(home, given).fetch(source, business_day, since)


class Qianchuan:
    """A client of one app and its advertiser accounts. rate: requests a second (the platform allows 3 for one interface), unless the
    credentials name what the app was granted (`requests_per_second`)."""

    def __init__(self, home: Path, given: dict[str, Any], *, rate: float = 2.5) -> None:
        self.given, self.advertisers = given, given["advertiser_ids"]
        limiter = PerSecond(float(given.get("requests_per_second", rate)))
        self.plain = JsonApi(given["url"], ENVELOPE, limiter=limiter)
        self.tokens = TokenStore(home, "qianchuan", given["refresh_token"], self._refresh)
        self.api = JsonApi(given["url"], ENVELOPE, auth=Token(self.tokens, in_header("Access-Token")), limiter=limiter)
        self.reports = Reports(home, self.api, "qianchuan")

    def _refresh(self, refresh_token: str | None) -> dict[str, Any]:
        body = {"app_id": self.given["app_id"], "secret": self.given["secret"], "grant_type": "refresh_token"}
        request = Request("POST", REFRESH, json=body | {"refresh_token": refresh_token})
        return token_pair(lambda: self.plain.ask(request).body.get("data"), REFRESH)

    def fetch(self, source: Source, business_day: dt.date, since: dt.date | None) -> Iterator[Path]:
        """Drop what is due on a business day; a report that fails does not keep the others."""
        parts = self._parts(source, business_day, since)
        skipped = set(self.given.get("skip", ()))
        yield from each(*((name, fetching) for name, fetching in parts if name not in skipped))

    def _parts(
        self, source: Source, business_day: dt.date, since: dt.date | None
    ) -> Iterator[tuple[str, Callable[[], Iterator[Path]]]]:
        def look(dataset: str) -> LookBack:
            return source.look_back.get(dataset, LookBack())

        if hours := hourly_days(look("ad_reports"), business_day, since):
            yield "ad_hourly", partial(self.each_account, PLANS["HOURLY"], hours)
        if days := daily_days(look("ad_reports"), business_day, since):
            yield "ad_daily", partial(self.each_account, PLANS["DAILY"], days)
        by_day = [BOOSTS, MATERIALS, LINKS] + ([ACCOUNTS] if self.given.get("accounts") else [])
        for report in by_day + [custom(wanted) for wanted in self.given.get("custom", ())]:
            if report.dataset in source.datasets:
                yield (
                    report.name,
                    partial(self.each_account, report, _all_days(look(report.dataset), business_day, since)),
                )
        if "room_reports" in source.datasets:
            days = _all_days(look("room_reports"), business_day, since)
            yield "rooms", partial(rooms, self.reports, self.given.get("rooms", ()), days)

    def each_account(self, report: Report, days: Days) -> Iterator[Path]:
        """The files of one report for first..last, account by account."""
        for advertiser in self.advertisers:
            yield from report.files(self.reports, advertiser, days)


def _all_days(look: LookBack, business_day: dt.date, since: dt.date | None) -> Days:
    """The days of a report that is asked by the day alone."""
    by_day = LookBack(daily=max(look.daily, 1), weekly=look.weekly)
    return daily_days(by_day, business_day, since) or (business_day, business_day)
