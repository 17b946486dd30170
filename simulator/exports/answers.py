"""Answers of the ad platforms' report interfaces, page by page, and the numbers in them as JSON."""

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.exports.context import Export
from simulator.exports.pages import write_pages
from simulator.text import TEXT, join, numbers

PAGE_SIZE = 100
HOURLY_DAYS, DAILY_DAYS = 3, 15
"""How far back a daily pull asks again: by the hour, and by the day."""


def write_answers(path: Path, items: pa.Array, request: dict | None = None, listed: str = "list") -> Path:
    """The items as pages {code, message, request_id, data: {list, page_info}}, one answer a line; pages count from 1.

    `request` stands beside data, as a collector keeps what the answer itself does not say. `listed` names the list.
    """
    total = len(items)
    asked = f'"request":{json.dumps(request, ensure_ascii=False)},' if request else ""

    def head(page: pa.Array, pages: int) -> pa.Array:
        info = (f',"page_size":{PAGE_SIZE},"total_number":{total},"total_page":{pages}}},"{listed}":[',)
        return join(f'{{"code":0,"message":"OK",{asked}"data":{{"page_info":{{"page":', page, *info)

    return write_pages(path, [items], PAGE_SIZE, head, "]}}", total=total, first_page=1)


def spans(export: Export) -> dict[bool, tuple[date, date]]:
    """{by hour?: (first, last)} of one pull: a history asks its last days by the hour and all of it by the day."""
    first = export.world.first_day
    daily = export.since if export.is_history else export.until - timedelta(days=DAILY_DAYS - 1)
    hourly = export.until - timedelta(days=HOURLY_DAYS - 1)
    return {True: (max(first, hourly), export.until), False: (max(first, daily), export.until)}


def ratio(top: np.ndarray, bottom: np.ndarray, digits: int = 2) -> pa.Array:
    """top / bottom rounded, as a JSON number; 0 where there is nothing to divide by."""
    top, bottom = np.asarray(top, float), np.asarray(bottom, float)
    value = np.round(np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1), 0), digits)
    return pa.array(value).cast(TEXT)


def cut(column: pa.Array, start: int, stop: int) -> pa.Array:
    """Characters start..stop of each text."""
    return pc.utf8_slice_codeunits(column, start, stop)


def quoted_numbers(values: np.ndarray) -> pa.Array:
    """Integers as JSON strings, as ids too long for a double come."""
    return join('"', numbers(values), '"')
