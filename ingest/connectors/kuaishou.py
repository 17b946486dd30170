"""磁力 (快手): the account's figures by the hour and by the day, of the last week: the platform answers for no more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
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
from ingest.connectors.paging import ByNumber
from ingest.connectors.report import Asked, Reports
from ingest.connectors.tokens import TokenStore, token_pair
from ingest.connectors.windows import day_spans
from ingest.registry import LookBack, Source

HOST = "https://ad.e.kuaishou.com"
REPORT = "/rest/openapi/v1/report/account_report"
REFRESH = "/rest/openapi/oauth2/authorize/refresh_token"
FIELDS = ("app_id", "secret", "refresh_token", "advertiser_ids")
WEEK = 7
#: 402005 (the token) is seen in one program; no list of codes is public, so the words tell what passes
ENVELOPE = Envelope(
    ("code",),
    ("message",),
    good=frozenset({"0"}),
    token=frozenset({"402005"}),
    passing_words={"频率": 20.0, "频繁": 20.0, "繁忙": 5.0},
)
_PAGES = ByNumber(("data.details",), ("data.total_count", "data.page_info.total_number"), per_page=2000)


def fetch(home: Path, source: Source, business_day: dt.date, since: dt.date | None) -> Iterator[Path]:
    """Drop the reports of every account; nothing without credentials. Raises FetchFailed."""
    given = read_credentials(home, "kuaishou", FIELDS, HOST)
    if given:
        yield from Kuaishou(home, given).fetch(source, business_day, since)


class Kuaishou:
    """A client of one app and its advertiser accounts. rate: requests a second."""

    def __init__(self, home: Path, given: dict[str, Any], *, rate: float = 2.0) -> None:
        self.given = given
        limiter = PerSecond(rate)
        self.plain = JsonApi(given["url"], ENVELOPE, limiter=limiter)
        self.tokens = TokenStore(home, "kuaishou", given["refresh_token"], self._refresh)
        self.api = JsonApi(given["url"], ENVELOPE, auth=Token(self.tokens, in_header("Access-Token")), limiter=limiter)
        self.reports = Reports(home, self.api, "kuaishou")

    def _refresh(self, refresh_token: str | None) -> dict[str, Any]:
        body = {"app_id": self.given["app_id"], "secret": self.given["secret"], "refresh_token": refresh_token}
        data = token_pair(lambda: self.plain.ask(Request("POST", REFRESH, json=body)).body.get("data"), REFRESH)
        return data | {"expires_in": data.get("access_token_expires_in")}

    def fetch(self, source: Source, business_day: dt.date, since: dt.date | None) -> Iterator[Path]:
        """Drop what is due on a business day, within the week that the platform answers for."""
        look = source.look_back.get("ad_reports", LookBack())
        earliest = business_day - dt.timedelta(days=WEEK - 1)
        due = (("HOURLY", hourly_days(look, business_day, since)), ("DAILY", daily_days(look, business_day, since)))
        parts = [
            (f"{granularity} {account}", partial(self.files, granularity, account, (max(days[0], earliest), days[1])))
            for granularity, days in due
            if days
            for account in self.given["advertiser_ids"]
        ]
        yield from each(*parts)

    def files(self, granularity: str, account: int, days: Days) -> Iterator[Path]:
        """One file of an account's report; a request asks for a week at most."""
        by_hour = granularity == "HOURLY"
        windows = [
            Asked(
                REPORT,
                {
                    "advertiser_id": account,
                    "start_date": f"{first}",
                    "end_date": f"{last}",
                    "temporal_granularity": granularity,
                },
                {"advertiser_id": account},
                by_body=True,
            )
            for first, last in day_spans(*days, WEEK)
        ]
        yield from self.reports.fetch(
            "ad_reports", f"account_report_{granularity}_{account}_{days[0]:%Y%m%d}-{days[1]:%Y%m%d}", windows, _PAGES,
            lambda row: (row["stat_date"], row["stat_hour"] if by_hour else None),
        )  # fmt: skip
