"""Which sessions were held, when, by whom, and when the stream broke: a pure function of seed and day."""

from functools import lru_cache

import numpy as np

from simulator import media
from simulator.days import DAY, start_of
from simulator.frame import NONE, Frame
from simulator.live.accounts import ACCOUNTS, HOSTS, SLOTS
from simulator.rng import part, share

HELD_RATE = 0.97
OUTAGE_RATE = 0.06
MINUTE = 60


def sessions(world) -> Frame:
    """Every session that starts on a day of the world, by start.

    Columns: session_id (room id, 直播间ID, 19 digits), account_i (live.ACCOUNTS), platform_i (live.PLATFORMS), slot_i
    (live.SLOTS), host_i and co_host_i (live.HOSTS; co_host_i NONE without one), starts_at, ends_at (wall seconds, the
    end may lie past midnight), outage_from, outage_to (the stream was broken in [from, to); NONE without an outage).
    """
    first = start_of(world.first_day) // DAY
    return sessions_of_days(world.seed, first, first + world.days - 1)


@lru_cache(maxsize=64)
def sessions_of_days(seed: int, first: int, last: int) -> Frame:
    """The sessions that start on the days first..last (days since 1970-01-01), with the columns of `sessions`."""
    day = np.repeat(np.arange(first, last + 1), len(SLOTS))
    slot = np.tile(np.arange(len(SLOTS)), last + 1 - first)
    key = day * len(SLOTS) + slot
    held = np.array([[weekday in s.weekdays for s in SLOTS] for weekday in range(7)])[(day + 3) % 7, slot]
    held &= share(key, seed, "session held") < HELD_RATE
    day, slot, key = day[held], slot[held], key[held]

    def drawn(salt: str) -> np.ndarray:
        return share(key, seed, salt)

    starts = day * DAY + np.array([s.starts for s in SLOTS])[slot] + (drawn("session start") * 540).astype(int) - 240
    spread = np.array([s.end_spread for s in SLOTS])[slot]
    ends = day * DAY + np.array([s.ends for s in SLOTS])[slot] + ((drawn("session end") * 2 - 1) * spread).astype(int)
    account = np.array([s.account for s in SLOTS])[slot]
    broken = drawn("outage") < OUTAGE_RATE
    # Not in the first or last half hour, and on whole minutes of the session, 3 to 12 of them.
    room = (ends - starts) // MINUTE - 60
    outage = starts + (30 + (drawn("outage when") * room).astype(int)) * MINUTE
    outage_to = outage + (3 + (drawn("outage long") * 10).astype(int)) * MINUTE
    host = part(key, seed, "host", len(HOSTS))
    co_host = (host + 1 + part(key, seed, "co-host", len(HOSTS) - 1)) % len(HOSTS)
    frame = Frame(
        session_id=media.room_id(day, slot),
        account_i=account,
        platform_i=np.array([a.platform for a in ACCOUNTS])[account],
        slot_i=slot,
        host_i=host,
        co_host_i=np.where(drawn("has co-host") < 0.4, co_host, NONE),
        starts_at=starts,
        ends_at=ends,
        outage_from=np.where(broken, outage, NONE),
        outage_to=np.where(broken, outage_to, NONE),
    )
    return frame.take(np.lexsort((frame.session_id, frame.starts_at)))


def running(held: Frame, account: np.ndarray, when: np.ndarray) -> np.ndarray:
    """For each (account_i, moment) the row of `held` whose session began last by then, NONE before the first.

    The session found may be over already: compare with ends_at.
    """
    found = np.full(len(when), NONE)
    for number in np.unique(account).tolist():
        mine = np.flatnonzero(held.account_i == number)
        rows = np.flatnonzero(account == number)
        place = np.searchsorted(held.starts_at[mine], when[rows], side="right") - 1
        found[rows] = np.where(place < 0, NONE, mine[place] if len(mine) else NONE)
    return found


def on_air(held: Frame, row: np.ndarray, when: np.ndarray) -> np.ndarray:
    """Whether the session of each row (NONE: none) runs at the moment and its stream is not broken."""
    last = np.maximum(row, 0)
    on = (row != NONE) & (when >= held.starts_at[last]) & (when < held.ends_at[last])
    return on & ~((when >= held.outage_from[last]) & (when < held.outage_to[last]))


def account_of(session_id: np.ndarray) -> np.ndarray:
    """account_i (live.ACCOUNTS) of each session_id, NONE for NONE."""
    session_id = np.asarray(session_id)
    slots = np.array([s.account for s in SLOTS])
    return np.where(session_id == NONE, NONE, slots[np.where(session_id == NONE, 0, media.room_slot(session_id))])


def still_on_air(seed: int, session_id: np.ndarray, when: np.ndarray) -> np.ndarray:
    """The session_id of those whose session is still on the air at the moment, else NONE: who orders in a room."""
    session_id, when = np.asarray(session_id), np.asarray(when)
    if not len(when):
        return session_id
    held = sessions_of_days(seed, int(when.min()) // DAY - 1, int(when.max()) // DAY)
    found = running(held, account_of(session_id), when)
    same = held.session_id[np.maximum(found, 0)] == session_id
    return np.where(on_air(held, found, when) & same, session_id, NONE)
