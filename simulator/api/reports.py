"""What the report interfaces of ad platforms have in common: dates checked, rows as JSON, pages with their totals."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from simulator.api.platform import Call, Refusal

Row = dict[str, Any]


def whole(call: Call, value: Any, name: str) -> int:
    """A whole number. Raises the platform's parameter error."""
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Refusal(call.platform.codes["parameter"], f"{name}: a whole number is required") from None


def span(call: Call, first: Any, last: Any, most: int) -> tuple[date, date]:
    """The days first..last, at most so many, cut to the world's. Raises the platform's parameter error."""
    try:
        days = date.fromisoformat(str(first)[:10]), date.fromisoformat(str(last)[:10])
    except ValueError:
        raise Refusal(call.platform.codes["parameter"], "日期应为 YYYY-MM-DD") from None
    call.require("parameter", f"时间跨度应为 1 至 {most} 天", 0 <= (days[1] - days[0]).days < most)
    return max(days[0], call.world.first_day), min(days[1], call.world.last_day, call.as_of + timedelta(days=1))


def decoded(call: Call, name: str, kind: type, default: Any = None) -> Any:
    """A parameter that is JSON in the query."""
    try:
        value = json.loads(call.params[name]) if name in call.params else default
    except ValueError:
        value = None
    call.require("parameter", f"{name}: JSON is required", isinstance(value, kind))
    return value


@lru_cache(maxsize=64)
def rows_of(make: Callable[..., Any], *arguments: Any) -> tuple[Row, ...]:
    """The rows that a maker of JSON texts gives; kept, since the pages of one query ask for the same again and again."""
    return tuple(json.loads(text) for text in make(*arguments).to_pylist())


def paged(call: Call, rows: list[Row], page: Any, size: Any, most: int) -> tuple[list[Row], Row]:
    """(the rows of a page that counts from 1, page_info). Raises the platform's parameter error."""
    number, size = whole(call, page, "page"), whole(call, size, "page_size")
    call.require("parameter", f"page 从 1 开始，page_size 不超过 {most}", number >= 1 and 1 <= size <= most)
    info = {"page": number, "page_size": size, "total_number": len(rows), "total_page": -(-len(rows) // size)}
    return rows[(number - 1) * size : number * size], info
