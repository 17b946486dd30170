"""Prospects of a day, the touches they had, and whether they ordered: the place where cause is planted.

A prospect's chance to order is their own (cold or hot) plus the sum of the effects of the channels that reached them.
They order when their `luck`, one uniform drawn once, lies below it: so what they would have done without a channel is
known for each of them. Some channels reach the hot ones more often; comparing the reached with the others therefore
overstates those channels, as it does in life.
"""

import numpy as np

from simulator import media
from simulator.days import DAY, HOUR
from simulator.frame import NONE, Frame, stack
from simulator.live.sessions import on_air, running, sessions_of_days
from simulator.people import SECOND_VISITOR_ID, VISITOR_ID
from simulator.rng import share, stream

HOUR_PROFILE = np.array([2, 1, 0.5, 0.3, 0.3, 0.5, 1, 2, 3, 4, 4, 4, 5, 4, 3, 3, 3, 4, 5, 8, 11, 12, 9, 5])
WEEKDAY_LEVEL = (0.95, 0.93, 0.96, 1.0, 1.08, 1.15, 1.1)  # Monday first
TWIN_RATE = 0.03
SOON_RATE, SOON_SECONDS = 0.72, 480
"""Who orders after a live room mostly does so in it, within minutes."""
NATURAL_ROOMS = {"live_recommend": {0: 0.6, 1: 0.4}, "weixin_recommend": {3: 1.0}, "kuaishou_recommend": {2: 1.0}}
"""Into which accounts' rooms (live.ACCOUNTS) a platform's own recommendation leads."""
TOUCHED_AT_ONCE = 300_000
_ROOMS_BACK_DAYS = 3
"""A touch that finds no room open moves back to the session before it, mostly within this time."""


