"""Splitting a long time into the spans that a platform answers for in one request."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

_DAY = dt.timedelta(days=1)


def day_spans(first: dt.date, last: dt.date, most: int) -> Iterator[tuple[dt.date, dt.date]]:
    """(first, last) days, both included, each span of at most `most` days; together they are first..last, each day once."""
    start = first
    while start <= last:
        end = min(last, start + _DAY * (most - 1))
        yield start, end
        start = end + _DAY


def time_spans(
    start: dt.datetime, end: dt.datetime, most: dt.timedelta, overlap: dt.timedelta = dt.timedelta(0)
) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """(from, until) moments, until excluded, each at most `most` long; each but the first begins `overlap` before the last ended.

    What changes at the border while the platform is asked is then seen by one of the two. ValueError when the overlap eats the span.
    """
    if overlap >= most or overlap < dt.timedelta(0):
        raise ValueError(f"an overlap of {overlap} leaves nothing of a span of {most}")
    begin = start
    while begin < end:
        until = min(end, begin + most)
        yield begin, until
        if until == end:
            return
        begin = until - overlap
