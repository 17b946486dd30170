"""Round a live session (直播场次): who is on the air when, which goods are planned, the script, the control desk (中控)."""

from datetime import date
from functools import lru_cache

import numpy as np

from simulator.catalogue import ROLES
from simulator.days import DAY, HOUR, start_of
from simulator.frame import NONE, Frame, stack
from simulator.live import sessions_of_days
from simulator.live.goods import LISTED_SHARE
from simulator.rng import mix, part, share, stream

ACTIONS = ("reprice", "list", "delist", "coupon", "pin")
ACTION_SHARES = (0.15, 0.3, 0.15, 0.2, 0.2)
MEDIAN_SECONDS = np.array([26, 9, 11, 16, 5])
ACTIONS_AN_HOUR = 4.0
ROLES_AT_DESK = ("中控", "运营", "场控")
TEN_MINUTES = 600
SHIFT = 4 * HOUR


def planned(world, first: date, last: date) -> Frame:
    """The sessions that start on first..last (also after the world's last day: the plan looks ahead), see live.sessions."""
    return sessions_of_days(world.seed, start_of(first) // DAY, start_of(last) // DAY)


def plan_key(held: Frame) -> np.ndarray:
    """The number behind each session's plan_id: YYYYMMDD and the slot."""
    days = held.starts_at.astype("datetime64[s]").astype("datetime64[D]")
    year = days.astype("datetime64[Y]").astype(int) + 1970
    month = days.astype("datetime64[M]").astype(int) % 12 + 1
    day = (days - days.astype("datetime64[M]")).astype(int) + 1
    return ((year * 100 + month) * 100 + day) * 100 + held.slot_i + 1


def shifts(held: Frame, seed: int) -> Frame:
    """Who is on the air, by session and time: held_i, host_i, starts_at, ends_at (planned, whole ten minutes), co_host.

    Two hosts of a session over four hours take turns half of the time; otherwise the second one assists throughout.
    """
    begins = (held.starts_at + TEN_MINUTES // 2) // TEN_MINUTES * TEN_MINUTES
    ends = (held.ends_at + TEN_MINUTES // 2) // TEN_MINUTES * TEN_MINUTES
    number = np.arange(held.rows)
    pair = held.co_host_i != NONE
    turns = pair & (ends - begins > SHIFT) & (share(held.session_id, seed, "turns") < 0.5)
    middle = begins + (ends - begins) // 2 // TEN_MINUTES * TEN_MINUTES
    main = Frame(
        held_i=number,
        host_i=held.host_i,
        starts_at=begins,
        ends_at=np.where(turns, middle, ends),
        co_host=np.zeros(held.rows, bool),
    )
    second = Frame(
        held_i=number,
        host_i=held.co_host_i,
        starts_at=np.where(turns, middle, begins),
        ends_at=ends,
        co_host=~turns,
    ).take(pair)
    both = stack([main, second])
    return both.take(np.lexsort((both.starts_at, both.co_host, both.held_i)))


def assortments(world, held: Frame) -> Frame:
    """The goods of each session: held_i, product_i, position (from 1), role_i (catalogue.ROLES).

    12 to 23 of the products that stand on the session's list anyway, the popular ones first; one in twelve is planned in
    another role than it was made for.
    """
    goods = world.catalogue
    weight = np.bincount(goods.skus.product_i, goods.skus.weight, goods.products.rows)
    cell = held.session_id[:, None] + np.arange(goods.products.rows)[None, :]
    listed = share(cell, world.seed, "listed") < LISTED_SHARE
    luck = np.maximum(share(cell, world.seed, "assortment"), 1e-12)
    # weighted drawing without replacement: the smallest of exponential clocks; what is not listed comes last
    order = np.argsort(np.where(listed, 0, 1e9) - np.log(luck) / weight[None, :], axis=1, kind="stable")
    size = 12 + part(held.session_id, world.seed, "assortment size", 12)
    held_i = np.repeat(np.arange(held.rows), size)
    nth = np.arange(len(held_i)) - np.repeat(np.cumsum(size) - size, size)
    product = order[held_i, nth]
    own = goods.products.role_i[product]
    odd = share(held.session_id[held_i] + nth, world.seed, "other role") < 1 / 12
    return Frame(held_i=held_i, product_i=product, position=nth + 1, role_i=np.where(odd, (own + 1) % len(ROLES), own))


@lru_cache(maxsize=256)
def actions_of_day(seed: int, day: int) -> Frame:
    """What the desk was asked for in the sessions that start on `day` (days since 1970), by time.

    Columns: session_id, action_id, action, requested_at, completed_at (NONE = never), role.
    """
    held = sessions_of_days(seed, day, day)
    draw = stream(seed, "control actions", day)
    counts = draw.poisson((held.ends_at - held.starts_at) / HOUR * ACTIONS_AN_HOUR)
    held_i = np.repeat(np.arange(held.rows), counts)
    count = len(held_i)
    action = draw.choice(len(ACTIONS), count, p=ACTION_SHARES)
    length = held.ends_at[held_i] - held.starts_at[held_i] - 120
    requested = held.starts_at[held_i] + 60 + (draw.random(count) * length).astype(np.int64)
    took = np.clip(draw.lognormal(np.log(MEDIAN_SECONDS[action]), 0.7), 1, 900).astype(np.int64)
    frame = Frame(
        session_id=held.session_id[held_i],
        action=action,
        requested_at=requested,
        completed_at=np.where(draw.random(count) < 0.02, NONE, requested + took),
        role=draw.integers(0, len(ROLES_AT_DESK), count),
    )
    frame = frame.take(np.lexsort((frame.session_id, frame.requested_at)))
    frame["action_id"] = day * 100_000 + np.arange(count)
    return frame


def scripts(world, held: Frame) -> Frame:
    """One script a session: held_i, script_key, reviewed_at (the day before), forbidden (script_words.FORBIDDEN, NONE
    without), passed, reviewer, words (a stable number that chooses the text)."""
    key = held.session_id
    hit = share(key, world.seed, "forbidden") < 0.15
    return Frame(
        held_i=np.arange(held.rows),
        script_key=plan_key(held),
        reviewed_at=held.starts_at // DAY * DAY - 8 * HOUR + part(key, world.seed, "script reviewed", 5 * HOUR),
        forbidden=np.where(hit, part(key, world.seed, "forbidden words", 1 << 20), NONE),
        # Two in five scripts with a forbidden word slip through the review.
        passed=~hit | (share(key, world.seed, "slips through") < 0.4),
        reviewer=part(key, world.seed, "reviewer", 3),
        words=mix(key, world.seed, "script words").astype(np.int64) & 0xFFFFFFFF,
    )
