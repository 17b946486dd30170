"""The days that a file of the company's own holds: everything for a history, the last days again for one day."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from simulator.days import DAY, start_of
from simulator.exports.context import Export
from simulator.world import Cohort


def first_day(export: Export, back: int) -> date:
    """The first day of a file that holds the last `back` days for a daily export."""
    return export.since if export.is_history else max(export.world.first_day, export.until - timedelta(days=back - 1))


def bounds(export: Export, back: int) -> tuple[int, int]:
    """[low, high) in wall seconds of such a file: whole days, up to the end of the export's last day."""
    return start_of(first_day(export, back)), start_of(export.until) + DAY


def within(when: np.ndarray, bounds: tuple[int, int]) -> np.ndarray:
    """Whether each moment lies in [low, high)."""
    return (when >= bounds[0]) & (when < bounds[1])


def numbers_of_days(export: Export, back: int) -> range:
    """The days of such a file, counted from the world's first."""
    return range(export.world.number(first_day(export, back)), export.world.number(export.until) + 1)


def days_since_1970(export: Export, back: int) -> range:
    """The days of such a file, counted from 1970-01-01."""
    low, high = bounds(export, back)
    return range(low // DAY, high // DAY)


def orders_before(export: Export, first: date, longest_days: int) -> Iterator[Cohort]:
    """The orders whose consequences can fall on `first` or later, in pieces: those of up to `longest_days` before it too."""
    return export.pieces(max(export.world.first_day, first - timedelta(days=longest_days)), export.until)