def make_prospects(seed: int, day_start: int, mean_orders: float, people: int) -> Frame:
    """One day's prospects in order of decision.

    Columns: person, decided_at, shop (media.SHOPS), hot (about to buy anyway), chance (rarely above 1), luck (orders when
    luck < chance), ordered, exposed (rows x channels, bool).
    """
    draw = stream(seed, "prospects", day_start // DAY)
    weekday = (day_start // DAY + 3) % 7
    count = max(1, int(draw.poisson(mean_orders * WEEKDAY_LEVEL[weekday] / media.mean_chance())))
    hour = draw.choice(24, count, p=HOUR_PROFILE / HOUR_PROFILE.sum())
    decided = np.sort(day_start + hour * HOUR + draw.integers(0, HOUR, count))
    person = np.minimum((people * draw.random(count) ** 1.3).astype(np.int64), people - 1)
    # Some people come twice in a row: two orders that may share one parcel.
    twin = np.flatnonzero(draw.random(count) < TWIN_RATE)
    twin = twin[twin > 0]
    person[twin] = person[twin - 1]
    shop = home_shop(seed, person)
    hot = draw.random(count) < media.HOT_SHARE
    reach = media.reach_table().astype(np.float32)[shop, hot.astype(int)]
    exposed = draw.random((count, len(media.CHANNELS)), np.float32) < reach
    base = np.where(hot, media.HOT_CHANCE, media.COLD_CHANCE)
    chance = base + exposed @ np.array([c.effect for c in media.CHANNELS])
    luck = draw.random(count)
    return Frame(
        person=person,
        decided_at=decided,
        shop=shop,
        hot=hot,
        chance=chance,
        luck=luck,
        ordered=luck < chance,
        exposed=exposed,
    )


def home_shop(seed: int, person: np.ndarray) -> np.ndarray:
    """The shop where each person buys (index into media.SHOPS): always the same one."""
    edges = np.cumsum(media.SHOP_SHARES)[:-1]
    return np.searchsorted(edges, share(person, seed, "shop"), side="right")


def make_touches(seed: int, day_start: int, prospects: Frame, before: int | None = None) -> Frame:
    """The touches of a day's prospects, oldest first; with `before` only those that happened before that moment.

    Columns: prospect_i, channel, happened_at (before the decision, at most LOOK_BACK_DAYS), event, identity, ad,
    creative, room (NONE where not applicable), variety (a stable uniform that quirks use), event_id.
    """
    # A large day is made in parts: what is drawn on the way weighs several times what is kept of it.
    frame = stack(
        [
            _touches_of(seed, day_start, prospects, low, before)
            for low in range(0, max(1, prospects.rows), TOUCHED_AT_ONCE)
        ]
    )
    order = _by_time(frame)
    for name in list(frame):
        frame[name] = frame[name][order]
    frame["event_id"] = (day_start // DAY) * 1_000_000_000 + np.arange(frame.rows)
    return frame


def _touches_of(seed: int, day_start: int, prospects: Frame, low: int, before: int | None) -> Frame:
    """The touches of the TOUCHED_AT_ONCE prospects from `low` on, by prospect and channel."""
    draw = stream(seed, "touches", day_start // DAY, *([low] if low else []))
    prospect_i, channel = np.nonzero(prospects.exposed[low : low + TOUCHED_AT_ONCE])
    prospect_i += low
    times = 1 + (draw.random(len(channel)) < 0.35)
    prospect_i, channel = np.repeat(prospect_i, times), np.repeat(channel, times)
    live = np.array([c.live for c in media.CHANNELS])[channel]
    count = len(channel)
    mean = np.array([c.delay_hours for c in media.CHANNELS])[channel] * HOUR
    mean = np.where(live & (draw.random(count) < SOON_RATE), SOON_SECONDS, mean)
    limit = media.LOOK_BACK_DAYS * DAY - HOUR - live * _ROOMS_BACK_DAYS * DAY
    happened = prospects.decided_at[prospect_i] - np.clip(draw.exponential(mean), 45, limit).astype(np.int64)
    if before is not None:
        # A live touch may still move back to an earlier session; what cannot come before the moment goes at once.
        early = happened - live * _ROOMS_BACK_DAYS * DAY < before
        prospect_i, channel, live, happened = (column[early] for column in (prospect_i, channel, live, happened))
        count = len(channel)
    ad = _pick_ads(draw, channel)
    identity = np.array([c.identity for c in media.CHANNELS])[channel]
    # The same person on another device (设备): known as the same only where a link says so.
    other_device = (identity == VISITOR_ID) & (draw.random(count) < 0.12)
    happened, room = _into_rooms(
        seed,
        day_start,
        np.where(live, _room_accounts(draw, channel, ad), NONE),
        happened,
        draw.random(count),
    )
    frame = Frame(
        prospect_i=prospect_i,
        channel=channel,
        happened_at=happened,
        event=_pick_events(draw, channel),
        identity=np.where(other_device, SECOND_VISITOR_ID, identity),
        ad=ad,
        creative=np.where(ad == NONE, NONE, draw.integers(0, media.CREATIVES_PER_AD, count)),
        room=room,
        variety=draw.random(count),
    )
    return frame if before is None else frame.take(happened < before)


def _by_time(touches: Frame) -> np.ndarray:
    """The order by moment, prospect and channel: one number a row, because sorting by three columns is slow."""
    seconds = touches.happened_at - (touches.happened_at.min() if touches.rows else 0)
    prospects = int(touches.prospect_i.max(initial=0)) + 1
    return np.argsort((seconds * prospects + touches.prospect_i) * len(media.CHANNELS) + touches.channel, kind="stable")


def last_touch(prospects: Frame, touches: Frame, only: np.ndarray | None = None) -> np.ndarray:
    """For each prospect the position of their last touch (among the rows of mask `only`), NONE without one."""
    last = np.full(prospects.rows, NONE)
    rows = np.arange(touches.rows) if only is None else np.flatnonzero(only)
    last[touches.prospect_i[rows]] = rows  # touches are in time order, so the last write wins
    return last


def _room_accounts(draw: np.random.Generator, channel: np.ndarray, ad: np.ndarray) -> np.ndarray:
    """The account (live.ACCOUNTS) whose room each live touch leads to: the plan's own, or one of its platform's."""
    account = np.where(ad == NONE, NONE, media.AD_ROOM[ad])
    for name, accounts in NATURAL_ROOMS.items():
        rows = np.flatnonzero(channel == media.channel_number(name))
        account[rows] = draw.choice(list(accounts), len(rows), p=list(accounts.values()))
    return account


def _into_rooms(
    seed: int, day_start: int, account: np.ndarray, when: np.ndarray, luck: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(happened_at, room id) of each touch: one that leads to an account's room happens while a session of it runs.

    Without a running session it moves back to a moment of the session before, which `luck` chooses. Touches without
    an account (NONE) stay where they are, and so do the very few that no session within the look-back takes.
    """
    today = day_start // DAY
    held = sessions_of_days(seed, today - media.LOOK_BACK_DAYS - 1, today)
    found = running(held, account, when)
    last = np.maximum(found, 0)
    over = when >= held.ends_at[last]
    moved = np.where(over, held.starts_at[last] + (luck * (held.ends_at - held.starts_at)[last]).astype(np.int64), when)
    # Nobody comes in while the stream is broken; they came just before.
    broken = (moved >= held.outage_from[last]) & (moved < held.outage_to[last])
    moved = np.where(broken, 2 * held.outage_from[last] - moved - 1, moved)
    fits = on_air(held, found, moved) & (moved > today * DAY - media.LOOK_BACK_DAYS * DAY)
    return np.where(fits, moved, when), np.where(fits, held.session_id[last], NONE)


def _pick_ads(draw: np.random.Generator, channel: np.ndarray) -> np.ndarray:
    """A plan for each touch of a paid channel, NONE for the others."""
    ad = np.full(len(channel), NONE)
    for number, spec in enumerate(media.CHANNELS):
        if spec.paid:
            mine = np.flatnonzero(number == media.AD_CHANNEL)
            weight = np.array([media.PLANS[i][3] for i in mine])
            rows = np.flatnonzero(channel == number)
            ad[rows] = draw.choice(mine, len(rows), p=weight / weight.sum())
    return ad


def _pick_events(draw: np.random.Generator, channel: np.ndarray) -> np.ndarray:
    """An event type for each touch after its channel's own mixture."""
    event = np.zeros(len(channel), np.int64)
    for number, spec in enumerate(media.CHANNELS):
        rows = np.flatnonzero(channel == number)
        kinds, weights = zip(*spec.events, strict=True)
        event[rows] = draw.choice(kinds, len(rows), p=np.array(weights) / sum(weights))
    return event
