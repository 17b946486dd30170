"""随心推 (小店随心推): small boosts that the company buys for an evening's room, beside its plans."""

from datetime import date

import numpy as np

from simulator.days import DAY
from simulator.frame import NONE, Frame
from simulator.live.accounts import DOUYIN
from simulator.live.rooms import rooms_of
from simulator.live.totals import session_totals
from simulator.rng import share
from simulator.world import World

BOUGHT_RATE = 0.45
VALUES_FEN = (10_000, 20_000, 30_000, 50_000)


def boosts(world: World, first: date, last: date, at: int) -> Frame:
    """One row per boost bought for a 抖音 room of first..last, as known at `at`, by the day on which the room started.

    Columns: session_id, account_i, day_at (00:00), order_id (the boost's own order, 随心推订单), ad_id, spend_fen,
    impressions, clicks, enters, cart_views, product_clicks, follows, comments, paid_orders, paid_fen. They are a part
    of the room's natural traffic and orders: no plan led them in. On its own day the spend is not final.
    """
    rooms = rooms_of(world, first, last)
    held, total = rooms.sessions, session_totals(world.seed, rooms, at)
    some = share(held.session_id, world.seed, "boost")
    chosen = np.flatnonzero((held.platform_i == DOUYIN) & (some < BOUGHT_RATE))
    held, total, some = held.take(chosen), total.take(chosen), some[chosen] / BOUGHT_RATE
    value = np.array(VALUES_FEN)[(some * len(VALUES_FEN)).astype(int)]
    fresh = held.starts_at // DAY >= (at - DAY) // DAY
    natural = total.enters - total.ad_enters
    enters = np.minimum(value // 40, natural // 4)
    part = enters / np.maximum(natural, 1)
    lines = rooms.lines.take((rooms.lines.paid_minute_i != NONE) & (rooms.lines.ad == NONE))
    closed = lines.take(share(lines.order_id, world.seed, "boosted") < np.append(part, 0)[_place(chosen, lines)])
    count = rooms.sessions.rows
    paid_fen = np.bincount(closed.session_i, closed.gmv_fen, count).astype(np.int64)[chosen]
    first_lines = closed.take(closed.first)
    return Frame(
        session_id=held.session_id,
        account_i=held.account_i,
        day_at=held.starts_at // DAY * DAY,
        order_id=1_820_000_000_000_003 + (held.starts_at // DAY) * 10_000_019 + held.slot_i * 1_009,
        ad_id=1_821_000_000_000_011 + (held.starts_at // DAY) * 10_000_079 + held.slot_i * 1_013,
        spend_fen=np.where(fresh, value * 97 // 100, value),
        impressions=enters * 22,
        clicks=enters + enters // 5,
        enters=enters,
        cart_views=enters // 2,
        product_clicks=enters * 2 // 5,
        follows=enters // 60,
        comments=enters // 40,
        paid_orders=np.bincount(first_lines.session_i, minlength=count)[chosen],
        paid_fen=paid_fen,
    )


def _place(chosen: np.ndarray, lines: Frame) -> np.ndarray:
    """For each line the position of its session among the chosen, and one past their end when it is not among them."""
    place = np.searchsorted(chosen, lines.session_i)
    inside = np.append(chosen, NONE)[place] == lines.session_i
    return np.where(inside, place, len(chosen))
