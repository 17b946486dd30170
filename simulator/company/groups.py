"""Customer groups (客户群) in 企业微信: who is in them when, and the daily figures that follow from it."""

from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from simulator.days import DAY, HOUR, start_of
from simulator.frame import NONE, Frame
from simulator.rng import part, share, stream

MEMBER_SHARE = 0.12
MOST_MEMBERS = 20_000
GROUP_SIZE = 180
OWNERS = ("zhangmin", "lihua", "wangkai", "sunjia")
STATES = ("parcel_card", "live_room_qr", "sms_0901", "store_poster")
DIRECT, LINK, SCAN = 1, 2, 3


def groups(world) -> Frame:
    """The groups: owner (OWNERS), created_at."""
    count = max(3, memberships(world).rows // GROUP_SIZE)
    number = np.arange(count)
    opening = start_of(world.first_day)
    return Frame(
        owner=part(number, world.seed, "group owner", len(OWNERS)),
        created_at=opening - DAY * (30 + part(number, world.seed, "group created", 300)) + 10 * HOUR,
    )


def memberships(world) -> Frame:
    """Every stay of a customer in a group, by person: person, group_luck, joined_at, left_at (NONE = stays), scene, state, known.

    Joins and leaves fall between 09:00 and 22:00 and a stay lasts over a night, so that daily snapshots miss none.
    `known`: the answer carries the unionid.
    """
    return _memberships(world.seed, world.people.size, start_of(world.first_day), world.days)


@lru_cache(maxsize=4)
def _memberships(seed: int, people: int, opening: int, days: int) -> Frame:
    person = np.arange(people)
    person = person[share(person, seed, "in group") < min(MEMBER_SHARE, MOST_MEMBERS / people)]

    def drawn(salt: str) -> np.ndarray:
        return share(person, seed, "group " + salt)

    def hour(salt: str) -> np.ndarray:
        return ((9 + 13 * drawn(salt)) * HOUR).astype(np.int64)

    new = drawn("new") < 0.35
    day = np.where(new, (drawn("joined") * days).astype(np.int64), -1 - (drawn("joined") * 25).astype(np.int64))
    leaves = drawn("leaves") < 0.18
    gone = np.maximum(day, 0) + 1 + (drawn("left") * days).astype(np.int64)
    scene = 1 + part(person, seed, "group scene", 3)
    return Frame(
        person=person,
        group_luck=part(person, seed, "which group", 1 << 30),
        joined_at=opening + day * DAY + hour("hour"),
        left_at=np.where(leaves, opening + gone * DAY + hour("left hour"), NONE),
        scene=scene,
        state=np.where(scene == SCAN, part(person, seed, "group state", len(STATES)), NONE),
        known=drawn("known") < 0.75,
    )


def present(stays: Frame, at: int) -> np.ndarray:
    """Whether each stay lasts at the moment."""
    return (stays.joined_at <= at) & ((stays.left_at == NONE) | (stays.left_at > at))


def daily(world, day: date) -> dict[str, int]:
    """The fields of statistic_group_by_day for one day, over all groups; employees count as members too."""
    stays, low = memberships(world), start_of(day)
    high = low + DAY - 1
    count = groups(world).rows
    customers = int(present(stays, high).sum())
    draw = stream(world.seed, "group talk", low // DAY)
    speakers = int(draw.binomial(customers, 0.06))
    talking = min(count, int(draw.binomial(count, 0.8)))
    return {
        "new_chat_cnt": 0,
        "chat_total": count,
        "chat_has_msg": talking,
        "new_member_cnt": int(((stays.joined_at >= low) & (stays.joined_at <= high)).sum()),
        "member_total": customers + count,
        "member_has_msg": speakers + talking,
        "msg_total": speakers * 3 + int(draw.poisson(talking * 12)),
        "migrate_trainee_chat_cnt": 0,
    }


def by_day(world, first: date, last: date) -> list[tuple[date, dict[str, int]]]:
    """`daily` of each day first..last."""
    return [(day, daily(world, day)) for day in (first + timedelta(days=i) for i in range((last - first).days + 1))]


def contacts(world, day: date) -> dict[str, int | float]:
    """The fields of get_user_behavior_data for one day, over all employees."""
    draw = stream(world.seed, "contacts", start_of(day) // DAY)
    stays = memberships(world)
    joined = int(((stays.joined_at >= start_of(day)) & (stays.joined_at < start_of(day) + DAY)).sum())
    chats = int(draw.poisson(30 + joined))
    return {
        "chat_cnt": chats,
        "message_cnt": chats * 4 + int(draw.poisson(20)),
        "reply_percentage": round(float(draw.uniform(70, 99)), 2),
        "avg_reply_time": int(draw.integers(2, 30)),
        "negative_feedback_cnt": int(draw.poisson(2)),
        "new_apply_cnt": joined + int(draw.poisson(3)),
        "new_contact_cnt": joined,
    }


def contacts_of(world, day: date, person: int) -> dict[str, int | float]:
    """One employee's part (by the place in OWNERS) of `contacts`: counts add up to the whole, rates are those of all."""
    whole, staff = contacts(world, day), len(OWNERS)
    return {
        name: value
        if name in ("reply_percentage", "avg_reply_time")
        else value * (person + 1) // staff - value * person // staff
        for name, value in whole.items()
    }
