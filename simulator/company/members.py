"""Members (会员) of the company's programme and what they do for points."""

from functools import lru_cache

import numpy as np

from simulator.days import DAY, HOUR, start_of
from simulator.frame import NONE, Frame, stack
from simulator.people import OPEN_ID, PHONE, UNIONID
from simulator.rng import part, share, stream

MEMBER_SHARE = 0.3
LEVELS = ("普通", "银卡", "金卡", "黑钻")
EVENTS = ("check_in", "share", "redeem", "level_up", "badge")
CHECK_IN, SHARE, REDEEM, LEVEL_UP, BADGE = range(5)
POINTS = np.array([5, 10, -100, 50, 20])
EVENTS_A_DAY = 0.12
RICH = 2000
"""Only members with this many points at the beginning redeem, so that no balance falls below zero."""


def members(world) -> Frame:
    """Everyone who is or will be a member within the world, by person.

    Columns: person, identity (people.IDENTITIES), joined_at, level (when joining or when the world begins), opening (points then),
    level_up_at (NONE = never), month (of birth).
    """
    return _members(world.seed, world.people.size, start_of(world.first_day), world.days)


@lru_cache(maxsize=4)
def _members(seed: int, people: int, opening: int, days: int) -> Frame:
    person = np.arange(people)
    person = person[share(person, seed, "member") < MEMBER_SHARE]

    def drawn(salt: str) -> np.ndarray:
        return share(person, seed, "member " + salt)

    new = drawn("new") < 0.15
    moment = ((8 + 15 * drawn("hour")) * HOUR).astype(np.int64)
    day = np.where(new, (drawn("when") * days).astype(np.int64), -1 - (drawn("when") * 400).astype(np.int64))
    level = np.where(new, 0, np.searchsorted([0.6, 0.85, 0.96], drawn("level"), side="right"))
    ups = (drawn("level up") < 0.03) & ~new & (level < len(LEVELS) - 1)
    return Frame(
        person=person,
        identity=np.array([OPEN_ID, OPEN_ID, UNIONID, PHONE])[part(person, seed, "member identity", 4)],
        joined_at=opening + day * DAY + moment,
        level=level,
        opening=np.where(new, 100, 200 + (drawn("points") ** 3 * 8000).astype(np.int64) + level * 500),
        level_up_at=np.where(ups, opening + (drawn("level up when") * days * DAY).astype(np.int64), NONE),
        month=1 + part(person, seed, "birthday", 12),
    )


def events_of_day(world, number: int) -> Frame:
    """What members did on the world's day `number`, by time. Columns: member_i, kind (EVENTS), occurred_at, event_id."""
    everyone = members(world)
    day_start = start_of(world.first_day) + number * DAY
    draw = stream(world.seed, "member events", day_start // DAY)
    count = int(draw.poisson(everyone.rows * EVENTS_A_DAY))
    usual = Frame(
        member_i=draw.integers(0, max(1, everyone.rows), count),
        kind=draw.choice([CHECK_IN, SHARE, REDEEM, BADGE], count, p=[0.7, 0.17, 0.08, 0.05]),
        occurred_at=day_start + (draw.beta(2, 1.4, count) * DAY).astype(np.int64),
    )
    poor = (usual.kind == REDEEM) & (everyone.opening[usual.member_i] < RICH)
    usual = usual.take((everyone.joined_at[usual.member_i] < usual.occurred_at) & ~poor)
    risen = np.flatnonzero((everyone.level_up_at >= day_start) & (everyone.level_up_at < day_start + DAY))
    rises = Frame(member_i=risen, kind=np.full(len(risen), LEVEL_UP), occurred_at=everyone.level_up_at[risen])
    found = stack([usual, rises])
    found = found.take(np.lexsort((found.kind, found.member_i, found.occurred_at)))
    found["event_id"] = (day_start // DAY) * 10_000_000 + np.arange(found.rows)
    return found


def balances(world, at: int) -> np.ndarray:
    """Each member's points at the moment: what they began with and every event up to it."""
    points = members(world).opening.copy()
    last = min(world.days - 1, (at - start_of(world.first_day)) // DAY)
    for number in range(last + 1):
        done = events_of_day(world, number)
        done = done.take(done.occurred_at <= at)
        np.add.at(points, done.member_i, POINTS[done.kind])
    return points
