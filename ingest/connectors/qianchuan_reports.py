"""The reports of 巨量千川 as a table: path, dataset, span, parameters, and what tells their rows apart."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.connectors.collect import Key
from ingest.connectors.lookback import Days
from ingest.connectors.paging import ByNumber, Paging
from ingest.connectors.report import Asked, Reports
from ingest.connectors.windows import day_spans
from ingest.errors import FetchFailed

ROOT = "/open_api/v1.0/qianchuan"
LISTED = ByNumber(("data.list",), ("data.page_info.total_number",), pages=("data.page_info.total_page",), per_page=200)
_ROWS = ByNumber(
    ("data.rows",), ("data.pagination.total_number", "data.pagination.total_count", "data.page_info.total_number"),
    pages=("data.pagination.total_page", "data.page_info.total_page"), per_page=100,
)  # fmt: skip
_SALES = (
    "stat_cost", "show_cnt", "click_cnt", "ctr", "cpm_platform", "cpc_platform", "convert_cnt", "convert_cost", "convert_rate",
    "pay_order_count", "pay_order_amount", "create_order_count", "create_order_amount", "create_order_roi", "prepay_and_pay_order_roi",
    "dy_follow", "total_play",
)  # fmt: skip
_AD = (
    *_SALES,
    "indirect_order_pay_count_7days", "indirect_order_pay_gmv_7days", "all_order_pay_count_7days", "all_order_pay_gmv_7days",
    "all_order_pay_roi_7days", "all_order_refund_count_7d", "all_order_refund_amount_7d", "all_order_refund_count_14d",
    "all_order_refund_amount_14d", "ad_all_order_settle_amount_7d", "ad_all_order_settle_amount_14d", "luban_live_enter_cnt",
    "luban_live_slidecart_click_cnt", "luban_live_click_product_cnt", "live_watch_one_minute_count", "ad_name", "marketing_goal",
)  # fmt: skip
_BOOST = (
    "stat_cost", "show_cnt", "click_cnt", "ctr", "ecp_convert_cnt", "ecp_cpa_platform", "pay_order_count", "pay_order_amount",
    "prepay_and_pay_order_roi", "luban_live_enter_cnt", "live_slidecart_click_cnt", "click_product", "luban_live_follow_cnt",
    "luban_live_comment_cnt", "total_play", "dy_follow", "dy_like", "dy_comment", "dy_share",
)  # fmt: skip
_MATERIAL = (*_SALES, "play_duration_3s", "play_over", "play_over_rate", "dy_like", "dy_comment", "dy_share")
Params = Callable[[dt.date, dt.date], dict[str, Any]]


@dataclass(frozen=True)
class Report:
    """name: also that of its files and the one to `skip`; most: days in one request; 1 where the answer has no day of its own."""

    name: str
    dataset: str
    path: str
    key: Key
    most: int
    fields: tuple[str, ...] = ()
    asked: dict[str, Any] = field(default_factory=dict)
    paging: Paging = LISTED
    times: Params | None = None

    def files(self, reports: Reports, advertiser: int, days: Days) -> Iterator[Path]:
        """Drop first..last of one account: a file for each span, and one for all days where a span is a day."""
        spans = [self._asked(advertiser, first, last) for first, last in day_spans(*days, self.most)]
        named = f"{self.name}_{advertiser}_{days[0]:%Y%m%d}-{days[1]:%Y%m%d}"
        if self.most == 1:
            yield from reports.fetch(self.dataset, named, spans, self.paging, self.key)
            return
        for (first, last), asked in zip(day_spans(*days, self.most), spans, strict=True):
            named = f"{self.name}_{advertiser}_{first:%Y%m%d}-{last:%Y%m%d}"
            yield from reports.fetch(self.dataset, named, [asked], self.paging, self.key)

    def _asked(self, advertiser: int, first: dt.date, last: dt.date) -> Asked:
        params = {"advertiser_id": advertiser} | (self.times or _dates)(first, last) | self._encoded()
        return Asked(
            self.path, params, {"advertiser_id": advertiser} | ({"stat_date": f"{first}"} if self.most == 1 else {})
        )

    def _encoded(self) -> dict[str, Any]:
        asked = self.asked | ({"fields": list(self.fields)} if self.fields else {})
        return {name: json.dumps(value) if isinstance(value, list | dict) else value for name, value in asked.items()}


def _dates(first: dt.date, last: dt.date) -> dict[str, Any]:
    return {"start_date": f"{first}", "end_date": f"{last}"}


def _moments(first: dt.date, last: dt.date) -> dict[str, Any]:
    return {"start_time": f"{first} 00:00:00", "end_time": f"{last} 23:59:59"}


def _plans(granularity: str) -> Report:
    return Report(
        f"ad_{granularity.lower()}", "ad_reports", f"{ROOT}/report/ad/get/", lambda row: (row["ad_id"], row["stat_datetime"]), 30, _AD,
        {"time_granularity": f"TIME_GRANULARITY_{granularity}", "filtering": {"marketing_goal": "ALL"}},
    )  # fmt: skip


PLANS = {granularity: _plans(granularity) for granularity in ("HOURLY", "DAILY")}
#: the total of an account by the day: rows without a plan, never to be summed with the plans
ACCOUNTS = Report(
    "accounts", "ad_reports", f"{ROOT}/report/advertiser/get/", lambda row: row["stat_datetime"], 30, _SALES,
    {"time_granularity": "TIME_GRANULARITY_DAILY", "filtering": {"marketing_goal": "ALL"}},
)  # fmt: skip
BOOSTS = Report(
    "boosts", "ad_reports", f"{ROOT}/aweme/report/order/get/", lambda row: (row["order_id"], row.get("ad_id")), 1, _BOOST,
    {"filtering": {"marketing_goal": "ALL"}},
)  # fmt: skip
MATERIALS = Report(
    "materials", "material_reports", f"{ROOT}/report/material/get/", lambda row: (row["material_id"], row.get("material_type")), 1, _MATERIAL,
)  # fmt: skip
LINKS = Report(
    "order_links", "order_links", f"{ROOT}/report/long_transfer/order/get/", lambda row: (row["order_id"], row["ad_id"]), 90,
    asked={"optimization_time_scope": 30, "marketing_goal": "ALL", "filtering": {"marketing_goal": "ALL"}},
)  # fmt: skip
_CUSTOM_DATASETS = ("ad_reports", "material_reports", "room_reports")


def custom(wanted: dict[str, Any]) -> Report:
    """A report/custom/get that the credentials describe: dataset, data_topic, dimensions, metrics (see docs/connectors.md).

    Which dimensions and metrics there are is the platform's to say (custom/config/get) and changes. Raises FetchFailed.
    """
    missing = [n for n in ("data_topic", "dimensions", "metrics") if not isinstance(wanted, dict) or not wanted.get(n)]
    if missing or wanted.get("dataset") not in _CUSTOM_DATASETS:
        raise FetchFailed(
            f"state/credentials/qianchuan.json: an entry of custom lacks {', '.join(missing) or 'a dataset'}. "
            f"Next: give data_topic, dimensions, metrics, and as dataset one of {', '.join(_CUSTOM_DATASETS)}"
        )
    asked = {
        "data_topic": wanted["data_topic"],
        "dimensions": list(wanted["dimensions"]),
        "metrics": list(wanted["metrics"]),
    }
    asked |= {"filters": wanted.get("filters", []), "order_by": wanted.get("order_by", [])}
    return Report(
        f"custom_{wanted['data_topic'].lower()}", wanted["dataset"], f"{ROOT}/report/custom/get/",
        lambda row: json.dumps(row["dimensions"], sort_keys=True), 1, asked=asked, paging=_ROWS, times=_moments,
    )  # fmt: skip
