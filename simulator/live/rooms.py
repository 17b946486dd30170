"""A day's live rooms as they really went: sessions, their minutes, the lines ordered in them, their products."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from simulator import media
from simulator.days import DAY, start_of
from simulator.frame import NONE, Frame, stack
from simulator.live.audience import add_audience
from simulator.live.goods import explained_products, session_products
from simulator.live.sessions import MINUTE, sessions_of_days
from simulator.money import gmv_fen
from simulator.world import Cohort, World


@dataclass(frozen=True)
class Rooms:
    """The sessions of some days; `session_i` points into `sessions`.

    sessions: as live.sessions. minutes: one row per session and minute, in order, see `minute_grid` and audience.py;
    sums over a session equal its orders. lines: every line ordered in a room: session_i, minute_i (of the order),
    paid_minute_i (NONE unpaid; payments after the end fall into the last minute), product_i, order_id, person, ad,
    quantity, gmv_fen, user_paid_fen, voucher_fen (borne by the platform), refund_fen, refunded_at, paid_at, first (the
    first line of its order).
    products: one row per session and product on its list, see goods.py.
    """

    sessions: Frame
    minutes: Frame
    lines: Frame
    products: Frame


def rooms_of(world: World, first: date, last: date) -> Rooms:
    """The rooms of the sessions that start on first..last, cut to the world's days."""
    low, high = max(0, world.number(first)), min(world.days - 1, world.number(last))
    if low > high:
        raise ValueError(f"no day of the world lies in {first}..{last}")
    days = [_rooms_of_day(world, number) for number in range(low, high + 1)]
    shift = np.cumsum([0] + [day.sessions.rows for day in days]).tolist()
    minute = np.cumsum([0] + [day.minutes.rows for day in days]).tolist()
    return Rooms(
        sessions=stack([day.sessions for day in days]),
        minutes=stack([day.minutes.shifted(session_i=s) for day, s in zip(days, shift, strict=False)]),
        lines=stack(
            [
                day.lines.shifted(session_i=s, minute_i=m, paid_minute_i=m)
                for day, s, m in zip(days, shift, minute, strict=False)
            ]
        ),
        products=stack([day.products.shifted(session_i=s) for day, s in zip(days, shift, strict=False)]),
    )


@lru_cache(maxsize=40)
def _rooms_of_day(world: World, number: int) -> Rooms:
    """The rooms of the sessions that start on one day of the world."""
    today = start_of(world.first_day) // DAY + number
    held = sessions_of_days(world.seed, today, today)
    minutes = minute_grid(held)
    lines, seen = [], {name: np.zeros(minutes.rows, np.int64) for name in ("natural_touches", "product_touches")}
    # Touches of the day belong to those who decide up to a week later, orders only to that night's and the next day's.
    for later in range(min(media.LOOK_BACK_DAYS, world.days + media.LOOK_BACK_DAYS - 1 - number) + 1):
        cohort = world.cohort(number + later)
        _count_touches(cohort, held, minutes, seen)
        if later <= 1:
            lines.append(_ordered_in(world, cohort, held, minutes))
    ordered = stack(lines)
    _add_orders(minutes, ordered)
    add_audience(world, held, minutes, seen)
    minutes["product_i"] = explained_products(world, held, minutes, ordered)
    return Rooms(held, minutes, ordered, session_products(world, held, minutes, ordered))


