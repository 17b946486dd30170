"""随心推 aweme/report/order/get: small boosts, further files of qianchuan.ad_reports."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from simulator import media
from simulator.boosts import boosts
from simulator.exports.answers import DAILY_DAYS, ratio, write_answers
from simulator.exports.context import Export
from simulator.text import join, json_objects, money, numbers, stamps
from simulator.world import World

ADVERTISER = media.ADVERTISERS[0]
"""The account that pays for all boosts."""


def write(export: Export) -> Iterator[Path]:
    """One file of answers: the whole span of a history, the last 15 days for one day."""
    first = export.since if export.is_history else export.until - timedelta(days=DAILY_DAYS - 1)
    first = max(first, export.world.first_day)
    name = f"随心推_{first:%Y%m%d}-{export.until:%Y%m%d}"
    items = boost_items(export.world, first, export.until, export.at)
    path = export.path("qianchuan", "ad_reports", name, suffix="jsonl")
    yield write_answers(path, items, {"advertiser_id": ADVERTISER})


def boost_items(world: World, first: date, last: date, at: int) -> pa.Array:
    """One JSON object per boost order; order_id is the boost's own order, not one of the shop's. Yuan, percent."""
    rows = boosts(world, first, last, at)
    return json_objects(
        advertiser_id=str(ADVERTISER),
        order_id=numbers(rows.order_id),
        ad_id=numbers(rows.ad_id),
        marketing_goal='"LIVE_PROM_GOODS"',
        stat_datetime=join('"', stamps(rows.day_at), '"'),
        stat_cost=money(rows.spend_fen),
        show_cnt=numbers(rows.impressions),
        click_cnt=numbers(rows.clicks),
        ctr=ratio(rows.clicks * 100, rows.impressions),
        ecp_convert_cnt=numbers(rows.paid_orders),
        ecp_cpa_platform=ratio(rows.spend_fen, rows.paid_orders * 100),
        luban_live_enter_cnt=numbers(rows.enters),
        live_slidecart_click_cnt=numbers(rows.cart_views),
        click_product=numbers(rows.product_clicks),
        luban_live_follow_cnt=numbers(rows.follows),
        luban_live_comment_cnt=numbers(rows.comments),
        pay_order_count=numbers(rows.paid_orders),
        pay_order_amount=money(rows.paid_fen),
        prepay_and_pay_order_roi=ratio(rows.paid_fen, rows.spend_fen),
    )
