"""The days on which a source has nothing to tell: weekdays, dates and spans, as sources.yml writes them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class ClosedDays:
    """weekdays: 0 is Monday; spans: (first, last) day of each, both closed. `day in closed` asks."""

    weekdays: frozenset[int] = frozenset()
    spans: tuple[tuple[dt.date, dt.date], ...] = ()

    def __contains__(self, day: dt.date) -> bool:
        return day.weekday() in self.weekdays or any(first <= day <= last for first, last in self.spans)


def closed_days(given: Any) -> ClosedDays:
    """From a list of `sunday`, `2026-10-01` and `2026-10-01..2026-10-07`. Raises ValueError naming what is none of them."""
    weekdays, spans = set(), []
    for item in given if isinstance(given, list) else [given]:
        text = str(item).strip().lower()
        if text in _WEEKDAYS:
            weekdays.add(_WEEKDAYS.index(text))
            continue
        first, _, last = text.partition("..")
        try:
            span = dt.date.fromisoformat(first), dt.date.fromisoformat(last or first)
        except ValueError:
            span = None
        if span is None or span[0] > span[1]:
            raise ValueError(f"closed {item!r} is neither a weekday (sunday), a date (2026-10-01) nor a span (2026-10-01..2026-10-07)")  # fmt: skip
        spans.append(span)
    return ClosedDays(frozenset(weekdays), tuple(spans))
