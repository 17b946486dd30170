"""What the ad platforms report of the company's plans: spend, clicks, claimed orders by hour, as known at a moment."""

from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from simulator import media
from simulator.claims import PLANS, REPORTED, add_claims
from simulator.days import DAY, HOUR, start_of
from simulator.frame import NONE, Frame
from simulator.live.sessions import sessions_of_days
from simulator.rng import stream
from simulator.world import Cohort, World

MEASURES = (
    "spend_fen",
    "impressions",
    "clicks",
    "room_enters",
    "created_orders",
    "created_fen",
    "paid_orders",
    "paid_fen",
    "refund_1h_orders",
    "refund_1h_fen",
    "refund_7d_orders",
    "refund_7d_fen",
    "refund_14d_orders",
    "refund_14d_fen",
    "settled_7d_fen",
    "settled_14d_fen",
    "settled_7d_orders",
    "indirect_fen",
    "indirect_orders",
    "plays",
    "cart_views",
    "product_clicks",
    "one_minute_views",
    "follows",
)
UNTRACKED = 14
"""Clicks of people whom the company's own touchpoints never see, for each click that they do."""


def ad_hours(world: World, first: date, last: date, at: int, platform: str = "qianchuan", by: str = REPORTED) -> Frame:
    """One row per hour and plan of first..last that had begun by `at` and shows any activity, by hour and plan.

    Only the plans of `platform` (media.AD_PLATFORMS); `by` says on which hour a claim stands (claims.REPORTED).

    Columns: hour_at (wall seconds), ad (index into media.PLANS) and MEASURES. Restated as the platform does: the
    spend of a day is stable only when the next day is over, refund and settlement fields move for 7 and 14 days.
    Claims (paid_*, created_*) count every order whose journey met the plan, so plans claim the same order together.
    """
    rows = _all_platforms(world, first, last, at, by)
    return rows.take(media.AD_PLATFORM[rows.ad] == media.AD_PLATFORMS.index(platform))


@lru_cache(maxsize=32)
def _all_platforms(world: World, first: date, last: date, at: int, by: str) -> Frame:
    """ad_hours of every platform at once, kept: pages, platforms and rooms ask for the same days again and again."""
    low, days = start_of(first), (last - first).days + 1
    hours = days * 24
    table = {name: np.zeros((hours, PLANS), np.int64) for name in MEASURES}
    touched, clicked = (np.zeros((hours, PLANS), np.int64) for _ in range(2))
    # A touch belongs to the day on which its visitor decides, which may lie a week ahead; payment may follow midnight.
    start, end = world.number(first) - 1, world.number(last) + media.LOOK_BACK_DAYS
    for number in range(max(0, start), min(end, world.days + media.LOOK_BACK_DAYS - 1) + 1):
        cohort = world.cohort(number)
        _count_touches(cohort, low, touched, clicked)
        add_claims(cohort, low, hours, at, table, by)
    for number in range(max(0, world.number(first)), min(world.number(last), world.days - 1) + 1):
        offset = (number - world.number(first)) * 24
        part = slice(offset, offset + 24)
        _traffic(world, world.first_day + timedelta(days=number), part, touched, clicked, table)
    _restate(world, low, hours, at, table)
    return _rows(table, low)


def _count_touches(cohort: Cohort, low: int, touched: np.ndarray, clicked: np.ndarray) -> None:
    """Adds the touches (and among them the clicks) by a plan that the company itself saw, by hour and plan."""
    touch, hours = cohort.touches, len(touched)
    hour = (touch.happened_at - low) // HOUR
    mine = np.flatnonzero((touch.ad != NONE) & (hour >= 0) & (hour < hours))
    cell = hour[mine] * PLANS + touch.ad[mine]
    touched += np.bincount(cell, minlength=hours * PLANS).reshape(hours, PLANS)
    is_click = touch.event[mine] != media.IMPRESSION
    clicked += np.bincount(cell[is_click], minlength=hours * PLANS).reshape(hours, PLANS)


