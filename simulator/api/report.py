"""Answers of report/ad/get: parameters checked as the platform does, rows as JSON, pages and totals."""

import json
from datetime import date
from functools import lru_cache

import numpy as np

from simulator import media
from simulator.ads import ad_hours, grouped
from simulator.days import plain
from simulator.frame import Frame
from simulator.world import World

LONGEST_SPAN_DAYS = 30
MOST_ROWS = 1000
GRANULARITIES = ("TIME_GRANULARITY_DAILY", "TIME_GRANULARITY_HOURLY")
GOALS = ("ALL", "LIVE_PROM_GOODS", "VIDEO_PROM_GOODS")


class ParameterError(ValueError):
    """A request that the platform answers with code 40000."""


def ad_report(world: World, at: int, params: dict[str, str]) -> dict:
    """The `data` of report/ad/get as known at `at` (wall seconds): list and page_info.

    Without time_granularity one row per plan covers the whole span and carries no stat_datetime. Plans without any
    activity are left out. Raises ParameterError.
    """
    advertiser, first, last = _whole(params, "advertiser_id"), _day(params, "start_date"), _day(params, "end_date")
    granularity = params.get("time_granularity")
    if advertiser not in media.ADVERTISERS:
        raise ParameterError(f"advertiser_id {advertiser}: no permission")
    if first > last or (last - first).days >= LONGEST_SPAN_DAYS:
        raise ParameterError(f"start_date..end_date must be 1 to {LONGEST_SPAN_DAYS} days")
    if granularity is not None and granularity not in GRANULARITIES:
        raise ParameterError(f"time_granularity must be one of {', '.join(GRANULARITIES)}")
    rows = _known_hours(world, first, last, at)
    rows = rows.take(_wanted(rows, advertiser, _json(params, "filtering", {})))
    if granularity != "TIME_GRANULARITY_HOURLY":
        rows = grouped(rows, by_day=granularity is not None)
    page, size = _whole(params, "page", 1), _whole(params, "page_size", 20)
    if page < 1 or not 1 <= size <= MOST_ROWS:
        raise ParameterError(f"page counts from 1, page_size lies in 1..{MOST_ROWS}")
    fields = _json(params, "fields", None)
    shown = rows.take(np.arange((page - 1) * size, min(page * size, rows.rows)))
    items = [_item(shown, row, granularity is not None) for row in range(shown.rows)]
    if fields is not None:
        keep = {"advertiser_id", "ad_id", "stat_datetime", *fields}
        items = [{name: value for name, value in item.items() if name in keep} for item in items]
    total = {"page": page, "page_size": size, "total_number": rows.rows, "total_page": -(-rows.rows // size)}
    return {"list": items, "page_info": total}


@lru_cache(maxsize=8)
def _known_hours(world: World, first: date, last: date, at: int) -> Frame:
    """ad_hours, kept: the pages of one query ask for the same days again and again."""
    return ad_hours(world, first, last, at)


def _item(rows: Frame, row: int, dated: bool) -> dict:
    """One row in the platform's names: yuan as floats, percentages as percent numbers."""
    value = {name: int(column[row]) for name, column in rows.items()}
    plan = media.PLANS[value["ad"]]
    spend, paid = value["spend_fen"], value["paid_fen"]
    live = media.CHANNELS[plan[2]].live
    item = {
        "advertiser_id": media.ADVERTISERS[plan[1]],
        "ad_id": int(media.AD_IDS[value["ad"]]),
        "ad_name": plan[0],
        "marketing_goal": "LIVE_PROM_GOODS" if live else "VIDEO_PROM_GOODS",
        "stat_datetime": plain(value["hour_at"]),
        "stat_cost": spend / 100,
        "show_cnt": value["impressions"],
        "click_cnt": value["clicks"],
        "ctr": _ratio(value["clicks"] * 100, value["impressions"]),
        "cpm_platform": _ratio(spend * 10, value["impressions"]),
        "cpc_platform": _ratio(spend, value["clicks"] * 100),
        "convert_cnt": value["paid_orders"],
        "convert_cost": _ratio(spend, value["paid_orders"] * 100),
        "convert_rate": _ratio(value["paid_orders"] * 100, value["clicks"]),
        "create_order_count": value["created_orders"],
        "create_order_amount": value["created_fen"] / 100,
        "create_order_roi": _ratio(value["created_fen"], spend),
        "pay_order_count": value["paid_orders"],
        "pay_order_amount": paid / 100,
        "prepay_and_pay_order_roi": _ratio(paid, spend),
        "indirect_order_pay_count_7days": value["indirect_orders"],
        "indirect_order_pay_gmv_7days": value["indirect_fen"] / 100,
        "all_order_pay_count_7days": value["paid_orders"] + value["indirect_orders"],
        "all_order_pay_gmv_7days": (paid + value["indirect_fen"]) / 100,
        "all_order_pay_roi_7days": _ratio(paid + value["indirect_fen"], spend),
        "all_order_refund_count_7d": value["refund_7d_orders"],
        "all_order_refund_amount_7d": value["refund_7d_fen"] / 100,
        "all_order_refund_count_14d": value["refund_14d_orders"],
        "all_order_refund_amount_14d": value["refund_14d_fen"] / 100,
        "ad_all_order_settle_amount_7d": value["settled_7d_fen"] / 100,
        "ad_all_order_settle_count_7d": value["settled_7d_orders"],
        "ad_all_order_settle_amount_14d": value["settled_14d_fen"] / 100,
        "luban_live_enter_cnt": value["room_enters"],
        "luban_live_slidecart_click_cnt": value["cart_views"],
        "luban_live_click_product_cnt": value["product_clicks"],
        "live_watch_one_minute_count": value["one_minute_views"],
        "dy_follow": value["follows"],
        "total_play": value["plays"],
    }
    if not dated:
        del item["stat_datetime"]
    return item


def _wanted(rows: Frame, advertiser: int, filtering: dict) -> np.ndarray:
    """The mask of the rows of the account that pass `filtering` (marketing_goal, ad_ids)."""
    goal = filtering.get("marketing_goal", "ALL")
    if goal not in GOALS:
        raise ParameterError(f"filtering.marketing_goal must be one of {', '.join(GOALS)}")
    live = np.array([media.CHANNELS[plan[2]].live for plan in media.PLANS])[rows.ad]
    mask = np.array(media.ADVERTISERS)[media.AD_ADVERTISER[rows.ad]] == advertiser
    if goal != "ALL":
        mask &= live == (goal == "LIVE_PROM_GOODS")
    if "ad_ids" in filtering:
        mask &= np.isin(media.AD_IDS[rows.ad], [int(ad) for ad in filtering["ad_ids"]])
    return mask


def _ratio(top: int, bottom: int) -> float:
    return round(top / bottom, 2) if bottom else 0.0


def _whole(params: dict[str, str], name: str, default: int | None = None) -> int:
    try:
        return int(params[name]) if name in params or default is None else default
    except (KeyError, ValueError):
        raise ParameterError(f"{name}: a whole number is required") from None


def _day(params: dict[str, str], name: str) -> date:
    try:
        return date.fromisoformat(params[name])
    except (KeyError, ValueError):
        raise ParameterError(f"{name}: YYYY-MM-DD is required") from None


def _json(params: dict[str, str], name: str, default):
    """A JSON-encoded query value of the same type as its default (a list for `fields`)."""
    if name not in params:
        return default
    try:
        value = json.loads(params[name])
    except ValueError:
        raise ParameterError(f"{name}: JSON is required") from None
    if not isinstance(value, dict if isinstance(default, dict) else list):
        raise ParameterError(f"{name}: wrong JSON type")
    return value
