"""Which days are asked for: the business day, and those before it whose figures are still restated."""

from __future__ import annotations

import datetime as dt

from ingest.registry import LookBack

Days = tuple[dt.date, dt.date]
_MONDAY = 0


def hourly_days(look: LookBack, business_day: dt.date, since: dt.date | None) -> Days | None:
    """The (first, last) days asked for by the hour: the hourly look-back, or everything from `since`; None for no such look-back."""
    if not look.hourly:
        return None
    return since or business_day - dt.timedelta(days=look.hourly - 1), business_day


def daily_days(look: LookBack, business_day: dt.date, since: dt.date | None) -> Days | None:
    """The (first, last) days asked for by the day: the daily look-back, on Mondays the weekly one, without the hourly days.

    A day that is asked by the hour is not asked by the day as well: the hours add up to it. None when no day is left.
    """
    if since:
        return None if look.hourly else (since, business_day)
    back = max(look.daily, look.weekly if business_day.weekday() == _MONDAY else 0)
    if back <= look.hourly:
        return None
    return business_day - dt.timedelta(days=back - 1), business_day - dt.timedelta(days=look.hourly)
