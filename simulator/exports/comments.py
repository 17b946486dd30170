"""弹幕: the decoded message stream of each 抖音 room as JSONL, and the oldest day's as a plain CSV."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator.csvfile import write_csv
from simulator.days import day_of, export_moment, start_of
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
    """One file for every 抖音 room of the days; those of a history's first day are CSV (quirk comments_csv)."""
    rooms = rooms_of(export.world, export.since, export.until)
    found = comments_of(export.world, rooms)
    csv_until = start_of(export.since) + 86_400 if export.is_history and export.has("comments_csv") else 0
    for session in np.flatnonzero(rooms.sessions.platform_i == DOUYIN).tolist():
        at = export_moment(day_of(rooms.sessions.starts_at[session]))
        low, high = np.searchsorted(found.session_i, [session, session + 1]).tolist()
        mine = found.take(np.arange(low, high))
        name = f"弹幕_room_{rooms.sessions.session_id[session]}"
        if rooms.sessions.starts_at[session] < csv_until:
            yield write_csv(export.path("douyin", "comments", name, at), _table(export, mine), "utf-8-sig")
        else:
            path = export.path("douyin", "comments", name, at, suffix="jsonl")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(packed(join(_stream(export, rooms, session, mine), "\n")))
            yield path


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