def _traffic(
    world: World, day: date, rows: slice, touched: np.ndarray, clicked: np.ndarray, table: dict[str, np.ndarray]
) -> None:
    """Impressions, clicks, enters and final spend of one day: the tracked touches and the untracked rest."""
    draw = stream(world.seed, "ads", start_of(day) // DAY)
    seen = touched[rows]
    clicks = clicked[rows] + draw.poisson(clicked[rows] * UNTRACKED + _open_share(world.seed, day))
    rate = np.array([plan.click_rate for plan in media.PLANS])
    price = np.array([plan.click_fen for plan in media.PLANS])
    live = media.AD_ROOM != NONE
    table["clicks"][rows] = clicks
    table["impressions"][rows] = np.maximum(
        seen + clicks, (clicks / rate * draw.uniform(0.9, 1.1, clicks.shape)).astype(int)
    )
    table["spend_fen"][rows] = (clicks * price * draw.uniform(0.85, 1.15, clicks.shape)).astype(np.int64)
    table["room_enters"][rows] = np.where(live, np.ceil(clicks * 0.72), 0).astype(np.int64)
    for name, rate in (("cart_views", 0.6), ("product_clicks", 0.4), ("one_minute_views", 0.35), ("follows", 0.02)):
        table[name][rows] = (table["room_enters"][rows] * rate).astype(np.int64)
    table["plays"][rows] = np.where(live, 0, (table["impressions"][rows] * 0.9).astype(np.int64))


def _open_share(seed: int, day: date) -> np.ndarray:
    """Hours x plans: the share of the hour in which the plan delivers: always, or while its account's room is open."""
    low = start_of(day) + np.arange(24) * HOUR
    held = sessions_of_days(seed, start_of(day) // DAY - 1, start_of(day) // DAY)
    overlap = np.minimum(low[:, None] + HOUR, held.ends_at) - np.maximum(low[:, None], held.starts_at)
    in_room = np.maximum(overlap, 0) @ (held.account_i[:, None] == media.AD_ROOM) / HOUR
    return np.where(media.AD_ROOM == NONE, 1.0, in_room)


def _restate(world: World, low: int, hours: int, at: int, table: dict[str, np.ndarray]) -> None:
    """The newest day still moves (当天数据会有波动，次日稳定): a little of its spend is not billed yet."""
    hour_at = low + np.arange(hours) * HOUR
    moving = hour_at // DAY >= (at - DAY) // DAY
    if moving.any():
        level = np.stack(
            [stream(world.seed, "restate", int(when)).uniform(0.93, 0.995, PLANS) for when in hour_at[moving]]
        )
        table["spend_fen"][moving] = (table["spend_fen"][moving] * level).astype(np.int64)
    table_rows = hour_at > at
    for column in table.values():
        column[table_rows] = 0


def _rows(table: dict[str, np.ndarray], low: int) -> Frame:
    """The cells with any activity, as rows."""
    active = np.zeros_like(table["clicks"], bool)
    for column in table.values():
        active |= column != 0
    hour, ad = np.nonzero(active)
    return Frame(hour_at=low + hour * HOUR, ad=ad, **{name: column[hour, ad] for name, column in table.items()})


def grouped(hours: Frame, by_day: bool) -> Frame:
    """The rows summed to (day, plan), or to (plan) over the whole span with hour_at NONE."""
    when = hours.hour_at // DAY * DAY if by_day else np.full(hours.rows, NONE)
    keys, group = (
        np.unique(np.stack([when, hours.ad]), axis=1, return_inverse=True)
        if hours.rows
        else (np.zeros((2, 0), np.int64), np.zeros(0, np.int64))
    )
    sums = {name: np.bincount(group.reshape(-1), hours[name], keys.shape[1]).astype(np.int64) for name in MEASURES}
    return Frame(hour_at=keys[0], ad=keys[1], **sums)
