"""Messages of a 抖音 live room in the shape of the decoded protobuf (WebcastChatMessage and the others)."""

import json

import numpy as np
import pyarrow as pa

from simulator.days import unix
from simulator.frame import Frame
from simulator.live.comments import texts
from simulator.live.phrases import GIFTS, NICKNAMES
from simulator.live.rooms import Rooms
from simulator.rng import mix, part, share
from simulator.text import TEXT, hexes, join, json_objects, numbers, pick, quoted, strings
from simulator.world import World

MEMBERS_EACH_MINUTE = 2
"""The stream tells only some of those who come in."""
_KINDS = ("Member", "Like", "RoomUserSeq", "RoomStats", "Social", "Gift", "Control")


def nicknames(person: np.ndarray) -> pa.Array:
    """昵称 of each person: a word and a number."""
    return join(pick(np.asarray(person) % len(NICKNAMES), NICKNAMES), numbers(np.asarray(person) % 1000))


def chat(world: World, rooms: Rooms, comments: Frame, with_phones: bool) -> pa.Array:
    """A WebcastChatMessage for each comment."""
    # JSON's own escapes for quotation marks, line breaks and what cannot be seen: one dump for each distinct text.
    words = texts(world, comments, with_phones).dictionary_encode()
    content = pa.array(quoted(words.dictionary.to_pylist()), TEXT).take(words.indices)
    return json_objects(
        method='"WebcastChatMessage"',
        common=_common("Chat", comments.message_id, rooms.sessions.session_id[comments.session_i], comments.sent_at),
        user=_user(world.seed, comments.person),
        content=content,
        eventTime=numbers(unix(comments.sent_at)),
    )


def others(seed: int, rooms: Rooms, session: int) -> tuple[np.ndarray, pa.Array]:
    """(moment, JSON) of every message of a room that is not a comment.

    LikeMessage.count are increments that add up to the room's likes, total runs on; a gift combo (连击) comes as three
    messages of one groupId; RoomStats holds display texts; ControlMessage status 3 ends the stream.
    """
    minutes = rooms.minutes.take(rooms.minutes.session_i == session)
    room, slot = rooms.sessions.session_id[session], rooms.sessions.slot_i[session]
    live = minutes.take(~minutes.broken)
    key = live.minute_at // 60 * 16 + slot
    number = iter(range(len(_KINDS) * 4))
    found: list[tuple[np.ndarray, pa.Array]] = []

    def add(kind: str, rows: np.ndarray, second: int, **fields: pa.Array | str) -> None:
        """Messages of one kind, one for each position in `rows` of the live minutes, at that second of the minute."""
        when = np.clip(live.minute_at[rows] + second, rooms.sessions.starts_at[session], None)
        # Numbers below the comments' own: msgId is unique over the whole stream.
        ids = 7_390_000_000_000_000_001 + key[rows] * 10**6 + next(number) * 10_007
        common = _common(kind, ids, np.full(len(rows), room), when)
        message = json_objects(method=f'"Webcast{kind}Message"', common=common, **fields)
        found.append((when, message))

    everyone = np.arange(live.rows)
    for nth in range(MEMBERS_EACH_MINUTE):
        rows = np.flatnonzero(live.enters > nth)
        user = _user(seed, part(key[rows] * 8 + nth, seed, "member", 1 << 20))
        add("Member", rows, 7 + 20 * nth, user=user, memberCount=numbers(live.online[rows]))
    rows = np.flatnonzero(live.likes)
    total = np.cumsum(live.likes)
    add("Like", rows, 30, count=numbers(live.likes[rows]), total=numbers(total[rows]))
    came = np.cumsum(live.enters)
    shown = pa.array([_shown(value) for value in came.tolist()], TEXT)
    add("RoomUserSeq", everyone, 45, total=numbers(live.online), totalUser=numbers(came), totalUserStr=strings(shown))
    add("RoomStats", everyone, 50, displayLong=join('"', shown, '人看过"'), total=numbers(live.online))
    rows = np.flatnonzero(live.follows)
    follows = numbers(np.cumsum(live.follows)[rows])
    add(
        "Social",
        rows,
        20,
        user=_user(seed, part(key[rows], seed, "follower", 1 << 20)),
        action='"1"',
        followCount=follows,
    )
    given = np.flatnonzero(share(key, seed, "gift") < 0.3)
    gift = part(key[given], seed, "which gift", len(GIFTS))
    for step, (repeat, end) in enumerate(((1, 0), (3, 0), (5, 1))):
        add(
            "Gift",
            given,
            10 + 3 * step,
            user=_user(seed, part(key[given], seed, "giver", 1 << 20)),
            giftId=strings(pick(gift, [g[0] for g in GIFTS])),
            repeatCount=str(repeat),
            comboCount=str(repeat),
            groupId=strings(numbers(key[given] * 100)),
            groupCount="1",
            repeatEnd=str(end),
            gift=pick(gift, [json.dumps({"name": g[1], "diamondCount": g[2]}, ensure_ascii=False) for g in GIFTS]),
        )
    add("Control", everyone[-1:], 59, status="3")
    return np.concatenate([when for when, _ in found]), pa.concat_arrays([text for _, text in found])


def _common(kind: str, ids: np.ndarray, room: np.ndarray, when: np.ndarray) -> pa.Array:
    return json_objects(
        method=f'"Webcast{kind}Message"',
        msgId=strings(numbers(ids)),
        roomId=strings(numbers(room)),
        createTime=join(numbers(unix(when)), "000"),
    )


def _user(seed: int, person: np.ndarray) -> pa.Array:
    """A user of the platform; ids of its own, not the shop's open_id."""
    token = mix(person, seed, "douyin user")
    return json_objects(
        id=strings(numbers((token >> np.uint64(4)).astype(np.int64))),
        shortId=numbers((token % np.uint64(10**9)).astype(np.int64)),
        nickName=strings(nicknames(person)),
        gender=numbers(person % 3),
        level=numbers(person % 40),
        displayId=join('"dy', numbers(person), '"'),
        secUid=join('"MS4wLjABAAAA', hexes(token), '"'),
    )


def _shown(value: int) -> str:
    """A number as the app shows it: 9876, 1.2万."""
    return str(value) if value < 10_000 else f"{value / 10_000:.1f}万"
