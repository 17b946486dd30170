"""The planted truth of live rooms: what each session sold, when its stream broke, what its viewers meant."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.frame import NONE
from simulator.live.accounts import ACCOUNTS, HOSTS, PLATFORMS
from simulator.live.comments import truth_table
from simulator.live.rooms import Rooms, rooms_of
from simulator.live.totals import session_totals
from simulator.text import numbers, pick
from simulator.world import World


def write_live_truth(world: World, folder: Path, since: date, until: date, at: int) -> list[Path]:
    """Writes live_sessions.parquet (one row per session, as known at `at`) and comments.parquet (one per comment)."""
    rooms = rooms_of(world, since, until)
    written = []
    for name, table in (
        ("live_sessions", sessions_table(world, rooms, at)),
        ("comments", truth_table(world, rooms)),
    ):
        pq.write_table(table, folder / f"{name}.parquet")
        written.append(folder / f"{name}.parquet")
    return written


def sessions_table(world: World, rooms: Rooms, at: int) -> pa.Table:
    """One row per session on every platform; money in fen, times naive Beijing, outage null without one."""
    held, total = rooms.sessions, session_totals(world.seed, rooms, at)
    broken = held.outage_from == NONE

    def moments(seconds: np.ndarray, none: np.ndarray | None = None) -> pa.Array:
        return pa.array(seconds.astype("datetime64[s]"), mask=none)

    return pa.table(
        {
            "live_session_id": numbers(held.session_id),
            "platform": pick(held.platform_i, PLATFORMS),
            "account_id": pick(held.account_i, [a.account_id for a in ACCOUNTS]),
            "host_id": pick(held.host_i, [h[0] for h in HOSTS]),
            "started_at": moments(held.starts_at),
            "ended_at": moments(held.ends_at),
            "outage_from": moments(held.outage_from, broken),
            "outage_to": moments(held.outage_to, broken),
        }
        | {
            name: total[name]
            for name in (
                "enters",
                "viewers",
                "created_orders",
                "paid_orders",
                "gmv_fen",
                "user_paid_fen",
                "refund_fen",
                "buyers",
                "ad_orders",
                "ad_gmv_fen",
                "ad_spend_fen",
                "comments",
            )
        }
    )
