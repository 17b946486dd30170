"""千川 room reports: today_live/room/get (standard) of one account's rooms, uni_promotion (全域) of the other's."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator import media
from simulator.exports.answers import DAILY_DAYS, quoted_numbers, ratio, write_answers
from simulator.exports.context import Export
from simulator.frame import Frame
from simulator.live.accounts import ACCOUNTS, HOSTS
from simulator.live.promotion import room_ads
from simulator.live.rooms import rooms_of
from simulator.live.totals import net_fen, session_totals
from simulator.text import join, json_objects, money, numbers, pick, quoted, stamps
from simulator.world import World

STANDARD, WHOLE_SITE = 0, 1
"""The official account's rooms are promoted by standard plans, the partner's by 全域推广; each room is in one report."""


def write(export: Export) -> Iterator[Path]:
    """One file of each report: all rooms of a history, those of the last 15 days for one day."""
    first = export.since if export.is_history else export.until - timedelta(days=DAILY_DAYS - 1)
    first = max(first, export.world.first_day)
    for kind, account, items in (
        ("today_live_room", STANDARD, live_items(export.world, first, export.until, export.at)),
        ("uni_promotion_room", WHOLE_SITE, uni_items(export.world, first, export.until, export.at)),
    ):
        path = export.path("qianchuan", "room_reports", f"{kind}_{first:%Y%m%d}-{export.until:%Y%m%d}", suffix="jsonl")
        yield write_answers(path, items, {"advertiser_id": advertiser_of(account)})


def advertiser_of(account: int) -> int:
    """The ad account whose plans lead into the rooms of an account (live.ACCOUNTS)."""
    return next(media.ADVERTISERS[plan.account] for plan in media.PLANS if plan.room == account)


def live_items(world: World, first: date, last: date, at: int) -> pa.Array:
    """today_live/room/get: one JSON object per room that started on first..last, as known at `at`; yuan, percent.

    luban_live_*, ad_live_* and live_order_* are of the ads alone, *_alias and total_live_* of the whole room: the
    whole is the natural part and the ads' part together.
    """
    held, total, ads = _figures(world, first, last, at, STANDARD)
    spend = ads.spend_fen
    return json_objects(
        **_named(held),
        room_status='"FINISH"',
        room_delivery='"ON"',
        stat_cost=money(spend),
        qualification_stat_cost=money(spend),
        click_cnt=numbers(ads.clicks),
        ctr=ratio(ads.clicks * 100, ads.impressions),
        cpm_platform=ratio(spend * 10, ads.impressions),
        cpc_platform=ratio(spend, ads.clicks * 100),
        ecp_convert_cnt=numbers(ads.paid_orders),
        ecp_convert_rate=ratio(ads.paid_orders * 100, ads.clicks),
        ecp_cpa_platform=ratio(spend, ads.paid_orders * 100),
        luban_live_order_count=numbers(ads.created_orders),
        luban_live_pay_order_count=numbers(ads.paid_orders),
        luban_live_pay_order_gmv=money(ads.gmv_fen),
        luban_live_pay_order_gpm=ratio(ads.gmv_fen * 10, ads.room_enters),
        ad_live_create_order_rate=ratio(ads.created_orders * 100, ads.clicks),
        ad_live_pay_order_rate=ratio(ads.paid_orders * 100, ads.clicks),
        ad_live_pay_order_gmv_avg=ratio(ads.gmv_fen, ads.paid_orders * 100),
        ad_live_prepay_and_pay_order_gmv_roi=ratio(ads.gmv_fen, spend),
        live_watch_one_minute_count=numbers(ads.one_minute_views),
        **_matured(ads, spend),
        total_live_watch_cnt=numbers(total.enters),
        live_click_cart_count_alias=numbers(total.cart_clicks),
        live_click_product_count_alias=numbers(total.product_clicks),
        live_create_order_count_alias=numbers(total.created_orders),
        live_pay_order_count_alias=numbers(total.paid_orders),
        live_pay_order_gmv_alias=money(total.gmv_fen),
        live_pay_order_gmv_avg=ratio(total.gmv_fen, total.paid_orders * 100),
        live_pay_order_gmv_roi=ratio(total.gmv_fen, spend),
        live_create_order_rate=ratio(total.created_orders * 100, ads.clicks),
        live_pay_order_rate=ratio(total.paid_orders * 100, ads.clicks),
        total_live_pay_order_gpm=ratio(total.gmv_fen * 10, total.enters),
        total_live_comment_cnt=numbers(total.comments),
        total_live_share_cnt=numbers(total.shares),
        total_live_follow_cnt=numbers(total.follows),
        total_live_fans_club_join_cnt=numbers(total.fans_club),
    )


def uni_items(world: World, first: date, last: date, at: int) -> pa.Array:
    """uni_promotion/dimension_data/room/get: one JSON object per room and its day, whole room, refunds within an hour."""
    held, total, ads = _figures(world, first, last, at, WHOLE_SITE)
    spend, net = ads.spend_fen, net_fen(total)
    net_orders = total.paid_orders - total.refund_1h_orders
    user_net = total.user_paid_fen - np.minimum(total.refund_1h_fen, total.user_paid_fen)
    subsidy = total.gmv_fen - total.user_paid_fen
    return json_objects(
        **_named(held),
        stat_datetime=_dated(held),
        advertiser_id=str(advertiser_of(WHOLE_SITE)),
        stat_cost_for_roi2=money(spend),
        total_pay_order_count_for_roi2=numbers(total.paid_orders),
        total_pay_order_gmv_include_coupon_for_roi2=money(total.gmv_fen),
        total_pay_order_gmv_for_roi2=money(total.user_paid_fen),
        total_ecom_platform_subsidy_amount_for_roi2=money(subsidy),
        total_pay_order_coupon_amount_for_roi2="0.00",
        total_prepay_and_pay_order_roi2=ratio(total.gmv_fen, spend),
        total_cost_per_pay_order_for_roi2=ratio(spend, total.paid_orders * 100),
        total_prepay_order_count_for_roi2="0",
        total_prepay_order_gmv_for_roi2="0.00",
        total_unfinished_estimate_order_gmv_for_roi2="0.00",
        total_order_settle_amount_for_roi2_1h=money(net),
        total_order_settle_count_for_roi2_1h=numbers(net_orders),
        total_prepay_and_pay_settle_roi2_1h=ratio(net, spend),
        total_cost_per_pay_order_settle_for_roi2_1h=ratio(spend, net_orders * 100),
        total_order_real_settle_amount_for_roi2_1h=money(user_net),
        total_order_settle_amount_rate_for_roi2_1h=ratio(net * 100, total.gmv_fen),
        total_order_settle_count_rate_for_roi2_1h=ratio(net_orders * 100, total.paid_orders),
        total_refund_order_count_for_roi2_1h=numbers(total.refund_1h_orders),
        total_refund_order_gmv_for_roi2_1h_all=money(total.gmv_fen - net),
        total_refund_order_gmv_for_roi2_1h_rate=ratio((total.gmv_fen - net) * 100, total.gmv_fen),
    )


def _figures(world: World, first: date, last: date, at: int, account: int) -> tuple[Frame, Frame, Frame]:
    """(sessions, their totals, what ads did for them) of one account."""
    rooms = rooms_of(world, first, last)
    mine = rooms.sessions.account_i == account
    totals = session_totals(world.seed, rooms, at)
    return rooms.sessions.take(mine), totals.take(mine), room_ads(world, rooms, at).take(mine)


def _named(held: Frame) -> dict[str, pa.Array | str]:
    """Which room it is, of whom, and when."""
    return {
        "room_id": quoted_numbers(held.session_id),
        "room_title": pick(held.host_i, quoted([f"{name}带你逛山野集" for _, name in HOSTS])),
        "aweme_id": pick(held.account_i, [json.dumps(a.account_id) for a in ACCOUNTS]),
        "aweme_name": pick(held.account_i, quoted([a.name for a in ACCOUNTS])),
        "start_time": join('"', stamps(held.starts_at), '"'),
        "end_time": join('"', stamps(held.ends_at), '"'),
    }


def _dated(held: Frame) -> pa.Array:
    """The day on which the session started, 00:00."""
    return join('"', stamps(held.starts_at // 86_400 * 86_400), '"')


def _matured(ads: Frame, spend: np.ndarray) -> dict[str, pa.Array]:
    """The refund and settlement fields that move for 7 and for 14 days."""
    fields: dict[str, pa.Array] = {}
    for window in ("7d", "14d"):
        settled, orders = ads[f"settled_{window}_fen"], ads[f"settled_{window}_orders"]
        fields |= {
            f"live_order_settle_amount_{window}": money(settled),
            f"live_order_settle_count_{window}": numbers(orders),
            f"live_order_settle_count_rate_{window}": ratio(orders * 100, ads.paid_orders),
            f"ad_all_order_gmv_settle_rate_{window}": ratio(settled * 100, ads.gmv_fen),
            f"ad_live_order_settle_cost_{window}": ratio(spend, orders * 100),
            f"ad_live_order_settle_roi_{window}": ratio(settled, spend),
            f"live_order_refund_amount_{window}": money(ads[f"refund_{window}_fen"]),
            f"live_order_refund_count_{window}": numbers(ads[f"refund_{window}_orders"]),
        }
    return fields
