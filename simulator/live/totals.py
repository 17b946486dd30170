"""What a session comes to (场次汇总), as known at a moment: its minutes summed, and refunds that go on growing."""

import numpy as np

from simulator.days import HOUR
from simulator.frame import NONE, Frame
from simulator.live.rooms import Rooms
from simulator.rng import share
from simulator.status import happened

SUMMED = (
    "enters",
    "comments",
    "likes",
    "shares",
    "follows",
    "fans_club",
    "product_exposures",
    "product_clicks",
    "cart_clicks",
    "created_orders",
    "paid_orders",
    "gmv_fen",
    "user_paid_fen",
    "pieces",
    "ad_enters",
    "ad_orders",
    "ad_gmv_fen",
    "ad_spend_fen",
)


def session_totals(seed: int, rooms: Rooms, at: int) -> Frame:
    """One row per session of `rooms`, in their order, refunds as known at `at` (wall seconds).

    Columns: SUMMED (sums over its minutes), seconds, peak_online, mean_online, watch_minutes (person minutes), viewers,
    exposed, exposures, product_viewers, product_clickers, buyers (people; each within the one before), listed
    (products), refund_orders, refund_fen, refund_buyers, refund_1h_orders, refund_1h_fen (within an hour of payment),
    voucher_orders, voucher_paid_fen, voucher_fen.
    """
    held, minutes, lines = rooms.sessions, rooms.minutes, rooms.lines
    count = held.rows
    found = Frame({n: np.bincount(minutes.session_i, minutes[n], count).astype(np.int64) for n in SUMMED})
    starts = np.searchsorted(minutes.session_i, np.arange(count))
    found["seconds"] = held.ends_at - held.starts_at
    found["peak_online"] = np.maximum.reduceat(minutes.online, starts) if count else np.zeros(0, np.int64)
    found["watch_minutes"] = np.bincount(minutes.session_i, minutes.online, count).astype(np.int64)
    found["mean_online"] = found.watch_minutes * 60 // found.seconds
    paid = lines.paid_minute_i != NONE
    found["buyers"] = _people(lines.take(paid), count)
    some = share(held.session_id, seed, "viewers")
    found["viewers"] = np.maximum(found.buyers, (found.enters * (0.78 + 0.1 * some)).astype(np.int64))
    found["exposures"] = (found.enters * (4 + 2 * some)).astype(np.int64)
    found["exposed"] = np.maximum(found.viewers, (found.exposures * 0.8).astype(np.int64))
    clickers = np.minimum((found.product_clicks * 0.45).astype(np.int64), found.viewers)
    found["product_clickers"] = np.maximum(found.buyers, clickers)
    seen = np.minimum((found.viewers * 0.75).astype(np.int64), found.product_exposures)
    found["product_viewers"] = np.clip(seen, found.product_clickers, found.viewers)
    found["listed"] = np.bincount(rooms.products.session_i, minlength=count)
    soon = lines.refunded_at - lines.paid_at <= HOUR
    back = paid & happened(lines.refunded_at, at) & (lines.refund_fen > 0)
    for name, rows in (("refund", back), ("refund_1h", back & soon)):
        mine = lines.take(rows)
        found[f"{name}_fen"] = np.bincount(mine.session_i, mine.refund_fen, count).astype(np.int64)
        found[f"{name}_orders"] = _distinct(mine.session_i, mine.order_id, count)
    found["refund_buyers"] = _people(lines.take(back), count)
    helped = lines.take(paid & (lines.voucher_fen > 0))
    found["voucher_orders"] = _distinct(helped.session_i, helped.order_id, count)
    found["voucher_paid_fen"] = np.bincount(helped.session_i, helped.user_paid_fen, count).astype(np.int64)
    found["voucher_fen"] = np.bincount(helped.session_i, helped.voucher_fen, count).astype(np.int64)
    return found


def net_fen(totals: Frame) -> np.ndarray:
    """净成交金额: 成交金额 less what was refunded within an hour of payment."""
    return totals.gmv_fen - np.minimum(totals.refund_1h_fen, totals.gmv_fen)


def _people(lines: Frame, sessions: int) -> np.ndarray:
    return _distinct(lines.session_i, lines.person, sessions)


def _distinct(session_i: np.ndarray, ids: np.ndarray, sessions: int) -> np.ndarray:
    """How many different ids each session has."""
    if not len(ids):
        return np.zeros(sessions, np.int64)
    pairs = np.unique(np.stack([session_i, ids.astype(np.int64)]), axis=1)
    return np.bincount(pairs[0], minlength=sessions)
