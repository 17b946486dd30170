"""Documents asked for by the time of their last change: an ERP answers for an hour, a week or a month of changes at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from ingest.connectors.collect import Key, Window, drop_twins
from ingest.connectors.credentials import moment_of
from ingest.connectors.paging import Paging
from ingest.connectors.windows import time_spans

MOMENT = "%Y-%m-%d %H:%M:%S"
AFTER_MIDNIGHT = dt.timedelta(hours=6)
_DAY = dt.timedelta(days=1)
Moments = tuple[dt.datetime, dt.datetime]


def first_moment(given: dict[str, Any], api: str) -> dt.datetime:
    """Midnight of `first_day` of the credentials, the day on which the company began with this ERP. Raises FetchFailed.

    Stock is answered by the time of its last change: what moved last before this day is not seen.
    """
    return dt.datetime.combine(moment_of(given, "first_day", api), dt.time())


def changed_days(first: dt.date, last: dt.date, now: dt.datetime) -> list[Moments]:
    """(from, until) of each day first..last, and of the time from midnight to `now`, at most six hours.

    What changed on the business day and again after midnight stands in the later hours only, so these are asked as well. `now` is
    the platform's own clock; a pull for a day long past takes the six hours that followed it.
    """
    days = [first + _DAY * n for n in range((last - first).days + 1)]
    spans = [(dt.datetime.combine(day, dt.time()), dt.datetime.combine(day + _DAY, dt.time())) for day in days]
    midnight = dt.datetime.combine(last + _DAY, dt.time())
    if now > midnight:
        spans.append((midnight, min(now, midnight + AFTER_MIDNIGHT)))
    return spans


def read_spans(
    start: dt.datetime,
    end: dt.datetime,
    most: dt.timedelta,
    read: Callable[[dt.datetime, dt.datetime], Window],
    paging: Paging,
    key: Key,
) -> Window:
    """All windows of start..end as one, each at most `most` long, oldest first.

    Neighbours share their border, since it is not said whether the platform's end is in or out; a row that comes twice (it stood
    on the border, or was changed while the windows were read) is kept in its later form.
    """
    windows = [read(begin, until) for begin, until in time_spans(start, end, most)]
    pages = [page for window in windows for page in window.answers]
    drop_twins(paging, pages, key)
    rows = sum(len(paging.rows(page) or []) for page in pages)
    return Window(pages, min(window.at for window in windows), rows)
