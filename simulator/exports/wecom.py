"""企业微信: the groups' members as groupchat/get answers, and the daily figures, as the platform's JSON."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator import names
from simulator.company import groups
from simulator.days import export_moment, start_of, unix
from simulator.exports.context import Export
from simulator.exports.identities import identity_ids
from simulator.frame import NONE, Frame
from simulator.people import UNIONID
from simulator.rng import mix, share
from simulator.text import fold, hexes, join, json_objects, numbers, pick, quoted, strings, where
from simulator.world import World

LOOK_BACK_DAYS = 7


def write(export: Export) -> Iterator[Path]:
    """One snapshot of the members a day; one file of daily figures for the span, or for the last seven days."""
    for number in range(export.days):
        yield _snapshot(export, export.since + timedelta(days=number))
    first = export.since if export.is_history else export.until - timedelta(days=LOOK_BACK_DAYS - 1)
    first = max(first, export.world.first_day)
    path = export.path("wecom", "daily_stats", "statistic_group_by_day", suffix="json")
    yield _written(path, day_answer(export.world, first, export.until))
    path = export.path("wecom", "daily_stats", "user_behavior_data", suffix="jsonl")
    staff = range(len(groups.OWNERS))
    yield _written(path, "\n".join(contact_answer(export.world, first, export.until, person) for person in staff))


def day_answer(world: World, first: date, last: date) -> str:
    """The answer of groupchat/statistic_group_by_day for first..last."""
    items = [{"stat_time": stat_time(day), "data": figures} for day, figures in groups.by_day(world, first, last)]
    return json.dumps({"errcode": 0, "errmsg": "ok", "items": items}, ensure_ascii=False)


def contact_answer(world: World, first: date, last: date, person: int) -> str:
    """The answer of get_user_behavior_data for one employee (by the place in groups.OWNERS), asked for alone.

    The platform does not say whom it was asked about: `userid` stands in each row as the connector writes it.
    """
    days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    who = {"userid": groups.OWNERS[person]}
    items = [{"stat_time": stat_time(day), **groups.contacts_of(world, day, person), **who} for day in days]
    return json.dumps({"errcode": 0, "errmsg": "ok", "behavior_data": items}, ensure_ascii=False)


def stat_time(day: date) -> int:
    """00:00 of the day in Beijing as Unix seconds."""
    return int(unix(np.array([start_of(day)]))[0])


def group_answers(world: World, at: int, phones_in_nicknames: bool = False) -> list[str]:
    """The answer of groupchat/get for every group at the moment, by group: who is in it then, its owner first."""
    chats, stays = groups.groups(world), groups.memberships(world)
    here = stays.take(groups.present(stays, at))
    chat = here.group_luck % chats.rows
    order = np.lexsort((here.person, here.joined_at, chat))
    here, chat = here.take(order), chat[order]
    members = _members(world, here, chats.owner[chat], phones_in_nicknames)
    counts = np.bincount(chat, minlength=chats.rows)
    owner = strings(pick(chats.owner, groups.OWNERS))
    created = numbers(unix(chats.created_at))
    owners = json_objects(userid=owner, type="1", join_time=created, join_scene="1")
    listed = join("[", owners, where(counts > 0, ",", ""), fold(members, counts), "]")
    number = np.arange(chats.rows)
    return join(
        '{"errcode":0,"errmsg":"ok","group_chat":',
        json_objects(
            chat_id=strings(chat_ids(world)),
            name=strings(join("山野集福利群", numbers(number + 1))),
            owner=owner,
            create_time=created,
            notice='"每晚八点直播，群内专属券"',
            member_list=listed,
            admin_list=join('[{"userid":', owner, "}]"),
            member_version=strings(hexes(mix(number * 1_000_003 + at, world.seed, "member version"))),
        ),
        "}",
    ).to_pylist()


def chat_ids(world: World) -> pa.Array:
    """chat_id of each group."""
    return join("wr", hexes(mix(np.arange(groups.groups(world).rows), world.seed, "chat id")))


def _members(world: World, here: Frame, owner: np.ndarray, phones: bool) -> pa.Array:
    """The JSON of each customer in a group; nicknames are made-up names, a few with a phone in them."""
    person = here.person
    surname = pick(person % len(names.SURNAMES), list(names.SURNAMES))
    nickname = join(surname, pick(person // 19 % 4, ["女士", "先生", "姐", "小朋友妈妈"]))
    if phones:
        told = share(person, world.seed, "nickname phone") < 0.02
        nickname = where(told, join(nickname, numbers(world.people.phone(person))), nickname)
    union = join(',"unionid":', strings(identity_ids(world.people, person, np.full(len(person), UNIONID))))
    invited = join(',"invitor":{"userid":', strings(pick(owner, groups.OWNERS)), "}")
    state = join(',"state":', pick(here.state, quoted(groups.STATES), '""'))
    return join(
        '{"userid":"wm',
        hexes(mix(person, world.seed, "external userid")),
        '","type":2,"join_time":',
        numbers(unix(here.joined_at)),
        ',"join_scene":',
        numbers(here.scene),
        where(here.scene == groups.DIRECT, invited, ""),
        ',"group_nickname":',
        strings(nickname),
        ',"name":',
        strings(nickname),
        where(here.known, union, ""),
        where(here.state == NONE, "", state),
        "}",
    )


def _snapshot(export: Export, day: date) -> Path:
    at = export_moment(day)
    path = export.path("wecom", "group_members", f"group_members_{day:%Y%m%d}", at, "jsonl")
    return _written(path, "\n".join(group_answers(export.world, at, export.has("phones_in_nicknames"))))


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((text + "\n").encode())
    return path
