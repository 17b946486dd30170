"""Prospects of a day, the touches they had, and whether they ordered: the place where cause is planted.

A prospect's chance to order is BASE_CHANCE plus the sum of the effects of the channels that reached them; reach is
independent of everything else, so a channel's effect is causal and known.
"""

import numpy as np

from simulator import media
from simulator.days import DAY, HOUR
from simulator.frame import NONE, Frame
from simulator.people import SECOND_VISITOR_ID, VISITOR_ID
from simulator.rng import stream

HOUR_PROFILE = np.array([2, 1, 0.5, 0.3, 0.3, 0.5, 1, 2, 3, 4, 4, 4, 5, 4, 3, 3, 3, 4, 5, 8, 11, 12, 9, 5])
WEEKDAY_LEVEL = (0.95, 0.93, 0.96, 1.0, 1.08, 1.15, 1.1)  # Monday first
TWIN_RATE = 0.03


def make_prospects(seed: int, day_start: int, mean_orders: float, people: int) -> Frame:
    """One day's prospects in order of decision.

    Columns: person, decided_at, chance, luck (orders when luck < chance), ordered, exposed (rows x channels, bool).
    """
    draw = stream(seed, "prospects", day_start // DAY)
    weekday = (day_start // DAY + 3) % 7
    count = max(1, int(draw.poisson(mean_orders * WEEKDAY_LEVEL[weekday] / media.MEAN_CHANCE)))
    hour = draw.choice(24, count, p=HOUR_PROFILE / HOUR_PROFILE.sum())
    decided = np.sort(day_start + hour * HOUR + draw.integers(0, HOUR, count))
    person = np.minimum((people * draw.random(count) ** 1.3).astype(np.int64), people - 1)
    # Some people come twice in a row: two orders that may share one parcel.
    twin = np.flatnonzero(draw.random(count) < TWIN_RATE)
    twin = twin[twin > 0]
    person[twin] = person[twin - 1]
    exposed = draw.random((count, len(media.CHANNELS))) < np.array([c.reach for c in media.CHANNELS])
    chance = media.BASE_CHANCE + exposed @ np.array([c.effect for c in media.CHANNELS])
    luck = draw.random(count)
    return Frame(person=person, decided_at=decided, chance=chance, luck=luck, ordered=luck < chance, exposed=exposed)


def make_touches(seed: int, day_start: int, prospects: Frame) -> Frame:
    """The touches of a day's prospects, oldest first.

    Columns: prospect_i, channel, happened_at (before the decision, at most LOOK_BACK_DAYS), event, identity, ad,
    creative, room (NONE where not applicable), variety (a stable uniform that quirks use), event_id.
    """
    draw = stream(seed, "touches", day_start // DAY)
    prospect_i, channel = np.nonzero(prospects.exposed)
    times = 1 + (draw.random(len(channel)) < 0.35)
    prospect_i, channel = np.repeat(prospect_i, times), np.repeat(channel, times)
    count = len(channel)
    mean = np.array([c.delay_hours for c in media.CHANNELS])[channel] * HOUR
    delay = np.clip(draw.exponential(mean), 45, media.LOOK_BACK_DAYS * DAY - HOUR).astype(np.int64)
    live = np.array([c.live for c in media.CHANNELS])[channel]
    ad = _pick_ads(draw, channel)
    identity = np.array([c.identity for c in media.CHANNELS])[channel]
    # The same person on another device (设备): known as the same only where a link says so.
    other_device = (identity == VISITOR_ID) & (draw.random(count) < 0.12)
    happened = prospects.decided_at[prospect_i] - delay
    room = draw.integers(0, 2, count)
    frame = Frame(
        prospect_i=prospect_i,
        channel=channel,
        happened_at=happened,
        event=_pick_events(draw, channel),
        identity=np.where(other_device, SECOND_VISITOR_ID, identity),
        ad=ad,
        creative=np.where(ad == NONE, NONE, draw.integers(0, media.CREATIVES_PER_AD, count)),
        room=np.where(live, media.room_id(happened // DAY, room), NONE),
        variety=draw.random(count),
    )
    frame = frame.take(np.lexsort((frame.channel, frame.prospect_i, frame.happened_at)))
    frame["event_id"] = (day_start // DAY) * 10_000_000 + np.arange(count)
    return frame


def last_touch(prospects: Frame, touches: Frame, only: np.ndarray | None = None) -> np.ndarray:
    """For each prospect the position of their last touch (among the rows of mask `only`), NONE without one."""
    last = np.full(prospects.rows, NONE)
    rows = np.arange(touches.rows) if only is None else np.flatnonzero(only)
    last[touches.prospect_i[rows]] = rows  # touches are in time order, so the last write wins
    return last


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
