"""Live rooms of 巨量千川: the rooms of a 抖音号 by the day (standard), and for 全域 each room's own figures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ingest.connectors.lookback import Days
from ingest.connectors.qianchuan_reports import LISTED, ROOT
from ingest.connectors.report import Asked, Reports
from ingest.connectors.windows import day_spans
from ingest.errors import FetchFailed

LIST = f"{ROOT}/today_live/room/get/"
UNI = f"{ROOT}/report/uni_promotion/dimension_data/room/get/"
_PAGES = replace(LISTED, items=("data.room_list", "data.list"), per_page=100)
_KINDS = ("standard", "uni")
_STANDARD = (
    "stat_cost", "click_cnt", "ctr", "cpm_platform", "cpc_platform", "luban_live_pay_order_count", "luban_live_pay_order_gmv",
    "luban_live_order_count", "ad_live_prepay_and_pay_order_gmv_roi", "live_watch_one_minute_count", "total_live_watch_cnt",
    "live_click_cart_count_alias", "live_click_product_count_alias", "live_create_order_count_alias", "live_pay_order_count_alias",
    "live_pay_order_gmv_alias", "live_pay_order_gmv_roi", "total_live_comment_cnt", "total_live_share_cnt", "total_live_follow_cnt",
    "total_live_fans_club_join_cnt", "live_order_settle_amount_7d", "live_order_settle_amount_14d", "live_order_refund_amount_7d",
    "live_order_refund_amount_14d",
)  # fmt: skip
_UNI = (
    "stat_cost_for_roi2", "total_pay_order_count_for_roi2", "total_pay_order_gmv_include_coupon_for_roi2", "total_pay_order_gmv_for_roi2",
    "total_pay_order_coupon_amount_for_roi2", "total_ecom_platform_subsidy_amount_for_roi2", "total_prepay_and_pay_order_roi2",
    "total_cost_per_pay_order_for_roi2", "total_order_settle_amount_for_roi2_1h", "total_order_settle_count_for_roi2_1h",
    "total_prepay_and_pay_settle_roi2_1h", "total_refund_order_gmv_for_roi2_1h_all", "total_refund_order_gmv_for_roi2_1h_rate",
)  # fmt: skip


def rooms(reports: Reports, wanted: Iterable[dict[str, Any]], days: Days) -> Iterator[Path]:
    """Drop the rooms that opened on first..last, for each {advertiser_id, aweme_id, kind} of the credentials.

    kind standard: the list of rooms with the figures of ads and of the whole room; kind uni: the list tells the rooms only, and
    each is then asked for in uni_promotion. One file per 抖音号. Raises FetchFailed.
    """
    for entry in wanted:
        if (
            not isinstance(entry, dict)
            or not entry.get("advertiser_id")
            or not entry.get("aweme_id")
            or entry.get("kind") not in _KINDS
        ):
            raise FetchFailed(
                "state/credentials/qianchuan.json: an entry of rooms lacks advertiser_id, aweme_id or kind (standard or uni). Next: add it"
            )
        name = f"rooms_{entry['kind']}_{entry['advertiser_id']}_{entry['aweme_id']}_{days[0]:%Y%m%d}-{days[1]:%Y%m%d}"
        lists = [_listing(entry, f"{day}") for day, _ in day_spans(*days, 1)]
        if entry["kind"] == "standard":
            yield from reports.fetch("room_reports", name, lists, _PAGES, lambda row: row["room_id"])
        else:
            windows = [asked for listing in lists for asked in _uni(reports, name, listing)]
            yield from reports.fetch(
                "room_reports", name, windows, LISTED, lambda row: (row.get("room_id"), row.get("stat_datetime"))
            )


def _listing(entry: dict[str, Any], day: str) -> Asked:
    """The rooms that a 抖音号 opened on a day."""
    params = {
        "advertiser_id": entry["advertiser_id"],
        "aweme_id": entry["aweme_id"],
        "date_time": day,
        "room_status": "ALL",
    }
    beside = {"advertiser_id": entry["advertiser_id"], "stat_date": day}
    return Asked(LIST, params | {"fields": json.dumps(_STANDARD)}, beside)


def _uni(reports: Reports, name: str, listing: Asked) -> Iterator[Asked]:
    """What to ask uni_promotion for each room of a list."""
    held = reports.read(name, listing, _PAGES, lambda row: row["room_id"])
    day = listing.beside["stat_date"]
    for room in sorted({str(row["room_id"]) for page in held.answers for row in _PAGES.rows(page) or []}):
        params = {
            "advertiser_id": listing.beside["advertiser_id"], "room_id": room, "start_time": f"{day} 00:00:00",
            "end_time": f"{day} 23:59:59", "dimension": "TIME_GRANULARITY_DAILY", "metrics": json.dumps(_UNI),
        }  # fmt: skip
        yield Asked(UNI, params, listing.beside)
