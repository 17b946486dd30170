"""腾讯广告 daily_reports/get and hourly_reports/get: fen, fractions, and a day that reads differently by time_line."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator import media
from simulator.ads import ad_hours, grouped
from simulator.claims import REPORTED, REQUESTED
from simulator.days import HOUR
from simulator.exports.answers import cut, ratio, spans, write_answers
from simulator.exports.context import Export
from simulator.text import join, json_objects, numbers, pick, quoted, stamps
from simulator.world import World

TIME_LINES = {"REQUEST_TIME": REQUESTED, "REPORTING_TIME": REPORTED}
LEVEL = "REPORT_LEVEL_ADGROUP"
GROUP_PLAN = "朋友圈-加企微福利群"


def write(export: Export) -> Iterator[Path]:
    """One file of answers for each time_line and granularity."""
    for by_hour, (first, last) in spans(export).items():
        for time_line in TIME_LINES:
            kind = "hourly" if by_hour else "daily"
            name = f"{kind}_reports_{time_line}_{first:%Y%m%d}-{last:%Y%m%d}"
            request = {"account_id": media.TENCENT_ACCOUNTS[0], "level": LEVEL, "time_line": time_line}
            items = report_items(export.world, first, last, export.at, time_line, by_hour)
            yield write_answers(export.path("tencent", "ad_reports", name, suffix="jsonl"), items, request)


def report_items(world: World, first: date, last: date, at: int, time_line: str, by_hour: bool) -> pa.Array:
    """One JSON object per adgroup and day (or hour) of first..last as known at `at`; money in fen, rates as fractions.

    REQUEST_TIME books a conversion on the hour of the ad's last touch, so that past days go on growing; REPORTING_TIME
    on the hour of the order. Raises KeyError for another time_line.
    """
    rows = ad_hours(world, first, last, at, "tencent", TIME_LINES[time_line])
    rows = rows if by_hour else grouped(rows, by_day=True)
    spend, clicks, paid = rows.spend_fen, rows.clicks, rows.paid_orders
    joins = np.array([plan.name == GROUP_PLAN for plan in media.PLANS])[rows.ad]
    follows = np.where(joins, clicks * 8 // 100, 0)
    fields: dict[str, pa.Array | str] = {"date": join('"', cut(stamps(rows.hour_at), 0, 10), '"')}
    if by_hour:
        fields["hour"] = numbers(rows.hour_at // HOUR % 24)
    return json_objects(
        **fields,
        adgroup_id=numbers(media.AD_IDS[rows.ad]),
        adgroup_name=pick(rows.ad, quoted([plan.name for plan in media.PLANS])),
        cost=numbers(spend),
        view_count=numbers(rows.impressions),
        valid_click_count=numbers(clicks),
        ctr=ratio(clicks, rows.impressions, 6),
        cpc=ratio(spend, clicks, 0),
        thousand_display_price=ratio(spend * 1000, rows.impressions, 0),
        conversions_count=numbers(paid),
        conversions_rate=ratio(paid, clicks, 6),
        conversions_cost=ratio(spend, paid, 0),
        order_pv=numbers(paid),
        order_amount=numbers(rows.paid_fen),
        order_unit_price=ratio(rows.paid_fen, paid, 0),
        order_roi=ratio(rows.paid_fen, spend, 6),
        order_clk_7d_pv=numbers(paid),
        order_clk_7d_amount=numbers(rows.paid_fen),
        order_clk_7d_roi=ratio(rows.paid_fen, spend, 6),
        scan_follow_count=numbers(follows),
        scan_follow_user_count=numbers(follows * 9 // 10),
        scan_follow_user_cost=ratio(np.where(joins, spend, 0), follows * 9 // 10, 0),
    )
