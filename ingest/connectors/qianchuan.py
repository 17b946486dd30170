"""巨量千川: hourly ad reports (report/ad/get), whole days with all their pages, dropped into the inbox as they came."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ingest.connectors.http import Envelope, JsonApi, TokenExpired
from ingest.connectors.limits import PerSecond
from ingest.connectors.tokens import TokenStore
from ingest.errors import FetchFailed
from ingest.home import inbox, replacing

REPORT = "/open_api/v1.0/qianchuan/report/ad/get/"
REFRESH = "/open_api/oauth2/refresh_token/"
HOST = "https://ad.oceanengine.com"
_ENVELOPE = Envelope(
    "code",
    "message",
    frozenset({"0"}),
    passing=frozenset({"40100", "40110", "50000"}),
    token=frozenset({"40102", "40103", "40104", "40105", "40107"}),
)
_PAGE_SIZE = 200
_LONGEST_SPAN = 30  # days in one request
_DRIFT_TRIES = 4
_FIELDS = (
    "stat_cost", "show_cnt", "click_cnt", "ctr", "cpm_platform", "cpc_platform", "convert_cnt", "convert_cost", "convert_rate",
    "pay_order_count", "pay_order_amount", "create_order_count", "create_order_amount", "create_order_roi", "prepay_and_pay_order_roi",
    "indirect_order_pay_count_7days", "indirect_order_pay_gmv_7days", "all_order_pay_count_7days", "all_order_pay_gmv_7days",
    "all_order_pay_roi_7days", "all_order_refund_count_7d", "all_order_refund_amount_7d", "all_order_refund_count_14d",
    "all_order_refund_amount_14d", "ad_all_order_settle_amount_7d", "ad_all_order_settle_amount_14d", "luban_live_enter_cnt",
    "luban_live_slidecart_click_cnt", "luban_live_click_product_cnt", "live_watch_one_minute_count", "dy_follow", "total_play",
    "ad_name", "marketing_goal",
)  # fmt: skip


@dataclass(frozen=True)
class Credentials:
    """What the person who authorised the app was given, from state/credentials/qianchuan.json (mode 600)."""

    app_id: str
    secret: str
    refresh_token: str
    advertiser_ids: tuple[int, ...]
    base_url: str = HOST


def read_credentials(home: Path) -> Credentials | None:
    """The credentials of this home, or None when the API is not set up. FUPAN_QIANCHUAN_URL overrides the address.

    Raises FetchFailed when the file lacks a field or others can read it.
    """
    path = home / "state" / "credentials" / "qianchuan.json"
    if not path.exists():
        return None
    if path.stat().st_mode & 0o077:
        raise FetchFailed(f"{path} can be read by others. Next: chmod 600 {path}")
    try:
        given = json.loads(path.read_text())
        return Credentials(
            str(given["app_id"]), given["secret"], given["refresh_token"], tuple(int(a) for a in given["advertiser_ids"]),
            os.environ.get("FUPAN_QIANCHUAN_URL") or given.get("base_url") or HOST,
        )  # fmt: skip
    except (KeyError, ValueError, TypeError) as problem:
        raise FetchFailed(
            f"{path}: {problem!r} is missing or wrong. Next: see docs/sources.md for the fields"
        ) from None


class Qianchuan:
    """A client of one app and its advertiser accounts."""

    def __init__(self, home: Path, credentials: Credentials, *, rate: float = 2.5) -> None:
        self.home, self.credentials = home, credentials
        self.api = JsonApi(credentials.base_url, _ENVELOPE, limiter=PerSecond(rate))
        self.tokens = TokenStore(home, "qianchuan", credentials.refresh_token, self._refresh)

    def _refresh(self, refresh_token: str) -> dict[str, Any]:
        body = {
            "app_id": self.credentials.app_id,
            "secret": self.credentials.secret,
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
        }
        try:
            data = self.api.ask("POST", REFRESH, json=body)[0].get("data")
        except TokenExpired as refusal:  # 40103, 40107: the refresh token itself is spent
            raise FetchFailed(f"{REFRESH}: {refusal}") from None
        if not isinstance(data, dict) or not data.get("access_token") or not data.get("refresh_token"):
            raise FetchFailed(f"{REFRESH}: the answer holds no pair of tokens")
        return data

    def _get(self, params: dict[str, Any]) -> tuple[dict[str, Any], dt.datetime]:
        """(body, moment at which the platform answered, Beijing) of one page; the token is renewed once when it expires."""
        token = self.tokens.access_token()
        for _ in range(2):
            try:
                body, headers = self.api.ask("GET", REPORT, params=params, headers={"Access-Token": token})
                return body, _moment(headers.get("Date"))
            except TokenExpired:
                token = self.tokens.access_token(refused=token)
        raise FetchFailed(
            f"{REPORT}: a fresh access token was not accepted. Next: check the app's permissions for this account"
        )

    def pages(self, advertiser: int, first: dt.date, last: dt.date) -> tuple[list[dict[str, Any]], dt.datetime]:
        """All pages of one account's hourly report, whole: rows without a twin, and as many as the platform states.

        Pages that drift while they are read (a row moves, the total changes) are read again; FetchFailed when they never agree.
        """
        for _ in range(_DRIFT_TRIES):
            pages, moment = self._read_pages(advertiser, first, last)
            stated = {p["data"]["page_info"]["total_number"] for p in pages}
            keys = [(r["ad_id"], r.get("stat_datetime")) for p in pages for r in p["data"]["list"]]
            if len(stated) == 1 and len(keys) == len(set(keys)) == stated.pop():
                return pages, moment
        raise FetchFailed(
            f"advertiser {advertiser}, {first}..{last}: the pages never agreed with the stated total in {_DRIFT_TRIES} readings; "
            "the days were not loaded. Next: run the pull again later"
        )

    def _read_pages(self, advertiser: int, first: dt.date, last: dt.date) -> tuple[list[dict[str, Any]], dt.datetime]:
        params = {
            "advertiser_id": advertiser, "start_date": first.isoformat(), "end_date": last.isoformat(),
            "time_granularity": "TIME_GRANULARITY_HOURLY", "filtering": json.dumps({"marketing_goal": "ALL"}),
            "fields": json.dumps(_FIELDS), "page_size": _PAGE_SIZE,
        }  # fmt: skip
        pages: list[dict[str, Any]] = []
        moment = None
        while True:
            body, moment = self._get(params | {"page": len(pages) + 1})
            pages.append(body)
            try:
                rows, promised = len(body["data"]["list"]), int(body["data"]["page_info"]["total_page"])
                int(body["data"]["page_info"]["total_number"])
                _ = [r["ad_id"] for r in body["data"]["list"]]
            except (KeyError, TypeError, ValueError):
                raise FetchFailed(
                    f"{REPORT}: the answer has no list and page_info of the documented form. Next: compare it with the platform's list of fields"
                ) from None
            # an empty page ends the reading, whatever is promised: the counts tell whether rows are missing
            if len(pages) >= promised or not rows:
                return pages, moment

    def fetch(self, first: dt.date, last: dt.date) -> Iterator[Path]:
        """Drop one JSONL file of pages per account and span of at most 30 days into the inbox; yields each path."""
        folder = inbox(self.home, "qianchuan", "ad_reports")
        for advertiser in self.credentials.advertiser_ids:
            start = first
            while start <= last:
                end = min(last, start + dt.timedelta(days=_LONGEST_SPAN - 1))
                pages, moment = self.pages(advertiser, start, end)
                path = folder / f"report_ad_{advertiser}_{start:%Y%m%d}-{end:%Y%m%d}_{moment:%Y%m%d%H%M%S}.jsonl"
                with replacing(path) as temporary:
                    temporary.write_text(
                        "".join(json.dumps(p, ensure_ascii=False) + "\n" for p in pages), encoding="utf-8"
                    )
                yield path
                start = end + dt.timedelta(days=1)


def _moment(date_header: str | None) -> dt.datetime:
    """When the platform answered, by its own clock (the Date header): a wrong clock here must not reorder figures."""
    try:
        return parsedate_to_datetime(date_header).astimezone(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None)
    except (TypeError, ValueError):
        raise FetchFailed(
            "the answer has no Date header, so that it cannot be told from older ones. Next: check for a proxy that drops it"
        ) from None
