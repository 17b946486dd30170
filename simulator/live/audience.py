"""Who came, stayed, clicked and spoke in each minute of a session: made to agree with its orders and its ads."""

from datetime import timedelta

import numpy as np

from simulator import media
from simulator.ads import ad_hours
from simulator.days import HOUR, day_of, export_moment
from simulator.frame import Frame
from simulator.live.accounts import ACCOUNTS, PLATFORMS
from simulator.live.sessions import MINUTE
from simulator.rng import share
from simulator.world import World

STAY_SHARE = 0.86
"""Of those in the room, the share that is still there a minute later."""
LONGEST_STAY = 60
_AD_PLATFORM = {"douyin": "qianchuan", "kuaishou": "kuaishou", "weixin": "tencent"}
"""The ad platform that leads into the rooms of each of live.PLATFORMS."""


def add_audience(world: World, held: Frame, minutes: Frame, seen: dict[str, np.ndarray]) -> None:
    """Adds to the minutes: ad_enters, ad_spend_fen, enters, leaves, online, comments, likes, shares, follows,
    fans_club, product_exposures, product_clicks, cart_clicks.

    enters of a session = its leaves; enters = ad_enters + natural ones; nothing comes in while the stream is broken.
    `seen` holds the touches that the company saw: the rooms hold at least those.
    """
    key = minutes.minute_at // MINUTE * 16 + held.slot_i[minutes.session_i]

    def count(mean: np.ndarray, salt: str) -> np.ndarray:
        """A whole number about `mean`, the same whichever days are asked for."""
        level = 0.6 + 0.8 * share(key, world.seed, salt)
        return np.floor(mean * level + share(key, world.seed, salt + "rounding")).astype(np.int64)

    minutes["ad_enters"], minutes["ad_spend_fen"] = _led_by_ads(world, held, minutes)
    viewers = np.array([a.viewers for a in ACCOUNTS])[held.account_i[minutes.session_i]]
    age = (minutes.minute_at - held.starts_at[minutes.session_i]) / MINUTE
    natural = world.orders_per_day * viewers * 0.02 * (1 - 0.7 * np.exp(-np.maximum(age, 0) / 15))
    natural = count(natural + 8 * minutes.created_orders, "enters") * ~minutes.broken
    minutes["enters"] = minutes.ad_enters + natural + seen["natural_touches"]
    minutes["online"], minutes["leaves"] = _stay(minutes)
    online, alive = minutes.online, ~minutes.broken
    minutes["comments"] = count(online * 0.005 + minutes.created_orders * 0.5, "comments") * alive
    minutes["likes"] = count(online * 0.6, "likes") * alive
    minutes["shares"] = count(online * 0.004, "shares") * alive
    minutes["follows"] = count(minutes.enters * 0.012, "follows")
    minutes["fans_club"] = np.minimum(count(minutes.enters * 0.003, "fans club"), minutes.follows)
    clicks = count(online * 0.05, "product clicks") * alive
    minutes["product_clicks"] = clicks + 3 * minutes.created_orders + seen["product_touches"]
    minutes["product_exposures"] = minutes.product_clicks * 3 + count(online * 0.8, "product exposures") * alive
    minutes["cart_clicks"] = minutes.created_orders + count(minutes.product_clicks * 0.3, "carts")


def _led_by_ads(world: World, held: Frame, minutes: Frame) -> tuple[np.ndarray, np.ndarray]:
    """(people let in, final spend in fen) by the room plans of the ad platforms, spread evenly over each hour's minutes."""
    enters, spend = np.zeros(minutes.rows, np.int64), np.zeros(minutes.rows, np.int64)
    if not held.rows:
        return enters, spend
    first, last = day_of(held.starts_at.min()), day_of(held.ends_at.max())
    last = min(last, world.last_day)
    account, hour = held.account_i[minutes.session_i], minutes.minute_at // HOUR
    cell = hour * len(ACCOUNTS) + account
    # Only minutes in which the stream ran take part, unless the hour has none.
    usable = ~minutes.broken | ~np.isin(cell, cell[~minutes.broken])
    for platform in (_AD_PLATFORM[PLATFORMS[p]] for p in np.unique(held.platform_i).tolist()):
        hours = ad_hours(world, first, last, export_moment(last + timedelta(days=60)), platform)
        rooms = hours.take(media.AD_ROOM[hours.ad] >= 0)
        keys, group = np.unique(rooms.hour_at // HOUR * len(ACCOUNTS) + media.AD_ROOM[rooms.ad], return_inverse=True)
        for name, target in (("room_enters", enters), ("spend_fen", spend)):
            total = np.bincount(group, rooms[name], len(keys)).astype(np.int64)
            target += _spread(keys, total, cell, usable)
    return enters, spend


def _spread(keys: np.ndarray, total: np.ndarray, cell: np.ndarray, usable: np.ndarray) -> np.ndarray:
    """Each key's total shared out evenly, in whole numbers, among the usable rows whose `cell` is that key."""
    shared = np.zeros(len(cell), np.int64)
    if not len(keys):
        return shared
    place = np.minimum(np.searchsorted(keys, cell), len(keys) - 1)
    rows = np.flatnonzero(usable & (keys[place] == cell))
    rows = rows[np.argsort(place[rows], kind="stable")]
    mine = place[rows]
    size = np.bincount(mine, minlength=len(keys))
    nth = np.arange(len(rows)) - (np.cumsum(size) - size)[mine]
    shared[rows] = total[mine] * (nth + 1) // size[mine] - total[mine] * nth // size[mine]
    return shared


def _stay(minutes: Frame) -> tuple[np.ndarray, np.ndarray]:
    """(people online, people who left) by minute: everybody is gone when the stream breaks and when the session ends."""
    new_part = np.ones(minutes.rows, bool)
    new_part[1:] = (minutes.session_i[1:] != minutes.session_i[:-1]) | (minutes.broken[1:] != minutes.broken[:-1])
    starts = np.flatnonzero(new_part)
    sizes = np.diff(np.append(starts, minutes.rows))
    part_i = np.repeat(np.arange(len(starts)), sizes)
    nth = np.arange(minutes.rows) - starts[part_i]
    came = np.zeros((len(starts), int(sizes.max(initial=0))))
    came[part_i, nth] = minutes.enters
    left = np.zeros_like(came)
    for lag in range(1, min(LONGEST_STAY, came.shape[1] - 1) + 1):
        gone = STAY_SHARE ** (lag - 1) * (1 - STAY_SHARE) if lag < LONGEST_STAY else STAY_SHARE ** (lag - 1)
        left[:, lag:] += came[:, :-lag] * gone
    total_left = np.floor(left.cumsum(1) + 1e-6)
    online = (came.cumsum(1) - total_left)[part_i, nth].astype(np.int64)
    leaves = np.diff(total_left, axis=1, prepend=0)[part_i, nth].astype(np.int64)
    last = starts + sizes - 1
    leaves[last] += online[last]
    return online, leaves
