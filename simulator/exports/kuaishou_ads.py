"""磁力 account_report: the whole account by day and by hour, yuan, rates as fractions."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator import media
from simulator.ads import MEASURES, ad_hours, grouped
from simulator.days import HOUR
from simulator.exports.answers import cut, ratio, spans, write_answers
from simulator.exports.context import Export
from simulator.frame import Frame
from simulator.text import join, json_objects, money, numbers, stamps
from simulator.world import World

LONGEST_SPAN_DAYS = 7


def write(export: Export) -> Iterator[Path]:
    """Files of at most a week each, which is as much as one request may ask for; by the day, and the last by the hour."""
    for by_hour, (first, last) in spans(export).items():
        kind = "HOURLY" if by_hour else "DAILY"
        start = first
        while start <= last:
            end = min(last, start + timedelta(days=LONGEST_SPAN_DAYS - 1))
            name = f"account_report_{kind}_{start:%Y%m%d}-{end:%Y%m%d}"
            items = report_items(export.world, start, end, export.at, by_hour)
            request = {"advertiser_id": media.KUAISHOU_ADVERTISERS[0], "temporal_granularity": kind}
            path = export.path("kuaishou", "ad_reports", name, suffix="jsonl")
            yield write_answers(path, items, request, listed="details")
            start = end + timedelta(days=1)


def report_items(world: World, first: date, last: date, at: int, by_hour: bool) -> pa.Array:
    """One JSON object per day (or hour) of first..last as known at `at`, all plans of the account together."""
    rows = ad_hours(world, first, last, at, "kuaishou")
    keys, group = np.unique(rows.hour_at, return_inverse=True)
    whole = {n: np.bincount(group, rows[n], len(keys)).astype(np.int64) for n in MEASURES}
    hours = Frame(hour_at=keys, ad=np.zeros(len(keys), np.int64), **whole)
    hours = hours if by_hour else grouped(hours, by_day=True)
    spend = hours.spend_fen
    fields = {"stat_date": join('"', cut(stamps(hours.hour_at), 0, 10), '"')}
    if by_hour:
        fields["stat_hour"] = numbers(hours.hour_at // HOUR % 24)
    return json_objects(
        **fields,
        charge=money(spend),
        show=numbers(hours.impressions),
        aclick=numbers(hours.impressions * 7 // 10),
        bclick=numbers(hours.clicks * 12 // 10),
        photo_click=numbers(hours.clicks),
        event_order_paid=numbers(hours.paid_orders),
        event_order_paid_purchase_amount=money(hours.paid_fen),
        event_order_amount_roi=ratio(hours.paid_fen, spend, 6),
        photo_click_ratio=ratio(hours.clicks, hours.impressions, 6),
        merchant_reco_fans=numbers(hours.follows),
        live_played_3s=numbers(hours.room_enters),
        live_event_goods_view=numbers(hours.product_clicks),
        conversion_num=numbers(hours.paid_orders),
    )
