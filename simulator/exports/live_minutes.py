"""直播大屏 blend_trend_v2: increments per metric and minute, one answer for each 抖音 room, as a collector keeps it."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator.days import day_of, export_moment, unix
from simulator.exports.context import Export
from simulator.frame import Frame
from simulator.live.accounts import DOUYIN
from simulator.live.rooms import rooms_of
from simulator.text import TEXT, fold, join, json_objects, numbers, packed, pick, where

# point_name, its Chinese name, unit of the value ("" = a bare number; price = fen), column of the minutes
METRICS = (
    ("online_user_cnt", "实时在线人数", "number", "online"),
    ("watch_ucnt", "进入直播间人数", "number", "enters"),
    ("leave_ucnt", "离开直播间人数", "number", "leaves"),
    ("stat_cost", "投放消耗", "price", "ad_spend_fen"),
    ("comment_cnt", "评论次数", "number", "comments"),
    ("incr_fans_cnt", "新增粉丝数", "number", "follows"),
    ("fans_club_ucnt", "新加直播团人数", "number", "fans_club"),
    ("pay_cnt", "成交订单数", "number", "paid_orders"),
    ("pay_amt", "成交金额", "price", "gmv_fen"),
)

FILE_DAYS = 10


def write(export: Export) -> Iterator[Path]:
    """One JSONL of answers for each ten days, room_id beside data; the newest room of a history by itself."""
    first = export.since
    while first <= export.until:
        last = min(export.until, first + timedelta(days=FILE_DAYS - 1))
        yield from _files(export, first, last)
        first = last + timedelta(days=1)


def _files(export: Export, first: date, last: date) -> Iterator[Path]:
    rooms = rooms_of(export.world, first, last)
    mine = np.flatnonzero(rooms.sessions.platform_i == DOUYIN)
    bare = export.is_history and last == export.until and export.has("room_in_file_name")
    alone = mine[-1:] if bare else mine[:0]
    together = mine[: len(mine) - len(alone)]
    if len(together):
        name = f"blend_trend_v2_{first:%Y%m%d}-{last:%Y%m%d}"
        path = export.path("douyin", "live_minutes", name, export_moment(last), suffix="jsonl")
        yield _write(path, answers(rooms, together))
    for session in alone.tolist():
        at = export_moment(day_of(rooms.sessions.starts_at[session]))
        name = f"blend_trend_v2_room_{rooms.sessions.session_id[session]}"
        # Only the file's name tells the room: the answer itself does not.
        bare_answer = answers(rooms, np.array([session]), named=False)
        yield _write(export.path("douyin", "live_minutes", name, at, suffix="json"), bare_answer)


def answers(rooms, sessions: np.ndarray, named: bool = True) -> pa.Array:
    """One answer of blend_trend_v2 for each of the sessions (rows of rooms.sessions), as JSON text.

    data.trends holds one object per metric and minute: point_name, display_name, horizontal (Unix seconds), vertical
    {unit, value}. Values are increments of the minute, online_user_cnt a level. `named` puts room_id beside data.
    """
    minutes = rooms.minutes
    wanted = np.flatnonzero(np.isin(minutes.session_i, sessions))
    chosen = minutes.take(wanted)
    points = _points(chosen)
    counts = np.bincount(chosen.session_i, minlength=rooms.sessions.rows)[sessions] * len(METRICS)
    ids = numbers(rooms.sessions.session_id[sessions])
    room = join('"room_id":"', ids, '",') if named else pa.array([""] * len(sessions), TEXT)
    return join('{"st":0,"msg":"",', room, '"data":{"date_type":100,"trends":[', fold(points, counts), "]}}")


def _points(minutes: Frame) -> pa.Array:
    """The trend points of the minutes: all metrics of one minute, then of the next."""
    rows = np.repeat(np.arange(minutes.rows), len(METRICS))
    metric = np.tile(np.arange(len(METRICS)), minutes.rows)
    values = np.stack([minutes[column] for *_, column in METRICS], axis=1).reshape(-1)
    unit = where(np.array([m[2] == "price" for m in METRICS])[metric], '"price"', '"number"')
    return json_objects(
        point_name=pick(metric, [json.dumps(m[0]) for m in METRICS]),
        display_name=pick(metric, [json.dumps(m[1], ensure_ascii=False) for m in METRICS]),
        horizontal=numbers(unix(minutes.minute_at)[rows]),
        vertical=json_objects(unit=unit, value=numbers(values)),
    )


def _write(path: Path, lines: pa.Array) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(packed(join(lines, "\n")))
    return path
