"""What ads did for each room, as known at a moment: spend and traffic by session, and the orders that ads closed."""

from datetime import timedelta

import numpy as np

from simulator import media
from simulator.ads import ad_hours
from simulator.days import DAY, HOUR, day_of
from simulator.frame import NONE, Frame
from simulator.live.accounts import ACCOUNTS
from simulator.live.rooms import Rooms
from simulator.status import happened
from simulator.world import World

TRAFFIC = ("spend_fen", "impressions", "clicks", "room_enters", "cart_views", "one_minute_views", "follows")


def room_ads(world: World, rooms: Rooms, at: int, platform: str = "qianchuan") -> Frame:
    """One row per session of `rooms`, in their order: TRAFFIC of the platform's room plans, and what their orders came to.

    Orders count for the ads when the room's order was closed by a plan (created_orders, paid_orders, gmv_fen); refunds
    and settlements within 7 and 14 days of payment grow until then (refund_7d_fen, refund_7d_orders, settled_7d_fen,
    settled_7d_orders and the same for 14d). All of it lies within the room's own totals.
    """
    count = rooms.sessions.rows
    found = Frame({name: np.zeros(count, np.int64) for name in TRAFFIC})
    if count:
        first, last = day_of(rooms.sessions.starts_at.min()), day_of(rooms.sessions.ends_at.max())
        hours = ad_hours(world, first, min(last, world.last_day + timedelta(days=1)), at, platform)
        led = hours.take(media.AD_ROOM[hours.ad] != NONE)
        session_i = session_of_hour(rooms, led.hour_at, media.AD_ROOM[led.ad])
        known = session_i != NONE
        for name in TRAFFIC:
            found[name] = np.bincount(session_i[known], led[name][known], count).astype(np.int64)
    mine = media.AD_PLATFORMS.index(platform) == media.AD_PLATFORM
    lines = rooms.lines.take((rooms.lines.ad != NONE) & mine[rooms.lines.ad])
    paid = lines.paid_minute_i != NONE
    one = np.ones(lines.rows, np.int64)

    def add(name: str, rows: np.ndarray, values: np.ndarray) -> None:
        found[name] = np.bincount(lines.session_i[rows], values[rows], count).astype(np.int64)

    add("created_orders", lines.first, one)
    add("paid_orders", lines.first & paid, one)
    add("gmv_fen", paid, lines.gmv_fen)
    for days in (7, 14):
        back = paid & happened(lines.refunded_at, at) & (lines.refunded_at - lines.paid_at <= days * DAY)
        returned = np.minimum(lines.refund_fen, lines.gmv_fen)
        add(f"refund_{days}d_fen", back, returned)
        found[f"settled_{days}d_fen"] = found.gmv_fen - found[f"refund_{days}d_fen"]
        orders = np.unique(np.stack([lines.session_i[back], lines.order_id[back]]), axis=1)[0]
        found[f"refund_{days}d_orders"] = np.bincount(orders, minlength=count)
        found[f"settled_{days}d_orders"] = found.paid_orders - found[f"refund_{days}d_orders"]
    return found


def session_of_hour(rooms: Rooms, hour_at: np.ndarray, account_i: np.ndarray) -> np.ndarray:
    """The session of each (hour, account): an account is in at most one room within an hour; NONE without one."""
    cell = rooms.minutes.minute_at // HOUR * len(ACCOUNTS) + rooms.sessions.account_i[rooms.minutes.session_i]
    keys, first = np.unique(cell, return_index=True)
    wanted = np.asarray(hour_at) // HOUR * len(ACCOUNTS) + account_i
    if not len(keys):
        return np.full(len(wanted), NONE)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, rooms.minutes.session_i[first[place]], NONE)
