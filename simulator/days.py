"""Time in the simulator: seconds of Beijing wall time (北京时间) since 1970-01-01 00:00, as int64."""

from datetime import date, timedelta

import numpy as np

DAY = 86_400
HOUR = 3_600
BEIJING_OFFSET = 8 * HOUR
EXPORT_HOUR = 2
"""Exports are taken at 02:00 on the day after the last day they hold."""


def start_of(day: date) -> int:
    """00:00:00 of `day`."""
    return (day - date(1970, 1, 1)).days * DAY


def export_moment(day: date) -> int:
    """02:00:00 on the day after `day`, when its exports are taken."""
    return start_of(day) + DAY + EXPORT_HOUR * HOUR


def day_of(seconds: int) -> date:
    """The calendar day of a wall-time second."""
    return date(1970, 1, 1) + timedelta(days=int(seconds) // DAY)


def compact(seconds: int) -> str:
    """YYYYMMDDHHMMSS, as export names carry it."""
    return str(np.datetime64(int(seconds), "s")).replace("-", "").replace(":", "").replace("T", "")


def plain(seconds: int) -> str:
    """YYYY-MM-DD HH:MM:SS."""
    return str(np.datetime64(int(seconds), "s")).replace("T", " ")


def unix(seconds: np.ndarray) -> np.ndarray:
    """Wall seconds as Unix seconds (UTC); NONE (-1) becomes 0, the platform's own "none"."""
    seconds = np.asarray(seconds)
    return np.where(seconds < 0, 0, seconds - BEIJING_OFFSET)
