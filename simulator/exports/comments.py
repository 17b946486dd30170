"""弹幕: the decoded message streams of the 抖音 rooms as JSONL, and the oldest day's as plain CSV."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator.csvfile import write_csv
from simulator.days import export_moment
from simulator.exports.context import Export
from simulator.exports.messages import chat, nicknames, others
from simulator.frame import Frame
from simulator.live.accounts import DOUYIN
from simulator.live.comments import comments_of, texts
from simulator.live.rooms import Rooms, rooms_of
from simulator.rng import share
from simulator.text import join, packed, stamps

REPEATED_RATE = 0.01
"""Of the messages, the share that comes a second time, after a reconnect of the collector."""


def write(export: Export) -> Iterator[Path]:
    """One file for each day; a history's first day comes as a CSV for each 抖音 room (quirk comments_csv)."""
    day = export.since
    while day <= export.until:
        rooms = rooms_of(export.world, day, day)
        found = comments_of(export.world, rooms)
        mine = np.flatnonzero(rooms.sessions.platform_i == DOUYIN).tolist()
        by_hand = export.is_history and day == export.since and export.has("comments_csv")
        if by_hand:
            for session in mine:
                name = f"弹幕_room_{rooms.sessions.session_id[session]}"
                path = export.path("douyin", "comments", name, export_moment(day))
                yield write_csv(path, _table(export, _of_room(found, session)), "utf-8-sig")
        elif mine:
            path = export.path("douyin", "comments", f"弹幕_{day:%Y%m%d}", export_moment(day), suffix="jsonl")
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as out:
                for session in mine:
                    out.write(packed(join(_stream(export, rooms, session, _of_room(found, session)), "\n")))
            yield path
        day += timedelta(days=1)


def _of_room(comments: Frame, session: int) -> Frame:
    """The comments of one session; they stand session by session."""
    low, high = np.searchsorted(comments.session_i, [session, session + 1]).tolist()
    return comments.take(slice(low, high))


def _table(export: Export, comments: Frame) -> dict[str, pa.Array]:
    """time, nickname, content: the columns that home-made collectors write."""
    return {
        "time": stamps(comments.sent_at),
        "nickname": nicknames(comments.person),
        "content": texts(export.world, comments, export.has("phones_in_comments")),
    }


def _stream(export: Export, rooms: Rooms, session: int, comments: Frame) -> pa.Array:
    """All messages of one room in order of time, one JSON object each."""
    when, lines = others(export.world.seed, rooms, session)
    spoken = chat(export.world, rooms, comments, export.has("phones_in_comments"))
    when, lines = np.concatenate([comments.sent_at, when]), pa.concat_arrays([spoken, lines])
    order = np.argsort(when, kind="stable")
    if export.has("repeated_messages"):
        again = share(order, export.world.seed, f"again {session}") < REPEATED_RATE
        order = np.repeat(order, 1 + again)
    return lines.take(pa.array(order))