def minute_grid(held: Frame) -> Frame:
    """One row per session and begun minute: session_i, minute_at (whole minutes), broken (the stream was down)."""
    first = held.starts_at // MINUTE * MINUTE
    count = -(-(held.ends_at - first) // MINUTE)
    session_i = np.repeat(np.arange(held.rows), count)
    nth = np.arange(len(session_i)) - np.repeat(np.cumsum(count) - count, count)
    minute_at = first[session_i] + nth * MINUTE
    middle = minute_at + MINUTE // 2
    broken = (middle >= held.outage_from[session_i]) & (middle < held.outage_to[session_i])
    return Frame(session_i=session_i, minute_at=minute_at, broken=broken)


def _sessions_by_id(held: Frame, session_id: np.ndarray) -> np.ndarray:
    """The row of `held` of each session_id, NONE where it is not among them."""
    if not held.rows:
        return np.full(len(session_id), NONE)
    order = np.argsort(held.session_id)
    place = np.minimum(np.searchsorted(held.session_id[order], session_id), held.rows - 1)
    return np.where(held.session_id[order[place]] == session_id, order[place], NONE)


def _minute_of(held: Frame, minutes: Frame, session_i: np.ndarray, when: np.ndarray) -> np.ndarray:
    """The row of `minutes` of each (session, moment); a moment after the end falls into the last minute."""
    start = np.searchsorted(minutes.session_i, np.arange(held.rows))
    count = np.bincount(minutes.session_i, minlength=held.rows)
    nth = (when - minutes.minute_at[start[session_i]]) // MINUTE
    return start[session_i] + np.clip(nth, 0, count[session_i] - 1)


def _count_touches(cohort: Cohort, held: Frame, minutes: Frame, seen: dict[str, np.ndarray]) -> None:
    """Adds the touches that the company itself saw in the rooms: those no ad led in, and clicks on products."""
    touch = cohort.touches
    rows = np.flatnonzero(touch.room != NONE)
    session_i = _sessions_by_id(held, touch.room[rows])
    rows, session_i = rows[session_i != NONE], session_i[session_i != NONE]
    minute_i = _minute_of(held, minutes, session_i, touch.happened_at[rows])
    for name, wanted in (
        ("natural_touches", touch.ad[rows] == NONE),
        ("product_touches", touch.event[rows] == media.PRODUCT_CLICK),
    ):
        seen[name] += np.bincount(minute_i[wanted], minlength=minutes.rows)


def _ordered_in(world: World, cohort: Cohort, held: Frame, minutes: Frame) -> Frame:
    """The lines of a cohort's orders that were placed in the rooms, with the columns of Rooms.lines."""
    session_of_order = _sessions_by_id(held, cohort.orders.room)
    lines = cohort.lines.take(session_of_order[cohort.lines.order_i] != NONE)
    order = cohort.orders.take(lines.order_i)
    session_i = session_of_order[lines.order_i]
    paid = order.paid_at != NONE
    return Frame(
        session_i=session_i,
        minute_i=_minute_of(held, minutes, session_i, order.ordered_at),
        paid_minute_i=np.where(paid, _minute_of(held, minutes, session_i, order.paid_at), NONE),
        product_i=world.catalogue.skus.product_i[lines.sku],
        sku=lines.sku,
        order_id=order.order_id,
        person=order.person,
        ad=order.ad,
        quantity=lines.quantity,
        gmv_fen=gmv_fen(lines),
        user_paid_fen=lines.payable_fen,
        voucher_fen=lines.platform_borne_fen,
        refund_fen=lines.refund_fen,
        refunded_at=lines.refunded_at,
        paid_at=order.paid_at,
        first=lines.nth == 0,
    )


def _add_orders(minutes: Frame, ordered: Frame) -> None:
    """Adds what was ordered and paid in each minute: created_orders, paid_orders, gmv_fen, user_paid_fen, pieces, ad_*."""
    paid = ordered.paid_minute_i != NONE
    first = ordered.first
    by_ad = paid & (ordered.ad != NONE)
    one = np.ones(ordered.rows, np.int64)
    for name, minute, rows, values in (
        ("created_orders", ordered.minute_i, first, one),
        ("paid_orders", ordered.paid_minute_i, first & paid, one),
        ("gmv_fen", ordered.paid_minute_i, paid, ordered.gmv_fen),
        ("user_paid_fen", ordered.paid_minute_i, paid, ordered.user_paid_fen),
        ("pieces", ordered.paid_minute_i, paid, ordered.quantity),
        ("ad_orders", ordered.paid_minute_i, first & by_ad, one),
        ("ad_gmv_fen", ordered.paid_minute_i, by_ad, ordered.gmv_fen),
    ):
        minutes[name] = np.bincount(minute[rows], values[rows], minutes.rows).astype(np.int64)
